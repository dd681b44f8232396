import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { race } from '../../src/actors/race.ts';
import type { RaceCommand, RaceEvent, SettledTicket } from '../../src/actors/race-events.ts';
import { SETTLED_AT_ONCE } from '../../src/actors/race-settlement.ts';
import type { Race } from '../../src/actors/race-state.ts';
import { SOFTWARE } from '../../src/actors/software.ts';
import { type Cents, cents, runnerNumber } from '../../src/actors/units.ts';
import { given } from '../support/scenario.ts';
import {
  close,
  declare,
  numbers,
  official,
  open,
  ordered,
  PLACE,
  placePool,
  raceAfter,
  register,
  result,
  scratch,
  settleNext,
  voided,
  WIN,
} from './given.ts';

const opened = [declare(), open];

/** `count` bets of 1.00 on each of the runners named, by as many players as bets. */
const bets = (count: number, runner: string, of = 'b'): RaceCommand[] =>
  Array.from({ length: count }, (_, index) =>
    register(runner, { bet: `${of}${index + 1}`, player: `p${index + 1}` }),
  );

/** Carries out the race's commands to itself until it has none, the way the runtime would. */
function settledOut(state: Race, since: readonly RaceEvent[]): SettledTicket[] {
  let it = state;
  const due = since.flatMap(toItself);
  const paid: SettledTicket[] = [];
  for (let command = due.shift(); command !== undefined; command = due.shift()) {
    const decision = race.decider.decide(it, command);
    if (!decision.ok) throw new Error(JSON.stringify(decision));
    for (const event of decision.events) {
      it = race.decider.evolve(it, event);
      due.push(...toItself(event));
      if (event.kind === 'tickets-settled') paid.push(...event.tickets);
    }
  }
  return paid;
}

const toItself = (event: RaceEvent): RaceCommand[] =>
  race
    .follow('r1', event)
    .flatMap(({ to, command }) => (to === 'race/r1' ? [command as RaceCommand] : []));

/** What is left to do for the race itself after these commands. */
function finish(...commands: readonly RaceCommand[]) {
  const before = raceAfter(...commands.slice(0, -1));
  const last = commands.at(-1);
  const events = last === undefined ? [] : before.when(last).events;
  const after = given(race, 'r1', ...before.history, ...events);
  const paid = settledOut(after.state, events);
  return { paid, state: after.state };
}

const sum = (them: readonly SettledTicket[], what: 'payout' | 'refund') =>
  them.reduce((total, it) => total + it[what], 0);

const gross = (state: Race) => state.pools.get(WIN)?.gross;
const money = (state: Race) => state.pools.get(WIN)?.money;

