/**
 * Looks at a data directory from outside, and says of each thing that keeps it safe whether it is as it
 * should be, and what to do where it is not. Reads heads and names, not the records: what is in them is
 * `furlong log verify`'s to judge. Changes nothing.
 */
import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readDataDir } from '../runtime/data-dir.ts';
import { holdLock } from '../runtime/log/database.ts';
import { CorruptLogError, LogIoError } from '../runtime/log/log.ts';
import { openSqliteReader } from '../runtime/log/sqlite.ts';
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
  const directory = directoryFinding(dataDir);
  const space = statfsSync(dataDir);
  const findings = [
    directory,
    diskFinding(Number(space.bavail) * Number(space.bsize)),
    fileSystemFinding(Number(space.type)),
    filesFinding(dataDir),
    ownerFinding(dataDir),
  ];
  if (directory.verdict !== 'wrong') findings.push(logsFinding(dataDir));
  return [...findings, backupFinding(dataDir, backups, nowMs)];
}

function directoryFinding(dataDir: string): Finding {
  try {
    const { id, logs } = readDataDir(dataDir);
    return right('directory', `${dataDir} is data directory ${id} with ${logs.length} partitions`);
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    return wrong('directory', problem);
  }
}

function diskFinding(freeBytes: number): Finding {
  const free = `${(freeBytes / 1024 ** 3).toFixed(1)} GiB are free`;
  if (freeBytes < FREE_BYTES_WRONG) {
    return wrong('disk', `${free}: make room now; a write that fails ends the server`);
  }
  return freeBytes < FREE_BYTES_LOOK
    ? look('disk', `${free}: make room before a busy day`)
    : right('disk', free);
}

function fileSystemFinding(type: number): Finding {
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

/** Whoever can write a log can write another one in its place. */
function filesFinding(dataDir: string): Finding {
  const open: string[] = [];
  const closed: string[] = [];
  for (const name of ['.', 'log', 'archive', 'tlog']) {
    const dir = join(dataDir, name);
    if (!existsSync(dir)) continue;
    for (const path of [dir, ...readdirSync(dir).map((it) => join(dir, it))]) {
      if ((statSync(path).mode & 0o002) !== 0) open.push(path);
    }
    if (!isWritable(dir)) closed.push(dir);
  }
  if (open.length > 0) {
    return wrong(
      'files',
      `everybody may write ${open.slice(0, 5).join(', ')}: chmod o-w them, and verify the log`,
    );
  }
  return closed.length > 0
    ? look(
        'files',
        `this user may not write ${closed.join(', ')}: a server must run as one who may`,
      )
    : right('files', 'only their owner and group may write its files');
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
  const release = holdLock(lock);
  release?.();
  return right('owner', release === undefined ? 'a server has it' : 'no server has it now');
}

/** Heads and segments; every cursor within its log. */
function logsFinding(dataDir: string): Finding {
  const { id, logs } = readDataDir(dataDir);
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

function backupFinding(dataDir: string, backups: string | undefined, nowMs: number): Finding {
  if (backups === undefined) return look('backup', 'nobody said where backups are: --backups DIR');
  const id = backupIds(backups).at(-1);
  const todo = `furlong backup --data ${dataDir} --to ${backups}`;
  if (id === undefined) return wrong('backup', `${backups} holds no whole backup: ${todo}`);
  try {
    const manifest = parseManifest(readManifestText(backups, id), join(backups, `${id}.json`));
    return judgeBackup(manifest, { dataDir, backups, nowMs, todo });
  } catch (cause) {
    if (!(cause instanceof CorruptBackupError)) throw cause;
    return wrong('backup', cause.message);
  }
}

function judgeBackup(
  { id, dataId, takenAtMs, files }: Manifest,
  it: {
    readonly dataDir: string;
    readonly backups: string;
    readonly nowMs: number;
    readonly todo: string;
  },
): Finding {
  if (existsSync(join(it.dataDir, 'furlong.json')) && readDataDir(it.dataDir).id !== dataId) {
    return wrong(
      'backup',
      `the last one, ${id}, is of another data directory, ${dataId}: ${it.todo}`,
    );
  }
  const gone = files.filter(({ sha256, sizeBytes }) => {
    const path = storedPath(it.backups, sha256);
    return !existsSync(path) || statSync(path).size !== sizeBytes;
  });
  if (gone.length > 0) {
    return wrong(
      'backup',
      `the last one, ${id}, lacks ${gone[0]?.path ?? ''} or it is cut: ${it.todo}`,
    );
  }
  const hours = Math.floor((it.nowMs - takenAtMs) / 3_600_000);
  const old = `the last one, ${id}, is ${hours} hours old`;
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
