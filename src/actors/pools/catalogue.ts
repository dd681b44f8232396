/**
 * The catalogue: every rule set that a pool can be declared with.
 *
 * Invariant: the content of an id never changes; a new rate or rule is a new version.
 */
import type { RuleSet } from './rule-set.ts';

// The largest field that a race is declared with: a ticket may name every runner.
const SINGLE_RACE_COMBINATIONS_MAX = 40;
// Ten runners in each of five legs.
const BIG5_COMBINATIONS_MAX = 100_000;

// PMU: the base stake of 2.00 is what its feed shows; unit and maximum are configuration.
const SIMPLE_STAKE = { minimumCents: 200, unitCents: 50, maximumCents: 1_000_000 };
// Hong Kong: dividends are declared for a stake of 10; the maximum is configuration.
const HKJC_STAKE = { minimumCents: 1_000, unitCents: 1_000, maximumCents: 10_000_000 };

export const CATALOGUE: readonly RuleSet[] = [
  {
    id: 'simple-gagnant-pmu@1',
    betType: 'win',
    // Retail return of Simple bets 84.4 %. Rates differ online and change: a new rate, a new id.
    takeout: 1_560,
    priceMethod: 'profit-split',
    // Rounded down to 0.10, not under 1.10 (PMU art. 22).
    breakHundredths: 10,
    minimumHundredths: 110,
    stake: SIMPLE_STAKE,
    combinationsMax: SINGLE_RACE_COMBINATIONS_MAX,
    nobodyWins: 'refund',
    places: [],
  },
  {
    id: 'simple-place-pmu@1',
    betType: 'place',
    takeout: 1_560,
    priceMethod: 'profit-split',
    breakHundredths: 10,
    // PMU paid 1.05 in a race of six starters on 7 July 2026: 1.10 does not hold for places.
    minimumHundredths: 105,
    stake: SIMPLE_STAKE,
    combinationsMax: SINGLE_RACE_COMBINATIONS_MAX,
    nobodyWins: 'refund',
    places: [
      { startersMin: 8, places: 3 },
      { startersMin: 4, places: 2 },
    ],
  },
  {
    id: 'big5-pmu@1',
    betType: 'multi-leg',
    // Only the guarantee, the reserve and the one dividend of dead-heaters are published for Big 5.
    // Takeout, stakes, non-runners and void legs are configuration, not PMU's rule.
    takeout: 2_800,
    priceMethod: 'profit-split',
    breakHundredths: 10,
    minimumHundredths: 110,
    stake: { minimumCents: 200, unitCents: 100, maximumCents: 100_000 },
    combinationsMax: BIG5_COMBINATIONS_MAX,
    places: [],
    multiLeg: { legs: 5, nonRunner: 'refund', voidLegsAllWin: 1, unwon: 'to-reserve' },
  },
  {
    id: 'win-hkjc@1',
    betType: 'win',
    // Fits the displayed odds of 13 December 2006 and 15 March 2026 (return 80.4 to 82.2 % after
    // truncation), and every dividend for 10 published on those days is a multiple of 0.50.
    takeout: 1_750,
    priceMethod: 'equal-split',
    breakHundredths: 5,
    // Configuration: money back. The lowest place dividend of those days is 11.00 for 10.
    minimumHundredths: 100,
    stake: HKJC_STAKE,
    combinationsMax: SINGLE_RACE_COMBINATIONS_MAX,
    nobodyWins: 'refund',
    places: [],
  },
  {
    id: 'place-hkjc@1',
    betType: 'place',
    takeout: 1_750,
    priceMethod: 'equal-split',
    breakHundredths: 5,
    minimumHundredths: 100,
    stake: HKJC_STAKE,
    combinationsMax: SINGLE_RACE_COMBINATIONS_MAX,
    nobodyWins: 'refund',
    places: [
      { startersMin: 7, places: 3 },
      { startersMin: 4, places: 2 },
    ],
  },
];
