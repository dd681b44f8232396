/**
 * Prices a document: what `furlong price` does, without the command. Pure.
 *
 * Invariant: the answer is whole or it is a problem with its path; it balances to the cent, and the
 * payouts of its dividends add up to the pool's.
 */

import { combinationsIn } from '../actors/formula.ts';
import type { Fraction } from '../actors/fraction.ts';
import type { PoolPrice, PricedDividend } from '../actors/pools/price.ts';
import { type PricedPool, pricePool } from '../actors/pools/price-pool.ts';
import { type RuleSet, unitOf } from '../actors/pools/rule-set.ts';
import { ruleSetProblem } from '../actors/pools/rule-set-shape.ts';
import { ruleSetById } from '../actors/pools/rule-sets.ts';
import { type Problem, sentenceOf } from '../actors/shape.ts';
import { documentProblem } from './consistency.ts';
import { DOCUMENT_SHAPE, type PriceDocument } from './document.ts';
import { payoutsByLine } from './line-payouts.ts';
import { type DocumentSale, saleOf } from './sale.ts';

export type DocumentPrice =
  | { readonly kind: 'priced'; readonly answer: PriceAnswer }
  | { readonly kind: 'refused'; readonly problem: Problem; readonly message: string };

/** Amounts are whole minor units. */
export interface PriceAnswer {
  readonly ruleSet: string;
  readonly verdict: PoolPrice['verdict'];
  /** Which of the rule set's stages paid, from 0. */
  readonly stage: number;
  readonly dividends: readonly AnsweredDividend[];
  readonly totals: AnsweredTotals;
  readonly sources: readonly AnsweredSource[];
  /** Where the document has tickets: what each gets, in their order. */
  readonly tickets?: readonly AnsweredTicket[];
  readonly identity: { readonly sum: string; readonly balanced: true };
}

export interface AnsweredDividend {
  readonly tier: string;
  readonly outcome: string;
  /** Where each source has a price of its own. */
  readonly source?: string;
  /** For 1 staked: `6.60`. */
  readonly dividend: string;
  readonly hundredths: number;
  /** Before rounding, in lowest terms: `7909433/1193600`. */
  readonly exact: string;
  readonly winningStakesCents: number;
  /** What tickets get by this line, each rounded to the cent. */
  readonly payoutCents: number;
}

interface AnsweredTotals {
  readonly grossCents: number;
  /** Given back, not part of the gross. */
  readonly refundsCents: number;
  readonly broughtInCents: number;
  readonly broughtIn: { readonly carryOverCents: number; readonly topUpCents: number };
  readonly takeoutCents: number;
  /** Roundings kept; negative where the pool lacked money. */
  readonly breakageCents: number;
  readonly carriedOutCents: number;
  readonly carriedOut: {
    readonly netCents: number;
    readonly grossCents: number;
    readonly reserveCents: number;
  };
  readonly payoutCents: number;
  /** Who paid what the pool lacked. */
  readonly shortfall: {
    readonly roundingsCents: number;
    readonly deductionCents: number;
    readonly operatorCents: number;
  };
}

interface AnsweredSource {
  readonly source: string;
  readonly grossCents: number;
  readonly refundsCents: number;
  readonly takeoutBasisPoints: number;
}

interface AnsweredTicket {
  /** Of all its combinations, those that are given back too. */
  readonly costCents: number;
  readonly payoutCents: number;
  readonly refundCents: number;
  /** With a multiplier: what the player gets, and what of it the operator pays outside the pool. */
  readonly multipliedCents?: number;
  readonly outsidePoolCents?: number;
}

/** @param find A rule set of the catalogue. */
export function priceDocument(
  data: unknown,
  find: (id: string) => RuleSet | undefined = ruleSetById,
): DocumentPrice {
  const misshapen = DOCUMENT_SHAPE.problemIn(data, '');
  if (misshapen !== undefined) return refused(misshapen);
  // The shape has judged all of it.
  const document = data as PriceDocument;
  const { ruleSet: said } = document;
  const ruleSet = typeof said === 'string' ? find(said) : said;
  if (ruleSet === undefined) {
    const problem = 'is not in the catalogue';
    return refused({ path: 'ruleSet', problem, value: said });
  }
  const unsound = ruleSetProblem(ruleSet);
  if (unsound !== undefined) {
    const path = unsound.path.startsWith('[')
      ? `ruleSet${unsound.path}`
      : `ruleSet.${unsound.path}`;
    return refused({ ...unsound, path });
  }
  const problem = documentProblem(document, ruleSet);
  if (problem !== undefined) return refused(problem);
  return { kind: 'priced', answer: answerOf(document, ruleSet) };
}

