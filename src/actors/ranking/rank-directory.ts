/**
 * The blocks of a ranking in their order: which is next for an entry, and how many lie before each.
 * The counts are a Fenwick tree (Fenwick 1994, Software 24(3)).
 *
 *   place   0          1          2
 *           [ slot 3 | slot 1 | slot 7 | … ]     and for each the key of its first entry
 *
 * Invariant: a head is what its block began with when it got its place. Since then entries went, or
 * came behind it: none of the blocks before is behind a head, none of its own before it.
 */
import { grown, type RankKeys } from './rank-keys.ts';

export interface RankDirectory {
  /** How many blocks there are. */
  readonly size: number;
  slotAt(place: number): number;
  placeOf(slot: number): number;
  /** Whether a block's head is before the entry. */
  isBefore(place: number, entry: number): boolean;
  /** The last block whose head is before the entry, or the first. */
  placeFor(entry: number): number;
  /** How many entries lie before a place. */
  before(place: number): number;
  /** The block that has a rank, and how many of it come first. */
  locate(rank: number): { readonly place: number; readonly offset: number };
  /** The block at a place has so many more, or fewer. */
  count(place: number, by: number): void;
  insert(place: number, slot: number): void;
  drop(place: number): void;
  /** All anew, in this order. */
  set(slots: readonly number[]): void;
  /** Room to grow included. */
  readonly sizeBytes: number;
}

export interface Blocks {
  readonly countOf: (slot: number) => number;
  readonly firstOf: (slot: number) => number;
}

/** Numbers of a key. */
const HEAD = 4;

export function createRankDirectory(keys: RankKeys, { countOf, firstOf }: Blocks): RankDirectory {
  const { scoreOf } = keys;
  /** By place. */
  let order = new Uint32Array(0);
  let heads = new Float64Array(0);
  /** By place, from 1. */
  let sums = new Uint32Array(1);
  /** By slot. */
  let places = new Uint32Array(0);
  let size = 0;

  // Places and slots come from the directory itself.
  const slotAt = (place: number) => order[place] as number;

  function makeRoom(blocks: number, slot: number): void {
    if (blocks > order.length) {
      const room = grown(order.length, blocks);
      const [orderBefore, headsBefore] = [order, heads];
      order = new Uint32Array(room);
      order.set(orderBefore);
      heads = new Float64Array(room * HEAD);
      heads.set(headsBefore);
      sums = new Uint32Array(room + 1);
    }
    if (slot >= places.length) places = new Uint32Array(grown(places.length, slot + 1));
  }

  function setHead(place: number): void {
    const { score, tie1, tie2, draw } = keys.of(firstOf(slotAt(place)));
    heads[place * HEAD] = score;
    heads[place * HEAD + 1] = tie1;
    heads[place * HEAD + 2] = tie2;
    heads[place * HEAD + 3] = draw;
  }

  function recount(): void {
    sums.fill(0, 1, size + 1);
    for (let place = 0; place < size; place++) {
      const slot = slotAt(place);
      places[slot] = place;
      const at = place + 1;
      sums[at] = (sums[at] as number) + countOf(slot);
      const parent = at + (at & -at);
      if (parent <= size) sums[parent] = (sums[parent] as number) + (sums[at] as number);
    }
  }

  function headIsBefore(place: number, entry: number): boolean {
    const score = scoreOf(entry);
    const there = heads[place * HEAD] as number;
    return there === score ? equalHeadIsBefore(place, entry) : there > score;
  }

  function equalHeadIsBefore(place: number, entry: number): boolean {
    const { tie1, tie2, draw } = keys.of(entry);
    const at = place * HEAD;
    if (heads[at + 1] !== tie1) return (heads[at + 1] as number) < tie1;
    if (heads[at + 2] !== tie2) return (heads[at + 2] as number) < tie2;
    if (heads[at + 3] !== draw) return (heads[at + 3] as number) < draw;
    return keys.isBefore(firstOf(slotAt(place)), entry);
  }

  return {
    get size() {
      return size;
    },
    slotAt,
    placeOf: (slot) => places[slot] as number,
    isBefore: headIsBefore,
    placeFor(entry) {
      let low = 0;
      let high = size - 1;
      while (low < high) {
        const middle = (low + high + 1) >>> 1;
        if (headIsBefore(middle, entry)) low = middle;
        else high = middle - 1;
      }
      return low;
    },
    before(place) {
      let sum = 0;
      for (let at = place; at > 0; at &= at - 1) sum += sums[at] as number;
      return sum;
    },
    locate(rank) {
      let place = 0;
      let left = rank - 1;
      for (let step = 1 << (31 - Math.clz32(size)); step > 0; step >>>= 1) {
        const next = place + step;
        if (next > size || (sums[next] as number) > left) continue;
        place = next;
        left -= sums[next] as number;
      }
      return { place, offset: left };
    },
    count(place, by) {
      for (let at = place + 1; at <= size; at += at & -at) sums[at] = (sums[at] as number) + by;
    },
    insert(place, slot) {
      makeRoom(size + 1, slot);
      order.copyWithin(place + 1, place, size);
      heads.copyWithin((place + 1) * HEAD, place * HEAD, size * HEAD);
      order[place] = slot;
      size++;
      setHead(place);
      recount();
    },
    drop(place) {
      order.copyWithin(place, place + 1, size);
      heads.copyWithin(place * HEAD, (place + 1) * HEAD, size * HEAD);
      size--;
      recount();
    },
    set(slots) {
      makeRoom(
        slots.length,
        slots.reduce((most, slot) => Math.max(most, slot), 0),
      );
      order.set(slots);
      size = slots.length;
      for (let place = 0; place < size; place++) setHead(place);
      recount();
    },
    get sizeBytes() {
      return order.byteLength + heads.byteLength + sums.byteLength + places.byteLength;
    },
  };
}
