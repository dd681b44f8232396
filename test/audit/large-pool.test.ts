// A pool that is settled player by player: who is not named has lost, on both sides of the books.
import { describe, expect, test } from 'vitest';
import type { RaceCommand } from '../../src/actors/race-events.ts';
import { createLedger, missingIn } from '../../src/audit/ledger.ts';
import { createRepricer } from '../../src/audit/reprice.ts';
import {
  close,
  correct,
  declare,
  deposit,
  official,
  open,
  openAccount,
  place,
  removeSource,
  result,
  ticket,
} from '../actors/given.ts';
import { createTroupe, type LogEntry } from '../support/scenario.ts';
import { finish, toldIn } from './days.ts';

/** More than are priced on the shard; every tenth of another channel. */
const TICKETS = Array.from({ length: 1_020 }, (_, index) =>
  ticket(String((index % 3) + 1), {
    player: `p${index % 40}`,
    bet: `b${index}`,
    channel: index % 10 === 0 ? 'kiosk' : 'online',
  }),
);

function day(...after: readonly RaceCommand[]): readonly LogEntry[] {
  const troupe = createTroupe();
  const order = (...commands: readonly RaceCommand[]) => {
    for (const command of commands) troupe.tell('race/r1', command);
    finish(troupe);
  };
  order(declare(), open);
  for (const player of new Set(TICKETS.map((it) => it.player))) {
    troupe.tell(`player/${player}`, openAccount);
    troupe.tell(`player/${player}`, deposit(100_000));
  }
  for (const it of TICKETS) troupe.tell(`player/${it.player}`, place(it));
  order();
  order(close, result('1 2'), official);
  for (const again of after) order(again);
  if (troupe.refused.length > 0) throw new Error(JSON.stringify(troupe.refused[0]));
  return troupe.log;
}
const DAY = day(correct('2 1'), removeSource());

function found(log: readonly LogEntry[]) {
  const ledger = createLedger();
  const repricer = createRepricer();
  for (const entry of log) {
    const told = toldIn(entry);
    ledger.add(told);
    if (told.of === 'race') repricer.add(told.id, told.event);
  }
  return { ...ledger.report(), again: repricer.report() };
}

/** The last record of a kind, its players changed. */
function changed(kind: 'players-settled' | 'pool-bets-settled', change: (event: object) => object) {
  const at = DAY.findLastIndex(({ event }) => event.kind === kind);
  return DAY.map((entry, index) =>
    // Of the same kind still.
    index === at
      ? ({ ...entry, event: { ...entry.event, ...change(entry.event) } } as LogEntry)
      : entry,
  );
}

test('the books of a corrected pool with a removed source add up, and its prices are made again', () => {
  const { faults, unmatched, again, bets } = found(DAY);
  expect({ faults, unmatched }).toEqual({ faults: [], unmatched: [] });
  expect(again).toEqual({ prices: 3, faults: [] });
  expect(bets).toMatchObject({ registered: 1_020, settled: 1_020, halfBooked: 0 });
});

test('the books add up however far the settlement has got', () => {
  const ledger = createLedger();
  for (const [index, entry] of DAY.entries()) {
    ledger.add(toldIn(entry));
    if (index % 37 !== 0) continue;
    const { books, faults } = ledger.report();
    expect([missingIn(books), faults]).toEqual([0, []]);
  }
});

test('tickets of a removed source are given back before the house gives back its takeout', () => {
  const ledger = createLedger();
  for (const entry of day(removeSource('online'))) ledger.add(toldIn(entry));
  expect(ledger.report().faults).toEqual([]);
});

describe('it is named that', () => {
  test('a player of a large pool is not paid', () => {
    const log = changed('players-settled', (event) => ({
      players: (Reflect.get(event, 'players') as readonly object[]).slice(0, -1),
    }));
    const { faults, unmatched } = found(log);
    expect([...faults, ...unmatched].join('\n')).toMatch(
      /was paid by settlement 1, and its player booked settlement 2/,
    );
  });

  test('a player of a large pool books less than it is paid', () => {
    const log = changed('pool-bets-settled', () => ({ paid: [] }));
    const { faults } = found(log);
    expect(faults.join('\n')).toMatch(/was paid \d+ cents and booked with 0/);
  });

  test('a player of a large pool books its settlement twice', () => {
    const at = DAY.findIndex(({ event }) => event.kind === 'pool-bets-settled');
    const { faults } = found(DAY.toSpliced(at, 0, ...DAY.slice(at, at + 1)));
    expect(faults.join('\n')).toMatch(/player p\d+ books r1\/win twice by settlement 1/);
  });
});
