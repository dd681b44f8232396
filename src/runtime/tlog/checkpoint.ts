/**
 * Checkpoints, by c2sp.org/tlog-checkpoint: a signed note whose text is a tree's origin, size and
 * root. Every partition is a log with an origin, and a key name, of its own.
 */
import { base64, bytesFromBase64 } from './base64.ts';
import { HASH_BYTES } from './merkle.ts';
import { openNote, type Signer, signNote, UnprovenError, type VerifierKey } from './note.ts';

export interface TreeHead {
  /** Which log, such as `furlong/<id>/p-000`. */
  readonly origin: string;
  /** Leaves. */
  readonly size: number;
  readonly root: Uint8Array;
}

/** Also the name under which its checkpoints are signed. @param dataId Of the data directory. */
export function originOf(dataId: string, partition: number): string {
  return `furlong/${dataId}/${partitionName(partition)}`;
}

/** `p-000`: as its files are called. */
export function partitionName(partition: number): string {
  return `p-${String(partition).padStart(3, '0')}`;
}

export function headText({ origin, size, root }: TreeHead): string {
  return `${origin}\n${size}\n${base64(root)}\n`;
}

export function signHead(head: TreeHead, signer: Signer): string {
  return signNote(headText(head), signer);
}

/** @throws UnprovenError where it is no checkpoint that one of `keys` signed under its own origin. */
export function openCheckpoint(note: string, keys: readonly VerifierKey[]): TreeHead {
  const [origin] = note.split('\n', 1);
  // A key vouches for the log of its name and for no other.
  return parseHead(
    openNote(
      note,
      keys.filter(({ name }) => name === origin),
    ),
  );
}

/** Lines after the third are extensions, which say nothing to us. */
function parseHead(text: string): TreeHead {
  const [origin = '', sizeText = '', rootText = ''] = text.split('\n');
  const size = Number(sizeText);
  if (origin === '' || !/^(0|[1-9]\d*)$/.test(sizeText) || !Number.isSafeInteger(size)) {
    throw new UnprovenError('a signed note that is no checkpoint');
  }
  const root = hashFrom(rootText);
  return { origin, size, root };
}

/** @throws UnprovenError */
export function hashFrom(text: string): Uint8Array {
  try {
    const hash = bytesFromBase64(text);
    if (hash.length === HASH_BYTES) return hash;
  } catch (cause) {
    throw new UnprovenError(`${JSON.stringify(text.slice(0, 80))} is no hash`, { cause });
  }
  throw new UnprovenError(`${JSON.stringify(text.slice(0, 80))} is no SHA-256 hash`);
}
