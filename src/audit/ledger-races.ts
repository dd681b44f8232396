/**
 * Races' records in the second ledger: what enters a pool and leaves it, each price and each run of
 * it, and what every ticket was given.
 *
 * Invariants: a later run replaces the earlier one, in a pool's money and in a ticket's; what a
 * pool was sold for is cancelled, given back or priced.
 */
import type { RaceEvent } from '../actors/race-events.ts';
import { ONLINE } from '../actors/ticket.ts';
import { type Entries, foundOrMade } from './entries.ts';
import { fundOf } from './ledger-house.ts';
import type { RaceRecord } from './records.ts';
import {
  type BetSides,
  houseTotal,
  newSource,
  type PaidAs,
  type PoolSides,
  paidTo,
  type SourceSide,
} from './sides.ts';

/** Of each race: whether it takes bets, and whether a runner was withdrawn. */
export type Races = Map<string, RaceSide>;

interface RaceSide {
  phase: 'open' | 'suspended' | 'other';
  scratched: boolean;
}

interface RaceEntry {
  readonly race: string;
  readonly event: RaceEvent;
}

interface PaidBy {
  readonly pool: string;
  readonly run: number;
  readonly as: PaidAs;
}

interface TicketPaid {
  readonly bet: string;
  readonly payout: number;
  readonly refund: number;
}

export function newRaces(): Races {
  return new Map();
}

