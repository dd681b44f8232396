/**
 * Prices a pool: tickets, a result and money from outside become dividends, and every other cent
 * is accounted for.
 *
 * Invariants: gross + brought in = payout + takeout + breakage + carried out; the payments of all
 * tickets add up to payout + refunds; neither depends on the order in which tickets came. Exact
 * until a dividend is rounded, once; then each ticket is paid to the nearest cent, once.
 */
import {
  add,
  ceiling,
  divide,
  type Fraction,
  floorCents,
  fraction,
  multiply,
  subtract,
} from '../fraction.ts';
import { cents, sumOf, ZERO } from '../units.ts';
import { type Judgement, judgementOf } from './judgement.ts';
import { isCalledOff } from './legs.ts';
import { dividendsOf, payoutsOf, stakesByLine, totalOn } from './line-prices.ts';
import { isWon } from './pots.ts';
import type { PoolMoney, PoolPrice, PoolResult, PricedTicket } from './price.ts';
import type { RuleSet, Stage } from './rule-set.ts';
import { sharePool } from './sharing.ts';
import { takingsOf } from './takings.ts';
import { type LumpSum, type Tally, tallyOf } from './tally.ts';
import { refundedPrice, soldIn, unwonPrice, withRates } from './unwon.ts';

export interface PoolSale {
  /** Gone through once for each stage that is looked at. */
  readonly tickets: Iterable<PricedTicket>;
  /** At most one for each source. */
  readonly lump?: readonly LumpSum[];
  readonly result: PoolResult;
  readonly money: PoolMoney;
  /** `YYYY-MM-DD`: the takeout is that of this day. */
  readonly day: string;
}

/** The price, and what each ticket gets by it. */
export interface PricedPool {
  readonly price: PoolPrice;
  /** Cents by index of ticket, of those that won. */
  readonly payouts: ReadonlyMap<number, number>;
  /** Cents by index of ticket, of those that have any stakes back; `all`: everybody has the cost. */
  readonly refunds: ReadonlyMap<number, number> | 'all';
}

export function pricePool(ruleSet: RuleSet, sale: PoolSale): PricedPool {
  const { result } = sale;
  if (result.kind === 'void' || (result.kind === 'legs' && isCalledOff(ruleSet, result.legs))) {
    return givenBack(refundedPrice(soldIn(ruleSet, sale), ruleSet, sale));
  }
  let first: Tally | undefined;
  let stands = false;
  for (const [index, stage] of ruleSet.stages.entries()) {
    const judgement = judgementOf(ruleSet, stage, result);
    const tally = tallyOf(ruleSet.bet, judgement, sale);
    if (isStageWon(stage, { judgement, tally, mandatory: sale.money.mandatory })) {
      return wonPrice({ ruleSet, stage, index, judgement, tally, sale });
    }
    stands ||= judgement.lines.length > 0;
    first ??= tally;
  }
  if (first === undefined) throw new RangeError(`rule set ${ruleSet.id} has no stages`);
  // Where nothing could be won, as with too few starters, nothing was lost either.
  if (!stands || ruleSet.nobodyWins === 'refund') {
    return givenBack(refundedPrice(first.sources, ruleSet, sale));
  }
  const price = unwonPrice(ruleSet, first.sources, sale);
  return { price, payouts: new Map(), refunds: first.backs };
}

/** A unique ticket's jackpot with two winners and no other pot that they share is not won. */
function isStageWon(
  stage: Stage,
  { judgement, tally, mandatory }: { judgement: Judgement; tally: Tally; mandatory: boolean },
): boolean {
  if (tally.hits.length === 0) return false;
  const sold = judgement.lines.map((_, line) => totalOn(tally, line));
  return stage.pots.some((pot) => isWon(pot, { judgement, sold, mandatory }));
}

interface Won {
  readonly ruleSet: RuleSet;
  readonly stage: Stage;
  readonly index: number;
  readonly judgement: Judgement;
  readonly tally: Tally;
  readonly sale: PoolSale;
}

