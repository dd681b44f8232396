import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_MONEY } from '../../src/actors/pools/price.ts';
import { pricePool } from '../../src/actors/pools/price-pool.ts';
import { ruleSetById } from '../../src/actors/pools/rule-sets.ts';
import { runnerNumber } from '../../src/actors/units.ts';
import { effectiveBets, expectedWins, isWithin, sampledInterval } from '../../src/day/expected.ts';
import { NET } from '../../src/day/odds.ts';
import { DAY_DEFAULTS, planDay } from '../../src/day/plan.ts';
import { type ProgrammeRace, withdrawnOf } from '../../src/day/programme.ts';
import { createRandom } from '../../src/day/random.ts';
import { programme, raceOf } from './support/sha-tin.ts';

const winRules = ruleSetById('win-hkjc@1');
const SEEDS = [1, 2, 3];
const plans = SEEDS.map((seed) => planDay(programme, { seed, ...DAY_DEFAULTS }));

/** What our own pricing makes of a plan's win bets. */
function priceOf(race: ProgrammeRace, plan: (typeof plans)[number]) {
  if (!winRules) throw new Error('no rule set win-hkjc@1');
  const bets = plan.bets.filter(({ raceId, poolId }) => raceId === race.id && poolId === 'win');
  const withdrawn = withdrawnOf(race);
  const tickets = bets.map(({ legs, stakeCents }) => ({
    formula: 'combined' as const,
    legs: legs.map((leg) => leg.map(runnerNumber)),
    picks: 0,
    alternates: [],
    stake: stakeCents,
    source: 'online',
  }));
  const result = {
    order: race.order.map((place) => place.map(runnerNumber)),
    nonRunners: withdrawn === undefined ? [] : [runnerNumber(withdrawn)],
    starters: race.order.flat().length,
    entries: [],
  };
  const { price } = pricePool(winRules, {
    tickets,
    result: { kind: 'race', result },
    money: NO_MONEY,
    day: '2026-03-15',
  });
  const stakesCents = bets.map(({ stakeCents }) => stakeCents);
  return { price, stakesCents };
}

describe.each(programme.races.map((race) => ({ race, number: race.number })))(
  'the winner of race $number',
  ({ race }) => {
    it('was paid what its displayed odds say, before they were cut off', () => {
      const published = expectedWins(race).filter((it) => it.publishedHundredths !== undefined);
      expect(published).toHaveLength(1);
      for (const { publishedHundredths = 0, truncation } of published) {
        expect(isWithin(publishedHundredths, truncation)).toBe(true);
      }
    });

    it.each(SEEDS.map((seed, index) => ({ seed, plan: plans[index] })))(
      'is paid within the interval by our pricing, and close to what was published (seed $seed)',
      ({ plan }) => {
        if (!plan) throw new Error('no plan');
        const { price, stakesCents } = priceOf(race, plan);
        const deadHeaters = race.order[0]?.length ?? 0;
        for (const { runner, publishedHundredths, truncation } of expectedWins(race)) {
          const ours = price.dividends.find(({ outcome }) => outcome === String(runner));
          const interval = sampledInterval(truncation, { deadHeaters, stakesCents });
          expect(ours?.hundredths).toSatisfy((it: number) => isWithin(it, interval));
          if (publishedHundredths === undefined) continue;
          const apart = Math.abs((ours?.hundredths ?? 0) / publishedHundredths - 1);
          expect(apart).toBeLessThan(0.12);
        }
      },
    );
  },
);

it('the dead heat of race 6 pays each half of its odds: 106.00 for 10 is half of 21.2', () => {
  const [three, ten] = expectedWins(raceOf(6));
  expect(three).toEqual({
    runner: 3,
    publishedHundredths: 1060,
    truncation: { low: 1050, high: 1100 },
  });
  expect(ten).toMatchObject({ runner: 10, publishedHundredths: undefined });
});

describe('the interval', () => {
  it('holds for independent bets too, which err more than ours', () => {
    const bets = 4_000;
    const stakesCents = Array.from({ length: bets }, () => 1_000);
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 150, max: 3_000 }), (seed, odds) => {
        const random = createRandom(seed, 'independent');
        const share = (NET * 100) / odds;
        let backed = 0;
        for (let bet = 0; bet < bets; bet++) if (random.next() < share) backed++;
        const dividend = Math.floor((NET * 100 * bets) / backed / 5) * 5;
        const truncation = { low: odds - 1, high: odds + 1 };
        const interval = sampledInterval(truncation, { deadHeaters: 1, stakesCents });
        expect(isWithin(dividend, interval)).toBe(true);
      }),
      { numRuns: 100, seed: 15_032_026 },
    );
  });

  it('narrows with the number of bets, to the truncation and its rounding', () => {
    const truncation = { low: 500, high: 510 };
    const intervalOf = (bets: number) =>
      sampledInterval(truncation, { deadHeaters: 1, stakesCents: Array(bets).fill(1) });
    expect(intervalOf(10_000).low).toBeGreaterThan(intervalOf(100).low);
    expect(intervalOf(10_000).high).toBeLessThan(intervalOf(100).high);
    expect(intervalOf(10).high).toBe(Number.POSITIVE_INFINITY);
    expect(intervalOf(4_000_000)).toMatchObject({ low: 495 });
  });

  it('counts a big bet for less than the small ones it is made of', () => {
    expect(effectiveBets([1, 1, 1, 1])).toBe(4);
    expect(effectiveBets([4])).toBe(1);
    expect(effectiveBets([3, 1])).toBeCloseTo(1.6, 12);
    expect(effectiveBets([])).toBe(0);
  });
});
