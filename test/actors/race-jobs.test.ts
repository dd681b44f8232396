/** A pool too large for one turn: priced, settled, corrected and given back by its jobs. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PoolResult } from '../../src/actors/pools/price.ts';
import type { RaceCommand } from '../../src/actors/race-events.ts';
import { PRICED_AT_ONCE } from '../../src/actors/race-pricing.ts';
import type { Ticket } from '../../src/actors/ticket.ts';
import { type LogEntry, photograph } from '../support/scenario.ts';
import {
  authorise,
  close,
  correct,
  declare,
  numbers,
  official,
  open,
  removeSource,
  result,
  scratch,
  settleNext,
  ticket,
  voided,
  WIN,
  winPool,
} from './given.ts';
import {
  booked,
  dealt,
  goOn,
  moneyOf,
  type PaidBets,
  priced,
  raceEvents,
  type SoldRace,
  sold,
  told,
} from './sold-races.ts';

/** Of the kiosk, winnings wait to be claimed. */
const pool = {
  ...winPool,
  ruleSet: {
    ...winPool.ruleSet,
    channels: [{ channel: 'online' }, { channel: 'kiosk', claimDays: 60 }],
  },
};
/** Every tenth through the kiosk, some on two runners, of two stakes. */
const ticketOf = (index: number): Ticket =>
  ticket(['1', '2', '3', '2,3', '1,4'][index % 5] ?? '1', {
    stake: index % 3 === 0 ? 250 : 100,
    channel: index % 10 === 0 ? 'kiosk' : 'online',
  });
/** Of so many players that they are settled in several commands. */
const dealtTo = (count: number, players: number) => dealt(count, { players, ticketOf });
const soldTo = (tickets: readonly Ticket[], open_: readonly RaceCommand[] = [open]) =>
  sold({ r1: declare([pool]) }, { open: open_, tickets });

const MANY = dealtTo(2_500, 400);
const SOME = dealtTo(PRICED_AT_ONCE + 100, 270);
const many = soldTo(MANY);
const some = soldTo(SOME);

const raceOf = (order: string, nonRunners: readonly number[] = []): PoolResult => ({
  kind: 'race',
  result: {
    order: order.split(' ').map((place) => numbers(...place.split('+').map(Number))),
    nonRunners: numbers(...nonRunners),
    starters: 4 - nonRunners.length,
    entries: [],
  },
});

function finished(race: SoldRace, tickets: readonly Ticket[]): PaidBets {
  race.finish();
  expect(race.troupe.refused).toEqual([]);
  const { deposited, free, held, unclaimed, openBets, inPools, house } = moneyOf(race, tickets);
  expect({ held, openBets, inPools }).toEqual({ held: 0, openBets: 0, inPools: 0 });
  expect(free + unclaimed + house).toBe(deposited);
  expect(race.pool()).toMatchObject({ settled: true, money: 0, pricing: undefined });
  expect(race.troupe.jobsOf('race/r1')).toEqual([]);
  return booked(race, tickets);
}

/** From the close to the result, with nothing done yet for the jobs. */
function begun(past: readonly LogEntry[], ...orders: readonly RaceCommand[]): SoldRace {
  const race = goOn(past);
  race.tell(...orders);
  return race;
}
const won = (past: readonly LogEntry[], order = '1 2 3 4') =>
  begun(past, close, result(order), official);

