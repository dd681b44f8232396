/** The job thread's side of `piscina.ts`: posts a command, and computes on when it is taken. */
import type { Job, JobTable } from './actor.ts';
import { commandsOf, type Verdict } from './jobs.ts';
import type { ChannelEnd } from './threads.ts';

export interface JobOrder extends Pick<Job, 'name' | 'input'> {
  /** Commands go out, a verdict on each comes in. */
  readonly end: ChannelEnd;
}

export async function performJob(table: JobTable, { name, input, end }: JobOrder): Promise<void> {
  let judge: (verdict: Verdict) => void = () => {};
  end.on('message', (verdict: Verdict) => judge(verdict));
  try {
    for (const command of commandsOf(table, { name, input })) {
      const verdict = new Promise<Verdict>((resolve) => {
        judge = resolve;
      });
      end.postMessage(command);
      if ((await verdict) === 'stop') return;
    }
  } finally {
    end.close();
  }
}
