/** The notary signs what is new, at its pace, whatever becomes of one of the logs. */
import { describe, expect, test } from 'vitest';
import type { Broadcast } from '../../../src/runtime/bus/in-process.ts';
import { FencedError } from '../../../src/runtime/log/log.ts';
import { openCheckpoint } from '../../../src/runtime/tlog/checkpoint.ts';
import { BATCH_MAX, type Notary, startNotary } from '../../../src/runtime/tlog/notary.ts';
import { askNotary, serveNotary } from '../../../src/runtime/tlog/notary-line.ts';
import { openProof } from '../../../src/runtime/tlog/proof.ts';
import { CHECKPOINT } from '../../../src/runtime/tlog/tree.ts';
import { createTurnedClock } from '../../support/turned-clock.ts';
import { createFakeLog, type FakeLog, keyOf, ORIGIN, recordAt, signerOf } from './given.ts';
import { createMemoryFiles, type MemoryFiles } from './memory-files.ts';

const EVERY_MS = 10_000;

interface Scene {
  readonly notary: Notary;
  readonly clock: ReturnType<typeof createTurnedClock>;
  readonly files: readonly MemoryFiles[];
  readonly errors: object[];
  /** What ended it. */
  readonly lost: unknown[];
  /** Whether another process has taken the trees. */
  fenced: boolean;
  /** Sources opened and not closed. */
  opened: number;
  /** Does all that is due at once. */
  settle(): void;
  /** Does one piece of work. */
  step(): void;
}

function scene(logs: readonly FakeLog[], files = logs.map(() => createMemoryFiles())): Scene {
  const clock = createTurnedClock();
  const due: (() => void)[] = [];
  const errors: object[] = [];
  const lost: unknown[] = [];
  const it = { opened: 0, fenced: false };
  const notary = startNotary({
    partitions: logs.map((log, partition) => ({
      partition,
      files: files[partition] ?? createMemoryFiles(),
      signer: signerOf(1, nameOf(partition)),
      retired: [],
      keyOf,
      openSource: () => {
        it.opened++;
        return {
          end: () => log.end(),
          read: (position) => log.read(position),
          close: () => {
            it.opened--;
          },
        };
      },
    })),
    everyMs: EVERY_MS,
    clock,
    telemetry: { info() {}, warn() {}, error: (_, fields) => errors.push(fields ?? {}) },
    soon: (work) => due.push(work),
    owned(work) {
      if (it.fenced) throw new FencedError('taken by another');
      return work();
    },
    onLost: (cause) => lost.push(cause),
  });
  const step = () => due.shift()?.();
  return Object.assign(it, {
    notary,
    clock,
    files,
    errors,
    lost,
    step,
    settle() {
      while (due.length > 0) step();
    },
  });
}

function nameOf(partition: number): string {
  return ORIGIN.replace('p-000', `p-00${partition}`);
}

function sizes({ notary }: Scene): number[] {
  return notary.states().map(({ size }) => size);
}

function append(log: FakeLog, count: number): void {
  for (let i = 0; i < count; i++) log.records.push(recordAt(log.records.length + 1));
}

