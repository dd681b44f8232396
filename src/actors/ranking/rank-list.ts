/**
 * Entries in a ranking's order, each with its exact rank: a blocked counted list. Ids lie in blocks
 * of up to 256, a directory has the blocks in order, and a Fenwick tree counts what lies before each,
 * so that a change moves one block and a rank is a scan of one and a sum.
 *
 *   directory   [ block 3 | block 0 | block 7 | … ]     counted: Fenwick (1994), Software 24(3)
 *   block       [ entry · entry · entry ·   ·   ]       in order; full: split; nearly empty: merged
 *
 * Invariants: an entry is in the list at most once, under the key that it was put with; whoever
 * changes a key takes the entry out first.
 */
import { grown, type RankKeys } from './rank-keys.ts';

export interface RankList {
  readonly size: number;
  has(entry: number): boolean;
  /** Puts an entry that is not in it where its key belongs. */
  add(entry: number): void;
  /** Takes an entry out, if it is in. */
  remove(entry: number): void;
  /**
   * Puts many at once, none of which is in the list, in one walk over all of it: the same order as
   * one by one. They are sorted where they are.
   */
  addAll(entries: Uint32Array): void;
  /** Takes many out at once. */
  removeAll(entries: Iterable<number>): void;
  /** From 1; undefined for an entry that is not in it. */
  rankOf(entry: number): number | undefined;
  /** The entry at a rank from 1. */
  at(rank: number): number | undefined;
  /** `limit` entries from rank `fromRank` on. */
  page(fromRank: number, limit: number): number[];
  /** How many lie before all that are level with `entry`. */
  betterThan(entry: number): number;
  /** How many different keys, but for the draw, lie before that of `entry`. */
  levelsBefore(entry: number): number;
  /** Of the list alone, room to grow included. */
  readonly sizeBytes: number;
}

const BLOCK = 256;
/** Below it a block goes into its neighbour, where there is room. */
const BLOCK_MIN = BLOCK / 4;
/** What a block has when many are put at once: room for some before it is split. */
const BLOCK_FILL = (BLOCK * 3) / 4;

/** In `slotOf`: not in the list. Slots are counted from 1. */
const NOWHERE = 0;
/** In `slotOf` for a moment: in the list, and being taken out. */
const LEAVING = 0xffff_ffff;

