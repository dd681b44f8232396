/**
 * A file system of our own in a file, mounted over a loop device: one whose power can be cut, and
 * one that is soon full.
 *
 * A cut is the file system's own shutdown without flushing its journal, as xfstests do it: what was
 * not synced is gone, what was is there. It reorders nothing inside a drive's cache and tears no sector.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { mustBeAbleToMount, mustKnowFileSystem, tool } from './tools.ts';

export type FileSystem = 'ext4' | 'xfs';

export interface Image {
  /** Where it is mounted. */
  readonly path: string;
  mount(): void;
  unmount(): void;
  /** From here on nothing reaches the image, and reads fail; until it is mounted again. */
  cut(): void;
}

const mounted = new Set<string>();
process.on('exit', () => {
  for (const path of mounted) execFileSync('umount', ['--lazy', path], { stdio: 'ignore' });
});

/** A process that was just ended lets go of its files a moment later. */
const UNMOUNT_TRIES_MAX = 50;

/** @throws NotRun where this machine has no loop mounts, or no tools for this file system. */
export function makeImage(dir: string, kind: FileSystem, sizeBytes: number): Image {
  mustBeAbleToMount();
  mustKnowFileSystem(kind);
  const make = kind === 'xfs' ? tool('mkfs.xfs') : tool('mkfs.ext4');
  const file = join(dir, `${kind}.image`);
  const path = join(dir, `${kind}-mounted`);
  const handle = openSync(file, 'wx');
  ftruncateSync(handle, sizeBytes);
  closeSync(handle);
  execFileSync(make, [kind === 'xfs' ? '-q' : '-qF', file], { stdio: 'pipe' });
  mkdirSync(path);

  function unmount(): void {
    for (let left = UNMOUNT_TRIES_MAX; ; left--) {
      try {
        execFileSync('umount', [path], { stdio: 'pipe' });
        mounted.delete(path);
        return;
      } catch (cause) {
        if (left === 0) throw cause;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      }
    }
  }
  return {
    path,
    mount() {
      execFileSync('mount', ['-o', 'loop', '-t', kind, file, path], { stdio: 'pipe' });
      mounted.add(path);
    },
    unmount,
    cut: () => void execFileSync(tool('xfs_io'), ['-x', '-c', 'shutdown', path], { stdio: 'pipe' }),
  };
}
