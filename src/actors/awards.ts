/**
 * Awards, prizes that tournaments granted: they wait to be claimed, and are the house's until then.
 *
 *   grant-award ─ award-granted ─┬─> claim-award ──── award-claimed ──> free, out of the house's books
 *                                ├─> expire-awards ── award-expired ──> stays with the house
 *                                └─> withdraw-award ─ award-withdrawn ─> stays with the house
 *
 * Invariants: an award is granted once and closed once, claimed, expired or withdrawn, in whatever
 * order commands come and however often; only a claim moves money, the amount that was granted; none
 * is paid from its `untilMs` on, whether its timer has fired or not.
 *
 * Unlike what a ticket waits for (claims.ts), an award ends at its own millisecond: its winner was
 * told until when.
 */
import { accept, type Decision, type Outgoing, reject, type Timer } from '../runtime/actor.ts';
import { EXPIRED_AT_ONCE } from './claims.ts';
import type {
  AwardRecord,
  AwardTerms,
  PlayerCommand,
  PlayerEvent,
  PlayerRejection,
} from './player-events.ts';
import { BALANCE_MAX_CENTS, type Player } from './player-state.ts';
import { type AwardId, awardId, type Cents, sumOf } from './units.ts';

type PlayerDecision = Decision<PlayerEvent, PlayerRejection>;
type CommandOf<Kind extends PlayerCommand['kind']> = Extract<
  PlayerCommand,
  { readonly kind: Kind }
>;
type EventOf<Kind extends PlayerEvent['kind']> = Extract<PlayerEvent, { readonly kind: Kind }>;

/** Ends an award. */
type AwardClosed = EventOf<'award-claimed' | 'award-expired' | 'award-withdrawn'>;

/** What a tournament hears of an award that it granted. */
type ClosedHow = 'claimed' | 'expired' | 'withdrawn';

export function grantAward(state: Player, command: CommandOf<'grant-award'>): PlayerDecision {
  expectAward(state, command);
  const { award, tournament, version, rank, amount, rule, prize, claimMs, atMs } = command;
  const known = state.awards.get(award);
  if (known !== undefined) {
    // Money under a name that stands for other money: nobody asks so but by a defect.
    if (!sameTerms(known, command)) throw new Error(`award ${award} of ${state.id} is another one`);
    return accept();
  }
  if (awardsWaitingCents(state) + amount > BALANCE_MAX_CENTS) {
    return reject({ reason: 'balance-too-large', maximum: BALANCE_MAX_CENTS });
  }
  const terms: AwardTerms = { award, tournament, version, rank, amount, rule, prize };
  const granted: PlayerEvent = { kind: 'award-granted', ...terms, untilMs: atMs + claimMs, atMs };
  const ahead = state.awardsWithdrawnAhead.get(award);
  return ahead === undefined
    ? accept(granted)
    : accept<PlayerEvent>(granted, { kind: 'award-withdrawn', award, tournament, ...ahead });
}

/**
 * What is closed stays as it is: a correction comes too late for what was claimed.
 *
 * One that is unknown is remembered. Deliveries are begun in order, but one that an overloaded or moving
 * shard sends back is tried again later, and one that was given up when an operator sends it again:
 * so a withdrawal can come before its grant, which must not be paid then.
 */
export function withdrawAward(
  state: Player,
  { award, why, atMs }: CommandOf<'withdraw-award'>,
): PlayerDecision {
  const found = state.awards.get(award);
  if (found === undefined) {
    return state.awardsWithdrawnAhead.has(award)
      ? accept()
      : accept({ kind: 'award-withdrawn', award: awardId(award), tournament: '', why, atMs });
  }
  const { tournament, status } = found;
  return status.kind === 'granted'
    ? accept({ kind: 'award-withdrawn', award, tournament, why, atMs })
    : accept();
}

export function claimAward(
  state: Player,
  { award, by, atMs }: CommandOf<'claim-award'>,
): PlayerDecision {
  const found = state.awards.get(award);
  if (found === undefined) return reject({ reason: 'unknown-award', award });
  const { status, tournament, amount, untilMs } = found;
  switch (status.kind) {
    case 'claimed':
      return accept();
    case 'expired':
      return reject({ reason: 'award-expired', award });
    case 'withdrawn':
      return reject({ reason: 'award-withdrawn', award, why: status.why });
    default:
      if (atMs >= untilMs) return reject({ reason: 'award-expired', award });
      return state.free + state.held + state.unclaimed + amount > BALANCE_MAX_CENTS
        ? reject({ reason: 'balance-too-large', maximum: BALANCE_MAX_CENTS })
        : accept({ kind: 'award-claimed', award, tournament, amount, by, atMs });
  }
}

