/**
 * A race as plain data: all that it remembers, but for what follows from the rest.
 *
 * Invariant: nothing can tell a thawed race from the one that was frozen.
 */
import type { Snapshot } from '../runtime/actor.ts';
import { ticketsByPlayer } from './pool-pricing.ts';
import type { PoolState, Race } from './race-state.ts';
import { createTicketTable, type FrozenTickets } from './ticket-table.ts';
import type { RaceId } from './units.ts';

type FrozenPool = Omit<PoolState, 'tickets' | 'pricing'> & {
  readonly tickets: FrozenTickets;
  readonly pricing: FrozenPricing | undefined;
};

/** Its tickets are the pool's: none is sold once it is priced. */
type FrozenPricing = Omit<NonNullable<PoolState['pricing']>, 'tickets' | 'byPlayer'>;

type FrozenRace = Omit<Race, 'id' | 'pools'> & { readonly pools: readonly FrozenPool[] };

export const raceSnapshot: Snapshot<Race> = { version: 2, freeze, thaw };

function freeze({ id: _, pools, ...race }: Race): FrozenRace {
  return { ...race, pools: [...pools.values()].map(freezePool) };
}

function freezePool({ tickets, pricing, ...pool }: PoolState): FrozenPool {
  return { ...pool, tickets: tickets.freeze(), pricing: pricing && freezePricing(pricing) };
}

function freezePricing({ run, result, atMs }: FrozenPricing): FrozenPricing {
  return { run, result, atMs };
}

function thaw(id: string, plain: unknown): Race {
  const { pools, ...race } = plain as FrozenRace; // as `freeze` made it
  return {
    ...race,
    // The runtime made the address from a RaceId.
    id: id as RaceId,
    pools: new Map(pools.map((it) => [it.id, thawPool(it)])),
  };
}

function thawPool({ tickets: frozen, pricing, ...pool }: FrozenPool): PoolState {
  const tickets = createTicketTable(frozen);
  return {
    ...pool,
    tickets,
    pricing: pricing && {
      ...pricing,
      tickets: tickets.share(),
      byPlayer: ticketsByPlayer(tickets),
    },
  };
}
