/** A steward's orders. An order that is already carried out changes nothing and is accepted. */
import { accept, type Decision, reject } from '../runtime/actor.ts';
import type { RaceCommand, RaceEvent, RaceRejection } from './race-events.ts';
import { AFTER_THE_CLOSE, BEFORE_OFFICIAL, HAS_RESULT, inPhase } from './race-phases.ts';
import { leavingWith, type Race, refundsAtOnce, stakesOn, startersOf } from './race-state.ts';
import { totalsAtClose } from './race-totals.ts';

type RaceDecision = Decision<RaceEvent, RaceRejection>;
type Of<Kind extends RaceCommand['kind']> = Extract<RaceCommand, { readonly kind: Kind }>;

export function openRace(state: Race, { by, why = '', atMs }: Of<'open-race'>): RaceDecision {
  if (state.phase === 'open') return accept();
  const wrongPhase = inPhase(state, ['declared', 'suspended']);
  return wrongPhase ?? accept({ kind: 'race-opened', by, why, atMs });
}

export function suspendRace(state: Race, { by, why, atMs }: Of<'suspend-race'>): RaceDecision {
  if (state.phase === 'suspended') return accept();
  return inPhase(state, ['open']) ?? accept({ kind: 'race-suspended', by, why, atMs });
}

/**
 * Betting stops whatever is found: where the two totals of a pool differ, its price waits for a
 * steward, never the close.
 */
export function closeRace(state: Race, command: Of<'close-race'>): RaceDecision {
  const { by, why, atMs, source } = command;
  if (AFTER_THE_CLOSE.includes(state.phase)) return accept();
  const wrongPhase = inPhase(state, ['open', 'suspended']);
  if (wrongPhase !== undefined) return wrongPhase;
  return accept({
    kind: 'race-closed',
    by,
    why,
    atMs,
    legOf: [...state.legOf],
    source: source || 'steward',
    totals: totalsAtClose(state),
  });
}

export function recordRun(state: Race, { by, why = '', atMs }: Of<'record-run'>): RaceDecision {
  if (state.phase === 'run' || HAS_RESULT.includes(state.phase)) return accept();
  return inPhase(state, ['closed']) ?? accept({ kind: 'race-run', by, why, atMs });
}

export function scratchRunner(
  state: Race,
  { runner, by, why, atMs }: Of<'scratch-runner'>,
): RaceDecision {
  const wrongPhase = inPhase(state, ['declared', 'open', 'suspended', 'closed', 'run']);
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
      .filter(refundsAtOnce)
      .filter((pool) => leavingWith(state, pool, runner).some((it) => stakesOn(pool, it) > 0))
      .map((pool) => pool.id),
  });
}

/** Before the official: from then on the prices rest on what was known. */
export function changeSurface(
  state: Race,
  { by, why = '', atMs }: Of<'change-surface'>,
): RaceDecision {
  const wrongPhase = inPhase(state, BEFORE_OFFICIAL);
  if (wrongPhase !== undefined) return wrongPhase;
  return state.surfaceChanged ? accept() : accept({ kind: 'surface-changed', by, why, atMs });
}
