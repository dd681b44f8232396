// The full day, and each of its money rules broken once: the fault is named.
import { describe, expect, test } from 'vitest';
import { createLedger } from '../../src/audit/ledger.ts';
import { createRepricer } from '../../src/audit/reprice.ts';
import type { LogEntry } from '../support/scenario.ts';
import { FULL_DAY, played, toldIn } from './days.ts';

const DAY = played(FULL_DAY);

interface Find {
  readonly at: string;
  readonly kind: string;
  /** Of those alike, from 0; -1 is the last. */
  readonly nth?: number;
  readonly with?: Readonly<Record<string, unknown>>;
}

function indexOf({ at, kind, nth = 0, with: has = {} }: Find): number {
  const found = DAY.flatMap(({ address, event }, index) =>
    address === at &&
    event.kind === kind &&
    Object.entries(has).every(([name, value]) => Reflect.get(event, name) === value)
      ? [index]
      : [],
  );
  const index = found.at(nth);
  if (index === undefined) throw new Error(`the day has no ${kind} of ${at}`);
  return index;
}

const without = (it: Find) => DAY.toSpliced(indexOf(it), 1);
/** The same record once more, at once. */
const twice = (it: Find) =>
  DAY.toSpliced(indexOf(it), 0, ...DAY.slice(indexOf(it), indexOf(it) + 1));
const put = (it: Find, change: Readonly<Record<string, unknown>>) =>
  DAY.map((entry, index) =>
    // Of the same kind still: the change is a value of one of its fields.
    index === indexOf(it)
      ? ({ ...entry, event: { ...entry.event, ...change } } as LogEntry)
      : entry,
  );
/** One ticket of a settlement changed. */
const putTicket = (it: Find, change: Readonly<Record<string, unknown>>) => {
  const event = DAY[indexOf(it)]?.event;
  if (event?.kind !== 'tickets-settled') throw new Error('no settlement');
  const [first, ...rest] = event.tickets;
  return put(it, { tickets: [{ ...first, ...change }, ...rest] });
};

function foundIn(log: readonly LogEntry[]): string[] {
  const ledger = createLedger();
  for (const entry of log) ledger.add(toldIn(entry));
  const { faults, unmatched } = ledger.report();
  return [...faults, ...unmatched];
}

const ANN = 'player/ann';
const BOB = 'player/bob';
const R1 = 'race/r1';
const HOUSE = 'operator/house';
const removal: Find = { at: R1, kind: 'source-removed' };
const back: Find = { at: R1, kind: 'tickets-settled', with: { sort: 'refund-of-removed' } };
const close: Find = { at: R1, kind: 'race-closed' };
const winPrice: Find = { at: R1, kind: 'pool-priced', with: { pool: 'win' } };
const corrected: Find = { ...winPrice, nth: 1 };
const posting: Find = { at: HOUSE, kind: 'pool-posted', with: { pool: 'win', run: 2 } };
const expired: Find = { at: BOB, kind: 'claim-expired' };
const left: Find = { at: HOUSE, kind: 'unclaimed-posted' };
const totals = (change: object) => [
  { pool: 'win', tickets: 4, gross: 3_500, recounted: 3_500, ...change },
];
const bySource = [{ source: 'online', gross: 3_500 }];

test('the full day as it was has no fault, in the ledger and in its prices', () => {
  expect(foundIn(DAY)).toEqual([]);
  const repricer = createRepricer();
  for (const entry of DAY) {
    const told = toldIn(entry);
    if (told.of === 'race') repricer.add(told.id, told.event);
  }
  expect(repricer.report()).toEqual({ prices: 7, faults: [] });
});

