/**
 * How a segment is closed: at the first record of a new business day, and once for a file of format
 * 1, which is closed to go on in today's format.
 *
 *   archive: a whole copy, read-only, on disk under its name
 *     └─> one transaction: list the segment · drop its records · make room for the next
 *
 * A crash before the transaction leaves everything where it was, and a copy that no list names.
 */
import type { SqliteDatabase } from './database.ts';
import { DROP_FORMAT_1, stateOfFormat1 } from './format-1.ts';
import { DROP_FRAMES, FRAMES_SCHEMA, insertState, STATE_SCHEMA } from './format-2.ts';
import { FencedError } from './log.ts';
import { FORMAT, formatOf, type LogFile } from './made.ts';
import {
  archive,
  dayName,
  dayNumberOf,
  endOfSegments,
  lastDayOf,
  type Segment,
  segmentPath,
} from './segments.ts';

/**
 * Closes the active segment, which holds records.
 * @param expectOwned Throws FencedError where somebody else owns the log by now.
 */
export function closeSegment(db: SqliteDatabase, file: LogFile, expectOwned: () => void): void {
  expectOwned();
  const { chain } = formatOf(db);
  const base = endOfSegments(db, file);
  const segment = segmentOf(db, file, { first: base.position + 1, notBefore: lastDayOf(db) });
  if (segment === undefined) return;
  archive(db, segment, chain);
  const close = db.transaction(() => {
    expectOwned();
    list(db, segment);
    db.exec(DROP_FRAMES + FRAMES_SCHEMA);
  });
  close.immediate();
}

/** Brings a file of format 1 to today's; what it holds becomes the first segment. */
export function renew(db: SqliteDatabase, file: LogFile, epoch: number): void {
  const segment = segmentOf(db, file, { first: 1, notBefore: undefined });
  if (segment !== undefined) archive(db, segment, formatOf(db).chain);
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

/** What the active file holds; undefined where that is nothing. */
function segmentOf(
  db: SqliteDatabase,
  { path, partition }: LogFile,
  { first, notBefore }: { readonly first: number; readonly notBefore: number | undefined },
): Segment | undefined {
  const { chain } = formatOf(db);
  const head = chain.head(db);
  const begunAtMs = chain.begunAtMs(db);
  if (head === undefined || begunAtMs === undefined) return undefined;
  // A clock that steps back makes no earlier day after a later one.
  const day = dayName(Math.max(dayNumberOf(begunAtMs), notBefore ?? 0));
  const { position: last, hash } = head;
  return { partition, day, first, last, hash, path: segmentPath(path, { day, first }) };
}
