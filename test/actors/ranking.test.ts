import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRanking, type RankedEntry } from '../../src/actors/ranking.ts';

const entries: fc.Arbitrary<RankedEntry> = fc.record({
  entry: fc.integer({ min: 1, max: 8 }),
  score: fc.constantFrom(0, 10, 20),
  reached: fc.constantFrom(0, 1, 2),
  draw: fc.constantFrom(5, 6),
});

function ranked(...puts: readonly RankedEntry[]) {
  const ranking = createRanking();
  for (const it of puts) ranking.put(it);
  return ranking;
}

/** The last put of each entry, sorted by one who has read the rule and nothing else. */
function naive(puts: readonly RankedEntry[]): RankedEntry[] {
  const last = new Map(puts.map((it) => [it.entry, it]));
  return [...last.values()].toSorted((a, b) => {
    if (a.score !== b.score) return a.score > b.score ? -1 : 1;
    if (a.reached !== b.reached) return a.reached < b.reached ? -1 : 1;
    if (a.draw !== b.draw) return a.draw < b.draw ? -1 : 1;
    return a.entry < b.entry ? -1 : 1;
  });
}

describe('a ranking', () => {
  const base = { entry: 2, score: 10, reached: 2, draw: 2 };
  test.each([
    ['a higher score', { entry: 3, score: 11, reached: 3, draw: 3 }],
    ['an equal score reached earlier', { entry: 3, score: 10, reached: 1, draw: 3 }],
    ['an equal score reached together and a lower draw', { ...base, entry: 3, draw: 1 }],
    ['everything equal and an earlier entry', { ...base, entry: 1 }],
  ])('puts first %s', (_what, better) => {
    for (const both of [
      [base, better],
      [better, base],
    ]) {
      expect(ranked(...both).at(1)).toEqual(better);
      expect(ranked(...both).rankOf(base.entry)).toBe(2);
    }
  });

  test('knows nothing of an entry that was never put, nor of ranks beyond its size', () => {
    const one = ranked(base);
    expect([one.rankOf(9), one.at(0), one.at(2), one.size]).toEqual([
      undefined,
      undefined,
      undefined,
      1,
    ]);
  });

  test('is what a naive sort of the last puts says, with ranks 1 to n, each once', () => {
    fc.assert(
      fc.property(fc.array(entries, { maxLength: 40 }), (puts) => {
        const ranking = ranked(...puts);
        const oracle = naive(puts);
        expect(ranking.size).toBe(oracle.length);
        expect(ranking.page(1, oracle.length)).toEqual(oracle);
        expect(oracle.map((it) => ranking.rankOf(it.entry))).toEqual(
          oracle.map((_, index) => index + 1),
        );
        for (const [index, it] of oracle.entries()) expect(ranking.at(index + 1)).toEqual(it);
      }),
      { numRuns: 1_000 },
    );
  });

  test('has pages that are parts of the whole, empty past the end', () => {
    const whole = fc.array(entries, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(whole, fc.integer({ min: 1, max: 10 }), fc.nat(10), (puts, from, limit) => {
        expect(ranked(...puts).page(from, limit)).toEqual(
          naive(puts).slice(from - 1, from - 1 + limit),
        );
      }),
    );
  });
});
