/** Files that are there after a power cut: a name is on disk only when its directory is. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

/** What was written to a file, or the names in a directory. */
export function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes a directory and those above it that are missing, each of them on disk when it returns. */
export function makeDirDurable(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  makeDirDurable(parent);
  try {
    // Not recursive: where nothing can be made, as in /proc, Node would try for ever.
    mkdirSync(path);
  } catch (cause) {
    // Somebody else made it meanwhile; anything but a directory is told by whoever uses it.
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
  }
  syncPath(parent);
}
