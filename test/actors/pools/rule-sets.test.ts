import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../../src/actors/pools/catalogue.ts';
import { ruleSetById, validateRuleSet } from '../../../src/actors/pools/rule-sets.ts';
import { multiLegRules, placeRules, ruleSet } from './given.ts';

describe('the catalogue', () => {
  test('finds each rule set by its id and nothing by another', () => {
    for (const known of CATALOGUE) expect(ruleSetById(known.id)).toBe(known);
    expect(new Set(CATALOGUE.map(({ id }) => id)).size).toBe(CATALOGUE.length);
    expect(ruleSetById('simple-gagnant-pmu@2')).toBeUndefined();
    expect(ruleSetById('toString')).toBeUndefined();
  });

  test.each(CATALOGUE.map((known) => [known.id, known] as const))(
    'reads %s back from JSON as it was',
    (_id, known) => {
      expect(validateRuleSet(JSON.parse(JSON.stringify(known)))).toEqual(known);
    },
  );
});

describe('a rule set read from JSON', () => {
  const win = ruleSet({ rounding: 'nearest', nobodyWins: 'refund' });
  const place = placeRules(2, {
    places: [
      { startersMin: 8, places: 3 },
      { startersMin: 4, places: 2 },
    ],
  });
  const multiLeg = multiLegRules();

  test.each([win, place, multiLeg])('passes as it is: $betType', (known) => {
    expect(validateRuleSet(JSON.parse(JSON.stringify(known)))).toEqual(known);
  });

  test('takes both bounds of the takeout', () => {
    expect(validateRuleSet({ ...win, takeout: 0 }).takeout).toBe(0);
    expect(validateRuleSet({ ...win, takeout: 10_000 }).takeout).toBe(10_000);
  });

  test.each([
    ['rule set is not an object: null', null],
    ['rule set is not an object: []', []],
    ['id is not name@version: "win"', { ...win, id: 'win' }],
    ['betType is not one of win, place, multi-leg: "exacta"', { ...win, betType: 'exacta' }],
    ['takeout is not a whole number from 0 to 10000: 10001', { ...win, takeout: 10_001 }],
    ['takeout is not a whole number from 0 to 10000: -1', { ...win, takeout: -1 }],
    ['takeout is not a whole number from 0 to 10000: 0.5', { ...win, takeout: 0.5 }],
    ['takeout is not a whole number from 0 to 10000: "1560"', { ...win, takeout: '1560' }],
    ['priceMethod is not one of', { ...win, priceMethod: 'net-price' }],
    ['breakHundredths is not a whole number from 1', { ...win, breakHundredths: 0 }],
    ['minimumHundredths is not a whole number from 0', { ...win, minimumHundredths: -10 }],
    ['rounding is not one of down, nearest: "up"', { ...win, rounding: 'up' }],
    ['nobodyWins is not one of refund: "second"', { ...win, nobodyWins: 'second' }],
    ['combinationsMax is not a whole number from 1', { ...win, combinationsMax: 0 }],
    ['stake.unitCents is not a whole', { ...win, stake: { ...win.stake, unitCents: 0 } }],
    ['stake.maximumCents is not a whole', { ...win, stake: { ...win.stake, maximumCents: 99 } }],
    ['stake.minimumCents is missing', { ...win, stake: { unitCents: 1, maximumCents: 1 } }],
    ['stake.currency is not known: "EUR"', { ...win, stake: { ...win.stake, currency: 'EUR' } }],
    ['cap is not known: 1', { ...win, cap: 1 }],
    ['places is not a list', { ...win, places: {} }],
    ['places has no entry for a place pool', { ...place, places: [] }],
    ['places[0].places is not a whole', { ...place, places: [{ startersMin: 2, places: 3 }] }],
    [
      'places[1].startersMin is not a whole',
      { ...place, places: [...place.places, { startersMin: 8, places: 3 }].slice(1) },
    ],
    ['multiLeg is missing for a multi-leg pool', { ...win, betType: 'multi-leg' }],
    [
      'multiLeg.legs is not a whole number from 2 to 10: 1',
      { ...multiLeg, multiLeg: { ...multiLeg.multiLeg, legs: 1 } },
    ],
    [
      'multiLeg.voidLegsAllWin is not a whole number from 0 to 4: 5',
      { ...multiLeg, multiLeg: { ...multiLeg.multiLeg, voidLegsAllWin: 5 } },
    ],
    [
      'multiLeg.unwon is not one of to-reserve: "carry"',
      { ...multiLeg, multiLeg: { ...multiLeg.multiLeg, unwon: 'carry' } },
    ],
  ])('is refused: %s', (message, data) => {
    expect(() => validateRuleSet(data)).toThrow(message);
  });

  test('is refused without any one of its required fields, by name', () => {
    for (const name of Object.keys(ruleSet({}))) {
      const { [name]: _, ...rest } = { ...ruleSet({}) } as Record<string, unknown>;
      expect(() => validateRuleSet(rest)).toThrow(`rule set: ${name} is missing`);
    }
  });
});
