/** What can be asked of a race, what happens in it, and how it says no. */
import type { LegOutcome, Order } from './pools/price.ts';
import type { RuleSet } from './pools/rule-set.ts';
import type { Refusal, Ticket } from './ticket.ts';
import type { BetId, Cents, PlayerId, PoolId, RaceId, RunnerNumber } from './units.ts';

export type RacePhase =
  | 'undeclared'
  | 'declared'
  | 'open'
  | 'suspended'
  | 'closed'
  | 'provisional'
  | 'official'
  | 'paid'
  | 'void'
  | 'refunded';

export interface RunnerDeclared {
  readonly number: RunnerNumber;
  readonly name: string;
}

/** A pool of another race (or of this one) that has a race as its leg; legs count from 0. */
export interface LegOf {
  readonly race: RaceId;
  readonly pool: PoolId;
  readonly leg: number;
}

/** Who gave an order, when by the gateway's clock, and why where a reason is asked. */
interface Ordered {
  readonly by: string;
  readonly atMs: number;
}

export interface PoolDeclaration {
  readonly id: PoolId;
  readonly ruleSet: RuleSet;
  /** Of a multi-leg pool: the races of its legs, the own race first. Empty otherwise. */
  readonly legs: readonly RaceId[];
  readonly guarantee: Cents;
}

export type RaceCommand =
  | ({
      readonly kind: 'declare-race';
      readonly title: string;
      readonly offAtMs: number;
      readonly runners: readonly RunnerDeclared[];
      readonly pools: readonly PoolDeclaration[];
    } & Ordered)
  | ({ readonly kind: 'open-race' } & Ordered)
  | ({ readonly kind: 'suspend-race'; readonly why: string } & Ordered)
  | ({
      readonly kind: 'scratch-runner';
      readonly runner: RunnerNumber;
      readonly why: string;
    } & Ordered)
  | ({ readonly kind: 'close-race'; readonly why: string } & Ordered)
  | ({
      readonly kind: 'enter-result';
      readonly order: Order;
      readonly didNotFinish: readonly RunnerNumber[];
    } & Ordered)
  | ({ readonly kind: 'make-official' } & Ordered)
  | ({ readonly kind: 'void-race'; readonly why: string } & Ordered)
  /** From the player who holds the stake. */
  | { readonly kind: 'register-bet'; readonly ticket: Ticket }
  /** From a race whose pool has this one as a leg. */
  | { readonly kind: 'attach-leg'; readonly legOf: LegOf }
  /** From a leg of a pool of this race. */
  | {
      readonly kind: 'record-leg-runners';
      readonly pool: PoolId;
      readonly leg: number;
      readonly runners: readonly RunnerNumber[];
    }
  | { readonly kind: 'record-leg-closed'; readonly pool: PoolId; readonly leg: number }
  | {
      readonly kind: 'record-leg';
      readonly pool: PoolId;
      readonly leg: number;
      readonly outcome: LegOutcome;
    }
  /** From itself: settles or refunds the next tickets of a pool. */
  | { readonly kind: 'settle-next'; readonly pool: PoolId };

export type RaceEvent =
  | ({
      readonly kind: 'race-declared';
      readonly title: string;
      readonly offAtMs: number;
      readonly runners: readonly RunnerDeclared[];
      readonly pools: readonly PoolDeclared[];
      readonly legOf: readonly LegOf[];
    } & Ordered)
  | ({ readonly kind: 'race-opened' } & Ordered)
  | ({ readonly kind: 'race-suspended'; readonly why: string } & Ordered)
  | ({
      readonly kind: 'runner-scratched';
      readonly runner: RunnerNumber;
      readonly why: string;
      readonly legOf: readonly LegOf[];
      /** The runners that are left. */
      readonly runners: readonly RunnerNumber[];
      /** Pools of this race alone that hold bets on the runner. */
      readonly refunding: readonly PoolId[];
    } & Ordered)
  | ({
      readonly kind: 'race-closed';
      readonly why: string;
      readonly legOf: readonly LegOf[];
    } & Ordered)
  | {
      readonly kind: 'bet-registered';
      readonly bet: BetId;
      readonly player: PlayerId;
      readonly pool: PoolId;
      readonly legs: readonly (readonly RunnerNumber[])[];
      readonly stake: Cents;
      readonly cost: Cents;
      /** Its place in the pool, from 1. */
      readonly ticket: number;
    }
  | {
      readonly kind: 'bet-refused';
      readonly bet: BetId;
      readonly player: PlayerId;
      readonly refusal: Refusal;
    }
  | ({
      readonly kind: 'result-entered';
      readonly order: Order;
      readonly didNotFinish: readonly RunnerNumber[];
    } & Ordered)
  | ({
      readonly kind: 'race-made-official';
      readonly order: Order;
      readonly nonRunners: readonly RunnerNumber[];
      readonly legOf: readonly LegOf[];
    } & Ordered)
  | ({
      readonly kind: 'race-voided';
      readonly why: string;
      readonly legOf: readonly LegOf[];
      /** Pools of this race alone. */
      readonly refunding: readonly PoolId[];
    } & Ordered)
  | {
      readonly kind: 'leg-attached';
      readonly legOf: LegOf;
      /** The runners now; empty while the race is not declared. */
      readonly runners: readonly RunnerNumber[];
      readonly declared: boolean;
      readonly closed: boolean;
      /** Where the race is over already. */
      readonly outcome?: LegOutcome;
    }
  | {
      readonly kind: 'leg-runners-recorded';
      readonly pool: PoolId;
      readonly leg: number;
      readonly runners: readonly RunnerNumber[];
    }
  | { readonly kind: 'leg-closed'; readonly pool: PoolId; readonly leg: number }
  | {
      readonly kind: 'leg-recorded';
      readonly pool: PoolId;
      readonly leg: number;
      readonly outcome: LegOutcome;
    }
  | ({ readonly kind: 'pool-priced'; readonly pool: PoolId } & RecordedPrice)
  | {
      readonly kind: 'tickets-settled';
      readonly pool: PoolId;
      readonly tickets: readonly SettledTicket[];
      readonly more: boolean;
      readonly sort: 'settlement' | 'refund-of-scratched';
    }
  | { readonly kind: 'pool-settled'; readonly pool: PoolId }
  | { readonly kind: 'race-paid'; readonly refunded: boolean };

