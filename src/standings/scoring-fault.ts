/** What is wrong with a scoring rule set in a file: what `furlong board check-rule-set` says. Pure. */
import { createScoringBook } from '../actors/scoring/book.ts';

export type Checked = { readonly id: string } | { readonly fault: string };

/**
 * As a server judges that starts with it, the names of its catalogue included.
 *
 * @param name Of the file; a fault begins with it.
 */
export function checkScoringRuleSet(name: string, data: unknown): Checked {
  try {
    const book = createScoringBook([{ name, text: JSON.stringify(data) }]);
    const { ruleSet } = book.all.find(({ file }) => file === name) ?? { ruleSet: undefined };
    // One that the catalogue has with the same content is the catalogue's.
    return { id: ruleSet?.id ?? (data as { readonly id: string }).id };
  } catch (error) {
    if (error instanceof RangeError) return { fault: error.message };
    throw error;
  }
}
