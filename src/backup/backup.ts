/**
 * A backup of a data directory, while a server writes it or not: chooses up to where (cut.ts), copies,
 * reads every copy back, and names them all in a manifest, last.
 *
 * Invariant: where there is a manifest, every file of it was whole, read back and on disk before; and
 * all that was on disk in the data directory when the backup began is in it.
 */
import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { SOFTWARE } from '../actors/software.ts';
import type { DataDir } from '../runtime/data-dir.ts';
import { openSqliteReader } from '../runtime/log/sqlite.ts';
import { consistentCut, type PartitionCut } from './cut.ts';
import { below, fixedFiles, type LiveLog, openLiveLogs } from './data-files.ts';
import {
  type Manifest,
  type ManifestFile,
  type ManifestPartition,
  manifestText,
} from './manifest.ts';
import { openStore, type Store, type Stored } from './store.ts';

export interface BackupOptions {
  readonly to: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** What is being done, in words; some of them a second. */
  readonly onProgress?: (what: string) => void;
}

export interface BackupResult {
  readonly manifest: Manifest;
  readonly records: number;
  /** Of all files of the backup, and of those that were not there before. */
  readonly sizeBytes: number;
  readonly addedBytes: number;
}

/** Records between two words of progress. */
const PROGRESS_EVERY = 100_000;

/**
 * @throws CorruptLogError where a log is not what was written: then there is no backup.
 * @throws Error where there is no log at `dataDir`, `to` is inside it, or somebody else writes a backup
 *   at `to`.
 */
export function backUp(
  dataDir: string,
  { to, now, onProgress = () => {} }: BackupOptions,
): BackupResult {
  // It would be lost with what it is of, and a store clears away what it does not know.
  const inside = relative(realPathOf(dataDir), realPathOf(to));
  if (inside.split(sep)[0] !== '..' && !isAbsolute(inside)) {
    throw new Error(`${to} is in the data directory: give one elsewhere, best on another disk`);
  }
  const { dir, logs } = openLiveLogs(dataDir);
  try {
    const store = openStore(to);
    try {
      const takenAtMs = now();
      const cut = consistentCut(logs);
      const kept = createKept(store, onProgress);
      const partitions = logs.map((log) => {
        const own = cut[log.partition];
        if (own === undefined) throw new Error(`partition ${log.partition} has no cut`);
        return copyPartition({ dir, log, cut: own, store, kept });
      });
      for (const path of fixedFiles(dir)) kept.add(path, store.add(join(dir.path, path)));
      const id = idOf(takenAtMs);
      const { files } = kept;
      const manifest = { id, software: SOFTWARE, dataId: dir.id, takenAtMs, partitions, files };
      store.writeManifest(id, manifestText(manifest));
      return {
        manifest,
        records: partitions.reduce((all, { position }) => all + position, 0),
        ...kept.sizes(),
      };
    } finally {
      store.release();
    }
  } finally {
    for (const log of logs) log.close();
  }
}

/** Also of a path that is not there yet: links in what is there are followed. */
function realPathOf(path: string): string {
  const whole = resolve(path);
  if (existsSync(whole) || dirname(whole) === whole) return realpathSync(whole);
  return join(realPathOf(dirname(whole)), basename(whole));
}

type Kept = ReturnType<typeof createKept>;

function createKept(store: Store, onProgress: (what: string) => void) {
  const files: ManifestFile[] = [];
  let records = 0;
  let sizeBytes = 0;
  let addedBytes = 0;
  return {
    files,
    onProgress,
    copied(count: number): void {
      const before = Math.floor(records / PROGRESS_EVERY);
      records += count;
      if (Math.floor(records / PROGRESS_EVERY) > before) onProgress(`${records} records copied`);
    },
    add(path: string, stored: Stored): void {
      files.push({ path, sizeBytes: stored.sizeBytes, sha256: stored.sha256 });
      sizeBytes += stored.sizeBytes;
      if (!stored.known) addedBytes += stored.sizeBytes;
      onProgress(`${path}: ${stored.known ? 'there already' : 'copied'} (${store.path})`);
    },
    sizes: () => ({ sizeBytes, addedBytes }),
  };
}

interface Copying {
  readonly dir: DataDir;
  readonly log: LiveLog;
  readonly cut: PartitionCut;
  readonly store: Store;
  readonly kept: Kept;
}

function copyPartition({ dir, log, cut, store, kept }: Copying): ManifestPartition {
  const { partition } = log;
  const draft = store.draftPath(`partition-${partition}`);
  const closed = log.copy(draft, cut, kept.copied);
  for (const segment of closed) {
    // Read before it is kept: a damaged one in the store would be taken for one that was read.
    const stored = store.add(segment.path, () => log.verify(segment));
    kept.add(below(dir, segment.path), stored);
  }
  const after = closed.at(-1)?.last ?? 0;
  const headHash = readBack(draft, { partition, dataId: dir.id, after, through: cut.position });
  kept.add(log.path, store.take(draft));
  return { position: cut.position, headHash, ...cut.cursors };
}

/**
 * Every record of a copied active segment, each checked against the chain.
 * @returns Hex of the chain's head.
 */
function readBack(
  path: string,
  it: {
    readonly partition: number;
    readonly dataId: string;
    /** Where the closed segments end, which lie elsewhere. */
    readonly after: number;
    readonly through: number;
  },
): string {
  const reader = openSqliteReader(path, it.partition, it.dataId);
  try {
    let read = it.after;
    for (const { position } of reader.read(it.after)) read = position;
    const head = reader.head();
    if (read !== it.through || head.position !== it.through) {
      throw new Error(`${path} was copied up to ${it.through}, and reads up to ${read}`);
    }
    return Buffer.from(head.hash).toString('hex');
  } finally {
    reader.close();
  }
}

/** `2026-11-21T17:45:30.123Z` → `20261121T174530123Z`: sorts as time, and is a file's name anywhere. */
function idOf(atMs: number): string {
  return new Date(atMs).toISOString().replaceAll(/[-:.]/g, '');
}
