// Segments of a log by business day, and the closing of them: crashes anywhere, clocks that step,
// readers in between, files that are lost.
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { copyLog } from '../../src/runtime/log/copy.ts';
import {
  CorruptLogError,
  type EventLog,
  FencedError,
  type LogIoError,
  type NewRecord,
} from '../../src/runtime/log/log.ts';
import { createSqliteLog, openSqliteLog, openSqliteReader } from '../../src/runtime/log/sqlite.ts';
import { writeFormat1 } from '../support/format-1-log.ts';
import { NO_CURSORS, recordOf } from './log.contract.ts';

const calls = vi.hoisted(() => ({ before: undefined as ((name: string) => void) | undefined }));

// Every call that changes what a directory holds, or waits for the disk, can be stopped before.
vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  const watched = [
    'mkdirSync',
    'rmSync',
    'chmodSync',
    'openSync',
    'fsyncSync',
    'renameSync',
  ] as const;
  const wrapped = watched.map((name) => [
    name,
    (...args: unknown[]) => {
      calls.before?.(name);
      return (fs[name] as (...args: unknown[]) => unknown)(...args);
    },
  ]);
  return { ...fs, ...Object.fromEntries(wrapped) };
});

const ID = 'd1';
const DAY = 86_400_000;
const NOV_20 = Date.UTC(2026, 10, 20);

let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'furlong-segments-'));
  mkdirSync(join(dir, 'log'));
  path = join(dir, 'log', 'p-000.sqlite');
});
afterEach(() => {
  calls.before = undefined;
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true });
});

