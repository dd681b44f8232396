/** Pools over several races: who is right in how many legs, and what becomes of legs and runners. */
import { describe, expect, test } from 'vitest';
import { separateTiers } from '../../../src/actors/pools/catalogue/stages.ts';
import type { LegOutcome, PricedTicket } from '../../../src/actors/pools/price.ts';
import type { LegRules, RuleSet } from '../../../src/actors/pools/rule-set.ts';
import { ruleSetById } from '../../../src/actors/pools/rule-sets.ts';
import {
  formula,
  lost,
  multiLegRules,
  outcomes,
  paying,
  payingTiers,
  pricing,
  runners,
  type Sale,
  stage,
} from './given.ts';

const big5 = multiLegRules({
  takeout: [{ basisPoints: 2_800 }],
  minimum: [{ belowHundredths: 110, paysHundredths: 110 }],
});
const first = outcomes('1/1/1/1/1');
const loser = '2/1/1/1/1';
const winner = '1/1/1/1/1';
const free = { takeout: [{ basisPoints: 0 }] };

const priceOf = (
  rules: RuleSet,
  tickets: readonly PricedTicket[],
  legs: readonly LegOutcome[],
  sale?: Sale,
) => pricing(rules, tickets, legs, sale).price;

function known(id: string): RuleSet {
  const found = ruleSetById(id);
  if (found === undefined) throw new Error(`no rule set ${id}`);
  return found;
}

describe('C7: Big 5, guarantee of 20,000 and reserve fund (PMU)', () => {
  const sale = { money: { guarantee: 20_000_00 } };

  test('completes a won pool from the reserve', () => {
    const tickets = [formula(winner, 37_50), formula(loser, 17_962_50)];
    const price = priceOf(big5, tickets, first, sale);
    expect(price).toMatchObject({
      gross: 18_000_00,
      takeout: 5_040_00,
      broughtIn: 7_040_00,
      brought: { carryOver: 0, topUp: 7_040_00 },
      payout: 19_998_75,
      breakage: 1_25,
      carriedOut: 0,
      verdict: 'won',
    });
    expect(paying(price)).toEqual({ '1/1/1/1/1': 53_330 });
    expect(price.dividends[0]).toMatchObject({ numerator: 1_600n, denominator: 3n });
  });

  test('gives an unwon pool to the reserve and draws nothing from it', () => {
    const price = priceOf(big5, [formula(loser, 18_000_00)], first, sale);
    expect(price).toMatchObject({
      takeout: 5_040_00,
      broughtIn: 0,
      payout: 0,
      breakage: 0,
      carried: { net: 0, gross: 0, reserve: 12_960_00 },
      verdict: 'not-won',
    });
  });

  test('draws nothing for a pool above the guarantee', () => {
    const tickets = [formula(winner, 100_00), formula(loser, 29_900_00)];
    const price = priceOf(big5, tickets, first, sale);
    expect(price).toMatchObject({ broughtIn: 0, payout: 21_600_00, breakage: 0 });
  });

  test.each([
    // Net 0.7272 of 1.01, takeout booked 0.28: 0.73 are there to share.
    { guarantee: 72, broughtIn: 0, payout: 70 },
    { guarantee: 73, broughtIn: 0, payout: 70 },
    { guarantee: 74, broughtIn: 1, payout: 70 },
    { guarantee: 80, broughtIn: 7, payout: 80 },
  ])('draws whole cents for a guarantee of $guarantee cents: $broughtIn', (row) => {
    const rules: RuleSet = { ...big5, minimum: [] };
    const tickets = [formula(winner, 100), formula(loser, 1)];
    const price = priceOf(rules, tickets, first, { money: { guarantee: row.guarantee } });
    expect(price).toMatchObject({
      gross: 101,
      takeout: 28,
      broughtIn: row.broughtIn,
      payout: row.payout,
      breakage: 73 + row.broughtIn - row.payout,
    });
  });
});

