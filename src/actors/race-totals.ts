/**
 * Each pool's money as two independent sets of totals: kept bet by bet, and counted over all its
 * tickets at the close.
 */
import { isInPool } from './pool-pricing.ts';
import type { PoolTotals } from './race-events.ts';
import { type Race, stakesIn } from './race-state.ts';
import { cents, sumOf } from './units.ts';

export function totalsAtClose(state: Race): PoolTotals[] {
  return [...state.pools.values()].map((pool) => {
    const { tickets } = pool;
    const bySource = Array.from({ length: tickets.channels.count }, () => 0);
    let live = 0;
    for (let index = 0; index < tickets.size; index++) {
      if (!isInPool(tickets.stateAt(index))) continue;
      live++;
      const channel = tickets.channelAt(index);
      bySource[channel] = (bySource[channel] ?? 0) + stakesIn(pool, index);
    }
    return {
      pool: pool.id,
      tickets: live,
      gross: pool.gross,
      recounted: sumOf(bySource),
      bySource: bySource.flatMap((gross, channel) =>
        gross === 0 ? [] : [{ source: tickets.channels.nameOf(channel), gross: cents(gross) }],
      ),
    };
  });
}
