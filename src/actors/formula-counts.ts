/**
 * How many subsets, sequences and fillings there are, without writing one out.
 *
 * Invariant: exact. Sizes are at most `PICKS_MAX` and runners at most 99, so that no count and no
 * step on the way to one leaves the safe integers.
 */
import type { RunnerNumber } from './units.ts';

/** n! / (k! (n − k)!); 0 where there are too few. */
export function subsetsOf(n: number, size: number): number {
  if (size < 0 || size > n) return 0;
  let count = 1;
  // After each step it is a binomial coefficient itself, so the division leaves nothing over.
  for (let chosen = 0; chosen < size; chosen++) count = (count * (n - chosen)) / (chosen + 1);
  return count;
}

/** n! / (n − k)!; 0 where there are too few. */
export function sequencesOf(n: number, size: number): number {
  if (size < 0 || size > n) return 0;
  let count = 1;
  for (let chosen = 0; chosen < size; chosen++) count *= n - chosen;
  return count;
}

/**
 * Ways to fill each position from its own list, no runner twice: the permanent of the matrix that
 * says who may stand where. `ways[filled]` counts, over the runners seen so far, the ways to fill
 * just the positions in that bit set: 2^positions × runners steps instead of every sequence.
 */
export function fillingsOf(lists: readonly (readonly RunnerNumber[])[]): number {
  const positionsOf = new Map<RunnerNumber, number>();
  for (const [position, runners] of lists.entries()) {
    for (const runner of runners) {
      positionsOf.set(runner, (positionsOf.get(runner) ?? 0) | (1 << position));
    }
  }
  const ways = new Float64Array(1 << lists.length);
  ways[0] = 1;
  for (const positions of positionsOf.values()) {
    // From the fullest down: a runner who has just filled a position fills no second one.
    for (let filled = ways.length - 1; filled >= 0; filled--) {
      const here = ways[filled] ?? 0;
      if (here === 0) continue;
      for (let open = positions & ~filled; open !== 0; open &= open - 1) {
        const next = filled | (open & -open);
        ways[next] = (ways[next] ?? 0) + here;
      }
    }
  }
  return ways.at(-1) ?? 0;
}
