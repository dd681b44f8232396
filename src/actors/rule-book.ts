/**
 * The rule book: the rule sets that pools can be declared with here, and the memory of those that
 * races were declared with, and of the scoring rule sets that tournaments were created with.
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
import { type Book, type Booked, createBook, type RuleFile } from './book.ts';
import { ruleSetCodec } from './codec.ts';
import type { RuleSet } from './pools/rule-set.ts';
import { validateRuleSet } from './pools/rule-set-shape.ts';
import { allRuleSets } from './pools/rule-sets.ts';
import type { RaceId, TournamentId } from './units.ts';

interface RuleSetUse {
  /** `canonicalJson` of the rule set. */
  readonly content: string;
  /** That was declared with it; in the event the first one. Empty for a scoring rule set. */
  readonly race: RaceId | '';
  /** Of a scoring rule set, in place of a race. */
  readonly tournament: TournamentId | '';
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
          const { kind: _, ...use } = event;
          return { id, used: use };
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
}: {
  readonly id: string;
}): Ref<RuleSetCommand, RuleSetRejection, RuleSetQuery, RuleSetAnswer> {
  return { address: `rule-set/${id}` };
}

/** The content that every race was declared with; undefined where none is on record. */
export function fixedRuleSet(answer: RuleSetAnswer): RuleSet | undefined {
  // The canonical JSON of a rule set that was in a book, and so was valid when it was used.
  return answer.kind === 'used' ? (JSON.parse(answer.content) as RuleSet) : undefined;
}

export type BookedRuleSet = Booked<RuleSet>;
export type RuleBook = Book<RuleSet>;

/** @throws RangeError naming the first file that is no rule set, or not one of its own, and why. */
export function createRuleBook(files: readonly RuleFile[] = []): RuleBook {
  return createBook({ catalogue: allRuleSets(), files, validate: validateRuleSet });
}
