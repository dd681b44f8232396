/**
 * Who writes the trees of a data directory: the process that took them last.
 *
 *   DATA/tlog/owner   a name that each process makes up for itself when it takes them
 *   DATA/tlog/lock    held for one piece of writing at a time; the lock is the operating system's
 *
 *   write: lock ─> is the owner still who I am? ─> work ─> unlock
 *
 * Invariant: of a process that was passed, at most what it stood in the middle of is still written,
 * before anybody else writes; then nothing.
 */
import { join } from 'node:path';
import { holdLock } from '../log/database.ts';
import { FencedError } from '../log/log.ts';
import { openDiskFiles } from './disk-files.ts';

/** Longer than a piece of writing takes that goes on. */
const WRITES_MAX_MS = 1_000;

const OWNER = 'owner';

/**
 * Runs what writes trees, as the only one that does.
 * @throws FencedError where somebody else has taken them since.
 */
export type Owned = <Result>(work: () => Result) => Result;

/**
 * For whoever holds the data directory.
 * @param owner A name that no process had before: that of all notaries of this one.
 */
export function takeTlog(dataDir: string, owner: string): void {
  filesOf(dataDir).replace(OWNER, Buffer.from(owner), { durable: false });
}

/** @param owner As `takeTlog` was told. */
export function createOwned(dataDir: string, owner: string): Owned {
  const files = filesOf(dataDir);
  const dir = join(dataDir, 'tlog');
  return (work) => {
    const unlock = holdLock(join(dir, 'lock'), WRITES_MAX_MS);
    if (unlock === undefined) {
      throw new Error(
        `${dir}: a process that was passed stands in the middle of signing: end it (kill -9), and this one signs`,
      );
    }
    try {
      const now = files.read(OWNER)?.toString();
      if (now === undefined) throw new Error(`${join(dir, OWNER)} is gone: start the server again`);
      if (now !== owner) {
        throw new FencedError(`${dir} was taken by another process since: this one signs no more`);
      }
      return work();
    } finally {
      unlock();
    }
  };
}

function filesOf(dataDir: string) {
  return openDiskFiles(join(dataDir, 'tlog'));
}