describe('a log over several days', () => {
  beforeEach(() => createSqliteLog(path, 0, ID));

  test('is one closed file for each day before the last, and goes on in the active one', () => {
    const log = owned();
    appendOn(log, [0, 0, 0, 1, 1, 2]);
    expect(archived()).toEqual([
      '2026-11-20/p-000-0000000000000001.sqlite',
      '2026-11-21/p-000-0000000000000004.sqlite',
    ]);
    expect(log.head().position).toBe(6);
    expect(versionsOf(log)).toEqual([1, 2, 3, 4, 5, 6]);
    log.close();
    expectReadable(6);
    const reader = openSqliteReader(path, 0, ID);
    expect(reader.segments()).toMatchObject([
      { partition: 0, day: '2026-11-20', first: 1, last: 3, hash: reader.hashAt(3) },
      { partition: 0, day: '2026-11-21', first: 4, last: 5, hash: reader.hashAt(5) },
    ]);
    expect(reader.segments().map((it) => it.path)).toEqual(
      archived().map((name) => join(dir, 'archive', name)),
    );
    reader.close();
  });

  test('has its closed files read-only, whole, and with no -wal beside them', () => {
    const log = owned();
    appendOn(log, [0, 1, 2]);
    for (const name of archived()) {
      const file = join(dir, 'archive', name);
      expect(statSync(file).mode & 0o777).toBe(0o444);
      const db = new Database(file, { readonly: true });
      expect(db.pragma('journal_mode', { simple: true })).toBe('delete');
      expect(db.prepare('SELECT count(*) FROM frame').pluck().get()).toBe(1);
      db.close();
    }
    log.close();
  });

  test('goes on where it was after each opening, whatever day it is then', () => {
    for (const [index, day] of [0, 0, 1, 1, 4].entries()) {
      const log = owned();
      expect(log.epoch).toBe(index + 1);
      log.append([on(day, index + 1)], { outgoing: index, bus: index });
      log.close();
    }
    expect(archived()).toEqual([
      '2026-11-20/p-000-0000000000000001.sqlite',
      '2026-11-21/p-000-0000000000000003.sqlite',
    ]);
    expectReadable(5);
  });

  test('a day is that of the first record of a commit: one over midnight is of the day before', () => {
    const log = owned();
    log.append(
      [recordOf({ atMs: NOV_20 + DAY - 1 }), recordOf({ atMs: NOV_20 + DAY })],
      NO_CURSORS,
    );
    expect(archived()).toEqual([]);
    log.append([recordOf({ atMs: NOV_20 + DAY })], NO_CURSORS);
    expect(archived()).toEqual(['2026-11-20/p-000-0000000000000001.sqlite']);
    log.close();
  });

  test('a clock that steps back closes nothing, and makes no earlier day after a later one', () => {
    const log = owned();
    appendOn(log, [5, 0, 4, 5, 6, 5, 0, 7]);
    expect(archived()).toEqual([
      '2026-11-25/p-000-0000000000000001.sqlite',
      '2026-11-26/p-000-0000000000000005.sqlite',
    ]);
    log.close();
    expectReadable(8);
  });

  test('and none where the step back meets a segment that has nothing yet', () => {
    const log = owned();
    log.append([on(3, 1)], NO_CURSORS);
    log.close();
    makeFormat1Of([on(3, 1)]);
    const next = owned();
    appendOn(next, [0, 3, 4], 2);
    expect(archived()).toEqual([
      '2026-11-23/p-000-0000000000000001.sqlite',
      '2026-11-23/p-000-0000000000000002.sqlite',
    ]);
    next.close();
    expectReadable(4);
  });

  test('a commit without records closes nothing', () => {
    const log = owned();
    appendOn(log, [0]);
    log.append([], { outgoing: 1, bus: 1 });
    expect(archived()).toEqual([]);
    log.close();
  });

  test('times beyond all dates still have a place', () => {
    const log = owned();
    const times = [0, 8_640_000_000_000_000, Number.MAX_SAFE_INTEGER];
    for (const [index, atMs] of times.entries()) {
      log.append([recordOf({ version: index + 1, atMs })], NO_CURSORS);
    }
    expect(versionsOf(log)).toEqual([1, 2, 3]);
    log.close();
    expectReadable(3);
  });

  test('a reader goes on reading while the day is closed under it', () => {
    const log = owned();
    appendOn(
      log,
      Array.from({ length: 200 }, () => 0),
    );
    const reader = openSqliteReader(path, 0, ID);
    const reading = reader.read(0)[Symbol.iterator]();
    const read = [reading.next().value?.version];
    appendOn(log, [1, 1, 2], 201);
    for (let it = reading.next(); !it.done; it = reading.next()) read.push(it.value.version);
    expect(read).toEqual(Array.from({ length: 203 }, (_, index) => index + 1));
    expect(reader.head()).toEqual(log.head());
    expect(reader.hashAt(200)).toEqual(reader.segments()[0]?.hash);
    expect(Array.from(reader.read(150), ({ position }) => position)).toHaveLength(53);
    reader.close();
    log.close();
  });

  test('an earlier owner closes nothing, even if a new day is the first that it sees', () => {
    const log = owned();
    appendOn(log, [0]);
    const next = owned();
    expect(() => appendOn(log, [1], 2)).toThrow(FencedError);
    expect(archived()).toEqual([]);
    appendOn(next, [1], 2);
    expect(() => appendOn(log, [2], 2)).toThrow(FencedError);
    expect(archived()).toHaveLength(1);
    next.close();
    log.close();
    expectReadable(2);
  });

  test('an owner that is overtaken while it closes a day closes nothing', () => {
    const log = owned();
    appendOn(log, [0]);
    let next: EventLog | undefined;
    calls.before = (name) => {
      if (name !== 'chmodSync') return;
      calls.before = undefined;
      next = owned();
    };
    expect(() => appendOn(log, [1], 2)).toThrow(FencedError);
    const reader = openSqliteReader(path, 0, ID);
    expect(reader.segments()).toEqual([]);
    reader.close();
    if (next !== undefined) appendOn(next, [1], 2);
    next?.close();
    log.close();
    expectReadable(2);
    expect(archived()).toHaveLength(1);
  });

  test('an opening does not read what is archived', () => {
    const log = owned();
    appendOn(log, [0, 1, 2]);
    log.close();
    changeArchived(0, "UPDATE frame SET bytes = x'00'");
    owned().close();
  });
});