describe('C9: five legs, scratch, dead heat and partial stakes', () => {
  const t1 = formula('1,2/3/4,5/6/7', 50);
  const t2 = formula('1/3/4/6/7,8', 1_00);
  const t3 = formula('9/3/4/6/7', 1_00);
  const tickets = [t1, t2, t3, formula('5/3/4/6/7', 3_00), formula('1/2/4/6/7', 10_00)];
  const legs = outcomes('1+2/3/4/6/7', {
    0: { nonRunners: runners(9), substitutes: runners(9, 2, 1) },
  });
  const rules = multiLegRules({ takeout: [{ basisPoints: 2_500 }] });
  const sale = { money: { carriedNet: 100_00 } };

  test('gives scratched combinations back and has a single price', () => {
    const { price, payouts, refunds } = pricing(rules, tickets, legs, sale);
    expect(price).toMatchObject({ gross: 17_00, refunds: 1_00, breakage: 15 });
    expect(paying(price)).toEqual({ '1+2/3/4/6/7': 5_630 });
    expect(price.dividends[0]).toMatchObject({ numerator: 451n, denominator: 8n });
    expect(payouts).toEqual(
      new Map([
        [0, 56_30],
        [1, 56_30],
      ]),
    );
    expect(refunds).toEqual(new Map([[2, 1_00]]));
  });

  test('puts the favourite that runs in the place of a scratched runner', () => {
    const price = priceOf({ ...rules, nonRunner: 'favourite' }, tickets, legs, sale);
    expect(price).toMatchObject({ gross: 18_00, refunds: 0, breakage: 10 });
    expect(paying(price)).toEqual({ '1+2/3/4/6/7': 3_780 });
  });

  test('tells dead-heaters apart by the law of Japan', () => {
    const japan: RuleSet = {
      ...rules,
      stages: [stage({ kind: 'legs', right: 5 }, { reserve: 'net-stake' })],
    };
    const price = priceOf(japan, tickets, legs, sale);
    expect(paying(price)).toEqual({ '1/3/4/6/7': 3_780, '2/3/4/6/7': 11_200 });
  });
});

describe('a runner that does not run', () => {
  const legs = outcomes('1/1/1', { 0: { nonRunners: runners(9), substitutes: runners(1) } });
  const own = formula('9/1/1', 1_00, { alternates: [2] });
  const right = formula('9/1/1', 1_00, { alternates: [1] });
  const none = formula('9/1/1', 1_00);
  const scratchedToo = formula('9/1/1', 1_00, { alternates: [9] });
  const rules = (nonRunner: RuleSet['nonRunner']) => multiLegRules({ nonRunner }, { legs: 3 });

  test.each([
    { nonRunner: 'refund', won: [], back: [0, 1, 2, 3] },
    { nonRunner: 'favourite', won: [0, 1, 2, 3], back: [] },
    { nonRunner: 'alternate', won: [1], back: [2, 3] },
    { nonRunner: 'alternate-then-favourite', won: [1, 2, 3], back: [] },
  ] as const)('by $nonRunner: wins for $won, back for $back', ({ nonRunner, won, back }) => {
    const tickets = [own, right, none, scratchedToo, formula('1/1/1', 1_00)];
    const { payouts, refunds } = pricing(rules(nonRunner), tickets, legs);
    expect([...payouts.keys()]).toEqual([...won, 4]);
    expect(refunds === 'all' ? refunds : [...refunds.keys()]).toEqual(back);
  });

  test('and its substitute, ticked too, are two combinations', () => {
    const price = priceOf(rules('favourite'), [formula('1,9/1/1', 1_00)], legs);
    expect(price.dividends[0]?.winningStakes).toBe(2_00);
  });

  test('is given back where not one of the favourites runs', () => {
    const nobody = outcomes('1/1/1', { 0: { nonRunners: runners(9), substitutes: runners(9) } });
    const price = priceOf(rules('favourite'), [none, formula('1/1/1', 1_00)], nobody);
    expect(price.refunds).toBe(1_00);
  });
});

