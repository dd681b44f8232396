/** How a race came out: the order of arrival, inquiries into it, and the official result. */
import { accept, type Decision, reject } from '../runtime/actor.ts';
import { DEAD_HEAT_MAX } from './pools/arrival.ts';
import { placesNeededBy } from './pools/places.ts';
import type { Order } from './pools/price.ts';
import type { RaceCommand, RaceEvent, RaceRejection } from './race-events.ts';
import { BEFORE_OFFICIAL, HAS_RESULT, inPhase } from './race-phases.ts';
import { priceEvent, raceResult, standsAsDeclared, unpriceable } from './race-pricing.ts';
import {
  entriesOf,
  favouritesOf,
  isMultiLeg,
  nonRunnersOf,
  type PoolState,
  type Race,
  startersOf,
} from './race-state.ts';
import { isOneSteward, needsAnother } from './two-people.ts';
import type { RunnerNumber } from './units.ts';

/** Open at once: more than a race of forty runners ever had, and few enough to show them all. */
export const INQUIRIES_MAX = 50;

type RaceDecision = Decision<RaceEvent, RaceRejection>;
type Of<Kind extends RaceCommand['kind']> = Extract<RaceCommand, { readonly kind: Kind }>;

export function enterResult(state: Race, command: Of<'enter-result'>): RaceDecision {
  const { order, didNotFinish, by, why = '', atMs } = command;
  const wrongPhase = inPhase(state, ['closed', 'run', 'provisional', 'under-inquiry']);
  if (wrongPhase !== undefined) return wrongPhase;
  if (isResult(state, command)) return accept();
  const problem = resultProblem(state, command);
  if (problem !== undefined) return reject(problem);
  return accept({ kind: 'result-entered', order, didNotFinish, by, why, atMs });
}

export function openInquiry(state: Race, command: Of<'open-inquiry'>): RaceDecision {
  const { sort, why, runners, by, atMs } = command;
  const wrongPhase = inPhase(state, ['provisional', 'under-inquiry']);
  if (wrongPhase !== undefined) return wrongPhase;
  for (const [index, runner] of runners.entries()) {
    if (state.runners.has(runner)) continue;
    return reject({ reason: 'unknown-runner', runner, path: `runners[${index}]` });
  }
  const open = [...state.inquiries.values()];
  const same = open.some(
    (it) => it.sort === sort && it.why === why && it.runners.join() === runners.join(),
  );
  if (same) return accept();
  if (open.length >= INQUIRIES_MAX) {
    return reject({ reason: 'too-many-inquiries', maximum: INQUIRIES_MAX });
  }
  const id = state.inquiriesOpened + 1;
  return accept({ kind: 'inquiry-opened', id, sort, why, runners, by, atMs });
}

export function closeInquiry(state: Race, command: Of<'close-inquiry'>): RaceDecision {
  const { id, ruling, by, atMs } = command;
  if (state.phase === 'undeclared') return reject({ reason: 'unknown-race', race: state.id });
  if (state.inquiries.has(id)) return accept({ kind: 'inquiry-closed', id, ruling, by, atMs });
  return id >= 1 && id <= state.inquiriesOpened
    ? accept()
    : reject({ reason: 'unknown-inquiry', inquiry: id });
}

export function makeOfficial(state: Race, order: Of<'make-official'>): RaceDecision {
  if (state.phase === 'official' || state.phase === 'paid') return accept();
  const wrongPhase = inPhase(state, ['provisional']);
  if (wrongPhase !== undefined) return wrongPhase;
  for (const pool of state.pools.values()) {
    const disagree = isMultiLeg(pool) ? undefined : unpriceable(pool);
    if (disagree !== undefined) return reject(disagree);
  }
  return accept(...officialWith(state, state.order, order));
}

/**
 * From official or paid: the result is entered and made official once more. Settlement of the
 * earlier run stops where it is; the new run gives every ticket what it should have.
 */
export function correctResult(state: Race, command: Of<'correct-result'>): RaceDecision {
  const { order, didNotFinish, by, authorisedBy, why, atMs } = command;
  const wrongPhase = inPhase(state, ['official', 'paid']);
  if (wrongPhase !== undefined) return wrongPhase;
  if (isOneSteward(by, authorisedBy)) return reject(needsAnother(by));
  if (isResult(state, command)) return accept();
  const problem = resultProblem(state, command);
  if (problem !== undefined) return reject(problem);
  return accept<RaceEvent>(
    { kind: 'pricing-reopened', by, authorisedBy, why, run: state.run + 1, atMs },
    { kind: 'result-entered', order, didNotFinish, by, why, atMs },
    ...officialWith(state, order, command),
  );
}

