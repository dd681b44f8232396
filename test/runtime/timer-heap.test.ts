import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTimerHeap, type HeapEntry } from '../../src/runtime/timer-heap.ts';

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('put' as const), atMs: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'take' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), pick: fc.nat() }) },
);

describe('a timer heap', () => {
  test('gives the earliest, and of two at one time the first put in, whatever is taken out', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const heap = createTimerHeap();
        const all: HeapEntry[] = [];
        /** What must be in it, in its order. */
        let model: HeapEntry[] = [];
        for (const it of steps) {
          if (it.kind === 'put') {
            const entry = { atMs: it.atMs, at: -1, turn: 0 };
            all.push(entry);
            heap.put(entry);
            const after = model.findIndex(({ atMs }) => atMs > it.atMs);
            model.splice(after < 0 ? model.length : after, 0, entry);
          } else if (it.kind === 'take') {
            expect(heap.take()).toBe(model.shift());
          } else {
            const entry = all[it.pick % Math.max(1, all.length)];
            if (entry === undefined) continue;
            heap.remove(entry);
            model = model.filter((other) => other !== entry);
          }
          expect(heap.first).toBe(model[0]);
          expect(heap.size).toBe(model.length);
        }
        for (const entry of model) expect(heap.take()).toBe(entry);
        expect(heap.take()).toBeUndefined();
      }),
    );
  });
});
