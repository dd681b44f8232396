/** The rules about money: takeout, minimum and who funds it, guarantees, caps, what is carried. */
import { describe, expect, test } from 'vitest';
import type { PricedTicket } from '../../../src/actors/pools/price.ts';
import { pricePool } from '../../../src/actors/pools/price-pool.ts';
import type { GuaranteeRule, RuleSet } from '../../../src/actors/pools/rule-set.ts';
import { ruleSetById } from '../../../src/actors/pools/rule-sets.ts';
import { takeoutRate } from '../../../src/actors/pools/takings.ts';
import {
  among,
  combined,
  formula,
  lost,
  multiLegRules,
  on,
  outcomes,
  paying,
  payingTiers,
  placeRules,
  pricing,
  result,
  ruleSet,
  stage,
  unit,
} from './given.ts';

const taking = (basisPoints: number) => ({ takeout: [{ basisPoints }] });
const equally = { stages: [stage(among(1, 1), { reserve: 'none' })] };

function known(id: string): RuleSet {
  const found = ruleSetById(id);
  if (found === undefined) throw new Error(`no rule set ${id}`);
  return found;
}

describe('C1: a minus pool (Florida 75-7.002: under 1.10 pays 1.05)', () => {
  const florida = (takeout: number) => ({ ...known('show-america@1'), ...taking(takeout) });

  test('pays 1.05, 1.40 and 1.50 at a loss of 1,500', () => {
    const tickets = on([1, 70_000_00], [2, 5_000_00], [3, 4_000_00], [4, 21_000_00]);
    const { price } = pricing(florida(1_500), tickets, result('1 2 3'));
    expect(paying(price)).toEqual({ 1: 105, 2: 140, 3: 150 });
    expect(price).toMatchObject({ takeout: 15_000_00, payout: 86_500_00, breakage: -1_500_00 });
    expect(price.shortfall).toEqual({ roundings: 0, deduction: 0, operator: 1_500_00 });
    expect(price.dividends[0]).toMatchObject({ numerator: 36n, denominator: 35n });
  });

  test('pays 1.05 on all three at a loss of 17,750 where the winning stakes exceed the net pool', () => {
    const tickets = on([1, 90_000_00], [2, 2_000_00], [3, 3_000_00], [4, 5_000_00]);
    const { price } = pricing(florida(1_800), tickets, result('1 2 3'));
    expect(paying(price)).toEqual({ 1: 105, 2: 105, 3: 105 });
    expect(price).toMatchObject({ payout: 99_750_00, breakage: -17_750_00 });
  });
});

