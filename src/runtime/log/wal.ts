/**
 * Whether a write-ahead log is all there, looked at before SQLite reads it.
 *
 * SQLite takes the frames of a -wal file up to the first that is not whole, and what comes after it as
 * what a power cut left: without a word, commits that were acknowledged would be gone. But a commit is
 * on disk before the next one begins, so a power cut can tear the last one only. Where more than one
 * commit lies beyond the first frame that is not whole, the file was damaged.
 *
 * Format and checksums: https://sqlite.org/fileformat2.html#walformat
 */
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { CorruptLogError } from './log.ts';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** The last bit says in which order the bytes of a word are summed up. */
const MAGIC = 0x377f0682;
const DB_PAGE_SIZE_AT = 16;
/** In the header of the database, which has 16 bits for it. */
const PAGE_OF_65536 = 1;

/** How often it is looked at: an owner that starts it over meanwhile makes it look damaged once. */
const LOOKS = 3;

/** @throws CorruptLogError where commits of the file at `path` cannot be read any more. */
export function expectWholeWal(path: string): void {
  for (let look = 1; look <= LOOKS; look++) if (isWhole(path)) return;
  throw new CorruptLogError(
    `${path}-wal is damaged, and commits after that would be lost: restore both from a copy`,
  );
}

function isWhole(path: string): boolean {
  const wal = `${path}-wal`;
  if (!existsSync(wal)) return true;
  const bytes = readFileSync(wal);
  const frameBytes = FRAME_HEADER_BYTES + pageSizeOf(path);
  const frames = Math.floor((bytes.length - HEADER_BYTES) / frameBytes);
  if (frames < 1) return true;
  const frameAt = (index: number) => HEADER_BYTES + index * frameBytes;

  const sum = checksumOf(bytes);
  const first = wholeFrames(bytes, { frames, frameBytes, sum });
  const saltsAt = sum === undefined ? frameAt(0) + 8 : 16;
  const salts = bytes.subarray(saltsAt, saltsAt + 8);
  let commits = 0;
  for (let index = first; index < frames; index++) {
    const at = frameAt(index);
    // Of an earlier round of the file, which starts over from time to time.
    if (salts.compare(bytes, at + 8, at + 16) !== 0) continue;
    if (commits > 0) return false;
    if (bytes.readUInt32BE(at + 4) > 0) commits++;
  }
  return true;
}

interface Checksum {
  readonly littleEndian: boolean;
  readonly first: number;
  readonly second: number;
}

/** Of the header; undefined where that is not whole. */
function checksumOf(bytes: Buffer): Checksum | undefined {
  const magic = bytes.readUInt32BE(0);
  if ((magic & ~1) >>> 0 !== MAGIC) return undefined;
  const from = { littleEndian: (magic & 1) === 0, first: 0, second: 0 };
  const sum = summed(from, bytes, 0, HEADER_BYTES - 8);
  return isAt(bytes, HEADER_BYTES - 8, sum) ? sum : undefined;
}

/** How many frames there are before the first that SQLite will not take. */
function wholeFrames(
  bytes: Buffer,
  it: { readonly frames: number; readonly frameBytes: number; readonly sum: Checksum | undefined },
): number {
  let { sum } = it;
  if (sum === undefined) return 0;
  for (let index = 0; index < it.frames; index++) {
    const at = HEADER_BYTES + index * it.frameBytes;
    if (bytes.compare(bytes, 16, 24, at + 8, at + 16) !== 0) return index;
    sum = summed(sum, bytes, at, at + 8);
    sum = summed(sum, bytes, at + FRAME_HEADER_BYTES, at + it.frameBytes);
    if (!isAt(bytes, at + 16, sum)) return index;
  }
  return it.frames;
}

function summed(from: Checksum, bytes: Buffer, start: number, end: number): Checksum {
  let { first, second } = from;
  const { littleEndian } = from;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = start; at < end; at += 8) {
    first = (first + view.getUint32(at, littleEndian) + second) >>> 0;
    second = (second + view.getUint32(at + 4, littleEndian) + first) >>> 0;
  }
  return { littleEndian, first, second };
}

function isAt(bytes: Buffer, at: number, { first, second }: Checksum): boolean {
  return bytes.readUInt32BE(at) === first && bytes.readUInt32BE(at + 4) === second;
}

function pageSizeOf(path: string): number {
  const header = Buffer.alloc(DB_PAGE_SIZE_AT + 2);
  const file = openSync(path, 'r');
  try {
    readSync(file, header, 0, header.length, 0);
  } finally {
    closeSync(file);
  }
  const size = header.readUInt16BE(DB_PAGE_SIZE_AT);
  return size === PAGE_OF_65536 ? 65_536 : size;
}
