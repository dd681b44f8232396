/**
 * Records as the bytes of a frame, and back: the hot path of every commit, so they are written once,
 * straight into one buffer of the thread, behind room for what the chain hashes before them.
 *
 *   frame  = record …
 *   record = version, at: varint · stream, cause: length varint, UTF-8 · bytes: length varint, bytes
 *
 * A varint is a non-negative safe integer in groups of seven bits, the lowest first, the highest bit
 * of each byte but the last set. Times are epoch milliseconds. Positions are the frame's: the record
 * at index i is at `first` + i.
 */
import { FRAME_HEAD_BYTES, frameHash } from './chain.ts';
import { CorruptLogError, type LogHead, type LogRecord, type NewRecord } from './log.ts';

/** A commit, or a part of a large one, as it is stored and hashed. */
export interface Frame {
  /** Position of its first record. */
  readonly first: number;
  /** Of its records, from 1. */
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
}

/**
 * A commit of more bytes is several frames in one transaction: it bounds what a reader must hold to
 * check one hash. A hundred times what a turn of bets is.
 */
const FRAME_BYTES_MAX = 1024 * 1024;

/** Safe integers have 53 bits: eight groups of seven. */
const VARINT_BYTES_MAX = 8;
/** Two integers and three lengths. */
const RECORD_VARINTS_BYTES_MAX = 5 * VARINT_BYTES_MAX;
/** A UTF-16 unit is at most so many bytes of UTF-8. */
const UTF8_BYTES_MAX = 3;
/** Below this, a loop is faster than a call into the runtime. */
const SHORT_TEXT_MAX = 48;

/** Every frame of a thread is packed here; never kept beyond the statement that stores it. */
let scratch = Buffer.allocUnsafe(64 * 1024);

/**
 * Packs records of `batch` from index `from` on, as many as fit into one frame.
 * @returns A frame whose bytes are the next call's to overwrite.
 */
export function packFrame(before: LogHead, batch: readonly NewRecord[], from: number): Frame {
  let at = FRAME_HEAD_BYTES;
  let next = from;
  while (next < batch.length && at < FRAME_BYTES_MAX) {
    const record = batch[next];
    if (record === undefined) throw new TypeError(`no record at index ${next}`);
    at = packRecord(record, at);
    next++;
  }
  const first = before.position + 1;
  const count = next - from;
  const hash = frameHash(before.hash, { first, count, input: scratch.subarray(0, at) });
  return { first, count, bytes: scratch.subarray(FRAME_HEAD_BYTES, at), hash };
}

function packRecord({ stream, version, cause, atMs, bytes }: NewRecord, start: number): number {
  const texts = stream.length + cause.length;
  makeRoom(start, RECORD_VARINTS_BYTES_MAX + UTF8_BYTES_MAX * texts + bytes.length);
  let at = putVarint(version, start);
  at = putVarint(atMs, at);
  at = putText(stream, at);
  at = putText(cause, at);
  at = putVarint(bytes.length, at);
  scratch.set(bytes, at);
  return at + bytes.length;
}

function makeRoom(at: number, sizeBytes: number): void {
  if (at + sizeBytes <= scratch.length) return;
  const larger = Buffer.allocUnsafe(Math.max(2 * scratch.length, at + sizeBytes));
  scratch.copy(larger, 0, 0, at);
  scratch = larger;
}

function putVarint(value: number, start: number): number {
  let at = start;
  let rest = value;
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`not a number from 0 to 2^53 - 1: ${value}`);
  }
  // Bit operations are for 32 bits only.
  while (rest >= 0x8000_0000) {
    scratch[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  while (rest >= 0x80) {
    scratch[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  scratch[at++] = rest;
  return at;
}

function putText(text: string, start: number): number {
  const { length } = text;
  if (length <= SHORT_TEXT_MAX) {
    let at = putVarint(length, start);
    let index = 0;
    for (; index < length; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) break;
      scratch[at++] = unit;
    }
    if (index === length) return at;
  }
  const at = putVarint(Buffer.byteLength(text), start);
  return at + scratch.write(text, at);
}

/**
 * Whether the frame is what was written after `before`. Total: a damaged file may hold anything, in
 * any column.
 */
export function follows(before: LogHead, { first, count, bytes, hash }: Frame): boolean {
  if (first !== before.position + 1 || !isCount(count)) return false;
  if (!(bytes instanceof Uint8Array) || !(hash instanceof Uint8Array)) return false;
  const size = FRAME_HEAD_BYTES + bytes.length;
  if (size > scratch.length) scratch = Buffer.allocUnsafe(2 * size);
  scratch.set(bytes, FRAME_HEAD_BYTES);
  const input = scratch.subarray(0, size);
  return Buffer.compare(frameHash(before.hash, { first, count, input }), hash) === 0;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value > 0 && value <= 0xffff_ffff;
}

/** @throws CorruptLogError where the bytes are no records, which their hash should have told. */
export function unpackFrame({ first, count, bytes }: Frame): LogRecord[] {
  if (!(bytes instanceof Uint8Array)) throw malformed();
  const from = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: LogRecord[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    const version = takeVarint();
    const atMs = takeVarint();
    const stream = takeText();
    const cause = takeText();
    const length = takeVarint();
    const start = skip(length);
    const event = from.subarray(start, at);
    records.push({ stream, version, cause, atMs, bytes: event, position: first + index });
  }
  if (at !== from.length) throw malformed();
  return records;

  function takeVarint(): number {
    let value = 0;
    let unit = 1;
    for (let read = 0; read < VARINT_BYTES_MAX; read++) {
      const byte = from[at++];
      if (byte === undefined) throw malformed();
      if (byte < 0x80) return value + byte * unit;
      value += (byte & 0x7f) * unit;
      unit *= 0x80;
    }
    throw malformed();
  }

  function takeText(): string {
    const length = takeVarint();
    const start = skip(length);
    return from.toString('utf8', start, at);
  }

  function skip(length: number): number {
    const start = at;
    at += length;
    if (at > from.length) throw malformed();
    return start;
  }

  function malformed(): CorruptLogError {
    return new CorruptLogError(`the frame at ${first} does not hold ${count} records`);
  }
}
