/**
 * How a segment is closed: from the first commit of a new business day on, a slice before each commit,
 * so that no bet waits for the copying of a day.
 *
 *   copy a slice ─ … ─> one transaction: still the owner? · the copy takes its name · list it
 *                         └─> drop a slice of what is listed ─ … ─> done
 *
 * Where one segment ends is told by the records themselves, so nothing about a closing is stored: a
 * crash before the transaction leaves everything where it was, and a copy that no list names; one after
 * it leaves frames that are in the archive too, which nobody reads any more and the next owner drops.
 * Meanwhile the active file goes on, over the end of further days if need be.
 */
import { chmodSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { draftDatabase, type SqliteDatabase } from './database.ts';
import { syncPath } from './files.ts';
import { DROP_FORMAT_1, stateOfFormat1 } from './format-1.ts';
import { FRAMES_DROPPABLE, FRAMES_SCHEMA, insertState, STATE_SCHEMA } from './format-2.ts';
import { FencedError, type LogHead, notWhatWasWritten } from './log.ts';
import { FORMAT, formatOf, type LogFile } from './made.ts';
import { type Frame, follows, unpackFrame } from './packing.ts';
import {
  archive,
  beginDraft,
  dayName,
  dayNumberOf,
  draftPath,
  endOfSegments,
  expectCopy,
  lastDayOf,
  type Segment,
  segmentPath,
} from './segments.ts';

/** Copied or dropped before one commit, and a frame more: some 5 ms. */
const SLICE_BYTES = 512 * 1024;
/** What a row costs beside its bytes: a day of short frames is sliced too. */
const ROW_BYTES = 256;

export interface Closing {
  /** Some of the work; to be called by the log's owner, before a commit. @returns Whether all is done. */
  step(): boolean;
  /** Leaves it to the next owner. */
  abandon(): void;
}

export interface ClosingOptions {
  /** Of the last record that may belong to the segment. */
  readonly through: number;
  /** Throws FencedError where somebody else owns the log by now. */
  readonly expectOwned: () => void;
}

/** Closes the oldest day of the active segment, which holds records up to `through`. */
export function closeSegment(
  db: SqliteDatabase,
  file: LogFile,
  { through, expectOwned }: ClosingOptions,
): Closing {
  const base = endOfSegments(db, file);
  const dayNumber = Math.max(firstDay(db, base.position), lastDayOf(db) ?? 0);
  const day = dayName(dayNumber);
  const first = base.position + 1;
  const path = segmentPath(file.path, { day, first });
  const draft = draftPath(path);
  let copy: SqliteDatabase | undefined;
  let end: LogHead = base;
  let dropping: Closing | undefined;

  return {
    step() {
      expectOwned();
      if (dropping !== undefined) return dropping.step();
      copy ??= beginCopy();
      const left = copySlice(copy);
      if (left === 0) return false;
      finish();
      dropping = dropListed(db, file, { expectOwned, budget: left });
      return dropping.step();
    },
    abandon: () => copy?.close(),
  };

  function beginCopy(): SqliteDatabase {
    expectOwned();
    beginDraft(path);
    const made = draftDatabase(draft);
    const schema = db
      .prepare<[], string>("SELECT sql FROM sqlite_schema WHERE tbl_name = 'meta' AND sql NOT NULL")
      .pluck()
      .all();
    made.exec(`${schema.join(';')};${FRAMES_SCHEMA}`);
    const { dataId, partition } = file;
    made.prepare('INSERT INTO meta VALUES (1, ?, ?, ?)').run(dataId, partition, FORMAT);
    return made;
  }

  /** @returns What is left of the slice; 0 where there may be more to copy. */
  function copySlice(to: SqliteDatabase): number {
    const frames = db.prepare<[number, number], Frame>(
      'SELECT * FROM frame WHERE first > ? AND first <= ? ORDER BY first',
    );
    const insert = to.prepare('INSERT INTO frame VALUES (?, ?, ?, ?)');
    let left = SLICE_BYTES;
    const copyRows = to.transaction((): boolean => {
      for (const frame of frames.iterate(end.position, through)) {
        const { first: from, count, bytes, hash } = frame;
        // Nothing is dropped, or told its day, that is not what was written.
        if (!follows(end, frame))
          throw notWhatWasWritten(file.partition, end.position + 1, file.path);
        if (dayOf(frame) > dayNumber) return true;
        if (left <= 0) return false;
        insert.run(from, count, bytes, hash);
        end = { position: from + count - 1, hash };
        left -= bytes.length + ROW_BYTES;
      }
      return true;
    });
    const whole = copyRows();
    // Little by little: at the end it would be all at once.
    syncPath(draft);
    return whole ? Math.max(1, left) : 0;
  }

  function finish(): void {
    copy?.close();
    copy = undefined;
    const segment: Segment = {
      ...{ partition: file.partition, day, first, last: end.position },
      ...{ hash: end.hash, path },
    };
    expectCopy(draft, segment, { of: file.path });
    chmodSync(draft, 0o444);
    syncPath(draft);
    const take = db.transaction(() => {
      expectOwned();
      // Within the transaction: nobody else can have the log, and with it the names of its archive.
      renameSync(draft, path);
      syncPath(dirname(path));
      list(db, segment);
      db.exec(FRAMES_DROPPABLE);
    });
    take.immediate();
  }
}

/** Drops from the active file what its list says is in the archive. */
function dropListed(
  db: SqliteDatabase,
  file: LogFile,
  { expectOwned, budget }: { readonly expectOwned: () => void; readonly budget: number },
): Closing {
  const { position } = endOfSegments(db, file);
  const frames = db.prepare<[number], { readonly first: number; readonly size: number }>(
    'SELECT first, length(bytes) AS size FROM frame WHERE first <= ? ORDER BY first',
  );
  const drop = db.prepare('DELETE FROM frame WHERE first <= ?');
  let slice = budget;
  return {
    step() {
      let through = 0;
      let isLast = true;
      let left = slice;
      for (const { first, size } of frames.iterate(position)) {
        isLast = left > 0;
        if (!isLast) break;
        through = first;
        left -= size + ROW_BYTES;
      }
      slice = SLICE_BYTES;
      const dropSlice = db.transaction(() => {
        expectOwned();
        drop.run(through);
      });
      dropSlice.immediate();
      return isLast;
    },
    abandon() {},
  };
}

/** What an owner before this one left of a closing; undefined where that is nothing. */
export function goOnClosing(
  db: SqliteDatabase,
  file: LogFile,
  expectOwned: () => void,
): Closing | undefined {
  const { position } = endOfSegments(db, file);
  const left = db.prepare<[number], number>('SELECT 1 FROM frame WHERE first <= ? LIMIT 1');
  if (left.get(position) === undefined) return undefined;
  return dropListed(db, file, { expectOwned, budget: SLICE_BYTES });
}

function firstDay(db: SqliteDatabase, after: number): number {
  const frame = db
    .prepare<[number], Frame>('SELECT * FROM frame WHERE first > ? ORDER BY first LIMIT 1')
    .get(after);
  return frame === undefined ? 0 : dayOf(frame);
}

/** Of its first record. */
function dayOf(frame: Frame): number {
  return dayNumberOf(unpackFrame(frame)[0]?.atMs ?? 0);
}

/** Brings a file of format 1 to today's; what it holds becomes the first segment. */
export function renew(db: SqliteDatabase, file: LogFile, epoch: number): void {
  const segment = segmentOfFormat1(db, file);
  if (segment !== undefined) archive(db, segment);
  const renewal = db.transaction(() => {
    const state = stateOfFormat1(db);
    if (state.epoch !== epoch) {
      throw new FencedError(`partition ${file.partition}: epoch ${state.epoch}, not ${epoch}`);
    }
    db.exec(DROP_FORMAT_1 + FRAMES_SCHEMA + STATE_SCHEMA);
    insertState(db, file.partition, state);
    if (segment !== undefined) list(db, segment);
    db.prepare('UPDATE meta SET format = ?').run(FORMAT);
  });
  renewal.immediate();
}

function list(db: SqliteDatabase, { first, last, day, hash }: Segment): void {
  db.prepare('INSERT INTO segment VALUES (?, ?, ?, ?)').run(first, last, day, hash);
}

/** What the file holds; undefined where that is nothing. */
function segmentOfFormat1(db: SqliteDatabase, { path, partition }: LogFile): Segment | undefined {
  const { chain } = formatOf(db);
  const head = chain.head(db);
  const begunAtMs = chain.begunAtMs(db);
  if (head === undefined || begunAtMs === undefined) return undefined;
  const day = dayName(dayNumberOf(begunAtMs));
  const { position: last, hash } = head;
  return { partition, day, first: 1, last, hash, path: segmentPath(path, { day, first: 1 }) };
}
