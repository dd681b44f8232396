/**
 * The price document: a rule set, a result and what was staked, as JSON. docs/RULES.md is its guide,
 * docs/price.schema.json its schema.
 *
 * Amounts are whole minor units of the currency.
 */
import { FORMULAS, type Formula, PICKS_MAX } from '../actors/formula.ts';
import { DEAD_HEAT_MAX } from '../actors/pools/arrival.ts';
import type { RuleSet } from '../actors/pools/rule-set.ts';
import { calendarDay, RULE_SET_SHAPE, sourceName } from '../actors/pools/rule-set-shape.ts';
import {
  byType,
  described,
  flag,
  type JsonSchema,
  list,
  object,
  oneOf,
  optional,
  type Shape,
  setOf,
  text,
  whole,
} from '../actors/shape.ts';

export interface PriceDocument {
  readonly $schema?: string;
  readonly title?: string;
  readonly ruleSet: string | RuleSet;
  readonly day?: string;
  readonly runners?: number | readonly number[];
  readonly entries?: readonly (readonly number[])[];
  readonly nonRunners?: readonly number[];
  readonly result: ResultData;
  readonly stakes?: readonly StakeData[];
  readonly tickets?: readonly TicketData[];
  readonly otherStakes?: readonly OtherStakeData[];
  readonly broughtIn?: BroughtInData;
}

interface ResultData {
  readonly order?: readonly (readonly number[])[];
  readonly legs?: readonly LegData[];
}

export interface LegData {
  readonly order?: readonly (readonly number[])[];
  readonly winners?: readonly number[];
  readonly runners?: readonly number[];
  readonly starters?: number;
  readonly nonRunners?: readonly number[];
  readonly substitutes?: readonly number[];
  readonly void?: boolean;
  readonly surfaceChanged?: boolean;
}

export interface StakeData {
  readonly combination: string;
  readonly cents: number;
  readonly source?: string;
}

export interface TicketData {
  readonly formula: Formula;
  readonly legs: readonly (readonly number[])[];
  readonly picks?: number;
  readonly alternates?: readonly number[];
  readonly stakeCents: number;
  readonly source?: string;
  readonly multiplier?: number;
}

interface OtherStakeData {
  readonly source?: string;
  readonly cents: number;
  readonly refundedCents?: number;
}

interface BroughtInData {
  readonly carriedNetCents?: number;
  readonly carriedGrossCents?: number;
  readonly guaranteeCents?: number;
  readonly mandatory?: boolean;
  readonly roundingsCents?: number;
}

/**
 * All stakes of a document together, and each amount brought in: 100,000 million units, more than
 * any pool. With the largest price that comes of it, nothing leaves the safe integers.
 */
export const POOL_MAX_CENTS = 10_000_000_000_000;
export const RUNNERS_MAX = 99;
const STAKES_MAX = 100_000;
const TICKETS_MAX = 10_000;
const LEGS_MAX = 10;
const MULTIPLIER_MAX = 1_000;

const runner = whole(1, RUNNERS_MAX);
const runners = setOf(runner, [0, RUNNERS_MAX]);
const cents = whole(0, POOL_MAX_CENTS);
const order = list(setOf(runner, [1, DEAD_HEAT_MAX]), [0, RUNNERS_MAX]);

const leg = object<LegData>({
  order: optional(order),
  winners: optional(setOf(runner, [1, DEAD_HEAT_MAX])),
  runners: optional(setOf(runner, [1, RUNNERS_MAX])),
  starters: optional(whole(1, RUNNERS_MAX)),
  nonRunners: optional(runners),
  substitutes: optional(runners),
  void: optional(flag()),
  surfaceChanged: optional(flag()),
});

const stake = object<StakeData>({
  combination: described(
    'Runners joined by -, in order where the bet asks for it; over legs one runner a leg, joined by /',
    text(32, {
      pattern: '^[1-9][0-9]?([/-][1-9][0-9]?)*$',
      says: 'runners from 1 to 99 joined by - or /',
    }),
  ),
  cents,
  source: optional(sourceName),
});

const ticket = object<TicketData>({
  formula: oneOf(FORMULAS),
  legs: list(setOf(runner, [1, RUNNERS_MAX]), [1, LEGS_MAX]),
  picks: optional(whole(1, PICKS_MAX)),
  alternates: optional(list(whole(0, RUNNERS_MAX), [1, LEGS_MAX])),
  stakeCents: described('On each combination', whole(1, POOL_MAX_CENTS)),
  source: optional(sourceName),
  multiplier: optional(
    described('Paid by the operator, outside the pool', whole(1, MULTIPLIER_MAX)),
  ),
});

export const DOCUMENT_SHAPE: Shape<PriceDocument> = object<PriceDocument>({
  $schema: optional(text(500)),
  title: optional(text(500)),
  ruleSet: described(
    'A rule set, or the id of one in the catalogue',
    byType<string | RuleSet>({ string: text(71), object: RULE_SET_SHAPE }),
  ),
  day: optional(calendarDay),
  runners: optional(
    described(
      'The numbers that were declared, or how many started',
      byType<number | readonly number[]>({
        number: runner,
        array: setOf(runner, [1, RUNNERS_MAX]),
      }),
    ),
  ),
  entries: optional(list(setOf(runner, [2, RUNNERS_MAX]), [0, RUNNERS_MAX])),
  nonRunners: optional(runners),
  result: object<ResultData>({
    order: optional(described('Places from the first; dead-heaters share one', order)),
    legs: optional(list(leg, [2, LEGS_MAX])),
  }),
  stakes: optional(list(stake, [0, STAKES_MAX])),
  tickets: optional(list(ticket, [0, TICKETS_MAX])),
  otherStakes: optional(
    described(
      'Stakes known as a sum only: what of them was lost, and what is given back',
      list(
        object<OtherStakeData>({
          source: optional(sourceName),
          cents,
          refundedCents: optional(cents),
        }),
        [0, LEGS_MAX * LEGS_MAX],
      ),
    ),
  ),
  broughtIn: optional(
    object<BroughtInData>({
      carriedNetCents: optional(cents),
      carriedGrossCents: optional(cents),
      guaranteeCents: optional(cents),
      mandatory: optional(flag()),
      roundingsCents: optional(cents),
    }),
  ),
});

/** What docs/price.schema.json holds. */
export function documentSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A pool to price',
    description: 'What `furlong price` reads. Amounts are whole minor units. See docs/RULES.md.',
    ...DOCUMENT_SHAPE.schema,
  };
}
