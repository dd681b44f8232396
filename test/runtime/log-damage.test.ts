// A log that is not what was written is found to be so, in either format: row by row, and byte by byte.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CorruptLogError, type NewRecord } from '../../src/runtime/log/log.ts';
import { createSqliteLog, openSqliteLog, openSqliteReader } from '../../src/runtime/log/sqlite.ts';
import { openPartition } from '../../src/runtime/partition.ts';
import { counter } from '../support/counter-actor.ts';
import { writeFormat1 } from '../support/format-1-log.ts';
import { recordOf } from './log.contract.ts';

const ID = 'd1';
const EVENT = counter.encode({ id: 'i1', by: 1, passOn: [] });
const AT_4 = { outgoing: 4, bus: 4 };

let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'furlong-damage-'));
  path = join(dir, 'p.sqlite');
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('in format 2', () => {
  beforeEach(() => {
    createSqliteLog(path, 0, ID);
    const log = openSqliteLog(path, 0, ID);
    for (const record of four()) log.append([record], { outgoing: 0, bus: 0 });
    log.append([], AT_4);
    log.close();
    expect(replay).not.toThrow();
  });

  test.each([
    ['a count', 'UPDATE frame SET count = 2 WHERE first = 2', 2],
    ['no count', 'UPDATE frame SET count = 0 WHERE first = 2', 2],
    ['a negative count', 'UPDATE frame SET count = -1 WHERE first = 2', 2],
    ['a count beyond all', 'UPDATE frame SET count = 9223372036854775807 WHERE first = 2', 2],
    ['the records, gone', "UPDATE frame SET bytes = x'' WHERE first = 2", 2],
    ['a byte more', "UPDATE frame SET bytes = CAST(bytes || x'00' AS BLOB) WHERE first = 2", 2],
    ['the first hash', 'UPDATE frame SET hash = zeroblob(32) WHERE first = 1', 1],
    ['the last hash', 'UPDATE frame SET hash = zeroblob(32) WHERE first = 4', 4],
    ['a hash cut short', 'UPDATE frame SET hash = substr(hash, 1, 31) WHERE first = 2', 2],
    ['the first frame removed', 'DELETE FROM frame WHERE first = 1', 1],
    ['a frame removed', 'DELETE FROM frame WHERE first = 2', 2],
    [
      'a frame removed and the gap closed',
      'DELETE FROM frame WHERE first = 3; UPDATE frame SET first = 3 WHERE first = 4',
      3,
    ],
    ['a position', 'UPDATE frame SET first = 9 WHERE first = 4', 4],
    [
      'two frames in the other order',
      'UPDATE frame SET first = -2 WHERE first = 2; UPDATE frame SET first = 2 WHERE first = 3; UPDATE frame SET first = 3 WHERE first = -2',
      2,
    ],
    ['a frame added', "INSERT INTO frame VALUES (5, 1, x'00', zeroblob(32))", 5],
  ] as const)('%s is found, and the record named', (_, sql, record) => {
    change(sql);
    expect(replay).toThrow(
      new CorruptLogError(`partition 0: record ${record} is not what was written`),
    );
    expect(positionsRead(0)).toEqual([1, 2, 3, 4].slice(0, record - 1));
  });

  test.each([
    ['the last record removed, that was already told', 'DELETE FROM frame WHERE first = 4'],
    ['all records removed', 'DELETE FROM frame'],
    ['a cursor', 'UPDATE state SET outgoing = 3'],
    ['another cursor', 'UPDATE state SET bus = 0'],
    ['the epoch', 'UPDATE state SET epoch = 0'],
    ['owner and cursors removed', 'DELETE FROM state'],
    ['a segment listed that never was', "INSERT INTO segment VALUES (1, 4, '2026-11-20', x'00')"],
    ['a segment listed after a gap', "INSERT INTO segment VALUES (9, 9, '2026-11-20', x'00')"],
  ])('%s is found', (_, sql) => {
    change(sql);
    expect(replay).toThrow(CorruptLogError);
  });

  test('one moved in from another partition is found', () => {
    change('UPDATE meta SET partition = 1');
    expect(() => openSqliteLog(path, 1, ID)).toThrow(CorruptLogError);
    const reader = openSqliteReader(path, 1, ID);
    expect(() => [...reader.read(0)]).toThrow('record 1 is not what was written');
    reader.close();
  });

  test.each(['bytes', 'hash'])('any bit of %s is found where it is flipped', (column) => {
    flipEach('frame', 'first', column);
  });

  test('a reading from the middle is not held up by what lies before it', () => {
    change("UPDATE frame SET bytes = x'00' WHERE first = 1");
    expect(positionsRead(1)).toEqual([2, 3, 4]);
    expect(positionsRead(0)).toEqual([]);
    change("UPDATE frame SET bytes = x'00' WHERE first = 3");
    expect(positionsRead(1)).toEqual([2]);
    expect(positionsRead(3)).toEqual([4]);
  });
});

