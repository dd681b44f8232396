/** Asks every actor of a kind; a list or a sum with a part missing is none. */
import type { Router } from '../runtime/router.ts';
import { type Failure, failure } from './failure.ts';

export async function gatherAll<Query, Answer>(
  router: Router,
  kind: string,
  query: Query,
  timeoutMs: number,
): Promise<readonly Answer[] | Failure> {
  const { answers, missing } = await router.gather<Query, Answer>(kind, query, { timeoutMs });
  if (missing.length > 0) {
    return failure('parts-missing', {
      missing: missing.map((it) => `partition ${it}`).join(', '),
      timeoutMs,
    });
  }
  return answers.map(({ answer }) => answer);
}
