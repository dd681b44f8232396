/**
 * The event log in SQLite files: the active one of a partition, and the closed segments before it.
 *
 *   append ─ since the first record of a new UTC day: a slice of closing the old one (closing.ts)
 *     └─> one transaction: still the owner? · frames · cursors ─ fsync
 *
 * Invariant: every record is in the active file until a whole copy of it is in the archive, on disk;
 * it is in exactly one of the two as the active file tells it, whenever a crash comes.
 */
import { closeSegment, goOnClosing, renew } from './closing.ts';
import {
  expectDurable,
  makeDatabase,
  makeDurable,
  reading,
  type SqliteDatabase,
  writing,
} from './database.ts';
import { DROP_FORMAT_1, stateOfFormat1, takeFormat1 } from './format-1.ts';
import {
  DROP_FRAMES,
  DROP_STATE,
  FRAMES_SCHEMA,
  insertState,
  prepareWriting,
  readState,
  STATE_SCHEMA,
  takeFormat2,
} from './format-2.ts';
import type { Cursors, EventLog, LogHead, LogRecord, NewRecord } from './log.ts';
import { FORMAT, formatOf, type LogFile, META_SCHEMA, openMade } from './made.ts';
import { packFrame } from './packing.ts';
import { dayNumberOf, expectSegments, lastDayOf, listSegments, type Segment } from './segments.ts';
import { hashAfter, headOf, walk } from './walk.ts';

/**
 * Makes the file of a partition, empty, for the data directory with this id. One that a crash left
 * behind half made, or made for another try, is made over.
 * @throws Error where the file holds records: nothing ever empties a log.
 */
export function createSqliteLog(path: string, partition: number, dataId: string): void {
  const db = makeDatabase(path);
  try {
    db.transaction(() => {
      const records = recordsIn(db);
      if (records > 0) {
        throw new Error(
          `${path} holds ${records} records already: restore the furlong.json that it was made with, or give another directory`,
        );
      }
      db.exec(
        DROP_FORMAT_1 + DROP_FRAMES + DROP_STATE + META_SCHEMA + FRAMES_SCHEMA + STATE_SCHEMA,
      );
      insertState(db, partition, { epoch: 0, outgoing: 0, bus: 0 });
      db.prepare('INSERT OR REPLACE INTO meta VALUES (1, ?, ?, ?)').run(dataId, partition, FORMAT);
    })();
  } finally {
    db.close();
  }
}

/** Of any format, archived ones too; 0 for a file that is not made yet. */
function recordsIn(db: SqliteDatabase): number {
  const tables = db.prepare<[], string>('SELECT name FROM sqlite_schema').pluck().all();
  const ends = [
    ['event', 'position'],
    ['frame', 'first + count - 1'],
    ['segment', 'last'],
  ].map(([table = '', last]) =>
    tables.includes(table)
      ? (db.prepare<[], number>(`SELECT max(${last}) FROM ${table}`).pluck().get() ?? 0)
      : 0,
  );
  return Math.max(...ends);
}

/**
 * Opens the log as its new owner: whoever had it open before can append no more. One of format 1 is
 * archived first, and goes on in today's.
 * @throws CorruptLogError where the file or an archived one is gone, or not this partition of this
 * data directory.
 */
export function openSqliteLog(path: string, partition: number, dataId: string): EventLog {
  const file: LogFile = { path, partition, dataId };
  const { db } = openMade(file, { readonly: false });
  try {
    return writing(path, () => own(db, file));
  } catch (cause) {
    db.close();
    throw cause;
  }
}