describe('a scratched runner', () => {
  test('before the race is open leaves nothing to give back and takes no bet', () => {
    raceAfter(declare())
      .when(scratch(2))
      .yields({
        kind: 'runner-scratched',
        runner: runnerNumber(2),
        why: 'lame',
        legOf: [],
        runners: numbers(1, 3, 4),
        refunding: [],
        ...ordered,
      });
    expect(raceAfter(declare(), scratch(2), open).when(register('2')).events).toMatchObject([
      { kind: 'bet-refused' },
    ]);
  });

  test('gives back the stakes on it and on nothing else', () => {
    const { paid, state } = finish(
      ...opened,
      register('1', { bet: 'b1', stake: 300 }),
      register('2', { bet: 'b2' }),
      register('2', { bet: 'b2', player: 'bob' }),
      scratch(2),
    );
    expect(paid).toEqual([
      { ticket: 2, bet: 'b2', player: 'ann', payout: 0, refund: 100, claimDays: 0 },
      { ticket: 3, bet: 'b2', player: 'bob', payout: 0, refund: 100, claimDays: 0 },
    ]);
    expect([gross(state), money(state)]).toEqual([300, 300]);
  });

  test('takes the stakes out of the odds before the money has gone back', () => {
    const it = raceAfter(...opened, register('1'), register('2', { bet: 'b2' }), scratch(2));
    expect([gross(it.state), money(it.state)]).toEqual([100, 200]);
  });

  test('a second scratch of the same runner changes nothing', () => {
    raceAfter(...opened, register('2'), scratch(2))
      .when(scratch(2))
      .yields();
  });

  test('is refused where nobody declared it', () => {
    raceAfter(...opened)
      .when(scratch(5))
      .refuses({ reason: 'unknown-runner', runner: 5 });
  });

  test.each([
    ['its only runner', '2', [scratch(2)], 100, 0],
    ['one of two', '1,2', [scratch(2)], 0, 200],
    ['one of two, the one named first', '2,1', [scratch(2)], 0, 200],
    ['both', '1,2', [scratch(2), scratch(1)], 200, 0],
    ['both, in the other order', '1,2', [scratch(1), scratch(2)], 200, 0],
  ] as const)(
    'a ticket goes back at once when it has no runner left, not before: %s',
    (_what, legs, scratches, refunded, left) => {
      const { paid, state } = finish(...opened, register(legs), ...scratches);
      expect(sum(paid, 'refund')).toBe(refunded);
      expect(money(state)).toBe(left);
    },
  );

  test('of a ticket with another runner that wins is given back, and the winner is paid', () => {
    const { paid, state } = finish(
      ...opened,
      register('2,1', { bet: 'b1' }),
      register('3', { bet: 'b2' }),
      scratch(2),
      close,
      result('1 3 4'),
      official,
    );
    // Pool 2.00 of 1 and 3, takeout 0.40: 1.60 for 1.00.
    expect(paid).toEqual([
      { ticket: 1, bet: 'b1', player: 'ann', payout: 160, refund: 100, claimDays: 0 },
      { ticket: 2, bet: 'b2', player: 'ann', payout: 0, refund: 0, claimDays: 0 },
    ]);
    expect(money(state)).toBe(0);
  });

  test('counts no stake on it in the gross, of tickets with other runners neither', () => {
    const it = raceAfter(...opened, register('1,2'), register('2', { bet: 'b2' }), scratch(2));
    expect(gross(it.state)).toBe(100);
  });

  test.each([SETTLED_AT_ONCE - 1, SETTLED_AT_ONCE, SETTLED_AT_ONCE + 1, 2 * SETTLED_AT_ONCE + 1])(
    'gives back %i tickets in batches, each once',
    (count) => {
      const { paid, state } = finish(
        ...opened,
        ...bets(count, '2'),
        ...bets(1, '1', 'x'),
        scratch(2),
      );
      expect(new Set(paid.map((it) => it.ticket)).size).toBe(count);
      expect(paid).toHaveLength(count);
      expect([gross(state), money(state)]).toEqual([100, 100]);
    },
  );

  test('whose refunds are still under way when the race is official is refunded, not priced', () => {
    const commands = [
      ...opened,
      ...bets(SETTLED_AT_ONCE + 1, '2'),
      register('1', { bet: 'x' }),
      scratch(2),
      close,
      result('1 3 4'),
      official,
    ];
    const { paid, state } = finish(...commands);
    expect(paid).toHaveLength(SETTLED_AT_ONCE + 2);
    expect(sum(paid, 'refund')).toBe(100 * (SETTLED_AT_ONCE + 1));
    expect(state.pools.get(WIN)?.price).toMatchObject({ gross: 100, refunds: 0 });
    expect([money(state), state.phase]).toEqual([0, 'paid']);
  });
});

