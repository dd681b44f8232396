/**
 * Bytes of every length, written once: ids and selections of a pool's tickets.
 *
 * An address counts cells of eight bytes, so that 32 bits reach 32 GB: more than `TICKETS_MAX` of
 * the longest tickets take, and the heap is never full before the table is.
 *
 * Invariant: an entry lies in one segment, never across two, and never changes.
 */
import { type Chunking, chunkOf, held, lengthOf, offsetOf } from './ticket-chunks.ts';

const CELL_BYTES = 8;

/** Segments of 4 KB first, up to 1 MB, in cells. */
const SEGMENTS: Chunking = { firstBits: 9, longestBits: 17 };

/** What the first and smallest segment takes. */
export const ENTRY_BYTES_MAX = CELL_BYTES * 2 ** SEGMENTS.firstBits;

export interface HeapReader {
  /** The segment that an entry lies in, from `offsetAt` on. */
  segmentAt(address: number): Uint8Array;
  offsetAt(address: number): number;
}

export interface Heap extends HeapReader {
  /** The address of a copy of the first `sizeBytes` of `bytes`. */
  put(bytes: Uint8Array, sizeBytes: number): number;
  share(): SharedArrayBuffer[];
  freeze(): FrozenHeap;
}

/** Views on what was put: it never changes. */
export interface FrozenHeap {
  readonly segments: readonly Uint8Array[];
}

/** @param frozen What it holds to begin with. */
export function createHeap(frozen: FrozenHeap = { segments: [] }): Heap {
  const segments: Uint8Array<SharedArrayBuffer>[] = [];
  let nextCell = 0;
  /** The first cell beyond the last segment. */
  let endCell = 0;
  for (const bytes of frozen.segments) {
    grow();
    held(segments, segments.length - 1).set(bytes);
    nextCell += bytes.length / CELL_BYTES;
  }

  function grow(): void {
    const cells = lengthOf(segments.length, SEGMENTS);
    segments.push(new Uint8Array(new SharedArrayBuffer(cells * CELL_BYTES)));
    // What the entry does not fit into stays empty.
    nextCell = endCell;
    endCell += cells;
  }

  return {
    ...readerOf(segments),
    put(bytes, sizeBytes) {
      if (sizeBytes > ENTRY_BYTES_MAX) {
        throw new RangeError(`an entry of ${sizeBytes} bytes, more than ${ENTRY_BYTES_MAX}`);
      }
      const cells = Math.ceil(sizeBytes / CELL_BYTES);
      if (nextCell + cells > endCell) grow();
      const address = nextCell;
      nextCell += cells;
      const segment = held(segments, segments.length - 1);
      const offset = offsetOf(address, SEGMENTS) * CELL_BYTES;
      // Entries are short: a loop beats a view made for `set`.
      for (let index = 0; index < sizeBytes; index++) segment[offset + index] = bytes[index] ?? 0;
      return address;
    },
    share: () => segments.map((it) => it.buffer),
    freeze: () => ({
      segments: segments.map((it, index) =>
        index < segments.length - 1
          ? it
          : it.subarray(0, it.length - (endCell - nextCell) * CELL_BYTES),
      ),
    }),
  };
}

export function readHeap(shared: readonly SharedArrayBuffer[]): HeapReader {
  return readerOf(shared.map((it) => new Uint8Array(it)));
}

function readerOf(segments: readonly Uint8Array[]): HeapReader {
  return {
    segmentAt: (address) => held(segments, chunkOf(address, SEGMENTS)),
    offsetAt: (address) => offsetOf(address, SEGMENTS) * CELL_BYTES,
  };
}
