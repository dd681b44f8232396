/**
 * The files of a tree in memory. A write can be the last one before a crash, and the power can go:
 * then what was not durable is whole, cut short, zeroed or gone, as chance has it.
 */
import type { TreeFiles } from '../../../src/runtime/tlog/files.ts';

export interface MemoryFiles extends TreeFiles {
  /** Path and content, of every file. */
  readonly contents: ReadonlyMap<string, Buffer>;
  /** Writes so far. */
  readonly writes: number;
  /** From now on so many writes succeed, and the next one throws `Crash`. */
  crashAfter(writes: number): void;
  losePower(chance: () => number): void;
}

export class Crash extends Error {
  override readonly name = 'Crash';
}

export function createMemoryFiles(): MemoryFiles {
  let files = new Map<string, Buffer>();
  /** As it is on disk, where that is not as in `files`. */
  const volatile = new Set<string>();
  let writes = 0;
  let left = Number.POSITIVE_INFINITY;

  function write(): void {
    if (left === 0) throw new Crash('the process ended here');
    left--;
    writes++;
  }

  function known(path: string): Buffer {
    const found = files.get(path);
    if (found === undefined) throw new Error(`${path} is not there`);
    return found;
  }

  return {
    get contents() {
      return files;
    },
    get writes() {
      return writes;
    },
    crashAfter(count) {
      left = count;
    },
    losePower(chance) {
      left = Number.POSITIVE_INFINITY;
      const survived = new Map<string, Buffer>();
      for (const [path, bytes] of files) {
        const kept = volatile.has(path) ? afterPowerLoss(bytes, chance) : bytes;
        if (kept !== undefined) survived.set(path, kept);
      }
      files = survived;
      volatile.clear();
    },

    read: (path) => files.get(path),
    readAt: (path, offset, length) => known(path).subarray(offset, offset + length),
    sizeOf: (path) => files.get(path)?.length,
    replace(path, bytes, { durable }) {
      write();
      files.set(path, Buffer.from(bytes));
      if (durable) volatile.delete(path);
      else volatile.add(path);
    },
    append(path, bytes) {
      write();
      files.set(path, Buffer.concat([files.get(path) ?? Buffer.alloc(0), bytes]));
    },
    truncate(path, size) {
      write();
      files.set(path, known(path).subarray(0, size));
    },
    remove(path) {
      write();
      for (const name of [...files.keys()]) {
        if (name === path || name.startsWith(`${path}/`)) files.delete(name);
      }
    },
  };
}

function afterPowerLoss(bytes: Buffer, chance: () => number): Buffer | undefined {
  const dice = chance();
  if (dice < 0.25) return undefined;
  if (dice < 0.5) return Buffer.alloc(0);
  if (dice < 0.6) return bytes.subarray(0, Math.floor(chance() * bytes.length));
  if (dice < 0.7) return Buffer.alloc(bytes.length);
  return bytes;
}
