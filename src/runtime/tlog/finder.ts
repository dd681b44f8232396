/**
 * Finds records by a key that the application gives them, without reading the log: four bytes for
 * each record, in order of position.
 *
 *   index = u32 fingerprint · u32 fingerprint · …     little-endian; 0 for a record without a key
 *
 * A fingerprint is the first four bytes of the key's SHA-256: what it finds may be another key's
 * record, one time in four thousand million, so whoever asks looks at the record. Made from the log,
 * and made again where it is short or wrong.
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
  const prints = Uint32Array.from(keys, fingerprint);
  if (prints.length > 0) files.append(INDEX, Buffer.from(prints.buffer));
}

/** @throws Error where the index is not one of `size` records: what is appended would be out of place. */
export function expectIndex(files: TreeFiles, size: number): void {
  if ((files.sizeOf(INDEX) ?? 0) === size * BYTES) return;
  throw new Error(`${INDEX} is not as this tree left it: somebody else writes it`);
}

/** How many records from `index` on are in the index under their keys, before one that is not. */
export function countRight(
  files: TreeFiles,
  index: number,
  keys: readonly (string | undefined)[],
): number {
  if (files.sizeOf(INDEX) === undefined) return 0;
  const prints = printsIn(files, index, keys.length);
  const right = keys.findIndex((key, at) => prints[at] !== fingerprint(key));
  return right < 0 ? keys.length : right;
}

/**
 * Makes the index one of `size` records: cuts off what a crash left behind it, and reads what it lacks.
 * @param records From an index on, in order.
 * @param right Records that are in it as they should be, where not all may be.
 */
export function mendIndex(
  files: TreeFiles,
  {
    size,
    records,
    keyOf,
    right = size,
  }: {
    readonly size: number;
    readonly records: (index: number) => Iterable<EntryRecord>;
    readonly keyOf: KeyOf;
    readonly right?: number;
  },
): void {
  const bytes = files.sizeOf(INDEX) ?? 0;
  let known = Math.min(right, Math.floor(bytes / BYTES));
  if (bytes > known * BYTES) files.truncate(INDEX, known * BYTES);
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
    const prints = printsIn(files, begin, end - begin);
    for (
      let at = prints.lastIndexOf(wanted);
      at >= 0;
      at = at === 0 ? -1 : prints.lastIndexOf(wanted, at - 1)
    ) {
      yield begin + at;
    }
  }
}

/** Fewer at its end. */
function printsIn(files: TreeFiles, index: number, count: number): Uint32Array {
  const bytes = files.readAt(INDEX, index * BYTES, count * BYTES);
  // Copied, since a view of numbers must begin at a multiple of four.
  return new Uint32Array(Uint8Array.from(bytes).buffer, 0, Math.floor(bytes.length / BYTES));
}

function fingerprint(key: string | undefined): number {
  return key === undefined ? 0 : digest('sha256', key, 'buffer').readUInt32LE() || 1;
}
