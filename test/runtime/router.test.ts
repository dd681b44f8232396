import { describe, expect, test } from 'vitest';
import type { Address, Ref } from '../../src/runtime/actor.ts';
import { createOwners, fixedOwners } from '../../src/runtime/owners.ts';
import { partitionOf } from '../../src/runtime/placement.ts';
import { ASKS_MAX, createRouter, type ShardPort } from '../../src/runtime/router.ts';
import type { Request, Response } from '../../src/runtime/wire.ts';
import type { CounterCommand, CounterQuery } from '../support/counter-actor.ts';
import { counterIn } from '../support/lone-shard.ts';
import { createTurnedClock, type TurnedClock } from '../support/turned-clock.ts';

const SOON = { id: 'i', timeoutMs: 1_000 };

describe('a router', () => {
  test('asks the one shard that owns the partition, and gives its answer', async () => {
    const { ports, router } = startRouter(4);
    for (let index = 0; index < 50; index++) {
      const address: Address = `counter/${index}`;
      const asked = router.ask(refOf(address), { query: { kind: 'total' } }, SOON);
      const owner = ports[partitionOf(address, 4)];
      expect(owner?.waiting).toHaveLength(1);
      expect(owner?.waiting[0]?.request).toMatchObject({ kind: 'ask', to: address, id: 'i' });
      owner?.answer({ kind: 'accepted', version: 3, answer: index });
      expect(await asked).toEqual({ kind: 'accepted', version: 3, answer: index });
    }
  });

  test('gives a rejection as one', async () => {
    const { ports, router } = startRouter(1);
    const asked = router.ask(refOf('counter/1'), {}, SOON);
    ports[0]?.answer({ kind: 'rejected', rejection: { reason: 'too-much' } });
    expect(await asked).toEqual({ kind: 'rejected', rejection: { reason: 'too-much' } });
  });

  test('tells the shard until when somebody waits', () => {
    const { ports, router, clock } = startRouter(1);
    void router.ask(refOf('counter/1'), {}, { id: 'i', timeoutMs: 250 });
    expect(ports[0]?.waiting[0]?.request).toMatchObject({ deadlineMs: clock.now() + 250 });
  });

  test('says deadline when it has passed, not before, and at most a look late', async () => {
    const { router, clock } = startRouter(1);
    const replies: unknown[] = [];
    const asked = router.ask(refOf('counter/1'), {}, { id: 'i', timeoutMs: 1_000 });
    void asked.then((reply) => replies.push(reply));
    clock.turn(999);
    await nextTurn();
    expect(replies).toEqual([]);
    clock.turn(26);
    await nextTurn();
    expect(replies).toEqual([{ kind: 'unanswered', why: 'deadline' }]);
  });

  test('makes nobody wait longer whose clock is set back', async () => {
    const clock = createTurnedClock();
    const router = createRouter(fixedOwners([createPort('a')]), clock);
    let settled = false;
    const asked = router.ask(refOf('counter/1'), {}, SOON).finally(() => {
      settled = true;
    });
    clock.setBack(86_400_000);
    clock.turn(900);
    await Promise.resolve();
    expect(settled).toBe(false);
    clock.turn(200);
    expect(await asked).toEqual({ kind: 'unanswered', why: 'deadline' });
  });

  test('lets whoever asks after the clock was set back wait as long as he said', async () => {
    const clock = createTurnedClock();
    const port = createPort('a');
    const router = createRouter(fixedOwners([port]), clock);
    void router.ask(refOf('counter/1'), {}, SOON);
    clock.turn(10);
    clock.setBack(86_400_000);
    const asked = router.ask(refOf('counter/1'), {}, SOON);
    clock.turn(900);
    port.waiting[1]?.respond({ kind: 'accepted', version: 1 });
    expect(await asked).toEqual({ kind: 'accepted', version: 1 });
  });

  test('drops an answer that comes too late, and one that comes twice', async () => {
    const { ports, router, clock } = startRouter(1);
    const late = router.ask(refOf('counter/1'), {}, SOON);
    const [request] = ports[0]?.waiting ?? [];
    clock.turn(2_000);
    expect(await late).toEqual({ kind: 'unanswered', why: 'deadline' });
    request?.respond({ kind: 'accepted', version: 1 });
    expect(await late).toEqual({ kind: 'unanswered', why: 'deadline' });

    const twice = router.ask(refOf('counter/1'), {}, SOON);
    const again = ports[0]?.waiting.at(-1);
    again?.respond({ kind: 'accepted', version: 1 });
    again?.respond({ kind: 'accepted', version: 2 });
    expect(await twice).toMatchObject({ version: 1 });
  });

  test('says overload at once when too much is open, and goes on when it is not', async () => {
    const { ports, router, clock } = startRouter(1);
    const open = Array.from({ length: ASKS_MAX }, () => router.ask(refOf('counter/1'), {}, SOON));
    expect(await router.ask(refOf('counter/1'), {}, SOON)).toEqual({
      kind: 'unanswered',
      why: 'overload',
    });
    expect(ports[0]?.waiting).toHaveLength(ASKS_MAX);
    ports[0]?.waiting[0]?.respond({ kind: 'accepted', version: 1 });
    expect(await open[0]).toMatchObject({ kind: 'accepted' });
    void router.ask(refOf('counter/1'), {}, SOON);
    expect(ports[0]?.waiting).toHaveLength(ASKS_MAX + 1);
    clock.turn(2_000);
    expect(await open.at(-1)).toEqual({ kind: 'unanswered', why: 'deadline' });
  });

  test('answers each of many once, whether in time or not', async () => {
    const { ports, router, clock } = startRouter(2);
    const asked = Array.from({ length: 100 }, (_, index) =>
      router.ask(refOf(`counter/${index}`), {}, { id: 'i', timeoutMs: 10 + index }),
    );
    clock.turn(60);
    for (const port of ports)
      for (const it of port.waiting) it.respond({ kind: 'accepted', version: 1 });
    const kinds = (await Promise.all(asked)).map(({ kind }) => kind);
    expect(kinds).toEqual(asked.map((_, index) => (index <= 40 ? 'unanswered' : 'accepted')));
  });

  test('takes an answer that comes before it has done asking', async () => {
    const clock = createTurnedClock();
    const atOnce: ShardPort = {
      shard: 's',
      send: (_, respond) => respond({ kind: 'accepted', version: 1 }),
    };
    const router = createRouter(fixedOwners([atOnce]), clock);
    expect(await router.ask(refOf('counter/1'), {}, SOON)).toMatchObject({ kind: 'accepted' });
    clock.turn(10_000);
    expect(clock.waiting).toBe(0);
  });

  test('leaves no timer behind when nobody waits', async () => {
    const { ports, router, clock } = startRouter(1);
    const asked = router.ask(refOf('counter/1'), {}, SOON);
    ports[0]?.answer({ kind: 'accepted', version: 1 });
    await asked;
    clock.turn(100);
    expect(clock.waiting).toBe(0);
  });

  test('gathers from every shard once, and names the partitions that are missing', async () => {
    const clock = createTurnedClock();
    const [a, b] = [createPort('a'), createPort('b')];
    const router = createRouter(fixedOwners([a, b, a, b]), clock);
    const gathered = router.gather('counter', { kind: 'total' }, { timeoutMs: 500 });
    expect([a.waiting.length, b.waiting.length]).toEqual([1, 1]);
    a.answer({
      kind: 'gathered',
      partitions: [0, 2],
      answers: [{ id: '1', answer: 7 }],
      quarantined: ['counter/2'],
    });
    clock.turn(1_000);
    expect(await gathered).toEqual({
      answers: [{ id: '1', answer: 7 }],
      missing: [1, 3],
      quarantined: ['counter/2'],
    });
  });

  test('says where an actor is, and nothing of it when its shard is silent', async () => {
    const { ports, router, clock } = startRouter(1);
    const where = { partition: 0, shard: 'shard-0', version: 4 };
    const first = router.whereIs('counter/1', { timeoutMs: 500 });
    ports[0]?.answer({ kind: 'where', where });
    expect(await first).toEqual(where);
    const second = router.whereIs('counter/1', { timeoutMs: 500 });
    clock.turn(1_000);
    expect(await second).toBeUndefined();
  });

  test('lists the partitions of the shards that answer, in order', async () => {
    const clock = createTurnedClock();
    const [a, b, silent] = [createPort('a'), createPort('b'), createPort('silent')];
    const router = createRouter(fixedOwners([a, b, silent]), clock);
    const listed = router.partitions({ timeoutMs: 500 });
    b.answer({ kind: 'partitions', partitions: [stateOf(1), stateOf(3)] });
    a.answer({ kind: 'partitions', partitions: [stateOf(2), stateOf(0)] });
    clock.turn(1_000);
    expect((await listed).map(({ partition }) => partition)).toEqual([0, 1, 2, 3]);
  });
});

