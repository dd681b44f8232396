// The jobs of jobs.contract.ts, and what a test of threads needs; input is what the tests hand over.
import type { JobTable } from '../../src/runtime/actor.ts';

export const CONTRACT_JOBS: JobTable = {
  *count(times) {
    for (let number = 0; number < Number(times); number++) yield { number };
  },
  *note(input) {
    const { computed, times } = input as { computed: Int32Array; times: number };
    try {
      for (let number = 1; number <= times; number++) {
        Atomics.store(computed, 0, number);
        yield { number };
      }
    } finally {
      Atomics.store(computed, 1, 1);
    }
  },
  *fail(times) {
    for (let number = 0; number < Number(times); number++) yield { number };
    throw new Error('told to fail');
  },
  *write(input) {
    const { own, common } = input as { own: Int32Array; common: Int32Array };
    own[0] = 7;
    common[0] = 7;
    yield {};
  },
  /** Says where it is, then computes until somebody else says that it is enough. */
  *spin(input) {
    const enough = input as Int32Array;
    yield {};
    Atomics.store(enough, 0, 1);
    while (Atomics.load(enough, 1) === 0);
    yield {};
  },
  *die() {
    yield {};
    process.exit(3);
  },
};
