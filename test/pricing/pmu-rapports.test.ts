/**
 * PMU, 2026: the totals of its pools are not published, so each rule is tested by whether ONE
 * unknown share explains every dividend of a pool; then a rule set is given a pool with that share
 * and must pay what was paid.
 */
import { describe, expect, test } from 'vitest';
import {
  add,
  compare,
  divide,
  type Fraction,
  floorToMultiple,
  fraction,
  multiply,
  subtract,
} from '../../src/actors/fraction.ts';
import {
  among,
  dataOf,
  dividendsOf,
  lostFor,
  ONE_RUNNER,
  pairs,
  pot,
  priced,
  rules,
} from './support/rules.ts';

interface Paid {
  readonly miseBase: number;
  readonly rapports: readonly {
    readonly libelle: string;
    readonly combinaison: string;
    /** Cents per euro: hundredths for 1 staked. */
    readonly dividendePourUnEuro: number;
    /** Base stakes. */
    readonly nombreGagnants: number;
  }[];
}

const data = dataOf<Record<string, Record<string, Paid>>>('pmu-rapports-2026');
const RATE = 1_500;

interface Line {
  readonly outcome: string;
  /** Hundredths. */
  readonly dividend: number;
  readonly cents: number;
  /** Euros staked, exactly. */
  readonly stakes: Fraction;
}

function linesOf(race: string, pool: string, tier?: RegExp): Line[] {
  const { rapports = [], miseBase = 0 } = data[race]?.[pool] ?? {};
  return rapports
    .filter((it) => it.nombreGagnants > 0 && (tier?.test(it.libelle) ?? true))
    .map((it) => {
      const cents = Math.round(it.nombreGagnants * miseBase);
      const stakes = fraction(cents, 100);
      const { combinaison, dividendePourUnEuro } = it;
      return { outcome: combinaison, dividend: dividendePourUnEuro, cents, stakes };
    });
}

/** From, and not including to. */
type Interval = readonly [from: Fraction, to: Fraction];

/** A dividend was rounded down to 0.10: the true one is in here. */
function trueDividend({ dividend }: Line): Interval {
  return [fraction(dividend, 100), fraction(dividend + 10, 100)];
}

function map([from, to]: Interval, change: (value: Fraction) => Fraction): Interval {
  return [change(from), change(to)];
}

/** Undefined where no value is in all. */
function inAll(intervals: readonly Interval[]): Interval | undefined {
  const [first, ...rest] = intervals;
  if (first === undefined) return undefined;
  const [from, to] = rest.reduce<Interval>(
    ([a, b], [c, d]) => [compare(a, c) < 0 ? c : a, compare(b, d) < 0 ? b : d],
    first,
  );
  return compare(from, to) < 0 ? [from, to] : undefined;
}

/** To one decimal, as the source prints it: both ends rounded to the nearest. */
function printed(interval: Interval | undefined): string | undefined {
  if (interval === undefined) return undefined;
  const tenths = (it: Fraction) =>
    (Number(floorToMultiple(add(multiply(it, fraction(10)), fraction(1, 2)), 1)) / 10).toFixed(1);
  return interval.map(tenths).join('–');
}

const ONE = fraction(1);

/** (d − 1) · n: the profit shared on a line. */
function profitOn(line: Line): Interval {
  return map(trueDividend(line), (it) => multiply(subtract(it, ONE), line.stakes));
}

function won(lines: readonly Line[]): number {
  return lines.reduce((sum, { cents }) => sum + cents, 0);
}

function expected(lines: readonly Line[]): Record<string, string> {
  return Object.fromEntries(lines.map((it) => [it.outcome, (it.dividend / 100).toFixed(2)]));
}

/** Whole cents inside: the lowest and the highest. */
function centsIn([from, to]: Interval, times: number): [number, number] {
  const inCents = (it: Fraction) => Number(floorToMultiple(multiply(it, fraction(100 * times)), 1));
  return [inCents(from) + 2, inCents(to) - 2];
}

