/**
 * The house's records in the second ledger: takeout, breakage, the funds that carry-overs and
 * reserves are kept in, what nobody claimed, and what was paid as awards.
 *
 * Invariant: a later run of a pool replaces the earlier one; each is booked once.
 */
import type { OperatorEvent } from '../actors/operator.ts';
import type { Entries } from './entries.ts';
import { enterAwardPosted } from './ledger-awards.ts';
import type { OperatorRecord } from './records.ts';
import type { HouseSide } from './sides.ts';

export interface House {
  takeout: number;
  breakage: number;
  unclaimed: number;
  /** Paid out. */
  awards: number;
  readonly funds: Map<string, number>;
}

/** Of what names none: older pools. */
const FIRST_FUND = 'reserve';

export function fundOf(name: string | undefined): string {
  return name || FIRST_FUND;
}

export function newHouse(): House {
  return { takeout: 0, breakage: 0, unclaimed: 0, awards: 0, funds: new Map() };
}

export function enterHouseRecord(house: House, entries: Entries, event: OperatorEvent): void {
  const { betOf, poolOf, fault } = entries;
  switch (event.kind) {
    case 'pool-posted': {
      const pool = poolOf(event.race, event.pool);
      const side = sideOf(event);
      const before = pool.posted;
      if (before !== undefined && side.run <= before.run) {
        fault(`pool ${event.race}/${event.pool} is posted twice`);
      }
      if (before !== undefined) book(house, before, -1);
      book(house, side, 1);
      pool.posted = side;
      return;
    }
    case 'unclaimed-posted': {
      const { player, bet, amount, settlement } = event;
      const sides = betOf(player, bet);
      sides.expired ??= new Map();
      const told = sides.expired.get(settlement) ?? { said: undefined, posted: undefined };
      if (told.posted !== undefined) {
        fault(`what bet ${player}/${bet} left to the house is posted twice (${settlement})`);
      }
      told.posted = (told.posted ?? 0) + amount;
      sides.expired.set(settlement, told);
      house.unclaimed += amount;
      return;
    }
    case 'award-posted':
      enterAwardPosted(entries, event);
      house.awards += event.amount;
      return;
    default:
      return;
  }
}

function sideOf(event: OperatorRecord<'pool-posted'>): HouseSide {
  const { run, takeout, breakage, toReserve, fromReserve, fund } = event;
  return { run: run || 1, takeout, breakage, toFund: toReserve - fromReserve, fund: fundOf(fund) };
}

function book(house: House, { takeout, breakage, toFund, fund }: HouseSide, sign: 1 | -1): void {
  house.takeout += sign * takeout;
  house.breakage += sign * breakage;
  house.funds.set(fund, (house.funds.get(fund) ?? 0) + sign * toFund);
}
