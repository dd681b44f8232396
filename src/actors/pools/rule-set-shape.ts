/**
 * What a rule set looks like, with a bound on everything. rule-set-rules.ts then judges whether
 * what its fields say goes together.
 *
 * Invariant: what passes can price every result of its bet; nothing in it is silently without
 * effect.
 */
import { FORMULAS, PICKS_MAX } from '../formula.ts';
import {
  byType,
  flag,
  list,
  object,
  oneOf,
  optional,
  type Problem,
  record,
  type Shape,
  sentenceOf,
  setOf,
  text,
  union,
  whole,
} from '../shape.ts';
import { PLACES_MAX } from './arrival.ts';
import type {
  Bet,
  ChannelRule,
  GuaranteeRule,
  LegRules,
  Match,
  MinimumStep,
  Places,
  Pot,
  RuleSet,
  Stage,
  StakeRules,
  TakeoutRate,
  Tier,
} from './rule-set.ts';
import { inconsistencyIn } from './rule-set-rules.ts';

/** Ten races of one day: right legs are counted in four bits. */
const LEGS_MAX = 10;
const STARTERS_MAX = 99;
const TAKEOUT_MAX = 10_000;
/** 1,000 million; times the combinations it still is a safe integer. */
const STAKE_MAX_CENTS = 1_000_000_000;
const COMBINATIONS_MAX = 1_000_000;
/** 100 for 1: no minimum is higher, and times the largest pool it still is a safe integer. */
const MINIMUM_MAX_HUNDREDTHS = 10_000;
/** 1,000 for 1: no rounding is coarser. */
const ROUNDING_MAX_HUNDREDTHS = 100_000;
/** 10,000 million for 1. */
const PRICE_MAX_HUNDREDTHS = 1_000_000_000_000;
const PARTS_MAX = 10_000;
/** More of each than the longest rule text has: Quinté+ has five tiers, each with 0 to 2 NP. */
const STAGES_MAX = 10;
const TIERS_MAX = 16;
const POTS_MAX = 16;
const STEPS_MAX = 8;
const RATES_MAX = 100;
const CHANNELS_MAX = 100;
const DAY_SECONDS = 86_400;
const CLAIM_DAYS_MAX = 3_650;

const ruleSetId = text(71, {
  pattern: '^[a-z0-9][a-z0-9-]{0,63}@[1-9][0-9]{0,5}$',
  says: 'name@version',
});
/** Of a tier or pot: it is printed with the dividends. */
const named = text(40, {
  pattern: "^[\\p{L}\\p{N}][\\p{L}\\p{N} .+'-]{0,39}$",
  says: "a name of letters, digits, spaces, . + ' and -",
});
/** Where a bet was sold, written as a bet writes its channel: no other name would ever match one. */
export const sourceName: Shape<string> = text(32, {
  pattern: '^[a-z0-9][a-z0-9-]{0,31}$',
  says: '1 to 32 small letters, digits or -, a letter or digit first',
});
const fundName = text(64, {
  pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$',
  says: '1 to 64 letters, digits, _ or -, a letter or digit first',
});
export const calendarDay: Shape<string> = text(10, {
  pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$',
  says: 'a day as YYYY-MM-DD',
});
const basisPoints = whole(0, TAKEOUT_MAX);
const hundredths = whole(1, PRICE_MAX_HUNDREDTHS);

const bet = union<Bet>('kind', {
  runners: object<Bet & { kind: 'runners' }>({
    kind: oneOf(['runners']),
    picks: setOf(whole(1, PICKS_MAX), [1, PICKS_MAX]),
    ordered: flag(),
  }),
  legs: object<Bet & { kind: 'legs' }>({ kind: oneOf(['legs']), legs: whole(2, LEGS_MAX) }),
});

const stake = object<StakeRules>({
  minimumCents: whole(1, STAKE_MAX_CENTS),
  unitCents: whole(1, STAKE_MAX_CENTS),
  maximumCents: whole(1, STAKE_MAX_CENTS),
  flexi: optional(setOf(whole(1, 100), [1, 100])),
  ticketMinimumCents: optional(whole(1, STAKE_MAX_CENTS)),
});

const places = byType<Places>({
  number: whole(1, PLACES_MAX),
  array: list(
    object<{ startersMin: number; places: number }>({
      startersMin: whole(1, STARTERS_MAX),
      places: whole(1, PLACES_MAX),
    }),
    [1, STARTERS_MAX],
  ),
});

const match = union<Match>('kind', {
  among: object<Match & { kind: 'among' }>({
    kind: oneOf(['among']),
    first: places,
    right: whole(1, PLACES_MAX),
    nonRunners: optional(whole(0, PICKS_MAX)),
    picks: optional(whole(1, PICKS_MAX)),
  }),
  at: object<Match & { kind: 'at' }>({
    kind: oneOf(['at']),
    positions: setOf(whole(1, PLACES_MAX), [1, PLACES_MAX]),
  }),
  legs: object<Match & { kind: 'legs' }>({
    kind: oneOf(['legs']),
    right: whole(1, LEGS_MAX),
    finish: optional(places),
    exactly: optional(list(whole(1, PLACES_MAX), [2, LEGS_MAX])),
  }),
});

