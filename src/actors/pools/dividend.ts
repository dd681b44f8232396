/**
 * From gross to payment: the steps that every pool shares.
 *
 * Exact until a dividend is rounded, once, by its rule set; then each ticket is paid to the
 * nearest cent, once. Breakage is whatever the two roundings leave, to the cent.
 */
import {
  type Fraction,
  floorToMultiple,
  fraction,
  multiply,
  nearestMultiple,
  subtract,
} from '../fraction.ts';
import { cents, ZERO } from '../units.ts';
import type { PoolPrice, PricedDividend } from './price.ts';
import type { RuleSet } from './rule-set.ts';

const TAKEOUT_WHOLE = 10_000;

interface Takings {
  readonly gross: number;
  /** Whole cents, rounded down: what is under a cent falls to breakage. */
  readonly takeout: number;
  /** Gross less the exact takeout, not the booked one. */
  readonly net: Fraction;
}

/** @throws RangeError where `gross` is not a safe integer. */
export function takingsOf(ruleSet: RuleSet, gross: number): Takings {
  const whole = fraction(cents(gross));
  const takeout = multiply(whole, fraction(ruleSet.takeout, TAKEOUT_WHOLE));
  return {
    gross,
    takeout: cents(Number(floorToMultiple(takeout, 1))),
    net: subtract(whole, takeout),
  };
}

/** @param exact For 1 staked, before rounding. */
export function dividendOf(
  ruleSet: RuleSet,
  { outcome, exact, winningStakes }: { outcome: string; exact: Fraction; winningStakes: number },
): PricedDividend {
  const inHundredths = multiply(exact, fraction(100));
  const rounded =
    ruleSet.rounding === 'nearest'
      ? nearestMultiple(inHundredths, ruleSet.breakHundredths)
      : floorToMultiple(inHundredths, ruleSet.breakHundredths);
  return {
    outcome,
    // Hundredths for 1 staked are cents for 1.00 staked, and bounded like them.
    hundredths: cents(Math.max(Number(rounded), ruleSet.minimumHundredths)),
    numerator: exact.numerator,
    denominator: exact.denominator,
    winningStakes,
  };
}

/** What a winning stake earns before the ticket is rounded: cents × hundredths. */
export function earned(stakeCents: number, dividend: PricedDividend): bigint {
  return BigInt(stakeCents) * BigInt(dividend.hundredths);
}

/** Cents for all that one ticket has earned: nearest cent, half a cent up (PMU art. 22). */
export function payoutOf(earnedByTicket: bigint): number {
  return cents(Number((earnedByTicket + 50n) / 100n));
}

/** Everybody has the stake back: nothing was sold, so nothing is deducted. */
export function refundedPrice(stakes: number): PoolPrice {
  return {
    gross: ZERO,
    broughtIn: ZERO,
    takeout: ZERO,
    payout: ZERO,
    breakage: ZERO,
    carriedOut: ZERO,
    refunds: cents(stakes),
    dividends: [],
    verdict: 'refunded',
  };
}
