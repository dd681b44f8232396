/**
 * From starting the server to its first accepted bet, on a day that already has a million bets.
 *
 * The day is made in process, through the engine, with no snapshots; then the real server
 * (`furlong serve`, two shards) is started on it: with nothing but the log, after a clean stop,
 * after kill −9, and after kill −9 with as long a tail as a running server ever leaves.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { playerRef } from '../src/actors/player.ts';
import { ruleSetById } from '../src/actors/pools/rule-sets.ts';
import { raceRef } from '../src/actors/race.ts';
import { betId, cents, playerId, poolId, raceId, runnerNumber } from '../src/actors/units.ts';
import { connectClient } from '../src/client/client.ts';
import { openDataDir } from '../src/runtime/data-dir.ts';
import { openSqliteLog } from '../src/runtime/log/sqlite.ts';
import type { Router } from '../src/runtime/router.ts';
import { startServerProcess } from '../test/support/server-process.ts';
import { asking, expectAccepted, startInProcess } from './in-process.ts';

export interface RestartBenchOptions {
  readonly bets: number;
  readonly players: number;
  readonly races: number;
  readonly partitions: number;
  readonly shards: number;
  /** Bets beyond the last base, where a crash comes at the worst time. */
  readonly tailBets: number;
}

const POOL = poolId('win');
const STAKE = cents(200);
const RUNNERS = 12;
const WINDOW = 2_048;

interface Start {
  readonly what: string;
  readonly ms: number;
  /** Of all the server's threads; undefined where the machine does not say. */
  readonly cpuMs: number | undefined;
}

