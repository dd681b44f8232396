import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outgoing } from '../../src/runtime/actor.ts';
import type { Replay } from '../../src/runtime/dead-letter.ts';
import { createDeliveries, IN_FLIGHT_MAX } from '../../src/runtime/deliveries.ts';
import type { Random } from '../../src/runtime/random.ts';
import { silent } from '../../src/runtime/telemetry.ts';
import type { Ask, Response } from '../../src/runtime/wire.ts';
import { patient, seededRandom } from '../support/chances.ts';
import { createTurnedClock } from '../support/turned-clock.ts';

const TAKEN: Response = { kind: 'accepted', version: 1 };
const LOST: Response = { kind: 'unanswered', why: 'overload' };

describe('a delivery', () => {
  test('is sent at once, under an id that the log alone gives', () => {
    const { deliveries, sent } = start();
    deliveries.add(3, 7, [to('a'), to('b')]);
    deliveries.add(3, 9, [to('c')]);
    expect(sent.map(({ ask }) => [ask.id, ask.to])).toEqual([
      ['3-7-0', 'counter/a'],
      ['3-7-1', 'counter/b'],
      ['3-9-0', 'counter/c'],
    ]);
    expect(sent[0]?.ask.deadlineMs).toBe(Number.POSITIVE_INFINITY);
  });

  test('is sent again, under the same id, until it is taken, waiting longer each time', () => {
    const { deliveries, sent, clock } = start();
    deliveries.add(0, 1, [to('a')]);
    let wait = 20;
    for (let attempt = 1; attempt <= 12; attempt++) {
      expect(sent).toHaveLength(attempt);
      sent[attempt - 1]?.respond(LOST);
      clock.turn(wait - 1);
      expect(sent).toHaveLength(attempt);
      clock.turn(1);
      wait = Math.min(wait * 2, 5_000);
    }
    expect(new Set(sent.map(({ ask }) => ask.id))).toEqual(new Set(['0-1-0']));
    expect(deliveries.cursor(0, 5)).toBe(0);
    sent.at(-1)?.respond(TAKEN);
    expect(deliveries.cursor(0, 5)).toBe(5);
    clock.turn(60_000);
    expect(sent).toHaveLength(13);
  });

  test('whose receiver has moved is sent again as soon as there are other owners', () => {
    const { deliveries, sent, clock } = start();
    deliveries.add(0, 1, [to('a')]);
    deliveries.add(0, 2, [to('b')]);
    sent[0]?.respond({ kind: 'moved' });
    sent[1]?.respond(LOST);
    deliveries.sendMovedAgain();
    // The other one waits for its time.
    expect(sent.map(({ ask }) => ask.id)).toEqual(['0-1-0', '0-2-0', '0-1-0']);
    sent[2]?.respond(TAKEN);
    clock.turn(20);
    expect(sent.map(({ ask }) => ask.id)).toEqual(['0-1-0', '0-2-0', '0-1-0', '0-2-0']);
    deliveries.sendMovedAgain();
    expect(sent).toHaveLength(4);
  });

  test('that nobody answers is sent again, and an answer to either is an answer', () => {
    const { deliveries, sent, clock } = start();
    deliveries.add(0, 1, [to('a')]);
    clock.turn(10_020);
    expect(sent).toHaveLength(2);
    sent[0]?.respond(TAKEN); // Too late: it is the second that counts now.
    expect(deliveries.outstanding(0)).toBe(1);
    sent[1]?.respond(TAKEN);
    expect(deliveries.outstanding(0)).toBe(0);
  });

  test('counts once, however often it is answered', () => {
    const { deliveries, sent } = start();
    deliveries.add(0, 1, [to('a'), to('b')]);
    sent[0]?.respond(TAKEN);
    sent[0]?.respond(TAKEN);
    expect(deliveries.cursor(0, 1)).toBe(0);
    sent[1]?.respond(TAKEN);
    expect(deliveries.cursor(0, 1)).toBe(1);
  });

  test('that is refused is done when its dead letter is on disk, and not before', () => {
    const { deliveries, sent, letters, complaints, clock } = start();
    deliveries.add(0, 1, [to('a')]);
    clock.turn(3);
    sent[0]?.respond({ kind: 'rejected', rejection: { reason: 'too-much' } });
    expect(letters.map(({ ask }) => ask)).toEqual([
      {
        kind: 'ask',
        to: 'dead-letters/0',
        id: 'letter:0-1-0',
        deadlineMs: Number.POSITIVE_INFINITY,
        owed: true,
        command: {
          kind: 'keep-letter',
          from: 'counter/of 0-1',
          to: 'counter/a',
          commandId: '0-1-0',
          command: { kind: 'add' },
          reason: 'rejected',
          detail: '{"reason":"too-much"}',
          attempts: 1,
          firstMs: clock.now() - 3,
          atMs: clock.now(),
          outgoing: 0,
        },
      },
    ]);
    expect(deliveries.cursor(0, 1)).toBe(0);
    letters[0]?.respond(TAKEN);
    expect(deliveries.cursor(0, 1)).toBe(1);
    expect(complaints).toEqual(['a command was given up: it is a dead letter']);
    clock.turn(60_000);
    expect([sent.length, letters.length]).toEqual([1, 1]);
  });

  test('at which its receiver throws is a dead letter the third time, and not the second', () => {
    const { deliveries, sent, letters, clock } = start();
    deliveries.add(0, 1, [to('a')]);
    sent[0]?.respond(threw('once'));
    clock.turn(20);
    sent[1]?.respond(LOST); // Says nothing, counts for nothing.
    clock.turn(40);
    sent[2]?.respond(threw('twice'));
    clock.turn(80);
    expect(letters).toEqual([]);
    sent[3]?.respond(threw('thrice'));
    expect(letters.map(({ ask }) => ask.command)).toMatchObject([
      { reason: 'threw', detail: 'thrice', attempts: 4 },
    ]);
    expect(deliveries.outstanding(0)).toBe(1);
    letters[0]?.respond(TAKEN);
    expect(deliveries.outstanding(0)).toBe(0);
  });

  test('to an actor in quarantine is owed: it waits, and is no dead letter', () => {
    const { deliveries, sent, letters, clock } = start();
    deliveries.add(0, 1, [to('a')]);
    for (let attempt = 0; attempt < 10; attempt++) {
      sent[attempt]?.respond({ kind: 'failed', why: 'actor-quarantined', error: 'broken' });
      clock.turn(5_000);
    }
    expect(letters).toEqual([]);
    sent[10]?.respond(TAKEN);
    expect(deliveries.cursor(0, 1)).toBe(1);
  });

  test('for whose letter there is no room waits, is tried again, and says so once', () => {
    const { deliveries, sent, letters, complaints, clock } = start();
    const full: Response = { kind: 'rejected', rejection: { reason: 'dead-letters-full' } };
    const no: Response = { kind: 'rejected', rejection: 'no' };
    deliveries.add(0, 1, [to('a'), to('b')]);
    sent[0]?.respond(no);
    sent[1]?.respond(no);
    for (const it of [...letters]) it.respond(full);
    clock.turn(4_999);
    expect(sent).toHaveLength(2);
    clock.turn(1);
    expect(sent).toHaveLength(4);
    expect(deliveries.cursor(0, 1)).toBe(0);
    sent[2]?.respond(TAKEN); // It was the moment's.
    sent[3]?.respond(no);
    letters[2]?.respond(TAKEN);
    expect(deliveries.cursor(0, 1)).toBe(1);
    expect(complaints).toEqual([
      'dead letters are full: commands that nobody takes now wait, replay or drop some',
      'a command was given up: it is a dead letter',
    ]);
  });

  test('for which a dead letter stands is not sent again', () => {
    const { deliveries, sent } = start({ givenUp: ['0-1-1', '0-2-0'] });
    deliveries.add(0, 1, [to('a'), to('b')]);
    deliveries.add(0, 2, [to('c')]);
    expect(sent.map(({ ask }) => ask.id)).toEqual(['0-1-0']);
    sent[0]?.respond(TAKEN);
    expect(deliveries.cursor(0, 2)).toBe(2);
  });

  test('that nobody can tell holds the cursor for good', () => {
    const { deliveries, sent } = start();
    deliveries.add(0, 1, undefined);
    deliveries.add(0, 2, [to('a')]);
    sent[0]?.respond(TAKEN);
    expect(deliveries.cursor(0, 2)).toBe(0);
    expect(deliveries.outstanding(0)).toBe(1);
  });
});

