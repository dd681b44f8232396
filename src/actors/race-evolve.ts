/** Folds a race's events into its state. No rules: whatever was decided, happened. */
import { unreachable } from '../runtime/actor.ts';
import { isInPool, ticketsByPlayer } from './pool-pricing.ts';
import type { RaceEvent, RecordedPrice } from './race-events.ts';
import { resultIn } from './race-pricing.ts';
import { addStakes, published, removeStakes, withdrawStakes } from './race-probables.ts';
import {
  betKey,
  declarationKey,
  initialPool,
  isMultiLeg,
  leavingWith,
  type PoolState,
  type Race,
  stakesIn,
  ticketsOf,
} from './race-state.ts';
import { countOf, isCountedOff } from './race-survivors.ts';
import { TICKET_STATE, type TicketStateCode } from './ticket-table.ts';
import { cents, type PoolId } from './units.ts';
import { ruleSetIn, termsFrom } from './upcasting.ts';

type Of<Kind extends RaceEvent['kind']> = Extract<RaceEvent, { readonly kind: Kind }>;

export function evolveRace(state: Race, event: RaceEvent): Race {
  switch (event.kind) {
    case 'race-declared':
      return declared(state, event);
    case 'race-opened':
      state.phase = 'open';
      return state;
    case 'race-suspended':
      state.phase = 'suspended';
      return state;
    case 'race-closed':
      return closed(state, event);
    case 'race-run':
      state.phase = 'run';
      return state;
    case 'runner-scratched':
      return scratched(state, event);
    case 'bet-registered':
      return registered(state, event);
    case 'bet-cancelled':
      return cancelled(state, event);
    case 'cancel-refused':
      state.cancels.add(betKey(event.player, event.bet));
      return state;
    case 'bet-refused':
      state.refused.set(betKey(event.player, event.bet), event.refusal);
      return state;
    case 'result-entered':
      state.phase = awaited(state);
      state.order = event.order;
      state.didNotFinish = event.didNotFinish;
      return state;
    case 'inquiry-opened': {
      const { id, sort, why, runners } = event;
      state.inquiries.set(id, { id, sort, why, runners });
      state.inquiriesOpened = id;
      state.phase = awaited(state);
      return state;
    }
    case 'inquiry-closed':
      state.inquiries.delete(event.id);
      state.phase = awaited(state);
      return state;
    case 'race-made-official':
      state.phase = 'official';
      state.run = event.run || 1;
      return state;
    case 'pool-authorised': {
      const pool = poolOf(state, event.pool);
      if (pool.disagreement !== undefined) {
        pool.disagreement = { ...pool.disagreement, authorised: true };
      }
      return state;
    }
    case 'pricing-reopened':
      // For the record of who and why: the result and the prices that follow change the state.
      return state;
    case 'source-removed':
      return sourceRemoved(state, event);
    case 'race-voided':
      state.phase = 'void';
      state.inquiries.clear();
      return state;
    case 'leg-attached':
      state.legOf.push(event.legOf);
      state.legPlaces = Math.max(state.legPlaces, event.places ?? 1);
      return state;
    case 'leg-runners-recorded': {
      const pool = poolOf(state, event.pool);
      pool.legRunners[event.leg] = event.runners;
      withdrawn(pool);
      return state;
    }
    case 'leg-closed':
      poolOf(state, event.pool).closedLegs.add(event.leg);
      return state;
    case 'leg-recorded': {
      const pool = poolOf(state, event.pool);
      pool.legOutcomes[event.leg] = event.outcome;
      pool.legRevisions[event.leg] = event.revision || 1;
      pool.counting = isCountedOff(pool) ? countOf(pool) : undefined;
      return state;
    }
    case 'survivors-counted': {
      const { kind: _, pool: id, count, ...survivors } = event;
      const pool = poolOf(state, id);
      pool.survivors = survivors;
      if (pool.counting === count) pool.counting = undefined;
      return state;
    }
    case 'surface-changed':
      state.surfaceChanged = true;
      state.surfaceAtMs = event.atMs;
      return state;
    case 'pricing-begun': {
      const { run, atMs } = event;
      const pool = poolOf(state, event.pool);
      const { tickets } = pool;
      pool.pricing = {
        run,
        atMs,
        result: resultIn(state, event),
        tickets: tickets.share(),
        byPlayer: ticketsByPlayer(tickets),
      };
      pool.settled = false;
      return unpaid(state, pool);
    }
    case 'pool-priced':
      return priced(state, event);
    case 'tickets-settled':
      return settled(state, event);
    case 'players-settled':
      return playersSettled(state, event);
    case 'probables-published':
      return published(state, event);
    case 'pool-settled': {
      const pool = poolOf(state, event.pool);
      pool.settled = true;
      pool.pricing = undefined;
      return state;
    }
    case 'race-paid':
      state.phase = event.refunded ? 'refunded' : 'paid';
      return state;
    default:
      return unreachable(event);
  }
}

