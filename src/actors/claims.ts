/**
 * Money that waits to be claimed: of channels where whoever holds the ticket cashes it.
 *
 *   settle ─ unclaimed ──> claim-bet ─ bet-claimed ──────> free
 *               └────────> expire-claims ─ claim-expired ─> the house
 *
 * Invariants: what a bet pays is in one place, free, unclaimed or the house's, and leaves
 * `unclaimed` once; a later settlement moves its difference to where the money went before.
 */
import { accept, type Decision, reject } from '../runtime/actor.ts';
import type {
  BetRecord,
  BetSettled,
  ClaimState,
  PlayerCommand,
  PlayerEvent,
  PlayerRejection,
} from './player-events.ts';
import type { Player } from './player-state.ts';
import { type Cents, cents } from './units.ts';

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

/** What the bet's settlement pays, winnings and stakes given back. */
export function amountOf({ status }: BetRecord): Cents {
  return cents(status.kind === 'settled' ? status.payout + status.refund : 0);
}