describe('a crash while a day is closed loses nothing, wherever it comes:', () => {
  test('in format 2', () => {
    createSqliteLog(path, 0, ID);
    const log = owned();
    appendOn(log, [0, 0, 1]);
    const copies = copiesAtEachCall(() => appendOn(log, [2], 4));
    log.close();
    expect(copies.length).toBeGreaterThanOrEqual(10);
    for (const copy of copies) {
      inPlaceOf(copy);
      expectReadable(3);
      const next = owned();
      expect(next.epoch).toBe(2);
      expect(versionsOf(next)).toEqual([1, 2, 3]);
      appendOn(next, [2, 3], 4);
      next.close();
      expectReadable(5);
      expect(archived()).toHaveLength(3);
    }
  });

  test('also where the copy in the archive is torn', () => {
    createSqliteLog(path, 0, ID);
    const log = owned();
    appendOn(log, [0, 0]);
    const copies = copiesAtEachCall(() => appendOn(log, [1], 3));
    log.close();
    for (const copy of copies) {
      inPlaceOf(copy);
      for (const name of filesIn(join(dir, 'archive'))) {
        const file = join(dir, 'archive', name);
        chmodSync(file, 0o644);
        writeFileSync(file, 'torn');
      }
      const next = owned();
      appendOn(next, [1], 3);
      next.close();
      expectReadable(3);
      expect(archived()).toHaveLength(1);
    }
  });

  test('in format 1, when it becomes the first segment', () => {
    const records = [on(0, 1), on(0, 2), on(1, 3)];
    const of = { partition: 0, dataId: ID, epoch: 7 };
    const hash = writeFormat1(path, of, { records, cursors: { outgoing: 2, bus: 1 } });
    const copies = copiesAtEachCall(() => owned().close());
    expect(copies.length).toBeGreaterThanOrEqual(10);
    for (const copy of copies) {
      inPlaceOf(copy);
      const reader = openSqliteReader(path, 0, ID);
      expect([...reader.read(0)].map(({ version }) => version)).toEqual([1, 2, 3]);
      expect(reader.head()).toMatchObject({ position: 3, hash: Buffer.from(hash) });
      expect(reader.cursors()).toEqual({ outgoing: 2, bus: 1 });
      reader.close();
      const next = owned();
      expect(next.epoch).toBe(9);
      expect(next.head()).toEqual({ position: 3, hash: Buffer.from(hash) });
      expect(next.cursors()).toEqual({ outgoing: 2, bus: 1 });
      appendOn(next, [1], 4);
      next.close();
      expectReadable(4);
    }
  });
});

