/**
 * Makes every price again, from the tickets in the log and what the price says it was made from,
 * and compares it with the recorded one: dividends, amounts, and what each ticket was paid.
 *
 * Invariant: a run is made again from the tickets that were in the pool for that run: what was
 * cancelled, withdrawn or of a removed source by then is out of it.
 *
 * Needs the tickets of every pool at once, packed: some 100 bytes each.
 */
import { dayOf, priceTickets, recordedPrice } from '../actors/pool-pricing.ts';
import { entriesAmong } from '../actors/pools/arrival.ts';
import type { PoolMoney, PoolResult } from '../actors/pools/price.ts';
import type { RuleSet } from '../actors/pools/rule-set.ts';
import type { RaceEvent, RecordedDividend } from '../actors/race-events.ts';
import {
  createTicketTable,
  TICKET_STATE,
  type TicketStateCode,
  type TicketTable,
} from '../actors/ticket-table.ts';
import type { RunnerNumber } from '../actors/units.ts';
import { ruleSetIn, termsFrom } from '../actors/upcasting.ts';
import { messageOf } from '../runtime/thrown.ts';
import { foundOrMade } from './entries.ts';
import { FAULTS_MAX } from './read-log.ts';
import type { RaceRecord } from './records.ts';

export interface Repricer {
  /** Records of one race in their order. */
  add(race: string, event: RaceEvent): void;
  /** Also makes the prices that are not settled yet. */
  report(): { readonly prices: number; readonly faults: readonly string[] };
}

interface RepricedRace {
  offAtMs: number;
  runners: RaceRecord<'race-declared'>['runners'];
  readonly scratched: Set<RunnerNumber>;
  readonly pools: Map<string, RepricedPool>;
}

interface RepricedPool {
  readonly ruleSet: RuleSet;
  readonly money: PoolMoney;
  readonly tickets: TicketTable;
  /** By player and ticket's index, what those have that have anything. */
  readonly paid: Map<string, Map<number, Paid>>;
  /** The last price, until it is made again. */
  pending: RaceRecord<'pool-priced'> | undefined;
}

