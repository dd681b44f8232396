/**
 * Durable bets over gRPC, beside a bare grpc-js echo of the same message in the same run.
 *
 * Client here, servers in threads of their own: the whole of Furlong on one side (fsync on), an
 * echo that decodes, does nothing and encodes on the other. Rounds alternate; every figure is the
 * median of the rounds, with their spread.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Client, connectClient } from '../src/client/client.ts';
import { startSystem } from '../src/system.ts';
import { latencies, median, type Sample, spread } from './measure.ts';

export interface GrpcBenchOptions {
  readonly rounds: number;
  readonly secondsPerRound: number;
  readonly shards: number;
  readonly players: number;
  /** Unary calls open at once. */
  readonly concurrency: number;
  /** Bets a message of the stream carries, and bets open at once on it. */
  readonly batch: number;
  readonly window: number;
}

const STAKE_CENTS = 200n;
const DEPOSIT_CENTS = 100_000_000_000n;

/** Runs it all and returns lines for people: a Markdown table. */
export async function benchGrpc(options: GrpcBenchOptions): Promise<string[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'furlong-bench-'));
  const system = await startSystem({
    dataDir,
    partitions: 4,
    shards: options.shards,
    grpc: { host: '127.0.0.1', port: 0 },
    http: undefined,
    nats: undefined,
    pageDir: '',
    logLevel: 'warn',
  });
  const echo = await startEcho();
  const furlong = connectClient(system.grpcAddress);
  const bare = connectClient(`127.0.0.1:${echo.port}`);
  try {
    await prepare(furlong, options.players);
    const runs = { echo: [] as Sample[], unary: [] as Sample[], stream: [] as Sample[] };
    for (let round = 0; round <= options.rounds; round++) {
      const echoed = await unaryRound(bare, `e${round}`, options);
      const placed = await unaryRound(furlong, `u${round}`, options);
      const streamed = await streamRound(furlong, `s${round}`, options);
      // The first round warms the compilers up and is not counted.
      if (round === 0) continue;
      runs.echo.push(echoed);
      runs.unary.push(placed);
      runs.stream.push(streamed);
      process.stderr.write(
        `round ${round}: echo ${echoed.rate.toFixed(0)}/s, unary ${placed.rate.toFixed(0)}/s, streamed ${streamed.rate.toFixed(0)}/s\n`,
      );
    }
    const ratios = runs.unary.map((it, index) => it.rate / (runs.echo[index]?.rate ?? Number.NaN));
    return [
      '| | per second (median, spread) | p50 ms | p99 ms |',
      '|---|---|---|---|',
      row('bare grpc-js echo, unary', runs.echo),
      row('PlaceBet, unary, durable', runs.unary),
      row('PlaceBets, streamed, durable', runs.stream),
      '',
      `unary against echo: ${median(ratios).toFixed(2)} × (${spread(ratios, 2)})`,
    ];
  } finally {
    furlong.close();
    bare.close();
    await echo.stop();
    await system.stop();
    rmSync(dataDir, { recursive: true });
  }
}

function row(name: string, samples: readonly Sample[]): string {
  const rates = samples.map((it) => it.rate);
  const p50 = median(samples.map((it) => it.p50Ms)).toFixed(1);
  const p99 = median(samples.map((it) => it.p99Ms)).toFixed(1);
  return `| ${name} | ${median(rates).toFixed(0)} (${spread(rates, 0)}) | ${p50} | ${p99} |`;
}

export async function prepare(client: Client, players: number): Promise<void> {
  await client.racing.declareRace({
    raceId: 'bench',
    title: 'bench',
    offTime: { seconds: 4_000_000_000n },
    runners: Array.from({ length: 12 }, (_, index) => ({ number: index + 1, name: `n${index}` })),
    pools: [{ poolId: 'win', ruleSetId: 'simple-gagnant-pmu@1' }],
    steward: 'bench',
  });
  await client.racing.openRace({ raceId: 'bench', steward: 'bench' });
  await Promise.all(
    Array.from({ length: players }, async (_, index) => {
      const playerId = `p${index}`;
      await client.accounts.openAccount({ requestId: 'open', playerId, alias: playerId });
      await client.accounts.deposit({ requestId: 'd', playerId, amountCents: DEPOSIT_CENTS });
    }),
  );
}

export function betOf(prefix: string, number: number, players: number) {
  return {
    betId: `${prefix}-${number}`,
    playerId: `p${number % players}`,
    raceId: 'bench',
    poolId: 'win',
    legs: [{ runners: [(number % 12) + 1] }],
    stakeCents: STAKE_CENTS,
  };
}

/** `concurrency` callers, each with one call open. */
async function unaryRound(
  client: Client,
  prefix: string,
  { concurrency, secondsPerRound, players }: GrpcBenchOptions,
): Promise<Sample> {
  const measured = latencies();
  const until = performance.now() + secondsPerRound * 1_000;
  let number = 0;
  const caller = async () => {
    while (performance.now() < until) {
      const sent = performance.now();
      await client.betting.placeBet(betOf(prefix, number++, players), { timeoutMs: 10_000 });
      measured.add(performance.now() - sent);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: concurrency }, caller));
  return measured.sample(performance.now() - start);
}

/** One stream, `window` bets open on it. */
async function streamRound(
  client: Client,
  prefix: string,
  { batch, window, secondsPerRound, players }: GrpcBenchOptions,
): Promise<Sample> {
  const measured = latencies();
  const sentAt = new Map<string, number>();
  const stream = client.betting.placeBets();
  const start = performance.now();
  const until = start + secondsPerRound * 1_000;
  let number = 0;
  let more: () => void = () => {};

  const reading = (async () => {
    for await (const { outcomes } of stream.answers) {
      const now = performance.now();
      for (const { betId, outcome } of outcomes) {
        if (outcome.case !== 'bet') throw new Error(`${betId}: ${JSON.stringify(outcome.value)}`);
        measured.add(now - (sentAt.get(betId) ?? now));
        sentAt.delete(betId);
      }
      more();
    }
  })();
  while (performance.now() < until) {
    while (sentAt.size + batch > window) {
      await new Promise<void>((resolve) => {
        more = resolve;
      });
    }
    const bets = Array.from({ length: batch }, () => betOf(prefix, number++, players));
    const now = performance.now();
    for (const { betId } of bets) sentAt.set(betId, now);
    if (!stream.send({ bets })) await stream.drained();
  }
  stream.end();
  await reading;
  return measured.sample(performance.now() - start);
}

async function startEcho(): Promise<{ port: number; stop(): Promise<void> }> {
  const worker = new Worker(new URL('./echo.ts', import.meta.url));
  const port = await new Promise<number>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return {
    port,
    stop: async () => {
      await worker.terminate();
    },
  };
}