describe('a large pool', () => {
  test('is not priced with the result, but begun, and waits for its job', () => {
    const race = won(some);
    expect(raceEvents(race).slice(-2)).toMatchObject([
      { kind: 'race-made-official' },
      { kind: 'pricing-begun', run: 1, starters: 4, voided: false, atMs: 7 },
    ]);
    expect(race.troupe.jobsOf('race/r1')).toMatchObject([{ name: 'settle-pool' }]);
    race.tell(settleNext());
    expect(race.pool()).toMatchObject({ price: undefined, settled: false });
    expect(race.state().phase).toBe('official');
  });

  test('pays each of 2,500 tickets what pricing says, once, and the race is paid once', () => {
    const race = won(many);
    const paid = finished(race, MANY);
    expect(paid).toEqual(priced(race, race.pool(), raceOf('1 2 3 4')));
    expect(raceEvents(race).filter((it) => it.kind === 'race-paid')).toHaveLength(1);
    expect(raceEvents(race).filter((it) => it.kind === 'players-settled').length).toBeGreaterThan(
      2,
    );
    expect(told(race).size).toBe(MANY.length);
    for (const times of told(race).values()) expect(times).toHaveLength(1);
    expect(race.state().phase).toBe('paid');
  });

  test('tells each player in one message, of all bets in the pool', () => {
    const race = won(many);
    finished(race, MANY);
    const players = raceEvents(race).flatMap((it) =>
      it.kind === 'players-settled' ? it.players.map(({ player }) => player) : [],
    );
    expect(new Set(players).size).toBe(400);
    expect(players).toHaveLength(400);
  });

  test('pays what the same bets are paid in a small pool, many times as many', () => {
    // The same mixture: ten times the pool, and so the same dividend.
    const few = dealtTo(300, 40);
    const small = won(soldTo(few));
    const paidFew = finished(small, few);
    expect(small.pool().price?.dividends).toHaveLength(1);
    const large = won(soldTo(dealtTo(3_000, 400)));
    large.finish();
    const dividendOf = ({ pool: of }: SoldRace) => of().price?.dividends[0]?.hundredths;
    expect(dividendOf(large)).toBe(dividendOf(small));
    const { given } = large.pool();
    for (const [index, { player, bet }] of few.entries()) {
      const small = paidFew.get(`${player}/${bet}`);
      expect(given.get(index) ?? { payout: 0, refund: 0 }).toEqual(small);
    }
  });

  test.each([
    ['is small at its bound', PRICED_AT_ONCE, 'pool-priced'],
    ['is large one above it', PRICED_AT_ONCE + 1, 'pricing-begun'],
  ])('%s', (_what, count, kind) => {
    const tickets = dealtTo(count, 30);
    const race = won(soldTo(tickets));
    expect(raceEvents(race).at(-1)?.kind).toBe(kind);
    const paid = finished(race, tickets);
    expect(paid).toEqual(priced(race, race.pool(), raceOf('1 2 3 4')));
    expect(race.state().phase).toBe('paid');
    expect(raceEvents(race).some((it) => it.kind === 'players-settled')).toBe(
      count > PRICED_AT_ONCE,
    );
    for (const times of told(race).values()) expect(times).toHaveLength(1);
  });

  test('lets what a channel pays wait for its days, as a small one does', () => {
    for (const [tickets, past] of [
      [SOME, some],
      [dealtTo(100, 7), soldTo(dealtTo(100, 7))],
    ] as const) {
      const race = won(past);
      const paid = finished(race, tickets);
      const kiosk = tickets
        .filter((it) => it.channel === 'kiosk')
        .reduce((sum, it) => sum + (paid.get(`${it.player}/${it.bet}`)?.payout ?? 0), 0);
      expect(kiosk).toBeGreaterThan(0);
      expect(moneyOf(race, tickets).unclaimed).toBe(kiosk);
    }
  });

  test('gives every stake back where its race is called off', () => {
    for (const orders of [[voided], [close, voided], [close, result('1 2'), voided]]) {
      const race = begun(some, ...orders);
      const paid = finished(race, SOME);
      for (const { player, bet, cost } of SOME) {
        expect(paid.get(`${player}/${bet}`)).toEqual({ payout: 0, refund: cost });
      }
      expect(race.state().phase).toBe('refunded');
      expect(raceEvents(race).filter((it) => it.kind === 'race-paid')).toHaveLength(1);
    }
  });

  test('gives every stake back where nobody has the winner', () => {
    const tickets = SOME.map((it) => ({ ...it, ...stakesOn(it, '1') }));
    const paid = finished(won(soldTo(tickets), '4 2 3 1'), tickets);
    expect([...paid.values()].every(({ payout, refund }) => payout === 0 && refund > 0)).toBe(true);
  });

  test('has given back what left it before any of it is paid', () => {
    const race = begun(some, scratch(2), close, result('1 3 4'), official);
    // Nothing was given back yet: its job waits.
    expect(race.pool().refundQueue.length).toBeGreaterThan(0);
    expect(race.troupe.jobsOf('race/r1')).toEqual([]);
    const paid = finished(race, SOME);
    expect(paid).toEqual(priced(race, race.pool(), raceOf('1 3 4', [2])));
    expect(race.state().phase).toBe('paid');
  });

  test('whose totals disagree is not priced until a steward authorises it', () => {
    const race = goOn(some);
    const of = race.pool();
    of.gross = (of.gross + 1) as typeof of.gross;
    race.tell(close, result('1 2'));
    expect(race.troupe.tell('race/r1', official, 'may-refuse')).toBe(false);
    race.tell(authorise(), official);
    const paid = finished(race, SOME);
    expect(paid).toEqual(priced(race, race.pool(), raceOf('1 2')));
  });
});

