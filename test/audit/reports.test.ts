// Reports made from the files of a log: the same cents as the ledger, and a stamp on each.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SOFTWARE } from '../../src/actors/software.ts';
import { createLedger, missingIn } from '../../src/audit/ledger.ts';
import { reportDay } from '../../src/audit/report-day.ts';
import { reportRace } from '../../src/audit/report-race.ts';
import { reportUnclaimed } from '../../src/audit/report-unclaimed.ts';
import { verifyLog } from '../../src/audit/verify.ts';
import { readDataDir } from '../../src/runtime/data-dir.ts';
import { OPERATOR_EVENTS, PLAYER_EVENTS } from '../actors/event-examples.ts';
import type { LogEntry } from '../support/scenario.ts';
import { days, FIRST_DAY_MS, FULL_DAY, played, toldIn } from './days.ts';
import { logOf, type Told, toldOf } from './story.ts';

const DAY = '2026-08-02';
const NEXT_DAY = '2026-08-03';
const nowMs = FIRST_DAY_MS + 3 * 86_400_000 + 4_567;

/** A minute from record to record, so that the first day ends within them where there are many. */
function written(log: readonly LogEntry[], everyMs = 60_000): string {
  return logOf(log.map((entry, index): Told => toldOf(entry, FIRST_DAY_MS + index * everyMs)));
}

const full = played(FULL_DAY);

test('a log of the full day is verified on disk, its prices too', () => {
  const found = verifyLog(written(full), { reprice: true });
  expect(found).toMatchObject({ faults: [], moving: [], rest: 'at-rest', repriced: 7 });
  expect(found.funds).toEqual([
    { fund: 'test', cents: -2_520 },
    { fund: 'place', cents: 270 },
  ]);
});

test('every report bears program, directory, records and heads, and the time to the second', () => {
  const dir = written(full);
  const { partitions, records } = verifyLog(dir);
  const stamps = [
    reportDay(dir, { nowMs, day: DAY }),
    reportRace(dir, 'r1', { nowMs }),
    reportUnclaimed(dir, { nowMs }),
  ].map((it) => it.stamp);
  const stamp = {
    software: SOFTWARE,
    dataId: readDataDir(dir).id,
    madeAt: '2026-08-05T00:00:04Z',
    records,
    partitions,
    rest: 'at-rest',
    faults: [],
  };
  expect(stamps).toEqual([stamp, stamp, stamp]);
});

