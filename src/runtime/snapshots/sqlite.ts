/**
 * The snapshot store in a SQLite file, one per partition.
 *
 * The second door to better-sqlite3, since this file lives by other rules than the log: it may be
 * lost, is thrown away at the first doubt, and is written with synchronous=NORMAL. A power cut may
 * cost its last writes; what is left is then an older whole.
 *
 * Opening goes through every row but its bytes, in the very tree that a row is later looked up in:
 * so one that cannot be found, and would be taken for an actor that never was, is found missing
 * then. A row's bytes are checked when they are read.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { genesisHash } from '../log/chain.ts';
import {
  type Base,
  baseHash,
  CorruptSnapshotError,
  emptySum,
  FORMAT,
  type NewRow,
  type Row,
  type RowHead,
  rowHash,
  type SnapshotReader,
  type SnapshotStore,
  StaleStoreError,
  type StoreOwner,
  toggle,
} from './store.ts';

/** Rows whose hashes are read at a time. */
const PAGE_MAX = 4_096;

/** Nobody else writes; an owner that was fenced may still hold it for a moment. */
const BUSY_TIMEOUT_MS = 1_000;

const SCHEMA = `
  CREATE TABLE base (
    one            INTEGER PRIMARY KEY CHECK (one = 1),
    format         INTEGER NOT NULL,
    data_id        TEXT    NOT NULL,
    partition      INTEGER NOT NULL,
    program        TEXT    NOT NULL,
    epoch          INTEGER NOT NULL,
    position       INTEGER NOT NULL,
    position_hash  BLOB    NOT NULL,
    reach          INTEGER NOT NULL,
    reach_hash     BLOB    NOT NULL,
    count          INTEGER NOT NULL,
    hash           BLOB    NOT NULL
  ) STRICT;
  CREATE TABLE row (
    stream       TEXT    PRIMARY KEY,
    version      INTEGER NOT NULL,
    kind_version INTEGER NOT NULL,
    busy         INTEGER NOT NULL,
    hash         BLOB    NOT NULL,
    content      INTEGER,
    parts        INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE content (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
  CREATE TABLE part (
    stream  TEXT    NOT NULL,
    version INTEGER NOT NULL,
    part    INTEGER NOT NULL,
    bytes   BLOB    NOT NULL,
    UNIQUE (stream, version, part)
  ) STRICT;
`;

interface BaseRow {
  readonly format: number;
  readonly data_id: string;
  readonly partition: number;
  readonly program: string;
  readonly epoch: number;
  readonly position: number;
  readonly position_hash: Buffer;
  readonly reach: number;
  readonly reach_hash: Buffer;
  readonly count: number;
  readonly hash: Buffer;
}

interface StoredRow {
  readonly stream: string;
  readonly version: number;
  readonly kind_version: number;
  readonly busy: number;
  readonly hash: Buffer;
  /** Where its bytes are; null where they are in parts. */
  readonly content: number | null;
  readonly parts: number;
}

