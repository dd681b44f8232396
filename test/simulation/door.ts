/**
 * The way in from outside: a client asks the gateway, waits as long as it likes, and asks again with
 * the same ids. What it hears it hears late or never.
 */
import type { Address, Reply } from '../../src/runtime/actor.ts';
import type { Router } from '../../src/runtime/router.ts';
import { createThread, type Kernel, MS } from './kernel.ts';

export interface Door {
  /** Until there is an answer, or the client gives up: then undefined. */
  ask(
    to: Address,
    what: () => { readonly command?: unknown; readonly query?: unknown },
    options: { readonly id: string; readonly patience?: number },
  ): Promise<Answer | undefined>;
  /** Shorter once the day is over. */
  sleep(us: number): Promise<void>;
  /** What a client takes for the time. */
  now(): number;
  /** From now on nobody dawdles. */
  hurry(): void;
  readonly hurried: boolean;
  readonly counts: { asks: number; again: number; givenUp: number };
}

/** One that is not `unanswered`. */
type Answer = Exclude<Reply<{ readonly reason: string }, unknown>, { kind: 'unanswered' }>;

const TIMEOUT_MS = 2_000;
const HURRIED_US = 20 * MS;

export function createDoor(options: {
  readonly kernel: Kernel;
  readonly gateway: () => Router | undefined;
  /** Answers out of 1,000 that a client never gets. */
  readonly lost: () => number;
}): Door {
  const { kernel, gateway, lost } = options;
  const chance = kernel.chanceFor('door');
  const outside = createThread('outside');
  const counts = { asks: 0, again: 0, givenUp: 0 };
  let hurried = false;

  const wait = (us: number, label: string) =>
    new Promise<void>((resolve) => {
      kernel.after(us, { thread: outside, label }, resolve);
    });

  /** One attempt. */
  function once(to: Address, what: object, id: string): Promise<Reply<never, never>> {
    counts.asks++;
    return new Promise((resolve) => {
      const unanswered = { kind: 'unanswered', why: 'deadline' } as const;
      const label = `${id} waits no longer`;
      kernel.after(TIMEOUT_MS * MS * 1.2, { thread: outside, label }, () => resolve(unanswered));
      kernel.after(chance.between(50, 800), { thread: outside, label: `${id} comes in` }, () => {
        const asked = gateway()?.ask({ address: to }, what, { id, timeoutMs: TIMEOUT_MS });
        void asked?.then(async (reply) => {
          if (chance.next() * 1_000 < lost()) return;
          await wait(chance.between(50, 800), `${id} is answered`);
          // Of whatever kind the actor is: who asks knows.
          resolve(reply as Reply<never, never>);
        });
      });
    });
  }

  return {
    counts,
    get hurried() {
      return hurried;
    },
    async ask(to, what, { id, patience = Number.POSITIVE_INFINITY }) {
      for (let attempt = 1; ; attempt++) {
        const reply = await once(to, what(), id);
        if (reply.kind !== 'unanswered') return reply;
        if (attempt >= patience && !hurried) {
          counts.givenUp++;
          return undefined;
        }
        counts.again++;
        await wait(chance.between(5, 300) * MS, `${id} is asked again`);
      }
    },
    sleep: (us) => wait(hurried ? Math.min(us, HURRIED_US) : us, 'wakes up'),
    now: kernel.clockOf(outside).now,
    hurry() {
      hurried = true;
    },
  };
}
