/**
 * Pricing and paying. A pool is priced once, in one event with everything it was made from; its
 * tickets are then settled a batch at a time, each exactly once, by a command that the race sends
 * itself: a crash in between resumes at the next ticket.
 */
import { accept, type Decision, reject } from '../runtime/actor.ts';
import { multiLegPaymentOf, priceMultiLegPool } from './pools/multi-leg.ts';
import type { LegOutcome, Order, Payment, PoolPrice, PricedDividend } from './pools/price.ts';
import { priceSingleRacePool, singleRacePaymentOf } from './pools/single-race.ts';
import type {
  RaceEvent,
  RaceRejection,
  RecordedDividend,
  RecordedPrice,
  SettledTicket,
} from './race-events.ts';
import {
  isMultiLeg,
  nonRunnersOf,
  type PoolState,
  type Race,
  startersOf,
  type TicketState,
} from './race-state.ts';
import { cents, type PoolId, sumOf, ZERO } from './units.ts';

/**
 * Tickets settled in one turn: enough that a commit is worth it, few enough that a bet on another
 * race waits for well under a millisecond.
 */
export const SETTLED_AT_ONCE = 256;

type PoolPriced = Extract<RaceEvent, { readonly kind: 'pool-priced' }>;

export function pricesOfSingleRacePools(state: Race): PoolPriced[] {
  const result = {
    order: state.order,
    nonRunners: nonRunnersOf(state),
    starters: startersOf(state).length,
  };
  return singleRacePools(state).map((pool) => {
    const price = priceSingleRacePool(pool.ruleSet, liveTickets(pool), result);
    return { kind: 'pool-priced', pool: pool.id, ...recorded(price, { order: state.order }) };
  });
}

export function priceOfMultiLegPool(pool: PoolState, legs: readonly LegOutcome[]): PoolPriced {
  const { ruleSet, guarantee } = pool;
  const price = priceMultiLegPool(ruleSet, pool.tickets, { legs, guarantee });
  return { kind: 'pool-priced', pool: pool.id, ...recorded(price, { legs }) };
}

/** Of a race that was called off: every stake in its own pools goes back. */
export function refundedPrices(state: Race): PoolPriced[] {
  return singleRacePools(state).map((pool) => ({
    kind: 'pool-priced',
    pool: pool.id,
    gross: ZERO,
    broughtIn: ZERO,
    takeout: ZERO,
    payout: ZERO,
    breakage: ZERO,
    carriedOut: ZERO,
    // Not the gross: a ticket with some of its runners withdrawn has their stakes to come too.
    refunds: sumOf(liveTickets(pool).map((it) => it.cost)),
    dividends: [],
    verdict: 'refunded',
    legs: [],
    order: [],
  }));
}

export function settleNext(state: Race, id: PoolId): Decision<RaceEvent, RaceRejection> {
  const pool = state.pools.get(id);
  if (pool === undefined) return reject({ reason: 'unknown-pool', pool: id });
  if (pool.refundQueue.length > 0) return refundNext(pool);
  if (pool.price === undefined || pool.settled) return accept();

  const paymentOf = paymentsOf(state, pool, pool.price);
  const tickets: SettledTicket[] = [];
  let index = pool.settledBefore;
  for (; index < pool.tickets.length && tickets.length < SETTLED_AT_ONCE; index++) {
    const ticket = pool.tickets[index];
    if (ticket === undefined || ticket.done) continue;
    tickets.push(settledTicket(ticket, index, paymentOf(ticket)));
  }
  // No copy of the rest: this is asked once a batch, of pools of a million tickets.
  while (pool.tickets[index]?.done) index++;
  const more = index < pool.tickets.length;
  const batch: RaceEvent[] =
    tickets.length === 0
      ? []
      : [{ kind: 'tickets-settled', pool: id, tickets, more, sort: 'settlement' }];
  if (more) return accept(...batch);
  // The money identity, once more and to the cent: what came in has all gone out by now. A pool
  // for which it does not hold stays unsettled and is looked at; nobody closes the book on it.
  const left = pool.money - sumOf(tickets.map(({ payout, refund }) => payout + refund));
  if (left !== 0)
    throw new Error(`pool ${state.id}/${id} would be settled with ${left} cents left`);
  return accept(...batch, { kind: 'pool-settled', pool: id }, ...paidWith(state, pool));
}

