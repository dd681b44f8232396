/**
 * The house's account: takeout, breakage, the reserve that guarantees are drawn from, what players
 * did not claim in time, and what it paid as awards.
 *
 * Invariant: the books hold the last run of each pool once, however often and in whatever order its
 * race reports them, each settlement of a bet that nobody claimed, and each award that somebody did.
 * The reserve may be negative: then the house has advanced money for a guarantee.
 */
import { type ActorKind, accept, plainSnapshot, type Ref, unreachable } from '../runtime/actor.ts';
import { operatorCodec } from './codec.ts';
import {
  type AwardId,
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

interface AwardPosting {
  readonly player: PlayerId;
  readonly award: AwardId;
  readonly amount: Cents;
}

export type OperatorCommand =
  | ({ readonly kind: 'post-pool' } & PoolPosting)
  | ({ readonly kind: 'post-unclaimed' } & UnclaimedPosting)
  | ({ readonly kind: 'post-award' } & AwardPosting);
export type OperatorEvent =
  | ({ readonly kind: 'pool-posted' } & PoolPosting)
  | ({ readonly kind: 'unclaimed-posted' } & UnclaimedPosting)
  | ({ readonly kind: 'award-posted' } & AwardPosting);
export type OperatorQuery = { readonly kind: 'books' };
export interface OperatorBooks {
  readonly takeout: Cents;
  readonly breakage: Cents;
  readonly reserve: Cents;
  /** What players did not claim in time. */
  readonly unclaimed: Cents;
  /** Paid out as awards: the house has so much less. */
  readonly awards: Cents;
  /** `reserve` by fund: a carry-over or reserve for each family of bets. */
  readonly funds: readonly { readonly fund: string; readonly amount: Cents }[];
}

export interface Operator {
  takeout: Cents;
  breakage: Cents;
  reserve: Cents;
  unclaimed: Cents;
  awards: Cents;
  readonly funds: Map<string, Cents>;
  /** The last run of each pool, by `race/pool`. */
  readonly posted: Map<string, PoolPosting>;
  /** `player/bet/settlement` of every posting. */
  readonly unclaimedPosted: Set<string>;
  /** `player/award` of every posting. */
  readonly awardsPosted: Set<string>;
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
      awards: ZERO,
      funds: new Map(),
      posted: new Map(),
      unclaimedPosted: new Set(),
      awardsPosted: new Set(),
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
        case 'post-award':
          return state.awardsPosted.has(awardKeyOf(command))
            ? accept()
            : accept({ ...command, kind: 'award-posted' });
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
        case 'award-posted':
          state.awards = cents(state.awards + event.amount);
          state.awardsPosted.add(awardKeyOf(event));
          return state;
        default:
          return unreachable(event);
      }
    },
    answer: ({ takeout, breakage, reserve, unclaimed, awards, funds }) => ({
      takeout,
      breakage,
      reserve,
      unclaimed,
      awards,
      funds: [...funds].map(([fund, amount]) => ({ fund, amount })),
    }),
  },
  ...operatorCodec,
  follow: () => [],
  snapshot: plainSnapshot(2),
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

function awardKeyOf({ player, award }: AwardPosting): string {
  return `${player}/${award}`;
}

function claimKeyOf({ player, bet, settlement }: UnclaimedPosting): string {
  return `${player}/${bet}/${settlement}`;
}