describe('the notary', () => {
  test('signs what is there when it starts, and then what is new, every so often', () => {
    const logs = [createFakeLog(5), createFakeLog(0)];
    const it = scene(logs);
    it.settle();
    expect(sizes(it)).toEqual([5, 0]);
    for (const log of logs) append(log, 3);
    it.clock.turn(EVERY_MS - 1);
    it.settle();
    expect(sizes(it)).toEqual([5, 0]);
    it.clock.turn(1);
    it.settle();
    expect(sizes(it)).toEqual([8, 3]);
    expect(it.opened).toBe(0);
    const note = it.files[1]?.contents.get(CHECKPOINT)?.toString() ?? '';
    expect(openCheckpoint(note, [signerOf(1, nameOf(1))]).size).toBe(3);
  });

  test('writes nothing while nothing is new', () => {
    const it = scene([createFakeLog(5)]);
    it.settle();
    const writes = it.files[0]?.writes;
    for (let beat = 0; beat < 5; beat++) {
      it.clock.turn(EVERY_MS);
      it.settle();
    }
    expect(it.files[0]?.writes).toBe(writes);
  });

  test('takes a long log in pieces, answers in between, and says how far behind it is', () => {
    const it = scene([createFakeLog(2 * BATCH_MAX + 10), createFakeLog(4)]);
    it.step();
    expect(it.notary.states()[0]).toMatchObject({ size: BATCH_MAX, lag: BATCH_MAX + 10 });
    expect(it.notary.prove(0, 'bet 3').kind).toBe('proven');
    expect(it.notary.prove(0, `bet ${BATCH_MAX + 2}`).kind).toBe('unsigned');
    it.settle();
    expect(sizes(it)).toEqual([2 * BATCH_MAX + 10, 4]);
    expect(it.notary.states()[0]).toMatchObject({ lag: 0, trouble: '' });
  });

  test('proves the record of a key, and says so where there is none', () => {
    const it = scene([createFakeLog(9)]);
    expect(it.notary.prove(0, 'bet 9')).toEqual({ kind: 'unsigned' });
    it.settle();
    const proving = it.notary.prove(0, 'bet 9');
    if (proving.kind !== 'proven') throw new Error(proving.kind);
    expect(openProof(proving.text, [signerOf(1)]).record).toEqual(recordAt(9));
    expect(it.notary.prove(0, 'bet 8')).toEqual({ kind: 'unsigned' });
    expect(it.notary.prove(7, 'bet 9')).toEqual({ kind: 'unsigned' });
  });

  test('goes on with the others where one log is not what was signed, and says which', () => {
    const files = [createMemoryFiles(), createMemoryFiles()];
    scene([createFakeLog(9), createFakeLog(9)], files).settle();
    const logs = [createFakeLog(9), createFakeLog(9)];
    logs[0]?.records.splice(4, 1, { ...recordAt(5), cause: 'other' });
    const it = scene(logs, files);
    it.settle();
    append(logs[1] ?? createFakeLog(0), 1);
    it.clock.turn(EVERY_MS);
    it.settle();
    const [bad, good] = it.notary.states();
    expect(bad).toMatchObject({ size: 9, trouble: expect.stringContaining('not those that were') });
    expect(good).toMatchObject({ size: 10, trouble: '' });
    expect(it.notary.prove(0, 'bet 3')).toMatchObject({ kind: 'trouble' });
    expect(it.errors).toHaveLength(1);
  });

  test('says how far a log was signed also where it signs it no more, from the first look on', () => {
    const log = createFakeLog(9);
    const files = [createMemoryFiles()];
    const before = scene([log], files);
    before.clock.turn(7);
    before.settle();
    log.records.splice(4, 1, { ...recordAt(5), cause: 'other' });
    append(log, 2);
    const it = scene([log], files);
    it.settle();
    const signed = { size: 9, signedAtMs: before.notary.states()[0]?.signedAtMs };
    const trouble = expect.stringContaining('not those that were');
    expect(it.notary.states()).toMatchObject([{ ...signed, lag: 2, trouble }]);

    log.records.splice(4, 1, recordAt(5));
    for (let beat = 0; beat < 4; beat++) {
      it.clock.turn(EVERY_MS);
      it.settle();
    }
    expect(it.notary.states()).toMatchObject([{ size: 11, trouble: '' }]);
    log.records.splice(4, 1, { ...recordAt(5), cause: 'other' });
    append(log, 1);
    it.clock.turn(EVERY_MS);
    it.settle();
    expect(it.notary.states()).toMatchObject([{ size: 12, lag: 0, trouble }]);
  });

  test('looks at older records again while it signs new ones', () => {
    const log = createFakeLog(70_000);
    const it = scene([log]);
    it.settle();
    // Older than what is compared at a start; changed while it runs.
    log.records.splice(4, 1, { ...recordAt(5), cause: 'other' });
    append(log, 1);
    for (let beat = 0; beat < 20 && it.errors.length === 0; beat++) {
      append(log, 1);
      it.clock.turn(EVERY_MS);
      it.settle();
    }
    expect(it.notary.states()[0]?.trouble).toContain('not those that were signed');
  });

  test('mends what a full disk left, once there is room', () => {
    const log = createFakeLog(9);
    const it = scene([log]);
    it.settle();
    append(log, 300);
    it.files[0]?.crashAfter(2);
    it.clock.turn(EVERY_MS);
    it.settle();
    expect(it.notary.states()[0]?.trouble).toBe('the process ended here');
    it.files[0]?.crashAfter(Number.POSITIVE_INFINITY);
    it.clock.turn(3 * EVERY_MS);
    it.settle();
    for (let beat = 0; beat < 3; beat++) {
      it.clock.turn(EVERY_MS);
      it.settle();
    }
    expect(it.notary.states()[0]).toMatchObject({ size: 309, trouble: '' });
    expect(it.notary.prove(0, 'bet 300').kind).toBe('proven');
  });

  test('leaves a log that fails alone for longer each time', () => {
    const log = createFakeLog(1);
    let looks = 0;
    log.end = () => {
      looks++;
      throw new Error('the disk is gone');
    };
    const it = scene([log]);
    for (let beat = 0; beat < 100; beat++) {
      it.settle();
      it.clock.turn(EVERY_MS);
    }
    expect(looks).toBeLessThan(12);
    expect(looks).toBeGreaterThan(5);
    expect(it.errors).toHaveLength(1);
  });

  test('signs the rest when it is told to stop, at rest or at work', async () => {
    const log = createFakeLog(5);
    const atRest = scene([log]);
    atRest.settle();
    append(log, 2);
    const stopped = atRest.notary.stop();
    atRest.settle();
    await stopped;
    expect(sizes(atRest)).toEqual([7]);
    expect(atRest.clock.waiting).toBe(0);

    const other = createFakeLog(BATCH_MAX + 5);
    const atWork = scene([createFakeLog(1), other]);
    for (let steps = 0; steps < 2; steps++) atWork.step();
    const ended = atWork.notary.stop();
    append(other, 1);
    atWork.settle();
    await ended;
    expect(sizes(atWork)).toEqual([1, BATCH_MAX + 6]);
    expect(atWork.clock.waiting).toBe(0);
  });

  test.each(['by its beat', 'by a question', 'by its last beat'])(
    'signs and proves nothing more once another process has the trees: found %s',
    async (how) => {
      const log = createFakeLog(6);
      const it = scene([log, createFakeLog(3)]);
      it.settle();
      append(log, 3);
      it.fenced = true;
      const writes = it.files[0]?.writes;
      if (how === 'by a question') {
        expect(it.notary.prove(0, 'bet 3')).toEqual({
          kind: 'trouble',
          trouble: 'taken by another',
        });
      }
      const stopped = how === 'by its last beat' ? it.notary.stop() : Promise.resolve();
      it.settle();
      it.clock.turn(EVERY_MS);
      it.settle();
      expect(it.lost).toEqual([expect.objectContaining({ name: 'FencedError' })]);
      expect(it.files[0]?.writes).toBe(writes);
      expect(it.notary.states()[0]).toMatchObject({ size: 6, trouble: 'taken by another' });
      expect(it.notary.prove(0, 'bet 3').kind).toBe('trouble');
      expect(it.clock.waiting).toBe(0);
      await Promise.all([stopped, it.notary.stop()]);
      expect(it.lost).toHaveLength(1);
      expect(it.opened).toBe(0);
    },
  );

  test('stops in time, whatever is left', async () => {
    const it = scene([createFakeLog(3 * BATCH_MAX)]);
    it.step();
    const stopped = it.notary.stop();
    it.clock.turn(5_000);
    it.settle();
    await stopped;
    expect(sizes(it)).toEqual([BATCH_MAX]);
  });
});

