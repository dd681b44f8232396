/** What is wrong with a rule set in a file: what `furlong rules check` says. Pure. */
import { ruleSetProblem } from '../actors/pools/rule-set-shape.ts';
import { sentenceOf } from '../actors/shape.ts';

/** In the words of a server that starts with such a file; undefined where nothing is. */
export function ruleSetFault(data: unknown): string | undefined {
  const problem = ruleSetProblem(data);
  return problem && sentenceOf(problem);
}
