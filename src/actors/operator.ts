/**
 * The house's account: takeout, breakage, the reserve that guarantees are drawn from, and what
 * players did not claim in time.
 *
 * Invariant: the books hold the last run of each pool once, however often and in whatever order its
 * race reports them, and each settlement of a bet that nobody claimed. The reserve may be negative:
 * then the house has advanced money for a guarantee.
 */
import { type ActorKind, accept, plainSnapshot, type Ref, unreachable } from '../runtime/actor.ts';
import { operatorCodec } from './codec.ts';
import {
  type BetId,
  type Cents,
  cents,
  type PlayerId,
  type PoolId,
  type RaceId,
  ZERO,
} from './units.ts';

interface PoolPosting {
  readonly race: RaceId;
  readonly pool: PoolId;
  readonly takeout: Cents;
  /** Negative where a minimum dividend cost the house money. */
  readonly breakage: Cents;
  readonly fromReserve: Cents;
  readonly toReserve: Cents;
  /** Of the pool's price, from 1: a later one replaces the earlier. Absent or 0 is 1. */
  readonly run?: number;
  /** The account that the reserve's part is booked in; absent or empty is `reserve`. */
  readonly fund?: string;
}

interface UnclaimedPosting {
  readonly player: PlayerId;
  readonly bet: BetId;
  /** Below 0 where a later settlement takes some back. */
  readonly amount: Cents;
  /** Of the bet that nobody claimed: each moves its own difference. */
  readonly settlement: number;
}

export type OperatorCommand =
  | ({ readonly kind: 'post-pool' } & PoolPosting)
  | ({ readonly kind: 'post-unclaimed' } & UnclaimedPosting);
export type OperatorEvent =
  | ({ readonly kind: 'pool-posted' } & PoolPosting)
  | ({ readonly kind: 'unclaimed-posted' } & UnclaimedPosting);
export type OperatorQuery = { readonly kind: 'books' };
export interface OperatorBooks {
  readonly takeout: Cents;
  readonly breakage: Cents;
  readonly reserve: Cents;
  /** What players did not claim in time. */
  readonly unclaimed: Cents;
  /** `reserve` by fund: a carry-over or reserve for each family of bets. */
  readonly funds: readonly { readonly fund: string; readonly amount: Cents }[];
}

export interface Operator {
  takeout: Cents;
  breakage: Cents;
  reserve: Cents;
  unclaimed: Cents;
  readonly funds: Map<string, Cents>;
  /** The last run of each pool, by `race/pool`. */
  readonly posted: Map<string, PoolPosting>;
  /** `player/bet/settlement` of every posting. */
  readonly unclaimedPosted: Set<string>;
}

export const operator: ActorKind<
  OperatorCommand,
  OperatorEvent,
  Operator,
  never,
  OperatorQuery,
  OperatorBooks
> = {
  kind: 'operator',
  decider: {
    initial: () => ({
      takeout: ZERO,
      breakage: ZERO,
      reserve: ZERO,
      unclaimed: ZERO,
      funds: new Map(),
      posted: new Map(),
      unclaimedPosted: new Set(),
    }),
    decide(state, command) {
      switch (command.kind) {
        case 'post-pool': {
          const run = runOf(command);
          const known = state.posted.get(keyOf(command));
          return known !== undefined && runOf(known) >= run
            ? accept()
            : accept({ ...command, kind: 'pool-posted', run });
        }
        case 'post-unclaimed':
          return state.unclaimedPosted.has(claimKeyOf(command))
            ? accept()
            : accept({ ...command, kind: 'unclaimed-posted' });
        default:
          return unreachable(command);
      }
    },
    evolve(state, event) {
      switch (event.kind) {
        case 'pool-posted': {
          const before = state.posted.get(keyOf(event));
          if (before !== undefined) book(state, before, -1);
          book(state, event, 1);
          state.posted.set(keyOf(event), event);
          return state;
        }
        case 'unclaimed-posted':
          state.unclaimed = cents(state.unclaimed + event.amount);
          state.unclaimedPosted.add(claimKeyOf(event));
          return state;
        default:
          return unreachable(event);
      }
    },
    answer: ({ takeout, breakage, reserve, unclaimed, funds }) => ({
      takeout,
      breakage,
      reserve,
      unclaimed,
      funds: [...funds].map(([fund, amount]) => ({ fund, amount })),
    }),
  },
  ...operatorCodec,
  follow: () => [],
  snapshot: plainSnapshot(1),
};

/** One house, one account: `operator/house`. */
export const houseRef: Ref<OperatorCommand, never, OperatorQuery, OperatorBooks> = {
  address: 'operator/house',
};

function book(state: Operator, posting: PoolPosting, sign: 1 | -1): void {
  const { takeout, breakage, toReserve, fromReserve } = posting;
  state.takeout = cents(state.takeout + sign * takeout);
  state.breakage = cents(state.breakage + sign * breakage);
  const kept = sign * (toReserve - fromReserve);
  const fund = posting.fund || 'reserve';
  state.reserve = cents(state.reserve + kept);
  state.funds.set(fund, cents((state.funds.get(fund) ?? 0) + kept));
}

function runOf({ run }: PoolPosting): number {
  return run || 1;
}

function keyOf({ race, pool }: { readonly race: RaceId; readonly pool: PoolId }): string {
  return `${race}/${pool}`;
}

function claimKeyOf({ player, bet, settlement }: UnclaimedPosting): string {
  return `${player}/${bet}/${settlement}`;
}
