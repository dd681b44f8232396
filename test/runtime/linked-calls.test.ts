// Calls through another thread: the answer, the reason there is none, and nobody there.
import { describe, expect, test } from 'vitest';
import type { CallOrder } from '../../src/runtime/calls.ts';
import { createLinkedCalls, serveCalls } from '../../src/runtime/linked-calls.ts';
import type { Request, Response } from '../../src/runtime/wire.ts';
import { createTurnedClock } from '../support/turned-clock.ts';

const order: CallOrder = { id: 'x', service: 'oracle', request: { a: 1 }, timeoutMs: 1_000 };

describe('a call through a link', () => {
  test('brings back what the service answered, or why there is no answer', async () => {
    const asked: CallOrder[] = [];
    const serve = serveCalls({
      async call(it) {
        asked.push(it);
        if (it.id === 'bad') throw new Error('the line is dead');
        return { yes: true };
      },
    });
    const clock = createTurnedClock();
    const runner = createLinkedCalls({ send: serve }, clock);
    expect(await runner.call(order)).toEqual({ yes: true });
    await expect(runner.call({ ...order, id: 'bad' })).rejects.toThrow('the line is dead');
    expect(asked).toEqual([order, { ...order, id: 'bad' }]);
    expect(clock.waiting).toBe(0);
  });

  test('does not wait for ever for a thread that is gone', async () => {
    const clock = createTurnedClock();
    const calling = createLinkedCalls({ send: () => {} }, clock).call(order);
    clock.turn(2_000);
    await expect(calling).rejects.toThrow('the thread that calls oracle did not answer');
  });

  test('is all that the other thread serves', () => {
    const responses: Response[] = [];
    const other: Request = { kind: 'partitions' };
    serveCalls({ call: async () => 1 })(other, (it) => responses.push(it));
    expect(responses).toEqual([{ kind: 'unanswered', why: 'crashed' }]);
  });
});