export function createRepricer(): Repricer {
  const races = new Map<string, RepricedRace>();
  const faults: string[] = [];
  let prices = 0;

  return {
    add(id, event) {
      const race = foundOrMade(races, id, newRace);
      if (event.kind === 'race-declared') {
        race.offAtMs = event.offAtMs;
        race.runners = event.runners;
        for (const pool of event.pools) race.pools.set(pool.id, newPool(pool));
        return;
      }
      if (event.kind === 'runner-scratched') scratch(race, event);
      if (!('pool' in event)) return;
      const pool = race.pools.get(event.pool);
      if (pool === undefined) fault(`race ${id} has no pool ${event.pool}`);
      else addToPool({ name: `${id}/${event.pool}`, race, pool }, event);
    },
    report() {
      for (const [id, race] of races) {
        for (const [name, pool] of race.pools) {
          makeAgain({ name: `${id}/${name}`, race, pool }, { settled: false });
        }
      }
      return { prices, faults };
    },
  };

  function fault(what: string): void {
    if (faults.length < FAULTS_MAX) faults.push(what);
  }

  function addToPool(it: NamedPool, event: RaceEvent): void {
    const { name, pool } = it;
    const { tickets, paid } = pool;
    switch (event.kind) {
      case 'bet-registered': {
        const problem = register(tickets, event);
        if (problem !== undefined) fault(`pool ${name}: ${problem}`);
        return;
      }
      case 'bet-cancelled':
        leave(tickets, event.ticket, TICKET_STATE.cancelled);
        return;
      case 'source-removed':
        makeAgain(it, { settled: false });
        for (let index = 0; index < tickets.size; index++) {
          const source = tickets.channels.nameOf(tickets.channelAt(index));
          if (source === event.source) leave(tickets, index + 1, TICKET_STATE.refunded);
        }
        return;
      case 'pool-priced':
        makeAgain(it, { settled: false });
        pool.pending = event;
        return;
      case 'tickets-settled':
        for (const { player, ticket, payout, refund } of event.tickets) {
          if (event.sort !== 'settlement') leave(tickets, ticket, TICKET_STATE.refunded);
          else foundOrMade(paid, player, newPaid).set(ticket - 1, { payout, refund });
        }
        return;
      case 'players-settled':
        // Tickets of these players that are not named get nothing.
        for (const { player, tickets: told } of event.players) {
          const all = told.map(
            ({ ticket, payout, refund }) => [ticket - 1, { payout, refund }] as const,
          );
          paid.set(player, new Map(all));
        }
        return;
      case 'pool-settled':
        makeAgain(it, { settled: true });
        return;
      default:
        return;
    }
  }

  /**
   * When the price is used up, and not yet when it is told: by then its tickets may be paid.
   * @param settled Whether every ticket has what the price gives it.
   */
  function makeAgain(
    { name, race, pool }: NamedPool,
    { settled }: { readonly settled: boolean },
  ): void {
    const { pending, ruleSet, tickets, paid } = pool;
    if (pending === undefined) return;
    pool.pending = undefined;
    prices++;
    const where = `pool ${name}, run ${pending.run || 1}`;
    const task = {
      ruleSet,
      result: resultOf(pending, race),
      money: moneyOf(pending, pool.money),
      day: pending.day || dayOf(race.offAtMs),
    };
    try {
      const again = priceTickets(task, tickets);
      for (const what of differences(pending, recordedPrice(again.price, task))) {
        fault(`${where}: ${what}`);
      }
      if (!settled) return;
      for (const [at, index] of again.indices.entries()) {
        const { payout, refund } = again.paymentAt(at);
        const player = tickets.players.nameOf(tickets.playerAt(index));
        const was = paid.get(player)?.get(index) ?? NOTHING;
        if (was.payout === payout && was.refund === refund) continue;
        fault(
          `${where}: ticket ${index + 1} was paid ${was.payout} and given back ${was.refund} cents, made again ${payout} and ${refund}`,
        );
      }
    } catch (cause) {
      // From bytes on a disk: that it cannot be made is the finding.
      const problem = messageOf(cause);
      fault(`${where}: cannot be made again: ${problem}`);
    }
  }
}

interface NamedPool {
  readonly name: string;
  readonly race: RepricedRace;
  readonly pool: RepricedPool;
}

interface Paid {
  readonly payout: number;
  readonly refund: number;
}

const NOTHING: Paid = { payout: 0, refund: 0 };

function newPaid(): Map<number, Paid> {
  return new Map();
}

function newRace(): RepricedRace {
  return { offAtMs: 0, runners: [], scratched: new Set(), pools: new Map() };
}

function newPool(declared: RaceRecord<'race-declared'>['pools'][number]): RepricedPool {
  const { ruleSet, guarantee, carriedNet = 0, carriedGross = 0, mandatory = false } = declared;
  return {
    ruleSet: ruleSetIn(ruleSet),
    money: { guarantee, carriedNet, carriedGross, mandatory, roundings: 0 },
    tickets: createTicketTable(),
    paid: new Map(),
    pending: undefined,
  };
}

/** @returns What is wrong with the ticket. */
function register(tickets: TicketTable, event: RaceRecord<'bet-registered'>): string | undefined {
  const { bet, player, stake, atMs } = event;
  try {
    const number = tickets.push({ bet, player, stake, atMs, ...termsFrom(event) });
    return number === event.ticket
      ? undefined
      : `bet ${player}/${bet} is ticket ${event.ticket}, and came as number ${number}`;
  } catch (cause) {
    // Whoever wrote the record may not have been an actor of ours.
    return messageOf(cause);
  }
}