/** As in the log: the rule set is JSON, whole, as it was on the day. */
interface PoolDeclared {
  readonly id: PoolId;
  readonly ruleSet: string;
  readonly legs: readonly RaceId[];
  readonly guarantee: Cents;
}

/** A pool's price with all that it was made from; see pools/price.ts for the identity it keeps. */
export interface RecordedPrice {
  readonly gross: Cents;
  readonly broughtIn: Cents;
  readonly takeout: Cents;
  readonly payout: Cents;
  readonly breakage: Cents;
  readonly carriedOut: Cents;
  readonly refunds: Cents;
  readonly dividends: readonly RecordedDividend[];
  readonly verdict: string;
  /** Of a multi-leg pool. */
  readonly legs: readonly LegOutcome[];
  /** Of a pool of this race alone. */
  readonly order: Order;
}

export interface RecordedDividend {
  readonly outcome: string;
  readonly hundredths: number;
  /** The exact fraction before rounding, in decimal digits. */
  readonly numerator: string;
  readonly denominator: string;
  readonly winningStakes: Cents;
}

export interface SettledTicket {
  readonly ticket: number;
  readonly bet: BetId;
  readonly player: PlayerId;
  readonly payout: Cents;
  readonly refund: Cents;
}

export type RaceRejection =
  | { readonly reason: 'unknown-race'; readonly race: RaceId }
  | { readonly reason: 'race-exists'; readonly race: RaceId }
  | { readonly reason: 'wrong-phase'; readonly phase: RacePhase; readonly needed: string }
  | { readonly reason: 'bad-declaration'; readonly path: string; readonly problem: string }
  | { readonly reason: 'unknown-runner'; readonly runner: number }
  | { readonly reason: 'scratched-runner'; readonly runner: number }
  | { readonly reason: 'runner-twice'; readonly runner: number }
  | { readonly reason: 'incomplete-result'; readonly places: number; readonly needed: number }
  | { readonly reason: 'unknown-pool'; readonly pool: PoolId };

export type RaceQuery = { readonly kind: 'race' } | { readonly kind: 'books' };

export type RaceAnswer =
  | { readonly kind: 'race'; readonly race: RaceSummary }
  | { readonly kind: 'books'; readonly inPools: Cents }
  | { readonly kind: 'nothing' };

export interface RaceSummary {
  readonly race: RaceId;
  readonly title: string;
  readonly offAtMs: number;
  readonly phase: RacePhase;
  readonly runners: readonly (RunnerDeclared & { readonly scratched: boolean })[];
  readonly order: Order;
  readonly pools: readonly PoolSummary[];
}

export interface PoolSummary {
  readonly id: PoolId;
  readonly ruleSet: string;
  readonly legs: readonly RaceId[];
  readonly guarantee: Cents;
  readonly gross: Cents;
  readonly tickets: number;
  /** Of a pool of this race alone: each runner's stakes and what 1 on it would pay now. */
  readonly runners: readonly RunnerMoney[];
  /** What is there to share now: at least the guarantee. */
  readonly toShare: Cents;
  readonly price: RecordedPrice | undefined;
  readonly settled: boolean;
}

export interface RunnerMoney {
  readonly runner: RunnerNumber;
  readonly stakes: Cents;
  readonly probableHundredths: number | undefined;
}
