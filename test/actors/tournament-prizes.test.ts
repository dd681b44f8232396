import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRanking, type RankedEntry } from '../../src/actors/ranking/ranking.ts';
import { awardsOf, placesWithin } from '../../src/actors/tournament-prizes.ts';
import type { Prize } from '../../src/actors/tournament-terms.ts';

const none = { amount: 0, from: 0, to: 0, topPermille: 0, shares: [], division: '' };
const places = (from: number, to: number, amount: number, division = ''): Prize => {
  return { ...none, kind: 'places', from, to, amount, division };
};
const percentile = (topPermille: number, amount: number): Prize => {
  return { ...none, kind: 'percentile', topPermille, amount };
};
const pool = (amount: number, ...shares: readonly number[]): Prize => {
  return { ...none, kind: 'pool', amount, shares };
};

/** Entries from 1, by their scores; of equal scores the draw is the entry's. */
function boardOf(scores: readonly number[]) {
  const ranking = createRanking();
  for (const [at, score] of scores.entries()) {
    ranking.put({ entry: at + 1, score, tie1: 0, tie2: 0, draw: at + 1 });
  }
  return ranking;
}

/** Amounts by entry. */
function won(
  prizes: readonly Prize[],
  scores: readonly number[],
  tiedPrizes: 'share' | 'order' = 'share',
): Record<number, number> {
  const board = boardOf(scores);
  const awards = awardsOf({ prizes, tiedPrizes }, (it) => (it === '' ? board : undefined));
  return Object.fromEntries(awards.map(({ entry, amount }) => [entry, amount]));
}

describe('a prize table', () => {
  test.each<[string, readonly Prize[], readonly number[], Record<number, number>]>([
    ['places', [places(1, 2, 500)], [9, 8, 7], { 1: 500, 2: 500 }],
    ['a place further down', [places(2, 2, 500)], [9, 8, 7], { 2: 500 }],
    ['more places than players', [places(1, 9, 500)], [9, 8], { 1: 500, 2: 500 }],
    ['a percentile', [percentile(500, 30)], [9, 8, 7, 6], { 1: 30, 2: 30 }],
    ['a percentile of less than one', [percentile(1, 30)], [9, 8, 7], { 1: 30 }],
    ['a percentile of all', [percentile(1_000, 30)], [9, 8], { 1: 30, 2: 30 }],
    ['a pool', [pool(1_000, 500, 300)], [9, 8, 7], { 1: 500, 2: 300 }],
    ['a pool whose cents do not divide', [pool(999, 500, 300)], [9, 8], { 1: 499, 2: 299 }],
    ['a pool of more places than players', [pool(1_000, 500, 300)], [9], { 1: 500 }],
    ['several', [places(1, 1, 500), percentile(1_000, 7)], [9, 8], { 1: 507, 2: 7 }],
    ['none', [], [9, 8], {}],
  ])('of %s awards what it says', (_, prizes, scores, expected) => {
    expect(won(prizes, scores)).toEqual(expected);
  });

  test.each([
    [10, 100, 1],
    [10, 199, 1],
    [10, 200, 2],
    [10, 99, 1],
    [1_000, 1, 1],
    [1_000, 2, 2],
    [3, 1_000, 3],
  ])('has of %i players at %i thousandths %i places', (players, permille, count) => {
    expect(placesWithin(permille, players)).toBe(count);
  });

  test('awards nobody without points, however many prizes are left', () => {
    expect(won([places(1, 3, 500), percentile(1_000, 7)], [9, 0, 0])).toEqual({ 1: 507 });
    expect(won([places(1, 3, 500)], [0, 0])).toEqual({});
  });

  test.each<[string, 'share' | 'order', readonly number[], Record<number, number>]>([
    ['share the mean', 'share', [9, 9, 5], { 1: 750, 2: 750, 3: 200 }],
    [
      'share what is left of the table',
      'share',
      [9, 5, 5, 5],
      { 1: 1_000, 2: 234, 3: 233, 4: 233 },
    ],
    ['share whatever their number', 'share', [9, 9, 9, 9], { 1: 425, 2: 425, 3: 425, 4: 425 }],
    ['have each his own', 'order', [9, 9, 5], { 1: 1_000, 2: 500, 3: 200 }],
    ['have each his own to the end', 'order', [9, 5, 5, 5], { 1: 1_000, 2: 500, 3: 200 }],
  ])('lets those who are level %s', (_, tied, scores, expected) => {
    const table = [places(1, 1, 1_000), places(2, 2, 500), places(3, 3, 200)];
    // Each prize is shared for itself, so one table of three is a pool.
    const asPool = pool(1_700, 589, 295, 118);
    const exact = { ...asPool, amount: 1_000, shares: [1_000, 500, 200] };
    expect(won([exact], scores, tied)).toEqual(expected);
    if (tied === 'order') expect(won(table, scores, tied)).toEqual(expected);
  });

  test('does not take those for level whom a tie-break tells apart', () => {
    const ranking = createRanking();
    ranking.put({ entry: 1, score: 9, tie1: 2, tie2: 0, draw: 1 });
    ranking.put({ entry: 2, score: 9, tie1: 1, tie2: 0, draw: 2 });
    const told = { prizes: [places(1, 1, 500)], tiedPrizes: 'share' as const };
    expect(awardsOf(told, () => ranking)).toMatchObject([{ entry: 2, amount: 500 }]);
  });

  test('names what an award is of, and orders by the rank among all, whatever the division', () => {
    const all = boardOf([5, 9, 7, 3]);
    const gold = createRanking();
    for (const entry of [1, 4]) {
      const it = all.find(entry);
      if (it !== undefined) gold.put(it);
    }
    const prizes = [places(1, 1, 40, 'gold'), pool(100, 500, 400), percentile(250, 7)];
    const named = (division: string) => (division === 'gold' ? gold : all);
    expect(awardsOf({ prizes, tiedPrizes: 'share' }, named)).toEqual([
      { entry: 2, rank: 1, amount: 57, prize: 'pool of 2 places, best 250 of 1,000' },
      { entry: 3, rank: 2, amount: 40, prize: 'pool of 2 places' },
      { entry: 1, rank: 3, amount: 40, prize: 'places 1 to 1 of division gold' },
    ]);
    expect(
      awardsOf({ prizes, tiedPrizes: 'share' }, (it) => (it === '' ? all : undefined)),
    ).toHaveLength(2);
  });

  test('looks as far as its last place, over more than one page', () => {
    const scores = Array.from({ length: 700 }, (_, at) => 1_000 - at);
    expect(Object.keys(won([places(600, 650, 3)], scores))).toHaveLength(51);
  });
});

