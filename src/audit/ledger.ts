/**
 * The books, kept a second time from the log alone, by somebody who trusts no actor: each bet is
 * matched between the player who paid it and the race that took it, each payment between the race
 * that made it and the player who got it, each posting between the race and the house, what nobody
 * claimed between the player who left it and the house, and each award between the player who claimed
 * it and the house.
 *
 * What one side has and the other has not is *unmatched*: on its way while the log is written to,
 * lost in a log at rest. Everything else that does not match is a fault. Both are named.
 *
 * Needs some 500 bytes for each bet, and little for anything else.
 */
import { type ClaimMove, type Entries, foundOrMade } from './entries.ts';
import {
  type AwardSides,
  awardFaults,
  awardHalves,
  awardInTransit,
  newAward,
} from './ledger-awards.ts';
import { enterHouseRecord, newHouse } from './ledger-house.ts';
import { enterPlayerRecord, newPlayers, type RaceBookings } from './ledger-players.ts';
import { enterRaceRecord, newRaces } from './ledger-races.ts';
import type { WalletReport } from './ledger-wallet.ts';
import { FAULTS_MAX } from './read-log.ts';
import type { Told } from './records.ts';
import {
  type BetSides,
  betFaults,
  bookedOf,
  halvesOf,
  houseTotal,
  inTransitOf,
  isUnresolved,
  newBet,
  newPool,
  newShare,
  type PoolSides,
  poolFaults,
  poolUnmatched,
  type ShareSides,
} from './sides.ts';

export interface Books {
  readonly deposits: number;
  readonly withdrawals: number;
  readonly free: number;
  readonly held: number;
  /** Settled, and waiting for whoever holds the tickets. */
  readonly unclaimed: number;
  readonly inPools: number;
  readonly takeout: number;
  readonly breakage: number;
  /** Of all funds. */
  readonly reserve: number;
  /** What players did not claim in time. */
  readonly houseUnclaimed: number;
  /** What the house paid as awards: it has so much less. */
  readonly houseAwards: number;
  /**
   * Left one side and not booked on the other: 0 when nothing moves. Counted bet by bet, pool by pool
   * and award by award, never as what is left over. Below 0 where an award was claimed first.
   */
  readonly inTransit: number;
}

export interface LedgerReport {
  readonly books: Books;
  /** Of the house, by name: what carry-overs and reserves are kept in; adds up to `reserve`. */
  readonly funds: readonly { readonly fund: string; readonly cents: number }[];
  readonly bets: {
    readonly reserved: number;
    readonly registered: number;
    readonly refused: number;
    readonly cancelled: number;
    readonly settled: number;
    /** Reserved, and neither confirmed nor released yet. */
    readonly unresolved: number;
    /** Known to one side only: in a pool or paid there, and not yet booked here, or the reverse. */
    readonly halfBooked: number;
  };
  readonly wallet: WalletReport;
  /** What must not be, at most FAULTS_MAX of it, in words. */
  readonly faults: readonly string[];
  /** What must not be in a log at rest, at most FAULTS_MAX of it, in words. */
  readonly unmatched: readonly string[];
}

export interface Ledger {
  /** In any order, as long as each stream's records are in theirs. */
  add(told: Told): void;
  /** Of what was added until now. */
  report(): LedgerReport;
  /** By `race/pool`, as they are now; for looking. */
  pools(): ReadonlyMap<string, Readonly<PoolSides>>;
  /** By race, what players booked. */
  bookings(): ReadonlyMap<string, Readonly<RaceBookings>>;
}

/** What is missing in the books; 0 where they add up. */
export function missingIn(books: Books): number {
  const { deposits, withdrawals, free, held, unclaimed, inPools } = books;
  const { takeout, breakage, reserve, houseUnclaimed, houseAwards, inTransit } = books;
  const players = free + held + unclaimed;
  const house = takeout + breakage + reserve + houseUnclaimed - houseAwards;
  return deposits - withdrawals - players - inPools - house - inTransit;
}

