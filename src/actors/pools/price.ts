/**
 * A pool's price: what each winning unit is paid, and where every other cent goes.
 *
 * Invariant: gross + brought in = payout + takeout + breakage + carried out, to the cent.
 */
import type { RunnerNumber } from '../units.ts';

/** What was sold, as pricing sees it. Amounts are cents. */
export interface PricedTicket {
  /** One list of runners for each leg; a single-race pool has one leg. */
  readonly legs: readonly (readonly RunnerNumber[])[];
  /** Stake on each combination. */
  readonly stake: number;
}

export interface LegOutcome {
  /** All that share first place; empty where the leg is void. */
  readonly winners: readonly RunnerNumber[];
  readonly nonRunners: readonly RunnerNumber[];
  readonly voided: boolean;
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
}

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
}

export interface PricedDividend {
  /**
   * A runner's number, or the legs' winners: dead-heaters joined by `+`, legs by `/`, `*` for a
   * void leg that every runner won.
   */
  readonly outcome: string;
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
