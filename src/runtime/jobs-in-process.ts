/**
 * Jobs in the thread that asks for them, a command at a time with everybody else's turn between:
 * for tests, and for a world of one thread. Input and commands are copied as between threads.
 */
import type { JobTable } from './actor.ts';
import { commandsOf, type JobRunner } from './jobs.ts';

export function createInProcessJobs(table: JobTable): JobRunner {
  const closing = new AbortController();
  return {
    async run({ name, input }, listener) {
      const signal = AbortSignal.any([listener.signal, closing.signal]);
      const aborted = rejectionOf(signal);
      await Promise.race([nextTurn(), aborted]);
      for (const command of commandsOf(table, { name, input: structuredClone(input) })) {
        const verdict = listener.onCommand(structuredClone(command));
        if ((await Promise.race([verdict, aborted])) === 'stop') return;
        await Promise.race([nextTurn(), aborted]);
      }
    },
    async close() {
      closing.abort(new Error('the jobs are closed'));
    },
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  const rejection = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  // Whoever races it sees it; a job that has ended before has nobody who looks any more.
  rejection.catch(() => {});
  return rejection;
}
