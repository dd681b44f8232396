import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createRanking,
  type RankedEntry,
  type Ranking,
  type RankMode,
} from '../../../src/actors/ranking/ranking.ts';

const { MAX_SAFE_INTEGER, MIN_SAFE_INTEGER } = Number;
const numbers = {
  few: fc.constantFrom(0, 10, -5, 2 ** 40, MAX_SAFE_INTEGER - 1),
  /** One number to whoever rounds them to 24 bits. */
  rounded: fc.constantFrom(2 ** 40 - 1, 2 ** 40, 2 ** 40 + 1),
  close: fc.integer({ min: -9, max: 40 }),
  /** What lies between them and others is too large to be exact, or to have room for a fraction. */
  extreme: fc.constantFrom(MIN_SAFE_INTEGER, MIN_SAFE_INTEGER + 1, MAX_SAFE_INTEGER, 2 ** 24, -0),
  timesMs: fc.integer({ min: 1_763_000_000_000, max: 1_763_000_009_999 }),
};

/** Few of each, so that much is level; enough entries that blocks are split and merged. */
const entries: fc.Arbitrary<RankedEntry> = fc.record({
  entry: fc.integer({ min: 1, max: 2_000 }),
  score: fc.oneof(numbers.few, numbers.rounded, numbers.close, numbers.extreme),
  tie1: fc.oneof(numbers.few, numbers.close, numbers.extreme, numbers.timesMs),
  tie2: fc.constantFrom(0, -3),
  draw: fc.constantFrom(5, 6, 2 ** 32 - 1),
});
const fewer = entries.map((it) => ({ ...it, entry: 1 + (it.entry % 8) }));

type Step =
  | { readonly kind: 'put' | 'put-all'; readonly entries: readonly RankedEntry[] }
  | { readonly kind: 'remove'; readonly entries: readonly RankedEntry[] };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('put' as const, 'put-all' as const, 'remove' as const),
    entries: fc.array(entries, { maxLength: 600, size: 'max' }),
  }),
  { maxLength: 8 },
);

/** Of several of one entry the last counts, as where each is put in turn. */
function putAll(ranking: Ranking, puts: readonly RankedEntry[]): void {
  const keys = new Map(puts.map((it) => [it.entry, it]));
  const numbers = Uint32Array.from(puts, ({ entry }) => entry);
  ranking.putAll(numbers, (entry) => keys.get(entry) ?? expect.fail(`${entry} is not put`));
}

function take(ranking: Ranking, { kind, entries: these }: Step): void {
  if (kind === 'put-all') putAll(ranking, these);
  else if (kind === 'put') for (const it of these) ranking.put(it);
  else for (const it of these) ranking.remove(it.entry);
}

function ranked(...puts: readonly RankedEntry[]) {
  const ranking = createRanking();
  for (const it of puts) ranking.put(it);
  return ranking;
}

/** By one who has read the rule and nothing else. */
function compared(a: RankedEntry, b: RankedEntry): number {
  if (a.score !== b.score) return a.score > b.score ? -1 : 1;
  if (a.tie1 !== b.tie1) return a.tie1 < b.tie1 ? -1 : 1;
  if (a.tie2 !== b.tie2) return a.tie2 < b.tie2 ? -1 : 1;
  if (a.draw !== b.draw) return a.draw < b.draw ? -1 : 1;
  return a.entry < b.entry ? -1 : 1;
}

/** The last put of each entry, sorted. */
function naive(puts: readonly RankedEntry[]): RankedEntry[] {
  return [...new Map(puts.map((it) => [it.entry, it])).values()].toSorted(compared);
}

function afterSteps(taken: readonly Step[]): RankedEntry[] {
  const last = new Map<number, RankedEntry>();
  for (const { kind, entries: these } of taken) {
    for (const it of these) {
      if (kind === 'remove') last.delete(it.entry);
      else last.set(it.entry, it);
    }
  }
  return naive([...last.values()]);
}

const levelOf = ({ score, tie1, tie2 }: RankedEntry) => `${score} ${tie1} ${tie2}`;

/** By counting those before each, one by one. */
function naiveRanks(oracle: readonly RankedEntry[], mode: RankMode): number[] {
  return oracle.map((it, index) => {
    if (mode === 'ordinal') return index + 1;
    const better = oracle.slice(0, index).filter((other) => levelOf(other) !== levelOf(it));
    return 1 + (mode === 'dense' ? new Set(better.map(levelOf)).size : better.length);
  });
}

function expectSame(ranking: Ranking, oracle: readonly RankedEntry[]): void {
  expect(ranking.size).toBe(oracle.length);
  expect(ranking.page(1, oracle.length + 1)).toEqual(oracle);
  expect(oracle.map((it) => ranking.rankOf(it.entry))).toEqual(oracle.map((_, at) => at + 1));
  expect(oracle.map((_, at) => ranking.at(at + 1))).toEqual(oracle);
  const ranks = new Uint32Array(301);
  for (const [at, { entry }] of oracle.entries()) if (entry < ranks.length) ranks[entry] = at + 1;
  expect(ranking.ranksTo(300)).toEqual(ranks);
}

