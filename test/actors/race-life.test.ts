import { describe, expect, test } from 'vitest';
import { race } from '../../src/actors/race.ts';
import type {
  PoolDeclaration,
  RaceCommand,
  RaceEvent,
  RacePhase,
  RaceRejection,
} from '../../src/actors/race-events.ts';
import { cents, poolId, raceId, runnerNumber } from '../../src/actors/units.ts';
import { given } from '../support/scenario.ts';
import {
  close,
  declare,
  doublePool,
  numbers,
  official,
  open,
  ordered,
  PLACE,
  placePool,
  R1,
  R2,
  raceAfter,
  register,
  result,
  scratch,
  settleNext,
  suspend,
  voided,
  WIN,
  winPool,
} from './given.ts';

const PHASES: Record<RacePhase, readonly RaceCommand[]> = {
  undeclared: [],
  declared: [declare()],
  open: [declare(), open],
  suspended: [declare(), open, suspend],
  closed: [declare(), open, close],
  provisional: [declare(), open, close, result('1 2 3 4')],
  official: [declare(), open, close, result('1 2 3 4'), official],
  paid: [declare(), open, close, result('1 2 3 4'), official, settleNext()],
  void: [declare(), open, voided],
  refunded: [declare(), open, voided, settleNext()],
};
const ALL = Object.keys(PHASES) as RacePhase[];

/** In the order of PHASES: a(ccepted), - for a repeat that changes nothing, x for a refusal. */
const LIFE: readonly (readonly [string, RaceCommand, string, string])[] = [
  ['declare', declare(), 'a---------', 'race-exists'],
  ['declare otherwise', { ...declare(), title: 'other' }, 'axxxxxxxxx', 'race-exists'],
  ['open', open, 'xa-axxxxxx', 'declared or suspended'],
  ['suspend', suspend, 'xxa-xxxxxx', 'open'],
  ['scratch', scratch(3), 'xaaaaxxxxx', 'declared or open or suspended or closed'],
  ['close', close, 'xxaa----xx', 'open or suspended'],
  ['enter the result', result('1 2 3 4'), 'xxxxa-xxxx', 'closed or provisional'],
  ['correct the result', result('2 1 3 4'), 'xxxxaaxxxx', 'closed or provisional'],
  ['make official', official, 'xxxxxa--xx', 'provisional'],
  ['void', voided, 'xaaaaaxx--', 'declared or open or suspended or closed or provisional'],
  ['settle', settleNext(), 'x-----a-a-', 'unknown-pool'],
  [
    'attach a leg',
    { kind: 'attach-leg', legOf: { race: R2, pool: WIN, leg: 1 } },
    'aaaaaaaaaa',
    '',
  ],
];

