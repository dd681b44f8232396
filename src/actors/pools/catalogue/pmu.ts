/**
 * France: the bets of the PMU on one race.
 *
 * Every horse counts for itself, stablemates too but in Simple Gagnant. Bets with several tiers are incremental, with a
 * tier of their own for tickets with one non-runner where the PMU has one (since 30 November 2017;
 * e-Couplé and e-Pick5 rules). Where reserved stakes exceed the pool the operator's deduction is
 * cut, and a minimum is funded from the roundings of the race first (PMU art. 22).
 */
import type { Bet, MinimumStep, RuleSet, Stage } from '../rule-set.ts';
import { among, at, incrementalTiers, onePot } from './stages.ts';

interface PmuBet {
  /** Without the family: `trio` of `trio-pmu@1`. */
  readonly bet: string;
  readonly version?: number;
  readonly title: string;
  readonly source: string;
  readonly combination: Omit<Bet & { kind: 'runners' }, 'kind'>;
  readonly stage: Stage;
  readonly takeout: number;
  readonly minimumCents: number;
  readonly flexi?: readonly number[];
  readonly combinationsMax: number;
  readonly minimum?: readonly MinimumStep[];
  readonly highDeduction?: RuleSet['highDeduction'];
  /** A complement horse may be named; the feed of 2026 says of which bets. */
  readonly complement?: boolean;
  /** Horses of one stable win together. */
  readonly stable?: boolean;
}

/** A tenth of it, the smallest flexi, is still a whole cent. */
const UNIT_CENTS = 10;
// The largest stake that the feed of 2026 shows for online bets: 30,000.
const STAKE_MAX_CENTS = 3_000_000;
/** 1.10 whatever the price is (PMU art. 22). */
const MINIMUM: readonly MinimumStep[] = [{ belowHundredths: 110, paysHundredths: 110 }];
// A quarter of what a dividend has above 500 for 1; the thresholds of today were not found.
const HIGH: RuleSet['highDeduction'] = { aboveHundredths: 50_000, basisPoints: 2_500 };

// Retail tickets: given back within a quarter of an hour, and worth nothing after 60 days.
const CHANNELS: NonNullable<RuleSet['channels']> = [
  { channel: 'online' },
  { channel: 'terminal', cancelSeconds: 900, claimDays: 60 },
  { channel: 'partner' },
];

// All pairs, in either order, of 20; all threes in every order; and where a ticket of every
// combination would cost more than anyone has staked, a bound on the work of pricing it.
const ALL_PAIRS = 400;
const ALL_THREES = 7_000;
const LARGE = 20_000;

function pmu({
  bet,
  version = 1,
  title,
  source,
  combination,
  stage,
  takeout,
  minimumCents,
  flexi,
  combinationsMax,
  minimum = MINIMUM,
  highDeduction,
  complement = true,
  stable = false,
}: PmuBet): RuleSet {
  return {
    id: `${bet}-pmu@${version}`,
    title,
    source,
    bet: { kind: 'runners', ...combination },
    stake: {
      minimumCents,
      unitCents: UNIT_CENTS,
      maximumCents: STAKE_MAX_CENTS,
      ...(flexi && { flexi }),
    },
    formulas: formulasOf(combination),
    combinationsMax,
    channels: CHANNELS,
    takeout: [{ basisPoints: takeout }],
    takeoutMethod: 'common',
    coupled: stable ? 'one-interest' : 'separate',
    nonRunner: complement ? 'alternate' : 'refund',
    stages: [stage],
    nobodyWins: 'refund',
    rounding: { method: 'down', toHundredths: 10 },
    minimum,
    shortfall: ['roundings', 'deduction', 'operator'],
    ...(highDeduction && { highDeduction }),
    fund: `${bet}-pmu`,
  };
}

function formulasOf({ picks, ordered }: PmuBet['combination']): RuleSet['formulas'] {
  if (ordered) return ['unit', 'combined', 'all-orders', 'field', 'field-all-orders'];
  return picks.every((it) => it === 1) ? ['unit', 'combined'] : ['unit', 'combined', 'field'];
}

const runners = (count: number) => ({ picks: [count], ordered: false });
const inOrder = (count: number) => ({ picks: [count], ordered: true });

const PLACES = [
  { startersMin: 8, places: 3 },
  { startersMin: 4, places: 2 },
];
/** Given back where fewer than five ran (e-2sur4). */
const FOUR_OF_FIVE = [{ startersMin: 5, places: 4 }];
const THREE_QUARTERS = 3;
const ONE_QUARTER = 1;