/** Opens the store as its owner; one that is not whole or not the owner's is made anew. */
export function openSqliteSnapshots(path: string, owner: StoreOwner): SnapshotStore {
  mkdirSync(dirname(path), { recursive: true });
  let { db, state, statements } = openWhole(path, owner);

  function makeAnew(reason: string): void {
    owner.onDiscard(reason);
    db.close();
    remove(path);
    ({ db, state, statements } = openWhole(path, owner));
  }

  function writeRow(row: NewRow, before: StoredRow | undefined): void {
    const { stream, version, kindVersion, busy, content, hash } = row;
    const parts = 'parts' in content ? content.parts : 0;
    let at = before?.content ?? null;
    if ('parts' in content) {
      if (at !== null) statements.dropContent.run(at);
      at = null;
    } else if (at === null) at = Number(statements.putContent.run(content).lastInsertRowid);
    else statements.setContent.run(content, at);
    statements.write.run(stream, version, kindVersion, busy ? 1 : 0, hash, at, parts);
    // Of an earlier version; most rows never had any.
    if (parts > 0 || (before?.parts ?? 0) > 0)
      statements.dropParts.run(stream, parts > 0 ? version : 0);
  }

  function checkOwner(): void {
    const epoch = statements.epoch.get();
    if (epoch !== owner.epoch) {
      throw new StaleStoreError(`${path}: epoch ${epoch}, not ${owner.epoch}`);
    }
  }

  return {
    get count() {
      return state.count;
    },
    get base() {
      return state.base;
    },
    read: (stream) => readRow(stream, statements, path),
    scan: (prefix, after, limit) =>
      readable(path, () => {
        const rows = statements.scan.all(after, endOf(prefix), limit);
        return rows.map((it) => wholeRow(it, statements, path));
      }),
    busy: () => busyHeads(state.busy, statements, path),
    put({ stream, version }, part, bytes) {
      db.transaction(() => {
        checkOwner();
        statements.put.run(stream, version, part, bytes);
      }).immediate();
    },
    write(rows, base) {
      const next = { base, count: state.count, sum: state.sum.slice(), busy: state.busy };
      db.transaction(() => {
        checkOwner();
        for (const row of rows) {
          const before = statements.one.get(row.stream);
          if (before === undefined) next.count++;
          else toggle(next.sum, headOf(before), before.hash);
          toggle(next.sum, row, row.hash);
          writeRow(row, before);
        }
        writeBase(db, owner, next);
      }).immediate();
      state = next;
    },
    discard: makeAnew,
    close: () => db.close(),
  };
}

/**
 * Whether the store as a whole is what was written, is seen by who opens it as its owner; nothing that
 * was read here counts before. Undefined where it cannot be read, or is another's.
 */
export function openSqliteSnapshotReader(
  path: string,
  owner: Omit<StoreOwner, 'epoch' | 'onDiscard'>,
): SnapshotReader | undefined {
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { readonly: true, timeout: BUSY_TIMEOUT_MS });
    // For as long as it is open: base, rows and parts are of one moment.
    db.exec('BEGIN');
    const { base } = readBase(db, { ...owner, epoch: Number.MAX_SAFE_INTEGER });
    const statements = prepare(db);
    const busy = db.prepare<[], string>('SELECT stream FROM row WHERE busy = 1').pluck().all();
    const opened = db;
    return {
      base,
      read: (stream) => readRow(stream, statements, path),
      busy: () => busyHeads(busy, statements, path),
      close: () => opened.close(),
    };
  } catch (cause) {
    db?.close();
    if (cause instanceof Database.SqliteError || cause instanceof CorruptSnapshotError) {
      return undefined;
    }
    throw cause;
  }
}

type Statements = ReturnType<typeof prepare>;

function* busyHeads(
  streams: readonly string[],
  statements: Statements,
  path: string,
): Iterable<RowHead> {
  for (const stream of streams) {
    const row = readable(path, () => statements.one.get(stream));
    if (row?.busy === 1) yield headOf(row);
  }
}

function readRow(stream: string, statements: Statements, path: string): Row | undefined {
  return readable(path, () => {
    const row = statements.one.get(stream);
    if (row === undefined) return undefined;
    // A flipped bit may make bytes of a name, and SQLite find another's row by it.
    if (row.stream !== stream) {
      throw new CorruptSnapshotError(`${path}: what is kept of ${stream} is another's`);
    }
    return wholeRow(row, statements, path);
  });
}

/** @throws CorruptSnapshotError for what SQLite says of the file. */
function readable<Read>(path: string, read: () => Read): Read {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof Database.SqliteError)) throw cause;
    throw new CorruptSnapshotError(`${path} cannot be read: ${cause.message}`, { cause });
  }
}

