/**
 * The account system outside, and the road to it: the reference wallet's accounts, asked through the
 * real linked calls. What it did stays done; what gets lost, comes late or comes twice is the
 * question and the answer. No death of ours reaches what is on its way there.
 */
import type { WalletAnswer, WalletRequest } from '../../src/actors/wallet.ts';
import type { CallOrder, CallRunner } from '../../src/runtime/calls.ts';
import { createLinkedCalls, serveCalls } from '../../src/runtime/linked-calls.ts';
import { createOutsideWallet, type OutsideWallet } from '../support/outside-wallet.ts';
import type { Holds } from './holds.ts';
import { BEGIN_MS, createThread, type Kernel, MS, type Thread } from './kernel.ts';

export interface Wallet {
  /** As the shard of this thread calls it. */
  callsOf(thread: Thread): CallRunner;
  readonly accounts: OutsideWallet['accounts'];
  /** What each player began with. */
  readonly openingCents: number;
  /** Hears nothing, or hears it and says nothing, each for a while. */
  state: 'up' | 'down' | 'silent';
  readonly mood: WalletMood;
  readonly counts: Readonly<Record<string, number>>;
}

/** Of 1,000. */
interface WalletMood {
  /** Questions and answers that get lost, each. */
  lost: number;
  /** Questions that arrive once more, some time later. */
  doubled: number;
  /** Answers that are late by up to `LATE_US`; the others take milliseconds. */
  slow: number;
}

/** Longer than an authorisation is waited for. */
const LATE_US = 12_000 * MS;

export function createWallet(options: {
  readonly kernel: Kernel;
  readonly holds: Holds;
  readonly find: (invariant: string, what: string) => void;
}): Wallet {
  const { kernel, holds, find } = options;
  const chance = kernel.chanceFor('wallet');
  const itself = createThread('wallet');
  /** With the less of it, money is short before long. */
  const openingCents = chance.pick([4_000, 100_000]);
  const accounts = createOutsideWallet(openingCents);
  const counts: Record<string, number> = {};
  const some = (of1000: number) => chance.next() * 1_000 < of1000;

  const wallet: Wallet = {
    accounts: accounts.accounts,
    openingCents,
    state: 'up',
    mood: { lost: 0, doubled: 0, slow: 0 },
    counts,
    callsOf(thread) {
      const serve = serveCalls({ call: (order) => call(order, thread) });
      return createLinkedCalls({ send: serve }, kernel.clockOf(thread));
    },
  };
  return wallet;

  function call({ id, request, timeoutMs }: CallOrder, thread: Thread): Promise<unknown> {
    const asked = structuredClone(request) as WalletRequest; // of players, as the catalogue has them
    count('wallet calls');
    return new Promise((resolve, reject) => {
      kernel.after(timeoutMs * MS, { thread, label: `${id} waits no longer` }, () =>
        reject(new Error('no answer in time')),
      );
      if (wallet.state === 'down') {
        const label = `${id} finds no wallet`;
        kernel.after(roadUs(), { thread, label }, () => reject(new Error('nobody listens')));
        return;
      }
      if (some(wallet.mood.doubled)) on(roadUs() + chance.below(LATE_US), arrive);
      if (!some(wallet.mood.lost)) on(slowUs() + roadUs(), arrive);

      /** Each time it is done, or known; of two answers the first is heard. */
      function arrive(): void {
        const answer = ask(asked);
        if (answer === undefined || wallet.state !== 'up' || some(wallet.mood.lost)) return;
        const label = `${id}: ${answer.kind}`;
        kernel.after(slowUs() + roadUs(), { thread, label }, () => resolve(answer));
      }

      function on(us: number, work: () => void): void {
        kernel.after(us, { thread: itself, label: id }, work);
      }
    });
  }

  /** Undefined where it is down by now. */
  function ask(request: WalletRequest): WalletAnswer | undefined {
    if (wallet.state === 'down') return undefined;
    count(`wallet ${request.kind}s`);
    try {
      // Its own time, which no operator of ours steps.
      const answer = accounts.ask(request, BEGIN_MS + Math.floor(kernel.nowUs / MS));
      holds.asked(request, answer);
      return answer;
    } catch (cause) {
      find('the wallet is asked for nothing that it must refuse', String(cause));
      return undefined;
    }
  }

  function slowUs(): number {
    return some(wallet.mood.slow) ? chance.below(LATE_US) : 0;
  }

  function roadUs(): number {
    return chance.between(100, chance.oneIn(4) ? 200 * MS : 3 * MS);
  }

  function count(what: string): void {
    counts[what] = (counts[what] ?? 0) + 1;
  }
}