describe('the life of a race', () => {
  test.each(ALL)('%s is a phase that its history reaches', (phase) => {
    expect(raceAfter(...PHASES[phase]).state.phase).toBe(phase);
  });

  for (const [order, command, row, needed] of LIFE) {
    test.each(ALL.map((phase, index) => [phase, row[index] ?? '?'] as const))(
      `${order}: while %s → %s`,
      (phase, verdict) => {
        const asked = raceAfter(...PHASES[phase]).when(command);
        if (verdict === '-') asked.yields();
        else if (verdict === 'a') expect(asked.events.length).toBeGreaterThan(0);
        else if (needed === 'race-exists') asked.refuses({ reason: 'race-exists', race: R1 });
        else if (needed === 'unknown-pool') asked.refuses({ reason: 'unknown-pool', pool: WIN });
        else if (phase === 'undeclared') asked.refuses({ reason: 'unknown-race', race: R1 });
        else asked.refuses({ reason: 'wrong-phase', phase, needed });
      },
    );
  }

  const orders: [string, RaceCommand[], RaceCommand, RaceEvent][] = [
    ['opening', [declare()], open, { kind: 'race-opened', ...ordered }],
    ['suspending', [declare(), open], suspend, { kind: 'race-suspended', why: 'wind', ...ordered }],
    [
      'closing',
      [declare(), open],
      close,
      { kind: 'race-closed', why: 'off', legOf: [], ...ordered },
    ],
  ];
  test.each(orders)('%s is recorded with who, when and why', (_what, before, command, event) => {
    raceAfter(...before)
      .when(command)
      .yields(event);
  });

  test('the same order from another steward at another time is a repeat', () => {
    raceAfter(declare(), open).when({ kind: 'open-race', by: 'other', atMs: 99 }).yields();
    raceAfter(declare())
      .when({ ...declare(), by: 'other', atMs: 99 })
      .yields();
  });

  test('a race without pools is paid as soon as it is official, refunded as soon as it is void', () => {
    const bare = [declare([]), open, close, result('1 2 3 4')];
    expect(raceAfter(...bare, official).state.phase).toBe('paid');
    expect(raceAfter(...bare, voided).state.phase).toBe('refunded');
  });

  test('a race is paid only when the last of its own pools is settled', () => {
    const both = raceAfter(
      declare([winPool, placePool]),
      open,
      register('1'),
      register('2', { pool: 'place', bet: 'b2' }),
      close,
      result('1 2 3 4'),
      official,
    );
    for (const [first, second] of [
      [WIN, PLACE],
      [PLACE, WIN],
    ] as const) {
      expect(both.after(settleNext(first)).state.phase).toBe('official');
      expect(both.after(settleNext(first), settleNext(second)).state.phase).toBe('paid');
    }
  });
});

describe('a declaration', () => {
  test('is recorded with the whole rule set of each pool', () => {
    const { runners } = declare();
    given(race, 'r1')
      .when(declare())
      .yields({
        kind: 'race-declared',
        title: 'first',
        offAtMs: 100,
        runners,
        pools: [
          { id: WIN, ruleSet: JSON.stringify(winPool.ruleSet), legs: [], guarantee: cents(0) },
        ],
        legOf: [],
        ...ordered,
      });
  });

  const double = doublePool();
  const bad: [string, PoolDeclaration[], string, string][] = [
    [
      'a pool declared twice',
      [winPool, placePool, winPool],
      'pools[2].id',
      'win is declared twice',
    ],
    [
      'legs on a pool of one race',
      [{ ...winPool, legs: [R1] }],
      'pools[0].legs',
      'test@1 needs 0 legs, not 1',
    ],
    ['one leg too few', [{ ...double, legs: [R1] }], 'pools[0].legs', 'test@1 needs 2 legs, not 1'],
    [
      'one leg too many',
      [{ ...double, legs: [R1, R2, raceId('r3')] }],
      'pools[0].legs',
      'test@1 needs 2 legs, not 3',
    ],
    [
      'another race as first leg',
      [winPool, { ...double, legs: [R2, R1] }],
      'pools[1].legs[0]',
      'the first leg is r1, not r2',
    ],
    ['a race as two legs', [{ ...double, legs: [R1, R1] }], 'pools[0].legs', 'r1 is a leg twice'],
    [
      'a guarantee of one cent on a pool of one race',
      [{ ...winPool, guarantee: cents(1) }],
      'pools[0].guarantee',
      'test@1 takes no guarantee',
    ],
  ];
  test.each(bad)('is refused with %s', (_what, pools, path, problem) => {
    given(race, 'r1').when(declare(pools)).refuses({ reason: 'bad-declaration', path, problem });
  });

  const unsound: [string, object, string][] = [
    [
      'a takeout of more than everything',
      { takeout: 10_001 },
      'rule set: takeout is not a whole number from 0 to 10000: 10001',
    ],
    ['a field nobody knows', { bonus: 1 }, 'rule set: bonus is not known: 1'],
    [
      'no places on a place pool',
      { betType: 'place' },
      'rule set: places has no entry for a place pool: []',
    ],
  ];
  test.each(unsound)('is refused with a rule set that has %s', (_what, wrong, problem) => {
    const pool = { ...winPool, id: PLACE, ruleSet: { ...winPool.ruleSet, ...wrong } };
    given(race, 'r1')
      .when(declare([winPool, pool]))
      .refuses({ reason: 'bad-declaration', path: 'pools[1].ruleSet', problem });
  });

  test('from the log stands by the rules of its day, whatever a declaration must be now', () => {
    const [event] = raceAfter().when(declare()).events;
    if (event?.kind !== 'race-declared') throw new Error('not declared');
    // A field that was known when it was written, and is not any more.
    const ruleSet = JSON.stringify({ ...winPool.ruleSet, bonus: 1 });
    const pools = event.pools.map((pool) => ({ ...pool, ruleSet }));
    const old = given(race, 'r1', { ...event, pools });
    const run = old.after(open, register('1'), close, result('1 2'));
    expect(run.when(official).events).toMatchObject([{}, { kind: 'pool-priced', verdict: 'won' }]);
  });

  test('is refused with a runner twice', () => {
    const twice = declare();
    given(race, 'r1')
      .when({ ...twice, runners: [...twice.runners, { number: runnerNumber(2), name: 'other' }] })
      .refuses({ reason: 'runner-twice', runner: 2 });
  });

  const { runners } = declare();
  test.each([
    ['title', { title: 'other' }],
    ['time', { offAtMs: 101 }],
    ['runners', { runners: runners.slice(1) }],
    [
      'name of a runner',
      { runners: [...runners.slice(1), { number: runnerNumber(1), name: 'x' }] },
    ],
    ['pools', { pools: [winPool, placePool] }],
    ['rule set', { pools: [{ ...winPool, ruleSet: { ...winPool.ruleSet, takeout: 1 } }] }],
  ])('with another %s is not a repeat', (_what, other) => {
    raceAfter(declare())
      .when({ ...declare(), ...other })
      .refuses({ reason: 'race-exists', race: R1 });
  });

  test('with another guarantee is not a repeat', () => {
    raceAfter(declare([doublePool(1)]))
      .when(declare([doublePool(2)]))
      .refuses({ reason: 'race-exists', race: R1 });
  });
});

