/**
 * The catalogue: every rule set that a pool can be declared with.
 *
 * Invariant: an id is there once, and its content never changes; a new rate or rule is a new
 * version. docs/BETS.md lists them all.
 */
import { AMERICA } from './catalogue/america.ts';
import { AUSTRALASIA } from './catalogue/australasia.ts';
import { FIRST_VERSIONS } from './catalogue/first-versions.ts';
import { HKJC } from './catalogue/hkjc.ts';
import { JAPAN } from './catalogue/japan.ts';
import { PMU } from './catalogue/pmu.ts';
import { UK } from './catalogue/uk.ts';
import type { RuleSet } from './rule-set.ts';

const CATALOGUE: readonly RuleSet[] = [
  ...FIRST_VERSIONS,
  ...PMU,
  ...HKJC,
  ...AMERICA,
  ...UK,
  ...JAPAN,
  ...AUSTRALASIA,
];

const BY_ID: ReadonlyMap<string, RuleSet> = new Map(CATALOGUE.map((it) => [it.id, it]));

/** Undefined where no rule set has that id. */
export function ruleSetById(id: string): RuleSet | undefined {
  return BY_ID.get(id);
}

/** Family by family. */
export function allRuleSets(): readonly RuleSet[] {
  return CATALOGUE;
}
