/**
 * What an actor looks like, whole: everything that it answers when it is asked, and nothing of how it
 * keeps it. Two states with the same picture cannot be told apart by anybody who asks.
 */
import type { PlayerQuery } from '../actors/player-events.ts';
import type { RaceQuery } from '../actors/race-events.ts';
import type { TournamentQuery } from '../actors/tournament-events.ts';
import type { AnyActorKind } from '../runtime/actor.ts';

const ALL = Number.MAX_SAFE_INTEGER;

const PLAYER: Readonly<Record<string, PlayerQuery>> = {
  account: { kind: 'account' },
  bets: { kind: 'bets', skip: 0, limit: ALL },
  awards: { kind: 'awards', skip: 0, limit: ALL },
};
const RACE: Readonly<Record<string, RaceQuery>> = {
  race: { kind: 'race' },
  books: { kind: 'books' },
};
const TOURNAMENT: Readonly<Record<string, TournamentQuery>> = {
  tournament: { kind: 'tournament' },
  standings: { kind: 'page', board: { kind: 'all' }, fromRank: 1, limit: ALL },
  ledger: { kind: 'late-ledger', skip: 0, limit: ALL },
  snapshots: { kind: 'snapshots', skip: 0, limit: ALL },
  changes: { kind: 'changes', skip: 0, limit: ALL },
  awards: { kind: 'awards', skip: 0, limit: ALL },
  report: { kind: 'report' },
};

const QUERIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  player: PLAYER,
  race: RACE,
  tournament: TOURNAMENT,
  operator: { books: { kind: 'books' } },
  'rule-set': { use: { kind: 'rule-set' } },
};

/** The runtime's own actors answer nothing: of them it is what they hold. */
export function pictureOf(kind: AnyActorKind, state: unknown): unknown {
  const queries = QUERIES[kind.kind];
  if (queries === undefined) return state;
  return Object.fromEntries(
    Object.entries(queries).map(([name, query]) => [name, kind.decider.answer(state, query)]),
  );
}
