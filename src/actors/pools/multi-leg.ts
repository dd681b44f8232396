/**
 * Prices a pool over several races — name the winner of each — and pays its tickets.
 *
 * Invariants: one dividend over all winning stakes together, dead-heaters included; the reserve
 * is drawn on only for a pool that is won; combinations with a non-runner never enter the gross.
 */
import { compare, divide, type Fraction, floorToMultiple, fraction } from '../fraction.ts';
import { cents, sumOf, ZERO } from '../units.ts';
import { costOf, countCombinations } from './combinations.ts';
import { dividendOf, earned, payoutOf, refundedPrice, takingsOf } from './dividend.ts';
import type { LegOutcome, Payment, PoolPrice, PricedTicket } from './price.ts';
import type { RuleSet } from './rule-set.ts';

/** @param tickets Gone through once. */
export function priceMultiLegPool(
  ruleSet: RuleSet,
  tickets: Iterable<PricedTicket>,
  { legs, guarantee }: { legs: readonly LegOutcome[]; guarantee: number },
): PoolPrice {
  const sold = soldOf(tickets, legs);
  if (isCalledOff(ruleSet, legs)) return refundedPrice(sold.gross + sold.refunds);

  const takings = takingsOf(ruleSet, sold.gross);
  const afterTakeout = takings.gross - takings.takeout;
  const common = {
    gross: takings.gross,
    takeout: takings.takeout,
    refunds: cents(sold.refunds),
  };
  if (sold.winningStakes.length === 0) {
    // The guarantee counts for nothing here (PMU): the whole net pool is the reserve's, in cents.
    const carriedOut = cents(Number(floorToMultiple(takings.net, 1)));
    const breakage = cents(afterTakeout - carriedOut);
    const unwon = { broughtIn: ZERO, payout: ZERO, breakage, carriedOut, dividends: [] };
    return { ...common, ...unwon, verdict: 'not-won' };
  }
  // The top-up is counted from the booked cents, so that the reserve never pays part of a cent.
  const broughtIn = cents(Math.max(0, guarantee - afterTakeout));
  const winningStakes = sumOf(sold.winningStakes);
  const dividend = dividendOf(ruleSet, {
    outcome: legs.map(outcomeOf).join('/'),
    exact: divide(larger(takings.net, fraction(guarantee)), fraction(winningStakes)),
    winningStakes,
  });
  const payout = sumOf(sold.winningStakes.map((stakes) => payoutOf(earned(stakes, dividend))));
  return {
    ...common,
    broughtIn,
    payout,
    breakage: cents(afterTakeout + broughtIn - payout),
    carriedOut: ZERO,
    dividends: [dividend],
    verdict: 'won',
  };
}

/** What one ticket gets: stake × winning combinations × dividend, and its dead combinations back. */
export function multiLegPaymentOf(
  ticket: PricedTicket,
  price: Pick<PoolPrice, 'dividends' | 'verdict'>,
  legs: readonly LegOutcome[],
): Payment {
  if (price.verdict === 'refunded') return { payout: 0, refund: costOf(ticket) };
  const { winning, touched } = countCombinations(ticket.legs, legs);
  const [dividend] = price.dividends;
  return {
    payout: dividend ? payoutOf(earned(ticket.stake * winning, dividend)) : 0,
    refund: ticket.stake * touched,
  };
}

interface Sold {
  readonly gross: number;
  readonly refunds: number;
  /** Of each ticket that won: stake × its winning combinations. */
  readonly winningStakes: readonly number[];
}

function soldOf(tickets: Iterable<PricedTicket>, legs: readonly LegOutcome[]): Sold {
  let gross = 0;
  let refunds = 0;
  const winningStakes: number[] = [];
  for (const ticket of tickets) {
    const { winning, touched } = countCombinations(ticket.legs, legs);
    const back = ticket.stake * touched;
    refunds += back;
    gross += costOf(ticket) - back;
    if (winning > 0) winningStakes.push(ticket.stake * winning);
  }
  return { gross, refunds, winningStakes };
}

/** Up to so many void legs are won by every runner (Cyprus Pick 4: one); with more, no bet stands. */
function isCalledOff(ruleSet: RuleSet, legs: readonly LegOutcome[]): boolean {
  if (ruleSet.multiLeg?.legs !== legs.length) {
    throw new RangeError(`${legs.length} legs for rule set ${ruleSet.id}`);
  }
  return legs.filter(({ voided }) => voided).length > ruleSet.multiLeg.voidLegsAllWin;
}

function outcomeOf({ voided, winners }: LegOutcome): string {
  return voided ? '*' : winners.join('+');
}

function larger(a: Fraction, b: Fraction): Fraction {
  return compare(a, b) < 0 ? b : a;
}
