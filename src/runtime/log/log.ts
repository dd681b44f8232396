/**
 * The event log of one partition, as the rest of the runtime sees it.
 *
 * `append` is the only commit point of the system: what it returned from is on disk, what it threw
 * from has an unknown outcome, and the owner must stop and read the log again. Positions and
 * versions count from 1 without gaps. test/runtime/log.contract.ts holds over every implementation.
 */

export interface NewRecord {
  /** Address of the actor that decided it, such as `player/42`. */
  readonly stream: string;
  /** Place among the actor's events, from 1. */
  readonly version: number;
  /** Id of the command that led to it. */
  readonly cause: string;
  /** When it was decided: epoch milliseconds, UTC. */
  readonly atMs: number;
  /** Of a record that was read: a view of the page it lies in; copy what is to be kept. */
  readonly bytes: Uint8Array;
}

export interface LogRecord extends NewRecord {
  /** Place in the partition, from 1. */
  readonly position: number;
}

export interface LogHead {
  /** Of the last record; 0 in an empty log. */
  readonly position: number;
  /** SHA-256 over everything up to it: see chain.ts. */
  readonly hash: Uint8Array;
}

/** How far readers of the log have got: for each, everything up to its position is done. */
export interface Cursors {
  /** Commands to other actors. */
  readonly outgoing: number;
  /** Facts told to the world. */
  readonly bus: number;
}

export interface EventLog {
  readonly partition: number;
  /** Grows with every owner; an append of an earlier one is refused. */
  readonly epoch: number;
  head(): LogHead;
  /**
   * Writes all of `batch` and the cursors, or nothing. Returns when it is on disk. After a throw,
   * whatever it was, the log takes no more: every later append throws the same.
   * @throws FencedError where another owner has opened the log since, or written to it.
   * @throws LogIoError where the disk did not do what it was asked for.
   */
  append(batch: readonly NewRecord[], cursors: Cursors): void;
  /**
   * For an answer that writes nothing: what the owner remembers is all that there is.
   * @throws FencedError where another owner has opened the log since.
   */
  ensureOwned(): void;
  /**
   * Records after `position`, oldest first, each checked against the hash chain before it is given
   * out; what lies before `position` is neither read nor checked.
   * @throws CorruptLogError `partition N: record M is not what was written`: M is the first record
   * that cannot be trusted.
   */
  read(position: number): Iterable<LogRecord>;
  /** Of the chain right after `position`; undefined where no commit ended there. */
  hashAt(position: number): Uint8Array | undefined;
  cursors(): Cursors;
  close(): void;
}

/** Somebody else owns this partition now. No command causes it: the owner must stop. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}

/** What was read is not what was written. */
export class CorruptLogError extends Error {
  override readonly name = 'CorruptLogError';
}

/**
 * The disk failed. What was being written may be there or not; no process may go on from here with
 * what it has in memory.
 */
export class LogIoError extends Error {
  override readonly name = 'LogIoError';
  /** SQLite's, such as `SQLITE_IOERR_FSYNC` or `SQLITE_FULL`, or the system's, such as `EIO`. */
  readonly code: string;

  constructor(
    message: string,
    { code, cause }: { readonly code: string; readonly cause: unknown },
  ) {
    super(message, { cause });
    this.code = code;
  }
}

/** @param record The first that cannot be trusted. */
export function notWhatWasWritten(partition: number, record: number, where = ''): CorruptLogError {
  return new CorruptLogError(
    `partition ${partition}: record ${record} is not what was written${where && `, in ${where}`}`,
  );
}
