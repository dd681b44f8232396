/** Pools on one race: who wins, and what of the money each winner has. */
import { describe, expect, test } from 'vitest';
import type { PricedTicket, RaceResult } from '../../../src/actors/pools/price.ts';
import type { Match, RuleSet, Stage } from '../../../src/actors/pools/rule-set.ts';
import { ruleSetById } from '../../../src/actors/pools/rule-sets.ts';
import {
  among,
  combined,
  lost,
  on,
  paying,
  payingTiers,
  placeRules,
  pricing,
  result,
  ruleSet,
  runners,
  type Sale,
  stage,
  unit,
} from './given.ts';

const free = {
  takeout: [{ basisPoints: 0 }],
  rounding: { method: 'down', toHundredths: 1 },
} as const;
const equally = (match: Match): Partial<RuleSet> => ({
  stages: [stage(match, { reserve: 'none' })],
});
const priceOf = (
  rules: RuleSet,
  tickets: readonly PricedTicket[],
  ended: RaceResult,
  sale?: Sale,
) => pricing(rules, tickets, ended, sale).price;

function known(id: string): RuleSet {
  const found = ruleSetById(id);
  if (found === undefined) throw new Error(`no rule set ${id}`);
  return found;
}

describe('published examples', () => {
  test('A1: West Virginia 178-05, table 5C, with refunds and dime breakage', () => {
    const tickets = on([1, 23_872_00], [2, 169_041_00], [9, 1_317_00]);
    const rules = ruleSet({ takeout: [{ basisPoints: 1_800 }] });
    const price = priceOf(rules, tickets, result('1', { nonRunners: runners(9) }));
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
    const price = priceOf(known('win-australasia@1'), tickets, result(String(winner)));
    expect(paying(price)).toEqual({ [winner]: hundredths });
  });

  test('A3: Tabcorp exercise, win and place, to the nearest 0.01', () => {
    const nearest = { rounding: { method: 'nearest', toHundredths: 1 } } as const;
    const win = on([1, 61_00], [2, 110_00], [3, 90_00], [4, 77_00]);
    const winRules = ruleSet({ ...nearest, takeout: [{ basisPoints: 1_500 }] });
    expect(paying(priceOf(winRules, win, result('2 3 1')))).toEqual({ 2: 261 });
    const place = on([1, 89_00], [2, 179_00], [3, 149_00], [4, 229_00]);
    const placed = ruleSet({
      ...nearest,
      ...equally(among(3, 1)),
      takeout: [{ basisPoints: 1_200 }],
    });
    expect(paying(priceOf(placed, place, result('2 3 1')))).toEqual({ 2: 106, 3: 127, 1: 213 });
  });

  test('A4: odd takeout of 14.25 %, faculty.mdc.edu', () => {
    const stakes = [30, 70, 12, 55, 110, 47, 150, 40];
    const tickets = on(...stakes.map((stake, index) => [index + 1, stake * 100] as const));
    const price = priceOf(ruleSet({ takeout: [{ basisPoints: 1_425 }] }), tickets, result('4'));
    expect(paying(price)).toEqual({ 4: 800 });
    // Net 440.755: the half cent of the takeout falls to breakage.
    expect(price).toMatchObject({ takeout: 73_24, payout: 440_00, breakage: 76 });
  });

  test('A6: place, three horses, profit split (keibayosou.metabopro.com)', () => {
    const tickets = on([1, 10_000_000], [2, 8_000_000], [3, 2_000_000], [4, 80_000_000]);
    const price = priceOf(placeRules(3), tickets, result('1 2 3 4'));
    expect(paying(price)).toEqual({ 1: 300, 2: 350, 3: 1100 });
  });
});

