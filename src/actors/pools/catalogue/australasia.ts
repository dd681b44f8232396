/**
 * Australia and New Zealand: equal split of the net pool, dividends rounded down to 0.10, and a
 * substitute for scratched runners of bets over several races.
 */
import type { Bet, RuleSet, Stage } from '../rule-set.ts';
import { among, legs, onePot, separateTiers } from './stages.ts';

interface AustralasianBet {
  readonly bet: string;
  readonly title: string;
  readonly source: string;
  readonly combination: Bet;
  readonly stage: Stage;
  readonly takeout: number;
  readonly nobodyWins?: RuleSet['nobodyWins'];
  readonly guarantee?: RuleSet['guarantee'];
}

const STAKE = { minimumCents: 100, unitCents: 50, maximumCents: 10_000_000 };

function australasian({
  bet,
  title,
  source,
  combination,
  stage,
  takeout,
  nobodyWins = 'refund',
  guarantee,
}: AustralasianBet): RuleSet {
  const overLegs = combination.kind === 'legs';
  return {
    id: `${bet}-australasia@1`,
    title,
    source,
    bet: combination,
    stake: STAKE,
    formulas: overLegs ? ['legs'] : ['unit', 'combined'],
    combinationsMax: overLegs ? 100_000 : 40,
    takeout: [{ basisPoints: takeout }],
    takeoutMethod: 'common',
    coupled: 'separate',
    nonRunner: overLegs ? 'favourite' : 'refund',
    ...(overLegs && {
      legs: { voided: 'all-win', voidedMax: 1, surfaceChange: 'stands' },
    }),
    stages: [stage],
    nobodyWins,
    rounding: { method: 'down', toHundredths: 10 },
    minimum: [{ belowHundredths: 100, paysHundredths: 100 }],
    shortfall: ['operator'],
    ...(guarantee && { guarantee }),
    fund: `${bet}-australasia`,
  };
}

const runner: Bet = { kind: 'runners', picks: [1], ordered: false };
const NET_BY_LINE = { reserve: 'none', per: 'line' } as const;

export const AUSTRALASIA: readonly RuleSet[] = [
  australasian({
    bet: 'win',
    title: 'Win',
    source: 'TAB pools, 2003 (14.5 %)',
    combination: runner,
    stage: onePot('win', among(1, 1), NET_BY_LINE),
    takeout: 1_450,
  }),
  australasian({
    bet: 'place',
    title: 'Place',
    source: 'TAB, net pool in three equal parts; takeout, places by starters configuration',
    combination: runner,
    stage: onePot(
      'place',
      among(
        [
          { startersMin: 8, places: 3 },
          { startersMin: 5, places: 2 },
        ],
        1,
      ),
      NET_BY_LINE,
    ),
    takeout: 1_450,
  }),
  australasian({
    bet: 'running-double',
    title: 'Running Double',
    source: 'inferred from New Zealand TAB, 20 August 2025 (25 %, 70 and 30 %)',
    combination: { kind: 'legs', legs: 2 },
    stage: separateTiers([
      { id: 'double', match: legs(2), parts: 7 },
      { id: 'consolation', match: legs(2, { exactly: [1, 2] }), parts: 3 },
    ]),
    takeout: 2_500,
  }),
  australasian({
    bet: 'quadrella',
    title: 'Quadrella',
    source: 'inferred from New Zealand TAB, 20 August 2025 (26 %, guarantee on the net pool)',
    combination: { kind: 'legs', legs: 4 },
    stage: onePot('4', legs(4), { reserve: 'none', per: 'stake' }),
    takeout: 2_600,
    nobodyWins: 'carry-net',
    // What becomes of it when nobody wins was not found: the actual pool is carried.
    guarantee: { of: 'net', whenWon: 'top-up', whenNotWon: 'none', minorPots: 'guaranteed' },
  }),
];
