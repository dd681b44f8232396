/** Rule sets in few words, and documents priced or thrown, for tests that recompute real days. */
import { readFileSync } from 'node:fs';
import type { Bet, Match, Pot, RuleSet, Stage } from '../../../src/actors/pools/rule-set.ts';
import { type PriceAnswer, priceDocument } from '../../../src/pricing/price-document.ts';

export const ONE_RUNNER: Bet = { kind: 'runners', picks: [1], ordered: false };

export function pairs(ordered = false): Bet {
  return { kind: 'runners', picks: [2], ordered };
}

export function among(
  first: number,
  right: number,
  more: Partial<Match & { kind: 'among' }> = {},
): Match {
  return { kind: 'among', first, right, ...more };
}

export function pot(tiers: readonly string[], more: Partial<Pot> = {}): Pot {
  return { id: tiers[0] ?? '', parts: 1, tiers, per: 'stake', unwon: 'share', ...more };
}

export interface Rules extends Partial<RuleSet> {
  readonly bet: Bet;
  /** Basis points. */
  readonly rate: number;
  readonly stage: Omit<Stage, 'tiers'> & { readonly tiers: Readonly<Record<string, Match>> };
}

export function rules({ bet, rate, stage, ...more }: Rules): RuleSet {
  const tiers = Object.entries(stage.tiers).map(([id, match]) => ({ id, match }));
  return {
    id: 'recomputed@1',
    title: 'Recomputed',
    source: 'figures of a real day',
    bet,
    stake: { minimumCents: 1, unitCents: 1, maximumCents: 1_000_000_000 },
    formulas: bet.kind === 'legs' ? ['legs'] : ['unit', 'combined'],
    combinationsMax: 1_000,
    takeout: [{ basisPoints: rate }],
    takeoutMethod: 'common',
    coupled: 'separate',
    nonRunner: 'refund',
    ...(bet.kind === 'legs' && {
      legs: { voided: 'all-win', voidedMax: 1, surfaceChange: 'stands' },
    }),
    stages: [{ ...stage, tiers }],
    nobodyWins: 'refund',
    rounding: { method: 'down', toHundredths: 10 },
    minimum: [],
    shortfall: [],
    fund: 'recomputed',
    ...more,
  };
}

export function priced(document: unknown): PriceAnswer {
  const found = priceDocument(document);
  if (found.kind === 'refused') throw new Error(found.message);
  return found.answer;
}

/** `{ '4': '2.10' }` */
export function dividendsOf(document: unknown): Record<string, string> {
  const { dividends } = priced(document);
  return Object.fromEntries(dividends.map(({ outcome, dividend }) => [outcome, dividend]));
}

/** What must have been lost so that so much is left to share: gross − takeout, all in cents. */
export function lostFor(net: number, { won, rate }: { won: number; rate: number }): number {
  return Math.ceil((net * 10_000) / (10_000 - rate)) - won;
}

export function dataOf<Data>(name: string): Data {
  return JSON.parse(readFileSync(`test/data/${name}.json`, 'utf8'));
}
