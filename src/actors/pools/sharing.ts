/**
 * The money of a pool handed to its stage: the guarantee, what each winning stake has reserved,
 * and where the operator's own deduction is cut for it.
 */
import {
  add,
  compare,
  divide,
  type Fraction,
  fraction,
  multiply,
  subtract,
  ZERO_FRACTION,
} from '../fraction.ts';
import { totalOf } from './dividend.ts';
import type { Judgement } from './judgement.ts';
import { isWon, type Shares, shareOut } from './pots.ts';
import type { PoolMoney } from './price.ts';
import type { RuleSet, Stage } from './rule-set.ts';
import { guaranteed, type Takings } from './takings.ts';

export interface Sharing {
  readonly judgement: Judgement;
  /** By line, cents. */
  readonly sold: readonly number[];
  /** The same as they count: net of the takeout under net pricing, a whole unit where part-won. */
  readonly stakes: readonly Fraction[];
  /** Whether it is the rule set's first stage, which an announced minimum is for. */
  readonly first: boolean;
  readonly takings: Takings;
  readonly money: PoolMoney;
  readonly day: string;
}

interface Shared {
  readonly shares: Shares;
  /** Of the takeout, given up so that every winning stake has its reserve. */
  readonly cut: Fraction;
  /** Drawn for the guarantee. */
  readonly topUp: Fraction;
}

export function sharePool(ruleSet: RuleSet, stage: Stage, sharing: Sharing): Shared {
  const { judgement, sold, stakes, first, takings, money, day } = sharing;
  const { mandatory } = money;
  const [main] = stage.pots;
  const won = first && main !== undefined && isWon(main, { judgement, sold, mandatory });
  const target = guaranteed(ruleSet, takings, { guarantee: money.guarantee, won, day });
  const reserve = reserveOf(stage, takings, money);
  // France: what the reserves lack comes out of the operator's own deduction, as far as it goes.
  const cuts = stage.reserve === 'stake' && ruleSet.shortfall.includes('deduction');
  const lacking = cuts ? subtract(multiply(reserve, totalOf(stakes)), target) : ZERO_FRACTION;
  const cut = lacking.numerator > 0n ? smaller(lacking, takings.takeout) : ZERO_FRACTION;
  const minor = ruleSet.guarantee?.minorPots === 'actual' ? takings.net : target;
  const carry = fraction(money.carriedNet);
  const shares = shareOut(stage, {
    judgement,
    stakes,
    sold,
    reserve,
    first,
    mandatory,
    money: add(target, cut),
    minorMoney: add(minor, cut),
    carry,
  });
  const topUp = subtract(subtract(shares.shared, add(takings.net, cut)), carry);
  return { shares, cut, topUp: topUp.numerator < 0n ? ZERO_FRACTION : topUp };
}

/** What 1 of a winning stake has before anything is shared. */
function reserveOf({ reserve }: Stage, { gross, net }: Takings, money: PoolMoney): Fraction {
  const all = gross + money.carriedGross;
  if (reserve === 'none' || all === 0) return ZERO_FRACTION;
  return reserve === 'stake' ? fraction(1) : divide(net, fraction(all));
}

function smaller(a: Fraction, b: Fraction): Fraction {
  return compare(a, b) < 0 ? a : b;
}
