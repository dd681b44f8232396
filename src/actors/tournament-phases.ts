/**
 * The phases of a tournament: a machine whose every step is a record, so that a stop of the program
 * loses none and does none twice.
 *
 *   open ─> closed ─> awaiting-outcomes ─> soft-window ─> provisional ─> review ─> official ─> paying ─> archived
 *                                                            ^             │           ^           │         │
 *                                                            └── changed ──┘           └─ corrected <────────┘
 *
 * The close is a record, and decides by its place in the log: what comes after it counts only while
 * the window is open, if it happened before, and is in the ledger by name. A deadline that passed while
 * nobody ran is met when somebody does, once.
 */
import { accept, type Decision, reject, type Timer, unreachable } from '../runtime/actor.ts';
import { isPayable, makeResult } from './tournament-awards.ts';
import type {
  TournamentCommand,
  TournamentEvent,
  TournamentRejection,
} from './tournament-events.ts';
import { snapshotEvent, standingsHash } from './tournament-hash.ts';
import { lastResult, lastSnapshot, type Tournament } from './tournament-state.ts';
import { SNAPSHOT_EVERY_MS } from './tournament-terms.ts';
import { isOneSteward, needsAnother } from './two-people.ts';

export const TOURNAMENT_PHASES = [
  'open',
  'closed',
  'awaiting-outcomes',
  'soft-window',
  'provisional',
  'review',
  'official',
  'paying',
  'archived',
  'corrected',
] as const;
export type TournamentPhase = (typeof TOURNAMENT_PHASES)[number];

type TournamentDecision = Decision<TournamentEvent, TournamentRejection>;
type Of<Kind extends TournamentCommand['kind']> = Extract<TournamentCommand, { kind: Kind }>;

/** Who signs what nobody ordered. */
const MACHINE = 'furlong';

/** The standings are not final: what comes counts, and rules may change. */
export function isBeforeOfficial(phase: TournamentPhase): boolean {
  return !['official', 'paying', 'archived', 'corrected'].includes(phase);
}

/** What happened in time is still taken. */
export function isWindowOpen(phase: TournamentPhase): boolean {
  return ['open', 'closed', 'awaiting-outcomes', 'soft-window'].includes(phase);
}

export function closeTournament(
  state: Tournament,
  { by, why, atMs }: Of<'close-tournament'>,
): TournamentDecision {
  // The first close is the close.
  return state.phase === 'open' ? enter(state, 'closed', { by, why, atMs }) : accept();
}

/** A repeat, or one that came too late, changes nothing. */
export function advance(state: Tournament, { from, atMs }: Of<'advance'>): TournamentDecision {
  const due = dueStep(state);
  if (state.phase !== from || due === undefined || due.atMs > atMs) return accept();
  return enter(state, due.to, { by: MACHINE, why: due.why, atMs });
}

export function makeOfficial(
  state: Tournament,
  { by, authorisedBy, why, atMs }: Of<'make-result-official'>,
): TournamentDecision {
  const { phase } = state;
  if (isOneSteward(by, authorisedBy)) return reject(needsAnother(by));
  if (!isBeforeOfficial(phase)) return accept();
  if (phase !== 'review' || isChanged(state)) {
    return reject({ reason: 'wrong-tournament-phase', phase, wanted: 'review' });
  }
  return enter(state, 'official', { by, authorisedBy, why, atMs });
}

/** A later version of an official result: the standings as they are now. */
export function correctResult(
  state: Tournament,
  { by, authorisedBy, why, atMs }: Of<'correct-result'>,
): TournamentDecision {
  const { phase, results } = state;
  if (isOneSteward(by, authorisedBy)) return reject(needsAnother(by));
  if (!['official', 'paying', 'archived'].includes(phase)) {
    return reject({ reason: 'wrong-tournament-phase', phase, wanted: 'official' });
  }
  // What was settled again to the same end is no correction.
  if (!isChanged(state) || standingsHash(state) === lastResult(state)?.hash) {
    return reject({ reason: 'nothing-to-correct', version: results.length });
  }
  return enter(state, 'corrected', { by, authorisedBy, why, atMs });
}

export function takeSnapshot(
  state: Tournament,
  { number, atMs }: Of<'take-snapshot'>,
): TournamentDecision {
  return number === state.snapshots.length + 1
    ? accept(snapshotEvent(state, 'hour', atMs))
    : accept();
}

