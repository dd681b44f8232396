/**
 * Writes what a partition's actors are into its store, a slice at a time and between turns.
 *
 *   begin ─> every actor that has changed since its row ─ slice, slice, slice ─> new base
 *
 * Invariants: what is written is on disk in the log, so no row is ahead of it; a base is written
 * with the last row that it needs, and never before. Nothing here can harm the log: where the
 * store cannot be written, it is left as it is, and the next start has more to replay.
 */
import type { Telemetry } from '../telemetry.ts';
import { stackOf } from '../thrown.ts';
import { encodeState } from './state-bytes.ts';
import {
  type Base,
  hashOfRow,
  type Mark,
  type NewRow,
  PART_BYTES,
  type RowHead,
  rowHash,
  type SnapshotStore,
} from './store.ts';

/** State frozen and written in one slice: a millisecond or two. An actor is frozen whole. */
const SLICE_BYTES = 64 * 1024;

/** Actors of one slice, however small. */
const SLICE_MAX = 512;

/** An actor to be saved, whatever it is. */
export interface Saved {
  readonly address: string;
  readonly version: number;
  readonly state: unknown;
}

export interface Saver<Cell extends Saved> {
  /** Position up to which nothing has to be replayed. */
  readonly position: number;
  /** Whether a base is being made. */
  readonly sweeping: boolean;
  /** Whether the store takes no more. */
  readonly stopped: boolean;
  /** Whether the actor's row is not what it is now. */
  isBehind(cell: Cell): boolean;
  /** Notes that the actor has changed. */
  changed(cell: Cell): void;
  /** Notes that the actor is not what it was noted for: nothing of it is to be saved. */
  forget(cell: Cell): void;
  /** Begins a new base, unless one is being made. @param head Of the log, with nothing staged. */
  begin(head: Mark): void;
  /**
   * Writes some: these first, then what the new base needs.
   * @param head Of the log, with nothing staged.
   */
  slice(head: Mark, first: readonly Cell[]): void;
}

/** A row too large for one slice, as it was when it was frozen. */
interface LargeRow<Cell> {
  readonly cell: Cell;
  readonly head: RowHead;
  readonly parts: Iterator<Uint8Array>;
  readonly hash: ReturnType<typeof hashOfRow>;
  put: number;
}

export function createSaver<Cell extends Saved>(options: {
  readonly store: SnapshotStore;
  readonly telemetry: Telemetry;
  readonly freeze: (cell: Cell) => Pick<RowHead, 'kindVersion' | 'busy'> & {
    readonly plain: unknown;
    readonly words: readonly string[] | undefined;
  };
}): Saver<Cell> {
  const { store, telemetry, freeze } = options;
  const behind = new Set<Cell>();
  let queue: Cell[] = [];
  let queueHead = 0;
  /** Where the base that is being made will be. */
  let next: Mark | undefined;
  let large: LargeRow<Cell> | undefined;
  let stopped = false;

  function sliceOf(head: Mark, first: readonly Cell[]): void {
    const rows: NewRow[] = [];
    const written: { readonly cell: Cell; readonly version: number }[] = [];
    let leftBytes = SLICE_BYTES;

    function finish(cell: Cell, row: NewRow): void {
      rows.push(row);
      written.push({ cell, version: row.version });
    }

    function save(cell: Cell): void {
      const { plain, words, ...rest } = freeze(cell);
      const row: RowHead = { stream: cell.address, version: cell.version, ...rest };
      const segments = encodeState(plain, words);
      const sizeBytes = segments.reduce((sum, it) => sum + it.length, 0);
      if (sizeBytes > PART_BYTES) {
        large = { cell, head: row, parts: partsOf(segments), hash: hashOfRow(row), put: 0 };
        putParts();
        return;
      }
      const [only] = segments;
      const content = segments.length === 1 && only !== undefined ? only : Buffer.concat(segments);
      leftBytes -= sizeBytes;
      finish(cell, { ...row, content, hash: rowHash(row, content) });
    }

    function putParts(): void {
      while (large !== undefined && leftBytes > 0) {
        const { cell, head: row, parts, hash, put } = large;
        const part = parts.next();
        if (part.done) {
          large = undefined;
          finish(cell, { ...row, content: { parts: put }, hash: hash.result() });
          return;
        }
        store.put(row, put, part.value);
        hash.add(part.value);
        large.put++;
        leftBytes -= part.value.length;
      }
    }

    putParts();
    for (const cell of first) {
      if (leftBytes <= 0 || large !== undefined) break;
      if (behind.has(cell)) save(cell);
    }
    while (
      leftBytes > 0 &&
      large === undefined &&
      queueHead < queue.length &&
      rows.length < SLICE_MAX
    ) {
      const cell = queue[queueHead++];
      if (cell !== undefined && behind.has(cell)) save(cell);
    }
    const done = next !== undefined && queueHead === queue.length && large === undefined;
    if (rows.length === 0 && !done) return;
    const base: Base = { at: done && next !== undefined ? next : store.base.at, reach: head };
    store.write(rows, base);
    for (const { cell, version } of written) if (cell.version === version) behind.delete(cell);
    if (!done) return;
    next = undefined;
    queue = [];
    queueHead = 0;
  }

  return {
    get position() {
      return store.base.at.position;
    },
    get sweeping() {
      return next !== undefined;
    },
    get stopped() {
      return stopped;
    },
    isBehind: (cell) => behind.has(cell),
    changed(cell) {
      behind.add(cell);
    },
    forget(cell) {
      behind.delete(cell);
    },
    begin(head) {
      if (next !== undefined || stopped) return;
      next = head;
      queue = [...behind];
      queueHead = 0;
    },
    slice(head, first) {
      if (stopped) return;
      try {
        sliceOf(head, first);
      } catch (cause) {
        stopped = true;
        telemetry.warn('snapshots are not written any more, the next start replays more', {
          cause: stackOf(cause),
        });
      }
    },
  };
}

/** The segments as parts of `PART_BYTES`, but for the last. */
function* partsOf(segments: readonly Uint8Array[]): Generator<Uint8Array> {
  let part = new Uint8Array(PART_BYTES);
  let filled = 0;
  for (const segment of segments) {
    for (let from = 0; from < segment.length; ) {
      const piece = segment.subarray(from, from + PART_BYTES - filled);
      part.set(piece, filled);
      filled += piece.length;
      from += piece.length;
      if (filled < PART_BYTES) continue;
      yield part;
      part = new Uint8Array(PART_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield part.subarray(0, filled);
}
