/** Bets over several races between their legs: what is alive, and what it will pay. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PoolDeclaration, RecordedSurvivors } from '../../src/actors/race-events.ts';
import { PRICED_AT_ONCE } from '../../src/actors/race-pricing.ts';
import type { Ticket } from '../../src/actors/ticket.ts';
import { cents, poolId, raceId } from '../../src/actors/units.ts';
import type { LogEntry } from '../support/scenario.ts';
import {
  close,
  correct,
  declare,
  official,
  open,
  removeSource,
  result,
  scratch,
  ticket,
  voided,
} from './given.ts';
import { multiLegRules } from './pools/given.ts';
import {
  booked,
  dealt,
  goOn,
  moneyOf,
  priced,
  raceEvents,
  type SoldRace,
  sold,
} from './sold-races.ts';

const TREBLE = poolId('treble');
const RACES = ['r1', 'r2', 'r3'];
const RUNNERS = 4;
const treble: PoolDeclaration = {
  id: TREBLE,
  ruleSet: multiLegRules({ combinationsMax: 64 }, { legs: 3 }),
  legs: RACES.map(raceId),
  guarantee: cents(0),
};
const DECLARATIONS = {
  r1: declare([treble], RUNNERS),
  r2: declare([], RUNNERS),
  r3: declare([], RUNNERS),
};
const on = (legs: string, stake = 100, channel = 'online'): Ticket =>
  ticket(legs, { pool: 'treble', stake, channel });
const soldTo = (tickets: readonly Ticket[]) => sold(DECLARATIONS, { open: [open], tickets });

/** Closes, runs and makes official. */
function decide(race: SoldRace, leg: string, order: string): void {
  for (const command of [close, result(order), official]) race.troupe.tell(`race/${leg}`, command);
  race.troupe.deliverAll();
}
const isLarge = (tickets: readonly Ticket[]) => tickets.length > PRICED_AT_ONCE;
const survivorsIn = (race: SoldRace): RecordedSurvivors | undefined => race.pool(TREBLE).survivors;

/** All have the first leg, all but one the second one’s runner 1. */
const falling = (count: number) =>
  dealt(count, {
    players: 50,
    ticketOf: (index) => (index === 7 ? on('1/2/3', 300) : on(`1/1/${(index % 4) + 1}`)),
  });
const LARGE = falling(2_500);
const SMALL = falling(40);
const sizes: [string, Ticket[], readonly LogEntry[]][] = [
  ['large', LARGE, soldTo(LARGE)],
  ['small', SMALL, soldTo(SMALL)],
];