describe('a result', () => {
  const closed = (...scratched: number[]) =>
    raceAfter(declare([winPool, placePool]), open, ...scratched.map(scratch), close);

  test('names the order of arrival, dead heats included', () => {
    closed()
      .when(result('2+3 1'))
      .yields({
        kind: 'result-entered',
        order: [numbers(2, 3), numbers(1)],
        didNotFinish: [],
        ...ordered,
      });
  });

  test('is refused with a runner that was never declared', () => {
    closed().when(result('1 5')).refuses({ reason: 'unknown-runner', runner: 5 });
  });

  test('is refused with a scratched runner', () => {
    closed(2).when(result('1 2')).refuses({ reason: 'scratched-runner', runner: 2 });
  });

  test.each(['1 2 1', '1+1 2'])('is refused with a runner twice: %s', (order) => {
    closed().when(result(order)).refuses({ reason: 'runner-twice', runner: 1 });
  });

  test('is refused one runner short of the places that pay', () => {
    closed().when(result('1')).refuses({ reason: 'incomplete-result', places: 1, needed: 2 });
    expect(closed().when(result('1 2')).events).toHaveLength(1);
    expect(closed().when(result('1+2')).events).toHaveLength(1);
  });

  const short = { reason: 'incomplete-result', places: 1, needed: 2 } as const;
  test('may name fewer than places pay when every other starter did not finish', () => {
    closed()
      .when(result('3', 1, 2, 4))
      .yields({
        kind: 'result-entered',
        order: [numbers(3)],
        didNotFinish: numbers(1, 2, 4),
        ...ordered,
      });
    closed()
      .when(result('3', 1, 2))
      .refuses(short);
  });

  test('asks of a scratched runner not even that it did not finish', () => {
    expect(closed(4).when(result('3', 1, 2)).events).toHaveLength(1);
    closed(4).when(result('3', 1)).refuses(short);
  });

  test('may say who did not finish though enough arrived, and leave others out', () => {
    expect(closed().when(result('3 1', 2)).events).toMatchObject([{ didNotFinish: [2] }]);
  });

  test.each([
    ['that was never declared', result('1 2', 5), { reason: 'unknown-runner', runner: 5 }],
    ['that was scratched', result('1 2', 4), { reason: 'scratched-runner', runner: 4 }],
    ['that arrived too', result('1 2', 2), { reason: 'runner-twice', runner: 2 }],
    ['twice', result('1 2', 3, 3), { reason: 'runner-twice', runner: 3 }],
  ] as [string, RaceCommand, RaceRejection][])(
    'is refused when a runner did not finish %s',
    (_what, command, rejection) => {
      closed(4).when(command).refuses(rejection);
    },
  );

  test('is refused when nobody finished: such a race is called off', () => {
    for (const order of [[], [[]]]) {
      closed()
        .when({ kind: 'enter-result', order, didNotFinish: numbers(1, 2, 3, 4), ...ordered })
        .refuses({ ...short, places: 0 });
    }
  });

  test('is a repeat with the same order', () => {
    const provisional = closed().after(result('3', 1, 2, 4));
    provisional.when(result('3', 1, 2, 4)).yields();
    expect(provisional.when(result('3 1', 2, 4)).events).toMatchObject([
      { order: [[3], [1]], didNotFinish: [2, 4] },
    ]);
  });

  test('needs no more than those that ran', () => {
    expect(closed(2, 3, 4).when(result('1')).events).toHaveLength(1);
  });

  test('is replaced by a corrected one while it is provisional, and the last one counts', () => {
    const provisional = closed().after(result('1 2'));
    provisional.when(result('2 1')).yields({
      kind: 'result-entered',
      order: [numbers(2), numbers(1)],
      didNotFinish: [],
      ...ordered,
    });
    const [made] = provisional.after(result('2 1')).when(official).events;
    expect(made).toMatchObject({ kind: 'race-made-official', order: [[2], [1]] });
  });

  test('is not told to other races before it is official', () => {
    const leg = { kind: 'attach-leg', legOf: { race: R2, pool: poolId('x'), leg: 1 } } as const;
    expect(closed().after(result('1 2')).when(leg).events).toMatchObject([
      { runners: [1, 2, 3, 4] },
    ]);
    expect(closed().after(result('1 2')).when(leg).events[0]).not.toHaveProperty('outcome');
  });
});

