/**
 * kill −9 in the middle of a stream of events, and between a result and its prizes: every event counts
 * once when all of them are sent again, every step of the tournament is made once, and every prize is
 * granted once and paid when it is claimed.
 */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { logPoints } from '../../src/actors/scoring/log-points.ts';
import { verifyLog } from '../../src/audit/verify.ts';
import { EventStatus } from '../../src/gen/furlong/tournaments/v1/tournaments_pb.ts';
import { useOwnServer } from '../support/own-server.ts';

const CUP = 'cup';
const PLAYERS = 10;
const MESSAGES = 60;
const EVENTS_EACH = 20;
/** Of `win-curve-best-20@1`, cents. */
const CURVE_UNIT = 1_000;
const PRIZES = [50_000, 20_000, 10_000];
const NOON_MS = Date.now() - 3_600_000;

const own = useOwnServer('cup');

test('a tournament whose server is killed counts every event once and pays every prize once', async () => {
  await prepare();
  const accepted = await sendUntilKilled();
  expect(accepted.size).toBeGreaterThan(0);

  const again = await sendAll();
  for (const id of accepted) expect(again.get(id), id).toBe(EventStatus.DUPLICATE);
  const statuses = new Set(again.values());
  expect([...statuses].sort()).toEqual([EventStatus.ACCEPTED, EventStatus.DUPLICATE]);
  const { tournament, standings } = await own.client.tournaments.getStandings({
    tournamentId: CUP,
  });
  expect(tournament?.counts?.accepted).toBe(BigInt(MESSAGES * EVENTS_EACH));
  expect(standings.map(({ playerId, score }) => [playerId, Number(score)])).toEqual(expected());

  await order('closeTournament');
  await own.killed();
  await reach('review');
  await order('makeResultOfficial');
  await own.killed();
  await reach('paying');
  const winners = standings.slice(0, PRIZES.length).map(({ playerId }) => playerId);
  for (const [place, playerId] of winners.entries()) {
    const award = await onlyAward(playerId);
    expect(Number(award.amountCents)).toBe(PRIZES[place]);
    const { awardId } = award;
    await own.client.accounts.claimAward({ playerId, awardId, requestedBy: playerId });
    await own.client.accounts.claimAward({ playerId, awardId, requestedBy: playerId });
    const { account } = await own.client.accounts.getAccount({ playerId });
    expect(Number(account?.freeCents)).toBe(PRIZES[place]);
  }
  await own.killed();
  await reach('archived');
  const { snapshots } = await own.client.tournaments.listSnapshots({ tournamentId: CUP });
  expect(snapshots.map(({ reason }) => reason).reverse()).toEqual([
    'closed',
    'awaiting-outcomes',
    'soft-window',
    'provisional',
    'review',
    'official',
    'paying',
    'archived',
  ]);
  await own.server.stop();
  expect(verifyLog(own.dataDir)).toMatchObject({ faults: [], rest: 'at-rest' });
}, 240_000);

async function prepare(): Promise<void> {
  await own.client.tournaments.createTournament({
    tournamentId: CUP,
    title: 'Cup',
    scoringRuleSetId: 'win-curve-best-20@1',
    lateWindowMs: 0n,
    prizes: PRIZES.map((cents, index) => ({
      prize: {
        case: 'places',
        value: { fromPlace: index + 1, toPlace: index + 1, amountCents: BigInt(cents) },
      },
    })),
    operator: 'test',
  });
  for (let index = 0; index < PLAYERS; index++) {
    const playerId = `p${index}`;
    await own.client.accounts.openAccount({ requestId: 'open', playerId, alias: playerId });
    await own.client.tournaments.joinTournament({ tournamentId: CUP, playerId });
  }
}

/** Of a message, events of all players; no two players' wins are alike. */
function messageOf(number: number) {
  const events = Array.from({ length: EVENTS_EACH }, (_, index) => {
    const player = index % PLAYERS;
    return {
      eventUuid: `e-${number}-${index}`,
      playerId: `p${player}`,
      game: `g${number % 3}`,
      stake: 100n,
      win: BigInt(winOf(number, index)),
      eventTime: timestampFromMs(NOON_MS + number),
    };
  });
  return { tournamentId: CUP, events };
}

function winOf(number: number, index: number): number {
  return 10 * number * (1 + (index % PLAYERS));
}

/** By hand: the best twenty of each player. */
function expected(): [string, number][] {
  return Array.from({ length: PLAYERS }, (_, player): [string, number] => {
    const points: number[] = [];
    for (let number = 0; number < MESSAGES; number++) {
      for (let index = player; index < EVENTS_EACH; index += PLAYERS) {
        points.push(logPoints(winOf(number, index), CURVE_UNIT));
      }
    }
    const best = points.sort((a, b) => b - a).slice(0, 20);
    return [`p${player}`, best.reduce((sum, it) => sum + it, 0)];
  }).sort((a, b) => b[1] - a[1]);
}

/** The server dies while most are under way. @returns The events that were answered as accepted. */
async function sendUntilKilled(): Promise<Set<string>> {
  const accepted = new Set<string>();
  const stream = own.client.tournaments.ingestEvents();
  const reading = (async () => {
    for await (const { outcomes } of stream.answers) {
      for (const { eventUuid, status } of outcomes) {
        if (status === EventStatus.ACCEPTED) accepted.add(eventUuid);
      }
      if (accepted.size >= EVENTS_EACH * 3) await own.server.kill();
    }
  })();
  for (let number = 0; number < MESSAGES; number++) stream.send(messageOf(number));
  await reading.catch(() => undefined);
  await own.killed();
  return accepted;
}

async function sendAll(): Promise<Map<string, EventStatus>> {
  const statuses = new Map<string, EventStatus>();
  const stream = own.client.tournaments.ingestEvents();
  const reading = (async () => {
    for await (const { outcomes } of stream.answers) {
      for (const { eventUuid, status } of outcomes) statuses.set(eventUuid, status);
    }
  })();
  for (let number = 0; number < MESSAGES; number++) {
    if (!stream.send(messageOf(number))) await stream.drained();
  }
  stream.end();
  await reading;
  return statuses;
}

async function order(what: 'closeTournament' | 'makeResultOfficial'): Promise<void> {
  const deed = { tournamentId: CUP, operator: 'test', reason: 'it is time' };
  await own.client.tournaments[what]({ ...deed, authorisedBy: 'second' });
}

/** The machine goes on by itself; whoever asks sees how far it is. */
async function reach(phase: string): Promise<void> {
  await expect
    .poll(
      async () => {
        const { tournament } = await own.client.tournaments.getTournament({ tournamentId: CUP });
        return tournament?.phase;
      },
      { timeout: 20_000 },
    )
    .toBe(phase);
}

async function onlyAward(playerId: string) {
  await expect
    .poll(async () => (await own.client.accounts.listAwards({ playerId })).awards.length, {
      timeout: 20_000,
    })
    .toBe(1);
  const [award] = (await own.client.accounts.listAwards({ playerId })).awards;
  if (award === undefined) throw new Error(`${playerId} has no award`);
  return award;
}
