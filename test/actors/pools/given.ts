/** Pools to price, in the fewest words. Amounts are cents. */
import {
  type LegOutcome,
  NO_MONEY,
  type PoolMoney,
  type PricedTicket,
  type RaceResult,
} from '../../../src/actors/pools/price.ts';
import { type PricedPool, pricePool } from '../../../src/actors/pools/price-pool.ts';
import type { Match, Places, Pot, RuleSet, Stage } from '../../../src/actors/pools/rule-set.ts';
import type { LumpSum } from '../../../src/actors/pools/tally.ts';
import { type RunnerNumber, runnerNumber } from '../../../src/actors/units.ts';

export const DAY = '2026-11-21';

/** One tier with everything, or the tiers and pots that are given. */
export function stage(match: Match, more: Partial<Stage> & Partial<Pick<Pot, 'per'>> = {}): Stage {
  const { per = 'line', ...rest } = more;
  const pot: Pot = { id: 'all', parts: 1, tiers: ['all'], per, unwon: 'share' };
  return { tiers: [{ id: 'all', match }], reserve: 'stake', pots: [pot], ...rest };
}

export const among = (first: Places, right: number, nonRunners?: number): Match => ({
  kind: 'among',
  first,
  right,
  ...(nonRunners !== undefined && { nonRunners }),
});

/** A win pool by profit split, 20 % taken, dimes, no minimum; `rules` says what is different. */
export function ruleSet(rules: Partial<RuleSet> = {}): RuleSet {
  return {
    id: 'test@1',
    title: 'test',
    source: 'configuration',
    bet: { kind: 'runners', picks: [1], ordered: false },
    stake: { minimumCents: 100, unitCents: 1, maximumCents: 1_000_000_000 },
    formulas: ['unit', 'combined'],
    combinationsMax: 100_000,
    takeout: [{ basisPoints: 2_000 }],
    takeoutMethod: 'common',
    coupled: 'separate',
    nonRunner: 'refund',
    stages: [stage(among(1, 1))],
    nobodyWins: 'refund',
    rounding: { method: 'down', toHundredths: 10 },
    minimum: [],
    shortfall: ['operator'],
    fund: 'test',
    ...rules,
  };
}

export function placeRules(places: Places, rules: Partial<RuleSet> = {}): RuleSet {
  return ruleSet({ stages: [stage(among(places, 1))], ...rules });
}

/** The winner of every leg: one dividend, a guarantee, an unwon pool to the reserve. */
export function multiLegRules(
  rules: Partial<RuleSet> = {},
  { legs = 5, voidedMax = 1 }: { legs?: number; voidedMax?: number } = {},
): RuleSet {
  return ruleSet({
    bet: { kind: 'legs', legs },
    formulas: ['legs'],
    legs: { voided: 'all-win', voidedMax, surfaceChange: 'stands' },
    stages: [stage({ kind: 'legs', right: legs }, { reserve: 'none', per: 'stake' })],
    nobodyWins: 'reserve',
    guarantee: { of: 'net', whenWon: 'top-up', whenNotWon: 'none', minorPots: 'guaranteed' },
    ...rules,
  });
}

export const runners = (...numbers: number[]): RunnerNumber[] => numbers.map(runnerNumber);

const SOLD = { picks: 0, alternates: [], source: 'online' };

/** One ticket on each runner: `[runner, cents]`. */
export function on(...stakes: readonly (readonly [number, number])[]): PricedTicket[] {
  return stakes.map(([runner, stake]) => combined(String(runner), stake));
}

/** `'4-11'`: every set of these runners. */
export function combined(
  picked: string,
  stake: number,
  more: Partial<PricedTicket> = {},
): PricedTicket {
  const list = runners(...picked.split('-').map(Number));
  return { ...SOLD, formula: 'combined', legs: [list], stake, ...more };
}

/** `'4-11'`: these runners, in this order where it matters. */
export function unit(
  picked: string,
  stake: number,
  more: Partial<PricedTicket> = {},
): PricedTicket {
  return { ...combined(picked, stake), formula: 'unit', ...more };
}

/** `'1,2/3/4'`: legs by `/`. */
export function formula(
  legs: string,
  stake: number,
  more: Partial<PricedTicket> = {},
): PricedTicket {
  const lists = legs.split('/').map((leg) => runners(...leg.split(',').map(Number)));
  return { ...SOLD, formula: 'legs', legs: lists, stake, ...more };
}

/** Stakes that lost, as a sum. */
export const lost = (gross: number, source = 'online'): LumpSum => ({ source, gross, refunds: 0 });

/** `'2 3+4 1'`: places by a space, dead-heaters by `+`. */
export function result(order: string, more: Partial<RaceResult> = {}): RaceResult {
  return { order: orderOf(order), nonRunners: [], starters: 8, entries: [], ...more };
}

function orderOf(order: string): RunnerNumber[][] {
  if (order === '') return [];
  return order.split(' ').map((place) => runners(...place.split('+').map(Number)));
}

/**
 * `'1+2/3 4/*'`: legs by `/`, places by a space, dead-heaters by `+`, `*` for a void leg.
 * @param more By index of leg.
 */
export function outcomes(
  legs: string,
  more: Record<number, Partial<LegOutcome>> = {},
): LegOutcome[] {
  return legs.split('/').map((leg, index) => {
    const order = leg === '*' ? [] : orderOf(leg);
    const voided = leg === '*';
    return { winners: order[0] ?? [], order, nonRunners: [], voided, starters: 8, ...more[index] };
  });
}

export interface Sale {
  readonly money?: Partial<PoolMoney>;
  readonly lump?: readonly LumpSum[];
  readonly day?: string;
}

export function pricing(
  rules: RuleSet,
  tickets: Iterable<PricedTicket>,
  ended: RaceResult | readonly LegOutcome[],
  { money = {}, lump = [], day = DAY }: Sale = {},
): PricedPool {
  return pricePool(rules, {
    tickets,
    lump,
    result: 'order' in ended ? { kind: 'race', result: ended } : { kind: 'legs', legs: [...ended] },
    money: { ...NO_MONEY, ...money },
    day,
  });
}

/** `{ '1': 340 }`: what the price pays for 1, in hundredths. */
export function paying(price: {
  dividends: readonly { outcome: string; hundredths: number }[];
}): Record<string, number> {
  return Object.fromEntries(
    price.dividends.map(({ outcome, hundredths }) => [outcome, hundredths]),
  );
}

/** The same by tier, where a tier has one dividend. */
export function payingTiers(price: {
  dividends: readonly { tier: string; hundredths: number }[];
}): Record<string, number> {
  return Object.fromEntries(price.dividends.map(({ tier, hundredths }) => [tier, hundredths]));
}
