/**
 * Where the trees of a data directory are, and the keys that sign them.
 *
 *   DATA/tlog/key                     signs all checkpoints from now on
 *   DATA/tlog/retired-keys            public keys that signed before, a line of base 64 each
 *   DATA/tlog/owner, lock             who writes all this: see owner.ts
 *   DATA/tlog/p-000/checkpoint        the last one, as c2sp.org/tlog-tiles has it
 *   DATA/tlog/p-000/checkpoints.ndjson  all of them
 *   DATA/tlog/p-000/tile/…            the tree
 *   DATA/tlog/p-000/index             finds records by their key: see finder.ts
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { holdLock } from '../log/database.ts';
import { base64, bytesFromBase64 } from './base64.ts';
import { originOf, partitionName } from './checkpoint.ts';
import { openDiskFiles } from './disk-files.ts';
import type { TreeFiles } from './files.ts';
import { HISTORY } from './history.ts';
import { makeKey, readKey, type SigningKey } from './key.ts';
import { type VerifierKey, vkeyOf } from './note.ts';
import { CHECKPOINT } from './tree.ts';

export interface TlogKeys {
  readonly current: SigningKey;
  /** Public keys, oldest first. */
  readonly retired: readonly Uint8Array[];
}

export function treeFilesOf(dataDir: string, partition: number): TreeFiles {
  return openDiskFiles(join(dataDir, 'tlog', partitionName(partition)));
}

/** Whether trees were ever begun here: then, a key that is gone was lost. */
export function hasTlog(dataDir: string, partitions: number): boolean {
  return existsSync(keyPath(dataDir)) || wasSigned(dataDir, partitions);
}

function wasSigned(dataDir: string, partitions: number): boolean {
  const trees = Array.from({ length: partitions }, (_, it) => treeFilesOf(dataDir, it));
  return trees.some((files) =>
    [HISTORY, CHECKPOINT].some((path) => files.sizeOf(path) !== undefined),
  );
}

/** Makes the key where nothing was ever signed. @returns Whether this made it. */
export function openKeys(
  dataDir: string,
  partitions: number,
): TlogKeys & { readonly isNew: boolean } {
  const isNew = !hasTlog(dataDir, partitions);
  if (isNew) makeKey(keyPath(dataDir));
  return { ...readKeys(dataDir), isNew };
}

/** @throws Error where the key is not there, or not one. */
export function readKeys(dataDir: string): TlogKeys {
  return { current: readKey(keyPath(dataDir)), retired: retiredKeys(dataDir) };
}

/** What whoever checks this partition's checkpoints must be given: the current key first. */
export function verifierKeysOf(
  { current, retired }: TlogKeys,
  dataId: string,
  partition: number,
): readonly [VerifierKey, ...VerifierKey[]] {
  const name = originOf(dataId, partition);
  return [
    { name, publicKey: current.publicKey },
    ...retired.map((publicKey) => ({ name, publicKey })),
  ];
}

export function vkeysOf(keys: TlogKeys, dataId: string, partition: number): string[] {
  return verifierKeysOf(keys, dataId, partition).map(vkeyOf);
}

/**
 * Retires the key that signs and makes another. A crash in between leaves the old one, retired and in
 * use, which is no harm: do it again.
 * @throws Error where a server has the directory open, or there is no key to retire.
 */
export function rotateKey(dataDir: string): void {
  const release = holdLock(join(dataDir, 'lock'));
  if (release === undefined) throw new Error(`${dataDir} is in use: stop its server first`);
  try {
    const { current, retired } = readKeys(dataDir);
    const files = openDiskFiles(join(dataDir, 'tlog'));
    const lines = [...retired, current.publicKey].map((it) => `${base64(it)}\n`);
    files.replace('retired-keys', Buffer.from(lines.join('')), { durable: true });
    makeKey(keyPath(dataDir), { instead: true });
  } finally {
    release();
  }
}

function retiredKeys(dataDir: string): Uint8Array[] {
  const path = join(dataDir, 'tlog', 'retired-keys');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8').split('\n').filter(Boolean).map(bytesFromBase64);
}

function keyPath(dataDir: string): string {
  return join(dataDir, 'tlog', 'key');
}