describe('Simple Gagnant, dead heat, 30 August 2026', () => {
  const lines = linesOf('20260830-R1C3', 'SIMPLE_GAGNANT');
  const share = inAll(lines.map(profitOn));

  test('each horse has its stakes and HALF the profit: between 24,739.4 and 25,342.8 for both', () => {
    expect(printed(share)).toBe('24739.4–25342.8');
  });

  test('"halve the net pool" is refuted: 45,133.8–47,283.1 against 30,773.4–31,376.8', () => {
    const halves = lines.map((it) => map(trueDividend(it), (d) => multiply(d, it.stakes)));
    expect(halves.map(printed)).toEqual(['45133.8–47283.1', '30773.4–31376.8']);
    expect(inAll(halves)).toBeUndefined();
  });

  const ruleSet = rules({
    bet: ONE_RUNNER,
    rate: RATE,
    stage: { tiers: { win: among(1, 1) }, reserve: 'stake', pots: [pot(['win'], { per: 'line' })] },
  });
  const document = (profit: number) => ({
    ruleSet,
    result: { order: [[4, 11]] },
    stakes: lines.map(({ outcome, cents }) => ({ combination: outcome, cents })),
    otherStakes: [{ cents: lostFor(won(lines) + profit, { won: won(lines), rate: RATE }) }],
  });

  test('the rule set pays 2.10 and 5.10 at both ends of it, and not beyond', () => {
    if (share === undefined) throw new Error('no share explains both');
    const [low, high] = centsIn(share, 2);
    expect(dividendsOf(document(low))).toEqual(expected(lines));
    expect(dividendsOf(document(high))).toEqual(expected(lines));
    expect(dividendsOf(document(low - 1_000))).not.toEqual(expected(lines));
    expect(dividendsOf(document(high + 1_000))).not.toEqual(expected(lines));
  });
});

describe.each([
  ['30 August', '20260830-R1C3', '15730.0–15948.1', [[4, 11], [8]]],
  ['8 October', '20261008-R1C1', '8710.8–9318.0', [[1], [5], [8]]],
])('Simple Placé, %s', (_day, race, interval, order) => {
  const lines = linesOf(race, 'SIMPLE_PLACE');
  const share = inAll(lines.map(profitOn));

  test(`(d − 1) · n is equal for the three horses: ${interval}`, () => {
    expect(printed(share)).toBe(interval);
  });

  test('the rule set pays all three at both ends of it', () => {
    if (share === undefined) throw new Error('no share explains all');
    const ruleSet = rules({
      bet: ONE_RUNNER,
      rate: RATE,
      stage: {
        tiers: { place: among(3, 1) },
        reserve: 'stake',
        pots: [pot(['place'], { per: 'line' })],
      },
    });
    for (const profit of centsIn(share, 3)) {
      const lost = lostFor(won(lines) + profit, { won: won(lines), rate: RATE });
      const stakes = lines.map(({ outcome, cents }) => ({ combination: outcome, cents }));
      const document = { ruleSet, result: { order }, stakes, otherStakes: [{ cents: lost }] };
      expect(dividendsOf(document)).toEqual(expected(lines));
    }
  });
});

describe('Couplé Gagnant with 1 NP, 30 August 2026', () => {
  const [full, missing] = linesOf('20260830-R1C3', 'COUPLE_GAGNANT');
  if (full === undefined || missing === undefined) throw new Error('a line is missing');
  const both = add(full.stakes, missing.stakes);
  // d(NP) = 1 + E/4 ÷ (NP + full); d(full) = d(NP) + 3E/4 ÷ full.
  const perNP = divide(fraction(1, 4), both);
  const perFull = add(perNP, divide(fraction(3, 4), full.stakes));
  const profit = inAll([
    map(trueDividend(missing), (it) => divide(subtract(it, ONE), perNP)),
    map(trueDividend(full), (it) => divide(subtract(it, ONE), perFull)),
  ]);

  test('a quarter of the profit over NP and full stakes, three on top for the full: E is 23,090.6 to 23,193.2', () => {
    expect(printed(profit)).toBe('23090.6–23193.2');
  });

  test('the rule set pays 23.50 and 6.60 at both ends of it', () => {
    if (profit === undefined) throw new Error('no profit explains both');
    const ruleSet = rules({
      bet: pairs(),
      rate: RATE,
      stage: {
        tiers: { full: among(2, 2), np: among(1, 1, { nonRunners: 1 }) },
        reserve: 'stake',
        pots: [pot(['full'], { parts: 3 }), pot(['np', 'full'])],
      },
    });
    for (const cents of centsIn(profit, 1)) {
      const all = won([full, missing]);
      const document = {
        ruleSet,
        nonRunners: [1],
        result: { order: [[4, 11], [8]] },
        stakes: [
          { combination: '4-11', cents: full.cents },
          { combination: '4-1', cents: missing.cents },
        ],
        otherStakes: [{ cents: lostFor(all + cents, { won: all, rate: RATE }) }],
      };
      expect(dividendsOf(document)).toMatchObject({ '4-11': '23.50', '4-NP': '6.60' });
    }
  });
});

