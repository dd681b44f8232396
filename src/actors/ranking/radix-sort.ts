/**
 * A stable sort of ids by a number that each has: bytes of the number, lowest first (LSD radix sort;
 * Knuth, TAOCP 5.2.5). A byte that all have alike costs nothing, so whole numbers cost few passes.
 *
 * The bits of a double, as a whole number, are in the order of the doubles where its sign is turned,
 * and all bits of a negative one.
 */

export interface SortOrder {
  readonly of: (id: number) => number;
  readonly highestFirst: boolean;
}

/** Of a double: its low word first. */
const BYTES = 8;
const WORD_BYTES = 4;
const VALUES = 256;
const SIGN = 0x8000_0000;
const ALL = 0xffff_ffff;

/** Ids of equal numbers stay in the order in which they were. */
export function radixSort(ids: Uint32Array, { of, highestFirst }: SortOrder): void {
  const { length } = ids;
  const doubles = new Float64Array(1);
  const words = new Uint32Array(doubles.buffer);
  const turned = highestFirst ? ALL : 0;
  let low = new Uint32Array(length);
  let high = new Uint32Array(length);
  for (let index = 0; index < length; index++) {
    doubles[0] = of(ids[index] as number) + 0; // −0 is 0
    const flip = (words[1] as number) >= SIGN ? ALL : SIGN;
    low[index] = (words[0] as number) ^ (flip === ALL ? ALL : 0) ^ turned;
    high[index] = (words[1] as number) ^ flip ^ turned;
  }
  let from = ids;
  let to: Uint32Array = new Uint32Array(length);
  let [toLow, toHigh] = [low.slice(), high.slice()];
  const begins = new Uint32Array(VALUES);
  for (let byte = 0; byte < BYTES; byte++) {
    const word = byte < WORD_BYTES ? low : high;
    const shift = (byte % WORD_BYTES) * 8;
    if (!tally(word, shift, begins)) continue;
    for (let index = 0; index < length; index++) {
      const value = ((word[index] as number) >>> shift) & 0xff;
      const place = begins[value] as number;
      begins[value] = place + 1;
      to[place] = from[index] as number;
      toLow[place] = low[index] as number;
      toHigh[place] = high[index] as number;
    }
    [from, to, low, toLow, high, toHigh] = [to, from, toLow, low, toHigh, high];
  }
  if (from !== ids) ids.set(from);
}

/** Where each value of a byte begins. @returns Whether there is more than one. */
function tally(word: Uint32Array, shift: number, begins: Uint32Array): boolean {
  begins.fill(0);
  for (let index = 0; index < word.length; index++) {
    const value = ((word[index] as number) >>> shift) & 0xff;
    begins[value] = (begins[value] as number) + 1;
  }
  let before = 0;
  for (let value = 0; value < VALUES; value++) {
    const count = begins[value] as number;
    if (count === word.length) return false;
    begins[value] = before;
    before += count;
  }
  return true;
}
