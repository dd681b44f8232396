/**
 * The rule book: the rule sets that pools can be declared with here, and the memory of those that
 * races were declared with.
 *
 *   catalogue ─┐
 *              ├─> book ── DeclareRace ──> rule-set/<name>@<version>: used, or changed since
 *   files ─────┘
 *
 * Invariants: an id is in a book once; once a race was declared with a rule set, no other content
 * of its id is ever used again, whatever becomes of the files and of the catalogue.
 */
import {
  type ActorKind,
  accept,
  plainSnapshot,
  type Ref,
  reject,
  unreachable,
} from '../runtime/actor.ts';
import { ruleSetCodec } from './codec.ts';
import type { RuleSet } from './pools/rule-set.ts';
import { validateRuleSet } from './pools/rule-set-shape.ts';
import { allRuleSets } from './pools/rule-sets.ts';
import type { RaceId } from './units.ts';

interface RuleSetUse {
  /** `canonicalJson` of the rule set. */
  readonly content: string;
  /** That was declared with it; in the event the first one. */
  readonly race: RaceId;
  readonly by: string;
  readonly atMs: number;
}

export type RuleSetCommand = { readonly kind: 'use-rule-set' } & RuleSetUse;
export type RuleSetEvent = { readonly kind: 'rule-set-used' } & RuleSetUse;
export interface RuleSetRejection {
  readonly reason: 'rule-set-changed';
  readonly ruleSet: string;
}
export type RuleSetQuery = { readonly kind: 'rule-set' };
export type RuleSetAnswer =
  | { readonly kind: 'unused' }
  | ({ readonly kind: 'used' } & Omit<RuleSetEvent, 'kind'>);

interface RuleSetMemory {
  readonly id: string;
  readonly used: RuleSetUse | undefined;
}

export const ruleSet: ActorKind<
  RuleSetCommand,
  RuleSetEvent,
  RuleSetMemory,
  RuleSetRejection,
  RuleSetQuery,
  RuleSetAnswer
> = {
  kind: 'rule-set',
  decider: {
    initial: (id) => ({ id, used: undefined }),
    decide({ id, used }, command) {
      switch (command.kind) {
        case 'use-rule-set':
          if (used === undefined) return accept({ ...command, kind: 'rule-set-used' });
          return used.content === command.content
            ? accept()
            : reject({ reason: 'rule-set-changed', ruleSet: id });
        default:
          return unreachable(command.kind);
      }
    },
    evolve({ id }, event) {
      switch (event.kind) {
        case 'rule-set-used': {
          const { content, race, by, atMs } = event;
          return { id, used: { content, race, by, atMs } };
        }
        default:
          return unreachable(event.kind);
      }
    },
    answer: ({ used }) => (used === undefined ? { kind: 'unused' } : { kind: 'used', ...used }),
  },
  ...ruleSetCodec,
  follow: () => [],
  snapshot: plainSnapshot(1),
  idle: () => true,
};

/** Of a valid rule set: its id is a name and a version, and holds nothing that parts an address. */
export function ruleSetRef({
  id,
}: RuleSet): Ref<RuleSetCommand, RuleSetRejection, RuleSetQuery, RuleSetAnswer> {
  return { address: `rule-set/${id}` };
}

/** The content that every race was declared with; undefined where none is on record. */
export function fixedRuleSet(answer: RuleSetAnswer): RuleSet | undefined {
  // The canonical JSON of a rule set that was in a book, and so was valid when it was used.
  return answer.kind === 'used' ? (JSON.parse(answer.content) as RuleSet) : undefined;
}

/** One text for one content, in whatever order its fields were written. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, it: unknown) =>
    typeof it === 'object' && it !== null && !Array.isArray(it)
      ? Object.fromEntries(Object.entries(it).sort(([a], [b]) => (a < b ? -1 : 1)))
      : it,
  );
}

/** A rule set as an operator brings it. */
export interface RuleFile {
  readonly name: string;
  /** JSON. */
  readonly text: string;
}

export interface BookedRuleSet {
  readonly ruleSet: RuleSet;
  /** The name of the file that it came from; undefined for one of the catalogue. */
  readonly file: string | undefined;
}

export interface RuleBook {
  /** Undefined where no rule set has that id. */
  find(id: string): BookedRuleSet | undefined;
  /** By id. */
  readonly all: readonly BookedRuleSet[];
}

/** @throws RangeError naming the first file that is no rule set, or not one of its own, and why. */
export function createRuleBook(files: readonly RuleFile[] = []): RuleBook {
  const booked = new Map<string, BookedRuleSet>(
    allRuleSets().map((it) => [it.id, { ruleSet: it, file: undefined }]),
  );
  for (const file of files) {
    const it = ruleSetIn(file);
    const known = booked.get(it.id);
    if (known?.file !== undefined) {
      throw new RangeError(`${file.name}: ${it.id} is in ${known.file} already`);
    }
    if (known === undefined) booked.set(it.id, { ruleSet: it, file: file.name });
    else if (canonicalJson(known.ruleSet) !== canonicalJson(it)) {
      throw new RangeError(
        `${file.name}: ${it.id} is in the catalogue with another content, give it a new version`,
      );
    }
  }
  const all = [...booked.values()].sort((a, b) => (a.ruleSet.id < b.ruleSet.id ? -1 : 1));
  return { find: (id) => booked.get(id), all };
}

function ruleSetIn({ name, text }: RuleFile): RuleSet {
  try {
    return validateRuleSet(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof SyntaxError) {
      throw new RangeError(`${name} is not JSON: ${cause.message}`, { cause });
    }
    if (cause instanceof RangeError) throw new RangeError(`${name}: ${cause.message}`, { cause });
    throw cause;
  }
}
