/** Hong Kong: Happy Valley of 13 December 2006 and Sha Tin of 15 March 2026, as published. */
import { describe, expect, test } from 'vitest';
import type { RuleSet } from '../../src/actors/pools/rule-set.ts';
import { among, dataOf, dividendsOf, ONE_RUNNER, pot, priced, rules } from './support/rules.ts';

type Runner = readonly [race: number, finish: string, runner: number | null, odds: number | null];

interface HappyValley {
  readonly runners: readonly Runner[];
  /** Dollars per 10. */
  readonly dividends: readonly (readonly [
    race: number,
    pool: string,
    combination: string,
    per10: number,
  ])[];
}

interface ShaTin {
  readonly runners: readonly Runner[];
  readonly wins: readonly (readonly [race: number, runner: number, per10: number])[];
}

const happyValley = dataOf<HappyValley>('hkjc-20061213');
const shaTin = dataOf<ShaTin>('sha-tin-20260315');

const WIN: RuleSet = rules({
  bet: ONE_RUNNER,
  rate: 1_750,
  rounding: { method: 'down', toHundredths: 5 },
  stage: { tiers: { win: among(1, 1) }, reserve: 'none', pots: [pot(['win'], { per: 'line' })] },
});

/** One decimal below 10, none above; cut, not rounded. */
function displayed(price: number): number {
  const tenths = Math.floor(price * 10 + 1e-9);
  return tenths < 100 ? tenths / 10 : Math.floor(tenths / 10);
}

function racesOf(runners: readonly Runner[]): number[] {
  return [...new Set(runners.map(([race]) => race))];
}

function sumsOf(runners: readonly Runner[]): number[] {
  return racesOf(runners).map((race) =>
    runners
      .filter((it) => it[0] === race)
      .reduce((sum, [, , , odds]) => sum + (odds === null ? 0 : 1 / odds), 0),
  );
}

