// What may have happened to the files of a log, each as somebody with the files in hand could do it.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { playerId } from '../../src/actors/units.ts';
import { verifyLog } from '../../src/audit/verify.ts';
import { readDataDir, segmentsOf } from '../../src/runtime/data-dir.ts';
import { openSqliteLog } from '../../src/runtime/log/sqlite.ts';
import {
  append,
  changed,
  DAY,
  deposited,
  logOf,
  NOWHERE,
  OTHERS,
  PLAYERS,
  RACES,
  race,
  reserved,
  suspended,
  type Told,
  tournament,
} from './story.ts';

describe('a log as it was written', () => {
  test('is verified, record by record', () => {
    const dir = logOf(DAY);
    const { records, partitions, faults, moving, rest } = verifyLog(dir);
    expect({ records, faults, moving, rest }).toEqual({
      records: DAY.length,
      faults: [],
      moving: [],
      rest: 'at-rest',
    });
    expect(partitions.map((it) => it.records)).toEqual([11, 8, 2]);
    for (const { partition, headHash } of partitions) {
      expect(headHash).toBe(query(dir, partition, 'SELECT lower(hex(hash)) FROM frame'));
    }
    expect(verifyLog(dir).partitions).toEqual(partitions);
  });

  test('is verified with nothing in it', () => {
    expect(verifyLog(logOf([]))).toMatchObject({ records: 0, faults: [], rest: 'at-rest' });
  });
});

describe('a file that is not the partition’s is named, and the others are read:', () => {
  test('one that is gone', () => {
    const dir = logOf(DAY);
    const { id } = readDataDir(dir);
    rmSync(pathOf(dir, RACES));
    const { faults, moving, rest, partitions } = verifyLog(dir);
    expect(faults).toEqual([
      `partition 1: ${pathOf(dir, RACES)} is gone, the log of partition 1 of data directory ${id}: restore it from a copy, with its -wal file if that has one`,
    ]);
    expect(rest).toBe('unknown');
    expect(moving).toContain('bet ann/b1 is confirmed, and in no pool');
    expect(partitions.map((it) => it.records)).toEqual([11, 0, 2]);
  });

  test('two that are swapped', () => {
    const dir = logOf(DAY);
    const { id } = readDataDir(dir);
    renameSync(pathOf(dir, PLAYERS), `${dir}/aside`);
    renameSync(pathOf(dir, RACES), pathOf(dir, PLAYERS));
    renameSync(`${dir}/aside`, pathOf(dir, RACES));
    const { faults, rest } = verifyLog(dir);
    expect(faults).toEqual(
      [
        [PLAYERS, RACES],
        [RACES, PLAYERS],
      ].map(
        ([wanted = 0, found]) =>
          `partition ${wanted}: ${pathOf(dir, wanted)} is the log of partition ${found} of data directory ${id}; expected is partition ${wanted} of data directory ${id}: restore it from a copy, with its -wal file if that has one`,
      ),
    );
    expect(rest).toBe('unknown');
  });

  test('one of another data directory', () => {
    const [dir, other] = [logOf(DAY), logOf(DAY)];
    renameSync(pathOf(other, OTHERS), pathOf(dir, OTHERS));
    expect(verifyLog(dir).faults).toEqual([
      expect.stringContaining(
        `is the log of partition 2 of data directory ${readDataDir(other).id}; expected is partition 2 of data directory ${readDataDir(dir).id}`,
      ),
    ]);
  });

  test('one that is empty, and one that is none at all', () => {
    const dir = logOf(DAY);
    writeFileSync(pathOf(dir, PLAYERS), '');
    writeFileSync(pathOf(dir, RACES), 'nothing that SQLite wrote'.repeat(100));
    expect(verifyLog(dir).faults).toEqual([
      expect.stringContaining(`${pathOf(dir, PLAYERS)} says nowhere whose log it is`),
      `partition 1: ${pathOf(dir, RACES)} cannot be read: file is not a database`,
    ]);
  });
});

