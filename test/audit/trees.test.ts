/** A log beside what was signed over it, on disk: receipts out of it, and every change that is found. */
import {
  chmodSync,
  cpSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  checkCheckpoint,
  checkReceipt,
  proveBet,
  proveRecord,
  publicKeys,
  retireKey,
} from '../../src/audit/receipt.ts';
import { verifyLog } from '../../src/audit/verify.ts';
import { backUp } from '../../src/backup/backup.ts';
import { restore } from '../../src/backup/restore.ts';
import { openDataDir, readDataDir } from '../../src/runtime/data-dir.ts';
import { createSqliteLog, openSqliteLog } from '../../src/runtime/log/sqlite.ts';
import { silent } from '../../src/runtime/telemetry.ts';
import { signLog } from '../support/sign-log.ts';
import { append, DAY, logOf, RACES, race, suspended, type Told } from './story.ts';

async function signedDay(): Promise<string> {
  const dir = logOf(DAY);
  await signLog(dir);
  return dir;
}

/** The log of the races as somebody could make it again: chained anew, under the same name. */
function rewriteRaces(dir: string, change: (told: Told[]) => Told[]): void {
  const { id, logs } = readDataDir(dir);
  const path = logs[RACES] ?? '';
  for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true });
  createSqliteLog(path, RACES, id);
  const log = openSqliteLog(path, RACES, id);
  const versions = new Map<string, number>();
  const records = change(DAY.filter(({ partition }) => partition === RACES)).map((it, index) => {
    const version = (versions.get(it.stream) ?? 0) + 1;
    versions.set(it.stream, version);
    return { stream: it.stream, version, cause: `c${index}`, atMs: it.atMs ?? 1, bytes: it.bytes };
  });
  log.append(records, { outgoing: records.length, bus: records.length });
  log.close();
}

/** One more record of the races. */
function appendRace(dir: string): void {
  append(dir, RACES, [race(suspended)]);
}

function vkeysOf(dir: string): string[] {
  return (publicKeys(dir) ?? []).flatMap(({ vkeys }) => vkeys);
}

describe('a signed log', () => {
  test('is verified with its trees', async () => {
    const dir = await signedDay();
    const { faults, trees } = verifyLog(dir);
    expect(faults).toEqual([]);
    expect(trees.map(({ size, checkpoints }) => [size, checkpoints])).toEqual([
      [11, 1],
      [8, 1],
      [2, 1],
    ]);
  });

  test('that was never signed has nothing to compare, and no key', () => {
    const dir = logOf(DAY);
    expect(verifyLog(dir).trees.map(({ size }) => size)).toEqual([0, 0, 0]);
    expect(publicKeys(dir)).toBeUndefined();
    expect(proveBet(dir, { player: 'ann', bet: 'b1' })).toEqual({
      kind: 'unsigned',
      size: 0,
      records: 21,
    });
  });

  test('gives the receipt of a bet, which its public key alone proves', async () => {
    const dir = await signedDay();
    const made = proveBet(dir, { player: 'ann', bet: 'b1' });
    if (made.kind !== 'proof') throw new Error(made.kind);
    const checked = checkReceipt(made.text, vkeysOf(dir));
    if (!checked.ok) throw new Error(checked.why);
    expect(checked.receipt).toMatchObject({
      origin: `furlong/${readDataDir(dir).id}/p-001`,
      size: 8,
      stream: 'race/r1',
      event: 'bet-registered',
      bet: { bet: 'b1', player: 'ann', race: 'r1', pool: 'win', legs: [[1]], ticket: 1 },
    });
    const [other] = vkeysOf(await signedDay());
    expect(checkReceipt(made.text, [other ?? ''])).toMatchObject({ ok: false });
    expect(checkReceipt('anything', vkeysOf(dir))).toMatchObject({ ok: false });
  });

  test('gives the proof of any record, and none of what is not there', async () => {
    const dir = await signedDay();
    const made = proveRecord(dir, { partition: 0, position: 1 });
    if (made.kind !== 'proof') throw new Error(made.kind);
    expect(checkReceipt(made.text, vkeysOf(dir))).toMatchObject({
      ok: true,
      receipt: { position: 1, event: 'deposited', bet: undefined },
    });
    expect(proveRecord(dir, { partition: 0, position: 12 })).toEqual({
      kind: 'unsigned',
      size: 11,
      records: 11,
    });
    expect(() => proveRecord(dir, { partition: 3, position: 1 })).toThrow(
      'partitions 0 to 2, not 3',
    );
  });

  test('is signed on where it was left', async () => {
    const dir = await signedDay();
    const before = readFileSync(join(dir, 'tlog/p-001/checkpoint'), 'utf8');
    appendRace(dir);
    await signLog(dir);
    const { trees } = verifyLog(dir);
    expect(trees[RACES]).toMatchObject({ size: 9, checkpoints: 2 });
    const opened = checkCheckpoint(before, vkeysOf(dir));
    if (!opened.ok) throw new Error(opened.why);
    expect(verifyLog(dir, { published: [opened.head] }).faults).not.toContainEqual(
      expect.stringContaining('signed'),
    );
  });
});

