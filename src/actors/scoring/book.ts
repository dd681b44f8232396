/** The scoring rule sets that tournaments can be created with here. */
import { type Book, createBook, type RuleFile } from '../book.ts';
import { shaped } from '../shape.ts';
import { BEST_MAX, SCORING_SHAPE, type ScoringRuleSet } from './rule-set.ts';
import { allScoringRuleSets, returnPercent } from './rule-sets.ts';

export type ScoringBook = Book<ScoringRuleSet>;

/** @throws RangeError naming the first file that is no scoring rule set for tournaments, and why. */
export function createScoringBook(files: readonly RuleFile[] = []): ScoringBook {
  const book = createBook({ catalogue: allScoringRuleSets(), files, validate: validateScoring });
  return { all: book.all, find: (id) => book.find(id) ?? bestOfAny(id) };
}

/** Those that a tournament of a `best_of` is scored by are more than anybody would list. */
function bestOfAny(id: string): ScoringBook['all'][number] | undefined {
  const bestOf = Number(/^return-percent-best-([1-9]\d{0,3})@1$/.exec(id)?.[1] ?? 0);
  return bestOf < 1 || bestOf > BEST_MAX
    ? undefined
    : { ruleSet: returnPercent(bestOf), file: undefined };
}

/** Of a live tournament: what an event is worth must not change with what others do. */
function validateScoring(data: unknown): ScoringRuleSet {
  const rules = shaped(SCORING_SHAPE, data);
  if (rules.points.kind === 'first-come') {
    throw new RangeError('points.kind is first-come, which is for board replay alone');
  }
  return rules;
}
