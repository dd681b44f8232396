import fc from 'fast-check';
import { expect, test } from 'vitest';
import { radixSort } from '../../../src/actors/ranking/radix-sort.ts';

const numbers = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 255, 256, -256, 2 ** 32, Number.MAX_SAFE_INTEGER),
  fc.maxSafeInteger(),
  fc.integer({ min: -3, max: 3 }),
);

test('sorts as a stable comparison does, either way round', () => {
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 400 }), fc.boolean(), (values, highestFirst) => {
      const ids = Uint32Array.from(values.keys());
      const of = (id: number) => values[id] ?? 0;
      radixSort(ids, { of, highestFirst });
      const sign = highestFirst ? -1 : 1;
      const wanted = [...values.keys()].sort((a, b) => sign * (of(a) - of(b)));
      expect([...ids]).toEqual(wanted);
    }),
    { numRuns: 500 },
  );
});