function declared(state: Race, event: Of<'race-declared'>): Race {
  state.phase = 'declared';
  state.title = event.title;
  state.offAtMs = event.offAtMs;
  state.declaration = declarationKey(event);
  for (const runner of event.runners) {
    state.runners.set(runner.number, { ...runner, scratched: false });
  }
  for (const { ruleSet, ...pool } of event.pools) {
    state.pools.set(
      pool.id,
      initialPool({ ...pool, ruleSet: ruleSetIn(ruleSet) }, event.runners.length),
    );
  }
  return state;
}

function closed(state: Race, { totals = [], atMs }: Of<'race-closed'>): Race {
  state.phase = 'closed';
  for (const pool of state.pools.values()) pool.closedAtMs = atMs;
  for (const { pool, gross, recounted } of totals) {
    if (gross === recounted) continue;
    poolOf(state, pool).disagreement = { gross, recounted, authorised: false };
  }
  return state;
}

/** Where a race with a result is before it is official. */
function awaited(state: Race): 'provisional' | 'under-inquiry' {
  return state.inquiries.size === 0 ? 'provisional' : 'under-inquiry';
}

/** Another run moves the difference between the two prices, and the tickets are gone through anew. */
function priced(state: Race, event: Of<'pool-priced'>): Race {
  const { kind: _, pool: id, run: told, ...price } = event;
  const pool = poolOf(state, id);
  const run = told || 1;
  const broughtBefore = pool.price === undefined ? 0 : broughtBy(pool.price);
  pool.money = cents(pool.money + broughtBy(price) - broughtBefore);
  pool.price = price;
  pool.run = run;
  pool.settledBefore = 0;
  pool.settled = false;
  if (pool.pricing !== undefined && pool.pricing.run < run) pool.pricing = undefined;
  return unpaid(state, pool);
}

/** Not all is paid any more. A pool over several races has no part in that. */
function unpaid(state: Race, pool: PoolState): Race {
  if (isMultiLeg(pool)) return state;
  if (state.phase === 'paid') state.phase = 'official';
  else if (state.phase === 'refunded') state.phase = 'void';
  return state;
}

/** What a price puts into a pool for its tickets, or takes from it. */
function broughtBy({ broughtIn, takeout, breakage, carriedOut }: RecordedPrice): number {
  return broughtIn - takeout - breakage - carriedOut;
}

/**
 * The source's tickets leave the pool at once and are paid back a batch at a time, like those on a
 * withdrawn runner; what they were paid goes into the difference.
 */
function sourceRemoved(state: Race, { pool: id, source, atMs }: Of<'source-removed'>): Race {
  const pool = poolOf(state, id);
  pool.removedSources.add(source);
  pool.refundAtMs = atMs;
  withdrawn(pool);
  const channel = pool.tickets.channels.numberOf(source);
  for (let index = 0; index < pool.tickets.size; index++) {
    if (!isInPool(pool.tickets.stateAt(index))) continue;
    if (pool.tickets.channelAt(index) !== channel) continue;
    leavePool(pool, { index, as: TICKET_STATE.removed });
    pool.refundQueue.push(index);
  }
  return state;
}

/** What was counted of a bet over several races between its legs is not true any more. */
function withdrawn(pool: PoolState): void {
  pool.withdrawals += 1;
  if (isCountedOff(pool)) pool.counting = countOf(pool);
}

/**
 * Stakes on the runner leave the pool at once. A ticket without a runner left is paid back, a
 * batch at a time; one that has others goes on with them, and its price gives back the rest.
 */