describe('Happy Valley, 13 December 2006', () => {
  const { runners, dividends } = happyValley;
  const pool = (name: string) => dividends.filter((it) => it[1] === name);
  const first = (race: number, count: number) =>
    Array.from(
      { length: count },
      (_, index) =>
        runners.find(([number, finish]) => number === race && finish === `${index + 1}`)?.[2],
    );

  test('win dividend / 10, cut, is the displayed odds of the winner in all 8 races', () => {
    const wins = pool('WIN');
    expect(wins).toHaveLength(8);
    for (const [race, , winner, per10] of wins) {
      const odds = runners.find((it) => it[0] === race && it[2] === Number(winner))?.[3];
      expect(displayed(per10 / 10)).toBe(odds);
    }
  });

  test('tierce is the first three and first 4 the first four, in all 8 races', () => {
    expect(pool('TIERCE').map(([race, , it]) => [race, it])).toEqual(
      racesOf(runners).map((race) => [race, first(race, 3).join('')]),
    );
    expect(pool('FIRST 4').map(([race, , it]) => [race, it])).toEqual(
      racesOf(runners).map((race) => [
        race,
        first(race, 4)
          .sort((a, b) => Number(a) - Number(b))
          .join(''),
      ]),
    );
  });

  const tierce = rules({
    bet: { kind: 'runners', picks: [3], ordered: true },
    rate: 2_500,
    stage: {
      tiers: { tierce: { kind: 'at', positions: [1, 2, 3] } },
      reserve: 'none',
      pots: [pot(['tierce'])],
    },
  });
  const first4 = rules({
    bet: { kind: 'runners', picks: [4], ordered: false },
    rate: 2_500,
    stage: { tiers: { first4: among(4, 4) }, reserve: 'none', pots: [pot(['first4'])] },
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'race %i: only the first three in order win the tierce, the first four in any the first 4',
    (race) => {
      const [a, b, c, d] = first(race, 4);
      const result = { order: [[a], [b], [c], [d]] };
      const pay = (ruleSet: RuleSet, combinations: readonly string[]) =>
        priced({
          ruleSet,
          result,
          stakes: combinations.map((combination, index) => ({ combination, cents: 100 + index })),
        }).dividends.map(({ winningStakesCents }) => winningStakesCents);
      expect(pay(tierce, [`${b}-${a}-${c}`, `${a}-${b}-${c}`])).toEqual([101]);
      expect(pay(first4, [`${d}-${c}-${b}-${a}`, `${a}-${b}-${c}-99`])).toEqual([100]);
    },
  );

  test('Σ 1/odds is 1.216 to 1.240', () => {
    const sums = sumsOf(runners);
    expect(Math.min(...sums).toFixed(3)).toBe('1.216');
    expect(Math.max(...sums).toFixed(3)).toBe('1.240');
  });

  const double = rules({
    bet: { kind: 'legs', legs: 2 },
    rate: 2_500,
    nonRunner: 'favourite',
    stage: {
      tiers: {
        double: { kind: 'legs', right: 2 },
        consolation: { kind: 'legs', right: 2, exactly: [1, 2] },
      },
      reserve: 'none',
      pots: [pot(['double'], { parts: 9 }), pot(['consolation'])],
    },
  });

  test('race 5: the scratched 1 and 11 count as the favourite, 12, in every double', () => {
    const doubles = pool('5TH DOUBLE').map(([, , combination]) => combination);
    expect(doubles).toContain('3/1,11,12');
    expect(doubles).toContain('1,11,12/1');
    const won = (result: unknown, stakes: readonly string[]) =>
      priced({
        ruleSet: double,
        result,
        stakes: stakes.map((combination) => ({ combination, cents: 100 })),
        otherStakes: [{ cents: 10_000 }],
      }).dividends.map(({ tier, winningStakesCents }) => [tier, winningStakesCents]);
    const fifth = { order: [[12], [2]], nonRunners: [1, 11], substitutes: [12] };
    expect(
      won({ legs: [{ order: [[3], [12]] }, fifth] }, ['3/1', '3/11', '3/12', '3/2', '3/8']),
    ).toEqual([
      ['double', 300],
      ['consolation', 100],
    ]);
    const sixth = { order: [[1], [8]] };
    expect(won({ legs: [fifth, sixth] }, ['1/1', '11/1', '12/1', '12/8', '2/1'])).toEqual([
      ['double', 300],
      ['consolation', 100],
    ]);
  });

  test('Six Up has two lines: first or second in each of races 3 to 8, and all six winners', () => {
    const lines = pool('SIX UP').map(([, , combination]) => combination.split('/'));
    const [either = [], winners = []] = lines;
    expect(winners.map((leg) => leg.split(',').length)).toEqual([1, 1, 3, 1, 1, 1]);
    for (const [leg, race] of [3, 4, 5, 6, 7, 8].entries()) {
      const two = first(race, 2).map(String);
      const paid = (either[leg] ?? '').split(',').filter((it) => !(race === 5 && /^11?$/.test(it)));
      expect(paid.sort()).toEqual(two.sort());
    }
    const ruleSet = rules({
      bet: { kind: 'legs', legs: 6 },
      rate: 2_500,
      nonRunner: 'favourite',
      stage: {
        tiers: {
          winners: { kind: 'legs', right: 6 },
          'six up': { kind: 'legs', right: 6, finish: 2 },
        },
        reserve: 'none',
        pots: [pot(['winners'], { parts: 2 }), pot(['six up'], { parts: 8 })],
      },
    });
    const legs = [3, 4, 5, 6, 7, 8].map((race) => ({
      order: first(race, 4).map((runner) => [runner]),
      ...(race === 5 && { nonRunners: [1, 11], substitutes: [12] }),
    }));
    const { dividends } = priced({
      ruleSet,
      result: { legs },
      stakes: ['1/3/11/1/5/7', '4/12/2/8/3/12', '1/3/1/8/5/7', '1/3/8/1/5/7'].map(
        (combination) => ({
          combination,
          cents: 100,
        }),
      ),
    });
    expect(dividends.map(({ tier, winningStakesCents }) => [tier, winningStakesCents])).toEqual([
      ['winners', 100],
      ['six up', 200],
    ]);
  });
});

describe('Sha Tin, 15 March 2026', () => {
  const { runners, wins } = shaTin;
  const oddsOf = (race: number, runner: number) =>
    runners.find((it) => it[0] === race && it[2] === runner)?.[3] ?? 0;

  test('WIN dividends are 10 × the odds before they were cut, in the ten races without a dead heat', () => {
    const single = wins.filter(([race]) => race !== 6);
    expect(single).toHaveLength(10);
    for (const [race, runner, per10] of single) {
      expect(displayed(per10 / 10)).toBe(oddsOf(race, runner));
    }
  });

  test('race 6, dead heat for first: odds of 21 pay 106.00, half of an uncut 21.2', () => {
    expect(runners.filter(([race, finish]) => race === 6 && finish === '1=')).toHaveLength(2);
    const [, runner = 0, per10 = 0] = wins.find(([race]) => race === 6) ?? [];
    expect(per10).toBe(106);
    expect(displayed((per10 / 10) * 2)).toBe(oddsOf(6, runner));
  });

  test('the rule set that splits the net pool equally pays half to each', () => {
    // 8,250.00 to share; 21.2 for 1 on the one and 3.3 on the other.
    const stakes = [
      { combination: '3', cents: Math.floor(825_000 / 21.2) },
      { combination: '5', cents: 250_000 },
    ];
    const staked = stakes.reduce((sum, { cents }) => sum + cents, 0);
    const pool = { ruleSet: WIN, stakes, otherStakes: [{ cents: 1_000_000 - staked }] };
    expect(dividendsOf({ ...pool, result: { order: [[3]] } })).toEqual({ '3': '21.20' });
    expect(dividendsOf({ ...pool, result: { order: [[3, 5]] } })).toEqual({
      '3': '10.60',
      '5': '1.65',
    });
  });

  test('Σ 1/odds is 1.216 to 1.244', () => {
    const sums = sumsOf(runners);
    expect(Math.floor(Math.min(...sums) * 1_000)).toBe(1_216);
    expect(Math.round(Math.max(...sums) * 1_000)).toBe(1_244);
  });

  test('stakes in proportion to 1/odds give back the displayed odds within one unit, at 17.5 %', () => {
    for (const race of racesOf(runners)) {
      const field = runners.filter((it) => it[0] === race && it[3] !== null);
      const sum = sumsOf(field)[0] ?? 0;
      const stakes = field.map(([, , runner, odds]) => ({
        combination: `${runner}`,
        cents: Math.round(1e10 / ((odds ?? 1) * sum)),
      }));
      for (const [, , runner, odds] of field) {
        const price = Number(
          dividendsOf({ ruleSet: WIN, result: { order: [[runner]] }, stakes })[`${runner}`],
        );
        const unit = (odds ?? 0) < 10 ? 0.1 : 1;
        // Above 10 the cut hides up to a whole unit, and the return is a mean of the field.
        const off = Math.abs(displayed(price) - (odds ?? 0));
        expect(off, `race ${race} runner ${runner}`).toBeLessThanOrEqual(
          Math.max(unit, (odds ?? 0) * 0.03) + 1e-9,
        );
      }
    }
  });
});
