/**
 * The blocks of a ranking: up to 256 entries each, in order, and beside them their scores, rounded, so
 * that most of a search is decided without a look at a key.
 *
 *   block   [ entry · entry · entry ·   ·   ] u32     slots from 1; 0 is nowhere
 *           [ score · score · score ·   ·   ] f32
 *
 * Invariant: a key's slot says in which block its entry is.
 */
import { grown, type RankKeys } from './rank-keys.ts';

export interface RankBlocks {
  /** An empty block. */
  take(): number;
  /** Empties a block: its slot is free. */
  drop(slot: number): void;
  countOf(slot: number): number;
  at(slot: number, offset: number): number;
  /** Where an entry belongs, that is not in the block. */
  offsetFor(slot: number, entry: number): number;
  /** Where an entry is, that is in the block. */
  offsetOf(slot: number, entry: number): number;
  insert(slot: number, offset: number, entry: number): void;
  remove(slot: number, offset: number): void;
  /** Half of a full block goes into a new one, whose slot is returned. */
  split(slot: number): number;
  /** All of a block goes behind what another has; its slot is free then. */
  append(into: number, from: number): void;
  /** Merges sorted entries into a block. @returns It and the new ones behind it that it takes. */
  merge(slot: number, sorted: Uint32Array): number[];
  /** Room to grow included. */
  readonly sizeBytes: number;
}

export const BLOCK = 256;
/** What a block has when many are put at once: room for some before it is split. */
export const BLOCK_FILL = (BLOCK * 3) / 4;

export function createRankBlocks(keys: RankKeys): RankBlocks {
  const { scoreOf, isBefore, setSlot } = keys;
  let ids = new Uint32Array(0);
  let near = new Float32Array(0);
  let counts = new Uint16Array(0);
  const free: number[] = [];
  let slots = 1;

  // What is asked for is there.
  const countOf = (slot: number) => counts[slot] as number;
  const idAt = (cell: number) => ids[cell] as number;

  function take(): number {
    const reused = free.pop();
    if (reused !== undefined) return reused;
    if (slots >= counts.length) {
      const room = grown(counts.length, slots + 1);
      const [idsBefore, nearBefore, countsBefore] = [ids, near, counts];
      ids = new Uint32Array(room * BLOCK);
      ids.set(idsBefore);
      near = new Float32Array(room * BLOCK);
      near.set(nearBefore);
      counts = new Uint16Array(room);
      counts.set(countsBefore);
    }
    return slots++;
  }

  function drop(slot: number): void {
    counts[slot] = 0;
    free.push(slot);
  }

  function write(cell: number, entry: number): void {
    ids[cell] = entry;
    near[cell] = scoreOf(entry);
  }

  function move(to: number, from: number, end: number): void {
    ids.copyWithin(to, from, end);
    near.copyWithin(to, from, end);
  }

  /** The first cell of a stretch whose entry is not before `entry`. */
  function cellFor(entry: number, from: number, to: number): number {
    const score = Math.fround(scoreOf(entry));
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const there = near[middle] as number;
      // Rounding keeps the order, but for what it makes equal.
      if (there > score || (there === score && isBefore(idAt(middle), entry))) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function settle(slot: number, from: number): void {
    const end = slot * BLOCK + countOf(slot);
    for (let cell = slot * BLOCK + from; cell < end; cell++) setSlot(idAt(cell), slot);
  }

  function merge(slot: number, sorted: Uint32Array): number[] {
    const total = countOf(slot) + sorted.length;
    const mergedIds = new Uint32Array(total);
    const mergedNear = new Float32Array(total);
    const end = slot * BLOCK + countOf(slot);
    let filled = 0;
    let from = slot * BLOCK;
    const copyTo = (cell: number) => {
      if (cell === from) return;
      mergedIds.set(ids.subarray(from, cell), filled);
      mergedNear.set(near.subarray(from, cell), filled);
      filled += cell - from;
      from = cell;
    };
    for (const entry of sorted) {
      copyTo(cellFor(entry, from, end));
      mergedNear[filled] = scoreOf(entry);
      mergedIds[filled++] = entry;
      setSlot(entry, slot);
    }
    copyTo(end);
    const parts = total <= BLOCK ? 1 : Math.ceil(total / BLOCK_FILL);
    const size = Math.ceil(total / parts);
    return Array.from({ length: parts }, (_, part) => {
      const to = part === 0 ? slot : take();
      const cut = mergedIds.subarray(part * size, (part + 1) * size);
      ids.set(cut, to * BLOCK);
      near.set(mergedNear.subarray(part * size, (part + 1) * size), to * BLOCK);
      counts[to] = cut.length;
      if (to !== slot) settle(to, 0);
      return to;
    });
  }

  return {
    take,
    drop,
    countOf,
    at: (slot, offset) => idAt(slot * BLOCK + offset),
    offsetFor: (slot, entry) =>
      cellFor(entry, slot * BLOCK, slot * BLOCK + countOf(slot)) - slot * BLOCK,
    offsetOf(slot, entry) {
      // The engine's own search is ready for all cases, and takes three times as long.
      let cell = slot * BLOCK;
      while (ids[cell] !== entry) cell++;
      return cell - slot * BLOCK;
    },
    insert(slot, offset, entry) {
      const cell = slot * BLOCK + offset;
      move(cell + 1, cell, slot * BLOCK + countOf(slot));
      write(cell, entry);
      counts[slot] = countOf(slot) + 1;
      setSlot(entry, slot);
    },
    remove(slot, offset) {
      const cell = slot * BLOCK + offset;
      setSlot(idAt(cell), 0);
      move(cell, cell + 1, slot * BLOCK + countOf(slot));
      counts[slot] = countOf(slot) - 1;
    },
    split(slot) {
      const half = take();
      const from = slot * BLOCK + BLOCK / 2;
      move(half * BLOCK, from, from + BLOCK / 2);
      counts[slot] = BLOCK / 2;
      counts[half] = BLOCK / 2;
      settle(half, 0);
      return half;
    },
    append(into, from) {
      const had = countOf(into);
      const more = countOf(from);
      move(into * BLOCK + had, from * BLOCK, from * BLOCK + more);
      counts[into] = had + more;
      settle(into, had);
      drop(from);
    },
    merge,
    get sizeBytes() {
      return ids.byteLength + near.byteLength + counts.byteLength;
    },
  };
}