/** @throws CorruptSnapshotError where its bytes are not what was written. */
function wholeRow(it: StoredRow, statements: Statements, path: string): Row {
  const head = headOf(it);
  const { stream, version } = head;
  // A flipped bit may make a number, or nothing, of bytes.
  const hash: unknown = it.hash;
  const bytes: unknown =
    it.content === null
      ? Buffer.concat(statements.parts.all(stream, version, it.parts).filter(Buffer.isBuffer))
      : statements.content.get(it.content);
  const isWhole =
    Buffer.isBuffer(bytes) && Buffer.isBuffer(hash) && hash.equals(rowHash(head, bytes));
  if (!isWhole) {
    throw new CorruptSnapshotError(`${path}: the snapshot of ${stream} is not what was written`);
  }
  return { ...head, bytes };
}

interface StoreState extends Rows {
  readonly base: Base;
}

interface Rows {
  readonly count: number;
  readonly sum: Uint8Array;
  /** As of the opening. */
  readonly busy: readonly string[];
}

/** Whole, and the owner's; empty where what is there is not. */
function openWhole(path: string, owner: StoreOwner) {
  try {
    const opened = openMine(path, owner);
    if (opened !== undefined) return opened;
  } catch (cause) {
    if (!(cause instanceof Database.SqliteError) && !(cause instanceof CorruptSnapshotError)) {
      throw cause;
    }
    owner.onDiscard(cause.message);
    remove(path);
  }
  const db = openFile(path);
  const fresh = { position: 0, hash: genesisHash(owner.partition) };
  const base = { at: fresh, reach: fresh };
  const state: StoreState = { base, count: 0, sum: emptySum(), busy: [] };
  db.transaction(() => {
    db.exec(SCHEMA);
    writeBase(db, owner, state);
  })();
  return { db, state, statements: prepare(db) };
}

/** @throws CorruptSnapshotError where it is not whole, or not the owner's. */
function openMine(path: string, owner: StoreOwner) {
  const db = openFile(path);
  try {
    if (db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined) {
      db.close();
      return undefined;
    }
    const state = readWhole(db, owner);
    db.transaction(() => {
      // Parts that no row speaks of, of a write that a crash ended.
      db.exec('DELETE FROM part WHERE (stream, version) NOT IN (SELECT stream, version FROM row)');
      writeBase(db, owner, state);
    }).immediate();
    // A flipped bit may make another column's name.
    return { db, state, statements: prepare(db) };
  } catch (cause) {
    db.close();
    throw cause;
  }
}

function readWhole(db: Database.Database, owner: Omit<StoreOwner, 'onDiscard'>): StoreState {
  const { base, hash, count } = readBase(db, owner);
  const rows = readRows(db);
  if (!hash.equals(baseHash(owner, base, rows))) {
    throw new CorruptSnapshotError(`its ${rows.count} rows are not the ${count} of its base`);
  }
  return { base, ...rows };
}

/** Whether its hash is right, only all rows can tell. */
function readBase(db: Database.Database, owner: Omit<StoreOwner, 'onDiscard'>) {
  const stored = db.prepare<[], BaseRow>('SELECT * FROM base').get();
  if (stored === undefined) throw new CorruptSnapshotError('its base is gone');
  // A flipped bit may make anything of a column.
  const { hash, position_hash: atHash, reach_hash: reachHash, position, reach } = stored;
  const isBase =
    [hash, atHash, reachHash].every(Buffer.isBuffer) &&
    [position, reach].every(Number.isSafeInteger);
  if (!isBase) throw new CorruptSnapshotError('its base is no base');
  if (stored.format !== FORMAT) throw new CorruptSnapshotError(`its format is ${stored.format}`);
  const mine =
    stored.data_id === owner.dataId &&
    stored.partition === owner.partition &&
    stored.program === owner.program &&
    stored.epoch <= owner.epoch;
  if (!mine) {
    throw new CorruptSnapshotError(
      `it is of partition ${stored.partition} of ${stored.data_id}, epoch ${stored.epoch}, by ${stored.program}`,
    );
  }
  const base = {
    at: { position, hash: atHash },
    reach: { position: reach, hash: reachHash },
  };
  return { base, hash, count: stored.count };
}

