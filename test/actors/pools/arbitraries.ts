/**
 * Any sound rule set, and pools to price with it. Few runners and few amounts, so that dead heats,
 * non-runners and empty runners meet often.
 */
import fc from 'fast-check';
import type { Formula } from '../../../src/actors/formula.ts';
import { combinationsIn } from '../../../src/actors/formula.ts';
import type {
  LegOutcome,
  PoolMoney,
  PoolResult,
  PricedTicket,
  RaceResult,
} from '../../../src/actors/pools/price.ts';
import type { PoolSale } from '../../../src/actors/pools/price-pool.ts';
import {
  type Bet,
  type Match,
  type Pot,
  type RuleSet,
  type Stage,
  type Tier,
  unitOf,
} from '../../../src/actors/pools/rule-set.ts';
import { type RunnerNumber, runnerNumber } from '../../../src/actors/units.ts';
import { DAY, ruleSet } from './given.ts';

/** Two more than a combination of the longest bet names. */
const RUNNERS = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(runnerNumber);
const FEWEST = 6;

function fieldOf(bet: Bet): RunnerNumber[] {
  const most = bet.kind === 'legs' ? 1 : Math.max(...bet.picks);
  return RUNNERS.slice(0, Math.max(FEWEST, most + 2));
}

const LEGS = 3;
const SOURCES = ['a', 'b', 'c'];

const bets: fc.Arbitrary<Bet> = fc.constantFrom<Bet>(
  { kind: 'runners', picks: [1], ordered: false },
  { kind: 'runners', picks: [2], ordered: false },
  { kind: 'runners', picks: [2], ordered: true },
  { kind: 'runners', picks: [3], ordered: true },
  { kind: 'runners', picks: [2, 3], ordered: false },
  { kind: 'legs', legs: LEGS },
);

function matches(bet: Bet): fc.Arbitrary<Match> {
  if (bet.kind === 'legs') {
    return fc.oneof(
      fc.integer({ min: 1, max: LEGS }).map((right): Match => ({ kind: 'legs', right })),
      fc.integer({ min: 2, max: LEGS }).map((right): Match => ({ kind: 'legs', right, finish: 2 })),
      fc.constant<Match>({ kind: 'legs', right: LEGS, exactly: [1, 1, 2] }),
    );
  }
  const fewest = Math.min(...bet.picks);
  const among = fc
    .record({
      first: fc.integer({ min: 1, max: 4 }),
      right: fc.integer({ min: 1, max: fewest }),
      nonRunners: fc.constantFrom(0, 0, 1),
      picks: fc.constantFrom(undefined, ...(bet.picks.length > 1 ? bet.picks : [])),
      byStarters: fc.boolean(),
    })
    .map(({ first, right, nonRunners, picks, byStarters }): Match => {
      const fit = Math.max(1, Math.min(right, fewest - nonRunners));
      const missing = fit + nonRunners > fewest ? 0 : nonRunners;
      const places = Math.max(first, fit);
      return {
        kind: 'among',
        first: byStarters ? [{ startersMin: 4, places }] : places,
        right: fit,
        ...(missing > 0 && { nonRunners: missing }),
        ...(picks !== undefined && { picks }),
      };
    });
  if (!bet.ordered) return among;
  const positions = fc
    .subarray(
      Array.from({ length: fewest }, (_, index) => index + 1),
      { minLength: 1 },
    )
    .map((them): Match => ({ kind: 'at', positions: them }));
  return fc.oneof(among, positions);
}

const unwon = fc.constantFrom<Pot['unwon']>('share', 'carry-net', 'reserve');
const sometimes = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

