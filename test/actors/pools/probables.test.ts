// Provisional dividends: what each combination would pay, against the pricing of the whole pool.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  combinationKey,
  createBackedField,
  depthOf,
  hasProbables,
  PROBABLES_MAX,
  runnersOf,
} from '../../../src/actors/pools/backed.ts';
import { judgementOf } from '../../../src/actors/pools/judgement.ts';
import { NO_MONEY, type PoolMoney, type PoolResult } from '../../../src/actors/pools/price.ts';
import { pricePool } from '../../../src/actors/pools/price-pool.ts';
import { PRICED_WHOLE_MAX, probables } from '../../../src/actors/pools/probables.ts';
import type { Bet, RuleSet } from '../../../src/actors/pools/rule-set.ts';
import { allRuleSets } from '../../../src/actors/pools/rule-sets.ts';
import { type RunnerNumber, runnerNumber } from '../../../src/actors/units.ts';
import { among, DAY, placeRules, ruleSet, stage } from './given.ts';

interface Sold {
  readonly stakes: ReadonlyMap<string, number>;
  readonly starters: readonly RunnerNumber[];
  readonly nonRunners: readonly RunnerNumber[];
  readonly entries: readonly (readonly RunnerNumber[])[];
  readonly money: PoolMoney;
  readonly day: string;
}

const numbered = (count: number) => Array.from({ length: count }, (_, at) => runnerNumber(at + 1));

/** Cents by combination, of `starters` runners numbered from 1. */
const sold = (
  stakes: Record<string, number>,
  starters: number,
  more: Partial<Sold> = {},
): Sold => ({
  stakes: new Map(Object.entries(stakes)),
  starters: numbered(starters),
  nonRunners: [],
  entries: [],
  money: NO_MONEY,
  day: DAY,
  ...more,
});

const pays = (rules: RuleSet, it: Sold): Record<string, number> =>
  Object.fromEntries(
    probables(rules, it).map(({ combination, hundredths }) => [combination, hundredths]),
  );

/** What a combination pays where the race ends so, everything priced. */
function paidBy(
  rules: RuleSet,
  { stakes, starters, nonRunners, entries, money, day }: Sold,
  { key, order }: { readonly key: string; readonly order: readonly RunnerNumber[] },
): number | undefined {
  const [first] = rules.stages;
  if (first === undefined) return undefined;
  const result: PoolResult = {
    kind: 'race',
    result: {
      order: order.map((runner) => [runner]),
      nonRunners,
      starters: starters.length,
      entries,
    },
  };
  const unit = (combination: string, stake: number) => {
    const runners = runnersOf(combination);
    const legs = [runners];
    return {
      formula: 'unit',
      legs,
      picks: runners.length,
      alternates: [],
      stake,
      source: '',
    } as const;
  };
  const tickets = [...stakes].map(([combination, stake]) => unit(combination, stake));
  const { price } = pricePool(rules, { tickets, result, money, day });
  if (price.verdict !== 'won' || price.stage !== 0) return undefined;
  const { lines, judge } = judgementOf(rules, first, result);
  let own: string | undefined;
  judge(unit(key, 1), (line) => {
    own = `${lines[line]?.tier} ${lines[line]?.label}`;
  });
  return price.dividends.find(({ tier, outcome }) => `${tier} ${outcome}` === own)?.hundredths;
}

/** All combinations of a bet among the runners 1 to `count`. */
function combinationsAmong(bet: Bet & { kind: 'runners' }, count: number): string[] {
  const grow = (runners: number[], picks: number): number[][] =>
    runners.length === picks
      ? [runners]
      : numbered(count)
          .filter((it) => !runners.includes(it) && (bet.ordered || it > (runners.at(-1) ?? 0)))
          .flatMap((it) => grow([...runners, it], picks));
  return bet.picks.flatMap((picks) => grow([], picks).map((it) => it.join('-')));
}

/** Every place decided, the rest in the order of the numbers. */
function wholeArrival(rules: RuleSet, it: Sold, key: string): RunnerNumber[] {
  const [first] = rules.stages;
  if (first === undefined) return [];
  const field = createBackedField(it.stakes, it.starters, depthOf(first, it.starters.length));
  const backed = field.combinations.find((other) => other.key === key);
  const head = backed === undefined ? [] : field.arrivalFor(backed);
  return [...head, ...it.starters.filter((runner) => !head.includes(runner))];
}

