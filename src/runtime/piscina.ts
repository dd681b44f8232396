/**
 * Jobs in a thread of their own. The one door to piscina.
 *
 *   shard ── name, input ──> job thread        a port per job:  <── command
 *         <── done, failed ──                                   verdict ──>
 *
 * Each shard owns its pool: a thread that dies takes no other shard's job with it, and between the
 * shard and the job there is nobody who must pass on what they say.
 */
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { JobOrder } from './job-thread.ts';
import { JOBS_AT_ONCE, type JobRunner } from './jobs.ts';
import type { Telemetry } from './telemetry.ts';
import { openChannel } from './threads.ts';
import { stackOf } from './thrown.ts';

/** A thread without a job is kept so long: races close one after the other. */
const IDLE_MS = 30_000;

/** @param options.entry The thread's file: exports `runJob`, which performs a `JobOrder`. */
export function openPiscinaJobs(options: {
  readonly entry: URL;
  readonly telemetry: Telemetry;
}): JobRunner {
  // The pool does not get the file: a thread that fails to load it would die with nobody's job in
  // its hands, and the job would wait for ever. Loaded with the job, the job fails.
  const filename = fileURLToPath(options.entry);
  const pool = new Piscina({ minThreads: 0, maxThreads: JOBS_AT_ONCE, idleTimeout: IDLE_MS });
  // Without a listener the shard would die of it.
  pool.on('error', (cause) => {
    options.telemetry.error('a job thread failed without a job', { cause: stackOf(cause) });
  });

  return {
    async run({ name, input }, { signal, onCommand }) {
      const [here, there] = openChannel();
      here.on('message', (command: unknown) => {
        void onCommand(command).then((verdict) => here.postMessage(verdict));
      });
      const order: JobOrder = { name, input, end: there };
      try {
        await pool.run(order, { filename, name: 'runJob', transferList: [there], signal });
      } finally {
        // Nor is anything heard that a thread said before it died, and that is still on its way.
        here.close();
      }
    },
    close: () => pool.destroy(),
  };
}