/** Tickets on withdrawn runners alone leave the pools that refund at once. */
function scratch(race: RepricedRace, event: RaceRecord<'runner-scratched'>): void {
  race.scratched.add(event.runner);
  for (const id of event.refunding) {
    const tickets = race.pools.get(id)?.tickets;
    if (tickets === undefined) continue;
    for (let index = 0; index < tickets.size; index++) {
      const [picked = []] = tickets.selectionAt(index).legs;
      if (!picked.includes(event.runner)) continue;
      if (!picked.every((it) => race.scratched.has(it))) continue;
      leave(tickets, index + 1, TICKET_STATE.refunded);
    }
  }
}

function leave(tickets: TicketTable, ticket: number, as: TicketStateCode): void {
  const index = ticket - 1;
  if (index < 0 || index >= tickets.size) return;
  if (tickets.stateAt(index) === TICKET_STATE.live) tickets.setState(index, as);
}

/** Older prices tell less: of them, what the race's own records say. */
function resultOf(price: RaceRecord<'pool-priced'>, race: RepricedRace): PoolResult {
  const { legs, order, software, voided } = price;
  if (voided) return { kind: 'void' };
  if (legs.length > 0) return { kind: 'legs', legs };
  const old = software === '';
  if (old && order.length === 0) return { kind: 'void' };
  const nonRunners = old ? [...race.scratched] : price.nonRunners;
  const starters = old ? race.runners.length - race.scratched.size : price.starters;
  return {
    kind: 'race',
    result: { order, nonRunners, starters, entries: entriesAmong(race.runners) },
  };
}

/** What roundings of other pools were used, and not what there was: the same price follows. */
function moneyOf(price: RaceRecord<'pool-priced'>, declared: PoolMoney): PoolMoney {
  const guarantee = price.software === '' ? declared.guarantee : price.guarantee;
  return { ...declared, guarantee, roundings: price.shortRoundings };
}

const AMOUNTS = [
  'gross',
  'broughtIn',
  'takeout',
  'payout',
  'breakage',
  'carriedOut',
  'refunds',
] as const;
const PARTS = [
  'stage',
  'carryOver',
  'topUp',
  'carriedNet',
  'carriedGross',
  'carriedReserve',
  'shortRoundings',
  'shortDeduction',
  'shortOperator',
] as const;

type PricedAgain = ReturnType<typeof recordedPrice>;

function differences(was: RaceRecord<'pool-priced'>, made: PricedAgain): string[] {
  const old = was.software === '';
  const names = old ? AMOUNTS : [...AMOUNTS, ...PARTS];
  const found = names
    .filter((name) => was[name] !== made[name])
    .map((name) => `${wordsOf(name)} is ${was[name]}, made again ${made[name]}`);
  if (was.verdict !== made.verdict) found.push(`is ${was.verdict}, made again ${made.verdict}`);
  const [before, again] = [was, made].map((it) => dividendsOf(it.dividends, { old }));
  for (const [line, dividend] of before ?? []) {
    const other = again?.get(line);
    if (other !== dividend)
      found.push(`${line} pays ${dividend}, made again ${other ?? 'nothing'}`);
  }
  for (const [line, dividend] of again ?? []) {
    if (!before?.has(line)) found.push(`${line} pays nothing, made again ${dividend}`);
  }
  return found;
}

/** By line. Older prices name lines in other words: only what they paid is the same. */
function dividendsOf(
  dividends: readonly RecordedDividend[],
  { old }: { readonly old: boolean },
): Map<string, string> {
  const told = dividends
    .filter((it) => !old || it.winningStakes > 0)
    .map(({ tier, outcome, source, hundredths, numerator, denominator, winningStakes }) => ({
      line: [tier, outcome, source].filter((it) => it !== '').join(' '),
      paid: `${hundredths} hundredths (${numerator}/${denominator}) on ${winningStakes} cents`,
    }));
  if (!old) return new Map(told.map(({ line, paid }) => [line, paid]));
  const paid = told.map((it) => it.paid).sort();
  return new Map(paid.map((it, index) => [`dividend ${index + 1}`, it]));
}

/** `carriedOut` → `carried out` */
function wordsOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
