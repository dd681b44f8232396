/** A steward's orders. An order that is already carried out changes nothing and is accepted. */
import { accept, type Decision, reject } from '../runtime/actor.ts';
import type { Order } from './pools/price.ts';
import { validateRuleSet } from './pools/rule-sets.ts';
import type {
  PoolDeclaration,
  RaceCommand,
  RaceEvent,
  RacePhase,
  RaceRejection,
} from './race-events.ts';
import { pricesOfSingleRacePools, refundedPrices } from './race-settlement.ts';
import { declarationKey, isMultiLeg, nonRunnersOf, type Race, startersOf } from './race-state.ts';
import type { RunnerNumber } from './units.ts';

type RaceDecision = Decision<RaceEvent, RaceRejection>;
type Of<Kind extends RaceCommand['kind']> = Extract<RaceCommand, { readonly kind: Kind }>;

export function declareRace(state: Race, command: Of<'declare-race'>): RaceDecision {
  const { title, offAtMs, runners, by, atMs } = command;
  if (state.phase !== 'undeclared') {
    return state.declaration === declarationKey(command)
      ? accept()
      : reject({ reason: 'race-exists', race: state.id });
  }
  const twice = firstRepeated(runners.map((it) => it.number));
  if (twice !== undefined) return reject({ reason: 'runner-twice', runner: twice });
  const problem = poolsProblem(state, command.pools);
  if (problem !== undefined) return reject({ reason: 'bad-declaration', ...problem });

  const pools = command.pools.map((it) => ({ ...it, ruleSet: JSON.stringify(it.ruleSet) }));
  const legOf = [...state.legOf];
  return accept({ kind: 'race-declared', title, offAtMs, runners, pools, legOf, by, atMs });
}

export function openRace(state: Race, { by, atMs }: Of<'open-race'>): RaceDecision {
  if (state.phase === 'open') return accept();
  return inPhase(state, ['declared', 'suspended']) ?? accept({ kind: 'race-opened', by, atMs });
}

export function suspendRace(state: Race, { by, why, atMs }: Of<'suspend-race'>): RaceDecision {
  if (state.phase === 'suspended') return accept();
  return inPhase(state, ['open']) ?? accept({ kind: 'race-suspended', by, why, atMs });
}

export function closeRace(state: Race, { by, why, atMs }: Of<'close-race'>): RaceDecision {
  if (['closed', 'provisional', 'official', 'paid'].includes(state.phase)) return accept();
  const legOf = [...state.legOf];
  return (
    inPhase(state, ['open', 'suspended']) ?? accept({ kind: 'race-closed', by, why, atMs, legOf })
  );
}

export function scratchRunner(
  state: Race,
  { runner, by, why, atMs }: Of<'scratch-runner'>,
): RaceDecision {
  const wrongPhase = inPhase(state, ['declared', 'open', 'suspended', 'closed']);
  if (wrongPhase !== undefined) return wrongPhase;
  const found = state.runners.get(runner);
  if (found === undefined) return reject({ reason: 'unknown-runner', runner });
  if (found.scratched) return accept();
  return accept({
    kind: 'runner-scratched',
    runner,
    by,
    why,
    atMs,
    legOf: [...state.legOf],
    runners: startersOf(state).filter((it) => it !== runner),
    refunding: [...state.pools.values()]
      .filter((pool) => !isMultiLeg(pool) && pool.stakesByRunner.has(runner))
      .map((pool) => pool.id),
  });
}

export function enterResult(state: Race, command: Of<'enter-result'>): RaceDecision {
  const { order, didNotFinish, by, atMs } = command;
  const wrongPhase = inPhase(state, ['closed', 'provisional']);
  if (wrongPhase !== undefined) return wrongPhase;
  if (state.phase === 'provisional' && sameOrder(state.order, order)) return accept();
  const arrived = order.flat();
  const ran = [...arrived, ...didNotFinish];
  for (const runner of ran) {
    const found = state.runners.get(runner);
    if (found === undefined) return reject({ reason: 'unknown-runner', runner });
    if (found.scratched) return reject({ reason: 'scratched-runner', runner });
  }
  const twice = firstRepeated(ran);
  if (twice !== undefined) return reject({ reason: 'runner-twice', runner: twice });
  // Fewer may arrive than places pay; then the steward accounts for every starter. A race that
  // nobody finishes has no result: it is called off.
  const needed = placesNeeded(state);
  const accountedFor = arrived.length > 0 && ran.length === startersOf(state).length;
  if (arrived.length < needed && !accountedFor) {
    return reject({ reason: 'incomplete-result', places: arrived.length, needed });
  }
  return accept({ kind: 'result-entered', order, didNotFinish, by, atMs });
}

