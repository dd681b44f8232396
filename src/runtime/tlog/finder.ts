/**
 * Finds records by a key that the application gives them, without reading the log: four bytes for
 * each record, in order of position.
 *
 *   index = u32 fingerprint · u32 fingerprint · …     little-endian; 0 for a record without a key
 *
 * A fingerprint is the first four bytes of the key's SHA-256: what it finds may be another key's
 * record, one time in four thousand million, so whoever asks looks at the record. Made from the log,
 * and made again where it is short.
 */
import { hash as digest } from 'node:crypto';
import type { EntryRecord } from './entry.ts';
import type { TreeFiles } from './files.ts';

/** What a record can be found by; undefined where nobody looks for it. Total: it never throws. */
export type KeyOf = (record: EntryRecord) => string | undefined;

const INDEX = 'index';
const BYTES = 4;

/** Fingerprints looked at in one piece, 1 MB of them. */
const PIECE = 262_144;

export function appendKeys(files: TreeFiles, keys: readonly (string | undefined)[]): void {
  const prints = Uint32Array.from(keys, (key) => (key === undefined ? 0 : fingerprint(key)));
  if (prints.length > 0) files.append(INDEX, Buffer.from(prints.buffer));
}

/**
 * Makes the index one of `size` records: cuts off what a crash left behind it, and reads what it lacks.
 * @param records From an index on, in order.
 */
export function mendIndex(
  files: TreeFiles,
  {
    size,
    records,
    keyOf,
  }: {
    readonly size: number;
    readonly records: (index: number) => Iterable<EntryRecord>;
    readonly keyOf: KeyOf;
  },
): void {
  const bytes = files.sizeOf(INDEX) ?? 0;
  if (bytes > size * BYTES) files.truncate(INDEX, size * BYTES);
  let known = Math.min(size, Math.floor(bytes / BYTES));
  if (bytes < size * BYTES && bytes % BYTES !== 0) files.truncate(INDEX, known * BYTES);
  let keys: (string | undefined)[] = [];
  for (const record of known < size ? records(known) : []) {
    keys.push(keyOf(record));
    known++;
    if (known < size && keys.length < PIECE) continue;
    appendKeys(files, keys);
    keys = [];
    if (known === size) break;
  }
}

/** Indices of the records that may have the key, newest first. */
export function* findKey(files: TreeFiles, size: number, key: string): Iterable<number> {
  const wanted = fingerprint(key);
  for (let end = size; end > 0; end -= PIECE) {
    const begin = Math.max(0, end - PIECE);
    const bytes = files.readAt(INDEX, begin * BYTES, (end - begin) * BYTES);
    // Copied, since a view of numbers must begin at a multiple of four.
    const prints = new Uint32Array(
      Uint8Array.from(bytes).buffer,
      0,
      Math.floor(bytes.length / BYTES),
    );
    for (
      let at = prints.lastIndexOf(wanted);
      at >= 0;
      at = at === 0 ? -1 : prints.lastIndexOf(wanted, at - 1)
    ) {
      yield begin + at;
    }
  }
}

function fingerprint(key: string): number {
  return digest('sha256', key, 'buffer').readUInt32LE() || 1;
}