/** Stakes on a withdrawn runner, given back before the pool is priced. */
function refundNext(pool: PoolState): Decision<RaceEvent, never> {
  const queue = pool.refundQueue.slice(0, SETTLED_AT_ONCE);
  const tickets = queue.flatMap((index) => {
    const ticket = pool.tickets[index];
    return ticket === undefined
      ? []
      : [settledTicket(ticket, index, { payout: 0, refund: ticket.cost })];
  });
  const more = pool.refundQueue.length > queue.length || pool.price !== undefined;
  return accept({
    kind: 'tickets-settled',
    pool: pool.id,
    tickets,
    more,
    sort: 'refund-of-scratched',
  });
}

/** The race is paid when the last pool of its own is settled; a multi-leg pool takes its time. */
function paidWith(state: Race, settledNow: PoolState): RaceEvent[] {
  if (isMultiLeg(settledNow)) return [];
  const open = singleRacePools(state).filter((it) => it !== settledNow && !it.settled);
  if (open.length > 0) return [];
  return [{ kind: 'race-paid', refunded: state.phase === 'void' }];
}

function paymentsOf(
  state: Race,
  pool: PoolState,
  price: RecordedPrice,
): (ticket: TicketState) => Payment {
  const priced = { dividends: price.dividends.map(fromRecord), verdict: verdictOf(price) };
  if (isMultiLeg(pool)) return (ticket) => multiLegPaymentOf(ticket, priced, price.legs);
  const nonRunners = nonRunnersOf(state);
  return (ticket) => singleRacePaymentOf(ticket, priced, nonRunners);
}

function settledTicket(
  { bet, player }: TicketState,
  index: number,
  { payout, refund }: Payment,
): SettledTicket {
  return { ticket: index + 1, bet, player, payout: cents(payout), refund: cents(refund) };
}

function singleRacePools(state: Race): PoolState[] {
  return [...state.pools.values()].filter((pool) => !isMultiLeg(pool));
}

/** Not refunded, and not about to be. */
function liveTickets(pool: PoolState): TicketState[] {
  const refunding = new Set(pool.refundQueue);
  return pool.tickets.filter((ticket, index) => !ticket.done && !refunding.has(index));
}

function recorded(
  price: PoolPrice,
  from: { readonly legs?: readonly LegOutcome[]; readonly order?: Order },
): RecordedPrice {
  return {
    gross: cents(price.gross),
    broughtIn: cents(price.broughtIn),
    takeout: cents(price.takeout),
    payout: cents(price.payout),
    breakage: cents(price.breakage),
    carriedOut: cents(price.carriedOut),
    refunds: cents(price.refunds),
    dividends: price.dividends.map(toRecord),
    verdict: price.verdict,
    legs: from.legs ?? [],
    order: from.order ?? [],
  };
}

function toRecord(dividend: PricedDividend): RecordedDividend {
  const { outcome, hundredths, numerator, denominator, winningStakes } = dividend;
  return {
    outcome,
    hundredths,
    numerator: String(numerator),
    denominator: String(denominator),
    winningStakes: cents(winningStakes),
  };
}

function fromRecord(dividend: RecordedDividend): PricedDividend {
  const { outcome, hundredths, numerator, denominator, winningStakes } = dividend;
  return {
    outcome,
    hundredths,
    numerator: BigInt(numerator),
    denominator: BigInt(denominator),
    winningStakes,
  };
}

function verdictOf({ verdict }: RecordedPrice): PoolPrice['verdict'] {
  switch (verdict) {
    case 'won':
    case 'not-won':
    case 'refunded':
      return verdict;
    default:
      throw new Error(`no such verdict: ${verdict}`);
  }
}