describe('of the full day it is named that', () => {
  const planted: readonly [name: string, log: readonly LogEntry[], words: string][] = [
    [
      'a bet is cancelled twice by its race',
      twice({ at: R1, kind: 'bet-cancelled' }),
      'bet ann/b3 is cancelled twice',
    ],
    [
      'a bet is cancelled with another cost',
      put({ at: R1, kind: 'bet-cancelled' }, { cost: 99 }),
      'bet ann/b3 entered with 100 cents and is cancelled with 99',
    ],
    [
      'a bet is cancelled in another pool',
      put({ at: R1, kind: 'bet-cancelled' }, { pool: 'place' }),
      'bet ann/b3 is cancelled, and was not in r1/place',
    ],
    [
      'a bet is cancelled after the close',
      [
        ...without({ at: R1, kind: 'bet-cancelled' }),
        ...DAY.filter((_, index) => index === indexOf({ at: R1, kind: 'bet-cancelled' })),
      ],
      'bet ann/b3 is cancelled after betting on r1/win was closed',
    ],
    [
      'a cancelled bet is not back with its player',
      without({ at: ANN, kind: 'bet-cancelled' }),
      'bet ann/b3 was cancelled, and its player does not have the cost back',
    ],
    [
      'a bet is back with its player that no race cancelled',
      without({ at: R1, kind: 'bet-cancelled' }),
      'bet ann/b3 is back with its player, and no race cancelled it',
    ],
    [
      'a bet is back with its player twice',
      twice({ at: ANN, kind: 'bet-cancelled' }),
      'bet ann/b3 is given back as cancelled twice',
    ],
    [
      'a bet that is back is booked as paid',
      put({ at: ANN, kind: 'bet-settled' }, { bet: 'b3' }),
      'bet ann/b3 is given back as cancelled, then booked as paid',
    ],
    [
      'a cancelled bet is paid',
      putTicket({ at: R1, kind: 'tickets-settled' }, { bet: 'b3' }),
      'bet ann/b3 is cancelled, then paid',
    ],
    [
      'a claim is paid twice',
      twice({ at: ANN, kind: 'bet-claimed' }),
      'bet ann/b2 is claimed, and was claimed',
    ],
    [
      'a claim is paid with another amount',
      put({ at: ANN, kind: 'bet-claimed' }, { amount: 2_499 }),
      'bet ann/b2 is claimed with 2499 cents of 2500',
    ],
    [
      'a bet is claimed that was paid at once',
      put({ at: ANN, kind: 'bet-claimed' }, { bet: 'b1' }),
      'bet ann/b1 is claimed, and was paid',
    ],
    [
      'a claim that went to the house goes there twice',
      twice(expired),
      'bet bob/b2 leaves its settlement 2 to the house twice',
    ],
    [
      'a claim goes to the house with another amount',
      put(expired, { amount: 1_249 }),
      'bet bob/b2 leaves the house 1249 cents of 1250',
    ],
    [
      'the house books another amount than was left to it',
      put(left, { amount: 1_249 }),
      'bet bob/b2 left 1250 cents to the house and 1249 were posted',
    ],
    [
      'the house books what was left to it twice',
      twice(left),
      'what bet bob/b2 left to the house is posted twice (2)',
    ],
    [
      'the house never books what was left to it',
      without(left),
      'bet bob/b2 left 1250 cents to the house, and they are not posted (2)',
    ],
    [
      'the house books what nobody left to it',
      without(expired),
      'bet bob/b2 has 1250 cents posted to the house, and did not leave them (2)',
    ],
    ['a source is removed twice', twice(removal), 'pool r1/place has kiosk removed twice'],
    [
      'a source is removed with other stakes',
      put(removal, { stakes: 199 }),
      'pool r1/place has 1 tickets of 199 cents of kiosk removed, and 1 of 200 were in it',
    ],
    [
      'a ticket of a removed source has not its cost back',
      putTicket(back, { refund: 199 }),
      'bet ann/b4 is out of its pool with 0 and 199 cents, and cost 200',
    ],
    [
      'a ticket of a removed source has more than its cost back',
      putTicket(back, { refund: 201 }),
      'bet ann/b4 has 201 cents back of 200',
    ],
    [
      'a ticket of a removed source is not given back',
      without(back),
      'pool r1/place still owes 200 cents to tickets of a removed source',
    ],
    [
      'a ticket is given back as of a source that was not removed',
      without(removal),
      'bet ann/b4 is given back as of a removed source, and kiosk was not removed',
    ],
    [
      'the price after a removal still counts the source',
      put(
        { at: R1, kind: 'pool-priced', with: { pool: 'place' }, nth: 2 },
        { gross: 600, takeout: 280 },
      ),
      'pool r1/place has tickets of 400 cents, and is priced for 600',
    ],
    ['a run is priced twice', twice(corrected), 'pool r1/win is priced twice'],
    ['a run is left out', put(corrected, { run: 3 }), 'pool r1/win is priced by run 3 after run 1'],
    [
      'a corrected price is not posted',
      without(posting),
      'pool r1/win is priced by run 2, and posted by run 1',
    ],
    [
      'a corrected price is posted with another breakage',
      put(posting, { breakage: -951 }),
      'pool r1/win owes the house -250 cents and -251 were posted',
    ],
    [
      'takeout is posted as breakage',
      put(posting, { takeout: 699, breakage: -949 }),
      'pool r1/win owes takeout 700 and breakage -950, and 699 and -949 were posted',
    ],
    [
      'a pool is posted to another fund',
      put(posting, { fund: 'other' }),
      'pool r1/win is of the fund test and was posted to other',
    ],
    [
      'a ticket is paid by a run that is no price',
      put({ at: R1, kind: 'tickets-settled', nth: 2 }, { settlement: 3 }),
      'bet ann/b1 is paid by run 3, and the price is run 2',
    ],
    [
      'a ticket keeps what a correction took away',
      putTicket({ at: R1, kind: 'tickets-settled', nth: 2 }, { payout: 2_500 }),
      'pool r1/win is settled with -2500 cents left',
    ],
    [
      'a player keeps what a correction took away',
      without({ at: ANN, kind: 'bet-settled', with: { bet: 'b1', settlement: 2 } }),
      'bet ann/b1 was paid by settlement 2, and its player booked settlement 1',
    ],
    [
      'a price that is announced does not follow',
      [...DAY, { address: R1, event: { kind: 'pricing-begun', pool: 'win', run: 3 } } as never],
      'pool r1/win is to be priced by run 3, and has no such price',
    ],
    [
      'the two totals of a close differ',
      put(close, { totals: totals({ gross: 3_501, bySource }) }),
      'pool r1/win closed with 3501 cents counted bet by bet and 3500 counted again, and no steward authorised it',
    ],
    [
      'a pool whose totals differ is priced',
      put(close, { totals: totals({ gross: 3_501, bySource }) }),
      'pool r1/win is priced while its totals disagree',
    ],
    [
      'the sources of a close are not its total',
      put(close, { totals: totals({ bySource: [] }) }),
      'pool r1/win closed with 3500 cents, and its sources with 0',
    ],
    [
      'the totals of a close are not its tickets',
      put(close, { totals: totals({ tickets: 5, bySource }) }),
      'pool r1/win closed with 5 tickets of 3500 cents, and 4 of 3500 are in it',
    ],
    [
      'a bet comes in after its source was removed',
      [
        ...DAY.slice(0, indexOf({ at: R1, kind: 'bet-registered' })),
        {
          address: R1,
          event: {
            ...DAY[indexOf(removal)]?.event,
            pool: 'win',
            source: 'online',
            tickets: 0,
            stakes: 0,
          },
        } as never,
        ...DAY.slice(indexOf({ at: R1, kind: 'bet-registered' })),
      ],
      'bet ann/b1 entered r1/win after online was removed',
    ],
    [
      'a bet of a bet over several races comes in after a leg',
      [
        DAY[indexOf({ at: R1, kind: 'race-opened' })],
        { address: R1, event: { kind: 'leg-closed', pool: 'double', leg: 1 } },
        DAY[indexOf({ at: R1, kind: 'bet-registered', with: { pool: 'double' } })],
      ] as never,
      'bet ann/b5 entered r1/double after one of its legs was closed',
    ],
    [
      'a cost is not stake times combinations',
      put({ at: R1, kind: 'bet-registered' }, { combinations: 2 }),
      'bet ann/b1 costs 1000 cents, and has 2 combinations at 1000',
    ],
    [
      'parts of a price do not add up',
      put(winPrice, { topUp: 1 }),
      'pool r1/win is priced with what was brought in of 1 cents, and 0 in all',
    ],
  ];

  test.each(planted)('%s', (_, log, words) => {
    expect(foundIn(log)).toContain(words);
  });
});

