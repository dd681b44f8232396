// Calls are as durable as the log that makes them due, bounded, patient, and never made twice at once.
import { describe, expect, test } from 'vitest';
import type { Address } from '../../src/runtime/actor.ts';
import type { CallOrder, CallRunner } from '../../src/runtime/calls.ts';
import {
  ATTEMPT_FIRST_MS,
  ATTEMPT_LONGEST_MS,
  CALLS_AT_ONCE,
  createDueCalls,
  DEADLINE_AHEAD_MAX_MS,
  RETRY_FIRST_MS,
  RETRY_LONGEST_MS,
} from '../../src/runtime/due-calls.ts';
import { createMemoryDisk, type MemoryDisk, openMemoryLog } from '../../src/runtime/log/memory.ts';
import { openPartition } from '../../src/runtime/partition.ts';
import { silent } from '../../src/runtime/telemetry.ts';
import { hasty, patient } from '../support/chances.ts';
import { type CounterCommand, callingCounter } from '../support/counter-actor.ts';
import { type LoneShard, startLoneShard } from '../support/lone-shard.ts';
import { createTurnedClock, type TurnedClock } from '../support/turned-clock.ts';

const A: Address = 'counter/a';
const B: Address = 'counter/b';
const START_MS = 1_800_000_000_000;

describe('a call', () => {
  test('is made when what makes it due is on disk, and its answer is recorded', async () => {
    const { it, calls } = start();
    const [disk] = it.disks;
    if (disk !== undefined) disk.beforeWrite = () => expect(calls).toEqual([]);
    it.ask(A, { command: ask('k') });
    it.runTurns();
    expect(calls.map(({ order }) => order)).toEqual([
      { id: 'counter/a/k', service: 'oracle', request: { key: 'k' }, timeoutMs: ATTEMPT_FIRST_MS },
    ]);
    if (disk !== undefined) disk.beforeWrite = () => {};
    await calls[0]?.answer('yes');
    it.runTurns();
    expect(idsOf(it, A)).toEqual(['ask:k', 'answer:k:yes']);
    expect(it.disks[0]?.records.map(({ cause }) => cause)).toEqual(['ask-0', 'call:counter/a:k']);
    expect([it.shard.calls.open, it.complaints]).toEqual([0, []]);
  });

  test('is not made where what makes it due never gets to the disk', () => {
    const { it, calls } = start();
    const [disk] = it.disks;
    if (disk !== undefined) {
      disk.beforeWrite = () => {
        throw new Error('power cut');
      };
    }
    it.ask(A, { command: ask('k') });
    it.runTurns();
    expect([calls, it.fatal]).toEqual([[], [new Error('power cut')]]);
  });

  test('is made once while it is under way, however often its actor names it', () => {
    const { it, calls } = start();
    it.ask(A, { command: ask('k') });
    it.runTurns();
    for (let index = 0; index < 3; index++) {
      it.ask(A, { command: add(`${index}`) });
      it.runTurns();
    }
    expect(calls).toHaveLength(1);
  });

  test('waits for nobody else: many are under way at once, up to the bound, in their order', async () => {
    const { it, calls } = start();
    const count = CALLS_AT_ONCE + 2;
    for (let index = 0; index < count; index++) {
      it.ask(index % 2 === 0 ? A : B, { command: ask(`k${index}`) });
    }
    it.runTurns();
    expect(calls).toHaveLength(CALLS_AT_ONCE);
    await calls[7]?.answer('yes');
    it.runTurns();
    expect(calls).toHaveLength(CALLS_AT_ONCE + 1);
    expect(it.shard.calls.open).toBe(count - 1);
    await calls[0]?.fail('no');
    expect(calls).toHaveLength(count);
    const keys = calls.map(({ order }) => order.id.split('/')[2]).sort();
    expect(keys).toEqual(Array.from({ length: count }, (_, index) => `k${index}`).sort());
  });

  test('that nobody can make waits, and says so', () => {
    const it = startLoneShard({ kinds: [callingCounter] });
    it.ask(A, { command: ask('k') });
    it.runTurns();
    it.clock.turn(RETRY_LONGEST_MS * 10);
    it.runTurns();
    expect(it.shard.calls.open).toBe(1);
    expect(stuckIn(it)).toMatchObject([
      { kind: 'call', address: A, name: 'oracle k', attempts: 0, why: /no way to oracle/ },
    ]);
  });
});

