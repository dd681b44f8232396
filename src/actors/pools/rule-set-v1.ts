/**
 * Rule sets as the first logs hold them, told in today's words. Logs are read for ever, so this is
 * never removed.
 *
 * Invariant: a pool is priced by the translation exactly as it was by the original.
 */
import { among, legs, onePot } from './catalogue/stages.ts';
import type { Places, RuleSet, Stage } from './rule-set.ts';

interface RuleSetV1 {
  readonly id: string;
  readonly betType: 'win' | 'place' | 'multi-leg';
  /** Basis points. */
  readonly takeout: number;
  readonly priceMethod: 'profit-split' | 'equal-split';
  readonly breakHundredths: number;
  readonly rounding?: 'down' | 'nearest';
  readonly minimumHundredths: number;
  readonly stake: {
    readonly minimumCents: number;
    readonly unitCents: number;
    readonly maximumCents: number;
  };
  readonly combinationsMax: number;
  readonly nobodyWins?: 'refund';
  readonly places: Exclude<Places, number>;
  readonly multiLeg?: {
    readonly legs: number;
    readonly nonRunner: 'refund';
    readonly voidLegsAllWin: number;
    readonly unwon: 'to-reserve';
  };
}

/** @param json What an event of the log says: it was judged before it was written. */
export function upcastRuleSet(json: unknown): RuleSet {
  // Both casts hold by that judgement; only the first version had a bet type.
  if (!isVersion1(json)) return json as RuleSet;
  const { id, takeout, breakHundredths } = json;
  const { stake, combinationsMax, rounding = 'down', multiLeg } = json;
  const [family = id] = id.split('@');
  return {
    id,
    title: id,
    source: 'written by an earlier version',
    bet: multiLeg
      ? { kind: 'legs', legs: multiLeg.legs }
      : { kind: 'runners', picks: [1], ordered: false },
    stake: {
      minimumCents: stake.minimumCents,
      unitCents: stake.unitCents,
      maximumCents: stake.maximumCents,
    },
    formulas: multiLeg ? ['legs'] : ['unit', 'combined'],
    combinationsMax,
    takeout: [{ basisPoints: takeout }],
    takeoutMethod: 'common',
    coupled: 'separate',
    nonRunner: 'refund',
    ...(multiLeg && {
      legs: { voided: 'all-win', voidedMax: multiLeg.voidLegsAllWin, surfaceChange: 'stands' },
    }),
    stages: [stageOf(json)],
    nobodyWins: multiLeg ? 'reserve' : 'refund',
    rounding: { method: rounding, toHundredths: breakHundredths },
    minimum: minimumOf(json),
    shortfall: ['operator'],
    ...(multiLeg && {
      guarantee: {
        of: 'net',
        whenWon: 'top-up',
        whenNotWon: 'none',
        minorPots: 'guaranteed',
      },
    }),
    fund: family,
  };
}

function isVersion1(json: unknown): json is RuleSetV1 {
  return typeof json === 'object' && json !== null && 'betType' in json;
}

/** It raised what was below it after rounding, and so all prices that are rounded to less. */
function minimumOf({ breakHundredths, minimumHundredths }: RuleSetV1): RuleSet['minimum'] {
  if (minimumHundredths === 0) return [];
  const belowHundredths = Math.ceil(minimumHundredths / breakHundredths) * breakHundredths;
  return [{ belowHundredths, paysHundredths: minimumHundredths }];
}

function stageOf({ betType, priceMethod, places, multiLeg }: RuleSetV1): Stage {
  // Under either method a bet over several races had one dividend over all winning stakes.
  if (multiLeg) return onePot('all', legs(multiLeg.legs), { reserve: 'none', per: 'stake' });
  const reserve = priceMethod === 'profit-split' ? 'stake' : 'none';
  return onePot(betType, among(betType === 'win' ? 1 : places, 1), { reserve, per: 'line' });
}
