/**
 * The hash chain over a partition's log: nobody can change, drop or reorder anything in it without
 * every later hash being wrong. The one door to the hash function.
 *
 *   format 2, a frame (all records of one commit, packed: see packing.ts):
 *     hash(n) = SHA-256(hash(n−1) ‖ first ‖ count ‖ bytes)
 *   format 1, a record:
 *     hash(n) = SHA-256(hash(n−1) ‖ position ‖ version ‖ at ‖ |stream| stream ‖ |cause| cause ‖ bytes)
 *
 * with 64-bit big-endian integers, and lengths and `count` as 32-bit big-endian. One chain runs over
 * all segments of a partition, of both formats; hash(0) is SHA-256 of `furlong.log.v1/` and the
 * partition's number, so that nothing fits another partition.
 */
import { hash as digest } from 'node:crypto';
import { laidOut, writeInteger } from './layout.ts';
import type { NewRecord } from './log.ts';

const HASH_BYTES = 32;
/** What a frame's hash is taken over before the records: the hash before, `first` and `count`. */
export const FRAME_HEAD_BYTES = HASH_BYTES + 8 + 4;

export function genesisHash(partition: number): Uint8Array {
  return digest('sha256', `furlong.log.v1/${partition}`, 'buffer');
}

/**
 * @param input Begins with FRAME_HEAD_BYTES that are written here; the packed records follow.
 * @param count From 1, below 2³².
 */
export function frameHash(
  before: Uint8Array,
  {
    first,
    count,
    input,
  }: { readonly first: number; readonly count: number; readonly input: Buffer },
): Uint8Array {
  input.set(before, 0);
  writeInteger(input, first, HASH_BYTES);
  input.writeUInt32BE(count, HASH_BYTES + 8);
  return digest('sha256', input, 'buffer');
}

/** Of format 1: only logs that were written before 0.3 have it. */
export function recordHash(before: Uint8Array, position: number, record: NewRecord): Uint8Array {
  const input = laidOut(position, record, HASH_BYTES);
  input.set(before, 0);
  return digest('sha256', input, 'buffer');
}

/** Of a partition's owner and cursors: a damaged cursor would lose a command without a word. */
export function stateHash(
  partition: number,
  state: { readonly epoch: number; readonly outgoing: number; readonly bus: number },
): Uint8Array {
  const { epoch, outgoing, bus } = state;
  return digest('sha256', `furlong.log.state/${partition}/${epoch}/${outgoing}/${bus}`, 'buffer');
}
