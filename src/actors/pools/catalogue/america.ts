/**
 * North America: every winning stake is given back and the profit is split, prices are broken to
 * the dime on 1.00, coupled entries are one betting interest, and the operator books what a
 * minimum of 1.05 costs. Takeouts are set by each state and track: all are configuration here.
 */
import type { Bet, Pot, RuleSet, Stage } from '../rule-set.ts';
import { among, at, legs, onePot } from './stages.ts';

interface AmericanBet {
  readonly bet: string;
  readonly title: string;
  readonly source: string;
  readonly combination: Bet;
  readonly formulas: RuleSet['formulas'];
  readonly stages: readonly Stage[];
  readonly takeout: number;
  readonly nobodyWins?: RuleSet['nobodyWins'];
  readonly minimumCents?: number;
}

/** Two dollars a win bet, one a combination of the others: configuration. */
const WIN_CENTS = 200;
const EXOTIC_CENTS = 100;
// As in the other families: no ticket is more work to price.
const COMBINATIONS_MAX = 25_000;
const LEGS_MAX = 100_000;

function american({
  bet,
  title,
  source,
  combination,
  formulas,
  stages,
  takeout,
  nobodyWins = 'refund',
  minimumCents = EXOTIC_CENTS,
}: AmericanBet): RuleSet {
  const overLegs = combination.kind === 'legs';
  return {
    id: `${bet}-america@1`,
    title,
    source,
    bet: combination,
    stake: { minimumCents, unitCents: 10, maximumCents: 10_000_000 },
    formulas,
    combinationsMax: overLegs ? LEGS_MAX : COMBINATIONS_MAX,
    takeout: [{ basisPoints: takeout }],
    takeoutMethod: 'common',
    coupled: 'one-interest',
    nonRunner: overLegs ? 'alternate-then-favourite' : 'refund',
    ...(combination.kind === 'legs' && {
      legs: {
        voided: 'all-win',
        // Half of the legs at most: the threshold is configuration.
        voidedMax: Math.floor(combination.legs / 2),
        surfaceChange: 'all-win-after-first',
      },
    }),
    stages,
    nobodyWins,
    rounding: { method: 'down', toHundredths: 10 },
    minimum: [{ belowHundredths: 110, paysHundredths: 105 }],
    shortfall: ['operator'],
    fund: `${bet}-america`,
  };
}

const runners = (count: number): Bet => ({ kind: 'runners', picks: [count], ordered: false });
const inOrder = (count: number): Bet => ({ kind: 'runners', picks: [count], ordered: true });
const races = (count: number): Bet => ({ kind: 'legs', legs: count });
const SINGLE = ['unit', 'combined'] as const;
const SETS = ['unit', 'combined', 'field'] as const;
const ORDERS = ['unit', 'all-orders', 'field', 'field-all-orders', 'positions'] as const;
const BY_LINE = { reserve: 'stake', per: 'line' } as const;

/** Shared like a place pool by tickets with the right winner and those with the right second. */
const firstOrSecond: Stage = {
  tiers: [
    { id: 'first', match: at(1) },
    { id: 'second', match: at(2) },
  ],
  reserve: 'stake',
  pots: [
    { id: 'first', parts: 1, tiers: ['first'], per: 'stake', unwon: 'share' },
    { id: 'second', parts: 1, tiers: ['second'], per: 'stake', unwon: 'share' },
  ],
};

/** A pot over all stakes with at least so many legs right. */
const mostCorrect = (right: number, more: Partial<Pot> = {}): Stage => ({
  tiers: [{ id: `${right}`, match: legs(right) }],
  reserve: 'none',
  pots: [{ id: 'all', parts: 1, tiers: [`${right}`], per: 'stake', unwon: 'share', ...more }],
});

/** The parts of method 1 and 2: three quarters wait for the one who has them all. */
const MAJOR = 3;
const MINOR = 1;

/** Nobody has them all: a minor share to whoever has most, the major one is carried. */
const minorOnly = (right: number): Stage => ({
  ...mostCorrect(right, { id: 'minor', parts: MINOR }),
  remainder: { parts: MAJOR, to: 'carry-net' },
});

const downTo1 = (from: number) => Array.from({ length: from }, (_, index) => from - index);

const method2: Stage = {
  tiers: [
    { id: '6', match: legs(6) },
    { id: '5', match: legs(5) },
  ],
  reserve: 'none',
  pots: [
    { id: 'major', parts: MAJOR, tiers: ['6'], per: 'stake', unwon: 'carry-net' },
    { id: 'minor', parts: MINOR, tiers: ['5'], per: 'stake', unwon: 'share' },
  ],
};

const UNIQUE_UNIT_CENTS = 20;

/** The jackpot only to the one combination at the minimum unit; the day's part to whoever has six. */
const uniqueTicket: Stage = {
  tiers: [{ id: '6', match: legs(6) }],
  reserve: 'none',
  pots: [
    {
      id: 'jackpot',
      parts: MINOR,
      tiers: ['6'],
      per: 'stake',
      unwon: 'carry-net',
      takesCarry: true,
      uniqueUnitCents: UNIQUE_UNIT_CENTS,
    },
    { id: 'day', parts: MAJOR, tiers: ['6'], per: 'stake', unwon: 'share' },
  ],
};

