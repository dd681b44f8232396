/** One process with a real nats-server for its bus: what is registered is told, and pages see it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { Centrifuge } from 'centrifuge';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Client, connectClient } from '../../src/client/client.ts';
import { type RegisteredBet, RegisteredBetsSchema } from '../../src/gen/furlong/feed/v1/feed_pb.ts';
import type { Bus } from '../../src/runtime/bus/bus.ts';
import { openNatsBus } from '../../src/runtime/bus/nats.ts';
import { type System, startSystem } from '../../src/system.ts';
import { type NatsServer, startNatsServer } from '../support/nats.ts';
import { describeWithTool } from '../support/tools.ts';

const BETS = 50;

describeWithTool('nats-server', 'a process with NATS for its bus', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'furlong-nats-'));
  let nats: NatsServer;
  let system: System;
  let client: Client;
  let consumer: Bus;
  const told: RegisteredBet[] = [];

  beforeAll(async () => {
    nats = await startNatsServer();
    consumer = await openNatsBus({ url: nats.url, name: 'consumer' });
    consumer.subscribe('furlong.bets.*', ({ bytes }) => {
      told.push(...fromBinary(RegisteredBetsSchema, bytes).bets);
    });
    await consumer.ready();
    system = await startSystem({
      dataDir,
      partitions: 4,
      shards: 2,
      grpc: { host: '127.0.0.1', port: 0 },
      http: { host: '127.0.0.1', port: 0 },
      nats: nats.url,
      pageDir: 'web/dist',
      logLevel: 'warn',
    });
    client = connectClient(system.grpcAddress);
    await client.racing.declareRace({
      raceId: 'n1',
      title: 'n1',
      offTime: { seconds: 4_000_000_000n },
      runners: [1, 2].map((number) => ({ number, name: `horse ${number}` })),
      pools: [{ poolId: 'win', ruleSetId: 'simple-gagnant-pmu@1' }],
      steward: 'test',
    });
    await client.racing.openRace({ raceId: 'n1', steward: 'test' });
    await client.accounts.openAccount({ requestId: 'o', playerId: 'ann', alias: 'Ann' });
    await client.accounts.deposit({ requestId: 'd', playerId: 'ann', amountCents: 1_000_000n });
  }, 60_000);

  afterAll(async () => {
    client?.close();
    await system?.stop();
    await consumer?.close();
    await nats?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  test('tells every registered bet once, in the order of the pool, without the player', async () => {
    for (let number = 0; number < BETS; number++) await bet(`b${number}`);
    await vi.waitFor(() => expect(told.length).toBeGreaterThanOrEqual(BETS), 10_000);
    expect(told.map(({ ticket }) => Number(ticket))).toEqual(told.map((_, index) => index + 1));
    expect(
      JSON.stringify(told, (_, it) => (typeof it === 'bigint' ? String(it) : it)),
    ).not.toContain('ann');
  });

  test('moves the odds of a subscriber of the edge', async () => {
    const viewer = new Centrifuge(`ws://${system.httpAddress}/connection/websocket`);
    const odds = viewer.newSubscription('odds:n1');
    const seen: unknown[] = [];
    odds.on('subscribed', ({ data }) => seen.push(data));
    odds.on('publication', ({ data }) => seen.push(data));
    odds.subscribe();
    viewer.connect();
    // Deltas of the bets before may still be on their way.
    await vi.waitFor(() => expect(seen.length).toBeGreaterThan(0), 10_000);
    await bet('one-more');
    await vi.waitFor(
      () =>
        expect(seen).toContainEqual(
          expect.objectContaining({
            kind: 'delta',
            upserts: expect.arrayContaining([
              expect.objectContaining({ key: 'win', tickets: BETS + 1 }),
            ]),
          }),
        ),
      10_000,
    );
    viewer.disconnect();
  });

  async function bet(betId: string): Promise<void> {
    await client.betting.placeBet({
      betId,
      playerId: 'ann',
      raceId: 'n1',
      poolId: 'win',
      legs: [{ runners: [1] }],
      stakeCents: 200n,
    });
  }
});
