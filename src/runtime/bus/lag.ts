/**
 * How far a thread is behind the messages sent to it. An answer to a flush comes after every
 * message before it, so the time it takes is the time that those waited.
 */

import type { Clock } from '../clock.ts';

/** Well under the 10 s after which a server cuts off who does not read. */
export const LAG_REPORTED_MS = 2_000;
export const LAG_PROBE_MS = 5_000;

export interface LagOptions {
  readonly clock: Clock;
  readonly flush: () => Promise<void>;
  /** Called at every probe that found a lag over LAG_REPORTED_MS. */
  readonly report: (lagMs: number) => void;
}

/** @returns What stops the probing. */
export function watchLag({ clock, flush, report }: LagOptions): () => void {
  let stopped = false;
  let cancel = clock.after(LAG_PROBE_MS, probe);

  function probe(): void {
    const askedMs = clock.now();
    // A flush that fails is a lost link, which is told elsewhere.
    flush().then(
      () => again(clock.now() - askedMs),
      () => again(0),
    );
  }

  function again(lagMs: number): void {
    if (stopped) return;
    cancel = clock.after(LAG_PROBE_MS, probe);
    if (lagMs > LAG_REPORTED_MS) report(lagMs);
  }

  return () => {
    stopped = true;
    cancel();
  };
}
