/**
 * Prices the tickets of a pool and says what each of them gets: on the shard for a small pool, in
 * a job for a large one (jobs.ts). The same function, so the same cents.
 *
 * Invariant: cancelled and refunded tickets are out of it; all others are priced, settled before
 * or not, so that a second run finds what the first one found.
 */
import type {
  Payment,
  PoolMoney,
  PoolPrice,
  PoolResult,
  PricedDividend,
  PricedTicket,
} from './pools/price.ts';
import { pricePool } from './pools/price-pool.ts';
import type { RuleSet } from './pools/rule-set.ts';
import type { RecordedDividend, RecordedPrice } from './race-events.ts';
import { SOFTWARE } from './software.ts';
import {
  emptySelection,
  TICKET_STATE,
  type TicketReader,
  type TicketStateCode,
} from './ticket-table.ts';
import { cents } from './units.ts';

/** Structured-cloneable: a message carries it to another thread. */
export interface PricingTask {
  readonly ruleSet: RuleSet;
  readonly result: PoolResult;
  readonly money: PoolMoney;
  /** `YYYY-MM-DD`. */
  readonly day: string;
}

export interface PricedTickets {
  readonly price: PoolPrice;
  /** Indices of the tickets that were priced, ascending. */
  readonly indices: Uint32Array;
  /** @param at Place in `indices`. */
  paymentAt(at: number): Payment;
}

/** @param without A source whose tickets count as gone. */
export function priceTickets(
  task: PricingTask,
  tickets: TicketReader,
  without?: string,
): PricedTickets {
  const { ruleSet, result, money, day } = task;
  const indices = indicesInPool(tickets, without);
  const { price, payouts, refunds } = pricePool(ruleSet, {
    tickets: { [Symbol.iterator]: () => pricedTickets(tickets, indices) },
    result,
    money,
    day,
  });
  return {
    price,
    indices,
    paymentAt(at) {
      // All within the table: indicesInPool read them from it.
      const cost = () => tickets.costAt(indices[at] ?? 0);
      return {
        payout: payouts.get(at) ?? 0,
        refund: refunds === 'all' ? cost() : (refunds.get(at) ?? 0),
      };
    },
  };
}

/** Neither cancelled nor given back: what a price counts. */
export function isInPool(state: TicketStateCode): boolean {
  return state === TICKET_STATE.live || state === TICKET_STATE.settled;
}

export function indicesInPool(tickets: TicketReader, without?: string): Uint32Array {
  const found = new Uint32Array(tickets.size);
  const gone = without === undefined ? undefined : tickets.channels.numberOf(without);
  let count = 0;
  for (let index = 0; index < tickets.size; index++) {
    if (gone !== undefined && tickets.channelAt(index) === gone) continue;
    if (isInPool(tickets.stateAt(index))) found[count++] = index;
  }
  return found.subarray(0, count);
}

/** All tickets of each player, in the pool or not, in order of sale. */
export interface TicketsByPlayer {
  /** @param player Its number in the table's `players`. */
  of(player: number): Uint32Array;
}

/** A counting sort: one pass to count, one to place. */
export function ticketsByPlayer(tickets: TicketReader): TicketsByPlayer {
  const starts = new Uint32Array(tickets.players.count + 1);
  for (let index = 0; index < tickets.size; index++) {
    const next = tickets.playerAt(index) + 1;
    starts[next] = (starts[next] ?? 0) + 1;
  }
  for (let player = 1; player < starts.length; player++) {
    starts[player] = (starts[player] ?? 0) + (starts[player - 1] ?? 0);
  }
  const next = starts.slice();
  const order = new Uint32Array(tickets.size);
  for (let index = 0; index < tickets.size; index++) {
    const player = tickets.playerAt(index);
    const place = next[player] ?? 0;
    order[place] = index;
    next[player] = place + 1;
  }
  return { of: (player) => order.subarray(starts[player] ?? 0, starts[player + 1] ?? 0) };
}

/** One object for all tickets: whoever keeps one copies it. */
export function* pricedTickets(
  tickets: TicketReader,
  indices: Uint32Array,
): Generator<PricedTicket> {
  const ticket = { ...emptySelection(), stake: 0, source: '' };
  const channels = Array.from({ length: tickets.channels.count }, (_, number) =>
    tickets.channels.nameOf(number),
  );
  for (const index of indices) {
    tickets.selectionAt(index, ticket);
    ticket.stake = tickets.stakeAt(index);
    ticket.source = channels[tickets.channelAt(index)] ?? '';
    yield ticket;
  }
}

/** A price with all that it was made from, as it is in the log. */
export function recordedPrice(price: PoolPrice, task: PricingTask): Omit<RecordedPrice, 'atMs'> {
  const { ruleSet, result, money, day } = task;
  const race = result.kind === 'race' ? result.result : undefined;
  return {
    gross: cents(price.gross),
    broughtIn: cents(price.broughtIn),
    takeout: cents(price.takeout),
    payout: cents(price.payout),
    breakage: cents(price.breakage),
    carriedOut: cents(price.carriedOut),
    refunds: cents(price.refunds),
    dividends: price.dividends.map(recordedDividend),
    verdict: price.verdict,
    legs: result.kind === 'legs' ? result.legs : [],
    order: race?.order ?? [],
    stage: price.stage,
    sources: price.sources.map(({ source, gross, refunds, takeoutBasisPoints }) => ({
      source,
      gross: cents(gross),
      refunds: cents(refunds),
      takeoutBasisPoints,
    })),
    carryOver: cents(price.brought.carryOver),
    topUp: cents(price.brought.topUp),
    carriedNet: cents(price.carried.net),
    carriedGross: cents(price.carried.gross),
    carriedReserve: cents(price.carried.reserve),
    shortRoundings: cents(price.shortfall.roundings),
    shortDeduction: cents(price.shortfall.deduction),
    shortOperator: cents(price.shortfall.operator),
    nonRunners: race?.nonRunners ?? [],
    starters: race?.starters ?? 0,
    ruleSet: ruleSet.id,
    day,
    software: SOFTWARE,
    fund: ruleSet.fund,
    guarantee: cents(money.guarantee),
    voided: result.kind === 'void',
  };
}

function recordedDividend(dividend: PricedDividend): RecordedDividend {
  const { tier, outcome, source, hundredths, numerator, denominator, winningStakes } = dividend;
  return {
    tier,
    outcome,
    source,
    hundredths,
    numerator: String(numerator),
    denominator: String(denominator),
    winningStakes: cents(winningStakes),
  };
}

const DAY_MS = 86_400_000;

/**
 * The day in UTC, `YYYY-MM-DD`, without a clock or a calendar at hand: Howard Hinnant,
 * "chrono-compatible low-level date algorithms", civil_from_days.
 * @param atMs Epoch milliseconds, from 1970 on.
 */
export function dayOf(atMs: number): string {
  const shifted = Math.floor(atMs / DAY_MS) + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${year}-${two(month)}-${two(day)}`;
}
