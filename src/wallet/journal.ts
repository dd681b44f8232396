/**
 * The reference wallet's file: one line of JSON for each record, appended and synced before anybody
 * hears of it. Whoever waits while one sync runs goes with the next.
 *
 *   FILE        one line each: SHA-256 of the line before and this content, first 16 hex, then JSON
 *   FILE.lock   the process that writes it; FILE.lock.next while one looks whether it may be that one
 *
 * Invariant: what was acknowledged is in the file. A last line without its end was not, and is cut
 * off; anything else that is not what was written is refused.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fdatasync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  write,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { syncPath } from '../runtime/log/files.ts';
import type { WalletRecord } from './accounts.ts';

export interface Journal {
  /** Resolves when they are on disk; rejects, from then on for ever, where that failed. */
  append(records: readonly WalletRecord[]): Promise<void>;
  /** After what was appended is on disk. */
  close(): Promise<void>;
}

const CHECK_LENGTH = 16;
const GENESIS = 'furlong wallet 1';

/**
 * @param onRecord Told what is in the file, in order, before anything is appended.
 * @param sync Resolves when all that was written is on the disk itself.
 * @throws Error where another process has the file, or it is not one of ours.
 */
export function openJournal(
  path: string,
  onRecord: (record: WalletRecord) => void,
  sync: (file: number) => Promise<void> = synced,
): Journal {
  const unlock = lock(`${path}.lock`);
  try {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const { check, sizeBytes } = replay(path, text, onRecord);
    const file = openSync(path, 'a');
    ftruncateSync(file, sizeBytes);
    fsyncSync(file);
    syncPath(dirname(path));
    return journalOver({ file, sync, unlock }, check);
  } catch (cause) {
    unlock();
    throw cause;
  }
}

/** Looks, without holding the file; a writer may be at it. */
export function readJournal(path: string, onRecord: (record: WalletRecord) => void): void {
  replay(path, readFileSync(path, 'utf8'), onRecord);
}

interface JournalFile {
  readonly file: number;
  readonly sync: (file: number) => Promise<void>;
  readonly unlock: () => void;
}

function journalOver({ file, sync, unlock }: JournalFile, last: string): Journal {
  let check = last;
  let gathered: { text: string; waiting: PromiseWithResolvers<void> } | undefined;
  let writing: Promise<void> | undefined;
  let failure: unknown;

  async function writeAll(): Promise<void> {
    for (let batch = gathered; batch !== undefined; batch = gathered) {
      gathered = undefined;
      try {
        if (failure !== undefined) throw failure;
        await appended(file, Buffer.from(batch.text));
        await sync(file);
        batch.waiting.resolve();
      } catch (cause) {
        // What is on disk is unknown now; nothing more is acknowledged.
        failure = cause;
        batch.waiting.reject(cause);
      }
    }
    writing = undefined;
  }

  return {
    append(records) {
      // Not gathered: a `writeAll` that waits for nothing ends before `writing` is assigned.
      if (failure !== undefined) return Promise.reject(failure);
      gathered ??= { text: '', waiting: Promise.withResolvers() };
      for (const record of records) {
        const json = JSON.stringify(record);
        check = checkOf(check, json);
        gathered.text += `${check}${json}\n`;
      }
      const { promise } = gathered.waiting;
      writing ??= writeAll();
      return promise;
    },
    async close() {
      await writing;
      closeSync(file);
      unlock();
    },
  };
}

/** The file is not what was written to it. */
export class CorruptJournalError extends Error {
  override readonly name = 'CorruptJournalError';
}

function replay(path: string, text: string, onRecord: (record: WalletRecord) => void) {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  let check = GENESIS;
  for (const [index, line] of whole.split('\n').slice(0, -1).entries()) {
    const json = line.slice(CHECK_LENGTH);
    check = checkOf(check, json);
    if (line.slice(0, CHECK_LENGTH) !== check) {
      throw new CorruptJournalError(`${path}: line ${index + 1} is not what was written`);
    }
    // Written by `append`, as its check says.
    onRecord(JSON.parse(json) as WalletRecord);
  }
  return { check, sizeBytes: Buffer.byteLength(whole) };
}

function checkOf(before: string, json: string): string {
  return createHash('sha256').update(before).update(json).digest('hex').slice(0, CHECK_LENGTH);
}

async function appended(file: number, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += await new Promise<number>((resolve, reject) => {
      write(file, bytes, at, (error, written) => (error ? reject(error) : resolve(written)));
    });
  }
}

function synced(file: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fdatasync(file, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * One process at a time: the file has its id, and one of a process that is gone is taken over. Only
 * whoever made FILE.lock.next looks and takes, so two that find the same one gone cannot both have it.
 */
function lock(path: string): () => void {
  const next = `${path}.next`;
  makeAlone(next);
  try {
    const owner = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
    if (owner > 0 && owner !== process.pid && isAlive(owner)) {
      throw new Error(`${path} is held by process ${owner}: stop that one, or give another file`);
    }
    writeFileSync(next, String(process.pid));
    renameSync(next, path);
  } catch (cause) {
    rmSync(next, { force: true });
    throw cause;
  }
  return () => rmSync(path, { force: true });
}

/** One that was left by a crash is not taken over: by that, two could take it at once again. */
function makeAlone(path: string): void {
  try {
    closeSync(openSync(path, 'wx'));
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
    throw new Error(`another process is starting on the file: where none is, remove ${path}`, {
      cause,
    });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // Somebody else's process is there all the same.
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
