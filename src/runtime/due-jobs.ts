/**
 * The jobs that the actors of a shard have due: begun, kept in step with the log, begun again.
 *
 *   named ─> waiting ─> computing <─> committing ─> ended, when its actor names it no more
 *               ^           │             │
 *               └─ backing off <─ failed ─┘
 *
 * Invariant: a job is here exactly as long as its actor names it, in the state that is on disk;
 * nothing of it is remembered elsewhere. So a crash forgets nothing, and what ends a job is an
 * event of its actor, never that its computation came to an end.
 */
import type { Address, Job } from './actor.ts';
import type { Clock } from './clock.ts';
import { JOBS_AT_ONCE, type JobRunner, type Verdict } from './jobs.ts';
import type { Cell } from './partition.ts';
import { jittered, type Random } from './random.ts';
import type { Stuck } from './stuck.ts';
import type { Telemetry } from './telemetry.ts';
import { stackOf } from './thrown.ts';
import type { Ask, Response } from './wire.ts';

/** Begun again after a failure; doubled each time up to the longest. */
export const RETRY_FIRST_MS = 1_000;
export const RETRY_LONGEST_MS = 60_000;

/** Many times the longest computation between two commands: what is silent for longer hangs. */
export const SILENCE_MAX_MS = 600_000;

export interface JobCounts {
  /** Waiting, or under way; not those that back off. */
  readonly active: number;
  /** Since the start. */
  readonly failures: number;
}

export interface DueJobs {
  /** Notes that an actor may name other jobs than before. */
  changed(cell: Cell): void;
  /** Asks those noted: called when what they hold is on disk. */
  flush(): void;
  readonly counts: JobCounts;
  /** Lets go of the jobs of actors that are another shard's now: it begins them again. */
  release(isIn: (cell: Cell) => boolean): void;
  /** Those that failed and are not done since. */
  stuck(): Iterable<Stuck>;
  /** Tells what is under way to stop; it is due again at the next start. */
  stop(): void;
}

type Phase =
  | { readonly kind: 'waiting' }
  | {
      readonly kind: 'computing';
      readonly abort: AbortController;
      readonly cancelSilence: () => void;
    }
  /** The shard has its last command; it waits for the verdict. */
  | { readonly kind: 'committing'; readonly abort: AbortController }
  | { readonly kind: 'backing-off'; readonly cancel: () => void }
  | { readonly kind: 'ended' };

interface DueJob {
  readonly cell: Cell;
  readonly key: string;
  attempt: number;
  /** When it failed first, epoch milliseconds, and what it failed of last. */
  failed: { readonly sinceMs: number; readonly why: string } | undefined;
  phase: Phase;
}

/** What a failure adds to its line. */
type Failure = Readonly<Record<string, unknown>>;

