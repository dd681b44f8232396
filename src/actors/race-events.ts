/** What can be asked of a race, what happens in it, and how it says no. */
import type { LegOutcome, Order } from './pools/price.ts';
import type { Probable } from './pools/probables.ts';
import type { RuleSet } from './pools/rule-set.ts';
import type { CancelRefusal, Refusal, Ticket } from './ticket.ts';
import type { BetId, Cents, PlayerId, PoolId, RaceId, RunnerNumber } from './units.ts';

export type RacePhase =
  | 'undeclared'
  | 'declared'
  | 'open'
  | 'suspended'
  | 'closed'
  | 'run'
  | 'provisional'
  | 'under-inquiry'
  | 'official'
  | 'paid'
  | 'void'
  | 'refunded';

export interface RunnerDeclared {
  readonly number: RunnerNumber;
  readonly name: string;
  /** Another number of the same entry; absent or 0 for none. */
  readonly coupledWith?: number;
}

/** A pool of another race (or of this one) that has a race as its leg; legs count from 0. */
export interface LegOf {
  readonly race: RaceId;
  readonly pool: PoolId;
  readonly leg: number;
}

/** Who gave an order, when by the gateway's clock, and why; absent in what is older is ''. */
interface Ordered {
  readonly by: string;
  readonly atMs: number;
  readonly why?: string;
}

/** An order that takes a second steward. */
interface Authorised {
  readonly authorisedBy: string;
  readonly why: string;
}

export type InquirySort = 'inquiry' | 'objection' | 'photo';

export interface Inquiry {
  /** Among the race's own, from 1. */
  readonly id: number;
  readonly sort: InquirySort;
  readonly why: string;
  readonly runners: readonly RunnerNumber[];
}

/** A pool at the close, counted twice; see race-settlement.ts for what each count is. */
export interface PoolTotals {
  readonly pool: PoolId;
  readonly tickets: number;
  readonly gross: Cents;
  readonly recounted: Cents;
  /** Adds up to `recounted`. */
  readonly bySource: readonly { readonly source: string; readonly gross: Cents }[];
}

