// What a race publishes of its pools before they are decided, and what it keeps for that.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Formula } from '../../src/actors/formula.ts';
import { combinationsIn, eachCombination } from '../../src/actors/formula.ts';
import { isInPool } from '../../src/actors/pool-pricing.ts';
import { combinationKey } from '../../src/actors/pools/backed.ts';
import { type RuleSet, unitOf } from '../../src/actors/pools/rule-set.ts';
import { race } from '../../src/actors/race.ts';
import type { PoolDeclaration, RaceCommand } from '../../src/actors/race-events.ts';
import { PUBLISHED_EVERY_MS } from '../../src/actors/race-probables.ts';
import type { PoolState, Race } from '../../src/actors/race-state.ts';
import { betId, cents, playerId, poolId, runnerNumber } from '../../src/actors/units.ts';
import {
  close,
  DOUBLE,
  declare,
  doublePool,
  inquire,
  numbers,
  official,
  open,
  placePool,
  R1,
  raceAfter,
  removeSource,
  result,
  rule,
  run,
  scratch,
  suspend,
  ticket,
  voided,
  WIN,
  winPool,
} from './given.ts';
import { among, ruleSet, stage } from './pools/given.ts';

const PAIR = poolId('pair');
const EXACT = poolId('exact');
const FOUR = poolId('four');

const sold: Partial<RuleSet> = {
  channels: [{ channel: 'online', cancelSeconds: 3_600 }, { channel: 'kiosk' }],
};
const poolOf = (id: PoolDeclaration['id'], rules: Partial<RuleSet>): PoolDeclaration => ({
  id,
  ruleSet: ruleSet({ ...sold, ...rules }),
  legs: [],
  guarantee: cents(0),
});
const win = poolOf(WIN, {});
const pair = poolOf(PAIR, {
  bet: { kind: 'runners', picks: [2], ordered: false },
  formulas: ['unit', 'combined', 'field'],
  stages: [stage(among(3, 2))],
});
const exact = poolOf(EXACT, {
  bet: { kind: 'runners', picks: [2], ordered: true },
  formulas: ['unit', 'all-orders', 'positions'],
  stages: [stage({ kind: 'at', positions: [1, 2] })],
});
/** Of 12 runners more combinations than have probables. */
const four = poolOf(FOUR, {
  bet: { kind: 'runners', picks: [4], ordered: true },
  stages: [stage({ kind: 'at', positions: [1, 2, 3, 4] })],
});
const POOLS = [win, pair, exact];

const publish = (atMs = 1_000): RaceCommand => ({ kind: 'publish-probables', atMs });

let bets = 0;
/** @param legs `1,2/3`: lists of the formula by `/`. */
function bet(
  pool: PoolDeclaration,
  legs: string,
  { formula = 'combined', stake = 100, channel = 'online', id = `b${++bets}` } = {} as {
    formula?: Formula;
    stake?: number;
    channel?: string;
    id?: string;
  },
): RaceCommand {
  const lists = legs.split('/').map((leg) => numbers(...leg.split(',').map(Number)));
  const combinations = combinationsIn({ formula, legs: lists }, unitOf(pool.ruleSet.bet, 0));
  const it = { ...ticket('1', { pool: pool.id, stake, channel, bet: id }), formula, legs: lists };
  const cost = cents(stake * combinations);
  return { kind: 'register-bet', ticket: { ...it, combinations, cost }, atMs: 4 };
}

const cancel = (id: string, pool = PAIR): RaceCommand => ({
  kind: 'cancel-bet',
  bet: betId(id),
  player: playerId('ann'),
  pool,
  by: 'clerk',
  atMs: 5,
});

const pulseOf = (state: Race) => race.pulse?.command(state, 9);

