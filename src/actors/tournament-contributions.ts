/**
 * What counts in a tournament: bets of its players on its races, and events from outside.
 *
 *   player ─ enter-bet ─> waited for ─ count-bet ─> settlement-counted
 *                            └─ drop-bet ─> bet-left
 *   ingest-events ─> taken: plainly, late, as a repeat within the window │ left: by name
 *
 * Invariants: a bet counts once for each settlement, and a later one replaces the earlier; an event's
 * id counts once for each revision, in whatever batch it comes again; whether something happened in
 * time is a matter of when it happened, whether it came in time of the close's place in the log.
 */
import { accept, type Decision, reject } from '../runtime/actor.ts';
import { byTime, type Contribution } from './scoring/contribution.ts';
import { percentOf } from './scoring/player-score.ts';
import { withoutRepeats } from './scoring/repeats.ts';
import { STAKE_MAX } from './scoring/rule-set.ts';
import { BET_POINTS_MAX } from './scoring/rule-sets.ts';
import { betKey, type Entry, eventKey, type Kept } from './tournament-entry.ts';
import type {
  LeftEvent,
  LeftReason,
  OutsideEvent,
  RecordedContribution,
  TournamentCommand,
  TournamentEvent,
  TournamentRejection,
} from './tournament-events.ts';
import { isWindowOpen } from './tournament-phases.ts';
import { openBetKey, type Tournament } from './tournament-state.ts';
import { cents, type PlayerId } from './units.ts';

/** Events of one batch, as in the contract. */
export const BATCH_MAX = 500;

/** Contributions of a player from which on no events are taken: all are looked at whenever one changes. */
export const PLAYER_EVENTS_MAX = 5_000;

/** A terminal's clock may be ahead of ours by so much. */
export const AHEAD_MAX_MS = 60_000;

type TournamentDecision = Decision<TournamentEvent, TournamentRejection>;
type Of<Kind extends TournamentCommand['kind']> = Extract<TournamentCommand, { kind: Kind }>;

export function enterBet(state: Tournament, command: Of<'enter-bet'>): TournamentDecision {
  const { bet, player, race, placedAtMs: timeMs } = command;
  const entry = state.entries.get(player);
  if (entry === undefined) return reject({ reason: 'player-not-entered', player });
  if (state.isOld || !state.races.includes(race)) return accept();
  const key = openBetKey(command);
  if (state.openBets.has(key) || state.leftBets.has(key)) return accept();
  // Its outcome overtook it.
  if (entry.counted.has(betKey(bet))) return accept();
  const why = untimely(state, timeMs);
  if (why !== undefined) return accept({ kind: 'bet-left', bet, player, race, timeMs, why });
  const late = state.phase !== 'open';
  return accept({ kind: 'bet-entered', bet, player, race, timeMs, late });
}

/** Also of one that has not entered yet: messages overtake each other. */
export function dropBet(state: Tournament, command: Of<'drop-bet'>): TournamentDecision {
  const { bet, player, race, placedAtMs: timeMs } = command;
  if (!state.entries.has(player)) return reject({ reason: 'player-not-entered', player });
  if (state.isOld || !state.races.includes(race) || state.leftBets.has(openBetKey(command))) {
    return accept();
  }
  return accept({ kind: 'bet-left', bet, player, race, timeMs, why: 'cancelled' });
}

export function countBet(state: Tournament, command: Of<'count-bet'>): TournamentDecision {
  const { bet, player, race, pool, cost, payout, refund, settlement, placedAtMs, atMs } = command;
  const entry = state.entries.get(player);
  if (entry === undefined) return reject({ reason: 'player-not-entered', player });
  if (!state.races.includes(race)) return accept();
  if (state.isOld) return countOldBet(state, entry, command);
  const before = entry.counted.get(betKey(bet));
  if (before !== undefined && before.revision >= settlement) return accept();
  const key = openBetKey(command);
  const hasEntered = before !== undefined || state.openBets.has(key);
  // What has not entered came after the close or before the opening, or is on its way.
  if (!hasEntered && (state.leftBets.has(key) || untimely(state, placedAtMs) !== undefined)) {
    return accept();
  }
  const timeMs = placedAtMs;
  const overtaken: readonly TournamentEvent[] =
    hasEntered || state.phase === 'open'
      ? []
      : [{ kind: 'bet-entered', bet, player, race, timeMs, late: true }];
  const contribution = recorded({
    id: bet,
    game: race,
    stake: cost - refund,
    win: payout,
    timeMs,
    provider: pool,
    revision: settlement,
    ruleSet: state.rules.id,
    late: !isWindowOpen(state.phase),
  });
  const counted: TournamentEvent = { kind: 'settlement-counted', player, contribution, atMs };
  return accept<TournamentEvent>(...overtaken, counted);
}

