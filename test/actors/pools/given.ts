/** Pools to price, in the fewest words. Amounts are cents. */
import type { LegOutcome, PricedTicket, RaceResult } from '../../../src/actors/pools/price.ts';
import type { RuleSet } from '../../../src/actors/pools/rule-set.ts';
import { type RunnerNumber, runnerNumber } from '../../../src/actors/units.ts';

/** A win pool by profit split, dimes, no minimum; `rules` says what is different. */
export function ruleSet(rules: Partial<RuleSet>): RuleSet {
  return {
    id: 'test@1',
    betType: 'win',
    takeout: 2_000,
    priceMethod: 'profit-split',
    breakHundredths: 10,
    minimumHundredths: 0,
    stake: { minimumCents: 100, unitCents: 1, maximumCents: 1_000_000_000 },
    combinationsMax: 100_000,
    places: [],
    ...rules,
  };
}

/** `paying` places, whatever the number of starters. */
export function placeRules(paying: number, rules: Partial<RuleSet> = {}): RuleSet {
  const places = [{ startersMin: 1, places: paying }];
  return ruleSet({ betType: 'place', places, ...rules });
}

export function multiLegRules(rules: Partial<RuleSet> = {}, voidLegsAllWin = 1): RuleSet {
  const multiLeg = { legs: 5, nonRunner: 'refund', voidLegsAllWin, unwon: 'to-reserve' } as const;
  return ruleSet({ betType: 'multi-leg', multiLeg, ...rules });
}

export const runners = (...numbers: number[]): RunnerNumber[] => numbers.map(runnerNumber);

/** One ticket on each runner: `[runner, cents]`. */
export function on(...stakes: readonly (readonly [number, number])[]): PricedTicket[] {
  return stakes.map(([runner, stake]) => ({ legs: [runners(runner)], stake }));
}

/** `'1,2/3/4'`: legs by `/`. */
export function formula(legs: string, stake: number): PricedTicket {
  return { legs: legs.split('/').map((leg) => runners(...leg.split(',').map(Number))), stake };
}

/** `'2 3+4 1'`: places by a space, dead-heaters by `+`. */
export function result(order: string, more: Partial<RaceResult> = {}): RaceResult {
  return {
    order:
      order === '' ? [] : order.split(' ').map((place) => runners(...place.split('+').map(Number))),
    nonRunners: [],
    starters: 8,
    ...more,
  };
}

/** `'1+2/3/*'`: legs by `/`, dead-heaters by `+`, `*` for a void leg. */
export function outcomes(
  legs: string,
  nonRunnersByLeg: Record<number, number[]> = {},
): LegOutcome[] {
  return legs.split('/').map((leg, index) => ({
    winners: leg === '*' ? [] : runners(...leg.split('+').map(Number)),
    nonRunners: runners(...(nonRunnersByLeg[index] ?? [])),
    voided: leg === '*',
  }));
}

/** `{ '1': 340 }`: what the price pays for 1, in hundredths. */
export function paying(price: {
  dividends: readonly { outcome: string; hundredths: number }[];
}): Record<string, number> {
  return Object.fromEntries(
    price.dividends.map(({ outcome, hundredths }) => [outcome, hundredths]),
  );
}
