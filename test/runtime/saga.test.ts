/** The way of a bet through the real runtime: reserve, register, confirm, settle, every cent. */
import { afterEach, describe, expect, test } from 'vitest';
import { houseRef } from '../../src/actors/operator.ts';
import { playerRef } from '../../src/actors/player.ts';
import { ruleSetById } from '../../src/actors/pools/rule-sets.ts';
import { raceRef } from '../../src/actors/race.ts';
import type { RaceCommand } from '../../src/actors/race-events.ts';
import { tournamentRef } from '../../src/actors/tournament.ts';
import {
  betId,
  cents,
  playerId,
  poolId,
  raceId,
  runnerNumber,
  tournamentId,
} from '../../src/actors/units.ts';
import { FencedError } from '../../src/runtime/log/log.ts';
import { createSnapshotDisk } from '../../src/runtime/snapshots/memory.ts';
import { createTournament, joinTournament } from '../support/tournaments.ts';
import { startWorld, type World } from '../support/world.ts';

const race = raceId('r1');
const ordered = { by: 'steward', atMs: 1 };
let world: World;
let requests = 0;

const steward = (command: RaceCommand) =>
  world.router.ask(raceRef(race), { command, query: { kind: 'race' } }, asked());
const asked = () => ({ id: `q${requests++}`, timeoutMs: 5_000 });

async function place(who: string, bet: string, runner: number, stake: number) {
  const ticket = {
    bet: betId(bet),
    player: playerId(who),
    race,
    pool: poolId('win'),
    formula: 'combined' as const,
    legs: [[runnerNumber(runner)]],
    picks: 0,
    alternates: [],
    flexi: 100,
    stake: cents(stake),
    combinations: 1,
    cost: cents(stake),
    channel: 'online',
  };
  return world.router.ask(
    playerRef(ticket.player),
    {
      command: { kind: 'place-bet', ticket, atMs: 1 },
      query: { kind: 'decided-bet', bet: ticket.bet },
    },
    asked(),
  );
}

async function money() {
  const players = await world.router.gather('player', { kind: 'account' }, asked());
  const races = await world.router.gather('race', { kind: 'books' }, asked());
  const house = await world.router.ask(houseRef, { query: { kind: 'books' } }, asked());
  return { players, races, house };
}

function sortedById({ players, ...rest }: Awaited<ReturnType<typeof money>>) {
  return { ...rest, players: players.answers.toSorted((a, b) => (a.id < b.id ? -1 : 1)) };
}

async function open(who: string, amount: number) {
  const to = playerRef(playerId(who));
  await world.router.ask(
    to,
    { command: { kind: 'open-account', request: 'o', alias: who, atMs: 1 } },
    asked(),
  );
  await world.router.ask(
    to,
    { command: { kind: 'deposit', request: 'd', amount: cents(amount), atMs: 1 } },
    asked(),
  );
}

async function declare() {
  const ruleSet = ruleSetById('simple-gagnant-pmu@1');
  if (ruleSet === undefined) throw new Error('no rule set');
  await steward({
    kind: 'declare-race',
    title: 'first',
    offAtMs: 1,
    runners: [1, 2, 3].map((number) => ({ number: runnerNumber(number), name: `horse ${number}` })),
    pools: [{ id: poolId('win'), ruleSet, legs: [], guarantee: cents(0) }],
    ...ordered,
  });
  await steward({ kind: 'open-race', ...ordered });
}

afterEach(() => world.stop());