/** As before there were terms: a bet counts from its settlement on, whenever it was placed. */
function countOldBet(
  state: Tournament,
  entry: Entry,
  { bet, player, race, cost, payout, refund, settlement }: Of<'count-bet'>,
): TournamentDecision {
  const before = entry.counted.get(betKey(bet));
  if (before !== undefined && before.revision >= settlement) return accept();
  const stake = cents(cost - refund);
  // A bet that was given back whole was never run; it counts only to undo what it counted for, or
  // what an earlier settlement that is still on its way would count it for.
  if (stake === 0 && settlement === 1) return accept();
  const raceOrder = state.placeOf.get(race) ?? state.placeOf.size + 1;
  const points = Math.min(percentOf({ win: payout, stake }), BET_POINTS_MAX);
  const counted = { bet, player, race, settlement, stake, payout, points, raceOrder };
  return accept({ kind: 'bet-counted', ...counted });
}

export function ingestEvents(
  state: Tournament,
  { batch, events, atMs }: Of<'ingest-events'>,
): TournamentDecision {
  if (events.length > BATCH_MAX) throw new Error(`a batch of ${events.length} events`);
  const intake = createIntake(state, atMs);
  for (const [index, event] of events.entries()) intake.take(event, index);
  const { taken, left } = intake;
  return accept({ kind: 'events-ingested', batch, atMs, taken, left });
}

/** Judges events one after the other, each knowing of those before it in the batch. */
function createIntake(state: Tournament, atMs: number) {
  const taken: { player: PlayerId; contribution: RecordedContribution }[] = [];
  const left: LeftEvent[] = [];
  /** Of this batch, by id and by player. */
  const byId = new Map<string, RecordedContribution & { readonly player: string }>();
  const byPlayer = new Map<string, Map<string, Contribution>>();

  function take(event: OutsideEvent, index: number): void {
    const { id, player, game, timeMs } = event;
    const leave = (status: LeftEvent['status'], why: LeftReason) =>
      left.push({ index, id, player, game, timeMs, status, why });
    const wrong = amountProblem(event);
    if (wrong !== undefined) {
      leave('refused', wrong);
      return;
    }
    const entry = state.entries.get(player as PlayerId); // an id is looked up, whatever it is
    if (entry === undefined) {
      leave('refused', 'unknown-player');
      return;
    }
    const late = state.phase !== 'open';
    const contribution = recordedEvent(event, state.rules.id, late);
    const known = knownAs(event);
    if ((known?.player ?? ownerOf(id, player)) !== player) {
      leave('refused', 'event-id-reused');
      return;
    }
    // Before its times and rules are judged: what counts already is a repeat whatever has changed since.
    if (known !== undefined && known.revision >= event.revision) {
      if (known.revision === event.revision && !isSame(known, { ...contribution, player })) {
        leave('refused', 'event-id-reused');
      } else leave('duplicate', 'known-id');
      return;
    }
    const refused = refusalOf(event);
    if (refused !== undefined) {
      leave('refused', refused);
      return;
    }
    if (late && !isWindowOpen(state.phase)) {
      leave('late', 'window-over');
      return;
    }
    const own = ownOf(entry);
    if (known === undefined && own.size >= PLAYER_EVENTS_MAX) {
      leave('refused', 'too-many-events');
      return;
    }
    const it = contributionOf(contribution);
    own.set(eventKey(id), it);
    taken.push({ player: entry.player, contribution });
    byId.set(id, { ...contribution, player });
    if (late) leave('late', 'in-window');
    else if (isRepeat(own, it)) leave('duplicate', 'repeat');
  }

  function refusalOf({ timeMs, ruleSet }: OutsideEvent): LeftReason | undefined {
    if (ruleSet !== '' && ruleSet !== state.rules.id) return 'unknown-rule-set';
    if (timeMs > atMs + AHEAD_MAX_MS) return 'in-the-future';
    return untimelyEvent(state, timeMs);
  }

  function knownAs({ id }: OutsideEvent) {
    const now = byId.get(id);
    if (now !== undefined) return now;
    const entry = state.byNumber[(state.eventIds.get(id) ?? 0) - 1];
    const kept = entry?.counted.get(eventKey(id));
    return entry && kept && { ...recordedKept(kept), player: entry.player };
  }

  function ownOf({ player, counted }: Entry): Map<string, Contribution> {
    const known = byPlayer.get(player);
    if (known !== undefined) return known;
    const own = new Map([...counted].map(([key, { it }]) => [key, it]));
    byPlayer.set(player, own);
    return own;
  }

  /** Also while what it is of is set aside: that can come again. */
  function ownerOf(id: string, otherwise: string): string {
    return state.byNumber[(state.eventIds.get(id) ?? 0) - 1]?.player ?? otherwise;
  }

  function isRepeat(own: ReadonlyMap<string, Contribution>, it: Contribution): boolean {
    const { duplicateWindowMs } = state.terms;
    if (duplicateWindowMs === 0) return false;
    const { game, stake, win } = it;
    const alike = [...own.values()].filter(
      (other) => other.game === game && other.stake === stake && other.win === win,
    );
    return !withoutRepeats(alike.sort(byTime), duplicateWindowMs).includes(it);
  }

  return { take, taken, left };
}

