import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Combination,
  combinationsIn,
  eachCombination,
  FORMULAS,
  PICKS_MAX,
  type Selection,
  selectionProblem,
} from '../../src/actors/formula.ts';
import { runnerNumber } from '../../src/actors/units.ts';

const SUPER_HIGH_5 = ordered(5);

function ordered(picks: number): Combination {
  return { kind: 'runners', picks, ordered: true };
}

function unordered(picks: number): Combination {
  return { kind: 'runners', picks, ordered: false };
}

function selection(formula: Selection['formula'], ...lists: number[][]): Selection {
  return { formula, legs: lists.map((list) => list.map(runnerNumber)) };
}

/** Runners `from` to `to`. */
function runners(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** '1/23/345': one list for each position, one digit for each runner. */
function wheel(card: string): Selection {
  return selection('positions', ...card.split('/').map((list) => [...list].map(Number)));
}

function visitsOf(it: Selection, bet: Combination): number[][] {
  const visits: number[][] = [];
  eachCombination(it, bet, (combination) => visits.push([...combination]));
  return visits;
}

describe('published costs', () => {
  test.each([
    [5, 24],
    [6, 144],
    [7, 504],
    [8, 1344],
  ])('A15: a Super High-5 box of %i horses costs $%i at $0.20', (horses, dollars) => {
    const box = selection('all-orders', runners(1, horses));
    expect(combinationsIn(box, SUPER_HIGH_5) * 20).toBe(dollars * 100);
  });

  test.each([
    ['wheel 1/2/345', '1/2/345/345/345', 120],
    ['wheel 1/2/3456', '1/2/3456/3456/3456', 480],
    ['wheel 1/2/345678', '1/2/345678/345678/345678', 2400],
    ['key 1 with 2345', '1/2345/2345/2345/2345', 480],
    ['key 1 with 234567', '1/234567/234567/234567/234567', 7200],
    ['part wheel 1/23/23/45/45', '1/23/23/45/45', 80],
    ['part wheel 1/234/234/234/567', '1/234/234/234/567', 360],
    ['part wheel 1/2345/2345/2345/6', '1/2345/2345/2345/6', 480],
  ])('A15: a Super High-5 %s costs what the flyer says', (_name, card, cents) => {
    expect(combinationsIn(wheel(card), SUPER_HIGH_5) * 20).toBe(cents);
  });

  test('A15: part wheel 1/23/234/2345/6 costs 1.60, not the 3.20 of the flyer', () => {
    expect(combinationsIn(wheel('1/23/234/2345/6'), SUPER_HIGH_5) * 20).toBe(160);
    expect(visitsOf(wheel('1/23/234/2345/6'), SUPER_HIGH_5)).toHaveLength(8);
  });

  test('A15: seven horses combined in one order cost €42 at Quinté+ and €45.50 at Quarté+', () => {
    const seven = selection('combined', [4, 9, 1, 13, 7, 2, 16]);
    expect(combinationsIn(seven, ordered(5)) * 200).toBe(4200);
    expect(combinationsIn(seven, ordered(4)) * 130).toBe(4550);
  });

  test('A15: seven horses in a Multi en 7 cost €3', () => {
    expect(combinationsIn(selection('unit', runners(1, 7)), unordered(7)) * 300).toBe(300);
  });

  test.each([3, 8, 16, 20])(
    'JORF: a Tiercé field of two bases among %i is 6 (N − 2)',
    (starters) => {
      const field = selection('field-all-orders', [1, 2], runners(3, starters));
      expect(combinationsIn(field, ordered(3))).toBe(6 * (starters - 2));
    },
  );

  test.each([10, 14, 20])('JORF: a Multi en 4 on %i starters is N − 3, (N − 2)(N − 3) / 2', (n) => {
    expect(combinationsIn(selection('field', [1, 2, 3], runners(4, n)), unordered(4))).toBe(n - 3);
    expect(combinationsIn(selection('field', [1, 2], runners(3, n)), unordered(4))).toBe(
      ((n - 2) * (n - 3)) / 2,
    );
  });
});

describe('combinations come in a stated order', () => {
  const digits = (it: Selection, bet: Combination) => visitsOf(it, bet).map((of) => of.join(''));

  test.each([
    ['unit', selection('unit', [3, 1, 2]), ordered(3), '312'],
    ['combined', selection('combined', [3, 1, 2]), ordered(2), '31 32 12'],
    ['combined, one pick', selection('combined', [3, 1]), unordered(1), '3 1'],
    ['all orders', selection('all-orders', [2, 1, 3]), ordered(2), '21 23 12 13 32 31'],
    ['a field', selection('field', [5], [3, 1, 2]), ordered(3), '531 532 512'],
    ['a field, any order', selection('field-all-orders', [5], [2, 1]), ordered(2), '52 25 51 15'],
    ['positions', wheel('21/12/3'), ordered(3), '213 123'],
    ['legs', selection('legs', [2, 1], [1, 2]), { kind: 'legs', legs: 2 }, '21 22 11 12'],
  ] as const)('%s', (_name, it, bet, expected) => {
    expect(digits(it, bet).join(' ')).toBe(expected);
  });

  test('in one array, whatever the formula', () => {
    const seen = new Set<readonly number[]>();
    const field = selection('field-all-orders', [5], [2, 1]);
    eachCombination(field, ordered(2), (it) => seen.add(it));
    expect(seen.size).toBe(1);
  });
});

describe('a selection', () => {
  const lists = (fewest: number, most: number, ofMost: number) =>
    fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { maxLength: ofMost }), {
      minLength: fewest,
      maxLength: most,
    });
  const bets: fc.Arbitrary<Combination> = fc.oneof(
    {
      weight: 3,
      arbitrary: fc
        .record({ picks: fc.integer({ min: 1, max: 5 }), ordered: fc.boolean() })
        .map((it) => ({ kind: 'runners' as const, ...it })),
    },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 1, max: 4 }).map((legs) => ({ kind: 'legs' as const, legs })),
    },
  );
  /** Of the right number of lists, so that enough of them are sound. */
  const cases = fc
    .tuple(bets, fc.constantFrom(...FORMULAS))
    .chain(([bet, formula]) => {
      const count =
        bet.kind === 'legs'
          ? bet.legs
          : ({ positions: bet.picks, field: 2, 'field-all-orders': 2 }[formula as string] ?? 1);
      return fc.tuple(fc.constant(bet), fc.constant(formula), lists(count, count, 7));
    })
    .map(([bet, formula, legs]) => ({ bet, it: selection(formula, ...legs) }));

  test('without a problem stands for as many combinations as it counts, all different, each a sound unit bet', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(cases, ({ bet, it }) => {
        const problem = selectionProblem(it, bet);
        fc.pre(problem === undefined || problem.reason === 'no-combination');
        seen.add(it.formula);
        const visits = visitsOf(it, bet);
        expect(visits).toHaveLength(combinationsIn(it, bet));
        const free = bet.kind === 'runners' && !bet.ordered;
        const keys = visits.map((of) => (free ? of.toSorted((a, b) => a - b) : of).join());
        expect(new Set(keys).size).toBe(visits.length);
        for (const of of visits) {
          const alone =
            bet.kind === 'legs'
              ? selection('legs', ...of.map((runner) => [runner]))
              : selection('unit', of);
          expect(selectionProblem(alone, bet)).toBeUndefined();
          expect(combinationsIn(alone, bet)).toBe(1);
        }
      }),
      { numRuns: 2_000 },
    );
    expect([...seen].sort()).toEqual([...FORMULAS].sort());
  });

  test('in positions is counted as a search of every sequence counts it', () => {
    fc.assert(
      fc.property(lists(1, 6, 5), (legs) => {
        const naive = (position: number, used: readonly number[]): number =>
          position === legs.length
            ? 1
            : (legs[position] ?? [])
                .filter((runner) => !used.includes(runner))
                .reduce((sum, runner) => sum + naive(position + 1, [...used, runner]), 0);
        expect(combinationsIn(selection('positions', ...legs), ordered(legs.length))).toBe(
          naive(0, []),
        );
      }),
    );
  });

  test('visits nothing, and says why, where it counts nothing', () => {
    fc.assert(
      fc.property(cases, ({ bet, it }) => {
        if (combinationsIn(it, bet) === 0) expect(selectionProblem(it, bet)).toBeDefined();
        if (combinationsIn(it, bet) === 0) expect(visitsOf(it, bet)).toEqual([]);
      }),
    );
  });
});

