/**
 * The books, kept a second time from the log alone, by somebody who trusts no actor: each bet is
 * matched between the player who paid it and the race that took it, each payment between the race
 * that made it and the player who got it, each posting between the race and the house.
 *
 * Whatever one side has and the other has not yet is *in transit*. Everything else that does not
 * match is a fault, and is named.
 */
import type { OperatorEvent } from '../actors/operator.ts';
import type { PlayerEvent } from '../actors/player.ts';
import type { RaceEvent } from '../actors/race-events.ts';

interface Books {
  readonly deposits: number;
  readonly withdrawals: number;
  readonly free: number;
  readonly held: number;
  readonly inPools: number;
  readonly takeout: number;
  readonly breakage: number;
  readonly reserve: number;
  /** Left one side and not booked on the other yet: 0 when nothing moves. */
  readonly inTransit: number;
}

export interface LedgerReport {
  readonly books: Books;
  readonly bets: {
    readonly reserved: number;
    readonly registered: number;
    readonly refused: number;
    readonly settled: number;
    /** Reserved, and neither confirmed nor released yet. */
    readonly unresolved: number;
    /** Known to one side only: in a pool or paid there, and not yet booked here, or the reverse. */
    readonly halfBooked: number;
  };
  /** What must not be, at most FAULTS_MAX of it, in words. */
  readonly faults: readonly string[];
}

export interface Ledger {
  addPlayerEvent(player: string, event: PlayerEvent): void;
  addRaceEvent(race: string, event: RaceEvent): void;
  addOperatorEvent(event: OperatorEvent): void;
  /** deposits − withdrawals = free + held + in pools + house + in transit, or a fault says so. */
  report(): LedgerReport;
}

/** A broken log breaks a million times; the first hundred say enough. */
const FAULTS_MAX = 100;

interface BetSides {
  reserved: number | undefined;
  outcome: 'confirmed' | 'released' | undefined;
  registered: number | undefined;
  refused: boolean;
  /** payout + refund as the race settled it, and as the player booked it. */
  paid: number | undefined;
  booked: number | undefined;
}

interface PoolSides {
  money: number;
  priced: number | undefined;
  payout: number;
  paid: number;
  settled: boolean;
  posted: number | undefined;
}

