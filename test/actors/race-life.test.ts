import { describe, expect, test } from 'vitest';
import { race } from '../../src/actors/race.ts';
import type {
  PoolDeclaration,
  RaceCommand,
  RaceEvent,
  RacePhase,
  RaceRejection,
} from '../../src/actors/race-events.ts';
import { INQUIRIES_MAX } from '../../src/actors/race-results.ts';
import { cents, poolId, raceId, runnerNumber } from '../../src/actors/units.ts';
import { given } from '../support/scenario.ts';
import {
  authorise,
  close,
  correct,
  DOUBLE,
  declare,
  doublePool,
  inquire,
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
  removeSource,
  result,
  rule,
  run,
  scratch,
  settleNext,
  suspend,
  voided,
  WIN,
  winPool,
} from './given.ts';
import { among, stage } from './pools/given.ts';

const PHASES: Record<RacePhase, readonly RaceCommand[]> = {
  undeclared: [],
  declared: [declare()],
  open: [declare(), open],
  suspended: [declare(), open, suspend],
  closed: [declare(), open, close],
  run: [declare(), open, close, run],
  provisional: [declare(), open, close, result('1 2 3 4')],
  'under-inquiry': [declare(), open, close, run, result('1 2 3 4'), inquire()],
  official: [declare(), open, close, result('1 2 3 4'), official],
  paid: [declare(), open, close, result('1 2 3 4'), official, settleNext()],
  void: [declare(), open, voided],
  refunded: [declare(), open, voided, settleNext()],
};
const ALL = Object.keys(PHASES) as RacePhase[];

const BEFORE_IT_IS_OFFICIAL = 'closed or run or provisional or under-inquiry';
const BEFORE_IT_IS_PAID = `declared or open or suspended or ${BEFORE_IT_IS_OFFICIAL}`;

/**
 * In the order of PHASES: a(ccepted), - for a repeat that changes nothing, x for a refusal, u for a
 * race that nobody declared, o for one that was official.
 */
