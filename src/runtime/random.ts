/**
 * Chance as a dependency: the only source of it for everything in the runtime but this file.
 *
 * Invariant: with a seeded source the runtime does the same again. What must not be guessed (keys,
 * the ids of data directories) comes from node:crypto where it is made, never from here.
 */
import { randomFillSync, randomUUID } from 'node:crypto';

export interface Random {
  /** A whole number in [0, 2³²). */
  next(): number;
  /** Unlike any other. */
  id(): string;
}

const drawn = new Uint32Array(1);

export const systemRandom: Random = {
  next: () => randomFillSync(drawn)[0] ?? 0,
  id: () => randomUUID(),
};

/**
 * A delay between half of `ms` and all of it, so that what failed together is not tried again
 * together. After "equal jitter" in Marc Brooker, "Exponential Backoff And Jitter" (AWS, 2015).
 */
export function jittered(ms: number, { next }: Pick<Random, 'next'>): number {
  return Math.ceil((ms / 2) * (1 + next() / 2 ** 32));
}
