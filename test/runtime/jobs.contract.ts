// What every place where jobs run keeps to.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobListener, JobRunner, Verdict } from '../../src/runtime/jobs.ts';

/** @param openJobs Opens a runner of `CONTRACT_JOBS`, in job-table.ts. */
export function jobsContract(name: string, openJobs: () => JobRunner): void {
  describe(`jobs ${name}`, () => {
    let jobs: JobRunner;

    beforeEach(() => {
      jobs = openJobs();
    });
    afterEach(() => jobs.close());

    it('say their commands in order, then are done', async () => {
      const { said, listener } = listening();
      await jobs.run({ name: 'count', input: 20 }, listener);
      expect(said).toEqual(Array.from({ length: 20 }, (_, number) => ({ number })));
    });

    it('compute nothing ahead of the verdict', async () => {
      const computed = shared();
      const seen: number[] = [];
      const { listener } = listening(async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        seen.push(Atomics.load(computed, 0));
        return 'go-on';
      });
      await jobs.run({ name: 'note', input: { computed, times: 4 } }, listener);
      expect(seen).toEqual([1, 2, 3, 4]);
    });

    it('say nothing more when told to stop, and clean up behind them', async () => {
      const computed = shared();
      const { said, listener } = listening(async ({ length }) => (length < 3 ? 'go-on' : 'stop'));
      await jobs.run({ name: 'note', input: { computed, times: 9 } }, listener);
      expect(said).toHaveLength(3);
      expect([...computed]).toEqual([3, 1]);
    });

    it('fail with what they threw, after what they had said', async () => {
      const { said, listener } = listening();
      const run = jobs.run({ name: 'fail', input: 2 }, listener);
      await expect(run).rejects.toThrow('told to fail');
      expect(said).toHaveLength(2);
    });

    it.each(['no-such', 'toString'])('fail where nobody knows how to do %s', async (unknown) => {
      const run = jobs.run({ name: unknown, input: 0 }, listening().listener);
      await expect(run).rejects.toThrow(`no job is called "${unknown}"`);
    });

    it('fail at an input that cannot be copied', async () => {
      const run = jobs.run({ name: 'count', input: () => 0 }, listening().listener);
      await expect(run).rejects.toThrow('could not be cloned');
    });

    it('get a copy of their input, but share its shared memory', async () => {
      const [own, common] = [new Int32Array(1), shared()];
      await jobs.run({ name: 'write', input: { own, common } }, listening().listener);
      expect([own[0], common[0]]).toEqual([0, 7]);
    });

    it('fail soon when aborted, even where no verdict ever comes', async () => {
      const abort = new AbortController();
      const { said, listener } = listening(() => {
        setImmediate(() => abort.abort());
        return new Promise(() => {});
      }, abort);
      await expect(jobs.run({ name: 'count', input: 2 }, listener)).rejects.toThrow('aborted');
      expect(said).toHaveLength(1);
    });

    it('do not begin where they were aborted before', async () => {
      const { said, listener } = listening(undefined, AbortSignal.abort());
      await expect(jobs.run({ name: 'count', input: 2 }, listener)).rejects.toThrow('aborted');
      expect(said).toEqual([]);
    });

    it('run after one that failed, one that was stopped and one that was aborted', async () => {
      const abort = new AbortController();
      const aborting = listening(async () => {
        abort.abort();
        return 'go-on';
      }, abort);
      await expect(jobs.run({ name: 'fail', input: 0 }, listening().listener)).rejects.toThrow();
      await jobs.run({ name: 'count', input: 2 }, listening(async () => 'stop').listener);
      await expect(jobs.run({ name: 'count', input: 2 }, aborting.listener)).rejects.toThrow();
      const { said, listener } = listening();
      await jobs.run({ name: 'count', input: 1 }, listener);
      expect(said).toEqual([{ number: 0 }]);
    });

    it('end with their runner', async () => {
      const { listener } = listening(() => {
        setImmediate(() => jobs.close());
        return new Promise(() => {});
      });
      await expect(jobs.run({ name: 'count', input: 2 }, listener)).rejects.toThrow();
    });
  });
}

/** @param judge Sees what was said so far, the last command included. */
export function listening(
  judge: (said: readonly unknown[]) => Promise<Verdict> = async () => 'go-on',
  abort: AbortController | AbortSignal = new AbortController(),
): { readonly said: readonly unknown[]; readonly listener: JobListener } {
  const said: unknown[] = [];
  return {
    said,
    listener: {
      signal: abort instanceof AbortSignal ? abort : abort.signal,
      onCommand(command) {
        said.push(command);
        return judge(said);
      },
    },
  };
}

/** Two numbers that both sides see. */
export function shared(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
}
