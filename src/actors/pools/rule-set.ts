/**
 * Rule sets: how a pool takes stakes and pays, as data. A pool keeps the whole rule set that it
 * was declared with, so a later version changes nothing that was sold under an earlier one.
 */

/** A fraction of the gross, in basis points: 1,750 is 17.5 %. */
type BasisPoints = number;

export interface RuleSet {
  /** `name@version`; the content of one id never changes. */
  readonly id: string;
  readonly betType: BetType;
  readonly takeout: BasisPoints;
  readonly priceMethod: PriceMethod;
  /** Dividends for 1 staked are rounded to a multiple of this many hundredths. */
  readonly breakHundredths: number;
  /** Absent is `down`. Half a break is rounded up by `nearest`. */
  readonly rounding?: Rounding;
  /** No dividend is below this many hundredths; the operator pays what the pool lacks. */
  readonly minimumHundredths: number;
  readonly stake: {
    readonly minimumCents: number;
    /** A stake per combination is a multiple of this. */
    readonly unitCents: number;
    readonly maximumCents: number;
  };
  /** Combinations of one ticket; more are refused. */
  readonly combinationsMax: number;
  /** Of a pool on one race: what becomes of it where no stake is on a winner. Absent is `refund`. */
  readonly nobodyWins?: 'refund';
  /** Of a `place` pool: how many places pay from how many starters, most starters first. */
  readonly places: readonly { readonly startersMin: number; readonly places: number }[];
  /** Of a `multi-leg` pool. */
  readonly multiLeg?: MultiLegRules;
}

export type BetType = 'win' | 'place' | 'multi-leg';

export type Rounding = 'down' | 'nearest';

/**
 * `profit-split`: each winning stake is first given back, the rest of the net pool is shared in
 * equal parts, one per winner (win dead heat, place) — PMU, North America.
 * `equal-split`: the whole net pool is shared in equal parts, one per winner — Hong Kong, UK.
 * A multi-leg pool has one dividend over all winning stakes, under either name.
 */
export type PriceMethod = 'profit-split' | 'equal-split';

export interface MultiLegRules {
  readonly legs: number;
  /** Combinations with a non-runner are given back; the others go on. */
  readonly nonRunner: 'refund';
  /** Up to so many void legs count as won by every runner; more give the whole pool back. */
  readonly voidLegsAllWin: number;
  /** Who keeps an unwon pool. */
  readonly unwon: 'to-reserve';
}
