import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDataDir, readDataDir } from '../../src/runtime/data-dir.ts';
import { holdLock } from '../../src/runtime/log/database.ts';
import { createSqliteLog, openSqliteLog } from '../../src/runtime/log/sqlite.ts';

let path: string;

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'furlong-data-')), 'data');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

describe('a data directory', () => {
  test('is taken over from a holder who does not let go, and from then on has one', () => {
    const first = openDataDir(path, 2);
    const second = openDataDir(path, 2, { takeOver: true });
    expect(second.id).toBe(first.id);
    expect(() => openDataDir(path, 2)).toThrow(
      `is in use by another furlong, process ${process.pid}`,
    );
    first.release();
    expect(() => openDataDir(path, 2)).toThrow('is in use by another furlong');
    second.release();
    openDataDir(path, 2).release();
  });

  test('is not taken over from a holder in the middle of a commit, who is named', () => {
    const first = openDataDir(path, 2);
    const endCommit = holdLock(first.logs[1] ?? '');
    expect(() => openDataDir(path, 2, { takeOver: true })).toThrow(
      `process ${process.pid} stands in the middle of a commit to partition 1`,
    );
    endCommit?.();
    openDataDir(path, 2, { takeOver: true }).release();
    first.release();
  });

  test('is made with so many partitions, and keeps that number for ever', () => {
    const made = openDataDir(path, 3);
    const logs = ['p-000', 'p-001', 'p-002'].map((name) => join(path, 'log', `${name}.sqlite`));
    expect(made.logs).toEqual(logs);
    made.release();
    const again = openDataDir(path, 64);
    expect(again.logs).toEqual(logs);
    again.release();
  });

  test('has an id of its own for ever, and its logs are there from the first and bear it', () => {
    const made = openDataDir(path, 3);
    expect(made.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}$/);
    for (const [partition, log] of made.logs.entries()) {
      openSqliteLog(log, partition, made.id).close();
    }
    made.release();
    const again = openDataDir(path, 3);
    expect(again.id).toBe(made.id);
    expect(readDataDir(path).id).toBe(made.id);
    again.release();
    const other = openDataDir(`${path}-2`, 1);
    expect(other.id).not.toBe(made.id);
    other.release();
  });

  test('never gets a log back that is gone', () => {
    openDataDir(path, 2).release();
    const { logs } = readDataDir(path);
    const [, second = ''] = logs;
    rmSync(second);
    const { id, release } = openDataDir(path, 2);
    expect(existsSync(second)).toBe(false);
    expect(() => openSqliteLog(second, 1, id)).toThrow(`${second} is gone`);
    release();
  });

  test('is made over where a crash came before furlong.json', () => {
    mkdirSync(join(path, 'log'), { recursive: true });
    createSqliteLog(join(path, 'log', 'p-000.sqlite'), 0, 'an earlier try');
    writeFileSync(join(path, 'log', 'p-001.sqlite'), '');
    writeFileSync(join(path, 'furlong.json.new'), '{"form');
    const { id, logs, release } = openDataDir(path, 3);
    for (const [partition, log] of logs.entries()) openSqliteLog(log, partition, id).close();
    release();
    expect(readdirSync(path)).not.toContain('furlong.json.new');
  });

  test('that lost its furlong.json is not made over, and its records stay', () => {
    const made = openDataDir(path, 2);
    const [, second = ''] = made.logs;
    const log = openSqliteLog(second, 1, made.id);
    const record = { stream: 'x/1', version: 1, cause: 'c', atMs: 1, bytes: Uint8Array.of(1) };
    log.append([record], { outgoing: 0, bus: 0 });
    log.close();
    made.release();
    const manifest = join(path, 'furlong.json');
    const written = readFileSync(manifest);
    rmSync(manifest);
    for (let attempt = 1; attempt <= 2; attempt++) {
      expect(() => openDataDir(path, 2)).toThrow(`${second} holds 1 records already`);
      expect(existsSync(manifest)).toBe(false);
    }
    writeFileSync(manifest, written);
    const again = openSqliteLog(second, 1, made.id);
    expect(again.head().position).toBe(1);
    again.close();
  });

  test('is one process’s at a time, but may be looked at', () => {
    const made = openDataDir(path, 2);
    expect(() => openDataDir(path, 2)).toThrow(`${path} is in use by another furlong`);
    expect(readDataDir(path).logs).toHaveLength(2);
    made.release();
    openDataDir(path, 2).release();
  });

  test('waits for whoever only asks for its lock, such as a doctor, and is not refused', async () => {
    openDataDir(path, 2).release();
    const asking = startAsking(join(path, 'lock'));
    const ended = once(asking, 'exit');
    await once(asking.stdout, 'data');
    openDataDir(path, 2).release();
    await ended;
  });

  test('is not taken over from whoever only asks for its lock', async () => {
    openDataDir(path, 2).release();
    const asking = startAsking(join(path, 'lock'));
    const ended = once(asking, 'exit');
    await once(asking.stdout, 'data');
    openDataDir(path, 2, { takeOver: true }).release();
    expect(existsSync(join(path, 'lock.past'))).toBe(false);
    await ended;
  });

  test.each([0, -1, 1.5, 1_025, Number.NaN])('is not made with %d partitions', (partitions) => {
    expect(() => openDataDir(path, partitions)).toThrow('partitions must be 1 to 1024');
  });

  test('that is no furlong’s, or of another format, is refused and let go of', () => {
    expect(() => readDataDir(path)).toThrow('holds no furlong log');
    openDataDir(path, 2).release();
    const manifest = join(path, 'furlong.json');
    const written = readFileSync(manifest);
    writeFileSync(manifest, '{"format":2,"partitions":2}');
    expect(() => openDataDir(path, 2)).toThrow('format 2, this furlong reads 1');
    for (const broken of ['{"format":1,', '', 'null']) {
      writeFileSync(manifest, broken);
      expect(() => openDataDir(path, 2)).toThrow(
        `${manifest} holds no JSON object: restore it from a copy`,
      );
    }
    writeFileSync(manifest, '{"format":1,"partitions":2}');
    expect(() => openDataDir(path, 2)).toThrow(
      `${manifest} lacks the number of partitions or the id: restore it from a copy`,
    );
    writeFileSync(manifest, written);
    openDataDir(path, 2).release();
  });
});

/** A process that holds the lock, says so, lets go a little later, and ends. */
function startAsking(lock: string) {
  const door = new URL('../../src/runtime/log/database.ts', import.meta.url).href;
  const program = `
    import { writeSync } from 'node:fs';
    import { holdLock } from ${JSON.stringify(door)};
    const release = holdLock(${JSON.stringify(lock)});
    writeSync(1, 'held');
    setTimeout(release, 200);
  `;
  return spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}
