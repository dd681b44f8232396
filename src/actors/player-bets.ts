/**
 * A player's own side of a bet, until it is settled: placed, answered by its race, wanted back.
 *
 *   cancel-bet ─ cancel-requested ──> race ──> confirm-cancel ─ bet-cancelled
 *                                       └────> refuse-cancel ─ cancel-refused
 *
 * Invariants: a bet leaves `reserved` once; it is wanted back once, and never before its race has
 * answered the bet itself, so that messages that overtake each other change nothing.
 */
import { accept, type Decision, reject } from '../runtime/actor.ts';
import type { PlayerCommand, PlayerEvent, PlayerRejection } from './player-events.ts';
import { settledLate } from './player-settlement.ts';
import { BALANCE_MAX_CENTS, type Player } from './player-state.ts';
import { confirmed, forTournaments } from './player-tournaments.ts';
import { requestAuthorisation, requestedOf, voidAfter } from './player-wallet.ts';
import { sameTicket, type Ticket } from './ticket.ts';

/** Bets in pools that are not settled; a player with more is asked to wait until races are. */
export const OPEN_BETS_MAX = 100_000;

/**
 * Stakes of one player that an outside wallet is to hold, give or let go of. A wallet that is down
 * leaves one to let go of for each bet that is tried, and all are looked at after each of the player's
 * events: some milliseconds for so many.
 */
export const WALLET_HOLDS_MAX = 10_000;

type PlayerDecision = Decision<PlayerEvent, PlayerRejection>;
type Of<Kind extends PlayerCommand['kind']> = Extract<PlayerCommand, { readonly kind: Kind }>;

export function placeBet(state: Player, ticket: Ticket, atMs: number): PlayerDecision {
  // Whoever sends a ticket has parsed it; one that lies about its money is a defect, not a bet.
  if (ticket.player !== state.id || ticket.stake <= 0) throw new Error(`not a bet of ${state.id}`);
  if (ticket.combinations <= 0 || ticket.cost !== ticket.stake * ticket.combinations) {
    throw new Error(`bet ${ticket.bet} costs ${ticket.cost}, which is not stake × combinations`);
  }
  const seen = state.bets.get(ticket.bet);
  if (seen !== undefined) {
    return sameTicket(seen.ticket, ticket)
      ? accept()
      : reject({ reason: 'bet-id-reused', bet: ticket.bet });
  }
  const { wallet } = state;
  if (wallet === undefined && ticket.cost > state.free) {
    return reject({ reason: 'insufficient-funds', free: state.free, needed: ticket.cost });
  }
  if (state.openBets >= OPEN_BETS_MAX) {
    return reject({ reason: 'too-many-open-bets', maximum: OPEN_BETS_MAX });
  }
  if (wallet !== undefined) {
    if (wallet.holds.size >= WALLET_HOLDS_MAX) {
      return reject({ reason: 'wallet-behind', maximum: WALLET_HOLDS_MAX });
    }
    // What the wallet may say yes to must fit the account.
    return state.held + state.unclaimed + requestedOf(wallet) + ticket.cost > BALANCE_MAX_CENTS
      ? reject({ reason: 'balance-too-large', maximum: BALANCE_MAX_CENTS })
      : accept(requestAuthorisation(state, ticket, atMs));
  }
  return accept({ kind: 'stake-reserved', ...ticket, atMs, tournaments: [...state.tournaments] });
}

export function confirmBet(state: Player, { bet }: Of<'confirm-bet'>): PlayerDecision {
  const found = state.bets.get(bet);
  if (found === undefined) return reject({ reason: 'unknown-bet', bet });
  if (found.status.kind !== 'reserved') return accept();
  const late = settledLate(state, found);
  if (late !== undefined) {
    // Whoever wanted it back is answered by its settlement.
    return accept<PlayerEvent>(confirmed(found), { kind: 'bet-settled', ...late });
  }
  if (found.cancel?.kind !== 'asked') return accept(confirmed(found));
  const { kind: _, ...cancel } = found.cancel;
  return accept({ ...confirmed(found), cancel });
}

export function releaseBet(state: Player, { bet, refusal }: Of<'release-bet'>): PlayerDecision {
  const found = state.bets.get(bet);
  if (found === undefined) return reject({ reason: 'unknown-bet', bet });
  return found.status.kind === 'reserved'
    ? accept<PlayerEvent>({ kind: 'stake-released', bet, refusal }, ...voidAfter(state, bet))
    : accept();
}

export function cancelBet(state: Player, { bet, by, atMs }: Of<'cancel-bet'>): PlayerDecision {
  const found = state.bets.get(bet);
  if (found === undefined) return reject({ reason: 'unknown-bet', bet });
  const { status, ticket } = found;
  // Asked before, whatever came of it: the first answer is the answer.
  if (found.cancel !== undefined) return accept();
  const waiting = status.kind === 'authorising' || status.kind === 'reserved';
  if (!waiting && status.kind !== 'registered') {
    const { channel } = ticket;
    return reject({ reason: 'not-cancellable', bet, channel, status: status.kind });
  }
  const cancel = { race: ticket.race, pool: ticket.pool, by, atMs };
  return accept({ kind: 'cancel-requested', bet, cancel, waiting });
}

export function confirmCancel(state: Player, { bet }: Of<'confirm-cancel'>): PlayerDecision {
  const found = state.bets.get(bet);
  if (found === undefined) return reject({ reason: 'unknown-bet', bet });
  const { status, ticket } = found;
  switch (status.kind) {
    case 'registered':
      return accept({ kind: 'bet-cancelled', bet, ...forTournaments(found) });
    case 'cancelled':
      return accept();
    default:
      // No race cancels what it did not register, or has settled.
      return reject({
        reason: 'not-cancellable',
        bet,
        channel: ticket.channel,
        status: status.kind,
      });
  }
}

export function refuseCancel(state: Player, { bet, refusal }: Of<'refuse-cancel'>): PlayerDecision {
  const found = state.bets.get(bet);
  if (found === undefined) return reject({ reason: 'unknown-bet', bet });
  return found.cancel?.kind === 'asked'
    ? accept({ kind: 'cancel-refused', bet, refusal })
    : accept();
}
