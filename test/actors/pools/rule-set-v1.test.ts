import { describe, expect, test } from 'vitest';
import type { LegOutcome, PricedTicket, RaceResult } from '../../../src/actors/pools/price.ts';
import { validateRuleSet } from '../../../src/actors/pools/rule-set-shape.ts';
import { upcastRuleSet } from '../../../src/actors/pools/rule-set-v1.ts';
import { allRuleSets, ruleSetById } from '../../../src/actors/pools/rule-sets.ts';
import { formula, on, outcomes, paying, pricing, result, runners } from './given.ts';

// As the first logs hold them, letter for letter.
const simple = { minimumCents: 200, unitCents: 50, maximumCents: 1_000_000 };
const hongKong = { minimumCents: 1_000, unitCents: 1_000, maximumCents: 10_000_000 };
const GAGNANT = {
  id: 'simple-gagnant-pmu@1',
  betType: 'win',
  takeout: 1_560,
  priceMethod: 'profit-split',
  breakHundredths: 10,
  minimumHundredths: 110,
  stake: simple,
  combinationsMax: 40,
  nobodyWins: 'refund',
  places: [],
};
const PLACE = {
  ...GAGNANT,
  id: 'simple-place-pmu@1',
  betType: 'place',
  minimumHundredths: 105,
  places: [
    { startersMin: 8, places: 3 },
    { startersMin: 4, places: 2 },
  ],
};
const BIG5 = {
  id: 'big5-pmu@1',
  betType: 'multi-leg',
  takeout: 2_800,
  priceMethod: 'profit-split',
  breakHundredths: 10,
  minimumHundredths: 110,
  stake: { minimumCents: 200, unitCents: 100, maximumCents: 100_000 },
  combinationsMax: 100_000,
  places: [],
  multiLeg: { legs: 5, nonRunner: 'refund', voidLegsAllWin: 1, unwon: 'to-reserve' },
};
const HK_WIN = {
  id: 'win-hkjc@1',
  betType: 'win',
  takeout: 1_750,
  priceMethod: 'equal-split',
  breakHundredths: 5,
  minimumHundredths: 100,
  stake: hongKong,
  combinationsMax: 40,
  nobodyWins: 'refund',
  places: [],
};
const HK_PLACE = {
  ...HK_WIN,
  id: 'place-hkjc@1',
  betType: 'place',
  places: [
    { startersMin: 7, places: 3 },
    { startersMin: 4, places: 2 },
  ],
};
const ALL = [GAGNANT, PLACE, BIG5, HK_WIN, HK_PLACE];

/** Whoever prices by the translation and whoever does by the catalogue must agree with the past. */
const both = (old: (typeof ALL)[number]) => {
  const known = ruleSetById(old.id);
  if (known === undefined) throw new Error(`no rule set ${old.id}`);
  return [upcastRuleSet(old), known];
};

