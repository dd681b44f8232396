/** The real jobs, a command a step; the thread that computes them may die of anything. */
import type { JobTable } from '../../src/runtime/actor.ts';
import { commandsOf, type JobListener, type JobRunner } from '../../src/runtime/jobs.ts';
import { type Kernel, MS, type Thread } from './kernel.ts';

export function createJobs(options: {
  readonly kernel: Kernel;
  readonly thread: Thread;
  readonly table: JobTable;
  readonly deadly: () => number;
}): JobRunner {
  const { kernel, thread, table, deadly } = options;
  const chance = kernel.chanceFor(`jobs of ${thread.name}`);

  return {
    run({ name, input }, { signal, onCommand }: JobListener) {
      return new Promise<void>((resolve, reject) => {
        const commands = commandsOf(table, { name, input: structuredClone(input) })[
          Symbol.iterator
        ]();
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        compute();

        function compute(): void {
          const at = { thread, label: `job ${name}` };
          // Most are quick; what happens to a slow one happens in the middle of it.
          const forMs = chance.oneIn(2) ? chance.between(1, 30) : chance.between(100, 5_000);
          kernel.after(forMs * MS, at, () => {
            if (signal.aborted) return;
            if (deadly() > 0 && chance.oneIn(deadly())) {
              reject(new Error('the thread of the job died'));
              return;
            }
            const next = commands.next();
            if (next.done === true) resolve();
            else void say(structuredClone(next.value));
          });
        }

        async function say(command: unknown): Promise<void> {
          if ((await onCommand(command)) === 'stop') resolve();
          else compute();
        }
      });
    },
    async close() {},
  };
}
