/**
 * Closed segments of a partition's log: one file for each business day (UTC), read-only, listed in
 * the active file with their last hash, so that one that is missing, swapped or altered is found.
 *
 *   DATA/log/p-000.sqlite                                  the active segment
 *   DATA/archive/2026-11-20/p-000-0000000000000001.sqlite  a closed one, from position 1 on
 *
 * A file in the archive that no list names is what a crash left of a closing: the records in it are
 * still in the active file, and the next closing makes it over. What is listed counts as in the archive
 * alone, whether the active file has dropped it yet or not.
 */
import { chmodSync, existsSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { genesisHash } from './chain.ts';
import type { ChainFile } from './chain-links.ts';
import { openDatabase, reading, type SqliteDatabase } from './database.ts';
import { makeDirDurable, syncPath } from './files.ts';
import { CorruptLogError, type LogHead } from './log.ts';
import { formatOf, type LogFile, openMade } from './made.ts';

export interface Segment {
  readonly partition: number;
  /** UTC day of its first record, `yyyy-mm-dd`. */
  readonly day: string;
  /** Positions of its first and last record. */
  readonly first: number;
  readonly last: number;
  /** Of the chain after its last record. */
  readonly hash: Uint8Array;
  readonly path: string;
}

type SegmentRow = Pick<Segment, 'first' | 'last' | 'day' | 'hash'>;

const DAY_MS = 86_400_000;
/** The last day that has a date: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const DAY_NUMBER_MAX = 100_000_000;
/** Digits of the largest position: names are in the order of positions. */
const POSITION_DIGITS = 16;

/** Days since 1970, UTC. */
export function dayNumberOf(atMs: number): number {
  return Math.floor(atMs / DAY_MS);
}

export function dayName(number: number): string {
  const [day = ''] = new Date(Math.min(number, DAY_NUMBER_MAX) * DAY_MS).toISOString().split('T');
  return day;
}

/** Beside the folder `log`; of a log that is in no such folder, beside the file. */
function archiveOf(path: string): string {
  const dir = dirname(path);
  return join(basename(dir) === 'log' ? dirname(dir) : dir, 'archive');
}

export function segmentPath(
  logPath: string,
  { day, first }: Pick<Segment, 'day' | 'first'>,
): string {
  const name = basename(logPath, '.sqlite');
  const position = String(first).padStart(POSITION_DIGITS, '0');
  return join(archiveOf(logPath), day, `${name}-${position}.sqlite`);
}

/** All that the active file lists, oldest first. */
export function listSegments(db: SqliteDatabase, { path, partition }: LogFile): readonly Segment[] {
  return db
    .prepare<[], SegmentRow>('SELECT first, last, day, hash FROM segment ORDER BY first')
    .all()
    .map((row) => ({ ...row, partition, path: segmentPath(path, row) }));
}

/** The day of the last closed segment, in days since 1970; undefined where there is none. */
export function lastDayOf(db: SqliteDatabase): number | undefined {
  const day = db
    .prepare<[], string>('SELECT day FROM segment ORDER BY first DESC LIMIT 1')
    .pluck()
    .get();
  return day === undefined ? undefined : dayNumberOf(Date.parse(day));
}

/** The segment that holds the record after `position`, with the chain before it. */
export function segmentAfter(
  db: SqliteDatabase,
  file: LogFile,
  position: number,
): (Segment & { readonly base: LogHead }) | undefined {
  const row = db
    .prepare<[number], SegmentRow>(
      'SELECT first, last, day, hash FROM segment WHERE last > ? ORDER BY first LIMIT 1',
    )
    .get(position);
  if (row === undefined) return undefined;
  const path = segmentPath(file.path, row);
  return { ...row, partition: file.partition, path, base: endOfSegments(db, file, row.first) };
}

/** The chain at the end of the last segment before `position`: what its successor continues. */
export function endOfSegments(
  db: SqliteDatabase,
  { partition }: LogFile,
  position = Number.MAX_SAFE_INTEGER,
): LogHead {
  const row = db
    .prepare<[number], SegmentRow>(
      'SELECT * FROM segment WHERE first < ? ORDER BY first DESC LIMIT 1',
    )
    .get(position);
  return row === undefined
    ? { position: 0, hash: genesisHash(partition) }
    : { position: row.last, hash: row.hash };
}

/** @throws CorruptLogError where the file is gone, or is not the one that was closed. */
export function openSegment(
  { first, last, day, hash, path }: Segment,
  { partition, dataId }: LogFile,
): { readonly db: SqliteDatabase; readonly chain: ChainFile } {
  const what = `records ${first} to ${last} of partition ${partition}, closed for ${day}`;
  if (!existsSync(path)) {
    throw new CorruptLogError(`${path} is gone, with ${what}: restore it from a copy`);
  }
  const opened = openMade({ path, partition, dataId }, { readonly: true });
  try {
    const head = reading(path, () => opened.chain.head(opened.db));
    if (head?.position !== last || !isSame(head.hash, hash)) {
      throw new CorruptLogError(
        `${path} does not hold ${what}, as written: restore it from a copy`,
      );
    }
    return opened;
  } catch (cause) {
    opened.db.close();
    throw cause;
  }
}

/**
 * Looks at every archived segment, without reading what is in it.
 * @throws CorruptLogError for the first that is gone, or not the one that was closed.
 */
export function expectSegments(segments: readonly Segment[], file: LogFile): void {
  let end = 0;
  for (const segment of segments) {
    if (segment.first !== end + 1) {
      throw new CorruptLogError(
        `${file.path} lists no segment with record ${end + 1}: restore it from a copy`,
      );
    }
    openSegment(segment, file).db.close();
    end = segment.last;
  }
}

function isSame(one: unknown, other: unknown): boolean {
  if (!(one instanceof Uint8Array) || !(other instanceof Uint8Array)) return false;
  return Buffer.compare(one, other) === 0;
}

/** Where a copy is made: a name that nobody reads. */
export function draftPath(path: string): string {
  return `${path}.new`;
}

/** Makes room for the copy that becomes the segment at `path`. */
export function beginDraft(path: string): void {
  const draft = draftPath(path);
  makeDirDurable(dirname(path));
  for (const left of [draft, `${draft}-journal`]) rmSync(left, { force: true });
}

/** @throws CorruptLogError where what was copied `of` a file does not end as that does. */
export function expectCopy(
  draft: string,
  { last, hash }: Segment,
  { of }: { readonly of: string },
): void {
  const copy = openDatabase(draft, { readonly: true });
  try {
    const head = formatOf(copy).chain.head(copy);
    if (head?.position !== last || !isSame(head.hash, hash)) {
      throw new CorruptLogError(
        `${draft} is not a copy of ${of}: its disk does not keep what it is given`,
      );
    }
  } finally {
    copy.close();
  }
}

/**
 * Copies a whole active file to the archive, on disk when it returns. The records are closed only
 * when the active file lists the segment and drops them, which is one transaction of its owner.
 */
export function archive(db: SqliteDatabase, segment: Segment): void {
  const { path } = segment;
  const draft = draftPath(path);
  beginDraft(path);
  // A copy of what is committed, wherever it lies, without free pages, and without a -wal of its own.
  db.prepare('VACUUM INTO ?').run(draft);
  expectCopy(draft, segment, { of: db.name });
  chmodSync(draft, 0o444);
  syncPath(draft);
  renameSync(draft, path);
  syncPath(dirname(path));
}
