/**
 * What a race publishes of its pools while they are undecided: the money, and what each combination
 * would pay. Every publication is an event, so the log has the history of them all.
 *
 * Invariants: a pool is published again only when its money or its runners have changed; its
 * `stakesByCombination` are the stakes of the tickets in it, each combination for itself, and in a
 * pool on one runner nothing is on a withdrawn one.
 */
import { accept, type Decision } from '../runtime/actor.ts';
import { eachCombination } from './formula.ts';
import { dayOf } from './pool-pricing.ts';
import { combinationKey } from './pools/backed.ts';
import { NO_MONEY, type PricedTicket } from './pools/price.ts';
import { probables } from './pools/probables.ts';
import { unitOf } from './pools/rule-set.ts';
import { takeoutRate } from './pools/takings.ts';
import type {
  CombinationMoney,
  PoolProbables,
  PublishedPool,
  RaceCommand,
  RaceEvent,
  RaceRejection,
} from './race-events.ts';
import { OPENED_BEFORE_OFFICIAL } from './race-phases.ts';
import {
  entriesOf,
  isMultiLeg,
  nonRunnersOf,
  type PoolState,
  type Race,
  startersOf,
} from './race-state.ts';
import { type Cents, cents } from './units.ts';

/** At most once a second: what an eye compares, and what the log keeps of a busy pool for ever. */
export const PUBLISHED_EVERY_MS = 1_000;

/** A large pool waits longer: it costs more to compute, to send and to keep. */
const LARGE_POOL_EVERY_MS = 5_000;
const LARGE_POOL_COMBINATIONS = 40;

/**
 * Combinations in one publication, past which the other pools wait for the next: some ten
 * milliseconds of the shard.
 */
const PUBLISHED_AT_ONCE = 200;

export function isPublicationDue(state: Race): boolean {
  if (!OPENED_BEFORE_OFFICIAL.includes(state.phase)) return false;
  return [...state.pools.values()].some((pool) => pool.unpublished);
}

export function publishProbables(
  state: Race,
  { atMs }: Extract<RaceCommand, { readonly kind: 'publish-probables' }>,
): Decision<RaceEvent, RaceRejection> {
  if (!isPublicationDue(state)) return accept();
  const pools = poolsDue(state, atMs).map((pool) => probablesOf(state, pool));
  return pools.length === 0 ? accept() : accept({ kind: 'probables-published', atMs, pools });
}

/** Those that have waited longest first; the last money of a closed pool waits for nothing. */
function poolsDue(state: Race, atMs: number): PoolState[] {
  const selling = state.phase === 'open' || state.phase === 'suspended';
  const lastMs = ({ published: last }: PoolState) => last?.atMs ?? 0;
  const sizeOf = (pool: PoolState) => pool.stakesByCombination?.size ?? 0;
  const due = [...state.pools.values()].filter((pool) => {
    // A clock that stepped back makes no pool wait longer.
    const early = Math.abs(atMs - lastMs(pool)) < LARGE_POOL_EVERY_MS;
    const waits = selling && early && sizeOf(pool) > LARGE_POOL_COMBINATIONS;
    return pool.unpublished && !waits;
  });
  let combinations = 0;
  const chosen = new Set<PoolState>();
  for (const pool of [...due].sort((a, b) => lastMs(a) - lastMs(b))) {
    combinations += Math.max(1, sizeOf(pool));
    if (chosen.size === 0 || combinations <= PUBLISHED_AT_ONCE) chosen.add(pool);
  }
  return due.filter((pool) => chosen.has(pool));
}

function probablesOf(state: Race, pool: PoolState): PoolProbables {
  const { ruleSet, gross, stakesByCombination: stakes } = pool;
  const { guarantee, carriedNet, carriedGross, mandatory } = pool;
  return {
    pool: pool.id,
    gross,
    tickets: pool.tickets.size,
    toShare: toShareOf(state, pool),
    probables:
      stakes === undefined
        ? []
        : probables(ruleSet, {
            stakes,
            starters: startersOf(state),
            nonRunners: nonRunnersOf(state),
            entries: entriesOf(state),
            money: { ...NO_MONEY, guarantee, carriedNet, carriedGross, mandatory },
            day: dayOf(state.offAtMs),
          }),
  };
}

/** max(guarantee, stakes net of deductions): what is announced while the pool is open. */
export function toShareOf(state: Race, { gross, guarantee, ruleSet, price }: PoolState): Cents {
  if (price !== undefined) return cents(price.gross - price.takeout + price.broughtIn);
  const rate = BigInt(takeoutRate(ruleSet, undefined, dayOf(state.offAtMs)));
  return cents(Math.max(guarantee, gross - Number((BigInt(gross) * rate) / 10_000n)));
}

/** Folds a publication: what the feed shows until the next one. */
export function published(
  state: Race,
  { atMs, pools }: Extract<RaceEvent, { readonly kind: 'probables-published' }>,
): Race {
  const starters = startersOf(state);
  for (const told of pools) {
    const pool = state.pools.get(told.pool);
    if (pool === undefined) continue;
    // The stakes of that moment: nothing happened between the decision and this.
    const stakes = new Map(pool.stakesByCombination);
    pool.published = { ...told, atMs, stakes, starters };
    pool.unpublished = false;
  }
  return state;
}

/** What is bet on, and the stake on each combination of it. */
type Staked = Pick<PricedTicket, 'formula' | 'legs' | 'picks' | 'stake'>;

export function addStakes(pool: PoolState, ticket: Staked): void {
  pool.unpublished = true;
  eachKey(pool, ticket, (key, stakes) => {
    stakes.set(key, (stakes.get(key) ?? 0) + ticket.stake);
  });
}

/** Of a ticket that leaves the pool. What a withdrawal took out before is not taken out again. */
export function removeStakes(pool: PoolState, ticket: Staked): void {
  pool.unpublished = true;
  eachKey(pool, ticket, (key, stakes) => {
    const left = (stakes.get(key) ?? ticket.stake) - ticket.stake;
    if (left > 0) stakes.set(key, left);
    else stakes.delete(key);
  });
}

/**
 * Who runs has changed, in every pool of the race alone; where stakes on a runner go back at once,
 * they leave with it.
 */
export function withdrawStakes(
  state: Race,
  { runner, refunding }: Extract<RaceEvent, { readonly kind: 'runner-scratched' }>,
): void {
  for (const pool of state.pools.values()) {
    if (isMultiLeg(pool)) continue;
    pool.unpublished = true;
    if (refunding.includes(pool.id)) pool.stakesByCombination?.delete(String(runner));
  }
}

function eachKey(
  { ruleSet: { bet }, stakesByCombination: stakes }: PoolState,
  ticket: Staked,
  visit: (key: string, stakes: Map<string, number>) => void,
): void {
  if (stakes === undefined || bet.kind === 'legs') return;
  eachCombination(ticket, unitOf(bet, ticket.picks), (runners) => {
    visit(combinationKey(runners, bet.ordered), stakes);
  });
}

export function isOnOneRunner({ ruleSet: { bet } }: PoolState): boolean {
  return bet.kind === 'runners' && bet.picks.length === 1 && bet.picks[0] === 1;
}

/** Each backed combination of a publication: its stakes, and what it would pay if it won. */
export function combinationsOf({ stakes, probables }: PublishedPool): CombinationMoney[] {
  const pays = new Map(probables.map((it) => [it.combination, it.hundredths]));
  return [...stakes].map(([combination, staked]) => ({
    combination,
    stakes: cents(staked),
    probableHundredths: pays.get(combination),
  }));
}