describe('in format 1', () => {
  beforeEach(() => {
    const of = { partition: 0, dataId: ID, epoch: 7 };
    writeFormat1(path, of, { records: four(), cursors: AT_4 });
    copyFileSync(path, `${path}.aside`);
    expect(replay).not.toThrow();
    asWritten();
  });

  test.each([
    ['a stream', "UPDATE event SET stream = 'counter/2' WHERE position = 2"],
    ['a stream of no known kind', "UPDATE event SET stream = 'x' WHERE position = 2"],
    ['an empty stream', "UPDATE event SET stream = '' WHERE position = 2"],
    ['a version', 'UPDATE event SET version = 3 WHERE position = 2'],
    ['a negative version', 'UPDATE event SET version = -2 WHERE position = 2'],
    [
      'a version beyond all numbers',
      'UPDATE event SET version = 9223372036854775807 WHERE position = 2',
    ],
    ['a cause', "UPDATE event SET cause = 'b cause' WHERE position = 2"],
    ['a time', 'UPDATE event SET at_ms = at_ms + 1 WHERE position = 2'],
    ['a time before all time', 'UPDATE event SET at_ms = -9223372036854775808 WHERE position = 2'],
    [
      'a byte of the event',
      "UPDATE event SET bytes = CAST(replace(bytes, '1', '2') AS BLOB) WHERE position = 2",
    ],
    ['the event, gone', "UPDATE event SET bytes = x'' WHERE position = 2"],
    ['the first hash', 'UPDATE event SET hash = zeroblob(32) WHERE position = 1'],
    ['the last hash', 'UPDATE event SET hash = zeroblob(32) WHERE position = 4'],
    ['a hash cut short', 'UPDATE event SET hash = substr(hash, 1, 31) WHERE position = 2'],
    ['the first record removed', 'DELETE FROM event WHERE position = 1'],
    ['a record removed', 'DELETE FROM event WHERE position = 2'],
    [
      'a record removed and the gap closed',
      'DELETE FROM event WHERE position = 3; UPDATE event SET position = 3 WHERE position = 4',
    ],
    ['the last record removed, that was already told', 'DELETE FROM event WHERE position = 4'],
    ['all records removed', 'DELETE FROM event'],
    ['a position', 'UPDATE event SET position = 9 WHERE position = 4'],
    [
      'two records in the other order',
      'UPDATE event SET position = -2 WHERE position = 2; UPDATE event SET position = 2 WHERE position = 3; UPDATE event SET position = 3 WHERE position = -2',
    ],
    [
      'a record added',
      "INSERT INTO event VALUES (5, 'counter/1', 5, 'c', 0, x'7b7d', zeroblob(32))",
    ],
  ])('%s is found by who owns it, by then in the archive', (_, sql) => {
    change(sql);
    expect(replay).toThrow(CorruptLogError);
  });

  test.each(['bytes', 'hash'])('any bit of %s is found where it is flipped', (column) => {
    flipEach('event', 'position', column);
  });
});

