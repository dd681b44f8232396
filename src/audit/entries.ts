/** What all streams are entered into: bets, pools and awards by name, and the faults that are found. */
import type { AwardSides } from './ledger-awards.ts';
import type { BetSides, PoolSides, ShareSides } from './sides.ts';

export interface Entries {
  betOf(player: string, bet: string): BetSides;
  poolOf(race: string, pool: string): PoolSides;
  shareOf(player: string, of: { readonly race: string; readonly pool: string }): ShareSides;
  awardOf(player: string, award: string): AwardSides;
  fault(what: string): void;
  /** Told of everything that waits to be claimed, and of what becomes of it. */
  claimMoved(move: ClaimMove): void;
}

/** Cents of a bet that began to wait (below 0 where a correction took some back), or ceased to. */
export interface ClaimMove {
  readonly kind: 'added' | 'claimed' | 'expired';
  readonly race: string;
  readonly cents: number;
}

export function foundOrMade<Value>(
  values: Map<string, Value>,
  key: string,
  make: () => Value,
): Value {
  const found = values.get(key);
  if (found !== undefined) return found;
  const made = make();
  values.set(key, made);
  return made;
}
