import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RuleSet } from '../../src/actors/pools/rule-set.ts';
import { race } from '../../src/actors/race.ts';
import type { RaceCommand } from '../../src/actors/race-events.ts';
import type { RefusalReason, Ticket } from '../../src/actors/ticket.ts';
import { TICKETS_MAX } from '../../src/actors/ticket-table.ts';
import { betId, cents, playerId } from '../../src/actors/units.ts';
import {
  close,
  DOUBLE,
  declare,
  doublePool,
  numbers,
  official,
  open,
  raceAfter,
  register,
  removeSource,
  result,
  scratch,
  suspend,
  ticket,
  voided,
  WIN,
  winPool,
} from './given.ts';

const opened = raceAfter(declare(), open);
const legTwo: RaceCommand = {
  kind: 'record-leg-runners',
  pool: DOUBLE,
  leg: 1,
  runners: numbers(1, 2),
};
/** The race open, its pool under rules of its own. */
const sold = (rules: Partial<RuleSet>): RaceCommand[] => [
  declare([{ ...winPool, ruleSet: { ...winPool.ruleSet, ...rules } }]),
  open,
];
/** A bet on runner 1 with other terms. */
const asks = (terms: Partial<Ticket>): RaceCommand => ({
  kind: 'register-bet',
  ticket: { ...ticket('1'), ...terms },
  atMs: 4,
});
const withDouble = [declare([winPool, doublePool()]), open];

describe('a bet', () => {
  test('is registered with its place in the pool, from 1', () => {
    opened.when(register('1', { stake: 150 })).yields({
      kind: 'bet-registered',
      bet: betId('b1'),
      player: playerId('ann'),
      pool: WIN,
      formula: 'combined',
      legs: [numbers(1)],
      picks: 0,
      alternates: [],
      flexi: 100,
      stake: cents(150),
      combinations: 1,
      cost: cents(150),
      channel: 'online',
      ticket: 1,
      atMs: 4,
    });
    expect(opened.after(register('1')).when(register('2', { bet: 'b2' })).events).toMatchObject([
      { kind: 'bet-registered', ticket: 2 },
    ]);
  });

  test('is confirmed to the player who placed it', () => {
    const [event] = opened.when(register('1')).events;
    expect(event && race.follow('r1', event)).toEqual([
      { to: 'player/ann', command: { kind: 'confirm-bet', bet: 'b1' } },
    ]);
  });

  test('of another player under the same bet id is another bet', () => {
    const both = opened.after(register('1'), register('1', { player: 'bob' }));
    expect(both.state.pools.get(WIN)?.tickets.size).toBe(2);
  });

  const stages: [string, RaceCommand[]][] = [
    ['at once', []],
    ['after the race was closed', [close]],
    ['after its runner was scratched', [scratch(1)]],
    ['after the race was called off', [voided]],
    ['after the race was paid', [close, result('1'), official, { kind: 'settle-next', pool: WIN }]],
  ];
  test.each(stages)('registered once stays registered when it comes again %s', (_when, since) => {
    opened
      .after(register('1'), ...since)
      .when(register('1'))
      .yields();
  });

  test('refused once stays refused when it comes again after the race was opened', () => {
    const early = raceAfter(declare(), register('1'));
    early.after(open).when(register('1')).yields();
    expect(early.after(open, register('1')).state.pools.get(WIN)?.tickets.size).toBe(0);
  });
});