describe('a dead letter that is sent again', () => {
  const again: Replay = {
    ...to('a'),
    replay: { letter: '0.1', commandId: 'bet-7' },
  };

  test.each<[Response, string, string]>([
    [TAKEN, 'taken', ''],
    [{ kind: 'rejected', rejection: 7 }, 'rejected', '7'],
    [threw('at once'), 'threw', 'at once'],
    [{ kind: 'failed', why: 'actor-quarantined', error: 'x' }, 'actor-quarantined', 'x'],
  ])('goes under its first id, once, and its letter hears of it: %j', (response, kind, detail) => {
    const { deliveries, sent, letters, clock } = start();
    deliveries.add(0, 9, [again]);
    expect(sent[0]?.ask).toMatchObject({ to: 'counter/a', id: 'bet-7', owed: true });
    sent[0]?.respond(response);
    expect(letters[0]?.ask).toMatchObject({
      to: 'dead-letters/0',
      command: {
        kind: 'end-replay',
        letter: '0.1',
        outcome: { kind, detail, atMs: clock.now() },
      },
    });
    expect(deliveries.cursor(0, 9)).toBe(8);
    letters[0]?.respond(TAKEN);
    expect(deliveries.cursor(0, 9)).toBe(9);
    clock.turn(60_000);
    expect(sent).toHaveLength(1);
  });
});

