/**
 * How often a channel is published: a board as soon as an eye can follow, odds and races ten times a
 * second, and all of them less often the longer it takes to tell everybody.
 */

/** Of a board: what a player did shows while it is talked of. */
export const BOARD_TICK_MS = 5;

/** Telling viewers takes one part in so many of an edge's time. */
const SHARE = 10;

/** The clock counts whole milliseconds: what takes less is seen to take one now and then. */
const COSTS_AVERAGED = 4;

export interface Pace {
  /** Between two publications of a channel at least. */
  tickMs(channel: string): number;
  /** Notes how long it took to tell everybody who listens. */
  took(ms: number): void;
}

/** @param usualMs Of all but boards. */
export function createPace(usualMs: number): Pace {
  let costMs = 0;
  return {
    tickMs(channel) {
      const least = channel.startsWith('board:') ? Math.min(BOARD_TICK_MS, usualMs) : usualMs;
      return Math.max(least, SHARE * costMs);
    },
    took(ms) {
      costMs += (ms - costMs) / COSTS_AVERAGED;
    },
  };
}
