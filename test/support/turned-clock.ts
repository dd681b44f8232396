// Time that moves only when a test turns it.
import type { Clock } from '../../src/runtime/clock.ts';

export interface TurnedClock extends Clock {
  /** Turns time on, doing whatever falls due on the way, in the order in which it does. */
  turn(byMs: number): void;
  /** Shows an earlier time from now on; what waits, waits as long as before. */
  setBack(byMs: number): void;
  /** Works that wait for their time. */
  readonly waiting: number;
}

export function createTurnedClock(startMs = 1_800_000_000_000): TurnedClock {
  let nowMs = startMs;
  const due = new Set<{ atMs: number; readonly work: () => void }>();
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
        let nextMs = Number.POSITIVE_INFINITY;
        for (const { atMs } of due) nextMs = Math.min(nextMs, atMs);
        if (nextMs > untilMs) break;
        nowMs = Math.max(nowMs, nextMs);
        for (const it of [...due].filter(({ atMs }) => atMs === nextMs)) {
          // One work may cancel the next.
          if (due.delete(it)) it.work();
        }
      }
      nowMs = untilMs;
    },
    setBack(byMs) {
      nowMs -= byMs;
      for (const it of due) it.atMs -= byMs;
    },
    get waiting() {
      return due.size;
    },
  };
}