export function makeOfficial(state: Race, { by, atMs }: Of<'make-official'>): RaceDecision {
  if (state.phase === 'official' || state.phase === 'paid') return accept();
  const wrongPhase = inPhase(state, ['provisional']);
  if (wrongPhase !== undefined) return wrongPhase;
  const { order } = state;
  const prices = pricesOfSingleRacePools(state);
  return accept<RaceEvent>(
    {
      kind: 'race-made-official',
      order,
      nonRunners: nonRunnersOf(state),
      legOf: [...state.legOf],
      by,
      atMs,
    },
    ...prices,
    ...(prices.length === 0 ? [{ kind: 'race-paid' as const, refunded: false }] : []),
  );
}

export function voidRace(state: Race, { by, why, atMs }: Of<'void-race'>): RaceDecision {
  if (state.phase === 'void' || state.phase === 'refunded') return accept();
  const wrongPhase = inPhase(state, ['declared', 'open', 'suspended', 'closed', 'provisional']);
  if (wrongPhase !== undefined) return wrongPhase;
  const prices = refundedPrices(state);
  return accept<RaceEvent>(
    {
      kind: 'race-voided',
      by,
      why,
      atMs,
      legOf: [...state.legOf],
      refunding: prices.map((it) => it.pool),
    },
    ...prices,
    ...(prices.length === 0 ? [{ kind: 'race-paid' as const, refunded: true }] : []),
  );
}

function poolsProblem(
  state: Race,
  pools: readonly PoolDeclaration[],
): { readonly path: string; readonly problem: string } | undefined {
  const seen = new Set<string>();
  for (const [index, { id, ruleSet, legs, guarantee }] of pools.entries()) {
    const path = `pools[${index}]`;
    const unsound = ruleSetProblem(ruleSet);
    if (unsound !== undefined) return { path: `${path}.ruleSet`, problem: unsound };
    if (seen.has(id)) return { path: `${path}.id`, problem: `${id} is declared twice` };
    seen.add(id);
    const needed = ruleSet.multiLeg?.legs ?? 0;
    if (legs.length !== needed) {
      return {
        path: `${path}.legs`,
        problem: `${ruleSet.id} needs ${needed} legs, not ${legs.length}`,
      };
    }
    if (needed > 0 && legs[0] !== state.id) {
      return { path: `${path}.legs[0]`, problem: `the first leg is ${state.id}, not ${legs[0]}` };
    }
    const twice = firstRepeated(legs);
    if (twice !== undefined) return { path: `${path}.legs`, problem: `${twice} is a leg twice` };
    if (needed === 0 && guarantee > 0) {
      return { path: `${path}.guarantee`, problem: `${ruleSet.id} takes no guarantee` };
    }
  }
  return undefined;
}

/** Checked where it comes in: what is in the log was sound by the rules of its day. */
function ruleSetProblem(ruleSet: unknown): string | undefined {
  try {
    validateRuleSet(ruleSet);
    return undefined;
  } catch (cause) {
    if (cause instanceof RangeError) return cause.message;
    throw cause;
  }
}

function inPhase(state: Race, allowed: readonly RacePhase[]): RaceDecision | undefined {
  if (allowed.includes(state.phase)) return undefined;
  if (state.phase === 'undeclared') return reject({ reason: 'unknown-race', race: state.id });
  return reject({ reason: 'wrong-phase', phase: state.phase, needed: allowed.join(' or ') });
}

/** The result must name as many as any pool pays, or all that ran where fewer did. */
function placesNeeded(state: Race): number {
  const starters = startersOf(state).length;
  let needed = 1;
  for (const { ruleSet } of state.pools.values()) {
    const places = ruleSet.places.find((it) => starters >= it.startersMin)?.places ?? 0;
    needed = Math.max(needed, places);
  }
  return Math.min(needed, starters);
}

function sameOrder(a: Order, b: Order): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function firstRepeated<Item extends RunnerNumber | string>(
  items: readonly Item[],
): Item | undefined {
  return items.find((item, index) => items.indexOf(item) !== index);
}