describe('a call without an answer', () => {
  test('is made again, later and more patiently each time, for ever', async () => {
    const { it, calls } = start();
    it.ask(A, { command: ask('k') });
    it.runTurns();
    for (let attempt = 1; attempt <= 12; attempt++) {
      const last = calls.at(-1);
      expect(last?.order).toMatchObject({
        id: 'counter/a/k',
        timeoutMs: Math.min(ATTEMPT_FIRST_MS * 2 ** (attempt - 1), ATTEMPT_LONGEST_MS),
      });
      await last?.fail(`down ${attempt}`);
      expect(stuckIn(it)).toMatchObject([{ attempts: attempt, why: `down ${attempt}` }]);
      it.clock.turn(Math.min(RETRY_FIRST_MS * 2 ** (attempt - 1), RETRY_LONGEST_MS) - 1);
      expect(calls).toHaveLength(attempt);
      it.clock.turn(1);
      expect(calls).toHaveLength(attempt + 1);
    }
    await calls.at(-1)?.answer('at last');
    it.runTurns();
    expect(idsOf(it, A)).toEqual(['ask:k', 'answer:k:at last']);
    expect(it.shard.calls.open).toBe(0);
    // The 1st, 2nd, 4th and 8th time.
    expect(it.complaintFields.map(({ attempts }) => attempts)).toEqual([1, 2, 4, 8]);
  });

  test('comes back sooner by up to a half, as chance has it', async () => {
    const clock = createTurnedClock();
    const { runner, calls } = createHandRunner();
    const cell = cellOf('ask:k');
    const due = createDueCalls({
      runner,
      clock,
      random: hasty,
      telemetry: silent,
      send: () => {},
    });
    due.changed(cell);
    due.flush();
    await calls[0]?.fail('down');
    clock.turn(RETRY_FIRST_MS / 2 - 1);
    expect(calls).toHaveLength(1);
    clock.turn(1);
    expect(calls).toHaveLength(2);
  });

  test.each([
    ['makes no sense', 'nonsense', 'nonsense is no answer'],
    ['is refused by its actor', 'refused', 'its actor answers {"kind":"rejected"'],
    ['does not end it', 'forget', 'it is answered, and its actor still names it'],
  ])('because what was answered %s, is made again', async (_, answer, why) => {
    const { it, calls } = start();
    it.ask(A, { command: ask('k') });
    it.runTurns();
    await calls[0]?.answer(answer);
    it.runTurns();
    expect(stuckIn(it)).toMatchObject([{ attempts: 1, why: expect.stringContaining(why) }]);
    it.clock.turn(RETRY_FIRST_MS);
    await calls[1]?.answer('yes');
    it.runTurns();
    expect(idsOf(it, A)).toContain('answer:k:yes');
    expect(it.shard.calls.open).toBe(0);
  });
});

describe('a deadline', () => {
  const inOneSecond = ask('k', START_MS + 1_000);

  test.each(['under way', 'backing off'])('ends a call that is %s, once', async (how) => {
    const { it, calls } = start();
    it.ask(A, { command: inOneSecond });
    it.runTurns();
    if (how === 'backing off') {
      for (let spentMs = 0; spentMs < 999; spentMs++) {
        await calls.at(-1)?.fail('down');
        it.clock.turn(1);
      }
    } else it.clock.turn(999);
    it.runTurns();
    expect(idsOf(it, A)).toEqual(['ask:k:1800000001000']);
    const made = calls.length;
    it.clock.turn(1);
    it.runTurns();
    expect(idsOf(it, A)).toEqual(['ask:k:1800000001000', 'expired:k']);
    expect(it.shard.calls.open).toBe(0);
    // What comes now was not waited for.
    await calls.at(-1)?.answer('yes');
    it.clock.turn(RETRY_LONGEST_MS);
    it.runTurns();
    expect(idsOf(it, A)).toHaveLength(2);
    expect(calls).toHaveLength(made);
  });

  test('does not undo an answer that came before it', async () => {
    const { it, calls } = start();
    it.ask(A, { command: inOneSecond });
    it.runTurns();
    await calls[0]?.answer('yes');
    it.clock.turn(1_000);
    it.runTurns();
    expect(idsOf(it, A)).toEqual(['ask:k:1800000001000', 'answer:k:yes']);
  });

  test('that passed while nobody was there makes no call', () => {
    const { it } = start();
    it.ask(A, { command: inOneSecond });
    it.runTurns();
    it.clock.turn(500);
    const clock = createTurnedClock(START_MS + 5_000);
    const again = start({ disks: it.disks, clock });
    again.it.runTurns();
    expect(again.calls).toEqual([]);
    expect(idsOf(again.it, A)).toEqual(['ask:k:1800000001000', 'expired:k']);
  });

  test('is kept in a reasonable time by a clock that was set back', () => {
    const { it } = start();
    it.ask(A, { command: ask('k', START_MS + 86_400_000) });
    it.runTurns();
    it.clock.turn(DEADLINE_AHEAD_MAX_MS - 1);
    it.runTurns();
    expect(idsOf(it, A)).toHaveLength(1);
    it.clock.turn(1);
    it.runTurns();
    expect(idsOf(it, A)[1]).toBe('expired:k');
  });
});