describe('the minimum', () => {
  test.each([
    // Exact prices of 1.00 staked on the only runner are what the takeout leaves.
    { takeout: 1_101, pays: 102 },
    { takeout: 1_100, pays: 102 },
    { takeout: 1_000, pays: 110 },
    { takeout: 1, pays: 110 },
  ])('of totewin is $pays where $takeout basis points are taken', ({ takeout, pays }) => {
    const rules = { ...known('win-uk@1'), ...taking(takeout) };
    expect(paying(pricing(rules, on([1, 100_00]), result('1')).price)).toEqual({ 1: pays });
  });

  test.each([
    { rest: 9_99, pays: 110 },
    { rest: 10_00, pays: 110 },
    { rest: 19_99, pays: 110 },
    { rest: 20_00, pays: 120 },
  ])('of totewin is none above 1.10: $rest lost on 100.00 pays $pays', ({ rest, pays }) => {
    const rules = { ...known('win-uk@1'), ...taking(0) };
    const sale = { lump: [lost(rest)] };
    expect(paying(pricing(rules, on([1, 100_00]), result('1'), sale).price)).toEqual({ 1: pays });
  });

  test('of a Simple Placé is 1.05 for every price that rounds to less', () => {
    const tickets = on([1, 100_00], [2, 100_00]);
    for (const rest of [0, 4, 6, 8, 19]) {
      const rules = { ...known('simple-place-pmu@1'), ...taking(0) };
      const sale = { lump: [lost(rest * 100)] };
      const { price } = pricing(rules, tickets, result('1 2', { starters: 7 }), sale);
      expect(paying(price)).toEqual({ 1: 105, 2: 105 });
    }
  });

  test('is paid where everything was taken and nothing is there to share', () => {
    const rules = ruleSet({
      ...equally,
      ...taking(10_000),
      minimum: [{ belowHundredths: 110, paysHundredths: 110 }],
    });
    const { price } = pricing(rules, on([1, 100_00]), result('1'));
    expect(paying(price)).toEqual({ 1: 110 });
    expect(price).toMatchObject({ takeout: 100_00, payout: 110_00, breakage: -110_00 });
  });

  test('of Japan is the money back; plus 10 is refused where sales do not pay for it (A7)', () => {
    const votes = 1_771_789_700;
    const tickets = [combined('1', votes), combined('2', 100), combined('3', 100)];
    const sale = { lump: [lost(304_461_700)] };
    const { price } = pricing(known('place-japan@1'), tickets, result('1 2 3'), sale);
    expect(price.dividends[0]?.hundredths).toBe(100);
  });

  test('of Japan is 110 for 100 where the sales of the line pay for it', () => {
    // 1.00 exactly: 80 % of 125; 110 of the 125 are the line's own.
    const { price } = pricing(known('win-japan@1'), on([1, 10_000]), result('1'), {
      lump: [lost(2_500)],
    });
    expect(paying(price)).toEqual({ 1: 110 });
    // 0.80: 110 of 100 are not.
    const alone = pricing(known('win-japan@1'), on([1, 10_000]), result('1')).price;
    expect(paying(alone)).toEqual({ 1: 100 });
  });
});

describe('who funds what a pool lacks', () => {
  // One ticket of 100.00, net 80.00, pays 110.00.
  const rules = (shortfall: RuleSet['shortfall']) =>
    ruleSet({
      ...equally,
      shortfall,
      minimum: [{ belowHundredths: 110, paysHundredths: 110 }],
    });

  test.each([
    { shortfall: ['operator'], funded: [0, 0, 30_00], takeout: 20_00, breakage: -30_00 },
    { shortfall: [], funded: [0, 0, 30_00], takeout: 20_00, breakage: -30_00 },
    { shortfall: ['roundings'], funded: [12_00, 0, 18_00], takeout: 20_00, breakage: -30_00 },
    { shortfall: ['deduction'], funded: [0, 20_00, 10_00], takeout: 0, breakage: -10_00 },
    {
      shortfall: ['roundings', 'deduction', 'operator'],
      ...{ funded: [12_00, 18_00, 0], takeout: 2_00, breakage: -12_00 },
    },
    {
      shortfall: ['deduction', 'roundings', 'operator'],
      ...{ funded: [10_00, 20_00, 0], takeout: 0, breakage: -10_00 },
    },
    {
      shortfall: ['operator', 'roundings'],
      ...{ funded: [0, 0, 30_00], takeout: 20_00, breakage: -30_00 },
    },
  ] as const)('by $shortfall: $funded', ({ shortfall, funded, takeout, breakage }) => {
    const sale = { money: { roundings: 12_00 } };
    const { price } = pricing(rules(shortfall), on([1, 100_00]), result('1'), sale);
    const [roundings, deduction, operator] = funded;
    expect(price).toMatchObject({ takeout, breakage, payout: 110_00 });
    expect(price.shortfall).toEqual({ roundings, deduction, operator });
  });
});

