import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compare, type Fraction, fraction } from '../../../src/actors/fraction.ts';
import type { PricedDividend } from '../../../src/actors/pools/price.ts';
import { pricePool } from '../../../src/actors/pools/price-pool.ts';
import type { RuleSet } from '../../../src/actors/pools/rule-set.ts';
import { validateRuleSet } from '../../../src/actors/pools/rule-set-shape.ts';
import { allRuleSets, ruleSetById } from '../../../src/actors/pools/rule-sets.ts';
import { sumOf } from '../../../src/actors/units.ts';
import { salesOf } from './arbitraries.ts';
import { lost, pricing, result, runners, unit } from './given.ts';

const rows = allRuleSets().map((known) => [known.id, known] as const);

describe('the catalogue', () => {
  test('finds each rule set by its id and nothing by another', () => {
    for (const known of allRuleSets()) expect(ruleSetById(known.id)).toBe(known);
    expect(new Set(allRuleSets().map(({ id }) => id)).size).toBe(allRuleSets().length);
    expect(ruleSetById('simple-gagnant-pmu@99')).toBeUndefined();
    expect(ruleSetById('toString')).toBeUndefined();
  });

  test.each(rows)('reads %s back from JSON as it was', (_id, known) => {
    expect(validateRuleSet(JSON.parse(JSON.stringify(known)))).toEqual(known);
  });

  test.each(rows)('has %s in docs/BETS.md with its tiers, takeout and source', (id, known) => {
    const path = new URL('../../../docs/BETS.md', import.meta.url);
    const line = readFileSync(path, 'utf8')
      .split('\n')
      .find((it) => it.startsWith(`| \`${id}\` `));
    const cells = line?.split('|').map((cell) => cell.trim());
    const tiers = new Set(known.stages.flatMap((stage) => stage.tiers.map((tier) => tier.id)));
    const [rate] = known.takeout;
    expect(cells?.slice(2, -1)).toEqual([
      known.title,
      [...tiers].join(', '),
      `${(rate?.basisPoints ?? 0) / 100} %`,
      known.source,
    ]);
  });

  test.each(rows)('accounts for every cent of a pool by %s', (_id, known) => {
    fc.assert(
      fc.property(salesOf(known), (sale) => {
        const { price, payouts } = pricePool(known, sale);
        expect(price.gross + price.broughtIn).toBe(
          price.payout + price.takeout + price.breakage + price.carriedOut,
        );
        expect(sumOf(payouts.values())).toBe(price.payout);
        for (const amount of [price.takeout, price.payout, price.carriedOut, price.broughtIn]) {
          expect(amount).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** Best first. */
const INCREMENTAL = [
  'couple-gagnant-pmu@1',
  'couple-place-pmu@1',
  'trio-pmu@1',
  'tierce-pmu@1',
  'quarte-plus-pmu@1',
  'quinte-plus-pmu@1',
  '2sur4-pmu@1',
  'pick5-pmu@1',
];

describe('incremental tiers', () => {
  test.each(INCREMENTAL)('of %s never pay a better result less, before any rounding', (id) => {
    const known = ruleSetById(id);
    if (known === undefined) throw new Error(`no rule set ${id}`);
    const order = known.stages[0]?.tiers.map((tier) => tier.id) ?? [];
    let compared = 0;
    fc.assert(
      fc.property(nearlyRight(known), ({ tickets, ended, rest }) => {
        const { dividends } = pricing(known, tickets, ended, { lump: [lost(rest)] }).price;
        for (const better of dividends) {
          for (const worse of dividends) {
            if (order.indexOf(better.tier) >= order.indexOf(worse.tier)) continue;
            if (!isComparable(better, worse)) continue;
            compared++;
            expect(compare(exactOf(better), exactOf(worse))).toBeGreaterThanOrEqual(0);
          }
        }
      }),
      { numRuns: 200 },
    );
    expect(compared).toBeGreaterThan(50);
  });
});

/** Tickets around the arrival: right, in another order, one off, two off, with the non-runner. */
function nearlyRight({ bet }: RuleSet) {
  const count = bet.kind === 'runners' ? (bet.picks[0] ?? 1) : 1;
  const stakes = fc.array(fc.constantFrom(0, 1, 100, 101, 7_777), { minLength: 6, maxLength: 6 });
  return fc
    .record({
      runners: fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8, 9], { minLength: 9, maxLength: 9 }),
      joins: fc.array(fc.constantFrom('+', ' ', ' ', ' '), { minLength: 7, maxLength: 7 }),
      stakes,
      rest: fc.constantFrom(0, 50, 10_000, 1_000_000),
    })
    .map(({ runners: [missing = 0, ...ran], joins, stakes: cents, rest }) => {
      const right = ran.slice(0, count);
      const others = ran.slice(count);
      const selections = [
        right,
        right.toReversed(),
        [...right.slice(1), others[0]],
        [...right.slice(0, -1), others[0]],
        [...right.slice(0, -2), others[0], others[1]].slice(0, count),
        [...right.slice(0, -1), missing],
      ];
      const order = ran.map((runner, index) => `${joins[index - 1] ?? ''}${runner}`).join('');
      return {
        tickets: selections
          .map((picked, index) => unit(picked.join('-'), cents[index] ?? 0))
          .filter(({ stake }) => stake > 0),
        ended: result(order, { nonRunners: runners(missing) }),
        rest,
      };
    });
}

const exactOf = (it: PricedDividend): Fraction => fraction(it.numerator, it.denominator);

/** A dead heat makes several dividends of a tier: those of the same runners are compared. */
function isComparable(better: PricedDividend, worse: PricedDividend): boolean {
  const [more, fewer] = [better, worse].map(({ outcome }) => new Set(outcome.split('-')));
  if (more === undefined || fewer === undefined) return false;
  return [...fewer].every((runner) => runner === 'NP' || more.has(runner));
}
