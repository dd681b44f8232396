import { afterEach, describe, expect, test } from 'vitest';
import type { JobRunner } from '../../src/runtime/jobs.ts';
import { openPiscinaJobs } from '../../src/runtime/piscina.ts';
import { jobsContract, listening, shared } from './jobs.contract.ts';

const ENTRY = new URL('./job-thread.ts', import.meta.url);

const opened: JobRunner[] = [];
const complaints: string[] = [];

afterEach(async () => {
  for (const it of opened.splice(0)) await it.close();
  expect(complaints.splice(0)).toEqual([]);
});

jobsContract('in a thread of their own', () => open());

describe('a job thread', () => {
  test('computes while the others work', async () => {
    const enough = shared();
    const { said, listener } = listening();
    const run = open().run({ name: 'spin', input: enough }, listener);
    // It stands in its loop, and here the world goes on.
    while (Atomics.load(enough, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
    Atomics.store(enough, 1, 1);
    await run;
    expect(said).toHaveLength(2);
  });

  test('is ended in the middle of a computation', async () => {
    const [enough, abort] = [shared(), new AbortController()];
    const jobs = open();
    const run = jobs.run({ name: 'spin', input: enough }, listening(undefined, abort).listener);
    const ended = expect(run).rejects.toThrow('aborted');
    while (Atomics.load(enough, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
    abort.abort();
    await ended;
    const { said, listener } = listening();
    await jobs.run({ name: 'count', input: 1 }, listener);
    expect(said).toHaveLength(1);
  });

  test('is not heard any more after it was ended, not even what is on its way', async () => {
    const [enough, abort] = [shared(), new AbortController()];
    const { said, listener } = listening(undefined, abort);
    const run = open().run({ name: 'spin', input: enough }, listener);
    const ended = expect(run).rejects.toThrow('aborted');
    while (Atomics.load(enough, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
    Atomics.store(enough, 1, 1);
    // Nobody here hears anything while the thread says its next command.
    Atomics.wait(shared(), 0, 0, 50);
    abort.abort();
    await ended;
    for (let index = 0; index < 5; index++) await new Promise((resolve) => setImmediate(resolve));
    expect(said).toHaveLength(1);
  });

  test('that dies fails its job, and the next one gets a new thread', async () => {
    const jobs = open();
    const run = jobs.run({ name: 'die', input: 0 }, listening().listener);
    await expect(run).rejects.toThrow('exited with code: 3');
    const { said, listener } = listening();
    await jobs.run({ name: 'count', input: 1 }, listener);
    expect(said).toHaveLength(1);
  });

  test('that cannot be loaded fails the job', async () => {
    const jobs = open(new URL('./no-such-file.ts', import.meta.url));
    const run = jobs.run({ name: 'count', input: 1 }, listening().listener);
    await expect(run).rejects.toThrow('no-such-file');
  });

  test('of the server knows its table', async () => {
    const jobs = open(new URL('../../src/job-worker.ts', import.meta.url));
    const run = jobs.run({ name: 'no-such', input: 1 }, listening().listener);
    await expect(run).rejects.toThrow('no job is called "no-such"');
  });
});

function open(entry = ENTRY): JobRunner {
  const complain = (message: string) => complaints.push(message);
  const jobs = openPiscinaJobs({
    entry,
    telemetry: { info() {}, warn: complain, error: complain },
  });
  opened.push(jobs);
  return jobs;
}