function stakesOn({ stake }: Ticket, runner: string): Partial<Ticket> {
  const { legs, combinations, cost } = ticket(runner, { stake });
  return { legs, combinations, cost };
}

describe('a crash', () => {
  test('between any two commits pays every ticket once, and leaves no cent in the pool', () => {
    const orders = [close, result('1 2 3 4'), official];
    const clean = goOn(some);
    // How many of the race's events were on disk, and what was still to be ordered.
    const commits: [number, RaceCommand[]][] = [];
    const committed = (...left: RaceCommand[]) => commits.push([raceEvents(clean).length, left]);
    for (const [index, order] of orders.entries()) {
      committed(...orders.slice(index));
      clean.tell(order);
    }
    do committed();
    while (clean.jobs.step());
    const expected = finished(clean, SOME);

    expect(commits.length).toBeGreaterThan(6);
    for (const [count, left] of commits) {
      const lost = goOn(upTo(clean, count));
      lost.troupe.crash('race/r1');
      lost.tell(...left);
      expect(finished(lost, SOME)).toEqual(expected);
      const times = told(lost);
      expect(times.size).toBe(SOME.length);
      for (const them of times.values()) expect(them).toHaveLength(1);
      expect(raceEvents(lost).filter((it) => it.kind === 'race-paid')).toHaveLength(1);
      expect(photograph(lost.pool().given)).toEqual(photograph(clean.pool().given));
    }
  });

  test('after every single command of the job, which begins again each time, changes nothing', () => {
    const race = won(many);
    for (let steps = 1; ; steps++) {
      let more = true;
      // One command further than the last time.
      for (let step = 0; step < steps && more; step++) {
        race.troupe.deliverAll();
        more = race.jobs.step();
      }
      if (!more) break;
      race.troupe.crash('race/r1');
      race.jobs.beginAgain();
    }
    const paid = finished(race, MANY);
    expect(paid).toEqual(priced(race, race.pool(), raceOf('1 2 3 4')));
    for (const times of told(race).values()) expect(times).toHaveLength(1);
  });

  test('after the last event leaves nothing to do', () => {
    const race = won(some);
    race.finish();
    const before = photograph(race.state());
    race.troupe.crash('race/r1');
    expect(photograph(race.state())).toEqual(before);
    expect(race.troupe.jobsOf('race/r1')).toEqual([]);
  });

  /** The log as it was when the race had so many events. */
  function upTo({ troupe }: SoldRace, count: number): LogEntry[] {
    let left = count;
    return troupe.log.filter(({ address }) => address !== 'race/r1' || left-- > 0);
  }
});

