/**
 * What a pool has: its gross by source, the takeout of the day, the net, and what a guarantee
 * makes of it. Exact; only what is booked is rounded down to whole cents.
 */
import { add, compare, type Fraction, fraction, multiply, subtract } from '../fraction.ts';
import { cents } from '../units.ts';
import type { PoolMoney } from './price.ts';
import type { BasisPoints, RuleSet } from './rule-set.ts';

const WHOLE = 10_000;

export interface Takings {
  readonly gross: number;
  readonly takeout: Fraction;
  /** Gross, and what was carried in gross, less the takeout. */
  readonly net: Fraction;
}

/** The rate of a source on a day, `YYYY-MM-DD`. */
export function takeoutRate(
  { id, takeout }: RuleSet,
  source: string | undefined,
  day: string,
): BasisPoints {
  const inForce = takeout.filter(({ from = '' }) => from <= day);
  const own = inForce.filter((it) => it.source === source && source !== undefined);
  const rates = own.length > 0 ? own : inForce.filter((it) => it.source === undefined);
  const [latest] = [...rates].sort((a, b) => ((a.from ?? '') < (b.from ?? '') ? 1 : -1));
  if (latest === undefined) throw new RangeError(`rule set ${id} has no takeout on ${day}`);
  return latest.basisPoints;
}

/** What is left of 1 after the takeout. */
export function netOfOne(basisPoints: BasisPoints): Fraction {
  return fraction(WHOLE - basisPoints, WHOLE);
}

/** @throws RangeError where the gross is not a safe integer. */
export function takingsOf(
  ruleSet: RuleSet,
  sources: readonly { readonly source: string; readonly gross: number }[],
  { money, day }: { readonly money: Pick<PoolMoney, 'carriedGross'>; readonly day: string },
): Takings {
  let gross = 0;
  let takeout = fraction(
    money.carriedGross * (money.carriedGross > 0 ? takeoutRate(ruleSet, undefined, day) : 0),
    WHOLE,
  );
  for (const it of sources) {
    gross += it.gross;
    const rate = takeoutRate(ruleSet, it.source, day);
    takeout = add(takeout, multiply(fraction(cents(it.gross)), fraction(rate, WHOLE)));
  }
  const all = fraction(cents(gross + money.carriedGross));
  return { gross: cents(gross), takeout, net: subtract(all, takeout) };
}

/**
 * What there is to share where an announced minimum counts: at least that.
 * @param won Whether the pot that was announced has a winner.
 */
export function guaranteed(
  ruleSet: RuleSet,
  { net }: Takings,
  { guarantee, won, day }: { guarantee: number; won: boolean; day: string },
): Fraction {
  const rule = ruleSet.guarantee;
  if (rule === undefined || guarantee === 0) return net;
  if ((won ? rule.whenWon : rule.whenNotWon) === 'none') return net;
  const announced = fraction(guarantee);
  const target =
    rule.of === 'net'
      ? announced
      : multiply(announced, netOfOne(takeoutRate(ruleSet, undefined, day)));
  return compare(net, target) < 0 ? target : net;
}