function own(db: SqliteDatabase, file: LogFile): EventLog {
  const { path, partition } = file;
  makeDurable(db);
  const epoch = take(db, partition);
  expectDurable(db, path);
  // What an earlier owner wrote and could not sync may be in the system's memory alone, where it
  // reads as if it were on disk: this writes it once more, before anybody believes it.
  db.pragma('wal_checkpoint(TRUNCATE)');
  if (formatOf(db).format !== FORMAT) renew(db, file, epoch);
  expectSegments(listSegments(db, file), file);

  const { expectOwned, insert, save } = prepareWriting(db, { partition, epoch });
  let head = headOf(db, file);
  let saved = cursorsOf(readState(db, partition));
  /** Of the active segment, in days since 1970; undefined until it has a record. */
  let day = activeDay(db);
  let closing = goOnClosing(db, file, () => expectOwned(head));
  let failure: { readonly cause: unknown } | undefined;

  const commit = db.transaction((batch: readonly NewRecord[], cursors: Cursors): LogHead => {
    expectOwned(head);
    let end = head;
    for (let from = 0; from < batch.length; ) {
      const frame = packFrame(end, batch, from);
      insert(frame);
      end = { position: end.position + frame.count, hash: frame.hash };
      from += frame.count;
    }
    if (cursors.outgoing !== saved.outgoing || cursors.bus !== saved.bus) save(cursors);
    return end;
  });

  function write(batch: readonly NewRecord[], cursors: Cursors): void {
    const [first] = batch;
    const isNewDay = first !== undefined && day !== undefined && dayNumberOf(first.atMs) > day;
    if (closing === undefined && isNewDay) {
      const through = head.position;
      closing = closeSegment(db, file, { through, expectOwned: () => expectOwned(head) });
    }
    if (closing?.step()) {
      closing = undefined;
      day = activeDay(db);
    }
    head = commit.immediate(batch, cursors);
    saved = cursorsOf(cursors);
    if (first !== undefined) day ??= laterDay(dayNumberOf(first.atMs), lastDayOf(db));
  }

  return {
    partition,
    epoch,
    head: () => head,
    append(batch, cursors) {
      if (failure !== undefined) throw failure.cause;
      try {
        writing(path, () => write(batch, cursors));
      } catch (cause) {
        failure = { cause };
        throw cause;
      }
    },
    ensureOwned: () => writing(path, () => expectOwned(head)),
    read: (position) => walk(db, file, position),
    hashAt: (position) => hashAfter(db, file, position),
    cursors: () => saved,
    close() {
      closing?.abandon();
      if (failure === undefined) emptyWal(db, { partition, epoch });
      db.close();
    },
  };
}

/**
 * What was committed goes into the file itself. SQLite does so when the last one closes; but that may
 * be somebody who only reads, and then it would lie where a flipped bit cuts it off unseen.
 */
function emptyWal(
  db: SqliteDatabase,
  { partition, epoch }: { readonly partition: number; readonly epoch: number },
): void {
  try {
    // A later owner writes there, and shall not wait.
    if (readState(db, partition).epoch === epoch) db.pragma('wal_checkpoint(TRUNCATE)');
  } catch {
    // It is on disk where it is, and the next owner looks at it.
  }
}

/** @returns The new owner's epoch. */
function take(db: SqliteDatabase, partition: number): number {
  return db
    .transaction(() => {
      if (formatOf(db).format === FORMAT) {
        takeFormat2(db, partition);
        return readState(db, partition).epoch;
      }
      takeFormat1(db);
      return stateOfFormat1(db).epoch;
    })
    .immediate();
}

function activeDay(db: SqliteDatabase): number | undefined {
  const begunAtMs = formatOf(db).chain.begunAtMs(db);
  return begunAtMs === undefined ? undefined : laterDay(dayNumberOf(begunAtMs), lastDayOf(db));
}

function cursorsOf({ outgoing, bus }: Cursors): Cursors {
  return { outgoing, bus };
}

function laterDay(day: number, other: number | undefined): number {
  return other === undefined ? day : Math.max(day, other);
}

/**
 * A log to look at while its owner, if any, goes on writing; of any format. What SQLite cannot read
 * of it is thrown as CorruptLogError, what the disk does not give as LogIoError.
 */
export interface LogReader {
  readonly partition: number;
  head(): LogHead;
  /** As EventLog has it: checked, over all segments, from any position. */
  read(position: number): Iterable<LogRecord>;
  /** Of the chain right after `position`; undefined where no commit ended there. */
  hashAt(position: number): Uint8Array | undefined;
  cursors(): Cursors;
  /** The closed ones, oldest first; whether their files are right is seen as they are read. */
  segments(): readonly Segment[];
  close(): void;
}

/** @throws CorruptLogError where the file is gone, or not this partition of this data directory. */
export function openSqliteReader(path: string, partition: number, dataId: string): LogReader {
  const file: LogFile = { path, partition, dataId };
  const { db } = openMade(file, { readonly: true });
  const isOld = () => formatOf(db).format !== FORMAT;
  const look = <Seen>(at: () => Seen): Seen => reading(path, db.transaction(at));
  return {
    partition,
    head: () => headOf(db, file),
    read: (position) => walk(db, file, position),
    hashAt: (position) => hashAfter(db, file, position),
    cursors: () => look(() => cursorsOf(isOld() ? stateOfFormat1(db) : readState(db, partition))),
    segments: () => look(() => (isOld() ? [] : listSegments(db, file))),
    close: () => db.close(),
  };
}
