/**
 * Money that waits to be claimed: of channels where whoever holds the ticket cashes it.
 *
 *   settle ─ unclaimed ──> claim-bet ─ bet-claimed ──────> free
 *               └────────> expire-claims ─ claim-expired ─> the house
 *
 * Invariants: what a bet pays is in one place, free, unclaimed or the house's, and leaves
 * `unclaimed` once; a later settlement moves its difference to where the money went before.
 *
 * What nobody claimed goes by a timer, at the end of the UTC day on which its days are over: until
 * then it is paid to whoever comes, and the books move once a day. Somebody's command takes it the
 * moment its days are over.
 */
import { accept, type Decision, reject, type Timer } from '../runtime/actor.ts';
import type {
  BetRecord,
  BetSettled,
  ClaimState,
  PlayerCommand,
  PlayerEvent,
  PlayerRejection,
} from './player-events.ts';
import type { Player } from './player-state.ts';
import { type BetId, type Cents, cents } from './units.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Claims of one turn: a player with years of tickets must not hold up the others. */
export const EXPIRED_AT_ONCE = 256;

type PlayerDecision = Decision<PlayerEvent, PlayerRejection>;
type Of<Kind extends PlayerCommand['kind']> = Extract<PlayerCommand, { readonly kind: Kind }>;

/** Where a settlement leaves the money, which an earlier one may have decided. */
export function claimAfter(
  { status }: BetRecord,
  { claimDays, atMs }: Pick<BetSettled, 'claimDays' | 'atMs'>,
): ClaimState {
  const before = status.kind === 'settled' ? status.claim : undefined;
  // What lost was paid nothing, wherever its money would have gone: a correction decides that anew.
  const lost =
    before?.kind === 'paid' && status.kind === 'settled' && status.payout + status.refund === 0;
  if (before !== undefined && before.kind !== 'unclaimed' && !(lost && claimDays > 0))
    return before;
  if (claimDays === 0) return before ?? { kind: 'paid' };
  // Corrected money has been there for nobody to claim until now: its days begin again.
  return { kind: 'unclaimed', untilMs: atMs === 0 ? 0 : atMs + claimDays * DAY_MS };
}

/** Also when its days are over, as long as nobody has given the money to the house. */
export function claimBet(state: Player, { bet, by, atMs }: Of<'claim-bet'>): PlayerDecision {
  const found = state.bets.get(bet);
  if (found === undefined) return reject({ reason: 'unknown-bet', bet });
  const { status } = found;
  const claim = status.kind === 'settled' ? status.claim.kind : undefined;
  if (claim === 'claimed') return accept();
  if (claim === 'expired') return reject({ reason: 'claim-expired', bet });
  if (!state.claims.has(bet))
    return reject({ reason: 'nothing-to-claim', bet, status: status.kind });
  return accept({ kind: 'bet-claimed', bet, amount: amountOf(found), by, atMs });
}

export function expireClaims(state: Player, { atMs }: Of<'expire-claims'>): PlayerDecision {
  const events: PlayerEvent[] = [];
  for (const record of claimsDue(state, atMs)) {
    if (events.length === EXPIRED_AT_ONCE) break;
    const { status, ticket } = record;
    const settlement = status.kind === 'settled' ? status.settlement : 0;
    const { bet, player } = ticket;
    const amount = amountOf(record);
    events.push({ kind: 'claim-expired', bet, amount, settlement, player, atMs });
  }
  return accept(...events);
}

/** Bets that nobody claimed in their days. */
export function* claimsDue(state: Player, atMs: number): Iterable<BetRecord> {
  for (const bet of state.claims) {
    const record = state.bets.get(bet);
    if (record?.status.kind !== 'settled') continue;
    const { claim } = record.status;
    if (claim.kind === 'unclaimed' && claim.untilMs > 0 && claim.untilMs < atMs) yield record;
  }
}

/** The player's next one: the earliest day on which something is the house's if nobody comes. */
export function claimTimers({ expiries }: Player): readonly Timer[] {
  if (expiries.size === 0) return [];
  const day = Math.min(...expiries.keys());
  const atMs = (day + 1) * DAY_MS;
  const command: PlayerCommand = { kind: 'expire-claims', atMs };
  return [{ key: `expire-claims:${day}`, atMs, command }];
}

/** @param untilMs 0 for a bet whose days nobody knows: it waits until somebody comes. */
export function waitForClaim(state: Player, bet: BetId, untilMs: number): void {
  state.claims.add(bet);
  countExpiry(state, untilMs, 1);
}

/** @param record As it was while it waited, if it did. */
export function waitNoMore(state: Player, { ticket, status }: BetRecord): void {
  if (!state.claims.delete(ticket.bet)) return;
  if (status.kind !== 'settled' || status.claim.kind !== 'unclaimed') return;
  countExpiry(state, status.claim.untilMs, -1);
}

function countExpiry({ expiries }: Player, untilMs: number, by: number): void {
  if (untilMs === 0) return;
  const day = Math.floor(untilMs / DAY_MS);
  const count = (expiries.get(day) ?? 0) + by;
  if (count > 0) expiries.set(day, count);
  else expiries.delete(day);
}

/** What the bet's settlement pays, winnings and stakes given back. */
export function amountOf({ status }: BetRecord): Cents {
  return cents(status.kind === 'settled' ? status.payout + status.refund : 0);
}