function refused(problem: Problem): DocumentPrice {
  return { kind: 'refused', problem, message: sentenceOf(problem) };
}

function answerOf(document: PriceDocument, ruleSet: RuleSet): PriceAnswer {
  const sale = saleOf(document, ruleSet);
  const pool = pricePool(ruleSet, sale);
  const { price } = pool;
  const byLine = payoutsByLine(ruleSet, sale, price);
  const dividends = price.dividends.map((it) => answeredDividend(it, byLine(it)));
  const paid = dividends.reduce((sum, it) => sum + it.payoutCents, 0);
  if (paid !== price.payout) {
    throw new Error(`dividends of ${ruleSet.id} pay ${paid} of ${price.payout}`);
  }
  return {
    ruleSet: ruleSet.id,
    verdict: price.verdict,
    stage: price.stage,
    dividends,
    totals: totalsOf(price),
    sources: price.sources.map(({ source, gross, refunds, takeoutBasisPoints }) => ({
      source,
      grossCents: gross,
      refundsCents: refunds,
      takeoutBasisPoints,
    })),
    ...(document.tickets && { tickets: ticketsOf(document, { ruleSet, sale, pool }) }),
    identity: identityOf(price),
  };
}

function answeredDividend(dividend: PricedDividend, payoutCents: number): AnsweredDividend {
  const { tier, outcome, source, hundredths, winningStakes } = dividend;
  return {
    tier,
    outcome,
    ...(source !== '' && { source }),
    dividend: inUnits(hundredths),
    hundredths,
    exact: inFull(dividend),
    winningStakesCents: winningStakes,
    payoutCents,
  };
}

/** 660 → `6.60` */
function inUnits(hundredths: number): string {
  const digits = String(hundredths).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function inFull({ numerator, denominator }: Fraction): string {
  return `${numerator}/${denominator}`;
}

function totalsOf(price: PoolPrice): AnsweredTotals {
  const { brought, carried, shortfall } = price;
  return {
    grossCents: price.gross,
    refundsCents: price.refunds,
    broughtInCents: price.broughtIn,
    broughtIn: { carryOverCents: brought.carryOver, topUpCents: brought.topUp },
    takeoutCents: price.takeout,
    breakageCents: price.breakage,
    carriedOutCents: price.carriedOut,
    carriedOut: {
      netCents: carried.net,
      grossCents: carried.gross,
      reserveCents: carried.reserve,
    },
    payoutCents: price.payout,
    shortfall: {
      roundingsCents: shortfall.roundings,
      deductionCents: shortfall.deduction,
      operatorCents: shortfall.operator,
    },
  };
}

/** @throws Error where the pool does not balance: a defect of pricing. */
function identityOf(price: PoolPrice): PriceAnswer['identity'] {
  const { gross, broughtIn, payout, takeout, breakage, carriedOut } = price;
  const sum =
    `gross ${gross} + brought in ${broughtIn} = payout ${payout} + takeout ${takeout}` +
    ` + breakage ${breakage} + carried out ${carriedOut}`;
  if (gross + broughtIn !== payout + takeout + breakage + carriedOut) {
    throw new Error(`a pool does not balance: ${sum}`);
  }
  return { sum, balanced: true };
}

function ticketsOf(
  { tickets = [] }: PriceDocument,
  { ruleSet, sale, pool }: { ruleSet: RuleSet; sale: DocumentSale; pool: PricedPool },
): AnsweredTicket[] {
  const { payouts, refunds } = pool;
  return tickets.map(({ multiplier }, number) => {
    const index = sale.firstTicket + number;
    const ticket = sale.tickets[index];
    if (ticket === undefined) throw new RangeError(`no ticket ${index}`);
    const costCents = ticket.stake * combinationsIn(ticket, unitOf(ruleSet.bet, ticket.picks));
    const payoutCents = payouts.get(index) ?? 0;
    const multiplied = payoutCents * (multiplier ?? 1);
    return {
      costCents,
      payoutCents,
      refundCents: refunds === 'all' ? costCents : (refunds.get(index) ?? 0),
      ...(multiplier !== undefined && {
        multipliedCents: multiplied,
        outsidePoolCents: multiplied - payoutCents,
      }),
    };
  });
}
