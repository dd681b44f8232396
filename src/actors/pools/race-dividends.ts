/**
 * The dividends of a pool on one race: the net pool shared among the backed winners.
 *
 * Invariant: before rounding the winners get the net pool, neither more nor less.
 */
import { unreachable } from '../../runtime/actor.ts';
import { add, compare, divide, type Fraction, fraction, multiply, subtract } from '../fraction.ts';
import { type RunnerNumber, sumOf } from '../units.ts';
import { dividendOf } from './dividend.ts';
import { backedWinners, type PaidPlace } from './places.ts';
import type { PricedDividend } from './price.ts';
import type { RuleSet } from './rule-set.ts';

interface ToShare {
  readonly net: Fraction;
  readonly paid: readonly PaidPlace[];
  readonly stakesByRunner: ReadonlyMap<RunnerNumber, number>;
}

/** One for each backed winner, in the order of arrival; none where nobody has a winner. */
export function raceDividends(
  ruleSet: RuleSet,
  { net, paid, stakesByRunner }: ToShare,
): PricedDividend[] {
  const winners = backedWinners(paid, stakesByRunner);
  const winningStakes = fraction(sumOf(winners.map(({ stakes }) => stakes)));
  return winners.map(({ runner, stakes, share }) => {
    const forOne = (money: Fraction) => divide(multiply(money, share), fraction(stakes));
    const exact = exactPrice(ruleSet, { net, winningStakes, forOne });
    return dividendOf(ruleSet, { outcome: String(runner), exact, winningStakes: stakes });
  });
}

interface Sharing {
  readonly net: Fraction;
  /** On all backed winners. */
  readonly winningStakes: Fraction;
  /** The winner's share of `money`, for 1 staked on it. */
  readonly forOne: (money: Fraction) => Fraction;
}

/**
 * Profit split: Oklahoma 325:65-9-4, Florida 75-7.002, Ohio 3769-13-16. Where the net pool does
 * not even give back the winning stakes there is no profit to split: all winners have one price
 * and the minimum takes over. Equal split: Hong Kong, UK.
 */
function exactPrice(ruleSet: RuleSet, { net, winningStakes, forOne }: Sharing): Fraction {
  switch (ruleSet.priceMethod) {
    case 'equal-split':
      return forOne(net);
    case 'profit-split':
      if (compare(net, winningStakes) < 0) return divide(net, winningStakes);
      return add(fraction(1), forOne(subtract(net, winningStakes)));
    default:
      return unreachable(ruleSet.priceMethod);
  }
}
