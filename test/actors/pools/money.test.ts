/** What holds for every pool, whatever is staked and whatever happens. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { add, compare, fraction, multiply } from '../../../src/actors/fraction.ts';
import { costOf, countCombinations } from '../../../src/actors/pools/combinations.ts';
import { takingsOf } from '../../../src/actors/pools/dividend.ts';
import { multiLegPaymentOf, priceMultiLegPool } from '../../../src/actors/pools/multi-leg.ts';
import type {
  LegOutcome,
  Payment,
  PoolPrice,
  PricedTicket,
  RaceResult,
} from '../../../src/actors/pools/price.ts';
import type { RuleSet } from '../../../src/actors/pools/rule-set.ts';
import { priceSingleRacePool, singleRacePaymentOf } from '../../../src/actors/pools/single-race.ts';
import { runnerNumber, sumOf } from '../../../src/actors/units.ts';
import { ruleSet } from './given.ts';

// Few runners and few amounts, so that dead heats, non-runners and empty runners meet often.
const RUNNERS = [1, 2, 3, 4, 5].map(runnerNumber);
const LEGS = 3;
const stakes = fc.constantFrom(1, 3, 25, 100, 101, 7_777);
const someRunners = fc.subarray(RUNNERS);
const backedRunners = fc.subarray(RUNNERS, { minLength: 1 });

const rules = fc.record({
  takeout: fc.constantFrom(0, 1, 1_560, 1_750, 3_333, 10_000),
  priceMethod: fc.constantFrom('profit-split', 'equal-split'),
  breakHundredths: fc.constantFrom(1, 5, 10),
  minimumHundredths: fc.constantFrom(0, 100, 110),
  rounding: fc.constantFrom('down', 'nearest'),
} as const);

const raceRules: fc.Arbitrary<RuleSet> = fc.oneof(
  rules.map((some) => ruleSet({ ...some, betType: 'win' })),
  rules.map((some) =>
    ruleSet({
      ...some,
      betType: 'place',
      places: [
        { startersMin: 4, places: 3 },
        { startersMin: 2, places: 2 },
      ],
    }),
  ),
);

const raceTickets = fc.array(
  fc.record({ legs: backedRunners.map((leg) => [leg]), stake: stakes }),
  { maxLength: 8 },
);

/** Any order with any dead heats: each runner of a shuffle joins the one before it or does not. */
const results: fc.Arbitrary<RaceResult> = fc
  .tuple(
    fc.shuffledSubarray(RUNNERS),
    fc.array(fc.boolean(), { minLength: RUNNERS.length, maxLength: RUNNERS.length }),
    fc.subarray(RUNNERS, { maxLength: 2 }),
  )
  .map(([arrived, joins, nonRunners]) => {
    const order: RaceResult['order'][number][] = [];
    for (const [index, runner] of arrived.entries()) {
      const last = joins[index] ? order.pop() : undefined;
      order.push([...(last ?? []), runner]);
    }
    return { order, nonRunners, starters: RUNNERS.length - nonRunners.length };
  });

const legOutcomes: fc.Arbitrary<LegOutcome[]> = fc.array(
  fc.record({
    winners: someRunners,
    nonRunners: fc.subarray(RUNNERS, { maxLength: 2 }),
    voided: fc.integer({ min: 0, max: 3 }).map((chance) => chance === 0),
  }),
  { minLength: LEGS, maxLength: LEGS },
);

const multiLegRules = (some: Partial<RuleSet>): RuleSet => {
  const multiLeg = {
    legs: LEGS,
    nonRunner: 'refund',
    voidLegsAllWin: 1,
    unwon: 'to-reserve',
  } as const;
  return ruleSet({ ...some, betType: 'multi-leg', multiLeg });
};

const multiLegTickets = (amounts: fc.Arbitrary<number>) =>
  fc.array(
    fc.record({
      legs: fc.array(backedRunners, { minLength: LEGS, maxLength: LEGS }),
      stake: amounts,
    }),
    { maxLength: 8 },
  );

const guarantees = fc.constantFrom(0, 1, 99, 100_000);

function expectBalanced(
  price: PoolPrice,
  tickets: readonly PricedTicket[],
  paymentOf: (ticket: PricedTicket) => Payment,
): void {
  const { gross, broughtIn, takeout, payout, breakage, carriedOut, refunds } = price;
  expect(gross + broughtIn).toBe(payout + takeout + breakage + carriedOut);
  expect(gross + refunds).toBe(sumOf(tickets.map(costOf)));
  const payments = tickets.map(paymentOf);
  expect(sumOf(payments.map((it) => it.payout))).toBe(payout);
  expect(sumOf(payments.map((it) => it.refund))).toBe(refunds);
  for (const amount of [gross, broughtIn, takeout, payout, carriedOut, refunds]) {
    expect(amount).toBeGreaterThanOrEqual(0);
  }
}

