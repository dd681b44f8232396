/**
 * The jobs of one actor of a troupe, run by hand as the runtime runs them: begun when the actor
 * names them, fed back command by command, dropped when it names them no more.
 */
import { JOBS } from '../../src/actors/jobs.ts';
import type { Address } from '../../src/runtime/actor.ts';
import type { Troupe } from './scenario.ts';

export interface JobsByHand {
  /** Tells the actor the next command of a job; false where none is due, or none says more. */
  step(): boolean;
  /** Until nothing is due and no message is under way. */
  finish(): void;
  /** As after a crash of the thread: every job begins again with its first command. */
  beginAgain(): void;
  /** What the jobs that are due have still to say; it is dropped, for telling when it is too late. */
  rest(): readonly unknown[];
}

/** No job of these tests has as many commands; one that goes on for ever is told from it. */
const STEPS_MAX = 10_000;

export function createJobsByHand(troupe: Troupe, address: Address): JobsByHand {
  const begun = new Map<string, Iterator<unknown>>();

  /** Those that the actor names, begun where they are not; what it names no more is dropped. */
  function due(): Iterator<unknown>[] {
    const named = troupe.jobsOf(address);
    for (const key of begun.keys()) if (!named.some((it) => it.key === key)) begun.delete(key);
    return named.map(({ key, name, input }) => {
      const commands = begun.get(key) ?? JOBS[name]?.(structuredClone(input))[Symbol.iterator]();
      if (commands === undefined) throw new Error(`no job ${name}`);
      begun.set(key, commands);
      return commands;
    });
  }

  function step(): boolean {
    for (const commands of due()) {
      const next = commands.next();
      if (next.done === true) continue;
      // As a message from another thread.
      troupe.tell(address, structuredClone(next.value));
      return true;
    }
    return false;
  }

  return {
    step,
    finish() {
      for (let steps = 0; ; steps++) {
        if (steps > STEPS_MAX) throw new Error(`the jobs of ${address} never end`);
        troupe.deliverAll();
        if (!step()) return;
      }
    },
    beginAgain: () => begun.clear(),
    rest() {
      const left: unknown[] = [];
      for (const commands of due()) {
        for (let next = commands.next(); next.done !== true; next = commands.next()) {
          left.push(structuredClone(next.value));
        }
      }
      begun.clear();
      return left;
    },
  };
}
