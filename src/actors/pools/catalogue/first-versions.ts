/**
 * The five rule sets that pools were first declared with. They stay as they were: what was sold
 * under an id is priced by it for ever, and what came after is a new version.
 */
import type { LegRules, RuleSet } from '../rule-set.ts';
import { among, legs, onePot } from './stages.ts';

// The largest field that a race is declared with: a ticket may name every runner.
const SINGLE_RACE_COMBINATIONS_MAX = 40;
// Ten runners in each of five legs.
const BIG5_COMBINATIONS_MAX = 100_000;

// PMU: the base stake of 2.00 is what its feed shows; unit and maximum are configuration.
const SIMPLE_STAKE = { minimumCents: 200, unitCents: 50, maximumCents: 1_000_000 };
// Hong Kong: dividends are declared for a stake of 10; the maximum is configuration.
const HKJC_STAKE = { minimumCents: 1_000, unitCents: 1_000, maximumCents: 10_000_000 };

const common = {
  formulas: ['unit', 'combined'],
  combinationsMax: SINGLE_RACE_COMBINATIONS_MAX,
  takeoutMethod: 'common',
  coupled: 'separate',
  nonRunner: 'refund',
  nobodyWins: 'refund',
  // What the pool lacks for a minimum is the operator's to pay.
  shortfall: ['operator'],
} as const;

const onOne = { kind: 'runners', picks: [1], ordered: false } as const;
// Void legs and surfaces of Big 5 are configuration, not the PMU's rule.
const BIG5_LEGS: LegRules = { voided: 'all-win', voidedMax: 1, surfaceChange: 'stands' };

export const FIRST_VERSIONS: readonly RuleSet[] = [
  {
    ...common,
    id: 'simple-gagnant-pmu@1',
    title: 'Simple Gagnant',
    source: 'PMU art. 22; takeout configuration',
    bet: onOne,
    stake: SIMPLE_STAKE,
    // Retail return of Simple bets 84.4 %. Rates differ online and change: a new rate, a new id.
    takeout: [{ basisPoints: 1_560 }],
    stages: [onePot('win', among(1, 1), { reserve: 'stake', per: 'line' })],
    // Rounded down to 0.10, not under 1.10 (PMU art. 22).
    rounding: { method: 'down', toHundredths: 10 },
    minimum: [{ belowHundredths: 110, paysHundredths: 110 }],
    fund: 'simple-gagnant-pmu',
  },
  {
    ...common,
    id: 'simple-place-pmu@1',
    title: 'Simple Placé',
    source: 'PMU art. 22; takeout configuration',
    bet: onOne,
    stake: SIMPLE_STAKE,
    takeout: [{ basisPoints: 1_560 }],
    stages: [
      onePot(
        'place',
        among(
          [
            { startersMin: 8, places: 3 },
            { startersMin: 4, places: 2 },
          ],
          1,
        ),
        { reserve: 'stake', per: 'line' },
      ),
    ],
    rounding: { method: 'down', toHundredths: 10 },
    // PMU paid 1.05 in a race of six starters on 7 July 2026: 1.10 does not hold for places.
    minimum: [{ belowHundredths: 110, paysHundredths: 105 }],
    fund: 'simple-place-pmu',
  },
  {
    ...common,
    id: 'big5-pmu@1',
    title: 'Big 5',
    // Only the guarantee, the reserve and the one dividend of dead-heaters are published for Big 5.
    // Takeout, stakes, non-runners and void legs are configuration, not PMU's rule.
    source: 'PMU question 3163757, dividends of 30 August 2026; all else configuration',
    bet: { kind: 'legs', legs: 5 },
    stake: { minimumCents: 200, unitCents: 100, maximumCents: 100_000 },
    formulas: ['legs'],
    combinationsMax: BIG5_COMBINATIONS_MAX,
    takeout: [{ basisPoints: 2_800 }],
    legs: BIG5_LEGS,
    stages: [onePot('big5', legs(5), { reserve: 'none', per: 'stake' })],
    nobodyWins: 'reserve',
    rounding: { method: 'down', toHundredths: 10 },
    minimum: [{ belowHundredths: 110, paysHundredths: 110 }],
    guarantee: { of: 'net', whenWon: 'top-up', whenNotWon: 'none', minorPots: 'guaranteed' },
    fund: 'big5-pmu',
  },
  {
    ...common,
    id: 'win-hkjc@1',
    title: 'Win',
    // Fits the displayed odds of 13 December 2006 and 15 March 2026 (return 80.4 to 82.2 % after
    // truncation), and every dividend for 10 published on those days is a multiple of 0.50.
    source: 'HKJC, equal split; takeout and break fit dividends of 2006 and 2026',
    bet: onOne,
    stake: HKJC_STAKE,
    takeout: [{ basisPoints: 1_750 }],
    stages: [onePot('win', among(1, 1), { reserve: 'none', per: 'line' })],
    rounding: { method: 'down', toHundredths: 5 },
    // Configuration: money back. The lowest place dividend of those days is 11.00 for 10.
    minimum: [{ belowHundredths: 100, paysHundredths: 100 }],
    fund: 'win-hkjc',
  },
  {
    ...common,
    id: 'place-hkjc@1',
    title: 'Place',
    source: 'HKJC, equal split; takeout and break fit dividends of 2006 and 2026',
    bet: onOne,
    stake: HKJC_STAKE,
    takeout: [{ basisPoints: 1_750 }],
    stages: [
      onePot(
        'place',
        among(
          [
            { startersMin: 7, places: 3 },
            { startersMin: 4, places: 2 },
          ],
          1,
        ),
        { reserve: 'none', per: 'line' },
      ),
    ],
    rounding: { method: 'down', toHundredths: 5 },
    minimum: [{ belowHundredths: 100, paysHundredths: 100 }],
    fund: 'place-hkjc',
  },
];