describe('back-offs', () => {
  test('of many that failed together end apart, and alike from the same seed', () => {
    const [a, b, other] = [1, 1, 2].map(backOffs);
    expect(a).toEqual(b);
    expect(a).not.toEqual(other);
    expect(new Set(a).size).toBeGreaterThan(100);
    for (const waitMs of a ?? []) expect(waitMs >= 2_500 && waitMs <= 5_000).toBe(true);
  });

  /** How long each of many waits after a long trouble. */
  function backOffs(seed: number): number[] {
    const { deliveries, sent, clock } = start({ random: seededRandom(seed) });
    const many = 200;
    deliveries.add(
      0,
      1,
      Array.from({ length: many }, () => to('a')),
    );
    for (let round = 0; round < 10; round++) {
      for (const it of sent.splice(0)) it.respond(LOST);
      if (round < 9) for (let ms = 0; ms < 5_000; ms += 50) clock.turn(50);
    }
    const waits: number[] = [];
    for (let ms = 1; ms <= 5_000; ms++) {
      clock.turn(1);
      waits.push(...sent.splice(0).map(() => ms));
    }
    expect(waits).toHaveLength(many);
    return waits;
  }
});

describe('deliveries', () => {
  test('in flight are bounded; the next goes when one is done, in order', () => {
    const { deliveries, sent } = start();
    const many = Array.from({ length: 3 * IN_FLIGHT_MAX }, (_, index) => to(`${index}`));
    deliveries.add(0, 1, many);
    expect(sent).toHaveLength(IN_FLIGHT_MAX);
    sent[5]?.respond(TAKEN);
    expect(sent).toHaveLength(IN_FLIGHT_MAX + 1);
    for (let index = 0; index < many.length; index++) sent[index]?.respond(TAKEN);
    expect(sent.map(({ ask }) => ask.to)).toEqual(many.map((it) => it.to));
    expect(deliveries.outstanding(0)).toBe(0);
  });

  test('that wait to be sent again let others go first', () => {
    const { deliveries, sent, clock } = start();
    deliveries.add(
      0,
      1,
      Array.from({ length: IN_FLIGHT_MAX + 1 }, () => to('a')),
    );
    sent[0]?.respond(LOST);
    expect(sent).toHaveLength(IN_FLIGHT_MAX + 1);
    clock.turn(20);
    expect(sent).toHaveLength(IN_FLIGHT_MAX + 1);
    sent[1]?.respond(TAKEN);
    expect(sent.at(-1)?.ask.id).toBe('0-1-0');
  });

  test('to a peer that refuses all of them at once all wait, and none is lost', () => {
    const clock = createTurnedClock();
    let refuses = true;
    let taken = 0;
    const deliveries = createDeliveries({
      clock,
      send(_, respond) {
        if (!refuses) taken++;
        respond(refuses ? { kind: 'unanswered', why: 'stopping' } : TAKEN);
      },
      random: patient,
      telemetry: silent,
      streamAt: () => undefined,
      isGivenUp: () => false,
    });
    const many = 100_000;
    deliveries.add(
      0,
      1,
      Array.from({ length: many }, () => to('a')),
    );
    expect(deliveries.outstanding(0)).toBe(1);
    refuses = false;
    clock.turn(20);
    expect(taken).toBe(many);
    expect(deliveries.cursor(0, 1)).toBe(1);
  });

  test('have a cursor for each partition, before the oldest that is not taken', () => {
    const { deliveries, sent } = start();
    deliveries.add(0, 2, [to('a')]);
    deliveries.add(1, 5, [to('b')]);
    deliveries.add(0, 4, [to('c')]);
    deliveries.add(0, 5, []);
    expect(cursors(9)).toEqual([1, 4, 9]);
    sent[2]?.respond(TAKEN);
    expect(cursors(9)).toEqual([1, 4, 9]);
    sent[0]?.respond(TAKEN);
    expect(cursors(9)).toEqual([9, 4, 9]);
    sent[1]?.respond(TAKEN);
    expect(cursors(9)).toEqual([9, 9, 9]);

    function cursors(head: number): number[] {
      return [0, 1, 2].map((partition) => deliveries.cursor(partition, head));
    }
  });

  test('stopped send nothing more, and keep no timer', () => {
    const { deliveries, sent, clock } = start();
    deliveries.add(0, 1, [to('a'), to('b')]);
    sent[0]?.respond(LOST);
    deliveries.stop();
    expect(clock.waiting).toBe(0);
    sent[1]?.respond(LOST);
    expect(clock.waiting).toBe(0);
    deliveries.add(0, 2, [to('c')]);
    clock.turn(60_000);
    expect(sent).toHaveLength(2);
    expect(deliveries.cursor(0, 2)).toBe(0);
  });

  test('never move the cursor over one that is not taken, whatever happens to them', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), count: fc.nat(3) }),
      fc.record({
        kind: fc.constant('respond' as const),
        pick: fc.nat(),
        how: fc.constantFrom<Response>(TAKEN, LOST, { kind: 'rejected', rejection: 0 }),
      }),
      fc.record({ kind: fc.constant('turn' as const), ms: fc.nat(12_000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { deliveries, sent, letters, clock } = start();
        /** By position: commands that nobody said yes or no to. */
        const open = new Map<number, number>();
        const answered = new Set<string>();
        let head = 0;
        for (const it of steps) {
          if (it.kind === 'turn') clock.turn(it.ms);
          if (it.kind === 'add') {
            head++;
            if (it.count > 0) open.set(head, it.count);
            deliveries.add(
              0,
              head,
              Array.from({ length: it.count }, () => to('a')),
            );
          }
          if (it.kind === 'respond') {
            const one = sent[it.pick % Math.max(1, sent.length)];
            if (one === undefined) continue;
            const current = sent.findLast(({ ask }) => ask.id === one.ask.id) === one;
            const { id } = one.ask;
            // Only the latest attempt speaks, and only before its time is out.
            const before = deliveries.cursor(0, head);
            one.respond(it.how);
            // The disk is quick: only a letter that is kept ends what was refused.
            for (const letter of letters.splice(0)) letter.respond(TAKEN);
            if (!current || it.how === LOST || answered.has(id)) continue;
            const position = Number(id.split('-')[1]);
            if (one.timedOut(clock.now())) expect(deliveries.cursor(0, head)).toBe(before);
            else if (!one.lost) {
              answered.add(id);
              const left = (open.get(position) ?? 0) - 1;
              if (left > 0) open.set(position, left);
              else open.delete(position);
            }
          }
          const oldest = Math.min(...open.keys(), head + 1);
          expect(deliveries.cursor(0, head)).toBe(oldest - 1);
          expect(deliveries.outstanding(0)).toBe(open.size);
        }
      }),
    );
  });
});