describe('probables', () => {
  const stakes = { 1: 100_00, 2: 50_00, 3: 40_00, 4: 10_00 };

  test('of a win pool are what each runner pays if it wins', () => {
    // 200.00, 160.00 net: the runner's stakes back and all that is left of the net.
    expect(pays(ruleSet(), sold(stakes, 4))).toEqual({ 1: 160, 2: 320, 3: 400, 4: 1600 });
  });

  test('of a place pool are the least that each runner pays without a dead heat', () => {
    const rules = placeRules(2);
    const it = sold(stakes, 4);
    const found = pays(rules, it);
    for (const runner of it.starters) {
      const possible = it.starters
        .filter((other) => other !== runner)
        .map((other) => paidBy(rules, it, { key: String(runner), order: [runner, other] }));
      expect(found[runner]).toBe(Math.min(...possible.map(Number)));
    }
  });

  test('of pairs among the first three, all backed, are the least that each pays, whoever is third', () => {
    const rules = ruleSet({
      bet: { kind: 'runners', picks: [2], ordered: false },
      stages: [stage(among(3, 2))],
    });
    const cents = [900, 700, 300, 200, 500, 100, 800, 150, 650, 50];
    const all = combinationsAmong({ kind: 'runners', picks: [2], ordered: false }, 5);
    const it = sold(Object.fromEntries(all.map((key, at) => [key, cents[at] ?? 0])), 5);
    const found = pays(rules, it);
    for (const key of it.stakes.keys()) {
      const pair = runnersOf(key);
      const possible = it.starters
        .filter((other) => !pair.includes(other))
        .map((third) => paidBy(rules, it, { key, order: [...pair, third] }));
      expect(found[key]).toBe(Math.min(...possible.map(Number)));
    }
  });

  test('of an exact order are asked of that order', () => {
    const rules = ruleSet({
      bet: { kind: 'runners', picks: [2], ordered: true },
      stages: [stage({ kind: 'at', positions: [1, 2] })],
    });
    expect(pays(rules, sold({ '2-1': 100, '1-2': 300 }, 3))).toEqual({ '2-1': 320, '1-2': 100 });
  });

  test('leave out what nobody backs, and what a non-runner is in', () => {
    expect(pays(ruleSet(), sold({ 1: 100, 2: 0 }, 2))).toEqual({ 1: 80 });
    expect(pays(ruleSet(), sold({}, 2))).toEqual({});
    const pairs = ruleSet({
      bet: { kind: 'runners', picks: [2], ordered: false },
      stages: [stage(among(2, 2))],
    });
    // The stakes on 3 go back, so that 4.00 are left.
    const it = sold({ '1-2': 100, '1-4': 300, '1-3': 900 }, 4, {
      starters: [1, 2, 4].map(runnerNumber),
      nonRunners: [runnerNumber(3)],
    });
    expect(pays(pairs, it)).toEqual({ '1-2': 320, '1-4': 100 });
  });

  test('are none in a place pool with too few starters to stand', () => {
    const rules = placeRules([{ startersMin: 4, places: 2 }]);
    expect(Object.keys(pays(rules, sold(stakes, 4)))).toHaveLength(4);
    const { 4: _, ...three } = stakes;
    expect(pays(rules, sold(three, 3))).toEqual({});
    // A starter counts though nobody backs it.
    expect(Object.keys(pays(rules, sold(three, 4)))).toHaveLength(3);
  });

  test('count an announced minimum and money brought in', () => {
    const rules = ruleSet({
      guarantee: { of: 'net', whenWon: 'top-up', whenNotWon: 'none', minorPots: 'guaranteed' },
    });
    const money = { ...NO_MONEY, guarantee: 1_000, carriedNet: 500 };
    expect(pays(rules, sold({ 1: 100, 2: 100 }, 2, { money }))).toEqual({ 1: 1500, 2: 1500 });
  });

  test('of rules that price no two arrivals alike are for a few combinations only', () => {
    const rules = ruleSet({ refundBelowHundredths: 100 });
    const all = (count: number) =>
      sold(Object.fromEntries(numbered(count).map((it) => [it, 100])), count);
    expect(Object.keys(pays(rules, all(12)))).toHaveLength(12);
    const pairs = { ...rules, bet: { kind: 'runners', picks: [2], ordered: true } as const };
    const many = combinationsAmong(pairs.bet, 12).map((key) => [key, 100]);
    expect(many.length).toBeGreaterThan(PRICED_WHOLE_MAX);
    expect(pays(pairs, sold(Object.fromEntries(many), 12))).toEqual({});
  });
});

describe('a pool with probables', () => {
  test.each([
    ['pairs of 18', { picks: [2], ordered: false }, 18, true],
    ['threes of 18', { picks: [3], ordered: false }, 18, true],
    ['threes of 20', { picks: [3], ordered: false }, 20, false],
    ['three of 11 in order', { picks: [3], ordered: true }, 11, true],
    ['three of 12 in order', { picks: [3], ordered: true }, 12, false],
    ['four or five of 8', { picks: [4, 5], ordered: false }, 8, true],
  ])(`has at most ${PROBABLES_MAX} combinations: %s`, (_, bet, runners, verdict) => {
    expect(hasProbables({ kind: 'runners', ...bet }, runners)).toBe(verdict);
  });

  test('is not one over several races', () => {
    expect(hasProbables({ kind: 'legs', legs: 2 }, 2)).toBe(false);
  });

  test('names a combination from the lowest number up, or as it was bet on in order', () => {
    const runners = [7, 3, 12].map(runnerNumber);
    expect(combinationKey(runners, false)).toBe('3-7-12');
    expect(combinationKey(runners, true)).toBe('7-3-12');
    expect(runnersOf('7-3-12')).toEqual(runners);
  });
});

