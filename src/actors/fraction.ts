/**
 * Exact rational numbers, for prices: no float touches money.
 *
 * Invariant: lowest terms and a positive denominator, so equal values have equal parts.
 */

import { type Cents, cents } from './units.ts';

export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** @throws RangeError where a part is not a whole number or the denominator is 0. */
export function fraction(numerator: bigint | number, denominator: bigint | number = 1n): Fraction {
  const above = BigInt(numerator);
  const below = BigInt(denominator);
  if (below === 0n) throw new RangeError(`not a fraction: ${above}/0`);
  const divisor = greatestCommonDivisor(above, below) * (below < 0n ? -1n : 1n);
  return { numerator: above / divisor, denominator: below / divisor };
}

export const ZERO_FRACTION: Fraction = { numerator: 0n, denominator: 1n };

export function add(a: Fraction, b: Fraction): Fraction {
  return fraction(
    a.numerator * b.denominator + b.numerator * a.denominator,
    a.denominator * b.denominator,
  );
}

export function subtract(a: Fraction, b: Fraction): Fraction {
  return add(a, { numerator: -b.numerator, denominator: b.denominator });
}

export function multiply(a: Fraction, b: Fraction): Fraction {
  return fraction(a.numerator * b.numerator, a.denominator * b.denominator);
}

/** @throws RangeError where `b` is 0. */
export function divide(a: Fraction, b: Fraction): Fraction {
  return fraction(a.numerator * b.denominator, a.denominator * b.numerator);
}

/** Negative where `a` is the smaller, 0 where they are equal, positive otherwise. */
export function compare(a: Fraction, b: Fraction): -1 | 0 | 1 {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator;
  if (difference === 0n) return 0;
  return difference < 0n ? -1 : 1;
}

/** The largest multiple that is not above `value`. */
export function floorToMultiple(value: Fraction, multiple: number): bigint {
  const size = BigInt(multiple);
  return floorQuotient(value.numerator, value.denominator * size) * size;
}

/** Whole cents of an amount of cents; what is under a cent is left out. */
export function floorCents(value: Fraction): Cents {
  return cents(Number(floorToMultiple(value, 1)));
}

/** The smallest whole number that is not below `value`. */
export function ceiling({ numerator, denominator }: Fraction): number {
  return -Number(floorQuotient(-numerator, denominator));
}

/** The multiple nearest to `value`; from halfway, the one above. */
export function nearestMultiple(value: Fraction, multiple: number): bigint {
  return floorToMultiple(add(value, fraction(multiple, 2)), multiple);
}

// BigInt division cuts towards zero; a floor goes down below zero too. `below` is positive.
function floorQuotient(above: bigint, below: bigint): bigint {
  const quotient = above / below;
  return above % below < 0n ? quotient - 1n : quotient;
}

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

// Euclid. Never negative, and positive where either is not 0. Plain numbers as soon as they fit,
// which the amounts of a pool nearly always do: a third less time for a price.
function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let larger = a < 0n ? -a : a;
  let smaller = b < 0n ? -b : b;
  while (smaller > 0n) {
    if (larger <= SAFE && smaller <= SAFE)
      return BigInt(ofNumbers(Number(larger), Number(smaller)));
    [larger, smaller] = [smaller, larger % smaller];
  }
  return larger;
}

function ofNumbers(a: number, b: number): number {
  let larger = a;
  let smaller = b;
  while (smaller > 0) {
    const rest = larger % smaller;
    larger = smaller;
    smaller = rest;
  }
  return larger;
}
