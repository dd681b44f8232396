/**
 * The real day again, with the server killed in the middle of it, again and again, and started on
 * the same data: the terminals ask again with the same ids, and in the end it is the same day.
 */
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
import { BetStatus } from '../../src/gen/furlong/betting/v1/betting_pb.ts';
import { RacePhase } from '../../src/gen/furlong/racing/v1/racing_pb.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const programme = readProgramme('examples/sha-tin-2026-03-15');
const plan = planDay(programme, { seed: 11, players: 60, terminals: 3, betsPerRace: 400 });
/** Answered bets after which the server is killed, with others under way. */
const KILLS_AT = [700, 2_500];

const dataDir = mkdtempSync(join(tmpdir(), 'furlong-killed-'));
const acknowledged = new Set<string>();
let server: ServerProcess;
let client: Client;
let restarts = 0;

beforeAll(async () => {
  server = await startServerProcess(dataDir);
  const port = Number(server.grpcAddress.split(':')[1]);
  client = connectClient(server.grpcAddress);
  let restarting: Promise<void> = Promise.resolve();

  async function killAndRestart(): Promise<void> {
    await server.kill();
    server = await startServerProcess(dataDir, port);
    restarts++;
  }
  function onEvent(event: DayEvent): void {
    if (event.kind !== 'bet-answered' || event.answered.kind !== 'placed') return;
    acknowledged.add(event.bet.betId);
    if (!KILLS_AT.includes(acknowledged.size)) return;
    restarting = restarting.then(killAndRestart);
  }
  await playDay({
    programme,
    plan,
    client,
    clock: systemClock,
    pace: 'as fast as possible',
    signal: new AbortController().signal,
    onEvent,
  });
  await restarting;
}, 300_000);

afterAll(async () => {
  client?.close();
  await server?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('the race day of a server that is killed in the middle of it', () => {
  test('is played to the end', async () => {
    expect(restarts).toBe(KILLS_AT.length);
    const { races } = await client.racing.listRaces({ pageSize: 100 });
    expect(races.map(({ phase }) => phase)).toEqual(Array(11).fill(RacePhase.PAID));
    expect(acknowledged.size).toBe(plan.bets.length);
  });

  test('has every acknowledged bet once, and no other', async () => {
    const found: string[] = [];
    for (const { id: playerId } of plan.players) {
      let pageToken = '';
      do {
        const page = await client.betting.listBets({ playerId, pageSize: 500, pageToken });
        for (const { betId, status } of page.bets) {
          expect(status, betId).toBe(BetStatus.SETTLED);
          found.push(betId);
        }
        pageToken = page.nextPageToken;
      } while (pageToken !== '');
    }
    expect(found.sort()).toEqual([...acknowledged].sort());
  });

  test('leaves a log in which no bet is doubled, none unresolved, and no cent is missing', async () => {
    expect(await server.stop()).toBe(0);
    const { bets, books, faults } = verifyLog(dataDir);
    expect(faults).toEqual([]);
    expect(bets).toMatchObject({
      reserved: plan.bets.length,
      registered: plan.bets.length,
      settled: plan.bets.length,
      unresolved: 0,
      halfBooked: 0,
    });
    expect(books).toMatchObject({ held: 0, inPools: 0, inTransit: 0 });
    expect(books.deposits - books.withdrawals).toBe(
      books.free + books.takeout + books.breakage + books.reserve,
    );
  });
});
