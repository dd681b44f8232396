/**
 * The standings as they were at a snapshot, made again from what is kept, and what a change did to
 * them.
 *
 * Invariant: what is made again has the snapshot's hash, or whoever asked is told that it has not.
 */
import { createRanking } from './ranking/ranking.ts';
import type { Contribution } from './scoring/contribution.ts';
import type { ScoringRuleSet } from './scoring/rule-set.ts';
import { type Board, rankedEntry } from './tournament-boards.ts';
import type { BoardDiff, BoardMove, BoardSnapshot } from './tournament-events.ts';
import type { Entry, Kept, Tournament } from './tournament-state.ts';

/** Of a diff, so many are named; how many there are is said. */
export const MOVES_MAX = 100;

type Moment = Pick<BoardSnapshot, 'version' | 'rulesVersion' | 'players'>;

export function standingsAt(state: Tournament, { version, rulesVersion, players }: Moment): Board {
  const rules = rulesOf(state, rulesVersion);
  return ranked(state, rules, state.byNumber.slice(0, players), (entry) =>
    contributionsAt(entry, version),
  );
}

/** As they would be under other rules. */
export function standingsUnder(state: Tournament, rules: ScoringRuleSet): Board {
  return ranked(state, rules, state.byNumber, (entry) =>
    Array.from(entry.counted.values(), ({ it }) => it),
  );
}

export function rulesOf({ ruleTexts }: Tournament, version: number): ScoringRuleSet {
  // Written by a `tournament-created` or a `rules-changed`, which only valid rules are in.
  return JSON.parse(ruleTexts[version - 1] ?? 'null') as ScoringRuleSet;
}

/** What a contribution was after the tournament's `version`-th event; undefined where it was not. */
export function keptAt(kept: Kept, version: number): Kept | undefined {
  let it: Kept | undefined = kept;
  while (it !== undefined && it.at > version) it = it.before;
  return it;
}

function contributionsAt({ counted }: Entry, version: number): Contribution[] {
  return [...counted.values()].flatMap((kept) => keptAt(kept, version)?.it ?? []);
}

function ranked(
  state: Tournament,
  rules: ScoringRuleSet,
  entries: readonly Entry[],
  contributionsOf: (entry: Entry) => readonly Contribution[],
): Board {
  const ranking = createRanking();
  ranking.putAll(entries.map((it) => rankedEntry(state, rules, it, contributionsOf(it))));
  return ranking;
}

type Compared = Pick<Board, 'size' | 'find' | 'rankOf'>;

/** @param players How many entries there are, in either. */
export function diffOf(players: number, before: Compared, after: Compared): BoardDiff {
  let changed = 0;
  const moves: BoardMove[] = [];
  for (let entry = 1; entry <= players; entry++) {
    const move = moveOf(entry, before, after);
    if (move.rankBefore === move.rankAfter && move.scoreBefore === move.scoreAfter) continue;
    changed++;
    moves.push(move);
    if (moves.length > 2 * MOVES_MAX) keepBest(moves);
  }
  keepBest(moves);
  return { players, changed, moves };
}

function moveOf(entry: number, before: Compared, after: Compared): BoardMove {
  return {
    entry,
    rankBefore: before.rankOf(entry, 'ordinal') ?? 0,
    rankAfter: after.rankOf(entry, 'ordinal') ?? 0,
    scoreBefore: before.find(entry)?.score ?? 0,
    scoreAfter: after.find(entry)?.score ?? 0,
  };
}

function keepBest(moves: BoardMove[]): void {
  moves.sort((a, b) => bestRank(a) - bestRank(b) || a.entry - b.entry);
  moves.splice(MOVES_MAX);
}

/** A rank of 0 is none. */
function bestRank({ rankBefore, rankAfter }: BoardMove): number {
  return Math.min(rankBefore || rankAfter, rankAfter || rankBefore);
}
