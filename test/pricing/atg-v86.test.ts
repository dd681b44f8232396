/** ATG, V86 of 25 September 2024 and V75 of 27 May 2023: an eight-leg pool with full figures. */
import { describe, expect, test } from 'vitest';
import { floorToMultiple, fraction } from '../../src/actors/fraction.ts';
import { among, dataOf, dividendsOf, ONE_RUNNER, pot, priced, rules } from './support/rules.ts';

type Rows = Readonly<Record<string, { systems: number; payout?: number; jackpot?: boolean }>>;

/** Öre; odds in hundredths. */
interface V86 {
  readonly turnover: number;
  readonly payouts: Readonly<Record<string, number>>;
  readonly result: Rows;
  readonly races: readonly {
    readonly systems: string;
    readonly value: number;
    readonly winners: readonly number[];
    readonly winOdds: readonly number[];
  }[];
  readonly lastLeg: readonly {
    readonly number: number;
    readonly potentialPayout: number;
    readonly odds: number;
    readonly finalOdds: number;
  }[];
}

const v86 = dataOf<V86>('atg-v86-20240925');
const v75 = dataOf<Pick<V86, 'turnover' | 'payouts' | 'result'>>('atg-v75-20230527');

/** 10,000 in a krona: rows are counted to 1/10,000, and so are stakes. */
const KRONA = 10_000;
const TOP = v86.payouts['8'] ?? 0;

/** 65 % returned, split 40/20/40, each tier rounded to whole kronor, dividends down to 1 krona. */
function swedish(legs: number, tiers: readonly number[], minimumKronor?: number) {
  const [first = 0, second = 0, third = 0] = tiers;
  const minimum = minimumKronor && { payFromHundredths: minimumKronor * 100 };
  return rules({
    bet: { kind: 'legs', legs },
    rate: 3_500,
    rounding: { method: 'down', toHundredths: 100 },
    stage: {
      tiers: Object.fromEntries(tiers.map((right) => [nameOf(right), { kind: 'legs', right }])),
      reserve: 'none',
      pots: [
        pot([nameOf(first)], { parts: 2 }),
        pot([nameOf(second)], { parts: 1 }),
        pot([nameOf(third)], { parts: 2, ...minimum }),
      ],
      potsRoundedToCents: KRONA,
    },
  });
}

function nameOf(right: number): string {
  return `${right} right`;
}

/** Wrong in the last legs by as many as asked. */
function combination(winners: readonly number[], wrong: number): string {
  return winners.map((it, leg) => (leg >= winners.length - wrong ? 99 : it)).join('/');
}

