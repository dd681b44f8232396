/**
 * Asks every actor of a kind; a list or a sum with a part missing is none. An actor in quarantine is
 * missing in a sum, and left out of a list, which would be of no use to anybody else.
 */
import type { Router } from '../runtime/router.ts';
import { type Failure, failure, isFailure } from './failure.ts';

export async function gatherAll<Query, Answer>(
  router: Router,
  kind: string,
  query: Query,
  timeoutMs: number,
): Promise<readonly Answer[] | Failure> {
  const gathered = await gather<Query, Answer>(router, kind, query, timeoutMs);
  return isFailure(gathered) ? gathered : gathered.answers.map(({ answer }) => answer);
}

export async function gatherWhole<Query, Answer>(
  router: Router,
  kind: string,
  query: Query,
  timeoutMs: number,
): Promise<readonly Answer[] | Failure> {
  const gathered = await gather<Query, Answer>(router, kind, query, timeoutMs);
  if (isFailure(gathered)) return gathered;
  const [broken] = gathered.quarantined;
  if (broken !== undefined) return failure('actor-quarantined', { address: broken });
  return gathered.answers.map(({ answer }) => answer);
}

async function gather<Query, Answer>(
  router: Router,
  kind: string,
  query: Query,
  timeoutMs: number,
) {
  const gathered = await router.gather<Query, Answer>(kind, query, { timeoutMs });
  const { missing } = gathered;
  if (missing.length === 0) return gathered;
  return failure('parts-missing', {
    missing: missing.map((it) => `partition ${it}`).join(', '),
    timeoutMs,
  });
}