describe('a dead heat for first, A 4,000 and B 1,000 of 20,000', () => {
  const tickets = on([1, 4_000_00], [2, 1_000_00], [3, 15_000_00]);

  test.each([
    { reserve: 'stake', pays: { 1: 230, 2: 650 }, whose: 'profit split (Ohio 3769-13-16)' },
    { reserve: 'none', pays: { 1: 200, 2: 800 }, whose: 'equal split (Hong Kong)' },
    { reserve: 'net-stake', pays: { 1: 230, 2: 680 }, whose: 'the law of Japan' },
  ] as const)('pays $pays by $whose', ({ reserve, pays }) => {
    const rules = ruleSet({ stages: [stage(among(1, 1), { reserve })] });
    expect(paying(priceOf(rules, tickets, result('1+2')))).toEqual(pays);
  });

  test('pays all of it on the one that is backed', () => {
    expect(paying(priceOf(ruleSet(), tickets, result('7+2')))).toEqual({ 2: 1600 });
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
    expect(paying(priceOf(placeRules(places, free), tickets, result(order)))).toEqual(pays);
  });

  test.each([
    { order: '1 2+3', places: 2, pays: { 1: 300, 2: 150, 3: 150 } },
    { order: '1 2 3+4', places: 3, pays: { 1: 200, 2: 200, 3: 100, 4: 100 } },
  ])('$order with $places paid places by equal split pays $pays', ({ order, places, pays }) => {
    const rules = ruleSet({ ...free, ...equally(among(places, 1)) });
    expect(paying(priceOf(rules, tickets, result(order)))).toEqual(pays);
  });

  test('one of Quinté+ for fifth gives each set of five a dividend of its own', () => {
    const sold = [
      unit('4-11-8-9-7', 725),
      unit('4-11-8-9-16', 300),
      unit('4-11-8-16-9', 300),
      unit('9-8-11-4-7', 10_000),
    ];
    const sale = { lump: [lost(500_000)] };
    const price = priceOf(known('quinte-plus-pmu@1'), sold, result('4 11 8 9 7+16'), sale);
    const ordre = price.dividends.filter(({ tier }) => tier === 'ordre');
    expect(ordre.map(({ outcome, winningStakes }) => [outcome, winningStakes])).toEqual([
      ['4-11-8-9-7', 725],
      ['4-11-8-9-16', 300],
    ]);
    expect(new Set(ordre.map(({ hundredths }) => hundredths)).size).toBe(2);
    const desordre = price.dividends.filter(({ tier }) => tier === 'desordre');
    expect(desordre.map(({ winningStakes }) => winningStakes)).toEqual([10_000, 300]);
  });

  test('one of Tiercé for first gives both orders of one set one dividend', () => {
    const sold = [unit('4-11-8', 100), unit('11-4-8', 300), unit('8-11-4', 600)];
    const price = priceOf(known('tierce-pmu@1'), sold, result('4+11 8'));
    expect(price.dividends.map(({ tier, winningStakes }) => [tier, winningStakes])).toEqual([
      ['ordre', 400],
      ['desordre', 600],
    ]);
  });
});

describe('a placed runner that nobody backed', () => {
  const tickets = on([1, 100_00], [2, 100_00], [5, 200_00]);
  const rules = placeRules(2, free);

  test('leaves its share to the other places', () => {
    expect(paying(priceOf(rules, tickets, result('1 7')))).toEqual({ 1: 400 });
  });

  test('leaves its share first to those it shares the place with', () => {
    expect(paying(priceOf(rules, tickets, result('1 2+7')))).toEqual({ 1: 200, 2: 200 });
  });

  test('gives everything back where all placed runners are like it', () => {
    const price = priceOf(rules, tickets, result('7 8'));
    expect(price).toMatchObject({ verdict: 'refunded', refunds: 400_00, gross: 0, takeout: 0 });
  });
});

describe('fewer arrivals than paid places, 100 on each of three runners, no takeout', () => {
  const tickets = on([1, 100_00], [2, 100_00], [3, 100_00]);

  test.each([
    { order: '1', reserve: 'stake', pays: { 1: 300 } },
    { order: '1', reserve: 'none', pays: { 1: 300 } },
    { order: '1 2', reserve: 'stake', pays: { 1: 150, 2: 150 } },
    { order: '1+2', reserve: 'none', pays: { 1: 150, 2: 150 } },
    { order: '1 7', reserve: 'stake', pays: { 1: 300 } },
  ] as const)('$order of three places with reserve $reserve pays $pays', (row) => {
    const { order, reserve, pays } = row;
    const rules = ruleSet({ ...free, stages: [stage(among(3, 1), { reserve })] });
    const price = priceOf(rules, tickets, result(order));
    expect(paying(price)).toEqual(pays);
    expect(price).toMatchObject({ gross: 300_00, payout: 300_00, breakage: 0 });
  });
});

