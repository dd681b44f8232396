/**
 * Writing combinations out, one at a time, in one array that changes from visit to visit.
 *
 * Invariant: lexicographic by place in the lists, and `chosen` is after the walk what it was before.
 */
import type { RunnerNumber } from './units.ts';

type Visit = (combination: readonly RunnerNumber[]) => void;

interface Subsets {
  readonly of: readonly RunnerNumber[];
  readonly size: number;
  /** What each combination begins with. */
  readonly chosen: RunnerNumber[];
}

export function eachSubset({ of, size, chosen }: Subsets, visit: Visit): void {
  function choose(from: number, missing: number): void {
    if (missing === 0) {
      visit(chosen);
      return;
    }
    for (let index = from; index <= of.length - missing; index++) {
      const runner = of[index];
      if (runner === undefined) return;
      chosen.push(runner);
      choose(index + 1, missing - 1);
      chosen.pop();
    }
  }
  choose(0, size);
}

interface Sequences {
  /** One for each position. */
  readonly lists: readonly (readonly RunnerNumber[])[];
  /** Whether a number may come again in a later position. */
  readonly repeats: boolean;
  /** Empty. */
  readonly chosen: RunnerNumber[];
}

export function eachSequence({ lists, repeats, chosen }: Sequences, visit: Visit): void {
  function choose(position: number): void {
    const runners = lists[position];
    if (runners === undefined) {
      visit(chosen);
      return;
    }
    for (const runner of runners) {
      if (!repeats && chosen.includes(runner)) continue;
      chosen.push(runner);
      choose(position + 1);
      chosen.pop();
    }
  }
  choose(0);
}
