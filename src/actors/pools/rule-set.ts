/**
 * Rule sets: how a pool takes stakes and pays, as data. A pool keeps the whole rule set that it
 * was declared with, so a later version changes nothing that was sold under an earlier one.
 *
 * A price is made in four steps, and a rule set names what happens in each:
 *
 *   tiers     what can win: 'ordre', 'désordre', 'bonus 4 of 5', '1 non-runner'
 *   reserve   what every winning stake is given before anything is shared
 *   pots      how the rest is shared: who shares a part, by stake, by line or by runner
 *   rounding  once, then the minimum, and who funds what it costs
 *
 * docs/RULES.md is the guide; rule-set-shape.ts judges one that comes in.
 */
import type { Combination, Formula } from '../formula.ts';

/** A fraction of the gross: 1,750 is 17.5 %. */
export type BasisPoints = number;

export interface RuleSet {
  /** `name@version`; the content of one id never changes. */
  readonly id: string;
  readonly title: string;
  /** Where the rule is written, or that it is configuration. */
  readonly source: string;
  /** First and last day, `YYYY-MM-DD`, of the races that it may be declared for. */
  readonly from?: string;
  readonly until?: string;
  readonly bet: Bet;
  readonly stake: StakeRules;
  readonly formulas: readonly Formula[];
  /** Combinations of one ticket; more are refused. */
  readonly combinationsMax: number;
  /** Who may sell it, and how. Absent: every channel, and no ticket is cancelled. */
  readonly channels?: readonly ChannelRule[];
  readonly takeout: readonly TakeoutRate[];
  /**
   * `common`: one price for all sources. `net-price`: each source's stakes count net of its own
   * takeout, and so does its price (Oklahoma 325:65-9-1).
   */
  readonly takeoutMethod: 'common' | 'net-price';
  /** `one-interest`: runners declared as an entry are one; `separate`: each counts for itself. */
  readonly coupled: 'separate' | 'one-interest';
  readonly nonRunner: NonRunnerRule;
  /** Of a bet over several races. */
  readonly legs?: LegRules;
  /**
   * In order of precedence: the first stage in which anything is backed is the one that pays
   * ("if nobody has the winner, the second ...").
   */
  readonly stages: readonly Stage[];
  /** When no stage has a winning stake. */
  readonly nobodyWins: 'refund' | 'carry-net' | 'carry-gross' | 'reserve';
  readonly rounding: Rounding;
  /** Steps from the lowest price up: the first that the exact price is below decides. */
  readonly minimum: readonly MinimumStep[];
  /** Who funds a minimum, in turn; what nobody named funds is the operator's loss. */
  readonly shortfall: readonly ('roundings' | 'deduction' | 'operator')[];
  /** The whole pool is given back where the exact price of any line is below this. */
  readonly refundBelowHundredths?: number;
  /** Takes part of what a dividend has above a threshold, per 1 staked; goes to the takeout. */
  readonly highDeduction?: { readonly aboveHundredths: number; readonly basisPoints: BasisPoints };
  readonly guarantee?: GuaranteeRule;
  /**
   * Winning stakes of less than one unit win their part of the pool; the rest of the gross is
   * carried, nothing deducted (UK).
   */
  readonly partWon?: { readonly unitCents: number };
  /** The account of the house that carry-overs and reserves of this family of bets are kept in. */
  readonly fund: string;
  /** What a changed result does to prices after the official. Absent is `reprice`. */
  readonly afterOfficial?: 'reprice' | 'stands';
}

/** What one combination of the bet is. */
export type Bet =
  | {
      readonly kind: 'runners';
      /** How many runners; several where the player chooses (Multi en 4, 5, 6 or 7). */
      readonly picks: readonly number[];
      readonly ordered: boolean;
    }
  | { readonly kind: 'legs'; readonly legs: number };

/** What one combination of a ticket is. @param picks 0 for the bet's only number. */
export function unitOf(bet: Bet, picks: number): Combination {
  if (bet.kind === 'legs') return bet;
  return { kind: 'runners', picks: picks || (bet.picks[0] ?? 1), ordered: bet.ordered };
}

export interface StakeRules {
  readonly minimumCents: number;
  /** A stake per combination is a multiple of this. */
  readonly unitCents: number;
  readonly maximumCents: number;
  /** Percentages of the stake that a ticket may be sold at; absent: 100 only. */
  readonly flexi?: readonly number[];
  /** What the whole ticket must cost at least. */
  readonly ticketMinimumCents?: number;
}

export interface ChannelRule {
  readonly channel: string;
  /** A ticket may be cancelled this long after it was sold, and never after the close. */
  readonly cancelSeconds?: number;
  /** Winnings wait so many days for whoever holds the ticket. Absent: paid into the account. */
  readonly claimDays?: number;
}

