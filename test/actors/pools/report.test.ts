import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CarryPercent,
  REPORT_LEGS_MAX,
  type ReportLeg,
  reportPaymentOf,
} from '../../../src/actors/pools/report.ts';
import { cents } from '../../../src/actors/units.ts';

const MAX = cents(2_000_00);
const run = (hundredths: number): ReportLeg => ({ kind: 'run', hundredths });
const NON_RUNNER: ReportLeg = { kind: 'non-runner' };
const report = (
  stake: number,
  carryPercent: CarryPercent,
  legs: readonly ReportLeg[],
  legStakeMax = MAX,
) => reportPaymentOf({ stake: cents(stake), carryPercent, legs, legStakeMax });

describe('a Report', () => {
  test.each([
    { carry: 100, legs: [run(210), run(150)], payout: 6_30, why: '2.00 × 2.10 × 1.50' },
    { carry: 100, legs: [run(210), run(0)], payout: 0, why: 'all of it was carried' },
    { carry: 75, legs: [run(210), run(0)], payout: 1_05, why: 'a quarter of 4.20 was paid' },
    { carry: 75, legs: [run(210), run(200)], payout: 1_05 + 6_30, why: '3.15 doubled' },
    { carry: 50, legs: [run(210), run(300)], payout: 2_10 + 6_30, why: '2.10 tripled' },
    { carry: 25, legs: [run(210), run(300)], payout: 3_15 + 3_15, why: '1.05 tripled' },
    { carry: 50, legs: [run(0), run(300)], payout: 0, why: 'nothing was won to carry' },
    { carry: 75, legs: [run(300)], payout: 6_00, why: 'there is no leg to carry to' },
    { carry: 25, legs: [NON_RUNNER, run(300)], payout: 6_00, why: 'the whole goes on' },
    { carry: 50, legs: [run(300), NON_RUNNER], payout: 6_00, why: 'what was carried counts 1.00' },
    { carry: 100, legs: [run(150), NON_RUNNER, run(200)], payout: 6_00, why: '1.50, 1.00, 2.00' },
  ] as const)('of 2.00 carrying $carry % pays $payout: $why', ({ carry, legs, payout }) => {
    expect(report(2_00, carry, legs)).toEqual({ payout, refund: 0 });
  });

  test('floors each part to the cent', () => {
    // 1.01 won: 0.75 and 0.25, and one cent is the operator's.
    expect(report(1_01, 75, [run(100), run(100)])).toEqual({ payout: 1_00, refund: 0 });
    expect(report(1, 50, [run(150), run(1_000)])).toEqual({ payout: 0, refund: 0 });
  });

  test('is given back where no leg was run', () => {
    expect(report(2_00, 75, [NON_RUNNER, NON_RUNNER])).toEqual({ payout: 0, refund: 2_00 });
    expect(report(2_00, 75, [])).toEqual({ payout: 0, refund: 2_00 });
  });

  test('stakes no leg with more than it may, and pays the rest at once', () => {
    const legs = [run(300), run(0)];
    expect(report(2_00, 100, legs, cents(6_00))).toEqual({ payout: 0, refund: 0 });
    expect(report(2_00, 100, legs, cents(5_99))).toEqual({ payout: 1, refund: 0 });
  });

  test('has at most so many legs, and no amount beyond safe integers', () => {
    const legs = Array.from({ length: REPORT_LEGS_MAX }, () => run(100));
    expect(report(2_00, 100, legs).payout).toBe(2_00);
    expect(() => report(2_00, 100, [...legs, run(100)])).toThrow('more legs than 20: 21');
    const rich = Array.from({ length: 8 }, () => run(10_000_000));
    const most = cents(Number.MAX_SAFE_INTEGER);
    expect(() => report(2_00, 100, rich, most)).toThrow('not a whole number of cents');
  });

  test('never pays more than its stake times all dividends, nor less for a better leg', () => {
    const carry = fc.constantFrom<CarryPercent>(100, 75, 50, 25);
    const legs = fc.array(
      fc.oneof(fc.constant(NON_RUNNER), fc.integer({ min: 100, max: 2_000 }).map(run)),
      { minLength: 1, maxLength: 5 },
    );
    const most = cents(Number.MAX_SAFE_INTEGER);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), carry, legs, (stake, percent, them) => {
        const { payout, refund } = report(stake, percent, them, most);
        const product = them.reduce(
          (sum, leg) => (leg.kind === 'run' ? (sum * leg.hundredths) / 100 : sum),
          stake,
        );
        expect(payout + refund).toBeLessThanOrEqual(product + 1e-6 * product);
        const better = them.map((leg) => (leg.kind === 'run' ? run(leg.hundredths * 2) : leg));
        expect(report(stake, percent, better, most).payout).toBeGreaterThanOrEqual(payout);
      }),
    );
  });
});