describe('the deduction of the PMU', () => {
  const rules = ruleSet({ shortfall: ['roundings', 'deduction', 'operator'] });

  test.each([
    // Net of 100.00: 80.00.
    { staked: 80_00, takeout: 20_00, pays: 100 },
    { staked: 80_01, takeout: 19_99, pays: 100 },
    { staked: 90_00, takeout: 10_00, pays: 100 },
    { staked: 100_00, takeout: 0, pays: 100 },
  ])('is cut until $staked of reserved stakes are there, and no further', (row) => {
    const { staked, takeout, pays } = row;
    const sale = { lump: [lost(100_00 - staked)] };
    const { price } = pricing(rules, on([1, staked]), result('1'), sale);
    expect(paying(price)).toEqual({ 1: pays });
    expect(price).toMatchObject({ takeout, payout: staked, breakage: 0 });
    expect(price.shortfall).toEqual({ roundings: 0, deduction: 20_00 - takeout, operator: 0 });
  });

  test('on high dividends takes a quarter of what is above 500 for 1', () => {
    const high = { ...known('simple-gagnant-pmu@2'), ...taking(0) };
    const price = (rest: number) =>
      pricing(high, on([1, 2_00]), result('1'), { lump: [lost(rest)] }).price;
    expect(price(998_00)).toMatchObject({ takeout: 0, payout: 1_000_00 });
    // 900 for 1: a quarter of 400.
    expect(price(1_798_00)).toMatchObject({ takeout: 200_00, payout: 1_600_00, breakage: 0 });
    expect(price(1_798_00).dividends[0]).toMatchObject({ numerator: 800n, hundredths: 80_000 });
  });
});

describe('a pool given back below a price', () => {
  const rules = placeRules(2, {
    stages: [stage(among(2, 1), { reserve: 'none' })],
    refundBelowHundredths: 100,
  });

  test('pays exactly that price', () => {
    const { price } = pricing(rules, on([1, 40_00], [2, 10_00], [3, 50_00]), result('1 2'));
    expect(paying(price)).toEqual({ 1: 100, 2: 400 });
  });

  test('is given back where any of its lines is below', () => {
    const tickets = on([1, 41_00], [2, 10_00], [3, 50_00]);
    const sale = { money: { carriedNet: 0 } };
    const { price, refunds } = pricing(rules, tickets, result('1 2'), sale);
    expect(price).toMatchObject({ verdict: 'refunded', refunds: 101_00, takeout: 0, payout: 0 });
    expect(refunds).toBe('all');
  });
});

describe('the takeout', () => {
  const rules = ruleSet({
    takeout: [
      { basisPoints: 1_000 },
      { basisPoints: 2_000, from: '2026-07-01' },
      { basisPoints: 1_500, source: 'kiosk' },
      { basisPoints: 1_700, source: 'kiosk', from: '2026-12-01' },
    ],
  });

  test.each([
    { source: 'online', day: '2026-06-30', rate: 1_000 },
    { source: 'online', day: '2026-07-01', rate: 2_000 },
    { source: 'kiosk', day: '2026-07-01', rate: 1_500 },
    { source: 'kiosk', day: '2026-11-30', rate: 1_500 },
    { source: 'kiosk', day: '2026-12-01', rate: 1_700 },
    { source: undefined, day: '2026-12-01', rate: 2_000 },
  ])('of $source on $day is $rate', ({ source, day, rate }) => {
    expect(takeoutRate(rules, source, day)).toBe(rate);
  });

  test('is each source’s own of its stakes, and one price holds for all', () => {
    const tickets = [combined('1', 10_00), combined('1', 10_00, { source: 'kiosk' })];
    const sale = { lump: [lost(90_00), lost(90_00, 'kiosk')], day: '2026-07-01' };
    const { price } = pricing(rules, tickets, result('1'), sale);
    // 20.00 of 100.00 and 15.00 of 100.00: 165.00 over 20.00.
    expect(price).toMatchObject({ takeout: 35_00, payout: 164_00 });
    expect(paying(price)).toEqual({ 1: 820 });
    expect(price.sources).toEqual([
      { source: 'online', gross: 100_00, refunds: 0, takeoutBasisPoints: 2_000 },
      { source: 'kiosk', gross: 100_00, refunds: 0, takeoutBasisPoints: 1_500 },
    ]);
  });

  test('before its first day is a defect of the rule set', () => {
    const later = ruleSet({ takeout: [{ basisPoints: 1, from: '2026-07-01' }] });
    expect(() => takeoutRate(later, 'online', '2026-06-30')).toThrow(
      'rule set test@1 has no takeout on 2026-06-30',
    );
  });

  test('by net price makes the same bet pay differently (C2, Oklahoma 325:65-9-1)', () => {
    const net = ruleSet({
      takeout: [{ basisPoints: 1_700, source: 'a' }, { basisPoints: 2_000 }],
      takeoutMethod: 'net-price',
    });
    const tickets = [
      combined('1', 9_000_00, { source: 'a' }),
      combined('1', 5_000_00, { source: 'b' }),
    ];
    const sale = { lump: [lost(51_000_00, 'a'), lost(35_000_00, 'b')] };
    const { price, payouts } = pricing(net, tickets, result('1'), sale);
    expect(price.dividends.map(({ source, hundredths }) => [source, hundredths])).toEqual([
      ['a', 590],
      ['b', 570],
    ]);
    expect([...payouts.values()]).toEqual([53_100_00, 28_500_00]);
    expect(price).toMatchObject({ takeout: 18_200_00, payout: 81_600_00, breakage: 200_00 });
  });
});

