/**
 * The hash chain over a partition's records: nobody can change, drop or reorder one without every
 * later hash being wrong. The one door to the hash function.
 *
 *   hash(n) = SHA-256(hash(n−1) ‖ position ‖ version ‖ at ‖ |stream| stream ‖ |cause| cause ‖ bytes)
 *
 * with 64-bit big-endian integers and lengths as 32-bit big-endian; hash(0) is SHA-256 of
 * `furlong.log.v1/` and the partition's number, so that no record fits another partition.
 */
import { hash as digest } from 'node:crypto';
import type { NewRecord } from './log.ts';

const HASH_BYTES = 32;
/** Three 64-bit integers and two lengths. */
const FIXED_BYTES = 3 * 8 + 2 * 4;

/** Every record of a thread is hashed from here: it is copied once, and never kept. */
let scratch = Buffer.allocUnsafe(4_096);

export function genesisHash(partition: number): Uint8Array {
  return digest('sha256', `furlong.log.v1/${partition}`, 'buffer');
}

export function nextHash(before: Uint8Array, position: number, record: NewRecord): Uint8Array {
  const { stream, version, cause, atMs, bytes } = record;
  const streamBytes = Buffer.byteLength(stream);
  const causeBytes = Buffer.byteLength(cause);
  const length = HASH_BYTES + FIXED_BYTES + streamBytes + causeBytes + bytes.length;
  if (length > scratch.length) scratch = Buffer.allocUnsafe(length * 2);
  const input = scratch.subarray(0, length);
  input.set(before, 0);
  let at = HASH_BYTES;
  at = writeInteger(input, position, at);
  at = writeInteger(input, version, at);
  at = writeInteger(input, atMs, at);
  at = input.writeUInt32BE(streamBytes, at);
  at += input.write(stream, at);
  at = input.writeUInt32BE(causeBytes, at);
  at += input.write(cause, at);
  input.set(bytes, at);
  return digest('sha256', input, 'buffer');
}

/**
 * 64 bits in two halves: BigInt would cost more than the hash of a short record. Total, since a
 * damaged log may hold any integer, and must be found damaged by its hash.
 */
function writeInteger(into: Buffer, value: number, at: number): number {
  const high = Math.floor(value / 0x1_0000_0000);
  into.writeUInt32BE(high >>> 0, at);
  return into.writeUInt32BE(value - high * 0x1_0000_0000, at + 4);
}