describe('the balance of the full day', () => {
  test('has every pool of the day’s races, and adds up', () => {
    const report = reportDay(written(full), { nowMs, day: DAY });
    const amounts = report.races.flatMap((it) =>
      it.pools.map(({ pool, state, run, sold, cancelled, refunds, gross, payout, paid }) => {
        return [pool, state, run, sold, cancelled, refunds, gross, payout, paid];
      }),
    );
    expect(amounts).toEqual([
      ['win', 'settled', 2, 3_600, 100, 0, 3_500, 3_750, 3_750],
      ['place', 'settled', 3, 600, 0, 200, 400, 0, 0],
      ['double', 'settled', 1, 600, 0, 0, 600, 3_000, 3_000],
    ]);
    expect(report.total).toMatchObject({ sold: 4_800, takeout: 900, broughtIn: 2_520 });
    expect(report.channels).toEqual([
      { channel: 'online', tickets: 6, sold: 3_100, cancelled: 100, refunds: 0, paid: 5_500 },
      { channel: 'kiosk', tickets: 3, sold: 1_700, cancelled: 0, refunds: 200, paid: 1_250 },
    ]);
    expect(report.checks.map((it) => [it.number, it.verdict])).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => [number, 'right']),
    );
    expect(report.balanced).toBe(true);
  });

  test('is of the day of the race’s off time', () => {
    const { races } = reportDay(written(full), { nowMs, day: NEXT_DAY });
    expect(races.map((it) => [it.race, it.pools.map((pool) => pool.pool)])).toEqual([
      ['r2', ['win']],
    ]);
    expect(reportDay(written(full), { nowMs, day: '2026-08-01' }).races).toEqual([]);
  });

  test('opens with what the day before closed with', () => {
    // The first day's end falls among the records.
    const dir = written(full, 900_000);
    const [first, second] = [DAY, NEXT_DAY].map((day) => reportDay(dir, { nowMs, day }));
    expect(second?.opening).toEqual(first?.closing);
    expect(first?.closing).not.toEqual(second?.closing);
    for (const fund of second?.funds ?? []) {
      const before = first?.funds.find((it) => it.fund === fund.fund)?.closing ?? 0;
      expect(fund.opening).toBe(before);
      expect(fund.opening + fund.in - fund.out).toBe(fund.closing);
    }
    expect(second?.closing).toEqual(verifyLog(dir).books);
  });

  test('has what the house paid as awards, and says where a claim was not posted', () => {
    const [granted, claimed, posted]: readonly LogEntry[] = [
      { address: 'player/ann', event: PLAYER_EVENTS['award-granted'] },
      { address: 'player/ann', event: PLAYER_EVENTS['award-claimed'] },
      { address: 'operator/house', event: OPERATOR_EVENTS['award-posted'] },
    ];
    const of = (...more: readonly (LogEntry | undefined)[]) =>
      reportDay(written([...full, ...more.flatMap((it) => it ?? [])]), { nowMs, day: DAY });
    const { opening, closing, balanced } = of(granted, claimed, posted);
    expect([opening.houseAwards, closing.houseAwards, balanced]).toEqual([0, 25_000, true]);
    const { checks, ...unposted } = of(granted, claimed);
    expect(unposted.balanced).toBe(false);
    expect(checks[2]?.findings).toContain(
      'award ann/sunday.2.7 is claimed, and the house did not post it',
    );
  });

  const without = (kind: string) => full.filter(({ event }) => event.kind !== kind);
  const failing: readonly [name: string, number: number, log: readonly LogEntry[]][] = [
    ['stakes', 1, changed('bet-registered', { combinations: 2 })],
    ['totals', 2, changed('race-closed', { totals: [totalsOf(3_501)] })],
    ['identity', 3, changed('pool-priced', { takeout: 701 })],
    ['winners', 4, without('pool-settled').filter(({ event }) => event.kind !== 'tickets-settled')],
    ['refunds', 5, changed('bet-cancelled', { cost: 99 })],
    ['funds', 6, changed('pool-posted', { fund: 'other', run: 3 }, 3)],
    ['replay', 7, changed('pool-priced', { takeout: 701, breakage: -2_201 })],
    ['archive', 8, without('bet-confirmed')],
  ];

  test.each(failing)('says where %s do not balance: check %i', (_, number, log) => {
    const report = reportDay(written(log), { nowMs, day: DAY });
    const check = report.checks.find((it) => it.number === number);
    expect(check).toMatchObject({ verdict: 'wrong' });
    expect(check?.findings.length).toBeGreaterThan(0);
    expect(report.balanced).toBe(false);
  });

  test('leaves the prices alone where it is told to', () => {
    const { checks, balanced } = reportDay(written(full), { nowMs, day: DAY, reprice: false });
    expect(checks.find((it) => it.number === 7)).toMatchObject({ verdict: 'not made' });
    expect(balanced).toBe(true);
  });
});

describe('the outs book of the full day', () => {
  test('has what came, was claimed, went to the house and remains, by day and by race', () => {
    const { days, races, total, balanced } = reportUnclaimed(written(full), { nowMs });
    const line = { opening: 0, added: 3_950, claimed: 2_500, expired: 1_250, remaining: 200 };
    expect({ days, races, total, balanced }).toEqual({
      days: [{ day: DAY, ...line }],
      races: [{ race: 'r1', ...line }],
      total: line,
      balanced: true,
    });
  });

  test('of one day opens with what remained of the days before', () => {
    const dir = written(full, 900_000);
    const [first, second] = [DAY, NEXT_DAY].map((day) => reportUnclaimed(dir, { nowMs, day }));
    expect(second?.total.opening).toBe(first?.total.remaining);
    expect(second?.total.remaining).toBe(second?.ledger);
  });
});

