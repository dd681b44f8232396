/**
 * Japan: a winning stake and its part of the stakes that lost, both times the rate of return,
 * (W + D/P)×R + A/P. Dividends for 100 yen are rounded down to 10, and are never less than 100;
 * `plus 10` makes 110 of them where the sales of the line pay for it. One yen is one minor unit.
 */
import type { Bet, MinimumStep, RuleSet, Stage } from '../rule-set.ts';
import { among, at, legs, onePot } from './stages.ts';

interface JapaneseBet {
  readonly bet: string;
  readonly title: string;
  readonly source: string;
  readonly combination: Bet;
  readonly stage: Stage;
  readonly takeout: number;
  readonly minimum?: readonly MinimumStep[];
  readonly nobodyWins?: RuleSet['nobodyWins'];
}

/** Votes of 100 yen. */
const STAKE = { minimumCents: 100, unitCents: 100, maximumCents: 100_000_000 };

const MONEY_BACK: readonly MinimumStep[] = [{ belowHundredths: 100, paysHundredths: 100 }];
const PLUS_10: readonly MinimumStep[] = [
  { belowHundredths: 100, paysHundredths: 110, ifWithinSales: true },
  ...MONEY_BACK,
  { belowHundredths: 110, paysHundredths: 110, ifWithinSales: true },
];

function japanese({
  bet,
  title,
  source,
  combination,
  stage,
  takeout,
  minimum = MONEY_BACK,
  nobodyWins = 'refund',
}: JapaneseBet): RuleSet {
  return {
    id: `${bet}-japan@1`,
    title,
    source,
    bet: combination,
    stake: STAKE,
    formulas: formulasOf(combination),
    combinationsMax: combination.kind === 'legs' ? 100_000 : 5_000,
    takeout: [{ basisPoints: takeout }],
    takeoutMethod: 'common',
    coupled: 'separate',
    nonRunner: 'refund',
    ...(combination.kind === 'legs' && {
      legs: { voided: 'all-win', voidedMax: 0, surfaceChange: 'stands' },
    }),
    stages: [stage],
    nobodyWins,
    rounding: { method: 'down', toHundredths: 10 },
    minimum,
    shortfall: ['operator'],
    fund: `${bet}-japan`,
  };
}

function formulasOf(bet: Bet): RuleSet['formulas'] {
  if (bet.kind === 'legs') return ['legs'];
  if (bet.ordered) return ['unit', 'all-orders', 'field', 'field-all-orders', 'positions'];
  return bet.picks.includes(1) ? ['unit', 'combined'] : ['unit', 'combined', 'field'];
}

const runners = (count: number): Bet => ({ kind: 'runners', picks: [count], ordered: false });
const inOrder = (count: number): Bet => ({ kind: 'runners', picks: [count], ordered: true });
const BY_LINE = { reserve: 'net-stake', per: 'line' } as const;
const LAW = 'Horse Racing Act as quoted 2021';

export const JAPAN: readonly RuleSet[] = [
  japanese({
    bet: 'win',
    title: 'Win (tansho)',
    source: `${LAW}; 80 %, JRA plus 10`,
    combination: runners(1),
    stage: onePot('win', among(1, 1), BY_LINE),
    takeout: 2_000,
    minimum: PLUS_10,
  }),
  japanese({
    bet: 'place',
    title: 'Place (fukusho)',
    source: `${LAW}; 80 %, JRA plus 10; places by starters configuration`,
    combination: runners(1),
    stage: onePot(
      'place',
      among(
        [
          { startersMin: 8, places: 3 },
          { startersMin: 5, places: 2 },
        ],
        1,
      ),
      BY_LINE,
    ),
    takeout: 2_000,
    minimum: PLUS_10,
  }),
  japanese({
    bet: 'quinella',
    title: 'Quinella (umaren)',
    source: `${LAW}; 77.5 %`,
    combination: runners(2),
    stage: onePot('quinella', among(2, 2), BY_LINE),
    takeout: 2_250,
  }),
  japanese({
    bet: 'wide',
    title: 'Wide',
    source: `${LAW}; 77.5 %`,
    combination: runners(2),
    stage: onePot('wide', among(3, 2), BY_LINE),
    takeout: 2_250,
  }),
  japanese({
    bet: 'exacta',
    title: 'Exacta (umatan)',
    source: `${LAW}; 75 %`,
    combination: inOrder(2),
    stage: onePot('exacta', at(1, 2), BY_LINE),
    takeout: 2_500,
  }),
  japanese({
    bet: 'trio',
    title: 'Trio (sanrenpuku)',
    source: `${LAW}; 75 %`,
    combination: runners(3),
    stage: onePot('trio', among(3, 3), BY_LINE),
    takeout: 2_500,
  }),
  japanese({
    bet: 'trifecta',
    title: 'Trifecta (sanrentan)',
    source: `${LAW}; 72.5 %`,
    combination: inOrder(3),
    stage: onePot('trifecta', at(1, 2, 3), BY_LINE),
    takeout: 2_750,
  }),
  japanese({
    bet: 'win5',
    title: 'WIN5',
    source: 'WIN5 rules: 70 %, cap of 600 million yen for 100 since June 2014',
    combination: { kind: 'legs', legs: 5 },
    stage: onePot('5', legs(5), { ...BY_LINE, capHundredths: 600_000_000 }),
    takeout: 3_000,
    nobodyWins: 'carry-net',
  }),
];
