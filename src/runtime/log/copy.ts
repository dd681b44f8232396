/**
 * A copy of a log up to one of its records, made while its owner writes: record by record, so that it
 * holds what the log held there whenever it is made, and nothing of it is torn.
 *
 * The copy is one file that needs no other beside it. It is not yet on disk when it is made: whoever
 * wants it there asks for that (`syncPath`).
 */
import Database from 'better-sqlite3';
import { CorruptLogError, type Cursors } from './log.ts';

/** Rows copied at a time; between two pages nothing is open in the original. */
const PAGE_MAX = 4_096;

export interface CopyOptions {
  readonly from: string;
  /** A file that is not there. */
  readonly to: string;
  readonly partition: number;
  /** Of the last record that is copied; 0 for none. */
  readonly through: number;
  /** Not beyond it. */
  readonly cursors: Cursors;
  readonly onProgress?: (records: number) => void;
}

/** @throws CorruptLogError where the log does not reach so far. */
export function copyLog({ from, to, partition, through, cursors, onProgress }: CopyOptions): void {
  const source = new Database(from, { readonly: true, fileMustExist: true });
  const target = new Database(to);
  try {
    // It is whole or it is thrown away: a journal would only cost.
    target.pragma('journal_mode = OFF');
    const made = source
      .prepare<[], { sql: string; type: string }>(
        'SELECT type, sql FROM sqlite_schema WHERE sql IS NOT NULL',
      )
      .all();
    for (const { sql, type } of made) if (type === 'table') target.exec(sql);
    target.transaction(() => {
      for (const table of ['meta', 'owner']) copyRows(source, target, table);
      const keep = target.prepare('INSERT INTO cursor VALUES (?, ?)');
      for (const [name, position] of Object.entries(cursors)) keep.run(name, position);
      const page = source
        .prepare(
          'SELECT * FROM event WHERE position > ? AND position <= ? ORDER BY position LIMIT ?',
        )
        .raw();
      let at = 0;
      while (at < through) {
        const rows = page.all(at, through, PAGE_MAX) as unknown[][];
        const last = rows.at(-1);
        if (last === undefined) {
          throw new CorruptLogError(`partition ${partition}: record ${at + 1} is gone`);
        }
        const insert = target.prepare(`INSERT INTO event VALUES (${last.map(() => '?').join()})`);
        for (const row of rows) insert.run(...row);
        at = Number(last[0]);
        onProgress?.(rows.length);
      }
    })();
    for (const { sql, type } of made) if (type !== 'table') target.exec(sql);
  } finally {
    target.close();
    source.close();
  }
}

function copyRows(source: Database.Database, target: Database.Database, table: string): void {
  for (const row of source.prepare(`SELECT * FROM ${table}`).raw().all() as unknown[][]) {
    target.prepare(`INSERT INTO ${table} VALUES (${row.map(() => '?').join()})`).run(...row);
  }
}