describe.each([
  ['30 August, with NP', '20260830-R1C3', '5931.8–5965.1', [[4, 11], [8]]],
  ['8 October', '20261008-R1C1', '3790.9–3832.0', [[1], [5], [8]]],
  ['7 July', '20260707-R1C8', '22385.4–22454.9', [[5], [3], [7]]],
])('Couplé Placé, %s', (_day, race, interval, order) => {
  const lines = linesOf(race, 'COUPLE_PLACE');
  const stakesOn = (runner: string) =>
    lines
      .filter(({ outcome }) => outcome.split('-').includes(runner))
      .reduce((sum, it) => add(sum, it.stakes), fraction(0));
  /** 1/N(a) + 1/N(b) + 1/n(a,b); 1/N(a) with a non-runner. */
  const weightOf = ({ outcome, stakes }: Line) => {
    const runners = outcome.split('-').filter((it) => it !== 'NP');
    const byRunner = runners.map((it) => divide(ONE, stakesOn(it))).reduce(add);
    return runners.length === 1 ? byRunner : add(byRunner, divide(ONE, stakes));
  };
  const share = inAll(
    lines.map((it) => map(trueDividend(it), (d) => divide(subtract(d, ONE), weightOf(it)))),
  );

  test(`six equal parts, to the horses and to the pairs: L is ${interval} base stakes`, () => {
    const base = fraction(data[race]?.COUPLE_PLACE?.miseBase ?? 0, 100);
    expect(printed(share && map(share, (it) => divide(it, base)))).toBe(interval);
  });

  test('three equal parts to the three pairs are refuted', () => {
    const whole = lines.filter(({ outcome }) => !outcome.includes('NP'));
    expect(inAll(whole.map(profitOn))).toBeUndefined();
  });

  test('the rule set pays every line at both ends of it', () => {
    if (share === undefined) throw new Error('no share explains all');
    const ruleSet = rules({
      bet: pairs(),
      rate: RATE,
      stage: {
        tiers: { pair: among(3, 2), np: among(3, 1, { nonRunners: 1 }) },
        reserve: 'stake',
        pots: [
          pot(['pair', 'np'], { id: 'horses', per: 'runner' }),
          pot(['pair'], { id: 'pairs', per: 'line' }),
        ],
      },
    });
    // A horse that was declared and did not run: nobody in the places has its number.
    const stakes = lines.map(({ outcome, cents }) => ({
      combination: outcome.replace('NP', '99'),
      cents,
    }));
    for (const profit of centsIn(share, 6)) {
      const lost = lostFor(won(lines) + profit, { won: won(lines), rate: RATE });
      const result = { order };
      const found = dividendsOf({
        ruleSet,
        nonRunners: [99],
        result,
        stakes,
        otherStakes: [{ cents: lost }],
      });
      expect(bySet(found)).toEqual(bySet(expected(lines)));
    }
  });
});

/** A pair has no order. */
function bySet(dividends: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(dividends).map(([outcome, it]) => [outcome.split('-').sort().join('-'), it]),
  );
}

describe.each([
  ['30 August', '20260830-R1C3', [[4, 11], [8], [9]]],
  ['8 October', '20261008-R1C1', [[1], [5], [8], [4]]],
])('Multi en 4, 5, 6 and 7, %s', (_day, race, order) => {
  const lines = linesOf(race, 'MULTI');

  test('35 : 7 : 7/3 : 1, exact', () => {
    const [four = 0, five = 0, six = 0, seven = 0] = lines.map(({ dividend }) => dividend);
    expect([four, five, 3 * six]).toEqual([35 * seven, 7 * seven, 7 * seven]);
  });

  test('the rule set with the weights 105, 21, 7 and 3 pays all four', () => {
    const picks = [4, 5, 6, 7];
    const ruleSet = rules({
      bet: { kind: 'runners', picks, ordered: false },
      rate: RATE,
      stage: {
        tiers: Object.fromEntries(picks.map((it) => [`en ${it}`, among(4, 4, { picks: it })])),
        reserve: 'none',
        pots: [
          pot(['en 4', 'en 5', 'en 6', 'en 7'], {
            weights: { 'en 4': 105, 'en 5': 21, 'en 6': 7, 'en 7': 3 },
          }),
        ],
      },
    });
    const all = order.flat();
    const others = [90, 91, 92];
    const weights = [105, 21, 7, 3];
    // 1.50 for each weight, and so for 1 in seven 4.50: no rounding.
    const unit = (lines[3]?.dividend ?? 0) / 3;
    const net = lines.reduce(
      (sum, it, at) => sum + (it.cents * (weights[at] ?? 0) * unit) / 100,
      0,
    );
    const document = {
      ruleSet,
      result: { order },
      stakes: lines.map(({ cents }, more) => ({
        combination: [...all, ...others.slice(0, more)].join('-'),
        cents,
      })),
      otherStakes: [{ cents: lostFor(net, { won: won(lines), rate: RATE }) }],
    };
    const paid = lines.map(({ dividend }) => (dividend / 100).toFixed(2));
    expect(pricedInOrder(document)).toEqual(paid);
  });
});

