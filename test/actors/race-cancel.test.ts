import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { raceCodec } from '../../src/actors/codec.ts';
import type { RuleSet } from '../../src/actors/pools/rule-set.ts';
import { race } from '../../src/actors/race.ts';
import type { RaceCommand, RaceEvent } from '../../src/actors/race-events.ts';
import type { Race } from '../../src/actors/race-state.ts';
import { TICKET_STATE } from '../../src/actors/ticket-table.ts';
import { betId, cents, playerId, runnerNumber } from '../../src/actors/units.ts';
import { createTroupe, given, photograph } from '../support/scenario.ts';
import {
  cancelOf,
  confirm,
  DOUBLE,
  declare,
  deposit,
  doublePool,
  numbers,
  openAccount,
  ordered,
  place,
  R1,
  R2,
  ticket,
  WIN,
  winPool,
} from './given.ts';

const b1 = betId('b1');
const ann = playerId('ann');
/** Cancels for half a minute at terminals, never online. */
const channels = [{ channel: 'terminal', cancelSeconds: 30 }, { channel: 'online' }];
const winRules: RuleSet = { ...winPool.ruleSet, channels };
const doubleRules: RuleSet = { ...doublePool().ruleSet, channels };

const declared: RaceEvent & { kind: 'race-declared' } = {
  ...declare([]),
  kind: 'race-declared',
  pools: [
    { id: WIN, ruleSet: JSON.stringify(winRules), legs: [], guarantee: cents(0) },
    { id: DOUBLE, ruleSet: JSON.stringify(doubleRules), legs: [R1, R2], guarantee: cents(0) },
  ],
  legOf: [],
  why: '',
};
const opened: RaceEvent = { kind: 'race-opened', why: '', ...ordered };
const suspended: RaceEvent = { kind: 'race-suspended', why: 'wind', ...ordered };
const closed: RaceEvent = {
  kind: 'race-closed',
  why: 'off',
  source: 'steward',
  totals: [],
  legOf: [],
  ...ordered,
};

/** Placed at 1,000 ms. */
function registered(
  legs: string,
  { number = 1, ...it }: { number?: number } & Parameters<typeof ticket>[1] = {},
): RaceEvent {
  const { race: _, ...taken } = ticket(legs, { channel: 'terminal', ...it });
  return { kind: 'bet-registered', ...taken, ticket: number, atMs: 1_000 };
}
const inDouble = registered('1,2/1', { pool: 'double' });

const cancel = (atMs = 2_000, pool = WIN, bet = b1): RaceCommand => ({
  kind: 'cancel-bet',
  bet,
  player: ann,
  pool,
  by: 'clerk',
  atMs,
});
/** As a log gives it back: with every field that this version has, told here or not. */
const read = (event: RaceEvent) => raceCodec.decode(raceCodec.encode(event));
const historyOf = (...events: readonly RaceEvent[]) =>
  given(race, 'r1', ...[declared, opened, ...events].map(read));
const cancelled: RaceEvent = {
  kind: 'bet-cancelled',
  bet: b1,
  player: ann,
  pool: WIN,
  ticket: 1,
  cost: cents(200),
  by: 'clerk',
  atMs: 2_000,
};
const refusedFor = (reason: string, details: Record<string, string>) => ({
  kind: 'cancel-refused',
  bet: b1,
  player: ann,
  refusal: { reason, details },
});

