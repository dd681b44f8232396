/**
 * What the entries of a ranking are compared by: 32 bytes an entry, all of it in one cache line.
 *
 * Order: score (higher first) → two ties, such as when it was reached (lower first) → draw (lower
 * first) → entry. The draw has nothing to do with who came first, so that network speed decides no
 * prize; the entry's number only makes the order total.
 *
 * Invariant: all numbers are whole and safe, so that no two machines order them differently. Score
 * and ties are numbers of their own: packed into one they would lose the last digits.
 */
import { radixSort } from './radix-sort.ts';

export interface RankKey {
  readonly score: number;
  /** What the rules break ties of score by, one after the other; what is more the better is negative. */
  readonly tie1: number;
  readonly tie2: number;
  readonly draw: number;
}

export interface RankKeys {
  /** @param entry From 1. */
  set(entry: number, key: RankKey): void;
  of(entry: number): RankKey;
  scoreOf(entry: number): number;
  isBefore(one: number, other: number): boolean;
  /** Whether only the draw puts one before the other. */
  isLevel(one: number, other: number): boolean;
  /** Sorts entries where they are. */
  sort(entries: Uint32Array): void;
  /** Room to grow included. */
  readonly sizeBytes: number;
}

/** Numbers of an entry, in the order in which they are compared. */
const NUMBERS = 4;
const SCORE = 0;
const TIE1 = 1;
const TIE2 = 2;
const DRAW = 3;

/** So few are sorted by comparing them. */
const FEW = 64;

const FIRST_ROOM = 64;

/** Room for an eighth more each time: twice as much would be half empty. */
export const grown = (room: number, atLeast: number): number =>
  Math.max(atLeast, FIRST_ROOM, room + Math.ceil(room / 8));

export function createRankKeys(): RankKeys {
  let numbers = new Float64Array(0);

  // Every entry that is asked for was set.
  const numberOf = (entry: number, which: number) => numbers[entry * NUMBERS + which] as number;

  function makeRoom(atLeast: number): void {
    const before = numbers;
    numbers = new Float64Array(grown(before.length / NUMBERS, atLeast) * NUMBERS);
    numbers.set(before);
  }

  function isBefore(one: number, other: number): boolean {
    const better = numberOf(one, SCORE) - numberOf(other, SCORE);
    if (better !== 0) return better > 0;
    const first = numberOf(other, TIE1) - numberOf(one, TIE1);
    if (first !== 0) return first > 0;
    const second = numberOf(other, TIE2) - numberOf(one, TIE2);
    if (second !== 0) return second > 0;
    const drawn = numberOf(other, DRAW) - numberOf(one, DRAW);
    return drawn === 0 ? one < other : drawn > 0;
  }

  /** By one number after the other, the next only among those that have the one alike. */
  function sortBy(which: number, entries: Uint32Array): void {
    if (entries.length <= FEW) {
      entries.sort((one, other) => (isBefore(one, other) ? -1 : 1));
      return;
    }
    if (which === NUMBERS) {
      entries.sort();
      return;
    }
    const of = (entry: number) => numberOf(entry, which);
    radixSort(entries, { of, highestFirst: which === SCORE });
    for (let from = 0, to = 1; to <= entries.length; to++) {
      if (to < entries.length && of(entries[from] as number) === of(entries[to] as number))
        continue;
      if (to - from > 1) sortBy(which + 1, entries.subarray(from, to));
      from = to;
    }
  }

  return {
    set(entry, { score, tie1, tie2, draw }) {
      const from = entry * NUMBERS;
      if (from >= numbers.length) makeRoom(entry + 1);
      numbers[from + SCORE] = score;
      numbers[from + TIE1] = tie1;
      numbers[from + TIE2] = tie2;
      numbers[from + DRAW] = draw;
    },
    of: (entry) => ({
      score: numberOf(entry, SCORE),
      tie1: numberOf(entry, TIE1),
      tie2: numberOf(entry, TIE2),
      draw: numberOf(entry, DRAW),
    }),
    scoreOf: (entry) => numberOf(entry, SCORE),
    isBefore,
    isLevel: (one, other) =>
      numberOf(one, SCORE) === numberOf(other, SCORE) &&
      numberOf(one, TIE1) === numberOf(other, TIE1) &&
      numberOf(one, TIE2) === numberOf(other, TIE2),
    sort: (entries) => sortBy(SCORE, entries),
    get sizeBytes() {
      return numbers.byteLength;
    },
  };
}
