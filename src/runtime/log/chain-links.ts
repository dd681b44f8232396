/**
 * A log file's chain, link by link, in either format: what the verified reading of sqlite.ts walks
 * over. Statements are made anew for each look, since a file that is being read may be brought to
 * the next format, or have its records archived, between two looks.
 */
import type { SqliteDatabase } from './database.ts';
import type { LogHead, LogRecord } from './log.ts';

/** What one hash of the chain covers: a frame; in format 1, a record. */
export interface ChainLink {
  /** Of its last record. */
  readonly last: number;
  readonly hash: Uint8Array;
  /** Undefined where it is not what was written after `before`. */
  follow(before: LogHead): readonly LogRecord[] | undefined;
}

/** How a format keeps its records. */
export interface ChainFile {
  /** Of what this file holds; undefined where that is nothing. */
  head(db: SqliteDatabase): LogHead | undefined;
  /** The end of the link that holds `position`, or else of the last one before it. */
  holding(db: SqliteDatabase, position: number): LogHead | undefined;
  /** The end of the link before the one that holds `position`; undefined where that is the file's first. */
  before(db: SqliteDatabase, position: number): LogHead | undefined;
  /** Those after `position`, at which one ends; as many as `share` of a full page, at least one. */
  links(db: SqliteDatabase, position: number, share: number): readonly ChainLink[];
  /** When its first record was decided. */
  begunAtMs(db: SqliteDatabase): number | undefined;
}
