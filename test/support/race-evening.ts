/**
 * An evening in the machine of one thread, everything at once: players bet on two races, the races are
 * closed, run, made official and paid, a tournament counts; and how each log grew meanwhile.
 */
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
import type { Clock } from '../../src/runtime/clock.ts';
import type { Cursors } from '../../src/runtime/log/log.ts';
import { createMemoryDisk, type MemoryDisk } from '../../src/runtime/log/memory.ts';
import { createTournament, joinTournament } from './tournaments.ts';
import { startWorld, type World } from './world.ts';

/** What was on one disk at one time. */
export interface DiskAt {
  readonly length: number;
  readonly cursors: Cursors;
}

/** By partition. */
type Moment = readonly DiskAt[];

export interface Evening {
  readonly disks: readonly MemoryDisk[];
  /** Before each write, and at the end: every state that the disks were in together. */
  readonly moments: readonly Moment[];
}

export const PLAYERS = ['ann', 'bob', 'cem', 'dia', 'eve', 'flo'];
export const RACES = ['r1', 'r2'];
const BETS_EACH = 12;
/** While the others go on betting, and are refused. */
const [CLOSER, CLOSES_AFTER] = ['ann', 8];
const DEPOSIT = 5_000;
const RULES = ruleSetById('simple-gagnant-pmu@1');
const ordered = { by: 'steward', atMs: 1 };
const timeoutMs = 10_000;
let asked = 0;

/** @param options.id What a bet's command is called; its bet's id otherwise, as the gateway has it. */
export async function playEvening(
  options: {
    readonly partitions?: number;
    readonly clock?: Clock;
    readonly id?: (bet: string) => string;
  } = {},
): Promise<Evening> {
  const { partitions = 5, id = (bet) => bet } = options;
  const disks = Array.from({ length: partitions }, createMemoryDisk);
  const moments: Moment[] = [];
  const note = () =>
    moments.push(disks.map(({ records, cursors }) => ({ length: records.length, cursors })));
  for (const disk of disks) disk.beforeWrite = note;
  const world = startWorld({
    disks,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  try {
    await prepare(world);
    await Promise.all([
      ...PLAYERS.map(async (who, index) => {
        // Each one bet after the other: so there are many commits, and few records in each.
        for (let bet = 0; bet < BETS_EACH; bet++) {
          await place(world, {
            who,
            race: RACES[bet % RACES.length] ?? '',
            // Some are refused by the race: it has three runners.
            runner: ((index + bet) % 4) + 1,
            id: id(`${who}-${bet}`),
          });
          if (who === CLOSER && bet === CLOSES_AFTER) await run(world, 'r1');
        }
      }),
    ]);
    await run(world, 'r2');
    await world.settled();
  } finally {
    await world.stop();
  }
  note();
  for (const disk of disks) disk.beforeWrite = () => {};
  return { disks, moments };
}

async function prepare(world: World): Promise<void> {
  const t = tournamentRef(tournamentId('t1'));
  const create = createTournament({ races: RACES, bestOf: 3 });
  await Promise.all([
    ...PLAYERS.map(async (who) => {
      const to = playerRef(playerId(who));
      const open = { kind: 'open-account', request: 'o', alias: who, atMs: 1 } as const;
      const deposit = { kind: 'deposit', request: 'd', amount: cents(DEPOSIT), atMs: 1 } as const;
      await world.router.ask(to, { command: open }, ask());
      await world.router.ask(to, { command: deposit }, ask());
    }),
    ...RACES.map((race) => declare(world, race)),
    world.router.ask(t, { command: create }, ask()),
  ]);
  await Promise.all(
    PLAYERS.slice(0, 3).map((who) => world.router.ask(t, { command: joinTournament(who) }, ask())),
  );
}

async function declare(world: World, race: string): Promise<void> {
  if (RULES === undefined) throw new Error('no rule set');
  await steward(world, race, {
    kind: 'declare-race',
    title: race,
    offAtMs: 1,
    runners: [1, 2, 3].map((it) => ({ number: runnerNumber(it), name: `horse ${it}` })),
    pools: [{ id: poolId('win'), ruleSet: RULES, legs: [], guarantee: cents(0) }],
    ...ordered,
  });
  await steward(world, race, { kind: 'open-race', ...ordered });
}

/** While bets are still on their way. */
async function run(world: World, race: string): Promise<void> {
  await steward(world, race, { kind: 'close-race', why: 'off', ...ordered });
  const order = [[runnerNumber(1)], [runnerNumber(2)]];
  await steward(world, race, { kind: 'enter-result', order, didNotFinish: [], ...ordered });
  await steward(world, race, { kind: 'make-official', ...ordered });
}

async function place(
  world: World,
  { who, race, runner, id }: { who: string; race: string; runner: number; id: string },
): Promise<void> {
  const ticket = {
    bet: betId(id),
    player: playerId(who),
    race: raceId(race),
    pool: poolId('win'),
    formula: 'combined' as const,
    legs: [[runnerNumber(runner)]],
    picks: 0,
    alternates: [],
    flexi: 100,
    stake: cents(200),
    combinations: 1,
    cost: cents(200),
    channel: 'online',
  };
  const command = { kind: 'place-bet', ticket, atMs: 1 } as const;
  const query = { kind: 'decided-bet', bet: ticket.bet } as const;
  await world.router.ask(playerRef(ticket.player), { command, query }, { id, timeoutMs });
}

function steward(world: World, race: string, command: RaceCommand) {
  return world.router.ask(raceRef(raceId(race)), { command, query: { kind: 'race' } }, ask());
}

function ask() {
  return { id: `q${asked++}`, timeoutMs };
}

/** All money, as the actors themselves say. */
export async function moneyIn({ router }: World) {
  const players = await router.gather('player', { kind: 'account' }, ask());
  const races = await router.gather('race', { kind: 'books' }, ask());
  const house = await router.ask(houseRef, { query: { kind: 'books' } }, ask());
  return { players, races, house };
}