function scratched(state: Race, event: Of<'runner-scratched'>): Race {
  const runner = state.runners.get(event.runner);
  if (runner !== undefined) runner.scratched = true;
  withdrawStakes(state, event);
  for (const id of event.refunding) {
    const pool = poolOf(state, id);
    const { tickets, givenBack } = pool;
    const leaving = leavingWith(state, pool, event.runner);
    pool.refundAtMs = event.atMs;
    for (let index = 0; index < tickets.size; index++) {
      if (!isInPool(tickets.stateAt(index))) continue;
      const [picked = []] = tickets.selectionAt(index).legs;
      const gone = picked.filter((it) => leaving.includes(it));
      if (gone.length === 0) continue;
      pool.gross = cents(pool.gross - tickets.stakeAt(index) * gone.length);
      if (!picked.every((it) => givenBack.has(it) || leaving.includes(it))) continue;
      tickets.setState(index, TICKET_STATE.refunded);
      pool.refundQueue.push(index);
    }
    for (const runner of leaving) {
      givenBack.add(runner);
      pool.stakesByCombination?.delete(String(runner));
    }
  }
  return state;
}

function registered(state: Race, event: Of<'bet-registered'>): Race {
  const { bet, player, stake, cost, atMs } = event;
  const pool = poolOf(state, event.pool);
  const terms = termsFrom(event);
  pool.tickets.push({ bet, player, stake, ...terms, atMs });
  pool.combinations += pool.tickets.combinationsAt(pool.tickets.size - 1);
  pool.gross = cents(pool.gross + cost);
  pool.money = cents(pool.money + cost);
  addStakes(pool, { ...terms, stake });
  return state;
}

/** The ticket keeps its number and nothing else: its player has the stake back. */
function cancelled(state: Race, event: Of<'bet-cancelled'>): Race {
  const pool = poolOf(state, event.pool);
  const index = event.ticket - 1;
  leavePool(pool, { index, as: TICKET_STATE.cancelled });
  pool.money = cents(pool.money - pool.tickets.costAt(index));
  state.cancels.add(betKey(event.player, event.bet));
  return state;
}

/** Its stakes are no longer in the gross, nor on any runner. */
function leavePool(
  pool: PoolState,
  { index, as }: { readonly index: number; readonly as: TicketStateCode },
): void {
  const stake = pool.tickets.stakeAt(index);
  pool.gross = cents(pool.gross - stakesIn(pool, index));
  removeStakes(pool, { ...pool.tickets.selectionAt(index), stake });
  pool.tickets.setState(index, as);
}

function settled(state: Race, event: Of<'tickets-settled'>): Race {
  const pool = poolOf(state, event.pool);
  for (const ticket of event.tickets) {
    give(pool, ticket);
    if (event.sort === 'settlement') {
      pool.tickets.setState(ticket.ticket - 1, TICKET_STATE.settled);
    }
  }
  if (event.sort !== 'settlement') {
    pool.refundQueue = pool.refundQueue.slice(event.tickets.length);
    return state;
  }
  const through = event.through || (event.tickets.at(-1)?.ticket ?? 0);
  pool.settledBefore = Math.max(pool.settledBefore, through);
  return state;
}

function playersSettled(state: Race, event: Of<'players-settled'>): Race {
  const pool = poolOf(state, event.pool);
  for (const { player, tickets } of event.players) {
    const paid = new Map(tickets.map((it) => [it.ticket - 1, it]));
    for (const index of ticketsOf(pool, player)) {
      if (!isInPool(pool.tickets.stateAt(index))) continue;
      const { payout = 0, refund = 0 } = paid.get(index) ?? {};
      give(pool, { ticket: index + 1, payout, refund });
      pool.tickets.setState(index, TICKET_STATE.settled);
    }
  }
  return state;
}

/** The whole of what a ticket gets: only the difference to what it had moves. */
function give(
  pool: PoolState,
  {
    ticket,
    payout,
    refund,
  }: { readonly ticket: number; readonly payout: number; readonly refund: number },
): void {
  const index = ticket - 1;
  const before = pool.given.get(index);
  // Most tickets of most pools get nothing, and had nothing.
  if (payout === 0 && refund === 0 && before === undefined) return;
  pool.money = cents(pool.money - payout - refund + (before?.payout ?? 0) + (before?.refund ?? 0));
  if (payout === 0 && refund === 0) pool.given.delete(index);
  else pool.given.set(index, { payout, refund });
}

function poolOf(state: Race, id: PoolId): PoolState {
  const pool = state.pools.get(id);
  if (pool === undefined) throw new Error(`race ${state.id} has no pool ${id}`);
  return pool;
}