describe('a publication', () => {
  test('is due at most once a second, and says when it was', () => {
    expect(race.pulse?.everyMs).toBe(PUBLISHED_EVERY_MS);
    const { state } = raceAfter(declare(), open);
    expect(pulseOf(state)).toEqual({ kind: 'publish-probables', atMs: 9 });
  });

  test('is the money of every pool, and what each backed combination would pay', () => {
    const one = raceAfter(
      declare([win, pair, doublePool(700)]),
      open,
      bet(win, '1'),
      bet(win, '2', { stake: 300 }),
      bet(pair, '1,2,3', { stake: 100 }),
    );
    one.when(publish(1_234)).yields({
      kind: 'probables-published',
      atMs: 1_234,
      pools: [
        {
          pool: WIN,
          gross: cents(400),
          tickets: 2,
          toShare: cents(320),
          probables: [
            { combination: '1', hundredths: 320 },
            { combination: '2', hundredths: 100 },
          ],
        },
        {
          pool: PAIR,
          gross: cents(300),
          tickets: 1,
          toShare: cents(240),
          // Whoever is third, the others win as well: 2.40 for three pairs.
          probables: ['1-2', '1-3', '2-3'].map((combination) => ({ combination, hundredths: 80 })),
        },
        { pool: DOUBLE, gross: cents(0), tickets: 0, toShare: cents(700), probables: [] },
      ],
    });
  });

  test('is of the pools that changed since the last one, and none where none did', () => {
    const one = raceAfter(declare([win, pair]), open, bet(win, '1'), publish());
    expect(pulseOf(one.state)).toBeUndefined();
    one.when(publish(2_000)).yields();
    const { state, when } = one.after(bet(pair, '1,2'));
    expect(pulseOf(state)).toBeDefined();
    expect(when(publish(2_000)).events).toMatchObject([{ pools: [{ pool: PAIR, gross: 100 }] }]);
  });

  test('is kept: the log has every one, and the state the last of each pool', () => {
    const one = raceAfter(
      declare([win, pair]),
      open,
      publish(1),
      bet(win, '1'),
      publish(2),
      bet(win, '2'),
      bet(pair, '1,2'),
      publish(3),
      bet(pair, '1,2'),
      publish(4),
    );
    const told = one.history.filter((it) => it.kind === 'probables-published');
    expect(told.map((it) => [it.atMs, it.pools.map(({ pool }) => pool)])).toEqual([
      [1, [WIN, PAIR]],
      [2, [WIN]],
      [3, [WIN, PAIR]],
      [4, [PAIR]],
    ]);
    const published = [...one.state.pools.values()].map((pool) => pool.published);
    expect(published).toMatchObject([
      { atMs: 3, gross: 200, tickets: 2 },
      { atMs: 4, gross: 200, tickets: 2 },
    ]);
  });

  test('shows the stakes of its moment, not of a later one', () => {
    const { state } = raceAfter(declare([win]), open, bet(win, '1'), publish(), bet(win, '1'));
    const pool = state.pools.get(WIN);
    expect(pool?.published?.stakes).toEqual(new Map([['1', 100]]));
    expect(pool?.stakesByCombination).toEqual(new Map([['1', 200]]));
  });

  test('follows a withdrawal in every pool of the race alone', () => {
    const one = raceAfter(
      declare([win, placePool, pair, doublePool()]),
      open,
      bet(win, '1'),
      bet(pair, '1,2'),
      publish(),
      scratch(1),
    );
    expect(one.when(publish(2)).events).toMatchObject([
      {
        pools: [
          { pool: WIN, gross: 0, probables: [] },
          { pool: 'place' },
          // The rule set gives it back when the race is decided.
          { pool: PAIR, probables: [] },
        ],
      },
    ]);
  });

  test.each<readonly [string, readonly RaceCommand[]]>([
    ['suspended', [suspend]],
    ['closed', [close]],
    ['run', [close, run]],
    ['provisional', [close, result('1 2 3 4')]],
    ['under-inquiry', [close, result('1 2 3 4'), inquire()]],
    ['provisional again', [close, result('1 2 3 4'), inquire(), rule(1)]],
  ])('shows what came last before: %s', (_, orders) => {
    const { state, when } = raceAfter(declare([win]), open, publish(), bet(win, '1'), ...orders);
    expect(pulseOf(state)).toBeDefined();
    expect(when(publish(2)).events).toMatchObject([{ pools: [{ pool: WIN, gross: 100 }] }]);
  });

  test.each<readonly [string, readonly RaceCommand[]]>([
    ['undeclared', []],
    ['declared', [declare([win])]],
    ['official', [declare([win]), open, bet(win, '1'), close, result('1 2 3 4'), official]],
    ['void', [declare([win]), open, bet(win, '1'), voided]],
  ])('is none while %s', (_, history) => {
    const { state, when } = raceAfter(...history);
    expect(pulseOf(state)).toBeUndefined();
    when(publish()).yields();
  });

  test('is the money alone in a pool of more than 1,000 combinations', () => {
    const one = raceAfter(declare([four], 12), open, bet(four, '1,2,3,4', { formula: 'unit' }));
    expect(one.state.pools.get(FOUR)?.stakesByCombination).toBeUndefined();
    expect(one.when(publish()).events).toMatchObject([
      { pools: [{ pool: FOUR, gross: 100, tickets: 1, toShare: 80, probables: [] }] },
    ]);
  });
});

