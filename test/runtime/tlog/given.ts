/** A log in memory, keys, and a tree over them. */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { EntryRecord } from '../../../src/runtime/tlog/entry.ts';
import type { Signer } from '../../../src/runtime/tlog/note.ts';
import type { TreeSource } from '../../../src/runtime/tlog/source.ts';
import type { TreeOptions } from '../../../src/runtime/tlog/tree.ts';
import type { MemoryFiles } from './memory-files.ts';

export const ORIGIN = 'furlong/00000000-0000-4000-8000-000000000000/p-000';

/** Ed25519 with a seed of one byte repeated. */
export function signerOf(seed: number, name = ORIGIN): Signer {
  const pkcs8 = Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    Buffer.alloc(32, seed),
  ]);
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return {
    name,
    publicKey: Buffer.from(x, 'base64url'),
    sign: (text) => sign(null, text, key),
  };
}

export function recordAt(position: number): EntryRecord {
  return {
    position,
    stream: `race/r${position % 7}`,
    version: Math.ceil(position / 7),
    cause: `0-${position}-0`,
    atMs: 1_763_740_800_000 + position,
    bytes: Buffer.from(`what happened at ${position}`),
  };
}

export interface FakeLog extends TreeSource {
  records: EntryRecord[];
}

export function createFakeLog(length: number): FakeLog {
  return {
    records: Array.from({ length }, (_, index) => recordAt(index + 1)),
    end() {
      return this.records.at(-1)?.position ?? 0;
    },
    *read(position) {
      // Not by index: a log that somebody shortened in the middle keeps its positions.
      for (const it of this.records) if (it.position > position) yield it;
    },
  };
}

/** Every third record has a key. */
export function keyOf({ position }: EntryRecord): string | undefined {
  return position % 3 === 0 ? `bet ${position}` : undefined;
}

export function treeOptions(files: MemoryFiles, signer = signerOf(1)): TreeOptions {
  return { files, signer, retired: [], keyOf };
}