describe('a guarantee', () => {
  const rules = (guarantee: Partial<GuaranteeRule>): RuleSet => ({
    ...known('pick-6-method-2-america@1'),
    ...taking(1_500),
    minimum: [],
    guarantee: {
      of: 'gross',
      whenWon: 'top-up',
      whenNotWon: 'top-up',
      minorPots: 'actual',
      ...guarantee,
    },
  });
  const five = formula('2/1/1/1/1/1', 10_00);
  const sale = { lump: [lost(59_411_00)], money: { guarantee: 75_000_00 } };
  const six = outcomes('1/1/1/1/1/1');

  test('counts for the carry-over as protested for at NYRA on 8 June 2017 (A11): 47,812.50', () => {
    const { price } = pricing(rules({}), [five], six, sale);
    // 75,000 × 0.85 × 0.75; the minor share is of the actual 50,507.85.
    expect(price.carried.net).toBe(47_812_50);
    expect(payingTiers(price)).toEqual({ 5: 1_262_60 });
    expect(price.brought).toEqual({ carryOver: 0, topUp: 9_931_61 });
    expect(price.shortfall.operator).toBe(0);
  });

  test('counts for nothing there where the rules say so', () => {
    const { price } = pricing(rules({ whenNotWon: 'none' }), [five], six, sale);
    expect(price.carried.net).toBe(37_880_88);
    expect(price.broughtIn).toBe(0);
  });

  test('raises minor pots too where the rules say so', () => {
    const { price } = pricing(rules({ minorPots: 'guaranteed' }), [five], six, sale);
    expect(payingTiers(price)).toEqual({ 5: 1_593_70 });
  });

  test.each([
    { guarantee: 'won', whenWon: 'top-up', topUp: 13_242_15 },
    { guarantee: 'won', whenWon: 'none', topUp: 0 },
  ] as const)('$guarantee with $whenWon brings $topUp', ({ whenWon, topUp }) => {
    const all = rules({ whenWon, minorPots: 'guaranteed' });
    const tickets = [formula('1/1/1/1/1/1', 5_00), formula('2/1/1/1/1/1', 5_00)];
    expect(pricing(all, tickets, six, sale).price.brought.topUp).toBe(topUp);
  });

  test('of nobody’s pool is topped up for the carry by a rule of the net', () => {
    const net = rules({ of: 'net' });
    const { price } = pricing(net, [formula('2/2/2/2/2/2', 10_00)], six, sale);
    expect(price).toMatchObject({ verdict: 'not-won', takeout: 8_913_15 });
    expect(price.carried.net).toBe(75_000_00);
    expect(price.brought.topUp).toBe(75_000_00 - 50_507_85);
  });

  test('is ignored for a gross carry (UK)', () => {
    const { price } = pricing(known('jackpot-uk@1'), [formula('2/2/2/2/2/2', 10_00)], six, sale);
    expect(price.carried).toEqual({ net: 0, gross: 59_421_00, reserve: 0 });
    expect(price).toMatchObject({ takeout: 0, broughtIn: 0 });
  });

  const rounded = multiLegRules({
    ...taking(0),
    stages: [
      {
        ...stage({ kind: 'legs', right: 5 }, { reserve: 'none', per: 'stake' }),
        potsRoundedToCents: 100,
      },
    ],
  });

  test('is not asked for what a pot rounds up: that is the operator’s', () => {
    const tickets = [formula('1/1/1/1/1', 1_00), formula('2/1/1/1/1', 49_60)];
    const { price } = pricing(rounded, tickets, outcomes('1/1/1/1/1'));
    expect(price).toMatchObject({ payout: 51_00, broughtIn: 0, breakage: -40 });
    expect(price.shortfall.operator).toBe(40);
  });

  test('reaches pots that are rounded, at the expense of who guarantees', () => {
    const tickets = [formula('1/1/1/1/1', 1_00), formula('2/1/1/1/1', 49_00)];
    const { price } = pricing(rounded, tickets, outcomes('1/1/1/1/1'), {
      money: { guarantee: 100_00 },
    });
    expect(price).toMatchObject({ payout: 100_00, broughtIn: 50_00, breakage: 0 });
    expect(price.shortfall.operator).toBe(0);
  });

  test('leaves minor pots of a minus pool with nothing, and never with less', () => {
    const guaranteed: RuleSet = {
      ...multiLegRules({ ...taking(5_000) }, { legs: 2 }),
      guarantee: { of: 'net', whenWon: 'top-up', whenNotWon: 'none', minorPots: 'actual' },
      stages: [
        {
          tiers: [
            { id: '2', match: { kind: 'legs', right: 2 } },
            { id: '1', match: { kind: 'legs', right: 1 } },
          ],
          reserve: 'stake',
          pots: [
            { id: 'major', parts: 1, tiers: ['2'], per: 'stake', unwon: 'share' },
            { id: 'minor', parts: 1, tiers: ['1'], per: 'stake', unwon: 'share' },
          ],
        },
      ],
    };
    const tickets = [formula('1/1', 10_00), formula('1/2', 90_00)];
    const { price } = pricing(guaranteed, tickets, outcomes('1/1'), {
      money: { guarantee: 200_00 },
    });
    // Reserved 100.00 of an actual 50.00: the minor pot has nothing to share, and keeps its stakes.
    expect(payingTiers(price)).toEqual({ 2: 600, 1: 100 });
    expect(price.brought.topUp).toBe(100_00);
  });
});

