/**
 * A large pool settled while its shard goes on taking bets.
 *
 * One shard with everything on it, logs on disk, fsync on, and its job thread: a five-leg pool is
 * filled through the front of the shard, the last leg is made official, and bets on another race
 * are placed at a steady rate until every player is paid. `recorded` is when each ticket's payment
 * is in the race's log; `paid` is when it is in the player's. Beside it, the same time without
 * anything to settle: what a bet takes on this machine then.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { playerRef } from '../src/actors/player.ts';
import type { RuleSet } from '../src/actors/pools/rule-set.ts';
import { ruleSetById } from '../src/actors/pools/rule-sets.ts';
import { raceRef } from '../src/actors/race.ts';
import type { RaceCommand, RaceSummary } from '../src/actors/race-events.ts';
import type { Ticket } from '../src/actors/ticket.ts';
import {
  betId,
  cents,
  playerId,
  poolId,
  type RaceId,
  type RunnerNumber,
  raceId,
  runnerNumber,
} from '../src/actors/units.ts';
import { createSqliteLog, openSqliteLog } from '../src/runtime/log/sqlite.ts';
import { openPiscinaJobs } from '../src/runtime/piscina.ts';
import type { Router } from '../src/runtime/router.ts';
import { silent } from '../src/runtime/telemetry.ts';
import {
  asking,
  expectAccepted,
  type InProcess,
  startInProcess,
  TIMEOUT_MS,
} from './in-process.ts';
import { latencies } from './measure.ts';

export interface SettleBenchOptions {
  readonly tickets: number;
  readonly players: number;
  /** Bets in flight while the pool fills. */
  readonly window: number;
  /** Bets on the other race, a second, while it is settled. */
  readonly otherBetsPerSecond: number;
}

const LEGS = 5;
const PARTITIONS = 4;
const RUNNERS = 14;
const BIG = poolId('big');
const WIN = poolId('win');
const OTHER = raceId('other');
const LEG_IDS = Array.from({ length: LEGS }, (_, index) => raceId(`leg-${index + 1}`));
const ORDERED = { by: 'bench', atMs: 0 };

