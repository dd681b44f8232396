/** Shards in real threads over real logs: handed over, killed and restarted while money moves. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { playerRef } from '../src/actors/player.ts';
import { cents, isId, type PlayerId } from '../src/actors/units.ts';
import { verifyLog } from '../src/audit/verify.ts';
import { createCrewLinks } from '../src/crew-links.ts';
import { startShardPart } from '../src/part.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { type Crew, type Death, type ShardMember, startCrew } from '../src/runtime/crew.ts';
import { type OpenDataDir, openDataDir } from '../src/runtime/data-dir.ts';
import { openSqliteLog } from '../src/runtime/log/sqlite.ts';
import { createOwners } from '../src/runtime/owners.ts';
import { createRouter, type Router } from '../src/runtime/router.ts';
import { silent } from '../src/runtime/telemetry.ts';
import { type ChannelEnd, openChannel } from '../src/runtime/threads.ts';

const PLAYERS = ['ada', 'bea', 'cy', 'dot', 'eve', 'fay', 'gus', 'hal'].filter(isPlayer);
const [ADA = missing()] = PLAYERS;
const PARTITIONS = 4;

let dir: string;
let data: OpenDataDir;
let crew: Crew<ChannelEnd>;
let router: Router;
let members: Map<string, ShardMember<ChannelEnd>>;
let fatal: Death[];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'furlong-shards-'));
  data = openDataDir(dir, PARTITIONS);
  members = new Map();
  fatal = [];
  crew = await startCrew<ChannelEnd>({
    shards: ['shard-0', 'shard-1'],
    partitions: PARTITIONS,
    clock: systemClock,
    telemetry: silent,
    openChannel,
    onFatal: (death) => fatal.push(death),
    start(name, partitions, table) {
      const common = { logLevel: 'silent', nats: undefined, broadcast: dir, dataId: data.id };
      const member = startShardPart({
        ...common,
        role: 'shard',
        name,
        dataDir: data.path,
        logs: data.logs,
        residentMax: 1_000,
        hasWallet: false,
        partitions,
        table,
      });
      members.set(name, member);
      return member;
    },
  });
  const owners = createOwners(data.logs.map(() => ''));
  const links = createCrewLinks(owners);
  crew.join({
    name: 'test',
    connect: (member, end) => links.hear({ kind: 'connect', member, end }),
    disconnect: (member) => links.hear({ kind: 'disconnect', member }),
    place: (shards, version) => links.hear({ kind: 'place', table: { shards, version } }),
  });
  router = createRouter(owners, systemClock);
});

afterEach(async () => {
  await crew.terminate();
  data.release();
  rmSync(dir, { recursive: true, force: true });
});

/** Real threads, and the disk of a machine that others use too. */
const SLOW = { timeout: 90_000 };

describe('while money moves', SLOW, () => {
  test('partitions change shards, shards come and go, and no deposit is lost or doubled', async () => {
    const deposits = flow();
    for (let round = 0; round < 3; round++) {
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const [first] = await crew.shards();
        const to = first?.partitions.includes(partition) ? 'shard-1' : 'shard-0';
        expect(await crew.move(partition, to)).toMatchObject({ handOffs: [{ partition, to }] });
      }
    }
    expect(await crew.add()).toMatchObject({ shard: 'shard-2' });
    expect(await crew.remove('shard-0')).toMatchObject({ shard: 'shard-0' });
    await expectExact(await deposits.end());
  });

  test('a shard that is killed comes back, and no deposit is lost or doubled', async () => {
    const deposits = flow();
    for (const name of ['shard-0', 'shard-1', 'shard-0']) {
      await deposits.some(20);
      await members.get(name)?.terminate();
      await untilServing();
    }
    await expectExact(await deposits.end());
    expect(fatal).toEqual([]);
    expect((await crew.shards()).map(({ deaths }) => deaths)).toEqual([2, 1]);
  });
});

test('a shard whose log somebody else took over ends the process, not only itself', async () => {
  await open(ADA);
  const { partition = 0 } =
    (await router.whereIs(playerRef(ADA).address, { timeoutMs: 5_000 })) ?? {};
  openSqliteLog(data.logs[partition] ?? '', partition, data.id).close();
  const reply = await deposit(ADA, 'd1');
  expect(reply.kind).toBe('unanswered');
  await expect.poll(() => fatal).toMatchObject([{ kind: 'fenced' }]);
});

/** Deposits of a cent each into every account, retried under the same id until they are answered. */
function flow() {
  let going = true;
  let done = 0;
  const run = async (player: PlayerId): Promise<number> => {
    await open(player);
    let count = 0;
    while (going) {
      const id = `${player}-${count}`;
      let reply = await deposit(player, id);
      while (reply.kind === 'unanswered') reply = await deposit(player, id);
      expect(reply.kind).toBe('accepted');
      count++;
      done++;
    }
    return count;
  };
  const running = PLAYERS.map(run);
  return {
    /** Resolves when so many more are done. */
    async some(more: number) {
      const until = done + more;
      await expect.poll(() => done >= until, { timeout: 20_000 }).toBe(true);
    },
    async end(): Promise<readonly number[]> {
      going = false;
      return Promise.all(running);
    },
  };
}

async function expectExact(counts: readonly number[]): Promise<void> {
  for (const [index, player] of PLAYERS.entries()) {
    const reply = await router.ask(
      playerRef(player),
      { query: { kind: 'account' } },
      { id: 'look', timeoutMs: 10_000 },
    );
    expect(reply).toMatchObject({
      kind: 'accepted',
      answer: { kind: 'account', account: { deposits: counts[index] } },
    });
  }
  expect(counts.every((count) => count > 0)).toBe(true);
  await crew.stop();
  expect(verifyLog(dir, { reprice: false }).faults).toEqual([]);
}

async function untilServing(): Promise<void> {
  const all = async () => (await crew.shards()).every(({ state }) => state === 'serving');
  await expect.poll(all, { timeout: 20_000 }).toBe(true);
}

async function open(player: PlayerId): Promise<void> {
  const command = { kind: 'open-account', request: 'open', alias: player, atMs: 1 } as const;
  for (;;) {
    const reply = await router.ask(playerRef(player), { command }, inTime('open'));
    if (reply.kind !== 'unanswered') return;
  }
}

function deposit(player: PlayerId, id: string) {
  const command = { kind: 'deposit', request: id, amount: cents(1), atMs: 1 } as const;
  return router.ask(playerRef(player), { command }, inTime(id));
}

function inTime(id: string) {
  return { id, timeoutMs: 5_000 };
}

/** The cast: what isId takes is a player's id. */
function isPlayer(id: string): id is PlayerId {
  return isId(id);
}

function missing(): never {
  throw new Error('there are players');
}
