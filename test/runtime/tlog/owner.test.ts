/** One process writes the trees of a data directory: the one that took it last. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { holdLock } from '../../../src/runtime/log/database.ts';
import { createOwned, type Owned, takeTlog } from '../../../src/runtime/tlog/owner.ts';

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'furlong-owner-'));
});
afterEach(() => rmSync(dataDir, { recursive: true }));

function taken(owner: string): Owned {
  takeTlog(dataDir, owner);
  return createOwned(dataDir, owner);
}

describe('the trees of a data directory', () => {
  test('are written by whoever took them last, and by nobody before him', () => {
    const first = taken('first');
    expect(first(() => 1)).toBe(1);
    const second = taken('second');
    expect(second(() => 2)).toBe(2);
    let written = false;
    expect(() =>
      first(() => {
        written = true;
      }),
    ).toThrow(
      expect.objectContaining({
        name: 'FencedError',
        message: `${dataDir}/tlog was taken by another process since: this one signs no more`,
      }),
    );
    expect(written).toBe(false);
    expect(second(() => 3)).toBe(3);
  });

  test('are not written while whoever was passed stands in the middle of writing', () => {
    const first = taken('first');
    first(() => {
      const second = taken('second');
      expect(() => second(() => {})).toThrow('stands in the middle of signing');
    });
    expect(() => first(() => {})).toThrow('was taken by another process');
  });

  test('are let go of after every piece of writing, also one that failed', () => {
    const owned = taken('one');
    expect(() =>
      owned(() => {
        throw new Error('the disk is full');
      }),
    ).toThrow('the disk is full');
    const letGo = holdLock(join(dataDir, 'tlog', 'lock'));
    expect(letGo).toBeDefined();
    letGo?.();
  });

  test('that somebody moved away are not taken for another process’s', () => {
    const owned = taken('one');
    rmSync(join(dataDir, 'tlog', 'owner'));
    expect(() => owned(() => {})).toThrow(
      expect.objectContaining({ name: 'Error', message: expect.stringContaining('is gone') }),
    );
    rmSync(join(dataDir, 'tlog'), { recursive: true });
    expect(() => owned(() => {})).toThrow(expect.not.objectContaining({ name: 'FencedError' }));
  });
});