function pots(bet: Bet, tier: Tier, others: readonly string[]): fc.Arbitrary<Pot> {
  const { match } = tier;
  const allOfIt =
    match.kind === 'legs' &&
    match.right === LEGS &&
    match.finish === undefined &&
    match.exactly === undefined;
  const per: Pot['per'][] = ['stake'];
  if (bet.kind === 'runners' || allOfIt) per.push('line');
  if (bet.kind === 'runners' && match.kind === 'among') per.push('runner');
  return fc
    .record({
      parts: fc.integer({ min: 1, max: 4 }),
      more: fc.subarray([...others]),
      per: fc.constantFrom(...per),
      weight: sometimes(fc.integer({ min: 2, max: 5 })),
      unwon,
      takesCarry: sometimes(fc.constant(true as const)),
      uniqueUnitCents: sometimes(fc.constantFrom(100, 101)),
      capHundredths: sometimes(fc.constantFrom(50, 150, 1_000)),
      payFromHundredths: sometimes(fc.constantFrom(50, 150, 1_000)),
    })
    .map(({ more, weight, takesCarry, uniqueUnitCents, ...rest }) => {
      const { capHundredths, payFromHundredths, ...pot } = rest;
      const overLegs = bet.kind === 'legs' && pot.per === 'line';
      return {
        id: `pot ${tier.id}`,
        ...pot,
        tiers: [tier.id, ...(overLegs ? [] : more)],
        ...(weight !== undefined && pot.per === 'stake' && { weights: { [tier.id]: weight } }),
        ...(takesCarry && { takesCarry }),
        ...(uniqueUnitCents !== undefined && { uniqueUnitCents }),
        ...(capHundredths !== undefined && { capHundredths }),
        ...(payFromHundredths !== undefined && { payFromHundredths }),
      };
    });
}

function stages(bet: Bet): fc.Arbitrary<Stage> {
  return fc.array(matches(bet), { minLength: 1, maxLength: 3 }).chain((found) => {
    const tiers = found.map((match, index) => ({ id: `t${index}`, match }));
    const ids = tiers.map(({ id }) => id);
    return fc
      .record({
        reserve: fc.constantFrom<Stage['reserve']>('none', 'stake', 'net-stake'),
        pots: fc.tuple(
          ...tiers.map((tier) =>
            pots(
              bet,
              tier,
              ids.filter((id) => id !== tier.id),
            ),
          ),
        ),
        remainder: sometimes(
          fc.record({
            parts: fc.integer({ min: 1, max: 3 }),
            to: fc.constantFrom('carry-net' as const, 'reserve' as const),
          }),
        ),
        potsRoundedToCents: sometimes(fc.constantFrom(10, 100)),
      })
      .map(({ remainder, potsRoundedToCents, ...rest }) => ({
        tiers,
        ...rest,
        ...(remainder && { remainder }),
        ...(potsRoundedToCents !== undefined && { potsRoundedToCents }),
      }));
  });
}

const rates = fc.constantFrom(0, 1, 1_560, 3_333, 10_000);

/** @param plain Without what makes a price depend on the size of the pool. */
function ruleSets({ plain = false } = {}): fc.Arbitrary<RuleSet> {
  return bets.chain((bet) =>
    fc
      .record({
        stages: fc.array(stages(bet), { minLength: 1, maxLength: 2 }),
        takeout: fc
          .tuple(rates, sometimes(rates))
          .map(([all, own]) => [
            { basisPoints: all },
            { basisPoints: 9_000, from: '2030-01-01' },
            ...(own === undefined ? [] : [{ basisPoints: own, source: 'b' }]),
          ]),
        takeoutMethod: fc.constantFrom<RuleSet['takeoutMethod']>('common', 'common', 'net-price'),
        coupled: fc.constantFrom<RuleSet['coupled']>('separate', 'one-interest'),
        nonRunner: fc.constantFrom<RuleSet['nonRunner']>(
          ...(['refund', 'favourite', 'alternate', 'alternate-then-favourite'] as const),
        ),
        legRules: fc.record({
          voided: fc.constantFrom('all-win' as const, 'dropped' as const),
          voidedMax: fc.integer({ min: 0, max: LEGS - 1 }),
          surfaceChange: fc.constantFrom(
            ...(['stands', 'all-win', 'all-win-after-first', 'void'] as const),
          ),
        }),
        nobodyWins: fc.constantFrom<RuleSet['nobodyWins']>(
          ...(['refund', 'carry-net', 'carry-gross', 'reserve'] as const),
        ),
        rounding: fc.record({
          method: fc.constantFrom('down' as const, 'nearest' as const),
          toHundredths: fc.constantFrom(1, 5, 10),
        }),
        minimum: fc.constantFrom<RuleSet['minimum']>(
          ...[
            [],
            [{ belowHundredths: 110, paysHundredths: 105 }],
            [
              { belowHundredths: 90, paysHundredths: 102 },
              { belowHundredths: 110, paysHundredths: 110, ifWithinSales: true },
            ],
          ],
        ),
        shortfall: fc.subarray<RuleSet['shortfall'][number]>([
          'roundings',
          'deduction',
          'operator',
        ]),
        refundBelowHundredths: sometimes(fc.constantFrom(50, 100)),
        highDeduction: sometimes(fc.constant({ aboveHundredths: 300, basisPoints: 2_500 })),
        guarantee: sometimes(
          fc.record({
            of: fc.constantFrom('net' as const, 'gross' as const),
            whenWon: fc.constantFrom('top-up' as const, 'none' as const),
            whenNotWon: fc.constantFrom('top-up' as const, 'none' as const),
            minorPots: fc.constantFrom('guaranteed' as const, 'actual' as const),
          }),
        ),
        partWon: sometimes(fc.constant({ unitCents: 150 })),
      })
      .map(({ legRules, partWon, guarantee, highDeduction, refundBelowHundredths, ...rest }) => {
        const sound = ruleSet({
          ...rest,
          bet,
          ...(bet.kind === 'legs' && { legs: legRules }),
          ...(guarantee && { guarantee }),
          ...(highDeduction && { highDeduction }),
          ...(refundBelowHundredths !== undefined && { refundBelowHundredths }),
        });
        const [first, ...others] = sound.stages;
        const isSimple = others.length === 0 && first?.reserve === 'none' && first.pots.length < 2;
        const whole = isSimple && partWon ? { ...sound, partWon } : sound;
        return fitting(plain ? withoutAmounts(whole) : whole);
      }),
  );
}