/** The rate of a source, or of all that have none of their own; the latest `from` that is past. */
export interface TakeoutRate {
  readonly basisPoints: BasisPoints;
  readonly source?: string;
  readonly from?: string;
}

/**
 * What becomes of a combination with a non-runner that no tier names: it is given back, or the
 * favourite takes its place; `alternate`: the player's own substitute does, else it is given back.
 */
export type NonRunnerRule = 'refund' | 'favourite' | 'alternate' | 'alternate-then-favourite';

export interface LegRules {
  /** A void leg: every runner wins it, or it is left out and one less is needed. */
  readonly voided: 'all-win' | 'dropped';
  /** With more void legs than this the whole pool is given back. */
  readonly voidedMax: number;
  /** A leg moved to another surface after the sale has closed. */
  readonly surfaceChange: 'stands' | 'all-win' | 'all-win-after-first' | 'void';
}

export interface Stage {
  /** In order of precedence: a combination is in the first tier that it fits. */
  readonly tiers: readonly Tier[];
  /**
   * What each winning stake has before anything is shared: `stake`, itself (profit split);
   * `net-stake`, itself less the takeout (Japan); `none`.
   */
  readonly reserve: 'none' | 'stake' | 'net-stake';
  readonly pots: readonly Pot[];
  /** Parts that no pot has: carried, or kept in the reserve. */
  readonly remainder?: { readonly parts: number; readonly to: 'carry-net' | 'reserve' };
  /** The amount of each pot is rounded to the nearest multiple of this many cents. */
  readonly potsRoundedToCents?: number;
}

export interface Tier {
  readonly id: string;
  readonly match: Match;
}

/** A number of places, or how many from how many starters, most starters first. */
export type Places = number | readonly { readonly startersMin: number; readonly places: number }[];

export type Match =
  /** `right` of the picks are among the `first` to arrive, in any order. */
  | {
      readonly kind: 'among';
      readonly first: Places;
      readonly right: number;
      /** Of a combination with exactly so many non-runners; absent: with none. */
      readonly nonRunners?: number;
      /** Of a bet with a choice of picks: this many only. */
      readonly picks?: number;
    }
  /** The picks at these positions, from 1, arrived there. */
  | { readonly kind: 'at'; readonly positions: readonly number[] }
  /** In `right` of the legs the runner finished among the first `finish`; absent: won. */
  | {
      readonly kind: 'legs';
      readonly right: number;
      readonly finish?: Places;
      /** A place for each leg, exactly that one: winner of the first and second of the last. */
      readonly exactly?: readonly number[];
    };

export interface Pot {
  readonly id: string;
  /**
   * Of the whole, which is the parts of all pots of the stage and of its remainder. 0: only what
   * is brought in (the Tirelire of the PMU).
   */
  readonly parts: number;
  /** Whose stakes share it. A worse tier's pot may name the better ones: it can never pay more. */
  readonly tiers: readonly string[];
  /**
   * `stake`: all stakes alike. `line`: in equal parts among the winning lines (a set of runners),
   * then by stake; a dead heat counts as each order in equal parts. `runner`: among the runners
   * that arrived, each part over all winning stakes that name the runner. Of a pot of several
   * tiers by line the first one says what places there are: the same runners in its other tiers
   * share them, and no other line does.
   */
  readonly per: 'stake' | 'line' | 'runner';
  /** What a stake of a tier counts for; absent is 1. Multi: 105, 21, 7 and 3. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Where nobody shares it: the other pots have its parts, or it is carried or kept. */
  readonly unwon: 'share' | 'carry-net' | 'reserve';
  /** Carry-overs brought in go into this pot; absent: only the first pot of the first stage. */
  readonly takesCarry?: boolean;
  /** Paid only where the winning stakes are one unit: the jackpot of a unique ticket. */
  readonly uniqueUnitCents?: number;
  /** With the reserve no price of the pot is above this; what is left is carried. */
  readonly capHundredths?: number;
  /** Not paid but carried where its price, with the reserve, would be below this. */
  readonly payFromHundredths?: number;
}

interface Rounding {
  readonly method: 'down' | 'nearest';
  /** Dividends for 1 staked are rounded to a multiple of this many hundredths. */
  readonly toHundredths: number;
}

export interface MinimumStep {
  readonly belowHundredths: number;
  readonly paysHundredths: number;
  /** Only where the line's own share of the gross pays for it (Japan's "plus 10"). */
  readonly ifWithinSales?: boolean;
}

/** What an announced minimum does: three answers, since players ask all three afterwards. */
export interface GuaranteeRule {
  /** What is announced: money to share, or a gross pool from which the takeout is still to come. */
  readonly of: 'net' | 'gross';
  readonly whenWon: 'top-up' | 'none';
  readonly whenNotWon: 'top-up' | 'none';
  /** Whether pots but the first share in the top-up. */
  readonly minorPots: 'guaranteed' | 'actual';
}
