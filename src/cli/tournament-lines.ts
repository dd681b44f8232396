/** A tournament as people read it. */
import {
  type BoardDiff,
  type Prize,
  type Tournament,
  TournamentSchema,
} from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { fieldLines, messageJson, type Output, tableLines } from './output.ts';
import { formatTime } from './times.ts';
import { formatAmount, formatCount, formatPermille } from './values.ts';
import type { Argument } from './verb.ts';

export const TOURNAMENT: Argument = { name: '<tournament>', about: 'such as sha-tin-day' };

export function showTournament(tournament: Tournament | undefined, output: Output): ExitCode {
  if (!tournament) throw new Error('the server answered without a tournament');
  output.show({
    json: () => messageJson(TournamentSchema, tournament),
    human: () => tournamentLines(tournament, output),
  });
  return EXIT.ok;
}

/** Above a ranking. */
export function headLines(it: Tournament | undefined, { style }: Output): string[] {
  if (!it) return [];
  const parts = [`${formatCount(it.players)} players`, it.phase, it.scoringRuleId];
  if (it.differs) parts.push('a correction is due');
  return [style('bold', it.title), parts.filter((part) => part !== '').join(', ')];
}

export function tournamentLines(it: Tournament, { style }: Output): string[] {
  return [style('bold', it.title), ...fieldLines(fieldsOf(it), style)];
}

function fieldsOf(it: Tournament): [string, string][] {
  const fields: [string, string][] = [
    ['tournament', it.tournamentId],
    ['phase', phaseOf(it)],
    ['players', formatCount(it.players)],
    ['rules', `${it.scoringRuleId}, version ${it.rulesVersion} here`],
  ];
  if (it.raceIds.length > 0) fields.push(['races', it.raceIds.join(', ')]);
  if (it.openTime) fields.push(['opens', formatTime(it.openTime)]);
  if (it.closeTime) fields.push(['closes', formatTime(it.closeTime)]);
  if (it.counts) fields.push(['events', countsOf(it.counts)]);
  if (it.openBets > 0n) fields.push(['bets without outcome', formatCount(it.openBets)]);
  if (it.divisions.length > 0) fields.push(['divisions', it.divisions.join(', ')]);
  if (it.teamBest > 0) fields.push(['teams', `the best ${it.teamBest} of each`]);
  for (const prize of it.prizes) fields.push(['prize', prizeOf(prize)]);
  if (it.seedCommitment !== '') fields.push(['seed, SHA-256', it.seedCommitment]);
  if (it.seed !== '') fields.push(['seed', it.seed]);
  if (it.resultVersion > 0n) fields.push(['result', resultOf(it)]);
  if (it.snapshotHash !== '') fields.push(['last snapshot', it.snapshotHash]);
  return fields;
}

export function countsOf(counts: {
  readonly accepted: bigint | number;
  readonly duplicate: bigint | number;
  readonly late: bigint | number;
  readonly refused: bigint | number;
}): string {
  const { accepted, duplicate, late, refused } = counts;
  return Object.entries({ accepted, duplicate, late, refused })
    .map(([status, count]) => `${formatCount(count)} ${status}`)
    .join(', ');
}

function phaseOf({ phase, phaseSinceTime, phaseUntilTime }: Tournament): string {
  const since = phaseSinceTime ? `, since ${formatTime(phaseSinceTime)}` : '';
  const until = phaseUntilTime ? `, until ${formatTime(phaseUntilTime)}` : '';
  return `${phase}${since}${until}`;
}

function resultOf({ resultVersion, differs }: Tournament): string {
  const due = differs ? '; the standings differ from it: a correction is due' : '';
  return `version ${resultVersion}${due}`;
}

function prizeOf({ prize, division }: Prize): string {
  const among = division === '' ? '' : `, of division ${division}`;
  switch (prize.case) {
    case 'places': {
      const { fromPlace, toPlace, amountCents } = prize.value;
      const places =
        fromPlace === toPlace ? `place ${fromPlace}` : `places ${fromPlace} to ${toPlace}`;
      return `${formatAmount(amountCents)} for ${places}${among}`;
    }
    case 'percentile': {
      const { topPermille, amountCents } = prize.value;
      return `${formatAmount(amountCents)} for each of the best ${formatPermille(topPermille)}${among}`;
    }
    case 'pool': {
      const { sharesPermille, amountCents } = prize.value;
      const shares = sharesPermille.map(formatPermille).join(', ');
      return `${formatAmount(amountCents)} shared: ${shares}${among}`;
    }
    default:
      return 'of a kind that this program does not know';
  }
}

/** What a change did to the standings; nothing where nobody says. */
export function diffLines(diff: BoardDiff | undefined, { style }: Output): string[] {
  if (!diff) return [];
  const moved = `${formatCount(diff.changed)} of ${formatCount(diff.players)} players moved`;
  const right = { align: 'right' } as const;
  const table = tableLines(
    [
      { title: 'alias' },
      { title: 'rank', ...right },
      { title: 'was', ...right },
      { title: 'points', ...right },
      { title: 'were', ...right },
    ],
    diff.moves.map((it) => [
      it.alias,
      ...[it.rankAfter, it.rankBefore, it.scoreAfter, it.scoreBefore].map(formatCount),
    ]),
    style,
  );
  return ['', moved, ...(diff.moves.length === 0 ? [] : table)];
}
