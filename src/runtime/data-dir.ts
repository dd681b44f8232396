/**
 * A data directory: which partitions it has, where their logs are, and that one process at a time
 * writes them. The number of partitions is fixed when it is made.
 *
 *   DATA/furlong.json        format, number of partitions, and the directory's id
 *   DATA/lock                held by the running process
 *   DATA/log/p-000.sqlite …  one log per partition, each with the id in it: its active segment
 *   DATA/archive/DAY/…       its closed segments, one file for each partition and business day
 *   DATA/snapshots/p-000.sqlite …  what the logs led to; may go at any time
 *
 * Invariant: where furlong.json is, every log was made; so one that is not there was lost.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { holdLock } from './log/database.ts';
import { syncPath } from './log/files.ts';
import type { Segment } from './log/segments.ts';
import { createSqliteLog, openSqliteReader } from './log/sqlite.ts';

const FORMAT = 1;

/** Each is a file with an fsync of its own; beyond this, more shards do not help. */
const PARTITIONS_MAX = 1_024;

export interface DataDir {
  readonly path: string;
  /** Made up with it; each of its logs bears it. */
  readonly id: string;
  /** Path of each partition's log: its active segment. */
  readonly logs: readonly string[];
  /** Where closed segments are; made with the first of them. */
  readonly archive: string;
}

export interface OpenDataDir extends DataDir {
  /** Lets another process have it. */
  release(): void;
}

/**
 * Makes the directory, or opens it as it was made.
 * @param partitions For a new directory; an old one keeps its own number.
 * @throws Error where another process has it open, or it is not one of ours.
 */
export function openDataDir(path: string, partitions: number): OpenDataDir {
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > PARTITIONS_MAX) {
    throw new RangeError(`partitions must be 1 to ${PARTITIONS_MAX}, not ${partitions}`);
  }
  mkdirSync(join(path, 'log'), { recursive: true });
  const release = holdLock(join(path, 'lock'));
  if (release === undefined) {
    throw new Error(
      `${path} is in use by another furlong: stop that one, or give another directory`,
    );
  }
  try {
    if (!existsSync(manifestPath(path))) makeDataDir(path, partitions);
    return { ...readDataDir(path), release };
  } catch (cause) {
    release();
    throw cause;
  }
}

/** The manifest last: a crash before it leaves a directory that is made over the next time. */
function makeDataDir(path: string, partitions: number): void {
  const id = randomUUID();
  for (const [partition, log] of logPaths(path, partitions).entries()) {
    createSqliteLog(log, partition, id);
  }
  syncPath(join(path, 'log'));
  const manifest = manifestPath(path);
  const draft = `${manifest}.new`;
  writeFileSync(draft, `${JSON.stringify({ format: FORMAT, partitions, id })}\n`, { flush: true });
  renameSync(draft, manifest);
  syncPath(path);
}

/** The directory as it was made, without holding it: for looking at a log that may be in use. */
export function readDataDir(path: string): DataDir {
  const manifest = manifestPath(path);
  if (!existsSync(manifest))
    throw new Error(`${path} holds no furlong log: furlong.json is not there`);
  const { format, partitions, id } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<
    string,
    unknown
  >;
  if (format !== FORMAT) {
    throw new Error(`${manifest}: format ${String(format)}, this furlong reads ${FORMAT}`);
  }
  if (typeof partitions !== 'number' || typeof id !== 'string') {
    throw new Error(`${manifest} lacks the number of partitions or the id: restore it from a copy`);
  }
  return { path, id, logs: logPaths(path, partitions), archive: join(path, 'archive') };
}

/**
 * Every closed segment of every partition, by partition and position, as the active files list them.
 * @throws CorruptLogError where a partition's active file cannot be read.
 */
export function segmentsOf({ id, logs }: DataDir): readonly Segment[] {
  return logs.flatMap((path, partition) => {
    const reader = openSqliteReader(path, partition, id);
    try {
      return reader.segments();
    } finally {
      reader.close();
    }
  });
}

function manifestPath(path: string): string {
  return join(path, 'furlong.json');
}

/** Of a partition's snapshots, which may be there or not. */
export function snapshotPath(path: string, partition: number): string {
  return join(path, 'snapshots', `p-${String(partition).padStart(3, '0')}.sqlite`);
}

function logPaths(path: string, partitions: number): string[] {
  return Array.from({ length: partitions }, (_, partition) =>
    join(path, 'log', `p-${String(partition).padStart(3, '0')}.sqlite`),
  );
}
