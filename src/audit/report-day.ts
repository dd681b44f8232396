/**
 * The daily balance: sales, refunds, takeout, breakage and payout of every pool, what was brought in
 * and carried out, the funds and the players' money from opening to closing, and the balancing
 * checks over all of it (report-checks.ts).
 *
 * A race is of the UTC day of its off time, whenever it was paid or corrected; a movement of
 * players' or the house's money of the UTC day of its record. Books at opening and closing are two
 * ledgers over the records until then, the races' a third one over all.
 *
 * Needs three times what the ledger needs, and the tickets of the day's races, to price them again.
 */
import { foundOrMade } from './entries.ts';
import { type Books, createLedger, type LedgerReport } from './ledger.ts';
import { fundOf } from './ledger-house.ts';
import type { OperatorRecord, Told } from './records.ts';
import { type Check, checksOf } from './report-checks.ts';
import { type ReportOptions, readForReport, type Stamp, timeOf } from './report-stamp.ts';
import { createRepricer } from './reprice.ts';
import type { PoolSides } from './sides.ts';

export interface DayReport {
  readonly stamp: Stamp;
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  readonly races: readonly DayRace[];
  readonly total: Sales;
  readonly channels: readonly ({ readonly channel: string } & ChannelSales)[];
  readonly ruleSets: readonly ({ readonly ruleSet: string; readonly pools: number } & Sales)[];
  readonly funds: readonly FundLine[];
  readonly opening: Books;
  readonly closing: Books;
  readonly checks: readonly Check[];
  readonly balanced: boolean;
}

interface DayRace {
  readonly race: string;
  readonly title: string;
  readonly off: string;
  readonly pools: readonly DayPool[];
}

/** Cents. */
export interface Sales {
  readonly sold: number;
  readonly cancelled: number;
  /** Stakes given back, by a price or before it. */
  readonly refunds: number;
  /** sold − cancelled − refunds. */
  readonly gross: number;
  readonly takeout: number;
  readonly breakage: number;
  readonly payout: number;
  readonly broughtIn: number;
  readonly carriedOut: number;
  /** Winnings that tickets were given. */
  readonly paid: number;
}

export interface DayPool extends Sales {
  readonly race: string;
  readonly pool: string;
  readonly ruleSet: string;
  readonly state: 'not priced' | 'priced' | 'settled';
  /** Of the last price; 0 is none. */
  readonly run: number;
  /** gross + brought in = payout + takeout + breakage + carried out; true where not priced. */
  readonly balanced: boolean;
}

interface ChannelSales {
  readonly tickets: number;
  readonly sold: number;
  readonly cancelled: number;
  readonly refunds: number;
  readonly paid: number;
}

export interface FundLine {
  readonly fund: string;
  readonly opening: number;
  readonly in: number;
  readonly out: number;
  readonly closing: number;
}

interface Card {
  readonly title: string;
  readonly offAtMs: number;
  /** Id and rule set's id, in order. */
  readonly pools: readonly (readonly [pool: string, ruleSet: string])[];
}

export interface DayOptions extends ReportOptions {
  readonly day: string;
  /** Whether every price of the day is made again. */
  readonly reprice?: boolean;
}

/** @throws Error where there is no log at `dataDir`. */
export function reportDay(dataDir: string, { day, reprice, ...options }: DayOptions): DayReport {
  const [opening, closing, whole] = [createLedger(), createLedger(), createLedger()];
  const repricer = reprice === false ? undefined : createRepricer();
  const cards = new Map<string, Card>();
  const funds = createFunds();
  const stamp = readForReport(dataDir, options, (told, atMs) => {
    const on = timeOf(atMs).slice(0, 10);
    if (told.of === 'race') addCard(cards, told);
    if (told.of === 'race' && dayOfCard(cards.get(told.id)) === day) {
      repricer?.add(told.id, told.event);
    }
    whole.add(told);
    if (on < day) opening.add(told);
    if (on <= day) closing.add(told);
    if (on === day && told.of === 'operator' && told.event.kind === 'pool-posted') {
      funds.add(told.event, 'day');
    } else if (on < day && told.of === 'operator' && told.event.kind === 'pool-posted') {
      funds.add(told.event, 'before');
    }
  });

  const races = [...cards]
    .filter(([, card]) => dayOfCard(card) === day)
    .sort(([, a], [, b]) => a.offAtMs - b.offAtMs)
    .map(([race, card]) => raceOf(race, card, whole.pools()));
  const pools = races.flatMap((it) => it.pools);
  const [before, after] = [opening.report(), closing.report()];
  const fundLines = funds.lines(before, after);
  const checks = checksOf({
    atRest: stamp.rest === 'at-rest',
    pools,
    sides: whole.pools(),
    bookings: whole.bookings(),
    report: whole.report(),
    books: [before.books, after.books],
    funds: fundLines,
    again: repricer?.report(),
  });
  return {
    stamp,
    day,
    races,
    total: totalOf(pools),
    channels: channelsOf(pools, whole.pools()),
    ruleSets: ruleSetsOf(pools),
    funds: fundLines,
    opening: before.books,
    closing: after.books,
    checks,
    balanced: checks.every((it) => it.verdict !== 'wrong') && stamp.faults.length === 0,
  };
}

