/**
 * What the entries of a ranking are compared by, and where each is in its list: 32 bytes an entry, all
 * of it in one cache line.
 *
 *   score f64 · tie f64 · tie f64 · draw u32 · slot u32
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
  /** Of 32 bits. */
  readonly draw: number;
}

export interface RankKeys {
  /** Makes room for entries up to `entry` at once. */
  reserve(entry: number): void;
  /** @param entry From 1. */
  set(entry: number, key: RankKey): void;
  of(entry: number): RankKey;
  scoreOf(entry: number): number;
  tie1Of(entry: number): number;
  isBefore(one: number, other: number): boolean;
  /** Whether only the draw puts one before the other. */
  isLevel(one: number, other: number): boolean;
  /** Where its list has the entry; 0 where it was never said. */
  slotOf(entry: number): number;
  /** Of an entry that was set. */
  setSlot(entry: number, slot: number): void;
  /** Sorts entries where they are. */
  sort(entries: Uint32Array): void;
  /** Room to grow included. */
  readonly sizeBytes: number;
}

/** Of an entry's record: in doubles, and in words of 32 bits. */
const NUMBERS = 4;
const WORDS = 8;
const DRAW_WORD = 6;
const SLOT_WORD = 7;

/** What is compared, in that order. */
const SCORE = 0;
const TIE1 = 1;
const TIE2 = 2;
const DRAW = 3;

/** So few are sorted by comparing them. */
const FEW = 64;

const FIRST_ROOM = 64;

/** Room for a sixteenth more each time: twice as much would be half empty. */
export const grown = (room: number, atLeast: number): number =>
  Math.max(atLeast, FIRST_ROOM, room + Math.ceil(room / 16));

export function createRankKeys(): RankKeys {
  let numbers = new Float64Array(0);
  let words = new Uint32Array(numbers.buffer);

  // Every entry that is asked for was set.
  const numberOf = (entry: number, which: number) => numbers[entry * NUMBERS + which] as number;
  const drawOf = (entry: number) => words[entry * WORDS + DRAW_WORD] as number;

  function makeRoom(atLeast: number): void {
    const before = numbers;
    numbers = new Float64Array(grown(before.length / NUMBERS, atLeast) * NUMBERS);
    numbers.set(before);
    words = new Uint32Array(numbers.buffer);
  }

  function isBefore(one: number, other: number): boolean {
    const better = numberOf(one, SCORE) - numberOf(other, SCORE);
    if (better !== 0) return better > 0;
    const first = numberOf(other, TIE1) - numberOf(one, TIE1);
    if (first !== 0) return first > 0;
    const second = numberOf(other, TIE2) - numberOf(one, TIE2);
    if (second !== 0) return second > 0;
    const drawn = drawOf(other) - drawOf(one);
    return drawn === 0 ? one < other : drawn > 0;
  }

  /** By one number after the other, the next only among those that have the one alike. */
  function sortBy(which: number, entries: Uint32Array): void {
    if (entries.length <= FEW) {
      entries.sort((one, other) => (isBefore(one, other) ? -1 : 1));
      return;
    }
    if (which > DRAW) {
      entries.sort();
      return;
    }
    const of = which === DRAW ? drawOf : (entry: number) => numberOf(entry, which);
    radixSort(entries, { of, highestFirst: which === SCORE });
    for (let from = 0, to = 1; to <= entries.length; to++) {
      if (to < entries.length && of(entries[from] as number) === of(entries[to] as number))
        continue;
      if (to - from > 1) sortBy(which + 1, entries.subarray(from, to));
      from = to;
    }
  }

  function reserve(entry: number): void {
    if (entry * NUMBERS >= numbers.length) makeRoom(entry + 1);
  }

  return {
    reserve,
    set(entry, { score, tie1, tie2, draw }) {
      reserve(entry);
      const from = entry * NUMBERS;
      numbers[from + SCORE] = score;
      numbers[from + TIE1] = tie1;
      numbers[from + TIE2] = tie2;
      words[entry * WORDS + DRAW_WORD] = draw;
    },
    of: (entry) => ({
      score: numberOf(entry, SCORE),
      tie1: numberOf(entry, TIE1),
      tie2: numberOf(entry, TIE2),
      draw: drawOf(entry),
    }),
    scoreOf: (entry) => numberOf(entry, SCORE),
    tie1Of: (entry) => numberOf(entry, TIE1),
    isBefore,
    isLevel: (one, other) =>
      numberOf(one, SCORE) === numberOf(other, SCORE) &&
      numberOf(one, TIE1) === numberOf(other, TIE1) &&
      numberOf(one, TIE2) === numberOf(other, TIE2),
    sort: (entries) => sortBy(SCORE, entries),
    slotOf: (entry) => words[entry * WORDS + SLOT_WORD] ?? 0,
    setSlot(entry, slot) {
      words[entry * WORDS + SLOT_WORD] = slot;
    },
    get sizeBytes() {
      return numbers.byteLength;
    },
  };
}
