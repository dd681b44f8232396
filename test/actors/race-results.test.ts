/** What a result must tell, and what it does to pools that stand, to entries and to the surface. */
import { describe, expect, test } from 'vitest';
import { arrivals, entriesAmong, orderOfInterests } from '../../src/actors/pools/arrival.ts';
import { NO_MONEY } from '../../src/actors/pools/price.ts';
import { pricePool } from '../../src/actors/pools/price-pool.ts';
import { ruleSetById } from '../../src/actors/pools/rule-sets.ts';
import type { PoolDeclaration, RaceCommand } from '../../src/actors/race-events.ts';
import { favouritesOf } from '../../src/actors/race-state.ts';
import { cents, poolId, type RaceId, runnerNumber } from '../../src/actors/units.ts';
import {
  close,
  correct,
  DOUBLE,
  declare,
  numbers,
  official,
  open,
  ordered,
  R1,
  R2,
  raceAfter,
  register,
  result,
  settleNext,
  winPool,
} from './given.ts';
import { multiLegRules } from './pools/given.ts';

function poolOf(id: string, ruleSetId: string, legs: readonly RaceId[] = []): PoolDeclaration {
  const ruleSet = ruleSetById(ruleSetId);
  if (ruleSet === undefined) throw new Error(`no rule set ${ruleSetId}`);
  return { id: poolId(id), ruleSet, legs, guarantee: cents(0) };
}

describe('two of an entry that share a place', () => {
  test('fill both places of the dead heat', () => {
    const order = orderOfInterests([numbers(1, 11), numbers(3)], [[1, 11]]);
    expect(arrivals(order, 3)).toEqual([numbers(1, 1, 3), numbers(1, 1, 3)]);
  });

  test('are paid what they would be one behind the other', () => {
    const { ruleSet } = poolOf('place', 'place-america@1');
    const priced = (order: number[][]) =>
      pricePool(ruleSet, {
        tickets: [1, 3, 4].map((runner) => ({
          formula: 'combined' as const,
          legs: [numbers(runner)],
          picks: 0,
          alternates: [],
          stake: 10_000,
          source: 'online',
        })),
        result: {
          kind: 'race',
          result: {
            order: order.map((place) => place.map(runnerNumber)),
            nonRunners: [],
            starters: 9,
            entries: [numbers(1, 11)],
          },
        },
        money: NO_MONEY,
        day: '2026-11-21',
      }).price.dividends.map(({ outcome, hundredths }) => [outcome, hundredths]);
    expect(priced([[1, 11], [3], [4]])).toEqual(priced([[1], [11], [3], [4]]));
    expect(priced([[1, 11], [3], [4]])).not.toEqual([]);
  });

  test('are one entry however they were named', () => {
    const runners = [
      [1, 2],
      [2, 0],
      [3, 4],
      [4, 1],
      [5, 0],
    ].map(([number = 0, mate = 0]) => ({ number: runnerNumber(number), coupledWith: mate }));
    expect(entriesAmong(runners).map((it) => it.toSorted())).toEqual([numbers(1, 2, 3, 4)]);
  });
});

describe('a result', () => {
  test('names as many as any stage of a rule set may pay', () => {
    raceAfter(declare([poolOf('win', 'win-hkjc@2')]), open, close)
      .when(result('1'))
      .refuses({ reason: 'incomplete-result', places: 1, needed: 3 });
  });

  test('names as many as a bet over several races needs, of this race or another', () => {
    const needing: RaceCommand = {
      kind: 'attach-leg',
      legOf: { race: R2, pool: DOUBLE, leg: 1 },
      places: 2,
    };
    raceAfter(declare(), needing, open, close)
      .when(result('1'))
      .refuses({ reason: 'incomplete-result', places: 1, needed: 2 });
    raceAfter(declare(), needing, open, close)
      .when(result('1 2'))
      .yields({
        kind: 'result-entered',
        order: [numbers(1), numbers(2)],
        didNotFinish: [],
        why: '',
        ...ordered,
      });
  });
});

describe('a dividend that stands once it is official', () => {
  test('is not changed by a correction, nor is what was paid', () => {
    const stands = {
      ...winPool,
      ruleSet: { ...winPool.ruleSet, afterOfficial: 'stands' as const },
    };
    const bets = [
      register('1', { stake: 100, bet: 'b1' }),
      register('2', { stake: 100, bet: 'b2' }),
    ];
    const before = raceAfter(
      declare([stands]),
      open,
      ...bets,
      close,
      result('1 2 3'),
      official,
      settleNext(),
    );
    const { events } = before.when(correct('2 1 3'));
    expect(events.map(({ kind }) => kind)).toEqual([
      'pricing-reopened',
      'result-entered',
      'race-made-official',
      'race-paid',
    ]);
  });
});

describe('the favourite of a race', () => {
  test('is an entry by all the money on it', () => {
    const win = { ...winPool, ruleSet: { ...winPool.ruleSet, coupled: 'one-interest' as const } };
    const declared = declare([win]);
    const runners = declared.runners.map((it) =>
      it.number === 2 ? { ...it, coupledWith: 1 } : it,
    );
    const bets = [
      register('1', { stake: 400, bet: 'b1' }),
      register('2', { stake: 400, bet: 'b2' }),
      register('3', { stake: 600, bet: 'b3' }),
    ];
    const state = raceAfter({ ...declared, runners }, open, ...bets).state;
    expect(favouritesOf(state).slice(0, 3)).toEqual(numbers(1, 2, 3));
  });
});

describe('a change of surface', () => {
  const rules = multiLegRules(
    { legs: { voided: 'all-win', voidedMax: 1, surfaceChange: 'all-win' } },
    { legs: 2 },
  );
  const double: PoolDeclaration = {
    id: DOUBLE,
    ruleSet: rules,
    legs: [R1, R2],
    guarantee: cents(0),
  };
  const told = (surfaceAtMs: number): RaceCommand => ({
    kind: 'record-leg',
    pool: DOUBLE,
    leg: 1,
    outcome: {
      winners: numbers(1),
      nonRunners: [],
      voided: false,
      surfaceChanged: true,
      surfaceAtMs,
    },
  });

  test.each([
    ['before the sale was closed changes nothing: whoever bet knew it', 6, false],
    ['after it was closed is for the rule set', 8, true],
  ])('%s', (_what, atMs, counts) => {
    const { events } = raceAfter(declare([winPool, double]), open, close).when(told(atMs));
    expect(events[0]).toMatchObject({ kind: 'leg-recorded', outcome: { surfaceChanged: counts } });
  });
});
