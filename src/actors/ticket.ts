/** A bet as everybody passes it on: formula and selections, never exploded. */
import type { BetId, Cents, PlayerId, PoolId, RaceId, RunnerNumber } from './units.ts';

export interface Ticket {
  readonly bet: BetId;
  readonly player: PlayerId;
  /** Of a bet over several races: the first leg's. */
  readonly race: RaceId;
  readonly pool: PoolId;
  /** One list of runners for each leg. */
  readonly legs: readonly (readonly RunnerNumber[])[];
  /** On each combination. */
  readonly stake: Cents;
  /** stake × combinations. */
  readonly cost: Cents;
}

/** Why a race did not take a bet, in words that a record keeps for ever. */
export interface Refusal {
  readonly reason: RefusalReason;
  /** What explains it, by name: { phase: 'closed' }. */
  readonly details: Readonly<Record<string, string>>;
}

export type RefusalReason =
  | 'unknown-race'
  | 'race-not-open'
  | 'unknown-pool'
  | 'leg-not-declared'
  | 'wrong-number-of-legs'
  | 'wrong-number-of-runners'
  | 'unknown-runner'
  | 'scratched-runner'
  | 'stake-below-minimum'
  | 'stake-above-maximum'
  | 'stake-not-a-multiple'
  | 'too-many-combinations'
  | 'wrong-cost';

export function refusal(reason: RefusalReason, details: Record<string, string | number>): Refusal {
  return {
    reason,
    details: Object.fromEntries(Object.entries(details).map(([name, it]) => [name, String(it)])),
  };
}

/** Combinations of a formula: the product of its legs. Exact; `Infinity` beyond safe integers. */
export function combinationsOf(legs: readonly (readonly RunnerNumber[])[]): number {
  let product = 1;
  for (const leg of legs) product *= leg.length;
  return Number.isSafeInteger(product) ? product : Number.POSITIVE_INFINITY;
}
