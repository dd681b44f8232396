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
import { laidOut } from '../log/layout.ts';
import type { NewRecord } from '../log/log.ts';
import { prefixedLeafHash } from './merkle.ts';

/** What of a log record is in its entry: all but the hashes that hold the log together. */
export interface EntryRecord extends NewRecord {
  /** Place in the partition, from 1: the leaf's index plus one. */
  readonly position: number;
}

const FORM = 1;

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

/** With room for the leaf's prefix before the form. */
function prefixedEntry(record: EntryRecord): Buffer {
  const entry = laidOut(record.position, record, 2);
  entry.writeUInt8(FORM, 1);
  return entry;
}

function readInteger(from: Buffer, at: number): number {
  return from.readUInt32BE(at) * 0x1_0000_0000 + from.readUInt32BE(at + 4);
}

function readText(from: Buffer, at: number): [text: string, after: number] {
  const end = at + 4 + from.readUInt32BE(at);
  if (end > from.length) throw new RangeError('an entry that ends within a text');
  return [from.toString('utf8', at + 4, end), end];
}
