/**
 * What a pool's tickets have of one size each, column by column in shared chunks of rows.
 *
 * Invariant: a row lies in one chunk; all but its state is written once, before its count is told.
 */
import type { Chunking } from './ticket-chunks.ts';

/** 64 tickets first, up to 8,192 at once. */
export const ROWS: Chunking = { firstBits: 6, longestBits: 13 };

/** Longest numbers first: every column then begins where its numbers may. */
const ROW_BYTES = 8 + 8 + 8 + 4 + 4 + 4 + 4 + 2 + 1 + 1 + 1;

/** A chunk of rows. */
export interface Columns {
  readonly buffer: SharedArrayBuffer;
  readonly stakes: Float64Array;
  readonly combinations: Float64Array;
  readonly timesMs: Float64Array;
  readonly players: Uint32Array;
  readonly channels: Uint32Array;
  /** Of bet id, selection and alternates in the heap. */
  readonly entries: Uint32Array;
  /** Of player and bet id, for the index. */
  readonly hashes: Uint32Array;
  readonly flexis: Uint16Array;
  readonly picks: Uint8Array;
  readonly formulas: Uint8Array;
  readonly states: Uint8Array;
}

/** The columns of the first rows, as bytes: views, but for the states, which change. */
export type FrozenColumns = readonly Uint8Array[];

export function freezeColumns(columns: Columns, rows: number): FrozenColumns {
  return valuesOf(columns).map(({ buffer, byteOffset, BYTES_PER_ELEMENT }, index, all) => {
    const bytes = new Uint8Array(buffer, byteOffset, rows * BYTES_PER_ELEMENT);
    return index === all.length - 1 ? bytes.slice() : bytes;
  });
}

/** @param rows There is room for, at least as many as are frozen. */
export function thawColumns(frozen: FrozenColumns, rows: number): Columns {
  const columns = createColumns(rows);
  for (const [index, { buffer, byteOffset }] of valuesOf(columns).entries()) {
    const bytes = frozen[index];
    if (bytes === undefined) throw new RangeError(`${frozen.length} columns of tickets`);
    new Uint8Array(buffer, byteOffset).set(bytes);
  }
  return columns;
}

/** The states last. */
function valuesOf(it: Columns) {
  return [
    it.stakes,
    it.combinations,
    it.timesMs,
    it.players,
    it.channels,
    it.entries,
    it.hashes,
    it.flexis,
    it.picks,
    it.formulas,
    it.states,
  ];
}

export function createColumns(rows: number): Columns {
  return columnsOf(new SharedArrayBuffer(rows * ROW_BYTES));
}

export function columnsOf(buffer: SharedArrayBuffer): Columns {
  const rows = buffer.byteLength / ROW_BYTES;
  let from = 0;
  const next = (bytes: number) => {
    from += rows * bytes;
    return from - rows * bytes;
  };
  return {
    buffer,
    stakes: new Float64Array(buffer, next(8), rows),
    combinations: new Float64Array(buffer, next(8), rows),
    timesMs: new Float64Array(buffer, next(8), rows),
    players: new Uint32Array(buffer, next(4), rows),
    channels: new Uint32Array(buffer, next(4), rows),
    entries: new Uint32Array(buffer, next(4), rows),
    hashes: new Uint32Array(buffer, next(4), rows),
    flexis: new Uint16Array(buffer, next(2), rows),
    picks: new Uint8Array(buffer, next(1), rows),
    formulas: new Uint8Array(buffer, next(1), rows),
    states: new Uint8Array(buffer, next(1), rows),
  };
}
