// What only the log in a file promises: durable settings, rows nobody can change, files that say
// whose they are, a lock that dies with its holder.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { holdLock } from '../../src/runtime/log/database.ts';
import { CorruptLogError } from '../../src/runtime/log/log.ts';
import { createSqliteLog, openSqliteLog, openSqliteReader } from '../../src/runtime/log/sqlite.ts';
import { logContract, NO_CURSORS, recordOf } from './log.contract.ts';

/** The data directory that the files here belong to. */
const ID = 'd1';

let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'furlong-log-'));
  path = join(dir, 'p.sqlite');
  createSqliteLog(path, 0, ID);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true });
});

logContract('in a SQLite file', () => {
  const place = mkdtempSync(join(tmpdir(), 'furlong-log-'));
  return {
    open(partition) {
      const file = join(place, 'p.sqlite');
      if (!existsSync(file)) createSqliteLog(file, partition, ID);
      return openSqliteLog(file, partition, ID);
    },
    remove: () => rmSync(place, { recursive: true }),
  };
});

describe('a log in a file', () => {
  test('asks the disk for every commit: synchronous is FULL in WAL after a write', () => {
    const pragma = vi.spyOn(Database.prototype, 'pragma');
    const log = openSqliteLog(path, 0, ID);
    const connection = pragma.mock.contexts[0] as Database.Database;
    log.append([recordOf({})], NO_CURSORS);
    expect(connection.pragma('synchronous', { simple: true })).toBe(2);
    expect(connection.pragma('journal_mode', { simple: true })).toBe('wal');
    log.close();
  });

  test('is not opened where FULL could not be set', () => {
    const { pragma } = Database.prototype;
    vi.spyOn(Database.prototype, 'pragma').mockImplementation(function (
      this: Database.Database,
      ...[source, options]: Parameters<typeof pragma>
    ) {
      return source === 'synchronous = FULL' ? [] : pragma.call(this, source, options);
    });
    expect(() => openSqliteLog(path, 0, ID)).toThrow('synchronous is 1, not FULL');
  });

  test('writes nothing of a batch that fails inside the transaction', () => {
    const log = openSqliteLog(path, 0, ID);
    change(
      "CREATE TRIGGER full BEFORE INSERT ON frame WHEN NEW.first > 1 BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    const long = Array.from({ length: 3 }, () => recordOf({ bytes: new Uint8Array(1_000_000) }));
    expect(() => log.append(long, { outgoing: 2, bus: 2 })).toThrow('no');
    expect([...log.read(0)]).toEqual([]);
    expect(log.cursors()).toEqual(NO_CURSORS);
    log.close();
    const again = openSqliteLog(path, 0, ID);
    expect(again.head().position).toBe(0);
    expect(again.cursors()).toEqual(NO_CURSORS);
    again.close();
  });

  test('writes one row for a commit, and only as many pages as it takes', () => {
    const log = openSqliteLog(path, 0, ID);
    for (let turn = 0; turn < 5; turn++) {
      log.append(
        Array.from({ length: 100 }, () => recordOf({})),
        NO_CURSORS,
      );
    }
    const db = new Database(path, { readonly: true });
    expect(db.prepare('SELECT first, count FROM frame').raw().all()).toEqual(
      [1, 101, 201, 301, 401].map((first) => [first, 100]),
    );
    db.close();
    log.close();
  });

  test('refuses its owner when somebody else wrote to it all the same', () => {
    const log = openSqliteLog(path, 0, ID);
    log.append([recordOf({})], NO_CURSORS);
    change("INSERT INTO frame VALUES (2, 1, x'00', x'00')");
    expect(() => log.append([recordOf({ version: 2 })], NO_CURSORS)).toThrow('position 2, not 1');
    log.close();
  });

  test.each([
    'UPDATE frame SET count = 9',
    'DELETE FROM frame',
    'DELETE FROM frame WHERE first = 1',
  ])('the database itself refuses to %s', (sql) => {
    const log = openSqliteLog(path, 0, ID);
    log.append([recordOf({})], NO_CURSORS);
    const db = new Database(path);
    expect(() => db.exec(sql)).toThrow('the log is append-only');
    db.close();
    log.close();
  });

  test('can be looked at while its owner goes on writing', () => {
    const log = openSqliteLog(path, 0, ID);
    log.append([recordOf({})], NO_CURSORS);
    const reader = openSqliteReader(path, 0, ID);
    expect(reader.head()).toEqual(log.head());
    expect(reader.cursors()).toEqual(log.cursors());
    const reading = reader.read(0)[Symbol.iterator]();
    expect(reading.next().value?.position).toBe(1);
    log.append([recordOf({ version: 2 })], { outgoing: 1, bus: 0 });
    expect(reader.head()).toEqual(log.head());
    expect(reader.cursors()).toEqual({ outgoing: 1, bus: 0 });
    expect([...reader.read(0)]).toEqual([...log.read(0)]);
    reader.close();
    log.append([recordOf({ version: 3 })], NO_CURSORS);
    log.close();
  });

  test('has all of it in the file itself when its owner is done, whoever still looks at it', () => {
    const log = openSqliteLog(path, 0, ID);
    log.append([recordOf({})], NO_CURSORS);
    const reader = openSqliteReader(path, 0, ID);
    expect([...reader.read(0)]).toHaveLength(1);
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    log.close();
    reader.close();
    expect(statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);
  });

  test('keeps out of the way of its next owner when it is done', () => {
    const first = openSqliteLog(path, 0, ID);
    const next = openSqliteLog(path, 0, ID);
    next.append([recordOf({})], NO_CURSORS);
    const { size } = statSync(`${path}-wal`);
    first.close();
    expect(statSync(`${path}-wal`).size).toBe(size);
    next.close();
  });

  test('can be looked at when nobody owns it, and nobody loses it by that', () => {
    const log = openSqliteLog(path, 0, ID);
    log.append([recordOf({})], NO_CURSORS);
    log.close();
    const reader = openSqliteReader(path, 0, ID);
    expect([...reader.read(0)]).toHaveLength(1);
    reader.close();
    expect(() => openSqliteReader(join(dir, 'none.sqlite'), 0, ID)).toThrow(CorruptLogError);
  });
});

const ASKED = 'partition 0 of data directory d1';
const TODO = 'restore it from a copy, with its -wal file if that has one';

describe.each([
  ['its owner', openSqliteLog],
  ['a reader', openSqliteReader],
] as const)('a file is refused by %s', (_, open) => {
  test('where it is gone, and none is made in its place', () => {
    rmSync(path);
    expect(() => open(path, 0, ID)).toThrow(
      new CorruptLogError(`${path} is gone, the log of ${ASKED}: ${TODO}`),
    );
    expect(existsSync(path)).toBe(false);
  });

  test('where it is another partition’s', () => {
    createSqliteLog(path, 7, ID);
    expect(() => open(path, 0, ID)).toThrow(
      new CorruptLogError(
        `${path} is the log of partition 7 of data directory d1; expected is ${ASKED}: ${TODO}`,
      ),
    );
  });

  test('where it is another data directory’s', () => {
    createSqliteLog(path, 0, 'd2');
    expect(() => open(path, 0, ID)).toThrow(
      new CorruptLogError(
        `${path} is the log of partition 0 of data directory d2; expected is ${ASKED}: ${TODO}`,
      ),
    );
  });

  test.each([
    ['empty', () => writeFileSync(path, '')],
    ['some other database', () => change('DROP TABLE meta')],
    ['half made', () => change('DELETE FROM meta')],
  ])('where it is %s', (_what, spoil) => {
    spoil();
    expect(() => open(path, 0, ID)).toThrow(
      new CorruptLogError(`${path} says nowhere whose log it is; expected is ${ASKED}: ${TODO}`),
    );
  });

  test('where it is no database', () => {
    writeFileSync(path, 'nothing that SQLite wrote'.repeat(100));
    expect(() => open(path, 0, ID)).toThrow(
      new CorruptLogError(`${path} cannot be read: file is not a database`),
    );
  });

  test('where it has a later format', () => {
    change('UPDATE meta SET format = 3');
    expect(() => open(path, 0, ID)).toThrow(
      `${path} has format 3, this furlong reads 1 to 2: use the furlong that wrote it`,
    );
  });

  test('and taken as it was when it is back', () => {
    const log = openSqliteLog(path, 0, ID);
    log.append([recordOf({})], NO_CURSORS);
    log.close();
    renameSync(path, `${path}.aside`);
    expect(() => open(path, 0, ID)).toThrow(CorruptLogError);
    renameSync(`${path}.aside`, path);
    const back = open(path, 0, ID);
    expect(back.head().position).toBe(1);
    back.close();
  });
});

describe('a file is made', () => {
  test('over one that holds nothing, as a crash leaves it', () => {
    for (const left of ['', undefined]) {
      if (left !== undefined) writeFileSync(path, left);
      createSqliteLog(path, 3, 'd3');
      openSqliteLog(path, 3, 'd3').close();
    }
  });

  test('and never over one that holds records', () => {
    const log = openSqliteLog(path, 0, ID);
    log.append([recordOf({})], NO_CURSORS);
    log.close();
    expect(() => createSqliteLog(path, 0, 'd2')).toThrow(
      `${path} holds 1 records already: restore the furlong.json that it was made with`,
    );
    const again = openSqliteLog(path, 0, ID);
    expect(again.head().position).toBe(1);
    again.close();
  });

  test('with the disk asked for every commit of it', () => {
    const pragma = vi.spyOn(Database.prototype, 'pragma');
    createSqliteLog(path, 0, ID);
    expect(pragma.mock.calls).toContainEqual(['synchronous = FULL']);
  });
});

describe('the lock', () => {
  test('is held by one at a time, and passed on', () => {
    const release = holdLock(join(dir, 'lock'));
    expect(release).toBeDefined();
    expect(holdLock(join(dir, 'lock'))).toBeUndefined();
    release?.();
    const again = holdLock(join(dir, 'lock'));
    expect(again).toBeDefined();
    again?.();
  });

  test('keeps another process off, and is free again when its holder is killed', async () => {
    const lock = join(dir, 'lock');
    const holder = startHolder(lock);
    onTestFinished(() => void holder.kill('SIGKILL'));
    expect(await firstLine(holder)).toBe('held');
    expect(holdLock(lock)).toBeUndefined();
    const second = startHolder(lock);
    onTestFinished(() => void second.kill('SIGKILL'));
    expect(await firstLine(second)).toBe('refused');
    second.kill();
    await once(second, 'exit');

    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const release = holdLock(lock);
    expect(release).toBeDefined();
    release?.();
  });
});

/** As somebody with the file in hand could. */
function change(sql: string): void {
  const db = new Database(path);
  db.exec(`
    DROP TRIGGER IF EXISTS frame_never_updated;
    DROP TRIGGER IF EXISTS frame_never_deleted;
    ${sql}
  `);
  db.close();
}

/** A process that tries to hold the lock, collects its garbage, says how it went, and stays. */
function startHolder(lock: string): ChildProcess {
  const door = new URL('../../src/runtime/log/database.ts', import.meta.url).href;
  const program = `
    import { holdLock } from ${JSON.stringify(door)};
    const held = holdLock(${JSON.stringify(lock)}) !== undefined;
    gc();
    setImmediate(() => {
      gc();
      console.log(held ? 'held' : 'refused');
    });
    setInterval(() => {}, 1_000);
  `;
  return spawn(process.execPath, ['--expose-gc', '--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  const [said] = stdout === null ? [''] : await once(stdout, 'data');
  return String(said).trim();
}