describe('a void leg', () => {
  const dropped: LegRules = { voided: 'dropped', voidedMax: 2, surfaceChange: 'stands' };

  test('is won by every runner', () => {
    const tickets = [formula('1,2/1/1/1/1', 1_00), formula('1/2/1/1/1', 8_00)];
    const { price, payouts } = pricing(big5, tickets, outcomes('*/1/1/1/1'));
    expect(paying(price)).toEqual({ '*/1/1/1/1': 360 });
    expect([...payouts]).toEqual([[0, 7_20]]);
  });

  test('has no non-runners where everybody wins it: nobody was asked to run', () => {
    const legs = outcomes('*/1/1/1/1', { 0: { nonRunners: runners(2) } });
    expect(priceOf(big5, [formula(loser, 1_00)], legs)).toMatchObject({
      refunds: 0,
      verdict: 'won',
    });
  });

  test('that is left out asks for one right leg less', () => {
    const two = separateTiers([
      { id: '5', match: { kind: 'legs', right: 5 }, parts: 1 },
      { id: '4', match: { kind: 'legs', right: 4 }, parts: 1 },
    ]);
    const rules = multiLegRules({ ...free, legs: dropped, stages: [two] });
    const tickets = [formula('7/1/1/1/1', 1_00), formula('1/2/1/1/1', 2_00)];
    const price = priceOf(rules, tickets, outcomes('*/1/1/1/1'));
    expect(payingTiers(price)).toEqual({ 5: 150, 4: 70 });
  });

  test('of a line is told as any runner', () => {
    const rules = multiLegRules({
      ...free,
      stages: [stage({ kind: 'legs', right: 5 }, { reserve: 'stake' })],
    });
    const price = priceOf(rules, [formula(winner, 1_00)], outcomes('1/*/1+2/1/1'));
    expect(Object.keys(paying(price))).toEqual(['1/*/1/1/1']);
  });

  test('more than the rules allow gives everything back and leaves the carry-over', () => {
    const ticket = formula('1,2/1/1/1/1', 1_00);
    const sale = { money: { guarantee: 20_000_00, carriedNet: 5_00, carriedGross: 6_00 } };
    const { price, payouts, refunds } = pricing(big5, [ticket], outcomes('*/*/1/1/1'), sale);
    expect(price).toMatchObject({
      ...{ gross: 0, takeout: 0, refunds: 2_00, verdict: 'refunded' },
      ...{ broughtIn: 11_00, carried: { net: 5_00, gross: 6_00, reserve: 0 } },
    });
    expect([payouts.size, refunds]).toEqual([0, 'all']);
  });

  test('too many for a tier to need any leg leave that tier to nobody', () => {
    const one = stage({ kind: 'legs', right: 2 }, { reserve: 'none', per: 'stake' });
    const rules = multiLegRules({ legs: dropped, stages: [one] }, { legs: 3 });
    const price = priceOf(rules, [formula('5/5/5', 1_00)], outcomes('*/*/1'));
    expect(price).toMatchObject({ verdict: 'refunded', refunds: 1_00 });
  });
});

describe('a leg on another surface', () => {
  const tickets = [formula('2/1/1', 1_00), formula('1/2/1', 1_00), formula('1/1/1', 1_00)];
  const moved = { surfaceChanged: true };

  test.each([
    { surfaceChange: 'stands', won: [2] },
    { surfaceChange: 'all-win', won: [0, 1, 2] },
    { surfaceChange: 'all-win-after-first', won: [1, 2] },
  ] as const)('$surfaceChange: won by $won', ({ surfaceChange, won }) => {
    const rules = multiLegRules(
      { legs: { voided: 'all-win', voidedMax: 1, surfaceChange } },
      { legs: 3 },
    );
    const { payouts } = pricing(rules, tickets, outcomes('1/1/1', { 0: moved, 1: moved }));
    expect([...payouts.keys()]).toEqual(won);
  });

  test('is void where the rules say so, and counts against what they allow', () => {
    const voided: LegRules = { voided: 'all-win', voidedMax: 1, surfaceChange: 'void' };
    const rules = multiLegRules({ legs: voided }, { legs: 3 });
    const one = pricing(rules, tickets, outcomes('1/1/1', { 0: moved }));
    expect([...one.payouts.keys()]).toEqual([0, 2]);
    const two = pricing(rules, tickets, outcomes('1/1/1', { 0: moved, 1: moved }));
    expect(two.price.verdict).toBe('refunded');
  });
});

describe('a dead heat in a leg', () => {
  test('pays dead-heaters one dividend: 13,627.00 on both, as PMU on 30 August 2026', () => {
    const tickets = [
      formula('4/4/1/2/1', 75),
      formula('11/4/1/2/1', 25),
      formula(loser, 18_926_00),
    ];
    const price = priceOf(big5, tickets, outcomes('4+11/4/1/2/1'));
    expect(paying(price)).toEqual({ '4+11/4/1/2/1': 13_627_40 });
    expect(price.dividends[0]?.winningStakes).toBe(1_00);
  });

  test('of a pick 3 splits the profit (Michigan)', () => {
    const rules: RuleSet = { ...known('pick-3-america@1'), ...free };
    const tickets = [formula('1/1/1', 10_00), formula('2/1/1', 40_00)];
    const price = priceOf(rules, tickets, outcomes('1+2/1/1'), { lump: [lost(50_00)] });
    // Profit 50.00: 25.00 on 10.00 and 25.00 on 40.00.
    expect(paying(price)).toEqual({ '1/1/1': 350, '2/1/1': 160 });
  });
});

