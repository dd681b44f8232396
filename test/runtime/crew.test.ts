import { describe, expect, test } from 'vitest';
import {
  type Crew,
  type CrewOptions,
  DEATHS_MAX,
  DEATHS_WITHIN_MS,
  type Death,
  type Order,
  type Outcome,
  RESTART_FIRST_MS,
  type ShardMember,
  startCrew,
} from '../../src/runtime/crew.ts';
import { shardOf } from '../../src/runtime/placement.ts';
import { silent } from '../../src/runtime/telemetry.ts';
import { createTurnedClock } from '../support/turned-clock.ts';

describe('a crew', () => {
  test('starts every shard with its partitions, and joins each to each other', async () => {
    const { crew, shards } = await start({ shards: 3, partitions: 16 });
    const listed = await crew.shards();
    expect(listed.map(({ name }) => name)).toEqual(['shard-0', 'shard-1', 'shard-2']);
    expect(listed.flatMap(({ partitions }) => partitions).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 16 }, (_, partition) => partition),
    );
    for (const it of shards) {
      const others = ['shard-0', 'shard-1', 'shard-2'].filter((name) => name !== it.name);
      expect(it.connections.toSorted()).toEqual(others);
    }
  });

  test('does not start where a shard cannot, and ends those that could', async () => {
    const shards: FakeShard[] = [];
    const started = start({ shards: 2, stillborn: 'shard-1', made: shards });
    await expect(started).rejects.toThrow('shard-1: no log');
    expect(shards.every(({ ended }) => ended)).toBe(true);
  });

  test('does not start where a shard dies that was ready before the others were', async () => {
    const shards: FakeShard[] = [];
    const started = start({ shards: 2, shortLived: 'shard-0', made: shards });
    await expect(started).rejects.toThrow('shard-0: no disk');
    expect(shards.every(({ ended }) => ended)).toBe(true);
  });

  test('tells whoever joins of every shard, and of what changes', async () => {
    const { crew } = await start({ shards: 2 });
    const gateway = createListener('gateway');
    crew.join(gateway);
    expect(gateway.connections.toSorted()).toEqual(['shard-0', 'shard-1']);
    const [first] = gateway.tables;
    await crew.move(0, first?.[0] === 'shard-0' ? 'shard-1' : 'shard-0');
    expect(gateway.tables.at(-1)).not.toEqual(first);
  });
});