export function createLedger(): Ledger {
  const bets = new Map<string, BetSides>();
  const pools = new Map<string, PoolSides>();
  const open = new Set<string>();
  const faults: string[] = [];
  const totals = { deposits: 0, withdrawals: 0, takeout: 0, breakage: 0, reserve: 0 };

  function fault(what: string): void {
    if (faults.length < FAULTS_MAX) faults.push(what);
  }

  function betOf(player: string, bet: string): BetSides {
    const key = `${player}/${bet}`;
    let sides = bets.get(key);
    if (sides === undefined) {
      sides = {
        reserved: undefined,
        outcome: undefined,
        registered: undefined,
        refused: false,
        paid: undefined,
        booked: undefined,
      };
      bets.set(key, sides);
    }
    return sides;
  }

  function poolOf(race: string, pool: string): PoolSides {
    const key = `${race}/${pool}`;
    let sides = pools.get(key);
    if (sides === undefined) {
      sides = {
        money: 0,
        priced: undefined,
        payout: 0,
        paid: 0,
        settled: false,
        posted: undefined,
      };
      pools.set(key, sides);
    }
    return sides;
  }

  function resolve(player: string, bet: string, outcome: 'confirmed' | 'released'): void {
    const sides = betOf(player, bet);
    if (sides.reserved === undefined)
      fault(`bet ${player}/${bet} is ${outcome} and never reserved`);
    if (sides.outcome !== undefined)
      fault(`bet ${player}/${bet} is ${sides.outcome}, then ${outcome}`);
    sides.outcome = outcome;
  }

  return {
    addPlayerEvent(player, event) {
      switch (event.kind) {
        case 'deposited':
          totals.deposits += event.amount;
          return;
        case 'withdrawn':
          totals.withdrawals += event.amount;
          return;
        case 'stake-reserved': {
          const sides = betOf(player, event.bet);
          if (sides.reserved !== undefined) fault(`bet ${player}/${event.bet} is reserved twice`);
          sides.reserved = event.cost;
          return;
        }
        case 'bet-confirmed':
          return resolve(player, event.bet, 'confirmed');
        case 'stake-released':
          return resolve(player, event.bet, 'released');
        case 'bet-settled': {
          const sides = betOf(player, event.bet);
          if (sides.booked !== undefined && event.settlement === 1) {
            fault(`bet ${player}/${event.bet} is booked twice`);
          }
          sides.booked = event.payout + event.refund;
          return;
        }
        default:
          return;
      }
    },

    addRaceEvent(race, event) {
      switch (event.kind) {
        case 'race-opened':
          open.add(race);
          return;
        case 'race-suspended':
        case 'race-closed':
        case 'race-voided':
          open.delete(race);
          return;
        case 'bet-registered': {
          const sides = betOf(event.player, event.bet);
          const name = `bet ${event.player}/${event.bet}`;
          if (!open.has(race)) fault(`${name} entered ${race} while it was not open`);
          if (sides.registered !== undefined) fault(`${name} is registered twice`);
          if (sides.refused) fault(`${name} is refused, then registered`);
          sides.registered = event.cost;
          poolOf(race, event.pool).money += event.cost;
          return;
        }
        case 'bet-refused': {
          const sides = betOf(event.player, event.bet);
          if (sides.registered !== undefined)
            fault(`bet ${event.player}/${event.bet} is registered, then refused`);
          sides.refused = true;
          return;
        }
        case 'pool-priced': {
          const pool = poolOf(race, event.pool);
          const { gross, broughtIn, payout, takeout, breakage, carriedOut } = event;
          if (pool.priced !== undefined) fault(`pool ${race}/${event.pool} is priced twice`);
          if (gross + broughtIn !== payout + takeout + breakage + carriedOut) {
            fault(`pool ${race}/${event.pool} does not balance`);
          }
          pool.priced = takeout + breakage + carriedOut - broughtIn;
          pool.payout = payout;
          pool.money -= pool.priced;
          return;
        }
        case 'tickets-settled': {
          const pool = poolOf(race, event.pool);
          for (const { player, bet, payout, refund } of event.tickets) {
            const sides = betOf(player, bet);
            if (sides.paid !== undefined) fault(`bet ${player}/${bet} is paid twice`);
            if (sides.registered === undefined)
              fault(`bet ${player}/${bet} is paid and was in no pool`);
            sides.paid = payout + refund;
            pool.paid += payout;
            pool.money -= payout + refund;
          }
          return;
        }
        case 'pool-settled': {
          const pool = poolOf(race, event.pool);
          pool.settled = true;
          if (pool.money !== 0)
            fault(`pool ${race}/${event.pool} is settled with ${pool.money} cents left`);
          if (pool.paid !== pool.payout) {
            fault(
              `pool ${race}/${event.pool} paid ${pool.paid} cents, was priced at ${pool.payout}`,
            );
          }
          return;
        }
        default:
          return;
      }
    },

    addOperatorEvent({ race, pool: id, takeout, breakage, fromReserve, toReserve }) {
      const pool = poolOf(race, id);
      if (pool.posted !== undefined) fault(`pool ${race}/${id} is posted twice`);
      pool.posted = takeout + breakage + toReserve - fromReserve;
      totals.takeout += takeout;
      totals.breakage += breakage;
      totals.reserve += toReserve - fromReserve;
    },

    report() {
      const counts = {
        reserved: 0,
        registered: 0,
        refused: 0,
        settled: 0,
        unresolved: 0,
        halfBooked: 0,
      };
      const { deposits, withdrawals, takeout, breakage, reserve } = totals;
      let free = deposits - withdrawals;
      let held = 0;
      let inPools = 0;
      let inTransit = 0;

      for (const [name, { reserved, outcome, registered, refused, paid, booked }] of bets) {
        if (reserved !== undefined) counts.reserved++;
        if (registered !== undefined) counts.registered++;
        if (refused) counts.refused++;
        if (booked !== undefined) counts.settled++;
        if (reserved !== undefined && outcome === undefined) counts.unresolved++;

        const oneSided = (registered !== undefined) !== (outcome === 'confirmed');
        if (oneSided || (paid !== undefined) !== (booked !== undefined)) counts.halfBooked++;

        const cost = reserved ?? 0;
        if (registered !== undefined && reserved !== undefined && registered !== cost) {
          fault(`bet ${name} cost ${cost} cents and entered the pool with ${registered}`);
        }
        if (outcome === 'released' && registered !== undefined)
          fault(`bet ${name} is in a pool and was given back`);
        if (paid !== undefined && booked !== undefined && paid !== booked) {
          fault(`bet ${name} was paid ${paid} cents and booked with ${booked}`);
        }
        if (outcome !== 'released') free -= cost;
        if (outcome === undefined) held += cost;
        free += booked ?? 0;
        inTransit += (outcome === 'confirmed' ? cost : 0) - (registered ?? 0);
        inTransit += (paid ?? 0) - (booked ?? 0);
      }
      for (const [name, { money, priced, posted }] of pools) {
        inPools += money;
        inTransit += (priced ?? 0) - (posted ?? 0);
        if (priced !== undefined && posted !== undefined && priced !== posted) {
          fault(`pool ${name} owes the house ${priced} cents and ${posted} were posted`);
        }
      }
      const accounted = free + held + inPools + takeout + breakage + reserve + inTransit;
      if (accounted !== deposits - withdrawals) {
        fault(`${deposits - withdrawals} cents came in and ${accounted} are accounted for`);
      }
      const books = {
        deposits,
        withdrawals,
        free,
        held,
        inPools,
        takeout,
        breakage,
        reserve,
        inTransit,
      };
      return { books, bets: counts, faults };
    },
  };
}
