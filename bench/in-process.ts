/** The engine with nothing around it: one shard in this thread over given logs, and its front door. */
import { KINDS } from '../src/actors/catalogue.ts';
import { JOBS } from '../src/actors/jobs.ts';
import type { Reply } from '../src/runtime/actor.ts';
import { createInProcessBus } from '../src/runtime/bus/in-process.ts';
import { systemClock } from '../src/runtime/clock.ts';
import type { JobRunner } from '../src/runtime/jobs.ts';
import { createInProcessJobs } from '../src/runtime/jobs-in-process.ts';
import type { EventLog } from '../src/runtime/log/log.ts';
import { fixedOwners } from '../src/runtime/owners.ts';
import { openPartition } from '../src/runtime/partition.ts';
import { createRouter, type Router } from '../src/runtime/router.ts';
import { startShard } from '../src/runtime/shard.ts';
import { silent } from '../src/runtime/telemetry.ts';

/** As long as nobody who measures would wait. */
export const TIMEOUT_MS = 120_000;

export interface InProcess {
  readonly router: Router;
  stop(): Promise<void>;
}

/** What goes wrong inside is thrown, or said on stderr. */
export function startInProcess(
  logs: readonly EventLog[],
  jobs: JobRunner = createInProcessJobs(JOBS),
): InProcess {
  const partitions = logs.map((log) => openPartition(log, KINDS));
  const shard = startShard({
    name: 'shard-0',
    partitions,
    kinds: KINDS,
    partitionCount: partitions.length,
    peers: () => undefined,
    questions: [],
    bus: createInProcessBus({ post() {}, onMessage() {}, close() {} }),
    clock: systemClock,
    telemetry: {
      ...silent,
      error: (message, fields) =>
        process.stderr.write(`engine: ${message} ${JSON.stringify(fields)}\n`),
    },
    jobs,
    soon: setImmediate,
    onFatal(cause) {
      throw cause;
    },
  });
  const port = { shard: shard.name, send: shard.serve };
  return {
    router: createRouter(fixedOwners(partitions.map(() => port)), systemClock),
    stop: () => shard.stop(),
  };
}

export function asking(id: string) {
  return { id, timeoutMs: TIMEOUT_MS };
}

/** The answer of what must not be refused here. */
export function expectAccepted<Answer>(reply: Reply<unknown, Answer>): Answer | undefined {
  if (reply.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(reply)}`);
  return reply.answer;
}
