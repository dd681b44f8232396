/**
 * What waits for an answer, and why: for people who look.
 *
 * Invariant: oldest first, and by address and name where two are as old, so that a page goes on
 * exactly where the one before it ended, whichever shards and turns are between.
 */
import type { Address } from './actor.ts';

/** In one answer of one shard. */
export const STUCK_MAX = 500;

export interface Stuck {
  /** `call`, `job`, `timer`, `delivery`, or what an actor's kind calls it. */
  readonly kind: string;
  /** The actor that waits; of a delivery, the one that has not taken it. */
  readonly address: Address;
  readonly name: string;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
  readonly attempts: number;
  /** What the last attempt ended with. */
  readonly why: string;
}

export type StuckPlace = Pick<Stuck, 'sinceMs' | 'kind' | 'address' | 'name'>;

export interface StuckQuery {
  /** What waits since then or longer. */
  readonly untilMs: number;
  /** The last one of the page before. */
  readonly after?: StuckPlace;
  readonly limit: number;
}

/** Keeps no more than it gives, however much there is. */
export function oldestOf(all: Iterable<Stuck>, { untilMs, after, limit }: StuckQuery): Stuck[] {
  const most = Math.min(limit, STUCK_MAX);
  let kept: Stuck[] = [];
  for (const it of all) {
    if (it.sinceMs > untilMs || (after !== undefined && byAge(it, after) <= 0)) continue;
    kept.push(it);
    if (kept.length >= 2 * most) kept = kept.sort(byAge).slice(0, most);
  }
  return kept.sort(byAge).slice(0, most);
}

function byAge(a: StuckPlace, b: StuckPlace): number {
  if (a.sinceMs !== b.sinceMs) return a.sinceMs - b.sinceMs;
  const [left, right] = [placeOf(a), placeOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function placeOf({ kind, address, name }: StuckPlace): string {
  return `${kind}\n${address}\n${name}`;
}
