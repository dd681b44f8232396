/**
 * The standings as they were at a snapshot, made again from what is kept, and what a change did to
 * them.
 *
 * Invariant: what is made again has the snapshot's hash, or whoever asked is told that it has not.
 */
import { type Boards, createBoards, type WholeBoard } from './tournament-boards.ts';
import type { Entry, Kept } from './tournament-entry.ts';
import type { BoardDiff, BoardMove, BoardSnapshot } from './tournament-events.ts';
import { rulesIn, type Scored, type Tournament } from './tournament-state.ts';

/** Of a diff, so many are named; how many there are is said. */
export const MOVES_MAX = 100;

type Moment = Pick<BoardSnapshot, 'version' | 'rulesVersion' | 'players'>;

/** Of whoever had joined then. */
export function boardsAt(state: Tournament, { version, rulesVersion, players }: Moment): Boards {
  const byNumber = state.byNumber.slice(0, players).map((entry) => entryAt(entry, version));
  return boardsOf({
    ...state,
    rules: rulesIn(state.ruleTexts[rulesVersion - 1] ?? 'null'),
    byNumber,
  });
}

/** What was made to see what other rules would do: whoever puts them in force need not make it again. */
const foreseen = new WeakMap<
  Tournament,
  { readonly changedAt: number; readonly rules: string; readonly boards: Boards }
>();

/** As they are, or would be, under these rules: canonical JSON. They follow what is touched from now on. */
export function boardsUnder(state: Tournament, rules: string): Boards {
  const { changedAt } = state;
  const known = foreseen.get(state);
  if (known?.changedAt === changedAt && known.rules === rules) return known.boards;
  const boards = boardsOf({ ...state, rules: rulesIn(rules) });
  foreseen.set(state, { changedAt, rules, boards });
  return boards;
}

function boardsOf({ id, terms, rules, seed, placeOf, byNumber }: Scored): Boards {
  const boards = createBoards({ id, terms, rules, seed, placeOf, byNumber });
  boards.touchAll();
  return boards;
}

/** What a contribution was after the tournament's `version`-th event; undefined where it was not. */
export function keptAt(kept: Kept, version: number): Kept | undefined {
  let it: Kept | undefined = kept;
  while (it !== undefined && it.at > version) it = it.before;
  return it;
}

function entryAt(entry: Entry, version: number): Entry {
  if (!hasChangedSince(entry, version)) return entry;
  const counted = new Map<string, Kept>();
  for (const [key, kept] of entry.counted) {
    const then = keptAt(kept, version);
    if (then !== undefined) counted.set(key, then);
  }
  return { ...entry, counted };
}

function hasChangedSince({ counted }: Entry, version: number): boolean {
  for (const { at } of counted.values()) if (at > version) return true;
  return false;
}

/** @param players How many entries there are, in either. */
export function diffOf(players: number, before: WholeBoard, after: WholeBoard): BoardDiff {
  const ranksBefore = before.ranksTo(players);
  const ranksAfter = after.ranksTo(players);
  let changed = 0;
  const moves: BoardMove[] = [];
  for (let entry = 1; entry <= players; entry++) {
    const rankBefore = ranksBefore[entry] ?? 0;
    const rankAfter = ranksAfter[entry] ?? 0;
    const scoreBefore = before.find(entry)?.score ?? 0;
    const scoreAfter = after.find(entry)?.score ?? 0;
    if (rankBefore === rankAfter && scoreBefore === scoreAfter) continue;
    changed++;
    moves.push({ entry, rankBefore, rankAfter, scoreBefore, scoreAfter });
    if (moves.length > 2 * MOVES_MAX) keepBest(moves);
  }
  keepBest(moves);
  return { players, changed, moves };
}

function keepBest(moves: BoardMove[]): void {
  moves.sort((a, b) => bestRank(a) - bestRank(b) || a.entry - b.entry);
  moves.splice(MOVES_MAX);
}

/** A rank of 0 is none. */
function bestRank({ rankBefore, rankAfter }: BoardMove): number {
  return Math.min(rankBefore || rankAfter, rankAfter || rankBefore);
}
