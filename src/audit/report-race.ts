/**
 * A race, made again from the log: its card, every order, every bet counted, every price with what
 * it was made from, every payment counted.
 *
 * Needs memory for the race's orders and prices, the minutes it was sold in, the channel of each of
 * its tickets, and its bets that are on their way.
 */
import type { PlayerEvent } from '../actors/player-events.ts';
import type { PoolTotals, RaceEvent, RunnerDeclared } from '../actors/race-events.ts';
import { ONLINE } from '../actors/ticket.ts';
import { foundOrMade } from './entries.ts';
import type { RaceRecord } from './records.ts';
import { type OrderLine, orderLineOf } from './report-orders.ts';
import { type ReportOptions, readForReport, type Stamp, timeOf } from './report-stamp.ts';

export interface RaceReport {
  readonly stamp: Stamp;
  readonly race: string;
  /** Undefined where the log knows no such race. */
  readonly card: RaceCard | undefined;
  readonly orders: readonly OrderLine[];
  readonly bets: {
    readonly byChannel: readonly ({ readonly channel: string } & BetCounts)[];
    readonly byMinute: readonly ({ readonly minute: string } & BetCounts)[];
    readonly refusals: readonly { readonly reason: string; readonly count: number }[];
  };
  readonly close: RaceClose | undefined;
  readonly prices: readonly PriceMade[];
  readonly probables: readonly TimedCount[];
  readonly settlements: readonly Settlement[];
  readonly survivors: readonly (Omit<RaceRecord<'survivors-counted'>, 'kind'> & {
    readonly at: string;
  })[];
}

interface RaceCard {
  readonly title: string;
  readonly off: string;
  readonly runners: readonly RunnerDeclared[];
  readonly pools: RaceRecord<'race-declared'>['pools'];
}

export interface BetCounts {
  accepted: number;
  acceptedCents: number;
  refused: number;
  cancelled: number;
  cancelledCents: number;
}

interface RaceClose {
  readonly at: string;
  readonly by: string;
  readonly why: string;
  /** The switch or system that gave the order. */
  readonly source: string;
  readonly totals: readonly (PoolTotals & { readonly agree: boolean })[];
}

export interface PriceMade extends Omit<RaceRecord<'pool-priced'>, 'kind' | 'run'> {
  readonly run: number;
  readonly at: string;
  /** gross + brought in = payout + takeout + breakage + carried out. */
  readonly balanced: boolean;
}

interface TimedCount {
  readonly pool: string;
  count: number;
  readonly first: string;
  last: string;
}

/** One run's payments of one pool. */
export interface Settlement extends TimedCount {
  readonly run: number;
  readonly sort: string;
  /** With winnings, and with stakes given back. */
  paid: number;
  payoutCents: number;
  refunded: number;
  refundCents: number;
}

/** @throws Error where there is no log at `dataDir`. */
export function reportRace(dataDir: string, race: string, options: ReportOptions): RaceReport {
  const made = createRaceReport(race);
  const stamp = readForReport(dataDir, options, (told, atMs) => {
    if (told.of === 'player') made.addPlayerEvent(told.id, told.event);
    if (told.of === 'race' && told.id === race) made.addRaceEvent(told.event, atMs);
  });
  return { stamp, race, ...made.report() };
}

