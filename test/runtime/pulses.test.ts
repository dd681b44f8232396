// An actor's pulse follows its changes, at a bounded rate, and never itself.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Address } from '../../src/runtime/actor.ts';
import {
  type CounterCommand,
  counter,
  PULSE_EVERY_MS,
  pulsingCounter,
} from '../support/counter-actor.ts';
import { type LoneShard, startLoneShard } from '../support/lone-shard.ts';

const A: Address = 'counter/a';
const B: Address = 'counter/b';

describe('a pulse', () => {
  test('comes once after the first of many changes', () => {
    const it = start();
    const sinceMs = it.clock.now();
    for (let index = 0; index < 5; index++) {
      change(it, A);
      turn(it, 10);
    }
    expect(pulsesOf(it, A)).toEqual([]);
    turn(it, PULSE_EVERY_MS - 50);
    expect(pulsesOf(it, A)).toEqual([sinceMs + PULSE_EVERY_MS]);
  });

  test('does not come again where nothing has changed but by itself', () => {
    const it = start();
    change(it, A);
    turn(it, 20 * PULSE_EVERY_MS);
    expect(pulsesOf(it, A)).toHaveLength(1);
  });

  test('comes again after a change while it was under way', () => {
    const it = start();
    change(it, A);
    it.clock.turn(PULSE_EVERY_MS);
    // Not yet taken, and this is in the same turn.
    change(it, A);
    turn(it, PULSE_EVERY_MS);
    expect(pulsesOf(it, A)).toHaveLength(2);
  });

  test('waits where the last one is still under way', () => {
    const it = start();
    change(it, A);
    // The shard is behind: no turn comes between two beats, and the actor has changed in both.
    it.clock.turn(PULSE_EVERY_MS);
    it.ask(A, { command: add('x') });
    it.clock.turn(PULSE_EVERY_MS);
    it.runTurns();
    expect(pulsesOf(it, A)).toHaveLength(1);
    turn(it, PULSE_EVERY_MS);
    expect(pulsesOf(it, A)).toHaveLength(2);
  });

  test('comes for each actor that has changed, and for no other', () => {
    const it = start();
    change(it, A);
    change(it, B);
    turn(it, PULSE_EVERY_MS);
    change(it, B);
    turn(it, PULSE_EVERY_MS);
    expect([pulsesOf(it, A), pulsesOf(it, B)].map(({ length }) => length)).toEqual([1, 2]);
  });

  test('says nothing where there is nothing to do', () => {
    const it = start();
    change(it, A, 0);
    turn(it, 3 * PULSE_EVERY_MS);
    expect(it.disks[0]?.records).toHaveLength(1);
    change(it, A, 1);
    turn(it, PULSE_EVERY_MS);
    expect(pulsesOf(it, A)).toHaveLength(1);
  });

  test('does not follow what never got to the disk', () => {
    const it = start();
    const [disk] = it.disks;
    if (disk !== undefined) {
      disk.beforeWrite = () => {
        throw new Error('power cut');
      };
    }
    change(it, A);
    it.clock.turn(10 * PULSE_EVERY_MS);
    expect(it.turns).toEqual([]);
    expect(it.clock.waiting).toBe(0);
  });

  test('comes once for everybody after a start', () => {
    const before = start();
    change(before, A);
    change(before, B, 0);
    const it = start({ disks: before.disks });
    turn(it, 10 * PULSE_EVERY_MS);
    expect(pulsesOf(it, A)).toHaveLength(1);
    expect(pulsesOf(it, B)).toEqual([]);
  });

  test('has a cause that says of which state it was', () => {
    const it = start();
    change(it, A);
    change(it, A);
    turn(it, PULSE_EVERY_MS);
    expect(it.disks[0]?.records.at(-1)).toMatchObject({ stream: A, cause: `pulse:${A}:2` });
  });

  test('does not come after stop', async () => {
    const it = start();
    change(it, A);
    await it.shard.stop();
    turn(it, 10 * PULSE_EVERY_MS);
    expect(pulsesOf(it, A)).toEqual([]);
    expect([it.clock.waiting, it.fatal]).toEqual([0, []]);
  });

  test.each([
    [
      'an actor threw at its pulse',
      () => {
        throw new Error('a defect in a pulse');
      },
    ],
    ['an actor refused its own pulse', () => add('x', 1_001)],
    ['an actor threw at a command', (): CounterCommand => ({ kind: 'fail' })],
  ])('harms nobody where %s', (complaint, command) => {
    const pulse = { everyMs: PULSE_EVERY_MS, command };
    const it = start({ kinds: [{ ...counter, pulse }] });
    change(it, A);
    turn(it, 5 * PULSE_EVERY_MS);
    expect(it.complaints).toEqual([complaint]);
    change(it, A);
    turn(it, PULSE_EVERY_MS);
    expect(it.complaints).toEqual([complaint, complaint]);
    expect(it.fatal).toEqual([]);
  });
});

test('an actor that throws after its pulse harms nobody', () => {
  const pulse = {
    everyMs: PULSE_EVERY_MS,
    command: () => add('x', 0),
    again() {
      throw new Error('a defect after a pulse');
    },
  };
  const it = start({ kinds: [{ ...counter, pulse }] });
  change(it, A);
  turn(it, PULSE_EVERY_MS);
  expect(it.complaints).toEqual(['an actor threw after its pulse']);
  expect(it.fatal).toEqual([]);
});

test('pulses of an actor keep their distance, and none of its changes is left without', () => {
  const step = fc.record({ to: fc.constantFrom(A, B), waitMs: fc.nat(2 * PULSE_EVERY_MS) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const it = start();
      const changesMs = new Map<Address, number[]>([
        [A, []],
        [B, []],
      ]);
      for (const { to, waitMs } of steps) {
        changesMs.get(to)?.push(it.clock.now());
        change(it, to);
        for (let ms = 0; ms < waitMs; ms += 10) turn(it, Math.min(10, waitMs - ms));
      }
      for (let ms = 0; ms < 3 * PULSE_EVERY_MS; ms += 10) turn(it, 10);
      for (const [to, changes] of changesMs) {
        const pulses = pulsesOf(it, to);
        for (const [index, atMs] of pulses.entries()) {
          const sinceMs = pulses[index - 1] ?? Number.NEGATIVE_INFINITY;
          expect(atMs - sinceMs).toBeGreaterThanOrEqual(PULSE_EVERY_MS);
          expect(changes.some((it) => it >= sinceMs && it <= atMs)).toBe(true);
        }
        for (const changeMs of changes) {
          expect(pulses.some((atMs) => atMs >= changeMs && atMs <= changeMs + PULSE_EVERY_MS)).toBe(
            true,
          );
        }
      }
    }),
    { numRuns: 100 },
  );
});

let changes = 0;

function change(it: LoneShard, to: Address, by = 1): void {
  it.ask(to, { command: add(`c${changes++}`, by) });
  it.runTurns();
}

function turn(it: LoneShard, byMs: number): void {
  it.clock.turn(byMs);
  it.runTurns();
}

/** When they came, epoch milliseconds. */
function pulsesOf(it: LoneShard, of: Address): readonly number[] {
  return (it.disks[0]?.records ?? [])
    .filter(({ stream }) => stream === of)
    .map(({ bytes }) => counter.decode(bytes).id)
    .flatMap((id) => (id.startsWith('at:') ? [Number(id.slice(3))] : []));
}

function start(options: Parameters<typeof startLoneShard>[0] = {}): LoneShard {
  return startLoneShard({ kinds: [pulsingCounter], ...options });
}

function add(id: string, by = 1): CounterCommand {
  return { kind: 'add', id, by };
}