/** Whether the standings may be others than at the last phase that made them known. */
export function isChanged(state: Tournament): boolean {
  const known = state.snapshots.findLast(({ why }) => PUBLISHING.includes(why));
  return known !== undefined && state.changedAt > known.version;
}

const PUBLISHING: readonly string[] = ['provisional', 'official', 'corrected'];

/** In the state as it is: asked often, so it looks at little. */
export function phaseTimers(state: Tournament): readonly Timer[] {
  const { phase, terms, due: dueAwards } = state;
  if (state.title === '' || state.isOld) return [];
  const timers: Timer[] = [];
  if (phase === 'open' && terms.closesAtMs > 0) {
    const command = { kind: 'close-tournament', by: MACHINE, why: 'the closing time' };
    timers.push({ key: 'close', atMs: terms.closesAtMs, command, stamped: true });
  }
  const step = dueStep(state);
  if (step !== undefined) {
    const command = { kind: 'advance', from: phase };
    const key = `advance:${phase}:${step.to}`;
    timers.push({ key, atMs: step.atMs, command, stamped: true });
  }
  if (phase === 'paying' && dueAwards.size > 0 && hasPayable(state)) {
    timers.push({ key: 'pay', atMs: 0, command: { kind: 'pay-awards' }, stamped: true });
  }
  // Of hours in which nothing changed there is nothing to photograph.
  if (isBeforeOfficial(phase) && state.changedAt > (lastSnapshot(state)?.version ?? 0)) {
    const number = state.snapshots.length + 1;
    const sinceMs = lastSnapshot(state)?.atMs ?? state.createdAtMs;
    const command = { kind: 'take-snapshot', number };
    timers.push({
      key: `snapshot:${number}`,
      atMs: sinceMs + SNAPSHOT_EVERY_MS,
      command,
      stamped: true,
    });
  }
  return timers;
}

interface Step {
  readonly to: TournamentPhase;
  readonly atMs: number;
  readonly why: string;
}

/** Where the machine goes by itself, and when; undefined while it waits for something. */
export function dueStep(state: Tournament): Step | undefined {
  const { phase, terms } = state;
  const sinceMs = phaseSinceMs(state);
  switch (phase) {
    case 'open':
      return undefined;
    case 'closed':
      return { to: 'awaiting-outcomes', atMs: sinceMs, why: 'closed' };
    case 'awaiting-outcomes':
      return state.openBets.size > 0
        ? undefined
        : { to: 'soft-window', atMs: sinceMs, why: 'no outcome is waited for' };
    case 'soft-window':
      // A bet that came late has an outcome to come.
      if (state.openBets.size > 0) return undefined;
      return { to: 'provisional', atMs: sinceMs + terms.lateMs, why: 'the late window is over' };
    case 'provisional':
      return { to: 'review', atMs: sinceMs, why: 'the standings are published' };
    case 'review':
      if (isChanged(state))
        return { to: 'provisional', atMs: sinceMs, why: 'the standings changed' };
      return terms.reviewMs === 0
        ? undefined
        : { to: 'official', atMs: sinceMs + terms.reviewMs, why: 'the time of review is over' };
    case 'official':
    case 'corrected':
      return { to: 'paying', atMs: sinceMs, why: 'the result is official' };
    case 'paying':
      return state.due.size > 0 || state.open.size > 0
        ? undefined
        : { to: 'archived', atMs: sinceMs, why: 'every award is closed' };
    case 'archived':
      return undefined;
    default:
      return unreachable(phase);
  }
}

export function phaseSinceMs({ phases, createdAtMs }: Tournament): number {
  return phases.at(-1)?.atMs ?? createdAtMs;
}

function hasPayable(state: Tournament): boolean {
  for (const id of state.due) {
    const it = state.awards.get(id);
    if (it !== undefined && isPayable(state, it)) return true;
  }
  return false;
}

function enter(
  state: Tournament,
  phase: TournamentPhase,
  deed: {
    readonly by: string;
    readonly why: string;
    readonly atMs: number;
    readonly authorisedBy?: string;
  },
): TournamentDecision {
  const { by, why, atMs } = deed;
  const snapshot = snapshotEvent(state, phase, atMs);
  const entered: TournamentEvent = { kind: 'phase-entered', phase, by, why, atMs };
  if (phase !== 'official' && phase !== 'corrected')
    return accept<TournamentEvent>(entered, snapshot);
  const authorisedBy = deed.authorisedBy ?? MACHINE;
  const result = makeResult(state, { by, authorisedBy, why, atMs });
  return accept<TournamentEvent>(entered, snapshot, result);
}
