import { describe, expect, test } from 'vitest';
import type { Publication } from '../../src/runtime/actor.ts';
import {
  type Announcer,
  createAnnouncer,
  REFRESH_SUBJECT,
  RETELL_MAX,
  type Span,
} from '../../src/runtime/announcer.ts';
import { MESSAGE_BYTES_MAX } from '../../src/runtime/bus/bus.ts';
import type { Cell } from '../../src/runtime/partition.ts';
import { counter } from '../support/counter-actor.ts';
import { createRecordingBus } from '../support/recording-bus.ts';
import { createTurnedClock } from '../support/turned-clock.ts';

describe('facts', () => {
  test('of one turn go out as one message a subject, in order', () => {
    const { announcer, bus } = start();
    announcer.tell(0, 1, fact('a', '1;'));
    announcer.tell(0, 2, fact('b', '2;'));
    announcer.tell(1, 1, fact('a', '3;'));
    announcer.tell(0, 3, undefined);
    expect(bus.published).toEqual([]);
    announcer.flush();
    expect(bus.published).toEqual(['a 1;3;', 'b 2;']);
    announcer.flush();
    expect(bus.published).toHaveLength(2);
  });

  test('too many for one message go out as several, none of them cut', () => {
    const { announcer, bus } = start();
    const third = 'x'.repeat(MESSAGE_BYTES_MAX / 3);
    for (let position = 1; position <= 7; position++) announcer.tell(0, position, fact('a', third));
    announcer.flush();
    expect(bus.published.map((it) => it.length - 2)).toEqual(
      [3, 3, 1].map((n) => n * third.length),
    );
  });

  test('too large for any message are left out, with a complaint, and hold nobody up', async () => {
    const { announcer, bus, turnAndSettle, complaints } = start();
    announcer.tell(0, 1, fact('a', 'x'.repeat(MESSAGE_BYTES_MAX + 1)));
    announcer.tell(0, 2, fact('a', '2;'));
    announcer.flush();
    expect(bus.published).toEqual(['a 2;']);
    expect(complaints).toEqual(['too large for the bus, never told']);
    await turnAndSettle(250);
    expect(announcer.cursor(0, 2)).toBe(2);
  });

  test('hold the cursor until the bus has said that it has them', async () => {
    const { announcer, bus, turnAndSettle } = start();
    const { promise, resolve } = Promise.withResolvers<void>();
    bus.confirm = () => promise;
    announcer.tell(0, 3, fact('a', '3;'));
    announcer.tell(0, 5, fact('a', '5;'));
    announcer.flush();
    expect(announcer.cursor(0, 5)).toBe(2);
    expect(announcer.cursor(1, 5)).toBe(5);
    await turnAndSettle(250);
    expect(announcer.cursor(0, 5)).toBe(2);
    // What is told while the bus is being asked is not what it was asked about.
    announcer.tell(0, 7, fact('a', '7;'));
    announcer.flush();
    resolve();
    await turnAndSettle(0);
    expect(announcer.cursor(0, 7)).toBe(6);
    await turnAndSettle(250);
    expect(announcer.cursor(0, 7)).toBe(7);
  });

  test('that the bus lost are told again from the log, and hold the cursor until then', async () => {
    const { announcer, bus, turnAndSettle, complaints } = start();
    bus.confirm = () => Promise.reject(new Error('the bus lost 2 messages'));
    announcer.tell(0, 3, fact('a', '3;'));
    announcer.tell(0, 4, fact('a', '4;'));
    announcer.flush();
    await turnAndSettle(250);
    expect(complaints).toEqual(['the bus did not confirm facts, they will be told again']);
    expect(announcer.cursor(0, 4)).toBe(2);
    expect(bus.published).toEqual(['a 3;4;']);

    let confirm = () => {};
    bus.confirm = () =>
      new Promise((resolve) => {
        confirm = resolve;
      });
    await turnAndSettle(250);
    expect(bus.published).toEqual(['a 3;4;', 'log 0:3;0:4;']);
    expect(announcer.cursor(0, 4)).toBe(2);
    confirm();
    await turnAndSettle(0);
    expect(announcer.cursor(0, 4)).toBe(4);
  });

  test('that were not confirmed before a restart are told at once, then a part at a time', async () => {
    const behind = 2 * RETELL_MAX + 5;
    const { announcer, bus, turnAndSettle, readings } = start([[0, { from: 11, to: 10 + behind }]]);
    expect(bus.published).toHaveLength(1);
    expect(announcer.cursor(0, 99_999)).toBe(10);
    await turnAndSettle(0);
    expect(announcer.cursor(0, 99_999)).toBe(10 + RETELL_MAX);
    await turnAndSettle(250);
    expect(announcer.cursor(0, 99_999)).toBe(10 + 2 * RETELL_MAX);
    await turnAndSettle(250);
    expect(announcer.cursor(0, 99_999)).toBe(99_999);
    expect(readings).toEqual([
      { from: 11, to: 10 + RETELL_MAX },
      { from: 11 + RETELL_MAX, to: 10 + 2 * RETELL_MAX },
      { from: 11 + 2 * RETELL_MAX, to: 10 + behind },
    ]);
  });

  test('that cannot be read from the log are no matter of the bus', async () => {
    const { announcer, bus, turnAndSettle, complaints, unreadable } = start([], () => {
      throw new Error('record 3 is not what was written');
    });
    bus.confirm = () => Promise.reject(new Error('the bus lost a message'));
    announcer.tell(0, 3, fact('a', '3;'));
    announcer.flush();
    await turnAndSettle(250);
    complaints.length = 0;
    await turnAndSettle(250);
    expect(unreadable).toEqual([new Error('record 3 is not what was written')]);
    expect(complaints).toEqual([]);
    expect(announcer.cursor(0, 3)).toBe(2);
  });

  test('are not asked about when there are none', async () => {
    const { announcer, bus, clock } = start();
    bus.confirm = () => Promise.reject(new Error('was asked'));
    announcer.flush();
    expect(clock.waiting).toBe(0);
  });
});

