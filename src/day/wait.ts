/** Waiting on a clock, and stopping to wait. */
import type { Clock } from '../runtime/clock.ts';

/** Resolves after `ms`, or at once when `signal` aborts: whoever waited looks at the signal. */
export function waitFor(
  ms: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const stop = () => {
      cancel();
      resolve();
    };
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    signal.addEventListener('abort', stop, { once: true });
  });
}