describe('a pick 6', () => {
  const six = '1/1/1/1/1/1';
  const five = '2/1/1/1/1/1';
  const four = '2/2/1/1/1/1';
  const legs = outcomes(six);
  const sale = { lump: [lost(90_00)], money: { carriedNet: 100_00 } };
  const priced = (method: string, tickets: readonly PricedTicket[], more = {}) =>
    priceOf({ ...known(`pick-6-${method}-america@1`), ...free }, tickets, legs, {
      ...sale,
      ...more,
    });
  const mandatory = { money: { carriedNet: 100_00, mandatory: true } };

  test('by method 1 pays a part to the most correct, and carries the rest with the carry-over', () => {
    const all = priced('method-1', [formula(six, 10_00)]);
    expect(payingTiers(all)).toEqual({ 6: 2_000 });
    const next = priced('method-1', [formula(five, 10_00)]);
    expect(payingTiers(next)).toEqual({ 5: 250 });
    expect(next.carried.net).toBe(175_00);
    const last = priced('method-1', [formula('2/2/2/2/2/1', 10_00)]);
    expect(payingTiers(last)).toEqual({ 1: 250 });
  });

  test('by method 2 carries the major share and pays the minor one to five right', () => {
    const both = priced('method-2', [formula(six, 5_00), formula(five, 5_00)]);
    expect(payingTiers(both)).toEqual({ 6: 3_500, 5: 500 });
    const minor = priced('method-2', [formula(five, 10_00)]);
    expect(payingTiers(minor)).toEqual({ 5: 250 });
    expect(minor.carried.net).toBe(175_00);
    const four5 = priced('method-2', [formula(four, 10_00)]);
    expect(payingTiers(four5)).toEqual({ 4: 250 });
    expect(four5.carried.net).toBe(175_00);
  });

  test('by method 2 without a five right pays all of it to six', () => {
    expect(payingTiers(priced('method-2', [formula(six, 10_00)]))).toEqual({ 6: 2_000 });
  });

  test('by method 3 carries nothing', () => {
    const none = { money: { carriedNet: 0 } };
    expect(payingTiers(priced('method-3', [formula(four, 10_00)], none))).toEqual({ 4: 1_000 });
    const nobody = priced('method-3', [formula('2/2/2/2/2/2', 10_00)], none);
    expect(nobody).toMatchObject({ verdict: 'refunded', refunds: 100_00 });
  });

  test.each(['method-1', 'method-2'])(
    'on a mandatory day by %s leaves nothing where anybody is right',
    (method) => {
      const price = priced(method, [formula(four, 10_00)], mandatory);
      expect(payingTiers(price)).toEqual({ 4: 2_000 });
      expect(price.carriedOut).toBe(0);
    },
  );

  test('on a mandatory day is still carried where nobody has any leg', () => {
    const price = priced('method-2', [formula('2/2/2/2/2/2', 10_00)], mandatory);
    expect(price).toMatchObject({ verdict: 'not-won', carriedOut: 200_00 });
  });

  test('pays its jackpot to a unique ticket with all of the carry-over', () => {
    const price = priced('jackpot', [formula(six, 20)], { lump: [lost(99_80)] });
    expect(payingTiers(price)).toEqual({ 6: 100_000 });
    expect(price.carriedOut).toBe(0);
  });

  test.each([
    { held: [formula(six, 20), formula(six, 20)], what: 'two units' },
    { held: [formula(six, 40)], what: 'one ticket of two units' },
  ])('keeps its jackpot from $what, which share the day’s part', ({ held }) => {
    const price = priced('jackpot', held, { lump: [lost(99_60)] });
    expect(payingTiers(price)).toEqual({ 6: 75_00_00 / 40 });
    expect(price.carried.net).toBe(125_00);
  });

  test('gives up its jackpot on a mandatory day however many have six', () => {
    const sold = [formula(six, 20), formula(six, 20)];
    const price = priced('jackpot', sold, { lump: [lost(99_60)], ...mandatory });
    expect(payingTiers(price)).toEqual({ 6: 200_00_00 / 40 });
  });

  test('carries the jackpot’s part where only five are right', () => {
    const price = priced('jackpot', [formula(five, 10_00)]);
    expect(payingTiers(price)).toEqual({ 5: 750 });
    expect(price.carried.net).toBe(125_00);
  });
});