export interface PoolDeclaration {
  readonly id: PoolId;
  readonly ruleSet: RuleSet;
  /** Of a multi-leg pool: the races of its legs, the own race first. Empty otherwise. */
  readonly legs: readonly RaceId[];
  readonly guarantee: Cents;
  /** Carry-overs brought in, the takeout already taken or not; absent is none. */
  readonly carriedNet?: Cents;
  readonly carriedGross?: Cents;
  /** A day on which all is paid out. */
  readonly mandatory?: boolean;
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
  /** `source` is the switch or system that gave it; absent is `steward`. */
  | ({ readonly kind: 'close-race'; readonly why: string; readonly source?: string } & Ordered)
  | ({ readonly kind: 'record-run' } & Ordered)
  | ({
      readonly kind: 'enter-result';
      readonly order: Order;
      readonly didNotFinish: readonly RunnerNumber[];
    } & Ordered)
  | ({
      readonly kind: 'open-inquiry';
      readonly sort: InquirySort;
      readonly why: string;
      readonly runners: readonly RunnerNumber[];
    } & Ordered)
  | ({ readonly kind: 'close-inquiry'; readonly id: number; readonly ruling: string } & Ordered)
  | ({ readonly kind: 'make-official' } & Ordered)
  | ({
      readonly kind: 'correct-result';
      readonly order: Order;
      readonly didNotFinish: readonly RunnerNumber[];
    } & Ordered &
      Authorised)
  | ({ readonly kind: 'authorise-pool'; readonly pool: PoolId; readonly why: string } & Ordered)
  | ({
      readonly kind: 'remove-source';
      readonly pool: PoolId;
      readonly source: string;
      readonly evidence: string;
    } & Ordered &
      Authorised)
  | ({ readonly kind: 'void-race'; readonly why: string } & Ordered)
  /** From the player who holds the stake. */
  | { readonly kind: 'register-bet'; readonly ticket: Ticket; readonly atMs: number }
  /** From the player, whose bet it is, at the wish of `by`. */
  | ({
      readonly kind: 'cancel-bet';
      readonly bet: BetId;
      readonly player: PlayerId;
      readonly pool: PoolId;
    } & Omit<Ordered, 'why'>)
  /** From a race whose pool has this one as a leg. */
  | {
      readonly kind: 'attach-leg';
      readonly legOf: LegOf;
      /** Of the order of arrival that the pool needs to be told; absent is 1. */
      readonly places?: number;
    }
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
      /** From 1, grows when the leg's result is corrected; absent is 1. */
      readonly revision?: number;
      /** When the leg's result was ordered; absent is unknown. */
      readonly atMs?: number;
    }
  | ({ readonly kind: 'change-surface' } & Ordered)
  /** From its own pulse: what changed since the last publication. */
  | { readonly kind: 'publish-probables'; readonly atMs: number }
  /** From itself: settles or refunds the next tickets of a pool. */
  | { readonly kind: 'settle-next'; readonly pool: PoolId }
  /** From its own job: what a large pool's tickets are worth. */
  | {
      readonly kind: 'record-price';
      readonly pool: PoolId;
      readonly run: number;
      readonly price: Omit<RecordedPrice, 'atMs'>;
    }
  | {
      readonly kind: 'settle-players';
      readonly pool: PoolId;
      readonly run: number;
      readonly players: readonly {
        readonly player: PlayerId;
        readonly tickets: readonly {
          readonly ticket: number;
          readonly payout: Cents;
          readonly refund: Cents;
        }[];
        /** Numbers of tickets that had left the pool. */
        readonly except: readonly number[];
      }[];
      readonly more: boolean;
    }
  | {
      readonly kind: 'record-survivors';
      readonly pool: PoolId;
      readonly count: number;
      readonly survivors: RecordedSurvivors;
    };

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
      readonly source?: string;
      readonly totals?: readonly PoolTotals[];
    } & Ordered)
  | ({ readonly kind: 'race-run' } & Ordered)
  /** Older ones know no formula and no time; see `termsFrom`. */
  | ({
      readonly kind: 'bet-registered';
      readonly formula: Ticket['formula'] | '';
      /** Its place in the pool, from 1. */
      readonly ticket: number;
      /** When the bet was placed; 0 is unknown. */
      readonly atMs: number;
    } & Omit<Ticket, 'race' | 'formula'>)
  | ({
      readonly kind: 'bet-cancelled';
      readonly bet: BetId;
      readonly player: PlayerId;
      readonly pool: PoolId;
      readonly ticket: number;
      readonly cost: Cents;
    } & Omit<Ordered, 'why'>)
  | {
      readonly kind: 'cancel-refused';
      readonly bet: BetId;
      readonly player: PlayerId;
      readonly refusal: CancelRefusal;
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
      /** How many times the race was official by now, from 1; absent or 0 is 1. */
      readonly run?: number;
      readonly starters?: number;
      /** Who stands in for non-runners in bets over several races: most backed to win first. */
      readonly substitutes?: readonly RunnerNumber[];
      readonly surfaceChanged?: boolean;
      readonly surfaceAtMs?: number;
      /** Runners that were declared as one betting interest. */
      readonly entries?: readonly (readonly RunnerNumber[])[];
    } & Ordered)
  | ({ readonly kind: 'inquiry-opened' } & Inquiry & Ordered)
  | ({ readonly kind: 'inquiry-closed'; readonly id: number; readonly ruling: string } & Omit<
      Ordered,
      'why'
    >)
  | ({ readonly kind: 'pool-authorised'; readonly pool: PoolId } & Ordered)
  /** The new result and its prices follow in the log. */
  | ({ readonly kind: 'pricing-reopened'; readonly run: number } & Ordered & Authorised)
  | ({
      readonly kind: 'source-removed';
      readonly pool: PoolId;
      readonly source: string;
      /** How many tickets left the pool, and what they cost. */
      readonly tickets: number;
      readonly stakes: Cents;
      readonly evidence: string;
      /** Of the price without them, which follows; 0 where the pool is not priced yet. */
      readonly run: number;
    } & Ordered &
      Authorised)
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
      /** Of the order of arrival that the pool needs to be told; absent or 0 is 1. */
      readonly places?: number;
      /** The runners now; empty while the race is not declared. */
      readonly runners: readonly RunnerNumber[];
      readonly declared: boolean;
      readonly closed: boolean;
      /** Where the race is over already. */
      readonly outcome?: LegOutcome;
      /** Of the outcome, from 1; absent or 0 is 1. */
      readonly revision?: number;
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
      readonly revision?: number;
    }
  /** A later run, from 1, replaces the earlier price; absent or 0 is 1. */
  | ({
      readonly kind: 'pool-priced';
      readonly pool: PoolId;
      readonly run?: number;
    } & RecordedPrice)
  | {
      readonly kind: 'tickets-settled';
      readonly pool: PoolId;
      readonly tickets: readonly SettledTicket[];
      readonly more: boolean;
      readonly sort: 'settlement' | 'refund-of-scratched' | 'refund-of-removed';
      /** From 1; absent or 0 is 1. */
      readonly settlement?: number;
      /** Tickets up to this number are settled; absent or 0 is the last one of `tickets`. */
      readonly through?: number;
      /** When what made it due was ordered; absent or 0 is unknown. */
      readonly atMs?: number;
    }
  /** The price of a large pool is computed off the shard, from this, and follows. */
  | {
      readonly kind: 'pricing-begun';
      readonly pool: PoolId;
      readonly run: number;
      readonly legs: readonly LegOutcome[];
      readonly order: Order;
      readonly nonRunners: readonly RunnerNumber[];
      readonly starters: number;
      readonly voided: boolean;
      readonly atMs: number;
    }
  | {
      readonly kind: 'players-settled';
      readonly pool: PoolId;
      readonly run: number;
      /** Tickets of these players that are named in neither list get nothing. */
      readonly players: readonly {
        readonly player: PlayerId;
        readonly tickets: readonly Omit<SettledTicket, 'player'>[];
        readonly except: readonly BetId[];
      }[];
      readonly more: boolean;
      readonly atMs: number;
    }
  | ({
      readonly kind: 'survivors-counted';
      readonly pool: PoolId;
      /** Which count it is: grows with each leg, each correction and each withdrawal. */
      readonly count: number;
    } & RecordedSurvivors)
  | ({ readonly kind: 'surface-changed' } & Ordered)
  | { readonly kind: 'pool-settled'; readonly pool: PoolId }
  /** Only of the pools that changed since they were last published. */
  | {
      readonly kind: 'probables-published';
      readonly atMs: number;
      readonly pools: readonly PoolProbables[];
    }
  | { readonly kind: 'race-paid'; readonly refunded: boolean };