describe('any byte of any file', () => {
  const records = Array.from({ length: 40 }, (_, index) =>
    recordOf({
      stream: `counter/${index % 7}`,
      version: Math.floor(index / 7) + 1,
      cause: `cause-${index}`,
      atMs: (20_000 + Math.floor(index / 15)) * 86_400_000 + index,
      bytes: counter.encode({ id: `i${index}`, by: index, passOn: [] }),
    }),
  );

  test('that is flipped is found, or changes nothing that is read', () => {
    createSqliteLog(path, 0, ID);
    const log = openSqliteLog(path, 0, ID);
    for (let from = 0; from < records.length; from += 3) {
      log.append(records.slice(from, from + 3), { outgoing: from, bus: from });
    }
    log.append([], { outgoing: records.length, bus: records.length });
    const files = [path];
    log.close();
    const reader = openSqliteReader(path, 0, ID);
    for (const segment of reader.segments()) files.push(segment.path);
    reader.close();
    expect(files).toHaveLength(3);
    const written = files.map((file) => readFileSync(file));
    const whole = seen();

    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat({ max: 7 }), (which, where, bit) => {
        const index = which % files.length;
        const [file = '', bytes = Buffer.alloc(0)] = [files[index], written[index]];
        const damaged = Buffer.from(bytes);
        const at = where % bytes.length;
        damaged[at] = (damaged[at] ?? 0) ^ (1 << bit);
        rmSync(file);
        writeFileSync(file, damaged);
        let found: unknown;
        try {
          found = seen();
        } catch (cause) {
          expect(cause).toBeInstanceOf(CorruptLogError);
          found = undefined;
        } finally {
          rmSync(file);
          writeFileSync(file, bytes);
        }
        if (found !== undefined) expect(found).toEqual(whole);
      }),
      { numRuns: 600 },
    );
  }, 120_000);

  /** By a reader, and then by what an owner looks at. */
  function seen() {
    const reader = openSqliteReader(path, 0, ID);
    try {
      const read = Array.from(reader.read(0), ({ bytes, ...it }) => ({ ...it, bytes: [...bytes] }));
      const cursors = reader.cursors();
      if (cursors.outgoing > read.length || cursors.bus > read.length) {
        throw new CorruptLogError('records are gone from its end');
      }
      return { read, cursors, head: [...reader.head().hash] };
    } finally {
      reader.close();
    }
  }
});

function four(): NewRecord[] {
  return [1, 2, 3, 4].map((version) => recordOf({ version, bytes: EVENT }));
}

function replay(): void {
  const log = openSqliteLog(path, 0, ID);
  try {
    openPartition(log, [counter]);
  } finally {
    log.close();
  }
}

/** As far as a reader gets. */
function positionsRead(from: number): number[] {
  const reader = openSqliteReader(path, 0, ID);
  const read: number[] = [];
  try {
    for (const { position } of reader.read(from)) read.push(position);
  } catch (cause) {
    expect(cause).toBeInstanceOf(CorruptLogError);
  } finally {
    reader.close();
  }
  return read;
}

function flipEach(table: string, key: string, column: string): void {
  const db = new Database(path);
  const written = db.prepare(`SELECT ${column} FROM ${table} WHERE ${key} = 3`).pluck().get();
  db.close();
  const bytes = Buffer.from(written as Uint8Array); // the column is a BLOB
  for (const index of bytes.keys()) {
    const flipped = Buffer.from(bytes);
    flipped[index] = (bytes[index] ?? 0) ^ (1 << (index % 8));
    change(`UPDATE ${table} SET ${column} = x'${flipped.toString('hex')}' WHERE ${key} = 3`);
    expect(positionsRead(0)).toEqual([1, 2]);
  }
  change(`UPDATE ${table} SET ${column} = x'${bytes.toString('hex')}' WHERE ${key} = 3`);
  expect(positionsRead(0)).toEqual([1, 2, 3, 4]);
}

function asWritten(): void {
  for (const left of [path, `${path}-wal`, `${path}-shm`]) rmSync(left, { force: true });
  copyFileSync(`${path}.aside`, path);
}

/** As somebody with the file in hand could. */
function change(sql: string): void {
  const db = new Database(path);
  for (const table of ['event', 'frame']) {
    db.exec(`
      DROP TRIGGER IF EXISTS ${table}_never_updated;
      DROP TRIGGER IF EXISTS ${table}_never_deleted;
    `);
  }
  db.exec(sql);
  db.close();
}
