import { describe, expect, test } from 'vitest';
import { multiLegPaymentOf, priceMultiLegPool } from '../../../src/actors/pools/multi-leg.ts';
import { formula, multiLegRules, outcomes, paying } from './given.ts';

const big5 = multiLegRules({ takeout: 2_800, minimumHundredths: 110 });
const first = outcomes('1/1/1/1/1');
const lost = '2/1/1/1/1';
const won = '1/1/1/1/1';

describe('C7: Big 5, guarantee of 20,000 and reserve fund (PMU)', () => {
  test('completes a won pool from the reserve', () => {
    const tickets = [formula(won, 37_50), formula(lost, 17_962_50)];
    const price = priceMultiLegPool(big5, tickets, { legs: first, guarantee: 20_000_00 });
    expect(price).toMatchObject({
      gross: 18_000_00,
      takeout: 5_040_00,
      broughtIn: 7_040_00,
      payout: 19_998_75,
      breakage: 1_25,
      carriedOut: 0,
      verdict: 'won',
    });
    expect(paying(price)).toEqual({ '1/1/1/1/1': 53_330 });
    expect(price.dividends[0]).toMatchObject({ numerator: 1_600n, denominator: 3n });
  });

  test('gives an unwon pool to the reserve and draws nothing from it', () => {
    const tickets = [formula(lost, 18_000_00)];
    const price = priceMultiLegPool(big5, tickets, { legs: first, guarantee: 20_000_00 });
    expect(price).toMatchObject({
      takeout: 5_040_00,
      broughtIn: 0,
      payout: 0,
      breakage: 0,
      carriedOut: 12_960_00,
      verdict: 'not-won',
    });
  });

  test('draws nothing for a pool above the guarantee', () => {
    const tickets = [formula(won, 100_00), formula(lost, 29_900_00)];
    const price = priceMultiLegPool(big5, tickets, { legs: first, guarantee: 20_000_00 });
    expect(price).toMatchObject({ broughtIn: 0, payout: 21_600_00, breakage: 0 });
  });
});

describe('C9: five legs, scratch, dead heat and partial stakes', () => {
  const t1 = formula('1,2/3/4,5/6/7', 50);
  const t2 = formula('1/3/4/6/7,8', 1_00);
  const t3 = formula('9/3/4/6/7', 1_00);
  const tickets = [t1, t2, t3, formula('5/3/4/6/7', 3_00), formula('1/2/4/6/7', 10_00)];
  const legs = outcomes('1+2/3/4/6/7', { 0: [9] });

  test('Refund of scratched combinations, single price', () => {
    // A carry-over of 100.00 on a net pool of 12.75 shares what a guarantee of 112.75 does.
    const price = priceMultiLegPool(multiLegRules({ takeout: 2_500 }), tickets, {
      legs,
      guarantee: 112_75,
    });
    expect(price).toMatchObject({
      gross: 17_00,
      broughtIn: 100_00,
      refunds: 1_00,
      breakage: 15,
      verdict: 'won',
    });
    expect(paying(price)).toEqual({ '1+2/3/4/6/7': 5_630 });
    expect(price.dividends[0]).toMatchObject({ numerator: 451n, denominator: 8n });
    expect(price.dividends[0]?.winningStakes).toBe(2_00);
    expect(multiLegPaymentOf(t1, price, legs)).toEqual({ payout: 56_30, refund: 0 });
    expect(multiLegPaymentOf(t2, price, legs)).toEqual({ payout: 56_30, refund: 0 });
    expect(multiLegPaymentOf(t3, price, legs)).toEqual({ payout: 0, refund: 1_00 });
  });
});

describe('a multi-leg pool', () => {
  test('pays dead-heaters one dividend: 13,627.00 on both, as PMU on 30 August 2026', () => {
    const tickets = [formula('4/4/1/2/1', 75), formula('11/4/1/2/1', 25), formula(lost, 18_926_00)];
    const legs = outcomes('4+11/4/1/2/1');
    const price = priceMultiLegPool(big5, tickets, { legs, guarantee: 0 });
    expect(paying(price)).toEqual({ '4+11/4/1/2/1': 13_627_40 });
    expect(price.dividends).toHaveLength(1);
    expect(price.dividends[0]?.winningStakes).toBe(1_00);
  });

  test('counts a void leg as won by every runner but its non-runners', () => {
    const ticket = formula('1,2,9/1/1/1/1', 1_00);
    const legs = outcomes('*/1/1/1/1', { 0: [9] });
    const price = priceMultiLegPool(big5, [ticket, formula('1/2/1/1/1', 8_00)], {
      legs,
      guarantee: 0,
    });
    expect(price).toMatchObject({ gross: 10_00, refunds: 1_00 });
    expect(paying(price)).toEqual({ '*/1/1/1/1': 360 });
    expect(multiLegPaymentOf(ticket, price, legs)).toEqual({ payout: 7_20, refund: 1_00 });
  });

  test('is given back with one void leg more than the rules allow', () => {
    const ticket = formula('1,2/1/1/1/1', 1_00);
    const legs = outcomes('*/*/1/1/1');
    const price = priceMultiLegPool(big5, [ticket], { legs, guarantee: 20_000_00 });
    expect(price).toMatchObject({ gross: 0, broughtIn: 0, takeout: 0, refunds: 2_00 });
    expect(price.verdict).toBe('refunded');
    expect(multiLegPaymentOf(ticket, price, legs)).toEqual({ payout: 0, refund: 2_00 });
  });

  test('is not won where nobody arrived in a leg that was run', () => {
    const legs = [{ winners: [], nonRunners: [], voided: false }, ...first.slice(1)];
    const price = priceMultiLegPool(big5, [formula(won, 1_00)], { legs, guarantee: 0 });
    expect(price).toMatchObject({ verdict: 'not-won', carriedOut: 72 });
  });

  test.each([
    // Net 0.7272 of 1.01, takeout booked 0.28: 0.73 are there to share.
    { guarantee: 72, broughtIn: 0, payout: 70 },
    { guarantee: 73, broughtIn: 0, payout: 70 },
    { guarantee: 74, broughtIn: 1, payout: 70 },
    { guarantee: 80, broughtIn: 7, payout: 80 },
  ])('draws whole cents for a guarantee of $guarantee cents: $broughtIn', (row) => {
    const rules = multiLegRules({ takeout: 2_800 });
    const price = priceMultiLegPool(rules, [formula(won, 100), formula(lost, 1)], {
      legs: first,
      guarantee: row.guarantee,
    });
    expect(price).toMatchObject({
      gross: 101,
      takeout: 28,
      broughtIn: row.broughtIn,
      payout: row.payout,
      breakage: 73 + row.broughtIn - row.payout,
    });
  });

  test('carries whole cents out: the parts of a cent of takeout and net are breakage', () => {
    const price = priceMultiLegPool(big5, [formula(lost, 101)], { legs: first, guarantee: 0 });
    expect(price).toMatchObject({ takeout: 28, carriedOut: 72, breakage: 1 });
  });

  test('refuses another number of legs than its rules have', () => {
    const legs = outcomes('1/1');
    expect(() => priceMultiLegPool(big5, [], { legs, guarantee: 0 })).toThrow(
      '2 legs for rule set test@1',
    );
    expect(() =>
      priceMultiLegPool(big5, [formula('1/1', 1)], { legs: first, guarantee: 0 }),
    ).toThrow('ticket of 2 legs in a pool of 5');
  });
});
