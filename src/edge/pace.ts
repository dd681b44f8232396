/**
 * How often a channel is published: a board as soon as an eye can follow, odds and races ten times a
 * second, and all of them less often the longer it takes to tell everybody.
 */
import { createPartOfTime } from '../runtime/clock.ts';

/** Of a board: what a player did shows while it is talked of. */
export const BOARD_TICK_MS = 5;

export interface Pace {
  /** Between two publications of a channel at least. */
  tickMs(channel: string): number;
  /** Notes how long it took to tell everybody who listens. */
  took(ms: number): void;
}

/** @param usualMs Of all but boards. */
export function createPace(usualMs: number): Pace {
  const telling = createPartOfTime();
  return {
    tickMs(channel) {
      const least = channel.startsWith('board:') ? Math.min(BOARD_TICK_MS, usualMs) : usualMs;
      return Math.max(least, telling.restMs);
    },
    took: telling.took,
  };
}