/** Runs it all and returns lines for people: a Markdown table. */
export async function benchRestart(options: RestartBenchOptions): Promise<string[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'furlong-restart-'));
  try {
    const starts: Start[] = [];
    const note = (what: string, { ms, cpuMs }: Omit<Start, 'what'>) => {
      starts.push({ what, ms, cpuMs });
      progress(`${what}: ${seconds(ms)} s, ${seconds(cpuMs)} s of CPU`);
    };
    await inProcess(dataDir, options, async (router) => {
      await prepare(router, options);
      await placeBets(router, { ...options, prefix: 'day', bets: options.bets });
    });

    const first = await started(dataDir, options, 'first');
    note('the log alone', first);
    await first.server.stop();

    const clean = await started(dataDir, options, 'clean');
    note('after a clean stop', clean);
    await clean.server.kill();

    const killed = await started(dataDir, options, 'killed');
    note('after kill −9', killed);
    await killed.server.stop();

    await inProcess(dataDir, options, (router) =>
      placeBets(router, { ...options, prefix: 'tail', bets: options.tailBets }),
    );
    const worst = await started(dataDir, options, 'worst');
    note(`after kill −9, ${options.tailBets} bets beyond the last base`, worst);
    await worst.server.kill();
    return table(starts, dataDir, options);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

/** Starts the server and places a bet as soon as it takes one. */
async function started(dataDir: string, { partitions, shards }: RestartBenchOptions, bet: string) {
  const begunMs = performance.now();
  const args = ['--partitions', `${partitions}`, '--shards', `${shards}`];
  const server = await startServerProcess(dataDir, 0, args);
  const client = connectClient(server.grpcAddress);
  try {
    await client.betting.placeBet({
      betId: bet,
      playerId: 'p0',
      raceId: 'r0',
      poolId: POOL,
      legs: [{ runners: [1] }],
      stakeCents: BigInt(STAKE),
    });
    return { server, ms: performance.now() - begunMs, cpuMs: cpuMsOf(server.pid) };
  } catch (cause) {
    await server.kill();
    throw cause;
  } finally {
    client.close();
  }
}

/** On Linux, whose ticks are hundredths of a second: proc(5), fields 14 and 15. */
function cpuMsOf(pid: number): number | undefined {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return undefined;
  const [user = 0, system = 0] = readFileSync(path, 'utf8').split(' ').slice(13, 15).map(Number);
  return (user + system) * 10;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '?' : (ms / 1_000).toFixed(1);
}

/** The engine over the directory's logs, for as long as the work takes. */
async function inProcess(
  dataDir: string,
  options: RestartBenchOptions,
  work: (router: Router) => Promise<void>,
): Promise<void> {
  const data = openDataDir(dataDir, options.partitions);
  const logs = data.logs.map((path, number) => openSqliteLog(path, number, data.id));
  const engine = startInProcess(logs);
  await work(engine.router);
  await engine.stop();
  data.release();
}

async function prepare(router: Router, { races, players }: RestartBenchOptions): Promise<void> {
  const ruleSet = ruleSetById('simple-gagnant-pmu@1');
  if (ruleSet === undefined) throw new Error('the rule set is not there');
  const ordered = { by: 'bench', atMs: 0 };
  for (let race = 0; race < races; race++) {
    const to = raceRef(raceId(`r${race}`));
    const declare = {
      kind: 'declare-race',
      title: `race ${race}`,
      offAtMs: 4_000_000_000_000,
      runners: Array.from({ length: RUNNERS }, (_, index) => ({
        number: runnerNumber(index + 1),
        name: `horse ${index + 1}`,
      })),
      pools: [{ id: POOL, ruleSet, legs: [], guarantee: cents(0) }],
      ...ordered,
    } as const;
    expectAccepted(await router.ask(to, { command: declare }, asking(`declare ${race}`)));
    const open = { kind: 'open-race', ...ordered } as const;
    expectAccepted(await router.ask(to, { command: open }, asking(`open ${race}`)));
  }
  await eachOf(players, async (index) => {
    const to = playerRef(playerId(`p${index}`));
    const account = { kind: 'open-account', request: 'o', alias: `p${index}`, atMs: 0 } as const;
    expectAccepted(await router.ask(to, { command: account }, asking(`o${index}`)));
    const amount = cents(100_000_000_000);
    const deposit = { kind: 'deposit', request: 'd', amount, atMs: 0 } as const;
    expectAccepted(await router.ask(to, { command: deposit }, asking(`d${index}`)));
  });
}

async function placeBets(
  router: Router,
  it: RestartBenchOptions & { readonly prefix: string },
): Promise<void> {
  await eachOf(it.bets, async (number) => {
    if (number % 100_000 === 0) progress(`${it.prefix}: bet ${number} of ${it.bets}`);
    const player = playerId(`p${number % it.players}`);
    const ticket = {
      bet: betId(`${it.prefix}-${number}`),
      player,
      race: raceId(`r${(number + Math.floor(number / it.players)) % it.races}`),
      pool: POOL,
      formula: 'combined',
      legs: [[runnerNumber((number % RUNNERS) + 1)]],
      picks: 0,
      alternates: [],
      flexi: 100,
      stake: STAKE,
      combinations: 1,
      cost: STAKE,
      channel: 'online',
    } as const;
    const command = { kind: 'place-bet', ticket, atMs: 1_790_000_000_000 + number } as const;
    const query = { kind: 'decided-bet', bet: ticket.bet } as const;
    expectAccepted(await router.ask(playerRef(player), { command, query }, asking(ticket.bet)));
  });
}

/** Many at once, as terminals are. */
async function eachOf(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: WINDOW }, async () => {
      for (let index = next++; index < count; index = next++) await work(index);
    }),
  );
}

function table(starts: readonly Start[], dataDir: string, options: RestartBenchOptions): string[] {
  const { bets, players, races, partitions, shards } = options;
  const sizeOf = (folder: string) =>
    Array.from({ length: partitions }, (_, number) =>
      statSync(join(dataDir, folder, `p-${String(number).padStart(3, '0')}.sqlite`)),
    ).reduce((sum, { size }) => sum + size, 0);
  const megabytes = (folder: string) => `${Math.round(sizeOf(folder) / 1e6)} MB`;
  return [
    `${bets} bets of ${players} players on ${races} races, ${partitions} partitions, ${shards} shards; ` +
      `log ${megabytes('log')}, snapshots ${megabytes('snapshots')}`,
    '',
    '| From the start to the first accepted bet | s | s of CPU |',
    '| --- | --- | --- |',
    ...starts.map(({ what, ms, cpuMs }) => `| ${what} | ${seconds(ms)} | ${seconds(cpuMs)} |`),
  ];
}

function progress(line: string): void {
  process.stderr.write(`restart: ${line}\n`);
}
