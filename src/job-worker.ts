/** A job thread's entry: computes what the actors' jobs are, by name. */
import { JOBS } from './actors/jobs.ts';
import { type JobOrder, performJob } from './runtime/job-thread.ts';

export function runJob(order: JobOrder): Promise<void> {
  return performJob(JOBS, order);
}
