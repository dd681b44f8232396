/**
 * The event log in a SQLite file, one per partition. One of two doors to better-sqlite3.
 *
 * A file is made once, with its data directory, and says which partition of which directory it is.
 * Whoever opens it says which one is meant: a file that is gone is not made anew, and one that
 * belongs elsewhere is refused.
 *
 * Durable means synchronous=FULL. better-sqlite3 is built with NORMAL as its default for WAL, and
 * a pragma read before the first write still says FULL; so it is set on each connection and
 * checked after a write.
 */
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { genesisHash, nextHash } from './chain.ts';
import {
  CorruptLogError,
  type Cursors,
  type EventLog,
  FencedError,
  type LogHead,
  type LogRecord,
} from './log.ts';

/** https://sqlite.org/pragma.html#pragma_synchronous */
const SYNCHRONOUS_FULL = 2;

/**
 * Records read at a time. Between two pages nothing is open, so a slow reader keeps neither its own
 * connection busy nor the write-ahead log from being emptied.
 */
const PAGE_MAX = 1_024;

/** How long a writer waits for a reader that checkpoints; nobody else writes. */
const BUSY_TIMEOUT_MS = 5_000;

/** Of the tables below. */
const FORMAT = 1;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    data_id   TEXT    NOT NULL,
    partition INTEGER NOT NULL,
    format    INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS event (
    position INTEGER PRIMARY KEY,
    stream   TEXT    NOT NULL,
    version  INTEGER NOT NULL,
    cause    TEXT    NOT NULL,
    at_ms    INTEGER NOT NULL,
    bytes    BLOB    NOT NULL,
    hash     BLOB    NOT NULL
  ) STRICT;
  CREATE TRIGGER IF NOT EXISTS event_never_updated BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
  CREATE TRIGGER IF NOT EXISTS event_never_deleted BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
  CREATE TABLE IF NOT EXISTS owner (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS cursor (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO owner VALUES (1, 0);
  INSERT OR IGNORE INTO cursor VALUES ('outgoing', 0), ('bus', 0);
`;

interface EventRow {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly cause: string;
  readonly at_ms: number;
  readonly bytes: Buffer;
  readonly hash: Buffer;
}

interface MetaRow {
  readonly data_id: string;
  readonly partition: number;
  readonly format: number;
}

/**
 * Makes the file of a partition, empty, for the data directory with this id. One that a crash left
 * behind half made, or made for another try, is made over.
 * @throws Error where the file holds records: nothing ever empties a log.
 */
export function createSqliteLog(path: string, partition: number, dataId: string): void {
  const db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    makeDurable(db);
    db.transaction(() => {
      db.exec(SCHEMA);
      const { position } = readHead(db, partition);
      if (position > 0) {
        throw new Error(
          `${path} holds ${position} records already: restore the furlong.json that it was made with, or give another directory`,
        );
      }
      const replace = db.prepare('INSERT OR REPLACE INTO meta VALUES (1, ?, ?, ?)');
      replace.run(dataId, partition, FORMAT);
    })();
  } finally {
    db.close();
  }
}

/**
 * Opens the log as its new owner: whoever had it open before can append no more.
 * @throws CorruptLogError where the file is gone, or not this partition of this data directory.
 */
export function openSqliteLog(path: string, partition: number, dataId: string): EventLog {
  const db = openMade(path, { partition, dataId }, { readonly: false });
  makeDurable(db);
  const epoch = db.transaction(() => {
    db.prepare('UPDATE owner SET epoch = epoch + 1').run();
    return numberOf(db.prepare('SELECT epoch FROM owner').pluck().get());
  })();
  const synchronous = db.pragma('synchronous', { simple: true });
  if (synchronous !== SYNCHRONOUS_FULL) {
    db.close();
    throw new Error(`${path}: synchronous is ${synchronous}, not FULL: a bet could be lost`);
  }

  const insert = db.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)');
  const readEpoch = db.prepare('SELECT epoch FROM owner').pluck();
  const readPosition = db.prepare('SELECT max(position) FROM event').pluck();
  const readHash = db
    .prepare<[number], Buffer>('SELECT hash FROM event WHERE position = ?')
    .pluck();
  const moveCursor = db.prepare('UPDATE cursor SET position = ? WHERE name = ? AND position <> ?');
  let head = readHead(db, partition);

  const write = db.transaction((records: readonly LogRecord[], cursors: Cursors) => {
    const owner = readEpoch.get();
    if (owner !== epoch)
      throw new FencedError(`partition ${partition}: epoch ${owner}, not ${epoch}`);
    const position = readPosition.get() ?? 0;
    if (position !== head.position) {
      throw new FencedError(`partition ${partition}: position ${position}, not ${head.position}`);
    }
    for (const { position, stream, version, cause, atMs, bytes, hash } of records) {
      insert.run(position, stream, version, cause, atMs, bytes, hash);
    }
    for (const [name, at] of Object.entries(cursors)) moveCursor.run(at, name, at);
  });

  return {
    partition,
    epoch,
    head: () => head,
    append(batch, cursors) {
      let { position, hash } = head;
      const records = batch.map((record) => {
        position++;
        hash = nextHash(hash, position, record);
        return { ...record, position, hash };
      });
      write.immediate(records, cursors);
      head = { position, hash };
    },
    read: (position) => readRecords(db, position),
    hashAt: (position) => (position === 0 ? genesisHash(partition) : readHash.get(position)),
    cursors: () => readCursors(db),
    close: () => db.close(),
  };
}

/**
 * A log to look at while its owner, if any, goes on writing. What SQLite cannot read of it is thrown
 * as CorruptLogError.
 */
export interface LogReader {
  readonly partition: number;
  head(): LogHead;
  read(position: number): Iterable<LogRecord>;
  cursors(): Cursors;
  close(): void;
}

/** @throws CorruptLogError where the file is gone, or not this partition of this data directory. */
export function openSqliteReader(path: string, partition: number, dataId: string): LogReader {
  const db = openMade(path, { partition, dataId }, { readonly: true });
  return {
    partition,
    head: () => readable(path, () => readHead(db, partition)),
    *read(position) {
      const records = readRecords(db, position)[Symbol.iterator]();
      for (;;) {
        const next = readable(path, () => records.next());
        if (next.done) return;
        yield next.value;
      }
    },
    cursors: () => readable(path, () => readCursors(db)),
    close: () => db.close(),
  };
}

interface Expected {
  readonly partition: number;
  readonly dataId: string;
}

/** Looks at what the file says it is before anything of it is written or believed. */
function openMade(
  path: string,
  expected: Expected,
  { readonly }: { readonly readonly: boolean },
): Database.Database {
  const wanted = nameOf(expected.partition, expected.dataId);
  // A copy of the file alone lacks what is still in its write-ahead log.
  const todo = 'restore it from a copy, with its -wal file if that has one';
  if (!existsSync(path))
    throw new CorruptLogError(`${path} is gone, the log of ${wanted}: ${todo}`);
  return readable(path, () => {
    const db = new Database(path, { readonly, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    try {
      const meta = readMeta(db);
      if (meta === undefined) {
        throw new CorruptLogError(
          `${path} says nowhere whose log it is; expected is ${wanted}: ${todo}`,
        );
      }
      if (meta.format !== FORMAT) {
        throw new CorruptLogError(
          `${path} has format ${meta.format}, this furlong reads ${FORMAT}: use the furlong that wrote it`,
        );
      }
      if (meta.partition !== expected.partition || meta.data_id !== expected.dataId) {
        const found = nameOf(meta.partition, meta.data_id);
        throw new CorruptLogError(`${path} is the log of ${found}; expected is ${wanted}: ${todo}`);
      }
      return db;
    } catch (cause) {
      db.close();
      throw cause;
    }
  });
}

function nameOf(partition: number, dataId: string): string {
  return `partition ${partition} of data directory ${dataId}`;
}

/** Undefined for a database that is not ours, or an empty file. */
function readMeta(db: Database.Database): MetaRow | undefined {
  const table = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'");
  if (table.get() === undefined) return undefined;
  return db.prepare<[], MetaRow>('SELECT data_id, partition, format FROM meta').get();
}

function makeDurable(db: Database.Database): void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
}

/** @throws CorruptLogError for what SQLite says of the file at `path`. */
function readable<Read>(path: string, read: () => Read): Read {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof Database.SqliteError)) throw cause;
    throw new CorruptLogError(`${path} cannot be read: ${cause.message}`, { cause });
  }
}

/** A connection that nobody refers to is closed when memory is collected, and its lock with it. */
const locks = new Set<Database.Database>();

/**
 * Keeps a second process off a data directory. The lock is the operating system's, so it is gone
 * with its holder however that dies.
 * @returns What lets go of it, or undefined where somebody else holds it.
 */
export function holdLock(path: string): (() => void) | undefined {
  const db = new Database(path, { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    db.close();
    if (cause instanceof Database.SqliteError && cause.code === 'SQLITE_BUSY') return undefined;
    throw cause;
  }
  locks.add(db);
  return () => {
    locks.delete(db);
    db.close();
  };
}

function readHead(db: Database.Database, partition: number): LogHead {
  const row = db
    .prepare<[], Pick<EventRow, 'position' | 'hash'>>(
      'SELECT position, hash FROM event ORDER BY position DESC LIMIT 1',
    )
    .get();
  return row ?? { position: 0, hash: genesisHash(partition) };
}

function readCursors(db: Database.Database): Cursors {
  const position = db.prepare('SELECT position FROM cursor WHERE name = ?').pluck();
  return { outgoing: numberOf(position.get('outgoing')), bus: numberOf(position.get('bus')) };
}

function* readRecords(db: Database.Database, position: number): Iterable<LogRecord> {
  const page = db.prepare<[number], EventRow>(
    `SELECT * FROM event WHERE position > ? ORDER BY position LIMIT ${PAGE_MAX}`,
  );
  let after = position;
  for (;;) {
    const rows = page.all(after);
    for (const { at_ms: atMs, ...row } of rows) yield { ...row, atMs };
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.position;
  }
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number') throw new Error(`not a number in the log: ${String(value)}`);
  return value;
}