function wonPrice(won: Won): PricedPool {
  const { ruleSet, stage, index, judgement, tally, sale } = won;
  const { money, day } = sale;
  const takings = takingsOf(ruleSet, tally.sources, sale);
  const wonPart = wonPartOf(ruleSet, tally);
  const {
    shares,
    cut,
    topUp: topUpExact,
  } = sharePool(ruleSet, stage, {
    judgement,
    sold: judgement.lines.map((_, line) => totalOn(tally, line)),
    stakes: stakesByLine(ruleSet, { judgement, tally, day }).map((it) => divide(it, wonPart)),
    first: index === 0,
    takings,
    money,
    day,
  });
  const { prices } = shares;
  const { gross } = takings;
  const rounded = dividendsOf(ruleSet, stage, { judgement, tally, prices, gross, day });
  const floor = ruleSet.refundBelowHundredths;
  if (floor !== undefined && rounded.lowest < floor) {
    return givenBack(refundedPrice(tally.sources, ruleSet, sale));
  }

  const payouts = payoutsOf(tally, rounded.dividends);
  const payout = sumOf(payouts.values());
  const takeoutExact = add(multiply(subtract(takings.takeout, cut), wonPart), rounded.deducted);
  const topUp = floorCents(multiply(topUpExact, wonPart));
  const unwonPart = subtract(fraction(1), wonPart);
  const carried = {
    net: floorCents(
      add(multiply(shares.carried, wonPart), multiply(fraction(money.carriedNet), unwonPart)),
    ),
    gross: floorCents(multiply(fraction(takings.gross + money.carriedGross), unwonPart)),
    reserve: floorCents(multiply(shares.kept, wonPart)),
  };
  const carryOver = cents(money.carriedNet + money.carriedGross);
  const carriedOut = cents(carried.net + carried.gross + carried.reserve);
  const broughtIn = cents(carryOver + topUp);
  const booked = floorCents(takeoutExact);
  const left = takings.gross + broughtIn - booked - carriedOut - payout;
  const shortfall = fundedBy(ruleSet, {
    short: Math.max(0, -left),
    roundings: money.roundings,
    takeout: booked,
  });
  return {
    payouts,
    refunds: tally.backs,
    price: {
      gross: takings.gross,
      broughtIn,
      takeout: cents(booked - shortfall.deduction),
      payout,
      breakage: cents(left + shortfall.deduction),
      carriedOut,
      refunds: sumOf(tally.sources.map((it) => it.refunds)),
      dividends: rounded.dividends.map(({ line: _, number: __, ...dividend }) => dividend),
      verdict: 'won',
      stage: index,
      sources: withRates(ruleSet, tally.sources, sale.day),
      brought: { carryOver, topUp },
      carried,
      shortfall: { ...shortfall, deduction: cents(shortfall.deduction + ceiling(cut)) },
    },
  };
}

/** UK: winning stakes of less than one unit have won that part of the pool; 1 where all is won. */
function wonPartOf({ partWon }: RuleSet, tally: Tally): Fraction {
  const winning = sumOf(tally.sources.flatMap((it) => it.winning));
  return partWon === undefined || winning >= partWon.unitCents
    ? fraction(1)
    : fraction(winning, partWon.unitCents);
}

/** In the order that the rule set names; what nobody else pays is the operator's. */
function fundedBy(
  { shortfall }: RuleSet,
  { short, roundings, takeout }: { short: number; roundings: number; takeout: number },
): PoolPrice['shortfall'] {
  let left = short;
  const take = (most: number) => {
    const taken = Math.min(left, most);
    left -= taken;
    return cents(taken);
  };
  const funded = { roundings: ZERO, deduction: ZERO };
  for (const who of shortfall) {
    if (who === 'roundings') funded.roundings = take(roundings);
    if (who === 'deduction') funded.deduction = take(takeout);
    if (who === 'operator') break;
  }
  return { ...funded, operator: cents(left) };
}

function givenBack(price: PoolPrice): PricedPool {
  return { price, payouts: new Map(), refunds: 'all' };
}
