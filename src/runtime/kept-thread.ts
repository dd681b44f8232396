/**
 * A thread that nothing else depends on: when it dies it is started again, at first soon and then less
 * often, and the process goes on without it meanwhile. It says itself, in its log, what it died of.
 */
import type { Clock } from './clock.ts';
import type { Thread } from './threads.ts';

export interface KeptThread {
  /** From now on it is not started again. @returns The one that runs, if one does. */
  release(): Thread | undefined;
}

/** Between a death and the next start: doubled each time, up to the last. */
const RESTART_FIRST_MS = 1_000;
const RESTART_MAX_MS = 60_000;

export function keepThread(options: {
  readonly start: () => Thread;
  /** Whether a message says that the thread cannot go on. */
  readonly isFatal: (message: unknown) => boolean;
  readonly clock: Clock;
}): KeptThread {
  const { start, isFatal, clock } = options;
  let current: Thread | undefined;
  let restarts = 0;
  let released = false;
  let cancel = () => {};

  function launch(): void {
    const thread = start();
    current = thread;
    thread.onMessage((message) => {
      if (!isFatal(message)) return;
      void thread.terminate();
    });
    void thread.exited.then(() => {
      current = undefined;
      if (released) return;
      const delayMs = Math.min(RESTART_MAX_MS, RESTART_FIRST_MS * 2 ** restarts);
      restarts++;
      cancel = clock.after(delayMs, launch);
    });
  }
  launch();

  return {
    release() {
      released = true;
      cancel();
      return current;
    },
  };
}
