/** Orders that take a second steward. */
import { accept, type Decision, reject } from '../runtime/actor.ts';
import { isInPool } from './pool-pricing.ts';
import type { RaceCommand, RaceEvent, RaceRejection } from './race-events.ts';
import { decidedResult, priceEvent } from './race-pricing.ts';
import { isMultiLeg, type PoolState, type Race } from './race-state.ts';
import { countOf, survivorsEvents } from './race-survivors.ts';
import { isOneSteward, needsAnother } from './two-people.ts';
import { type Cents, cents } from './units.ts';

type RaceDecision = Decision<RaceEvent, RaceRejection>;
type Of<Kind extends RaceCommand['kind']> = Extract<RaceCommand, { readonly kind: Kind }>;

/** Only a pool whose totals disagreed needs it; any other is left as it is. */
export function authorisePool(state: Race, command: Of<'authorise-pool'>): RaceDecision {
  const { pool: id, by, why, atMs } = command;
  const pool = state.pools.get(id);
  if (state.phase === 'undeclared') return reject({ reason: 'unknown-race', race: state.id });
  if (pool === undefined) return reject({ reason: 'unknown-pool', pool: id });
  const { disagreement } = pool;
  if (disagreement === undefined || disagreement.authorised) return accept();
  // Its last leg may have been decided while the price waited.
  const unpriced = isMultiLeg(pool) && pool.price === undefined && pool.pricing === undefined;
  const result = unpriced ? decidedResult(state, pool) : undefined;
  return accept<RaceEvent>(
    { kind: 'pool-authorised', pool: id, by, why, atMs },
    ...(result === undefined ? [] : [priceEvent(state, pool, { result, atMs })]),
  );
}

/** In any phase, also long after the pool was paid. */
export function removeSource(state: Race, command: Of<'remove-source'>): RaceDecision {
  const { pool: id, source, by, authorisedBy, why, evidence, atMs } = command;
  const pool = state.pools.get(id);
  if (state.phase === 'undeclared') return reject({ reason: 'unknown-race', race: state.id });
  if (pool === undefined) return reject({ reason: 'unknown-pool', pool: id });
  if (isOneSteward(by, authorisedBy)) return reject(needsAnother(by));
  if (pool.removedSources.has(source)) return accept();
  const leaving = soldThrough(pool, source);
  const priced = pool.price !== undefined || pool.pricing !== undefined;
  const result = priced && leaving.tickets > 0 ? decidedResult(state, pool) : undefined;
  const run = Math.max(pool.run, pool.pricing?.run ?? 0) + 1;
  return accept<RaceEvent>(
    {
      kind: 'source-removed',
      pool: id,
      source,
      ...leaving,
      evidence,
      run: result === undefined ? 0 : run,
      by,
      authorisedBy,
      why,
      atMs,
    },
    ...(result === undefined ? [] : [priceEvent(state, pool, { result, atMs, without: source })]),
    ...survivorsEvents(state, pool, { without: source, count: countOf(pool) + 1 }),
  );
}

function soldThrough(
  { tickets }: PoolState,
  source: string,
): { readonly tickets: number; readonly stakes: Cents } {
  const channel = tickets.channels.numberOf(source);
  let found = 0;
  let stakes = 0;
  for (let index = 0; index < tickets.size; index++) {
    if (tickets.channelAt(index) !== channel || !isInPool(tickets.stateAt(index))) continue;
    found++;
    stakes += tickets.costAt(index);
  }
  return { tickets: found, stakes: cents(stakes) };
}
