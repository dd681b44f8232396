/** The scoring rule sets that tournaments can be created with here. */
import { type Book, createBook, type RuleFile } from '../book.ts';
import { shaped } from '../shape.ts';
import { SCORING_SHAPE, type ScoringRuleSet } from './rule-set.ts';
import { allScoringRuleSets } from './rule-sets.ts';

export type ScoringBook = Book<ScoringRuleSet>;

/** @throws RangeError naming the first file that is no scoring rule set for tournaments, and why. */
export function createScoringBook(files: readonly RuleFile[] = []): ScoringBook {
  return createBook({ catalogue: allScoringRuleSets(), files, validate: validateScoring });
}

/** Of a live tournament: what an event is worth must not change with what others do. */
function validateScoring(data: unknown): ScoringRuleSet {
  const rules = shaped(SCORING_SHAPE, data);
  if (rules.points.kind === 'first-come') {
    throw new RangeError('points.kind is first-come, which is for board replay alone');
  }
  return rules;
}