function pricedInOrder(document: { ruleSet: { stages: readonly unknown[] } }): string[] {
  return priced(document).dividends.map(({ dividend }) => dividend);
}

describe('Quinté Tirelire, 30 August 2026', () => {
  const ordre = linesOf('20260830-R1C3', 'QUINTE_PLUS', /^e-Quinté\+ Ordre$/);
  const tirelire = linesOf('20260830-R1C3', 'QUINTE_PLUS', /Tirelire$/);
  // The count is repeated on both orders of the dead heat for first: it is one common count.
  const common = ordre.filter(({ outcome }) => outcome.startsWith('4-11-'));

  test('100,000 over 7.25 + 6 base stakes of 2 is 3,773.58 for 1, floor to 0.10: both tiers differ by 3,773.50', () => {
    const each = divide(fraction(100_000), common.map(({ stakes }) => stakes).reduce(add));
    expect(floorToMultiple(multiply(each, fraction(100)), 1)).toBe(377_358n);
    for (const [index, line] of ordre.entries()) {
      expect((tirelire[index]?.dividend ?? 0) - line.dividend).toBe(377_350);
    }
  });

  test('the rule set pays it once for all four orders', () => {
    const ruleSet = rules({
      bet: { kind: 'runners', picks: [5], ordered: true },
      rate: 10_000,
      stage: {
        tiers: { tirelire: { kind: 'at', positions: [1, 2, 3, 4, 5] } },
        reserve: 'none',
        pots: [pot(['tirelire'], { takesCarry: true })],
      },
    });
    const found = priced({
      ruleSet,
      result: { order: [[4, 11], [8], [9], [7, 16]] },
      stakes: common.map(({ outcome, cents }) => ({ combination: outcome, cents })),
      broughtIn: { carriedNetCents: 10_000_000 },
    });
    expect(found.dividends.map(({ dividend }) => dividend)).toEqual(['3773.50', '3773.50']);
    expect(found.dividends.map(({ winningStakesCents }) => winningStakesCents)).toEqual([
      1_450, 1_200,
    ]);
  });
});

describe('Big 5, 30 August 2026', () => {
  const lines = linesOf('20260830-R1C3', 'EB5');

  test('4-4-1-2-1 and 11-4-1-2-1 pay ONE dividend, and the winning stakes add to exactly 1.00', () => {
    expect(lines.map(({ dividend }) => dividend)).toEqual([1_362_700, 1_362_700]);
    expect(won(lines)).toBe(100);
  });

  test('the rule set pays both 13,627.00', () => {
    const ruleSet = rules({
      bet: { kind: 'legs', legs: 5 },
      rate: RATE,
      stage: {
        tiers: { five: { kind: 'legs', right: 5 } },
        reserve: 'none',
        pots: [pot(['five'])],
      },
    });
    const document = {
      ruleSet,
      result: { legs: [[4, 11], [4], [1], [2], [1]].map((winners) => ({ winners })) },
      stakes: lines.map(({ outcome, cents }) => ({
        combination: outcome.replaceAll('-', '/'),
        cents,
      })),
      otherStakes: [{ cents: lostFor(1_362_705, { won: 100, rate: RATE }) }],
    };
    expect(dividendsOf(document)).toEqual({ '4+11/4/1/2/1': '13627.00' });
  });
});

test('Simple Placé, 7 July 2026: 1.05 on a short-priced place of six starters', () => {
  const lines = linesOf('20260707-R1C1', 'SIMPLE_PLACE');
  const ruleSet = rules({
    bet: ONE_RUNNER,
    rate: RATE,
    minimum: [{ belowHundredths: 110, paysHundredths: 105 }],
    stage: {
      tiers: { place: among(2, 1) },
      reserve: 'stake',
      pots: [pot(['place'], { per: 'line' })],
    },
  });
  const stakes = lines.map(({ outcome, cents }) => ({ combination: outcome, cents }));
  // 1.10 of the second: a profit of 10 to 20 % of its stakes, which is 1.6 to 3.1 % for the first.
  const profit = 2 * Math.ceil((lines[1]?.cents ?? 0) * 0.15);
  const otherStakes = [{ cents: lostFor(won(lines) + profit, { won: won(lines), rate: RATE }) }];
  const document = { ruleSet, result: { order: [[4], [1]] }, stakes, otherStakes };
  expect(dividendsOf(document)).toEqual({ '4': '1.05', '1': '1.10' });
});
