// Jobs are as durable as the log that makes them due, and never in anybody's way.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Address } from '../../src/runtime/actor.ts';
import { RETRY_FIRST_MS, RETRY_LONGEST_MS, SILENCE_MAX_MS } from '../../src/runtime/due-jobs.ts';
import type { JobListener, JobRunner } from '../../src/runtime/jobs.ts';
import { createInProcessJobs } from '../../src/runtime/jobs-in-process.ts';
import { createMemoryDisk, type MemoryDisk } from '../../src/runtime/log/memory.ts';
import {
  COUNTER_JOBS,
  type Counter,
  type CounterCommand,
  counter,
  workingCounter,
} from '../support/counter-actor.ts';
import { type LoneShard, startLoneShard } from '../support/lone-shard.ts';
import { createTurnedClock } from '../support/turned-clock.ts';

const A: Address = 'counter/a';
const B: Address = 'counter/b';

describe('a job', () => {
  test('says commands to its actor until that names it no more', async () => {
    const it = start();
    it.ask(A, { command: begin('count', 'k', 2) });
    await it.runJobs();
    expect(it.disks[0]?.records).toMatchObject([
      { stream: A, cause: 'ask-0' },
      { stream: A, cause: 'job:counter/a:k:0' },
      { stream: A, cause: 'job:counter/a:k:1' },
      { stream: A, cause: 'job:counter/a:k:2' },
    ]);
    expect(it.complaints).toEqual([]);
    expect(it.shard.jobs).toMatchObject({ active: 0, failures: 0 });
  });

  test('does not begin before what makes it due is on disk', () => {
    const { runs, runner } = createHandRunner();
    const it = start({ jobs: runner });
    const [disk] = it.disks;
    if (disk !== undefined) disk.beforeWrite = () => expect(runs).toEqual([]);
    it.ask(A, { command: begin('count', 'k', 1) });
    it.runTurns();
    expect(runs).toMatchObject([{ job: { name: 'count', input: { key: 'k', times: 1 } } }]);
  });

  test('does not begin where what makes it due never gets to the disk', () => {
    const { runs, runner } = createHandRunner();
    const it = start({ jobs: runner });
    const [disk] = it.disks;
    if (disk !== undefined) disk.beforeWrite = powerCut;
    it.ask(A, { command: begin('count', 'k', 1) });
    it.runTurns();
    expect([runs, it.fatal]).toEqual([[], [new Error('power cut')]]);
  });

  test('is begun once, however often its actor names it', () => {
    const { runs, runner } = createHandRunner();
    const it = start({ jobs: runner });
    it.ask(A, { command: begin('count', 'k', 1) });
    it.runTurns();
    for (let index = 0; index < 3; index++) {
      it.ask(A, { command: add(`${index}`) });
      it.runTurns();
    }
    expect(runs).toHaveLength(1);
  });

  test('waits for the one before it', async () => {
    const { runs, runner } = createHandRunner();
    const it = start({ jobs: runner });
    it.ask(A, { command: begin('count', 'k', 1) });
    it.ask(B, { command: begin('fail', 'k', 1) });
    it.runTurns();
    expect(runs).toHaveLength(1);
    expect(it.shard.jobs.active).toBe(2);
    await runs[0]?.fail(new Error('died'));
    expect(runs.map(({ job }) => job.name)).toEqual(['count', 'fail']);
  });

  test('lets other requests in between any two of its commands', async () => {
    const it = start();
    it.ask(A, { command: begin('count', 'k', 20) });
    it.runTurns();
    let asked = 0;
    while (it.shard.jobs.active > 0) {
      const before = it.disks[0]?.records.length ?? 0;
      const responses = it.ask(B, { command: add(`${asked++}`), query: { kind: 'total' } });
      it.runTurns();
      expect(responses).toMatchObject([{ kind: 'accepted', answer: asked }]);
      // The job's next command, at most, is in the same turn.
      expect((it.disks[0]?.records.length ?? 0) - before).toBeLessThanOrEqual(2);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(asked).toBeGreaterThanOrEqual(20);
    expect(totalOf(it, A)).toBe(20);
  });
});

describe('a job that fails', () => {
  test.each([
    ['throws', 'fail', /a defect in a job/],
    ['is unknown', 'no-such', /no job is called/],
    ['comes to its end, but not to an end for its actor', 'forget', /still names it/],
  ])('because it %s, is logged with its address and key', async (_, name, why) => {
    const it = start();
    it.ask(A, { command: begin(name, 'k', 1) });
    await it.runJobs();
    expect(it.complaints).toEqual(['a job failed, it will be begun again']);
    expect(it.complaintFields).toMatchObject([{ address: A, key: 'k', attempt: 1 }]);
    expect(it.complaintFields[0]?.cause).toMatch(why);
    expect(it.shard.jobs).toMatchObject({ active: 0, failures: 1 });
  });

  test.each([
    ['refuses', 'refused', { kind: 'rejected', rejection: { reason: 'too-much', maximum: 1_000 } }],
    ['throws at', 'provoke', { kind: 'failed', why: 'command-threw' }],
  ])('because its actor %s what it says, is logged with the answer', async (_, name, response) => {
    const it = start();
    it.ask(A, { command: begin(name, 'k', 1) });
    await it.runJobs();
    expect(it.complaintFields.at(-1)).toMatchObject({ address: A, key: 'k', response });
    expect(it.fatal).toEqual([]);
  });

  test('is begun again from its first command, later each time, and repeats count once', async () => {
    const it = start();
    it.ask(A, { command: begin('fail', 'k', 2) });
    await it.runJobs();
    for (let attempt = 1; attempt <= 8; attempt++) {
      expect(it.complaintFields).toHaveLength(attempt);
      const { retryMs } = it.complaintFields.at(-1) ?? {};
      expect(retryMs).toBe(Math.min(RETRY_FIRST_MS * 2 ** (attempt - 1), RETRY_LONGEST_MS));
      it.clock.turn(Number(retryMs) - 1);
      await it.runJobs();
      expect(it.complaintFields).toHaveLength(attempt);
      it.clock.turn(1);
      await it.runJobs();
    }
    expect(it.complaintFields.at(-1)).toMatchObject({ attempt: 9, retryMs: RETRY_LONGEST_MS });
    expect(it.shard.jobs.failures).toBe(9);
    expect(totalOf(it, A)).toBe(2);
  });

  test('is in nobody’s way while it backs off', async () => {
    const it = start();
    it.ask(A, { command: begin('fail', 'k', 0) });
    it.ask(B, { command: begin('count', 'k', 3) });
    await it.runJobs();
    expect(totalOf(it, B)).toBe(3);
  });

  test('because it is silent, is ended and begun again', async () => {
    const { runs, runner } = createHandRunner();
    const it = start({ jobs: runner });
    it.ask(A, { command: begin('count', 'k', 1) });
    it.runTurns();
    const say = runs[0]?.listener.onCommand(add('k.0'));
    it.clock.turn(SILENCE_MAX_MS - 1);
    it.runTurns();
    expect(await say).toBe('go-on');
    it.clock.turn(SILENCE_MAX_MS - 1);
    expect(runs[0]?.listener.signal.aborted).toBe(false);
    it.clock.turn(1);
    expect(runs[0]?.listener.signal.aborted).toBe(true);
    await it.runJobs();
    expect(it.complaintFields).toMatchObject([{ key: 'k', cause: 'silent for 600000 ms' }]);
    it.clock.turn(RETRY_FIRST_MS);
    expect(runs).toHaveLength(2);
  });

  test('with a command under way is begun again, and the answer that comes late changes nothing', async () => {
    const { runs, runner } = createHandRunner();
    const it = start({ jobs: runner });
    it.ask(A, { command: begin('count', 'k', 1) });
    it.runTurns();
    const say = runs[0]?.listener.onCommand(add('k.0'));
    await runs[0]?.fail(new Error('its thread died'));
    it.runTurns();
    expect(await say).toBe('stop');
    expect(it.complaintFields).toMatchObject([{ key: 'k', attempt: 1 }]);
    it.clock.turn(RETRY_FIRST_MS);
    expect(runs).toHaveLength(2);
    expect(it.complaintFields).toHaveLength(1);
  });
});

describe('a job that its actor names no more', () => {
  test('is not begun again', async () => {
    const it = start();
    it.ask(A, { command: begin('fail', 'k', 1) });
    await it.runJobs();
    it.ask(A, { command: add('end:k', 0) });
    await it.runJobs();
    it.clock.turn(10 * RETRY_LONGEST_MS);
    await it.runJobs();
    expect(it.shard.jobs).toMatchObject({ active: 0, failures: 1 });
  });

  test('is ended where it computes, without a complaint', async () => {
    const { runs, runner } = createHandRunner();
    const it = start({ jobs: runner });
    it.ask(A, { command: begin('count', 'k', 1) });
    it.runTurns();
    it.ask(A, { command: add('end:k', 0) });
    it.runTurns();
    expect(runs[0]?.listener.signal.aborted).toBe(true);
    await it.runJobs();
    expect(it.shard.jobs).toMatchObject({ active: 0, failures: 0 });
    expect(it.complaints).toEqual([]);
  });

  test('is told to stop where it waits for its verdict, and its thread lives on', async () => {
    const { runs, runner } = createHandRunner();
    const it = start({ jobs: runner });
    it.ask(A, { command: begin('count', 'k', 1) });
    it.runTurns();
    const say = runs[0]?.listener.onCommand(add('end:k', 0));
    it.runTurns();
    expect(await say).toBe('stop');
    expect(runs[0]?.listener.signal.aborted).toBe(false);
    await runs[0]?.done();
    expect(it.shard.jobs).toMatchObject({ active: 0, failures: 0 });
  });

  test('never begins where it still waits', async () => {
    const { runs, runner } = createHandRunner();
    const it = start({ jobs: runner });
    it.ask(A, { command: begin('count', 'first', 1) });
    it.ask(A, { command: begin('count', 'second', 1) });
    it.runTurns();
    it.ask(A, { command: add('end:second', 0) });
    it.runTurns();
    await runs[0]?.fail(new Error('died'));
    expect(runs).toHaveLength(1);
  });
});

describe('stopping', () => {
  test('ends a job in the middle, and the next start begins it again', async () => {
    const it = start();
    it.ask(A, { command: begin('count', 'k', 50) });
    await someRounds(it, 10);
    await it.shard.stop();
    const counted = it.disks[0]?.records.length ?? 0;
    expect(counted).toBeGreaterThan(3);
    expect(counted).toBeLessThan(40);
    await someRounds(it, 10);
    expect(it.disks[0]?.records).toHaveLength(counted);
    expect([it.fatal, it.complaints, it.clock.waiting]).toEqual([[], [], 0]);

    const again = start({ disks: it.disks });
    await again.runJobs();
    expect(totalOf(again, A)).toBe(50);
    expect(again.disks[0]?.records).toHaveLength(52);
  });

  test('forgets a job that backs off or waits', async () => {
    const it = start();
    it.ask(A, { command: begin('fail', 'k', 0) });
    await it.runJobs();
    it.ask(A, { command: begin('endless', 'l', 0) });
    it.ask(A, { command: begin('endless', 'm', 0) });
    it.runTurns();
    await it.shard.stop();
    it.clock.turn(RETRY_LONGEST_MS);
    await new Promise((resolve) => setImmediate(resolve));
    expect(it.shard.jobs).toMatchObject({ active: 0, failures: 1 });
    expect(it.clock.waiting).toBe(0);
  });

  test('ends a job that a crash leaves without a verdict', async () => {
    const it = start();
    it.ask(A, { command: begin('endless', 'k', 0) });
    await someRounds(it, 5);
    const [disk] = it.disks;
    if (disk !== undefined) disk.beforeWrite = powerCut;
    await someRounds(it, 5);
    expect(it.shard.jobs).toMatchObject({ active: 0, failures: 0 });
    expect(it.fatal).toEqual([new Error('power cut')]);
  });
});

test('an actor that throws when asked for its jobs goes on without', async () => {
  const it = start({
    kinds: [
      {
        ...counter,
        jobs() {
          throw new Error('a defect in jobs');
        },
      },
    ],
  });
  const responses = it.ask(A, { command: add('1') });
  await it.runJobs();
  expect(responses).toMatchObject([{ kind: 'accepted' }]);
  expect(it.complaints).toEqual(['an actor threw when asked for its jobs']);
});

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('begin' as const),
      to: fc.constantFrom<Address>(A, B),
      key: fc.constantFrom('k', 'l', 'm'),
      times: fc.nat(4),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('rounds' as const), count: fc.nat(6) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), cut: fc.boolean() }) },
);