/**
 * Page by page: much faster than row by row. The next page begins after the bytes of the last row's
 * name, since those of a damaged one may be no text, and come back from one as others.
 */
function readRows(db: Database.Database): Rows {
  const page = db.prepare<[Uint8Array], StoredRow & { readonly key: Buffer }>(
    `SELECT *, CAST(stream AS BLOB) AS key FROM row WHERE stream > CAST(? AS TEXT)
      ORDER BY stream LIMIT ${PAGE_MAX}`,
  );
  const sum = emptySum();
  const busy: string[] = [];
  let count = 0;
  let after: Uint8Array = Buffer.alloc(0);
  for (let rows = page.all(after); rows.length > 0; rows = page.all(after)) {
    for (const row of rows) {
      // A flipped bit may make a number of a text.
      if (typeof row.stream !== 'string' || !Buffer.isBuffer(row.hash)) {
        throw new CorruptSnapshotError(`its row ${count} is no row`);
      }
      toggle(sum, headOf(row), row.hash);
      if (row.busy === 1) busy.push(row.stream);
    }
    count += rows.length;
    const last = rows.at(-1)?.key;
    // In a damaged tree what comes next may come before: nobody would ever be done.
    if (!Buffer.isBuffer(last) || Buffer.compare(last, after) <= 0) {
      throw new CorruptSnapshotError(`its row ${count} is not in order`);
    }
    after = last;
  }
  return { count, sum, busy };
}

function headOf({ stream, version, kind_version: kindVersion, busy }: StoredRow): RowHead {
  return { stream, version, kindVersion, busy: busy === 1 };
}

function writeBase(db: Database.Database, owner: StoreOwner, state: StoreState): void {
  const { base, count } = state;
  const { at, reach } = base;
  db.prepare('INSERT OR REPLACE INTO base VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)').run(
    FORMAT,
    owner.dataId,
    owner.partition,
    owner.program,
    owner.epoch,
    at.position,
    at.hash,
    reach.position,
    reach.hash,
    count,
    baseHash(owner, base, state),
  );
}

function prepare(db: Database.Database) {
  return {
    epoch: db.prepare<[], number>('SELECT epoch FROM base').pluck(),
    one: db.prepare<[string], StoredRow>('SELECT * FROM row WHERE stream = ?'),
    scan: db.prepare<[string, string, number], StoredRow>(
      'SELECT * FROM row WHERE stream > ? AND stream < ? ORDER BY stream LIMIT ?',
    ),
    write: db.prepare('INSERT OR REPLACE INTO row VALUES (?, ?, ?, ?, ?, ?, ?)'),
    content: db.prepare<[number], Buffer>('SELECT bytes FROM content WHERE id = ?').pluck(),
    putContent: db.prepare('INSERT INTO content (bytes) VALUES (?)'),
    setContent: db.prepare('UPDATE content SET bytes = ? WHERE id = ?'),
    dropContent: db.prepare('DELETE FROM content WHERE id = ?'),
    parts: db
      .prepare<[string, number, number], Buffer>(
        'SELECT bytes FROM part WHERE stream = ? AND version = ? AND part < ? ORDER BY part',
      )
      .pluck(),
    put: db.prepare('INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?)'),
    dropParts: db.prepare('DELETE FROM part WHERE stream = ? AND version <> ?'),
  };
}

function openFile(path: string): Database.Database {
  const db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    return db;
  } catch (cause) {
    db.close();
    throw cause;
  }
}

/** Whoever still has it open keeps what he has, and nobody else ever reads it. */
function remove(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
}

/** The first text after all that begin with `prefix`, which ends in ASCII. */
function endOf(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}
