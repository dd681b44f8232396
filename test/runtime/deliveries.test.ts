import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Outgoing } from '../../src/runtime/actor.ts';
import {
  createDeliveries,
  DEAD_LETTERS_MAX,
  type DeadLetter,
  IN_FLIGHT_MAX,
} from '../../src/runtime/deliveries.ts';
import type { Ask, Response } from '../../src/runtime/wire.ts';
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

  test('that is refused is a dead letter, told once, and done', () => {
    const { deliveries, sent, letters, clock } = start();
    deliveries.add(0, 1, [to('a')]);
    sent[0]?.respond({ kind: 'rejected', rejection: { reason: 'too-much' } });
    const letter = { id: '0-1-0', to: 'counter/a', rejection: { reason: 'too-much' } };
    expect(deliveries.deadLetters).toEqual([letter]);
    expect(letters).toEqual([letter]);
    expect(deliveries.cursor(0, 1)).toBe(1);
    clock.turn(60_000);
    expect(sent).toHaveLength(1);
  });

  test('that is refused is kept until there are too many, then the oldest goes', () => {
    const { deliveries, sent, letters } = start();
    for (let position = 1; position <= DEAD_LETTERS_MAX + 2; position++) {
      deliveries.add(0, position, [to('a')]);
      sent.at(-1)?.respond({ kind: 'rejected', rejection: position });
    }
    expect(deliveries.deadLetters).toHaveLength(DEAD_LETTERS_MAX);
    expect(deliveries.deadLetters[0]?.rejection).toBe(3);
    expect(letters).toHaveLength(DEAD_LETTERS_MAX + 2);
  });
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
      onDeadLetter() {},
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
        const { deliveries, sent, clock } = start();
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

function start() {
  const clock = createTurnedClock();
  const sent: Sent[] = [];
  const letters: DeadLetter[] = [];
  const deliveries = createDeliveries({
    clock,
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
      sent.push(it);
    },
    onDeadLetter: (letter) => letters.push(letter),
  });
  return { clock, sent, letters, deliveries };
}

function to(id: string): Outgoing {
  return { to: `counter/${id}`, command: { kind: 'add' } };
}