describe('a day of many slices', () => {
  const FRAMES = 8;
  const large = (day: number, version: number) =>
    recordOf({ version, atMs: NOV_20 + day * DAY, bytes: new Uint8Array(300_000).fill(version) });

  beforeEach(() => createSqliteLog(path, 0, ID));

  function appendLarge(log: EventLog): void {
    for (let version = 1; version <= FRAMES; version++) {
      log.append([large(0, version)], NO_CURSORS);
    }
  }

  /** How many frames the active file has of its own. */
  function framesLeft(): number {
    const db = new Database(path, { readonly: true });
    const count = db.prepare<[], number>('SELECT count(*) FROM frame').pluck().get() ?? 0;
    db.close();
    return count;
  }

  function segmentsNow() {
    const reader = openSqliteReader(path, 0, ID);
    try {
      return reader.segments().map(({ day, first, last }) => [day, first, last]);
    } finally {
      reader.close();
    }
  }

  test('is closed over several commits, readable after each of them', () => {
    const log = owned();
    appendLarge(log);
    const seen: [listed: number, frames: number][] = [];
    for (let version = FRAMES + 1; framesLeft() >= seen.length + 1; version++) {
      appendOn(log, [1], version);
      expectReadable(version);
      expect(versionsOf(log)).toHaveLength(version);
      expect(read(FRAMES - 1)).toHaveLength(version - FRAMES + 1);
      seen.push([segmentsNow().length, framesLeft()]);
    }
    // Some before it is listed, and some after, with less of it each time.
    expect(seen.filter(([listed]) => listed === 0).length).toBeGreaterThan(1);
    const dropping = seen.filter(([listed, frames]) => listed === 1 && frames > seen.length);
    expect(dropping.length).toBeGreaterThan(1);
    expect(framesLeft()).toBe(seen.length);
    expect(segmentsNow()).toEqual([['2026-11-20', 1, FRAMES]]);
    log.close();
  });

  test('loses nothing by a crash at any step, and the next owner goes on with it', () => {
    const log = owned();
    appendLarge(log);
    let version = FRAMES;
    const copies = copiesAtEachCall(() => {
      for (let step = 0; step < 8; step++) appendOn(log, [1], ++version);
    });
    expect(framesLeft()).toBe(8);
    log.close();
    for (const copy of copies) {
      inPlaceOf(copy);
      const there = read(0).length;
      expect(there).toBeGreaterThanOrEqual(FRAMES);
      expectReadable(there);
      const next = owned();
      expect(next.head().position).toBe(there);
      for (let step = 1; step <= 9; step++) appendOn(next, [1], there + step);
      expectReadable(there + 9);
      next.close();
      expect(segmentsNow()).toEqual([['2026-11-20', 1, FRAMES]]);
      expect(framesLeft()).toBe(there + 9 - FRAMES);
      expect(archived()).toHaveLength(1);
    }
  });

  test('is changed by a new owner in the middle, and the one before does no more', () => {
    for (const steps of [1, 2, 3, 5, 6]) {
      rmSync(join(dir, 'archive'), { recursive: true, force: true });
      for (const left of [path, `${path}-wal`, `${path}-shm`]) rmSync(left, { force: true });
      createSqliteLog(path, 0, ID);
      const log = owned();
      appendLarge(log);
      for (let step = 1; step <= steps; step++) appendOn(log, [1], FRAMES + step);
      const next = owned();
      expect(() => appendOn(log, [1], 99)).toThrow(FencedError);
      for (let step = 1; step <= 9; step++) appendOn(next, [1], FRAMES + steps + step);
      log.close();
      expectReadable(FRAMES + steps + 9);
      expect(segmentsNow()).toEqual([['2026-11-20', 1, FRAMES]]);
      expect(framesLeft()).toBe(steps + 9);
      next.close();
    }
  });

  test('may take longer than the next day: each still has its segment', () => {
    const log = owned();
    appendLarge(log);
    appendOn(log, [1, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3], FRAMES + 1);
    expect(segmentsNow()).toEqual([
      ['2026-11-20', 1, FRAMES],
      ['2026-11-21', FRAMES + 1, FRAMES + 1],
      ['2026-11-22', FRAMES + 2, FRAMES + 3],
    ]);
    log.close();
    expectReadable(FRAMES + 13);
  });

  test('is copied whole by a backup at any step', () => {
    const log = owned();
    appendLarge(log);
    for (let step = 1; step <= 8; step++) {
      appendOn(log, [1], FRAMES + step);
      const to = join(dir, 'log', `copy-${step}.sqlite`);
      const file = { path, partition: 0, dataId: ID };
      const { position: through } = log.head();
      copyLog(file, { to, through, cursors: NO_CURSORS });
      const copy = openSqliteReader(to, 0, ID);
      expect(copy.head()).toEqual(log.head());
      const after = copy.segments().at(-1)?.last ?? 0;
      expect([...copy.read(after)]).toHaveLength(FRAMES + step - after);
      copy.close();
    }
    log.close();
  });

  test('is neither closed nor dropped where a record of it is not what was written', () => {
    const log = owned();
    appendOn(log, [0, 0, 0]);
    const db = new Database(path);
    db.exec('DROP TRIGGER frame_never_updated; UPDATE frame SET count = 9 WHERE first = 2');
    db.close();
    expect(thrownBy(() => appendOn(log, [1], 4))).toEqual(
      new CorruptLogError(`partition 0: record 2 is not what was written, in ${path}`),
    );
    expect(framesLeft()).toBe(3);
    expect(segmentsNow()).toEqual([]);
    log.close();
  });

  test('lets nobody drop what is not in the archive, before and after', () => {
    const log = owned();
    appendOn(log, [0, 0, 1, 1]);
    const db = new Database(path);
    expect(() => db.exec('DELETE FROM frame')).toThrow('the log is append-only');
    db.close();
    log.close();
    expectReadable(4);
  });
});

describe('a log of format 1', () => {
  test('that holds nothing goes on in today’s, with its cursors and its epoch', () => {
    makeFormat1Of([]);
    const log = owned();
    expect(log.epoch).toBe(4);
    expect(log.head().position).toBe(0);
    appendOn(log, [0]);
    expect(existsSync(join(dir, 'archive'))).toBe(false);
    log.close();
    expectReadable(1);
  });

  test('is looked at where it is, and changed by no reader', () => {
    const hash = makeFormat1Of([on(0, 1), on(1, 2)]);
    const reader = openSqliteReader(path, 0, ID);
    expect([...reader.read(1)]).toMatchObject([{ position: 2, version: 2 }]);
    expect(reader.segments()).toEqual([]);
    expect(reader.hashAt(2)).toEqual(Buffer.from(hash));
    expect(reader.hashAt(3)).toBeUndefined();
    expect(existsSync(join(dir, 'archive'))).toBe(false);
    const log = owned();
    expect([...reader.read(0)]).toHaveLength(2);
    expect(reader.segments()).toMatchObject([{ day: '2026-11-20', first: 1, last: 2 }]);
    expect(reader.hashAt(1)).toHaveLength(32);
    reader.close();
    log.close();
  });

  test('is renewed once: the owner before it can append no more', () => {
    makeFormat1Of([on(0, 1)]);
    const log = owned();
    const next = owned();
    expect(() => appendOn(log, [0], 2)).toThrow(FencedError);
    expect(archived()).toHaveLength(1);
    next.close();
    log.close();
  });
});

