import { expect, test } from 'vitest';
import { createInProcessJobs } from '../../src/runtime/jobs-in-process.ts';
import { CONTRACT_JOBS } from './job-table.ts';
import { jobsContract, listening } from './jobs.contract.ts';

jobsContract('in one thread', () => createInProcessJobs(CONTRACT_JOBS));

test('jobs in one thread let others work between two commands', async () => {
  const order: string[] = [];
  const { listener } = listening(async () => {
    order.push('command');
    setImmediate(() => order.push('other'));
    return 'go-on';
  });
  await createInProcessJobs(CONTRACT_JOBS).run({ name: 'count', input: 3 }, listener);
  expect(order).toEqual(['command', 'other', 'command', 'other', 'command', 'other']);
});
