/** A clock on which waiting takes no time: it is later at once. */
import type { Clock } from '../../../src/runtime/clock.ts';

export interface QuickClock extends Clock {
  /** Every wait so far. */
  readonly waits: number[];
}

export function createQuickClock(): QuickClock {
  let nowMs = 1_000_000;
  const waits: number[] = [];
  return {
    waits,
    now: () => nowMs,
    after(delayMs, work) {
      let cancelled = false;
      waits.push(delayMs);
      const dueMs = nowMs + delayMs;
      setImmediate(() => {
        if (cancelled) return;
        nowMs = Math.max(nowMs, dueMs);
        work();
      });
      return () => {
        cancelled = true;
      };
    },
  };
}
