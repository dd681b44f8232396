import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  add,
  compare,
  divide,
  type Fraction,
  floorToMultiple,
  fraction,
  multiply,
  nearestMultiple,
  subtract,
} from '../../src/actors/fraction.ts';

const fractions = fc
  .tuple(fc.bigInt({ min: -30n, max: 30n }), fc.bigInt({ min: 1n, max: 12n }))
  .map(([numerator, denominator]) => fraction(numerator, denominator));

function isReduced({ numerator, denominator }: Fraction): boolean {
  for (let divisor = 2n; divisor <= denominator; divisor += 1n) {
    if (numerator % divisor === 0n && denominator % divisor === 0n) return false;
  }
  return denominator > 0n;
}

describe('a fraction', () => {
  test('is in lowest terms with a positive denominator, whatever it was made of', () => {
    expect(fraction(-6, -4)).toEqual({ numerator: 3n, denominator: 2n });
    expect(fraction(6, -4)).toEqual({ numerator: -3n, denominator: 2n });
    expect(fraction(0, -7)).toEqual({ numerator: 0n, denominator: 1n });
    fc.assert(
      fc.property(fractions, fractions, (a, b) => {
        for (const it of [a, add(a, b), subtract(a, b), multiply(a, b)]) {
          expect(isReduced(it)).toBe(true);
        }
      }),
    );
  });

  test('refuses a denominator of 0 and a part that is not whole', () => {
    expect(() => fraction(1, 0)).toThrow('not a fraction: 1/0');
    expect(() => divide(fraction(1), fraction(0))).toThrow(RangeError);
    expect(() => fraction(0.1)).toThrow(RangeError);
  });

  test('takes back what was added and what was multiplied', () => {
    fc.assert(
      fc.property(fractions, fractions, (a, b) => {
        expect(subtract(add(a, b), b)).toEqual(a);
        fc.pre(b.numerator !== 0n);
        expect(divide(multiply(a, b), b)).toEqual(a);
      }),
    );
  });

  test('compares as the sign of the difference', () => {
    fc.assert(
      fc.property(fractions, fractions, (a, b) => {
        const { numerator } = subtract(a, b);
        expect(compare(a, b)).toBe(numerator < 0n ? -1 : numerator > 0n ? 1 : 0);
      }),
    );
  });

  test('floors to the largest multiple that is not above it, below zero too', () => {
    expect(floorToMultiple(fraction(-1, 2), 10)).toBe(-10n);
    expect(floorToMultiple(fraction(-20), 10)).toBe(-20n);
    fc.assert(
      fc.property(fractions, fc.integer({ min: 1, max: 7 }), (value, multiple) => {
        const floor = floorToMultiple(value, multiple);
        expect(floor % BigInt(multiple)).toBe(0n);
        expect(compare(fraction(floor), value)).toBeLessThanOrEqual(0);
        expect(compare(fraction(floor + BigInt(multiple)), value)).toBe(1);
      }),
    );
  });

  test.each([
    { value: fraction(249, 100), multiple: 1, nearest: 2n },
    { value: fraction(5, 2), multiple: 1, nearest: 3n },
    { value: fraction(-5, 2), multiple: 1, nearest: -2n },
    { value: fraction(12), multiple: 5, nearest: 10n },
    { value: fraction(25, 2), multiple: 5, nearest: 15n },
  ])('rounds $value.numerator/$value.denominator to $nearest by multiples of $multiple', (row) => {
    expect(nearestMultiple(row.value, row.multiple)).toBe(row.nearest);
  });
});