export const AMERICA: readonly RuleSet[] = [
  american({
    bet: 'win',
    title: 'Win',
    source: 'Oklahoma 325:65-9-1, Ohio 3769-13-16; minimum of Florida 75-7.002',
    combination: runners(1),
    formulas: SINGLE,
    stages: [onePot('win', among(1, 1), BY_LINE)],
    takeout: 1_700,
    minimumCents: WIN_CENTS,
  }),
  american({
    bet: 'place',
    title: 'Place',
    source: 'Montana 43344, Florida 75-7.002',
    combination: runners(1),
    formulas: SINGLE,
    stages: [onePot('place', among(2, 1), BY_LINE)],
    takeout: 1_700,
    minimumCents: WIN_CENTS,
  }),
  american({
    bet: 'show',
    title: 'Show',
    source: 'Oklahoma 325:65-9-4; minimum of Florida 75-7.002',
    combination: runners(1),
    formulas: SINGLE,
    // Nobody has any of the first three: the fourth, else refund.
    stages: [onePot('show', among(3, 1), BY_LINE), onePot('fourth', among(4, 1), BY_LINE)],
    takeout: 1_700,
    minimumCents: WIN_CENTS,
  }),
  american({
    bet: 'exacta',
    title: 'Exacta',
    source: 'Connecticut 12-574-A18',
    combination: inOrder(2),
    formulas: ORDERS,
    stages: [onePot('exacta', at(1, 2), BY_LINE), firstOrSecond],
    takeout: 2_000,
  }),
  american({
    bet: 'quinella',
    title: 'Quinella',
    source: 'configuration',
    combination: runners(2),
    formulas: SETS,
    stages: [onePot('quinella', among(2, 2), BY_LINE)],
    takeout: 2_000,
  }),
  american({
    bet: 'trifecta',
    title: 'Trifecta',
    source: 'configuration',
    combination: inOrder(3),
    formulas: ORDERS,
    stages: [onePot('trifecta', at(1, 2, 3), BY_LINE)],
    takeout: 2_500,
  }),
  american({
    bet: 'superfecta',
    title: 'Superfecta',
    source: 'configuration',
    combination: inOrder(4),
    formulas: ORDERS,
    stages: [onePot('superfecta', at(1, 2, 3, 4), BY_LINE)],
    takeout: 2_500,
  }),
  american({
    bet: 'daily-double',
    title: 'Daily Double',
    source: 'configuration',
    combination: races(2),
    formulas: ['legs'],
    stages: [onePot('2', legs(2), BY_LINE), mostCorrect(1)],
    takeout: 2_000,
  }),
  american({
    bet: 'pick-3',
    title: 'Pick 3',
    source: 'Michigan R 431.2094',
    combination: races(3),
    formulas: ['legs'],
    // Dead heats by profit split; then two, then one, then refund.
    stages: [onePot('3', legs(3), BY_LINE), mostCorrect(2), mostCorrect(1)],
    takeout: 2_500,
  }),
  american({
    bet: 'pick-6-method-1',
    title: 'Pick 6, part carried unless all are right',
    source: 'Oklahoma 325:65-9-7, method 1; shares configuration',
    combination: races(6),
    formulas: ['legs'],
    stages: [mostCorrect(6), ...downTo1(5).map(minorOnly)],
    nobodyWins: 'carry-net',
    takeout: 2_500,
  }),
  american({
    bet: 'pick-6-method-2',
    title: 'Pick 6, major share carried, minor share paid',
    source: 'Oklahoma 325:65-9-7, method 2; shares 75 % and 25 %',
    combination: races(6),
    formulas: ['legs'],
    stages: [method2, ...downTo1(4).map(minorOnly)],
    nobodyWins: 'carry-net',
    takeout: 2_500,
  }),
  american({
    bet: 'pick-6-method-3',
    title: 'Pick 6, nothing carried',
    source: 'Oklahoma 325:65-9-7, method 3',
    combination: races(6),
    formulas: ['legs'],
    stages: downTo1(6).map((right) => mostCorrect(right)),
    takeout: 2_500,
  }),
  american({
    bet: 'pick-6-jackpot',
    title: 'Pick 6, jackpot of a unique ticket',
    source: 'unique-ticket variants of the Pick (n); shares and unit configuration',
    combination: races(6),
    formulas: ['legs'],
    stages: [uniqueTicket, ...downTo1(5).map(dayOnly)],
    nobodyWins: 'carry-net',
    takeout: 2_000,
    minimumCents: UNIQUE_UNIT_CENTS,
  }),
];

/** Nobody has six: the day's part to whoever has most, the jackpot's is carried. */
function dayOnly(right: number): Stage {
  return {
    ...mostCorrect(right, { id: 'day', parts: MAJOR }),
    remainder: { parts: MINOR, to: 'carry-net' },
  };
}