/** An undecided pool as it is told to the world. */
export interface PoolProbables {
  readonly pool: PoolId;
  readonly gross: Cents;
  readonly tickets: number;
  /** At least the guarantee. */
  readonly toShare: Cents;
  /** Of combinations with stakes, in a pool that has at most 1,000 of them. */
  readonly probables: readonly Probable[];
}

/** As in the log: the rule set is JSON, whole, as it was on the day. */
interface PoolDeclared extends Omit<PoolDeclaration, 'ruleSet'> {
  readonly ruleSet: string;
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
  readonly nonRunners: readonly RunnerNumber[];
  readonly starters: number;
  /** Of the rule set, from 0: which of its stages paid. */
  readonly stage: number;
  readonly sources: readonly {
    readonly source: string;
    readonly gross: Cents;
    readonly refunds: Cents;
    readonly takeoutBasisPoints: number;
  }[];
  /** What was brought in. */
  readonly carryOver: Cents;
  readonly topUp: Cents;
  /** What was carried out. */
  readonly carriedNet: Cents;
  readonly carriedGross: Cents;
  readonly carriedReserve: Cents;
  /** Who paid what the pool lacked. */
  readonly shortRoundings: Cents;
  readonly shortDeduction: Cents;
  readonly shortOperator: Cents;
  readonly ruleSet: string;
  /** `YYYY-MM-DD`: the takeout is that of this day. */
  readonly day: string;
  /** Which program made it. */
  readonly software: string;
  readonly fund: string;
  readonly guarantee: Cents;
  /** The whole pool was called off. */
  readonly voided: boolean;
  /** When what made it due was ordered; 0 is unknown. */
  readonly atMs: number;
}

export interface RecordedDividend {
  /** Of the rule set; empty in what is older. */
  readonly tier: string;
  readonly outcome: string;
  /** Under net pricing, whose tickets; empty for all. */
  readonly source: string;
  readonly hundredths: number;
  /** The exact fraction before rounding, in decimal digits. */
  readonly numerator: string;
  readonly denominator: string;
  readonly winningStakes: Cents;
}

/** A bet over several races after one of its legs; see pools/survivors.ts. */
export interface RecordedSurvivors {
  /** How many legs are decided. */
  readonly decided: number;
  readonly tickets: number;
  readonly stakes: Cents;
  /** What the best tier would pay now; 0 where nobody is left. */
  readonly valueHundredths: number;
  readonly willPays: readonly {
    readonly runner: RunnerNumber;
    readonly hundredths: number;
    readonly stakes: Cents;
  }[];
}