const prizes = fc.array(
  fc.oneof(
    fc
      .tuple(fc.integer({ min: 1, max: 6 }), fc.nat(3), fc.integer({ min: 1, max: 1_001 }))
      .map(([from, more, amount]) => places(from, from + more, amount)),
    fc
      .tuple(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 1_001 }))
      .map(([permille, amount]) => percentile(permille, amount)),
    fc
      .tuple(
        fc.integer({ min: 1, max: 10_001 }),
        fc.array(fc.integer({ min: 1, max: 250 }), { minLength: 1, maxLength: 4 }),
      )
      .map(([amount, shares]) => pool(amount, ...shares)),
  ),
  { maxLength: 4 },
);
const scored = fc.array(fc.nat(4), { maxLength: 12 });

/** Of one prize and its place, read off the table. */
function worth(prize: Prize, place: number, players: number): number {
  if (prize.kind === 'places') return prize.from <= place && place <= prize.to ? prize.amount : 0;
  if (prize.kind === 'pool') {
    return Math.floor((prize.amount * (prize.shares[place - 1] ?? 0)) / 1_000);
  }
  const within = Math.max(1, Math.floor((players * prize.topPermille) / 1_000));
  return place <= within ? prize.amount : 0;
}

test('what is shared adds up to what there was, and who is level gets the same but for a cent', () => {
  fc.assert(
    fc.property(prizes, scored, fc.constantFrom('share', 'order'), (them, scores, tied) => {
      const rows = boardOf(scores).page(1, scores.length);
      for (const prize of them) {
        const amounts = won([prize], scores, tied);
        const levels = Map.groupBy(
          rows.map((it, at) => ({ it, place: at + 1 })),
          ({ it }) => it.score,
        );
        for (const [score, level] of levels) {
          const due = level.map(({ place }) => worth(prize, place, scores.length));
          const got = level.map(({ it }) => amounts[it.entry] ?? 0);
          const sum = (of: readonly number[]) => of.reduce((all, it) => all + it, 0);
          if (score === 0) expect(sum(got)).toBe(0);
          else if (tied === 'order') expect(got).toEqual(due);
          else {
            expect(sum(got)).toBe(sum(due));
            expect(Math.max(...got) - Math.min(...got)).toBeLessThanOrEqual(1);
            // The odd cents go to the first by the draw.
            expect(got).toEqual(got.toSorted((a, b) => b - a));
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('a table of prizes awards what each of them does, and the best first', () => {
  fc.assert(
    fc.property(prizes, scored, (them, scores) => {
      const board = boardOf(scores);
      const awards = awardsOf({ prizes: them, tiedPrizes: 'share' }, () => board);
      const ranks = awards.map(({ rank }) => rank);
      expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
      expect(ranks).toEqual(awards.map(({ entry }) => board.rankOf(entry)));
      const each = them.map((prize) => won([prize], scores));
      const total = (entry: RankedEntry['entry']) =>
        each.reduce((sum, of) => sum + (of[entry] ?? 0), 0);
      for (const { entry, amount } of awards) expect(amount).toBe(total(entry));
      expect(awards).toHaveLength(scores.filter((_, at) => total(at + 1) > 0).length);
    }),
  );
});
