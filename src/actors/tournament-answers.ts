/**
 * What a tournament says when it is asked. Its owner answers, so that an answer is as of now: it holds
 * everything that was acknowledged before.
 *
 * From the official result on a board shows that result, whatever has been corrected since; the
 * summary says whether the two differ.
 */
import { unreachable } from '../runtime/actor.ts';
import type { RankMode } from './ranking/ranking.ts';
import { commitmentTo } from './scoring/draw.ts';
import { triedOf } from './scoring/player-score.ts';
import { PERMILLE, rulesFor } from './scoring/rule-set.ts';
import type { Board, Boards, Placed } from './tournament-boards.ts';
import { betKey, contributionsOf, type Entry } from './tournament-entry.ts';
import type {
  BoardDiff,
  BoardName,
  PositionToken,
  PublicChange,
  PublicDiff,
  Standing,
  TournamentAnswer,
  TournamentQuery,
  TournamentReport,
  TournamentSummary,
} from './tournament-events.ts';
import { boardsAt } from './tournament-past.ts';
import { dueStep, isBeforeOfficial, isChanged, phaseSinceMs } from './tournament-phases.ts';
import { lastResult, lastSnapshot, type Tournament } from './tournament-state.ts';
import type { PlayerId } from './units.ts';

export function answerTournament(
  state: Tournament,
  query: TournamentQuery,
): TournamentAnswer | undefined {
  if (state.title === '') return { kind: 'nothing' };
  switch (query.kind) {
    case 'tournament':
      return { kind: 'tournament', tournament: summaryOf(state) };
    case 'page':
      return page(state, query.board, query);
    case 'around':
      return around(state, query);
    case 'position':
      return isBehind(state, query.player, query.since) ? undefined : position(state, query.player);
    case 'cut-offs': {
      const board = boardNamed(state, query.board);
      const players = board?.size ?? 0;
      const cutOffs = query.places.flatMap((place) => {
        const [it] = board?.ranks(place, 1, 'ordinal') ?? [];
        return it === undefined ? [] : [{ place, score: it.score }];
      });
      return { kind: 'cut-offs', tournament: summaryOf(state), players, cutOffs };
    }
    case 'teams':
      return { kind: 'teams', tournament: summaryOf(state), teams: teamsOf(state, query) };
    case 'ingested': {
      const { batch, left } = state.lastBatch;
      // Asked together with the batch, so it is the last, or nobody's question.
      return batch === query.batch
        ? { kind: 'ingested', version: state.version, left }
        : { kind: 'nothing' };
    }
    case 'late-ledger': {
      const { items: events, more } = newest(state.ledger, query);
      return { kind: 'late-ledger', events, more };
    }
    case 'snapshots': {
      const { items: snapshots, more } = newest(state.snapshots, query);
      return { kind: 'snapshots', snapshots, more };
    }
    case 'changes': {
      const { items: changes, more } = newest(publicChanges(state), query);
      return { kind: 'changes', changes, more };
    }
    case 'awards': {
      const all = [...state.awards.values()].slice(query.skip, query.skip + query.limit + 1);
      const awards = all.slice(0, query.limit);
      return { kind: 'awards', awards, more: all.length > awards.length };
    }
    case 'report':
      return { kind: 'report', report: reportOf(state) };
    default:
      return unreachable(query);
  }
}

interface Window {
  readonly skip: number;
  readonly limit: number;
}

function newest<It>(all: readonly It[], { skip, limit }: Window) {
  const end = Math.max(0, all.length - skip);
  const items = all.slice(Math.max(0, end - limit), end).reverse();
  return { items, more: end > limit };
}

/** Of what the result says; before there is one, of what counts now. */
const official = new WeakMap<Tournament, { readonly version: number; readonly boards: Boards }>();

function shownBoards(state: Tournament): Boards {
  const result = lastResult(state);
  if (result === undefined || !isChanged(state)) return state.boards;
  const known = official.get(state);
  if (known?.version === result.version) return known.boards;
  const snapshot = state.snapshots[result.snapshot - 1];
  if (snapshot === undefined) return state.boards;
  const boards = boardsAt(state, snapshot);
  official.set(state, { version: result.version, boards });
  return boards;
}

function boardNamed(state: Tournament, name: BoardName): Board | undefined {
  switch (name.kind) {
    case 'all':
      return shownBoards(state).all;
    case 'division':
      return shownBoards(state).division(name.division);
    case 'day':
      return shownBoards(state).day(name.day);
    default:
      return unreachable(name);
  }
}

function page(
  state: Tournament,
  name: BoardName,
  {
    fromRank,
    limit,
    ranks,
  }: { readonly fromRank: number; readonly limit: number; readonly ranks?: RankMode | undefined },
): TournamentAnswer {
  const board = boardNamed(state, name);
  const mode = ranks ?? state.rules.ranks ?? 'ordinal';
  const placed = board?.ranks(fromRank, limit, mode) ?? [];
  return {
    kind: 'standings',
    tournament: summaryOf(state),
    standings: standingsOf(state, placed),
    players: board?.size ?? 0,
  };
}

function around(
  state: Tournament,
  { board: name, player, limit, ranks }: Extract<TournamentQuery, { kind: 'around' }>,
): TournamentAnswer {
  const entry = state.entries.get(player);
  const board = boardNamed(state, name);
  const place = entry && board?.rankOf(entry.entry, 'ordinal');
  if (board === undefined || place === undefined) return { kind: 'nothing' };
  // The window slides up at the end, so that it is as long as it can be.
  const last = Math.max(1, board.size - limit + 1);
  const fromRank = Math.min(Math.max(1, place - Math.floor(limit / 2)), last);
  return page(state, name, { fromRank, limit, ranks });
}

