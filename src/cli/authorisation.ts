/** What takes two people: the second is named, and is another than the first. */
import { UsageError } from './exit.ts';
import { actorOf, type Input, type Option, textOf } from './verb.ts';

type Role = 'operator' | 'steward';

export function secondOption(role: Role): Option {
  return {
    flags: '--authorised-by <name>',
    about: `the second ${role} who answers for it: another than --${role}`,
    required: true,
  };
}

/** The mistake is told before anybody is asked. @throws UsageError */
export function secondOf(input: Input, role: Role): string {
  const second = textOf(input, 'authorisedBy');
  const first = actorOf(input, role);
  if (second.trim().toLowerCase() !== first.trim().toLowerCase()) return second;
  throw new UsageError(
    `--authorised-by is ${JSON.stringify(second)}, but must be another than --${role}, who is ${JSON.stringify(first)}`,
  );
}
