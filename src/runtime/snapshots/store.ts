/**
 * Where a partition keeps what its actors were: a cache of its log, never a source.
 *
 *   base   the log's position P and chain hash there, how far the rows reach, a sum over the rows
 *   rows   stream, version, state's bytes, hash: one for each actor
 *
 * Invariants: no actor's row is older than P, and none reaches beyond `reach`; a row may be newer
 * than P (a fuzzy checkpoint: nothing stands still while it is written). Rows, base and sum change
 * together or not at all. A store that is not whole, is another program's or another log's, is
 * empty before anybody has read of it. test/runtime/snapshots.contract.ts holds over every
 * implementation.
 */
import { createHash, hash as digest } from 'node:crypto';

/** Of a row's bytes, written and hashed at one time: well under a millisecond. */
export const PART_BYTES = 128 * 1024;

const HASH_BYTES = 32;
/** What stands for a row's name in the sum. */
const HEAD_BYTES = 8;

/** Of the layout of rows, the base and what is hashed of them. */
export const FORMAT = 1;

/** A place in the log, at the end of a turn. */
export interface Mark {
  readonly position: number;
  readonly hash: Uint8Array;
}

export interface Base {
  /** No row is older. */
  readonly at: Mark;
  /** No row is newer. */
  readonly reach: Mark;
}

/** What an actor was at a version, without its bytes. */
export interface RowHead {
  readonly stream: string;
  readonly version: number;
  /** Of its kind's snapshot. */
  readonly kindVersion: number;
  /** Whether it must be in memory from the start. */
  readonly busy: boolean;
}

export interface Row extends RowHead {
  readonly bytes: Uint8Array;
}

/** A row whose bytes, or all parts of them, are at hand or put before. */
export interface NewRow extends RowHead {
  readonly content: Uint8Array | PutParts;
  readonly hash: Uint8Array;
}

/** Of large state: parts that `put` took, under the same stream and version. */
interface PutParts {
  readonly parts: number;
}

/** A store to look at while its owner writes: as it was when it was opened. */
export interface SnapshotReader {
  readonly base: Base;
  /** @throws CorruptSnapshotError where a row is not what was written. */
  read(stream: string): Row | undefined;
  /** Of every row that was busy when the store was opened, and is so still. */
  busy(): Iterable<RowHead>;
  close(): void;
}

export interface SnapshotStore extends SnapshotReader {
  /** Rows there are. */
  readonly count: number;
  /** At most `limit` rows of streams that begin with `prefix`, after `after`, which does too. */
  scan(prefix: string, after: string, limit: number): readonly Row[];
  /** A part of large state, from 0; counts for nothing before a row says so. */
  put(row: Pick<RowHead, 'stream' | 'version'>, part: number, bytes: Uint8Array): void;
  /**
   * All of it or nothing.
   * @param base As from now on; `at` may stay what it was.
   * @throws StaleStoreError where the partition has another owner.
   */
  write(rows: readonly NewRow[], base: Base): void;
  /** Forgets everything: the next reader has the log alone. */
  discard(reason: string): void;
}

/** Whose store is meant; what was written by or for anybody else is discarded. */
export interface StoreOwner {
  readonly partition: number;
  /** Of the data directory. */
  readonly dataId: string;
  /** Another program may fold the same events into another state. */
  readonly program: string;
  /** Of the log: an earlier owner writes no more. */
  readonly epoch: number;
  /** Told why, each time that rows are thrown away unread. */
  readonly onDiscard: (reason: string) => void;
}

/** A row is not what was written: whoever read it must not go on with what it holds. */
export class CorruptSnapshotError extends Error {
  override readonly name = 'CorruptSnapshotError';
}

/** Somebody else owns the partition now. */
export class StaleStoreError extends Error {
  override readonly name = 'StaleStoreError';
}

/** Hashes a row's bytes as they come. */
export interface RowHash {
  add(bytes: Uint8Array): void;
  result(): Uint8Array;
}

export function hashOfRow(head: RowHead): RowHash {
  const sha = createHash('sha256').update(headBytes(head));
  return {
    add: (bytes) => void sha.update(bytes),
    result: () => sha.digest(),
  };
}

/** A short name for a long text. */
export function digestOf(text: string): string {
  return digest('sha256', text, 'hex').slice(0, 16);
}

/** Of a row that is at hand. */
export function rowHash(head: RowHead, bytes: Uint8Array): Uint8Array {
  return digest('sha256', Buffer.concat([headBytes(head), bytes]), 'buffer');
}

function headBytes({ stream, version, kindVersion, busy }: RowHead): Uint8Array {
  return Buffer.from(`furlong.snapshot.v${FORMAT}\n${stream}\n${version} ${kindVersion} ${busy}\n`);
}

/**
 * The sum of all rows, whatever their order: a row in or out changes it, and so does one that was
 * altered. It finds damage; nothing here is proof against whoever may write the file.
 * @param hash Of the row.
 */
export function toggle(sum: Uint8Array, head: RowHead, hash: Uint8Array): void {
  for (let index = 0; index < HASH_BYTES; index++) {
    sum[index] = (sum[index] ?? 0) ^ (hash[index] ?? 0);
  }
  // By its name: a row whose name was altered has the same hash, and is found by nobody.
  const { stream, version, kindVersion, busy } = head;
  for (let half = 0; half < HEAD_BYTES / 4; half++) {
    let mixed = mix(half + 1, version);
    mixed = mix(mix(mixed, kindVersion), busy ? 1 : 0);
    for (let index = 0; index < stream.length; index++) {
      mixed = mix(mixed, stream.charCodeAt(index));
    }
    for (let index = 0; index < 4; index++) {
      const place = HASH_BYTES + 4 * half + index;
      sum[place] = (sum[place] ?? 0) ^ ((mixed >>> (8 * index)) & 255);
    }
  }
}

/** A step of MurmurHash3. */
function mix(before: number, value: number): number {
  let mixed = Math.imul(value, 0xcc9e2d51);
  mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593) ^ before;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

export function emptySum(): Uint8Array {
  return new Uint8Array(HASH_BYTES + HEAD_BYTES);
}

/** The base with all that it speaks for, so that no field of it can be changed alone. */
export function baseHash(
  { partition, dataId, program }: Omit<StoreOwner, 'onDiscard' | 'epoch'>,
  { at, reach }: Base,
  rows: { readonly count: number; readonly sum: Uint8Array },
): Uint8Array {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
  const fields = [
    `furlong.snapshots.v${FORMAT}`,
    dataId,
    program,
    partition,
    at.position,
    hex(at.hash),
    reach.position,
    hex(reach.hash),
    rows.count,
    hex(rows.sum),
  ];
  return digest('sha256', fields.join('\n'), 'buffer');
}
