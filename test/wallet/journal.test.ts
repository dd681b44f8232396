/** The reference wallet's file: what was acknowledged is there, what was not is cut off, nothing else is believed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
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
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
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

  test('is taken over by one only, where two find at once that its process is gone', async () => {
    const two = [startOpener(), startOpener()];
    onTestFinished(() => {
      for (const it of two) it.kill();
    });
    for (let round = 0; round < 100; round++) {
      const contended = join(dir, `${round}.jsonl`);
      writeFileSync(`${contended}.lock`, '4194305');
      const said = await Promise.all(two.map((it) => opens(it, contended)));
      expect(said.toSorted(), `round ${round}`).toEqual(['has it', 'refused']);
    }
  });

  test('says what to remove where a start was cut off in the middle of taking it', () => {
    writeFileSync(`${file}.lock.next`, '');
    expect(() => openJournal(file, () => {})).toThrow(`remove ${file}.lock.next`);
    expect(existsSync(`${file}.lock`)).toBe(false);
    expect(existsSync(`${file}.lock.next`)).toBe(true);
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
    for (const player of ['bob', 'cid', 'dan', 'eve']) {
      await expect(journal.append([record(player)])).rejects.toThrow('EIO');
    }
    expect(outcomes).toEqual(['fine']);
    await journal.close();
  });
});

/** A process that opens each journal it is told of, says how it went, and keeps what it has. */
function startOpener(): ChildProcess {
  const journal = new URL('../../src/wallet/journal.ts', import.meta.url).href;
  const program = `
    import { openJournal } from ${JSON.stringify(journal)};
    process.on('message', (file) => {
      let said = 'has it';
      try {
        openJournal(file, () => {});
      } catch {
        said = 'refused';
      }
      process.send(said);
    });
  `;
  return spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function opens(opener: ChildProcess, path: string): Promise<string> {
  const answer = once(opener, 'message');
  opener.send(path);
  const [said] = await answer;
  return String(said);
}