describe('a file that was changed is named:', () => {
  test('a flipped byte of an event', () => {
    const dir = logOf(DAY);
    const path = pathOf(dir, RACES);
    const file = readFileSync(path);
    const at = file.indexOf('steward');
    file[at] = (file[at] ?? 0) ^ 1;
    writeFileSync(path, file);
    const { faults, rest, partitions } = verifyLog(dir);
    expect(faults).toEqual(['partition 1: record 1 is not what was written']);
    expect(rest).toBe('unknown');
    expect(partitions[PLAYERS]?.records).toBe(11);
  });

  test('a page that SQLite itself cannot read', () => {
    const long = Array.from({ length: 200 }, (_, index) => deposited('ann', index + 1));
    const dir = logOf([...long, ...DAY]);
    const path = pathOf(dir, PLAYERS);
    const file = readFileSync(path);
    const [pageBytes, root] = [4_096, Number(query(dir, PLAYERS, ROOT_PAGE))];
    file.fill(0xff, (root - 1) * pageBytes, root * pageBytes);
    writeFileSync(path, file);
    expect(verifyLog(dir).faults).toEqual([
      `partition 0: ${path} cannot be read: database disk image is malformed`,
    ]);
  });

  test('records gone from its end, that were already told', () => {
    const dir = logOf(changed('pool-settled'));
    append(dir, RACES, DAY.filter(isSettlement));
    change(dir, RACES, 'DELETE FROM frame WHERE first = 8');
    const { faults, rest, partitions } = verifyLog(dir);
    expect(faults).toEqual([
      'partition 1 ends with record 7, and its cursors are at 8 and 8: records are gone from its end',
    ]);
    expect(rest).toBe('unknown');
    expect(partitions[RACES]?.records).toBe(7);
  });

  test('a copy from before, put in its place', () => {
    const dir = logOf(changed('pool-settled'));
    const before = readFileSync(pathOf(dir, RACES));
    append(dir, RACES, DAY.filter(isSettlement));
    expect(verifyLog(dir).faults).toEqual([]);
    writeFileSync(pathOf(dir, RACES), before);
    expect(verifyLog(dir)).toMatchObject({
      faults: ['pool r1/win is priced, and not settled'],
      rest: 'at-rest',
    });
  });

  test('a closed segment that is gone, or that was changed', () => {
    const dir = logOf([...DAY.filter(isSettlement), { ...suspendedNextDay, atMs: NEXT_DAY }]);
    append(dir, RACES, [{ ...suspendedNextDay, atMs: 2 * NEXT_DAY }]);
    const [segment] = segmentsOf(readDataDir(dir));
    const path = segment?.path ?? '';
    expect(segment).toMatchObject({ partition: RACES, day: '1970-01-01', first: 1, last: 2 });
    const written = readFileSync(path);
    rmSync(path);
    expect(verifyLog(dir).faults).toContain(
      `partition 1: ${path} is gone, with records 1 to 2 of partition 1, closed for 1970-01-01: restore it from a copy`,
    );
    const changedBytes = Buffer.from(written);
    const at = changedBytes.indexOf('steward');
    changedBytes[at] = (changedBytes[at] ?? 0) ^ 1;
    writeFileSync(path, changedBytes);
    expect(verifyLog(dir).faults).toContain(
      `partition 1: record 1 is not what was written, in ${path}`,
    );
  });
});

describe('a record that was written wrong is named, and the others are read:', () => {
  const wrongs: readonly [name: string, told: Partial<Told>, words: string][] = [
    [
      'an event of no known kind',
      { bytes: Uint8Array.of(0xfa, 0x7f, 0) },
      'partition 1, record 9: the event of race/r1 cannot be decoded: furlong.log.v1.RaceEvent has no event 2047',
    ],
    [
      'an event cut short',
      { bytes: DAY.find((it) => it.name === 'pool-priced')?.bytes.slice(0, 9) ?? Uint8Array.of() },
      'partition 1, record 9: the event of race/r1 cannot be decoded: ',
    ],
    [
      'no event at all',
      { bytes: Uint8Array.of() },
      'partition 1, record 9: the event of race/r1 cannot be decoded: ',
    ],
    [
      'an event of a tournament',
      { stream: 'tournament/sunday', bytes: Uint8Array.of(0xfa, 0x7f, 0) },
      'partition 1, record 9: the event of tournament/sunday cannot be decoded: ',
    ],
    [
      'a stream of an unknown kind',
      { stream: 'horse/1' },
      'partition 1, record 9: "horse/1" is no stream of a known kind',
    ],
    [
      'a stream that is no address',
      { stream: '' },
      'partition 1, record 9: "" is no stream of a known kind',
    ],
  ];

  test.each(wrongs)('%s', (_, wrong, words) => {
    const told = { partition: RACES, stream: 'race/r1', bytes: Uint8Array.of(), name: 'wrong' };
    const dir = logOf([...DAY, { ...told, ...wrong }]);
    const { faults, partitions } = verifyLog(dir);
    expect(faults).toEqual([expect.stringContaining(words)]);
    expect(partitions[RACES]?.records).toBe(9);
  });

  test('a version out of turn', () => {
    const dir = logOf(DAY);
    const { id, logs } = readDataDir(dir);
    const log = openSqliteLog(logs[RACES] ?? '', RACES, id);
    const { bytes = Uint8Array.of() } = DAY.find((it) => it.name === 'pool-settled') ?? {};
    log.append([{ stream: 'race/r1', version: 8, cause: 'c', atMs: 1, bytes }], AT_9);
    log.close();
    expect(verifyLog(dir).faults).toContain('partition 1, record 9: race/r1 goes on with 8, not 9');
  });
});

