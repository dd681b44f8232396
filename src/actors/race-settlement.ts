/**
 * Paying. A priced pool's tickets are settled a batch at a time, a small pool's by a command that
 * the race sends itself, a large one's by its job: a crash in between resumes where the log ends.
 *
 * A correction prices the pool again, as the next run. Settlement starts over with the first ticket
 * and touches those alone that get another payment than they have, with the whole of the new one:
 * wherever the earlier run had got to, every ticket ends with what the last run says.
 *
 * Invariants: a ticket is settled at most once in a run; a pool's money is 0 when it is settled.
 */
import { accept, type Decision, reject } from '../runtime/actor.ts';
import { isInPool, priceTickets } from './pool-pricing.ts';
import type { Payment } from './pools/price.ts';
import type { RaceCommand, RaceEvent, RaceRejection, SettledTicket } from './race-events.ts';
import { pricingTask, resultIn } from './race-pricing.ts';
import { isMultiLeg, type PoolState, type Race, ticketsOf } from './race-state.ts';
import { TICKET_STATE } from './ticket-table.ts';
import { cents, type PlayerId, type PoolId } from './units.ts';

/**
 * Tickets settled in one turn: enough that a commit is worth it, few enough that a bet on another
 * race waits for well under a millisecond.
 */
export const SETTLED_AT_ONCE = 256;

type RaceDecision = Decision<RaceEvent, RaceRejection>;
type Of<Kind extends RaceCommand['kind']> = Extract<RaceCommand, { readonly kind: Kind }>;

export function settleNext(state: Race, id: PoolId): RaceDecision {
  const pool = state.pools.get(id);
  if (pool === undefined) return reject({ reason: 'unknown-pool', pool: id });
  if (pool.refundQueue.length > 0) return refundNext(pool);
  const { price } = pool;
  // A job pays the tickets of a large pool.
  if (price === undefined || pool.settled || pool.pricing !== undefined) return accept();

  const task = pricingTask(state, pool, resultIn(state, price));
  const priced = priceTickets(task, pool.tickets);
  const tickets: SettledTicket[] = [];
  let moved = 0;
  let at = priced.indices.findIndex((index) => index >= pool.settledBefore);
  if (at < 0) at = priced.indices.length;
  for (; at < priced.indices.length && tickets.length < SETTLED_AT_ONCE; at++) {
    // Within the list.
    const index = priced.indices[at] ?? 0;
    const payment = priced.paymentAt(at);
    if (!isNews(pool, index, payment)) continue;
    tickets.push(settledTicket(pool, index, payment));
    moved += changeOf(pool, index, payment);
  }
  const more = at < priced.indices.length;
  const batch: RaceEvent[] =
    tickets.length === 0
      ? []
      : [
          {
            kind: 'tickets-settled',
            pool: id,
            tickets,
            more,
            sort: 'settlement',
            settlement: pool.run,
            through: more ? (priced.indices[at] ?? 0) : pool.tickets.size,
            atMs: price.atMs,
          },
        ];
  return more ? accept(...batch) : accept(...batch, ...settledWith(state, pool, moved));
}

/** From the pool's job: players who have all this already, of this run or an earlier, are left out. */
export function settlePlayers(state: Race, command: Of<'settle-players'>): RaceDecision {
  const { pool: id, run, more } = command;
  const pool = state.pools.get(id);
  if (pool === undefined) return reject({ reason: 'unknown-pool', pool: id });
  // Another run is due by now, or this one is done.
  if (pool.pricing?.run !== run || pool.run !== run || pool.settled) return accept();
  let moved = 0;
  const players = command.players.flatMap(({ player, tickets, except }) => {
    const paid = new Map(tickets.map((it) => [it.ticket - 1, it]));
    let news = false;
    for (const index of ticketsOf(pool, player)) {
      if (!isInPool(pool.tickets.stateAt(index))) continue;
      const payment = paid.get(index) ?? NOTHING;
      if (!isNews(pool, index, payment)) continue;
      news = true;
      moved += changeOf(pool, index, payment);
    }
    if (!news) return [];
    return [
      {
        player,
        tickets: tickets.map((it) => settledOf(pool, it.ticket - 1, it)),
        except: except.map((ticket) => pool.tickets.betAt(ticket - 1)),
      },
    ];
  });
  const atMs = pool.price?.atMs ?? 0;
  const batch: RaceEvent[] =
    players.length === 0 ? [] : [{ kind: 'players-settled', pool: id, run, players, more, atMs }];
  return more ? accept(...batch) : accept(...batch, ...settledWith(state, pool, moved));
}

