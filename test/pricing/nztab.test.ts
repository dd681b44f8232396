/** New Zealand TAB: Cambridge race 5 of 20 August 2025, and the abandoned races of 17 July 2025. */
import { describe, expect, test } from 'vitest';
import type { LegRules } from '../../src/actors/pools/rule-set.ts';
import { dataOf, pot, priced, rules } from './support/rules.ts';

/** Dollars. */
interface Cambridge {
  readonly runningDouble: {
    readonly total: number;
    readonly winInvestment: string;
    readonly liveUnits: number;
    readonly willPays: readonly { readonly odds: number; readonly sel: number }[];
    readonly dividends: readonly { readonly description: string; readonly dividend: number }[];
    readonly snapshot: {
      readonly total: number;
      readonly matrix: Readonly<Record<string, readonly number[]>>;
    };
  };
  readonly quadrella: MultiLeg & { readonly guarantee: number };
  readonly treble: MultiLeg;
  readonly trifecta: Positions;
  readonly first4: Positions;
  readonly poolWin: readonly number[];
  readonly quinella: readonly (readonly number[])[];
}

interface MultiLeg {
  readonly total: number;
  /** After the first leg. */
  readonly live: number;
  readonly legs: readonly (readonly number[])[];
}

interface Positions {
  readonly snapshot: number;
  readonly positions: readonly (readonly number[])[];
}

const data = dataOf<Cambridge>('nztab-20250820-cambridge-r5');

function inCents(dollars: number): number {
  return Math.round(dollars * 100);
}

function sumCents(dollars: readonly number[]): number {
  return dollars.reduce((sum, it) => sum + inCents(it), 0);
}

describe('running double of races 4 and 5', () => {
  const { total, willPays, liveUnits, winInvestment, dividends, snapshot } = data.runningDouble;
  const units = [59, 57, 100, 138, 16, 47, 18];

  const ruleSet = rules({
    bet: { kind: 'legs', legs: 2 },
    rate: 2_500,
    stage: {
      tiers: {
        double: { kind: 'legs', right: 2 },
        consolation: { kind: 'legs', right: 2, exactly: [1, 2] },
      },
      reserve: 'none',
      pots: [pot(['double'], { parts: 70 }), pot(['consolation'], { parts: 30 })],
    },
  });
  const document = (winner: number, second: number) => ({
    ruleSet,
    result: { legs: [{ order: [[2], [1]] }, { order: [[winner], [second]] }] },
    stakes: units.map((it, index) => ({ combination: `2/${index + 1}`, cents: it * 100 })),
    otherStakes: [{ cents: inCents(total) - liveUnits * 100 }],
  });

  test.each(willPays)('runner $sel pays $odds', ({ sel, odds }) => {
    const [double] = priced(document(sel, sel === 7 ? 4 : 7)).dividends;
    expect(double?.dividend).toBe(odds.toFixed(2));
  });

  test('the result 2/4 with 7 second pays 9.80 and the consolation 32.30, of 1,358.175 and 582.075', () => {
    const answer = priced(document(4, 7));
    expect(answer.totals).toMatchObject({ grossCents: 258_700, takeoutCents: 64_675 });
    expect(answer.dividends).toMatchObject(
      [
        { tier: 'double', dividend: '9.80', winningStakesCents: 13_800, exact: '18109/1840' },
        { tier: 'consolation', dividend: '32.30', winningStakesCents: 1_800, exact: '7761/240' },
      ].map((it) => ({ ...it, exact: expect.any(String) })),
    );
    expect(dividends.map(({ dividend }) => dividend)).toEqual([9.8, 32.3]);
    expect(Number(winInvestment)).toBe(1_800);
  });

  test('no other whole stakes give the seven will-pays and add up to 435', () => {
    const fitting = willPays.map(({ odds }) =>
      Array.from({ length: liveUnits }, (_, index) => index + 1).filter(
        (count) => Math.floor(1_358_175 / count / 100) === Math.round(odds * 10),
      ),
    );
    const found = fitting.reduce<number[][]>(
      (heads, counts) => heads.flatMap((head) => counts.map((count) => [...head, count])),
      [[]],
    );
    expect(found.filter((it) => it.reduce((a, b) => a + b) === liveUnits)).toEqual([units]);
  });

  test('its matrix of stakes adds to its stated 2,105.00, 81.4 % of the final pool; row 2 held 324', () => {
    const rows = Object.values(snapshot.matrix);
    expect(rows.map((it) => it.length)).toEqual(Array.from({ length: 8 }, () => 7));
    expect(sumCents(rows.flat())).toBe(inCents(snapshot.total));
    expect(((snapshot.total / total) * 100).toFixed(1)).toBe('81.4');
    expect(sumCents(snapshot.matrix['2'] ?? [])).toBe(32_400);
  });
});

