/**
 * A data directory: which partitions it has, where their logs are, and that one process at a time
 * writes them. The number of partitions is fixed when it is made.
 *
 *   DATA/furlong.json        format and number of partitions
 *   DATA/lock                held by the running process
 *   DATA/log/p-000.sqlite …  one log per partition
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { holdLock } from './log/sqlite.ts';

const FORMAT = 1;

/** Each is a file with an fsync of its own; beyond this, more shards do not help. */
const PARTITIONS_MAX = 1_024;

export interface DataDir {
  readonly path: string;
  /** Path of each partition's log. */
  readonly logs: readonly string[];
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
  const manifest = join(path, 'furlong.json');
  if (!existsSync(manifest)) {
    const draft = `${manifest}.new`;
    writeFileSync(draft, `${JSON.stringify({ format: FORMAT, partitions })}\n`, { flush: true });
    renameSync(draft, manifest);
    syncDir(path);
  }
  try {
    return { ...readDataDir(path), release };
  } catch (cause) {
    release();
    throw cause;
  }
}

/** The directory as it was made, without holding it: for looking at a log that may be in use. */
export function readDataDir(path: string): DataDir {
  const manifest = join(path, 'furlong.json');
  if (!existsSync(manifest))
    throw new Error(`${path} holds no furlong log: furlong.json is not there`);
  const { format, partitions } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<
    string,
    unknown
  >;
  if (format !== FORMAT || typeof partitions !== 'number') {
    throw new Error(`${manifest}: format ${String(format)}, this furlong reads ${FORMAT}`);
  }
  return { path, logs: Array.from({ length: partitions }, (_, index) => logPath(path, index)) };
}

/** A new name is on disk only when its directory is. */
function syncDir(path: string): void {
  const dir = openSync(path, 'r');
  try {
    fsyncSync(dir);
  } finally {
    closeSync(dir);
  }
}

function logPath(path: string, partition: number): string {
  return join(path, 'log', `p-${String(partition).padStart(3, '0')}.sqlite`);
}