describe('the number of paid places', () => {
  const tickets = on(...[1, 2, 3, 4, 5].map((runner) => [runner, 100_00] as const));
  const rules = known('simple-place-pmu@1');

  test.each([
    { starters: 8, placed: ['1', '2', '3'] },
    { starters: 7, placed: ['1', '2'] },
    { starters: 4, placed: ['1', '2'] },
  ])('with $starters starters pays $placed', ({ starters, placed }) => {
    const price = priceOf(rules, tickets, result('1 2 3 4', { starters }));
    expect(Object.keys(paying(price))).toEqual(placed);
  });

  test('with too few starters gives every stake back', () => {
    const price = priceOf(rules, tickets, result('1 2 3', { starters: 3 }));
    expect(price).toMatchObject({ verdict: 'refunded', refunds: 500_00 });
  });

  test('with too few starters gives every stake back even where unwon pools are carried', () => {
    const carrying: RuleSet = { ...rules, nobodyWins: 'carry-net' };
    const sale = { money: { carriedNet: 7_00 } };
    const price = priceOf(carrying, tickets, result('1 2 3', { starters: 3 }), sale);
    expect(price).toMatchObject({ verdict: 'refunded', refunds: 500_00, carriedOut: 7_00 });
  });

  test('passes over a non-runner in the order', () => {
    const outcome = result('1 2 3', { starters: 7, nonRunners: runners(2) });
    expect(Object.keys(paying(priceOf(rules, tickets, outcome)))).toEqual(['1', '3']);
  });

  test('of 2sur4 is four from five starters on, and with four everything goes back', () => {
    const sold = [combined('1-4', 300), combined('5-6', 900)];
    const twoOfFour = known('2sur4-pmu@1');
    expect(paying(priceOf(twoOfFour, sold, result('1 2 3 4 5', { starters: 5 })))).toEqual({
      '1-4': 300,
    });
    const price = priceOf(twoOfFour, sold, result('1 2 3 4', { starters: 4 }));
    expect(price).toMatchObject({ verdict: 'refunded', refunds: 12_00 });
  });
});

describe('a ticket', () => {
  test('is paid to the nearest cent, half a cent up', () => {
    // 1.80 for 1: 0.03 wins 0.054, 0.25 wins 0.45.
    const { price, payouts } = pricing(ruleSet(), on([1, 3], [1, 25], [2, 35]), result('1'));
    expect(paying(price)).toEqual({ 1: 180 });
    expect([...payouts]).toEqual([
      [0, 5],
      [1, 45],
    ]);
    expect(price).toMatchObject({ gross: 63, takeout: 12, payout: 50, breakage: 1 });
    const noTakeout = ruleSet({ takeout: [{ basisPoints: 0 }], ...equally(among(1, 1)) });
    // 3.50 for 1: 0.01 wins 0.035, paid 0.04.
    const half = priceOf(noTakeout, on([1, 5], [2, 1], [2, 1]), result('2'));
    expect(half).toMatchObject({ payout: 8, breakage: -1 });
  });

  test('on several runners is paid for each that wins, and has its non-runners back', () => {
    const ticket = combined('1-2-3-9', 1_000_00);
    const ended = result('1+2', { nonRunners: runners(9) });
    const { price, payouts, refunds } = pricing(ruleSet(), [ticket], ended);
    expect(paying(price)).toEqual({ 1: 120, 2: 120 });
    expect([...payouts]).toEqual([[0, 2_400_00]]);
    expect(refunds).toEqual(new Map([[0, 1_000_00]]));
  });

  test('of all orders wins in one of them and loses in the others', () => {
    const exacta: RuleSet = known('exacta-america@1');
    const boxed = combined('3-5', 1_00, { formula: 'all-orders' });
    const price = priceOf(exacta, [boxed], result('3 5'), { lump: [lost(98_00)] });
    expect(price).toMatchObject({ gross: 100_00, verdict: 'won' });
    expect(paying(price)).toEqual({ '3-5': 8_000 });
    expect(price.dividends[0]?.winningStakes).toBe(1_00);
  });
});