export async function benchSettle(options: SettleBenchOptions): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'furlong-bench-'));
  try {
    const { router, stop } = startEngine(dir);
    await prepare(router, options);
    await fill(router, options);
    for (const id of LEG_IDS.slice(0, -1)) await decide(router, id);
    progress('settle: quiet, for comparison');
    const quiet = await placeWhile(router, 'q', options, () => pause(3_000));

    progress('settle: the last leg is official');
    const begunMs = performance.now();
    let recordedMs = Number.NaN;
    const busy = await placeWhile(router, 's', options, async () => {
      await decide(router, LEG_IDS.at(-1) ?? OTHER);
      for (;;) {
        const race = await summaryOf(router, LEG_IDS[0] ?? OTHER);
        if (race.pools.some(({ id, settled }) => id === BIG && settled)) break;
        await pause(20);
      }
      recordedMs = performance.now() - begunMs;
      progress(`settle: recorded after ${Math.round(recordedMs)} ms`);
      await untilDelivered(router);
    });
    const paidMs = performance.now() - begunMs;
    const race = await summaryOf(router, LEG_IDS[0] ?? OTHER);
    const pool = race.pools.find(({ id }) => id === BIG);
    await stop();
    const ms = (value: number) => `${value.toFixed(1)} ms`;
    return [
      `${options.tickets} five-leg tickets of ${options.players} players, one shard, fsync on, ` +
        `${options.otherBetsPerSecond} other bets/s; verdict ${pool?.price?.verdict}`,
      '',
      '| What | Seen |',
      '| --- | --- |',
      `| every payment in the race's log | ${(recordedMs / 1_000).toFixed(2)} s |`,
      `| every payment in the players' logs | ${(paidMs / 1_000).toFixed(2)} s |`,
      `| other bets meanwhile, p50 / p99 | ${ms(busy.p50Ms)} / ${ms(busy.p99Ms)} |`,
      `| other bets before, p50 / p99 | ${ms(quiet.p50Ms)} / ${ms(quiet.p99Ms)} |`,
    ];
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function startEngine(dir: string): InProcess {
  const logs = Array.from({ length: PARTITIONS }, (_, number) => {
    const path = join(dir, `p-${number}.sqlite`);
    createSqliteLog(path, number, 'bench');
    return openSqliteLog(path, number, 'bench');
  });
  const entry = new URL('../src/job-worker.ts', import.meta.url);
  const jobs = openPiscinaJobs({ entry, telemetry: silent });
  const { router, stop } = startInProcess(logs, jobs);
  return {
    router,
    async stop() {
      await stop();
      await jobs.close();
    },
  };
}

async function prepare(router: Router, { players }: SettleBenchOptions): Promise<void> {
  progress(`settle: ${players} accounts, ${LEGS} legs and another race`);
  for (const [index, id] of LEG_IDS.entries()) {
    await order(router, id, declaration(index === 0 ? LEG_IDS : []));
  }
  await order(router, OTHER, declaration([]));
  for (const id of [...LEG_IDS, OTHER]) await order(router, id, { kind: 'open-race', ...ORDERED });
  const amount = cents(100_000_000_000);
  await Promise.all(
    Array.from({ length: players }, async (_, index) => {
      const to = playerRef(playerId(`p${index}`));
      const account = { kind: 'open-account', request: 'o', alias: `p${index}`, atMs: 0 } as const;
      expectAccepted(await router.ask(to, { command: account }, asking(`o${index}`)));
      const deposit = { kind: 'deposit', request: 'd', amount, atMs: 0 } as const;
      expectAccepted(await router.ask(to, { command: deposit }, asking(`d${index}`)));
    }),
  );
}

function declaration(legs: readonly RaceId[]): RaceCommand {
  const win = { id: WIN, ruleSet: ruleSet('simple-gagnant-pmu@1'), legs: [], guarantee: cents(0) };
  const big = { id: BIG, ruleSet: ruleSet('big5-pmu@1'), legs, guarantee: cents(0) };
  return {
    kind: 'declare-race',
    title: 'bench',
    offAtMs: 0,
    runners: Array.from({ length: RUNNERS }, (_, index) => ({
      number: runnerNumber(index + 1),
      name: `horse ${index + 1}`,
    })),
    pools: legs.length === 0 ? [win] : [win, big],
    ...ORDERED,
  };
}

function ruleSet(id: string): RuleSet {
  const found = ruleSetById(id);
  if (found === undefined) throw new Error(`there is no rule set ${id}`);
  return found;
}

/** Tickets as players make them: one runner in most legs, two or three in some. */
async function fill(router: Router, options: SettleBenchOptions): Promise<void> {
  const { tickets, players, window } = options;
  const random = createRandom(7);
  const begunMs = performance.now();
  let next = 0;
  const terminals = Array.from({ length: window }, async () => {
    for (let number = next++; number < tickets; number = next++) {
      const legs = LEG_IDS.map(() => pick(random));
      const combinations = legs.reduce((product, leg) => product * leg.length, 1);
      await placeBet(router, {
        ...TERMS,
        bet: betId(uuid(number)),
        player: playerId(`p${number % players}`),
        race: LEG_IDS[0] ?? OTHER,
        pool: BIG,
        formula: 'legs',
        legs,
        stake: cents(200),
        combinations,
        cost: cents(200 * combinations),
      });
      if (number % 100_000 === 0) {
        const rate = Math.round((number / (performance.now() - begunMs)) * 1_000);
        progress(`settle: ${number} of ${tickets} tickets, ${rate}/s`);
      }
    }
  });
  await Promise.all(terminals);
}

const TERMS = { picks: 0, alternates: [], flexi: 100, channel: 'online' } as const;

function pick(random: (below: number) => number): RunnerNumber[] {
  const many = random(8);
  const size = many === 0 ? 3 : many <= 2 ? 2 : 1;
  const runners = new Set<RunnerNumber>();
  while (runners.size < size) runners.add(runnerNumber(random(RUNNERS) + 1));
  return [...runners];
}

/** Places bets on the other race at the steady rate, open loop, until `work` is done. */
async function placeWhile(
  router: Router,
  prefix: string,
  { otherBetsPerSecond, players }: SettleBenchOptions,
  work: () => Promise<unknown>,
) {
  const times = latencies();
  const begunMs = performance.now();
  const underWay: Promise<void>[] = [];
  let done = false;
  const working = work().finally(() => {
    done = true;
  });
  for (let number = 0; !done; number++) {
    const dueMs = begunMs + (number * 1_000) / otherBetsPerSecond;
    const waitMs = dueMs - performance.now();
    if (waitMs > 1) await pause(waitMs);
    const ticket: Ticket = {
      ...TERMS,
      bet: betId(`${prefix}-${number}`),
      player: playerId(`p${number % players}`),
      race: OTHER,
      pool: WIN,
      formula: 'combined',
      legs: [[runnerNumber((number % RUNNERS) + 1)]],
      stake: cents(200),
      combinations: 1,
      cost: cents(200),
    };
    // From when it was due: a shard that keeps terminals waiting is not forgiven for it.
    underWay.push(placeBet(router, ticket).then(() => times.add(performance.now() - dueMs)));
  }
  await working;
  await Promise.all(underWay);
  return times.sample(performance.now() - begunMs);
}

async function decide(router: Router, id: RaceId): Promise<void> {
  const order1 = [[runnerNumber(3)], [runnerNumber(1)], [runnerNumber(2)]];
  await order(router, id, { kind: 'close-race', why: '', ...ORDERED });
  await order(router, id, { kind: 'enter-result', order: order1, didNotFinish: [], ...ORDERED });
  await order(router, id, { kind: 'make-official', ...ORDERED });
}

async function placeBet(router: Router, ticket: Ticket): Promise<void> {
  const reply = await router.ask(
    playerRef(ticket.player),
    {
      command: { kind: 'place-bet', ticket, atMs: 0 },
      query: { kind: 'decided-bet', bet: ticket.bet },
    },
    asking(ticket.bet),
  );
  const answer = expectAccepted(reply);
  if (answer?.kind !== 'bet' || answer.bet.status.kind !== 'registered') {
    throw new Error(`bet ${ticket.bet} was not registered: ${JSON.stringify(answer)}`);
  }
}

async function untilDelivered(router: Router): Promise<void> {
  for (;;) {
    const states = await router.partitions({ timeoutMs: TIMEOUT_MS });
    // The other race's bets are always on their way.
    if (states.every(({ outgoing }) => outgoing < 100)) return;
    await pause(20);
  }
}

async function summaryOf(router: Router, id: RaceId): Promise<RaceSummary> {
  const reply = await router.ask(raceRef(id), { query: { kind: 'race' } }, asking('look'));
  const answer = expectAccepted(reply);
  if (answer?.kind !== 'race') throw new Error(`race ${id} says ${JSON.stringify(answer)}`);
  return answer.race;
}

let orders = 0;
async function order(router: Router, id: RaceId, command: RaceCommand): Promise<void> {
  expectAccepted(await router.ask(raceRef(id), { command }, asking(`order-${orders++}`)));
}

/** Of the form most terminals send; the same in every run. */
function uuid(number: number): string {
  const hex = number.toString(16).padStart(12, '0');
  return `5e771e00-0000-4000-8000-${hex}`;
}

/** Lehmer, 1951: small, and the same in every run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 0x7fff_ffff;
    return state % below;
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
