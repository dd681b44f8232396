/**
 * What tournaments hear of a player's bets: that one is in its pool, or was taken out of it, and what
 * it came to.
 *
 *   bet-confirmed ─ enter-bet ─┐
 *   bet-cancelled ─ drop-bet ──┼─> each tournament that the player was in when he bet
 *   bet-settled ─ count-bet ───┘
 */
import type { Outgoing } from '../runtime/actor.ts';
import type { BetRecord, BetSettled, PlayerEvent, TournamentBet } from './player-events.ts';
import type { BetId } from './units.ts';

/** The event by which a bet leaves `reserved` for good: it is in its pool. */
export function confirmed(found: BetRecord): Extract<PlayerEvent, { kind: 'bet-confirmed' }> {
  return { kind: 'bet-confirmed', bet: found.ticket.bet, ...forTournaments(found) };
}

/** Events are complete: who follows one sees it alone. */
export function forTournaments({ ticket, tournaments, atMs: placedAtMs }: BetRecord): {
  readonly tournamentBet?: TournamentBet;
} {
  const { player, race } = ticket;
  if (tournaments.length === 0) return {};
  return { tournamentBet: { player, race, tournaments, placedAtMs } };
}

export function tellTournaments(
  kind: 'enter-bet' | 'drop-bet',
  { bet, tournamentBet }: { readonly bet: BetId; readonly tournamentBet?: TournamentBet },
): Outgoing[] {
  if (tournamentBet === undefined) return [];
  const { player, race, tournaments, placedAtMs } = tournamentBet;
  const command = { kind, bet, player, race, placedAtMs };
  return tournaments.map((tournament) => ({ to: `tournament/${tournament}`, command }));
}

export function countBet(settled: BetSettled): Outgoing[] {
  const { bet, player, race, pool, cost, payout, refund, settlement, placedAtMs, atMs } = settled;
  const outcome = { cost, payout, refund, settlement, placedAtMs, atMs };
  const command = { kind: 'count-bet', bet, player, race, pool, ...outcome };
  return settled.tournaments.map((tournament) => ({ to: `tournament/${tournament}`, command }));
}
