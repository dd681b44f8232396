import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RuleSet } from '../../src/actors/pools/rule-set.ts';
import { allRuleSets } from '../../src/actors/pools/rule-sets.ts';
import type { PriceDocument } from '../../src/pricing/document.ts';
import { type PriceAnswer, priceDocument } from '../../src/pricing/price-document.ts';

const common = {
  title: 'a test',
  source: 'a test',
  stake: { minimumCents: 1, unitCents: 1, maximumCents: 1_000_000 },
  combinationsMax: 100,
  takeout: [{ basisPoints: 2_000 }],
  takeoutMethod: 'common',
  coupled: 'one-interest',
  nonRunner: 'refund',
  nobodyWins: 'refund',
  rounding: { method: 'down', toHundredths: 10 },
  minimum: [],
  shortfall: [],
  fund: 'test',
} as const;

/** The first two in any order. */
const pair: RuleSet = {
  ...common,
  id: 'pair@1',
  bet: { kind: 'runners', picks: [2], ordered: false },
  formulas: ['unit', 'combined', 'field'],
  stages: [
    {
      tiers: [{ id: 'pair', match: { kind: 'among', first: 2, right: 2 } }],
      reserve: 'none',
      pots: [{ id: 'pair', parts: 1, tiers: ['pair'], per: 'line', unwon: 'share' }],
    },
  ],
};

const double: RuleSet = {
  ...common,
  id: 'double@1',
  coupled: 'separate',
  bet: { kind: 'legs', legs: 2 },
  formulas: ['legs'],
  legs: { voided: 'all-win', voidedMax: 0, surfaceChange: 'all-win' },
  stages: [
    {
      tiers: [{ id: '2', match: { kind: 'legs', right: 2 } }],
      reserve: 'none',
      pots: [{ id: '2', parts: 1, tiers: ['2'], per: 'stake', unwon: 'share' }],
    },
  ],
};

/** Places by starters; several numbers of picks; the player's own substitute. */
const multi: RuleSet = {
  ...pair,
  id: 'multi@1',
  nonRunner: 'alternate',
  bet: { kind: 'runners', picks: [2, 3], ordered: false },
  stages: [
    {
      tiers: [
        {
          id: 'pair',
          match: { kind: 'among', first: [{ startersMin: 3, places: 2 }], right: 2 },
        },
      ],
      reserve: 'none',
      pots: [{ id: 'pair', parts: 1, tiers: ['pair'], per: 'stake', unwon: 'share' }],
    },
  ],
};

const race: PriceDocument = {
  ruleSet: pair,
  result: { order: [[4], [11]] },
  stakes: [{ combination: '4-11', cents: 100 }],
  otherStakes: [{ cents: 900 }],
};

const legs: PriceDocument = {
  ruleSet: double,
  result: { legs: [{ winners: [4] }, { winners: [1] }] },
  stakes: [{ combination: '4/1', cents: 100 }],
  otherStakes: [{ cents: 900 }],
};

function priced(document: unknown): PriceAnswer {
  const found = priceDocument(document);
  if (found.kind === 'refused') throw new Error(found.message);
  return found.answer;
}

function refusal(document: unknown): string {
  const found = priceDocument(document);
  if (found.kind === 'priced') throw new Error('it was priced');
  return found.message;
}

