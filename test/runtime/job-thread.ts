// The entry of a job thread that knows the jobs of the tests.
import { type JobOrder, performJob } from '../../src/runtime/job-thread.ts';
import { CONTRACT_JOBS } from './job-table.ts';

export function runJob(order: JobOrder): Promise<void> {
  return performJob(CONTRACT_JOBS, order);
}