describe('a pool won by less than a unit (UK)', () => {
  const win = { ...known('win-uk@1'), ...taking(2_600) };

  test('pays its part, and carries the rest with nothing deducted (C10)', () => {
    const { price } = pricing(win, on([1, 40]), result('1'), { lump: [lost(99_999_60)] });
    expect(paying(price)).toEqual({ 1: 7_400_000 });
    expect(price).toMatchObject({ payout: 29_600_00, takeout: 10_400_00, breakage: 0 });
    expect(price.carried).toEqual({ net: 0, gross: 60_000_00, reserve: 0 });
  });

  test('is won as a whole by exactly a unit', () => {
    const { price } = pricing(win, on([1, 60], [1, 40]), result('1'), { lump: [lost(99_999_00)] });
    expect(price).toMatchObject({ payout: 74_000_00, carriedOut: 0 });
  });

  test('keeps the same part of a carry-over', () => {
    const sale = { lump: [lost(99_999_60)], money: { carriedNet: 50_00, carriedGross: 1_000_00 } };
    const { price } = pricing(win, on([1, 40]), result('1'), sale);
    // 101,000 gross, 74,740 net, and 50 that was deducted before: 40 % of them.
    expect(paying(price)).toEqual({ 1: 7_479_000 });
    expect(price).toMatchObject({ payout: 29_916_00, takeout: 10_504_00, breakage: 0 });
    expect(price.carried).toEqual({ net: 30_00, gross: 60_600_00, reserve: 0 });
  });
});

