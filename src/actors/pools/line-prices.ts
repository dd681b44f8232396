/**
 * Prices of winning lines: rounded into dividends, one for all or one for each source, and what
 * tickets earn by them.
 */
import {
  add,
  type Fraction,
  floorToMultiple,
  fraction,
  multiply,
  ZERO_FRACTION,
} from '../fraction.ts';
import { sumOf } from '../units.ts';
import { earned, payoutOf, roundedPrice, totalOf } from './dividend.ts';
import type { Judgement } from './judgement.ts';
import { lineParts } from './pots.ts';
import type { PricedDividend } from './price.ts';
import type { RuleSet, Stage } from './rule-set.ts';
import { netOfOne, takeoutRate } from './takings.ts';
import type { Tally } from './tally.ts';

export interface LineDividend extends PricedDividend {
  readonly line: number;
  /** Index of the source; -1 for all. */
  readonly number: number;
}

interface RoundedDividends {
  readonly dividends: readonly LineDividend[];
  /** Cents that a deduction on high dividends takes. */
  readonly deducted: Fraction;
  /** The lowest exact price, in hundredths, rounded down. */
  readonly lowest: number;
}

interface Priced {
  readonly judgement: Judgement;
  readonly tally: Tally;
  readonly prices: readonly (Fraction | undefined)[];
  readonly gross: number;
  readonly day: string;
}

/** @param prices By line, for 1 staked; undefined where the line is not paid. */
export function dividendsOf(
  ruleSet: RuleSet,
  stage: Stage,
  { judgement, tally, prices, gross, day }: Priced,
): RoundedDividends {
  const parts = lineParts(stage, judgement, (line) => totalOn(tally, line) > 0);
  const lost = gross - sumOf(judgement.lines.map((_, line) => totalOn(tally, line)));
  const dividends: LineDividend[] = [];
  let deducted = ZERO_FRACTION;
  let lowest = Number.POSITIVE_INFINITY;
  for (const [line, { tier, label }] of judgement.lines.entries()) {
    const base = prices[line];
    if (base === undefined) continue;
    const all = totalOn(tally, line);
    const part = multiply(fraction(lost), parts.get(line) ?? ZERO_FRACTION);
    const lineSales = add(fraction(all), part);
    for (const { source, number, price, winningStakes } of pricesBySource(ruleSet, {
      base,
      line,
      tally,
      day,
    })) {
      const rounded = roundedPrice(ruleSet, price, { winningStakes, lineSales });
      deducted = add(deducted, multiply(rounded.deducted, fraction(winningStakes)));
      lowest = Math.min(lowest, Number(floorToMultiple(multiply(rounded.exact, fraction(100)), 1)));
      const { hundredths, exact } = rounded;
      const { numerator, denominator } = exact;
      const priced = { hundredths, numerator, denominator, winningStakes };
      dividends.push({ tier, outcome: label, source, ...priced, line, number });
    }
  }
  return { dividends, deducted, lowest };
}

/** One price for all; under net pricing one for each source that has a winning stake. */
function pricesBySource(
  ruleSet: RuleSet,
  { base, line, tally, day }: { base: Fraction; line: number; tally: Tally; day: string },
): { source: string; number: number; price: Fraction; winningStakes: number }[] {
  if (ruleSet.takeoutMethod === 'common') {
    return [{ source: '', number: -1, price: base, winningStakes: totalOn(tally, line) }];
  }
  return tally.sources.flatMap(({ source, winning }, number) => {
    const winningStakes = winning[line] ?? 0;
    if (winningStakes === 0) return [];
    const price = multiply(base, netOfOne(takeoutRate(ruleSet, source, day)));
    return [{ source, number, price, winningStakes }];
  });
}

/** Cents by index of ticket. */
export function payoutsOf(tally: Tally, dividends: readonly LineDividend[]): Map<number, number> {
  const byLine = new Map(dividends.map((it) => [`${it.line} ${it.number}`, it.hundredths]));
  const bySource = dividends.some(({ number }) => number >= 0);
  const sums = new Map<number, bigint>();
  for (const { ticket, line, stakes, source } of tally.hits) {
    const hundredths = byLine.get(`${line} ${bySource ? source : -1}`) ?? 0;
    sums.set(ticket, (sums.get(ticket) ?? 0n) + earned(stakes, hundredths));
  }
  return new Map([...sums].map(([ticket, sum]) => [ticket, payoutOf(sum)]));
}

/** By line: all winning stakes, under net pricing less the takeout of their source. */
export function stakesByLine(
  ruleSet: RuleSet,
  { judgement, tally, day }: { judgement: Judgement; tally: Tally; day: string },
): Fraction[] {
  return judgement.lines.map((_, line) =>
    ruleSet.takeoutMethod === 'common'
      ? fraction(totalOn(tally, line))
      : totalOf(
          tally.sources.map(({ source, winning }) =>
            multiply(fraction(winning[line] ?? 0), netOfOne(takeoutRate(ruleSet, source, day))),
          ),
        ),
  );
}

/** Cents that all sources have on a line. */
export function totalOn({ sources }: Tally, line: number): number {
  return sumOf(sources.map(({ winning }) => winning[line] ?? 0));
}
