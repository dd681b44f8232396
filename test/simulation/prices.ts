/**
 * What a win pool pays, worked out by hand from what the log says was sold: stakes less takeout over
 * the winning stakes, down to dimes. Only where nothing special happened, which is most of the time.
 */
import type { Told } from '../../src/audit/records.ts';

export interface Prices {
  add(told: Told): void;
}

interface Ticket {
  readonly runners: readonly number[];
  readonly stake: number;
  readonly source: string;
}

/** Of the rule sets of workload.ts. */
const KEPT_BASIS_POINTS = 8_000n;
const DIME_HUNDREDTHS = 10n;

export function createPrices(find: (invariant: string, what: string) => void): Prices {
  /** By race, of its win pool; a scratch makes it special. */
  const sold = new Map<string, Map<string, Ticket>>();
  const special = new Set<string>();

  return {
    add(told) {
      if (told.of !== 'race') return;
      const { id: race, event } = told;
      const tickets = sold.get(race) ?? new Map<string, Ticket>();
      sold.set(race, tickets);
      switch (event.kind) {
        case 'bet-registered': {
          if (event.pool !== 'win') return;
          const { player, bet, legs, stake, channel: source } = event;
          tickets.set(`${player}/${bet}`, { runners: legs[0] ?? [], stake, source });
          return;
        }
        case 'bet-cancelled':
          if (event.pool === 'win') tickets.delete(`${event.player}/${event.bet}`);
          return;
        case 'source-removed':
          for (const [name, { source }] of tickets) {
            if (event.pool === 'win' && source === event.source) tickets.delete(name);
          }
          return;
        case 'runner-scratched':
          special.add(race);
          return;
        case 'pool-priced': {
          const { pool, order, voided, dividends, payout } = event;
          const [winner, tied] = order[0] ?? [];
          if (pool !== 'win' || voided || special.has(race)) return;
          if (winner === undefined || tied !== undefined) return;
          let gross = 0;
          let winning = 0;
          for (const { runners, stake } of tickets.values()) {
            gross += stake * runners.length;
            if (runners.some((it) => it === winner)) winning += stake;
          }
          if (winning === 0) return;
          const per = (BigInt(gross) * KEPT_BASIS_POINTS) / (100n * BigInt(winning));
          const hundredths = Number((per / DIME_HUNDREDTHS) * DIME_HUNDREDTHS);
          // Less than the stake is another rule's affair.
          if (hundredths < 100) return;
          const told = dividends.find((it) => it.outcome === String(winner))?.hundredths;
          const name = `win of ${race}: ${told} for ${winner}, by hand ${hundredths}`;
          if (told !== hundredths) find('a price is what a hand makes it', name);
          if (payout !== (winning * hundredths) / 100) find('a price is paid on every stake', name);
          return;
        }
        default:
      }
    },
  };
}