const several = (rules: Partial<RuleSet>): RuleSet => {
  const [first] = ruleSet().stages;
  return ruleSet({
    id: 'several@1',
    bet: { kind: 'runners', picks: [2, 3], ordered: false },
    stages: [
      {
        ...(first ?? stage(among(1, 1))),
        tiers: [
          { id: 'two', match: { kind: 'among', first: 3, right: 2, picks: 2 } },
          { id: 'three', match: { kind: 'among', first: 3, right: 3, picks: 3 } },
          { id: 'of three', match: { kind: 'among', first: 2, right: 2, picks: 3 } },
          { id: 'non-runner', match: { kind: 'among', first: 1, right: 1, nonRunners: 1 } },
        ],
        pots: [
          {
            id: 'main',
            parts: 2,
            tiers: ['two', 'three', 'of three'],
            per: 'stake',
            weights: { two: 3 },
            unwon: 'share',
          },
          { id: 'half', parts: 1, tiers: ['non-runner'], per: 'runner', unwon: 'carry-net' },
        ],
        remainder: { parts: 1, to: 'reserve' },
      },
    ],
    ...rules,
  });
};

const SMALL: readonly RuleSet[] = [
  ruleSet(),
  placeRules(3, { minimum: [{ belowHundredths: 110, paysHundredths: 110, ifWithinSales: true }] }),
  several({}),
  several({
    shortfall: ['deduction'],
    highDeduction: { aboveHundredths: 300, basisPoints: 5_000 },
  }),
  several({ takeoutMethod: 'net-price', shortfall: ['operator'] }),
  several({ refundBelowHundredths: 90 }),
  ruleSet({
    id: 'own-pots@1',
    bet: { kind: 'runners', picks: [2, 3], ordered: false },
    stages: [
      {
        tiers: [
          { id: 'three', match: { kind: 'among', first: 3, right: 3, picks: 3 } },
          { id: 'two', match: { kind: 'among', first: 2, right: 2, picks: 2 } },
        ],
        reserve: 'none',
        pots: ['three', 'two'].map((id) => ({
          id,
          parts: 1,
          tiers: [id],
          per: 'stake',
          unwon: 'share',
        })),
      },
    ],
    guarantee: { of: 'net', whenWon: 'top-up', whenNotWon: 'top-up', minorPots: 'actual' },
  }),
  ruleSet({
    id: 'consolation@1',
    bet: { kind: 'runners', picks: [2], ordered: true },
    stages: [
      {
        tiers: [
          { id: 'both', match: { kind: 'at', positions: [1, 2] } },
          { id: 'winner', match: { kind: 'at', positions: [1] } },
          { id: 'second', match: { kind: 'at', positions: [2] } },
        ],
        reserve: 'net-stake',
        pots: ['both', 'winner', 'second'].map((id) => ({
          id,
          parts: 1,
          tiers: [id],
          per: 'line',
          unwon: 'share',
        })),
      },
    ],
    guarantee: { of: 'gross', whenWon: 'top-up', whenNotWon: 'none', minorPots: 'actual' },
  }),
];

const CATALOGUE = allRuleSets().filter(
  ({ bet }) => bet.kind === 'runners' && hasProbables(bet, 6) && Math.min(...bet.picks) <= 4,
);

describe('a probable', () => {
  const money = fc.record({
    guarantee: fc.constantFrom(0, 5_000),
    carriedNet: fc.constantFrom(0, 700),
    carriedGross: fc.constantFrom(0, 300),
    mandatory: fc.boolean(),
    roundings: fc.constantFrom(0, 50),
  });

  test.each(
    [...SMALL, ...CATALOGUE].map((rules, index) => [`${rules.id} ${index}`, rules] as const),
  )('is the dividend of the whole pool for its arrival: %s', (_, rules) => {
    const { bet } = rules;
    if (bet.kind !== 'runners') throw new Error('a bet on one race');
    const all = combinationsAmong(bet, 6);
    const pools = fc.record({
      stakes: fc.uniqueArray(
        fc.tuple(fc.constantFrom(...all), fc.constantFrom(1, 100, 250, 3_300, 100_000)),
        { maxLength: 25, selector: ([key]) => key },
      ),
      scratched: fc.constantFrom<number[]>([], [], [2], [2, 5]),
      entries: fc.constantFrom<number[][]>([], [], [[1, 4]]),
      money,
    });
    fc.assert(
      fc.property(pools, ({ stakes, scratched, entries, money: brought }) => {
        const it: Sold = {
          stakes: new Map(stakes),
          starters: numbered(6).filter((runner) => !scratched.includes(runner)),
          nonRunners: scratched.map(runnerNumber),
          entries: entries.map((entry) => entry.map(runnerNumber)),
          money: brought,
          day: DAY,
        };
        const found = pays(rules, it);
        for (const [key] of stakes) {
          const runs = !runnersOf(key).some((runner) => scratched.includes(runner));
          const order = wholeArrival(rules, it, key);
          expect(found[key]).toBe(runs ? paidBy(rules, it, { key, order }) : undefined);
        }
      }),
      { numRuns: 40 },
    );
  });
});