describe('a crash', () => {
  test('forgets no call, and none that was answered is made again', async () => {
    const { it, calls } = start();
    it.ask(A, { command: ask('first') });
    it.ask(A, { command: ask('second') });
    it.ask(B, { command: ask('third') });
    it.runTurns();
    await calls[1]?.answer('yes');
    it.runTurns();
    const again = start({ disks: it.disks });
    expect(again.calls.map(({ order }) => order.id)).toEqual([
      'counter/a/first',
      'counter/b/third',
    ]);
  });

  test('between an answer and its record has the call made again', async () => {
    const { it, calls } = start();
    it.ask(A, { command: ask('k') });
    it.runTurns();
    const [disk] = it.disks;
    if (disk !== undefined) {
      disk.beforeWrite = () => {
        throw new Error('power cut');
      };
    }
    await calls[0]?.answer('yes');
    it.runTurns();
    expect(it.fatal).toHaveLength(1);
    if (disk !== undefined) disk.beforeWrite = () => {};
    const again = start({ disks: it.disks });
    expect(again.calls.map(({ order }) => order.id)).toEqual(['counter/a/k']);
  });

  test('or a stop leaves nothing behind: no timer, no call made later', async () => {
    const { it, calls } = start();
    it.ask(A, { command: ask('k', START_MS + 1_000) });
    it.ask(B, { command: ask('k') });
    it.runTurns();
    await calls[1]?.fail('down');
    await it.shard.stop();
    it.clock.turn(RETRY_LONGEST_MS);
    it.runTurns();
    expect(calls).toHaveLength(2);
    expect(it.clock.waiting).toBe(0);
  });

  test('is not needed: an actor that goes elsewhere takes its calls along', async () => {
    const clock = createTurnedClock();
    const { runner, calls } = createHandRunner();
    const sent: unknown[] = [];
    const options = { runner, clock, random: patient, telemetry: silent };
    const due = createDueCalls({ ...options, send: (request) => sent.push(request) });
    const cell = cellOf('ask:k');
    due.changed(cell);
    due.flush();
    due.forget(cell);
    await calls[0]?.answer('yes');
    expect([due.open, sent, clock.waiting]).toEqual([0, [], 0]);
  });
});

interface HandCall {
  readonly order: CallOrder;
  answer(answer: unknown): Promise<void>;
  fail(why: string): Promise<void>;
}

/** Calls that a test answers. */
function createHandRunner(): { readonly runner: CallRunner; readonly calls: HandCall[] } {
  const calls: HandCall[] = [];
  const runner: CallRunner = {
    call: (order) =>
      new Promise((resolve, reject) => {
        const settled = async (settle: () => void) => {
          settle();
          // The shard hears of it a few microtasks later.
          await new Promise((done) => setImmediate(done));
        };
        calls.push({
          order,
          answer: (answer) => settled(() => resolve(answer)),
          fail: (why) => settled(() => reject(new Error(why))),
        });
      }),
  };
  return { runner, calls };
}

function start(
  options: { readonly disks?: readonly MemoryDisk[]; readonly clock?: TurnedClock } = {},
): { readonly it: LoneShard; readonly calls: HandCall[] } {
  const { runner, calls } = createHandRunner();
  return { it: startLoneShard({ ...options, calls: runner, kinds: [callingCounter] }), calls };
}

function cellOf(...ids: readonly string[]) {
  const partition = openPartition(openMemoryLog(createMemoryDisk(), 0), [callingCounter]);
  const cell = partition.cellOf(A);
  if (cell === undefined) throw new Error('no counter');
  partition.stage(
    cell,
    ids.map((id) => ({ id, by: 0, passOn: [] })),
    'test',
    0,
  );
  return cell;
}

/** What is on disk of a counter. */
function idsOf(it: LoneShard, address: Address): readonly string[] {
  const records = it.disks[0]?.records ?? [];
  return records
    .filter(({ stream }) => stream === address)
    .map(({ bytes }) => callingCounter.decode(bytes).id);
}

function stuckIn(it: LoneShard) {
  const responses = it.serve({ kind: 'stuck', untilMs: Number.MAX_SAFE_INTEGER, limit: 10 });
  it.runTurns();
  const [response] = responses;
  return response?.kind === 'stuck' ? response.stuck : [];
}

function ask(key: string, deadlineAtMs?: number): CounterCommand {
  return add(deadlineAtMs === undefined ? `ask:${key}` : `ask:${key}:${deadlineAtMs}`);
}

function add(id: string): CounterCommand {
  return { kind: 'add', id, by: 0 };
}
