/**
 * kill −9 in the middle of a betting burst, and a restart on the same data: every acknowledged bet
 * is there once, none is doubled, and every reserved bet is resolved.
 *
 * The page cache survives a kill, so this proves the order of things (log before answer, recovery
 * of what was under way), not the disk.
 */
import { describe, expect, test } from 'vitest';
import { verifyLog } from '../../src/audit/verify.ts';
import { BetStatus } from '../../src/gen/furlong/betting/v1/betting_pb.ts';
import { useOwnServer } from '../support/own-server.ts';

const PLAYERS = 20;
const BATCH = 20;
const STAKE_CENTS = 200n;
/** Kills, each in the middle of a burst; the burst goes on with the same ids after the restart. */
const KILLS = 3;
/** Acknowledged bets of a burst after which the server is killed, with many more under way. */
const ACKNOWLEDGED_AT_KILL = 300;
const UNDER_WAY_MAX = 600;

const own = useOwnServer('kill');

describe('a server killed in the middle of a betting burst', () => {
  test('has every acknowledged bet once, doubles none, and resolves every reserved one', async () => {
    await prepare();
    const sent = new Map<string, ReturnType<typeof betOf>>();
    const acknowledged = new Set<string>();
    for (let kill = 0; kill < KILLS; kill++) {
      await burstUntilKilled(sent, acknowledged);
      await own.killed();
      await Promise.all(
        [...acknowledged].map(async (betId) => {
          const { bet } = await own.client.betting.getBet({ playerId: playerOf(betId), betId });
          expect(bet?.status, betId).toBe(BetStatus.REGISTERED);
        }),
      );
    }
    expect(acknowledged.size).toBeGreaterThanOrEqual(KILLS * ACKNOWLEDGED_AT_KILL);

    // What was never answered is asked again with the same id, as a terminal would.
    await Promise.all(
      [...sent.values()].map(async (bet) => {
        const { bet: placed } = await own.client.betting.placeBet(bet, { timeoutMs: 60_000 });
        expect(placed?.status, bet.betId).toBe(BetStatus.REGISTERED);
      }),
    );
    const { race } = await own.client.racing.getRace({ raceId: 'burst' });
    expect(race?.pools[0]).toMatchObject({
      tickets: BigInt(sent.size),
      grossCents: BigInt(sent.size) * STAKE_CENTS,
    });
    const books = await own.client.ops.getBalance({});
    expect(books).toMatchObject({ heldCents: 0n, inPoolsCents: BigInt(sent.size) * STAKE_CENTS });

    expect(await own.server.stop()).toBe(0);
    const { bets, faults, partitions, trees } = verifyLog(own.dataDir);
    expect(faults).toEqual([]);
    // Signed to the last record, over every kill.
    expect(trees.map(({ size }) => size)).toEqual(partitions.map(({ records }) => records));
    expect(bets).toMatchObject({
      reserved: sent.size,
      registered: sent.size,
      unresolved: 0,
      halfBooked: 0,
    });
  }, 180_000);
});

async function prepare(): Promise<void> {
  await own.client.racing.declareRace({
    raceId: 'burst',
    title: 'burst',
    offTime: { seconds: 4_000_000_000n },
    runners: [1, 2, 3].map((number) => ({ number, name: `horse ${number}` })),
    pools: [{ poolId: 'win', ruleSetId: 'simple-gagnant-pmu@1' }],
    steward: 'test',
  });
  await own.client.racing.openRace({ raceId: 'burst', steward: 'test' });
  for (let index = 0; index < PLAYERS; index++) {
    const playerId = `p${index}`;
    await own.client.accounts.openAccount({ requestId: 'open', playerId, alias: playerId });
    await own.client.accounts.deposit({ requestId: 'd', playerId, amountCents: 100_000_000n });
  }
}

/** Streams bets as fast as they go, and kills the server while most are under way. */
async function burstUntilKilled(
  sent: Map<string, ReturnType<typeof betOf>>,
  acknowledged: Set<string>,
): Promise<void> {
  const until = acknowledged.size + ACKNOWLEDGED_AT_KILL;
  /** Bets of earlier bursts that nobody answered, and nobody will on this stream. */
  const lost = sent.size - acknowledged.size;
  const stream = own.client.betting.placeBets();
  const refused: string[] = [];
  const reading = (async () => {
    for await (const { outcomes } of stream.answers) {
      for (const { betId, outcome } of outcomes) {
        if (outcome.case === 'bet') acknowledged.add(betId);
        else refused.push(`${betId}: ${outcome.value?.message}`);
      }
      if (acknowledged.size >= until || refused.length > 0) await own.server.kill();
    }
  })();
  let over = false;
  const ended = reading
    .catch((failure: Error) => failure.message)
    .finally(() => {
      over = true;
    });
  while (!over) {
    await new Promise(setImmediate);
    if (sent.size - acknowledged.size > lost + UNDER_WAY_MAX) continue;
    const bets = Array.from({ length: BATCH }, () => betOf(sent.size, sent));
    if (!stream.send({ bets })) await stream.drained();
  }
  expect(refused).toEqual([]);
  expect(await ended).toMatch(/UNAVAILABLE|CANCELLED|INTERNAL/);
}

function betOf(number: number, sent: Map<string, unknown>) {
  const betId = `b-${number}`;
  const bet = {
    betId,
    playerId: playerOf(betId),
    raceId: 'burst',
    poolId: 'win',
    legs: [{ runners: [(number % 3) + 1] }],
    stakeCents: STAKE_CENTS,
  };
  sent.set(betId, bet);
  return bet;
}

function playerOf(betId: string): string {
  return `p${Number(betId.slice(2)) % PLAYERS}`;
}
