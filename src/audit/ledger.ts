/**
 * The books, kept a second time from the log alone, by somebody who trusts no actor: each bet is
 * matched between the player who paid it and the race that took it, each payment between the race
 * that made it and the player who got it, each posting between the race and the house.
 *
 * What one side has and the other has not is *unmatched*: on its way while the log is written to,
 * lost in a log at rest. Everything else that does not match is a fault. Both are named.
 */
import type { OperatorEvent } from '../actors/operator.ts';
import type { PlayerEvent } from '../actors/player-events.ts';
import type { RaceEvent } from '../actors/race-events.ts';
import {
  type BetSides,
  betFaults,
  halvesOf,
  inTransitOf,
  isUnresolved,
  newBet,
  newPool,
  type PoolSides,
  poolFaults,
  poolUnmatched,
} from './sides.ts';

interface Books {
  readonly deposits: number;
  readonly withdrawals: number;
  readonly free: number;
  readonly held: number;
  readonly inPools: number;
  readonly takeout: number;
  readonly breakage: number;
  readonly reserve: number;
  /**
   * Left one side and not booked on the other: 0 when nothing moves. Counted bet by bet and pool by
   * pool, never as what is left over.
   */
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
  /** What must not be in a log at rest, at most FAULTS_MAX of it, in words. */
  readonly unmatched: readonly string[];
}

export interface Ledger {
  addPlayerEvent(player: string, event: PlayerEvent): void;
  addRaceEvent(race: string, event: RaceEvent): void;
  addOperatorEvent(event: OperatorEvent): void;
  /** Of what was added until now; in any order, as long as each stream's events are in theirs. */
  report(): LedgerReport;
}

/** A broken log breaks a million times; the first hundred say enough. */
export const FAULTS_MAX = 100;

interface Account {
  free: number;
  /** What later settlements took back: as much as may be missing. */
  takenBack: number;
  overdrawn: boolean;
}

export function createLedger(): Ledger {
  const accounts = new Map<string, Account>();
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
      sides = newBet();
      bets.set(key, sides);
    }
    return sides;
  }

  function poolOf(race: string, pool: string): PoolSides {
    const key = `${race}/${pool}`;
    let sides = pools.get(key);
    if (sides === undefined) {
      sides = newPool();
      pools.set(key, sides);
    }
    return sides;
  }

  function credit(player: string, amount: number): void {
    let account = accounts.get(player);
    if (account === undefined) {
      account = { free: 0, takenBack: 0, overdrawn: false };
      accounts.set(player, account);
    }
    account.free += amount;
    if (account.overdrawn || account.free + account.takenBack >= 0) return;
    account.overdrawn = true;
    fault(`player ${player} has ${account.free} cents free`);
  }

  function takeBack(player: string, amount: number): void {
    const account = accounts.get(player);
    if (account !== undefined) account.takenBack += amount;
    credit(player, -amount);
  }

  function pay(name: string, pool: PoolSides, amount: number): void {
    pool.money -= amount;
    if (pool.overdrawn || pool.money >= 0) return;
    pool.overdrawn = true;
    fault(`pool ${name} gave out ${-pool.money} cents more than it held`);
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
          credit(player, event.amount);
          return;
        case 'withdrawn':
          totals.withdrawals += event.amount;
          credit(player, -event.amount);
          return;
        case 'stake-reserved': {
          const sides = betOf(player, event.bet);
          if (sides.reserved !== undefined) fault(`bet ${player}/${event.bet} is reserved twice`);
          sides.reserved = event.cost;
          credit(player, -event.cost);
          return;
        }
        case 'bet-confirmed':
          return resolve(player, event.bet, 'confirmed');
        case 'stake-released':
          credit(player, betOf(player, event.bet).reserved ?? 0);
          return resolve(player, event.bet, 'released');
        case 'bet-settled': {
          const sides = betOf(player, event.bet);
          if (sides.booked !== undefined && event.settlement === 1) {
            fault(`bet ${player}/${event.bet} is booked twice`);
          }
          // A later settlement replaces the earlier one: only the difference moves.
          const more = event.payout + event.refund - (sides.booked ?? 0);
          sides.booked = event.payout + event.refund;
          if (more < 0 && event.settlement > 1) takeBack(player, -more);
          else credit(player, more);
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
          pay(`${race}/${event.pool}`, pool, pool.priced);
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
            pay(`${race}/${event.pool}`, pool, payout + refund);
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
      const found: string[] = [];
      const unmatched: string[] = [];
      let held = 0;
      let inPools = 0;
      let inTransit = 0;

      for (const [name, sides] of bets) {
        const { reserved, registered, refused, booked } = sides;
        const halves = halvesOf(sides);
        if (reserved !== undefined) counts.reserved++;
        if (registered !== undefined) counts.registered++;
        if (refused) counts.refused++;
        if (booked !== undefined) counts.settled++;
        if (halves.length > 0) counts.halfBooked++;
        if (isUnresolved(sides)) {
          counts.unresolved++;
          held += reserved ?? 0;
          unmatched.push(`bet ${name} is reserved, and neither confirmed nor released`);
        }
        inTransit += inTransitOf(sides);
        found.push(...betFaults(name, sides));
        unmatched.push(...halves.map((half) => `bet ${name} ${half}`));
      }
      for (const [name, sides] of pools) {
        inPools += sides.money;
        inTransit += (sides.priced ?? 0) - (sides.posted ?? 0);
        found.push(...poolFaults(name, sides));
        unmatched.push(...poolUnmatched(sides).map((half) => `pool ${name} ${half}`));
      }
      if (inTransit !== 0) unmatched.unshift(`${inTransit} cents are in transit`);
      let free = 0;
      for (const account of accounts.values()) free += account.free;
      const { deposits, withdrawals, takeout, breakage, reserve } = totals;
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
      return {
        books,
        bets: counts,
        faults: [...faults, ...found].slice(0, FAULTS_MAX),
        unmatched: unmatched.slice(0, FAULTS_MAX),
      };
    },
  };
}
