import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jittered, systemRandom } from '../../src/runtime/random.ts';

describe('chance', () => {
  test('draws whole numbers of 32 bits, and ids that are unlike', () => {
    const drawn = Array.from({ length: 1_000 }, () => systemRandom.next());
    for (const it of drawn) {
      expect(Number.isInteger(it)).toBe(true);
      expect(it).toBeGreaterThanOrEqual(0);
      expect(it).toBeLessThan(2 ** 32);
    }
    // A thousand draws of a source with half the bits would meet all but surely.
    expect(new Set(drawn).size).toBeGreaterThan(990);
    expect(systemRandom.id()).not.toBe(systemRandom.id());
  });

  test('takes at most half off a back-off, and adds nothing', () => {
    fc.assert(
      fc.property(fc.nat(60_000), fc.nat(0xffff_ffff), (ms, draw) => {
        const delay = jittered(ms, { next: () => draw });
        expect(delay).toBeGreaterThanOrEqual(ms / 2);
        expect(delay).toBeLessThanOrEqual(ms);
        expect(Number.isInteger(delay)).toBe(true);
      }),
    );
    expect(jittered(1_000, { next: () => 0 })).toBe(500);
    expect(jittered(1_000, { next: () => 2 ** 32 - 1 })).toBe(1_000);
  });
});