describe('a router, while a partition changes shards,', () => {
  test('asks the new owner as soon as the table names it, with the same id', async () => {
    const { a, b, owners, router } = startMoving();
    const asked = router.ask(refOf('counter/1'), { command: add('1') }, SOON);
    a.answer({ kind: 'moved' });
    expect([a.waiting.length, b.waiting.length]).toEqual([0, 0]);
    owners.place(['b'], 1);
    expect(b.waiting[0]?.request).toMatchObject({ kind: 'ask', id: 'i', command: add('1') });
    b.answer({ kind: 'accepted', version: 1 });
    expect(await asked).toMatchObject({ kind: 'accepted', version: 1 });
  });

  test('asks again by itself, though no table comes', async () => {
    const { a, router, clock } = startMoving();
    const asked = router.ask(refOf('counter/1'), {}, SOON);
    a.answer({ kind: 'moved' });
    clock.turn(25);
    a.answer({ kind: 'accepted', version: 2 });
    expect(await asked).toMatchObject({ version: 2 });
  });

  test('gives up at the deadline, and asks nobody afterwards', async () => {
    const { a, b, owners, router, clock } = startMoving();
    const asked = router.ask(refOf('counter/1'), {}, SOON);
    a.answer({ kind: 'moved' });
    owners.disconnect('a');
    clock.turn(1_100);
    expect(await asked).toEqual({ kind: 'unanswered', why: 'deadline' });
    owners.place(['b'], 1);
    expect(b.waiting).toEqual([]);
  });

  test('waits for a shard that is gone until there is a way to it again', async () => {
    const { owners, router } = startMoving();
    owners.disconnect('a');
    const asked = router.ask(refOf('counter/1'), {}, SOON);
    const again = createPort('a');
    owners.connect(again);
    again.answer({ kind: 'accepted', version: 5 });
    expect(await asked).toMatchObject({ version: 5 });
  });

  test('believes the latest table, whatever the order in which they come', () => {
    const { a, b, owners, router } = startMoving();
    owners.place(['b'], 2);
    owners.place(['a'], 1);
    void router.ask(refOf('counter/1'), {}, SOON);
    expect([a.waiting.length, b.waiting.length]).toEqual([0, 1]);
  });

  test('gathers from each actor once, though both shards asked it', async () => {
    const [a, b] = [createPort('a'), createPort('b')];
    const router = createRouter(fixedOwners([a, b]), createTurnedClock());
    const gathered = router.gather('counter', { kind: 'total' }, { timeoutMs: 500 });
    const [moved, other] = [counterIn(0, 2), counterIn(1, 2)];
    const [first, second] = [moved, other].map((it) => ({ id: it.slice(8), answer: 7 }));
    const answers = [first, second].filter((it) => it !== undefined);
    const quarantined = [counterIn(0, 2, 1)];
    a.answer({ kind: 'gathered', partitions: [0], answers: answers.slice(0, 1), quarantined });
    b.answer({ kind: 'gathered', partitions: [1, 0], answers, quarantined });
    expect(await gathered).toEqual({ answers, missing: [], quarantined });
  });

  test('says which partitions nobody answered for', async () => {
    const { a, b, router } = startMoving();
    const gathered = router.gather('counter', { kind: 'total' }, { timeoutMs: 500 });
    a.answer({ kind: 'gathered', partitions: [], answers: [], quarantined: [] });
    b.answer({ kind: 'gathered', partitions: [], answers: [], quarantined: [] });
    expect(await gathered).toEqual({ answers: [], missing: [0], quarantined: [] });
  });

  /** One partition, of shard a; shard b waits for it. */
  function startMoving() {
    const clock = createTurnedClock();
    const owners = createOwners(['a']);
    const [a, b] = [createPort('a'), createPort('b')];
    owners.connect(a);
    owners.connect(b);
    return { a, b, owners, clock, router: createRouter(owners, clock) };
  }

  function add(id: string): CounterCommand {
    return { kind: 'add', id, by: 1 };
  }
});

interface HandPort extends ShardPort {
  readonly waiting: { readonly request: Request; readonly respond: (it: Response) => void }[];
  /** Answers the last request. */
  answer(response: Response): void;
}

function createPort(shard: string): HandPort {
  const waiting: HandPort['waiting'] = [];
  return {
    shard,
    waiting,
    send: (request, respond) => waiting.push({ request, respond }),
    answer: (response) => waiting.pop()?.respond(response),
  };
}

function startRouter(shards: number): {
  readonly ports: readonly HandPort[];
  readonly router: ReturnType<typeof createRouter>;
  readonly clock: TurnedClock;
} {
  const clock = createTurnedClock();
  const ports = Array.from({ length: shards }, (_, index) => createPort(`shard-${index}`));
  return { ports, router: createRouter(fixedOwners(ports), clock), clock };
}

function refOf(address: Address): Ref<CounterCommand, unknown, CounterQuery, number> {
  return { address };
}

function stateOf(partition: number) {
  return {
    partition,
    shard: 's',
    epoch: 1,
    position: 0,
    headHash: '',
    actors: 0,
    outgoing: 0,
    deadLetters: 0,
    timers: { named: 0, failing: 0 },
    quarantined: 0,
    quarantinedActors: [],
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
