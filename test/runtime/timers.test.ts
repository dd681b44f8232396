import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Address } from '../../src/runtime/actor.ts';
import { silent } from '../../src/runtime/telemetry.ts';
import {
  AGAIN_MS,
  createTimers,
  LOOK_EVERY_MS,
  RETRY_FIRST_MS,
  RETRY_LONGEST_MS,
  TIMERS_AT_ONCE,
} from '../../src/runtime/timers.ts';
import type { Response } from '../../src/runtime/wire.ts';
import { patient } from '../support/chances.ts';
import { type CounterCommand, counter, timedCounter } from '../support/counter-actor.ts';
import { counterIn, type LoneShard, startLoneShard } from '../support/lone-shard.ts';
import { createTurnedClock } from '../support/turned-clock.ts';

const A: Address = 'counter/a';
const B: Address = 'counter/b';
const START_MS = 1_800_000_000_000;
const DAY_MS = 86_400_000;

describe('a timer', () => {
  test('fires at its time, not a millisecond before, and once', () => {
    const it = start();
    set(it, A, 'x', START_MS + 5_000);
    turn(it, 4_999);
    expect(fired(it)).toEqual([]);
    turn(it, 1);
    expect(fired(it)).toEqual([`${A} fired:x:${START_MS + 5_000}`]);
    turn(it, 10 * DAY_MS);
    expect(fired(it)).toHaveLength(1);
    expect(it.clock.waiting).toBe(idle(it));
  });

  test('of the past fires at once, under an id of its own', () => {
    const it = start();
    set(it, A, 'x', 5);
    expect(fired(it)).toEqual([`${A} fired:x:5`]);
    expect(it.disks[0]?.records.at(-1)?.cause).toBe(`timer:${A}:x`);
  });

  test('fires in the order of time, whatever the order in which it was named', () => {
    const it = start();
    set(it, A, 'late', START_MS + 3);
    set(it, B, 'soon', START_MS + 1);
    set(it, A, 'then', START_MS + 2);
    turn(it, 1);
    turn(it, 1);
    turn(it, 1);
    expect(fired(it).map((text) => text.split(':')[1])).toEqual(['soon', 'then', 'late']);
  });

  test('that its actor moves fires at the new time alone', () => {
    const it = start();
    set(it, A, 'x', START_MS + 1_000);
    set(it, A, 'x', START_MS + 3_000);
    set(it, B, 'y', START_MS + 9_000);
    set(it, B, 'y', START_MS + 2_000);
    turn(it, 1_999);
    expect(fired(it)).toEqual([]);
    turn(it, 1_001);
    expect(fired(it)).toEqual([
      `${B} fired:y:${START_MS + 2_000}`,
      `${A} fired:x:${START_MS + 3_000}`,
    ]);
  });

  test('that its actor names no more is gone', () => {
    const it = start();
    set(it, A, 'x', START_MS + 1_000);
    set(it, A, 'y', START_MS + 1_000);
    expect(timersOf(it)).toEqual({ named: 2, failing: 0 });
    add(it, A, 'unset:x');
    expect(timersOf(it)).toEqual({ named: 1, failing: 0 });
    turn(it, DAY_MS);
    expect(fired(it)).toEqual([`${A} fired:y:${START_MS + 1_000}`]);
    expect(timersOf(it)).toEqual({ named: 0, failing: 0 });
  });

  test('whose actor throws when it is asked stays as it was', () => {
    const it = start();
    set(it, A, 'x', START_MS + 1_000);
    add(it, A, 'broken');
    expect(it.complaints).toContain('an actor threw when asked for its timers');
    expect(timersOf(it)).toEqual({ named: 1, failing: 0 });
    turn(it, 1_000);
    expect(fired(it)).toHaveLength(1);
  });
});

describe('a start', () => {
  test('finds the timers that the log names, and fires what came due meanwhile', async () => {
    const before = start();
    set(before, A, 'over', START_MS + 1_000);
    set(before, A, 'done', START_MS + 10);
    set(before, B, 'ahead', START_MS + 10 * DAY_MS);
    turn(before, 10);
    await before.shard.stop();
    expect(before.clock.waiting).toBe(0);

    const clock = createTurnedClock(START_MS + DAY_MS);
    const it = startLoneShard({ disks: before.disks, clock, kinds: [timedCounter] });
    it.runTurns();
    expect(fired(it).map((text) => text.split(':')[1])).toEqual(['done', 'over']);
    turn(it, 9 * DAY_MS);
    expect(fired(it)).toHaveLength(3);
  });

  test('after a crash between firing and commit fires again, and it counts once', () => {
    const before = start();
    set(before, A, 'x', START_MS + 1_000);
    const [disk] = before.disks;
    if (disk !== undefined) {
      disk.beforeWrite = () => {
        throw new Error('power cut');
      };
    }
    turn(before, 1_000);
    expect(before.fatal).toHaveLength(1);
    if (disk !== undefined) disk.beforeWrite = () => {};
    const clock = createTurnedClock(before.clock.now());
    const it = startLoneShard({ disks: before.disks, clock, kinds: [timedCounter] });
    it.runTurns();
    expect(fired(it)).toHaveLength(1);
  });

  test('without actors that name any keeps no wake', () => {
    const clock = createTurnedClock();
    const with_ = startLoneShard({ clock, kinds: [timedCounter] });
    const without = startLoneShard({ kinds: [counter] });
    add(with_, A, 'x');
    add(without, A, 'x');
    expect(with_.clock.waiting).toBe(without.clock.waiting);
  });
});