describe('the way of a bet', () => {
  test('ends in the pool, is paid, counts in the tournament, and leaves no cent astray', async () => {
    world = startWorld();
    await open('ann', 10_000);
    await open('bob', 10_000);
    await declare();
    const t = tournamentRef(tournamentId('t'));
    await world.router.ask(
      t,
      {
        command: createTournament({ races: [race], bestOf: 3 }),
      },
      asked(),
    );
    await world.router.ask(t, { command: joinTournament('ann') }, asked());
    await world.settled();

    expect(await place('ann', 'b1', 1, 1_000)).toMatchObject({
      kind: 'accepted',
      answer: { kind: 'bet', bet: { status: { kind: 'registered' } } },
    });
    await place('bob', 'b1', 2, 3_000);
    expect(await place('bob', 'b2', 9, 1_000)).toMatchObject({
      answer: { bet: { status: { kind: 'refused', refusal: { reason: 'unknown-runner' } } } },
    });
    await steward({ kind: 'close-race', why: 'off', ...ordered });
    expect(await place('bob', 'b3', 1, 1_000)).toMatchObject({
      answer: { bet: { status: { kind: 'refused', refusal: { reason: 'race-not-open' } } } },
    });
    await steward({
      kind: 'enter-result',
      order: [[runnerNumber(1)], [runnerNumber(2)]],
      didNotFinish: [],
      ...ordered,
    });
    await steward({ kind: 'make-official', ...ordered });
    await world.settled();

    // Pool 40.00, takeout 15.6 %: 33.76 to share over 10.00: 3.376, broken to 3.30.
    const { players, races, house } = await money();
    expect(players.answers.map(({ id, answer }) => [id, answer])).toEqual(
      expect.arrayContaining([
        [
          'ann',
          expect.objectContaining({
            account: expect.objectContaining({
              free: 10_000 - 1_000 + 3_300,
              held: 0,
              openBets: 0,
            }),
          }),
        ],
        [
          'bob',
          expect.objectContaining({
            account: expect.objectContaining({ free: 7_000, held: 0, openBets: 0 }),
          }),
        ],
      ]),
    );
    expect(races.answers[0]?.answer).toEqual({ kind: 'books', inPools: 0 });
    expect(house).toMatchObject({ answer: { takeout: 624, breakage: 76, reserve: 0 } });
    expect(
      await world.router.ask(t, { query: { kind: 'position', player: playerId('ann') } }, asked()),
    ).toMatchObject({
      answer: { standing: { rank: 1, score: 330, countedBets: 1 } },
    });
    expect(world.fatal).toEqual([]);
  });

  test('of 1,500 bets in one pool ends by a job, off the shards, with every cent where it belongs', async () => {
    world = startWorld();
    const people = Array.from({ length: 30 }, (_, index) => `p${index}`);
    await Promise.all(people.map((who) => open(who, 10_000)));
    await declare();
    // One on each runner in turn; runner 1 wins.
    const placed = await Promise.all(
      Array.from({ length: 1_500 }, (_, index) =>
        place(people[index % 30] ?? '', `b${index}`, (index % 3) + 1, 200),
      ),
    );
    expect(new Set(placed.map((it) => it.kind))).toEqual(new Set(['accepted']));
    await steward({ kind: 'close-race', why: 'off', ...ordered });
    const order = [[runnerNumber(1)], [runnerNumber(2)]];
    await steward({ kind: 'enter-result', order, didNotFinish: [], ...ordered });
    await steward({ kind: 'make-official', ...ordered });
    await world.settled();

    // Pool 3,000.00, takeout 15.6 %: 2,532.00 over 1,000.00 is 2.532, broken to 2.50.
    expect(await steward({ kind: 'make-official', ...ordered })).toMatchObject({
      kind: 'accepted',
      answer: {
        race: {
          phase: 'paid',
          pools: [{ tickets: 1_500, settled: true, price: { dividends: [{ hundredths: 250 }] } }],
        },
      },
    });
    const { players, races, house } = await money();
    const accounts = new Map(players.answers.map(({ id, answer }) => [id, answer]));
    for (const [index, who] of people.entries()) {
      const won = index % 3 === 0 ? 50 : 0;
      expect(accounts.get(who)).toMatchObject({
        account: { free: won * 500, held: 0, openBets: 0 },
      });
    }
    expect(races.answers[0]?.answer).toEqual({ kind: 'books', inPools: 0 });
    expect(house).toMatchObject({ answer: { takeout: 46_800, breakage: 3_200, reserve: 0 } });
    expect(world.fatal).toEqual([]);
  });

  test('knows every cent of players who have left memory, before and after a start', async () => {
    const snapshots = Array.from({ length: 4 }, createSnapshotDisk);
    world = startWorld({ snapshots, residentMax: 3 });
    const people = Array.from({ length: 60 }, (_, index) => `p${index}`);
    for (const who of people) await open(who, 1_000);
    await declare();
    for (const [index, who] of people.slice(0, 20).entries()) {
      await place(who, 'b1', (index % 3) + 1, 200);
    }
    await world.settled();
    const before = await money();
    expect(before.players.answers.map(({ id }) => id).sort()).toEqual([...people].sort());
    const rows = snapshots.flatMap(({ rows }) => [...rows.keys()]);
    expect(rows.filter((it) => it.startsWith('player/')).length).toBeGreaterThan(40);
    const { disks } = world;
    await world.stop();
    world = startWorld({ disks, snapshots, residentMax: 3 });
    expect(sortedById(await money())).toEqual(sortedById(before));
    await steward({ kind: 'void-race', why: 'fog', ...ordered });
    await world.settled();
    const { players } = await money();
    for (const { answer } of players.answers) {
      expect(answer).toMatchObject({ account: { free: 1_000, held: 0, openBets: 0 } });
    }
    expect(world.fatal).toEqual([]);
  });

  test('goes on after the machine is started again from what its disks hold', async () => {
    world = startWorld();
    await open('ann', 10_000);
    await declare();
    await place('ann', 'b1', 1, 1_000);
    const disks = world.disks;
    const before = await money();
    // Nothing is told to stop: the disks are simply given to a new owner.
    const dead = world;
    world = startWorld({ disks });
    await world.settled();
    expect(await money()).toEqual(before);
    // Its disks have another owner: what it still wants to save is refused, and it says so.
    await dead.stop();
    expect(dead.fatal).not.toEqual([]);
    for (const cause of dead.fatal) expect(cause).toBeInstanceOf(FencedError);
    expect(await money()).toEqual(before);
  });
});
