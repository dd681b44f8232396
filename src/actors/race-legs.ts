/** A race as a leg of pools, of other races or its own; and pools whose legs other races are. */
import { accept, type Decision, reject } from '../runtime/actor.ts';
import { placesNeededInLegs } from './pools/places.ts';
import { type LegOutcome, wholeOutcome } from './pools/price.ts';
import type { RaceCommand, RaceEvent, RaceRejection } from './race-events.ts';
import { priceEvent, standsAsDeclared, unpriceable } from './race-pricing.ts';
import { legOutcomeOf, type PoolState, type Race, startersOf } from './race-state.ts';
import { countOf, survivorsEvents } from './race-survivors.ts';

type RaceDecision = Decision<RaceEvent, RaceRejection>;
type Of<Kind extends RaceCommand['kind']> = Extract<RaceCommand, { readonly kind: Kind }>;

/** What comes of this race as a leg of another race's pool, or of one of its own. */
export function attachLeg(state: Race, { legOf, places = 1 }: Of<'attach-leg'>): RaceDecision {
  if (state.legOf.some((it) => it.race === legOf.race && it.pool === legOf.pool)) return accept();
  const declared = state.phase !== 'undeclared';
  const outcome = legOutcomeOf(state);
  return accept({
    kind: 'leg-attached',
    legOf,
    places,
    runners: startersOf(state),
    declared,
    closed: declared && !['declared', 'open', 'suspended'].includes(state.phase),
    revision: outcome === undefined ? 0 : Math.max(1, state.run),
    ...(outcome === undefined ? {} : { outcome }),
  });
}

export function recordLegRunners(state: Race, command: Of<'record-leg-runners'>): RaceDecision {
  const { pool: id, leg, runners } = command;
  const pool = state.pools.get(id);
  if (pool === undefined) return reject({ reason: 'unknown-pool', pool: id });
  const known = pool.legRunners[leg];
  // Withdrawals only ever shorten the list: an older message, delivered again, is not believed.
  if (known !== undefined && known.length <= runners.length) return accept();
  const lists = pool.legRunners.map((it, index) => (index === leg ? runners : it));
  return accept<RaceEvent>(
    { kind: 'leg-runners-recorded', pool: id, leg, runners },
    ...survivorsEvents(state, pool, { runners: lists, count: countOf(pool) + 1 }),
  );
}

export function recordLegClosed(state: Race, command: Of<'record-leg-closed'>): RaceDecision {
  const { pool: id, leg } = command;
  const pool = state.pools.get(id);
  if (pool === undefined) return reject({ reason: 'unknown-pool', pool: id });
  return pool.closedLegs.has(leg) ? accept() : accept({ kind: 'leg-closed', pool: id, leg });
}

/**
 * The last leg to be decided prices the pool; after each before it the survivors are counted. A leg
 * whose result was corrected tells it again with a higher revision: an undecided pool takes the new
 * outcome, a priced one is priced anew.
 */
export function recordLeg(state: Race, command: Of<'record-leg'>): RaceDecision {
  const { pool: id, leg, revision = 1, atMs = 0 } = command;
  const pool = state.pools.get(id);
  if (pool === undefined) return reject({ reason: 'unknown-pool', pool: id });
  // Also a message that an overtaking one has made stale.
  if ((pool.legRevisions[leg] ?? 0) >= revision) return accept();
  const outcome = asTheRulesNeed(pool, command.outcome);
  const recorded = { kind: 'leg-recorded', pool: id, leg, outcome, revision } as const;
  const outcomes = pool.legOutcomes.map((known, index) => (index === leg ? outcome : known));
  const decided = outcomes.filter((it) => it !== undefined);
  if (decided.length < pool.legs.length) {
    const count = countOf(pool) - (pool.legRevisions[leg] ?? 0) + revision;
    return accept<RaceEvent>(recorded, ...survivorsEvents(state, pool, { outcomes, count }));
  }
  const priced = pool.price !== undefined || pool.pricing !== undefined;
  const isNews = !priced || !sameOutcome(pool.legOutcomes[leg], outcome);
  if (!isNews || standsAsDeclared(pool) || unpriceable(pool) !== undefined)
    return accept<RaceEvent>(recorded);
  const result = { kind: 'legs', legs: decided } as const;
  return accept<RaceEvent>(recorded, priceEvent(state, pool, { result, atMs }));
}

/** Who came behind the places that the pool's rule set looks at changes nothing in it. */
function asTheRulesNeed({ ruleSet, closedAtMs }: PoolState, told: LegOutcome): LegOutcome {
  const { surfaceAtMs = 0 } = told;
  // Whoever bet after the change knew of it: no rule is needed for him.
  const known = surfaceAtMs > 0 && closedAtMs > 0 && surfaceAtMs < closedAtMs;
  const outcome = wholeOutcome(known ? { ...told, surfaceChanged: false } : told);
  const places = placesNeededInLegs(ruleSet);
  if (places <= 1) return { ...outcome, order: [] };
  const order: (readonly LegOutcome['winners'][number][])[] = [];
  let arrived = 0;
  for (const together of outcome.order) {
    if (arrived >= places) break;
    order.push(together);
    arrived += together.length;
  }
  return { ...outcome, order };
}

function sameOutcome(a: LegOutcome | undefined, b: LegOutcome): boolean {
  return a !== undefined && JSON.stringify(wholeOutcome(a)) === JSON.stringify(wholeOutcome(b));
}
