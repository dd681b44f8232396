/**
 * What a ticket stands for: a few lists of runners and the formula that makes combinations of them.
 * Combinations are counted in closed form and only written out for who asks for each.
 *
 * Invariant: `eachCombination` visits exactly `combinationsIn` combinations, no two alike, and each
 * is a unit bet that the player could have made alone.
 *
 * What each formula says, and in which order its combinations come (earlier in a list is earlier):
 *
 *   unit              [runners]             one combination, as given
 *   combined          [runners]             every set of them; ordered bets only as ticked
 *   all-orders        [runners]             every sequence of them
 *   field             [bases, others]       all bases first, as given, and some of the others, as ticked
 *   field-all-orders  [bases, others]       the same sets, each in every order
 *   positions         [runners, …]          one list for each position, no runner twice
 *   legs              [runners, …]          one list for each leg; the last leg changes fastest
 *
 * Source: French code of pari-mutuel for combined and field bets, North American part wheels.
 */
import { unreachable } from '../runtime/actor.ts';
import { fillingsOf, sequencesOf, subsetsOf } from './formula-counts.ts';
import { eachSequence, eachSubset } from './formula-walks.ts';
import type { RunnerNumber } from './units.ts';

export const FORMULAS = [
  'unit',
  'combined',
  'all-orders',
  'field',
  'field-all-orders',
  'positions',
  'legs',
] as const;
export type Formula = (typeof FORMULAS)[number];

/** A bet type's unit bet: runners of one race, their order asked for or not, or one runner a leg. */
export type Combination =
  | { readonly kind: 'runners'; readonly picks: number; readonly ordered: boolean }
  | { readonly kind: 'legs'; readonly legs: number };

export interface Selection {
  readonly formula: Formula;
  readonly legs: readonly (readonly RunnerNumber[])[];
}

/** Lists count from 0; runners are `runners`, and should have been `fewest` to `most`. */
export type SelectionProblem =
  | { readonly reason: 'formula-not-for-bet'; readonly formula: Formula }
  | { readonly reason: 'wrong-number-of-lists'; readonly lists: number; readonly needed: number }
  | {
      readonly reason: 'wrong-number-of-runners';
      readonly list: number;
      readonly runners: number;
      readonly fewest: number;
      readonly most: number;
    }
  | { readonly reason: 'runner-twice'; readonly list: number; readonly runner: RunnerNumber }
  | { readonly reason: 'base-among-others'; readonly runner: RunnerNumber }
  /** Positions that the runners of the lists cannot fill without one running twice. */
  | { readonly reason: 'no-combination' };

/**
 * The largest bet type picks seven. Up to eight, every count over 99 runners is a safe integer
 * (99 × 98 × … × 92 < 2⁵³), and positions fit a table of 256.
 */
export const PICKS_MAX = 8;

/** Runners in a list: as many as there are saddlecloths. */
const RUNNERS_MAX = 99;

/**
 * Exact; `Infinity` beyond safe integers. 0 where there is nothing to bet on: positions that cannot
 * be filled, a formula that is not for this bet, too few runners. `selectionProblem` tells them apart.
 */
export function combinationsIn(selection: Selection, bet: Combination): number {
  const { formula, legs } = selection;
  if (!knows(bet, formula)) return 0;
  if (bet.kind === 'legs') return legs.length === bet.legs ? productOf(legs) : 0;
  const { picks } = bet;
  const [first = [], others = []] = legs;
  switch (formula) {
    case 'unit':
      return first.length === picks ? 1 : 0;
    case 'combined':
      return subsetsOf(first.length, picks);
    case 'all-orders':
      return sequencesOf(first.length, picks);
    case 'field':
      return subsetsOf(others.length, picks - first.length);
    case 'field-all-orders':
      return subsetsOf(others.length, picks - first.length) * sequencesOf(picks, picks);
    case 'positions':
      return legs.length === picks ? fillingsOf(legs) : 0;
    case 'legs':
      return 0;
    default:
      return unreachable(formula);
  }
}

/**
 * Visits each combination in the order that the head of this file states. The array is the same one
 * every time and changes after the visit: who keeps a combination copies it. Bound the work by
 * asking `combinationsIn` first.
 */