describe('a pot', () => {
  const legs = outcomes('1/1/1/1/1');

  test('with a cap of 600 million yen for 100 pays that and carries the rest (WIN5)', () => {
    const sale = { lump: [lost(1_199_999_900)] };
    const { price } = pricing(known('win5-japan@1'), [formula('1/1/1/1/1', 100)], legs, sale);
    expect(price).toMatchObject({ payout: 600_000_000, takeout: 360_000_000 });
    expect(price.carried.net).toBe(240_000_000);
  });

  test('at its cap carries nothing', () => {
    const capped = multiLegRules({
      ...taking(0),
      stages: [
        {
          tiers: [{ id: '5', match: { kind: 'legs', right: 5 } }],
          reserve: 'none',
          pots: [
            {
              ...{ id: '5', parts: 1, tiers: ['5'], per: 'stake', unwon: 'share' },
              capHundredths: 1_000,
            } as const,
          ],
        },
      ],
    });
    const priced = (rest: number) =>
      pricing(capped, [formula('1/1/1/1/1', 1_00)], legs, { lump: [lost(rest)] }).price;
    expect(priced(9_00)).toMatchObject({ payout: 10_00, carriedOut: 0 });
    expect(priced(9_01)).toMatchObject({ payout: 10_00, carriedOut: 1 });
  });

  const tiered = (unwon: 'share' | 'carry-net' | 'reserve', payFromHundredths?: number): RuleSet =>
    multiLegRules({
      ...taking(0),
      stages: [
        {
          tiers: [
            { id: '5', match: { kind: 'legs', right: 5 } },
            { id: '4', match: { kind: 'legs', right: 4 } },
          ],
          reserve: 'none',
          pots: [
            { id: 'major', parts: 3, tiers: ['5'], per: 'stake', unwon },
            {
              ...{ id: 'minor', parts: 1, tiers: ['4'], per: 'stake', unwon: 'share' },
              ...(payFromHundredths !== undefined && { payFromHundredths }),
            } as const,
          ],
        },
      ],
    });
  const four = [formula('2/1/1/1/1', 10_00)];
  const rest = { lump: [lost(90_00)] };

  test.each([
    { unwon: 'share', pays: 1_000, carried: { net: 0, gross: 0, reserve: 0 } },
    { unwon: 'carry-net', pays: 250, carried: { net: 75_00, gross: 0, reserve: 0 } },
    { unwon: 'reserve', pays: 250, carried: { net: 0, gross: 0, reserve: 75_00 } },
  ] as const)('unwon with $unwon leaves $pays to the other', ({ unwon, pays, carried }) => {
    const { price } = pricing(tiered(unwon), four, legs, rest);
    expect(payingTiers(price)).toEqual({ 4: pays });
    expect(price.carried).toEqual(carried);
  });

  test('unwon is shared on a mandatory day unless it is the reserve’s', () => {
    const sale = { ...rest, money: { mandatory: true } };
    expect(payingTiers(pricing(tiered('carry-net'), four, legs, sale).price)).toEqual({ 4: 1_000 });
    expect(payingTiers(pricing(tiered('reserve'), four, legs, sale).price)).toEqual({ 4: 250 });
  });

  test('is carried below what it pays from, paid at it, and paid on a mandatory day', () => {
    const from = (payFrom: number, mandatory = false) =>
      pricing(tiered('carry-net', payFrom), four, legs, { ...rest, money: { mandatory } }).price;
    expect(from(250)).toMatchObject({ payout: 25_00, carriedOut: 75_00 });
    expect(from(251)).toMatchObject({ payout: 0, carriedOut: 100_00, dividends: [] });
    expect(from(1_001, true)).toMatchObject({ payout: 100_00, carriedOut: 0 });
  });
});

