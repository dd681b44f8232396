/**
 * Stakes from a wallet outside through the real runtime: shards that crash at any write, owners that
 * come back as zombies, and a road to the wallet on which everything gets lost, late or doubled.
 */
import { describe, expect, test } from 'vitest';
import { playerRef } from '../../src/actors/player.ts';
import { ruleSetById } from '../../src/actors/pools/rule-sets.ts';
import { raceRef } from '../../src/actors/race.ts';
import type { RaceCommand } from '../../src/actors/race-events.ts';
import { cents, playerId, poolId, raceId, runnerNumber } from '../../src/actors/units.ts';
import { createLedger, missingIn } from '../../src/audit/ledger.ts';
import { toldBy } from '../../src/audit/records.ts';
import { createRandom, type Random } from '../../src/day/random.ts';
import { createMemoryDisk, type MemoryDisk } from '../../src/runtime/log/memory.ts';
import { ticket as ticketOf } from '../actors/given.ts';
import { callsTo, createOutsideWallet, type OutsideWallet } from '../support/outside-wallet.ts';
import { createTurnedClock, type TurnedClock } from '../support/turned-clock.ts';
import { startWorld, type World } from '../support/world.ts';

const OPENING = 2_000;
const PLAYERS = ['ann', 'bob', 'cid', 'dan'];
const BETS_EACH = 8;
const CRASHES = 4;
const STEP_MS = 10;
const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);
/** Steps until everything must have come to rest: many times the longest back-off. */
const REST_STEPS_MAX = 20_000;

const race = raceId('r1');
const ordered = { by: 'steward', atMs: 1 };

interface Play {
  readonly clock: TurnedClock;
  readonly random: Random;
  readonly wallet: OutsideWallet;
  readonly disks: readonly MemoryDisk[];
  /** What becomes of a call; at the end of the day everything arrives. */
  bad: boolean;
  world: World;
  asked: number;
  /** Bets that somebody was told are in the pool. */
  readonly acknowledged: Set<string>;
}

describe('stakes from a wallet outside', () => {
  test.each(SEEDS)('are all accounted for, whatever happens: seed %i', async (seed) => {
    const play = start(seed);
    await prepare(play);
    for (let crash = 0; crash <= CRASHES; crash++) {
      await placeAll(play);
      await pass(play, 1 + play.random.below(60));
      if (crash < CRASHES) await crashAndRestart(play);
    }
    await tell(play, { kind: 'close-race', why: 'off', ...ordered });
    play.bad = false;
    // Once more with the same ids: what was never answered is, and the rest has its answer.
    await placeAll(play, 'until-answered');
    await tell(play, {
      kind: 'enter-result',
      order: [[runnerNumber(1)], [runnerNumber(2)], [runnerNumber(3)]],
      didNotFinish: [],
      ...ordered,
    });
    await tell(play, { kind: 'make-official', ...ordered });
    await rest(play);
    expectWhole(play);
  });
});

function start(seed: number): Play {
  const clock = createTurnedClock();
  const random = createRandom(seed, 'wallet');
  const play: Omit<Play, 'world'> & { world?: World } = {
    clock,
    random,
    wallet: createOutsideWallet(OPENING),
    disks: Array.from({ length: 3 }, createMemoryDisk),
    bad: true,
    asked: 0,
    acknowledged: new Set(),
  };
  return Object.assign(play, { world: worldOf(play) });
}

function worldOf(play: Omit<Play, 'world'>): World {
  const { clock, wallet, disks } = play;
  return startWorld({ disks, clock, calls: callsTo(wallet, roadOf(play), clock.now) });
}

/** Lost on the way there, or back; late, also by more than anybody waits; asked twice. */
function roadOf(play: Omit<Play, 'world'>): Parameters<typeof callsTo>[1] {
  const { clock, random } = play;
  return async (ask) => {
    if (!play.bad) return ask();
    const lateMs = [0, 0, 30, 300, 3_000, 7_000][random.below(6)] ?? 0;
    const fate = random.below(5);
    if (fate === 0) throw new Error('never got there');
    await new Promise<void>((resolve) => {
      clock.after(lateMs, resolve);
    });
    const answer = ask();
    if (fate === 1) throw new Error('done, and nobody heard of it');
    if (fate === 2) ask();
    return answer;
  };
}

async function pass(play: Play, steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) {
    play.clock.turn(STEP_MS);
    await turns();
  }
}

/** Lets the shards have the turns that are due. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Every write fails from some record on; the old world is a zombie beside the new one. */
async function crashAndRestart(play: Play): Promise<void> {
  for (const disk of play.disks) {
    let left = play.random.below(4);
    disk.beforeWrite = () => {
      if (left-- <= 0) throw new Error('power cut');
    };
  }
  await pass(play, play.random.below(20));
  for (const disk of play.disks) disk.beforeWrite = () => {};
  play.world = worldOf(play);
  await turns();
}