export const PMU: readonly RuleSet[] = [
  pmu({
    bet: 'simple-gagnant',
    version: 2,
    title: 'Simple Gagnant',
    source: 'PMU art. 22, dividends of 30 August 2026; takeout, high deduction configuration',
    stable: true,
    combination: runners(1),
    complement: false,
    stage: onePot('gagnant', among(1, 1), { reserve: 'stake', per: 'line' }),
    takeout: 1_560,
    minimumCents: 200,
    combinationsMax: 40,
    highDeduction: HIGH,
  }),
  pmu({
    bet: 'simple-place',
    version: 2,
    title: 'Simple Placé',
    source: 'PMU art. 22, dividends of 7 July 2026 (1.05); takeout, high deduction configuration',
    combination: runners(1),
    complement: false,
    stage: onePot('place', among(PLACES, 1), { reserve: 'stake', per: 'line' }),
    takeout: 1_560,
    minimumCents: 200,
    combinationsMax: 40,
    minimum: [{ belowHundredths: 110, paysHundredths: 105 }],
    highDeduction: HIGH,
  }),
  pmu({
    bet: 'couple-gagnant',
    title: 'Couplé Gagnant',
    source: 'e-Couplé rules (75 % and 25 %); takeout, high deduction configuration',
    combination: runners(2),
    stage: incrementalTiers([
      { id: 'gagnant', match: among(2, 2), parts: THREE_QUARTERS, per: 'line' },
      { id: '1-np', match: among(1, 1, { nonRunners: 1 }), parts: ONE_QUARTER },
    ]),
    takeout: 2_540,
    minimumCents: 200,
    flexi: [50],
    combinationsMax: ALL_PAIRS,
    highDeduction: HIGH,
  }),
  pmu({
    bet: 'couple-place',
    title: 'Couplé Placé',
    source: 'inferred from dividends of 2026; takeout, high deduction configuration',
    combination: runners(2),
    stage: {
      tiers: [
        { id: 'place', match: among(3, 2) },
        { id: '1-np', match: among(3, 1, { nonRunners: 1 }) },
      ],
      reserve: 'stake',
      // Six equal parts: three to the placed horses, three to their pairs.
      pots: [
        { id: 'pairs', parts: 1, tiers: ['place'], per: 'line', unwon: 'share' },
        { id: 'horses', parts: 1, tiers: ['place', '1-np'], per: 'runner', unwon: 'share' },
      ],
    },
    takeout: 2_540,
    minimumCents: 200,
    flexi: [50],
    combinationsMax: ALL_PAIRS,
    highDeduction: HIGH,
  }),
  pmu({
    bet: 'couple-ordre',
    title: 'Couplé Ordre',
    source: 'PMU, exact first two; takeout, high deduction configuration',
    combination: inOrder(2),
    stage: onePot('ordre', at(1, 2), { reserve: 'stake', per: 'line' }),
    takeout: 2_540,
    minimumCents: 200,
    flexi: [50],
    combinationsMax: ALL_PAIRS,
    highDeduction: HIGH,
  }),
  pmu({
    bet: 'trio',
    title: 'Trio',
    source: 'JORF 22 November 2017, Titre III; parts and takeout configuration',
    combination: runners(3),
    stage: incrementalTiers([
      { id: 'trio', match: among(3, 3), parts: THREE_QUARTERS, per: 'line' },
      { id: '1-np', match: among(2, 2, { nonRunners: 1 }), parts: ONE_QUARTER },
    ]),
    takeout: 2_300,
    minimumCents: 200,
    flexi: [50],
    combinationsMax: ALL_THREES,
  }),
  pmu({
    bet: 'trio-ordre',
    title: 'Trio Ordre',
    source: 'JORF 22 November 2017, Titre III; takeout configuration',
    combination: inOrder(3),
    stage: onePot('ordre', at(1, 2, 3), { reserve: 'stake', per: 'line' }),
    takeout: 2_300,
    minimumCents: 200,
    flexi: [50],
    combinationsMax: ALL_THREES,
  }),
  pmu({
    bet: 'tierce',
    title: 'Tiercé',
    source: 'PMU tiers of 30 August 2026; parts and takeout configuration',
    combination: inOrder(3),
    stage: incrementalTiers([
      { id: 'ordre', match: at(1, 2, 3), parts: 2, per: 'line' },
      { id: 'desordre', match: among(3, 3), parts: 2, per: 'line' },
      { id: '1-np', match: among(2, 2, { nonRunners: 1 }), parts: 1 },
    ]),
    takeout: 2_010,
    minimumCents: 100,
    flexi: [50, 25],
    combinationsMax: ALL_THREES,
  }),
  pmu({
    bet: 'quarte-plus',
    title: 'Quarté+',
    source: 'PMU tiers of 30 August 2026; parts and takeout configuration',
    combination: inOrder(4),
    stage: incrementalTiers([
      { id: 'ordre', match: at(1, 2, 3, 4), parts: 2, per: 'line' },
      { id: 'desordre', match: among(4, 4), parts: 2, per: 'line' },
      { id: 'bonus', match: among(3, 3), parts: 1 },
    ]),
    takeout: 2_310,
    minimumCents: 130,
    flexi: [50, 25],
    combinationsMax: LARGE,
  }),
  pmu({
    bet: 'quinte-plus',
    title: 'Quinté+',
    source: 'PMU tiers and Tirelire of 30 August 2026; parts and takeout configuration',
    combination: inOrder(5),
    stage: withTirelire(
      incrementalTiers([
        { id: 'ordre', match: at(1, 2, 3, 4, 5), parts: 3, per: 'line' },
        { id: 'desordre', match: among(5, 5), parts: 3, per: 'line' },
        { id: 'bonus-4sur5', match: among(5, 4), parts: 2 },
        { id: 'bonus-3', match: among(3, 3), parts: 2 },
      ]),
    ),
    takeout: 2_850,
    minimumCents: 200,
    flexi: [50, 25],
    combinationsMax: LARGE,
  }),
  multi('multi', 'Multi', [4, 5, 6, 7]),
  multi('mini-multi', 'Mini Multi', [4, 5, 6]),
  pmu({
    bet: '2sur4',
    title: '2sur4',
    source: 'e-2sur4 rules; parts, takeout, high deduction configuration',
    combination: runners(2),
    stage: incrementalTiers([
      { id: '2sur4', match: among(FOUR_OF_FIVE, 2), parts: THREE_QUARTERS },
      { id: '1-np', match: among(FOUR_OF_FIVE, 1, { nonRunners: 1 }), parts: ONE_QUARTER },
    ]),
    takeout: 2_500,
    minimumCents: 300,
    flexi: [50, 25],
    combinationsMax: ALL_PAIRS,
    highDeduction: HIGH,
  }),
  pmu({
    bet: 'super4',
    title: 'Super4',
    source: 'PMU, 30 November 2017 (masse unique); takeout configuration',
    combination: inOrder(4),
    stage: onePot('ordre', at(1, 2, 3, 4), { reserve: 'stake', per: 'line' }),
    takeout: 2_310,
    minimumCents: 100,
    flexi: [50],
    combinationsMax: LARGE,
  }),
  pmu({
    bet: 'pick5',
    title: 'Pick5',
    source: 'e-Pick5 rules (75 % and 25 %); takeout configuration',
    combination: runners(5),
    stage: incrementalTiers([
      { id: 'pick5', match: among(5, 5), parts: THREE_QUARTERS, per: 'line' },
      { id: '1-np', match: among(4, 4, { nonRunners: 1 }), parts: ONE_QUARTER },
    ]),
    takeout: 3_490,
    minimumCents: 100,
    flexi: [50, 25, 10],
    combinationsMax: LARGE,
  }),
];

