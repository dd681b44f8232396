// Chance in the hands of a test.
import type { Random } from '../../src/runtime/random.ts';

/** The same for ever: mulberry32. The ids of one seed are its own. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  let ids = 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
      return (mixed ^ (mixed >>> 14)) >>> 0;
    },
    id: () => `random-${seed}-${ids++}`,
  };
}

/** Takes half off every back-off: no wait is shorter. */
export const hasty: Random = { next: () => 0, id: () => 'hasty' };

/** Takes no time off a back-off: each wait is the longest it can be. */
export const patient: Random = { next: () => 2 ** 32 - 1, id: () => 'patient' };
