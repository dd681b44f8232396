/**
 * Prices a pool on one race, `win` or `place`, before the race and after it, and pays its tickets.
 *
 * Invariant: the payments of all tickets add up to the price's payout and refunds, and neither
 * depends on the order in which the tickets came.
 */
import { cents, type RunnerNumber, sumOf, ZERO } from '../units.ts';
import { costOf } from './combinations.ts';
import { earned, payoutOf, refundedPrice, takingsOf } from './dividend.ts';
import { paidPlaces, placesPaid } from './places.ts';
import type { Payment, PoolPrice, PricedDividend, PricedTicket, RaceResult } from './price.ts';
import { raceDividends } from './race-dividends.ts';
import type { RuleSet } from './rule-set.ts';

/** @param tickets Gone through once. */
export function priceSingleRacePool(
  ruleSet: RuleSet,
  tickets: Iterable<PricedTicket>,
  result: RaceResult,
): PoolPrice {
  const paid = paidPlaces(ruleSet, result);
  const placed = new Set(paid.flatMap(({ runners }) => runners));
  const stakesByRunner = new Map<RunnerNumber, number>();
  const winningTickets: PricedTicket[] = [];
  let refunds = 0;
  for (const ticket of tickets) {
    const runners = onlyLegOf(ticket);
    for (const runner of runners) {
      if (result.nonRunners.includes(runner)) refunds += ticket.stake;
      else stakesByRunner.set(runner, (stakesByRunner.get(runner) ?? 0) + ticket.stake);
    }
    if (runners.some((runner) => placed.has(runner))) winningTickets.push(ticket);
  }

  const takings = takingsOf(ruleSet, sumOf(stakesByRunner.values()));
  const dividends = raceDividends(ruleSet, { net: takings.net, paid, stakesByRunner });
  // Nobody has a winner: the rule set's `nobodyWins`, which is to refund.
  if (dividends.length === 0) return refundedPrice(takings.gross + refunds);
  const payout = sumOf(winningTickets.map((ticket) => wonBy(ticket, dividends)));
  return {
    gross: takings.gross,
    broughtIn: ZERO,
    takeout: takings.takeout,
    payout,
    breakage: cents(takings.gross - takings.takeout - payout),
    carriedOut: ZERO,
    refunds: cents(refunds),
    dividends,
    verdict: 'won',
  };
}

/** What one ticket gets; stakes on a non-runner come back. */
export function singleRacePaymentOf(
  ticket: PricedTicket,
  price: Pick<PoolPrice, 'dividends' | 'verdict'>,
  nonRunners: readonly RunnerNumber[],
): Payment {
  if (price.verdict === 'refunded') return { payout: 0, refund: costOf(ticket) };
  const withdrawn = onlyLegOf(ticket).filter((runner) => nonRunners.includes(runner));
  return { payout: wonBy(ticket, price.dividends), refund: ticket.stake * withdrawn.length };
}

/**
 * What each runner would pay for 1 staked, in hundredths, if it won alone with the stakes as they
 * are. In a `place` pool: if it was placed with the most backed of the others, the least that it
 * can pay without a dead heat. Runners without stakes have none.
 * @param stakesByRunner Every starter, also with 0: their number says how many places pay.
 */
export function probables(
  ruleSet: RuleSet,
  stakesByRunner: ReadonlyMap<RunnerNumber, number>,
): Map<RunnerNumber, number> {
  const { net } = takingsOf(ruleSet, sumOf(stakesByRunner.values()));
  const places = placesPaid(ruleSet, stakesByRunner.size);
  const found = new Map<RunnerNumber, number>();
  if (places === 0) return found;
  const mostBackedFirst = [...stakesByRunner]
    .sort(([, stakes], [, otherStakes]) => otherStakes - stakes)
    .map(([runner]) => runner);
  for (const runner of mostBackedFirst) {
    const others = mostBackedFirst.filter((other) => other !== runner).slice(0, places - 1);
    const paid = [runner, ...others].map((placed) => ({ runners: [placed], places: 1 }));
    const dividends = raceDividends(ruleSet, { net, paid, stakesByRunner });
    const own = dividends.find(({ outcome }) => outcome === String(runner));
    if (own) found.set(runner, own.hundredths);
  }
  return found;
}

function wonBy(ticket: PricedTicket, dividends: readonly PricedDividend[]): number {
  let sum = 0n;
  for (const runner of onlyLegOf(ticket)) {
    const dividend = dividends.find(({ outcome }) => outcome === String(runner));
    if (dividend) sum += earned(ticket.stake, dividend);
  }
  return payoutOf(sum);
}

function onlyLegOf(ticket: PricedTicket): readonly RunnerNumber[] {
  const [runners, ...others] = ticket.legs;
  if (!runners || others.length > 0) {
    throw new RangeError(`ticket of ${ticket.legs.length} legs in a pool of 1`);
  }
  return runners;
}