describe('a refusal', () => {
  type Row = [RefusalReason, string, RaceCommand[], RaceCommand, Record<string, string>];
  const rows: Row[] = [
    ['unknown-race', 'on a race nobody declared', [], register('1'), { race: 'r1' }],
    [
      'race-not-open',
      'before the race is opened',
      [declare()],
      register('1'),
      { race: 'r1', phase: 'declared' },
    ],
    [
      'race-not-open',
      'while betting is suspended',
      [declare(), open, suspend],
      register('1'),
      { race: 'r1', phase: 'suspended' },
    ],
    [
      'race-not-open',
      'after the close',
      [declare(), open, close],
      register('1'),
      { race: 'r1', phase: 'closed' },
    ],
    [
      'race-not-open',
      'on a leg that is run already, though the first leg still takes bets',
      [
        ...withDouble,
        legTwo,
        {
          kind: 'record-leg',
          pool: DOUBLE,
          leg: 1,
          outcome: { winners: numbers(1), nonRunners: [], voided: false },
        },
      ],
      register('1/1', { pool: 'double' }),
      { race: 'r2', phase: 'official', leg: '1' },
    ],
    [
      'race-not-open',
      'on a leg that is closed already, though the first leg still takes bets',
      [...withDouble, legTwo, { kind: 'record-leg-closed', pool: DOUBLE, leg: 1 }],
      register('1/1', { pool: 'double' }),
      { race: 'r2', phase: 'closed', leg: '1' },
    ],
    [
      'unknown-pool',
      'in a pool nobody declared',
      [declare(), open],
      register('1', { pool: 'place' }),
      { pool: 'place' },
    ],
    [
      'leg-not-declared',
      'on a leg whose runners nobody knows',
      withDouble,
      register('1/1', { pool: 'double' }),
      { pool: 'double', leg: '1' },
    ],
    [
      'wrong-number-of-legs',
      'with one leg for two',
      [...withDouble, legTwo],
      asks({ pool: DOUBLE, formula: 'legs' }),
      { pool: 'double', legs: '1', needed: '2' },
    ],
    [
      'wrong-number-of-runners',
      'with a runner twice in a leg',
      [declare(), open],
      register('1,1'),
      { leg: '0', runners: '1,1' },
    ],
    [
      'unknown-runner',
      'on a runner nobody declared',
      [declare(), open],
      register('5'),
      { leg: '0', runner: '5' },
    ],
    [
      'unknown-runner',
      'on a runner that does not run in the other leg',
      [...withDouble, legTwo],
      register('3/3', { pool: 'double' }),
      { leg: '1', runner: '3' },
    ],
    [
      'scratched-runner',
      'on a runner that was withdrawn',
      [declare(), open, scratch(2)],
      register('2'),
      { leg: '0', runner: '2' },
    ],
    [
      'stake-below-minimum',
      'under the least stake',
      [declare(), open],
      register('1', { stake: 99 }),
      { stake: '99', minimum: '100' },
    ],
    [
      'stake-above-maximum',
      'over the largest stake',
      [declare(), open],
      register('1', { stake: 10_050 }),
      { stake: '10050', maximum: '10000' },
    ],
    [
      'stake-not-a-multiple',
      'between two steps of the stake',
      [declare(), open],
      register('1', { stake: 125 }),
      { stake: '125', unit: '50' },
    ],
    [
      'too-many-combinations',
      'with one combination too many',
      [...withDouble, { ...legTwo, runners: numbers(1, 2, 3, 4) }],
      register('1,2/1,2,3,4', { pool: 'double' }),
      { pool: 'double', combinations: '8', maximum: '6' },
    ],
    [
      'wrong-cost',
      'that costs a cent too little',
      [declare(), open],
      register('1,2', { cost: 199 }),
      { cost: '199', stake: '100', combinations: '2' },
    ],
    [
      'wrong-picks',
      'of two runners a combination where one wins',
      [declare(), open],
      asks({ picks: 2 }),
      { pool: 'win', picks: '2', needed: '1' },
    ],
    [
      'wrong-selection',
      'whose only runner stands at both positions',
      sold({ bet: { kind: 'runners', picks: [2], ordered: true }, formulas: ['positions'] }),
      asks({ formula: 'positions', legs: [numbers(1), numbers(1)] }),
      { formula: 'positions', problem: 'no-combination' },
    ],
    [
      'formula-not-sold',
      'under a formula that the pool does not take',
      sold({ formulas: ['combined'] }),
      asks({ formula: 'unit' }),
      { pool: 'win', formula: 'unit', formulas: 'combined' },
    ],
    [
      'flexi-not-sold',
      'at a quarter where only halves are sold',
      sold({ stake: { ...winPool.ruleSet.stake, flexi: [50] } }),
      asks({ flexi: 25 }),
      { pool: 'win', flexi: '25', sold: '50, 100' },
    ],
    [
      'channel-not-sold',
      'from a channel that does not sell it',
      sold({ channels: [{ channel: 'terminal' }] }),
      register('1'),
      { pool: 'win', channel: 'online' },
    ],
    [
      'ticket-below-minimum',
      'that costs a cent less than a ticket must',
      sold({ stake: { ...winPool.ruleSet.stake, ticketMinimumCents: 101 } }),
      register('1'),
      { cost: '100', minimum: '101' },
    ],
    [
      'source-removed',
      'from a source that was taken out of the pool',
      [declare(), open, removeSource('online')],
      register('1'),
      { pool: 'win', source: 'online' },
    ],
  ];
  test.each(rows)('%s: a bet %s', (reason, _what, history, command, details) => {
    raceAfter(...history)
      .when(command)
      .yields({
        kind: 'bet-refused',
        bet: betId('b1'),
        player: playerId('ann'),
        refusal: { reason, details },
      });
  });

  test('there is a row for every reason', () => {
    // A record of all reasons: one that is added does not compile until it is here, and has a row.
    const all: Record<RefusalReason, true> = {
      'unknown-race': true,
      'race-not-open': true,
      'unknown-pool': true,
      'leg-not-declared': true,
      'wrong-number-of-legs': true,
      'wrong-number-of-runners': true,
      'unknown-runner': true,
      'scratched-runner': true,
      'stake-below-minimum': true,
      'stake-above-maximum': true,
      'stake-not-a-multiple': true,
      'too-many-combinations': true,
      'wrong-cost': true,
      'wrong-picks': true,
      'wrong-selection': true,
      'formula-not-sold': true,
      'flexi-not-sold': true,
      'channel-not-sold': true,
      'ticket-below-minimum': true,
      'source-removed': true,
      'pool-full': true,
    };
    const reasons = [...rows.map(([reason]) => reason), 'pool-full'];
    expect(new Set(reasons)).toEqual(new Set(Object.keys(all)));
  });

  test('pool-full: a bet into a pool that has as many tickets as a pool can have', () => {
    for (const [size, kind] of [
      [TICKETS_MAX - 1, 'bet-registered'],
      [TICKETS_MAX, 'bet-refused'],
    ] as const) {
      const { state } = raceAfter(declare(), open);
      // So many are not sold in a test: the table says that they were.
      const pool = state.pools.get(WIN);
      if (pool === undefined) throw new Error('no pool');
      const full = { ...pool, tickets: { ...pool.tickets, size, indexOf: () => undefined } };
      state.pools.set(WIN, full);
      const decision = race.decider.decide(state, register('1'));
      const details = { pool: 'win', maximum: String(TICKETS_MAX) };
      const more = kind === 'bet-refused' ? { refusal: { reason: 'pool-full', details } } : {};
      expect(decision).toMatchObject({ ok: true, events: [{ kind, ...more }] });
    }
  });

  test('gives the stake back to the player who placed it', () => {
    const [event] = raceAfter(declare()).when(register('1')).events;
    expect(event && race.follow('r1', event)).toEqual([
      {
        to: 'player/ann',
        command: {
          kind: 'release-bet',
          bet: 'b1',
          refusal: { reason: 'race-not-open', details: { race: 'r1', phase: 'declared' } },
        },
      },
    ]);
  });
});