describe('the clock', () => {
  test('that steps forwards makes due what lies before it, within a minute', () => {
    const it = start();
    set(it, A, 'x', START_MS + 3 * DAY_MS);
    it.clock.step(4 * DAY_MS);
    turn(it, LOOK_EVERY_MS - 1);
    expect(fired(it)).toEqual([]);
    turn(it, 1);
    expect(fired(it)).toHaveLength(1);
  });

  test('that steps backwards fires nothing twice, and nothing before its time', () => {
    const it = start();
    set(it, A, 'x', START_MS + 1_000);
    set(it, B, 'y', START_MS + 2_000);
    turn(it, 1_000);
    expect(fired(it)).toHaveLength(1);
    it.clock.step(-DAY_MS);
    turn(it, DAY_MS + 999);
    expect(fired(it)).toHaveLength(1);
    turn(it, 1);
    expect(fired(it)).toHaveLength(2);
    turn(it, DAY_MS);
    expect(fired(it)).toHaveLength(2);
  });

  test('that steps backwards does not stretch a back-off', () => {
    const it = start();
    set(it, A, 'throw', 5);
    expect(timersOf(it)).toEqual({ named: 1, failing: 1 });
    it.clock.step(-DAY_MS);
    // Whatever else wakes the timers finds out.
    set(it, B, 'x', 5);
    turn(it, RETRY_LONGEST_MS);
    expect(it.complaintFields.at(-1)).toMatchObject({ failures: 2 });
  });

  test('that steps backwards does not hold up what is done in parts', () => {
    const it = start();
    set(it, A, 'steps', 5);
    expect(steps(it)).toBe(1);
    it.clock.step(-DAY_MS);
    set(it, B, 'x', 5);
    turn(it, AGAIN_MS);
    expect(steps(it)).toBe(2);
  });

  test('never waits longer than a minute, however far the next timer is', () => {
    const it = start();
    set(it, A, 'x', START_MS + 2 ** 40);
    for (let days = 0; days < 3; days++) turn(it, DAY_MS);
    expect(fired(it)).toEqual([]);
    expect(it.clock.longestMs).toBe(LOOK_EVERY_MS);
  });
});

describe('a timer that is not taken', () => {
  test.each([
    ['throw', 'command-threw'],
    ['refuse', 'rejected'],
  ])('because its actor would %s is fired again, later each time', (key, why) => {
    const it = start();
    set(it, A, key, START_MS + 100);
    turn(it, 100);
    let wait = RETRY_FIRST_MS;
    for (let failures = 1; failures <= 8; failures++) {
      expect(it.complaintFields.at(-1)).toMatchObject({
        address: A,
        key,
        failures,
        retryMs: wait,
        why: expect.stringContaining(why),
      });
      expect(timersOf(it)).toEqual({ named: 1, failing: 1 });
      expect(stuckIn(it)).toMatchObject([
        { kind: 'timer', address: A, name: key, sinceMs: START_MS + 100, attempts: failures },
      ]);
      const complaints = it.complaints.length;
      turn(it, wait - 1);
      expect(it.complaints).toHaveLength(complaints);
      turn(it, 1);
      wait = Math.min(wait * 2, RETRY_LONGEST_MS);
    }
    // It is the timer's own trouble, not a letter's.
    expect(it.disks[0]?.records.every(({ stream }) => stream === A)).toBe(true);
    add(it, A, `unset:${key}`);
    expect(timersOf(it)).toEqual({ named: 0, failing: 0 });
    expect(stuckIn(it)).toEqual([]);
  });

  test('since its actor goes on naming it is fired again, later each time', () => {
    const it = start();
    set(it, A, 'deaf', 5);
    expect(it.complaints).toEqual(['a timer failed, it will be fired again']);
    turn(it, RETRY_FIRST_MS);
    expect(it.complaints).toHaveLength(2);
    turn(it, 2 * RETRY_FIRST_MS - 1);
    expect(it.complaints).toHaveLength(2);
    turn(it, 1);
    expect(it.complaints).toHaveLength(3);
  });

  test('starts anew when its actor moves it', () => {
    const it = start();
    set(it, A, 'throw', 5);
    turn(it, RETRY_FIRST_MS);
    expect(it.complaintFields.at(-1)).toMatchObject({ failures: 2 });
    set(it, A, 'throw', it.clock.now() + 50);
    expect(timersOf(it)).toEqual({ named: 1, failing: 0 });
    turn(it, 50);
    expect(it.complaintFields.at(-1)).toMatchObject({ failures: 1 });
  });

  test('to its end, but gets its actor on, goes on at a bounded rate', () => {
    const it = start();
    set(it, A, 'steps', 5);
    expect(steps(it)).toBe(1);
    turn(it, AGAIN_MS - 1);
    expect(steps(it)).toBe(1);
    turn(it, 1);
    expect(steps(it)).toBe(2);
    turn(it, 10 * AGAIN_MS);
    expect(steps(it)).toBe(3);
    expect(it.complaints).toEqual([]);
    expect(timersOf(it)).toEqual({ named: 0, failing: 0 });
  });
});

