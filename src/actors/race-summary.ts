/** A race as it answers questions: the card, the money, the prices. */
import { takingsOf } from './pools/dividend.ts';
import { probables } from './pools/single-race.ts';
import type { PoolSummary, RaceSummary, RunnerMoney } from './race-events.ts';
import { isMultiLeg, type PoolState, type Race } from './race-state.ts';
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
    tickets: pool.tickets.length,
    runners: isMultiLeg(pool) ? [] : runnersMoney(state, pool),
    toShare: toShare(pool),
    price: pool.price,
    settled: pool.settled,
  };
}

function runnersMoney(state: Race, pool: PoolState): RunnerMoney[] {
  const starters = [...state.runners.values()].filter((it) => !it.scratched);
  const stakes = new Map(
    starters.map((it) => [it.number, pool.stakesByRunner.get(it.number) ?? 0]),
  );
  const pays = probables(pool.ruleSet, stakes);
  return starters.map(({ number }) => ({
    runner: number,
    stakes: cents(stakes.get(number) ?? 0),
    probableHundredths: pays.get(number),
  }));
}

/** max(guarantee, stakes net of deductions): what is announced while the pool is open. */
function toShare({ gross, guarantee, ruleSet, price }: PoolState): Cents {
  if (price !== undefined) return cents(price.gross - price.takeout + price.broughtIn);
  return cents(Math.max(guarantee, gross - takingsOf(ruleSet, gross).takeout));
}
