/** The reference wallet's file: what was acknowledged is there, what was not is cut off, nothing else is believed. */
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WalletRecord } from '../../src/wallet/accounts.ts';
import { openJournal, readJournal } from '../../src/wallet/journal.ts';

let dir: string;
let file: string;
const record = (player: string): WalletRecord => ({ kind: 'opened', player, cents: 1 });

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'furlong-journal-'));
  file = join(dir, 'wallet.jsonl');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

async function write(...players: readonly string[]): Promise<readonly WalletRecord[]> {
  const found: WalletRecord[] = [];
  const journal = openJournal(file, (it) => found.push(it));
  await Promise.all(players.map((it) => journal.append([record(it)])));
  await journal.close();
  return found;
}

function read(): readonly string[] {
  const found: string[] = [];
  readJournal(file, (it) => found.push(it.kind === 'opened' ? it.player : it.kind));
  return found;
}

describe('a journal', () => {
  test('has what was appended, in order, however many at once, and goes on where it was', async () => {
    const many = Array.from({ length: 100 }, (_, index) => `p${index}`);
    await write(...many);
    expect(await write('last')).toEqual(many.map(record));
    expect(read()).toEqual([...many, 'last']);
  });

  test('cuts off a last line that was never acknowledged, wherever it was torn', async () => {
    await write('ann', 'bob');
    const whole = readFileSync(file);
    const last = whole.lastIndexOf('\n', whole.length - 2) + 1;
    for (let length = last; length < whole.length; length++) {
      writeFileSync(file, whole);
      truncateSync(file, length);
      expect(await write('cid')).toEqual([record('ann')]);
      expect(read()).toEqual(['ann', 'cid']);
    }
  });

  test('refuses any other byte that is not as it was written', async () => {
    await write('ann', 'bob', 'cid');
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at++) {
      const flipped = Buffer.from(whole);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      writeFileSync(file, flipped);
      // A last line that lost its end is one that was never acknowledged.
      if (at === whole.length - 1) expect(read()).toEqual(['ann', 'bob']);
      else expect(read, `byte ${at}`).toThrow('is not what was written');
    }
    writeFileSync(file, whole.subarray(whole.indexOf('\n') + 1));
    expect(read).toThrow('line 1 is not what was written');
    expect(() => openJournal(file, () => {})).toThrow('line 1 is not what was written');
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  test('is one process’s: another that lives is named, one that is gone is taken over', async () => {
    writeFileSync(`${file}.lock`, '1');
    expect(() => openJournal(file, () => {})).toThrow('held by process 1: stop that one');
    writeFileSync(`${file}.lock`, '4194305');
    await write('ann');
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  test('acknowledges nothing any more after a sync that failed, whatever the next one says', async () => {
    const outcomes = ['fine', 'EIO', 'fine'];
    const journal = openJournal(
      file,
      () => {},
      async () => {
        if (outcomes.shift() === 'EIO') throw new Error('EIO');
      },
    );
    await journal.append([record('ann')]);
    await expect(journal.append([record('bob')])).rejects.toThrow('EIO');
    await expect(journal.append([record('cid')])).rejects.toThrow('EIO');
    expect(outcomes).toEqual(['fine']);
    await journal.close();
  });
});
