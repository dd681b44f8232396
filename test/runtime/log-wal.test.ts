// What a killed owner leaves in the write-ahead log: whole, torn by a power cut, or damaged.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CorruptLogError, type EventLog } from '../../src/runtime/log/log.ts';
import { createSqliteLog, openSqliteLog, openSqliteReader } from '../../src/runtime/log/sqlite.ts';
import { NO_CURSORS, recordOf } from './log.contract.ts';

const ID = 'd1';
const COMMITS = 12;
const HEADER_BYTES = 32;
const FRAME_BYTES = 24 + 4_096;

let dir: string;
let path: string;
let owner: EventLog;
/** As the killed process leaves them. */
let left: { readonly db: Buffer; readonly wal: Buffer };

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'furlong-wal-'));
  const at = join(dir, 'owned.sqlite');
  createSqliteLog(at, 0, ID);
  owner = openSqliteLog(at, 0, ID);
  for (let version = 1; version <= COMMITS; version++) {
    owner.append([recordOf({ version, bytes: new Uint8Array(3_000) })], NO_CURSORS);
  }
  left = { db: readFileSync(at), wal: readFileSync(`${at}-wal`) };
  path = join(dir, 'p.sqlite');
});
afterEach(() => {
  owner.close();
  rmSync(dir, { recursive: true });
});

describe('a write-ahead log', () => {
  test('that a killed owner left is read whole, and is in the file when it is opened', () => {
    put(left.wal);
    expect(left.wal.length).toBeGreaterThan(HEADER_BYTES + COMMITS * FRAME_BYTES);
    expect(versions(openSqliteReader)).toHaveLength(COMMITS);
    const next = openSqliteLog(path, 0, ID);
    expect(readFileSync(`${path}-wal`)).toHaveLength(0);
    expect([...next.read(0)]).toHaveLength(COMMITS);
    next.close();
  });

  test('cut off anywhere, as a power cut may, holds what was committed before', () => {
    const counts = new Set<number>();
    for (let frames = 0; HEADER_BYTES + frames * FRAME_BYTES <= left.wal.length; frames++) {
      put(left.wal.subarray(0, HEADER_BYTES + frames * FRAME_BYTES + 100));
      counts.add(versions(openSqliteLog).length);
    }
    expect([...counts]).toEqual(Array.from({ length: COMMITS + 1 }, (_, index) => index));
  });

  test('with its last commit torn in the middle, as a power cut may, holds all before it', () => {
    const torn = Buffer.from(left.wal);
    const [last = 0, before = 0] = commitEnds().reverse();
    expect(last - before).toBeGreaterThanOrEqual(1);
    for (let frame = before + 1; frame <= last; frame++) {
      torn.fill(0, HEADER_BYTES + frame * FRAME_BYTES, HEADER_BYTES + (frame + 1) * FRAME_BYTES);
      put(torn);
      expect(versions(openSqliteLog)).toHaveLength(COMMITS - 1);
      left.wal.copy(torn);
    }
  });

  test('that starts over behind old frames is whole', () => {
    const at = join(dir, 'owned.sqlite');
    const large = recordOf({ version: 13, bytes: new Uint8Array(900_000) });
    // Beyond 1,000 pages SQLite empties the file, and writes over it from the start.
    for (let more = 0; more < 6; more++) owner.append([large], NO_CURSORS);
    copyFileSync(at, path);
    copyFileSync(`${at}-wal`, `${path}-wal`);
    expect(versions(openSqliteReader)).toHaveLength(COMMITS + 6);
    expect(versions(openSqliteLog)).toHaveLength(COMMITS + 6);
  });

  test('with any byte flipped is refused, unless that is in what a power cut could have torn', () => {
    const [, before = 0, third = 0] = commitEnds().reverse();
    let refused = 0;
    fc.assert(
      fc.property(fc.nat({ max: left.wal.length - 1 }), fc.nat({ max: 7 }), (at, bit) => {
        const flipped = Buffer.from(left.wal);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
        put(flipped);
        const frame = Math.floor((at - HEADER_BYTES) / FRAME_BYTES);
        for (const open of [openSqliteReader, openSqliteLog]) {
          try {
            const read = versions(open);
            expect(read).toEqual(Array.from({ length: read.length }, (_, index) => index + 1));
            // Not used by SQLite: page size and sequence are summed up too, so nothing is.
            expect(frame).toBeGreaterThan(third);
            expect(read.length).toBeGreaterThanOrEqual(frame > before ? COMMITS - 1 : COMMITS - 2);
          } catch (cause) {
            expect(cause).toBeInstanceOf(CorruptLogError);
            refused++;
          }
        }
      }),
      { numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(0);
  });

  test('with a damaged header is named', () => {
    const flipped = Buffer.from(left.wal);
    flipped[20] = (flipped[20] ?? 0) ^ 1;
    put(flipped);
    const words = `${path}-wal is damaged, and commits after that would be lost: restore both from a copy`;
    expect(() => openSqliteLog(path, 0, ID)).toThrow(new CorruptLogError(words));
    expect(() => openSqliteReader(path, 0, ID)).toThrow(new CorruptLogError(words));
  });
});

function put(wal: Buffer): void {
  rmSync(`${path}-shm`, { force: true });
  writeFileSync(path, left.db);
  writeFileSync(`${path}-wal`, wal);
}

function versions(open: typeof openSqliteReader | typeof openSqliteLog): number[] {
  const log = open(path, 0, ID);
  try {
    return Array.from(log.read(0), ({ version }) => version);
  } finally {
    log.close();
  }
}

/** Indexes of the frames that end a commit. */
function commitEnds(): number[] {
  const ends: number[] = [];
  for (let at = HEADER_BYTES, frame = 0; at < left.wal.length; at += FRAME_BYTES, frame++) {
    if (left.wal.readUInt32BE(at + 4) > 0) ends.push(frame);
  }
  return ends;
}