describe('a log that moves is not judged for what is on its way:', () => {
  const halfWay = changed('bet-confirmed bob/b1');
  const unmatched = [
    '-200 cents are in transit',
    'bet bob/b1 is reserved, and neither confirmed nor released',
    'bet bob/b1 is in a pool, and its player did not confirm it',
  ];

  test('one whose commands are not all taken', () => {
    const dir = logOf(halfWay);
    append(dir, RACES, [], { outgoing: 7, bus: 8 });
    const { faults, moving, rest, bets } = verifyLog(dir);
    expect({ faults, moving, rest }).toEqual({ faults: [], moving: unmatched, rest: 'moving' });
    expect(bets).toMatchObject({ unresolved: 1, halfBooked: 1 });
    append(dir, RACES, []);
    expect(verifyLog(dir)).toMatchObject({ faults: unmatched, moving: [], rest: 'at-rest' });
  });

  test('one that is only behind in telling the world is at rest', () => {
    const dir = logOf(halfWay);
    append(dir, RACES, [], { outgoing: 8, bus: 0 });
    expect(verifyLog(dir)).toMatchObject({ faults: unmatched, rest: 'at-rest' });
  });

  test('one that is written to while it is read', () => {
    const many = Array.from({ length: 100_000 }, (_, index) => joined(index));
    const dir = logOf([...halfWay, ...many]);
    const told: number[] = [];
    const found = verifyLog(dir, {
      onProgress(records) {
        told.push(records);
        append(dir, PLAYERS, [reserved('ann', 'b7', 200)]);
      },
    });
    expect(told).toEqual([100_000]);
    expect(found).toMatchObject({ faults: [], moving: unmatched, rest: 'moving' });
    // It had been read already, and is there the next time.
    expect(verifyLog(dir)).toMatchObject({
      rest: 'at-rest',
      faults: expect.arrayContaining([expect.stringContaining('bet ann/b7 is reserved')]),
    });
    // A word of progress comes with every 100,000 records: the log is as long as that.
  }, 60_000);

  test('and is judged for everything else', () => {
    const dir = logOf([...halfWay, ...DAY.filter(isPosting)]);
    append(dir, RACES, [], { outgoing: 0, bus: 0 });
    expect(verifyLog(dir)).toMatchObject({
      faults: ['pool r1/win is posted twice'],
      rest: 'moving',
    });
  });
});

const ROOT_PAGE = "SELECT rootpage FROM sqlite_schema WHERE name = 'frame'";
const NEXT_DAY = 86_400_000;
const suspendedNextDay = race(suspended);
const AT_9 = { outgoing: 9, bus: 9 };

function isPosting({ name }: Told): boolean {
  return name === 'pool-posted';
}

function isSettlement({ name }: Told): boolean {
  return name === 'pool-settled';
}

function joined(entry: number): Told {
  return tournament({
    kind: 'player-joined',
    player: playerId('ann'),
    alias: 'Ann',
    entry,
    ...NOWHERE,
  });
}

function pathOf(dir: string, partition: number): string {
  return join(dir, 'log', `p-00${partition}.sqlite`);
}

function query(dir: string, partition: number, sql: string): unknown {
  const db = new Database(pathOf(dir, partition), { readonly: true });
  const value = db.prepare(sql).pluck().all().at(-1);
  db.close();
  return value;
}

function change(dir: string, partition: number, sql: string): void {
  const db = new Database(pathOf(dir, partition));
  db.exec(`DROP TRIGGER frame_never_updated; DROP TRIGGER frame_never_deleted; ${sql}`);
  db.close();
}