/**
 * One stake however many horses: the first four must all be among them, and a ticket of four
 * earns 35 times what one of seven does, as C(7,4) : C(k,4) (dividends of 2026).
 */
function multi(bet: string, title: string, picks: readonly number[]): RuleSet {
  const tierOf = (count: number) => `en-${count}`;
  const weights = { [tierOf(4)]: 105, [tierOf(5)]: 21, [tierOf(6)]: 7, [tierOf(7)]: 3 };
  const tiers = picks.map((count) => ({
    id: tierOf(count),
    match: among(4, 4, { picks: count }),
  }));
  return pmu({
    bet,
    title,
    source: 'PMU dividends of 2026, 35 : 7 : 7/3 : 1; takeout configuration',
    combination: { picks, ordered: false },
    complement: false,
    stage: {
      tiers,
      reserve: 'none',
      pots: [
        {
          id: bet,
          parts: 1,
          tiers: tiers.map(({ id }) => id),
          per: 'stake',
          weights: Object.fromEntries(tiers.map(({ id }) => [id, weights[id] ?? 1])),
          unwon: 'share',
        },
      ],
    },
    takeout: 3_070,
    minimumCents: 300,
    flexi: [50, 25],
    combinationsMax: LARGE,
    // Excepted from 1.10 (PMU art. 22); money back is configuration.
    minimum: [{ belowHundredths: 100, paysHundredths: 100 }],
  });
}

/**
 * The Tirelire: money that the operator adds on some days, brought into the pool like a carry-over
 * and shared by all stakes that have the order, on top of their dividend. Unwon, it is carried.
 */
function withTirelire(stage: Stage): Stage {
  const tirelire = {
    id: 'tirelire',
    // Nothing of the pool itself.
    parts: 0,
    tiers: ['ordre'],
    per: 'stake',
    unwon: 'carry-net',
    takesCarry: true,
  } as const;
  return { ...stage, pots: [...stage.pots, tirelire] };
}