function createRaceReport(race: string) {
  let card: RaceCard | undefined;
  let close: RaceClose | undefined;
  const orders: OrderLine[] = [];
  const byChannel = new Map<string, BetCounts>();
  const byMinute = new Map<string, BetCounts>();
  const refusals = new Map<string, number>();
  /** A refusal names no channel: that is what the player's own record of the bet says. */
  const waiting = new Map<string, string>();
  /** By pool and ticket; a cancellation names the ticket alone. */
  const channels = new Map<string, string[]>();
  const prices: PriceMade[] = [];
  const probables = new Map<string, TimedCount>();
  const settlements = new Map<string, Settlement>();
  const survivors: RaceReport['survivors'][number][] = [];

  function count(channel: string, atMs: number, add: (counts: BetCounts) => void): void {
    add(foundOrMade(byChannel, channel, noBets));
    add(foundOrMade(byMinute, `${timeOf(atMs).slice(0, 16)}Z`, noBets));
  }

  function paid(
    { pool, run, sort }: { readonly pool: string; readonly run: number; readonly sort: string },
    tickets: readonly { readonly payout: number; readonly refund: number }[],
    at: string,
  ): void {
    const it = foundOrMade(settlements, `${pool} ${run} ${sort}`, () => ({
      pool,
      run,
      sort,
      count: 0,
      paid: 0,
      payoutCents: 0,
      refunded: 0,
      refundCents: 0,
      first: at,
      last: at,
    }));
    it.last = at;
    for (const { payout, refund } of tickets) {
      it.count++;
      if (payout > 0) it.paid++;
      if (refund > 0) it.refunded++;
      it.payoutCents += payout;
      it.refundCents += refund;
    }
  }

  return {
    addPlayerEvent(player: string, event: PlayerEvent): void {
      if (event.kind === 'stake-reserved' && event.race === race) {
        waiting.set(`${player}/${event.bet}`, event.channel || ONLINE);
      } else if (event.kind === 'bet-confirmed') {
        waiting.delete(`${player}/${event.bet}`);
      } else if (event.kind === 'stake-released') {
        const channel = waiting.get(`${player}/${event.bet}`);
        waiting.delete(`${player}/${event.bet}`);
        if (channel !== undefined) foundOrMade(byChannel, channel, noBets).refused++;
      }
    },
    addRaceEvent(event: RaceEvent, atMs: number): void {
      const at = timeOf(atMs);
      const order = orderLineOf(event, at);
      if (order !== undefined) orders.push(order);
      switch (event.kind) {
        case 'race-declared': {
          const { title, offAtMs, runners, pools } = event;
          card = { title, off: timeOf(offAtMs), runners, pools };
          return;
        }
        case 'bet-registered': {
          const { pool, ticket, cost, channel: told } = event;
          const channel = told || ONLINE;
          foundOrMade(channels, pool, () => [])[ticket - 1] = channel;
          count(channel, atMs, (counts) => {
            counts.accepted++;
            counts.acceptedCents += cost;
          });
          return;
        }
        case 'bet-refused': {
          const { reason } = event.refusal;
          refusals.set(reason, (refusals.get(reason) ?? 0) + 1);
          foundOrMade(byMinute, `${at.slice(0, 16)}Z`, noBets).refused++;
          return;
        }
        case 'bet-cancelled': {
          const { pool, ticket, cost } = event;
          count(channels.get(pool)?.[ticket - 1] ?? ONLINE, atMs, (counts) => {
            counts.cancelled++;
            counts.cancelledCents += cost;
          });
          return;
        }
        case 'race-closed': {
          const { by, why, source = '', totals = [] } = event;
          const compared = totals.map((it) => ({ ...it, agree: it.gross === it.recounted }));
          close = { at: timeOf(event.atMs) || at, by, why, source, totals: compared };
          return;
        }
        case 'pool-priced': {
          const { kind: _, run, ...price } = event;
          const { gross, broughtIn, payout, takeout, breakage, carriedOut } = price;
          const balanced = gross + broughtIn === payout + takeout + breakage + carriedOut;
          prices.push({ ...price, run: run || 1, at, balanced });
          return;
        }
        case 'probables-published':
          for (const { pool } of event.pools) {
            const it = foundOrMade(probables, pool, () => ({
              pool,
              count: 0,
              first: at,
              last: at,
            }));
            it.count++;
            it.last = at;
          }
          return;
        case 'tickets-settled': {
          const { pool, settlement, sort, tickets } = event;
          paid({ pool, run: settlement || 1, sort }, tickets, at);
          return;
        }
        case 'players-settled': {
          const { pool, run, players } = event;
          const tickets = players.flatMap((it) => it.tickets);
          paid({ pool, run: run || 1, sort: 'settlement' }, tickets, at);
          return;
        }
        case 'survivors-counted': {
          const { kind: _, ...counted } = event;
          survivors.push({ ...counted, at });
          return;
        }
        default:
          return;
      }
    },
    report: (): Omit<RaceReport, 'stamp' | 'race'> => ({
      card,
      orders,
      bets: {
        byChannel: [...byChannel].map(([channel, counts]) => ({ channel, ...counts })).sort(byName),
        byMinute: [...byMinute].map(([minute, counts]) => ({ minute, ...counts })).sort(byName),
        refusals: [...refusals].map(([reason, count]) => ({ reason, count })),
      },
      close,
      prices,
      probables: [...probables.values()],
      settlements: [...settlements.values()],
      survivors,
    }),
  };
}

function byName(
  a: { readonly channel?: string; readonly minute?: string },
  b: { readonly channel?: string; readonly minute?: string },
): number {
  return (a.channel ?? a.minute ?? '') < (b.channel ?? b.minute ?? '') ? -1 : 1;
}

function noBets(): BetCounts {
  return { accepted: 0, acceptedCents: 0, refused: 0, cancelled: 0, cancelledCents: 0 };
}
