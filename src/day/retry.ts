/** Asking again, with the same ids, until there is an answer. */

import { mayBeRetried, rpcFailureOf } from '../client/rpc-failure.ts';
import type { Clock } from '../runtime/clock.ts';
import { waitFor } from './wait.ts';

export interface Patience {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** About a minute in all: longer than a shard takes to come back with a day's log. */
export const ATTEMPTS_MAX = 40;
const BACKOFF_FIRST_MS = 50;
const BACKOFF_MAX_MS = 2_000;

/** @param attempt From 1. */
export function backoffMs(attempt: number, retryAfterMs = 0): number {
  return Math.max(retryAfterMs, Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (attempt - 1)));
}

/** @throws What `call` threw, once it is a refusal, the attempts are used up or `signal` aborts. */
export async function persist<Answer>(
  call: () => Promise<Answer>,
  patience: Patience,
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      const failure = rpcFailureOf(error);
      const hopeless = failure === undefined || !mayBeRetried(failure) || attempt >= ATTEMPTS_MAX;
      if (hopeless || patience.signal.aborted) throw error;
      await waitFor(backoffMs(attempt, failure.retryAfterMs), patience);
    }
  }
}

/** Does `work` for every item, at most `width` at a time; the first failure ends it. */
export async function eachOf<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}
