/**
 * The ranking of a large tournament: changes, exact ranks, and bursts, beside Redis' sorted set on the
 * same machine, pipelined over a socket in the file system. What Redis is asked for and what it says
 * is made and counted as cheaply as can be, since its client has the other core.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRanking, type RankedEntry, type Ranking } from '../src/actors/ranking/ranking.ts';
import { median, spread, timed } from './measure.ts';

interface Options {
  readonly players: number;
  readonly rounds: number;
  /** Changes and reads of a round. */
  readonly operations: number;
  readonly burst: number;
  /** Redis alone is left out where it is not there. */
  readonly redis: string | undefined;
}

const PIPELINE = 1_000;
const RACES = 12;

export async function benchRanking(options: Options): Promise<string[]> {
  const { players, rounds, operations, burst } = options;
  const chance = createChance();
  const entryOf = (entry: number): RankedEntry => ({
    entry,
    // Spread as winnings are, in cents.
    score: Math.floor(100 * Math.exp(6 * chance() + 6 * chance())),
    tie1: Math.floor(RACES * chance()),
    tie2: -Math.floor(RACES * chance()),
    draw: Math.floor(2 ** 32 * chance()),
  });
  const anyEntry = () => entryOf(1 + Math.floor(players * chance()));
  const ranking = createRanking();
  const everybody = Uint32Array.from({ length: players }, (_, index) => index + 1);
  const loadMs = timed(() => ranking.putAll(everybody, entryOf));
  const redis = options.redis === undefined ? undefined : await startRedis(options.redis);
  try {
    await redis?.fill(players, () => anyEntry().score);
    const emptyRounds = { changes: [], ranks: [], both: [], bursts: [], redis: [] };
    const seen: Record<keyof typeof emptyRounds, number[]> = emptyRounds;
    // The first warms up.
    for (let round = 0; round <= rounds; round++) {
      const changed = Array.from({ length: operations }, anyEntry);
      const perSecond = (ms: number) => (operations / ms) * 1_000;
      const changes = perSecond(timed(() => changeEach(ranking, changed)));
      const ranks = perSecond(timed(() => rankEach(ranking, changed)));
      const again = Array.from({ length: operations }, anyEntry);
      const both = perSecond(timed(() => changeAndRank(ranking, again)));
      const most = new Map(Array.from({ length: burst }, anyEntry).map((it) => [it.entry, it]));
      const bursts = timed(() => {
        ranking.putAll(Uint32Array.from(most.keys()), (entry) => most.get(entry) ?? entryOf(entry));
        ranking.page(1, 100);
      });
      const besides = await redis?.changeAndRank(again);
      if (round === 0) continue;
      seen.changes.push(changes);
      seen.ranks.push(ranks);
      seen.both.push(both);
      seen.bursts.push(bursts);
      if (besides !== undefined) seen.redis.push(besides);
      process.stderr.write(`ranking: round ${round} of ${rounds}\n`);
    }
    const row = (what: string, values: readonly number[], digits = 0) =>
      `| ${what} | ${median(values).toFixed(digits)} | ${spread(values, digits)} |`;
    const ratios = seen.both.map((rate, round) => rate / (seen.redis[round] ?? Number.NaN));
    const bytes = ranking.sizeBytes / players;
    return [
      `${players} players, loaded at once in ${loadMs.toFixed(0)} ms, ${bytes.toFixed(1)} bytes each`,
      '',
      '| what | median | range |',
      '| ---- | -----: | ----- |',
      row('changes a second', seen.changes),
      row('exact ranks a second', seen.ranks),
      row('change and rank, a second', seen.both),
      row(`${burst} changed at once, ms until the first page`, seen.bursts, 1),
      ...(redis === undefined
        ? ['', 'redis-server is not there: nothing to compare with']
        : [
            row('Redis ZADD + ZREVRANK pipelined, a second', seen.redis),
            row('change and rank beside Redis', ratios, 1),
            '',
            `Redis: ${((await redis.usedBytes()) / players).toFixed(1)} bytes a player`,
          ]),
    ];
  } finally {
    await redis?.stop();
  }
}