describe('settling a pool', () => {
  test('pays the winners and nothing to the others, and tells the players and the house', () => {
    const closed = raceAfter(
      ...opened,
      register('1', { stake: 100 }),
      register('2', { player: 'bob', stake: 300 }),
      close,
      result('1 2'),
    );
    const events = closed.when(official).events;
    // 4.00, takeout 0.80: 3.20 to share over 1.00.
    expect(events).toEqual([
      {
        kind: 'race-made-official',
        order: [[1], [2]],
        nonRunners: [],
        legOf: [],
        run: 1,
        starters: 4,
        // By the money on them, which is in the win pool; of equals the lower number.
        substitutes: [2, 1, 3, 4],
        surfaceChanged: false,
        surfaceAtMs: 0,
        entries: [],
        why: '',
        ...ordered,
      },
      {
        kind: 'pool-priced',
        pool: 'win',
        run: 1,
        gross: 400,
        broughtIn: 0,
        takeout: 80,
        payout: 320,
        breakage: 0,
        carriedOut: 0,
        refunds: 0,
        dividends: [
          {
            tier: 'all',
            outcome: '1',
            source: '',
            hundredths: 320,
            numerator: '16',
            denominator: '5',
            winningStakes: 100,
          },
        ],
        verdict: 'won',
        legs: [],
        order: [[1], [2]],
        nonRunners: [],
        starters: 4,
        stage: 0,
        sources: [{ source: 'online', gross: 400, refunds: 0, takeoutBasisPoints: 2_000 }],
        carryOver: 0,
        topUp: 0,
        carriedNet: 0,
        carriedGross: 0,
        carriedReserve: 0,
        shortRoundings: 0,
        shortDeduction: 0,
        shortOperator: 0,
        ruleSet: 'test@1',
        day: '1970-01-01',
        software: SOFTWARE,
        fund: 'test',
        guarantee: 0,
        voided: false,
        atMs: 7,
      },
    ]);
    expect(events.flatMap((event) => race.follow('r1', event))).toEqual([
      {
        to: 'operator/house',
        command: {
          kind: 'post-pool',
          race: 'r1',
          pool: 'win',
          takeout: 80,
          breakage: 0,
          fromReserve: 0,
          toReserve: 0,
          run: 1,
          fund: 'test',
        },
      },
      { to: 'race/r1', command: { kind: 'settle-next', pool: 'win' } },
    ]);
    const [tickets, ...rest] = closed.after(official).when(settleNext()).events;
    expect(rest).toEqual([
      { kind: 'pool-settled', pool: 'win' },
      { kind: 'race-paid', refunded: false },
    ]);
    const settled = { settlement: 1, claimDays: 0, atMs: 7 };
    expect(tickets && race.follow('r1', tickets)).toEqual([
      {
        to: 'player/ann',
        command: { kind: 'settle-bet', bet: 'b1', payout: 320, refund: 0, ...settled },
      },
      {
        to: 'player/bob',
        command: { kind: 'settle-bet', bet: 'b1', payout: 0, refund: 0, ...settled },
      },
    ]);
  });

  test('pays both of a dead heat, each from half of the profit', () => {
    const { paid } = finish(
      ...opened,
      register('1', { bet: 'b1', stake: 100 }),
      register('2', { bet: 'b2', stake: 200 }),
      register('3', { bet: 'b3', stake: 700 }),
      close,
      result('1+2 3'),
      official,
    );
    // 10.00, takeout 2.00; profit 8.00 − 3.00 = 5.00, 2.50 each: 1 + 2.50 and 1 + 1.25 → 2.20.
    expect(paid.map((it) => it.payout)).toEqual([350, 440, 0]);
  });

  test('gives all stakes back where nobody has the winner', () => {
    const { paid, state } = finish(...opened, register('1'), close, result('2 1'), official);
    expect([sum(paid, 'payout'), sum(paid, 'refund'), money(state)]).toEqual([0, 100, 0]);
  });

  test('of no tickets is done at once', () => {
    raceAfter(...opened, close, result('1 2'), official)
      .when(settleNext())
      .yields({ kind: 'pool-settled', pool: WIN }, { kind: 'race-paid', refunded: false });
  });

  test.each([SETTLED_AT_ONCE - 1, SETTLED_AT_ONCE, SETTLED_AT_ONCE + 1, 3 * SETTLED_AT_ONCE])(
    'of %i tickets pays each exactly once, %#',
    (count) => {
      const { paid, state } = finish(
        ...opened,
        ...bets(count, '1'),
        close,
        result('1 2'),
        official,
      );
      expect(paid.map((it) => it.ticket)).toEqual(Array.from({ length: count }, (_, at) => at + 1));
      expect([money(state), state.phase]).toEqual([0, 'paid']);
    },
  );

  test('is done with the last ticket to pay, though refunded ones follow it', () => {
    raceAfter(
      ...opened,
      ...bets(SETTLED_AT_ONCE, '1'),
      register('2', { bet: 'x' }),
      scratch(2),
      settleNext(),
      close,
      result('1 3'),
      official,
    )
      .when(settleNext())
      .yields(
        {
          kind: 'tickets-settled',
          pool: WIN,
          tickets: expect.objectContaining({ length: SETTLED_AT_ONCE }),
          more: false,
          sort: 'settlement',
          settlement: 1,
          through: SETTLED_AT_ONCE + 1,
          atMs: 7,
        },
        { kind: 'pool-settled', pool: WIN },
        { kind: 'race-paid', refunded: false },
      );
  });

  test('goes on with the next ticket after a crash between two batches', () => {
    const priced = raceAfter(
      ...opened,
      ...bets(SETTLED_AT_ONCE + 1, '1'),
      close,
      result('1 2'),
      official,
    );
    const [first] = priced.when(settleNext()).events;
    expect(first).toMatchObject({ kind: 'tickets-settled', more: true });
    expect(priced.after(settleNext()).when(settleNext()).events).toMatchObject([
      { kind: 'tickets-settled', more: false, tickets: [{ ticket: SETTLED_AT_ONCE + 1 }] },
      { kind: 'pool-settled' },
      { kind: 'race-paid' },
    ]);
  });

  test('whatever repetition and order of its own commands, pays each ticket exactly once', () => {
    const count = 2 * SETTLED_AT_ONCE + 5;
    const priced = raceAfter(
      ...opened,
      ...bets(count, '1'),
      ...bets(SETTLED_AT_ONCE + 3, '2', 'x'),
      scratch(2),
      close,
      result('1 3'),
    );
    const made = priced.when(official).events;
    const scratched = priced.history.filter((it) => it.kind === 'runner-scratched');
    const choices = fc.array(fc.tuple(fc.nat(9), fc.boolean()), { maxLength: 12 });
    fc.assert(
      fc.property(choices, (them) => {
        let it = given(race, 'r1', ...priced.history, ...made).state;
        const due = [...scratched, ...made].flatMap(toItself);
        const paid: SettledTicket[] = [];
        const run = (command: RaceCommand) => {
          const decision = race.decider.decide(it, command);
          if (!decision.ok) throw new Error(JSON.stringify(decision));
          for (const event of decision.events) {
            it = race.decider.evolve(it, event);
            due.push(...toItself(event));
            if (event.kind === 'tickets-settled') paid.push(...event.tickets);
          }
        };
        for (const [choice, keep] of them) {
          const index = choice % Math.max(1, due.length);
          const command = due[index];
          if (command === undefined) break;
          if (!keep) due.splice(index, 1);
          run(command);
        }
        for (let next = due.shift(); next !== undefined; next = due.shift()) run(next);
        expect(paid).toHaveLength(count + SETTLED_AT_ONCE + 3);
        expect(new Set(paid.map((one) => one.ticket)).size).toBe(paid.length);
        expect([money(it), it.phase]).toEqual([0, 'paid']);
      }),
      { numRuns: 20 },
    );
  });
});

