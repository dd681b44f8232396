/**
 * Finds a rule set in the catalogue, and judges one that a race is declared with.
 *
 * Invariant: what passes can price every pool of its bet type. A field that this version does not
 * know is refused like a wrong one: left out, it could change what is paid.
 */
import { unreachable } from '../../runtime/actor.ts';
import { CATALOGUE } from './catalogue.ts';
import type { BetType, MultiLegRules, PriceMethod, Rounding, RuleSet } from './rule-set.ts';

/** `name@version`. */
const ID_PATTERN = /^[a-z0-9][a-z0-9-]{0,63}@[1-9][0-9]{0,5}$/;
const BET_TYPES: readonly BetType[] = ['win', 'place', 'multi-leg'];
const PRICE_METHODS: readonly PriceMethod[] = ['profit-split', 'equal-split'];
const ROUNDINGS: readonly Rounding[] = ['down', 'nearest'];

const TAKEOUT_MAX = 10_000;
/** 1,000 for 1: no rounding or minimum is coarser. */
const HUNDREDTHS_MAX = 100_000;
/** 1,000 million; times the combinations it still is a safe integer. */
const STAKE_MAX_CENTS = 1_000_000_000;
const COMBINATIONS_MAX = 1_000_000;
const STARTERS_MAX = 99;
const LEGS_MAX = 10;

/** Undefined where no rule set has that id. */
export function ruleSetById(id: string): RuleSet | undefined {
  return CATALOGUE.find((ruleSet) => ruleSet.id === id);
}

/** @throws RangeError naming the path of the first offending value. */
export function validateRuleSet(data: unknown): RuleSet {
  const fields = record(data, '', {
    required: [
      ...['id', 'betType', 'takeout', 'priceMethod', 'breakHundredths', 'minimumHundredths'],
      ...['stake', 'combinationsMax', 'places'],
    ],
    optional: ['rounding', 'nobodyWins', 'multiLeg'],
  });
  const ruleSet: RuleSet = {
    id: idOf(fields.id),
    betType: oneOf(fields.betType, 'betType', BET_TYPES),
    takeout: whole(fields.takeout, 'takeout', [0, TAKEOUT_MAX]),
    priceMethod: oneOf(fields.priceMethod, 'priceMethod', PRICE_METHODS),
    breakHundredths: whole(fields.breakHundredths, 'breakHundredths', [1, HUNDREDTHS_MAX]),
    minimumHundredths: whole(fields.minimumHundredths, 'minimumHundredths', [0, HUNDREDTHS_MAX]),
    stake: stakeOf(fields.stake),
    combinationsMax: whole(fields.combinationsMax, 'combinationsMax', [1, COMBINATIONS_MAX]),
    places: placesOf(fields.places),
    ...('rounding' in fields && { rounding: oneOf(fields.rounding, 'rounding', ROUNDINGS) }),
    ...('nobodyWins' in fields && {
      nobodyWins: oneOf(fields.nobodyWins, 'nobodyWins', ['refund']),
    }),
    ...('multiLeg' in fields && { multiLeg: multiLegOf(fields.multiLeg) }),
  };
  return fitting(ruleSet);
}

/** What one field says must go with what the bet type needs. */
function fitting(ruleSet: RuleSet): RuleSet {
  switch (ruleSet.betType) {
    case 'win':
      return ruleSet;
    case 'place':
      if (ruleSet.places.length === 0) fail('places', 'has no entry for a place pool', []);
      return ruleSet;
    case 'multi-leg':
      if (!ruleSet.multiLeg) fail('multiLeg', 'is missing for a multi-leg pool', undefined);
      return ruleSet;
    default:
      return unreachable(ruleSet.betType);
  }
}

function idOf(value: unknown): string {
  if (typeof value === 'string' && ID_PATTERN.test(value)) return value;
  return fail('id', 'is not name@version', value);
}

function stakeOf(value: unknown): RuleSet['stake'] {
  const fields = record(value, 'stake', {
    required: ['minimumCents', 'unitCents', 'maximumCents'],
  });
  const unitCents = whole(fields.unitCents, 'stake.unitCents', [1, STAKE_MAX_CENTS]);
  const range = [unitCents, STAKE_MAX_CENTS] as const;
  const minimumCents = whole(fields.minimumCents, 'stake.minimumCents', range);
  const maximumCents = whole(fields.maximumCents, 'stake.maximumCents', [
    minimumCents,
    STAKE_MAX_CENTS,
  ]);
  return { minimumCents, unitCents, maximumCents };
}

function placesOf(value: unknown): RuleSet['places'] {
  if (!Array.isArray(value)) return fail('places', 'is not a list', value);
  let startersBelow = STARTERS_MAX + 1;
  return value.map((entry: unknown, index) => {
    const path = `places[${index}]`;
    const fields = record(entry, path, { required: ['startersMin', 'places'] });
    const range = [1, startersBelow - 1] as const;
    const startersMin = whole(fields.startersMin, `${path}.startersMin`, range);
    startersBelow = startersMin;
    return { startersMin, places: whole(fields.places, `${path}.places`, [1, startersMin]) };
  });
}

function multiLegOf(value: unknown): MultiLegRules {
  const fields = record(value, 'multiLeg', {
    required: ['legs', 'nonRunner', 'voidLegsAllWin', 'unwon'],
  });
  const legs = whole(fields.legs, 'multiLeg.legs', [2, LEGS_MAX]);
  return {
    legs,
    nonRunner: oneOf(fields.nonRunner, 'multiLeg.nonRunner', ['refund']),
    // Were every leg void, every ticket would have won and nobody would have lost.
    voidLegsAllWin: whole(fields.voidLegsAllWin, 'multiLeg.voidLegsAllWin', [0, legs - 1]),
    unwon: oneOf(fields.unwon, 'multiLeg.unwon', ['to-reserve']),
  };
}

function record(
  value: unknown,
  path: string,
  { required, optional = [] }: { required: readonly string[]; optional?: readonly string[] },
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fail(path, 'is not an object', value);
  }
  const fields: Record<string, unknown> = { ...value };
  const pathOf = (name: string) => (path === '' ? name : `${path}.${name}`);
  for (const name of required) {
    if (!Object.hasOwn(fields, name)) fail(pathOf(name), 'is missing', undefined);
  }
  for (const name of Object.keys(fields)) {
    if (required.includes(name) || optional.includes(name)) continue;
    fail(pathOf(name), 'is not known', fields[name]);
  }
  return fields;
}

/** Both bounds included. */
function whole(value: unknown, path: string, [min, max]: readonly [number, number]): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
    return value;
  }
  return fail(path, `is not a whole number from ${min} to ${max}`, value);
}

function oneOf<Known extends string>(value: unknown, path: string, known: readonly Known[]): Known {
  const found = known.find((it) => it === value);
  return found ?? fail(path, `is not one of ${known.join(', ')}`, value);
}

function fail(path: string, what: string, value: unknown): never {
  const where = path === '' ? 'rule set' : `rule set: ${path}`;
  throw new RangeError(`${where} ${what}: ${JSON.stringify(value)}`);
}