describe('views', () => {
  test('go out at once after a rest, and 100 ms later as they then are, once', () => {
    const { announcer, bus, clock } = start();
    const cell = cellOf('a', 1);
    announcer.changed(cell);
    expect(bus.published).toEqual([]);
    clock.turn(0);
    expect(bus.published).toEqual(['seen.a 1@1']);
    clock.turn(60);
    cell.state = { total: 2, ids: [] };
    cell.version = 2;
    announcer.changed(cell);
    clock.turn(39);
    expect(bus.published).toHaveLength(1);
    clock.turn(1);
    expect(bus.published).toEqual(['seen.a 1@1', 'seen.a 2@2']);
    clock.turn(10_000);
    expect(bus.published).toHaveLength(2);
  });

  test('of an actor that never rests go out every 100 ms, and the last one for sure', () => {
    const { announcer, bus, clock } = start();
    const cell = cellOf('a', 0);
    for (let version = 1; version <= 1_000; version++) {
      cell.state = { total: version, ids: [] };
      cell.version = version;
      announcer.changed(cell);
      clock.turn(1);
    }
    clock.turn(100);
    expect(bus.published).toHaveLength(11);
    expect(bus.published.at(-1)).toBe('seen.a 1000@1000');
  });

  test('go out with the turn that changed them where they are due, before another can begin', () => {
    const { announcer, bus, clock } = start();
    const cell = cellOf('a', 1);
    announcer.changed(cell);
    announcer.flush();
    expect(bus.published).toEqual(['seen.a 1@1']);
    announcer.changed(cell);
    announcer.flush();
    clock.turn(99);
    expect(bus.published).toHaveLength(1);
    clock.turn(1);
    expect(bus.published).toHaveLength(2);
    clock.turn(1_000);
    expect(bus.published).toHaveLength(2);
  });

  test('go out as often as their kind says, whatever other kinds do', () => {
    const { announcer, bus, clock } = start();
    const [slow, quick] = [cellOf('slow', 1), cellOf('quick', 1)];
    const hurried = { ...quick, kind: { ...counter, viewsEveryMs: 10 } };
    for (let turn = 0; turn < 100; turn++) {
      announcer.changed(slow);
      announcer.changed(hurried);
      clock.turn(1);
    }
    const of = (name: string) => bus.published.filter((it) => it.startsWith(`seen.${name}`)).length;
    expect([of('slow'), of('quick')]).toEqual([2, 11]);
  });

  test('take a tenth of the time at most', () => {
    const { announcer, bus, clock } = start();
    const views: typeof counter.views = (...told) => {
      // The clock goes on meanwhile, and is where it was when the turn is over.
      clock.setBack(-30);
      return counter.views?.(...told) ?? [];
    };
    const cell = { ...cellOf('a', 1), kind: { ...counter, views } };
    const until = (looks: number) => {
      let waitedMs = 0;
      for (; bus.published.length < looks; waitedMs++) {
        announcer.changed(cell);
        clock.turn(1);
      }
      return waitedMs;
    };
    // Of a single one, as after a stop of the machine, little is made.
    until(1);
    expect(until(2)).toBeLessThan(150);
    until(30);
    expect(until(31)).toBeGreaterThan(320);
    expect(until(32)).toBeLessThan(340);
  });

  test('take a tenth of the time also where they may go out more often than they take', () => {
    const { announcer, bus, clock } = start();
    const views: typeof counter.views = (...told) => {
      clock.setBack(-30);
      return counter.views?.(...told) ?? [];
    };
    const cell = { ...cellOf('a', 1), kind: { ...counter, views, viewsEveryMs: 2 } };
    for (let ms = 0; ms < 6_000; ms++) {
      announcer.changed(cell);
      announcer.flush();
      clock.turn(1);
    }
    const before = bus.published.length;
    for (let ms = 0; ms < 3_000; ms++) {
      announcer.changed(cell);
      announcer.flush();
      clock.turn(1);
    }
    expect(bus.published.length - before).toBeLessThanOrEqual(11);
  });

  test('wait no longer when the clock is set back', () => {
    const { announcer, bus, clock } = start();
    const cell = cellOf('a', 1);
    announcer.changed(cell);
    clock.turn(0);
    clock.setBack(3_600_000);
    announcer.changed(cell);
    clock.turn(1_000);
    expect(bus.published).toHaveLength(2);
  });

  test('of an actor that throws are left out, and nobody else hears of it', () => {
    const { announcer, bus, clock, complaints } = start();
    const views = () => {
      throw new Error('a defect in views');
    };
    announcer.changed({ ...cellOf('broken', 1), kind: { ...counter, views } });
    announcer.changed(cellOf('a', 1));
    clock.turn(100);
    expect(bus.published).toEqual(['seen.a 1@1']);
    expect(complaints).toEqual(['an actor threw at its views']);
  });

  test('all go out again when somebody asks', () => {
    const { bus, clock, cells } = start();
    cells.push(cellOf('a', 1), cellOf('b', 2));
    bus.say(REFRESH_SUBJECT);
    bus.say(REFRESH_SUBJECT);
    clock.turn(100);
    expect(bus.published).toEqual(['seen.a 1@1', 'seen.b 2@2']);
  });

  test('of an actor that has none are none', () => {
    const { announcer, bus, clock } = start();
    const { views: _, ...blind } = counter;
    announcer.changed({ ...cellOf('a', 1), kind: blind });
    clock.turn(1_000);
    expect(bus.published).toEqual([]);
  });
});

