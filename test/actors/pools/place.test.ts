import { describe, expect, test } from 'vitest';
import { ruleSetById } from '../../../src/actors/pools/rule-sets.ts';
import { priceSingleRacePool } from '../../../src/actors/pools/single-race.ts';
import { on, paying, placeRules, result, ruleSet, runners } from './given.ts';

describe('published examples', () => {
  test('A3: Tabcorp exercise, place, equally in three, to the nearest 0.01', () => {
    const tickets = on(
      ...[31_00, 40_00, 18_00].map((stake) => [1, stake] as const),
      ...[89_00, 16_00, 74_00].map((stake) => [2, stake] as const),
      ...[28_00, 82_00, 39_00].map((stake) => [3, stake] as const),
      ...[72_00, 52_00, 105_00].map((stake) => [4, stake] as const),
    );
    const price = priceSingleRacePool(
      placeRules(3, {
        takeout: 1_200,
        priceMethod: 'equal-split',
        breakHundredths: 1,
        rounding: 'nearest',
      }),
      tickets,
      result('2 3 1', { starters: 4 }),
    );
    expect(price.gross).toBe(646_00);
    expect(paying(price)).toEqual({ 2: 106, 3: 127, 1: 213 });
  });

  test('A6: place, three horses, profit split (keibayosou.metabopro.com)', () => {
    const tickets = on([1, 10_000_000], [2, 8_000_000], [3, 2_000_000], [4, 80_000_000]);
    const price = priceSingleRacePool(placeRules(3), tickets, result('1 2 3 4'));
    expect(paying(price)).toEqual({ 1: 300, 2: 350, 3: 1100 });
  });
});

describe('C1: a minus pool (Florida 75-7.002: under 1.10 pays 1.05)', () => {
  test('pays 1.05, 1.40 and 1.50 at a loss of 1,500', () => {
    const tickets = on([1, 70_000_00], [2, 5_000_00], [3, 4_000_00], [4, 21_000_00]);
    const rules = placeRules(3, { takeout: 1_500, minimumHundredths: 105 });
    const price = priceSingleRacePool(rules, tickets, result('1 2 3'));
    expect(paying(price)).toEqual({ 1: 105, 2: 140, 3: 150 });
    expect(price).toMatchObject({ takeout: 15_000_00, payout: 86_500_00, breakage: -1_500_00 });
    expect(price.dividends[0]).toMatchObject({ numerator: 36n, denominator: 35n });
  });

  test('pays 1.05 on all three at a loss of 17,750 where the winning stakes exceed the net pool', () => {
    const tickets = on([1, 90_000_00], [2, 2_000_00], [3, 3_000_00], [4, 5_000_00]);
    const rules = placeRules(3, { takeout: 1_800, minimumHundredths: 105 });
    const price = priceSingleRacePool(rules, tickets, result('1 2 3'));
    expect(paying(price)).toEqual({ 1: 105, 2: 105, 3: 105 });
    expect(price).toMatchObject({ payout: 99_750_00, breakage: -17_750_00 });
  });
});

