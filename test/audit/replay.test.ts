/** A log played again: the same at any time and place, and at the head what the server holds. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { KINDS } from '../../src/actors/catalogue.ts';
import { missingIn } from '../../src/audit/ledger.ts';
import { pictureOf } from '../../src/audit/picture.ts';
import { replayLog } from '../../src/audit/replay.ts';
import type { Address } from '../../src/runtime/actor.ts';
import { openDataDir } from '../../src/runtime/data-dir.ts';
import { CorruptLogError } from '../../src/runtime/log/log.ts';
import type { MemoryDisk } from '../../src/runtime/log/memory.ts';
import { openSqliteLog } from '../../src/runtime/log/sqlite.ts';
import { moneyIn, PLAYERS, playEvening, RACES } from '../support/race-evening.ts';
import { startWorld } from '../support/world.ts';
import { days, FIRST_DAY_MS, FULL_DAY, played } from './days.ts';
import { logOf, toldOf } from './story.ts';

const written = (steps = FULL_DAY) =>
  logOf(played(steps).map((entry, index) => toldOf(entry, FIRST_DAY_MS + index)));

describe('a log played again', () => {
  test('is at its head what the machine that wrote it holds', async () => {
    const { disks } = await playEvening();
    const dir = filesOf(disks);
    const found = replayLog(dir);
    expect(found.faults).toEqual([]);
    expect(found.records).toBe(disks.reduce((all, it) => all + it.records.length, 0));
    expect(found.actors).toMatchObject({ player: PLAYERS.length, race: RACES.length, operator: 1 });

    const world = startWorld({ disks });
    const { players, house } = await moneyIn(world);
    const ask = { id: 'q', timeoutMs: 5_000 };
    for (const address of [
      ...PLAYERS.map((it) => `player/${it}`),
      ...RACES.map((it) => `race/${it}`),
    ]) {
      const { actor } = replayLog(dir, { actor: address });
      const kind = KINDS.find((it) => address.startsWith(`${it.kind}/`));
      if (kind === undefined) throw new Error(address);
      // The live one is asked what the picture is made of.
      const asked: unknown[] = [];
      pictureOf(
        { ...kind, decider: { ...kind.decider, answer: (_, query) => asked.push(query) } },
        undefined,
      );
      const names = Object.keys(Object(actor?.picture));
      for (const [index, query] of asked.entries()) {
        const reply = await world.router.ask({ address: address as Address }, { query }, ask);
        expect(reply).toMatchObject({ kind: 'accepted', version: actor?.version });
        const answer = reply.kind === 'accepted' ? reply.answer : undefined;
        expect(Object(actor?.picture)[names[index] ?? '']).toEqual(answer);
      }
    }
    await world.stop();
    // Of players, the account is what was asked for.
    const accounts = players.answers as readonly { answer: { account: { free: number } } }[];
    expect(found.books.free).toBe(accounts.reduce((all, it) => all + it.answer.account.free, 0));
    expect(house).toMatchObject({ answer: { takeout: found.books.takeout } });
  });

  test('comes out the same twice, and differently a record earlier', () => {
    const dir = written();
    const whole = replayLog(dir);
    expect(replayLog(dir)).toEqual(whole);
    const heads = whole.partitions.map((it) => it.position);
    for (const [partition, head] of heads.entries()) {
      const positions = new Map([[partition, head - 1]]);
      const earlier = replayLog(dir, { to: { kind: 'positions', positions } });
      expect(earlier.records).toBe(whole.records - 1);
      expect(earlier.stateHash).not.toBe(whole.stateHash);
    }
    const all = new Map(heads.entries());
    expect(replayLog(dir, { to: { kind: 'positions', positions: all } })).toEqual(whole);
  });

  test('adds up at whatever time it ends, as actors and ledger have it', () => {
    fc.assert(
      fc.property(days, fc.double({ min: 0, max: 1, noNaN: true }), (steps, part) => {
        const log = played(steps);
        const dir = logOf(log.map((entry, index) => toldOf(entry, FIRST_DAY_MS + index)));
        const atMs = FIRST_DAY_MS + Math.floor(part * log.length) - 1;
        const { faults, books, records } = replayLog(dir, { to: { kind: 'time', atMs } });
        expect({ faults, missing: missingIn(books) }).toEqual({ faults: [], missing: 0 });
        expect(records).toBe(Math.floor(part * log.length));
      }),
      { numRuns: 15 },
    );
  }, 60_000);

  test('shows one actor as it was then', () => {
    const dir = written();
    const at = (index: number) =>
      replayLog(dir, { to: { kind: 'time', atMs: FIRST_DAY_MS + index }, actor: 'race/r1' }).actor;
    expect(at(0)).toMatchObject({
      address: 'race/r1',
      version: 1,
      picture: { race: { race: { phase: 'declared' } } },
    });
    expect(at(1_000)).toMatchObject({
      picture: { race: { race: { phase: 'paid' } }, books: { inPools: 0 } },
    });
    expect(at(0)?.hash).not.toBe(at(1_000)?.hash);
    expect(replayLog(dir, { actor: 'race/r9' }).actor).toBeUndefined();
  });

  test('of nothing is nothing', () => {
    expect(replayLog(logOf([]))).toMatchObject({ records: 0, faults: [], bets: { reserved: 0 } });
  });

  test('says which record cannot be played', () => {
    const wrong = { partition: 1, stream: 'race/r1', bytes: Uint8Array.of(0xff), name: 'wrong' };
    const dir = logOf([wrong]);
    expect(() => replayLog(dir)).toThrow(CorruptLogError);
    expect(() => replayLog(dir)).toThrow(/^partition 1, record 1: race\/r1 cannot be played: /);
  });
});

/** What memory holds, as a data directory; each commit one. */
function filesOf(disks: readonly MemoryDisk[]): string {
  const root = mkdtempSync(join(tmpdir(), 'furlong-replay-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const { path, id, logs, release } = openDataDir(join(root, 'data'), disks.length);
  for (const [partition, disk] of disks.entries()) {
    const log = openSqliteLog(logs[partition] ?? '', partition, id);
    log.append(disk.records, disk.cursors);
    log.close();
  }
  release();
  return path;
}