describe('a log that was made again with another past, every hash of it right,', () => {
  const changes: Record<string, (told: Told[]) => Told[]> = {
    'without a record': (told) => told.toSpliced(3, 1),
    'with a record more': (told) => told.toSpliced(3, 0, told[2] as Told),
    'in another order': (told) => told.toSpliced(3, 2, told[4] as Told, told[3] as Told),
    'with another time': (told) => told.with(5, { ...(told[5] as Told), atMs: 9 }),
    'without its end': (told) => told.slice(0, -1),
    'and nothing in it': () => [],
  };

  for (const [name, change] of Object.entries(changes)) {
    test(`${name}, is found and not signed on`, async () => {
      const dir = await signedDay();
      const checkpoint = join(dir, 'tlog/p-001/checkpoint');
      const published = readFileSync(checkpoint, 'utf8');
      rewriteRaces(dir, change);
      expect(verifyLog(dir).faults).toContainEqual(expect.stringMatching(/partition 1: .*signed/));
      const [, races] = await signLog(dir);
      expect(races).toMatchObject({ trouble: expect.stringMatching(/signed/) });
      expect(readFileSync(checkpoint, 'utf8')).toBe(published);
    });

    test(`${name}, and signed again in secret, is found by a checkpoint kept elsewhere`, async () => {
      const dir = await signedDay();
      const published = readFileSync(join(dir, 'tlog/p-001/checkpoint'), 'utf8');
      const keys = vkeysOf(dir);
      rewriteRaces(dir, change);
      rmSync(join(dir, 'tlog/p-001'), { recursive: true });
      await signLog(dir);
      expect(verifyLog(dir).faults.filter((it) => it.includes('signed'))).toEqual([]);
      const opened = checkCheckpoint(published, keys);
      if (!opened.ok) throw new Error(opened.why);
      expect(verifyLog(dir, { published: [opened.head] }).faults).toContainEqual(
        expect.stringMatching(/partition 1: .* signed/),
      );
    });
  }
});