describe('a selection is refused', () => {
  const legs = (count: number): Combination => ({ kind: 'legs', legs: count });
  const sizes = (list: number, found: number, fewest: number, most: number) => ({
    reason: 'wrong-number-of-runners',
    list,
    runners: found,
    fewest,
    most,
  });
  const notForBet = (formula: string) => ({ reason: 'formula-not-for-bet', formula });

  test.each([
    [
      'all orders, of a bet without order',
      selection('all-orders', [1, 2]),
      unordered(2),
      notForBet('all-orders'),
    ],
    [
      'positions, of a bet without order',
      selection('positions', [1], [2]),
      unordered(2),
      notForBet('positions'),
    ],
    [
      'a field in all orders, of a bet without order',
      selection('field-all-orders', [1], [2]),
      unordered(2),
      notForBet('field-all-orders'),
    ],
    [
      'a field, of a bet on one runner',
      selection('field', [1], [2]),
      unordered(1),
      notForBet('field'),
    ],
    ['legs, of a bet on one race', selection('legs', [1], [2]), ordered(2), notForBet('legs')],
    ['a unit, of a bet on legs', selection('unit', [1, 2]), legs(2), notForBet('unit')],
    [
      'a leg too few',
      selection('legs', [1]),
      legs(2),
      { reason: 'wrong-number-of-lists', lists: 1, needed: 2 },
    ],
    [
      'a position too many',
      wheel('1/2/3'),
      ordered(2),
      { reason: 'wrong-number-of-lists', lists: 3, needed: 2 },
    ],
    [
      'no list',
      selection('combined'),
      unordered(2),
      { reason: 'wrong-number-of-lists', lists: 0, needed: 1 },
    ],
    ['a unit with a runner too few', selection('unit', [1, 2]), ordered(3), sizes(0, 2, 3, 3)],
    ['a unit with a runner too many', selection('unit', [1, 2, 3]), ordered(2), sizes(0, 3, 2, 2)],
    [
      'a runner too few to combine',
      selection('combined', [1, 2, 3]),
      unordered(4),
      sizes(0, 3, 4, 99),
    ],
    ['a field without base', selection('field', [], [1, 2]), ordered(2), sizes(0, 0, 1, 1)],
    ['a field of bases only', selection('field', [1, 2], [3]), ordered(2), sizes(0, 2, 1, 1)],
    ['a field with too few others', selection('field', [1], [2]), unordered(4), sizes(1, 1, 3, 99)],
    ['an empty leg', selection('legs', [1], []), legs(2), sizes(1, 0, 1, 99)],
    [
      'a runner twice',
      selection('legs', [1], [2, 3, 2]),
      legs(2),
      { reason: 'runner-twice', list: 1, runner: 2 },
    ],
    [
      'a base among the others',
      selection('field', [1, 2], [3, 2]),
      ordered(3),
      { reason: 'base-among-others', runner: 2 },
    ],
    [
      'positions that cannot be filled',
      wheel('12/12/12'),
      ordered(3),
      { reason: 'no-combination' },
    ],
  ])('%s', (_name, it, bet, problem) => {
    expect(selectionProblem(it, bet)).toEqual(problem);
  });
});