describe('nobody has the winner', () => {
  const tickets = on([1, 4_00], [2, 3_00], [9, 2_00]);
  const ended = result('5', { nonRunners: runners(9) });

  test('gives every stake back, and takes nothing', () => {
    expect(priceOf(ruleSet(), tickets, ended)).toMatchObject({
      ...{ gross: 0, broughtIn: 0, takeout: 0, payout: 0, breakage: 0, carriedOut: 0 },
      refunds: 9_00,
      dividends: [],
      verdict: 'refunded',
    });
  });

  test.each([
    { nobodyWins: 'carry-net', takeout: 1_40, carried: { net: 5_60, gross: 0, reserve: 0 } },
    { nobodyWins: 'carry-gross', takeout: 0, carried: { net: 0, gross: 7_00, reserve: 0 } },
    { nobodyWins: 'reserve', takeout: 1_40, carried: { net: 0, gross: 0, reserve: 5_60 } },
  ] as const)('and $nobodyWins takes $takeout', ({ nobodyWins, takeout, carried }) => {
    const price = priceOf(ruleSet({ nobodyWins }), tickets, ended);
    expect(price).toMatchObject({ gross: 7_00, refunds: 2_00, takeout, carried, breakage: 0 });
    expect(price.verdict).toBe('not-won');
  });

  test('and a carry-over that was deducted before is carried beside it', () => {
    const sale = { money: { carriedNet: 10_00, carriedGross: 10_00 } };
    const net = priceOf(ruleSet({ nobodyWins: 'carry-net' }), tickets, ended, sale);
    // 20 % of 7.00 and of the 10.00 that nothing was taken from.
    expect(net).toMatchObject({ broughtIn: 20_00, takeout: 3_40 });
    expect(net.carried).toEqual({ net: 23_60, gross: 0, reserve: 0 });
    const gross = priceOf(ruleSet({ nobodyWins: 'carry-gross' }), tickets, ended, sale);
    expect(gross.carried).toEqual({ net: 10_00, gross: 17_00, reserve: 0 });
    const back = priceOf(ruleSet(), tickets, ended, sale);
    expect(back.carried).toEqual({ net: 10_00, gross: 10_00, reserve: 0 });
  });

  test('gives every stake back where nobody arrived', () => {
    const price = priceOf(ruleSet(), on([1, 4_00]), result(''));
    expect(price).toMatchObject({ verdict: 'refunded', refunds: 4_00 });
  });
});