describe('a pool on one race', () => {
  test('accounts for every cent, and its tickets get exactly its payout and refunds', () => {
    fc.assert(
      fc.property(raceRules, raceTickets, results, (ruleSet, tickets, result) => {
        const price = priceSingleRacePool(ruleSet, tickets, result);
        expectBalanced(price, tickets, (ticket) =>
          singleRacePaymentOf(ticket, price, result.nonRunners),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  test('shares exactly the net pool before any rounding', () => {
    fc.assert(
      fc.property(raceRules, raceTickets, results, (ruleSet, tickets, result) => {
        const price = priceSingleRacePool(ruleSet, tickets, result);
        fc.pre(price.verdict === 'won');
        const shared = price.dividends
          .map((it) => multiply(fraction(it.numerator, it.denominator), fraction(it.winningStakes)))
          .reduce(add);
        expect(shared).toEqual(takingsOf(ruleSet, price.gross).net);
      }),
    );
  });

  test('keeps a breakage of less than one break for each winning stake, where no minimum counts', () => {
    fc.assert(
      fc.property(raceRules, raceTickets, results, (rules, tickets, result) => {
        const downOnly = { ...rules, minimumHundredths: 0, rounding: 'down' } as const;
        const price = priceSingleRacePool(downOnly, tickets, result);
        const winning = sumOf(price.dividends.map((it) => it.winningStakes));
        const cutAtMost = fraction(winning * downOnly.breakHundredths, 100);
        // Each ticket's rounding to the cent moves at most half a cent, the takeout's under one.
        const centsMoved = fraction(tickets.length + 2, 2);
        const breakage = fraction(price.breakage);
        expect(compare(breakage, add(cutAtMost, centsMoved))).toBeLessThanOrEqual(0);
        expect(compare(breakage, fraction(-(tickets.length + 2), 2))).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('has one price in whatever order its tickets came', () => {
    const shuffled = raceTickets.chain((tickets) =>
      fc.tuple(
        fc.constant(tickets),
        fc.shuffledSubarray(tickets, { minLength: tickets.length, maxLength: tickets.length }),
      ),
    );
    fc.assert(
      fc.property(raceRules, shuffled, results, (ruleSet, [tickets, otherwise], result) => {
        const price = priceSingleRacePool(ruleSet, tickets, result);
        expect(priceSingleRacePool(ruleSet, otherwise.values(), result)).toEqual(price);
      }),
    );
  });
});

describe('a multi-leg pool', () => {
  test('accounts for every cent, and its tickets get exactly its payout and refunds', () => {
    fc.assert(
      fc.property(
        rules.map(multiLegRules),
        multiLegTickets(stakes),
        legOutcomes,
        guarantees,
        (ruleSet, tickets, legs, guarantee) => {
          const price = priceMultiLegPool(ruleSet, tickets, { legs, guarantee });
          expectBalanced(price, tickets, (ticket) => multiLegPaymentOf(ticket, price, legs));
          if (price.verdict !== 'won') expect(price.broughtIn).toBe(0);
          if (price.verdict !== 'not-won') expect(price.carriedOut).toBe(0);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test('has one price in whatever order its tickets came', () => {
    const tickets = multiLegTickets(stakes);
    fc.assert(
      fc.property(rules.map(multiLegRules), tickets, legOutcomes, (ruleSet, sold, legs) => {
        const price = priceMultiLegPool(ruleSet, sold, { legs, guarantee: 0 });
        const otherwise = sold.toReversed().values();
        expect(priceMultiLegPool(ruleSet, otherwise, { legs, guarantee: 0 })).toEqual(price);
      }),
    );
  });

  test('is priced the same from formulas as from their combinations written out', () => {
    // Dimes on stakes of 0.10: each combination alone earns whole cents, so none is rounded.
    const dimes = multiLegTickets(fc.constantFrom(10, 30, 250));
    const some = rules.map((it) => multiLegRules({ ...it, breakHundredths: 10 }));
    fc.assert(
      fc.property(some, dimes, legOutcomes, guarantees, (ruleSet, tickets, legs, guarantee) => {
        const singles = tickets.flatMap(writtenOut);
        const price = priceMultiLegPool(ruleSet, tickets, { legs, guarantee });
        expect(priceMultiLegPool(ruleSet, singles, { legs, guarantee })).toEqual(price);
      }),
      { numRuns: 500 },
    );
  });

  test('counts winning and touched combinations as one who writes them out', () => {
    const ticket = multiLegTickets(stakes).map(([first]) => first);
    fc.assert(
      fc.property(ticket, legOutcomes, (sold, legs) => {
        fc.pre(sold !== undefined);
        const singles = writtenOut(sold).map(({ legs: picks }) => picks.map(([runner]) => runner));
        const isTouched = (picks: (number | undefined)[]) =>
          picks.some((runner, leg) => legs[leg]?.nonRunners.some((it) => it === runner));
        const isWinning = (picks: (number | undefined)[]) =>
          picks.every(
            (runner, leg) => legs[leg]?.voided || legs[leg]?.winners.some((it) => it === runner),
          );
        expect(countCombinations(sold.legs, legs)).toEqual({
          touched: singles.filter(isTouched).length,
          winning: singles.filter((picks) => !isTouched(picks) && isWinning(picks)).length,
        });
      }),
    );
  });
});

/** One ticket for each combination. */
function writtenOut(ticket: PricedTicket): PricedTicket[] {
  let singles: PricedTicket['legs'][] = [[]];
  for (const leg of ticket.legs) {
    singles = singles.flatMap((legs) => leg.map((runner) => [...legs, [runner]]));
  }
  return singles.map((legs) => ({ legs, stake: ticket.stake }));
}