describe('a price document', () => {
  it('is priced from a result and stakes alone', () => {
    expect(priced(race)).toEqual({
      ruleSet: 'pair@1',
      verdict: 'won',
      stage: 0,
      dividends: [
        {
          tier: 'pair',
          outcome: '4-11',
          dividend: '8.00',
          hundredths: 800,
          exact: '8/1',
          winningStakesCents: 100,
          payoutCents: 800,
        },
      ],
      totals: {
        grossCents: 1_000,
        refundsCents: 0,
        broughtInCents: 0,
        broughtIn: { carryOverCents: 0, topUpCents: 0 },
        takeoutCents: 200,
        breakageCents: 0,
        carriedOutCents: 0,
        carriedOut: { netCents: 0, grossCents: 0, reserveCents: 0 },
        payoutCents: 800,
        shortfall: { roundingsCents: 0, deductionCents: 0, operatorCents: 0 },
      },
      sources: [{ source: 'pool', grossCents: 1_000, refundsCents: 0, takeoutBasisPoints: 2_000 }],
      identity: {
        sum: 'gross 1000 + brought in 0 = payout 800 + takeout 200 + breakage 0 + carried out 0',
        balanced: true,
      },
    });
  });

  it('needs nothing but a result: nobody bet, nobody wins', () => {
    const { verdict, totals } = priced({ ruleSet: pair, result: { order: [[4], [11]] } });
    expect(verdict).toBe('refunded');
    expect(totals.grossCents).toBe(0);
  });

  it('finds a rule set of the catalogue by its id', () => {
    const named = { ...race, ruleSet: 'mine@1' };
    const found = priceDocument(named, (id) => (id === 'mine@1' ? pair : undefined));
    expect(found.kind).toBe('priced');
    for (const { id } of allRuleSets()) {
      expect(refusal({ ruleSet: id, day: '2026-08-30', result: {} })).toMatch(/^result\.|^runners/);
    }
  });

  it('takes a runner that nobody backed with a stake of 0', () => {
    const stakes = [{ combination: '4-11', cents: 0 }];
    expect(priced({ ...race, stakes }).verdict).toBe('refunded');
  });

  it('gives back what names a non-runner', () => {
    const stakes = [...(race.stakes ?? []), { combination: '4-9', cents: 70 }];
    const { totals } = priced({ ...race, nonRunners: [9], stakes });
    expect(totals).toMatchObject({ grossCents: 1_000, refundsCents: 70 });
  });

  it('says what each ticket gets, and pays each to the cent by its lines', () => {
    const tickets = [
      { formula: 'combined', legs: [[4, 11, 8]], stakeCents: 33 },
      { formula: 'unit', legs: [[4, 8]], stakeCents: 7 },
      { formula: 'unit', legs: [[4, 9]], stakeCents: 5, multiplier: 3 },
    ];
    const document = { ...race, nonRunners: [9], result: { order: [[4], [11, 8]] }, tickets };
    const answer = priced(document);
    // 884.80 to share, half on each line: 442.4 / 133 and 442.4 / 40.
    expect(answer.dividends.map((it) => it.dividend)).toEqual(['3.30', '11.00']);
    // 33 × 3.30 + 33 × 11.00 = 471.90, rounded once.
    expect(answer.tickets).toEqual([
      { costCents: 99, payoutCents: 472, refundCents: 0 },
      { costCents: 7, payoutCents: 77, refundCents: 0 },
      { costCents: 5, payoutCents: 0, refundCents: 5, multipliedCents: 0, outsidePoolCents: 0 },
    ]);
    expect(answer.dividends.map((it) => it.payoutCents)).toEqual([330 + 109, 363 + 77]);
    expect(answer.totals.payoutCents).toBe(330 + 472 + 77);
  });

  it('gives all of a ticket back where the pool is called off', () => {
    const tickets = [{ formula: 'legs', legs: [[1, 2], [3]], stakeCents: 10 }];
    const result = { legs: [{ void: true }, { winners: [1] }] };
    const answer = priced({ ...legs, result, tickets });
    expect(answer).toMatchObject({
      verdict: 'refunded',
      tickets: [{ costCents: 20, payoutCents: 0, refundCents: 20 }],
    });
  });

  it('counts starters from the declared, less the non-runners', () => {
    const places = { ...race, ruleSet: multi, runners: [4, 11, 8], nonRunners: [8] };
    // Two start: the bet does not stand.
    expect(priced(places).verdict).toBe('refunded');
    expect(priced({ ...places, nonRunners: [] }).verdict).toBe('won');
    expect(priced({ ...race, ruleSet: multi, runners: 3 }).verdict).toBe('won');
  });
});

const many = (cents: number) => [
  { combination: '4-11', cents },
  { combination: '4-8', cents: 1 },
];