function changeEach(ranking: Ranking, changed: readonly RankedEntry[]): void {
  for (const it of changed) ranking.put(it);
}

function rankEach(ranking: Ranking, of: readonly RankedEntry[]): void {
  let sum = 0;
  for (const { entry } of of) sum += ranking.rankOf(entry) ?? 0;
  if (sum === 0) throw new Error('nobody has a rank');
}

function changeAndRank(ranking: Ranking, changed: readonly RankedEntry[]): void {
  let sum = 0;
  for (const it of changed) {
    sum += ranking.put(it);
  }
  if (sum === 0) throw new Error('nobody has a rank');
}

/** The same in every run: xorshift. */
function createChance(): () => number {
  let state = 123_456_789;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

async function startRedis(program: string) {
  const dir = mkdtempSync(join(tmpdir(), 'furlong-bench-redis-'));
  const path = join(dir, 'socket');
  const nothingKept = ['--save', '', '--appendonly', 'no', '--dir', dir];
  const server = spawn(program, ['--port', '0', '--unixsocket', path, ...nothingKept], {
    stdio: 'ignore',
  });
  const socket = await connected(path, server);
  const replies = countReplies(socket);

  /** Two parts are open at once: there is always one for the server to go on with. */
  async function pipeline(commands: readonly Buffer[], repliesEach: number): Promise<void> {
    for (const part of commands) {
      socket.write(part);
      replies.expect(repliesEach);
      await replies.untilOpen(repliesEach);
    }
    await replies.untilOpen(0);
  }
  const parts = (texts: readonly string[]) =>
    Array.from({ length: Math.ceil(texts.length / PIPELINE) }, (_, part) =>
      Buffer.from(texts.slice(part * PIPELINE, (part + 1) * PIPELINE).join('')),
    );
  const zadd = (entry: number, score: number) => command('ZADD', 'board', `${score}`, `p${entry}`);

  return {
    async fill(players: number, score: () => number): Promise<void> {
      const all = Array.from({ length: players }, (_, index) => zadd(index + 1, score()));
      await pipeline(parts(all), PIPELINE);
    },
    /** @returns Pairs a second. */
    async changeAndRank(changed: readonly RankedEntry[]): Promise<number> {
      const texts = changed.map(
        ({ entry, score }) => zadd(entry, score) + command('ZREVRANK', 'board', `p${entry}`),
      );
      const commands = parts(texts);
      const begunMs = performance.now();
      await pipeline(commands, 2 * PIPELINE);
      return (changed.length / (performance.now() - begunMs)) * 1_000;
    },
    async usedBytes(): Promise<number> {
      socket.write(command('INFO', 'memory'));
      return await replies.usedMemory();
    },
    async stop(): Promise<void> {
      socket.destroy();
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Of the Redis protocol: a list of texts. */
function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((it) => `$${it.length}\r\n${it}\r\n`).join('')}`;
}

async function connected(path: string, server: ChildProcess): Promise<Socket> {
  const untilMs = performance.now() + 10_000;
  while (!existsSync(path)) {
    if (server.exitCode !== null || performance.now() > untilMs)
      throw new Error('Redis did not start');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject);
  });
  return socket;
}

/** A reply to either command is one line. */
function countReplies(socket: Socket) {
  let open = 0;
  let openMax = 0;
  let told = () => {};
  let text: string | undefined;
  socket.on('data', (chunk) => {
    if (text !== undefined) {
      text += chunk.toString();
      if (/used_memory:\d+\r/.test(text)) told();
      return;
    }
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) open--;
    if (open <= openMax) told();
  });
  const wait = () =>
    new Promise<void>((resolve) => {
      told = resolve;
    });
  return {
    expect(count: number): void {
      open += count;
    },
    async untilOpen(count: number): Promise<void> {
      openMax = count;
      if (open > count) await wait();
    },
    async usedMemory(): Promise<number> {
      text = '';
      await wait();
      return Number(/used_memory:(\d+)/.exec(text)?.[1]);
    },
  };
}