describe('a remainder', () => {
  const rules = (to: 'carry-net' | 'reserve') =>
    ruleSet({ ...taking(0), stages: [{ ...stage(among(1, 1)), remainder: { parts: 3, to } }] });

  test.each([
    { to: 'carry-net', mandatory: false, pays: 320, carried: { net: 67_50, gross: 0, reserve: 0 } },
    { to: 'carry-net', mandatory: true, pays: 1_000, carried: { net: 0, gross: 0, reserve: 0 } },
    { to: 'reserve', mandatory: true, pays: 320, carried: { net: 0, gross: 0, reserve: 67_50 } },
  ] as const)('of three parts to $to, mandatory $mandatory, leaves $pays', (row) => {
    const { to, mandatory, pays, carried } = row;
    const sale = { lump: [lost(90_00)], money: { mandatory } };
    // A quarter of the profit of 90.00 on 10.00: 3.25, rounded down.
    const { price } = pricing(rules(to), on([1, 10_00]), result('1'), sale);
    expect(price.carried).toEqual(carried);
    expect(paying(price)).toEqual({ 1: pays });
  });
});

describe('the Tirelire of Quinté+', () => {
  const rules = known('quinte-plus-pmu@1');
  const ended = result('4 11 8 9 7');
  const bonus: PricedTicket[] = [unit('4-11-8-1-2', 100_00)];
  const ordre = unit('4-11-8-9-7', 13_25);
  const sale = { lump: [lost(900_00)] };
  const withIt = { ...sale, money: { carriedNet: 100_000_00 } };

  test('adds the same to every dividend of the order and to no other', () => {
    const tickets = [...bonus, ordre, unit('4-11-8-7-9', 50_00)];
    const without = payingTiers(pricing(rules, tickets, ended, sale).price);
    const { price } = pricing(rules, tickets, ended, withIt);
    const { ordre: more = 0, ...others } = payingTiers(price);
    const { ordre: less = 0, ...same } = without;
    expect(others).toEqual(same);
    // 100,000.00 over 13.25.
    expect(Math.abs(more - less - 754_716)).toBeLessThanOrEqual(10);
    expect(price.carriedOut).toBe(0);
  });

  test('is carried whole where nobody has the order', () => {
    const { price } = pricing(rules, bonus, ended, withIt);
    expect(price.carried).toEqual({ net: 100_000_00, gross: 0, reserve: 0 });
    expect(payingTiers(price)).toEqual(payingTiers(pricing(rules, bonus, ended, sale).price));
  });

  test('never pays for a minus pool', () => {
    const { price } = pricing(rules, bonus, ended, { money: { carriedNet: 100_000_00 } });
    expect(price.carried.net).toBe(100_000_00);
    expect(payingTiers(price)).toEqual({ 'bonus-3': 110 });
  });
});

describe('a pool called off', () => {
  test('gives every stake back and leaves carry-overs where they are', () => {
    const { price, refunds } = pricePool(ruleSet(), {
      tickets: on([1, 4_00]),
      lump: [{ source: 'kiosk', gross: 1_00, refunds: 2_00 }],
      result: { kind: 'void' },
      money: { guarantee: 5_00, carriedNet: 6_00, carriedGross: 0, mandatory: true, roundings: 0 },
      day: '2026-11-21',
    });
    expect(price).toMatchObject({ verdict: 'refunded', refunds: 7_00, carriedOut: 6_00 });
    expect(refunds).toBe('all');
  });
});
