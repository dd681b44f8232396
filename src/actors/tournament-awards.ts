/**
 * What a tournament's official result gives its players, and how it reaches them.
 *
 *   result-made ─> due ─> awards-granted ──> player ──> award-closed: claimed, expired
 *                   ^ └ held ─ released ┘ └ denied
 *   a later result ─> what is granted and not claimed is withdrawn, and then what is new is due
 *
 * Invariants: each award is granted once, in the order of the result; a player that is held keeps
 * nobody waiting but himself; what a later version gives is less by what
 * the player had of earlier ones, so that no correction pays twice.
 */
import { accept, type Decision, reject } from '../runtime/actor.ts';
import type {
  Award,
  AwardState,
  GrantedAward,
  TournamentCommand,
  TournamentEvent,
  TournamentRejection,
} from './tournament-events.ts';
import { boardsAt, diffOf } from './tournament-past.ts';
import { awardsOf } from './tournament-prizes.ts';
import { lastResult, type Tournament } from './tournament-state.ts';
import { isOneSteward, needsAnother } from './two-people.ts';
import { type AwardId, awardId, cents, type PlayerId } from './units.ts';

/** Awards of one turn: a result with a hundred thousand must not hold up the others. */
export const GRANTED_AT_ONCE = 100;

type TournamentDecision = Decision<TournamentEvent, TournamentRejection>;
type Of<Kind extends TournamentCommand['kind']> = Extract<TournamentCommand, { kind: Kind }>;

/** Of the standings as they are, whose snapshot is the next. */
export function makeResult(
  state: Tournament,
  deed: {
    readonly by: string;
    readonly authorisedBy: string;
    readonly why: string;
    readonly atMs: number;
  },
): TournamentEvent & { kind: 'result-made' } {
  const { boards, byNumber, terms, snapshots, results } = state;
  const before = snapshots.find(({ number }) => number === lastResult(state)?.snapshot);
  const diff =
    before === undefined
      ? { players: byNumber.length, changed: 0, moves: [] }
      : diffOf(byNumber.length, boardsAt(state, before).all, boards.all);
  const boardOf = (division: string) => (division === '' ? boards.all : boards.division(division));
  const awards = awardsOf(terms, boardOf).map((it) => {
    const held = terms.holdFrom > 0 && it.amount >= terms.holdFrom;
    return { ...it, stands: standsStill(state, it), held };
  });
  const standing = new Set(awards.flatMap(({ entry, stands }) => (stands ? [entry] : [])));
  const takenBack = [...state.open.values()].flatMap((award) => {
    const it = state.awards.get(award);
    const entry = it && state.entries.get(it.player)?.entry;
    if (it?.status !== 'granted' || entry === undefined || standing.has(entry)) return [];
    return [{ award, player: it.player }];
  });
  const version = results.length + 1;
  const snapshot = snapshots.length + 1;
  return { kind: 'result-made', version, snapshot, awards, diff, takenBack, ...deed };
}

export function idOfAward({ id }: Tournament, version: number, entry: number): AwardId {
  return awardId(`${id}.${version}.${entry}`);
}

/** What was taken back in between is to be given again. */
function standsStill(
  { lastAward, awards }: Tournament,
  { entry, amount }: Pick<Award, 'entry' | 'amount'>,
): boolean {
  const id = lastAward.get(entry);
  const last = id && awards.get(id);
  if (last === undefined) return false;
  return last.amount === amount && !['withdrawing', 'withdrawn'].includes(last.status);
}

/** Of two awards of a player the later one waits until the earlier is closed. */
export function isPayable(
  { open }: Pick<Tournament, 'open'>,
  { status, player }: AwardState,
): boolean {
  return status === 'due' && !open.has(player);
}

/** The next of those that are due. */
export function payAwards(state: Tournament, { atMs }: Of<'pay-awards'>): TournamentDecision {
  const awards: GrantedAward[] = [];
  for (const id of state.due) {
    if (awards.length === GRANTED_AT_ONCE) break;
    const it = state.awards.get(id);
    if (it === undefined || !isPayable(state, it)) continue;
    const { award, player, version, rank, prize } = it;
    const amount = cents(Math.max(0, it.amount - (state.had.get(player) ?? 0)));
    awards.push({ award, player, version, rank, amount, prize });
  }
  if (awards.length === 0) return accept();
  const { rules, terms } = state;
  return accept({
    kind: 'awards-granted',
    awards,
    atMs,
    rule: rules.id,
    claimMs: terms.claimMs,
  });
}

export function holdAward(state: Tournament, command: Of<'hold-award'>): TournamentDecision {
  const { player, reason, by, why, atMs } = command;
  if (!state.entries.has(player)) return reject({ reason: 'player-not-entered', player });
  if (state.holds.get(player)?.reason === reason) return accept();
  if (state.open.has(player) && dueTo(state, player).length === 0) {
    return reject({ reason: 'award-granted', player });
  }
  return accept({ kind: 'award-held', player, reason, by, why, atMs });
}

export function releaseAward(state: Tournament, command: Of<'release-award'>): TournamentDecision {
  const { player, by, why, atMs } = command;
  return isHeld(state, player)
    ? accept({ kind: 'award-released', player, by, why, atMs })
    : reject({ reason: 'award-not-held', player });
}

/** For good: what is denied is nobody's prize. */
export function denyAward(state: Tournament, command: Of<'deny-award'>): TournamentDecision {
  const { player, by, authorisedBy, why, atMs } = command;
  if (isOneSteward(by, authorisedBy)) return reject(needsAnother(by));
  return isHeld(state, player)
    ? accept({ kind: 'award-denied', player, by, authorisedBy, why, atMs })
    : reject({ reason: 'award-not-held', player });
}

/** By somebody, or for what it comes to. */
function isHeld(state: Tournament, player: PlayerId): boolean {
  return state.holds.has(player) || dueTo(state, player).some(({ status }) => status === 'held');
}

function dueTo({ due, awards }: Tournament, player: PlayerId): readonly AwardState[] {
  const all = [...due].flatMap((id) => awards.get(id) ?? []);
  return all.filter((it) => it.player === player);
}

/** As the player says; a repeat changes nothing. */
export function closeAward(state: Tournament, command: Of<'award-closed'>): TournamentDecision {
  const { award, player, how, atMs } = command;
  return state.open.get(player) === award
    ? accept({ kind: 'award-closed', award, player, how, atMs })
    : accept();
}