export function enterRaceRecord(
  races: Races,
  { betOf, poolOf, shareOf, fault }: Entries,
  { race, event }: RaceEntry,
): void {
  const side = foundOrMade(races, race, () => ({ phase: 'other', scratched: false }));
  switch (event.kind) {
    case 'race-opened':
      side.phase = 'open';
      return;
    case 'race-suspended':
      side.phase = 'suspended';
      return;
    case 'race-voided':
      side.phase = 'other';
      return;
    case 'race-closed':
      side.phase = 'other';
      closed(event);
      return;
    case 'runner-scratched':
      side.scratched = true;
      return;
    case 'leg-closed': {
      const { legs } = poolOf(race, event.pool);
      if (!legs.has(event.leg)) legs.set(event.leg, 'closed');
      return;
    }
    case 'leg-recorded':
      poolOf(race, event.pool).legs.set(event.leg, event.outcome.voided ? 'void' : 'run');
      return;
    case 'bet-registered':
      registered(event);
      return;
    case 'bet-refused': {
      const sides = betOf(event.player, event.bet);
      if (sides.registered !== undefined) {
        fault(`bet ${event.player}/${event.bet} is registered, then refused`);
      }
      sides.refused = true;
      return;
    }
    case 'bet-cancelled':
      cancelled(event);
      return;
    case 'pool-authorised':
      poolOf(race, event.pool).authorised = true;
      return;
    case 'source-removed':
      removed(event);
      return;
    case 'pricing-begun': {
      const pool = poolOf(race, event.pool);
      if (event.run !== pool.lastRun + 1) {
        fault(`pool ${race}/${event.pool} begins run ${event.run} after run ${pool.lastRun}`);
      }
      // A run that is begun while an earlier one is on its way replaces it.
      pool.begun = event.run;
      pool.lastRun = event.run;
      return;
    }
    case 'pool-priced':
      priced(event);
      return;
    case 'tickets-settled':
      for (const { player, ...ticket } of event.tickets) {
        paid(player, ticket, { ...event, run: event.settlement || 1, as: event.sort });
      }
      return;
    case 'players-settled':
      playersSettled(event);
      return;
    case 'pool-settled':
      settled(event.pool);
      return;
    default:
      return;
  }

  function closed({ totals = [] }: RaceRecord<'race-closed'>): void {
    for (const { pool: id, gross, recounted, bySource, tickets } of totals) {
      const pool = poolOf(race, id);
      const name = `pool ${race}/${id}`;
      pool.disagreement = gross === recounted ? undefined : { gross, recounted };
      const ofSources = sum(bySource.map((it) => it.gross));
      if (ofSources !== recounted) {
        fault(`${name} closed with ${recounted} cents, and its sources with ${ofSources}`);
      }
      // Stakes on a withdrawn runner leave the totals before their tickets are given back.
      if (side.scratched) continue;
      const live = [...pool.sources.values()];
      const own = sum(live.map((it) => it.stakes));
      const count = sum(live.map((it) => it.tickets));
      if (own !== recounted || count !== tickets) {
        fault(
          `${name} closed with ${tickets} tickets of ${recounted} cents, and ${count} of ${own} are in it`,
        );
      }
    }
  }

  function registered(event: RaceRecord<'bet-registered'>): void {
    const { bet, player, cost, stake, combinations } = event;
    const sides = betOf(player, bet);
    const name = `bet ${player}/${bet}`;
    const pool = poolOf(race, event.pool);
    const source = event.channel || ONLINE;
    if (side.phase !== 'open') fault(`${name} entered ${race} while it was not open`);
    if (isLegClosed(pool)) {
      fault(`${name} entered ${race}/${event.pool} after one of its legs was closed`);
    }
    if (pool.removedSources.has(source)) {
      fault(`${name} entered ${race}/${event.pool} after ${source} was removed`);
    }
    if (combinations > 0 && stake * combinations !== cost) {
      fault(`${name} costs ${cost} cents, and has ${combinations} combinations at ${stake}`);
    }
    if (sides.registered !== undefined) fault(`${name} is registered twice`);
    if (sides.refused) fault(`${name} is refused, then registered`);
    sides.registered = cost;
    sides.pool = pool;
    sides.source = source;
    pool.money += cost;
    pool.sold += cost;
    sides.share = shareOf(player, { race, pool: event.pool });
    const seller = foundOrMade(pool.sources, source, newSource);
    seller.tickets++;
    seller.stakes += cost;
    seller.sold.tickets++;
    seller.sold.stakes += cost;
  }

  function cancelled({ player, bet, cost, pool: id }: RaceRecord<'bet-cancelled'>): void {
    const sides = betOf(player, bet);
    const name = `bet ${player}/${bet}`;
    const pool = poolOf(race, id);
    if (sides.cancelled !== undefined) fault(`${name} is cancelled twice`);
    if (sides.pool !== pool) fault(`${name} is cancelled, and was not in ${race}/${id}`);
    else if (cost !== sides.registered) {
      fault(`${name} entered with ${sides.registered} cents and is cancelled with ${cost}`);
    }
    if (side.phase === 'other' || isLegClosed(pool)) {
      fault(`${name} is cancelled after betting on ${race}/${id} was closed`);
    }
    if (sides.paid !== undefined) fault(`${name} is paid, then cancelled`);
    sides.cancelled = (sides.cancelled ?? 0) + cost;
    pool.money -= cost;
    pool.cancelled += cost;
    const seller = leave(pool, sides.source, cost);
    seller.cancelled.tickets++;
    seller.cancelled.stakes += cost;
  }

  function removed({ pool: id, source, tickets, stakes }: RaceRecord<'source-removed'>): void {
    const pool = poolOf(race, id);
    const name = `pool ${race}/${id}`;
    if (pool.removedSources.has(source)) fault(`${name} has ${source} removed twice`);
    const live = foundOrMade(pool.sources, source, newSource);
    // Tickets on withdrawn runners alone have left already, and are given back in their own time.
    if (!side.scratched && (live.tickets !== tickets || live.stakes !== stakes)) {
      fault(
        `${name} has ${tickets} tickets of ${stakes} cents of ${source} removed, and ${live.tickets} of ${live.stakes} were in it`,
      );
    }
    pool.removedSources.add(source);
    live.tickets = 0;
    live.stakes = 0;
    pool.removed += stakes;
    pool.removedDue += stakes;
  }

  function priced(event: RaceRecord<'pool-priced'>): void {
    const pool = poolOf(race, event.pool);
    const name = `pool ${race}/${event.pool}`;
    const { gross, broughtIn, payout, takeout, breakage, carriedOut, refunds } = event;
    const run = event.run || 1;
    const before = pool.price;
    if (before !== undefined && run <= before.run) fault(`${name} is priced twice`);
    else if (run !== (pool.begun || pool.lastRun + 1)) {
      fault(`${name} is priced by run ${run} after run ${pool.lastRun}`);
    }
    if (gross + broughtIn !== payout + takeout + breakage + carriedOut) {
      fault(`${name} does not balance`);
    }
    faultsOfParts(event).forEach((what) => {
      fault(`${name} ${what}`);
    });
    // Stakes go back whatever was counted; anything else waits for a steward.
    if (pool.disagreement !== undefined && !pool.authorised && event.verdict !== 'refunded') {
      fault(`${name} is priced while its totals disagree`);
    }
    const toFund = carriedOut - broughtIn;
    const fund = fundOf(event.fund);
    const houses = { run, takeout, breakage, toFund, fund };
    pool.price = { ...houses, gross, payout, refunds, broughtIn, carriedOut };
    pool.begun = 0;
    pool.lastRun = Math.max(pool.lastRun, run);
    pool.settled = false;
    give(name, pool, houseTotal(pool.price) - houseTotal(before));
  }

  /** Large pools: tickets of these players that are not named get nothing. */
  function playersSettled(event: RaceRecord<'players-settled'>): void {
    const { pool: id, players } = event;
    const run = event.run || 1;
    for (const { player, tickets, except } of players) {
      const share = shareOf(player, { race, pool: id });
      if (run <= share.paidBy) fault(`player ${player} is paid twice by ${race}/${id}, run ${run}`);
      for (const bet of except) betOf(player, bet).leftRace = true;
      const named = new Set<string>([...except, ...tickets.map((it) => it.bet)]);
      for (const bet of [...share.paid].filter((it) => !named.has(it))) {
        paid(player, { bet, payout: 0, refund: 0 }, { pool: id, run, as: 'settlement' });
      }
      for (const ticket of tickets) paid(player, ticket, { pool: id, run, as: 'settlement' });
      share.paidBy = run;
    }
  }

  function paid(player: string, ticket: TicketPaid, by: PaidBy): void {
    const { bet, payout, refund } = ticket;
    const sides = betOf(player, bet);
    const pool = poolOf(race, by.pool);
    const before = paidTo(sides);
    if (by.run <= before.by) fault(`bet ${player}/${bet} is paid twice`);
    for (const what of paymentFaults(sides, pool, { ...ticket, ...by })) {
      fault(`bet ${player}/${bet} ${what}`);
    }
    if (by.as === 'refund-of-scratched') leave(pool, sides.source, sides.registered ?? 0);
    if (by.as === 'refund-of-removed') {
      pool.removedDue -= refund;
      if (pool.removedDue < 0) {
        fault(
          `pool ${race}/${by.pool} gave ${-pool.removedDue} cents too much to a removed source`,
        );
      }
    }
    const seller = foundOrMade(pool.sources, sides.source, newSource);
    for (const { given } of [pool, seller]) {
      given[sides.paidAs].payout -= sides.payout;
      given[sides.paidAs].refund -= sides.refund;
      given[by.as].payout += payout;
      given[by.as].refund += refund;
    }
    const paidNow = payout + refund;
    if (by.as === 'settlement' && paidNow > 0) sides.share?.paid.add(bet);
    else sides.share?.paid.delete(bet);
    Object.assign(sides, { paid: paidNow, paidBy: by.run, payout, refund, paidAs: by.as });
    give(`pool ${race}/${by.pool}`, pool, paidNow - (before.cents ?? 0));
  }

  /** What must not be of one payment, whatever the others are. */
  function paymentFaults(
    sides: BetSides,
    pool: PoolSides,
    { payout, refund, pool: id, run, as }: TicketPaid & PaidBy,
  ): string[] {
    const { registered: cost = 0, source } = sides;
    const faults: string[] = [];
    if (sides.registered === undefined) faults.push('is paid and was in no pool');
    else if (sides.pool !== pool) faults.push(`is paid by ${race}/${id} and was in another pool`);
    if (sides.cancelled !== undefined) faults.push('is cancelled, then paid');
    if (refund > cost) faults.push(`has ${refund} cents back of ${cost}`);
    const removed = pool.removedSources.has(source);
    if (as === 'settlement') {
      const priced = pool.price?.run ?? 0;
      if (run !== priced) faults.push(`is paid by run ${run}, and the price is run ${priced}`);
      if (removed) faults.push('is paid after its source was removed');
    } else if (payout !== 0 || refund !== cost) {
      faults.push(`is out of its pool with ${payout} and ${refund} cents, and cost ${cost}`);
    }
    if (as === 'refund-of-removed' && !removed) {
      faults.push(`is given back as of a removed source, and ${source} was not removed`);
    }
    return faults;
  }

  function settled(id: string): void {
    const pool = poolOf(race, id);
    const name = `pool ${race}/${id}`;
    const { payout, refund } = pool.given.settlement;
    pool.settled = true;
    if (pool.money !== 0) fault(`${name} is settled with ${pool.money} cents left`);
    if (payout !== (pool.price?.payout ?? 0)) {
      fault(`${name} paid ${payout} cents, was priced at ${pool.price?.payout ?? 0}`);
    }
    if (refund !== (pool.price?.refunds ?? 0)) {
      fault(`${name} gave back ${refund} cents, was priced with ${pool.price?.refunds ?? 0}`);
    }
  }

  /**
   * In a later run one ticket may be paid before another gives back what it had, and a removed
   * source's tickets before the house gives back what it took.
   */
  function give(name: string, pool: PoolSides, amount: number): void {
    pool.money -= amount;
    if (pool.overdrawn || pool.money >= 0 || pool.lastRun > 1) return;
    pool.overdrawn = true;
    fault(`${name} gave out ${-pool.money} cents more than it held`);
  }
}

