/** The files of a tree on disk, under one directory. */
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { TreeFiles } from './files.ts';

export function openDiskFiles(root: string): TreeFiles {
  /** Folders known to be there. */
  const made = new Set<string>();

  function makeDir(path: string): void {
    const dir = dirname(path);
    if (made.has(dir)) return;
    mkdirSync(dir, { recursive: true });
    made.add(dir);
  }

  return {
    read: (path) => unlessMissing(() => readFileSync(join(root, path))),
    readAt: (path, offset, length) =>
      opened(join(root, path), 'r', (file) => {
        const bytes = Buffer.alloc(length);
        return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
      }),
    sizeOf: (path) => statSync(join(root, path), { throwIfNoEntry: false })?.size,
    replace(path, bytes, { durable }) {
      const target = join(root, path);
      makeDir(target);
      const draft = `${target}.new`;
      writeFileSync(draft, bytes, { flush: durable });
      renameSync(draft, target);
      if (durable) syncDir(dirname(target));
    },
    append(path, bytes) {
      const target = join(root, path);
      makeDir(target);
      const isNew = statSync(target, { throwIfNoEntry: false }) === undefined;
      opened(target, 'a', (file) => {
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
        fdatasyncSync(file);
      });
      if (isNew) syncDir(dirname(target));
    },
    truncate(path, size) {
      opened(join(root, path), 'r+', (file) => {
        ftruncateSync(file, size);
        fsyncSync(file);
      });
    },
    remove(path) {
      made.delete(join(root, path));
      rmSync(join(root, path), { recursive: true, force: true });
    },
  };
}

/** A new name is on disk only when its directory is. */
export function syncDir(path: string): void {
  opened(path, 'r', fsyncSync);
}

function opened<Result>(path: string, flags: string, work: (file: number) => Result): Result {
  const file = openSync(path, flags);
  try {
    return work(file);
  } finally {
    closeSync(file);
  }
}

function unlessMissing<Read>(read: () => Read): Read | undefined {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw cause;
  }
}