describe('its line', () => {
  /** Two ends that hear each other at once. */
  function line(): [Broadcast, Broadcast] {
    const listeners: ((message: unknown) => void)[] = [];
    const end = (own: number): Broadcast => ({
      post: (message) => listeners[1 - own]?.(structuredClone(message)),
      onMessage: (listener) => {
        listeners[own] = listener;
      },
      close: () => {},
    });
    return [end(0), end(1)];
  }

  test('carries questions and answers', async () => {
    const it = scene([createFakeLog(9), createFakeLog(0)]);
    it.settle();
    const [asking, answering] = line();
    const port = askNotary(asking, { asker: 'gateway', clock: it.clock });
    serveNotary(answering, it.notary, () => 0);
    const what = { stream: 'race/r1', key: 'bet 9' };
    expect(await port.prove(what, { timeoutMs: 10 })).toEqual(it.notary.prove(0, 'bet 9'));
    expect(await port.states({ timeoutMs: 10 })).toEqual(it.notary.states());
    expect(it.clock.waiting).toBe(1);
  });

  test('says away where nobody answers in time', async () => {
    const clock = createTurnedClock();
    const [asking] = line();
    const port = askNotary(asking, { asker: 'gateway', clock });
    const states = port.states({ timeoutMs: 10 });
    clock.turn(10);
    expect(await states).toEqual({ kind: 'away' });
    expect(clock.waiting).toBe(0);
  });

  test('says away at once where too many are waiting', async () => {
    const clock = createTurnedClock();
    const [asking] = line();
    const port = askNotary(asking, { asker: 'gateway', clock });
    const all = Array.from({ length: 1_025 }, () => port.states({ timeoutMs: 10 }));
    expect(await all.at(-1)).toEqual({ kind: 'away' });
    clock.turn(10);
    await Promise.all(all);
  });
});
