/**
 * Great Britain: equal split of the net pool, dividends to a unit of 1 rounded down to 0.10. A
 * pool that is not won is carried with nothing deducted, and one that is won by less than a unit
 * is won in part.
 */
import type { Bet, MinimumStep, Places, RuleSet, Stage } from '../rule-set.ts';
import { among, legs, onePot } from './stages.ts';

interface BritishBet {
  readonly bet: string;
  readonly title: string;
  readonly source: string;
  readonly combination: Bet;
  readonly formulas: RuleSet['formulas'];
  readonly stage: Stage;
  readonly takeout: number;
  readonly minimum: readonly MinimumStep[];
  readonly nobodyWins?: RuleSet['nobodyWins'];
  readonly guarantee?: RuleSet['guarantee'];
  readonly partWon?: RuleSet['partWon'];
}

/** Lines down to a few pence; a unit of one pound is what dividends are declared for. */
const STAKE = { minimumCents: 5, unitCents: 1, maximumCents: 10_000_000 };

function british({
  bet,
  title,
  source,
  combination,
  formulas,
  stage,
  takeout,
  minimum,
  nobodyWins = 'refund',
  guarantee,
  partWon,
}: BritishBet): RuleSet {
  const overLegs = combination.kind === 'legs';
  return {
    id: `${bet}-uk@1`,
    title,
    source,
    bet: combination,
    stake: STAKE,
    formulas,
    combinationsMax: overLegs ? 100_000 : 400,
    takeout: [{ basisPoints: takeout }],
    takeoutMethod: 'common',
    coupled: 'separate',
    nonRunner: overLegs ? 'favourite' : 'refund',
    ...(overLegs && {
      legs: { voided: 'all-win', voidedMax: 2, surfaceChange: 'stands' },
    }),
    stages: [stage],
    nobodyWins,
    rounding: { method: 'down', toHundredths: 10 },
    minimum,
    shortfall: ['operator'],
    ...(guarantee && { guarantee }),
    ...(partWon && { partWon }),
    fund: `${bet}-uk`,
    // After the official signal the declared dividend stands.
    afterOfficial: 'stands',
  };
}

const runners = (count: number): Bet => ({ kind: 'runners', picks: [count], ordered: false });
const NET_BY_LINE = { reserve: 'none', per: 'line' } as const;
const NET = { reserve: 'none', per: 'stake' } as const;
const PLACES: Places = [
  { startersMin: 8, places: 3 },
  { startersMin: 5, places: 2 },
  { startersMin: 1, places: 1 },
];

/** From 0.90 to 1.10 pays 1.10; less pays 1.02. */
const WIN_MINIMUM: readonly MinimumStep[] = [
  { belowHundredths: 90, paysHundredths: 102 },
  { belowHundredths: 110, paysHundredths: 110 },
];
const SWINGER_MINIMUM: readonly MinimumStep[] = [
  { belowHundredths: 70, paysHundredths: 102 },
  { belowHundredths: 110, paysHundredths: 110 },
];

export const UK: readonly RuleSet[] = [
  british({
    bet: 'win',
    title: 'Win, part-won below one unit',
    source: 'totewin rules (chisholm.uk.com); the floor of 0.60 for dead heats is not in it',
    combination: runners(1),
    formulas: ['unit', 'combined'],
    stage: onePot('win', among(1, 1), NET_BY_LINE),
    takeout: 1_925,
    minimum: WIN_MINIMUM,
    nobodyWins: 'carry-gross',
    partWon: { unitCents: 100 },
  }),
  british({
    bet: 'place',
    title: 'Place',
    source: 'tote rules, equal split; takeout and places configuration',
    combination: runners(1),
    formulas: ['unit', 'combined'],
    stage: onePot(
      'place',
      among(
        PLACES.filter(({ places }) => places > 1),
        1,
      ),
      NET_BY_LINE,
    ),
    takeout: 2_000,
    minimum: WIN_MINIMUM,
  }),
  british({
    bet: 'swinger',
    title: 'Swinger',
    source: 'toteswinger rules (chisholm.uk.com)',
    combination: runners(2),
    formulas: ['unit', 'combined', 'field'],
    stage: onePot('swinger', among(3, 2), NET_BY_LINE),
    takeout: 3_000,
    minimum: SWINGER_MINIMUM,
  }),
  british({
    bet: 'jackpot',
    title: 'Jackpot',
    source: 'totejackpot rules, gross carry; takeout configuration',
    combination: { kind: 'legs', legs: 6 },
    formulas: ['legs'],
    stage: onePot('6', legs(6), NET),
    takeout: 3_000,
    minimum: [],
    nobodyWins: 'carry-gross',
    // The gross pool is raised to it, and it is ignored for the carry.
    guarantee: { of: 'gross', whenWon: 'top-up', whenNotWon: 'none', minorPots: 'guaranteed' },
    partWon: { unitCents: 100 },
  }),
  british({
    bet: 'placepot',
    title: 'Placepot',
    source: 'toteplacepot, takeout of an older rule book; places configuration',
    combination: { kind: 'legs', legs: 6 },
    formulas: ['legs'],
    stage: onePot('6', legs(6, { finish: PLACES }), NET),
    takeout: 2_700,
    minimum: [],
    nobodyWins: 'carry-gross',
    partWon: { unitCents: 100 },
  }),
];