describe('a race made again', () => {
  const made = () => reportRace(written(full), 'r1', { nowMs });

  test('has its orders with time, name, reason and second steward', () => {
    const { orders, card } = made();
    expect(card).toMatchObject({ title: 'first', off: '2026-08-02T12:00:00.000Z' });
    expect(orders.map((it) => [it.what, it.details, it.authorisedBy])).toEqual([
      ['race-declared', '3 runners, 3 pools', ''],
      ['race-opened', '', ''],
      ['race-closed', 'steward', ''],
      ['result-entered', '1/2', ''],
      ['race-made-official', '1/2, run 1', ''],
      ['pricing-reopened', 'run 2', 'second steward'],
      ['result-entered', '2/1', ''],
      ['race-made-official', '2/1, run 2', ''],
      [
        'source-removed',
        'kiosk from pool place: 1 tickets, 200 cents; evidence: incident 12',
        'second steward',
      ],
    ]);
    expect(orders[5]).toMatchObject({ by: 'steward', why: 'photo misread' });
    expect(orders[0]?.at).toBe('1970-01-01T00:00:00.007Z');
  });

  test('counts its bets by channel and minute, refusals by their reason', () => {
    const { bets } = made();
    expect(bets.byChannel).toEqual([
      {
        channel: 'kiosk',
        accepted: 3,
        acceptedCents: 1_700,
        refused: 0,
        cancelled: 0,
        cancelledCents: 0,
      },
      {
        channel: 'online',
        accepted: 6,
        acceptedCents: 3_100,
        refused: 1,
        cancelled: 1,
        cancelledCents: 100,
      },
    ]);
    expect(bets.byMinute.reduce((sum, it) => sum + it.accepted, 0)).toBe(9);
    expect(bets.byMinute.reduce((sum, it) => sum + it.refused, 0)).toBe(1);
    expect(bets.refusals).toEqual([{ reason: 'race-not-open', count: 1 }]);
  });

  test('has both totals of the close, every run of every price, and who funded what', () => {
    const { close, prices } = made();
    expect(close).toMatchObject({ source: 'steward', by: 'steward', why: 'off' });
    expect(close?.totals[0]).toMatchObject({ gross: 3_500, recounted: 3_500, agree: true });
    expect(prices.map((it) => [it.pool, it.run, it.verdict, it.balanced])).toEqual([
      ['win', 1, 'won', true],
      ['place', 1, 'not-won', true],
      ['win', 2, 'won', true],
      ['place', 2, 'not-won', true],
      ['place', 3, 'not-won', true],
      ['double', 1, 'won', true],
    ]);
    expect(prices[2]).toMatchObject({
      software: SOFTWARE,
      ruleSet: 'test@1',
      shortOperator: 950,
      sources: [{ source: 'online' }, { source: 'kiosk' }],
      dividends: [{ numerator: '28', denominator: '15', winningStakes: 1_500 }],
    });
  });

  test('counts its payments run by run, and its survivors leg by leg', () => {
    const { settlements, survivors } = made();
    expect(
      settlements.map((it) => [it.pool, it.run, it.sort, it.count, it.payoutCents, it.refundCents]),
    ).toEqual([
      ['win', 1, 'settlement', 4, 5_000, 0],
      ['place', 1, 'settlement', 2, 0, 0],
      ['win', 2, 'settlement', 4, 3_750, 0],
      ['place', 3, 'refund-of-removed', 1, 0, 200],
      ['double', 1, 'settlement', 2, 3_000, 0],
    ]);
    expect(survivors.map((it) => [it.pool, it.decided, it.tickets])).toEqual([
      ['double', 1, 1],
      ['double', 1, 1],
    ]);
  });

  test('is undefined where the log knows no such race', () => {
    expect(reportRace(written(full), 'r9', { nowMs }).card).toBeUndefined();
  });
});

test('whatever a day brings, reports total what the ledger does', () => {
  fc.assert(
    fc.property(days, (steps) => {
      const log = played(steps);
      const ledger = createLedger();
      for (const entry of log) ledger.add(toldIn(entry));
      const { books, bets, funds } = ledger.report();
      const dir = written(log, 600_000);
      const reports = [DAY, NEXT_DAY].map((day) => reportDay(dir, { nowMs, day }));
      const sum = (of: (report: (typeof reports)[number]) => number) =>
        reports.reduce((all, it) => all + of(it), 0);

      expect(reports.map((it) => it.balanced)).toEqual([true, true]);
      expect(sum((it) => it.total.takeout)).toBe(books.takeout);
      expect(sum((it) => it.total.breakage)).toBe(books.breakage);
      expect(sum((it) => it.total.carriedOut - it.total.broughtIn)).toBe(books.reserve);
      expect(sum((it) => it.channels.reduce((all, one) => all + one.tickets, 0))).toBe(
        bets.registered,
      );
      for (const { opening, closing } of reports) {
        expect([missingIn(opening), missingIn(closing)]).toEqual([0, 0]);
      }
      expect(reportUnclaimed(dir, { nowMs })).toMatchObject({
        total: { remaining: books.unclaimed, expired: books.houseUnclaimed },
        balanced: true,
      });
      expect(verifyLog(dir).funds).toEqual(funds);
    }),
    { numRuns: 25 },
  );
}, 60_000);

/** The full day with another value in the `nth` record of a kind. */
function changed(kind: string, change: Readonly<Record<string, unknown>>, nth = 0): LogEntry[] {
  const at = full.flatMap(({ event, address }, index) =>
    event.kind === kind && !address.startsWith('player/') ? [index] : [],
  )[nth];
  return full.map((entry, index) =>
    // Of the same kind still.
    index === at ? ({ ...entry, event: { ...entry.event, ...change } } as LogEntry) : entry,
  );
}

function totalsOf(gross: number) {
  const bySource = [{ source: 'online', gross: 3_500 }];
  return { pool: 'win', tickets: 4, gross, recounted: 3_500, bySource };
}
