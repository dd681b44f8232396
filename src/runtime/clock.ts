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
