/**
 * When a pool is priced, and from what. A small pool has its price in the same decision; a large
 * one in a job, which computes off the shard what `pricing-begun` says and hands in `record-price`.
 *
 * Invariant: a run is priced once; a later run replaces an earlier one, done or not.
 */
import { accept, type Decision, reject } from '../runtime/actor.ts';
import { dayOf, type PricingTask, priceTickets, recordedPrice } from './pool-pricing.ts';
import type { LegOutcome, Order, PoolResult } from './pools/price.ts';
import type { RaceCommand, RaceEvent, RaceRejection, RecordedPrice } from './race-events.ts';
import {
  entriesOf,
  isMultiLeg,
  nonRunnersOf,
  type PoolState,
  type Race,
  startersOf,
} from './race-state.ts';
import { type RunnerNumber, sumOf } from './units.ts';

/** Tickets that are priced and settled on the shard: some milliseconds. */
export const PRICED_AT_ONCE = 1_000;

/** And combinations of them, where each is looked at: of bets on one race. */
const COMBINATIONS_AT_ONCE = 20_000;

/** Priced and settled by a job. */
export function isLarge({ tickets, combinations, ruleSet: { bet } }: PoolState): boolean {
  if (tickets.size > PRICED_AT_ONCE) return true;
  return bet.kind === 'runners' && combinations > COMBINATIONS_AT_ONCE;
}

type Of<Kind extends RaceCommand['kind']> = Extract<RaceCommand, { readonly kind: Kind }>;

interface Due {
  readonly result: PoolResult;
  /** When what made it due was ordered. */
  readonly atMs: number;
  /** A source whose tickets are leaving the pool in this very decision. */
  readonly without?: string;
  /** The race's other prices, where not as in its state: those made in this very decision. */
  readonly others?: readonly RecordedPrice[];
}

/** The pool's next run. */
export function priceEvent(state: Race, pool: PoolState, due: Due): RaceEvent {
  const run = Math.max(pool.run, pool.pricing?.run ?? 0) + 1;
  const { result, atMs, without, others } = due;
  if (!isLarge(pool)) {
    const task = pricingTask(state, pool, result, others);
    const { price } = priceTickets(task, pool.tickets, without);
    return { kind: 'pool-priced', pool: pool.id, run, ...recordedPrice(price, task), atMs };
  }
  const race = result.kind === 'race' ? result.result : undefined;
  return {
    kind: 'pricing-begun',
    pool: pool.id,
    run,
    legs: result.kind === 'legs' ? result.legs : [],
    order: race?.order ?? [],
    nonRunners: race?.nonRunners ?? [],
    starters: race?.starters ?? 0,
    voided: result.kind === 'void',
    atMs,
  };
}

export function pricingTask(
  state: Race,
  pool: PoolState,
  result: PoolResult,
  others: readonly RecordedPrice[] = otherPrices(state, pool),
): PricingTask {
  const { ruleSet, guarantee, carriedNet, carriedGross, mandatory } = pool;
  const money = { guarantee, carriedNet, carriedGross, mandatory, roundings: roundingsOf(others) };
  return { ruleSet, result, money, day: dayOf(state.offAtMs) };
}

/** PMU art. 22: a minimum is paid from the roundings of the same race, each of which pays once. */
function roundingsOf(others: readonly RecordedPrice[]): number {
  const kept = others.map(({ breakage, shortRoundings }) => Math.max(0, breakage) - shortRoundings);
  return Math.max(0, sumOf(kept));
}

function otherPrices(state: Race, pool: PoolState): RecordedPrice[] {
  const others = [...state.pools.values()].filter((it) => it !== pool && !isMultiLeg(it));
  // A price that a job is about to replace has no roundings to give.
  const isStale = ({ pricing, run }: PoolState) => pricing !== undefined && pricing.run > run;
  return others.flatMap((it) => (isStale(it) ? [] : (it.price ?? [])));
}

/** Of the race's own pools, by the order that is or becomes official. */
export function raceResult(state: Race, order: Order): PoolResult {
  const result = {
    order,
    nonRunners: nonRunnersOf(state),
    starters: startersOf(state).length,
    entries: entriesOf(state),
  };
  return { kind: 'race', result };
}

/** What a price in the log was made from. */
export function resultIn(
  state: Race,
  recorded: {
    readonly legs: readonly LegOutcome[];
    readonly order: Order;
    readonly nonRunners: readonly RunnerNumber[];
    readonly starters: number;
    readonly voided: boolean;
  },
): PoolResult {
  const { legs, order, nonRunners, starters, voided } = recorded;
  if (voided) return { kind: 'void' };
  if (legs.length > 0) return { kind: 'legs', legs };
  return { kind: 'race', result: { order, nonRunners, starters, entries: entriesOf(state) } };
}

/** What the pool would be priced from as things are; undefined while it is not decided. */
export function decidedResult(state: Race, pool: PoolState): PoolResult | undefined {
  if (isMultiLeg(pool)) {
    const legs = pool.legOutcomes.filter((it) => it !== undefined);
    return legs.length < pool.legs.length ? undefined : { kind: 'legs', legs };
  }
  switch (state.phase) {
    case 'official':
    case 'paid':
      return raceResult(state, state.order);
    case 'void':
    case 'refunded':
      return { kind: 'void' };
    default:
      return undefined;
  }
}

/** From the pool's own job. What is not of the run that is due is late, or a repeat. */
export function recordPrice(
  state: Race,
  { pool: id, run, price }: Of<'record-price'>,
): Decision<RaceEvent, RaceRejection> {
  const pool = state.pools.get(id);
  if (pool === undefined) return reject({ reason: 'unknown-pool', pool: id });
  if (pool.pricing?.run !== run || pool.run >= run) return accept();
  const { gross, broughtIn, payout, takeout, breakage, carriedOut } = price;
  // Computed elsewhere: the identity once more, before anybody is paid by it.
  if (gross + broughtIn !== payout + takeout + breakage + carriedOut) {
    throw new Error(`the price of pool ${state.id}/${id} does not add up`);
  }
  return accept({ kind: 'pool-priced', pool: id, run, ...price, atMs: pool.pricing.atMs });
}

/** Priced by a rule set whose dividends no later result changes (Great Britain). */
export function standsAsDeclared({ ruleSet, price, pricing }: PoolState): boolean {
  return ruleSet.afterOfficial === 'stands' && (price !== undefined || pricing !== undefined);
}

/** Why a pool must not be priced; undefined where it may. */
export function unpriceable({ id, disagreement }: PoolState): RaceRejection | undefined {
  if (disagreement === undefined || disagreement.authorised) return undefined;
  const { gross, recounted } = disagreement;
  return { reason: 'totals-disagree', pool: id, gross, recounted };
}
