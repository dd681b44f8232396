/**
 * Names that come again and again, each kept once and called by a number from 0.
 *
 * Invariant: equal names have equal numbers, and a number keeps its name.
 */
import { readText, skipText, startsAt, TEXT_BYTES_MAX, writeText } from './ticket-bytes.ts';
import { type Chunking, chunkOf, held, lengthOf, offsetOf } from './ticket-chunks.ts';
import type { Heap, HeapReader } from './ticket-heap.ts';
import {
  createIndex,
  hashOf,
  type IndexReader,
  readIndex,
  type SharedIndex,
} from './ticket-index.ts';

/** Addresses in the heap: 64 names first, up to 8,192 at once. */
const ADDRESSES: Chunking = { firstBits: 6, longestBits: 13 };

export interface NamesReader {
  readonly count: number;
  nameOf(number: number): string;
  /** `undefined` for a name that was never interned. */
  numberOf(name: string): number | undefined;
}

export interface Names extends NamesReader {
  intern(name: string): number;
  share(): SharedNames;
  freeze(): FrozenNames;
}

/** Where in the heap each name is, in the order of their numbers. */
export type FrozenNames = Uint32Array;

export interface SharedNames {
  readonly count: number;
  readonly addresses: readonly SharedArrayBuffer[];
  readonly index: SharedIndex;
}

/** @param frozen Of the same heap: the names to begin with. */
export function createNames(heap: Heap, frozen: FrozenNames = new Uint32Array()): Names {
  const addresses: Uint32Array<SharedArrayBuffer>[] = [];
  let count = 0;
  const hashOfName = (number: number) => {
    const address = addressOf(addresses, number);
    const segment = heap.segmentAt(address);
    const from = heap.offsetAt(address);
    return hashOf(0, segment, from, skipText(segment, from));
  };
  const index = createIndex(hashOfName);
  const key = createKey({ heap, addresses, index, countNow: () => count });

  function add(address: number, hash: number | undefined): void {
    const chunk = chunkOf(count, ADDRESSES);
    if (chunk === addresses.length) {
      const bytes = lengthOf(chunk, ADDRESSES) * Uint32Array.BYTES_PER_ELEMENT;
      addresses.push(new Uint32Array(new SharedArrayBuffer(bytes)));
    }
    held(addresses, chunk)[offsetOf(count, ADDRESSES)] = address;
    index.add(hash ?? hashOfName(count), count);
    count += 1;
  }

  for (const address of frozen) add(address, undefined);

  return {
    get count() {
      return count;
    },
    nameOf: (number) => nameAt(heap, addresses, number),
    numberOf: (name) => key.find(name),
    intern(name) {
      const known = key.find(name);
      if (known !== undefined) return known;
      const { bytes, sizeBytes } = key.last();
      add(heap.put(bytes, sizeBytes), hashOf(0, bytes, 0, sizeBytes));
      return count - 1;
    },
    freeze: () => Uint32Array.from({ length: count }, (_, number) => addressOf(addresses, number)),
    share: () => ({ count, addresses: addresses.map((it) => it.buffer), index: index.share() }),
  };
}

export function readNames(shared: SharedNames, heap: HeapReader): NamesReader {
  const { count } = shared;
  const addresses = shared.addresses.map((it) => new Uint32Array(it));
  const key = createKey({ heap, addresses, index: readIndex(shared.index), countNow: () => count });
  return {
    count,
    nameOf: (number) => nameAt(heap, addresses, number),
    numberOf: (name) => key.find(name),
  };
}

interface KeyOf {
  readonly heap: HeapReader;
  readonly addresses: readonly Uint32Array[];
  readonly index: IndexReader;
  /** The index may know later names, of a thread that goes on interning. */
  readonly countNow: () => number;
}

/** A name as bytes, in one place for all that are looked for. */
function createKey({ heap, addresses, index, countNow }: KeyOf) {
  const bytes = new Uint8Array(TEXT_BYTES_MAX);
  let sizeBytes = 0;

  function isIt(number: number): boolean {
    if (number >= countNow()) return false;
    const address = addressOf(addresses, number);
    return startsAt(heap.segmentAt(address), heap.offsetAt(address), bytes, sizeBytes);
  }

  return {
    find(name: string): number | undefined {
      sizeBytes = writeText(bytes, 0, name);
      return index.find(hashOf(0, bytes, 0, sizeBytes), isIt);
    },
    last: () => ({ bytes, sizeBytes }),
  };
}

function addressOf(addresses: readonly Uint32Array[], number: number): number {
  return held(addresses, chunkOf(number, ADDRESSES))[offsetOf(number, ADDRESSES)] ?? 0;
}

function nameAt(heap: HeapReader, addresses: readonly Uint32Array[], number: number): string {
  const address = addressOf(addresses, number);
  return readText(heap.segmentAt(address), heap.offsetAt(address));
}
