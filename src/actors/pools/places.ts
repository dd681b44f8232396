/** How much of the order of arrival a rule set needs to be told. */
import { placesOf } from './arrival.ts';
import type { RuleSet } from './rule-set.ts';

/**
 * Places that any of its stages names, since nobody knows before the pricing which one pays; 0 where
 * too few start for the bet to stand.
 */
export function placesNeededBy(ruleSet: RuleSet, starters: number): number {
  if (ruleSet.bet.kind === 'legs') return Math.min(placesNeededInLegs(ruleSet), starters);
  let needed = 0;
  for (const { match } of ruleSet.stages.flatMap(({ tiers }) => tiers)) {
    if (match.kind === 'among') needed = Math.max(needed, placesOf(match.first, starters));
    if (match.kind === 'at') needed = Math.max(needed, ...match.positions);
  }
  return Math.min(needed, starters);
}

/** Of each leg of a bet over several races, in any of its stages. */
export function placesNeededInLegs({ stages }: RuleSet): number {
  let needed = 1;
  for (const { tiers } of stages) {
    for (const { match } of tiers) {
      if (match.kind !== 'legs') continue;
      const { finish = 1, exactly = [] } = match;
      const places = typeof finish === 'number' ? [finish] : finish.map((it) => it.places);
      needed = Math.max(needed, ...places, ...exactly);
    }
  }
  return needed;
}
