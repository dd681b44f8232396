/** What can be asked of a player, what happens to one, and how it says no. */
import type { Refusal, Ticket } from './ticket.ts';
import type { BetId, Cents, PlayerId, TournamentId } from './units.ts';

export type PlayerCommand =
  | {
      readonly kind: 'open-account';
      readonly request: string;
      readonly alias: string;
      readonly atMs: number;
    }
  | {
      readonly kind: 'deposit';
      readonly request: string;
      readonly amount: Cents;
      readonly atMs: number;
    }
  | {
      readonly kind: 'withdraw';
      readonly request: string;
      readonly amount: Cents;
      readonly atMs: number;
    }
  | { readonly kind: 'place-bet'; readonly ticket: Ticket; readonly atMs: number }
  | { readonly kind: 'confirm-bet'; readonly bet: BetId }
  | { readonly kind: 'release-bet'; readonly bet: BetId; readonly refusal: Refusal }
  | {
      readonly kind: 'settle-bet';
      readonly bet: BetId;
      readonly payout: Cents;
      readonly refund: Cents;
      readonly settlement: number;
    }
  | { readonly kind: 'enter-tournament'; readonly tournament: TournamentId };

export type PlayerEvent =
  | {
      readonly kind: 'account-opened';
      readonly request: string;
      readonly alias: string;
      readonly atMs: number;
    }
  | {
      readonly kind: 'deposited';
      readonly request: string;
      readonly amount: Cents;
      readonly atMs: number;
    }
  | {
      readonly kind: 'withdrawn';
      readonly request: string;
      readonly amount: Cents;
      readonly atMs: number;
    }
  | ({
      readonly kind: 'stake-reserved';
      readonly atMs: number;
      readonly tournaments: readonly TournamentId[];
    } & Ticket)
  | { readonly kind: 'bet-confirmed'; readonly bet: BetId }
  | { readonly kind: 'stake-released'; readonly bet: BetId; readonly refusal: Refusal }
  | {
      readonly kind: 'bet-settled';
      readonly bet: BetId;
      readonly payout: Cents;
      readonly refund: Cents;
      readonly player: PlayerId;
      readonly race: Ticket['race'];
      readonly cost: Cents;
      readonly tournaments: readonly TournamentId[];
      readonly settlement: number;
    }
  | { readonly kind: 'tournament-entered'; readonly tournament: TournamentId };

export type PlayerRejection =
  | { readonly reason: 'unknown-player'; readonly player: string }
  | { readonly reason: 'account-exists'; readonly player: string }
  | { readonly reason: 'request-id-reused'; readonly request: string }
  | { readonly reason: 'bet-id-reused'; readonly bet: BetId }
  | { readonly reason: 'insufficient-funds'; readonly free: Cents; readonly needed: Cents }
  | { readonly reason: 'balance-too-large'; readonly maximum: number }
  | { readonly reason: 'too-many-open-bets'; readonly maximum: number }
  | { readonly reason: 'unknown-bet'; readonly bet: BetId };

export type PlayerQuery =
  | { readonly kind: 'account' }
  | { readonly kind: 'bet'; readonly bet: BetId }
  /** As `bet`, but not answered while the race has not decided. */
  | { readonly kind: 'decided-bet'; readonly bet: BetId }
  /** Newest first, from the `skip`-th. */
  | { readonly kind: 'bets'; readonly skip: number; readonly limit: number };

export type PlayerAnswer =
  | { readonly kind: 'account'; readonly account: AccountSummary }
  | { readonly kind: 'bet'; readonly bet: BetRecord }
  | { readonly kind: 'bets'; readonly bets: readonly BetRecord[]; readonly more: boolean }
  | { readonly kind: 'nothing' };

export interface AccountSummary {
  readonly player: PlayerId;
  readonly alias: string;
  readonly free: Cents;
  readonly held: Cents;
  readonly openBets: number;
  readonly tournaments: readonly TournamentId[];
  /** For the books: everything ever put in and taken out. */
  readonly deposits: Cents;
  readonly withdrawals: Cents;
}

export interface BetRecord {
  readonly ticket: Ticket;
  readonly atMs: number;
  readonly tournaments: readonly TournamentId[];
  readonly status: BetStatus;
}

export type BetStatus =
  | { readonly kind: 'reserved' }
  | { readonly kind: 'registered' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | {
      readonly kind: 'settled';
      readonly payout: Cents;
      readonly refund: Cents;
      readonly settlement: number;
    };
