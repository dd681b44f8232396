/**
 * Finds an entry by the hash of its key, and keeps no key: who asks compares.
 *
 * Extendible hashing (Fagin et al. 1979): the first bits of a hash choose a table, its last bits a
 * slot there, and from it on one looks slot by slot (open addressing). A full table doubles while it
 * is small and then splits in two by one bit more, so that no entry ever waits for all to be moved.
 *
 *   directory   00 ─┐    01 ─┘    10 ─ table    11 ─ table
 *                   └ table (splits into 00 and 01)
 *
 * Invariant: an entry is found by its hash from `add` on. A table that is replaced stays as it was:
 * another thread that holds it still finds what it found.
 */
import { held } from './ticket-chunks.ts';

const SLOTS_MIN = 32;
/** A table that splits moves a few hundred entries: microseconds. */
const SLOTS_MAX = 1_024;
/**
 * Enough for 2²⁴ entries. Beyond it tables double again: who makes hashes collide makes them slow,
 * and no directory without end.
 */
const DEPTH_MAX = 16;

/** Slots hold an entry + 1; 0 is empty. */
interface Table {
  readonly slots: Uint32Array<SharedArrayBuffer>;
  /** Of the hashes in it, how many first bits are alike. */
  readonly depth: number;
  used: number;
}

export interface IndexReader {
  find(hash: number, isIt: (entry: number) => boolean): number | undefined;
}

export interface Index extends IndexReader {
  /** Of an entry that is not in yet. */
  add(hash: number, entry: number): void;
  share(): SharedIndex;
}

export interface SharedIndex {
  readonly depth: number;
  readonly tables: readonly SharedArrayBuffer[];
  /** For each first `depth` bits of a hash, its table's index. */
  readonly directory: Uint16Array;
}

/** @param expected Entries that are added at once: room for them from the start splits no table. */
export function createIndex(hashOf: (entry: number) => number, expected = 0): Index {
  let depth = depthFor(expected);
  const slots = expected > SLOTS_MIN ? SLOTS_MAX : SLOTS_MIN;
  let directory: Table[] = Array.from({ length: 2 ** depth }, () => tableOf(slots, depth));

  function grow(hash: number): void {
    const full = held(directory, prefixOf(hash, depth));
    const { length } = full.slots;
    const splits = length >= SLOTS_MAX && full.depth < DEPTH_MAX;
    if (splits && full.depth === depth) {
      directory = directory.flatMap((it) => [it, it]);
      depth += 1;
    }
    const heirs = splits
      ? [tableOf(length, full.depth + 1), tableOf(length, full.depth + 1)]
      : [tableOf(length * 2, full.depth)];
    for (const slot of full.slots) {
      if (slot === 0) continue;
      const itsHash = hashOf(slot - 1);
      const heir = splits ? (itsHash >>> (31 - full.depth)) & 1 : 0;
      place(held(heirs, heir), itsHash, slot - 1);
    }
    const alike = 2 ** (depth - full.depth);
    const first = Math.floor(prefixOf(hash, depth) / alike) * alike;
    for (let index = 0; index < alike; index++) {
      const heir = Math.floor((index * heirs.length) / alike);
      directory[first + index] = held(heirs, heir);
    }
  }

  return {
    find: (hash, isIt) => findIn(held(directory, prefixOf(hash, depth)).slots, hash, isIt),
    add(hash, entry) {
      let table = held(directory, prefixOf(hash, depth));
      // Open addressing slows down steeply once a table is fuller than three quarters.
      while (table.used >= table.slots.length * 0.75) {
        grow(hash);
        table = held(directory, prefixOf(hash, depth));
      }
      place(table, hash, entry);
    },
    share() {
      const numbers = new Map<Table, number>();
      for (const table of directory) {
        if (!numbers.has(table)) numbers.set(table, numbers.size);
      }
      return {
        depth,
        tables: [...numbers.keys()].map((it) => it.slots.buffer),
        directory: Uint16Array.from(directory, (it) => numbers.get(it) ?? 0),
      };
    },
  };
}

export function readIndex({ depth, tables, directory }: SharedIndex): IndexReader {
  const slots = tables.map((it) => new Uint32Array(it));
  return {
    find: (hash, isIt) => findIn(held(slots, directory[prefixOf(hash, depth)] ?? 0), hash, isIt),
  };
}

/**
 * FNV-1a over some bytes, on from `seed`; then its bits mixed, for first and last ones to differ.
 * Snapshots hold it: another function is another version of theirs (race-snapshot.ts).
 */
export function hashOf(seed: number, bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = from; index < to; index++) {
    hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193);
  }
  // The finaliser of MurmurHash3.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** At which tables are about half full. */
function depthFor(entries: number): number {
  const tables = Math.ceil(entries / (SLOTS_MAX / 2));
  return Math.min(DEPTH_MAX, Math.max(0, Math.ceil(Math.log2(tables))));
}

function tableOf(slots: number, depth: number): Table {
  const bytes = slots * Uint32Array.BYTES_PER_ELEMENT;
  return { slots: new Uint32Array(new SharedArrayBuffer(bytes)), depth, used: 0 };
}

function place(table: Table, hash: number, entry: number): void {
  const { slots } = table;
  const mask = slots.length - 1;
  let slot = hash & mask;
  while (slots[slot] !== 0) slot = (slot + 1) & mask;
  slots[slot] = entry + 1;
  table.used += 1;
}

function findIn(
  slots: Uint32Array,
  hash: number,
  isIt: (entry: number) => boolean,
): number | undefined {
  const mask = slots.length - 1;
  // A quarter of the slots is empty, so this ends.
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const entry = (slots[slot] ?? 0) - 1;
    if (entry < 0) return undefined;
    if (isIt(entry)) return entry;
  }
}

// A shift by 32 would be a shift by none.
function prefixOf(hash: number, depth: number): number {
  return depth === 0 ? 0 : hash >>> (32 - depth);
}