describe('stages, in order of precedence', () => {
  test.each([
    { order: '1 2 3', pays: { 1: 80 * 4 }, stage: 0, what: 'the winner' },
    { order: '7 2 3', pays: { 2: 80 * 4 }, stage: 1, what: 'the second' },
    { order: '7 8 3', pays: { 3: 80 * 4 }, stage: 2, what: 'the third' },
    { order: '7+2 3', pays: { 2: 80 * 4 }, stage: 0, what: 'the other dead-heater' },
  ])('pay $what in Hong Kong after $order', ({ order, pays, stage: paid }) => {
    const tickets = on([1, 10_00], [2, 10_00], [3, 10_00], [4, 10_00]);
    const rules: RuleSet = { ...known('win-hkjc@2'), takeout: [{ basisPoints: 2_000 }] };
    const price = priceOf(rules, tickets, result(order));
    expect(paying(price)).toEqual(pays);
    expect(price.stage).toBe(paid);
  });

  test('give everything back where the last one pays nobody', () => {
    const price = priceOf(known('win-hkjc@2'), on([5, 10_00]), result('1 2 3'));
    expect(price).toMatchObject({ verdict: 'refunded', refunds: 10_00, stage: 0 });
  });

  test('pay the fourth of a show pool where nobody has any of the first three (Oklahoma)', () => {
    const price = priceOf(known('show-america@1'), on([4, 10_00], [5, 10_00]), result('1 2 3 4'));
    expect(paying(price)).toEqual({ 4: 160 });
  });

  test('pay right winners and right seconds of an exacta that nobody has (Connecticut)', () => {
    const tickets = [unit('3-4', 500_00), unit('7-5', 250_00)];
    const sale = { lump: [lost(9_250_00)] };
    const price = priceOf(known('exacta-america@1'), tickets, result('3 5 1'), sale);
    expect(payingTiers(price)).toEqual({ first: 820, second: 1550 });
    expect(price.breakage).toBe(25_00);
    const nobody = priceOf(known('exacta-america@1'), [unit('7-8', 10_00)], result('3 5 1'));
    expect(nobody).toMatchObject({ verdict: 'refunded', refunds: 10_00 });
  });

  test('leave a carry-over where it is unless the first one pays', () => {
    const firstOrNext: Stage[] = [stage(among(1, 1)), stage(among(2, 1))];
    const rules = ruleSet({ stages: firstOrNext, nobodyWins: 'carry-net' });
    const tickets = on([1, 10_00], [2, 10_00]);
    const sale = { money: { carriedNet: 100_00 } };
    const first = priceOf(rules, tickets, result('1 2'), sale);
    expect(paying(first)).toEqual({ 1: 1160 });
    expect(first.carriedOut).toBe(0);
    const next = priceOf(rules, tickets, result('7 2'), sale);
    expect(paying(next)).toEqual({ 2: 160 });
    expect(next.carried).toEqual({ net: 100_00, gross: 0, reserve: 0 });
  });
});

describe('one non-runner, where a tier is for it', () => {
  const couple = known('couple-gagnant-pmu@1');

  test('pays e-Couplé 30.30 in full and 4.40 with a non-runner', () => {
    const rules: RuleSet = { ...couple, takeout: [{ basisPoints: 2_600 }] };
    const tickets = [unit('1-2', 2_000_00), unit('1-9', 3_000_00)];
    const ended = result('1 2', { nonRunners: runners(9) });
    const price = priceOf(rules, tickets, ended, { lump: [lost(95_000_00)] });
    expect(payingTiers(price)).toEqual({ gagnant: 3_030, '1-np': 440 });
    expect(price.dividends.map(({ outcome }) => outcome)).toEqual(['1-2', '1-NP']);
  });

  test('keeps a ticket that its other horse loses, and gives back one of two non-runners', () => {
    const tickets = [unit('1-2', 10_00), unit('2-9', 10_00), unit('8-9', 10_00)];
    const ended = result('1 2', { nonRunners: runners(8, 9) });
    const { price, refunds } = pricing(couple, tickets, ended);
    expect(price).toMatchObject({ gross: 20_00, refunds: 10_00 });
    expect(refunds).toEqual(new Map([[2, 10_00]]));
  });

  test('is made good by a complement horse, which comes last', () => {
    const exact = known('couple-ordre-pmu@1');
    const ended = result('1 2', { nonRunners: runners(9) });
    const tickets = [
      unit('9-1', 10_00, { alternates: [2] }),
      unit('9-2', 10_00, { alternates: [1] }),
      unit('9-1', 10_00),
      unit('9-3', 10_00, { alternates: [9] }),
    ];
    const { price, payouts, refunds } = pricing(exact, tickets, ended);
    // 1-2 and 2-1 without the non-runner; a complement that does not run is none.
    expect([...payouts.keys()]).toEqual([0]);
    expect(refunds).toEqual(
      new Map([
        [2, 10_00],
        [3, 10_00],
      ]),
    );
    expect(price.gross).toBe(20_00);
  });

  test('with a complement of its own horses counts as without', () => {
    const ended = result('1 2', { nonRunners: runners(9) });
    const tickets = [unit('9-1', 10_00, { alternates: [1] })];
    expect(payingTiers(pricing(couple, tickets, ended).price)).toEqual({ '1-np': 110 });
  });
});

