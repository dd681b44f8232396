import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFifo } from '../../src/runtime/fifo.ts';

describe('a fifo', () => {
  test('gives back what it was given, in order, whatever is mixed in between', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('push' as const), times: fc.integer({ min: 1, max: 3_000 }) }),
      fc.record({ kind: fc.constant('shift' as const), times: fc.integer({ min: 1, max: 3_000 }) }),
      fc.record({ kind: fc.constant('keep' as const), times: fc.integer({ min: 2, max: 9 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const fifo = createFifo<number>();
        let model: number[] = [];
        let next = 0;
        for (const { kind, times } of steps) {
          if (kind === 'keep') {
            fifo.keep((it) => it % times !== 0);
            model = model.filter((it) => it % times !== 0);
          }
          for (let index = 0; kind !== 'keep' && index < times; index++) {
            if (kind === 'push') {
              fifo.push(next);
              model.push(next++);
            } else expect(fifo.shift()).toBe(model.shift());
          }
          expect(fifo.length).toBe(model.length);
        }
      }),
      { numRuns: 50 },
    );
  });
});