describe('questions', () => {
  test('are answered with nothing before the race is declared', () => {
    expect(raceAfter().answer({ kind: 'race' })).toEqual({ kind: 'nothing' });
    expect(raceAfter().answer({ kind: 'books' })).toEqual({ kind: 'nothing' });
  });

  test('tell the card, the money and what each runner would pay', () => {
    const one = raceAfter(
      declare(),
      scratch(4),
      open,
      register('1'),
      register('2', { bet: 'b2', stake: 300 }),
    );
    expect(one.answer({ kind: 'race' })).toMatchObject({
      race: {
        phase: 'open',
        runners: [{ number: 1 }, { number: 2 }, { number: 3 }, { number: 4, scratched: true }],
        pools: [
          {
            id: 'win',
            ruleSet: 'test@1',
            gross: 400,
            tickets: 2,
            toShare: 320,
            runners: [
              { runner: 1, stakes: 100, probableHundredths: 320 },
              { runner: 2, stakes: 300, probableHundredths: 100 },
              { runner: 3, stakes: 0, probableHundredths: undefined },
            ],
            price: undefined,
            settled: false,
          },
        ],
      },
    });
    expect(one.answer({ kind: 'books' })).toEqual({ kind: 'books', inPools: 400 });
  });

  test('announce the guarantee until the pool is larger', () => {
    const toShare = (guarantee: number) => {
      const it = raceAfter(
        declare([doublePool(guarantee)]),
        open,
        { kind: 'record-leg-runners', pool: poolId('double'), leg: 1, runners: numbers(1, 2) },
        register('1,2/1,2', { pool: 'double' }),
      ).answer({ kind: 'race' });
      return it?.kind === 'race' ? it.race.pools[0]?.toShare : undefined;
    };
    expect([toShare(0), toShare(320), toShare(321)]).toEqual([320, 320, 321]);
  });
});
