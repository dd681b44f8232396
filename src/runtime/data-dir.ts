/**
 * A data directory: which partitions it has, where their logs are, and that one process at a time
 * writes them. The number of partitions is fixed when it is made.
 *
 *   DATA/furlong.json        format, number of partitions, and the directory's id
 *   DATA/lock                held by the running process, whose id is in DATA/owner
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

/** Whoever still holds a log's write lock after so long does not go on by himself. */
const COMMIT_MAX_MS = 5_000;

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

export interface OpenOptions {
  /**
   * Past another process that has it open and no longer responds. That one is fenced by the log: its
   * next append fails. It is not ended, since that takes somebody who knows that it is the right one.
   */
  readonly takeOver?: boolean;
}

/**
 * Makes the directory, or opens it as it was made. Waits a second for its lock.
 * @param partitions For a new directory; an old one keeps its own number.
 * @throws Error where another process has it open, or it is not one of ours.
 */
export function openDataDir(
  path: string,
  partitions: number,
  { takeOver = false }: OpenOptions = {},
): OpenDataDir {
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > PARTITIONS_MAX) {
    throw new RangeError(`partitions must be 1 to ${PARTITIONS_MAX}, not ${partitions}`);
  }
  mkdirSync(join(path, 'log'), { recursive: true });
  const release = holdLock(join(path, 'lock')) ?? (takeOver ? goPast(path) : undefined);
  if (release === undefined) {
    throw new Error(
      `${path} is in use by another furlong, ${ownerOf(path)}: stop that one, or give another directory; where it no longer responds, start with --take-over`,
    );
  }
  try {
    if (!existsSync(manifestPath(path))) makeDataDir(path, partitions);
    writeFileSync(ownerPath(path), `${process.pid}\n`);
    return { ...readDataDir(path), release };
  } catch (cause) {
    release();
    throw cause;
  }
}

/**
 * The lock of a directory whose holder lives and does not respond. His lock stays with the file that
 * he has open; ours is on a new one in its place, so that a third process is kept off.
 * @throws Error where he stands in the middle of a commit: only his end lets others write.
 */
function goPast(path: string): (() => void) | undefined {
  for (const [partition, log] of readDataDir(path).logs.entries()) {
    const letGo = holdLock(log, COMMIT_MAX_MS);
    if (letGo === undefined) {
      throw new Error(
        `${path}: ${ownerOf(path)} stands in the middle of a commit to partition ${partition}, and nobody else can write: end it (kill -9), then start again`,
      );
    }
    letGo();
  }
  const lock = join(path, 'lock');
  renameSync(lock, `${lock}.past`);
  return holdLock(lock);
}

/** For whoever reads a message; the lock alone decides. */
function ownerOf(path: string): string {
  const owner = ownerPath(path);
  return existsSync(owner)
    ? `process ${readFileSync(owner, 'utf8').trim()}`
    : 'a process that did not say which';
}

function ownerPath(path: string): string {
  return join(path, 'owner');
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
  const { format, partitions, id } = fieldsIn(manifest);
  if (format !== FORMAT) {
    throw new Error(`${manifest}: format ${String(format)}, this furlong reads ${FORMAT}`);
  }
  if (typeof partitions !== 'number' || typeof id !== 'string') {
    throw new Error(`${manifest} lacks the number of partitions or the id: restore it from a copy`);
  }
  return { path, id, logs: logPaths(path, partitions), archive: join(path, 'archive') };
}

function fieldsIn(manifest: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new Error(`${manifest} holds no JSON object: restore it from a copy`);
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