export function voidRace(state: Race, { by, why, atMs }: Of<'void-race'>): RaceDecision {
  const { phase } = state;
  if (phase === 'void' || phase === 'refunded') return accept();
  // Dividends were declared: they change by a correction that two stewards answer for, or stand.
  if (phase === 'official' || phase === 'paid')
    return reject({ reason: 'already-official', phase });
  const wrongPhase = inPhase(state, BEFORE_OFFICIAL);
  if (wrongPhase !== undefined) return wrongPhase;
  const own = ownPools(state);
  const prices = own.map((pool) => priceEvent(state, pool, { result: { kind: 'void' }, atMs }));
  return accept<RaceEvent>(
    {
      kind: 'race-voided',
      by,
      why,
      atMs,
      legOf: [...state.legOf],
      refunding: own.map((it) => it.id),
    },
    ...prices,
    ...(prices.length === 0 ? [{ kind: 'race-paid' as const, refunded: true }] : []),
  );
}

function officialWith(
  state: Race,
  order: Order,
  { by, why = '', atMs }: { readonly by: string; readonly why?: string; readonly atMs: number },
): RaceEvent[] {
  const result = raceResult(state, order);
  const prices: RaceEvent[] = [];
  for (const pool of ownPools(state)) {
    if (standsAsDeclared(pool)) continue;
    // What an earlier run rounded is not there any more.
    const others = prices.flatMap((it) => (it.kind === 'pool-priced' ? [it] : []));
    prices.push(priceEvent(state, pool, { result, atMs, others }));
  }
  return [
    {
      kind: 'race-made-official',
      order,
      nonRunners: nonRunnersOf(state),
      legOf: [...state.legOf],
      run: state.run + 1,
      starters: startersOf(state).length,
      substitutes: favouritesOf(state),
      surfaceChanged: state.surfaceChanged,
      surfaceAtMs: state.surfaceAtMs,
      entries: entriesOf(state),
      by,
      why,
      atMs,
    },
    ...prices,
    ...(prices.length === 0 ? [{ kind: 'race-paid' as const, refunded: false }] : []),
  ];
}

interface Result {
  readonly order: Order;
  readonly didNotFinish: readonly RunnerNumber[];
}

/** The result that the race has already: entered again it is a repeat. */
function isResult(state: Race, { order, didNotFinish }: Result): boolean {
  return (
    HAS_RESULT.includes(state.phase) &&
    JSON.stringify([state.order, state.didNotFinish]) === JSON.stringify([order, didNotFinish])
  );
}

/** The first thing wrong, with the contract's path to it. */
function resultProblem(state: Race, { order, didNotFinish }: Result): RaceRejection | undefined {
  const named = new Set<RunnerNumber>();
  const problemOf = (runner: RunnerNumber, path: string): RaceRejection | undefined => {
    const found = state.runners.get(runner);
    if (found === undefined) return { reason: 'unknown-runner', runner, path };
    if (found.scratched) return { reason: 'scratched-runner', runner, path };
    if (named.has(runner)) return { reason: 'runner-twice', runner, path };
    named.add(runner);
    return undefined;
  };
  for (const [place, runners] of order.entries()) {
    const path = `order[${place}]`;
    if (runners.length === 0) return { reason: 'empty-place', path };
    if (runners.length > DEAD_HEAT_MAX) {
      return { reason: 'dead-heat-too-large', path, runners: runners.length, most: DEAD_HEAT_MAX };
    }
    for (const [index, runner] of runners.entries()) {
      // A dead heat of more than started names one of them twice, or one that did not start.
      const problem = problemOf(runner, `order[${place}].runners[${index}]`);
      if (problem !== undefined) return problem;
    }
  }
  const arrived = named.size;
  for (const [index, runner] of didNotFinish.entries()) {
    const problem = problemOf(runner, `did_not_finish[${index}]`);
    if (problem !== undefined) return problem;
  }
  // Fewer may arrive than places pay; then the steward accounts for every starter. A race that
  // nobody finishes has no result: it is called off.
  const needed = placesNeeded(state);
  const accountedFor = arrived > 0 && named.size === startersOf(state).length;
  if (arrived >= needed || accountedFor) return undefined;
  return { reason: 'incomplete-result', places: arrived, needed };
}

/** The result must name as many as any pool pays, or all that ran where fewer did. */
function placesNeeded(state: Race): number {
  const starters = startersOf(state).length;
  let needed = state.legPlaces;
  for (const { ruleSet } of state.pools.values()) {
    const places = placesNeededBy(ruleSet, starters);
    needed = Math.max(needed, places);
  }
  return Math.min(needed, starters);
}

/** Those that live and die with this race; a pool over several races is priced by its last leg. */
function ownPools(state: Race): PoolState[] {
  return [...state.pools.values()].filter((pool) => !isMultiLeg(pool));
}