describe('Couplé Placé', () => {
  test('shares six equal parts among the three horses and their three pairs', () => {
    const rules: RuleSet = { ...known('couple-place-pmu@1'), takeout: [{ basisPoints: 0 }] };
    const tickets = [
      unit('1-2', 10_00),
      unit('1-3', 20_00),
      unit('2-3', 40_00),
      unit('1-9', 10_00),
    ];
    const ended = result('1 2 3', { nonRunners: runners(9) });
    // Profit 600.00 in parts of 100.00. On horse 1: 40.00 with the non-runner's, 2: 50, 3: 60.
    const price = priceOf(rules, tickets, ended, { lump: [lost(600_00)] });
    expect(paying(price)).toEqual({
      // 1 + 100/40 + 100/50 + 100/10 = 15.50; 1 + 2.5 + 1.666 + 5 = 10.16; 1 + 2 + 1.666 + 2.5.
      '1-2': 1550,
      '1-3': 1010,
      '2-3': 710,
      '1-NP': 350,
    });
  });
});

describe('Multi', () => {
  test('pays 35 : 7 : 7/3 : 1 for four to seven horses', () => {
    const tickets = [
      unit('1-2-3-4', 1_00, { picks: 4 }),
      unit('1-2-3-4-5', 1_00, { picks: 5 }),
      unit('1-2-3-4-5-6', 1_00, { picks: 6 }),
      unit('1-2-3-4-5-6-7', 1_00, { picks: 7 }),
      unit('1-2-3-5-6-7-8', 1_00, { picks: 7 }),
    ];
    const rules: RuleSet = { ...known('multi-pmu@1'), takeout: [{ basisPoints: 0 }] };
    const sale = { lump: [lost(1_355_00)] };
    const price = priceOf(rules, tickets, result('4 3 2 1'), sale);
    // 1,360.00 over weights of 136/3: 30.00 for one.
    expect(payingTiers(price)).toEqual({
      'en-4': 105_000,
      'en-5': 21_000,
      'en-6': 7_000,
      'en-7': 3_000,
    });
  });
});

describe('coupled entries', () => {
  const rules = placeRules(3, { coupled: 'one-interest' });

  test('that fill two of three places have two thirds of the profit (Oklahoma)', () => {
    const tickets = on([1, 3_000_00], [5, 500_00], [6, 6_500_00]);
    const price = priceOf(rules, tickets, result('1 5 21', { entries: [runners(1, 21)] }));
    expect(paying(price)).toEqual({ 1: 200, 5: 400 });
  });

  test('that fill all three have one price', () => {
    const tickets = on([1, 100_00], [21, 100_00], [6, 300_00]);
    const price = priceOf(rules, tickets, result('1 22 21', { entries: [runners(1, 21, 22)] }));
    expect(paying(price)).toEqual({ 1: 200 });
  });

  test('in a dead heat with themselves are an ordinary winner (Ohio)', () => {
    const win = ruleSet({ coupled: 'one-interest' });
    const tickets = on([1, 100_00], [21, 100_00], [6, 300_00]);
    const price = priceOf(win, tickets, result('1+21 6', { entries: [runners(1, 21)] }));
    expect(paying(price)).toEqual({ 1: 200 });
  });

  test('with one mate scratched run on, and are given back with all of them scratched', () => {
    const tickets = on([1, 100_00], [21, 100_00], [6, 300_00]);
    const win = ruleSet({ coupled: 'one-interest' });
    const entries = [runners(1, 21)];
    const half = result('21 6', { entries, nonRunners: runners(1) });
    expect(priceOf(win, tickets, half)).toMatchObject({ gross: 500_00, refunds: 0 });
    expect(paying(priceOf(win, tickets, half))).toEqual({ 1: 200 });
    const none = result('6', { entries, nonRunners: runners(1, 21) });
    expect(priceOf(win, tickets, none)).toMatchObject({ gross: 300_00, refunds: 200_00 });
  });

  test('count each for itself where the rules say so', () => {
    const tickets = on([1, 100_00], [21, 100_00], [6, 300_00]);
    const ended = result('21 6', { entries: [runners(1, 21)], nonRunners: runners(1) });
    const price = priceOf(ruleSet(), tickets, ended);
    expect(price).toMatchObject({ gross: 400_00, refunds: 100_00 });
    expect(paying(price)).toEqual({ 21: 320 });
  });
});
