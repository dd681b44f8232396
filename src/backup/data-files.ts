/**
 * Which files of a data directory a backup has, and how each is copied. The one place that knows their
 * names.
 *
 *   archive/<day>/p-000-….sqlite   closed segments, as they are: nobody changes them
 *   archive/<day>/bets.ndjson.gz   lists of accepted bets, as they are
 *   log/p-000.sqlite …             active segments, up to the cut
 *   furlong.json                   as it is: it never changes
 *
 * Not the lock, nor anything that is made anew from the logs.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { type DataDir, readDataDir } from '../runtime/data-dir.ts';
import { copyLog } from '../runtime/log/copy.ts';
import type { LogRecord } from '../runtime/log/log.ts';
import type { Segment } from '../runtime/log/segments.ts';
import { type LogReader, openSqliteReader } from '../runtime/log/sqlite.ts';
import type { CutReader, PartitionCut } from './cut.ts';

const LOG = /^log\/p-\d{3,4}\.sqlite$/;
const SEGMENT = /^archive\/(\d{4}|[+-]\d{6})-\d\d-\d\d\/p-\d{3,4}-\d{16}\.sqlite$/;
/** In whatever folders the archive has, and never above it. */
const LIST = /^archive\/((?!\.{1,2}\/)[^/\\\p{Cc}]+\/)*bets\.ndjson\.gz$/u;
const DATA_DIR = 'furlong.json';

export interface LiveLog extends CutReader {
  readonly partition: number;
  /** Below the data directory. */
  readonly path: string;
  /**
   * Makes a file of what its active segment holds up to the cut.
   * @returns The closed segments that belong to it.
   */
  copy(to: string, cut: PartitionCut, onProgress: (records: number) => void): readonly Segment[];
  /** Reads a closed segment, each record checked against the chain. @throws CorruptLogError */
  verify(segment: Segment): void;
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
  const path = dir.logs[partition] ?? '';
  const file = { path, partition, dataId: dir.id };
  return {
    partition,
    path: below(dir, path),
    head: () => reader.head(),
    cursors: () => reader.cursors(),
    read: (position) => reader.read(position),
    endOfCommit: (position) => endOfCommit(reader, position),
    copy: (to, { position: through, cursors }, onProgress) =>
      copyLog(file, { to, through, cursors, onProgress }),
    verify({ first, last }) {
      for (const { position } of reader.read(first - 1)) if (position >= last) return;
    },
    close: () => reader.close(),
  };
}

/** What is copied as it is: furlong.json last, as when it was made. */
export function fixedFiles(dir: DataDir): string[] {
  const lists = existsSync(dir.archive)
    ? readdirSync(dir.archive, { recursive: true, withFileTypes: true })
        .filter((it) => it.isFile())
        .map((it) => below(dir, join(it.parentPath, it.name)))
        .filter((path) => LIST.test(path))
        .sort()
    : [];
  return [...lists, DATA_DIR];
}

/** Whether a backup has files at this path below the data directory. */
export function isBackedUp(path: string): boolean {
  return path === DATA_DIR || [LOG, SEGMENT, LIST].some((it) => it.test(path));
}

/** `archive/2026-11-20/p-000-….sqlite`: below the data directory, with `/`. */
export function below(dir: DataDir, path: string): string {
  return relative(dir.path, path).split(sep).join('/');
}

/**
 * A large commit is several frames in one transaction, each with a hash; what one command led to may
 * lie in two of them, and belongs together.
 */
function endOfCommit(reader: LogReader, position: number): number {
  let end: Pick<LogRecord, 'position' | 'stream' | 'cause'> | undefined;
  for (const record of reader.read(position - 1)) {
    const goesOn = record.cause === end?.cause && record.stream === end.stream;
    if (end !== undefined && !goesOn) break;
    end = reader.hashAt(record.position) === undefined ? undefined : record;
  }
  return end?.position ?? position;
}
