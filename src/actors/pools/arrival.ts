/**
 * The order of arrival, and what a dead heat makes of it.
 *
 * Invariant: a dead heat counts as each of its orders in equal parts. Two that share the second
 * place were second and third as often as third and second, so each has half of either place; the
 * rules for dead heats that regulators write out one by one (Montana 43344, Oklahoma 325:65-9-4)
 * are cases of it.
 */
import { type RunnerNumber, runnerNumber } from '../units.ts';
import type { Order } from './price.ts';
import type { Places } from './rule-set.ts';

/** Runners that may share one place. Nobody has seen four. */
export const DEAD_HEAT_MAX = 8;

/** More places than any bet names; with DEAD_HEAT_MAX, no arrival stands for more than 8!/1! orders. */
export const PLACES_MAX = 7;

/** How many places count from so many starters; 0 where too few start for the bet to stand. */
export function placesOf(places: Places, starters: number): number {
  if (typeof places === 'number') return Math.min(places, starters);
  return places.find((rule) => starters >= rule.startersMin)?.places ?? 0;
}

/**
 * All orders that `order` stands for, cut to the `first` that arrived, all equally likely; some
 * are equal where they differ behind the cut. Shorter where fewer arrived.
 * @param order No place of more than DEAD_HEAT_MAX.
 * @param first At most PLACES_MAX.
 */
export function arrivals(order: Order, first: number): readonly (readonly RunnerNumber[])[] {
  let found: readonly (readonly RunnerNumber[])[] = [[]];
  let left = first;
  for (const together of order) {
    const count = Math.min(left, together.length);
    if (count === 0) break;
    const tails = partialOrders(together, count);
    found = found.flatMap((head) => tails.map((tail) => [...head, ...tail]));
    left -= count;
  }
  return found;
}

/** Every way to put `count` of the runners in a row. */
function partialOrders(runners: readonly RunnerNumber[], count: number): RunnerNumber[][] {
  if (count === 0) return [[]];
  // By place and not by number: two of an entry that share a place have one number.
  return runners.flatMap((runner, index) =>
    partialOrders(
      runners.filter((_, other) => other !== index),
      count - 1,
    ).map((rest) => [runner, ...rest]),
  );
}

/**
 * The order in which betting interests arrived: every runner is named by the lowest number of its
 * entry. An entry that fills two places stands in both.
 */
export function orderOfInterests(order: Order, entries: Entries): Order {
  const interest = interestsOf(entries);
  return order.map((together) => together.map(interest));
}

/** Each interest where it came first; of places that are left without a runner nothing is left. */
export function withoutRepeats(order: Order): Order {
  const seen = new Set<RunnerNumber>();
  const once = order.map((together) =>
    together.filter((runner) => !seen.has(runner) && seen.add(runner)),
  );
  return once.filter((together) => together.length > 0);
}

/** Runners that are one betting interest, one list for each entry. */
export type Entries = readonly (readonly number[])[];

/** Runners that were declared as one betting interest, whoever names whom. */
export function entriesAmong(
  runners: readonly { readonly number: RunnerNumber; readonly coupledWith?: number }[],
): RunnerNumber[][] {
  let entries: RunnerNumber[][] = [];
  for (const { number, coupledWith = 0 } of runners) {
    const mate = runners.find((it) => it.number === coupledWith)?.number;
    if (mate === undefined) continue;
    const joined = entries.filter((it) => it.includes(number) || it.includes(mate));
    const others = entries.filter((it) => !joined.includes(it));
    entries = [...others, [...new Set([...joined.flat(), number, mate])]];
  }
  return entries;
}

/** Of an entry only when none of it runs. */
export function withdrawnIn(
  nonRunners: readonly RunnerNumber[],
  entries: Entries,
): readonly RunnerNumber[] {
  if (entries.length === 0) return nonRunners;
  const out = new Set<number>(nonRunners);
  const stands = (entry: readonly number[]) => entry.some((mate) => !out.has(mate));
  return nonRunners.filter(
    (runner) => !entries.some((entry) => entry.includes(runner) && stands(entry)),
  );
}

/** Names a runner by the lowest number of its entry. */
export function interestsOf(entries: Entries): (runner: RunnerNumber) => RunnerNumber {
  const lowest = new Map<number, RunnerNumber>();
  for (const entry of entries) {
    for (const runner of entry) lowest.set(runner, runnerNumber(Math.min(...entry)));
  }
  return (runner) => lowest.get(runner) ?? runner;
}
