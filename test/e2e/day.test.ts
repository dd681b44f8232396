/** The real day through the front door, from programme to paid, and every cent of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyLog } from '../../src/audit/verify.ts';
import { type Client, connectClient } from '../../src/client/client.ts';
import type { DayEvent } from '../../src/day/conduct.ts';
import { planDay } from '../../src/day/plan.ts';
import { playDay } from '../../src/day/play.ts';
import { readProgramme } from '../../src/day/programme.ts';
import { RacePhase } from '../../src/gen/furlong/racing/v1/racing_pb.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { type System, startSystem } from '../../src/system.ts';

/** Fewer bets than `furlong dev` plays: the sampling interval that a dividend must meet widens. */
const BETS_PER_RACE = 1_000;

const programme = readProgramme('examples/sha-tin-2026-03-15');
const plan = planDay(programme, {
  seed: 7,
  players: 100,
  terminals: 4,
  betsPerRace: BETS_PER_RACE,
});
const dataDir = mkdtempSync(join(tmpdir(), 'furlong-day-'));
const events: DayEvent[] = [];
let system: System;
let client: Client;

beforeAll(async () => {
  system = await startSystem({
    dataDir,
    partitions: 4,
    shards: 2,
    grpc: { host: '127.0.0.1', port: 0 },
    http: undefined,
    nats: undefined,
    pageDir: '',
    logLevel: 'warn',
  });
  client = connectClient(system.grpcAddress);
  await playDay({
    programme,
    plan,
    client,
    clock: systemClock,
    pace: 'as fast as possible',
    signal: new AbortController().signal,
    onEvent: (event) => events.push(event),
  });
  await nothingMoves();
}, 300_000);

afterAll(async () => {
  client?.close();
  await system?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Shards are asked one after the other, so quiet is what two readings in a row agree on. */
async function nothingMoves(): Promise<void> {
  let before = '';
  for (;;) {
    const { partitions } = await client.ops.listPartitions({});
    const now = partitions.map(({ position, outgoing }) => `${position}/${outgoing}`).join();
    if (now === before && partitions.every(({ outgoing }) => outgoing === 0n)) return;
    before = now;
  }
}

describe('the race day', () => {
  test('pays all eleven races and settles every pool, the Big 5 too', async () => {
    const { races } = await client.racing.listRaces({ pageSize: 100 });
    expect(races.map(({ phase }) => phase)).toEqual(Array(11).fill(RacePhase.PAID));
    expect(races.flatMap(({ pools }) => pools).every(({ settled }) => settled)).toBe(true);
  });

  test('withdraws the horse of race 9 and refunds the bets on it', async () => {
    const { race } = await client.racing.getRace({ raceId: 'sha-tin-r9' });
    expect(race?.runners.filter(({ scratched }) => scratched)).toHaveLength(1);
    const refunded = await refundsOn('sha-tin-r9');
    expect(refunded).toBeGreaterThan(0n);
  });

  test('runs race 6 as a dead heat for first, with a dividend for each', async () => {
    const { race } = await client.racing.getRace({ raceId: 'sha-tin-r6' });
    expect(race?.order[0]?.runners).toEqual(expect.arrayContaining([3, 10]));
    const win = race?.pools.find(({ poolId }) => poolId === 'win');
    expect(win?.price?.dividends.map(({ outcome }) => outcome).sort()).toEqual(['10', '3']);
  });

  for (const { id } of programme.races) {
    test(`pays ${id} near the published dividend`, () => {
      const official = events.find((it) => it.kind === 'official' && it.race.id === id);
      const wins = official?.kind === 'official' ? official.wins : [];
      expect(wins.length).toBeGreaterThan(0);
      for (const it of wins) expect(it, JSON.stringify(it)).toMatchObject({ isExpected: true });
    });
  }

  test('balances: deposits = balances + pools + operator accounts, with nothing in transit', async () => {
    const { $typeName: _, ...books } = await client.ops.getBalance({});
    expect(books.inTransitCents).toBe(0n);
    expect(books.inPoolsCents).toBe(0n);
    expect(books.heldCents).toBe(0n);
    expect(books.depositsCents - books.withdrawalsCents).toBe(
      books.freeCents + books.takeoutCents + books.breakageCents + books.reserveCents,
    );
  });

  test('leaves a log in which an auditor finds every cent and the same books', async () => {
    const { books, bets, faults } = verifyLog(dataDir);
    expect(faults).toEqual([]);
    expect(bets).toMatchObject({ unresolved: 0, halfBooked: 0 });
    expect(bets.settled).toBe(bets.registered);
    const live = await client.ops.getBalance({});
    expect(BigInt(books.free)).toBe(live.freeCents);
    expect(BigInt(books.takeout)).toBe(live.takeoutCents);
    expect(BigInt(books.reserve)).toBe(live.reserveCents);
  });

  test('ranks the players of the tournament by what their bets returned', async () => {
    const { standings, tournament } = await client.tournaments.getStandings({
      tournamentId: 'sha-tin-day',
      pageSize: 100,
    });
    expect(tournament?.players).toBeGreaterThanOrEqual(100n);
    expect(standings.map(({ rank }) => Number(rank))).toEqual(
      standings.map((_, index) => index + 1),
    );
    const scores = standings.map(({ score }) => Number(score));
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores[0]).toBeGreaterThan(0);
  });
});

async function refundsOn(raceId: string): Promise<bigint> {
  let refunds = 0n;
  for (const { id: playerId } of plan.players) {
    const { bets } = await client.betting.listBets({ playerId, pageSize: 500 });
    for (const bet of bets) if (bet.raceId === raceId) refunds += bet.refundCents;
  }
  return refunds;
}