describe('what a race answers', () => {
  test('is what was published: the same until the next time', () => {
    const before = raceAfter(declare([winPool]), open, publish(5), bet(win, '1'));
    expect(before.answer({ kind: 'race' })).toMatchObject({
      race: {
        race: R1,
        pools: [
          {
            gross: 100,
            runners: [{ runner: 1, stakes: 100, probableHundredths: undefined }, {}, {}, {}],
            published: { atMs: 5, combinations: [] },
          },
        ],
      },
    });
    expect(before.after(publish(6)).answer({ kind: 'race' })).toMatchObject({
      race: {
        pools: [{ runners: [{ probableHundredths: 80 }, {}, {}, {}], published: { atMs: 6 } }],
      },
    });
  });
});

describe('the stakes by combination', () => {
  /** Counted over the tickets that are in the pool. */
  function recounted(state: Race, { tickets, ruleSet: { bet: of } }: PoolState) {
    const found = new Map<string, number>();
    for (let index = 0; index < tickets.size; index++) {
      if (!isInPool(tickets.stateAt(index))) continue;
      const selection = tickets.selectionAt(index);
      const unit = unitOf(of, selection.picks);
      if (unit.kind === 'legs') continue;
      eachCombination(selection, unit, (runners) => {
        const gone = runners.some((it) => state.runners.get(it)?.scratched);
        if (gone && unit.picks === 1) return;
        const key = combinationKey(runners, unit.ordered);
        found.set(key, (found.get(key) ?? 0) + tickets.stakeAt(index));
      });
    }
    return found;
  }

  const ids = fc.constantFrom('x1', 'x2', 'x3', 'x4', 'x5');
  const commands: fc.Arbitrary<RaceCommand> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .record({
          pool: fc.constantFrom(
            [win, '1', 'unit'],
            [win, '2,4', 'combined'],
            [pair, '1,2,5', 'combined'],
            [pair, '3/1,2,4', 'field'],
            [exact, '1,2,3', 'all-orders'],
            [exact, '1,2/2,5', 'positions'],
          ) as fc.Arbitrary<readonly [PoolDeclaration, string, Formula]>,
          id: ids,
          stake: fc.constantFrom(100, 250),
          channel: fc.constantFrom('online', 'kiosk'),
        })
        .map(({ pool: [pool, legs, formula], ...more }) => bet(pool, legs, { formula, ...more })),
    },
    fc
      .record({ id: ids, pool: fc.constantFrom(WIN, PAIR, EXACT) })
      .map((it) => cancel(it.id, it.pool)),
    fc.constantFrom(WIN, PAIR, EXACT).map((pool) => removeSource('kiosk', pool)),
    fc.constantFrom(1, 2, 5).map(scratch),
    fc.constant(publish()),
  );

  test('are those of the tickets in the pool, whatever came and went', () => {
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 25 }), (them) => {
        let one = raceAfter(declare(POOLS, 5), open);
        for (const command of them) {
          const { events } = one.when(command);
          if (events.length > 0) one = one.after(command);
        }
        for (const pool of one.state.pools.values()) {
          expect(pool.stakesByCombination).toEqual(recounted(one.state, pool));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('are nothing to publish where nothing has changed since', () => {
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 15 }), (them) => {
        let one = raceAfter(declare(POOLS, 5), open);
        for (const command of them) {
          const { events } = one.when(command);
          if (events.length > 0) one = one.after(command);
        }
        const published = one.after(publish(2));
        expect(pulseOf(published.state)).toBeUndefined();
        for (const pool of published.state.pools.values()) {
          expect(pool.published?.gross).toBe(pool.gross);
          expect(pool.published?.stakes).toEqual(pool.stakesByCombination);
        }
      }),
      { numRuns: 40 },
    );
  });
});

test('a combination that everybody leaves is no longer there', () => {
  const { state } = raceAfter(
    declare(POOLS, 5),
    open,
    bet(pair, '1,2', { id: 'y1' }),
    bet(pair, '1,2,3', { id: 'y2' }),
    cancel('y1'),
    cancel('y2'),
  );
  expect(state.pools.get(PAIR)?.stakesByCombination).toEqual(new Map());
  expect(state.runners.get(runnerNumber(1))?.scratched).toBe(false);
});