describe('while a large pool is priced or settled', () => {
  const order = '2 1 3 4';
  const without = SOME.filter((it) => it.channel !== 'kiosk');
  const last = won(some, order);
  const paidAtLast = finished(last, SOME);
  const atLast = { given: photograph(last.pool().given), house: houseOf(last) };

  /** Steps of the job before it happens, from none to all. */
  const STEPS = Array.from({ length: 6 }, (_, steps) => [steps]);
  function stepped(steps: number): SoldRace {
    const race = won(some);
    for (let step = 0; step < steps; step++) {
      race.troupe.deliverAll();
      race.jobs.step();
    }
    return race;
  }

  test('the steps before it are all there are', () => {
    expect(stepped(0).pool()).toMatchObject({ price: undefined });
    expect(stepped(1).pool()).toMatchObject({ run: 1, settled: false, given: new Map() });
    expect(stepped(2).pool().given.size).toBeGreaterThan(0);
    expect(stepped(3).pool()).toMatchObject({ settled: false });
    expect(stepped(4).pool()).toMatchObject({ settled: true });
  });

  test.each(STEPS)('a correction after %i commands leads to what the last result pays', (steps) => {
    const race = stepped(steps);
    const late = race.jobs.rest();
    race.tell(correct(order));
    expect(race.pool()).toMatchObject({ settled: false });
    expect(race.state().phase).toBe('official');
    const paid = finished(race, SOME);
    expect(paid).toEqual(paidAtLast);
    expect(race.pool()).toMatchObject({ run: 2 });
    expect(photograph(race.pool().given)).toEqual(atLast.given);
    expect(houseOf(race)).toEqual(atLast.house);
    expect(race.state().phase).toBe('paid');
    changesNothing(race, late);
  });

  test.each(STEPS)('commands of a run that was overtaken after %i change nothing', (steps) => {
    const race = stepped(steps);
    const late = race.jobs.rest();
    race.tell(correct(order));
    // With nothing of the new run done, and after each of its commands.
    do changesNothing(race, late);
    while (race.jobs.step());
    expect(finished(race, SOME)).toEqual(paidAtLast);
  });

  test.each(STEPS)('a source removed after %i commands takes its bets and no other', (steps) => {
    const race = stepped(steps);
    const late = race.jobs.rest();
    race.tell(removeSource('kiosk'));
    const paid = finished(race, SOME);
    const rest = finished(won(soldTo(without)), without);
    for (const { player, bet, cost, channel } of SOME) {
      const key = `${player}/${bet}`;
      const expected = channel === 'kiosk' ? { payout: 0, refund: cost } : rest.get(key);
      expect([key, paid.get(key)]).toEqual([key, expected]);
    }
    expect(race.state().phase).toBe('paid');
    changesNothing(race, late);
  });

  test.each(STEPS)(
    'a correction back to what it was after %i commands pays what it paid',
    (steps) => {
      const race = stepped(steps);
      race.tell(correct(order));
      race.jobs.step();
      race.jobs.step();
      race.tell(correct('1 2 3 4'));
      const paid = finished(race, SOME);
      expect(paid).toEqual(priced(race, race.pool(), raceOf('1 2 3 4')));
      expect(race.pool()).toMatchObject({ run: 3 });
    },
  );

  test('no bet is given back to who wants it, and the race is not called off', () => {
    for (const [steps] of STEPS) {
      const race = stepped(steps ?? 0);
      const [{ player, bet }] = SOME as [Ticket];
      const before = photograph(race.pool());
      race.tell({ kind: 'cancel-bet', bet, player, pool: WIN, by: 'clerk', atMs: 5 });
      expect(raceEvents(race).at(-1)).toMatchObject({ kind: 'cancel-refused' });
      expect(race.troupe.tell('race/r1', voided, 'may-refuse')).toBe(false);
      expect(photograph(race.pool())).toEqual(before);
    }
  });

  function houseOf({ troupe }: SoldRace): unknown {
    return troupe.answer('operator/house', { kind: 'books' });
  }

  function changesNothing(race: SoldRace, commands: readonly unknown[]): void {
    const events = raceEvents(race).length;
    for (const command of commands) race.troupe.tell('race/r1', command);
    expect(raceEvents(race)).toHaveLength(events);
  }
});