describe('bounds', () => {
  test('more than the safe integers is Infinity, not a number nearby', () => {
    const legs = (count: number) => ({ kind: 'legs', legs: count }) as const;
    const full = Array.from({ length: 9 }, () => runners(1, 99));
    expect(combinationsIn(selection('legs', ...full.slice(1, 8)), legs(7))).toBe(99 ** 7);
    expect(combinationsIn(selection('legs', ...full), legs(9))).toBe(Number.POSITIVE_INFINITY);
    expect(combinationsIn(selection('legs', ...full, []), legs(10))).toBe(0);
  });

  test('the largest card in the most positions is still exact', () => {
    const all = runners(1, 99);
    const sequences = 99 * 98 * 97 * 96 * 95 * 94 * 93 * 92;
    expect(Number.isSafeInteger(sequences)).toBe(true);
    const bet = ordered(PICKS_MAX);
    expect(combinationsIn(selection('all-orders', all), bet)).toBe(sequences);
    const lists = Array.from({ length: PICKS_MAX }, () => all);
    expect(combinationsIn(selection('positions', ...lists), bet)).toBe(sequences);
  });

  test('a bet type of more picks than any is a defect', () => {
    expect(() => combinationsIn(selection('unit', [1]), ordered(PICKS_MAX + 1))).toThrow(
      'more picks than 8: 9',
    );
  });

  test('positions that nobody can fill end at once, however long their lists', () => {
    const all = Array.from({ length: 6 }, () => runners(1, 99));
    expect(visitsOf(selection('positions', ...all, [1], [1]), ordered(8))).toEqual([]);
  });
});