export function createDueJobs(options: {
  readonly runner: JobRunner;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  readonly send: (request: Ask, onResponse: (response: Response) => void) => void;
}): DueJobs {
  const { runner, clock, random, telemetry, send } = options;
  const due = new Map<Address, Map<string, DueJob>>();
  const changed = new Set<Cell>();
  /** In the order in which they became due. */
  const waiting = new Set<DueJob>();
  let underWay = 0;
  let failures = 0;
  let stopped = false;

  function flush(): void {
    if (stopped || changed.size === 0) return;
    for (const cell of changed) keepInStep(cell);
    changed.clear();
    pump();
  }

  function keepInStep(cell: Cell): void {
    const named = namedBy(cell);
    if (named === undefined) return;
    const known = due.get(cell.address) ?? new Map<string, DueJob>();
    for (const job of known.values()) if (!named.has(job.key)) end(job);
    for (const key of named.keys()) {
      if (known.has(key)) continue;
      const job: DueJob = { cell, key, attempt: 0, failed: undefined, phase: { kind: 'waiting' } };
      known.set(key, job);
      due.set(cell.address, known);
      waiting.add(job);
    }
  }

  /** Changes nothing, so a throw in it harms nobody: what was due stays so. */
  function namedBy({ address, id, kind, state }: Cell): ReadonlyMap<string, Job> | undefined {
    try {
      const jobs: readonly Job[] = kind.jobs?.(id, state) ?? [];
      return new Map(jobs.map((job) => [job.key, job]));
    } catch (cause) {
      telemetry.error('an actor threw when asked for its jobs', { address, cause: stackOf(cause) });
      return undefined;
    }
  }

  function pump(): void {
    for (const job of waiting) {
      if (stopped || underWay >= JOBS_AT_ONCE) return;
      waiting.delete(job);
      void attempt(job);
    }
  }

  /** Never rejects: what becomes of it is in the job's phase. */
  async function attempt(job: DueJob): Promise<void> {
    const { cell, key } = job;
    const named = namedBy(cell);
    // Its input is that of now: while the job waited, its actor went on.
    const task = named?.get(key);
    if (task === undefined) {
      if (named === undefined) fail(job, { cause: 'its actor threw when asked for its jobs' });
      else end(job);
      return;
    }
    const abort = new AbortController();
    let failure: Failure | undefined;
    let count = 0;

    function compute(): void {
      const cancelSilence = clock.after(SILENCE_MAX_MS, () => {
        failure = { cause: `silent for ${SILENCE_MAX_MS} ms` };
        abort.abort();
      });
      job.phase = { kind: 'computing', abort, cancelSilence };
    }

    async function onCommand(command: unknown): Promise<Verdict> {
      if (job.phase.kind !== 'computing') return 'stop';
      job.phase.cancelSilence();
      const committing: Phase = { kind: 'committing', abort };
      job.phase = committing;
      const id = `job:${cell.address}:${key}:${count++}`;
      const response = await deliver(cell.address, id, command);
      // Ended by what it said itself, most often; or its thread has died meanwhile.
      if (job.phase !== committing) return 'stop';
      if (response.kind !== 'accepted') {
        failure = { response };
        return 'stop';
      }
      compute();
      return 'go-on';
    }

    underWay++;
    compute();
    try {
      await runner.run(task, { signal: abort.signal, onCommand });
    } catch (cause) {
      failure ??= { cause: stackOf(cause) };
    }
    underWay--;
    if (job.phase.kind === 'computing') job.phase.cancelSilence();
    if (job.phase.kind !== 'ended') {
      fail(job, failure ?? { cause: 'it is done, and its actor still names it' });
    }
    pump();
  }

  function deliver(to: Address, id: string, command: unknown): Promise<Response> {
    return new Promise((resolve) => {
      const deadlineMs = Number.POSITIVE_INFINITY;
      send({ kind: 'ask', to, id, deadlineMs, command, lane: 'background', owed: true }, resolve);
    });
  }

  function fail(job: DueJob, failure: Failure): void {
    const { cell, key } = job;
    const longestMs = Math.min(RETRY_FIRST_MS * 2 ** job.attempt, RETRY_LONGEST_MS);
    const retryMs = jittered(longestMs, random);
    job.attempt++;
    failures++;
    const sinceMs = job.failed?.sinceMs ?? clock.now();
    job.failed = { sinceMs, why: String(failure.cause ?? JSON.stringify(failure)) };
    const cancel = clock.after(retryMs, () => {
      job.phase = { kind: 'waiting' };
      waiting.add(job);
      pump();
    });
    job.phase = { kind: 'backing-off', cancel };
    telemetry.error('a job failed, it will be begun again', {
      address: cell.address,
      key,
      attempt: job.attempt,
      retryMs,
      ...failure,
    });
  }

  function end(job: DueJob): void {
    const { phase, key } = job;
    job.phase = { kind: 'ended' };
    waiting.delete(job);
    if (phase.kind === 'backing-off') phase.cancel();
    if (phase.kind === 'computing') phase.cancelSilence();
    // One that waits for its verdict is told so, and its thread lives on for the next.
    if (phase.kind === 'computing' || (phase.kind === 'committing' && stopped)) phase.abort.abort();
    const jobs = due.get(job.cell.address);
    jobs?.delete(key);
    if (jobs?.size === 0) due.delete(job.cell.address);
  }

  function allJobs(): DueJob[] {
    return [...due.values()].flatMap((jobs) => [...jobs.values()]);
  }

  return {
    changed(cell) {
      if (cell.kind.jobs !== undefined) changed.add(cell);
    },
    flush,
    counts: {
      get active() {
        return waiting.size + underWay;
      },
      get failures() {
        return failures;
      },
    },
    release(isIn) {
      for (const cell of changed) if (isIn(cell)) changed.delete(cell);
      for (const job of allJobs()) if (isIn(job.cell)) end(job);
      pump();
    },
    *stuck() {
      for (const jobs of due.values()) {
        for (const { cell, key, attempt: attempts, failed } of jobs.values()) {
          if (failed === undefined) continue;
          yield { kind: 'job', address: cell.address, name: key, attempts, ...failed };
        }
      }
    },
    stop() {
      stopped = true;
      changed.clear();
      for (const job of allJobs()) end(job);
    },
  };
}