const pot = object<Pot>({
  id: named,
  parts: whole(0, PARTS_MAX),
  tiers: setOf(named, [1, TIERS_MAX]),
  per: oneOf(['stake', 'line', 'runner']),
  weights: optional(record(named, whole(1, PARTS_MAX), TIERS_MAX)),
  unwon: oneOf(['share', 'carry-net', 'reserve']),
  takesCarry: optional(flag()),
  uniqueUnitCents: optional(whole(1, STAKE_MAX_CENTS)),
  capHundredths: optional(hundredths),
  payFromHundredths: optional(hundredths),
});

const stage = object<Stage>({
  tiers: list(object<Tier>({ id: named, match }), [1, TIERS_MAX]),
  reserve: oneOf(['none', 'stake', 'net-stake']),
  pots: list(pot, [1, POTS_MAX]),
  remainder: optional(
    object<NonNullable<Stage['remainder']>>({
      parts: whole(1, PARTS_MAX),
      to: oneOf(['carry-net', 'reserve']),
    }),
  ),
  potsRoundedToCents: optional(whole(1, STAKE_MAX_CENTS)),
});

export const RULE_SET_SHAPE: Shape<RuleSet> = object<RuleSet>({
  id: ruleSetId,
  title: text(200),
  source: text(1_000),
  from: optional(calendarDay),
  until: optional(calendarDay),
  bet,
  stake,
  formulas: setOf(oneOf(FORMULAS), [1, FORMULAS.length]),
  combinationsMax: whole(1, COMBINATIONS_MAX),
  channels: optional(
    list(
      object<ChannelRule>({
        channel: sourceName,
        cancelSeconds: optional(whole(1, DAY_SECONDS)),
        claimDays: optional(whole(1, CLAIM_DAYS_MAX)),
      }),
      [1, CHANNELS_MAX],
    ),
  ),
  takeout: list(
    object<TakeoutRate>({
      basisPoints,
      source: optional(sourceName),
      from: optional(calendarDay),
    }),
    [1, RATES_MAX],
  ),
  takeoutMethod: oneOf(['common', 'net-price']),
  coupled: oneOf(['separate', 'one-interest']),
  nonRunner: oneOf(['refund', 'favourite', 'alternate', 'alternate-then-favourite']),
  legs: optional(
    object<LegRules>({
      voided: oneOf(['all-win', 'dropped']),
      voidedMax: whole(0, LEGS_MAX),
      surfaceChange: oneOf(['stands', 'all-win', 'all-win-after-first', 'void']),
    }),
  ),
  stages: list(stage, [1, STAGES_MAX]),
  nobodyWins: oneOf(['refund', 'carry-net', 'carry-gross', 'reserve']),
  rounding: object<RuleSet['rounding']>({
    method: oneOf(['down', 'nearest']),
    toHundredths: whole(1, ROUNDING_MAX_HUNDREDTHS),
  }),
  minimum: list(
    object<MinimumStep>({
      belowHundredths: whole(1, MINIMUM_MAX_HUNDREDTHS),
      paysHundredths: whole(1, MINIMUM_MAX_HUNDREDTHS),
      ifWithinSales: optional(flag()),
    }),
    [0, STEPS_MAX],
  ),
  shortfall: setOf(oneOf(['roundings', 'deduction', 'operator']), [0, 3]),
  refundBelowHundredths: optional(whole(1, MINIMUM_MAX_HUNDREDTHS)),
  highDeduction: optional(
    object<NonNullable<RuleSet['highDeduction']>>({
      aboveHundredths: whole(0, PRICE_MAX_HUNDREDTHS),
      basisPoints: whole(1, TAKEOUT_MAX),
    }),
  ),
  guarantee: optional(
    object<GuaranteeRule>({
      of: oneOf(['net', 'gross']),
      whenWon: oneOf(['top-up', 'none']),
      whenNotWon: oneOf(['top-up', 'none']),
      minorPots: oneOf(['guaranteed', 'actual']),
    }),
  ),
  partWon: optional(
    object<NonNullable<RuleSet['partWon']>>({ unitCents: whole(1, STAKE_MAX_CENTS) }),
  ),
  fund: fundName,
  afterOfficial: optional(oneOf(['reprice', 'stands'])),
});

/** The first thing wrong with data that should be a rule set. */
export function ruleSetProblem(data: unknown): Problem | undefined {
  const found = RULE_SET_SHAPE.problemIn(data, '');
  // The shape has judged all of it.
  return found ?? inconsistencyIn(data as RuleSet);
}

/** @throws RangeError naming the path of the first offending value. */
export function validateRuleSet(data: unknown): RuleSet {
  const found = ruleSetProblem(data);
  if (found !== undefined) throw new RangeError(sentenceOf(found));
  // Nothing was found by ruleSetProblem.
  return data as RuleSet;
}
