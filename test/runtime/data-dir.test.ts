import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDataDir, readDataDir } from '../../src/runtime/data-dir.ts';

let path: string;

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'furlong-data-')), 'data');
});
afterEach(() => rmSync(join(path, '..'), { recursive: true }));

describe('a data directory', () => {
  test('is made with so many partitions, and keeps that number for ever', () => {
    const made = openDataDir(path, 3);
    const logs = ['p-000', 'p-001', 'p-002'].map((name) => join(path, 'log', `${name}.sqlite`));
    expect(made.logs).toEqual(logs);
    made.release();
    const again = openDataDir(path, 64);
    expect(again.logs).toEqual(logs);
    again.release();
  });

  test('is one process’s at a time, but may be looked at', () => {
    const made = openDataDir(path, 2);
    expect(() => openDataDir(path, 2)).toThrow(`${path} is in use by another furlong`);
    expect(readDataDir(path).logs).toHaveLength(2);
    made.release();
    openDataDir(path, 2).release();
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
    writeFileSync(manifest, written);
    openDataDir(path, 2).release();
  });
});
