/**
 * Partitions handed from shard to shard while bets come in at a fixed rate, open loop.
 *
 * The real server as a process of its own, two shards; bets on one stream at their own times, whatever
 * the server does; every partition goes to and fro. A bet's time is from when it was due to be sent.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connectClient } from '../src/client/client.ts';
import { mayBeRetried } from '../src/client/rpc-failure.ts';
import { startServerProcess } from '../test/support/server-process.ts';
import { betOf, prepare } from './grpc.ts';
import { latencies, percentilesOf } from './measure.ts';

export interface HandOffBenchOptions {
  readonly betsPerSecond: number;
  readonly moves: number;
  readonly players: number;
  readonly partitions: number;
}

/** Bets are due in ticks of so many milliseconds. */
const TICK_MS = 5;
/** Between two hand-offs, so that each is one of its own. */
const BETWEEN_MS = 250;
const SHARDS = ['shard-0', 'shard-1'];

/** Runs it all and returns lines for people: a Markdown table. */
export async function benchHandOff(options: HandOffBenchOptions): Promise<string[]> {
  const { betsPerSecond, moves, players, partitions } = options;
  const dataDir = mkdtempSync(join(tmpdir(), 'furlong-hand-off-'));
  const args = ['--partitions', `${partitions}`, '--shards', `${SHARDS.length}`];
  const server = await startServerProcess(dataDir, 0, args);
  const client = connectClient(server.grpcAddress);
  try {
    await prepare(client, players);
    const quiet = await placeWhile('q', () => pause(3_000));
    const pauses: number[] = [];
    const busy = await placeWhile('h', async () => {
      for (let move = 0; move < moves; move++) {
        const partition = move % partitions;
        const { partitions: states } = await client.ops.listPartitions({});
        const from = states.find((it) => it.partition === partition)?.shard;
        const shard = SHARDS.find((name) => name !== from) ?? '';
        const { handOffs } = await client.ops.movePartition(
          { partition, shard },
          { timeoutMs: 60_000 },
        );
        for (const { pauseMs } of handOffs) pauses.push(pauseMs);
        if (move % 20 === 19) process.stderr.write(`hand-off: ${move + 1} of ${moves}\n`);
        await pause(BETWEEN_MS);
      }
    });
    const at = percentilesOf(pauses);
    return [
      `${moves} hand-offs under ${betsPerSecond} bets/s, ${partitions} partitions, 2 shards, fsync on`,
      '',
      '| What | p50 | p99 | max |',
      '| --- | --- | --- | --- |',
      `| pause of a partition, ms | ${at(0.5)} | ${at(0.99)} | ${at(1)} |`,
      row('bets meanwhile, ms', busy),
      row('bets before, ms', quiet),
      '',
      `${busy.bets} bets placed during the hand-offs, all answered; ${busy.unknown} of them late enough to be asked again`,
    ];
  } finally {
    client.close();
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }

  /** Places bets until the work is done, and each whose outcome is unknown again, with the same id. */
  async function placeWhile(prefix: string, work: () => Promise<void>) {
    const measured = latencies();
    const open = new Map<string, { readonly number: number; readonly dueMs: number }>();
    const askAgain: number[] = [];
    const stream = client.betting.placeBets();
    let maxMs = 0;
    let bets = 0;
    let unknown = 0;
    let going = true;
    let broken = false;
    const reading = (async () => {
      for await (const { outcomes } of stream.answers) {
        const now = performance.now();
        for (const { betId, outcome } of outcomes) {
          const { number = 0, dueMs = now } = open.get(betId) ?? {};
          if (outcome.case === 'error' && mayBeRetried(outcome.value)) {
            askAgain.push(number);
            continue;
          }
          if (outcome.case !== 'bet') throw new Error(`${betId}: ${JSON.stringify(outcome.value)}`);
          open.delete(betId);
          measured.add(now - dueMs);
          maxMs = Math.max(maxMs, now - dueMs);
        }
      }
    })();
    const working = work();
    // Whatever goes wrong first is thrown by the awaits below.
    const ended = () => {
      broken = true;
    };
    reading.then(ended, ended);
    working.then(() => {
      going = false;
    }, ended);
    const beganMs = performance.now();
    while (!broken && (going || open.size > 0)) {
      const now = performance.now();
      const due = Math.floor(((now - beganMs) * betsPerSecond) / 1_000);
      const batch = askAgain.splice(0).map((number) => betOf(prefix, number, players));
      unknown += batch.length;
      for (; going && bets < due && batch.length < 500; bets++) {
        const bet = betOf(prefix, bets, players);
        open.set(bet.betId, { number: bets, dueMs: beganMs + (bets * 1_000) / betsPerSecond });
        batch.push(bet);
      }
      if (batch.length > 0 && !stream.send({ bets: batch })) await stream.drained();
      if (batch.length < 500) await pause(TICK_MS);
    }
    if (!broken) stream.end();
    await Promise.all([reading, working]);
    return { ...measured.sample(performance.now() - beganMs), maxMs, bets, unknown };
  }
}

function row(
  name: string,
  {
    p50Ms,
    p99Ms,
    maxMs,
  }: { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number },
): string {
  return `| ${name} | ${p50Ms.toFixed(1)} | ${p99Ms.toFixed(1)} | ${maxMs.toFixed(0)} |`;
}