describe('thousands of timers', () => {
  test('due at once all fire, so many at a time, in their order', () => {
    const it = start();
    const many = 3 * TIMERS_AT_ONCE + 7;
    for (let index = 0; index < many; index++) {
      it.ask(`counter/${index}`, { command: command(`set:x:${START_MS + 1_000 + (index % 7)}`) });
    }
    it.runTurns();
    expect(timersOf(it)).toEqual({ named: many, failing: 0 });
    it.clock.turn(1_006);
    // One wake for all of them.
    expect(it.turns.length).toBe(1);
    it.runTurns();
    const times = fired(it).map((text) => Number(text.split(':')[2]));
    expect(times).toHaveLength(many);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(timersOf(it)).toEqual({ named: 0, failing: 0 });
  });

  test('are under way so many at a time, and the next goes when one is done', () => {
    const sent: ((response: Response) => void)[] = [];
    const timers = createTimers({
      clock: createTurnedClock(),
      random: patient,
      telemetry: silent,
      partitionOf: () => 0,
      send: (_, onResponse) => sent.push(onResponse),
    });
    for (let index = 0; index < TIMERS_AT_ONCE + 2; index++) {
      const state = { total: 0, ids: ['set:x:5'] };
      const id = `${index}`;
      timers.changed({ address: `counter/${id}`, id, kind: timedCounter, state, version: 1 });
    }
    timers.flush();
    expect(sent).toHaveLength(TIMERS_AT_ONCE);
    sent[0]?.({ kind: 'accepted', version: 2 });
    sent[0]?.({ kind: 'accepted', version: 2 });
    expect(sent).toHaveLength(TIMERS_AT_ONCE + 1);
    sent[1]?.({ kind: 'rejected', rejection: 0 });
    expect(sent).toHaveLength(TIMERS_AT_ONCE + 2);
    timers.stop();
  });

  test('are let go with their partition, and go on where it is adopted', async () => {
    const it = startLoneShard({ partitions: 2, clock: createTurnedClock(), kinds: [timedCounter] });
    const [here, there] = [counterIn(0, 2), counterIn(1, 2)];
    add(it, here, `set:x:${START_MS + 10}`);
    add(it, there, `set:y:${START_MS + 10}`);
    it.shard.release(1);
    it.clock.turn(10);
    it.runTurns();
    expect(fired(it)).toEqual([`${here} fired:x:${START_MS + 10}`]);
    const next = startLoneShard({
      disks: it.disks,
      own: [1],
      clock: it.clock,
      kinds: [timedCounter],
    });
    next.runTurns();
    expect(fired(next)).toContain(`${there} fired:y:${START_MS + 10}`);
  });
});