describe('a price that the tickets do not give is named:', () => {
  const dividend = (change: object) => {
    const event = DAY[indexOf(corrected)]?.event;
    if (event?.kind !== 'pool-priced') throw new Error('no price');
    return { dividends: event.dividends.map((it) => ({ ...it, ...change })) };
  };
  const planted: readonly [name: string, log: readonly LogEntry[], words: string][] = [
    [
      'another dividend',
      put(corrected, dividend({ hundredths: 260 })),
      'pool r1/win, run 2: all 2 pays 260 hundredths (28/15) on 1500 cents, made again 250 hundredths (28/15) on 1500 cents',
    ],
    [
      'another exact fraction',
      put(corrected, dividend({ numerator: '29' })),
      'pool r1/win, run 2: all 2 pays 250 hundredths (29/15) on 1500 cents, made again 250 hundredths (28/15) on 1500 cents',
    ],
    [
      'another takeout',
      put(corrected, { takeout: 699, breakage: -949 }),
      'pool r1/win, run 2: takeout is 699, made again 700',
    ],
    [
      'a price of another order',
      put(corrected, { order: [[1], [2]] }),
      'pool r1/win, run 2: payout is 3750, made again 5000',
    ],
    [
      'a ticket that was paid another’s',
      put(
        { at: R1, kind: 'tickets-settled', nth: 2 },
        {
          tickets: [
            { ticket: 1, bet: 'b1', player: 'ann', payout: 0, refund: 0 },
            { ticket: 2, bet: 'b2', player: 'ann', payout: 0, refund: 0 },
            { ticket: 4, bet: 'b1', player: 'bob', payout: 1_250, refund: 0 },
            { ticket: 5, bet: 'b2', player: 'bob', payout: 2_500, refund: 0 },
          ],
        },
      ),
      'pool r1/win, run 2: ticket 4 was paid 1250 and given back 0 cents, made again 2500 and 0',
    ],
    [
      'a bet that was sold on another runner',
      put(
        { at: R1, kind: 'bet-registered', with: { player: 'bob', pool: 'win' } },
        { legs: [[3]] },
      ),
      'pool r1/win, run 2: payout is 3750, made again 2800',
    ],
    [
      'a result that cannot be priced',
      put(corrected, { legs: [{ winners: [], nonRunners: [], voided: true }] }),
      'pool r1/win, run 2: cannot be made again: rule set test@1 has no rules for legs',
    ],
  ];

  test.each(planted)('%s', (_, log, words) => {
    const repricer = createRepricer();
    for (const entry of log) {
      const told = toldIn(entry);
      if (told.of === 'race') repricer.add(told.id, told.event);
    }
    expect(repricer.report().faults).toContain(words);
  });
});
