/**
 * What a pool is priced from, and its price: what each winning unit is paid, and where every
 * other cent goes.
 *
 * Invariant: gross + brought in = payout + takeout + breakage + carried out, to the cent.
 */
import type { Formula } from '../formula.ts';
import type { RunnerNumber } from '../units.ts';

/** What was sold, as pricing sees it. Amounts are cents. */
export interface PricedTicket {
  readonly formula: Formula;
  /** As the formula says: runners, bases and others, one list for each position or leg. */
  readonly legs: readonly (readonly RunnerNumber[])[];
  /** 0: the bet's only number of picks. */
  readonly picks: number;
  /** Substitutes: one for each leg, or one complement; 0 for none. */
  readonly alternates: readonly number[];
  /** Stake on each combination. */
  readonly stake: number;
  /** The channel that sold it. */
  readonly source: string;
}

/** How one leg of a bet over several races ended. */
export interface LegOutcome {
  /** All that share first place; empty where the leg is void. */
  readonly winners: readonly RunnerNumber[];
  readonly nonRunners: readonly RunnerNumber[];
  readonly voided: boolean;
  /** Where more than the winners count. */
  readonly order?: Order;
  readonly starters?: number;
  /** Who stands in for non-runners, first choice first: the favourites by money at the close. */
  readonly substitutes?: readonly RunnerNumber[];
  readonly surfaceChanged?: boolean;
  /** When that was ordered, epoch milliseconds; 0 is unknown. */
  readonly surfaceAtMs?: number;
  /** Runners that were declared as one betting interest. */
  readonly entries?: readonly (readonly RunnerNumber[])[];
  /** Not run yet: whoever is not withdrawn may still win it. Never in a final price. */
  readonly open?: boolean;
}

/** With every field, in one order, so that equal outcomes are equal as JSON too. */
export function wholeOutcome(outcome: LegOutcome): Required<LegOutcome> {
  const { winners, nonRunners, voided, order = [], starters = 0, substitutes = [] } = outcome;
  const { surfaceChanged = false, surfaceAtMs = 0, entries = [], open = false } = outcome;
  return {
    winners,
    nonRunners,
    voided,
    order,
    starters,
    substitutes,
    surfaceChanged,
    surfaceAtMs,
    entries,
    open,
  };
}

/** The order of arrival: first place first, more than one runner in a place for a dead heat. */
export type Order = readonly (readonly RunnerNumber[])[];

/** What a pool on one race is priced from. */
export interface RaceResult {
  /** Empty where nobody arrived. */
  readonly order: Order;
  readonly nonRunners: readonly RunnerNumber[];
  /** How many were declared and not scratched. */
  readonly starters: number;
  /** Runners that were declared as one entry. */
  readonly entries: readonly (readonly RunnerNumber[])[];
}

export type PoolResult =
  | { readonly kind: 'race'; readonly result: RaceResult }
  | { readonly kind: 'legs'; readonly legs: readonly LegOutcome[] }
  /** Called off: every stake goes back. */
  | { readonly kind: 'void' };

/** Money from outside the pool, and what was announced. Cents. */
export interface PoolMoney {
  /** An announced minimum; 0 for none. */
  readonly guarantee: number;
  /** A carry-over that the takeout was taken from when it was bet. */
  readonly carriedNet: number;
  /** A carry-over that it was not taken from. */
  readonly carriedGross: number;
  /** The day on which everything is paid out: nothing is carried while anybody is right. */
  readonly mandatory: boolean;
  /** Roundings of the same race, where they fund a minimum first. */
  readonly roundings: number;
}

export const NO_MONEY: PoolMoney = {
  guarantee: 0,
  carriedNet: 0,
  carriedGross: 0,
  mandatory: false,
  roundings: 0,
};

export interface PoolPrice {
  readonly gross: number;
  readonly broughtIn: number;
  readonly takeout: number;
  readonly payout: number;
  /** Roundings kept; negative where a minimum dividend cost more than the pool had. */
  readonly breakage: number;
  readonly carriedOut: number;
  /** Given back, not part of `gross`. */
  readonly refunds: number;
  readonly dividends: readonly PricedDividend[];
  readonly verdict: 'won' | 'not-won' | 'refunded';
  /** Of the rule set, from 0: which of its stages paid; 0 where nobody won. */
  readonly stage: number;
  readonly sources: readonly PricedSource[];
  /** What `broughtIn` is made of. */
  readonly brought: { readonly carryOver: number; readonly topUp: number };
  /** What `carriedOut` is made of. */
  readonly carried: { readonly net: number; readonly gross: number; readonly reserve: number };
  /** Who paid what the pool lacked. `deduction` is not in `takeout` any more. */
  readonly shortfall: {
    readonly roundings: number;
    readonly deduction: number;
    readonly operator: number;
  };
}

export interface PricedSource {
  readonly source: string;
  readonly gross: number;
  readonly refunds: number;
  readonly takeoutBasisPoints: number;
}

export interface PricedDividend {
  /** The rule set's tier. */
  readonly tier: string;
  /**
   * The line: runners joined by `-`, `NP` for a non-runner, `*` for any. Over legs: the winners of
   * each, dead-heaters joined by `+`, legs by `/`, `*` for a leg that every runner won.
   */
  readonly outcome: string;
  /** Under net pricing, whose tickets; empty for all. */
  readonly source: string;
  /** For 1 staked, in hundredths, after rounding. */
  readonly hundredths: number;
  /** The exact fraction before rounding, in lowest terms. */
  readonly numerator: bigint;
  readonly denominator: bigint;
  /** Cents. */
  readonly winningStakes: number;
}

/** What one ticket gets, cents. */
export interface Payment {
  readonly payout: number;
  readonly refund: number;
}