/** A price net of the takeout has no reserve net of it. */
function fitting(rules: RuleSet): RuleSet {
  if (rules.takeoutMethod === 'common') return rules;
  return {
    ...rules,
    stages: rules.stages.map((it) =>
      it.reserve === 'net-stake' ? { ...it, reserve: 'stake' } : it,
    ),
  };
}

function withoutAmounts({ partWon: _, guarantee: __, ...rules }: RuleSet): RuleSet {
  return {
    ...rules,
    stages: rules.stages.map(({ potsRoundedToCents: ___, ...it }) => ({
      ...it,
      pots: it.pots.map(({ uniqueUnitCents: ____, ...pot }) => pot),
    })),
  };
}

const stakes = fc.constantFrom(1, 3, 25, 100, 101, 7_777);
const alternate = fc.constantFrom(0, 0, ...RUNNERS.slice(0, FEWEST));

function tickets(bet: Bet): fc.Arbitrary<PricedTicket> {
  const sold = { stake: stakes, source: fc.constantFrom(...SOURCES) };
  const field = fieldOf(bet);
  if (bet.kind === 'legs') {
    return fc.record({
      ...sold,
      formula: fc.constant<Formula>('legs'),
      legs: fc.array(fc.shuffledSubarray(field, { minLength: 1 }), {
        minLength: bet.legs,
        maxLength: bet.legs,
      }),
      picks: fc.constant(0),
      alternates: fc.array(alternate, { maxLength: bet.legs }),
    });
  }
  const most = Math.max(...bet.picks);
  return fc
    .record({
      ...sold,
      formula: fc.constantFrom<Formula>(
        ...(['unit', 'combined', 'all-orders', 'field', 'field-all-orders', 'positions'] as const),
      ),
      picks: fc.constantFrom(...bet.picks),
      // All orders of one runner more than are needed are many enough.
      runners: fc.shuffledSubarray(field, { minLength: most, maxLength: Math.max(most + 1, 4) }),
      lists: fc.array(fc.shuffledSubarray(field, { minLength: 1, maxLength: 4 }), {
        minLength: most,
        maxLength: most,
      }),
      alternates: fc.array(alternate, { maxLength: 1 }),
    })
    .map(({ runners, lists, ...ticket }) => ({
      ...ticket,
      legs: listsOf(ticket.formula, { picks: ticket.picks, runners, lists }),
    }))
    .filter((ticket) => combinationsIn(ticket, unitOf(bet, ticket.picks)) > 0);
}

