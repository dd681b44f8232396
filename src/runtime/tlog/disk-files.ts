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
import { syncPath } from '../log/files.ts';
import type { TreeFiles } from './files.ts';

export function openDiskFiles(root: string): TreeFiles {
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
      mkdirSync(dirname(target), { recursive: true });
      const draft = `${target}.new`;
      writeFileSync(draft, bytes, { flush: durable });
      renameSync(draft, target);
      if (durable) syncPath(dirname(target));
    },
    append(path, bytes) {
      const target = join(root, path);
      mkdirSync(dirname(target), { recursive: true });
      const isNew = statSync(target, { throwIfNoEntry: false }) === undefined;
      opened(target, 'a', (file) => {
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
        fdatasyncSync(file);
      });
      if (isNew) syncPath(dirname(target));
    },
    truncate(path, size) {
      opened(join(root, path), 'r+', (file) => {
        ftruncateSync(file, size);
        fsyncSync(file);
      });
    },
    remove: (path) => rmSync(join(root, path), { recursive: true, force: true }),
  };
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