export function createRankList(
  keys: Pick<RankKeys, 'scoreOf' | 'isBefore' | 'isLevel' | 'sort'>,
): RankList {
  const { scoreOf, isBefore, isLevel } = keys;
  /** By entry. */
  let slotOf = new Uint32Array(0);
  /** By slot, `BLOCK` for each. */
  let ids = new Uint32Array(0);
  let counts = new Uint16Array(0);
  /** By place: the slot; and by slot: the place. */
  let order = new Uint32Array(0);
  let placeOf = new Uint32Array(0);
  /**
   * By place: the score of the block's first entry when it got its place, so that a search looks in
   * one array. Since then entries went, or came behind it: none before has less, none in it more.
   */
  let heads = new Float64Array(0);
  /** Fenwick over the counts by place, from 1. */
  let sums = new Uint32Array(1);
  /** By place: 1 + levels that begin in the block; 0 where they are to be counted. */
  let levels = new Uint16Array(0);
  const free: number[] = [];
  let slots = 0;
  let blocks = 0;
  let size = 0;

  // What is asked for is there: slots, places and entries come from the list itself.
  const slotAt = (place: number) => order[place] as number;
  const countOf = (slot: number) => counts[slot] as number;
  const idAt = (index: number) => ids[index] as number;

  const firstOf = (place: number) => idAt(slotAt(place) * BLOCK);

  function setHead(place: number): void {
    heads[place] = scoreOf(firstOf(place));
  }

  function newSlot(): number {
    const reused = free.pop();
    if (reused !== undefined) return reused;
    if (slots === counts.length) {
      const room = grown(slots, slots + 1);
      ids = copied(ids, new Uint32Array(room * BLOCK));
      counts = copied(counts, new Uint16Array(room));
      order = copied(order, new Uint32Array(room));
      placeOf = copied(placeOf, new Uint32Array(room));
      heads = copied(heads, new Float64Array(room));
      levels = copied(levels, new Uint16Array(room));
      sums = copied(sums, new Uint32Array(room + 1));
    }
    return slots++;
  }

  /** After the directory changed: counts and places anew. */
  function recount(): void {
    sums.fill(0, 1, blocks + 1);
    for (let place = 0; place < blocks; place++) {
      const slot = slotAt(place);
      placeOf[slot] = place;
      const at = place + 1;
      sums[at] = (sums[at] as number) + countOf(slot);
      const parent = at + (at & -at);
      if (parent <= blocks) sums[parent] = (sums[parent] as number) + (sums[at] as number);
    }
  }

  function count(place: number, by: number): void {
    size += by;
    levels[place] = 0;
    if (place + 1 < blocks) levels[place + 1] = 0;
    for (let at = place + 1; at <= blocks; at += at & -at) sums[at] = (sums[at] as number) + by;
  }

  function before(place: number): number {
    let sum = 0;
    for (let at = place; at > 0; at &= at - 1) sum += sums[at] as number;
    return sum;
  }

  /** The block at `rank` − 1, and how many of it come first. */
  function locate(rank: number): { readonly place: number; readonly offset: number } {
    let place = 0;
    let left = rank - 1;
    for (let step = 1 << (31 - Math.clz32(blocks)); step > 0; step >>>= 1) {
      const next = place + step;
      if (next > blocks || (sums[next] as number) > left) continue;
      place = next;
      left -= sums[next] as number;
    }
    return { place, offset: left };
  }

  /** The last block whose first entry is before `entry`, or the first block. */
  function blockFor(entry: number): number {
    const score = scoreOf(entry);
    let low = 0;
    let high = blocks - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const head = heads[middle] as number;
      if (head > score || (head === score && isBefore(firstOf(middle), entry))) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Where in a stretch of ids `entry` belongs. */
  function indexFor(entry: number, from: number, to: number): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(idAt(middle), entry)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function insertBlock(place: number, slot: number): void {
    order.copyWithin(place + 1, place, blocks);
    heads.copyWithin(place + 1, place, blocks);
    order[place] = slot;
    setHead(place);
    blocks++;
  }

  function dropBlock(place: number): void {
    free.push(slotAt(place));
    order.copyWithin(place, place + 1, blocks);
    heads.copyWithin(place, place + 1, blocks);
    blocks--;
  }

  /** Half of a full block goes into a new one behind it. */
  function split(place: number): void {
    const slot = slotAt(place);
    const half = newSlot();
    const from = slot * BLOCK + BLOCK / 2;
    ids.copyWithin(half * BLOCK, from, from + BLOCK / 2);
    counts[slot] = BLOCK / 2;
    counts[half] = BLOCK / 2;
    settle(half);
    insertBlock(place + 1, half);
    changedDirectory();
  }

  function settle(slot: number): void {
    const from = slot * BLOCK;
    for (let at = from; at < from + countOf(slot); at++) slotOf[idAt(at)] = slot + 1;
  }

  function changedDirectory(): void {
    recount();
    levels.fill(0, 0, blocks);
  }

  /** Into the block before it or behind it, where both together leave room. */
  function merge(place: number): void {
    const slot = slotAt(place);
    if (countOf(slot) === 0) {
      dropBlock(place);
      changedDirectory();
      return;
    }
    for (const first of [place - 1, place]) {
      if (first < 0 || first + 1 >= blocks) continue;
      const [into, from] = [slotAt(first), slotAt(first + 1)];
      const [had, more] = [countOf(into), countOf(from)];
      if (had + more > BLOCK_FILL) continue;
      ids.copyWithin(into * BLOCK + had, from * BLOCK, from * BLOCK + more);
      counts[into] = had + more;
      settle(into);
      dropBlock(first + 1);
      changedDirectory();
      return;
    }
  }

  function makeRoomFor(entry: number): void {
    if (entry < slotOf.length) return;
    slotOf = copied(slotOf, new Uint32Array(grown(slotOf.length, entry + 1)));
  }

  function add(entry: number): void {
    makeRoomFor(entry);
    if (blocks === 0) {
      rebuild(Uint32Array.of(entry));
      return;
    }
    let place = blockFor(entry);
    if (countOf(slotAt(place)) === BLOCK) {
      split(place);
      if (isBefore(firstOf(place + 1), entry)) place++;
    }
    const slot = slotAt(place);
    const from = slot * BLOCK;
    const end = from + countOf(slot);
    const at = indexFor(entry, from, end);
    ids.copyWithin(at + 1, at, end);
    ids[at] = entry;
    counts[slot] = countOf(slot) + 1;
    slotOf[entry] = slot + 1;
    count(place, 1);
  }

  function remove(entry: number): void {
    const slot = (slotOf[entry] ?? NOWHERE) - 1;
    if (slot < 0) return;
    const from = slot * BLOCK;
    const end = from + countOf(slot);
    const at = ids.indexOf(entry, from);
    ids.copyWithin(at, at + 1, end);
    counts[slot] = countOf(slot) - 1;
    slotOf[entry] = NOWHERE;
    const place = placeOf[slot] as number;
    count(place, -1);
    if (countOf(slot) < BLOCK_MIN) merge(place);
  }

  function removeAll(entries: Iterable<number>): void {
    const touched = new Set<number>();
    for (const entry of entries) {
      const slot = (slotOf[entry] ?? NOWHERE) - 1;
      if (slot < 0 || slot === LEAVING - 1) continue;
      touched.add(slot);
      slotOf[entry] = LEAVING;
    }
    for (const slot of touched) {
      const from = slot * BLOCK;
      const end = from + countOf(slot);
      let kept = from;
      for (let at = from; at < end; at++) {
        const entry = idAt(at);
        if (slotOf[entry] === LEAVING) slotOf[entry] = NOWHERE;
        else ids[kept++] = entry;
      }
      counts[slot] = kept - from;
      size -= end - kept;
    }
    let places = 0;
    for (let place = 0; place < blocks; place++) {
      const slot = slotAt(place);
      if (countOf(slot) === 0) free.push(slot);
      else order[places++] = slot;
    }
    blocks = places;
    for (let place = 0; place < blocks; place++) setHead(place);
    changedDirectory();
  }

  function addAll(entries: Uint32Array): void {
    if (entries.length === 0) return;
    keys.sort(entries);
    makeRoomFor(entries.reduce((most, it) => Math.max(most, it), 0));
    rebuild(merged(entries));
  }

  /** All of them in order, those in the list and those that come. */
  function merged(entries: Uint32Array): Uint32Array {
    const all = new Uint32Array(size + entries.length);
    let filled = 0;
    let place = 0;
    /** Of the block at `place`: what is not yet taken over. */
    let from = blocks === 0 ? 0 : slotAt(0) * BLOCK;
    const take = (to: number) => {
      all.set(ids.subarray(from, to), filled);
      filled += to - from;
      from = to;
    };
    const endOf = (at: number) => slotAt(at) * BLOCK + countOf(slotAt(at));
    for (const entry of entries) {
      while (place + 1 < blocks && isBefore(firstOf(place + 1), entry)) {
        take(endOf(place));
        from = slotAt(++place) * BLOCK;
      }
      if (blocks > 0) take(indexFor(entry, from, endOf(place)));
      all[filled++] = entry;
    }
    for (; place < blocks; place++) {
      take(endOf(place));
      if (place + 1 < blocks) from = slotAt(place + 1) * BLOCK;
    }
    return all;
  }

  function rebuild(sorted: Uint32Array): void {
    size = sorted.length;
    free.length = 0;
    slots = 0;
    blocks = 0;
    for (let from = 0; from < size; from += BLOCK_FILL) {
      const slot = newSlot();
      const block = sorted.subarray(from, from + BLOCK_FILL);
      ids.set(block, slot * BLOCK);
      counts[slot] = block.length;
      order[blocks] = slot;
      setHead(blocks++);
      for (const entry of block) slotOf[entry] = slot + 1;
    }
    changedDirectory();
  }

  function rankOf(entry: number): number | undefined {
    const slot = (slotOf[entry] ?? NOWHERE) - 1;
    if (slot < 0) return undefined;
    const from = slot * BLOCK;
    return before(placeOf[slot] as number) + ids.indexOf(entry, from) - from + 1;
  }

  function at(rank: number): number | undefined {
    if (!(rank >= 1 && rank <= size)) return undefined;
    const { place, offset } = locate(rank);
    return idAt(slotAt(place) * BLOCK + offset);
  }

  function page(fromRank: number, limit: number): number[] {
    const found: number[] = [];
    if (!(fromRank >= 1 && fromRank <= size)) return found;
    let { place, offset } = locate(fromRank);
    for (; place < blocks && found.length < limit; place++, offset = 0) {
      const from = slotAt(place) * BLOCK;
      const end = Math.min(countOf(slotAt(place)), offset + limit - found.length);
      for (let index = offset; index < end; index++) found.push(idAt(from + index));
    }
    return found;
  }

  /** The rank of the first that is level with `entry`, by halves: those before it are better. */
  function betterThan(entry: number): number {
    let low = 1;
    let high = rankOf(entry) ?? 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      // Within the size, as a rank before the entry's own.
      if (isLevel(at(middle) as number, entry)) high = middle;
      else low = middle + 1;
    }
    return low - 1;
  }

  /** Levels that begin in the first `count` of a block: not one that reaches over from before it. */
  function levelsIn(place: number, count: number): number {
    const from = slotAt(place) * BLOCK;
    let previous = place === 0 ? undefined : at(before(place));
    let found = 0;
    for (let index = from; index < from + count; index++) {
      const entry = idAt(index);
      if (previous === undefined || !isLevel(previous, entry)) found++;
      previous = entry;
    }
    return found;
  }

  function levelsBefore(entry: number): number {
    const { place, offset } = locate(betterThan(entry) + 1);
    let found = levelsIn(place, offset);
    for (let earlier = 0; earlier < place; earlier++) {
      levels[earlier] ||= 1 + levelsIn(earlier, countOf(slotAt(earlier)));
      found += (levels[earlier] as number) - 1;
    }
    return found;
  }

  return {
    get size() {
      return size;
    },
    has: (entry) => (slotOf[entry] ?? NOWHERE) !== NOWHERE,
    add,
    remove,
    addAll,
    removeAll,
    rankOf,
    at,
    page,
    betterThan,
    levelsBefore,
    get sizeBytes() {
      const arrays = [slotOf, ids, counts, order, placeOf, sums, heads, levels];
      return arrays.reduce((sum, it) => sum + it.byteLength, 0);
    },
  };
}

function copied<Numbers extends Float64Array | Uint32Array | Uint16Array>(
  from: Numbers,
  to: Numbers,
): Numbers {
  to.set(from);
  return to;
}
