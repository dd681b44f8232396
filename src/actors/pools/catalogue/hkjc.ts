/**
 * Hong Kong: equal split of the net pool, nothing reserved. Dividends are declared for 10, in
 * steps of 0.50. In bets over several races a scratched horse is replaced by the favourite.
 */
import type { Bet, RuleSet, Stage } from '../rule-set.ts';
import { among, at, legs, onePot, separateTiers } from './stages.ts';

interface HongKongBet {
  readonly bet: string;
  readonly version?: number;
  readonly title: string;
  readonly source: string;
  readonly combination: Bet;
  readonly formulas: RuleSet['formulas'];
  readonly stages: readonly Stage[];
  readonly takeout: number;
  readonly combinationsMax: number;
}

const STAKE = { minimumCents: 1_000, unitCents: 1_000, maximumCents: 10_000_000 };
/** Fields of 14, all combinations of four in order: 24,024. */
const SINGLE_RACE_MAX = 25_000;
const LEGS_MAX = 100_000;

function hongKong({
  bet,
  version = 1,
  title,
  source,
  combination,
  formulas,
  stages,
  takeout,
  combinationsMax,
}: HongKongBet): RuleSet {
  return {
    id: `${bet}-hkjc@${version}`,
    title,
    source,
    bet: combination,
    stake: STAKE,
    formulas,
    combinationsMax,
    takeout: [{ basisPoints: takeout }],
    takeoutMethod: 'common',
    coupled: 'separate',
    nonRunner: combination.kind === 'legs' ? 'favourite' : 'refund',
    ...(combination.kind === 'legs' && {
      legs: { voided: 'all-win', voidedMax: 1, surfaceChange: 'stands' },
    }),
    stages,
    nobodyWins: 'refund',
    rounding: { method: 'down', toHundredths: 5 },
    minimum: [{ belowHundredths: 100, paysHundredths: 100 }],
    shortfall: ['operator'],
    fund: `${bet}-hkjc`,
  };
}

const runners = (count: number): Bet => ({ kind: 'runners', picks: [count], ordered: false });
const inOrder = (count: number): Bet => ({ kind: 'runners', picks: [count], ordered: true });
const races = (count: number): Bet => ({ kind: 'legs', legs: count });
const SETS = ['unit', 'combined', 'field'] as const;
const ORDERS = ['unit', 'all-orders', 'field', 'field-all-orders', 'positions'] as const;
const NET_BY_LINE = { reserve: 'none', per: 'line' } as const;

export const HKJC: readonly RuleSet[] = [
  hongKong({
    bet: 'win',
    version: 2,
    title: 'Win',
    source: 'HKJC, unbacked winner pays the second, then the third; takeout configuration',
    combination: runners(1),
    formulas: ['unit', 'combined'],
    stages: [
      onePot('win', among(1, 1), NET_BY_LINE),
      // Reached only where nobody has the winner: whoever has one of these has the next best.
      onePot('second', among(2, 1), NET_BY_LINE),
      onePot('third', among(3, 1), NET_BY_LINE),
    ],
    takeout: 1_750,
    combinationsMax: 40,
  }),
  hongKong({
    bet: 'quinella',
    title: 'Quinella',
    source: 'HKJC, first two in any order; takeout configuration',
    combination: runners(2),
    formulas: SETS,
    stages: [onePot('quinella', among(2, 2), NET_BY_LINE)],
    takeout: 1_750,
    combinationsMax: SINGLE_RACE_MAX,
  }),
  hongKong({
    bet: 'quinella-place',
    title: 'Quinella Place',
    source: 'HKJC, equal split; takeout configuration',
    combination: runners(2),
    formulas: SETS,
    stages: [onePot('quinella-place', among(3, 2), NET_BY_LINE)],
    takeout: 1_750,
    combinationsMax: SINGLE_RACE_MAX,
  }),
  hongKong({
    bet: 'forecast',
    title: 'Forecast (exacta)',
    source: 'HKJC, exact first two; takeout of the pool merged with trio, 2020/21',
    combination: inOrder(2),
    formulas: ORDERS,
    stages: [onePot('forecast', at(1, 2), NET_BY_LINE)],
    takeout: 1_950,
    combinationsMax: SINGLE_RACE_MAX,
  }),
  hongKong({
    bet: 'tierce',
    title: 'Tierce',
    source: 'HKJC, exact first three; takeout configuration',
    combination: inOrder(3),
    formulas: ORDERS,
    stages: [onePot('tierce', at(1, 2, 3), NET_BY_LINE)],
    takeout: 2_500,
    combinationsMax: SINGLE_RACE_MAX,
  }),
  hongKong({
    bet: 'trio',
    title: 'Trio',
    source: 'HKJC, first three in any order; takeout of the merged pool, 2020/21',
    combination: runners(3),
    formulas: SETS,
    stages: [onePot('trio', among(3, 3), NET_BY_LINE)],
    takeout: 1_950,
    combinationsMax: SINGLE_RACE_MAX,
  }),
  hongKong({
    bet: 'first-4',
    title: 'First 4',
    source: 'HKJC, first four in any order; takeout configuration',
    combination: runners(4),
    formulas: SETS,
    stages: [onePot('first-4', among(4, 4), NET_BY_LINE)],
    takeout: 2_500,
    combinationsMax: SINGLE_RACE_MAX,
  }),
  hongKong({
    bet: 'quartet',
    title: 'Quartet',
    source: 'HKJC, exact first four; takeout configuration',
    combination: inOrder(4),
    formulas: ORDERS,
    stages: [onePot('quartet', at(1, 2, 3, 4), NET_BY_LINE)],
    takeout: 2_500,
    combinationsMax: SINGLE_RACE_MAX,
  }),
  hongKong({
    bet: 'double',
    title: 'Double',
    source: 'HKJC dividends of 13 December 2006 (consolation); parts and takeout configuration',
    combination: races(2),
    formulas: ['legs'],
    stages: [
      separateTiers([
        { id: 'double', match: legs(2), parts: 17 },
        { id: 'consolation', match: legs(2, { exactly: [1, 2] }), parts: 3 },
      ]),
    ],
    takeout: 2_000,
    combinationsMax: LEGS_MAX,
  }),
  hongKong({
    bet: 'treble',
    title: 'Treble',
    source: 'HKJC dividends of 15 March 2026 (one line); takeout configuration',
    combination: races(3),
    formulas: ['legs'],
    stages: [onePot('treble', legs(3), { reserve: 'none', per: 'stake' })],
    takeout: 2_500,
    combinationsMax: LEGS_MAX,
  }),
  hongKong({
    bet: 'six-up',
    title: 'Six Up',
    source: 'HKJC dividends of 13 December 2006 (two lines); parts and takeout configuration',
    combination: races(6),
    formulas: ['legs'],
    stages: [
      {
        tiers: [
          { id: 'six-win', match: legs(6) },
          { id: 'six-up', match: legs(6, { finish: 2 }) },
        ],
        reserve: 'none',
        pots: [
          { id: 'six-win', parts: 1, tiers: ['six-win'], per: 'stake', unwon: 'share' },
          // First or second in every leg: all six winners are that too.
          { id: 'six-up', parts: 1, tiers: ['six-up', 'six-win'], per: 'stake', unwon: 'share' },
        ],
      },
    ],
    takeout: 2_500,
    combinationsMax: LEGS_MAX,
  }),
];
