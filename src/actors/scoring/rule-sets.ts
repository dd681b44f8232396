/** The scoring rule sets that every tournament can be created with, and the one of before there were any. */
import type { ScoringRuleSet } from './rule-set.ts';

/** One lucky outsider must not decide a tournament: what a bet can be worth at most. */
export const BET_POINTS_MAX = 10_000;

const BEST_OF = [1, 3, 5, 10, 20] as const;
/** What a win is worth 100 points at, and three times as much 200: 10.00. */
const UNIT_CENTS = 1_000;
const PLACE_POINTS = [25, 18, 15, 12, 10, 8, 6, 4, 2, 1];

const order = { ties: ['reached', 'diversity'], reachedBy: 'game', draw: true } as const;

/** Best bets by their return: `return-percent-best-10@1` of 10. */
export function returnPercent(bestOf: number): ScoringRuleSet {
  return {
    id: `return-percent-best-${bestOf}@1`,
    points: { kind: 'return-percent' },
    caps: { event: BET_POINTS_MAX },
    best: { of: bestOf, by: 'sum' },
    ...order,
  };
}

/** As every tournament was scored whose log does not say: the races in the order in which they came. */
export function firstRules(id: string, bestOf: number): ScoringRuleSet {
  return { ...returnPercent(bestOf), id, ties: ['reached'] };
}

/** By id. */
export function allScoringRuleSets(): readonly ScoringRuleSet[] {
  const sets = BEST_OF.flatMap((of): ScoringRuleSet[] => [
    returnPercent(of),
    {
      id: `multiplier-best-${of}@1`,
      points: { kind: 'multiplier' },
      best: { of, by: 'sum' },
      ...order,
    },
    {
      id: `multiplier-median-${of}@1`,
      points: { kind: 'multiplier' },
      best: { of, by: 'median' },
      ...order,
    },
    {
      id: `win-curve-best-${of}@1`,
      points: { kind: 'win-curve', unit: UNIT_CENTS },
      best: { of, by: 'sum' },
      ...order,
    },
    {
      id: `places-best-${of}@1`,
      points: { kind: 'places', points: PLACE_POINTS },
      best: { of, by: 'sum' },
      ...order,
    },
  ]);
  return sets.sort((a, b) => (a.id < b.id ? -1 : 1));
}
