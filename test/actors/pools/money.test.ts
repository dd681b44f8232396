/** What holds for every pool, whatever its rules are, whatever is staked and whatever happens. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { combinationsIn, eachCombination } from '../../../src/actors/formula.ts';
import {
  add,
  compare,
  type Fraction,
  fraction,
  multiply,
  ZERO_FRACTION,
} from '../../../src/actors/fraction.ts';
import type { PoolPrice, PricedTicket } from '../../../src/actors/pools/price.ts';
import { pricePool } from '../../../src/actors/pools/price-pool.ts';
import { type Bet, unitOf } from '../../../src/actors/pools/rule-set.ts';
import { sumOf } from '../../../src/actors/units.ts';
import { type Pool, pools } from './arbitraries.ts';
import { among, lost, on, pricing, result, ruleSet, stage } from './given.ts';

const costOf = (bet: Bet, ticket: PricedTicket) =>
  ticket.stake * combinationsIn(ticket, unitOf(bet, ticket.picks));

const exactOf = (it: { numerator: bigint; denominator: bigint }): Fraction =>
  fraction(it.numerator, it.denominator);

describe('any pool by any sound rule set', () => {
  test('accounts for every cent, and its tickets get exactly its payout and refunds', () => {
    fc.assert(
      fc.property(pools(), ({ rules, sale }) => {
        const { price, payouts, refunds } = pricePool(rules, sale);
        expect(price.gross + price.broughtIn).toBe(
          price.payout + price.takeout + price.breakage + price.carriedOut,
        );
        const lump = sale.lump ?? [];
        const costs = sale.tickets.map((ticket) => costOf(rules.bet, ticket));
        expect(price.gross + price.refunds).toBe(
          sumOf([...costs, ...lump.map((it) => it.gross + it.refunds)]),
        );
        expect(sumOf(payouts.values())).toBe(price.payout);
        const back = refunds === 'all' ? sumOf(costs) : sumOf(refunds.values());
        const lumpBack = refunds === 'all' ? lump.map((it) => it.gross + it.refunds) : [];
        const known = sumOf(refunds === 'all' ? lumpBack : lump.map((it) => it.refunds));
        expect(back + known).toBe(price.refunds);
      }),
      { numRuns: 3_000 },
    );
  });

  test('has no negative part but a breakage that somebody is named to fund', () => {
    fc.assert(
      fc.property(pools(), ({ rules, sale }) => {
        const { price } = pricePool(rules, sale);
        const { carried, brought, shortfall } = price;
        for (const amount of [
          ...[price.gross, price.broughtIn, price.takeout, price.payout, price.refunds],
          ...[carried.net, carried.gross, carried.reserve, brought.carryOver, brought.topUp],
          ...[shortfall.roundings, shortfall.deduction, shortfall.operator],
        ]) {
          expect(amount).toBeGreaterThanOrEqual(0);
        }
        expect(carried.net + carried.gross + carried.reserve).toBe(price.carriedOut);
        expect(brought.carryOver + brought.topUp).toBe(price.broughtIn);
        expect(shortfall.roundings).toBeLessThanOrEqual(sale.money.roundings);
        expect(price.breakage).toBeGreaterThanOrEqual(-(shortfall.operator + shortfall.roundings));
      }),
      { numRuns: 2_000 },
    );
  });

  test('shares no more than there is before any rounding, and keeps no more than roundings', () => {
    fc.assert(
      fc.property(pools(), ({ rules, sale }) => {
        fc.pre(rules.stages.every((it) => it.potsRoundedToCents === undefined));
        const { price } = pricePool(rules, sale);
        fc.pre(price.verdict === 'won');
        const won = sumOf(price.dividends.map((it) => it.winningStakes));
        const part = rules.partWon ? Math.min(1, won / rules.partWon.unitCents) : 1;
        fc.pre(part === 1);
        const shared = price.dividends
          .map((it) => multiply(exactOf(it), fraction(it.winningStakes)))
          .reduce(add, ZERO_FRACTION);
        const { gross, broughtIn, takeout, carriedOut } = price;
        // What was cut of the deduction is not in the takeout any more; each booked amount is
        // rounded down to the cent: takeout, top-up, and what is carried or kept.
        const there = fraction(gross + broughtIn - takeout - carriedOut + 1);
        const difference = add(shared, multiply(there, fraction(-1)));
        expect(compare(difference, ZERO_FRACTION)).toBeLessThanOrEqual(0);
        const cut = price.shortfall.deduction;
        expect(compare(add(difference, fraction(6 + cut)), ZERO_FRACTION)).toBeGreaterThanOrEqual(
          0,
        );
      }),
      { numRuns: 500 },
    );
  });

  test('has one price in whatever order its tickets came, and pays each ticket the same', () => {
    const shuffled = pools().chain(({ rules, sale }) => {
      const numbers = sale.tickets.map((_, index) => index);
      const { length } = numbers;
      return fc.record({
        pool: fc.constant({ rules, sale }),
        order: fc.shuffledSubarray(numbers, { minLength: length, maxLength: length }),
      });
    });
    fc.assert(
      fc.property(shuffled, ({ pool: { rules, sale }, order }) => {
        const one = pricePool(rules, sale);
        const tickets = order.flatMap((index) => sale.tickets[index] ?? []);
        const other = pricePool(rules, { ...sale, tickets });
        expect(inOneOrder(other.price)).toEqual(inOneOrder(one.price));
        for (const [position, index] of order.entries()) {
          expect(other.payouts.get(position)).toBe(one.payouts.get(index));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('has the same dividends from formulas as from their combinations written out', () => {
    fc.assert(
      fc.property(pools(), ({ rules, sale }) => {
        const tickets = sale.tickets.flatMap((ticket) => writtenOut(rules.bet, ticket));
        const one = pricePool(rules, sale).price;
        const other = pricePool(rules, { ...sale, tickets }).price;
        expect(inOneOrder(other).dividends).toEqual(inOneOrder(one).dividends);
        const { gross, refunds, takeout, verdict, carried, brought } = one;
        expect(other).toMatchObject({ gross, refunds, verdict, carried, brought });
        // What tickets round to the cent may be short or not, and a deduction pays what is short.
        if (!rules.shortfall.includes('deduction')) expect(other.takeout).toBe(takeout);
      }),
      { numRuns: 1_000 },
    );
  });

  test('has the same dividends with all amounts times k, where no rule names an amount', () => {
    const scaled = fc.record({ pool: pools({ plain: true }), k: fc.constantFrom(2, 3, 10, 1_000) });
    fc.assert(
      fc.property(scaled, ({ pool: { rules, sale }, k }) => {
        const one = pricePool(rules, sale).price;
        const other = pricePool(rules, times(sale, k)).price;
        const pays = (price: PoolPrice) =>
          price.dividends.map(({ winningStakes: _, ...dividend }) => dividend);
        expect(pays(other)).toEqual(pays(one));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a dead heat for first by profit split', () => {
  test('never pays a runner more than it would have had alone', () => {
    const amounts = fc.constantFrom(1, 50, 100, 333, 10_000);
    const fields = fc.record({
      stakes: fc.array(amounts, { minLength: 2, maxLength: 4 }),
      rest: fc.constantFrom(0, 1, 500, 50_000),
      takeout: fc.constantFrom(0, 1_560, 3_333, 10_000),
      places: fc.constantFrom(1, 2),
    });
    fc.assert(
      fc.property(fields, ({ stakes, rest, takeout, places }) => {
        const rules = ruleSet({
          takeout: [{ basisPoints: takeout }],
          stages: [stage(among(places, 1))],
        });
        const tickets = on(...stakes.map((stake, index) => [index + 1, stake] as const));
        const order = stakes.map((_, index) => index + 1);
        const sale = { lump: [lost(rest)] };
        const together = pricing(rules, tickets, result(order.join('+')), sale).price;
        for (const runner of order) {
          const first = [runner, ...order.filter((it) => it !== runner)];
          const alone = pricing(rules, tickets, result(first.join(' ')), sale).price;
          const own = (price: PoolPrice) =>
            price.dividends.find(({ outcome }) => outcome === String(runner));
          const [shared, single] = [own(together), own(alone)];
          if (!shared || !single) throw new Error(`no price for ${runner}`);
          expect(compare(exactOf(shared), exactOf(single))).toBeLessThanOrEqual(0);
        }
      }),
    );
  });
});

function writtenOut(bet: Bet, ticket: PricedTicket): PricedTicket[] {
  const singles: PricedTicket[] = [];
  eachCombination(ticket, unitOf(bet, ticket.picks), (combination) => {
    const legs = bet.kind === 'legs' ? combination.map((runner) => [runner]) : [[...combination]];
    singles.push({ ...ticket, formula: bet.kind === 'legs' ? 'legs' : 'unit', legs });
  });
  return singles;
}

function times(sale: Pool['sale'], k: number): Pool['sale'] {
  const { guarantee, carriedNet, carriedGross, roundings, mandatory } = sale.money;
  return {
    ...sale,
    tickets: sale.tickets.map((it) => ({ ...it, stake: it.stake * k })),
    lump: (sale.lump ?? []).map((it) => ({
      ...it,
      gross: it.gross * k,
      refunds: it.refunds * k,
    })),
    money: {
      mandatory,
      guarantee: guarantee * k,
      carriedNet: carriedNet * k,
      carriedGross: carriedGross * k,
      roundings: roundings * k,
    },
  };
}

/** Sources and their dividends are told in the order of the first ticket of each. */
function inOneOrder(price: PoolPrice): PoolPrice {
  const key = (it: object) => Object.values(it).join();
  const sorted = <Item extends object>(items: readonly Item[]) =>
    [...items].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  return { ...price, sources: sorted(price.sources), dividends: sorted(price.dividends) };
}
