/**
 * A record as an entry of the tree: the bytes whose hash is its leaf. Fixed for ever, since a
 * receipt that was handed out is checked against them.
 *
 *   entry = u8 form (1) · u64 position · u64 version · u64 at
 *         · u32 length · stream · u32 length · cause · bytes of the event to the end
 *
 * big-endian; stream and cause in UTF-8, `at` in epoch milliseconds. One record has one entry: what
 * decodes and does not encode to the same bytes again is refused.
 */
import type { NewRecord } from '../log/log.ts';
import { prefixedLeafHash } from './merkle.ts';

/** What of a log record is in its entry: all but the hashes that hold the log together. */
export interface EntryRecord extends NewRecord {
  /** Place in the partition, from 1: the leaf's index plus one. */
  readonly position: number;
}

const FORM = 1;

/** Form, three 64-bit integers and two lengths. */
const FIXED_BYTES = 1 + 3 * 8 + 2 * 4;

export function entryOf(record: EntryRecord): Uint8Array {
  return prefixedEntry(record).subarray(1);
}

export function leafOf(record: EntryRecord): Uint8Array {
  return prefixedLeafHash(prefixedEntry(record));
}

/** @throws RangeError for bytes that are no entry. */
export function recordOf(entry: Uint8Array): EntryRecord {
  const buffer = Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength);
  const form = buffer.readUInt8(0);
  if (form !== FORM) throw new RangeError(`an entry of form ${form}, this furlong reads ${FORM}`);
  const position = readInteger(buffer, 1);
  const version = readInteger(buffer, 9);
  const atMs = readInteger(buffer, 17);
  const [stream, afterStream] = readText(buffer, 25);
  const [cause, afterCause] = readText(buffer, afterStream);
  const record = { position, version, atMs, stream, cause, bytes: buffer.subarray(afterCause) };
  if (!buffer.equals(entryOf(record))) throw new RangeError('an entry that no record has');
  return record;
}

/** With room for the leaf's prefix before it. */
function prefixedEntry({ position, version, atMs, stream, cause, bytes }: EntryRecord): Buffer {
  const streamBytes = Buffer.byteLength(stream);
  const causeBytes = Buffer.byteLength(cause);
  const entry = Buffer.allocUnsafe(1 + FIXED_BYTES + streamBytes + causeBytes + bytes.length);
  let at = entry.writeUInt8(FORM, 1);
  at = writeInteger(entry, position, at);
  at = writeInteger(entry, version, at);
  at = writeInteger(entry, atMs, at);
  at = entry.writeUInt32BE(streamBytes, at);
  at += entry.write(stream, at);
  at = entry.writeUInt32BE(causeBytes, at);
  at += entry.write(cause, at);
  entry.set(bytes, at);
  return entry;
}

/** 64 bits in two halves, total: a damaged log may hold any integer and must be found damaged. */
function writeInteger(into: Buffer, value: number, at: number): number {
  const high = Math.floor(value / 0x1_0000_0000);
  into.writeUInt32BE(high >>> 0, at);
  return into.writeUInt32BE(value - high * 0x1_0000_0000, at + 4);
}

function readInteger(from: Buffer, at: number): number {
  return from.readUInt32BE(at) * 0x1_0000_0000 + from.readUInt32BE(at + 4);
}

function readText(from: Buffer, at: number): [text: string, after: number] {
  const end = at + 4 + from.readUInt32BE(at);
  if (end > from.length) throw new RangeError('an entry that ends within a text');
  return [from.toString('utf8', at + 4, end), end];
}
