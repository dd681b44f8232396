/**
 * The backed combinations of a pool on one race, found by the runners that they name: who stands
 * where in an arrival, and which few combinations can win by it.
 *
 * Invariant: whatever wins anything by an arrival is among what `eachLikely` visits for its head.
 */
import { sequencesOf, subsetsOf } from '../formula-counts.ts';
import type { RunnerNumber } from '../units.ts';
import { placesOf } from './arrival.ts';
import type { Bet, Stage } from './rule-set.ts';

/**
 * More combinations than this have no probables: a trio of 18 has 816, and a message of 1,000 is
 * some 20 KB, once a second at most.
 */
export const PROBABLES_MAX = 1_000;

/** One combination with stakes on it. */
export interface Backed {
  readonly key: string;
  readonly runners: readonly RunnerNumber[];
  readonly stakes: number;
}

/** How far down an arrival anything is decided, and how few of those runners a winner names. */
export interface Depth {
  readonly places: number;
  readonly right: number;
  /** A winner names one of the first so many; if it names two, two of one more. */
  readonly reach: number;
}

/** Whether each combination of the bet has a probable, with so many runners declared. */
export function hasProbables(bet: Bet, runners: number): boolean {
  if (bet.kind === 'legs') return false;
  let count = 0;
  for (const picks of bet.picks) {
    count += bet.ordered ? sequencesOf(runners, picks) : subsetsOf(runners, picks);
  }
  return count <= PROBABLES_MAX;
}

/** `3-7`: from the lowest number up, or as they were bet on where the order counts. */
export function combinationKey(runners: readonly RunnerNumber[], ordered: boolean): string {
  return ordered ? runners.join('-') : [...runners].sort((a, b) => a - b).join('-');
}

/** @param key As `combinationKey` made it. */
export function runnersOf(key: string): RunnerNumber[] {
  // Numbers of runners when they were put in.
  return key.split('-').map((number) => Number(number) as RunnerNumber);
}

export function depthOf({ tiers }: Stage, starters: number): Depth {
  let [places, right, reach] = [0, Number.POSITIVE_INFINITY, 0];
  for (const { match } of tiers) {
    if (match.kind === 'legs') continue;
    const first =
      match.kind === 'at' ? Math.max(...match.positions) : placesOf(match.first, starters);
    const named = match.kind === 'at' ? match.positions.length : match.right;
    if (first < named) continue;
    places = Math.max(places, first);
    right = Math.min(right, named);
    reach = Math.max(reach, first - named + 1);
  }
  return { places, right, reach };
}

/** A runner that is no starter, or not among the first. */
const BEHIND = 98;

export interface BackedField {
  readonly combinations: readonly Backed[];
  /**
   * The first of the arrival in which a combination wins: its own runners in order, then, one by
   * one, whoever has most stakes together with those before it, so that the most others win too.
   * In a pool on one runner, and with one place to fill where all are backed, nothing without a
   * dead heat pays the combination less.
   */
  arrivalFor(combination: Backed): RunnerNumber[];
  /** @param arrival As many of its first runners as the depth has places, or all there are. */
  eachLikely(arrival: readonly RunnerNumber[], visit: (it: Backed) => void): void;
  /** Place of a runner in the arrival that was visited last, from 1; more where it is behind. */
  rankOf(runner: RunnerNumber): number;
}

/** @param starters Everyone who may arrive. */
export function createBackedField(
  stakes: ReadonlyMap<string, number>,
  starters: readonly RunnerNumber[],
  { places, right, reach }: Depth,
): BackedField {
  const combinations = [...stakes]
    .filter(([, staked]) => staked > 0)
    .map(([key, staked]): Backed => ({ key, runners: runnersOf(key), stakes: staked }));
  // Where every winner names two of the first, those that name both are far fewer.
  const byPair = right > 1;
  const naming = new Map<number, Backed[]>();
  for (const it of combinations) {
    for (const [index, one] of it.runners.entries()) {
      if (!byPair) put(naming, one, it);
      else for (const other of it.runners.slice(index + 1)) put(naming, pairOf(one, other), it);
    }
  }
  const ascending = [...starters].sort((a, b) => a - b);
  // By number of runner.
  const ranks = new Uint8Array(RUNNER_BASE).fill(BEHIND);

  function mostBackedWith(ahead: readonly RunnerNumber[]): RunnerNumber | undefined {
    // Sums of cents: whole numbers, which a float holds exactly as far as a safe integer goes.
    const weights = new Float64Array(RUNNER_BASE);
    const isAhead = new Uint8Array(RUNNER_BASE);
    for (const runner of ahead) isAhead[runner] = 1;
    for (const { runners, stakes: staked } of combinations) {
      let outside = 0;
      let others = 0;
      for (const runner of runners) {
        if (isAhead[runner] === 1) continue;
        outside = runner;
        others++;
      }
      if (others === 1) weights[outside] = (weights[outside] ?? 0) + staked;
    }
    let best: RunnerNumber | undefined;
    for (const runner of ascending) {
      if (isAhead[runner] === 1) continue;
      if (best === undefined || (weights[runner] ?? 0) > (weights[best] ?? 0)) best = runner;
    }
    return best;
  }

  /** Those whose best runners by rank are these, so that nothing is visited twice. */
  function visitThose(those: readonly Backed[], best: [number, number], visit: Visit): void {
    for (const it of those) {
      let [first, second, named] = [BEHIND, BEHIND, 0];
      for (const runner of it.runners) {
        const rank = ranks[runner] ?? BEHIND;
        if (rank === BEHIND) continue;
        named++;
        if (rank < first) [first, second] = [rank, first];
        else if (rank < second) second = rank;
      }
      if (named < right || first !== best[0]) continue;
      if (!byPair || second === best[1]) visit(it);
    }
  }

  return {
    combinations,
    arrivalFor({ runners }) {
      const arrival = runners.slice(0, places);
      while (arrival.length < places) {
        const next = mostBackedWith(arrival);
        if (next === undefined) break;
        arrival.push(next);
      }
      return arrival;
    },
    eachLikely(arrival, visit) {
      ranks.fill(BEHIND);
      for (const [index, runner] of arrival.entries()) ranks[runner] = index + 1;
      for (const [index, one] of arrival.slice(0, reach).entries()) {
        if (!byPair) {
          visitThose(naming.get(one) ?? [], [index + 1, 0], visit);
          continue;
        }
        // Who names `right` of them names two of the first `reach` + 1.
        for (let next = index + 1; next <= reach && next < arrival.length; next++) {
          const other = arrival[next];
          if (other === undefined) break;
          visitThose(naming.get(pairOf(one, other)) ?? [], [index + 1, next + 1], visit);
        }
      }
    },
    rankOf: (runner) => ranks[runner] ?? BEHIND,
  };
}

type Visit = (it: Backed) => void;

/** Runners are below it: two of them in one number. */
const RUNNER_BASE = 128;

function pairOf(one: RunnerNumber, other: RunnerNumber): number {
  return one < other ? one * RUNNER_BASE + other : other * RUNNER_BASE + one;
}

function put(lists: Map<number, Backed[]>, key: number, it: Backed): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [it]);
  else list.push(it);
}