function addCard(cards: Map<string, Card>, { id, event }: Told & { readonly of: 'race' }): void {
  if (event.kind !== 'race-declared') return;
  const { title, offAtMs, pools } = event;
  cards.set(id, { title, offAtMs, pools: pools.map((it) => [it.id, ruleSetId(it.ruleSet)]) });
}

function ruleSetId(json: string): string {
  const ruleSet: unknown = JSON.parse(json);
  const hasId = typeof ruleSet === 'object' && ruleSet !== null && 'id' in ruleSet;
  return hasId ? String(ruleSet.id) : '';
}

function dayOfCard(card: Card | undefined): string | undefined {
  return card === undefined ? undefined : timeOf(card.offAtMs).slice(0, 10);
}

function raceOf(
  race: string,
  { title, offAtMs, pools }: Card,
  sides: ReadonlyMap<string, Readonly<PoolSides>>,
): DayRace {
  return {
    race,
    title,
    off: timeOf(offAtMs),
    pools: pools.map(([pool, ruleSet]) =>
      poolOf({ race, pool, ruleSet }, sides.get(`${race}/${pool}`)),
    ),
  };
}

function poolOf(
  names: { readonly race: string; readonly pool: string; readonly ruleSet: string },
  side: Readonly<PoolSides> | undefined,
): DayPool {
  const { sold = 0, cancelled = 0, removed = 0, removedDue = 0, price, given } = side ?? {};
  const scratched = given?.['refund-of-scratched'].refund ?? 0;
  const refunds =
    (price?.refunds ?? 0) + scratched + removed - (price === undefined ? removedDue : 0);
  const { takeout = 0, breakage = 0, payout = 0, broughtIn = 0, carriedOut = 0 } = price ?? {};
  const gross = sold - cancelled - refunds;
  return {
    ...names,
    state: side?.settled ? 'settled' : price === undefined ? 'not priced' : 'priced',
    run: price?.run ?? 0,
    sold,
    cancelled,
    refunds,
    gross,
    takeout,
    breakage,
    payout,
    broughtIn,
    carriedOut,
    paid: given?.settlement.payout ?? 0,
    balanced: price === undefined || gross + broughtIn === payout + takeout + breakage + carriedOut,
  };
}

const AMOUNTS = [
  'sold',
  'cancelled',
  'refunds',
  'gross',
  'takeout',
  'breakage',
  'payout',
  'broughtIn',
  'carriedOut',
  'paid',
] as const;

function totalOf(pools: readonly Sales[]): Sales {
  const total = { ...NO_SALES };
  for (const pool of pools) for (const name of AMOUNTS) total[name] += pool[name];
  return total;
}

const NO_SALES = {
  sold: 0,
  cancelled: 0,
  refunds: 0,
  gross: 0,
  takeout: 0,
  breakage: 0,
  payout: 0,
  broughtIn: 0,
  carriedOut: 0,
  paid: 0,
};

function ruleSetsOf(pools: readonly DayPool[]): DayReport['ruleSets'] {
  const byRuleSet = new Map<string, DayPool[]>();
  for (const pool of pools) foundOrMade(byRuleSet, pool.ruleSet, () => []).push(pool);
  return [...byRuleSet].map(([ruleSet, own]) => ({ ruleSet, pools: own.length, ...totalOf(own) }));
}

function channelsOf(
  pools: readonly DayPool[],
  sides: ReadonlyMap<string, Readonly<PoolSides>>,
): DayReport['channels'] {
  const totals = new Map<string, { -readonly [Name in keyof ChannelSales]: number }>();
  for (const { race, pool } of pools) {
    for (const [channel, side] of sides.get(`${race}/${pool}`)?.sources ?? []) {
      const total = foundOrMade(totals, channel, () => ({
        tickets: 0,
        sold: 0,
        cancelled: 0,
        refunds: 0,
        paid: 0,
      }));
      total.tickets += side.sold.tickets;
      total.sold += side.sold.stakes;
      total.cancelled += side.cancelled.stakes;
      for (const { payout, refund } of Object.values(side.given)) {
        total.refunds += refund;
        total.paid += payout;
      }
    }
  }
  return [...totals].map(([channel, total]) => ({ channel, ...total }));
}

type Posting = OperatorRecord<'pool-posted'>;

/** What went into each fund and came out of it on the day; a later run replaces the earlier. */
function createFunds() {
  const last = new Map<string, Posting>();
  const moved = new Map<string, { in: number; out: number }>();

  function move({ fund, toReserve, fromReserve }: Posting, sign: 1 | -1): void {
    const it = foundOrMade(moved, fundOf(fund), () => ({ in: 0, out: 0 }));
    it.in += sign * toReserve;
    it.out += sign * fromReserve;
  }

  return {
    add(posting: Posting, when: 'before' | 'day'): void {
      const key = `${posting.race}/${posting.pool}`;
      const before = last.get(key);
      last.set(key, posting);
      if (when === 'before') return;
      if (before !== undefined) move(before, -1);
      move(posting, 1);
    },
    lines(before: LedgerReport, after: LedgerReport): FundLine[] {
      const openings = new Map(before.funds.map((it) => [it.fund, it.cents]));
      return after.funds.map(({ fund, cents: closing }) => ({
        fund,
        opening: openings.get(fund) ?? 0,
        in: moved.get(fund)?.in ?? 0,
        out: moved.get(fund)?.out ?? 0,
        closing,
      }));
    },
  };
}