describe('a tree on disk that was changed is found:', () => {
  const tree = (dir: string, path: string) => join(dir, 'tlog', 'p-001', path);

  test('a tile', async () => {
    const dir = await signedDay();
    const path = tree(dir, 'tile/0/000.p/8');
    const bytes = readFileSync(path);
    bytes[5] = (bytes[5] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    expect(verifyLog(dir).faults).toEqual(['partition 1: tile/0/000.p/8 is not of this log']);
    rmSync(path);
    expect(verifyLog(dir).faults).toEqual(['partition 1: tile/0/000.p/8 is missing or too short']);
    await signLog(dir);
    expect(verifyLog(dir).faults).toEqual([]);
  });

  test('a line of the history', async () => {
    const dir = await signedDay();
    const path = tree(dir, 'checkpoints.ndjson');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"size":8', '"size":7'));
    expect(verifyLog(dir).faults).toContainEqual(expect.stringContaining('is wrong'));
    writeFileSync(path, text + text);
    expect(verifyLog(dir).faults).toContainEqual(
      'partition 1: after a tree of 8 a tree of 8 was signed',
    );
    writeFileSync(path, '');
    expect(verifyLog(dir).faults).toEqual(['partition 1: its checkpoint is not in its history']);
  });

  test('a checkpoint of another log', async () => {
    const [dir, other] = [await signedDay(), await signedDay()];
    const note = readFileSync(tree(other, 'checkpoint'), 'utf8');
    const opened = checkCheckpoint(note, vkeysOf(other));
    if (!opened.ok) throw new Error(opened.why);
    expect(verifyLog(dir, { published: [opened.head] }).faults).toEqual([
      `the checkpoint of furlong/${readDataDir(other).id}/p-001 is of another log`,
    ]);
    expect(checkCheckpoint(note, vkeysOf(dir))).toMatchObject({ ok: false });
  });
});

describe('the key', () => {
  const keyOf = (dir: string) => join(dir, 'tlog', 'key');

  test('is its owner’s alone, and made once', async () => {
    const dir = await signedDay();
    expect(statSync(keyOf(dir)).mode & 0o777).toBe(0o600);
    const before = vkeysOf(dir);
    expect(before).toHaveLength(3);
    await signLog(dir);
    expect(vkeysOf(dir)).toEqual(before);
    chmodSync(keyOf(dir), 0o640);
    expect(() => publicKeys(dir)).toThrow('chmod 600');
  });

  test('that is gone is not made anew: what was signed must be gone on from', async () => {
    const dir = await signedDay();
    rmSync(keyOf(dir));
    await expect(signLog(dir)).rejects.toThrow('is gone, the key that signs checkpoints');
  });

  test('that is gone hides nothing of what was signed from whoever verifies', async () => {
    const dir = await signedDay();
    rewriteRaces(dir, (told) => told.slice(0, -1));
    rmSync(keyOf(dir));
    expect(verifyLog(dir).faults).toContainEqual(
      expect.stringContaining(`${keyOf(dir)} is gone, the key that signs checkpoints`),
    );
    expect(() => publicKeys(dir)).toThrow('is gone, the key that signs checkpoints');
  });

  test('is not made anew beside a history alone, as a copy may bring it', async () => {
    const dir = await signedDay();
    rmSync(keyOf(dir));
    for (const partition of ['p-000', 'p-001', 'p-002']) {
      rmSync(join(dir, 'tlog', partition, 'checkpoint'));
    }
    await expect(signLog(dir)).rejects.toThrow('is gone, the key that signs checkpoints');
  });

  test('that was exchanged for another signs nothing', async () => {
    const [dir, other] = [await signedDay(), await signedDay()];
    writeFileSync(keyOf(dir), readFileSync(keyOf(other)));
    appendRace(dir);
    const [, races] = await signLog(dir);
    expect(races?.trouble).toContain('none of the keys given');
  });

  test('is retired for another one, and old receipts are checked as before', async () => {
    const dir = await signedDay();
    const old = vkeysOf(dir);
    const made = proveBet(dir, { player: 'ann', bet: 'b1' });
    retireKey(dir);
    appendRace(dir);
    await signLog(dir);
    expect(verifyLog(dir).trees[RACES]).toMatchObject({ size: 9, checkpoints: 2 });
    expect(verifyLog(dir).faults.filter((it) => it.includes('signed'))).toEqual([]);
    const keys = vkeysOf(dir);
    expect(keys).toHaveLength(6);
    expect(keys).toEqual(expect.arrayContaining(old));
    const again = proveBet(dir, { player: 'ann', bet: 'b1' });
    if (made.kind !== 'proof' || again.kind !== 'proof') throw new Error('no proof');
    expect(checkReceipt(made.text, old)).toMatchObject({ ok: true });
    expect(checkReceipt(again.text, old)).toMatchObject({ ok: false });
    expect(checkReceipt(again.text, keys)).toMatchObject({ ok: true });
  });

  test('is not retired while a server has the directory', async () => {
    const dir = await signedDay();
    const data = openDataDir(dir, 3);
    expect(() => retireKey(dir)).toThrow('stop its server first');
    data.release();
  });
});

describe('a log that was restored', () => {
  let clockMs = Date.UTC(2026, 10, 21);

  /** The place of a copy of `dir`, as a restored backup is it: without any tree or key. */
  function restored(dir: string): string {
    const place = `${dir}-restored`;
    backUp(dir, { to: `${dir}-backups`, now: () => clockMs++ });
    restore(place, { from: `${dir}-backups` });
    return place;
  }

  test('is signed from its first record with a key of its own, and says so', async () => {
    const dir = await signedDay();
    const place = restored(dir);
    expect(verifyLog(place).trees.map(({ size }) => size)).toEqual([0, 0, 0]);
    const said: string[] = [];
    await signLog(place, { ...silent, warn: (message) => said.push(message) });
    expect(said).toEqual([
      'a new key signs this log from now on: publish it (furlong log key); whoever trusts another key trusts nothing it signs. A log that was signed before goes on with its own tlog directory, from a copy',
    ]);
    await signLog(place, { ...silent, warn: (message) => said.push(message) });
    expect(said).toHaveLength(1);
    expect(verifyLog(place).faults).toEqual([]);
    expect(verifyLog(place).trees.map(({ size }) => size)).toEqual([11, 8, 2]);
    expect(vkeysOf(place)).not.toEqual(vkeysOf(dir));
  });

  test('goes on with key and history that are put beside it, tiles or not', async () => {
    const dir = await signedDay();
    const place = restored(dir);
    cpSync(join(dir, 'tlog'), join(place, 'tlog'), { recursive: true });
    rmSync(join(place, 'tlog/p-001/tile'), { recursive: true });
    appendRace(place);
    const states = await signLog(place);
    expect(states.map(({ trouble }) => trouble)).toEqual(['', '', '']);
    expect(vkeysOf(place)).toEqual(vkeysOf(dir));
    expect(verifyLog(place).trees[RACES]).toMatchObject({ size: 9, checkpoints: 2 });
  });

  test('from before what was signed is not signed on, and says what to do', async () => {
    const dir = logOf(DAY);
    const place = restored(dir);
    appendRace(dir);
    await signLog(dir);
    renameSync(join(dir, 'tlog'), join(place, 'tlog'));
    const todo =
      'put back the log that was signed; where that is lost for good, stop the server, move tlog away, start, publish the new keys (furlong log key), and say what was lost';
    const [, races] = await signLog(place);
    expect(races?.trouble).toBe(
      `the log ends with record 8, and 9 records were signed: this is an older copy of it; ${todo}`,
    );
    const another = { ...race(suspended), atMs: 9 };
    append(place, RACES, [another, another]);
    const [, later] = await signLog(place);
    expect(later?.trouble).toMatch(
      /^the first 9 records are not those that were signed at .*: put/,
    );
    expect(later?.trouble.endsWith(todo)).toBe(true);
    expect(verifyLog(place).faults).toContainEqual(
      'partition 1: the first 9 records are not those that were signed',
    );
  });
});