describe('a price document is refused, with the path of what is wrong, for', () => {
  it.each<[what: string, document: unknown, message: string]>([
    ['nothing', undefined, 'it is not an object: null'],
    ['a list', [], 'it is not an object: a list'],
    ['no result', { ruleSet: pair }, 'result is missing'],
    ['a field of no meaning', { ...race, stake: [] }, 'stake is not a field'],
    ['an unknown rule set', { ...race, ruleSet: 'x@1' }, 'ruleSet is not in the catalogue: "x@1"'],
    [
      'a takeout above 100 %',
      { ...race, ruleSet: { ...pair, takeout: [{ basisPoints: 10_001 }] } },
      'ruleSet.takeout[0].basisPoints is not a whole number from 0 to 10000: 10001',
    ],
    [
      'a rule set that makes no sense',
      { ...race, ruleSet: { ...pair, formulas: ['legs'] } },
      'ruleSet.formulas[0] is not for this bet: "legs"',
    ],
    [
      'an empty place',
      { ...race, result: { order: [[4], [], [8]] } },
      'result.order[1] has not 1 to 8 entries: 0',
    ],
    [
      'a dead heat of nine',
      { ...race, result: { order: [[1, 2, 3, 4, 5, 6, 7, 8, 9]] } },
      'result.order[0] has not 1 to 8 entries: 9',
    ],
    [
      'a runner twice in a place',
      { ...race, result: { order: [[4, 4]] } },
      'result.order[0][1] stands twice: 4',
    ],
    [
      'a runner twice',
      { ...race, result: { order: [[4], [11], [8, 4]] } },
      'result.order[2][1] stands twice: 4',
    ],
    [
      'runner 100',
      { ...race, result: { order: [[100]] } },
      'result.order[0][0] is not a whole number from 1 to 99: 100',
    ],
    [
      'a non-runner that arrived',
      { ...race, nonRunners: [11] },
      'result.order[1][0] is a non-runner: 11',
    ],
    [
      'an undeclared runner that arrived',
      { ...race, runners: [4, 8] },
      'result.order[1][0] was not declared: 11',
    ],
    [
      'an undeclared non-runner',
      { ...race, runners: [4, 11], nonRunners: [8] },
      'nonRunners[0] was not declared: 8',
    ],
    ['a non-runner twice', { ...race, nonRunners: [8, 8] }, 'nonRunners[1] stands twice: 8'],
    [
      'more that arrived than started',
      { ...race, runners: 1 },
      'result.order has more runners than the 1 that started: 2',
    ],
    ['an entry of one', { ...race, entries: [[4]] }, 'entries[0] has not 2 to 99 entries: 1'],
    [
      'a runner in two entries',
      {
        ...race,
        entries: [
          [4, 5],
          [6, 4],
        ],
      },
      'entries[1][1] is in an earlier entry already: 4',
    ],
    [
      'an undeclared runner in an entry',
      { ...race, runners: [4, 11], entries: [[4, 5]] },
      'entries[0][1] was not declared: 5',
    ],
    [
      'legs of one race',
      { ...race, result: { legs: [{}, {}] } },
      'result.legs is for a bet over legs',
    ],
    ['no order', { ...race, result: {} }, 'result.order is missing'],
    [
      'a negative stake',
      { ...race, stakes: [{ combination: '4-11', cents: -1 }] },
      'stakes[0].cents is not a whole number from 0 to 10000000000000: -1',
    ],
    [
      'half a cent',
      { ...race, stakes: [{ combination: '4-11', cents: 0.5 }] },
      'stakes[0].cents is not a whole number from 0 to 10000000000000: 0.5',
    ],
    [
      'an unsafe stake',
      { ...race, stakes: [{ combination: '4-11', cents: 2 ** 53 }] },
      'stakes[0].cents is not a whole number from 0 to 10000000000000: 9007199254740992',
    ],
    [
      'stakes beyond all bounds together',
      { ...race, stakes: many(1e13) },
      'stakes[1].cents brings the stakes above 10000000000000 together: 1',
    ],
    [
      'a combination of one',
      { ...race, stakes: [{ combination: '4', cents: 1 }] },
      'stakes[0].combination is not of 2 runners: "4"',
    ],
    [
      'a combination of three',
      { ...race, stakes: [{ combination: '4-8-9', cents: 1 }] },
      'stakes[0].combination is not of 2 runners: "4-8-9"',
    ],
    [
      'a repeated runner',
      { ...race, stakes: [{ combination: '4-4', cents: 1 }] },
      'stakes[0].combination names a runner twice: "4-4"',
    ],
    [
      'a combination of legs',
      { ...race, stakes: [{ combination: '4/11', cents: 1 }] },
      'stakes[0].combination is not joined by -: "4/11"',
    ],
    [
      'a combination of letters',
      { ...race, stakes: [{ combination: 'a-b', cents: 1 }] },
      'stakes[0].combination is not runners from 1 to 99 joined by - or /: "a-b"',
    ],
    [
      'a stake on nobody',
      { ...race, runners: [4, 11], stakes: [{ combination: '4-8', cents: 1 }] },
      'stakes[0].combination names a runner that was not declared: "4-8"',
    ],
    [
      'a formula not sold',
      { ...race, tickets: [{ formula: 'positions', legs: [[4], [11]], stakeCents: 1 }] },
      'tickets[0].formula is not sold: only unit, combined, field: "positions"',
    ],
    [
      'too few runners',
      { ...race, tickets: [{ formula: 'combined', legs: [[4]], stakeCents: 1 }] },
      'tickets[0].legs[0] has not 2 to 99 runners: 1',
    ],
    [
      'too many lists',
      { ...race, tickets: [{ formula: 'unit', legs: [[4, 11], [8]], stakeCents: 1 }] },
      'tickets[0].legs has not 1 lists: 2',
    ],
    [
      'a base among the others',
      { ...race, tickets: [{ formula: 'field', legs: [[4], [4, 8]], stakeCents: 1 }] },
      'tickets[0].legs[1] has a base among the others: 4',
    ],
    [
      'too many combinations',
      {
        ...race,
        tickets: [
          {
            formula: 'combined',
            legs: [Array.from({ length: 15 }, (_, index) => index + 1)],
            stakeCents: 1,
          },
        ],
      },
      'tickets[0] stands for more than 100 combinations: 105',
    ],
    [
      'a ticket on nobody',
      { ...race, runners: [4, 11], tickets: [{ formula: 'unit', legs: [[4, 8]], stakeCents: 1 }] },
      'tickets[0].legs[0][1] was not declared: 8',
    ],
    [
      'a ticket for nothing',
      { ...race, tickets: [{ formula: 'unit', legs: [[4, 8]], stakeCents: 0 }] },
      'tickets[0].stakeCents is not a whole number from 1 to 10000000000000: 0',
    ],
    [
      'a ticket dearer than all',
      { ...race, tickets: [{ formula: 'combined', legs: [[4, 8, 11]], stakeCents: 1e13 }] },
      'tickets[0].stakeCents brings the stakes above 10000000000000 together: 30000000000000',
    ],
    [
      'picks that are not there',
      { ...race, tickets: [{ formula: 'unit', legs: [[4, 8]], picks: 3, stakeCents: 1 }] },
      'tickets[0].picks is not one that the bet has: 3',
    ],
    [
      'picks not said',
      {
        ...race,
        ruleSet: multi,
        runners: 9,
        tickets: [{ formula: 'combined', legs: [[4, 8, 11]], stakeCents: 1 }],
      },
      'tickets[0].picks is missing: the bet has 2 or 3',
    ],
    [
      'a substitute not asked for',
      { ...race, tickets: [{ formula: 'unit', legs: [[4, 8]], alternates: [1], stakeCents: 1 }] },
      'tickets[0].alternates is not what pair@1 asks for',
    ],
    [
      'two complements',
      {
        ...race,
        ruleSet: multi,
        runners: 9,
        tickets: [{ formula: 'unit', legs: [[4, 8]], alternates: [1, 2], stakeCents: 1 }],
      },
      'tickets[0].alternates has not 1 entries: 2',
    ],
    [
      'starters not said',
      { ...race, ruleSet: multi },
      'runners is missing: the places of multi@1 depend on how many start',
    ],
    [
      'a source twice',
      { ...race, otherStakes: [{ cents: 1 }, { cents: 2 }] },
      'otherStakes[1] is of the same source as an earlier one',
    ],
    [
      'a guarantee without a rule',
      { ...race, broughtIn: { guaranteeCents: 1 } },
      'broughtIn.guaranteeCents is more than 0, but pair@1 has no rule for a guarantee: 1',
    ],
    [
      'a day before the rule set',
      { ...race, ruleSet: { ...pair, from: '2026-01-01' }, day: '2025-12-31' },
      'day is before the first day of pair@1, 2026-01-01: "2025-12-31"',
    ],
    [
      'a day after the rule set',
      { ...race, ruleSet: { ...pair, until: '2026-01-01' }, day: '2026-01-02' },
      'day is after the last day of pair@1, 2026-01-01: "2026-01-02"',
    ],
    [
      'no day where it matters',
      { ...race, ruleSet: { ...pair, until: '2026-01-01' } },
      'day is missing: pair@1 depends on it',
    ],
    [
      'an order of legs',
      { ...legs, result: { order: [[4]] } },
      'result.order is for a bet on one race',
    ],
    [
      'runners of legs',
      { ...legs, runners: [4] },
      'runners is for a bet on one race; legs have their own',
    ],
    [
      'a leg too many',
      { ...legs, result: { legs: [{ void: true }, { void: true }, { void: true }] } },
      'result.legs has not one entry for each of 2 legs: 3',
    ],
    [
      'a leg without a winner',
      { ...legs, result: { legs: [{}, { winners: [1] }] } },
      'result.legs[0].order is missing',
    ],
    [
      'a void leg with a winner',
      { ...legs, result: { legs: [{ void: true, winners: [1] }, { winners: [1] }] } },
      'result.legs[0].winners is of a void leg',
    ],
    [
      'a non-runner that won a leg',
      { ...legs, result: { legs: [{ winners: [4], nonRunners: [4] }, { winners: [1] }] } },
      'result.legs[0].winners[0] is a non-runner: 4',
    ],
    [
      'an undeclared winner of a leg',
      { ...legs, result: { legs: [{ winners: [4], runners: [5] }, { winners: [1] }] } },
      'result.legs[0].winners[0] was not declared: 4',
    ],
    [
      'winners said twice',
      { ...legs, result: { legs: [{ winners: [4], order: [[4]] }, { winners: [1] }] } },
      'result.legs[0].winners and order exclude each other',
    ],
    [
      'more winners than starters',
      { ...legs, result: { legs: [{ winners: [4, 5], starters: 1 }, { winners: [1] }] } },
      'result.legs[0].winners has more runners than the 1 that started: 2',
    ],
    [
      'three legs of two',
      { ...legs, stakes: [{ combination: '4/1/1', cents: 1 }] },
      'stakes[0].combination is not of 2 legs: "4/1/1"',
    ],
    [
      'a pair where legs are asked',
      { ...legs, stakes: [{ combination: '4-1', cents: 1 }] },
      'stakes[0].combination is not joined by /: "4-1"',
    ],
  ])('%s', (_what, document, message) => {
    expect(refusal(document)).toBe(message);
  });
});

