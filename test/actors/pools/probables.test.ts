import { describe, expect, test } from 'vitest';
import { priceSingleRacePool, probables } from '../../../src/actors/pools/single-race.ts';
import { runnerNumber } from '../../../src/actors/units.ts';
import { on, paying, placeRules, result, ruleSet } from './given.ts';

const stakes: [number, number][] = [
  [1, 100_00],
  [2, 50_00],
  [3, 40_00],
  [4, 10_00],
];
const stakesByRunner = new Map(
  stakes.map(([runner, stake]) => [runnerNumber(runner), stake] as const),
);

describe('probables', () => {
  test('of a win pool are what each runner pays if it wins', () => {
    const found = probables(ruleSet({}), stakesByRunner);
    for (const [runner, hundredths] of found) {
      const price = priceSingleRacePool(ruleSet({}), on(...stakes), result(String(runner)));
      expect(paying(price)).toEqual({ [runner]: hundredths });
    }
    expect(found.size).toBe(4);
  });

  test('of a place pool are the least that each runner pays without a dead heat', () => {
    const rules = placeRules(2);
    const found = probables(rules, stakesByRunner);
    for (const [runner, hundredths] of found) {
      const others = [1, 2, 3, 4].filter((other) => other !== runner);
      const possible = others.map((other) => {
        const price = priceSingleRacePool(rules, on(...stakes), result(`${runner} ${other}`));
        return paying(price)[runner];
      });
      expect(hundredths).toBe(Math.min(...possible.map(Number)));
    }
    expect(found.size).toBe(4);
  });

  test('leave out a runner without stakes', () => {
    const some = new Map([
      [runnerNumber(1), 100],
      [runnerNumber(2), 0],
    ] as const);
    expect([...probables(ruleSet({}), some).keys()]).toEqual([1]);
    expect(probables(ruleSet({}), new Map()).size).toBe(0);
  });

  test('are none in a place pool with too few starters to stand', () => {
    const rules = placeRules(2, { places: [{ startersMin: 4, places: 2 }] });
    expect(probables(rules, stakesByRunner).size).toBe(4);
    const withoutOne = new Map([...stakesByRunner].slice(1));
    expect(probables(rules, withoutOne).size).toBe(0);
    // A starter counts though nobody backs it.
    withoutOne.set(runnerNumber(5), 0);
    expect(probables(rules, withoutOne).size).toBe(3);
  });
});