export function expireAwards(state: Player, { atMs }: CommandOf<'expire-awards'>): PlayerDecision {
  const events: PlayerEvent[] = [];
  for (const { award, tournament, amount, untilMs } of waiting(state)) {
    if (events.length === EXPIRED_AT_ONCE) break;
    if (untilMs <= atMs) events.push({ kind: 'award-expired', award, tournament, amount, atMs });
  }
  return accept(...events);
}

/** The player's next one: when the first of the awards that wait can no longer be claimed. */
export function awardTimers(state: Player): readonly Timer[] {
  if (state.awardsWaiting.size === 0) return [];
  let atMs = Number.POSITIVE_INFINITY;
  for (const { untilMs } of waiting(state)) atMs = Math.min(atMs, untilMs);
  const command: PlayerCommand = { kind: 'expire-awards', atMs };
  return [{ key: `expire-awards:${atMs}`, atMs, command }];
}

/**
 * What the end of an award of `owner`'s makes due: the house books what it paid, and the tournament
 * hears how it ended. Of a withdrawal that overtook its grant it hears with the grant.
 */
export function followAward(owner: string, event: AwardClosed): readonly Outgoing[] {
  const { award, tournament, atMs } = event;
  const paid: readonly Outgoing[] =
    event.kind === 'award-claimed'
      ? [
          {
            to: 'operator/house',
            command: { kind: 'post-award', player: owner, award, amount: event.amount },
          },
        ]
      : [];
  if (tournament === '') return paid;
  const how = HOW[event.kind];
  const command = { kind: 'award-closed', player: owner, award, how, atMs };
  return [...paid, { to: `tournament/${tournament}`, command }];
}

const HOW: Readonly<Record<AwardClosed['kind'], ClosedHow>> = {
  'award-claimed': 'claimed',
  'award-expired': 'expired',
  'award-withdrawn': 'withdrawn',
};

export function evolveAward(state: Player, event: EventOf<'award-granted'> | AwardClosed): void {
  const { award } = event;
  switch (event.kind) {
    case 'award-granted': {
      const { kind: _, ...given } = event;
      state.awards.set(award, { ...given, status: { kind: 'granted' } });
      state.awardsWaiting.add(award);
      return;
    }
    case 'award-claimed': {
      const { by, atMs } = event;
      closed(state, award, { kind: 'claimed', by, atMs });
      return;
    }
    case 'award-expired':
      closed(state, award, { kind: 'expired', atMs: event.atMs });
      return;
    default: {
      const { tournament, why, atMs } = event;
      if (tournament === '') state.awardsWithdrawnAhead.set(award, { why, atMs });
      else closed(state, award, { kind: 'withdrawn', why, atMs });
    }
  }
}

/** What waits to be claimed. */
export function awardsWaitingCents(state: Player): Cents {
  return sumOf([...waiting(state)].map(({ amount }) => amount));
}

function* waiting({ awards, awardsWaiting }: Player): Iterable<AwardRecord> {
  for (const award of awardsWaiting) {
    const record = awards.get(award);
    if (record !== undefined) yield record;
  }
}

function closed(state: Player, award: AwardId, status: AwardRecord['status']): void {
  const record = state.awards.get(award);
  if (record === undefined) throw new Error(`player ${state.id} was never granted ${award}`);
  state.awards.set(award, { ...record, status });
  state.awardsWaiting.delete(award);
  state.awardsWithdrawnAhead.delete(award);
}

/** Whoever grants has made the award; one that cannot be is a defect, and nobody's prize. */
function expectAward(
  { id }: Player,
  { award, version, rank, amount, claimMs, atMs }: CommandOf<'grant-award'>,
): void {
  awardId(award);
  const counts = { version, rank, amount, claimMs, untilMs: atMs + claimMs };
  for (const [name, value] of Object.entries(counts)) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new Error(`award ${award} of ${id} has ${value} as its ${name}`);
  }
}

function sameTerms(known: AwardTerms, given: AwardTerms): boolean {
  return (
    known.tournament === given.tournament &&
    known.version === given.version &&
    known.rank === given.rank &&
    known.amount === given.amount &&
    known.rule === given.rule &&
    known.prize === given.prize
  );
}