describe('a closed segment', () => {
  beforeEach(() => {
    createSqliteLog(path, 0, ID);
    const log = owned();
    appendOn(log, [0, 0, 1, 2]);
    log.close();
  });

  const WHICH = 'records 1 to 2 of partition 0, closed for 2026-11-20';

  test('that is gone is missed by name, by its owner and by readers', () => {
    const file = segment(0);
    rmSync(file);
    const words = `${file} is gone, with ${WHICH}: restore it from a copy`;
    expect(owned).toThrow(new CorruptLogError(words));
    expect(() => read(0)).toThrow(new CorruptLogError(words));
    // What lies after it can be read all the same.
    expect(read(2)).toEqual([3, 4]);
  });

  test('that is not the one that was closed is named', () => {
    const [first, second] = [segment(0), segment(1)];
    renameSync(first, `${first}.aside`);
    copyFileSync(second, first);
    const words = `${first} does not hold ${WHICH}, as written: restore it from a copy`;
    expect(owned).toThrow(new CorruptLogError(words));
    expect(() => read(0)).toThrow(new CorruptLogError(words));
  });

  test('of another partition, or another data directory, is named', () => {
    for (const change of ['UPDATE meta SET partition = 1', "UPDATE meta SET data_id = 'd2'"]) {
      changeArchived(0, change);
      expect(owned).toThrow(`${segment(0)} is the log of`);
      expect(() => read(0)).toThrow(`${segment(0)} is the log of`);
      changeArchived(0, "UPDATE meta SET partition = 0, data_id = 'd1'");
    }
    expect(read(0)).toEqual([1, 2, 3, 4]);
  });

  test('that was altered is found as it is read, and named', () => {
    changeArchived(0, "UPDATE frame SET bytes = x'00' WHERE first = 2");
    expect(() => read(0)).toThrow(
      new CorruptLogError(`partition 0: record 2 is not what was written, in ${segment(0)}`),
    );
    expect(read(2)).toEqual([3, 4]);
  });

  test('with its end cut off, or no database any more, stops its owner', () => {
    changeArchived(0, 'DELETE FROM frame WHERE first = 2');
    expect(owned).toThrow('does not hold records 1 to 2');
    chmodSync(segment(0), 0o644);
    writeFileSync(segment(0), 'nothing that SQLite wrote'.repeat(100));
    expect(owned).toThrow(`${segment(0)} cannot be read: file is not a database`);
    expect(() => read(0)).toThrow(CorruptLogError);
  });

  test('that the list no longer has is missed', () => {
    const db = new Database(path);
    db.exec('DELETE FROM segment WHERE first = 1');
    db.close();
    expect(owned).toThrow(`${path} lists no segment with record 1`);
    expect(() => read(0)).toThrow(CorruptLogError);
  });
});