export function eachCombination(
  selection: Selection,
  bet: Combination,
  visit: (combination: readonly RunnerNumber[]) => void,
): void {
  const { formula, legs } = selection;
  // Positions that nobody can fill would be searched in full only to find that.
  if (combinationsIn(selection, bet) === 0) return;
  const [first = [], others = []] = legs;
  const picks = bet.kind === 'legs' ? bet.legs : bet.picks;
  switch (formula) {
    case 'unit':
      visit(first);
      break;
    case 'combined':
      eachSubset({ of: first, size: picks, chosen: [] }, visit);
      break;
    case 'all-orders':
      eachSequence({ lists: allOf(first, picks), repeats: false, chosen: [] }, visit);
      break;
    case 'field':
      eachSubset({ of: others, size: picks - first.length, chosen: [...first] }, visit);
      break;
    case 'field-all-orders': {
      const chosen: RunnerNumber[] = [];
      eachSubset({ of: others, size: picks - first.length, chosen: [...first] }, (set) => {
        eachSequence({ lists: allOf(set, picks), repeats: false, chosen }, visit);
      });
      break;
    }
    case 'positions':
      eachSequence({ lists: legs, repeats: false, chosen: [] }, visit);
      break;
    case 'legs':
      // A number means another horse in each leg.
      eachSequence({ lists: legs, repeats: true, chosen: [] }, visit);
      break;
    default:
      unreachable(formula);
  }
}

/** The first thing wrong with a selection; `undefined` for one that stands for something. */
export function selectionProblem(
  selection: Selection,
  bet: Combination,
): SelectionProblem | undefined {
  const { formula, legs } = selection;
  if (!knows(bet, formula)) return { reason: 'formula-not-for-bet', formula };
  const shape = shapeOf(selection, bet);
  if (legs.length !== shape.length) {
    return { reason: 'wrong-number-of-lists', lists: legs.length, needed: shape.length };
  }
  for (const [list, runners] of legs.entries()) {
    const { fewest, most } = shape[list] ?? ANY;
    if (runners.length < fewest || runners.length > most) {
      const found = runners.length;
      return { reason: 'wrong-number-of-runners', list, runners: found, fewest, most };
    }
    const runner = runners.find((it, index) => runners.indexOf(it) !== index);
    if (runner !== undefined) return { reason: 'runner-twice', list, runner };
  }
  if (formula === 'field' || formula === 'field-all-orders') {
    const [bases = [], others = []] = legs;
    const runner = bases.find((it) => others.includes(it));
    if (runner !== undefined) return { reason: 'base-among-others', runner };
  }
  return combinationsIn(selection, bet) === 0 ? { reason: 'no-combination' } : undefined;
}

interface ListSize {
  readonly fewest: number;
  readonly most: number;
}

const ANY: ListSize = { fewest: 1, most: RUNNERS_MAX };

function shapeOf({ formula, legs }: Selection, bet: Combination): readonly ListSize[] {
  if (bet.kind === 'legs') return allOf(ANY, bet.legs);
  const { picks } = bet;
  switch (formula) {
    case 'unit':
      return [{ fewest: picks, most: picks }];
    case 'combined':
    case 'all-orders':
      return [{ fewest: picks, most: RUNNERS_MAX }];
    case 'field':
    case 'field-all-orders': {
      const bases = legs[0]?.length ?? 0;
      return [
        { fewest: 1, most: picks - 1 },
        { fewest: picks - bases, most: RUNNERS_MAX },
      ];
    }
    case 'positions':
      return allOf(ANY, picks);
    case 'legs':
      return [];
    default:
      return unreachable(formula);
  }
}

/** @throws RangeError where the bet type asks for more picks than any does: a rule set that lies. */
function knows(bet: Combination, formula: Formula): boolean {
  if (bet.kind === 'legs') return formula === 'legs';
  if (bet.picks > PICKS_MAX) throw new RangeError(`more picks than ${PICKS_MAX}: ${bet.picks}`);
  switch (formula) {
    case 'unit':
    case 'combined':
      return true;
    case 'field':
      // A base and one to go with it.
      return bet.picks > 1;
    case 'field-all-orders':
      return bet.picks > 1 && bet.ordered;
    case 'all-orders':
    case 'positions':
      return bet.ordered;
    case 'legs':
      return false;
    default:
      return unreachable(formula);
  }
}

function productOf(legs: readonly (readonly RunnerNumber[])[]): number {
  let product = 1;
  for (const { length } of legs) {
    if (length === 0) return 0;
    product *= length;
  }
  return Number.isSafeInteger(product) ? product : Number.POSITIVE_INFINITY;
}

function allOf<Value>(value: Value, length: number): Value[] {
  return Array.from({ length }, () => value);
}
