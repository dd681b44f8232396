/**
 * What a backup is: which files, and what the logs in them hold. It says by a hash over itself that it
 * is whole, and by a hash of each file that they are.
 */
import { createHash } from 'node:crypto';

const FORMAT = 1;

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

/** @throws CorruptBackupError where it is not what `manifestText` wrote. */
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
  // Its seal is that of `manifestText`, which takes nothing else.
  return manifest as unknown as Manifest;
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
