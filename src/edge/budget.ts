/** A token bucket: so many at once, so many a second after. Never goes below nothing. */
export interface Budget {
  /** Takes `count`, or nothing and gives `false` when there are not as many. */
  take(count: number): boolean;
}

/** @param now Epoch milliseconds; a step backwards earns nothing and costs nothing. */
export function createBudget(options: {
  readonly burst: number;
  readonly perSecond: number;
  readonly now: () => number;
}): Budget {
  const { burst, perSecond, now } = options;
  let left = burst;
  let countedAtMs = now();
  return {
    take(count) {
      const nowMs = now();
      left = Math.min(burst, left + (Math.max(0, nowMs - countedAtMs) * perSecond) / 1000);
      countedAtMs = nowMs;
      if (count > left) return false;
      left -= count;
      return true;
    },
  };
}