export function createLedger({
  claimMoved = () => {},
}: {
  readonly claimMoved?: (move: ClaimMove) => void;
} = {}): Ledger {
  const bets = new Map<string, BetSides>();
  const pools = new Map<string, PoolSides>();
  const shares = new Map<string, ShareSides>();
  const awards = new Map<string, AwardSides>();
  const races = newRaces();
  const house = newHouse();
  const faults: string[] = [];
  const fault = (what: string) => {
    if (faults.length < FAULTS_MAX) faults.push(what);
  };
  const players = newPlayers(fault);

  const entries: Entries = {
    betOf: (player, bet) => foundOrMade(bets, `${player}/${bet}`, newBet),
    poolOf: (race, pool) => foundOrMade(pools, `${race}/${pool}`, newPool),
    shareOf: (player, { race, pool }) =>
      foundOrMade(shares, `${player}/${race}/${pool}`, () => newShare(race)),
    awardOf: (player, award) => foundOrMade(awards, `${player}/${award}`, newAward),
    claimMoved,
    fault,
  };

  return {
    add(told) {
      switch (told.of) {
        case 'player':
          enterPlayerRecord(players, entries, { player: told.id, event: told.event });
          return;
        case 'race':
          enterRaceRecord(races, entries, { race: told.id, event: told.event });
          return;
        case 'operator':
          enterHouseRecord(house, entries, told.event);
          return;
        default:
          return;
      }
    },
    report,
    pools: () => pools,
    bookings: () => players.byRace,
  };

  function report(): LedgerReport {
    const counts = {
      reserved: 0,
      registered: 0,
      refused: 0,
      cancelled: 0,
      settled: 0,
      unresolved: 0,
      halfBooked: 0,
    };
    const found: string[] = [];
    const unmatched: string[] = [];
    let held = 0;
    let unclaimed = 0;
    let inPools = 0;
    let inTransit = 0;

    for (const [name, sides] of bets) {
      const { reserved, registered, refused } = sides;
      const halves = halvesOf(sides);
      if (reserved !== undefined) counts.reserved++;
      if (registered !== undefined) counts.registered++;
      if (refused) counts.refused++;
      if (sides.cancelled !== undefined) counts.cancelled++;
      if (bookedOf(sides).cents !== undefined) counts.settled++;
      if (halves.length > 0) counts.halfBooked++;
      if (isUnresolved(sides)) {
        counts.unresolved++;
        held += reserved ?? 0;
        unmatched.push(`bet ${name} is reserved, and neither confirmed nor released`);
      }
      unclaimed += sides.waiting;
      inTransit += inTransitOf(sides);
      found.push(...betFaults(name, sides));
      unmatched.push(...halves.map((half) => `bet ${name} ${half}`));
    }
    for (const [name, sides] of pools) {
      inPools += sides.money;
      inTransit += houseTotal(sides.price) - houseTotal(sides.posted);
      found.push(...poolFaults(name, sides));
      unmatched.push(...poolUnmatched(sides).map((half) => `pool ${name} ${half}`));
    }
    for (const [name, sides] of awards) {
      inTransit += awardInTransit(sides);
      found.push(...awardFaults(name, sides));
      unmatched.push(...awardHalves(sides).map((half) => `award ${name} ${half}`));
    }
    if (inTransit !== 0) unmatched.unshift(`${inTransit} cents are in transit`);
    let free = 0;
    for (const account of players.accounts.values()) free += account.free;
    let reserve = 0;
    for (const cents of house.funds.values()) reserve += cents;
    const books = {
      deposits: players.deposits,
      withdrawals: players.withdrawals,
      free,
      held,
      unclaimed,
      inPools,
      takeout: house.takeout,
      breakage: house.breakage,
      reserve,
      houseUnclaimed: house.unclaimed,
      houseAwards: house.awards,
      inTransit,
    };
    return {
      books,
      funds: [...house.funds].map(([fund, cents]) => ({ fund, cents })),
      bets: counts,
      wallet: players.wallets.report(),
      faults: [...faults, ...found].slice(0, FAULTS_MAX),
      unmatched: unmatched.slice(0, FAULTS_MAX),
    };
  }
}