const LIFE: readonly (readonly [string, RaceCommand, string, string])[] = [
  ['declare', declare(), 'a-----------', 'race-exists'],
  ['declare otherwise', { ...declare(), title: 'other' }, 'axxxxxxxxxxx', 'race-exists'],
  ['open', open, 'xa-axxxxxxxx', 'declared or suspended'],
  ['suspend', suspend, 'xxa-xxxxxxxx', 'open'],
  ['scratch', scratch(3), 'xaaaaaxxxxxx', 'declared or open or suspended or closed or run'],
  ['close', close, 'xxaa------xx', 'open or suspended'],
  ['record the run', run, 'xxxxa-----xx', 'closed'],
  ['enter the result', result('1 2 3 4'), 'xxxxaa--xxxx', BEFORE_IT_IS_OFFICIAL],
  ['change the result', result('2 1 3 4'), 'xxxxaaaaxxxx', BEFORE_IT_IS_OFFICIAL],
  ['open an inquiry', inquire('photo'), 'xxxxxxaaxxxx', 'provisional or under-inquiry'],
  ['make official', official, 'xxxxxxax--xx', 'provisional'],
  ['correct the result', correct('2 1 3 4'), 'xxxxxxxxaaxx', 'official or paid'],
  ['correct to the same result', correct('1 2 3 4'), 'xxxxxxxx--xx', 'official or paid'],
  ['void', voided, 'xaaaaaaaoo--', BEFORE_IT_IS_PAID],
  ['settle', settleNext(), 'x-------a-a-', 'unknown-pool'],
  ['remove a source', removeSource(), 'uaaaaaaaaaaa', ''],
  ['authorise a pool that needs none', authorise(), 'u-----------', ''],
  [
    'attach a leg',
    { kind: 'attach-leg', legOf: { race: R2, pool: WIN, leg: 1 } },
    'aaaaaaaaaaaa',
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
        else if (verdict === 'u') asked.refuses({ reason: 'unknown-race', race: R1 });
        else if (verdict === 'o') asked.refuses({ reason: 'already-official', phase });
        else if (needed === 'race-exists') asked.refuses({ reason: 'race-exists', race: R1 });
        else if (needed === 'unknown-pool') asked.refuses({ reason: 'unknown-pool', pool: WIN });
        else if (phase === 'undeclared') asked.refuses({ reason: 'unknown-race', race: R1 });
        else asked.refuses({ reason: 'wrong-phase', phase, needed });
      },
    );
  }

  const orders: [string, RaceCommand[], RaceCommand, RaceEvent][] = [
    ['opening', [declare()], open, { kind: 'race-opened', why: '', ...ordered }],
    [
      'opening again, for a reason',
      [declare(), open, suspend],
      { kind: 'open-race', why: 'wind fell', ...ordered },
      { kind: 'race-opened', why: 'wind fell', ...ordered },
    ],
    ['suspending', [declare(), open], suspend, { kind: 'race-suspended', why: 'wind', ...ordered }],
    [
      'closing',
      [declare(), open],
      close,
      {
        kind: 'race-closed',
        why: 'off',
        legOf: [],
        source: 'steward',
        totals: [{ pool: WIN, tickets: 0, gross: cents(0), recounted: cents(0), bySource: [] }],
        ...ordered,
      },
    ],
    [
      'recording the run',
      [declare(), open, close],
      { kind: 'record-run', why: 'past the post', ...ordered },
      { kind: 'race-run', why: 'past the post', ...ordered },
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
        runners: runners.map((it) => ({ ...it, coupledWith: 0 })),
        pools: [
          {
            id: WIN,
            ruleSet: JSON.stringify(winPool.ruleSet),
            legs: [],
            guarantee: cents(0),
            carriedNet: cents(0),
            carriedGross: cents(0),
            mandatory: false,
          },
        ],
        legOf: [],
        why: '',
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
      { takeout: [{ basisPoints: 10_001 }] },
      'takeout[0].basisPoints is not a whole number from 0 to 10000: 10001',
    ],
    ['a field nobody knows', { bonus: 1 }, 'bonus is not a field'],
    [
      'no places on a place pool',
      { stages: [stage(among([], 1))] },
      'stages[0].tiers[0].match.first has not 1 to 99 entries: 0',
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
    [
      'rule set',
      { pools: [{ ...winPool, ruleSet: { ...winPool.ruleSet, takeout: [{ basisPoints: 1 }] } }] },
    ],
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
        why: '',
        ...ordered,
      });
  });

  test('is refused with a runner that was never declared', () => {
    closed()
      .when(result('1 5'))
      .refuses({ reason: 'unknown-runner', runner: 5, path: 'order[1].runners[0]' });
  });

  test('is refused with a scratched runner', () => {
    closed(2)
      .when(result('1 3+2'))
      .refuses({ reason: 'scratched-runner', runner: 2, path: 'order[1].runners[1]' });
  });

  test.each([
    ['1 2 1', 'order[2].runners[0]'],
    ['1+1 2', 'order[0].runners[1]'],
    ['2+3+4+1+1', 'order[0].runners[4]'],
  ])(
    'is refused with a runner twice, also in a dead heat of more than started: %s',
    (order, path) => {
      closed().when(result(order)).refuses({ reason: 'runner-twice', runner: 1, path });
    },
  );

  test('is refused with a place that nobody has, and says which', () => {
    const order = [numbers(1), [], numbers(2)];
    closed()
      .when({ kind: 'enter-result', order, didNotFinish: [], ...ordered })
      .refuses({ reason: 'empty-place', path: 'order[1]' });
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
        why: '',
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
    [
      'that was never declared',
      result('1 2', 5),
      { reason: 'unknown-runner', runner: 5, path: 'did_not_finish[0]' },
    ],
    [
      'that was scratched',
      result('1 2', 3, 4),
      { reason: 'scratched-runner', runner: 4, path: 'did_not_finish[1]' },
    ],
    [
      'that arrived too',
      result('1 2', 2),
      { reason: 'runner-twice', runner: 2, path: 'did_not_finish[0]' },
    ],
    [
      'twice',
      result('1 2', 3, 3),
      { reason: 'runner-twice', runner: 3, path: 'did_not_finish[1]' },
    ],
  ] as [string, RaceCommand, RaceRejection][])(
    'is refused when a runner did not finish %s',
    (_what, command, rejection) => {
      closed(4).when(command).refuses(rejection);
    },
  );

  test('is refused when nobody finished: such a race is called off', () => {
    closed()
      .when({ kind: 'enter-result', order: [], didNotFinish: numbers(1, 2, 3, 4), ...ordered })
      .refuses({ ...short, places: 0 });
  });

  test('is a repeat with the same order', () => {
    const provisional = closed().after(result('3', 1, 2, 4));
    provisional.when(result('3', 1, 2, 4)).yields();
    expect(provisional.when(result('3', 2, 1, 4)).events).toHaveLength(1);
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
      why: '',
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

describe('an inquiry', () => {
  const provisional = raceAfter(declare(), open, close, run, result('1 2 3 4'));

  test('is recorded with what it is, whom it is about, who, when and why', () => {
    provisional.when(inquire('objection', 1, 2)).yields({
      kind: 'inquiry-opened',
      id: 1,
      sort: 'objection',
      why: 'crossing',
      runners: numbers(1, 2),
      ...ordered,
    });
    provisional
      .after(inquire())
      .when(rule(1))
      .yields({ kind: 'inquiry-closed', id: 1, ruling: 'no action', ...ordered });
  });

  test('holds the official signal up, and the last one that is closed lets it go', () => {
    const two = provisional.after(inquire('photo'), inquire('objection', 2));
    expect(two.state.phase).toBe('under-inquiry');
    expect(two.answer({ kind: 'race' })).toMatchObject({
      race: {
        inquiries: [
          { id: 1, sort: 'photo' },
          { id: 2, sort: 'objection', runners: [2] },
        ],
      },
    });
    const waits = { reason: 'wrong-phase', phase: 'under-inquiry', needed: 'provisional' } as const;
    two.when(official).refuses(waits);
    two.after(rule(1)).when(official).refuses(waits);
    const free = two.after(rule(2), rule(1));
    expect(free.state.phase).toBe('provisional');
    expect(free.when(official).events[0]).toMatchObject({ kind: 'race-made-official', run: 1 });
  });

  test('may change the result, which stays under inquiry', () => {
    const changed = provisional.after(inquire(), result('2 1 3 4'));
    expect(changed.state.phase).toBe('under-inquiry');
    expect(changed.after(rule(1)).when(official).events).toMatchObject([
      { order: [[2], [1], [3], [4]] },
      {},
    ]);
  });

  test('that is opened again as it is, or closed again, is a repeat', () => {
    provisional.after(inquire('photo', 1)).when(inquire('photo', 1)).yields();
    const ruled = provisional.after(inquire(), rule(1));
    for (const later of [ruled, ruled.after(official), ruled.after(inquire('photo'))]) {
      later.when(rule(1)).yields();
    }
    // The same once more, after the ruling on the first, is another.
    expect(ruled.when(inquire()).events).toMatchObject([{ id: 2 }]);
  });

  test('is refused about a runner that nobody declared, and closed when nobody opened it', () => {
    provisional
      .when(inquire('photo', 1, 5))
      .refuses({ reason: 'unknown-runner', runner: 5, path: 'runners[1]' });
    provisional.when(rule(1)).refuses({ reason: 'unknown-inquiry', inquiry: 1 });
    provisional.after(inquire()).when(rule(0)).refuses({ reason: 'unknown-inquiry', inquiry: 0 });
    raceAfter().when(rule(1)).refuses({ reason: 'unknown-race', race: R1 });
  });

  test('is opened as long as fewer than the most are open', () => {
    const some = Array.from(
      { length: INQUIRIES_MAX },
      (_, index): RaceCommand => ({
        kind: 'open-inquiry',
        sort: 'photo',
        why: `no ${index}`,
        runners: [],
        ...ordered,
      }),
    );
    const full = provisional.after(...some);
    full.when(inquire()).refuses({ reason: 'too-many-inquiries', maximum: INQUIRIES_MAX });
    expect(full.after(rule(7)).when(inquire()).events).toMatchObject([{ id: INQUIRIES_MAX + 1 }]);
  });

  test('ends with a race that is called off', () => {
    const off = provisional.after(inquire(), voided);
    expect(off.state.phase).toBe('void');
    off.when(rule(1)).yields();
    expect(off.state.phase).toBe('void');
  });
});

describe('a runner withdrawn late', () => {
  test('is withdrawn until there is a result, and its bets go back', () => {
    const late = raceAfter(declare(), open, register('3'), close, run);
    expect(late.when(scratch(3)).events).toMatchObject([{ refunding: [WIN], why: 'lame' }]);
    const entered = late.after(result('1 2 4'));
    expect(entered.when(scratch(3)).events).toEqual([]);
    late
      .after(scratch(3))
      .when(result('1 2 3'))
      .refuses({ reason: 'scratched-runner', runner: 3, path: 'order[2].runners[0]' });
  });
});

describe('the close', () => {
  const bought = raceAfter(
    declare([winPool, placePool, doublePool()]),
    open,
    { kind: 'record-leg-runners', pool: DOUBLE, leg: 1, runners: numbers(1, 2) },
    register('1,2', { bet: 'b1' }),
    register('3', { bet: 'b2', stake: 300, channel: 'kiosk' }),
    register('4', { bet: 'b3', stake: 700 }),
    register('1,2/1', { bet: 'b4', stake: 400, pool: 'double' }),
    scratch(4),
    scratch(2),
  );

  test('records which switch gave it, and of each pool two totals and what each source sold', () => {
    const closing = bought.when({
      kind: 'close-race',
      why: 'off',
      source: 'stewards-stand',
      ...ordered,
    });
    expect(closing.events).toMatchObject([
      {
        kind: 'race-closed',
        source: 'stewards-stand',
        totals: [
          {
            // The ticket on 4 is out, and of the first what was on 2.
            pool: WIN,
            tickets: 2,
            gross: 400,
            recounted: 400,
            bySource: [
              { source: 'online', gross: 100 },
              { source: 'kiosk', gross: 300 },
            ],
          },
          { pool: PLACE, tickets: 0, gross: 0, recounted: 0, bySource: [] },
          { pool: DOUBLE, tickets: 1, gross: 800, recounted: 800 },
        ],
      },
    ]);
  });

  /** As no history leads to: one cent that no ticket brought. */
  function brokenAtTheClose(pool: typeof WIN) {
    const open2 = given(race, 'r1', ...bought.history);
    const state = open2.state.pools.get(pool);
    if (state !== undefined) state.gross = cents(state.gross + 1);
    return given(race, 'r1', ...bought.history, ...open2.when(close).events);
  }
  const disagree = {
    reason: 'totals-disagree',
    pool: WIN,
    gross: cents(401),
    recounted: cents(400),
  } as const;

  test('stands though two totals disagree, but the pool is not priced', () => {
    const closed = brokenAtTheClose(WIN);
    expect(closed.state.phase).toBe('closed');
    expect(closed.when(register('1', { bet: 'late' })).events).toMatchObject([
      { kind: 'bet-refused' },
    ]);
    expect(closed.answer({ kind: 'race' })).toMatchObject({
      race: {
        pools: [
          { disagreement: { gross: 401, recounted: 400, authorised: false } },
          { disagreement: undefined },
          { disagreement: undefined },
        ],
      },
    });
    closed.after(result('1 3')).when(official).refuses(disagree);
  });

  test('is followed by a price, from the tickets, when a steward authorises it', () => {
    const closed = brokenAtTheClose(WIN).after(result('1 3'));
    closed
      .when(authorise())
      .yields({ kind: 'pool-authorised', pool: WIN, why: 'counted by hand', ...ordered });
    const authorised = closed.after(authorise());
    authorised.when(authorise()).yields();
    expect(authorised.when(official).events).toMatchObject([
      { kind: 'race-made-official' },
      { kind: 'pool-priced', pool: WIN, gross: 400 },
      { kind: 'pool-priced', pool: PLACE },
    ]);
  });

  test('may also be followed by calling the race off: that needs no total', () => {
    expect(brokenAtTheClose(WIN).when(voided).events).toMatchObject([
      { kind: 'race-voided' },
      { kind: 'pool-priced', verdict: 'refunded' },
      {},
    ]);
  });

  test('leaves a pool over several races unpriced by its last leg, until it is authorised', () => {
    const legWon = (leg: number): RaceCommand => ({
      kind: 'record-leg',
      pool: DOUBLE,
      leg,
      outcome: { winners: numbers(1), nonRunners: [], voided: false },
    });
    const decided = brokenAtTheClose(DOUBLE).after(legWon(0), legWon(1));
    expect(decided.state.pools.get(DOUBLE)?.price).toBeUndefined();
    expect(decided.when(authorise(DOUBLE)).events).toMatchObject([
      { kind: 'pool-authorised' },
      { kind: 'pool-priced', pool: DOUBLE, run: 1 },
    ]);
    const early = brokenAtTheClose(DOUBLE).after(legWon(0), authorise(DOUBLE));
    expect(early.when(legWon(1)).events).toMatchObject([{}, { kind: 'pool-priced' }]);
  });

  test('is authorised for a pool of the race, and for no other', () => {
    raceAfter(declare(), open, close)
      .when(authorise(PLACE))
      .refuses({ reason: 'unknown-pool', pool: PLACE });
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
      { kind: 'publish-probables', atMs: 5 },
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
