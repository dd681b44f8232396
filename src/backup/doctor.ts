/**
 * Looks at a data directory from outside, and says of each thing that keeps it safe whether it is as it
 * should be, and what to do where it is not. Reads heads and names, not the records: what is in them is
 * `furlong log verify`'s to judge. Changes nothing.
 *
 * Invariant: what cannot be looked at is a finding, and costs none of the others.
 */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type DataDir, readDataDir } from '../runtime/data-dir.ts';
import { holdLock, reading } from '../runtime/log/database.ts';
import { CorruptLogError, LogIoError } from '../runtime/log/log.ts';
import { openSqliteReader } from '../runtime/log/sqlite.ts';
import { messageOf } from '../runtime/thrown.ts';
import { fileModes } from './file-modes.ts';
import { CorruptBackupError, type Manifest, parseManifest } from './manifest.ts';
import { backupIds, readManifestText, storedPath } from './store.ts';

export interface Finding {
  readonly what: 'directory' | 'disk' | 'file system' | 'files' | 'owner' | 'logs' | 'backup';
  /** `look`: nothing is wrong yet, or nobody can tell. */
  readonly verdict: 'right' | 'look' | 'wrong';
  /** A sentence; where it is not right, one with what to do. */
  readonly says: string;
}

export interface DoctorOptions {
  /** Where `furlong backup` writes to; undefined where nobody said. */
  readonly backups?: string | undefined;
  /** Epoch milliseconds. */
  readonly nowMs: number;
}

/** Below it, days may not fit: a million bets are some 270 MB before they are settled, 90 bytes a record. */
const FREE_BYTES_LOOK = 10 * 1024 ** 3;
/** Below it, an append may fail at any time, and the server ends. */
const FREE_BYTES_WRONG = 1024 ** 3;
const BACKUP_AGE_LOOK_MS = 24 * 3_600_000;
/** In one sentence: who mends one sees the others then. */
const PATHS_NAMED = 5;

/** By `f_type` of statfs(2). */
const NOT_DURABLE: ReadonlyMap<number, string> = new Map([
  [0x01021994, 'tmpfs, which is memory: everything is gone with the machine'],
  [0x858458f6, 'ramfs, which is memory: everything is gone with the machine'],
  [0x794c7630, 'overlayfs, as in a container: mount a volume, or it is gone with the container'],
]);
const FAR_AWAY: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
]);

/** In the order in which a cause comes before what follows from it. */
export function examine(dataDir: string, { backups, nowMs }: DoctorOptions): Finding[] {
  const { directory, dir } = lookAtDirectory(dataDir);
  return [
    directory,
    told('disk', () => diskFinding(dataDir)),
    told('file system', () => fileSystemFinding(dataDir)),
    told('files', () => filesFinding(dataDir)),
    told('owner', () => ownerFinding(dataDir)),
    ...(dir === undefined ? [] : [told('logs', () => logsFinding(dir))]),
    told('backup', () => backupFinding({ dataDir, dataId: dir?.id, backups, nowMs })),
  ];
}

/** What the system or SQLite refuses is a finding; everything else that is thrown is a defect. */
function told(what: Finding['what'], find: () => Finding): Finding {
  try {
    return find();
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const isRefusal =
      'syscall' in cause || cause instanceof CorruptLogError || cause instanceof LogIoError;
    if (!isRefusal) throw cause;
    return wrong(what, `it cannot be looked at: ${cause.message}: mend that, and ask again`);
  }
}

/** Read once: what it is must not change between one finding and the next. */
function lookAtDirectory(dataDir: string): { directory: Finding; dir?: DataDir } {
  try {
    const dir = readDataDir(dataDir);
    const says = `${dataDir} is data directory ${dir.id} with ${dir.logs.length} partitions`;
    return { directory: right('directory', says), dir };
  } catch (cause) {
    const problem = messageOf(cause);
    return { directory: wrong('directory', problem) };
  }
}

function diskFinding(dataDir: string): Finding {
  const { bavail, bsize } = statfsSync(dataDir);
  const freeBytes = bavail * bsize;
  const free = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB are free`;
  if (freeBytes < FREE_BYTES_WRONG) {
    return wrong('disk', `${free}: make room now; a write that fails ends the server`);
  }
  return freeBytes < FREE_BYTES_LOOK
    ? look('disk', `${free}: make room before a busy day`)
    : right('disk', free);
}

function fileSystemFinding(dataDir: string): Finding {
  const { type } = statfsSync(dataDir);
  const [volatile, far] = [NOT_DURABLE.get(type), FAR_AWAY.get(type)];
  if (volatile !== undefined) return wrong('file system', `it is on ${volatile}`);
  if (far !== undefined) {
    return wrong(
      'file system',
      `it is on ${far}: SQLite's locks and syncs cannot be relied on; use a local disk`,
    );
  }
  return right(
    'file system',
    `nothing is known against its file system (type 0x${type.toString(16)})`,
  );
}

