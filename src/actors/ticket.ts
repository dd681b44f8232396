/**
 * A bet as everybody passes it on: formula and selections, never exploded.
 *
 * Invariant: cost = stake × combinations. Whoever makes a ticket has counted its combinations; the
 * race, which alone knows the bet type for certain, counts them again.
 */
import type { Formula } from './formula.ts';
import type { BetId, Cents, PlayerId, PoolId, RaceId, RunnerNumber } from './units.ts';

/** Of a bet whose request names no channel. */
export const ONLINE = 'online';

export interface Ticket {
  readonly bet: BetId;
  readonly player: PlayerId;
  /** Of a bet over several races: the first leg's. */
  readonly race: RaceId;
  readonly pool: PoolId;
  readonly formula: Formula;
  /** The lists of the formula. */
  readonly legs: readonly (readonly RunnerNumber[])[];
  /** Runners of one combination; 0 is the bet type's only number. */
  readonly picks: number;
  /** For each leg, or one complement; 0 is none. */
  readonly alternates: readonly number[];
  /** Percent of the base stake. */
  readonly flexi: number;
  /** On each combination, after flexi. */
  readonly stake: Cents;
  readonly combinations: number;
  /** stake × combinations. */
  readonly cost: Cents;
  /** Where it was sold. */
  readonly channel: string;
}

export function sameTicket(a: Ticket, b: Ticket): boolean {
  return (
    a.race === b.race &&
    a.pool === b.pool &&
    a.formula === b.formula &&
    a.picks === b.picks &&
    a.flexi === b.flexi &&
    a.stake === b.stake &&
    a.channel === b.channel &&
    a.alternates.join() === b.alternates.join() &&
    a.legs.length === b.legs.length &&
    a.legs.every((leg, index) => leg.join() === b.legs[index]?.join())
  );
}

/** Why a race did not take a bet, in words that a record keeps for ever. */
export interface Refusal<Reason extends string = RefusalReason> {
  readonly reason: Reason;
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
  | 'wrong-cost'
  | 'wrong-picks'
  | 'wrong-selection'
  | 'channel-not-sold'
  | 'formula-not-sold'
  | 'flexi-not-sold'
  | 'ticket-below-minimum'
  | 'source-removed'
  | 'pool-full';

/** Why the wallet where the player's money is did not let a bet come to its race. */
export type WalletRefusal = Refusal<WalletRefusalReason>;

export type WalletRefusalReason = 'wallet-late' | 'wallet-declined';

/** Why a race did not give a bet back. */
export type CancelRefusal = Refusal<CancelRefusalReason>;

export type CancelRefusalReason = 'cancel-window-over' | 'race-closed' | 'not-cancellable';

export function refusal<Reason extends string = RefusalReason>(
  reason: Reason,
  details: Record<string, string | number>,
): Refusal<Reason> {
  return {
    reason,
    details: Object.fromEntries(Object.entries(details).map(([name, it]) => [name, String(it)])),
  };
}

/** The product of the lists, whatever they stand for. Exact; `Infinity` beyond safe integers. */
export function combinationsOf(legs: readonly (readonly RunnerNumber[])[]): number {
  let product = 1;
  for (const leg of legs) product *= leg.length;
  return Number.isSafeInteger(product) ? product : Number.POSITIVE_INFINITY;
}