describe('whatever is ordered, corrected, removed and crashes, around the bound of a small pool', () => {
  type Step =
    | { readonly kind: 'order'; readonly command: RaceCommand }
    | { readonly kind: 'deliver'; readonly choice: number; readonly keep: boolean }
    | { readonly kind: 'job' }
    | { readonly kind: 'crash' };

  const sizes = [PRICED_AT_ONCE - 1, PRICED_AT_ONCE, PRICED_AT_ONCE + 1, PRICED_AT_ONCE + 60];
  const meetings = sizes.map((size) => {
    const tickets = dealtTo(size, 200);
    return { tickets, past: soldTo(tickets) };
  });
  const before = fc.subarray([scratch(1), scratch(2), removeSource('kiosk')]);
  const end = fc.constantFrom<readonly RaceCommand[]>(
    [close, result('3 4'), official],
    [close, result('4 3'), official],
    [close, voided],
    [voided],
  );
  const orders = fc.constantFrom<RaceCommand>(
    correct('3 4'),
    correct('4 3'),
    correct('3+4'),
    correct('3', 4),
    removeSource('kiosk'),
    removeSource('online'),
  );
  const steps: fc.Arbitrary<Step> = fc.oneof(
    { weight: 2, arbitrary: orders.map((command) => ({ kind: 'order' as const, command })) },
    { weight: 6, arbitrary: fc.constant<Step>({ kind: 'job' }) },
    { weight: 1, arbitrary: fc.constant<Step>({ kind: 'crash' }) },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('deliver' as const),
        choice: fc.nat(500),
        keep: fc.boolean(),
      }),
    },
  );

  // Whatever chance deals: a pool on each side of the bound that is corrected twice.
  const twice: Step[] = [
    { kind: 'order', command: correct('4 3') },
    { kind: 'job' },
    { kind: 'order', command: correct('3 4') },
  ];
  const corrected = meetings.map(
    (meeting): [typeof meeting, RaceCommand[], readonly RaceCommand[], Step[]] => [
      meeting,
      [],
      [close, result('3 4'), official],
      twice,
    ],
  );

  test('money in is money out, and every player has what the last price says', () => {
    let runs = 0;
    let large = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...meetings),
        before,
        end,
        fc.array(steps, { maxLength: 30, size: 'max' }),
        ({ tickets, past }, orders, result, since) => {
          const race = begun(past, ...orders, ...result);
          for (const step of since) {
            if (step.kind === 'order') race.troupe.tell('race/r1', step.command, 'may-refuse');
            else if (step.kind === 'job') race.jobs.step();
            else if (step.kind === 'crash') {
              race.troupe.crash('race/r1');
              race.jobs.beginAgain();
            } else if (race.troupe.underWay > 0) {
              race.troupe.deliver(step.choice, step.keep ? 'keep' : undefined);
            }
          }
          const paid = finished(race, tickets);
          const { state } = race;
          expect(['paid', 'refunded']).toContain(state().phase);
          const nonRunners = [...state().runners.values()].filter((it) => it.scratched);
          const last: PoolResult =
            state().phase === 'refunded'
              ? { kind: 'void' }
              : {
                  kind: 'race',
                  result: {
                    order: state().order,
                    nonRunners: nonRunners.map((it) => it.number),
                    starters: 4 - nonRunners.length,
                    entries: [],
                  },
                };
          expect(paid).toEqual(priced(race, race.pool(), last));
          runs = Math.max(runs, race.pool().run);
          if (tickets.length > PRICED_AT_ONCE) large = Math.max(large, race.pool().run);
        },
      ),
      { numRuns: 25, examples: corrected },
    );
    // Else it proves nothing of corrections.
    expect([runs > 2, large > 2]).toEqual([true, true]);
  }, 60_000);
});
