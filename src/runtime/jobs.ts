/**
 * Port: where long computations run, off the shard. What a job has to say comes one command at a
 * time, and the next is not asked for before the last is taken: the shard sets the pace.
 */
import type { Job, JobTable } from './actor.ts';

/** Handed to one runner at a time; the others wait with the shard, where their state is. */
export const JOBS_AT_ONCE = 1;

/** `stop`: nobody wants the rest. */
export type Verdict = 'go-on' | 'stop';

export interface JobRunner {
  /**
   * Resolves when the job has said everything, or was told to stop.
   * @throws What the job threw, what its thread died of, or that `signal` was aborted: then soon,
   * wherever the job stands and whether or not a verdict ever comes.
   */
  run(job: Pick<Job, 'name' | 'input'>, listener: JobListener): Promise<void>;
  /** Ends what still runs. */
  close(): Promise<void>;
}

export interface JobListener {
  readonly signal: AbortSignal;
  /** Told one command at a time; never after `run` has settled. Never rejects. */
  readonly onCommand: (command: unknown) => Promise<Verdict>;
}

/** @throws Error where the table has no such job. */
export function commandsOf(
  table: JobTable,
  { name, input }: Pick<Job, 'name' | 'input'>,
): Iterable<unknown> {
  const compute = Object.hasOwn(table, name) ? table[name] : undefined;
  if (compute === undefined) throw new Error(`no job is called ${JSON.stringify(name)}`);
  return compute(input);
}
