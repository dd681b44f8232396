/** Which orders fit which phase of a race. */
import type { RacePhase, RaceRejection } from './race-events.ts';
import type { Race } from './race-state.ts';

export const HAS_RESULT: readonly RacePhase[] = [
  'provisional',
  'under-inquiry',
  'official',
  'paid',
];
export const AFTER_THE_CLOSE: readonly RacePhase[] = ['closed', 'run', ...HAS_RESULT];
/** From the first bet to the last moment before a price. */
export const OPENED_BEFORE_OFFICIAL: readonly RacePhase[] = [
  'open',
  'suspended',
  'closed',
  'run',
  'provisional',
  'under-inquiry',
];
export const BEFORE_OFFICIAL: readonly RacePhase[] = ['declared', ...OPENED_BEFORE_OFFICIAL];

/** Undefined where the race is in one of the phases. */
export function inPhase(
  state: Race,
  allowed: readonly RacePhase[],
): { readonly ok: false; readonly rejection: RaceRejection } | undefined {
  if (allowed.includes(state.phase)) return undefined;
  const rejection: RaceRejection =
    state.phase === 'undeclared'
      ? { reason: 'unknown-race', race: state.id }
      : { reason: 'wrong-phase', phase: state.phase, needed: allowed.join(' or ') };
  return { ok: false, rejection };
}
