/**
 * Port: how calls reach the services outside. An answer is an answer whatever it says; everything
 * else (refused, late, cut off, misunderstood) is *no answer*: the outcome is unknown, and the same
 * call with the same id is made again.
 */

export interface CallRunner {
  /** @throws Why there is no answer, soon after `timeoutMs` at the latest. */
  call(order: CallOrder): Promise<unknown>;
}

export interface CallOrder {
  /** The same for every attempt, and for no other call: `player/ann/capture:b1`. */
  readonly id: string;
  readonly service: string;
  /** Plain data. */
  readonly request: unknown;
  readonly timeoutMs: number;
}