/** The whole of what a ticket gets, not what a later settlement adds. */
export interface SettledTicket {
  readonly ticket: number;
  readonly bet: BetId;
  readonly player: PlayerId;
  readonly payout: Cents;
  readonly refund: Cents;
  /** Winnings wait so many days to be claimed; absent or 0: paid into the account. */
  readonly claimDays?: number;
}

export type RaceRejection =
  | { readonly reason: 'unknown-race'; readonly race: RaceId }
  | { readonly reason: 'race-exists'; readonly race: RaceId }
  | { readonly reason: 'wrong-phase'; readonly phase: RacePhase; readonly needed: string }
  | { readonly reason: 'bad-declaration'; readonly path: string; readonly problem: string }
  /** In a result `path` says where, as the contract names it: `order[1].runners[0]`. */
  | { readonly reason: 'unknown-runner'; readonly runner: number; readonly path?: string }
  | { readonly reason: 'scratched-runner'; readonly runner: number; readonly path?: string }
  | { readonly reason: 'runner-twice'; readonly runner: number; readonly path?: string }
  | { readonly reason: 'empty-place'; readonly path: string }
  | {
      readonly reason: 'dead-heat-too-large';
      readonly path: string;
      readonly runners: number;
      readonly most: number;
    }
  | { readonly reason: 'incomplete-result'; readonly places: number; readonly needed: number }
  | { readonly reason: 'unknown-inquiry'; readonly inquiry: number }
  | { readonly reason: 'too-many-inquiries'; readonly maximum: number }
  | { readonly reason: 'already-official'; readonly phase: RacePhase }
  | { readonly reason: 'needs-another-steward'; readonly steward: string }
  | {
      readonly reason: 'totals-disagree';
      readonly pool: PoolId;
      readonly gross: Cents;
      readonly recounted: Cents;
    }
  | { readonly reason: 'unknown-bet'; readonly bet: BetId }
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
  /** Open ones. */
  readonly inquiries: readonly Inquiry[];
  /** How often the result was made official. */
  readonly run: number;
  readonly surfaceChanged: boolean;
}

export interface PoolSummary {
  readonly id: PoolId;
  readonly ruleSet: string;
  readonly legs: readonly RaceId[];
  readonly guarantee: Cents;
  readonly gross: Cents;
  readonly tickets: number;
  /** Of a pool on one runner: each one's stakes, and what 1 on it would pay as last published. */
  readonly runners: readonly RunnerMoney[];
  /** Undefined until the race is open. */
  readonly published: PublicationSummary | undefined;
  /** What is there to share now: at least the guarantee. */
  readonly toShare: Cents;
  readonly price: RecordedPrice | undefined;
  readonly settled: boolean;
  /** How often the pool was priced. */
  readonly run: number;
  /** A job is computing the price of the next run. */
  readonly pricing: boolean;
  readonly removedSources: readonly string[];
  readonly disagreement: Disagreement | undefined;
  /** Of a bet over several races, after its last leg that was decided. */
  readonly survivors: RecordedSurvivors | undefined;
}

/** Two totals of one pool at the close that should be the same. */
export interface Disagreement {
  readonly gross: Cents;
  readonly recounted: Cents;
  /** Whether a steward lets the pool be priced all the same. */
  readonly authorised: boolean;
}

/** What was last published of a pool, as an answer tells it: it must survive as JSON. */
export interface PublicationSummary {
  readonly atMs: number;
  /** Of a bet on one runner none: its runners say the same. */
  readonly combinations: readonly CombinationMoney[];
}

/** A pool as it was last published. */
export interface PublishedPool extends PoolProbables {
  readonly atMs: number;
  /** Cents by combination; empty for a pool without probables. */
  readonly stakes: ReadonlyMap<string, number>;
  readonly starters: readonly RunnerNumber[];
}

export interface CombinationMoney {
  /** `3-7`: from the lowest number up, or in order where the bet asks for it. */
  readonly combination: string;
  readonly stakes: Cents;
  readonly probableHundredths: number | undefined;
}

export interface RunnerMoney {
  readonly runner: RunnerNumber;
  readonly stakes: Cents;
  readonly probableHundredths: number | undefined;
}
