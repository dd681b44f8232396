/**
 * Entries in a ranking's order, each with its exact rank: a blocked counted list. Entries lie in
 * blocks (rank-blocks.ts), a directory has the blocks in order and counts what lies before each
 * (rank-directory.ts): a change moves one block, a rank is a scan of one and a sum.
 *
 * Invariants: an entry is in the list at most once, under the key that it was put with; whoever
 * changes a key takes the entry out first.
 */
import { BLOCK, BLOCK_FILL, createRankBlocks } from './rank-blocks.ts';
import { createRankDirectory } from './rank-directory.ts';
import type { RankKeys } from './rank-keys.ts';

export interface RankList {
  readonly size: number;
  has(entry: number): boolean;
  /** Puts an entry that is not in it where its key belongs. @returns Its rank. */
  add(entry: number): number;
  /** Takes an entry out, if it is in. */
  remove(entry: number): void;
  /**
   * Puts many at once, none of which is in the list, in one walk over it: the same order as one by
   * one. They are sorted where they are.
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
  /** How many lie before all that are level with `entry`, which is in it. */
  betterThan(entry: number): number;
  /** How many different keys, but for the draw, lie before that of `entry`, which is in it. */
  levelsBefore(entry: number): number;
  /** Room to grow included. */
  readonly sizeBytes: number;
}

/** Below it a block goes into its neighbour, where there is room. */
const BLOCK_MIN = BLOCK / 2;

export function createRankList(keys: RankKeys): RankList {
  const blocks = createRankBlocks(keys);
  // What every change calls is taken out once: of an object that has a getter the engine looks each
  // method up again, which took a seventh of a change.
  const { slotOf, isLevel } = keys;
  const { countOf, offsetFor, offsetOf } = blocks;
  const [insertAt, removeAt] = [blocks.insert, blocks.remove];
  const directory = createRankDirectory(keys, { countOf, firstOf: (slot) => blocks.at(slot, 0) });
  const { slotAt, placeOf, placeFor, before, count, locate } = directory;
  let size = 0;
  /** By place: levels that begin in the block; absent where they are to be counted. */
  let levels: (number | undefined)[] = [];

  function changed(place: number, by: number): void {
    size += by;
    count(place, by);
    if (place < levels.length) levels[place] = undefined;
    if (place + 1 < levels.length) levels[place + 1] = undefined;
  }

  function add(entry: number): number {
    if (size === 0) {
      addAll(Uint32Array.of(entry));
      return 1;
    }
    let place = placeFor(entry);
    if (countOf(slotAt(place)) === BLOCK) {
      directory.insert(place + 1, blocks.split(slotAt(place)));
      levels = [];
      place = placeFor(entry);
    }
    const slot = slotAt(place);
    const offset = offsetFor(slot, entry);
    insertAt(slot, offset, entry);
    changed(place, 1);
    return before(place) + offset + 1;
  }

  function remove(entry: number): void {
    const slot = slotOf(entry);
    if (slot === 0) return;
    removeAt(slot, offsetOf(slot, entry));
    const place = placeOf(slot);
    changed(place, -1);
    if (countOf(slot) < BLOCK_MIN) mergeAt(place);
  }

  /** Into the block before it or behind it, where both together leave room. */
  function mergeAt(place: number): void {
    const slot = slotAt(place);
    if (countOf(slot) === 0) {
      blocks.drop(slot);
      directory.drop(place);
      levels = [];
      return;
    }
    for (const first of [place - 1, place]) {
      if (first < 0 || first + 1 >= directory.size) continue;
      const [into, from] = [slotAt(first), slotAt(first + 1)];
      if (countOf(into) + countOf(from) > BLOCK_FILL) continue;
      blocks.append(into, from);
      directory.drop(first + 1);
      levels = [];
      return;
    }
  }

  function removeAll(entries: Iterable<number>): void {
    for (const entry of entries) {
      const slot = slotOf(entry);
      if (slot === 0) continue;
      removeAt(slot, offsetOf(slot, entry));
      size--;
    }
    const left: number[] = [];
    for (let place = 0; place < directory.size; place++) {
      const slot = slotAt(place);
      if (countOf(slot) === 0) blocks.drop(slot);
      else left.push(slot);
    }
    directory.set(left);
    levels = [];
  }

  function addAll(entries: Uint32Array): void {
    if (entries.length === 0) return;
    keys.sort(entries);
    const after: number[] = [];
    let taken = 0;
    if (directory.size === 0) {
      after.push(...blocks.merge(blocks.take(), entries));
      taken = entries.length;
    }
    for (let place = 0; place < directory.size; place++) {
      const from = taken;
      const isLast = place + 1 === directory.size;
      while (taken < entries.length) {
        if (!isLast && directory.isBefore(place + 1, entries[taken] as number)) break;
        taken++;
      }
      if (from === taken) after.push(slotAt(place));
      else after.push(...blocks.merge(slotAt(place), entries.subarray(from, taken)));
    }
    size += entries.length;
    directory.set(after);
    levels = [];
  }

  function rankOf(entry: number): number | undefined {
    const slot = slotOf(entry);
    if (slot === 0) return undefined;
    return before(placeOf(slot)) + offsetOf(slot, entry) + 1;
  }

  function at(rank: number): number | undefined {
    if (!(rank >= 1 && rank <= size)) return undefined;
    const { place, offset } = locate(rank);
    return blocks.at(slotAt(place), offset);
  }

  function page(fromRank: number, limit: number): number[] {
    const found: number[] = [];
    if (!(fromRank >= 1 && fromRank <= size)) return found;
    let { place, offset } = locate(fromRank);
    for (; place < directory.size && found.length < limit; place++, offset = 0) {
      const slot = slotAt(place);
      const end = Math.min(countOf(slot), offset + limit - found.length);
      for (let index = offset; index < end; index++) found.push(blocks.at(slot, index));
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
    let previous = place === 0 ? undefined : at(before(place));
    let found = 0;
    for (let offset = 0; offset < count; offset++) {
      const entry = blocks.at(slotAt(place), offset);
      if (previous === undefined || !isLevel(previous, entry)) found++;
      previous = entry;
    }
    return found;
  }

  function levelsBefore(entry: number): number {
    const { place, offset } = locate(betterThan(entry) + 1);
    let found = levelsIn(place, offset);
    for (let earlier = 0; earlier < place; earlier++) {
      const known = levels[earlier] ?? levelsIn(earlier, countOf(slotAt(earlier)));
      levels[earlier] = known;
      found += known;
    }
    return found;
  }

  return {
    get size() {
      return size;
    },
    has: (entry) => slotOf(entry) !== 0,
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
      return blocks.sizeBytes + directory.sizeBytes;
    },
  };
}