describe('a dead heat for a paid place, 100 on each of four runners, 200 on a fifth, no takeout', () => {
  const tickets = on([1, 100_00], [2, 100_00], [3, 100_00], [4, 100_00], [5, 200_00]);

  test.each([
    // Montana rule 43344: half of the profit of 300 to the winner, the other half to 2 and 3.
    { order: '1 2+3', places: 2, pays: { 1: 250, 2: 175, 3: 175 } },
    // Both places' shares to the two.
    { order: '1+2 3', places: 2, pays: { 1: 300, 2: 300 } },
    // All three share two places.
    { order: '1+2+3 4', places: 2, pays: { 1: 200, 2: 200, 3: 200 } },
    // Third of three: a third of the profit of 200 between 3 and 4.
    { order: '1 2 3+4', places: 3, pays: { 1: 166, 2: 166, 3: 133, 4: 133 } },
    // Second and third together, and nobody in the third place after them.
    { order: '1 2+3 4', places: 3, pays: { 1: 200, 2: 200, 3: 200 } },
  ])('$order with $places paid places by profit split pays $pays', ({ order, places, pays }) => {
    const rules = placeRules(places, { takeout: 0, breakHundredths: 1 });
    expect(paying(priceSingleRacePool(rules, tickets, result(order)))).toEqual(pays);
  });

  test.each([
    { order: '1 2+3', places: 2, pays: { 1: 300, 2: 150, 3: 150 } },
    { order: '1 2 3+4', places: 3, pays: { 1: 200, 2: 200, 3: 100, 4: 100 } },
  ])('$order with $places paid places by equal split pays $pays', ({ order, places, pays }) => {
    const rules = placeRules(places, { takeout: 0, priceMethod: 'equal-split' });
    expect(paying(priceSingleRacePool(rules, tickets, result(order)))).toEqual(pays);
  });
});

describe('a placed runner that nobody backed', () => {
  const tickets = on([1, 100_00], [2, 100_00], [5, 200_00]);
  const rules = placeRules(2, { takeout: 0, breakHundredths: 1 });

  test('leaves its share to the other places', () => {
    expect(paying(priceSingleRacePool(rules, tickets, result('1 7')))).toEqual({ 1: 400 });
  });

  test('leaves its share first to those it shares the place with', () => {
    const price = priceSingleRacePool(rules, tickets, result('1 2+7'));
    expect(paying(price)).toEqual({ 1: 200, 2: 200 });
  });

  test('gives everything back where all placed runners are like it', () => {
    const price = priceSingleRacePool(rules, tickets, result('7 8'));
    expect(price).toMatchObject({ verdict: 'refunded', refunds: 400_00, gross: 0 });
  });
});

describe('fewer arrivals than paid places, 100 on each of three runners, no takeout', () => {
  const tickets = on([1, 100_00], [2, 100_00], [3, 100_00]);

  test.each([
    { order: '1', method: 'profit-split', pays: { 1: 300 } },
    { order: '1', method: 'equal-split', pays: { 1: 300 } },
    { order: '1 2', method: 'profit-split', pays: { 1: 150, 2: 150 } },
    { order: '1+2', method: 'equal-split', pays: { 1: 150, 2: 150 } },
    { order: '1 7', method: 'profit-split', pays: { 1: 300 } },
  ] as const)('$order of three places by $method pays $pays', ({ order, method, pays }) => {
    const rules = placeRules(3, { takeout: 0, priceMethod: method });
    const price = priceSingleRacePool(rules, tickets, result(order));
    expect(paying(price)).toEqual(pays);
    expect(price).toMatchObject({ gross: 300_00, payout: 300_00, breakage: 0 });
  });
});

describe('the number of paid places', () => {
  const tickets = on(...[1, 2, 3, 4, 5].map((runner) => [runner, 100_00] as const));
  const rules = ruleSetById('simple-place-pmu@1') ?? ruleSet({});

  test.each([
    { starters: 8, placed: ['1', '2', '3'] },
    { starters: 7, placed: ['1', '2'] },
    { starters: 4, placed: ['1', '2'] },
  ])('with $starters starters pays $placed', ({ starters, placed }) => {
    const price = priceSingleRacePool(rules, tickets, result('1 2 3 4', { starters }));
    expect(Object.keys(paying(price))).toEqual(placed);
  });

  test('with too few starters gives every stake back', () => {
    const price = priceSingleRacePool(rules, tickets, result('1 2 3', { starters: 3 }));
    expect(price).toMatchObject({ verdict: 'refunded', refunds: 500_00 });
  });

  test('passes over a non-runner in the order', () => {
    const outcome = result('1 2 3', { starters: 7, nonRunners: runners(2) });
    expect(Object.keys(paying(priceSingleRacePool(rules, tickets, outcome)))).toEqual(['1', '3']);
  });
});
