/**
 * The house's account: takeout, breakage, and the reserve that guarantees are drawn from.
 *
 * Invariant: each pool is booked once, however often its race reports it. The reserve may be
 * negative: then the house has advanced money for a guarantee.
 */
import { type ActorKind, accept, type Ref, unreachable } from '../runtime/actor.ts';
import { operatorCodec } from './codec.ts';
import { type Cents, cents, type PoolId, type RaceId, ZERO } from './units.ts';

interface PoolPosting {
  readonly race: RaceId;
  readonly pool: PoolId;
  readonly takeout: Cents;
  /** Negative where a minimum dividend cost the house money. */
  readonly breakage: Cents;
  readonly fromReserve: Cents;
  readonly toReserve: Cents;
}

export type OperatorCommand = { readonly kind: 'post-pool' } & PoolPosting;
export type OperatorEvent = { readonly kind: 'pool-posted' } & PoolPosting;
export type OperatorQuery = { readonly kind: 'books' };
export interface OperatorBooks {
  readonly takeout: Cents;
  readonly breakage: Cents;
  readonly reserve: Cents;
}

export interface Operator {
  takeout: Cents;
  breakage: Cents;
  reserve: Cents;
  /** `race/pool` of every posting. */
  readonly posted: Set<string>;
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
    initial: () => ({ takeout: ZERO, breakage: ZERO, reserve: ZERO, posted: new Set() }),
    decide: (state, command) =>
      state.posted.has(keyOf(command)) ? accept() : accept({ ...command, kind: 'pool-posted' }),
    evolve(state, event) {
      switch (event.kind) {
        case 'pool-posted':
          state.takeout = cents(state.takeout + event.takeout);
          state.breakage = cents(state.breakage + event.breakage);
          state.reserve = cents(state.reserve + event.toReserve - event.fromReserve);
          state.posted.add(keyOf(event));
          return state;
        default:
          return unreachable(event.kind);
      }
    },
    answer: ({ takeout, breakage, reserve }) => ({ takeout, breakage, reserve }),
  },
  ...operatorCodec,
  follow: () => [],
};

/** One house, one account: `operator/house`. */
export const houseRef: Ref<OperatorCommand, never, OperatorQuery, OperatorBooks> = {
  address: 'operator/house',
};

function keyOf({ race, pool }: { readonly race: RaceId; readonly pool: PoolId }): string {
  return `${race}/${pool}`;
}
