// Time that a test moves by hand.
import type { Clock } from '../../../src/runtime/clock.ts';

export interface ManualClock extends Clock {
  /** Moves time on, doing whatever falls due on the way, in order. */
  advance(byMs: number): void;
}

export function manualClock(startMs = 1_800_000_000_000): ManualClock {
  let nowMs = startMs;
  let due: { readonly atMs: number; readonly work: () => void }[] = [];
  return {
    now: () => nowMs,
    after(delayMs, work) {
      const entry = { atMs: nowMs + delayMs, work };
      due.push(entry);
      return () => {
        due = due.filter((other) => other !== entry);
      };
    },
    advance(byMs) {
      const untilMs = nowMs + byMs;
      for (;;) {
        const [next] = due.filter((e) => e.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
        if (!next) break;
        due = due.filter((entry) => entry !== next);
        nowMs = next.atMs;
        next.work();
      }
      nowMs = untilMs;
    },
  };
}
