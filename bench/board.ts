/**
 * From a contribution that is committed to the delta that shows it, on a viewer's socket: events go in
 * over IngestEvents one by one at a steady rate, and a WebSocket watches the board.
 *
 * Committed is when the answer to the event is here, which the server gives after the commit; a
 * negative figure is a delta that overtook it. Server, terminal and viewer share the machine.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { type Client, connectClient } from '../src/client/client.ts';
import { startServerProcess } from '../test/support/server-process.ts';
import { percentilesOf } from './measure.ts';

export interface BoardBenchOptions {
  readonly players: number;
  /** Events a second, one run each. */
  readonly rates: readonly number[];
  readonly seconds: number;
}

const TOURNAMENT = 'bench';
/** All of them on the board, which shows the best 100. */
const ACTIVE = 50;

interface Waiting {
  readonly alias: string;
  readonly score: number;
  readonly sentMs: number;
  committedMs: number;
  shownMs: number;
}

/** Runs it all and returns lines for people: a Markdown table. */
export async function benchBoard(options: BoardBenchOptions): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'furlong-board-'));
  const rules = join(dir, 'rules');
  mkdirSync(join(rules, 'scoring'), { recursive: true });
  // Every event makes its player's score another.
  const counting = { id: 'one-each@1', points: { kind: 'fixed', points: 1 } };
  writeFileSync(join(rules, 'scoring', 'one-each.json'), JSON.stringify(counting));
  const args = ['--partitions', '4', '--shards', '2', '--rules', rules];
  const server = await startServerProcess(join(dir, 'data'), 0, args);
  const client = connectClient(server.grpcAddress);
  try {
    await prepare(client, options.players);
    const shown = new Map<string, number>();
    const waiting = new Set<Waiting>();
    const stopWatching = await watch(server.httpAddress, (alias, score) => {
      shown.set(alias, score);
      const nowMs = performance.now();
      for (const it of waiting) {
        if (it.alias === alias && it.score <= score && it.shownMs === 0) it.shownMs = nowMs;
      }
    });
    const lines = [
      `${options.players} players, server, terminal and viewer on one machine, fsync on`,
      '',
      '| events/s | committed → on the socket p50 | p95 | p99 | sent → on the socket p95 | missed |',
      '| --: | --: | --: | --: | --: | --: |',
    ];
    for (const rate of options.rates) {
      const done = await run(client, { rate, seconds: options.seconds, shown, waiting });
      lines.push(rowOf(rate, done));
      process.stderr.write(`board: ${rate} events/s done\n`);
    }
    stopWatching();
    return lines;
  } finally {
    client.close();
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function prepare(client: Client, players: number): Promise<void> {
  await client.tournaments.createTournament({
    tournamentId: TOURNAMENT,
    title: 'Bench',
    scoringRuleSetId: 'one-each@1',
    operator: 'bench',
  });
  for (let from = 0; from < players; from += 100) {
    const numbers = Array.from({ length: Math.min(100, players - from) }, (_, at) => from + at);
    await Promise.all(
      numbers.map(async (number) => {
        const playerId = `p${number}`;
        await client.accounts.openAccount({ requestId: 'open', playerId, alias: playerId });
        await client.tournaments.joinTournament({ tournamentId: TOURNAMENT, playerId });
      }),
    );
  }
}

/** @param onRow An alias and its score, as soon as a message with it is here. */
async function watch(
  address: string,
  onRow: (alias: string, score: number) => void,
): Promise<() => void> {
  const socket = new WebSocket(`ws://${address.replace(/^https?:\/\//, '')}/connection/websocket`);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', reject, { once: true });
  });
  const subscribed = Promise.withResolvers<void>();
  socket.addEventListener('message', ({ data }) => {
    for (const line of String(data).split('\n')) {
      if (line === '' || line === '{}') {
        if (line === '{}') socket.send('{}');
        continue;
      }
      // As the edge writes it; a row has an alias and a score (docs/EDGE.md).
      const message = JSON.parse(line) as {
        readonly id?: number;
        readonly push?: { readonly pub?: { readonly data: { readonly upserts?: Row[] } } };
      };
      if (message.id === 2) subscribed.resolve();
      for (const { alias, score } of message.push?.pub?.data.upserts ?? []) onRow(alias, score);
    }
  });
  socket.send('{"id":1,"connect":{}}');
  socket.send(`{"id":2,"subscribe":{"channel":"board:${TOURNAMENT}"}}`);
  await subscribed.promise;
  return () => socket.close();
}

interface Row {
  readonly alias: string;
  readonly score: number;
}

interface Run {
  readonly rate: number;
  readonly seconds: number;
  readonly shown: ReadonlyMap<string, number>;
  readonly waiting: Set<Waiting>;
}

let runs = 0;

async function run(client: Client, { rate, seconds, shown, waiting }: Run): Promise<Waiting[]> {
  const prefix = `r${++runs}`;
  const stream = client.tournaments.ingestEvents();
  const byId = new Map<string, Waiting>();
  const reading = (async () => {
    for await (const { outcomes } of stream.answers) {
      for (const { eventUuid } of outcomes) {
        const it = byId.get(eventUuid);
        if (it !== undefined) it.committedMs = performance.now();
      }
    }
  })();
  const scores = new Map(shown);
  const beganMs = performance.now();
  const count = rate * seconds;
  for (let number = 0; number < count; number++) {
    const dueMs = beganMs + (number * 1_000) / rate;
    while (performance.now() < dueMs) await pause(Math.max(0, dueMs - performance.now()));
    const player = `p${number % ACTIVE}`;
    const score = (scores.get(player) ?? 0) + 1;
    scores.set(player, score);
    const id = `${prefix}-${number}`;
    const sentMs = performance.now();
    const it: Waiting = { alias: player, score, sentMs, committedMs: 0, shownMs: 0 };
    byId.set(id, it);
    waiting.add(it);
    const eventTime = timestampFromMs(Date.now());
    const event = { eventUuid: id, playerId: player, game: 'g', stake: 1n, win: 1n, eventTime };
    stream.send({ tournamentId: TOURNAMENT, events: [event] });
  }
  stream.end();
  await reading;
  await pause(500);
  waiting.clear();
  return [...byId.values()];
}

function rowOf(rate: number, done: readonly Waiting[]): string {
  const seen = done.filter(({ shownMs }) => shownMs > 0);
  const fromCommit = percentilesOf(seen.map(({ committedMs, shownMs }) => shownMs - committedMs));
  const fromSend = percentilesOf(seen.map(({ sentMs, shownMs }) => shownMs - sentMs));
  const figures = [fromCommit(0.5), fromCommit(0.95), fromCommit(0.99)];
  const cells = [...figures, fromSend(0.95)].map((ms) => `${ms.toFixed(1)} ms`);
  return `| ${rate} | ${cells.join(' | ')} | ${done.length - seen.length} |`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
