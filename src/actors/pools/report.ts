/**
 * Report (PMU): bets in sequence, each staked with what the one before has won. It is no pool: its
 * legs are bets in other pools, and only their dividends are needed.
 *
 * Invariant: whatever is won in a leg is either carried to the next or paid, to the cent; what
 * flooring leaves is the operator's.
 *
 * Source: JORF 2016, art. 30: carry 100, 75, 50 or 25 %, each part floored to the cent, no leg
 * staked with more than 1,000 times the minimum.
 */
import { type Cents, cents } from '../units.ts';

export type CarryPercent = 100 | 75 | 50 | 25;

export type ReportLeg =
  /** What the leg's bet pays for 1 staked; 0 where it has lost. */
  { readonly kind: 'run'; readonly hundredths: number } | { readonly kind: 'non-runner' };

export interface Report {
  readonly stake: Cents;
  readonly carryPercent: CarryPercent;
  readonly legs: readonly ReportLeg[];
  /** What a leg may be staked with; what is won above it is paid at once. */
  readonly legStakeMax: Cents;
}

/** Where no leg was run the stake is a refund, else all of it is payout. */
export interface ReportPayment {
  readonly payout: Cents;
  readonly refund: Cents;
}

/** As many as races on a card; the carry would be out of safe integers long before 1,000 legs. */
export const REPORT_LEGS_MAX = 20;

/**
 * A non-runner counts 1.00: nothing is won there, so the whole goes on to the next leg.
 * @throws RangeError above REPORT_LEGS_MAX, or where an amount is no safe integer.
 */
export function reportPaymentOf({ stake, carryPercent, legs, legStakeMax }: Report): ReportPayment {
  if (legs.length > REPORT_LEGS_MAX) {
    throw new RangeError(`more legs than ${REPORT_LEGS_MAX}: ${legs.length}`);
  }
  if (legs.every((leg) => leg.kind === 'non-runner')) return { payout: cents(0), refund: stake };
  let staked = BigInt(stake);
  let paid = 0n;
  for (const [index, leg] of legs.entries()) {
    if (leg.kind === 'non-runner') continue;
    const won = (staked * BigInt(leg.hundredths)) / 100n;
    if (won === 0n) return { payout: cents(Number(paid)), refund: cents(0) };
    const goesOn = index < legs.length - 1;
    const part = goesOn ? (won * BigInt(carryPercent)) / 100n : 0n;
    const carried = part > BigInt(legStakeMax) ? BigInt(legStakeMax) : part;
    // The other part is floored by itself, and not what is left of the first.
    const rest = goesOn ? (won * BigInt(100 - carryPercent)) / 100n : won;
    paid += rest + (part - carried);
    staked = carried;
  }
  const last = legs[legs.length - 1];
  if (last?.kind === 'non-runner') paid += staked;
  return { payout: cents(Number(paid)), refund: cents(0) };
}
