/**
 * What a backup is: which files, and what the logs in them hold. It says by a hash over itself that it
 * is whole, and by a hash of each file that they are.
 *
 * The hash over itself finds damage, and nobody's intent: whoever can write a manifest can seal it.
 * Invariant: what is parsed names files that a backup writes, each once, and none elsewhere.
 */
import { createHash } from 'node:crypto';
import { isBackedUp } from './data-files.ts';

const FORMAT = 1;
const SHA256 = /^[0-9a-f]{64}$/;

export interface Manifest {
  /** Its time, to the millisecond: `20261121T174530123Z`. */
  readonly id: string;
  /** Name and version of the program that made it. */
  readonly software: string;
  /** Of the data directory. */
  readonly dataId: string;
  /** When the positions were chosen: what was on disk before is in it. Epoch milliseconds. */
  readonly takenAtMs: number;
  /** By partition. */
  readonly partitions: readonly ManifestPartition[];
  /** Of the data directory, in the order in which they are restored. */
  readonly files: readonly ManifestFile[];
}

export interface ManifestPartition {
  /** Of the last record in the copy, and the head of its chain in hex. */
  readonly position: number;
  readonly headHash: string;
  /** Its readers', as they are in the copy. */
  readonly outgoing: number;
  readonly bus: number;
}

export interface ManifestFile {
  /** Below the data directory, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** A backup that is not what was written. */
export class CorruptBackupError extends Error {
  override readonly name = 'CorruptBackupError';
}

export function manifestText(manifest: Manifest): string {
  const body = { format: FORMAT, ...manifest };
  return `${JSON.stringify({ ...body, seal: sealOf(body) }, undefined, 2)}\n`;
}

/** @throws CorruptBackupError where it is not what `manifestText` wrote, or no backup would have it so. */
export function parseManifest(text: string, name: string): Manifest {
  const { seal, ...body } = parsed(text, name);
  if (seal !== sealOf(body)) {
    throw new CorruptBackupError(`${name} is not what was written: take an older backup`);
  }
  const { format, ...manifest } = body;
  if (format !== FORMAT) {
    throw new CorruptBackupError(
      `${name} has format ${String(format)}, this furlong reads ${FORMAT}: use the furlong that wrote it`,
    );
  }
  return expectManifest(manifest, name);
}

function expectManifest(manifest: Record<string, unknown>, name: string): Manifest {
  const { id, software, dataId, takenAtMs, partitions, files } = manifest;
  if (
    typeof id !== 'string' ||
    typeof software !== 'string' ||
    typeof dataId !== 'string' ||
    !isCount(takenAtMs) ||
    !isListOf(partitions, isPartition) ||
    !isListOf(files, isFile)
  ) {
    throw new CorruptBackupError(`${name} lacks what a backup writes: take an older backup`);
  }
  const seen = new Set<string>();
  for (const { path } of files) {
    const named = `${name} names ${JSON.stringify(path)}`;
    if (!isBackedUp(path)) {
      throw new CorruptBackupError(`${named}, which no backup writes: take an older backup`);
    }
    if (seen.has(path)) throw new CorruptBackupError(`${named} twice: take an older backup`);
    seen.add(path);
  }
  return { id, software, dataId, takenAtMs, partitions, files };
}

function isPartition(value: unknown): value is ManifestPartition {
  const { position, headHash, outgoing, bus } = fieldsOf(value);
  return [position, outgoing, bus].every(isCount) && isHash(headHash);
}

function isFile(value: unknown): value is ManifestFile {
  const { path, sizeBytes, sha256 } = fieldsOf(value);
  return typeof path === 'string' && isCount(sizeBytes) && isHash(sha256);
}

function isHash(value: unknown): boolean {
  return typeof value === 'string' && SHA256.test(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isListOf<Item>(
  value: unknown,
  isItem: (item: unknown) => item is Item,
): value is readonly Item[] {
  return Array.isArray(value) && value.every(isItem);
}

/** Of anything; none of what is no object. */
function fieldsOf(value: unknown): Record<string, unknown> {
  return { ...(typeof value === 'object' ? value : undefined) };
}

function parsed(text: string, name: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new CorruptBackupError(`${name} is no manifest: take an older backup`);
}

function sealOf(body: object): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex');
}