describe('stopping', () => {
  test('says the last view, waits for the bus, and keeps no timer', async () => {
    const { announcer, bus, clock } = start();
    announcer.changed(cellOf('a', 1));
    announcer.tell(0, 1, fact('a', '1;'));
    announcer.flush();
    await announcer.stop();
    expect(bus.published).toEqual(['a 1;', 'seen.a 1@1']);
    expect(announcer.cursor(0, 1)).toBe(1);
    expect(clock.waiting).toBe(0);
    bus.say(REFRESH_SUBJECT);
    expect(clock.waiting).toBe(0);
  });

  test.each(['first', 'second', 'both'])(
    'while the bus is being asked keeps the cursor before what was lost: %s',
    async (lost) => {
      const { announcer, bus, turnAndSettle } = start();
      const asked: PromiseWithResolvers<void>[] = [];
      bus.confirm = () => {
        const one = Promise.withResolvers<void>();
        asked.push(one);
        return one.promise;
      };
      announcer.tell(0, 3, fact('a', '3;'));
      announcer.flush();
      await turnAndSettle(250);
      announcer.tell(0, 7, fact('a', '7;'));
      announcer.flush();
      const stopped = announcer.stop();
      if (lost === 'second') asked[0]?.resolve();
      else asked[0]?.reject(new Error('lost'));
      await turnAndSettle(0);
      if (lost === 'first') asked[1]?.resolve();
      else asked[1]?.reject(new Error('lost'));
      await stopped;
      // The first that was lost has been told again by the second asking.
      expect(announcer.cursor(0, 7)).toBe({ first: 7, second: 6, both: 2 }[lost]);
    },
  );

  test('does not wait for ever for a bus whose link is down', async () => {
    const { announcer, bus, clock } = start();
    bus.confirm = () => new Promise(() => {});
    announcer.tell(0, 4, fact('a', '4;'));
    announcer.flush();
    const stopped = announcer.stop();
    clock.turn(2_000);
    await stopped;
    expect(announcer.cursor(0, 4)).toBe(3);
  });

  test('by abandoning says nothing more at all', () => {
    const { announcer, bus, clock, cells } = start();
    cells.push(cellOf('a', 1));
    announcer.changed(cellOf('a', 1));
    announcer.abandon();
    bus.say(REFRESH_SUBJECT);
    clock.turn(1_000);
    expect(bus.published).toEqual([]);
    expect(clock.waiting).toBe(0);
  });
});

function start(
  untold: readonly (readonly [number, Span])[] = [],
  beforeReading: () => void = () => {},
) {
  const unreadable: unknown[] = [];
  const bus = createRecordingBus();
  const clock = createTurnedClock();
  const cells: Cell[] = [];
  const complaints: string[] = [];
  const readings: Span[] = [];
  const complain = (message: string) => complaints.push(message);
  const announcer: Announcer = createAnnouncer({
    bus,
    clock,
    telemetry: { info() {}, warn: complain, error: complain },
    allCells: () => cells,
    *factsOf(partition, span) {
      beforeReading();
      readings.push(span);
      for (let at = span.from; at <= span.to; at++) yield fact('log', `${partition}:${at};`);
    },
    onUnreadable: (cause) => unreadable.push(cause),
  });
  for (const [partition, span] of untold) announcer.adopt(partition, span);
  return {
    announcer,
    bus,
    clock,
    cells,
    complaints,
    readings,
    unreadable,
    /** And lets what was promised come true. */
    async turnAndSettle(byMs: number) {
      clock.turn(byMs);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function fact(subject: string, text: string): Publication {
  return { subject, bytes: Buffer.from(text) };
}

function cellOf(id: string, total: number): Cell {
  return { address: `counter/${id}`, id, kind: counter, state: { total, ids: [] }, version: total };
}
