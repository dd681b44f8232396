import { describe, expect, it } from 'vitest';
import { LAG_PROBE_MS, LAG_REPORTED_MS, watchLag } from '../../src/runtime/bus/lag.ts';

describe('the watch over lag', () => {
  // how long the answer took, what is reported
  it.each([
    [0, []],
    [LAG_REPORTED_MS, []],
    [LAG_REPORTED_MS + 1, [LAG_REPORTED_MS + 1]],
    [-5_000, []],
  ])('of an answer after %i ms reports %j, and asks again', async (tookMs, expected) => {
    const { due, answer, reported } = setUp();
    due();
    await answer(tookMs);
    due();
    expect(reported).toEqual(expected);
  });

  it('reports no lost link, and asks again', async () => {
    const { due, fail, reported } = setUp();
    due();
    await fail();
    due();
    expect(reported).toEqual([]);
  });

  it('neither reports nor asks again once stopped', async () => {
    const { due, answer, reported, stop } = setUp();
    due();
    stop();
    await answer(LAG_REPORTED_MS + 1);
    expect(reported).toEqual([]);
    expect(due).toThrow('nothing is due');
  });
});

function setUp() {
  const reported: number[] = [];
  let nowMs = 1_000_000;
  let work: (() => void) | undefined;
  let flushing = Promise.withResolvers<void>();
  const stop = watchLag({
    clock: {
      now: () => nowMs,
      after(delayMs, next) {
        expect(delayMs).toBe(LAG_PROBE_MS);
        work = next;
        return () => {
          work = undefined;
        };
      },
    },
    flush() {
      flushing = Promise.withResolvers<void>();
      return flushing.promise;
    },
    report: (lagMs) => reported.push(lagMs),
  });

  function due(): void {
    if (!work) throw new Error('nothing is due');
    const now = work;
    work = undefined;
    now();
  }

  async function answer(tookMs: number): Promise<void> {
    nowMs += tookMs;
    flushing.resolve();
    await new Promise(setImmediate);
  }

  async function fail(): Promise<void> {
    flushing.reject(new Error('connection disconnected'));
    await new Promise(setImmediate);
  }
  return { due, answer, fail, reported, stop };
}
