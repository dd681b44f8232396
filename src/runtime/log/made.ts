/**
 * What a log file says it is, looked at before anything of it is written or believed.
 *
 * A file is made once, with its data directory, and says which partition of which directory it is.
 * Whoever opens it says which one is meant: a file that is gone is not made anew, and one that
 * belongs elsewhere is refused.
 */
import { existsSync } from 'node:fs';
import type { ChainFile } from './chain-links.ts';
import { openDatabase, reading, type SqliteDatabase } from './database.ts';
import { format1 } from './format-1.ts';
import { format2 } from './format-2.ts';
import { CorruptLogError } from './log.ts';
import { expectWholeWal } from './wal.ts';

/** Which log is meant. */
export interface LogFile {
  readonly path: string;
  readonly partition: number;
  readonly dataId: string;
}

/** That is written today. */
export const FORMAT = 2;

const CHAINS: Readonly<Record<number, ChainFile>> = { 1: format1, 2: format2 };

/** The same for all formats, so that each can tell the others. */
export const META_SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    data_id   TEXT    NOT NULL,
    partition INTEGER NOT NULL,
    format    INTEGER NOT NULL
  ) STRICT;
`;

interface MetaRow {
  readonly data_id: string;
  readonly partition: number;
  readonly format: number;
}

/** @throws CorruptLogError where the file is gone, or not this partition of this data directory. */
export function openMade(
  { path, partition, dataId }: LogFile,
  options: { readonly readonly: boolean },
): { readonly db: SqliteDatabase; readonly chain: ChainFile; readonly format: number } {
  const wanted = nameOf(partition, dataId);
  // A copy of the file alone lacks what is still in its write-ahead log.
  const todo = 'restore it from a copy, with its -wal file if that has one';
  if (!existsSync(path))
    throw new CorruptLogError(`${path} is gone, the log of ${wanted}: ${todo}`);
  return reading(path, () => {
    expectWholeWal(path);
    const db = openDatabase(path, options);
    try {
      const meta = readMeta(db);
      if (meta === undefined) {
        throw new CorruptLogError(
          `${path} says nowhere whose log it is; expected is ${wanted}: ${todo}`,
        );
      }
      const chain = chainOf(path, meta.format);
      if (meta.partition !== partition || meta.data_id !== dataId) {
        const found = nameOf(meta.partition, meta.data_id);
        throw new CorruptLogError(`${path} is the log of ${found}; expected is ${wanted}: ${todo}`);
      }
      return { db, chain, format: meta.format };
    } catch (cause) {
      db.close();
      throw cause;
    }
  });
}

/** Of a file that was looked at before: its owner may have brought it to the next format since. */
export function formatOf(db: SqliteDatabase): {
  readonly format: number;
  readonly chain: ChainFile;
} {
  const format = db.prepare<[], number>('SELECT format FROM meta').pluck().get() ?? 0;
  return { format, chain: chainOf(db.name, format) };
}

function chainOf(path: string, format: number): ChainFile {
  const chain = CHAINS[format];
  if (chain !== undefined) return chain;
  throw new CorruptLogError(
    `${path} has format ${format}, this furlong reads 1 to ${FORMAT}: use the furlong that wrote it`,
  );
}

function nameOf(partition: number, dataId: string): string {
  return `partition ${partition} of data directory ${dataId}`;
}

/** Undefined for a database that is not ours, or an empty file. */
function readMeta(db: SqliteDatabase): MetaRow | undefined {
  const table = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'meta'");
  if (table.get() === undefined) return undefined;
  return db.prepare<[], MetaRow>('SELECT data_id, partition, format FROM meta').get();
}
