/**
 * From an exact price to a dividend: the deduction on high ones, one rounding, the minimum. Then
 * each ticket is paid to the nearest cent, once.
 */
import {
  add,
  compare,
  type Fraction,
  floorToMultiple,
  fraction,
  multiply,
  nearestMultiple,
  subtract,
  ZERO_FRACTION,
} from '../fraction.ts';
import { cents } from '../units.ts';
import type { MinimumStep, RuleSet } from './rule-set.ts';

const WHOLE = 10_000;

export interface RoundedPrice {
  /** For 1 staked, in hundredths. */
  readonly hundredths: number;
  /** Before rounding, after what was deducted of a high one. */
  readonly exact: Fraction;
  /** Taken of 1 staked. */
  readonly deducted: Fraction;
}

/** @param lineSales What of the gross is the line's: its stakes and its part of what was lost. */
export function roundedPrice(
  ruleSet: RuleSet,
  price: Fraction,
  { winningStakes, lineSales }: { winningStakes: number; lineSales: Fraction },
): RoundedPrice {
  const deducted = deductedOf(ruleSet, price);
  const exact = subtract(price, deducted);
  const inHundredths = multiply(exact, fraction(100));
  const { method, toHundredths } = ruleSet.rounding;
  const rounded =
    method === 'nearest'
      ? nearestMultiple(inHundredths, toHundredths)
      : floorToMultiple(inHundredths, toHundredths);
  const pays = (step: MinimumStep) =>
    compare(inHundredths, fraction(step.belowHundredths)) < 0 &&
    (step.ifWithinSales !== true ||
      compare(fraction(BigInt(step.paysHundredths) * BigInt(winningStakes), 100), lineSales) <= 0);
  const step = ruleSet.minimum.find(pays);
  // Hundredths for 1 staked are cents for 1.00 staked, and bounded like them.
  return { hundredths: cents(step?.paysHundredths ?? Number(rounded)), exact, deducted };
}

function deductedOf({ highDeduction }: RuleSet, price: Fraction): Fraction {
  if (highDeduction === undefined) return ZERO_FRACTION;
  const above = subtract(price, fraction(highDeduction.aboveHundredths, 100));
  if (above.numerator <= 0n) return ZERO_FRACTION;
  return multiply(above, fraction(highDeduction.basisPoints, WHOLE));
}

/** What a winning stake earns before the ticket is rounded: cents × hundredths. */
export function earned(stakeCents: number, hundredths: number): bigint {
  return BigInt(stakeCents) * BigInt(hundredths);
}

/** Cents for all that one ticket has earned: nearest cent, half a cent up (PMU art. 22). */
export function payoutOf(earnedByTicket: bigint): number {
  return cents(Number((earnedByTicket + 50n) / 100n));
}

export function totalOf(amounts: Iterable<Fraction>): Fraction {
  let sum = ZERO_FRACTION;
  for (const amount of amounts) sum = add(sum, amount);
  return sum;
}
