/**
 * Which files of a data directory a backup has, and how each is copied. The one place that knows their
 * names.
 *
 *   furlong.json            as it is: it never changes
 *   log/p-000.sqlite …      up to the cut
 *   archive/<day>/bets.…    as they are: a day's list of accepted bets
 *
 * Not the lock, nor anything that is made anew from the logs.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type DataDir, readDataDir } from '../runtime/data-dir.ts';
import { copyLog } from '../runtime/log/copy.ts';
import { type LogReader, openSqliteReader } from '../runtime/log/sqlite.ts';
import type { CutReader, PartitionCut } from './cut.ts';

const LISTS = /^bets\.ndjson\.gz$/;

export interface LiveLog extends CutReader {
  readonly partition: number;
  /** Below the data directory. */
  readonly path: string;
  /** Makes a file of what it holds up to the cut. */
  copy(to: string, cut: PartitionCut, onProgress: (records: number) => void): void;
  close(): void;
}

/** @throws CorruptLogError where one of them is not there; none is open then. */
export function openLiveLogs(dataDir: string): { readonly dir: DataDir; readonly logs: LiveLog[] } {
  const dir = readDataDir(dataDir);
  const readers: LogReader[] = [];
  try {
    for (const [partition, path] of dir.logs.entries()) {
      readers.push(openSqliteReader(path, partition, dir.id));
    }
  } catch (cause) {
    for (const reader of readers) reader.close();
    throw cause;
  }
  return { dir, logs: readers.map((reader) => liveLog(dir, reader)) };
}

function liveLog(dir: DataDir, reader: LogReader): LiveLog {
  const { partition } = reader;
  const from = dir.logs[partition] ?? '';
  return {
    partition,
    path: below(dir, from),
    head: () => reader.head(),
    cursors: () => reader.cursors(),
    read: (position) => reader.read(position),
    endOfCommit: (position) => position,
    copy: (to, { position: through, cursors }, onProgress) =>
      copyLog({ from, to, partition, through, cursors, onProgress }),
    close: () => reader.close(),
  };
}

/** What is copied as it is, below the data directory: furlong.json last, as when it was made. */
export function fixedFiles(dir: DataDir): string[] {
  const archive = join(dir.path, 'archive');
  const lists = existsSync(archive)
    ? readdirSync(archive, { recursive: true, withFileTypes: true })
        .filter((it) => it.isFile() && LISTS.test(it.name))
        .map((it) => below(dir, join(it.parentPath, it.name)))
        .sort()
    : [];
  return [...lists, 'furlong.json'];
}

function below(dir: DataDir, path: string): string {
  return relative(dir.path, path).split(sep).join('/');
}
