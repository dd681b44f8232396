/**
 * How a record lies in bytes where it is hashed: in the chain of format 1, and in the tree.
 *
 *   u64 position · u64 version · u64 at · u32 length · stream · u32 length · cause · bytes to the end
 *
 * big-endian; stream and cause in UTF-8.
 */
import type { NewRecord } from './log.ts';

/** Three 64-bit integers and two lengths. */
const FIXED_BYTES = 3 * 8 + 2 * 4;

/** The record, after `room` bytes that are the caller's to write. */
export function laidOut(position: number, record: NewRecord, room: number): Buffer {
  const { stream, version, cause, atMs, bytes } = record;
  const streamBytes = Buffer.byteLength(stream);
  const causeBytes = Buffer.byteLength(cause);
  const into = Buffer.allocUnsafe(room + FIXED_BYTES + streamBytes + causeBytes + bytes.length);
  let at = writeInteger(into, position, room);
  at = writeInteger(into, version, at);
  at = writeInteger(into, atMs, at);
  at = into.writeUInt32BE(streamBytes, at);
  at += into.write(stream, at);
  at = into.writeUInt32BE(causeBytes, at);
  at += into.write(cause, at);
  into.set(bytes, at);
  return into;
}

/**
 * 64 bits in two halves: BigInt would cost more than the hash of a short record. Total, since a
 * damaged log may hold any integer, and must be found damaged by its hash.
 */
export function writeInteger(into: Buffer, value: number, at: number): number {
  const high = Math.floor(value / 0x1_0000_0000);
  into.writeUInt32BE(high >>> 0, at);
  return into.writeUInt32BE((value - high * 0x1_0000_0000) >>> 0, at + 4);
}
