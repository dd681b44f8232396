// Time that moves only when a test turns it.
import type { Clock } from '../../src/runtime/clock.ts';

export interface TurnedClock extends Clock {
  /** Turns time on, doing whatever falls due on the way, in the order in which it does. */
  turn(byMs: number): void;
  /** Works that wait for their time. */
  readonly waiting: number;
}

export function createTurnedClock(startMs = 1_800_000_000_000): TurnedClock {
  let nowMs = startMs;
  const due = new Set<{ readonly atMs: number; readonly work: () => void }>();
  return {
    now: () => nowMs,
    after(delayMs, work) {
      const entry = { atMs: nowMs + delayMs, work };
      due.add(entry);
      return () => {
        due.delete(entry);
      };
    },
    turn(byMs) {
      const untilMs = nowMs + byMs;
      for (;;) {
        const [next] = [...due].filter((it) => it.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
        if (next === undefined) break;
        due.delete(next);
        nowMs = Math.max(nowMs, next.atMs);
        next.work();
      }
      nowMs = untilMs;
    },
    get waiting() {
      return due.size;
    },
  };
}