describe('a ranking', () => {
  const base = { entry: 2, score: 10, tie1: 2, tie2: -2, draw: 2 };
  test.each([
    ['a higher score', { entry: 3, score: 11, tie1: 3, tie2: -1, draw: 3 }],
    ['an equal score reached earlier', { ...base, entry: 3, tie1: 1, tie2: -1, draw: 3 }],
    ['an equal score of more sorts', { ...base, entry: 3, tie2: -3, draw: 3 }],
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
    expect([one.rankOf(9), one.rankOf(9, 'dense'), one.at(0), one.at(2), one.size]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      1,
    ]);
    one.remove(9);
    one.remove(2);
    expect([one.size, one.at(1), one.rankOf(2)]).toEqual([0, undefined, undefined]);
  });

  test('is what a naive sort of the last puts says, with ranks 1 to n, each once', () => {
    fc.assert(
      fc.property(fc.array(fewer, { maxLength: 40 }), (puts) => {
        expectSame(ranked(...puts), naive(puts));
      }),
      { numRuns: 1_000 },
    );
  });

  test('says of each that is put the rank that a naive sort finds it has then', () => {
    fc.assert(
      fc.property(fc.array(fewer, { maxLength: 40 }), (puts) => {
        const ranking = createRanking();
        expect(puts.map((it) => ranking.put(it))).toEqual(
          puts.map((it, index) => naive(puts.slice(0, index + 1)).indexOf(it) + 1),
        );
      }),
    );
  });

  test('says of each that is put among thousands the rank that it has when asked', () => {
    fc.assert(
      fc.property(steps, fc.array(entries, { maxLength: 600, size: 'max' }), (taken, puts) => {
        const ranking = createRanking();
        for (const step of taken) take(ranking, step);
        for (const it of puts) expect(ranking.put(it)).toBe(ranking.rankOf(it.entry));
      }),
      { numRuns: 40 },
    );
  });

  test('is the same however entries come and go: one by one, in bursts, in any order', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const ranking = createRanking();
        for (const step of taken) take(ranking, step);
        expectSame(ranking, afterSteps(taken));
      }),
      { numRuns: 60 },
    );
  });

  test('puts a burst as it puts its parts, after any history', () => {
    const burst = fc.array(entries, { minLength: 300, maxLength: 900, size: 'max' });
    fc.assert(
      fc.property(steps, burst, (taken, puts) => {
        const [atOnce, oneByOne] = [createRanking(), createRanking()];
        for (const step of taken) {
          take(atOnce, step);
          take(oneByOne, step);
        }
        putAll(atOnce, puts);
        for (const it of puts) oneByOne.put(it);
        expect(atOnce.page(1, atOnce.size)).toEqual(oneByOne.page(1, oneByOne.size));
      }),
      { numRuns: 40 },
    );
  });

  test.each<RankMode>(['ordinal', 'competition', 'dense'])(
    'gives those that are level the ranks that counting gives: %s',
    (mode) => {
      fc.assert(
        fc.property(steps, fc.integer({ min: 1, max: 700 }), (taken, from) => {
          const ranking = createRanking();
          for (const step of taken) take(ranking, step);
          const oracle = afterSteps(taken);
          const wanted = naiveRanks(oracle, mode);
          expect(oracle.map((it) => ranking.rankOf(it.entry, mode))).toEqual(wanted);
          expect(ranking.ranks(from, 100, mode)).toEqual(
            oracle.map((it, at) => ({ ...it, rank: wanted[at] })).slice(from - 1, from + 99),
          );
        }),
        { numRuns: 25 },
      );
    },
  );

  test('counts levels again where one went, came, or reaches over from the block before', () => {
    const all = Array.from({ length: 900 }, (_, index) => index + 1);
    const at = (entry: number) => ({ ...base, entry, score: 1_000 - Math.floor(entry / 3) });
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: 600 }), (moved) => {
        const ranking = createRanking();
        putAll(ranking, all.map(at));
        ranking.put({ ...base, entry: 901, score: 0 });
        const left = new Map(all.map((entry) => [entry, at(entry).score]));
        for (const [index, entry] of moved.entries()) {
          if (index % 3 === 0) {
            ranking.put({ ...at(entry), score: 2_000 });
            left.set(entry, 2_000);
          } else {
            ranking.remove(entry);
            left.delete(entry);
          }
          expect(ranking.rankOf(901, 'dense')).toBe(1 + new Set(left.values()).size);
        }
      }),
      { numRuns: 5 },
    );
  });

  test('has pages that are parts of the whole, empty past the end', () => {
    const whole = fc.array(fewer, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(whole, fc.integer({ min: 1, max: 10 }), fc.nat(10), (puts, from, limit) => {
        expect(ranked(...puts).page(from, limit)).toEqual(
          naive(puts).slice(from - 1, from - 1 + limit),
        );
      }),
    );
  });

  test('stays in order, and as small as what is in it, whatever came and went', () => {
    const ranking = createRanking();
    const puts: RankedEntry[] = [];
    const put = (entry: number, score: number) => {
      puts.push({ ...base, entry, score });
      ranking.put({ ...base, entry, score });
    };
    const count = 20_000;
    for (let entry = 1; entry <= count; entry++) put(entry, entry % 977);
    for (let round = 1; round <= 5; round++) {
      // Whole stretches of ranks empty, and fill again.
      for (let entry = round; entry <= count; entry += 1 + (round % 2)) {
        put(entry, (entry * round) % (round === 3 ? 50 : 7_919));
      }
    }
    expect(ranking.page(1, count)).toEqual(naive(puts));
    expect(ranking.sizeBytes / count).toBeLessThan(52);
  });
});