describe('legs won by more than the winner', () => {
  test('a Hong Kong double has a consolation for the winner and the second', () => {
    const rules: RuleSet = { ...known('double-hkjc@1'), ...free };
    const legs = outcomes('5 2/1 7+8');
    const tickets = [formula('5/1', 10_00), formula('5/7,8', 10_00), formula('2/1', 70_00)];
    // 85 % and 15 % of 200.00: both of the dead heat for second are second.
    const price = priceOf(rules, tickets, legs, { lump: [lost(100_00)] });
    expect(payingTiers(price)).toEqual({ double: 1_700, consolation: 150 });
  });

  test('six up pays first or second in every leg, and six winners on top of it', () => {
    const rules: RuleSet = { ...known('six-up-hkjc@1'), ...free };
    const legs = outcomes('1 2/1 2/1 2/1 2/1 2/1 2');
    const tickets = [formula('1/1/1/1/1/1', 10_00), formula('2/2/2/2/2/2', 10_00)];
    const price = priceOf(rules, tickets, legs, { lump: [lost(80_00)] });
    expect(payingTiers(price)).toEqual({ 'six-win': 750, 'six-up': 250 });
  });

  test('a placepot asks of each leg as many places as its starters have', () => {
    const rules: RuleSet = { ...known('placepot-uk@1'), ...free };
    const legs = outcomes('1 2 3/1 2 3/1 2 3/1 2 3/1 2 3/1 2 3', {
      0: { starters: 8 },
      1: { starters: 7 },
      2: { starters: 4 },
    });
    const won = formula('3/2/1/3/3/3', 1_00);
    const { payouts } = pricing(
      rules,
      [won, formula('3/3/1/3/3/3', 1_00), formula('3/2/2/3/3/3', 1_00)],
      legs,
    );
    expect([...payouts.keys()]).toEqual([0]);
  });
});

describe('a pool over several races', () => {
  test('is not won where nobody arrived in a leg that was run', () => {
    const legs = outcomes('1/1/1/1/1', { 0: { winners: [], order: [] } });
    expect(priceOf(big5, [formula(winner, 1_00)], legs)).toMatchObject({
      verdict: 'not-won',
      carriedOut: 72,
    });
  });

  test('carries whole cents out: the parts of a cent of takeout and net are breakage', () => {
    const price = priceOf(big5, [formula(loser, 101)], first);
    expect(price).toMatchObject({ takeout: 28, carriedOut: 72, breakage: 1 });
  });

  test('refuses another number of legs than its rules have', () => {
    expect(() => priceOf(big5, [], outcomes('1/1'))).toThrow('2 legs for rule set test@1');
    expect(() => priceOf(big5, [formula('1/1', 1)], first)).toThrow(
      'ticket of 2 legs in a pool of 5',
    );
  });
});

describe('an entry in a leg', () => {
  const coupled = multiLegRules({ ...free, coupled: 'one-interest' });
  const [leg1, ...others] = first;
  const withEntry = (leg: Partial<LegOutcome>): LegOutcome[] => [
    {
      ...(leg1 ?? { winners: [], nonRunners: [], voided: false }),
      entries: [runners(1, 3)],
      ...leg,
    },
    ...others,
  ];
  const tickets = [formula(winner, 1_00), formula('3/1/1/1/1', 1_00), formula(loser, 2_00)];

  test('wins for whoever named either of its runners', () => {
    expect(paying(priceOf(coupled, tickets, withEntry({})))).toEqual({ '1/1/1/1/1': 200 });
    const separate = { ...coupled, coupled: 'separate' as const };
    expect(paying(priceOf(separate, tickets, withEntry({})))).toEqual({ '1/1/1/1/1': 400 });
  });

  test('stands as long as one of its runners runs', () => {
    const half = withEntry({ winners: runners(3), order: [runners(3)], nonRunners: runners(1) });
    expect(priceOf(coupled, tickets, half)).toMatchObject({ refunds: 0, payout: 4_00 });
    const none = withEntry({ winners: runners(2), order: [runners(2)], nonRunners: runners(1, 3) });
    expect(priceOf(coupled, tickets, none)).toMatchObject({ refunds: 2_00, payout: 2_00 });
  });
});
