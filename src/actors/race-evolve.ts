/** Folds a race's events into its state. No rules: whatever was decided, happened. */
import { unreachable } from '../runtime/actor.ts';
import type { RuleSet } from './pools/rule-set.ts';
import type { RaceEvent } from './race-events.ts';
import {
  betKey,
  declarationKey,
  initialPool,
  isMultiLeg,
  type PoolState,
  type Race,
} from './race-state.ts';
import { cents, type PoolId, type RunnerNumber } from './units.ts';

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
      state.phase = 'closed';
      return state;
    case 'runner-scratched':
      return scratched(state, event);
    case 'bet-registered':
      return registered(state, event);
    case 'bet-refused':
      state.bets.set(betKey(event.player, event.bet), event.refusal);
      return state;
    case 'result-entered':
      state.phase = 'provisional';
      state.order = event.order;
      return state;
    case 'race-made-official':
      state.phase = 'official';
      return state;
    case 'race-voided':
      state.phase = 'void';
      return state;
    case 'leg-attached':
      state.legOf.push(event.legOf);
      return state;
    case 'leg-runners-recorded':
      poolOf(state, event.pool).legRunners[event.leg] = event.runners;
      return state;
    case 'leg-closed':
      poolOf(state, event.pool).closedLegs.add(event.leg);
      return state;
    case 'leg-recorded':
      poolOf(state, event.pool).legOutcomes[event.leg] = event.outcome;
      return state;
    case 'pool-priced': {
      const { kind: _, pool: id, ...price } = event;
      const pool = poolOf(state, id);
      pool.price = price;
      pool.money = cents(
        pool.money + price.broughtIn - price.takeout - price.breakage - price.carriedOut,
      );
      return state;
    }
    case 'tickets-settled':
      return settled(state, event);
    case 'pool-settled':
      poolOf(state, event.pool).settled = true;
      return state;
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
  for (const { number, name } of event.runners) {
    state.runners.set(number, { number, name, scratched: false });
  }
  for (const { id, ruleSet, legs, guarantee } of event.pools) {
    state.pools.set(id, initialPool(id, ruleSetOf(ruleSet), legs, guarantee));
  }
  return state;
}

/** Sound when it was declared (race-orders.ts); stricter rules of later days do not unmake it. */
function ruleSetOf(json: string): RuleSet {
  return JSON.parse(json) as RuleSet;
}

/**
 * Stakes on the runner leave the pool at once. A ticket without a runner left is paid back, a
 * batch at a time; one that has others goes on with them, and its price gives back the rest.
 */
function scratched(state: Race, event: Of<'runner-scratched'>): Race {
  const runner = state.runners.get(event.runner);
  if (runner !== undefined) runner.scratched = true;
  for (const id of event.refunding) {
    const pool = poolOf(state, id);
    for (const [index, { legs, stake }] of pool.tickets.entries()) {
      const picked = legs[0] ?? [];
      if (!picked.includes(event.runner)) continue;
      pool.gross = cents(pool.gross - stake);
      if (picked.every((it) => state.runners.get(it)?.scratched)) pool.refundQueue.push(index);
    }
    pool.stakesByRunner.delete(event.runner);
  }
  return state;
}

function registered(state: Race, event: Of<'bet-registered'>): Race {
  const { bet, player, legs, stake, cost } = event;
  const pool = poolOf(state, event.pool);
  pool.tickets.push({ bet, player, legs, stake, cost, done: false });
  pool.gross = cents(pool.gross + cost);
  pool.money = cents(pool.money + cost);
  state.bets.set(betKey(player, bet), undefined);
  if (!isMultiLeg(pool)) {
    for (const runner of legs[0] ?? []) addStake(pool, runner, stake);
  }
  return state;
}

function settled(state: Race, event: Of<'tickets-settled'>): Race {
  const pool = poolOf(state, event.pool);
  for (const { ticket: number, payout, refund } of event.tickets) {
    const ticket = pool.tickets[number - 1];
    if (ticket !== undefined) ticket.done = true;
    pool.money = cents(pool.money - payout - refund);
  }
  if (event.sort === 'refund-of-scratched') {
    pool.refundQueue = pool.refundQueue.slice(event.tickets.length);
    return state;
  }
  pool.settledBefore = Math.max(pool.settledBefore, event.tickets.at(-1)?.ticket ?? 0);
  return state;
}

function addStake(pool: PoolState, runner: RunnerNumber, stake: number): void {
  pool.stakesByRunner.set(runner, (pool.stakesByRunner.get(runner) ?? 0) + stake);
}

function poolOf(state: Race, id: PoolId): PoolState {
  const pool = state.pools.get(id);
  if (pool === undefined) throw new Error(`race ${state.id} has no pool ${id}`);
  return pool;
}
