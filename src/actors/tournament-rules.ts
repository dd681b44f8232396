/**
 * What a steward can do to the standings before they are official: other rules, or those of a snapshot
 * again.
 *
 *   change-rules ─> rules-changed: another version, everything counted again, with a public diff
 *   roll-back ─> rolled-back: what came since is set aside ─ replay ─> replayed: it counts again, or never
 *
 * Invariants: the rules back to what they were make the standings what they were; what is rolled back
 * has the snapshot's hash, but for who joined since, who stays in with nothing; nothing is lost that
 * is set aside. A replay is under the rules in force: those that were rolled back with it are changed
 * to by an order, as any.
 */
import { accept, type Decision, reject } from '../runtime/actor.ts';
import type {
  TournamentCommand,
  TournamentEvent,
  TournamentRejection,
} from './tournament-events.ts';
import { boardHash } from './tournament-hash.ts';
import { boardsAt, boardsUnder, diffOf } from './tournament-past.ts';
import { isBeforeOfficial } from './tournament-phases.ts';
import type { Tournament } from './tournament-state.ts';
import { isOneSteward, needsAnother } from './two-people.ts';

/** All are kept, and told in reports. */
export const RULES_VERSIONS_MAX = 100;

type TournamentDecision = Decision<TournamentEvent, TournamentRejection>;
type Of<Kind extends TournamentCommand['kind']> = Extract<TournamentCommand, { kind: Kind }>;

export function changeRules(
  state: Tournament,
  { rules, by, why, atMs }: Of<'change-rules'>,
): TournamentDecision {
  const refused = ifOfficial(state);
  if (refused !== undefined) return refused;
  if (state.ruleTexts[state.rulesVersion - 1] === rules) {
    return reject({ reason: 'rules-unchanged', ruleSet: state.rules.id });
  }
  if (state.ruleTexts.length >= RULES_VERSIONS_MAX) {
    return reject({ reason: 'too-many-rule-changes', maximum: RULES_VERSIONS_MAX });
  }
  const diff = diffOf(state.byNumber.length, state.boards.all, boardsUnder(state, rules).all);
  const version = state.ruleTexts.length + 1;
  return accept({ kind: 'rules-changed', version, rules, by, why, atMs, diff });
}

export function rollBack(
  state: Tournament,
  { snapshot, by, authorisedBy, why, atMs }: Of<'roll-back'>,
): TournamentDecision {
  if (isOneSteward(by, authorisedBy)) return reject(needsAnother(by));
  const refused = ifOfficial(state);
  if (refused !== undefined) return refused;
  const found = state.snapshots[snapshot - 1];
  if (found === undefined || found.undone) return reject({ reason: 'unknown-snapshot', snapshot });
  const then = boardsAt(state, found).all;
  const hash = boardHash(then, (entry) => state.byNumber[entry - 1]?.player ?? '');
  if (hash !== found.hash) return reject({ reason: 'snapshot-differs', snapshot });
  return accept({ kind: 'rolled-back', snapshot, by, authorisedBy, why, atMs });
}

export function replay(
  state: Tournament,
  { drop: dropped, by, authorisedBy, why, atMs }: Of<'replay'>,
): TournamentDecision {
  if (isOneSteward(by, authorisedBy)) return reject(needsAnother(by));
  const refused = ifOfficial(state);
  if (refused !== undefined) return refused;
  return state.setAside.length === 0
    ? reject({ reason: 'nothing-set-aside' })
    : accept({ kind: 'replayed', dropped, by, authorisedBy, why, atMs });
}

function ifOfficial({ phase }: Tournament): TournamentDecision | undefined {
  return isBeforeOfficial(phase)
    ? undefined
    : reject({ reason: 'wrong-tournament-phase', phase, wanted: 'before official' });
}
