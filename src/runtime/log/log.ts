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
  readonly bytes: Uint8Array;
}

export interface LogRecord extends NewRecord {
  /** Place in the partition, from 1. */
  readonly position: number;
  /** SHA-256 over this record and the hash before it: see chain.ts. */
  readonly hash: Uint8Array;
}

export interface LogHead {
  /** Of the last record; 0 in an empty log. */
  readonly position: number;
  readonly hash: Uint8Array;
}

/** How far readers of the log have got: for each, everything up to its position is done. */
export type Cursors = Readonly<Record<CursorName, number>>;

/** `outgoing`: commands to other actors. `bus`: facts told to the world. */
type CursorName = 'outgoing' | 'bus';

export interface EventLog {
  readonly partition: number;
  /** Grows with every owner; an append of an earlier one is refused. */
  readonly epoch: number;
  head(): LogHead;
  /**
   * Writes all of `batch` and the cursors, or nothing. Returns when it is on disk.
   * @throws FencedError where another owner has opened the log since, or written to it.
   */
  append(batch: readonly NewRecord[], cursors: Cursors): void;
  /**
   * For an answer that writes nothing: what the owner remembers is all that there is.
   * @throws FencedError where another owner has opened the log since.
   */
  ensureOwned(): void;
  /** Records after `position`, oldest first. */
  read(position: number): Iterable<LogRecord>;
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
