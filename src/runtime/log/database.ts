/**
 * SQLite files: opened, made durable, and their errors told apart. The one door to better-sqlite3.
 *
 * Durable means synchronous=FULL. better-sqlite3 is built with NORMAL as its default for WAL, and
 * a pragma read before the first write still says FULL; so it is set on each connection and
 * checked after a write.
 */
import Database from 'better-sqlite3';
import { CorruptLogError, LogIoError } from './log.ts';

export type SqliteDatabase = Database.Database;

/** https://sqlite.org/pragma.html#pragma_synchronous */
const SYNCHRONOUS_FULL = 2;

/** How long a writer waits for a reader that checkpoints; nobody else writes. */
const BUSY_TIMEOUT_MS = 5_000;

/** What is wrong with the disk, or with the access to it, and not with what lies on it. */
const IO_CODES =
  /^SQLITE_(IOERR|FULL|CANTOPEN|READONLY|PERM|BUSY|LOCKED|PROTOCOL|NOMEM|NOLFS|AUTH)(_|$)/;

export function makeDatabase(path: string): SqliteDatabase {
  const db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  makeDurable(db);
  return db;
}

/** A file that is nobody's until it is whole, synced and renamed: made over after any crash. */
export function draftDatabase(path: string): SqliteDatabase {
  const db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  db.pragma('journal_mode = MEMORY');
  db.pragma('synchronous = OFF');
  return db;
}

/** A file that is there already. */
export function openDatabase(
  path: string,
  { readonly }: { readonly readonly: boolean },
): SqliteDatabase {
  return new Database(path, { readonly, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
}

export function makeDurable(db: SqliteDatabase): void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
}

/** To be called after a write. */
export function expectDurable(db: SqliteDatabase, path: string): void {
  const synchronous = db.pragma('synchronous', { simple: true });
  if (synchronous === SYNCHRONOUS_FULL) return;
  throw new Error(`${path}: synchronous is ${synchronous}, not FULL: a bet could be lost`);
}

/**
 * Runs what reads from the file at `path`, and says what went wrong in the words of the log.
 * @throws LogIoError where the disk failed; CorruptLogError for everything else that SQLite says.
 */
export function reading<Read>(path: string, read: () => Read): Read {
  try {
    return read();
  } catch (cause) {
    if (isSystemError(cause)) throw ioError(`${path} cannot be read`, cause);
    if (!(cause instanceof Database.SqliteError)) throw cause;
    throw IO_CODES.test(cause.code)
      ? ioError(`${path} cannot be read`, cause)
      : new CorruptLogError(`${path} cannot be read: ${cause.message}`, { cause });
  }
}

/** The same for what writes, to the file at `path` and to others beside it. */
export function writing<Result>(path: string, write: () => Result): Result {
  try {
    return write();
  } catch (cause) {
    if (isSystemError(cause)) throw ioError(`${path} cannot be written`, cause);
    if (!(cause instanceof Database.SqliteError)) throw cause;
    if (IO_CODES.test(cause.code)) throw ioError(`${path} cannot be written`, cause);
    throw new CorruptLogError(`${path} cannot be written: ${cause.message}`, { cause });
  }
}

interface CodedError extends Error {
  readonly code: string;
}

function ioError(what: string, cause: CodedError): LogIoError {
  const { code, message } = cause;
  return new LogIoError(`${what}: ${message} (${code})`, { code, cause });
}

/** Of a call to the file system. */
function isSystemError(cause: unknown): cause is CodedError {
  return cause instanceof Error && 'code' in cause && 'syscall' in cause;
}

/** Whoever only asks whether a lock is held holds it for a moment: he is no other server. */
const LOCK_WAIT_MS = 1_000;

/** A connection that nobody refers to is closed when memory is collected, and its lock with it. */
const locks = new Set<SqliteDatabase>();

/**
 * Keeps a second process off a data directory. The lock is the operating system's, so it is gone
 * with its holder however that dies.
 *
 * @returns What lets go of it, or undefined where somebody else holds it for longer than the moment
 *   that it takes to ask, as a doctor does, whether anybody does.
 */
export function holdLock(path: string, waitMs = LOCK_WAIT_MS): (() => void) | undefined {
  const db = new Database(path, { timeout: waitMs });
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