test('every job is done, whatever its shard dies of, and each of its commands counts once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const disk = createMemoryDisk();
      const wanted = new Map<string, number>();
      let it = start({ disks: [disk] });
      for (const each of steps) {
        if (each.kind === 'begin') {
          const { to, key, times } = each;
          if (!wanted.has(`${to} ${key}`)) {
            wanted.set(`${to} ${key}`, times);
            it.ask(to, { command: begin('count', key, times) });
            it.runTurns();
          }
        } else if (each.kind === 'rounds') await someRounds(it, each.count);
        else {
          if (each.cut) {
            disk.beforeWrite = powerCut;
            await someRounds(it, 1);
            disk.beforeWrite = () => {};
          }
          // The dead one is dropped, not stopped: nobody runs its turns, its job still talks to it.
          it = start({ disks: [disk] });
        }
      }
      await it.runJobs();
      for (const to of [A, B]) {
        const expected = [...wanted].filter(([name]) => name.startsWith(to)).flatMap(idsOf);
        expect([...stateOn(disk, to).ids].sort()).toEqual(expected.sort());
      }
      expect(it.complaints).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

function idsOf([name, times]: readonly [string, number]): string[] {
  const key = name.split(' ')[1] ?? '';
  const counted = Array.from({ length: times }, (_, index) => `${key}.${index}`);
  return [`begin:count:${key}:${times}`, ...counted, `end:${key}`];
}

function stateOn({ records }: MemoryDisk, to: Address): Counter {
  return records
    .filter(({ stream }) => stream === to)
    .map(({ bytes }) => counter.decode(bytes))
    .reduce<Counter>((state, event) => counter.decider.evolve(state, event), {
      total: 0,
      ids: [],
    });
}

function start(options: Parameters<typeof startLoneShard>[0] = {}): LoneShard {
  return startLoneShard({
    kinds: [workingCounter],
    jobs: createInProcessJobs(COUNTER_JOBS),
    clock: createTurnedClock(),
    ...options,
  });
}

async function someRounds(it: LoneShard, count: number): Promise<void> {
  for (let round = 0; round < count; round++) {
    it.runTurns();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function totalOf(it: LoneShard, to: Address): unknown {
  const responses = it.ask(to, { query: { kind: 'total' } });
  it.runTurns();
  return responses[0]?.kind === 'accepted' ? responses[0].answer : undefined;
}

function begin(name: string, key: string, times: number): CounterCommand {
  return add(`begin:${name}:${key}:${times}`, 0);
}

function add(id: string, by = 1): CounterCommand {
  return { kind: 'add', id, by };
}

function powerCut(): void {
  throw new Error('power cut');
}

interface HandRun {
  readonly job: Parameters<JobRunner['run']>[0];
  readonly listener: JobListener;
  /** Ends it, and waits until that is known. */
  done(): Promise<void>;
  fail(cause: Error): Promise<void>;
}

/** Runs nothing: the test says what becomes of each job. */
function createHandRunner(): { readonly runs: readonly HandRun[]; readonly runner: JobRunner } {
  const runs: HandRun[] = [];
  const heard = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    runs,
    runner: {
      run(job, listener) {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        listener.signal.addEventListener('abort', () => reject(new Error('aborted')));
        runs.push({
          job,
          listener,
          done() {
            resolve();
            return heard();
          },
          fail(cause) {
            reject(cause);
            return heard();
          },
        });
        return promise;
      },
      close: async () => {},
    },
  };
}