interface Sent {
  readonly ask: Ask;
  respond(response: Response): void;
  /** Its first answer was one that says nothing. */
  lost: boolean;
  timedOut(nowMs: number): boolean;
}

function start({ random = patient, givenUp = [] }: Starting = {}) {
  const clock = createTurnedClock();
  const sent: Sent[] = [];
  /** What the dead letters of a partition are asked. */
  const letters: Sent[] = [];
  const complaints: string[] = [];
  const deliveries = createDeliveries({
    clock,
    random,
    telemetry: { ...silent, error: (message) => complaints.push(message) },
    streamAt: (partition, position) => `counter/of ${partition}-${position}`,
    isGivenUp: (_, id) => givenUp.includes(id),
    send(request, onResponse) {
      const atMs = clock.now();
      const it: Sent = {
        ask: request as Ask, // deliveries send nothing else
        lost: false,
        timedOut: (nowMs) => nowMs - atMs >= 10_000,
        respond(response) {
          onResponse(response);
          if (response.kind === 'unanswered') it.lost = true;
        },
      };
      if (it.ask.to.startsWith('dead-letters/')) letters.push(it);
      else sent.push(it);
    },
  });
  return { clock, sent, letters, complaints, deliveries };
}

interface Starting {
  readonly random?: Random;
  /** Ids for which a dead letter stands. */
  readonly givenUp?: readonly string[];
}

function threw(error: string): Response {
  return { kind: 'failed', why: 'command-threw', error };
}

function to(id: string): Outgoing {
  return { to: `counter/${id}`, command: { kind: 'add' } };
}