describe.each(sizes)('a %s pool between its legs', (_size, tickets, past) => {
  const stakes = 100 * (tickets.length - 1) + 300;

  test('counts what is alive after each leg, by a job where it is large', () => {
    const race = goOn(past);
    decide(race, 'r1', '1 2');
    if (isLarge(tickets)) {
      expect(survivorsIn(race)).toBeUndefined();
      expect(race.troupe.jobsOf('race/r1')).toMatchObject([{ name: 'count-survivors' }]);
    } else expect(race.troupe.jobsOf('race/r1')).toEqual([]);
    race.finish();
    expect(survivorsIn(race)).toMatchObject({ decided: 1, tickets: tickets.length, stakes });
    expect(survivorsIn(race)?.willPays).toEqual([]);
    expect(race.troupe.jobsOf('race/r1')).toEqual([]);
  });

  test('falls to a single ticket in one leg, and says what that will pay', () => {
    const race = goOn(past);
    decide(race, 'r1', '1 2');
    race.finish();
    decide(race, 'r2', '2 1');
    race.finish();
    // 20 % taken; dimes for 3.00.
    const pays = Math.floor((stakes * 80) / 300 / 10) * 10;
    expect(survivorsIn(race)).toEqual({
      decided: 2,
      tickets: 1,
      stakes: 300,
      valueHundredths: pays,
      willPays: [{ runner: 3, hundredths: pays, stakes: 300 }],
    });
    decide(race, 'r3', '3 1');
    race.finish();
    expect(race.pool(TREBLE).price?.dividends).toMatchObject([{ hundredths: pays }]);
    const paid = booked(race, tickets);
    expect([...paid.values()].filter(({ payout }) => payout > 0)).toEqual([
      { payout: pays * 3, refund: 0 },
    ]);
  });

  test('is counted again when a leg is corrected, with what that now says', () => {
    const race = goOn(past);
    decide(race, 'r1', '2 1');
    race.finish();
    expect(survivorsIn(race)).toMatchObject({ decided: 1, tickets: 0 });
    race.troupe.tell('race/r1', correct('1 2'));
    race.finish();
    expect(survivorsIn(race)).toMatchObject({ decided: 1, tickets: tickets.length });
  });

  test('is not overruled by a count that is older', () => {
    const race = goOn(past);
    decide(race, 'r1', '2 1');
    race.jobs.step();
    race.troupe.crash('race/r1');
    race.jobs.beginAgain();
    const [job] = race.troupe.jobsOf('race/r1');
    const survivors = {
      decided: 1,
      tickets: 1,
      stakes: cents(1),
      valueHundredths: 0,
      willPays: [],
    };
    const before = raceEvents(race).length;
    race.tell({ kind: 'record-survivors', pool: TREBLE, count: 1, survivors });
    expect(raceEvents(race).length).toBe(before);
    expect(job).toBeUndefined();
    expect(survivorsIn(race)).toMatchObject({ tickets: 0 });
  });

  test('is counted without a source that is removed, and without runners that are withdrawn', () => {
    const some = tickets.map(
      (it, index): Ticket => (index % 2 === 0 ? it : { ...it, channel: 'kiosk' }),
    );
    const race = goOn(soldTo(some));
    decide(race, 'r1', '1 2');
    decide(race, 'r2', '1 2');
    race.finish();
    race.tell(removeSource('kiosk', TREBLE));
    race.finish();
    expect(survivorsIn(race)).toMatchObject({ decided: 2, tickets: some.length / 2 });
    race.troupe.tell('race/r3', scratch(1));
    race.finish();
    const left = some.filter((it, at) => at % 2 === 0 && it.legs[2]?.[0] !== 1);
    expect(survivorsIn(race)).toMatchObject({ tickets: left.length });
    expect(survivorsIn(race)?.willPays.map((it) => it.runner)).toEqual([3]);
    const willPay = survivorsIn(race)?.willPays[0]?.hundredths;
    decide(race, 'r3', '3 2');
    race.finish();
    expect(race.pool(TREBLE).price?.dividends).toMatchObject([{ hundredths: willPay }]);
  });

  test('takes no count that a withdrawal or a correction overtook', () => {
    for (const overtaking of [removeSource('online', TREBLE), correct('2 1')]) {
      const race = goOn(past);
      decide(race, 'r1', '1 2');
      const late = race.jobs.rest();
      expect(late).toHaveLength(isLarge(tickets) ? 1 : 0);
      race.tell(overtaking);
      race.troupe.deliverAll();
      const before = raceEvents(race).length;
      for (const command of late) race.troupe.tell('race/r1', command);
      expect(raceEvents(race)).toHaveLength(before);
      race.finish();
      expect(survivorsIn(race)).toMatchObject({ decided: 1, tickets: 0, stakes: 0 });
    }
  });

  test('whose legs are called off gives everything back', () => {
    const race = goOn(past);
    for (const leg of RACES) race.troupe.tell(`race/${leg}`, voided);
    race.finish();
    const given = booked(race, tickets);
    for (const { player, bet, cost } of tickets) {
      expect(given.get(`${player}/${bet}`)).toEqual({ payout: 0, refund: cost });
    }
    expect(moneyOf(race, tickets)).toMatchObject({ held: 0, inPools: 0, openBets: 0 });
  });

  test('is priced by its last leg, and anew by a corrected one', () => {
    const race = goOn(past);
    for (const leg of ['r3', 'r1', 'r2']) decide(race, leg, '1 2');
    race.jobs.step();
    race.troupe.tell('race/r3', correct('2 1'));
    race.finish();
    const { legOutcomes } = race.pool(TREBLE);
    const legs = legOutcomes.filter((it) => it !== undefined);
    expect(booked(race, tickets)).toEqual(priced(race, race.pool(TREBLE), { kind: 'legs', legs }));
    const { deposited, free, house, inPools } = moneyOf(race, tickets);
    expect([free + house, inPools]).toEqual([deposited, 0]);
    expect(race.pool(TREBLE)).toMatchObject({ settled: true, run: 2 });
  });
});

describe('a will-pay', () => {
  const mixed = (count: number) =>
    dealt(count, {
      players: 40,
      ticketOf: (index) => {
        const pick = (of: number) => ((index * 7 + (index >> of)) % RUNNERS) + 1;
        return index % 9 === 0
          ? on(`${pick(1)}/1,2/${pick(3)},${(pick(3) % RUNNERS) + 1}`)
          : on(`${pick(1)}/${pick(2)}/${pick(3)}`, 100 + 50 * (index % 3));
      },
    });
  const pools = [mixed(60), mixed(PRICED_AT_ONCE + 50)].map(soldTo);
  const orders = fc.constantFrom('1 2', '2 1', '3 4', '4 1', '1+2 3', '3+4 1');

  test('is what each runner of the last leg then pays, and nobody has the others', () => {
    let seen = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...pools),
        orders,
        orders,
        fc.option(fc.constantFrom(1, 2, 3), { nil: undefined }),
        (past, first, second, withdrawn) => {
          const before = goOn(past);
          decide(before, 'r1', first);
          decide(before, 'r2', second);
          if (withdrawn !== undefined) before.troupe.tell('race/r3', scratch(withdrawn));
          before.finish();
          const told = new Map(
            survivorsIn(before)?.willPays.map(({ runner, hundredths }) => [
              Number(runner),
              hundredths,
            ]),
          );
          for (let winner = 1; winner <= RUNNERS; winner++) {
            if (winner === withdrawn) {
              expect(told.has(winner)).toBe(false);
              continue;
            }
            const race = goOn(before.troupe.log);
            decide(race, 'r3', String(winner));
            race.finish();
            const [dividend] = race.pool(TREBLE).price?.dividends ?? [];
            expect([winner, told.get(winner)]).toEqual([winner, dividend?.hundredths]);
            if (dividend !== undefined) seen++;
          }
        },
      ),
      { numRuns: 25 },
    );
    expect(seen).toBeGreaterThan(25);
  }, 60_000);
});
