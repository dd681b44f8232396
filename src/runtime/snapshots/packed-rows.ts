/**
 * Small rows in memory, packed: what an actor is while it sleeps. Some two hundred bytes outside
 * the heap that the garbage collector walks, where an actor that is awake takes a thousand inside.
 *
 * Bytes lie in slabs, cut into cells of eight; a place that becomes free is used again by the next
 * row of its length. Invariant: a row is given back as it was put, once.
 */
import type { Row } from './store.ts';

const CELL_BYTES = 8;
const SLAB_CELLS = 128 * 1_024;
/** A longer one is not worth its place: whoever wants it reads the store. */
const ROW_BYTES_MAX = 2_048;
/** Version, and length of the bytes, before them. */
const HEAD_BYTES = 8 + 4;

type PackedRow = Pick<Row, 'version' | 'bytes'>;

export interface PackedRows {
  readonly size: number;
  /** Copied; nothing happens where it is too long. */
  put(stream: string, row: PackedRow): void;
  /** It is no longer there afterwards. */
  take(stream: string): PackedRow | undefined;
  /** Drops those that have been here since the age before this one began. */
  age(): void;
}

export function createPackedRows(): PackedRows {
  const slabs: Buffer[] = [];
  /** The cell at which the next new place begins. */
  let nextCell = 0;
  /** By cells of a row: places that are free. */
  const free: number[][] = [];
  /** By stream: the cell at which its row begins. */
  let young = new Map<string, number>();
  let old = new Map<string, number>();

  function placeFor(cells: number): number {
    const again = free[cells]?.pop();
    if (again !== undefined) return again;
    // No row lies across two slabs.
    if (cells > slabs.length * SLAB_CELLS - nextCell) {
      nextCell = slabs.length * SLAB_CELLS;
      slabs.push(Buffer.alloc(SLAB_CELLS * CELL_BYTES));
    }
    nextCell += cells;
    return nextCell - cells;
  }

  function slabOf(cell: number): Buffer {
    const slab = slabs[Math.floor(cell / SLAB_CELLS)];
    if (slab === undefined) throw new RangeError(`no cell ${cell}`);
    return slab;
  }

  function release(cell: number): Buffer {
    const slab = slabOf(cell);
    const from = (cell % SLAB_CELLS) * CELL_BYTES;
    const bytes = slab.subarray(from, from + HEAD_BYTES + slab.readUInt32LE(from + 8));
    const cells = cellsOf(bytes.length);
    free[cells] ??= [];
    free[cells].push(cell);
    return bytes;
  }

  return {
    get size() {
      return young.size + old.size;
    },
    put(stream, { version, bytes }) {
      if (bytes.length > ROW_BYTES_MAX || young.has(stream) || old.has(stream)) return;
      const cell = placeFor(cellsOf(HEAD_BYTES + bytes.length));
      const slab = slabOf(cell);
      const from = (cell % SLAB_CELLS) * CELL_BYTES;
      slab.writeDoubleLE(version, from);
      slab.writeUInt32LE(bytes.length, from + 8);
      slab.set(bytes, from + HEAD_BYTES);
      young.set(stream, cell);
    },
    take(stream) {
      const cell = young.get(stream) ?? old.get(stream);
      if (cell === undefined) return undefined;
      if (!young.delete(stream)) old.delete(stream);
      const bytes = release(cell);
      return { version: bytes.readDoubleLE(0), bytes: new Uint8Array(bytes.subarray(HEAD_BYTES)) };
    },
    age() {
      for (const cell of old.values()) release(cell);
      old = young;
      young = new Map();
      if (old.size > 0) return;
      // Everybody is gone, and so is the room.
      slabs.length = 0;
      nextCell = 0;
      free.length = 0;
    },
  };
}

function cellsOf(sizeBytes: number): number {
  return Math.ceil(sizeBytes / CELL_BYTES);
}