test('timers fire exactly those that their actors name, whatever happens to actors and clock', () => {
  const address = fc.constantFrom<Address>(A, B);
  const key = fc.constantFrom('x', 'y', 'z');
  const step = fc.oneof(
    fc.record({
      kind: fc.constant('set' as const),
      address,
      key,
      inMs: fc.integer({ min: -50, max: 500 }),
    }),
    fc.record({ kind: fc.constant('unset' as const), address, key }),
    fc.record({ kind: fc.constant('turn' as const), ms: fc.nat(300) }),
    fc.record({ kind: fc.constant('step' as const), ms: fc.integer({ min: -400, max: 400 }) }),
    fc.record({ kind: fc.constant('restart' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (events) => {
      let it = start();
      /** When each was named last, and when the clock first reached that time afterwards. */
      const named = new Map<string, number>();
      const expected = new Map<string, number>();
      const pass = (ms: number) => {
        it.clock.turn(ms);
        it.runTurns();
        look();
      };
      const look = () => {
        for (const [name, atMs] of named) {
          if (atMs > it.clock.now()) continue;
          const text = `${name.replace(' ', ' fired:')}:${atMs}`;
          expected.set(text, 1);
          named.delete(name);
        }
      };
      for (const event of events) {
        switch (event.kind) {
          case 'set': {
            const atMs = it.clock.now() + event.inMs;
            add(it, event.address, `set:${event.key}:${atMs}`);
            // The counter takes one id once: what fired for this time has fired.
            if (!expected.has(`${event.address} fired:${event.key}:${atMs}`)) {
              named.set(`${event.address} ${event.key}`, atMs);
            } else named.delete(`${event.address} ${event.key}`);
            look();
            break;
          }
          case 'unset':
            it.ask(event.address, {
              command: { kind: 'repeat', id: `unset:${event.key}:`, times: 1 },
            });
            it.runTurns();
            named.delete(`${event.address} ${event.key}`);
            break;
          case 'turn':
            pass(event.ms);
            break;
          case 'step':
            it.clock.step(event.ms);
            // A step is noticed when the clock is looked at next.
            pass(LOOK_EVERY_MS);
            break;
          default:
            it = startLoneShard({
              disks: it.disks,
              clock: it.clock,
              kinds: [timedCounter],
            }) as typeof it;
            it.runTurns();
            look();
        }
        const counts = fired(it);
        expect(new Set(counts).size).toBe(counts.length);
        expect(new Set(counts)).toEqual(new Set(expected.keys()));
      }
    }),
    { numRuns: 200 },
  );
});

type Stage = LoneShard & { readonly clock: SteppedClock };
type SteppedClock = ReturnType<typeof createSteppedClock>;

/** A clock whose time of day steps while what waits goes on waiting as long as it was told. */
function createSteppedClock() {
  const turned = createTurnedClock(START_MS);
  let offMs = 0;
  let longestMs = 0;
  return {
    now: () => turned.now() + offMs,
    after(delayMs: number, work: () => void) {
      longestMs = Math.max(longestMs, delayMs);
      return turned.after(delayMs, work);
    },
    turn: (byMs: number) => turned.turn(byMs),
    step(byMs: number) {
      offMs += byMs;
    },
    setBack(byMs: number) {
      offMs -= byMs;
    },
    get waiting() {
      return turned.waiting;
    },
    get longestMs() {
      return longestMs;
    },
  };
}

function start(): Stage {
  const clock = createSteppedClock();
  return { ...startLoneShard({ clock, kinds: [timedCounter] }), clock };
}

function command(id: string): CounterCommand {
  return { kind: 'add', id, by: 0 };
}

function add(it: LoneShard, to: Address, id: string): void {
  it.ask(to, { command: command(id) });
  it.runTurns();
}

function set(it: LoneShard, to: Address, key: string, atMs: number): void {
  add(it, to, `set:${key}:${atMs}`);
}

/** Turns the clock, and runs whatever falls due on the way. */
function turn(it: LoneShard, byMs: number): void {
  it.clock.turn(byMs);
  it.runTurns();
}

/** What was fired, as the disks have it: address and id, in the order of the log. */
function fired(it: LoneShard): string[] {
  return it.disks.flatMap(({ records }) =>
    records.flatMap(({ stream, bytes }) => {
      const { id } = timedCounter.decode(bytes);
      return id.startsWith('fired:') ? [`${stream} ${id}`] : [];
    }),
  );
}

function steps(it: LoneShard): number {
  const ids = it.disks.flatMap(({ records }) =>
    records.map(({ bytes }) => counter.decode(bytes).id),
  );
  return ids.filter((id) => id === 'step.0').length;
}

function stuckIn(it: LoneShard) {
  const responses = it.serve({ kind: 'stuck', untilMs: it.clock.now(), limit: 10 });
  it.runTurns();
  const [response] = responses;
  return response?.kind === 'stuck' ? response.stuck : undefined;
}

function timersOf(it: LoneShard) {
  const looked = it.serve({ kind: 'partitions' });
  it.runTurns();
  const [response] = looked;
  return response?.kind === 'partitions' ? response.partitions[0]?.timers : undefined;
}

/** What a shard without timers waits for: its sweep, and the saving of its cursors. */
function idle(it: LoneShard): number {
  return startLoneShard({ kinds: [counter], bus: it.bus }).clock.waiting;
}