describe('a race in which most fell', () => {
  const backed = [
    declare([placePool]),
    open,
    ...[1, 2, 3].map((runner) =>
      register(String(runner), { pool: 'place', bet: `b${runner}`, stake: runner * 100 }),
    ),
    register('1,2', { pool: 'place', bet: 'both' }),
    close,
  ];
  const left = (state: Race) => state.pools.get(PLACE)?.money;

  test('pays all places of a pool on those that arrived', () => {
    const { paid, state } = finish(...backed, result('1', 2, 3, 4), official);
    // 8.00, takeout 1.60: 6.40 for 2.00 on the one that arrived, though two places pay.
    expect(paid.map((it) => [it.bet, it.payout, it.refund])).toEqual([
      ['b1', 320, 0],
      ['b2', 0, 0],
      ['b3', 0, 0],
      ['both', 320, 0],
    ]);
    expect(state.pools.get(PLACE)?.price).toMatchObject({
      verdict: 'won',
      gross: 800,
      takeout: 160,
      payout: 640,
      breakage: 0,
    });
    expect([left(state), state.phase, state.pools.get(PLACE)?.settled]).toEqual([0, 'paid', true]);
  });

  test('gives all stakes back where nobody has one that arrived', () => {
    const { paid, state } = finish(...backed, result('4', 1, 2, 3), official);
    expect([sum(paid, 'payout'), sum(paid, 'refund'), left(state)]).toEqual([0, 800, 0]);
    expect(state.phase).toBe('paid');
  });

  test('gives back what was staked on a scratched runner, and nothing on one that fell', () => {
    const { paid, state } = finish(
      ...backed.slice(0, -1),
      scratch(2),
      close,
      result('1', 3, 4),
      official,
    );
    // Without runner 2: 5.00, takeout 1.00: 4.00 for 2.00.
    expect(paid.map((it) => [it.bet, it.payout, it.refund])).toEqual([
      ['b2', 0, 200],
      ['b1', 200, 0],
      ['b3', 0, 0],
      ['both', 200, 100],
    ]);
    expect([left(state), state.phase]).toEqual([0, 'paid']);
  });
});

describe('a race that is called off', () => {
  test('gives every stake back, those on scratched runners once', () => {
    const { paid, state } = finish(
      ...opened,
      register('1', { bet: 'b1', stake: 300 }),
      register('2', { bet: 'b2' }),
      register('1,2', { bet: 'b3' }),
      scratch(2),
      voided,
    );
    expect(paid.map(({ ticket, payout, refund }) => [ticket, payout, refund])).toEqual([
      [2, 0, 100],
      [1, 0, 300],
      [3, 0, 200],
    ]);
    expect([money(state), state.phase]).toEqual([0, 'refunded']);
    expect(state.pools.get(WIN)?.price).toMatchObject({ verdict: 'refunded', refunds: 500 });
  });

  test('costs the house nothing and brings it nothing', () => {
    const [, priced] = raceAfter(...opened, register('1')).when(voided).events;
    const zero: Cents = cents(0);
    expect(priced && race.follow('r1', priced)[0]).toMatchObject({
      command: { takeout: zero, breakage: zero, fromReserve: zero, toReserve: zero },
    });
  });

  test('after a provisional result pays nobody on it', () => {
    const { paid } = finish(...opened, register('1'), close, result('1 2'), voided);
    expect([sum(paid, 'payout'), sum(paid, 'refund')]).toEqual([0, 100]);
  });
});