/** The best of everybody, for who looks at the board. */
export function topOf(state: Tournament, limit: number): Standing[] {
  return standingsOf(state, shownBoards(state).all.ranks(1, limit, state.rules.ranks ?? 'ordinal'));
}

function standingsOf(state: Tournament, placed: readonly Placed[]): Standing[] {
  return placed.flatMap((it) => {
    const entry = state.byNumber[it.entry - 1];
    return entry === undefined ? [] : [standingOf(state, entry, it)];
  });
}

function standingOf(
  { phase }: Tournament,
  { player, alias, entry, counted, division, team }: Entry,
  { rank, score, tie1, tie2, draw }: Placed,
): Standing {
  const shown = { rank, player, alias, entry, score, countedBets: counted.size, division, team };
  return { ...shown, tie1, tie2, draw: phase === 'open' ? 0 : draw };
}

function isBehind(state: Tournament, player: PlayerId, since: PositionToken | undefined): boolean {
  if (since === undefined) return false;
  if (since.kind === 'version') return state.version < since.version;
  const kept = state.entries.get(player)?.counted.get(betKey(since.bet));
  return kept === undefined || kept.revision < since.settlement;
}

function position(state: Tournament, player: PlayerId): TournamentAnswer {
  const entry = state.entries.get(player);
  const boards = shownBoards(state);
  const board = boards.all;
  const place = entry && board.rankOf(entry.entry, 'ordinal');
  if (entry === undefined || place === undefined) return { kind: 'nothing' };
  const mode = state.rules.ranks ?? 'ordinal';
  const found = board.find(entry.entry);
  if (found === undefined) return { kind: 'nothing' };
  const { score } = found;
  const at = (other: number) => (other < 1 ? undefined : board.ranks(other, 1, 'ordinal')[0]);
  const [above, below] = [at(place - 1), at(place + 1)];
  const division = boards.division(entry.division);
  return {
    kind: 'position',
    tournament: summaryOf(state),
    standing: standingOf(state, entry, {
      ...found,
      rank: board.rankOf(entry.entry, mode) ?? place,
    }),
    players: board.size,
    toNext: above === undefined ? 0 : above.score - score,
    toHold: below === undefined ? 0 : score - below.score,
    percentilePermille: Math.floor(((board.size - place + 1) * PERMILLE) / board.size),
    divisionRank: division?.rankOf(entry.entry, mode) ?? 0,
    divisionPlayers: division?.size ?? 0,
    attemptsLeft: attemptsLeft(state, entry),
  };
}

function attemptsLeft({ rules, terms }: Tournament, entry: Entry): number | undefined {
  const own = rulesFor(rules, entry);
  if (own.attempts === undefined) return undefined;
  return own.attempts - triedOf(own, contributionsOf(entry), terms.duplicateWindowMs).length;
}

function teamsOf(
  state: Tournament,
  { fromRank, limit }: { readonly fromRank: number; readonly limit: number },
) {
  return shownBoards(state)
    .teams(fromRank, limit)
    .map(({ name, rank, score, players, best }) => ({
      team: name,
      rank,
      score,
      players,
      best: best.map((it) => {
        return { alias: state.byNumber[it.entry - 1]?.alias ?? '', score: it.score };
      }),
    }));
}

export function summaryOf(state: Tournament): TournamentSummary {
  const { id, title, races, terms, rules, rulesVersion, phase, seed, counts, version } = state;
  const step = dueStep(state);
  const result = lastResult(state);
  const untilMs = phase === 'open' ? terms.closesAtMs : (step?.atMs ?? 0);
  return {
    tournament: id,
    title,
    races,
    terms,
    bestOf: rules.best?.of ?? 0,
    scoringRule: rules.id,
    rulesVersion,
    players: state.byNumber.length,
    phase,
    phaseSinceMs: phaseSinceMs(state),
    phaseUntilMs: state.isOld ? 0 : untilMs,
    openBets: state.openBets.size,
    counts,
    seedCommitment: seed === '' ? '' : commitmentTo(seed),
    seed: phase === 'open' ? '' : seed,
    resultVersion: result?.version ?? 0,
    hash: lastSnapshot(state)?.hash ?? '',
    differs: !isBeforeOfficial(phase) && isChanged(state),
    version,
  };
}

/** Oldest first. */
function publicChanges(state: Tournament): PublicChange[] {
  const told = (diff: BoardDiff | undefined): PublicDiff | undefined => {
    if (diff === undefined) return undefined;
    const aliasOf = (entry: number) => state.byNumber[entry - 1]?.alias ?? '';
    return { ...diff, moves: diff.moves.map((it) => ({ ...it, alias: aliasOf(it.entry) })) };
  };
  const rules = state.rulesChanges.map(({ version, ruleSet, why, atMs, diff }): PublicChange => {
    return { kind: 'rules', version, ruleSet, why, atMs, diff: told(diff), hash: '' };
  });
  const results = state.results.map(({ version, why, atMs, diff, hash }): PublicChange => {
    return { kind: 'result', version, ruleSet: '', why, atMs, diff: told(diff), hash };
  });
  return [...rules, ...results].sort((a, b) => a.atMs - b.atMs);
}

function reportOf(state: Tournament): TournamentReport {
  const { ruleTexts, phases, rulesChanges, results, leftBy, setAside, deeds, holds } = state;
  return {
    tournament: summaryOf(state),
    rules: ruleTexts.map((content, index) => ({ version: index + 1, content })),
    phases: [...phases],
    rulesChanges: [...rulesChanges],
    results: [...results],
    left: Object.fromEntries([...leftBy].sort(([a], [b]) => (a < b ? -1 : 1))),
    setAside: setAside.length,
    deeds: [...deeds],
    holds: [...holds.values()],
  };
}
