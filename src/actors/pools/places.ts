/**
 * Who is paid in a pool on one race, and which share of the money each one's place brings.
 *
 * Invariant: the shares of all backed winners add up to exactly 1.
 */
import { type Fraction, fraction } from '../fraction.ts';
import { type RunnerNumber, sumOf } from '../units.ts';
import type { RaceResult } from './price.ts';
import type { RuleSet } from './rule-set.ts';

/** The runners that arrived together, and how many paid places they fill. */
export interface PaidPlace {
  readonly runners: readonly RunnerNumber[];
  readonly places: number;
}

interface Winner {
  readonly runner: RunnerNumber;
  readonly stakes: number;
  /** Of the profit or of the net pool, as the price method says. */
  readonly share: Fraction;
}

/** How many places pay; 0 where too few start for the bet to stand. */
export function placesPaid(ruleSet: RuleSet, starters: number): number {
  if (ruleSet.betType === 'win') return 1;
  return ruleSet.places.find((rule) => starters >= rule.startersMin)?.places ?? 0;
}

/**
 * All that share the last paid place win. A dead heat takes the places it fills: two together
 * in second of two paid places have the second's one share between them, two together in first
 * have both shares (Montana rule 43344).
 */
export function paidPlaces(ruleSet: RuleSet, result: RaceResult): PaidPlace[] {
  const paid: PaidPlace[] = [];
  let left = placesPaid(ruleSet, result.starters);
  for (const arrived of result.order) {
    if (left === 0) break;
    const runners = arrived.filter((runner) => !result.nonRunners.includes(runner));
    const places = Math.min(left, runners.length);
    if (places > 0) paid.push({ runners, places });
    left -= places;
  }
  return paid;
}

/**
 * A winner without stakes has no claim: what its place would bring goes to those it shares the
 * place with, else over the other places (Oklahoma 325:65-9-4, "among the covered ones").
 */
export function backedWinners(
  paid: readonly PaidPlace[],
  stakesByRunner: ReadonlyMap<RunnerNumber, number>,
): Winner[] {
  const backed = paid
    .map(({ runners, places }) => ({
      places,
      winners: runners
        .map((runner) => ({ runner, stakes: stakesByRunner.get(runner) ?? 0 }))
        .filter(({ stakes }) => stakes > 0),
    }))
    .filter(({ winners }) => winners.length > 0);
  const placesBacked = sumOf(backed.map(({ places }) => places));
  return backed.flatMap(({ places, winners }) =>
    winners.map((winner) => ({
      ...winner,
      share: fraction(places, placesBacked * winners.length),
    })),
  );
}