describe('a hand-off', () => {
  test('prepares, releases, adopts, in that order, and then tells everybody', async () => {
    const { crew, orders, table } = await start({ shards: 2 });
    const from = table()[1];
    const to = from === 'shard-0' ? 'shard-1' : 'shard-0';
    expect(await crew.move(1, to)).toMatchObject({
      shard: to,
      handOffs: [{ partition: 1, from, to, epoch: 2 }],
    });
    expect(orders).toEqual([
      `${from} prepare 1`,
      `${to} read-ahead 1`,
      `${from} release 1`,
      `${to} adopt 1`,
    ]);
    expect(table()[1]).toBe(to);
    expect(await crew.move(1, to)).toEqual({ shard: to, handOffs: [] });
  });

  test.each([
    [
      { partition: 99, to: 'shard-0' },
      { reason: 'unknown-partition', partition: 99 },
    ],
    [
      { partition: 0, to: 'shard-9' },
      { reason: 'unknown-shard', shard: 'shard-9' },
    ],
  ])('%o is refused', async ({ partition, to }, refusal) => {
    const { crew, orders } = await start({ shards: 2 });
    expect(await crew.move(partition, to)).toEqual(refusal);
    expect(orders).toEqual([]);
  });

  test.each([
    ['prepare', 1],
    ['read-ahead', 2],
  ])('that fails at %s leaves everything as it was', async (failing, ordered) => {
    const { crew, orders, table, shards } = await start({ shards: 2, failing: [failing] });
    const before = table();
    expect(await crew.move(0, otherThan(before[0]))).toMatchObject({ reason: 'hand-off-failed' });
    expect(orders).toHaveLength(ordered);
    expect(table()).toEqual(before);
    expect(shards.some(({ ended }) => ended)).toBe(false);
  });

  test('whose old owner does not let go ends it before anybody else has the log', async () => {
    const { crew, orders, table, shards } = await start({ shards: 2, failing: ['release'] });
    const [from] = table();
    expect(await crew.move(0, otherThan(from))).toMatchObject({ reason: 'hand-off-failed' });
    expect(orders.some((it) => it.includes('adopt'))).toBe(false);
    expect(shards.find(({ name }) => name === from)?.ended).toBe(true);
    expect(table()[0]).toBe(from);
  });

  test('whose new owner cannot adopt goes back, after that one was ended', async () => {
    const from = shardOf(0, ['shard-0', 'shard-1']);
    const to = otherThan(from);
    const { crew, orders, table, shards } = await start({ shards: 2, failing: [`${to} adopt`] });
    expect(await crew.move(0, to)).toMatchObject({ reason: 'hand-off-failed' });
    expect(orders.at(-1)).toBe(`${from} adopt 0`);
    expect(shards.find(({ name }) => name === to)?.ended).toBe(true);
    expect(table()[0]).toBe(from);
  });

  test.each([
    ['taken', []],
    ['not taken after all', ['adopt']],
  ])('whose old owner is started again meanwhile has one owner, be it %s', async (_, kinds) => {
    const from = shardOf(0, ['shard-0', 'shard-1']);
    const to = otherThan(from);
    const { promise: adoptsAfter, resolve: adopt } = Promise.withResolvers<void>();
    const failing = kinds.map((kind) => `${to} ${kind}`);
    const { crew, orders, shards, clock, table } = await start({ shards: 2, failing, adoptsAfter });
    const move = crew.move(0, to);
    await settled();
    shards.find(({ name }) => name === from)?.die({ kind: 'defect', reason: 'killed' });
    await settled();
    clock.turn(RESTART_FIRST_MS);
    await settled();
    const again = shards.at(-1);
    expect(again).toMatchObject({ name: from, ended: false });
    expect(again?.partitions).not.toContain(0);
    adopt();
    await move;
    const owner = kinds.length === 0 ? to : from;
    expect(orders.at(-1)).toBe(`${owner} adopt 0`);
    expect(table()[0]).toBe(owner);
    expect(again?.ended).toBe(false);
  });

  test('waits for the one before it', async () => {
    const { crew, orders, table } = await start({ shards: 2 });
    const [a, b] = [otherThan(table()[0]), otherThan(table()[1])];
    await Promise.all([crew.move(0, a), crew.move(1, b)]);
    expect(orders.map((it) => it.split(' ').at(-1)).join('')).toMatch(/^0+1+$/);
  });
});