async function prepare(play: Play): Promise<void> {
  const ruleSet = ruleSetById('simple-gagnant-pmu@1');
  if (ruleSet === undefined) throw new Error('no rule set');
  await tell(play, {
    kind: 'declare-race',
    title: 'first',
    offAtMs: 1,
    runners: [1, 2, 3].map((it) => ({ number: runnerNumber(it), name: `horse ${it}` })),
    pools: [{ id: poolId('win'), ruleSet, legs: [], guarantee: cents(0) }],
    ...ordered,
  });
  await tell(play, { kind: 'open-race', ...ordered });
  for (const id of PLAYERS) {
    const command = {
      kind: 'open-account',
      request: 'o',
      alias: id,
      atMs: 1,
      inWallet: true,
    } as const;
    await finished(play, () =>
      play.world.router.ask(playerRef(playerId(id)), { command }, asked(play)),
    );
  }
}

function asked(play: Play) {
  return { id: `q${play.asked++}`, timeoutMs: 20_000 };
}

/** Asks again, with time passing, until it is answered. */
async function finished<Reply extends { readonly kind: string }>(
  play: Play,
  ask: () => Promise<Reply>,
): Promise<Reply> {
  for (;;) {
    let reply: Reply | undefined;
    void ask().then((it) => {
      reply = it;
    });
    for (let step = 0; reply === undefined && step < REST_STEPS_MAX; step++) await pass(play, 1);
    if (reply !== undefined && reply.kind !== 'unanswered') return reply;
  }
}

async function tell(play: Play, command: RaceCommand): Promise<void> {
  const reply = await finished(play, () =>
    play.world.router.ask(raceRef(race), { command }, asked(play)),
  );
  expect(reply.kind).toBe('accepted');
}

async function placeAll(play: Play, until?: 'until-answered'): Promise<void> {
  const bets = PLAYERS.flatMap((id) =>
    Array.from({ length: BETS_EACH }, (_, index) => ({ id, bet: `b${index}`, index })),
  );
  for (const { id, bet, index } of bets) {
    const runner = `${(index % 3) + 1}`;
    const ticket = ticketOf(runner, { player: id, bet, stake: 100 * (1 + (index % 4)) });
    const to = playerRef(playerId(id));
    const place = async () => {
      const atMs = play.clock.now();
      const what = {
        command: { kind: 'place-bet', ticket, atMs },
        query: { kind: 'decided-bet', bet: ticket.bet },
      } as const;
      const reply = await play.world.router.ask(to, what, asked(play));
      const answer = reply.kind === 'accepted' ? reply.answer : undefined;
      const status = answer?.kind === 'bet' ? answer.bet.status.kind : undefined;
      if (status === 'registered') play.acknowledged.add(`${id}/${bet}`);
      return reply;
    };
    if (until === undefined) void place();
    else await finished(play, place);
  }
}

async function rest(play: Play): Promise<void> {
  for (let step = 0; step < REST_STEPS_MAX; step++) {
    await pass(play, 10);
    let waits = -1;
    const query = { untilMs: Number.MAX_SAFE_INTEGER, limit: 1 };
    void play.world.router.stuck(query, { timeoutMs: 1_000 }).then(({ stuck }) => {
      waits = stuck.length;
    });
    const partitions = play.world.router.partitions({ timeoutMs: 1_000 });
    await turns();
    if (waits !== 0) continue;
    const states = await partitions;
    if (states.every(({ outgoing }) => outgoing === 0)) return;
  }
  throw new Error('the day does not come to rest');
}

function expectWhole({ disks, wallet, acknowledged, world }: Play): void {
  expect(world.fatal).toEqual([]);
  const ledger = createLedger();
  const registered = new Set<string>();
  for (const { records } of disks) {
    for (const { stream, bytes } of records) {
      const told = toldBy(stream, bytes);
      ledger.add(told);
      if (told.of !== 'race' || told.event.kind !== 'bet-registered') continue;
      registered.add(`${told.event.player}/${told.event.bet}`);
    }
  }
  const { faults, unmatched, books, wallet: told } = ledger.report();
  expect([faults, unmatched, missingIn(books)]).toEqual([[], [], 0]);
  expect(told).toMatchObject({ open: 0, captured: registered.size });
  expect(told.authorised + told.refused).toBeGreaterThan(0);
  for (const bet of acknowledged) expect(registered, bet).toContain(bet);

  const accounts = wallet.accounts();
  expect(accounts.map(({ held }) => held)).toEqual(accounts.map(() => 0));
  const kept = accounts.reduce((sum, { balance }) => sum + balance, 0);
  expect(kept + books.deposits - books.withdrawals).toBe(OPENING * accounts.length);
}