describe('quadrella of races 4 to 7', () => {
  const { total, guarantee, live, legs } = data.quadrella;
  const gross = sumCents(legs[2] ?? []);

  test('stakes of leg 3 add to 34,873.20, and the total is their net at 26 %: 25,806.17', () => {
    expect(gross).toBe(3_487_320);
    expect(((gross * 74) / 10_000).toFixed(2)).toBe(total.toFixed(2));
  });

  test('live after leg 1: 6,492.96 of 34,873.20, 18.6 %', () => {
    expect(sumCents(legs[1] ?? [])).toBe(inCents(live));
    expect(((inCents(live) / gross) * 100).toFixed(1)).toBe('18.6');
  });

  test('is above its guarantee of 25,000: nothing is topped up, and one more is', () => {
    const ruleSet = rules({
      bet: { kind: 'legs', legs: 4 },
      rate: 2_600,
      stage: { tiers: { all: { kind: 'legs', right: 4 } }, reserve: 'none', pots: [pot(['all'])] },
      guarantee: { of: 'net', whenWon: 'top-up', whenNotWon: 'none', minorPots: 'actual' },
    });
    const document = (guaranteeCents: number) => ({
      ruleSet,
      result: { legs: [2, 4, 1, 1].map((it) => ({ winners: [it] })) },
      stakes: [{ combination: '2/4/1/1', cents: 100 }],
      otherStakes: [{ cents: gross - 100 }],
      broughtIn: { guaranteeCents },
    });
    const above = priced(document(inCents(guarantee)));
    expect(above.totals.broughtInCents).toBe(0);
    expect(above.dividends[0]?.dividend).toBe('25806.10');
    expect(priced(document(2_600_000)).totals.broughtIn.topUpCents).toBe(19_383);
  });
});

test('treble of races 5 to 7: legs add to 11,452.20, the total; live after leg 1 3,516.42, 30.7 %', () => {
  const { total, live, legs } = data.treble;
  expect(sumCents(legs[2] ?? [])).toBe(inCents(total));
  expect(sumCents(legs[1] ?? [])).toBe(inCents(live));
  expect(((live / total) * 100).toFixed(1)).toBe('30.7');
});

test.each([
  ['trifecta', data.trifecta],
  ['first four', data.first4],
])('%s: the stakes of each position add to the stated total of the snapshot', (_name, pool) => {
  for (const stakes of pool.positions) {
    // Shares of combinations are printed rounded to the cent.
    expect(Math.abs(sumCents(stakes) - inCents(pool.snapshot))).toBeLessThanOrEqual(3);
  }
});

test('Σ 1/pool_win is 1.2020, and of the quinella over 21 pairs 1.2741', () => {
  const sum = (prices: readonly number[]) => prices.reduce((all, it) => all + 1 / it, 0).toFixed(4);
  expect(sum(data.poolWin)).toBe('1.2020');
  expect(data.quinella.flat()).toHaveLength(21);
  expect(sum(data.quinella.flat())).toBe('1.2741');
});

interface Day {
  readonly abandoned: readonly (readonly [meeting: string, race: number])[];
  readonly meetings: readonly {
    readonly name: string;
    readonly early_quaddie?: readonly number[];
  }[];
  readonly mountGambier: readonly (readonly [race: number, status: string])[];
}

describe('17 July 2025: abandoned races', () => {
  const day = dataOf<Day>('nztab-day-20250717');
  const quaddie = day.meetings.find(({ name }) => name === 'Mount Gambier')?.early_quaddie ?? [];
  const gone = new Set(
    day.mountGambier.filter(([, status]) => status === 'Abandoned').map(([race]) => race),
  );

  test('17 of them at four meetings; Mount Gambier race 2 is leg 2 of its early quaddie', () => {
    expect(day.abandoned).toHaveLength(17);
    expect(new Set(day.abandoned.map(([meeting]) => meeting)).size).toBe(4);
    expect(quaddie).toEqual([1, 2, 3, 4]);
    expect([...gone]).toEqual([2]);
  });

  const price = (voided: LegRules['voided'], voidedMax: number) =>
    priced({
      ruleSet: rules({
        bet: { kind: 'legs', legs: 4 },
        rate: 2_600,
        legs: { voided, voidedMax, surfaceChange: 'stands' },
        stage: {
          tiers: { all: { kind: 'legs', right: 4 } },
          reserve: 'none',
          pots: [pot(['all'])],
        },
      }),
      result: {
        legs: quaddie.map((race) => (gone.has(race) ? { void: true } : { winners: [race] })),
      },
      // Whatever was picked in the leg that was not run.
      stakes: [
        { combination: '1/5/3/4', cents: 100 },
        { combination: '1/8/3/4', cents: 100 },
        { combination: '2/5/3/4', cents: 800 },
      ],
    });

  test.each(['all-win', 'dropped'] as const)(
    'a void leg %s: every pick in it is right',
    (voided) => {
      expect(price(voided, 1)).toMatchObject({
        verdict: 'won',
        dividends: [{ dividend: '3.70', winningStakesCents: 200 }],
      });
    },
  );

  test('with no void leg allowed everything is given back', () => {
    expect(price('all-win', 0)).toMatchObject({
      verdict: 'refunded',
      totals: { refundsCents: 1_000, grossCents: 0 },
    });
  });
});
