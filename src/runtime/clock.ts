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

/** Work that is done again and again gets one part in so many of the time. */
const SHARE = 10;

/** The clock counts whole milliseconds: what takes less is seen to take one now and then. */
const COSTS_AVERAGED = 4;

/** A clock that was set forward in the middle of the work would let it rest for hours. */
export const REST_MAX_MS = 10_000;

/** The longer work takes, on average, the longer it rests. */
export interface PartOfTime {
  /** Notes how long it took this time. */
  took(ms: number): void;
  /** How long it rests at least until the next time, so that it does not take more than its part. */
  readonly restMs: number;
}

export function createPartOfTime(): PartOfTime {
  let costMs = 0;
  return {
    took(ms) {
      // A clock that was set back tells nothing.
      costMs += (Math.max(0, ms) - costMs) / COSTS_AVERAGED;
    },
    get restMs() {
      return Math.min(SHARE * costMs, REST_MAX_MS);
    },
  };
}
