import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logPoints } from '../../../src/actors/scoring/log-points.ts';

const unit = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

/** By the definition: points − ½ < 100 × log2(x) < points + ½, as powers of whole numbers. */
function isRounded(points: number, win: number, of: number): boolean {
  const above = (BigInt(win) + BigInt(of)) ** 200n;
  const below = BigInt(of) ** 200n;
  const doubled = 2 * points;
  const low = doubled - 1 < 0 ? above << 1n : above;
  return (
    low > (doubled - 1 < 0 ? below : below << BigInt(doubled - 1)) &&
    above < below << BigInt(doubled + 1)
  );
}

describe('points on a logarithmic curve', () => {
  test.each([
    [0, 200, 0],
    [200, 200, 100],
    [600, 200, 200],
    [1_400, 200, 300],
    // 100 × log2(2.5) is 132.19, 100 × log2(13.5) is 375.49.
    [300, 200, 132],
    [2_500, 200, 375],
    [1, Number.MAX_SAFE_INTEGER, 0],
    [Number.MAX_SAFE_INTEGER, 1, 5_300],
  ])('are round(100 × log2(%i / %i + 1)) = %i', (win, of, points) => {
    expect(logPoints(win, of)).toBe(points);
  });

  test('are what the definition says, to the last one', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), unit, (win, of) => {
        expect(isRounded(logPoints(win, of), win, of)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('are right on both sides of every threshold, as near to it as whole numbers come', () => {
    const of = 2 ** 40;
    for (let points = 0; points < 300; points++) {
      const about = Math.floor(of * (2 ** ((points + 0.5) / 100) - 1));
      for (let win = about - 2; win <= about + 2; win++) {
        expect(isRounded(logPoints(win, of), win, of)).toBe(true);
      }
      expect([logPoints(about - 2, of), logPoints(about + 3, of)]).toEqual([points, points + 1]);
    }
  });

  test.each([Number.MAX_SAFE_INTEGER, 7_205_759_403_792_793, 5_003_999_585_967_217])(
    'are right where a double cannot tell on which side of a threshold they are, for %i',
    (of) => {
      const below = BigInt(of) ** 200n;
      for (let points = 0; points < 100; points++) {
        // The least win that gives more, by halves: far less apart than doubles are.
        let [low, high] = [0, of];
        while (low < high) {
          const middle = low + Math.floor((high - low) / 2);
          const above = (BigInt(middle) + BigInt(of)) ** 200n;
          if (above > below << BigInt(2 * points + 1)) high = middle;
          else low = middle + 1;
        }
        expect([logPoints(low - 1, of), logPoints(low, of)]).toEqual([points, points + 1]);
      }
    },
  );
});
