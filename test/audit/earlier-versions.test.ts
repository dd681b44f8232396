/**
 * Logs of every version ever written, by the code of that version (test/fixtures/logs/README.md): each
 * is verified and priced again as it is, means what it meant, and goes on being written to.
 */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/actors/catalogue.ts';
import { verifyLog } from '../../src/audit/verify.ts';
import { connectClient } from '../../src/client/client.ts';
import type { Address } from '../../src/runtime/actor.ts';
import { openDataDir, readDataDir, segmentsOf } from '../../src/runtime/data-dir.ts';
import { openSqliteLog, openSqliteReader } from '../../src/runtime/log/sqlite.ts';
import { openPartition } from '../../src/runtime/partition.ts';
import { partitionOf } from '../../src/runtime/placement.ts';
import { FIXTURE_LOGS, unpackLog } from '../support/fixture-logs.ts';
import { startServerProcess } from '../support/server-process.ts';

describe.each([
  { version: '0.1', records: 216, eventKinds: 30, repriced: 8, days: [] },
  { version: '0.2', records: 511, eventKinds: 50, repriced: 20, days: [] },
  { version: '0.3', records: 614, eventKinds: 60, repriced: 22, days: ['2026-11-19'] },
])('the log of a day of $version', ({ version, records, eventKinds, repriced, days }) => {
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'furlong-fixture-'));
    unpackLog(version, dir);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  test('is verified and priced again as it is', () => {
    expect(verifyLog(dir, { reprice: true })).toMatchObject({
      records,
      faults: [],
      moving: [],
      rest: 'at-rest',
      repriced,
    });
    expect([...new Set(segmentsOf(readDataDir(dir)).map(({ day }) => day))]).toEqual(days);
  });

  test('has every kind of event that the version could write, and each is read', () => {
    const kinds = new Set<string>();
    const { id, logs } = readDataDir(dir);
    for (const [partition, path] of logs.entries()) {
      const reader = openSqliteReader(path, partition, id);
      for (const { stream, bytes } of reader.read(0)) {
        for (const { kind, decode } of KINDS) {
          if (!stream.startsWith(`${kind}/`)) continue;
          kinds.add(`${kind} ${(decode(bytes) as { readonly kind: string }).kind}`); // all are unions
        }
      }
      reader.close();
    }
    expect(kinds.size).toBe(eventKinds);
  });

  test('means what it meant: its actors answer as they did', () => {
    const { id, logs, release } = openDataDir(dir, 1);
    const partitions = logs.map((path, number) =>
      openPartition(openSqliteLog(path, number, id), KINDS),
    );
    const told = JSON.parse(readFileSync(join(dir, 'answers.json'), 'utf8')) as object;
    for (const [question, before] of Object.entries(told)) {
      const [address = '', kind = ''] = question.split(' ');
      const cell = partitions[partitionOf(address as Address, logs.length)]?.cellOf(
        address as Address,
      );
      const query = { kind, board: { kind: 'all' }, skip: 0, fromRank: 1, limit: 100 };
      const answer: unknown = cell?.kind.decider.answer(cell.state, query);
      expect(essenceOf(answer), question).toMatchObject(before as object);
    }
    for (const { log } of partitions) log.close();
    release();
  });

  test('goes on being written to, in today’s format', async () => {
    const before = verifyLog(dir).partitions.map((it) => it.records);
    const closed = segmentsOf(readDataDir(dir));
    const server = await startServerProcess(dir);
    const client = connectClient(server.grpcAddress);
    const deposit = { playerId: 'ann', requestId: 'today', amountCents: 1_000n };
    // Players in every partition.
    for (const playerId of ['ann', 'bob', 'cho', 'dee', 'eve']) {
      await client.accounts.deposit({ ...deposit, playerId });
    }
    const { account } = await client.accounts.getAccount({ playerId: 'ann' });
    const told = JSON.parse(readFileSync(join(dir, 'answers.json'), 'utf8'));
    expect(Number(account?.freeCents)).toBe(told['player/ann account'].account.free + 1_000);
    client.close();
    expect(await server.stop()).toBe(0);

    expect(verifyLog(dir, { reprice: true })).toMatchObject({
      faults: [],
      rest: 'at-rest',
      repriced,
    });
    const data = readDataDir(dir);
    for (const [partition, last] of before.entries()) {
      const ofIt = (it: { readonly partition: number }) => it.partition === partition;
      const first = (closed.filter(ofIt).at(-1)?.last ?? 0) + 1;
      expect(segmentsOf(data).filter(ofIt)).toMatchObject([
        ...closed.filter(ofIt),
        { partition, day: '2026-11-20', first, last },
      ]);
    }
    for (const [partition, path] of data.logs.entries()) {
      const reader = openSqliteReader(path, partition, data.id);
      expect(reader.hashAt(before[partition] ?? 0)).toEqual(reader.segments().at(-1)?.hash);
      reader.close();
    }
    // A real server is started and stopped.
  }, 60_000);
});

test('every fixture is tested', () => {
  expect(globSync('*/furlong.json', { cwd: FIXTURE_LOGS }).sort()).toEqual(
    ['0.1', '0.2', '0.3'].map((version) => join(version, 'furlong.json')),
  );
});

interface AnyAnswer {
  readonly kind: string;
  readonly bets: readonly { readonly ticket: { readonly bet: string }; readonly status: object }[];
  readonly race: {
    readonly phase: string;
    readonly pools: readonly {
      readonly price?: { readonly dividends: readonly object[] };
      readonly [name: string]: unknown;
    }[];
  };
}

/** As the fixture's own version told it: see write-day.mjs. */
function essenceOf(answer: unknown): unknown {
  const it = answer as AnyAnswer; // only what its kind says is looked at
  switch (it.kind) {
    case 'bets':
      return it.bets.map(({ ticket, status }) => ({ bet: ticket.bet, status }));
    case 'race':
      return {
        phase: it.race.phase,
        pools: it.race.pools.map(({ price, ...pool }) => ({
          ...pool,
          dividends: price?.dividends,
        })),
      };
    default:
      return answer;
  }
}
