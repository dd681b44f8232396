/**
 * The blocks of a ranking: up to 256 entries each, in order, and beside each its gap: how far it is
 * behind the block's origin, an entry that was once its first. Nearly all of a search is decided by
 * gaps, without a look at the keys, each of which is somewhere else in memory.
 *
 *   block   [ entry · gap | entry · gap | entry · gap |   ·   ] u32, f32     slots from 1; 0 is nowhere
 *
 * A gap is the whole difference of the scores and, as a fraction, the difference of the first tie.
 *
 * Invariants: a key's slot says in which block its entry is; no gap is less than that of an entry
 * before it, and where two are equal the keys say which is first.
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

/** From here on a single has no bits for a fraction. */
const WHOLE_MAX = 2 ** 24;

const SIGN = 0x8000_0000;
const ALL = 0xffff_ffff;

export function createRankBlocks(keys: RankKeys): RankBlocks {
  const { scoreOf, tie1Of, isBefore, setSlot } = keys;
  /** An entry and its gap each, moved as one. */
  let cells = new Float64Array(0);
  let ids = new Uint32Array(cells.buffer);
  let gaps = new Float32Array(cells.buffer);
  /** By slot: a score and a tie. */
  let origins = new Float64Array(0);
  let counts = new Uint16Array(0);
  const free: number[] = [];
  let slots = 1;
  const single = new Float32Array(1);
  const bits = new Uint32Array(single.buffer);

  // What is asked for is there.
  const countOf = (slot: number) => counts[slot] as number;
  const idAt = (cell: number) => ids[2 * cell] as number;

  function makeRoom(atLeast: number): void {
    const room = grown(counts.length, atLeast);
    const [cellsBefore, originsBefore, countsBefore] = [cells, origins, counts];
    cells = new Float64Array(room * BLOCK);
    cells.set(cellsBefore);
    ids = new Uint32Array(cells.buffer);
    gaps = new Float32Array(cells.buffer);
    origins = new Float64Array(room * 2);
    origins.set(originsBefore);
    counts = new Uint16Array(room);
    counts.set(countsBefore);
  }

  function take(): number {
    const reused = free.pop();
    if (reused !== undefined) return reused;
    if (slots >= counts.length) makeRoom(slots + 1);
    return slots++;
  }

  function drop(slot: number): void {
    counts[slot] = 0;
    free.push(slot);
  }

  function setOrigin(slot: number, entry: number): void {
    origins[2 * slot] = scoreOf(entry);
    origins[2 * slot + 1] = tie1Of(entry);
  }

  /** Each step of it keeps the order: what is rounded may become equal, but not change sides. */
  function gapOf(slot: number, entry: number): number {
    const score = (origins[2 * slot] as number) - scoreOf(entry);
    if (Math.abs(score) >= WHOLE_MAX) return Math.fround(score);
    const tie = tie1Of(entry) - (origins[2 * slot + 1] as number);
    return Math.fround(score + fractionOf(tie));
  }

  /** From 0 to 1 in the order of the numbers, finest near 0: as a single, its bits (radix-sort.ts). */
  function fractionOf(number: number): number {
    single[0] = number + 0; // −0 is 0
    const word = bits[0] as number;
    return (word < SIGN ? SIGN + word : ALL - word) / ALL;
  }

  function write(slot: number, cell: number, entry: number): void {
    ids[2 * cell] = entry;
    gaps[2 * cell + 1] = gapOf(slot, entry);
    setSlot(entry, slot);
  }

  /** The first cell of a stretch of a block whose entry is not before `entry`. */
  function cellFor(slot: number, entry: number, from: number, to: number): number {
    const gap = gapOf(slot, entry);
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const there = gaps[2 * middle + 1] as number;
      if (there < gap || (there === gap && isBefore(idAt(middle), entry))) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The first cell of a stretch that has a gap, or where it would be: no key is read. */
  function cellOf(gap: number, from: number, to: number): number {
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((gaps[2 * middle + 1] as number) < gap) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** What came from another block, from an offset on. */
  function settle(slot: number, from: number): void {
    if (from === 0) setOrigin(slot, idAt(slot * BLOCK));
    const end = slot * BLOCK + countOf(slot);
    for (let cell = slot * BLOCK + from; cell < end; cell++) write(slot, cell, idAt(cell));
  }

  function merge(slot: number, sorted: Uint32Array): number[] {
    if (countOf(slot) === 0) setOrigin(slot, sorted[0] as number); // never of none
    const total = countOf(slot) + sorted.length;
    const merged = new Float64Array(total);
    const mergedIds = new Uint32Array(merged.buffer);
    const mergedGaps = new Float32Array(merged.buffer);
    const end = slot * BLOCK + countOf(slot);
    let filled = 0;
    let from = slot * BLOCK;
    const copyTo = (cell: number) => {
      if (cell === from) return;
      merged.set(cells.subarray(from, cell), filled);
      filled += cell - from;
      from = cell;
    };
    for (const entry of sorted) {
      copyTo(cellFor(slot, entry, from, end));
      mergedIds[2 * filled] = entry;
      mergedGaps[2 * filled + 1] = gapOf(slot, entry);
      setSlot(entry, slot);
      filled++;
    }
    copyTo(end);
    const parts = total <= BLOCK ? 1 : Math.ceil(total / BLOCK_FILL);
    const size = Math.ceil(total / parts);
    // At once: little by little, each time would be a copy of all.
    const slotsAfter = slots + Math.max(0, parts - 1 - free.length);
    if (slotsAfter > counts.length) makeRoom(slotsAfter);
    return Array.from({ length: parts }, (_, part) => {
      const to = part === 0 ? slot : take();
      const cut = merged.subarray(part * size, (part + 1) * size);
      cells.set(cut, to * BLOCK);
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
      cellFor(slot, entry, slot * BLOCK, slot * BLOCK + countOf(slot)) - slot * BLOCK,
    offsetOf(slot, entry) {
      let cell = cellOf(gapOf(slot, entry), slot * BLOCK, slot * BLOCK + countOf(slot));
      while (idAt(cell) !== entry) cell++;
      return cell - slot * BLOCK;
    },
    insert(slot, offset, entry) {
      const cell = slot * BLOCK + offset;
      cells.copyWithin(cell + 1, cell, slot * BLOCK + countOf(slot));
      write(slot, cell, entry);
      counts[slot] = countOf(slot) + 1;
    },
    remove(slot, offset) {
      const cell = slot * BLOCK + offset;
      setSlot(idAt(cell), 0);
      cells.copyWithin(cell, cell + 1, slot * BLOCK + countOf(slot));
      counts[slot] = countOf(slot) - 1;
    },
    split(slot) {
      const half = take();
      const from = slot * BLOCK + BLOCK / 2;
      cells.copyWithin(half * BLOCK, from, from + BLOCK / 2);
      counts[slot] = BLOCK / 2;
      counts[half] = BLOCK / 2;
      settle(half, 0);
      return half;
    },
    append(into, from) {
      const had = countOf(into);
      const more = countOf(from);
      cells.copyWithin(into * BLOCK + had, from * BLOCK, from * BLOCK + more);
      counts[into] = had + more;
      settle(into, had);
      drop(from);
    },
    merge,
    get sizeBytes() {
      return cells.byteLength + origins.byteLength + counts.byteLength;
    },
  };
}
