/**
 * A copy of a log's active file up to one of its records, made while its owner writes: what the log
 * holds there never changes, so it does not matter when it is made, nor how long that takes.
 *
 *   closed segments that end by `through`   listed in the copy, as in the original
 *   what follows them, up to `through`      in the copy, wherever it lies by now
 *
 * Invariant: between two looks nothing is open in the original, so its owner is not held up; what is
 * closed meanwhile is read from its segment.
 *
 * The copy is one file that needs no -wal beside it, and is checked by whoever reads it. It is on disk
 * only when somebody syncs it.
 */
import { makeDatabase, reading, type SqliteDatabase } from './database.ts';
import { stateOfFormat1 } from './format-1.ts';
import { insertState, readState } from './format-2.ts';
import { CorruptLogError, type Cursors, notWhatWasWritten } from './log.ts';
import { formatOf, type LogFile, openMade } from './made.ts';
import { listSegments, openSegment, type Segment } from './segments.ts';

/** Rows copied at a time. */
const PAGE_MAX = 256;

export interface CopyOptions {
  /** A file that is not there. */
  readonly to: string;
  /** Of the last record that is copied, with which a commit ended; 0 for none. */
  readonly through: number;
  /** Not beyond it. */
  readonly cursors: Cursors;
  /** Told how many more. */
  readonly onProgress?: (records: number) => void;
}

type Row = readonly unknown[];

/** How a format keeps its records. */
interface Rows {
  readonly table: string;
  /** After a position, and up to another one. */
  readonly page: string;
  readonly lastOf: (row: Row) => number;
}

const EVENTS: Rows = {
  table: 'event',
  page: `SELECT * FROM event WHERE position > ? AND position <= ? ORDER BY position LIMIT ${PAGE_MAX}`,
  lastOf: ([position]) => Number(position),
};
const FRAMES: Rows = {
  table: 'frame',
  page: `SELECT * FROM frame WHERE first > ? AND first <= ? ORDER BY first LIMIT ${PAGE_MAX}`,
  lastOf: ([first, count]) => Number(first) + Number(count) - 1,
};

/** @returns The closed segments that the copy lists: it is whole only with them. */
export function copyLog(file: LogFile, options: CopyOptions): readonly Segment[] {
  const { db: source } = openMade(file, { readonly: true });
  try {
    const target = makeDatabase(options.to);
    try {
      const closed = target.transaction(() => copyInto(target, source, { file, ...options }))();
      target.pragma('journal_mode = DELETE');
      return closed;
    } finally {
      target.close();
    }
  } finally {
    source.close();
  }
}

interface Copying extends CopyOptions {
  readonly file: LogFile;
}

function copyInto(
  target: SqliteDatabase,
  source: SqliteDatabase,
  { file, through, cursors, onProgress }: Copying,
): readonly Segment[] {
  const look = <Seen>(at: () => Seen): Seen => reading(file.path, source.transaction(at));
  const { made, meta, format, epoch, segments } = look(() => lookAt(source, file));
  const closed = segments.filter(({ last }) => last <= through);

  for (const { type, sql } of made) if (type === 'table') target.exec(sql);
  insertRows(target, 'meta', meta);
  if (format === 1) {
    insertRows(target, 'owner', [[1, epoch]]);
    insertRows(target, 'cursor', Object.entries(cursors));
  } else {
    insertState(target, file.partition, { epoch, ...cursors });
    insertRows(
      target,
      'segment',
      closed.map(({ first, last, day, hash }) => [first, last, day, hash]),
    );
  }
  const rows = format === 1 ? EVENTS : FRAMES;
  let at = closed.at(-1)?.last ?? 0;
  while (at < through) {
    const page = look(() => pageAfter(at, { source, file, format, through }));
    const end = page.length === 0 ? 0 : Math.max(...page.map(rows.lastOf));
    if (end <= at || end > through) throw notWhatWasWritten(file.partition, at + 1, file.path);
    insertRows(target, rows.table, page);
    onProgress?.(end - at);
    at = end;
  }
  // Last: they refuse what was done here.
  for (const { type, sql } of made) if (type !== 'table') target.exec(sql);
  return closed;
}

function lookAt(source: SqliteDatabase, file: LogFile) {
  const { format } = formatOf(source);
  return {
    made: source
      .prepare<[], { readonly type: string; readonly sql: string }>(
        'SELECT type, sql FROM sqlite_schema WHERE sql IS NOT NULL',
      )
      .all(),
    meta: source.prepare<[], Row>('SELECT * FROM meta').raw().all(),
    format,
    epoch: (format === 1 ? stateOfFormat1(source) : readState(source, file.partition)).epoch,
    segments: format === 1 ? [] : listSegments(source, file),
  };
}

interface Asked {
  readonly source: SqliteDatabase;
  readonly file: LogFile;
  /** In which the copy is made. */
  readonly format: number;
  readonly through: number;
}

/** From the active file, or from the segment that was closed since. */
function pageAfter(at: number, { source, file, format, through }: Asked): readonly Row[] {
  const { format: now } = formatOf(source);
  if (now !== format) {
    throw new CorruptLogError(
      `${file.path} was brought to format ${now} while it was copied: copy it again`,
    );
  }
  const segments = format === 1 ? [] : listSegments(source, file);
  const since = segments.find(({ first, last }) => first <= at + 1 && at < last);
  const { page } = format === 1 ? EVENTS : FRAMES;
  if (since === undefined)
    return source.prepare<[number, number], Row>(page).raw().all(at, through);
  const { db } = openSegment(since, file);
  try {
    return db.prepare<[number, number], Row>(page).raw().all(at, through);
  } finally {
    db.close();
  }
}

function insertRows(target: SqliteDatabase, table: string, rows: readonly Row[]): void {
  const [first] = rows;
  if (first === undefined) return;
  const insert = target.prepare(`INSERT INTO ${table} VALUES (${first.map(() => '?').join()})`);
  for (const row of rows) insert.run(...row);
}
