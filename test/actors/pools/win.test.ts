import { describe, expect, test } from 'vitest';
import { priceSingleRacePool, singleRacePaymentOf } from '../../../src/actors/pools/single-race.ts';
import { on, paying, result, ruleSet, runners } from './given.ts';

describe('published examples', () => {
  test('A1: West Virginia 178-05, table 5C, with refunds and dime breakage', () => {
    const tickets = on([1, 23_872_00], [2, 169_041_00], [9, 1_317_00]);
    const price = priceSingleRacePool(
      ruleSet({ takeout: 1_800, minimumHundredths: 110 }),
      tickets,
      result('1', { nonRunners: runners(9) }),
    );
    expect(price).toMatchObject({
      gross: 192_913_00,
      takeout: 34_724_34,
      refunds: 1_317_00,
      payout: 157_555_20,
      breakage: 633_46,
      verdict: 'won',
    });
    expect(paying(price)).toEqual({ 1: 660 });
    const [dividend] = price.dividends;
    expect(Number(dividend?.numerator) / Number(dividend?.denominator)).toBeCloseTo(6.6265357, 7);
  });

  test.each([
    [1, 340],
    [2, 480],
    [3, 570],
    [4, 620],
    [5, 680],
    [6, 1140],
    [7, 1360],
    [8, 3420],
  ])('A2: TAB pools (2003), runner %i pays %i', (winner, hundredths) => {
    const stakes = [100, 70, 60, 55, 50, 30, 25, 10];
    const tickets = on(...stakes.map((stake, index) => [index + 1, stake * 100] as const));
    const price = priceSingleRacePool(ruleSet({ takeout: 1_450 }), tickets, result(String(winner)));
    expect(paying(price)).toEqual({ [winner]: hundredths });
  });

  test('A3: Tabcorp exercise, win, to the nearest 0.01', () => {
    const tickets = on(
      ...[3_00, 16_00, 42_00].map((stake) => [1, stake] as const),
      ...[4_00, 8_00, 98_00].map((stake) => [2, stake] as const),
      ...[5_00, 22_00, 63_00].map((stake) => [3, stake] as const),
      ...[5_00, 57_00, 15_00].map((stake) => [4, stake] as const),
    );
    const rules = ruleSet({ takeout: 1_500, breakHundredths: 1, rounding: 'nearest' });
    const price = priceSingleRacePool(rules, tickets, result('2 3 1'));
    expect(price.gross).toBe(338_00);
    expect(paying(price)).toEqual({ 2: 261 });
  });

  test('A4: odd takeout of 14.25 %, faculty.mdc.edu', () => {
    const stakes = [30, 70, 12, 55, 110, 47, 150, 40];
    const tickets = on(...stakes.map((stake, index) => [index + 1, stake * 100] as const));
    const price = priceSingleRacePool(ruleSet({ takeout: 1_425 }), tickets, result('4'));
    expect(paying(price)).toEqual({ 4: 800 });
    // Net 440.755: the half cent of the takeout falls to breakage.
    expect(price).toMatchObject({ takeout: 73_24, payout: 440_00, breakage: 76 });
  });
});

describe('C3: a dead heat for first, A 4,000 and B 1,000 of 20,000', () => {
  const tickets = on([1, 4_000_00], [2, 1_000_00], [3, 15_000_00]);

  test('pays 2.30 and 6.50 by profit split (Ohio 3769-13-16)', () => {
    const price = priceSingleRacePool(ruleSet({}), tickets, result('1+2'));
    expect(paying(price)).toEqual({ 1: 230, 2: 650 });
    expect(price.dividends[0]).toMatchObject({ numerator: 19n, denominator: 8n });
  });

  test('pays 2.00 and 8.00 by equal split (Hong Kong)', () => {
    const rules = ruleSet({ priceMethod: 'equal-split' });
    expect(paying(priceSingleRacePool(rules, tickets, result('1+2')))).toEqual({ 1: 200, 2: 800 });
  });

  test('pays all of it on the one that is backed', () => {
    const price = priceSingleRacePool(ruleSet({}), tickets, result('7+2'));
    expect(paying(price)).toEqual({ 2: 1600 });
  });
});

describe('a win pool', () => {
  test('pays 1.10, not 1.00, on the only backed runner, at the operator’s expense', () => {
    const rules = ruleSet({ minimumHundredths: 110 });
    const price = priceSingleRacePool(rules, on([1, 100_00]), result('1'));
    expect(price).toMatchObject({ takeout: 20_00, payout: 110_00, breakage: -30_00 });
    expect(price.dividends[0]).toMatchObject({ numerator: 4n, denominator: 5n });
  });

  test('gives every stake back where nobody has the winner, and takes nothing', () => {
    const tickets = on([1, 4_00], [2, 3_00], [9, 2_00]);
    const nonRunners = runners(9);
    const price = priceSingleRacePool(ruleSet({}), tickets, result('5', { nonRunners }));
    expect(price).toEqual({
      ...{ gross: 0, broughtIn: 0, takeout: 0, payout: 0, breakage: 0, carriedOut: 0 },
      refunds: 9_00,
      dividends: [],
      verdict: 'refunded',
    });
    for (const ticket of tickets) {
      const payment = singleRacePaymentOf(ticket, price, nonRunners);
      expect(payment).toEqual({ payout: 0, refund: ticket.stake });
    }
  });

  test('gives every stake back where nobody arrived', () => {
    const price = priceSingleRacePool(ruleSet({}), on([1, 4_00]), result(''));
    expect(price).toMatchObject({ verdict: 'refunded', refunds: 4_00 });
  });

  test('rounds each ticket to the nearest cent, half a cent up', () => {
    // 1.80 for 1: 0.03 wins 0.054, 0.25 wins 0.45.
    const tickets = on([1, 3], [1, 25], [2, 35]);
    const price = priceSingleRacePool(ruleSet({}), tickets, result('1'));
    expect(paying(price)).toEqual({ 1: 180 });
    const payouts = tickets.map((ticket) => singleRacePaymentOf(ticket, price, []).payout);
    expect(payouts).toEqual([5, 45, 0]);
    expect(price).toMatchObject({ gross: 63, takeout: 12, payout: 50, breakage: 1 });
    const half = priceSingleRacePool(
      ruleSet({ takeout: 0, priceMethod: 'equal-split' }),
      on([1, 5], [2, 1], [2, 1]),
      result('2'),
    );
    // 3.50 for 1: 0.01 wins 0.035, paid 0.04.
    expect(half).toMatchObject({ payout: 8, breakage: -1 });
  });

  test('pays one stake on several runners for each that wins', () => {
    const ticket = { legs: [runners(1, 2, 3, 9)], stake: 1_000_00 };
    const nonRunners = runners(9);
    const price = priceSingleRacePool(ruleSet({}), [ticket], result('1+2', { nonRunners }));
    expect(paying(price)).toEqual({ 1: 120, 2: 120 });
    expect(singleRacePaymentOf(ticket, price, nonRunners)).toEqual({
      payout: 2_400_00,
      refund: 1_000_00,
    });
  });

  test('refuses a ticket of several legs', () => {
    const ticket = { legs: [runners(1), runners(2)], stake: 1_00 };
    expect(() => priceSingleRacePool(ruleSet({}), [ticket], result('1'))).toThrow(
      'ticket of 2 legs in a pool of 1',
    );
  });
});
