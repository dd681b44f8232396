/** Pools that nobody won: given back, carried on, or kept in a fund. */
import { combinationsIn } from '../formula.ts';
import { floorCents, subtract } from '../fraction.ts';
import { cents, sumOf, ZERO } from '../units.ts';
import type { PoolMoney, PoolPrice, PricedSource, PricedTicket } from './price.ts';
import { type RuleSet, unitOf } from './rule-set.ts';
import { guaranteed, takeoutRate, takingsOf } from './takings.ts';
import type { LumpSum } from './tally.ts';

interface OnTheDay {
  readonly money: PoolMoney;
  readonly day: string;
}

export interface SoldBySource {
  readonly source: string;
  readonly gross: number;
  readonly refunds: number;
}

/** Everybody has the stake back: nothing was sold, so nothing is deducted. Carry-overs go on. */
export function refundedPrice(
  sold: readonly SoldBySource[],
  ruleSet: RuleSet,
  { money, day }: OnTheDay,
): PoolPrice {
  const sources = sold.map(({ source, gross, refunds }) => ({
    source,
    gross: ZERO,
    refunds: cents(gross + refunds),
  }));
  const carried = { net: money.carriedNet, gross: money.carriedGross, reserve: 0 };
  const carryOver = cents(carried.net + carried.gross);
  return {
    gross: ZERO,
    broughtIn: carryOver,
    takeout: ZERO,
    payout: ZERO,
    breakage: ZERO,
    carriedOut: carryOver,
    refunds: sumOf(sources.map((it) => it.refunds)),
    dividends: [],
    verdict: 'refunded',
    stage: 0,
    sources: withRates(ruleSet, sources, day),
    brought: { carryOver, topUp: 0 },
    carried,
    shortfall: NOTHING_SHORT,
  };
}

const NOTHING_SHORT = { roundings: 0, deduction: 0, operator: 0 };

/** Nobody won in any stage: the pool is carried or kept. */
export function unwonPrice(
  ruleSet: RuleSet,
  sold: readonly SoldBySource[],
  { money, day }: OnTheDay,
): PoolPrice {
  const takings = takingsOf(ruleSet, sold, { money, day });
  const inGross = ruleSet.nobodyWins === 'carry-gross';
  const announced = { guarantee: money.guarantee, won: false, day };
  const target = guaranteed(ruleSet, takings, announced);
  const topUp = inGross ? 0 : floorCents(subtract(target, takings.net));
  const takeout = inGross ? 0 : floorCents(takings.takeout);
  const amount = floorCents(target);
  const carried = {
    net: cents(money.carriedNet + (ruleSet.nobodyWins === 'carry-net' ? amount : 0)),
    gross: cents(inGross ? takings.gross + money.carriedGross : 0),
    reserve: cents(ruleSet.nobodyWins === 'reserve' ? amount : 0),
  };
  const carryOver = cents(money.carriedNet + money.carriedGross);
  const carriedOut = cents(carried.net + carried.gross + carried.reserve);
  const broughtIn = cents(carryOver + topUp);
  return {
    gross: takings.gross,
    broughtIn,
    takeout: cents(takeout),
    payout: ZERO,
    breakage: cents(takings.gross + broughtIn - takeout - carriedOut),
    carriedOut,
    refunds: sumOf(sold.map((it) => it.refunds)),
    dividends: [],
    verdict: 'not-won',
    stage: 0,
    sources: withRates(ruleSet, sold, day),
    brought: { carryOver, topUp },
    carried,
    shortfall: NOTHING_SHORT,
  };
}

interface Sold {
  readonly tickets: Iterable<PricedTicket>;
  readonly lump?: readonly LumpSum[];
}

/** What every source sold, all of it to be given back. */
export function soldIn({ bet }: RuleSet, { tickets, lump = [] }: Sold): SoldBySource[] {
  const sold = new Map(lump.map((it) => [it.source, it.gross + it.refunds]));
  for (const ticket of tickets) {
    const cost = ticket.stake * combinationsIn(ticket, unitOf(bet, ticket.picks));
    sold.set(ticket.source, (sold.get(ticket.source) ?? 0) + cost);
  }
  return [...sold].map(([source, refunds]) => ({ source, gross: 0, refunds }));
}

export function withRates(
  ruleSet: RuleSet,
  sold: readonly SoldBySource[],
  day: string,
): PricedSource[] {
  return sold.map(({ source, gross, refunds }) => ({
    source,
    gross,
    refunds,
    takeoutBasisPoints: takeoutRate(ruleSet, source, day),
  }));
}