describe('a shard', () => {
  test('that is added gets its share and no other partition moves', async () => {
    const { crew, table } = await start({ shards: 2, partitions: 16 });
    const before = table();
    const added = await crew.add();
    expect(added).toMatchObject({ shard: 'shard-2' });
    const moved = before.flatMap((it, partition) => (table()[partition] === it ? [] : [partition]));
    expect(moved.length).toBeGreaterThan(0);
    expect(moved.every((partition) => table()[partition] === 'shard-2')).toBe(true);
  });

  test('that is removed gives all it has to the others, and stops', async () => {
    const { crew, table, shards } = await start({ shards: 3, partitions: 16 });
    expect(await crew.remove('shard-1')).toMatchObject({ shard: 'shard-1' });
    expect(table()).not.toContain('shard-1');
    expect(shards.find(({ name }) => name === 'shard-1')?.ended).toBe(true);
    expect((await crew.shards()).map(({ name }) => name)).toEqual(['shard-0', 'shard-2']);
    expect(await crew.remove('shard-1')).toEqual({ reason: 'unknown-shard', shard: 'shard-1' });
  });

  test('that dies while it is removed is started again for what it still has', async () => {
    const { promise: adoptsAfter, resolve: adopt } = Promise.withResolvers<void>();
    const { crew, shards, clock, table } = await start({ shards: 2, partitions: 16, adoptsAfter });
    const removed = crew.remove('shard-0');
    await settled();
    shards[0]?.die({ kind: 'defect', reason: 'killed' });
    await settled();
    clock.turn(RESTART_FIRST_MS);
    await settled();
    adopt();
    await removed;
    const left = (await crew.shards()).filter(({ partitions }) => partitions.length > 0);
    expect(left.every(({ state }) => state === 'serving')).toBe(true);
    expect(await crew.remove('shard-0')).toMatchObject(
      table().includes('shard-0') ? { shard: 'shard-0' } : { reason: 'unknown-shard' },
    );
    expect(table()).not.toContain('shard-0');
    expect(shards.filter(({ name }) => name === 'shard-0').every(({ ended }) => ended)).toBe(true);
  });

  test('that is removed and does not stop in time is gone all the same', async () => {
    const { crew } = await start({ shards: 2, unstoppable: 'shard-0' });
    expect(await crew.remove('shard-0')).toMatchObject({ shard: 'shard-0' });
    expect((await crew.shards()).map(({ name }) => name)).toEqual(['shard-1']);
  });

  test('that is the last one stays', async () => {
    const { crew } = await start({ shards: 1 });
    expect(await crew.remove('shard-0')).toEqual({ reason: 'last-shard', shard: 'shard-0' });
  });

  test('that dies is started again with what it had, after a while', async () => {
    const { crew, shards, clock, table } = await start({ shards: 2 });
    const before = table();
    shards[0]?.die({ kind: 'defect', reason: 'a defect' });
    await settled();
    expect((await crew.shards())[0]).toMatchObject({ state: 'starting', deaths: 1 });
    expect(await crew.move(0, 'shard-0')).toMatchObject(
      before[0] === 'shard-0' ? { handOffs: [] } : { reason: 'shard-not-serving' },
    );
    expect(shards).toHaveLength(2);
    clock.turn(RESTART_FIRST_MS);
    await settled();
    expect(shards).toHaveLength(3);
    expect(shards[2]).toMatchObject({ name: 'shard-0', partitions: shards[0]?.partitions });
    expect(shards[1]?.connections).toEqual(['shard-0', '-shard-0', 'shard-0']);
    expect((await crew.shards())[0]).toMatchObject({ state: 'serving' });
  });

  test('that dies too often ends the process, with the reason', async () => {
    const { shards, clock, fatal } = await start({ shards: 1 });
    for (let death = 1; death <= DEATHS_MAX; death++) {
      shards.at(-1)?.die({ kind: 'defect', reason: `defect ${death}` });
      await settled();
      clock.turn(10_000);
      await settled();
      expect(fatal).toEqual([]);
    }
    shards.at(-1)?.die({ kind: 'defect', reason: 'the last straw' });
    await settled();
    expect(fatal).toMatchObject([{ shard: 'shard-0', kind: 'defect' }]);
    expect(fatal[0]?.reason).toContain('5 times within 60 s, the last of: the last straw');
  });

  test('that dies as often over a long time is started again each time', async () => {
    const { shards, clock, fatal } = await start({ shards: 1 });
    for (let death = 1; death <= 3 * DEATHS_MAX; death++) {
      shards.at(-1)?.die({ kind: 'defect', reason: `defect ${death}` });
      await settled();
      clock.turn(DEATHS_WITHIN_MS);
      await settled();
    }
    expect(fatal).toEqual([]);
    expect(shards).toHaveLength(1 + 3 * DEATHS_MAX);
  });

  test('that died before the clock was set back is not counted for as long', async () => {
    const { shards, clock, fatal } = await start({ shards: 1 });
    for (let death = 1; death <= 2 * DEATHS_MAX; death++) {
      shards.at(-1)?.die({ kind: 'defect', reason: `defect ${death}` });
      await settled();
      clock.turn(10_000);
      await settled();
      if (death === DEATHS_MAX) clock.turn(-86_400_000);
    }
    expect(fatal).toEqual([]);
  });

  test.each(['io', 'fenced'] as const)('that dies of %s ends the process at once', async (kind) => {
    const { shards, fatal } = await start({ shards: 2 });
    shards[1]?.die({ kind, reason: 'why' });
    await settled();
    expect(fatal).toEqual([{ shard: 'shard-1', kind, reason: 'why' }]);
  });

  test('that does not answer is ended, and started again', async () => {
    const { shards, clock } = await start({ shards: 1, failing: ['ping'] });
    clock.turn(1_000);
    await settled();
    expect(shards[0]?.ended).toBe(true);
    clock.turn(RESTART_FIRST_MS);
    await settled();
    expect(shards.length).toBeGreaterThan(1);
  });

  test('that is added while the crew is told to stop gets what was under way, and no more', async () => {
    const { promise: adoptsAfter, resolve: adopt } = Promise.withResolvers<void>();
    const { crew, shards, orders } = await start({ shards: 2, partitions: 16, adoptsAfter });
    const [added, later] = [crew.add(), crew.add()];
    await settled();
    const stopped = crew.stop();
    adopt();
    await stopped;
    expect(await added).toMatchObject({ reason: 'hand-off-failed' });
    expect(await later).toMatchObject({ reason: 'hand-off-failed' });
    expect(await crew.add()).toMatchObject({ reason: 'hand-off-failed' });
    expect(orders.filter((it) => it.includes('adopt'))).toHaveLength(1);
    expect(shards).toHaveLength(3);
    expect(shards.every(({ ended }) => ended)).toBe(true);
  });

  test('that is stopped with the crew is not started again', async () => {
    const { crew, shards, clock } = await start({ shards: 2 });
    await crew.stop();
    clock.turn(60_000);
    await settled();
    expect(shards).toHaveLength(2);
    expect(shards.every(({ ended }) => ended)).toBe(true);
    expect(clock.waiting).toBe(0);
  });
});

