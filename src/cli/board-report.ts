/** `furlong board report`: all that an auditor asks a tournament for, as the server tells it. */
import type { JsonValue } from '@bufbuild/protobuf';
import { EXIT } from './exit.ts';
import { fieldLines, type Output, tableLines } from './output.ts';
import { countsOf, TOURNAMENT } from './tournament-lines.ts';
import { formatAmount, formatCount, parseId } from './values.ts';
import { ADDRESS, takenAt, type Verb } from './verb.ts';

/** What is shown of it to people; docs/TOURNAMENTS.md has all of it. */
interface Report {
  readonly tournament: {
    readonly tournament: string;
    readonly title: string;
    readonly phase: string;
    readonly players: number;
    readonly scoringRule: string;
    readonly counts: Parameters<typeof countsOf>[0];
    readonly seedCommitment: string;
    readonly seed: string;
  };
  readonly phases: readonly (Deed & { readonly phase: string })[];
  readonly rulesChanges: readonly (Deed & {
    readonly version: number;
    readonly ruleSet: string;
    readonly diff?: { readonly changed: number };
  })[];
  readonly results: readonly (Deed & {
    readonly version: number;
    readonly snapshot: number;
    readonly hash: string;
    readonly authorisedBy: string;
    readonly awards: number;
    readonly awardedCents: number;
    readonly diff: { readonly changed: number };
  })[];
  readonly left: Readonly<Record<string, number>>;
  readonly setAside: number;
  readonly holds: readonly (Deed & { readonly player: string; readonly reason: string })[];
}

interface Deed {
  readonly by: string;
  readonly why: string;
  readonly atMs: number;
}

export const report: Verb = {
  name: 'board report',
  about: 'for an auditor: rules, phases, changes, results, what was left out and why',
  takes: [TOURNAMENT],
  options: [ADDRESS],
  examples: ['furlong board report sunday --json'],
  async run(input, { connect, output }) {
    const tournamentId = parseId(takenAt(input, 0), '<tournament>');
    const { json } = await connect().tournaments.getReport({ tournamentId });
    output.show({
      json: () => JSON.parse(json) as JsonValue, // as JSON.parse makes it
      human: () => reportLines(JSON.parse(json) as Report, output), // as docs/TOURNAMENTS.md says
    });
    return EXIT.ok;
  },
};

function reportLines(it: Report, output: Output): string[] {
  const { style } = output;
  const { tournament } = it;
  return [
    style('bold', tournament.title),
    ...fieldLines(
      [
        ['tournament', tournament.tournament],
        ['phase', tournament.phase],
        ['players', formatCount(tournament.players)],
        ['rules', tournament.scoringRule],
        ['events', countsOf(tournament.counts)],
        ['set aside', formatCount(it.setAside)],
        ['seed, SHA-256', tournament.seedCommitment],
        ...(tournament.seed === '' ? [] : [['seed', tournament.seed] as const]),
      ],
      style,
    ),
    ...section(
      'phase',
      it.phases.map((one) => [one.phase, ...deedOf(one)]),
      output,
    ),
    ...section(
      'other rules',
      it.rulesChanges.map((one) => [
        `${one.version}: ${one.ruleSet}${one.diff ? `, ${formatCount(one.diff.changed)} moved` : ''}`,
        ...deedOf(one),
      ]),
      output,
    ),
    ...section(
      'result',
      it.results.map((one) => [
        `${one.version}: ${formatCount(one.awards)} awards, ${formatAmount(one.awardedCents)}`,
        ...deedOf({ ...one, by: `${one.by}, ${one.authorisedBy}` }),
      ]),
      output,
    ),
    ...it.results.map(({ version, snapshot, hash }) => {
      return `result ${version} is snapshot ${snapshot}, SHA-256 ${hash}`;
    }),
    ...section(
      'held',
      it.holds.map((one) => [`${one.player}: ${one.reason}`, ...deedOf(one)]),
      output,
    ),
    ...leftLines(it.left, output),
  ];
}

function deedOf({ by, why, atMs }: Deed): [string, string, string] {
  return [new Date(atMs).toISOString(), by, why];
}

function section(title: string, rows: readonly (readonly string[])[], { style }: Output): string[] {
  if (rows.length === 0) return [];
  const columns = [{ title }, { title: 'time' }, { title: 'by' }, { title: 'why' }];
  return ['', ...tableLines(columns, rows, style)];
}

function leftLines(left: Report['left'], { style }: Output): string[] {
  const rows = Object.entries(left).map(([why, count]) => [why, formatCount(count)]);
  if (rows.length === 0) return [];
  return [
    '',
    ...tableLines(
      [{ title: 'not plainly counted' }, { title: 'events', align: 'right' }],
      rows,
      style,
    ),
  ];
}