const NOTHING: Payment = { payout: 0, refund: 0 };

/**
 * The money identity, once more and to the cent: what came in has all gone out by now. A pool for
 * which it does not hold stays unsettled and is looked at; nobody closes the book on it.
 */
function settledWith(state: Race, pool: PoolState, moved: number): RaceEvent[] {
  const left = pool.money - moved;
  if (left !== 0) {
    throw new Error(`pool ${state.id}/${pool.id} would be settled with ${left} cents left`);
  }
  return [{ kind: 'pool-settled', pool: pool.id }, ...paidWith(state, pool)];
}

function isNews(pool: PoolState, index: number, { payout, refund }: Payment): boolean {
  if (pool.tickets.stateAt(index) !== TICKET_STATE.settled) return true;
  const before = pool.given.get(index);
  return (before?.payout ?? 0) !== payout || (before?.refund ?? 0) !== refund;
}

/** What the pool gives more than it gave. */
function changeOf(pool: PoolState, index: number, { payout, refund }: Payment): number {
  const before = pool.given.get(index);
  return payout + refund - (before?.payout ?? 0) - (before?.refund ?? 0);
}

/** What tickets cost that left the pool, given back before any price. */
function refundNext(pool: PoolState): Decision<RaceEvent, never> {
  const isRemoved = (index: number) => pool.tickets.stateAt(index) === TICKET_STATE.removed;
  const [first] = pool.refundQueue;
  const removed = first !== undefined && isRemoved(first);
  const queue: number[] = [];
  for (const index of pool.refundQueue) {
    if (queue.length === SETTLED_AT_ONCE || isRemoved(index) !== removed) break;
    queue.push(index);
  }
  const tickets = queue.map((index) => {
    const payment = { payout: 0, refund: pool.tickets.costAt(index) };
    return settledTicket(pool, index, payment);
  });
  const more = pool.refundQueue.length > queue.length || pool.price !== undefined;
  return accept({
    kind: 'tickets-settled',
    pool: pool.id,
    tickets,
    more,
    sort: removed ? 'refund-of-removed' : 'refund-of-scratched',
    // A ticket on withdrawn runners was never settled before, one of a removed source may have been.
    settlement: removed ? Math.max(1, pool.run, pool.pricing?.run ?? 0) : 1,
    through: 0,
    atMs: pool.refundAtMs,
  });
}

/** The race is paid when the last pool of its own is settled; a multi-leg pool takes its time. */
function paidWith(state: Race, settledNow: PoolState): RaceEvent[] {
  if (isMultiLeg(settledNow)) return [];
  const open = [...state.pools.values()].filter(
    (it) => !isMultiLeg(it) && it !== settledNow && (!it.settled || it.pricing !== undefined),
  );
  if (open.length > 0) return [];
  return [{ kind: 'race-paid', refunded: state.phase === 'void' || state.phase === 'refunded' }];
}

function settledTicket(pool: PoolState, index: number, payment: Payment): SettledTicket {
  const { tickets } = pool;
  const player = tickets.players.nameOf(tickets.playerAt(index)) as PlayerId; // pushed as one
  return { player, ...settledOf(pool, index, payment) };
}

function settledOf(
  { tickets, ruleSet: { channels } }: PoolState,
  index: number,
  { payout, refund }: Payment,
): Omit<SettledTicket, 'player'> {
  const channel = channels && tickets.channels.nameOf(tickets.channelAt(index));
  return {
    ticket: index + 1,
    bet: tickets.betAt(index),
    payout: cents(payout),
    refund: cents(refund),
    claimDays: channels?.find((it) => it.channel === channel)?.claimDays ?? 0,
  };
}