function filesFinding(dataDir: string): Finding {
  const { open, lent, unseen } = fileModes(dataDir);
  const problems: string[] = [];
  if (open.length > 0) {
    problems.push(`everybody may write ${someOf(open)}: chmod o-w them, and verify the log`);
  }
  if (lent.length > 0) {
    problems.push(
      `others than its owner may use ${someOf(lent)}: chmod 600, and rotate the key if others were there`,
    );
  }
  if (problems.length > 0) return wrong('files', problems.join('; '));
  if (unseen.length > 0) {
    return look('files', `not all can be looked at, ${someOf(unseen)}: ask as the server’s user`);
  }
  const dirs = ['.', 'log', 'archive', 'tlog'].map((name) => join(dataDir, name));
  const closed = dirs.filter((dir) => existsSync(dir) && !isWritable(dir));
  return closed.length > 0
    ? look(
        'files',
        `this user may not write ${closed.join(', ')}: a server must run as one who may`,
      )
    : right('files', 'only their owner and group may write its files');
}

function someOf(paths: readonly string[]): string {
  return paths.slice(0, PATHS_NAMED).join(', ');
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function ownerFinding(dataDir: string): Finding {
  const lock = join(dataDir, 'lock');
  if (!existsSync(lock)) return right('owner', 'no server ever had it');
  if (!isWritable(lock))
    return look('owner', 'this user may not ask for its lock: ask as the server’s user');
  const release = reading(lock, () => holdLock(lock, 0));
  release?.();
  return right('owner', release === undefined ? 'a server has it' : 'no server has it now');
}

/** Heads and segments; every cursor within its log. */
function logsFinding({ id, logs }: DataDir): Finding {
  const problems: string[] = [];
  let records = 0;
  let waiting = 0;
  for (const [partition, path] of logs.entries()) {
    try {
      const reader = openSqliteReader(path, partition, id);
      try {
        const { outgoing, bus } = reader.cursors();
        const { position } = reader.head();
        records += position;
        waiting += position - outgoing;
        if (outgoing > position || bus > position) {
          problems.push(
            `partition ${partition} ends at ${position}, its cursors at ${outgoing} and ${bus}`,
          );
        }
        for (const segment of reader.segments()) {
          if (!existsSync(segment.path))
            problems.push(`${segment.path} is gone: restore it from a backup`);
        }
      } finally {
        reader.close();
      }
    } catch (cause) {
      if (!(cause instanceof CorruptLogError || cause instanceof LogIoError)) throw cause;
      problems.push(cause.message);
    }
  }
  if (problems.length > 0)
    return wrong('logs', `${problems.join('; ')}: furlong log verify says what else`);
  const behind =
    waiting === 0 ? 'all delivered' : `${waiting} records not known to be delivered yet`;
  return right('logs', `${logs.length} logs with ${records} records, ${behind}`);
}

interface BackupQuestion {
  readonly dataDir: string;
  /** Undefined where the directory does not say. */
  readonly dataId: string | undefined;
  readonly backups: string | undefined;
  readonly nowMs: number;
}

function backupFinding({ dataDir, dataId, backups, nowMs }: BackupQuestion): Finding {
  if (backups === undefined) return look('backup', 'nobody said where backups are: --backups DIR');
  const id = backupIds(backups).at(-1);
  const todo = `furlong backup --data ${dataDir} --to ${backups}`;
  if (id === undefined) return wrong('backup', `${backups} holds no whole backup: ${todo}`);
  try {
    const manifest = parseManifest(readManifestText(backups, id), join(backups, `${id}.json`));
    return judgeBackup(manifest, { expectedId: dataId, backups, nowMs, todo });
  } catch (cause) {
    if (!(cause instanceof CorruptBackupError)) throw cause;
    return wrong('backup', cause.message);
  }
}

function judgeBackup(
  { id, dataId, takenAtMs, files }: Manifest,
  it: {
    readonly expectedId: string | undefined;
    readonly backups: string;
    readonly nowMs: number;
    readonly todo: string;
  },
): Finding {
  if (it.expectedId !== undefined && it.expectedId !== dataId) {
    return wrong(
      'backup',
      `the last one, ${id}, is of another data directory, ${dataId}: ${it.todo}`,
    );
  }
  const gone = files.filter(({ sha256, sizeBytes }) => {
    const path = storedPath(it.backups, sha256);
    return statSync(path, { throwIfNoEntry: false })?.size !== sizeBytes;
  });
  if (gone.length > 0) {
    return wrong(
      'backup',
      `the last one, ${id}, lacks ${gone[0]?.path ?? ''} or it is cut: ${it.todo}`,
    );
  }
  const hours = Math.floor((it.nowMs - takenAtMs) / 3_600_000);
  const old = `the last one, ${id}, is ${hours} hours old`;
  if (it.expectedId === undefined) {
    return look('backup', `${old} and of directory ${dataId}: see that it is this one`);
  }
  return it.nowMs - takenAtMs > BACKUP_AGE_LOOK_MS
    ? look('backup', `${old}: bets since then are on this disk alone; ${it.todo}`)
    : right('backup', `${old} and whole by name and size; furlong restore proves it`);
}

function right(what: Finding['what'], says: string): Finding {
  return { what, verdict: 'right', says };
}

function look(what: Finding['what'], says: string): Finding {
  return { what, verdict: 'look', says };
}

function wrong(what: Finding['what'], says: string): Finding {
  return { what, verdict: 'wrong', says };
}