describe('whatever the order of bets, opens, suspensions and the close', () => {
  const commands = fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .record({
          player: fc.constantFrom('ann', 'bob'),
          bet: fc.constantFrom('b1', 'b2', 'b3', 'b4'),
        })
        .map((who) => register('1', who)),
    },
    { weight: 2, arbitrary: fc.constantFrom(open, suspend) },
    { weight: 1, arbitrary: fc.constantFrom(close, voided) },
  );

  test('none is registered but in the open race, each is decided once, tickets count up by one', () => {
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 30 }), (them) => {
        const { decider } = race;
        let it = raceAfter(declare()).state;
        const decided = new Set<string>();
        let tickets = 0;
        let over = false;
        for (const command of them) {
          const { phase } = it;
          const decision = decider.decide(it, command);
          if (!decision.ok) continue;
          for (const event of decision.events) {
            if (event.kind === 'race-closed' || event.kind === 'race-voided') over = true;
            if (event.kind === 'bet-registered' || event.kind === 'bet-refused') {
              const key = `${event.player}/${event.bet}`;
              expect(decided.has(key)).toBe(false);
              decided.add(key);
            }
            if (event.kind === 'bet-registered') {
              expect({ phase, over }).toEqual({ phase: 'open', over: false });
              expect(event.ticket).toBe(++tickets);
            }
            it = decider.evolve(it, event);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