describe('a disk that fails', () => {
  beforeEach(() => createSqliteLog(path, 0, ID));

  test('is told with SQLite’s own code, and the log takes nothing more', () => {
    const pragma = vi.spyOn(Database.prototype, 'pragma');
    const log = owned();
    const db = pragma.mock.contexts[0] as Database.Database; // it is called on nothing else
    log.append([on(0, 1)], NO_CURSORS);
    const pages = Number(db.pragma('page_count', { simple: true }));
    db.pragma(`max_page_count = ${pages}`);
    const large = recordOf({ version: 2, atMs: NOV_20, bytes: new Uint8Array(100_000) });
    const failure = thrownBy(() => log.append([large], { outgoing: 1, bus: 1 })) as LogIoError;
    expect(failure).toMatchObject({
      name: 'LogIoError',
      code: 'SQLITE_FULL',
      message: `${path} cannot be written: database or disk is full (SQLITE_FULL)`,
    });
    expect(failure.cause).toMatchObject({ code: 'SQLITE_FULL' });
    db.pragma('max_page_count = 1000000');
    expect(thrownBy(() => log.append([on(0, 2)], NO_CURSORS))).toBe(failure);
    expect(thrownBy(() => log.append([], NO_CURSORS))).toBe(failure);
    expect(versionsOf(log)).toEqual([1]);
    log.close();
    expectReadable(1);
  });

  test('is told with the system’s code where a day cannot be closed', () => {
    const log = owned();
    appendOn(log, [0]);
    writeFileSync(join(dir, 'archive'), 'in the way');
    const failure = thrownBy(() => appendOn(log, [1], 2));
    expect(failure).toMatchObject({ name: 'LogIoError', code: 'ENOTDIR' });
    expect(thrownBy(() => appendOn(log, [0], 2))).toBe(failure);
    log.close();
    rmSync(join(dir, 'archive'));
    expectReadable(1);
  });

  test('is told by each step of the closing, and nothing is lost by it', () => {
    let log = owned();
    appendOn(log, [0]);
    for (let failing = 0; ; failing++) {
      let step = 0;
      calls.before = (name) => {
        if (step++ !== failing) return;
        throw Object.assign(new Error('the disk is gone'), { code: 'EIO', syscall: name });
      };
      const failure = thrownBy(() => appendOn(log, [1], 2));
      calls.before = undefined;
      log.close();
      if (failure === undefined) {
        expect(failing).toBeGreaterThanOrEqual(6);
        break;
      }
      expect(failure).toMatchObject({ name: 'LogIoError', code: 'EIO' });
      expectReadable(1);
      log = owned();
    }
    expectReadable(2);
  });
});

function owned(): EventLog {
  return openSqliteLog(path, 0, ID);
}

function on(day: number, version: number): NewRecord {
  return recordOf({ version, atMs: NOV_20 + day * DAY + version });
}

/** One commit a day number, versions from `version`, by which tests know the records. */
function appendOn(log: EventLog, days: readonly number[], version = 1): void {
  for (const [index, day] of days.entries()) log.append([on(day, version + index)], log.cursors());
}

function makeFormat1Of(records: readonly NewRecord[]): Uint8Array {
  for (const left of [path, `${path}-wal`, `${path}-shm`]) rmSync(left, { force: true });
  return writeFormat1(
    path,
    { partition: 0, dataId: ID, epoch: 3 },
    { records, cursors: NO_CURSORS },
  );
}

function versionsOf(log: EventLog): number[] {
  return Array.from(log.read(0), ({ version }) => version);
}

function read(from: number): number[] {
  const reader = openSqliteReader(path, 0, ID);
  try {
    return Array.from(reader.read(from), ({ version }) => version);
  } finally {
    reader.close();
  }
}

/** Versions from 1, from the first record to the last. */
function expectReadable(count: number): void {
  expect(read(0)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
}

function filesIn(of: string): string[] {
  return existsSync(of)
    ? readdirSync(of, { recursive: true, withFileTypes: true })
        .filter((it) => it.isFile())
        .map((it) => join(it.parentPath, it.name).slice(of.length + 1))
        .sort()
    : [];
}

/** What is in the archive, by position. */
function archived(): string[] {
  return filesIn(join(dir, 'archive')).sort(
    (a, b) => Number(a.split(/[-.]/).at(-2)) - Number(b.split(/[-.]/).at(-2)),
  );
}

function segment(index: number): string {
  return join(dir, 'archive', archived()[index] ?? '');
}

function changeArchived(index: number, sql: string): void {
  chmodSync(segment(index), 0o644);
  const db = new Database(segment(index));
  db.exec('DROP TRIGGER IF EXISTS frame_never_updated; DROP TRIGGER IF EXISTS frame_never_deleted');
  db.exec(sql);
  db.close();
}

/** Everything on disk, as a killed process leaves it before each call that changes it. */
function copiesAtEachCall(work: () => void): string[] {
  const copies: string[] = [];
  calls.before = () => {
    const copy = join(dir, 'copies', String(copies.length));
    calls.before = undefined;
    for (const part of ['log', 'archive']) {
      if (existsSync(join(dir, part)))
        cpSync(join(dir, part), join(copy, part), { recursive: true });
    }
    copies.push(copy);
    calls.before = again;
  };
  const again = calls.before;
  work();
  calls.before = undefined;
  return copies;
}

function inPlaceOf(copy: string): void {
  for (const part of ['log', 'archive']) {
    rmSync(join(dir, part), { recursive: true, force: true });
    if (existsSync(join(copy, part)))
      cpSync(join(copy, part), join(dir, part), { recursive: true });
  }
}

function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (cause) {
    return cause;
  }
  return undefined;
}