describe('a bet that is wanted back', () => {
  test('leaves its pool, with all its money and no other', () => {
    const two = historyOf(registered('1,2'), registered('2,3', { number: 2, bet: 'b2' }));
    two.when(cancel()).yields(cancelled);
    const pool = two.after(cancel()).state.pools.get(WIN);
    expect(pool).toMatchObject({ gross: 200, money: 200 });
    expect(pool?.stakesByCombination).toEqual(
      new Map([
        ['2', 100],
        ['3', 100],
      ]),
    );
    expect([pool?.tickets.stateAt(0), pool?.tickets.stateAt(1)]).toEqual([
      TICKET_STATE.cancelled,
      TICKET_STATE.live,
    ]);
  });

  test('takes back of a pool only what a withdrawal left in it', () => {
    const scratched: RaceEvent = {
      kind: 'runner-scratched',
      runner: runnerNumber(1),
      why: 'lame',
      legOf: [],
      runners: numbers(2, 3, 4),
      refunding: [WIN],
      ...ordered,
    };
    const pool = historyOf(registered('1,2'), scratched).after(cancel()).state.pools.get(WIN);
    expect(pool).toMatchObject({ gross: 0, money: 0, refundQueue: [] });
  });

  test('leaves a pool of several races too', () => {
    const pool = historyOf(inDouble).after(cancel(2_000, DOUBLE)).state.pools.get(DOUBLE);
    expect(pool).toMatchObject({ gross: 0, money: 0 });
  });

  test.each([
    ['while the race is open', []],
    ['while betting is suspended', [suspended]],
  ])('is given back %s', (_when, since) => {
    historyOf(registered('1,2'), ...since)
      .when(cancel())
      .yields(cancelled);
  });

  test('is given back to the last millisecond of its window and not one later', () => {
    const history = historyOf(registered('1,2'));
    expect(history.when(cancel(31_000)).events).toMatchObject([{ kind: 'bet-cancelled' }]);
    expect(history.when(cancel(31_001)).events).toEqual([
      refusedFor('cancel-window-over', { seconds: '30' }),
    ]);
  });

  const outcome = { winners: numbers(1), nonRunners: [], voided: false };
  const leg = { pool: DOUBLE, leg: 1 };
  const refusals: [string, RaceEvent[], RaceCommand, ReturnType<typeof refusedFor>][] = [
    [
      'after the close',
      [registered('1'), closed],
      cancel(),
      refusedFor('race-closed', { race: 'r1', phase: 'closed' }),
    ],
    [
      'after a later leg is closed',
      [inDouble, { kind: 'leg-closed', ...leg }],
      cancel(2_000, DOUBLE),
      refusedFor('race-closed', { race: 'r2', phase: 'closed', leg: '1' }),
    ],
    [
      'after a later leg is run',
      [inDouble, { kind: 'leg-recorded', ...leg, outcome, revision: 1 }],
      cancel(2_000, DOUBLE),
      refusedFor('race-closed', { race: 'r2', phase: 'official', leg: '1' }),
    ],
    [
      'of a channel that cancels nothing',
      [registered('1', { channel: 'online' })],
      cancel(),
      refusedFor('not-cancellable', { channel: 'online', status: 'registered' }),
    ],
    [
      'of a channel that has no rule',
      [registered('1', { channel: 'phone' })],
      cancel(),
      refusedFor('not-cancellable', { channel: 'phone', status: 'registered' }),
    ],
  ];
  test.each(refusals)('stays where it is %s', (_when, history, command, refused) => {
    expect(historyOf(...history).when(command).events).toEqual([refused]);
    const before = historyOf(...history).state.pools;
    const after = historyOf(...history).after(command).state.pools;
    expect(photograph(after)).toEqual(photograph(before));
  });

  test('of a rule set without channels stays where it is', () => {
    const rules = [winPool, doublePool()].map(({ ruleSet }) => JSON.stringify(ruleSet));
    const bare = {
      ...declared,
      pools: declared.pools.map((it, index) => ({ ...it, ruleSet: rules[index] ?? '' })),
    };
    const history = given(race, 'r1', ...[bare, opened, registered('1')].map(read));
    expect(history.when(cancel()).events).toMatchObject([
      { kind: 'cancel-refused', refusal: { reason: 'not-cancellable' } },
    ]);
  });

  test.each([
    ['given back', cancel(2_000)],
    ['refused', cancel(99_000)],
  ])('gets one answer for ever, here %s, whenever it is asked', (_what, first) => {
    const decided = historyOf(registered('1,2')).after(first);
    for (const again of [cancel(2_000), cancel(99_000)]) decided.when(again).yields();
  });

  test('is not taken again when its registration comes again', () => {
    const register: RaceCommand = {
      kind: 'register-bet',
      ticket: ticket('1,2', { channel: 'terminal' }),
      atMs: 1_000,
    };
    historyOf(registered('1,2')).after(cancel()).when(register).yields();
  });

  test('is unknown where it never was, under its player’s name', () => {
    historyOf(registered('1', { player: 'bob' }))
      .when(cancel())
      .refuses({ reason: 'unknown-bet', bet: b1 });
  });

  test('is told to its player, either way', () => {
    const follows = (command: RaceCommand) =>
      historyOf(registered('1,2'))
        .when(command)
        .events.flatMap((event) => race.follow('r1', event));
    expect(follows(cancel())).toEqual([
      { to: 'player/ann', command: { kind: 'confirm-cancel', bet: 'b1' } },
    ]);
    expect(follows(cancel(99_000))).toEqual([
      {
        to: 'player/ann',
        command: {
          kind: 'refuse-cancel',
          bet: 'b1',
          refusal: { reason: 'cancel-window-over', details: { seconds: '30' } },
        },
      },
    ]);
  });
});

describe('a player and a race whose messages travel in any order, any number of times', () => {
  test('end with the bet in the pool and its cost with the race, or out of it and the money free', () => {
    fc.assert(
      fc.property(
        fc.record({
          late: fc.boolean(),
          askFirst: fc.boolean(),
          closes: fc.boolean(),
          deliveries: fc.array(fc.tuple(fc.nat(9), fc.boolean()), { maxLength: 12 }),
        }),
        ({ late, askFirst, closes, deliveries }) => {
          const troupe = createTroupe();
          const [me, there] = ['player/ann', 'race/r1'] as const;
          for (const command of [openAccount, deposit(1_000)]) troupe.tell(me, command);
          const wins = ticket('1,2', { channel: 'terminal' });
          troupe.tell(me, place(wins, 1_000));
          // The race as it is after it took the bet, without the judge of what it takes.
          const state = troupe.stateOf(there) as Race;
          for (const event of [declared, opened, registered('1,2')]) {
            race.decider.evolve(state, read(event));
          }
          if (!askFirst) troupe.tell(me, confirm());
          troupe.tell(me, cancelOf('b1', late ? 99_000 : 2_000));
          if (askFirst) troupe.tell(me, confirm());
          if (closes) race.decider.evolve(state, read(closed));
          for (const [choice, keep] of deliveries) {
            if (troupe.underWay > 0) troupe.deliver(choice, keep ? 'keep' : undefined);
          }
          troupe.deliverAll();

          const { account } = troupe.answer(me, { kind: 'account' }) as {
            account: { free: number; held: number; openBets: number };
          };
          const { bet } = troupe.answer(me, { kind: 'decided-cancel', bet: 'b1' }) as {
            bet: { status: { kind: string }; cancel: { kind: string } };
          };
          const kept = late || closes;
          expect(bet.status.kind).toBe(kept ? 'registered' : 'cancelled');
          expect(account).toMatchObject({ free: kept ? 800 : 1_000, held: 0 });
          expect(account.openBets).toBe(kept ? 1 : 0);
          const money = state.pools.get(WIN)?.money;
          expect(money).toBe(kept ? 200 : 0);
          expect(troupe.refused).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });
});