interface FakeShard extends ShardMember<string> {
  readonly partitions: readonly number[];
  /** `name` for each connection, `-name` for each that was cut. */
  readonly connections: string[];
  readonly ended: boolean;
  die(death: Death): void;
}

async function start(options: {
  readonly shards: number;
  readonly partitions?: number;
  /** Orders that fail, `kind` or `shard kind`. */
  readonly failing?: readonly string[];
  readonly stillborn?: string;
  /** Dies once it is ready, while the others are not. */
  readonly shortLived?: string;
  readonly adoptsAfter?: Promise<void>;
  /** Has to be ended. */
  readonly unstoppable?: string;
  readonly made?: FakeShard[];
}) {
  const clock = createTurnedClock();
  const { failing = [], made: shards = [] } = options;
  const orders: string[] = [];
  const fatal: (Death & { readonly shard: string })[] = [];
  let latest: readonly string[] = [];

  function order(name: string, what: Order): Outcome {
    if (what.kind !== 'ping') orders.push(`${name} ${what.kind} ${what.partition}`);
    if (failing.includes(what.kind) || failing.includes(`${name} ${what.kind}`)) {
      return { kind: 'failed', reason: 'told to' };
    }
    return what.kind === 'adopt' ? { kind: 'done', epoch: 2 } : { kind: 'done' };
  }

  function readyOf(name: string): Promise<void> {
    if (name === options.stillborn) return new Promise(() => {});
    const isLate = options.shortLived !== undefined && name !== options.shortLived;
    return isLate ? settled() : Promise.resolve();
  }

  const crewOptions: CrewOptions<string> = {
    shards: Array.from({ length: options.shards }, (_, index) => `shard-${index}`),
    partitions: options.partitions ?? 4,
    clock,
    telemetry: silent,
    openChannel: () => ['here', 'there'],
    onFatal: (death) => fatal.push(death),
    start(name, partitions, table) {
      latest = table.shards;
      const listener = createListener(name);
      const { promise: died, resolve: die } = Promise.withResolvers<Death>();
      let ended = false;
      const end = async () => {
        ended = true;
        die({ kind: 'defect', reason: 'ended' });
      };
      const shard: FakeShard = {
        ...listener,
        partitions,
        ready: readyOf(name),
        died,
        die,
        async order(what) {
          if (what.kind === 'adopt') await options.adoptsAfter;
          return order(name, what);
        },
        async stop() {
          await end();
          if (name === options.unstoppable) throw new Error(`${name} did not stop within 1 ms`);
        },
        terminate: end,
        get ended() {
          return ended;
        },
      };
      if (name === options.stillborn) die({ kind: 'defect', reason: 'no log' });
      if (name === options.shortLived) {
        void shard.ready.then(() => die({ kind: 'io', reason: 'no disk' }));
      }
      shards.push(shard);
      return shard;
    },
  };
  const crew: Crew<string> = await startCrew(crewOptions);
  const watcher = createListener('watcher');
  crew.join(watcher);
  await settled();
  for (const it of shards) it.connections.splice(it.connections.indexOf('watcher'), 1);
  return { crew, shards, orders, clock, fatal, table: () => watcher.tables.at(-1) ?? latest };
}

function createListener(name: string) {
  const connections: string[] = [];
  const tables: (readonly string[])[] = [];
  return {
    name,
    connections,
    tables,
    connect: (member: string) => void connections.push(member),
    disconnect: (member: string) => void connections.push(`-${member}`),
    place: (table: readonly string[]) => void tables.push(table),
  };
}

function otherThan(shard: string | undefined): string {
  return shard === 'shard-0' ? 'shard-1' : 'shard-0';
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