describe('a rule set of the first version', () => {
  const four = on([1, 40_00], [2, 30_00], [3, 20_00], [4, 910_00]);

  test.each<{
    old: (typeof ALL)[number];
    ended: RaceResult | readonly LegOutcome[];
    tickets: readonly PricedTicket[];
    pays: Record<string, number>;
    sums: { takeout: number; payout: number; breakage: number; refunds: number };
  }>([
    {
      // Net 844.00; profit 804.00 over 40.00.
      ...{ old: GAGNANT, ended: result('1 2'), tickets: four, pays: { 1: 2_110 } },
      sums: { takeout: 156_00, payout: 844_00, breakage: 0, refunds: 0 },
    },
    {
      // Half of the profit of 774.00 each: 1 + 387/40 and 1 + 387/30.
      ...{ old: GAGNANT, ended: result('1+2 3'), tickets: four, pays: { 1: 1_060, 2: 1_390 } },
      sums: { takeout: 156_00, payout: 841_00, breakage: 3_00, refunds: 0 },
    },
    {
      // 1.10 where the net pool is 0.927 for 1.
      ...{ old: GAGNANT, ended: result('4'), tickets: four, pays: { 4: 110 } },
      sums: { takeout: 156_00, payout: 1_001_00, breakage: -157_00, refunds: 0 },
    },
    {
      // Net 76.00 (of 90.00, 14.04 taken): 25.96 of profit in three; runner 4 did not run.
      ...{
        old: PLACE,
        ended: result('1 2 3', { nonRunners: runners(4) }),
        tickets: four,
        pays: { 1: 105, 2: 105, 3: 105 },
      },
      sums: { takeout: 14_04, payout: 94_50, breakage: -18_54, refunds: 910_00 },
    },
    {
      // Two places of seven: profit 774.00, halves of 387.00.
      ...{
        old: PLACE,
        ended: result('1 2 3', { starters: 7 }),
        tickets: four,
        pays: { 1: 1_060, 2: 1_390 },
      },
      sums: { takeout: 156_00, payout: 841_00, breakage: 3_00, refunds: 0 },
    },
    {
      ...{
        old: PLACE,
        ended: result('1 2 3', { starters: 3 }),
        tickets: four,
        pays: {},
        sums: { takeout: 0, payout: 0, breakage: 0, refunds: 1_000_00 },
      },
    },
    {
      // Net 825.00: halves of 412.50 over 40.00 and 30.00, in steps of 0.05.
      ...{ old: HK_WIN, ended: result('1+2 3'), tickets: four, pays: { 1: 1_030, 2: 1_375 } },
      sums: { takeout: 175_00, payout: 824_50, breakage: 50, refunds: 0 },
    },
    {
      // Thirds of 275.00.
      ...{
        old: HK_PLACE,
        ended: result('1 2 4', { starters: 7 }),
        tickets: four,
        pays: { 1: 685, 2: 915, 4: 100 },
      },
      sums: { takeout: 175_00, payout: 1_458_50, breakage: -633_50, refunds: 0 },
    },
    {
      // Net 72.00 of 100.00; 3.00 back with the non-runner of a leg that was run.
      ...{
        old: BIG5,
        ended: outcomes('4+11/4/1/2/1', { 1: { nonRunners: runners(9) } }),
        tickets: [
          formula('4/4/1/2/1', 6_00),
          formula('11/4/1/2/1', 2_00),
          formula('4/9/1/2/1', 3_00),
          formula('5/4/1/2/1', 92_00),
        ],
        pays: { '4+11/4/1/2/1': 900 },
      },
      sums: { takeout: 28_00, payout: 72_00, breakage: 0, refunds: 3_00 },
    },
  ])('prices $old.id as it did: $pays', ({ old, ended, tickets, pays, sums }) => {
    for (const rules of both(old)) {
      const { price } = pricing(rules, tickets, ended);
      expect(paying(price)).toEqual(pays);
      expect(price).toMatchObject(sums);
    }
  });

  test('has its guarantee and its reserve', () => {
    for (const rules of both(BIG5)) {
      const sale = { money: { guarantee: 20_000_00 } };
      const won = [formula('1/1/1/1/1', 37_50), formula('2/1/1/1/1', 17_962_50)];
      const { price } = pricing(rules, won, outcomes('1/1/1/1/1'), sale);
      expect(price).toMatchObject({ broughtIn: 7_040_00, payout: 19_998_75, carriedOut: 0 });
      const lost = [formula('2/1/1/1/1', 18_000_00)];
      const unwon = pricing(rules, lost, outcomes('1/1/1/1/1'), sale).price;
      expect(unwon.carried).toEqual({ net: 0, gross: 0, reserve: 12_960_00 });
      expect(unwon.broughtIn).toBe(0);
    }
  });

  test.each(ALL)('$id is sound in today’s words, and keeps what it says of stakes', (old) => {
    const rules = upcastRuleSet(old);
    expect(validateRuleSet(JSON.parse(JSON.stringify(rules)))).toEqual(rules);
    const { id, stake, combinationsMax } = old;
    expect(rules).toMatchObject({ id, stake, combinationsMax });
    const [, known] = both(old);
    const { title: _, source: __, stages: ___, ...today } = known ?? rules;
    const minimum = { belowHundredths: 110, paysHundredths: old.minimumHundredths };
    expect(rules).toMatchObject(old.id === 'simple-place-pmu@1' ? { minimum: [minimum] } : today);
  });

  test('of another rounding and no minimum keeps both', () => {
    const rules = upcastRuleSet({ ...GAGNANT, rounding: 'nearest', minimumHundredths: 0 });
    expect(rules).toMatchObject({
      rounding: { method: 'nearest', toHundredths: 10 },
      minimum: [],
    });
  });
});

describe('a rule set of today', () => {
  test.each(allRuleSets())('passes through as it is: $id', (known) => {
    const json: unknown = JSON.parse(JSON.stringify(known));
    expect(upcastRuleSet(json)).toBe(json);
    expect(upcastRuleSet(json)).toEqual(known);
  });
});
