/**
 * Backups of a server that takes bets as fast as it can, each restored and started: whatever was
 * acknowledged before a backup began is in it, and every bet in it is registered or released.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { replayLog } from '../../src/audit/replay.ts';
import { verifyLog } from '../../src/audit/verify.ts';
import { backUp } from '../../src/backup/backup.ts';
import { restore } from '../../src/backup/restore.ts';
import { type Client, connectClient } from '../../src/client/client.ts';
import { BetStatus } from '../../src/gen/furlong/betting/v1/betting_pb.ts';
import { startServerProcess } from '../support/server-process.ts';

const PLAYERS = 20;
const BACKUPS = 2;
/** Whether bets are on their way between actors at a backup's cut is chance: usually at the first. */
const BACKUPS_MAX = 20;
/** Acknowledged between two backups at least. */
const BETS_BETWEEN = 300;
const UNDER_WAY_MAX = 600;
const BATCH = 20;

test('a backup of a server at work is restored, started, and has all that was acknowledged before it', async () => {
  const root = mkdtempSync(join(tmpdir(), 'furlong-live-backup-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const [data, to] = [join(root, 'data'), join(root, 'backups')];
  const server = await startServerProcess(data);
  const client = connectClient(server.grpcAddress);
  const taken: { readonly id: string; readonly before: ReadonlySet<string> }[] = [];
  const acknowledged = new Set<string>();
  let moving = 0;
  try {
    await prepare(client);
    await bet(client, acknowledged, () => {
      const before = new Set(acknowledged);
      const { manifest } = backUp(data, { to, now: Date.now });
      const { id } = manifest;
      const { verification } = restore(join(root, id), { from: to, id });
      expect(verification.faults).toEqual([]);
      moving += verification.moving.length;
      taken.push({ id, before });
      return taken.length === BACKUPS_MAX || (taken.length >= BACKUPS && moving > 0);
    });
  } finally {
    client.close();
    await server.stop();
  }

  expect(verifyLog(data)).toMatchObject({ faults: [], rest: 'at-rest' });
  for (const { id, before } of taken) {
    const place = join(root, id);
    const atBackup = replayLog(place);
    expect(atBackup.faults).toEqual([]);

    const again = await startServerProcess(place);
    const inside = connectClient(again.grpcAddress);
    try {
      await Promise.all(
        [...before].map(async (betId) => {
          const { bet: found } = await inside.betting.getBet({ playerId: playerOf(betId), betId });
          expect(found?.status, betId).toBe(BetStatus.REGISTERED);
        }),
      );
    } finally {
      inside.close();
      expect(await again.stop()).toBe(0);
    }
    const { faults, rest, bets } = verifyLog(place);
    expect({ faults, rest, unresolved: bets.unresolved }).toEqual({
      faults: [],
      rest: 'at-rest',
      unresolved: 0,
    });
    expect(bets.registered).toBeGreaterThanOrEqual(before.size);
  }
  // Or it was no backup of a server at work.
  expect(moving).toBeGreaterThan(0);
}, 240_000);

async function prepare(client: Client): Promise<void> {
  await client.racing.declareRace({
    raceId: 'r1',
    title: 'r1',
    offTime: { seconds: 4_000_000_000n },
    runners: [1, 2, 3].map((number) => ({ number, name: `horse ${number}` })),
    pools: [{ poolId: 'win', ruleSetId: 'simple-gagnant-pmu@1' }],
    steward: 'test',
  });
  await client.racing.openRace({ raceId: 'r1', steward: 'test' });
  for (let index = 0; index < PLAYERS; index++) {
    const playerId = `p${index}`;
    await client.accounts.openAccount({ requestId: 'open', playerId, alias: playerId });
    await client.accounts.deposit({ requestId: 'd', playerId, amountCents: 100_000_000n });
  }
}

/** @param interrupt Called every so many bets, with many more under way; true to end. */
async function bet(
  client: Client,
  acknowledged: Set<string>,
  interrupt: () => boolean,
): Promise<void> {
  const stream = client.betting.placeBets();
  let sent = 0;
  /** Some of them unknown, where the machine is slow: those may be in a backup or not. */
  let answered = 0;
  let due = BETS_BETWEEN;
  let over = false;
  const reading = (async () => {
    for await (const { outcomes } of stream.answers) {
      for (const { betId, outcome } of outcomes) {
        answered++;
        if (outcome.case === 'bet') acknowledged.add(betId);
      }
      if (over || acknowledged.size < due) continue;
      due = acknowledged.size + BETS_BETWEEN;
      over = interrupt();
    }
  })();
  while (!over) {
    await new Promise(setImmediate);
    if (sent - answered > UNDER_WAY_MAX) continue;
    const bets = Array.from({ length: BATCH }, () => betOf(sent++));
    if (!stream.send({ bets })) await stream.drained();
  }
  stream.end();
  await reading;
}

function betOf(number: number) {
  const betId = `b-${number}`;
  return {
    betId,
    playerId: playerOf(betId),
    raceId: 'r1',
    poolId: 'win',
    legs: [{ runners: [(number % 3) + 1] }],
    stakeCents: 200n,
  };
}

function playerOf(betId: string): string {
  return `p${Number(betId.slice(2)) % PLAYERS}`;
}
