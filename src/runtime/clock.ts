/** Time as a dependency: the only source of it for everything but this file. */

export interface Clock {
  /** Epoch milliseconds, UTC. May step backwards: order never comes from it. */
  now(): number;
  /** Calls `work` once, `delayMs` from now at the earliest. Returns what cancels it. */
  after(delayMs: number, work: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, work) {
    const timer = setTimeout(work, delayMs);
    return () => clearTimeout(timer);
  },
};

/**
 * Milliseconds that have passed, as far as `clock` tells: for how long somebody waits is a stretch of
 * time, not a time of day. Never goes backwards: a step back of the clock counts as no time, one
 * forwards as the time it skips.
 */
export function elapsedBy(clock: Pick<Clock, 'now'>): () => number {
  let lastMs = clock.now();
  let elapsedMs = 0;
  return () => {
    const nowMs = clock.now();
    elapsedMs += Math.max(0, nowMs - lastMs);
    lastMs = nowMs;
    return elapsedMs;
  };
}