function amountProblem({ stake, win }: OutsideEvent): LeftReason | undefined {
  if (stake < 0) return 'negative-stake';
  if (win < 0) return 'negative-win';
  return stake > STAKE_MAX || win > STAKE_MAX ? 'amount-too-large' : undefined;
}

/** Whether something that happened then belongs to the tournament, by its times alone. */
function untimelyEvent(
  { terms, closedAtMs }: Tournament,
  timeMs: number,
): 'before-opening' | 'after-close' | undefined {
  if (timeMs < terms.opensAtMs) return 'before-opening';
  // By hand it can be before its time; by its timer, when the program was down, after it.
  const closesMs = Math.min(terms.closesAtMs || Infinity, closedAtMs || Infinity);
  return timeMs >= closesMs ? 'after-close' : undefined;
}

/** The same for a bet, which has to come while the window is open as well. */
function untimely(state: Tournament, timeMs: number): 'before-opening' | 'after-close' | undefined {
  return untimelyEvent(state, timeMs) ?? (isWindowOpen(state.phase) ? undefined : 'after-close');
}

function isSame(
  a: RecordedContribution & { readonly player: string },
  b: RecordedContribution & { readonly player: string },
): boolean {
  const told = ({ ruleSet: _, late: __, ...rest }: RecordedContribution) => rest;
  const [one, other] = [Object.entries(told(a)), new Map(Object.entries(told(b)))];
  return one.every(([name, value]) => other.get(name) === value);
}

function recordedEvent(event: OutsideEvent, ruleSet: string, late: boolean): RecordedContribution {
  const { player: _, ...rest } = event;
  return recorded({ ...rest, ruleSet, late });
}

function recordedKept({ it, revision, ruleSet, late }: Kept): RecordedContribution {
  return recorded({ ...it, revision, ruleSet, late });
}

/** What is absent is empty or 0 on disk. */
function recorded(
  told: Pick<RecordedContribution, 'revision' | 'ruleSet' | 'late'> &
    Partial<RecordedContribution> &
    Pick<RecordedContribution, 'id' | 'game' | 'stake' | 'win' | 'timeMs'>,
): RecordedContribution {
  const { id, game, stake, win, timeMs, revision, ruleSet, late } = told;
  const { sequence = 0, outcome = '', place = 0, provider = '', bonus = false } = told;
  const facts = { id, game, stake, win, timeMs, sequence, outcome, place, provider, bonus };
  return { ...facts, revision, ruleSet, late };
}

export function contributionOf(recorded: RecordedContribution, isBet = false): Contribution {
  const { id, game, stake, win, timeMs, sequence, outcome, place, provider, bonus } = recorded;
  return {
    id,
    game,
    stake,
    win,
    timeMs,
    sequence,
    ...(outcome !== '' && { outcome }),
    ...(place !== 0 && { place }),
    ...(provider !== '' && { provider }),
    ...(bonus && { bonus }),
    ...(isBet && { isBet }),
  };
}