describe('V86, turnover 26,494,642.00', () => {
  const shares = { '8': 26n, '7': 13n, '6': 26n };

  test.each(Object.entries(shares))(
    '%s correct: %i % of turnover, rounded to kronor: exact',
    (tier, percent) => {
      const exact = fraction(BigInt(v86.turnover) * percent, 10_000n);
      const kronor = floorToMultiple(
        {
          ...exact,
          numerator: exact.numerator * 2n + exact.denominator,
          denominator: exact.denominator * 2n,
        },
        1,
      );
      expect(kronor * 100n).toBe(BigInt(v86.payouts[tier] ?? 0));
    },
  );

  test('6 correct: 6,888,607 / 31,380 rows = 219.52, paid 219', () => {
    expect(Math.floor(TOP / 31_380)).toBe(21_952);
    expect(v86.result['6']?.payout).toBe(21_900);
  });

  test('7 correct: paid 2,517 fits a count of 1,367.87 to 1,367.99', () => {
    const second = (v86.payouts['7'] ?? 0) / 100;
    // The lower end is cut: 3,444,303 / 2,518 is 1,367.8725.
    expect([1_367.873, 1_367.99].map((rows) => Math.floor(second / rows))).toEqual([2_517, 2_517]);
    expect(Math.floor(second / 1_367)).toBe(2_519);
  });

  // A payout is rounded down, so the rows are no more than this: cut to 1/10,000.
  const rowsWith = v86.lastLeg.map(
    ({ potentialPayout }) => Math.floor((TOP / potentialPayout) * 10_000) / 10_000,
  );

  test('dead heat in leg 8: 3.3657 rows with 2 and 22.7314 with 11, together 26.0971, pay 263,960', () => {
    expect(rowsWith).toEqual([3.3657, 22.7314]);
    const [two = 0, eleven = 0] = rowsWith;
    expect(Math.floor(TOP / 100 / (two + eleven)) * 100).toBe(v86.result['8']?.payout);
  });

  const priceAll = () => {
    const first = v86.races.slice(0, 7).map(({ winners }) => winners[0] ?? 0);
    const rows = (count: number) => Math.round(count * KRONA);
    const stakes = [
      { combination: [...first, 2].join('/'), cents: rows(rowsWith[0] ?? 0) },
      { combination: [...first, 11].join('/'), cents: rows(rowsWith[1] ?? 0) },
      { combination: combination([...first, 2], 1), cents: rows(1_367.9) },
      { combination: combination([...first, 2], 2), cents: rows(31_380) },
    ];
    const staked = stakes.reduce((sum, { cents }) => sum + cents, 0);
    return priced({
      ruleSet: swedish(8, [8, 7, 6]),
      result: { legs: v86.races.map(({ winners }) => ({ winners })) },
      stakes,
      otherStakes: [{ cents: (v86.turnover / 100) * KRONA - staked }],
    });
  };

  test('the rule set pays all three tiers as published, both dead-heaters in ONE dividend', () => {
    const { dividends } = priceAll();
    expect(dividends.map(({ tier, dividend }) => [tier, dividend])).toEqual([
      ['8 right', '263960.00'],
      ['7 right', '2517.00'],
      ['6 right', '219.00'],
    ]);
    expect(dividends[0]?.outcome).toBe('4/1/8/7/9/9/10/2+11');
  });

  test('after legs 1, 2, 3, 5, 6 and 7: 6,888,607 / systems, rounded down, is the value; leg 4 gives 4,370', () => {
    const values = v86.races.map(({ systems }) =>
      Math.floor(TOP / 100 / Number(systems.replace(',', '.'))),
    );
    expect(values.slice(0, 7)).toEqual([115, 299, 1_370, 4_370, 20_124, 69_183, 125_796]);
    expect(v86.races.slice(0, 7).map(({ value }) => value / 100)).toEqual([
      115, 299, 1_370, 4_369, 20_124, 69_183, 125_796,
    ]);
  });

  test('win prices of leg 8: 16.66 and 3.13 before the dead heat, paid 8.33 and 1.56: halved', () => {
    for (const { odds, finalOdds } of v86.lastLeg) expect(Math.floor(odds / 2)).toBe(finalOdds);
  });

  test('the rule set that splits the net pool equally pays them', () => {
    const ruleSet = rules({
      bet: ONE_RUNNER,
      rate: 1_500,
      rounding: { method: 'down', toHundredths: 1 },
      stage: {
        tiers: { win: among(1, 1) },
        reserve: 'none',
        pots: [pot(['win'], { per: 'line' })],
      },
    });
    const gross = 78_480_300;
    const net = gross * 0.85;
    const stakes = v86.lastLeg.map(({ number, odds }) => ({
      combination: `${number}`,
      // In the middle of what the displayed price was cut down from.
      cents: Math.round((net / (odds + 0.4)) * 100),
    }));
    const lost = gross - stakes.reduce((sum, { cents }) => sum + cents, 0);
    const pool = { ruleSet, stakes, otherStakes: [{ cents: lost }] };
    expect(dividendsOf({ ...pool, result: { order: [[2, 11]] } })).toEqual({
      '2': '8.33',
      '11': '1.56',
    });
    expect(dividendsOf({ ...pool, result: { order: [[2], [11]] } })).toEqual({ '2': '16.66' });
    expect(dividendsOf({ ...pool, result: { order: [[11], [2]] } })).toEqual({ '11': '3.13' });
  });

  test('Σ 100/odds of each race is 1.1782 to 1.1798', () => {
    const sums = v86.races.map(({ winOdds }) => winOdds.reduce((sum, odds) => sum + 100 / odds, 0));
    expect(Math.min(...sums).toFixed(4)).toBe('1.1782');
    expect(Math.max(...sums).toFixed(4)).toBe('1.1798');
  });

  test('coupons still alive: 59,396; 23,021; 5,027; 1,576; 342.3; 99.57; 54.76; 26.10', () => {
    expect(v86.races.map(({ systems }) => systems)).toEqual([
      '59396',
      '23021',
      '5027',
      '1576',
      '342,3',
      '99,57',
      '54,76',
      '26,10',
    ]);
  });
});

describe('V75, turnover 117,037,154.00', () => {
  test.each([
    ['7', 26],
    ['6', 13],
    ['5', 26],
  ])('%s correct: %i % of turnover, exact', (tier, percent) => {
    expect(Math.round((v75.turnover * percent) / 10_000) * 100).toBe(v75.payouts[tier]);
  });

  test('6 correct pays 76, 7 correct 6,794, and 5 correct nothing: 11.43 is under the minimum', () => {
    const winners = [1, 2, 3, 4, 5, 6, 7];
    const stakes = [
      // The count of 4,478 is cut.
      { combination: combination(winners, 0), cents: 4_478.5 * KRONA },
      { combination: combination(winners, 1), cents: 198_719 * KRONA },
      { combination: combination(winners, 2), cents: 2_661_455 * KRONA },
    ];
    const staked = stakes.reduce((sum, { cents }) => sum + cents, 0);
    const { dividends, totals } = priced({
      // Its minimum is not published: more than 11.43 and less than 76.
      ruleSet: swedish(7, [7, 6, 5], 15),
      result: { legs: winners.map((it) => ({ winners: [it] })) },
      stakes,
      otherStakes: [{ cents: (v75.turnover / 100) * KRONA - staked }],
    });
    expect(dividends.map(({ tier, dividend }) => [tier, dividend])).toEqual([
      ['7 right', '6794.00'],
      ['6 right', '76.00'],
    ]);
    expect(totals.carriedOut.netCents).toBe(((v75.payouts['5'] ?? 0) / 100) * KRONA);
    expect(v75.result['5']).toEqual({ systems: 2_661_455, jackpot: true });
    expect(((v75.payouts['5'] ?? 0) / 100 / 2_661_455).toFixed(2)).toBe('11.43');
  });
});