function listsOf(
  formula: Formula,
  {
    picks,
    runners,
    lists,
  }: { picks: number; runners: RunnerNumber[]; lists: readonly RunnerNumber[][] },
): RunnerNumber[][] {
  switch (formula) {
    case 'unit':
      return [runners.slice(0, picks)];
    case 'field':
    case 'field-all-orders':
      return [runners.slice(0, 1), runners.slice(1)];
    case 'positions':
      return lists.slice(0, picks);
    default:
      return [runners];
  }
}

/** Any order with any dead heats: each runner of a shuffle joins the one before it or does not. */
function orders(field: readonly RunnerNumber[]): fc.Arbitrary<RunnerNumber[][]> {
  const joining = fc.array(fc.integer({ min: 0, max: 3 }), {
    minLength: field.length,
    maxLength: field.length,
  });
  return fc.tuple(fc.shuffledSubarray([...field]), joining).map(([arrived, joins]) => {
    const order: RunnerNumber[][] = [];
    for (const [index, runner] of arrived.entries()) {
      const last = joins[index] === 0 ? order.pop() : undefined;
      order.push([...(last ?? []), runner]);
    }
    return order;
  });
}

const nonRunners = fc.subarray(RUNNERS.slice(0, FEWEST), { maxLength: 2 });

function raceResults(field: readonly RunnerNumber[]): fc.Arbitrary<RaceResult> {
  return fc
    .record({
      order: orders(field),
      nonRunners,
      entries: fc.constantFrom([], [[1, 5].map(runnerNumber)], [[2, 3, 6].map(runnerNumber)]),
    })
    .map(({ order, ...rest }) => ({
      order: without(order, rest.nonRunners),
      starters: field.length - rest.nonRunners.length,
      ...rest,
    }));
}

function without(order: RunnerNumber[][], missing: readonly RunnerNumber[]): RunnerNumber[][] {
  return order
    .map((together) => together.filter((runner) => !missing.includes(runner)))
    .filter((together) => together.length > 0);
}

function legOutcomes(field: readonly RunnerNumber[]): fc.Arbitrary<LegOutcome> {
  return fc
    .record({
      order: orders(field),
      nonRunners,
      substitutes: fc.shuffledSubarray([...field]),
      voided: fc.constantFrom(false, false, false, true),
      surfaceChanged: fc.constantFrom(false, false, true),
    })
    .map(({ order, ...leg }) => {
      const arrived = leg.voided ? [] : without(order, leg.nonRunners);
      const starters = field.length - leg.nonRunners.length;
      return { ...leg, order: arrived, winners: arrived[0] ?? [], starters };
    });
}

function results(bet: Bet): fc.Arbitrary<PoolResult> {
  const field = fieldOf(bet);
  if (bet.kind === 'runners') {
    return raceResults(field).map((result) => ({ kind: 'race', result }));
  }
  return fc
    .array(legOutcomes(field), { minLength: bet.legs, maxLength: bet.legs })
    .map((legs) => ({ kind: 'legs', legs }));
}

const money: fc.Arbitrary<PoolMoney> = fc.record({
  guarantee: fc.constantFrom(0, 0, 1, 9_999, 200_000),
  carriedNet: fc.constantFrom(0, 0, 1, 12_345),
  carriedGross: fc.constantFrom(0, 0, 1, 12_345),
  mandatory: fc.constantFrom(false, false, true),
  roundings: fc.constantFrom(0, 7, 500),
});

export interface Pool {
  readonly rules: RuleSet;
  readonly sale: PoolSale & { readonly tickets: readonly PricedTicket[] };
}

export function salesOf(rules: RuleSet): fc.Arbitrary<Pool['sale']> {
  return fc.record({
    tickets: fc.array(tickets(rules.bet), { maxLength: 9 }),
    lump: fc.constantFrom([], [{ source: 'b', gross: 4_321, refunds: 11 }]),
    result: results(rules.bet),
    money,
    day: fc.constant(DAY),
  });
}

export function pools(options?: { plain?: boolean }): fc.Arbitrary<Pool> {
  return ruleSets(options).chain((rules) => salesOf(rules).map((sale) => ({ rules, sale })));
}