describe('whatever comes in', () => {
  const file = 'test/oracles/c09-five-legs-favourite.json';
  const samples = [race, legs, JSON.parse(readFileSync(file, 'utf8'))];

  it('it is priced whole and balances, or refused with a path, and nothing is thrown', () => {
    const value = fc.constantFrom<unknown>(
      ...[null, -1, 0, 1, 2, 4, 11, 99, 100, 1e13, 1e13 + 1, 1.5, '', 'x', '4-11', '4/1', true],
      ...[[], [[4]], [[4], [4]], [4, 11], {}, [{}], { void: true }, [{ cents: 5 }]],
    );
    const chosen = fc
      .constantFrom(...samples)
      .chain((it) => fc.tuple(fc.constant(it), fc.constantFrom(...stepsOf(it, []))));
    fc.assert(
      fc.property(chosen, value, ([document, steps], by) => {
        const found = priceDocument(replaced(document, steps, by));
        if (found.kind === 'refused') return found.message.length > 0;
        const { totals } = found.answer;
        return (
          totals.grossCents + totals.broughtInCents ===
          totals.payoutCents + totals.takeoutCents + totals.breakageCents + totals.carriedOutCents
        );
      }),
      { numRuns: 3_000 },
    );
  });

  it('every rule set of the catalogue prices every result, and balances', () => {
    const runner = fc.integer({ min: 1, max: 9 });
    const arrived = fc
      .tuple(
        fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8, 9]),
        fc.array(fc.integer({ min: 1, max: 3 })),
      )
      .map(([runners, sizes]) => {
        const order: number[][] = [];
        for (let at = 0; at < runners.length; ) {
          const size = sizes[order.length] ?? 1;
          order.push(runners.slice(at, at + size));
          at += size;
        }
        return order;
      });
    const cents = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1_000_000 }));
    const sample = fc.record({
      ruleSet: fc.constantFrom(...allRuleSets()),
      orders: fc.array(arrived, { minLength: 10, maxLength: 10 }),
      missing: fc.array(runner, { maxLength: 2 }),
      lists: fc.array(fc.uniqueArray(runner, { minLength: 9, maxLength: 9 }), { maxLength: 12 }),
      lefts: fc.array(fc.nat({ max: 9 }), { minLength: 12, maxLength: 12 }),
      amounts: fc.array(cents, { minLength: 17, maxLength: 17 }),
      mandatory: fc.boolean(),
    });
    fc.assert(
      fc.property(sample, ({ ruleSet, orders, missing, lists, lefts, amounts, mandatory }) => {
        const { bet, guarantee } = ruleSet;
        const gone = [...new Set(missing)];
        const without = (order: number[][]) =>
          order.map((it) => it.filter((one) => !gone.includes(one))).filter((it) => it.length > 0);
        const legOf = (order: number[][]) =>
          without(order).length === 0
            ? { void: true }
            : { order: without(order), nonRunners: gone, starters: 9, substitutes: [1, 2, 3] };
        const stakes = lists.map((list, index) => ({
          combination:
            bet.kind === 'legs'
              ? // Mostly the winner, so that somebody wins.
                orders
                  .slice(0, bet.legs)
                  .map((order, leg) =>
                    lefts[index] === leg ? list[leg % 9] : (order[0]?.[0] ?? 1),
                  )
                  .join('/')
              : (lefts[index] ?? 0) < 5 && without(orders[0] ?? []).flat().length === 9
                ? (orders[0] ?? []).flat().slice(0, bet.picks[0]).join('-')
                : list.slice(0, bet.picks[(lefts[index] ?? 0) % bet.picks.length]).join('-'),
          cents: amounts[index] ?? 0,
        }));
        const found = priceDocument({
          ruleSet,
          day: ruleSet.from ?? '2026-08-30',
          ...(bet.kind === 'runners' && { runners: 9, nonRunners: gone }),
          result:
            bet.kind === 'legs'
              ? { legs: orders.slice(0, bet.legs).map(legOf) }
              : { order: without(orders[0] ?? []) },
          stakes,
          otherStakes: [{ cents: amounts[12] ?? 0 }],
          broughtIn: {
            carriedNetCents: amounts[13] ?? 0,
            carriedGrossCents: amounts[14] ?? 0,
            roundingsCents: amounts[15] ?? 0,
            guaranteeCents: guarantee === undefined ? 0 : (amounts[16] ?? 0),
            mandatory,
          },
        });
        if (found.kind === 'refused') throw new Error(found.message);
        const { totals, dividends } = found.answer;
        expect(totals.grossCents + totals.refundsCents).toBe(
          stakes.reduce((sum, it) => sum + it.cents, amounts[12] ?? 0),
        );
        for (const { hundredths } of dividends) expect(hundredths).toBeGreaterThanOrEqual(0);
        // Nothing vanishes into the house but roundings: less than a step on each stake, and cents.
        const stepped = dividends.reduce((sum, it) => sum + it.winningStakesCents, 0);
        const step = ruleSet.rounding.toHundredths;
        expect(totals.breakageCents, 'breakage').toBeLessThanOrEqual(
          (stepped * step) / 100 + stakes.length + 5,
        );
      }),
      { numRuns: 3_000 },
    );
  });

  it('the lines pay what the tickets get, to the cent', () => {
    const stake = fc.integer({ min: 1, max: 999 });
    const runners = fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 6 });
    const ticket = fc.record({
      formula: fc.constant('combined' as const),
      legs: fc.tuple(runners),
      stakeCents: stake,
    });
    fc.assert(
      fc.property(fc.array(ticket, { minLength: 1, maxLength: 9 }), stake, (tickets, cents) => {
        const result = { order: [[1], [2, 3, 4]] };
        const { dividends, ...answer } = priced({
          ruleSet: pair,
          result,
          tickets,
          otherStakes: [{ cents }],
        });
        const sum = (amounts: readonly number[]) => amounts.reduce((a, b) => a + b, 0);
        expect(sum(dividends.map((it) => it.payoutCents))).toBe(
          sum((answer.tickets ?? []).map((it) => it.payoutCents)),
        );
      }),
    );
  });
});

type Steps = readonly (string | number)[];

function stepsOf(value: unknown, steps: Steps): Steps[] {
  if (typeof value !== 'object' || value === null) return [steps];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return [steps, ...entries.flatMap(([step, it]) => stepsOf(it, [...steps, step]))];
}

function replaced(value: unknown, [step, ...rest]: Steps, by: unknown): unknown {
  if (step === undefined) return by;
  if (Array.isArray(value)) {
    return value.map((it, index) => (index === step ? replaced(it, rest, by) : it));
  }
  // A step leads from an object to one of its own fields.
  const fields = value as Record<string, unknown>;
  return { ...fields, [step]: replaced(fields[step], rest, by) };
}