/** A leg that was called off tells nothing, whether or not it was closed before. */
function isLegClosed({ legs }: PoolSides): boolean {
  return [...legs.values()].some((it) => it !== 'void');
}

function leave(pool: PoolSides, source: string, cost: number): SourceSide {
  const seller = foundOrMade(pool.sources, source, newSource);
  seller.tickets--;
  seller.stakes -= cost;
  return seller;
}

/** Parts that must add up, where the price says them. */
function faultsOfParts(price: RaceRecord<'pool-priced'>): string[] {
  const faults: string[] = [];
  // Older prices tell no parts.
  if (price.software === '') return faults;
  const { gross, refunds, broughtIn, carriedOut, sources } = price;
  const parts: readonly (readonly [string, number, number])[] = [
    ['stakes by source', sum(sources.map((it) => it.gross)), gross],
    ['refunds by source', sum(sources.map((it) => it.refunds)), refunds],
    ['what was brought in', price.carryOver + price.topUp, broughtIn],
    [
      'what is carried out',
      price.carriedNet + price.carriedGross + price.carriedReserve,
      carriedOut,
    ],
  ];
  for (const [what, of, whole] of parts) {
    if (of !== whole) faults.push(`is priced with ${what} of ${of} cents, and ${whole} in all`);
  }
  return faults;
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((all, amount) => all + amount, 0);
}
