/** A race as it answers questions: the card, the money, the prices. */

import type { PoolSummary, PublicationSummary, RaceSummary, RunnerMoney } from './race-events.ts';
import { combinationsOf, isOnOneRunner, toShareOf } from './race-probables.ts';
import { type PoolState, type Race, startersOf } from './race-state.ts';
import { type Cents, cents, sumOf } from './units.ts';

export function raceSummary(state: Race): RaceSummary {
  return {
    race: state.id,
    title: state.title,
    offAtMs: state.offAtMs,
    phase: state.phase,
    runners: [...state.runners.values()].map((it) => ({ ...it })),
    order: state.order,
    pools: [...state.pools.values()].map((pool) => poolSummary(state, pool)),
    inquiries: [...state.inquiries.values()],
    run: state.run,
    surfaceChanged: state.surfaceChanged,
  };
}

/** What of the players' and the house's money is in the race's pools now. */
export function raceBooks(state: Race): Cents {
  return sumOf([...state.pools.values()].map((pool) => pool.money));
}

function poolSummary(state: Race, pool: PoolState): PoolSummary {
  return {
    id: pool.id,
    ruleSet: pool.ruleSet.id,
    legs: pool.legs,
    guarantee: pool.guarantee,
    gross: pool.gross,
    tickets: pool.tickets.size,
    runners: runnersMoney(state, pool),
    published: publicationOf(pool),
    toShare: toShareOf(state, pool),
    price: pool.price,
    settled: pool.settled,
    run: pool.run,
    pricing: pool.pricing !== undefined && pool.pricing.run > pool.run,
    removedSources: [...pool.removedSources],
    disagreement: pool.disagreement,
    survivors: pool.survivors,
  };
}

function publicationOf(pool: PoolState): PublicationSummary | undefined {
  if (pool.published === undefined) return undefined;
  const combinations = isOnOneRunner(pool) ? [] : combinationsOf(pool.published);
  return { atMs: pool.published.atMs, combinations };
}

/** The stakes as they are, and what was last published that 1 on each would pay. */
function runnersMoney(state: Race, pool: PoolState): RunnerMoney[] {
  if (!isOnOneRunner(pool)) return [];
  const pays = new Map(pool.published?.probables.map((it) => [it.combination, it.hundredths]));
  return startersOf(state).map((runner) => ({
    runner,
    stakes: cents(pool.stakesByCombination?.get(String(runner)) ?? 0),
    probableHundredths: pays.get(String(runner)),
  }));
}
