/**
 * The narrow window: a terminal that sends one bet under two ids sends it twice within moments.
 *
 * Invariant: which of them counts depends on when they happened, not on which came first.
 */
import type { Contribution } from './contribution.ts';

/** @param sorted Of one player, by time. Of those alike within the window of the last that was kept, none is. */
export function withoutRepeats<It extends Contribution>(
  sorted: readonly It[],
  windowMs: number | undefined,
  onRepeat: (it: It) => void = () => {},
): readonly It[] {
  if (windowMs === undefined || windowMs === 0) return sorted;
  const lastMs = new Map<string, number>();
  return sorted.filter((it) => {
    if (it.isBet === true) return true;
    const key = JSON.stringify([it.game, it.stake, it.win]);
    const before = lastMs.get(key);
    if (before !== undefined && it.timeMs - before <= windowMs) {
      onRepeat(it);
      return false;
    }
    lastMs.set(key, it.timeMs);
    return true;
  });
}
