/** What can be asked of a player, what happens to one, and how it says no. */
import type { Formula } from './formula.ts';
import type { CancelRefusal, Refusal, Ticket, WalletRefusal } from './ticket.ts';
import type { AwardId, BetId, Cents, PlayerId, PoolId, RaceId, TournamentId } from './units.ts';
import type { WalletAnswer, WalletRequest } from './wallet.ts';

export type PlayerCommand =
  | {
      readonly kind: 'open-account';
      readonly request: string;
      readonly alias: string;
      readonly atMs: number;
      /** The money stays in the outside wallet; absent: with the house. */
      readonly inWallet?: boolean;
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
      readonly kind: 'cancel-bet';
      readonly bet: BetId;
      /** Who asks for it at the counter. */
      readonly by: string;
      readonly atMs: number;
    }
  | { readonly kind: 'confirm-cancel'; readonly bet: BetId }
  | { readonly kind: 'refuse-cancel'; readonly bet: BetId; readonly refusal: CancelRefusal }
  | ({ readonly kind: 'settle-bet' } & Payment & SettlementTerms)
  /** All bets of the player in one pool at once: what is not in `paid` has lost. */
  | {
      readonly kind: 'settle-pool';
      readonly race: RaceId;
      readonly pool: PoolId;
      readonly settlement: number;
      readonly atMs: number;
      readonly paid: readonly PaidBet[];
      /** Left the pool before it was priced, and told so by other commands, come or to come. */
      readonly except: readonly BetId[];
    }
  | {
      readonly kind: 'claim-bet';
      readonly bet: BetId;
      readonly by: string;
      readonly atMs: number;
    }
  /** What was not claimed in time, at most `EXPIRED_AT_ONCE` bets. */
  | { readonly kind: 'expire-claims'; readonly atMs: number }
  | { readonly kind: 'enter-tournament'; readonly tournament: TournamentId }
  /** From the tournament: a prize for `claimMs` from `atMs` on. */
  | ({
      readonly kind: 'grant-award';
      readonly claimMs: number;
      readonly atMs: number;
    } & AwardTerms)
  /** From the tournament: a correction takes back what nobody has claimed yet. */
  | {
      readonly kind: 'withdraw-award';
      readonly award: AwardId;
      readonly why: string;
      readonly atMs: number;
    }
  | {
      readonly kind: 'claim-award';
      readonly award: AwardId;
      readonly by: string;
      readonly atMs: number;
    }
  /** Of what was to be claimed before `atMs`, at most `EXPIRED_AT_ONCE` awards. */
  | { readonly kind: 'expire-awards'; readonly atMs: number }
  /** `expired`: it did not answer by the request's deadline. */
  | {
      readonly kind: 'wallet-answered';
      readonly asked: WalletRequest;
      readonly outcome: WalletAnswer | { readonly kind: 'expired' };
      readonly atMs: number;
    }
  /** An operator put the wallet's books right by hand: what the call asks for is done. */
  | {
      readonly kind: 'settle-call';
      readonly call: string;
      readonly by: string;
      readonly why: string;
      readonly atMs: number;
    };

/** What a tournament granted, for what, and by which rules. */
export interface AwardTerms {
  readonly award: AwardId;
  readonly tournament: TournamentId;
  /** Of the tournament's result, from 1; a correction grants with the next. */
  readonly version: number;
  /** That it is for, from 1. */
  readonly rank: number;
  /** Over 0. */
  readonly amount: Cents;
  /** Id of the scoring rule set: `name@version`. */
  readonly rule: string;
  /** Which prizes of the tournament, in a few words. */
  readonly prize: string;
}

export interface Payment {
  readonly bet: BetId;
  readonly payout: Cents;
  readonly refund: Cents;
}

export interface PaidBet extends Payment {
  readonly claimDays: number;
}

export interface SettlementTerms {
  /** From 1; a correction settles again with the next. */
  readonly settlement: number;
  /** Days for which the money waits for whoever holds the ticket; absent or 0: paid at once. */
  readonly claimDays?: number;
  /** When the race settled; absent or 0 is unknown, and what waits since then waits for ever. */
  readonly atMs?: number;
}

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
    } & TicketReserved)
  /** `cancel`: what waited for this; it goes to the race now. */
  | {
      readonly kind: 'bet-confirmed';
      readonly bet: BetId;
      readonly cancel?: CancelAsked;
      readonly tournamentBet?: TournamentBet;
    }
  | { readonly kind: 'stake-released'; readonly bet: BetId; readonly refusal: Refusal }
  | ({ readonly kind: 'bet-settled' } & BetSettled)
  /**
   * Bets in the pool that are in neither `paid` nor `except` have lost, also one that is confirmed
   * only later.
   */
  | {
      readonly kind: 'pool-bets-settled';
      readonly race: RaceId;
      readonly pool: PoolId;
      readonly settlement: number;
      readonly atMs: number;
      readonly paid: readonly PaidBet[];
      readonly except: readonly BetId[];
      /** Those that count in a tournament, paid or lost. */
      readonly counted: readonly BetSettled[];
    }
  /** `waiting`: for the race's word on the bet itself. */
  | {
      readonly kind: 'cancel-requested';
      readonly bet: BetId;
      readonly cancel: CancelAsked;
      readonly waiting: boolean;
    }
  | {
      readonly kind: 'bet-cancelled';
      readonly bet: BetId;
      readonly tournamentBet?: TournamentBet;
    }
  | { readonly kind: 'cancel-refused'; readonly bet: BetId; readonly refusal: CancelRefusal }
  | {
      readonly kind: 'bet-claimed';
      readonly bet: BetId;
      readonly amount: Cents;
      readonly by: string;
      readonly atMs: number;
    }
  /** To the house; below 0 where a correction takes some back from it. */
  | {
      readonly kind: 'claim-expired';
      readonly bet: BetId;
      readonly amount: Cents;
      readonly settlement: number;
      readonly player: PlayerId;
      readonly atMs: number;
    }
  | { readonly kind: 'tournament-entered'; readonly tournament: TournamentId }
  /** Can be claimed before `untilMs`. */
  | ({
      readonly kind: 'award-granted';
      readonly untilMs: number;
      readonly atMs: number;
    } & AwardTerms)
  | {
      readonly kind: 'award-claimed';
      readonly award: AwardId;
      readonly tournament: TournamentId;
      readonly amount: Cents;
      readonly by: string;
      readonly atMs: number;
    }
  | {
      readonly kind: 'award-expired';
      readonly award: AwardId;
      readonly tournament: TournamentId;
      readonly amount: Cents;
      readonly atMs: number;
    }
  /** `tournament`: empty where it overtook the grant, which then ends withdrawn as it comes. */
  | {
      readonly kind: 'award-withdrawn';
      readonly award: AwardId;
      readonly tournament: TournamentId | '';
      readonly why: string;
      readonly atMs: number;
    }
  /** The money of the account stays in the outside wallet. */
  | { readonly kind: 'wallet-attached'; readonly atMs: number }
  /** No money has moved; the wallet is asked for it until `deadlineAtMs`. */
  | ({
      readonly kind: 'authorisation-requested';
      readonly atMs: number;
      readonly tournaments: readonly TournamentId[];
      readonly deadlineAtMs: number;
    } & Ticket)
  /** The wallet holds the money, which enters the books as a deposit. */
  | {
      readonly kind: 'stake-authorised';
      readonly bet: BetId;
      readonly amount: Cents;
      readonly atMs: number;
    }
  | {
      readonly kind: 'authorisation-refused';
      readonly bet: BetId;
      readonly refusal: WalletRefusal;
    }
  /** Leaves the books as a withdrawal; 0 where nothing ever entered. */
  | { readonly kind: 'void-requested'; readonly bet: BetId; readonly amount: Cents }
  | { readonly kind: 'authorisation-voided'; readonly bet: BetId; readonly atMs: number }
  | { readonly kind: 'stake-captured'; readonly bet: BetId; readonly atMs: number }
  /** Leaves the books as a withdrawal, on its way into the wallet. */
  | {
      readonly kind: 'credit-requested';
      readonly credit: number;
      readonly amount: Cents;
      readonly race: string;
      readonly pool: string;
      /** Empty where more than one bet is paid. */
      readonly bet: string;
      /** 0 is unknown. */
      readonly atMs: number;
    }
  | { readonly kind: 'credit-taken'; readonly credit: number; readonly atMs: number }
  /** By hand; the event after it is what the wallet's answer would have been. */
  | {
      readonly kind: 'call-settled';
      readonly call: string;
      readonly by: string;
      readonly why: string;
      readonly atMs: number;
    };

/** Older events know no formula; see `ticketFrom`. */
type TicketReserved = Omit<Ticket, 'formula'> & { readonly formula: Formula | '' };

export interface BetSettled extends Payment {
  readonly player: PlayerId;
  readonly race: RaceId;
  readonly cost: Cents;
  readonly tournaments: readonly TournamentId[];
  readonly settlement: number;
  readonly claimDays: number;
  readonly atMs: number;
  /** 0 and empty in what is older. */
  readonly placedAtMs: number;
  readonly pool: PoolId | '';
}

/** What tournaments hear of a bet before it is settled. */
export interface TournamentBet {
  readonly player: PlayerId;
  readonly race: RaceId;
  readonly tournaments: readonly TournamentId[];
  readonly placedAtMs: number;
}

export interface CancelAsked {
  readonly race: RaceId;
  readonly pool: PoolId;
  readonly by: string;
  readonly atMs: number;
}

export type PlayerRejection =
  | { readonly reason: 'unknown-player'; readonly player: string }
  | { readonly reason: 'account-exists'; readonly player: string }
  | { readonly reason: 'request-id-reused'; readonly request: string }
  | { readonly reason: 'bet-id-reused'; readonly bet: BetId }
  | { readonly reason: 'insufficient-funds'; readonly free: Cents; readonly needed: Cents }
  | { readonly reason: 'balance-too-large'; readonly maximum: number }
  | { readonly reason: 'too-many-open-bets'; readonly maximum: number }
  | { readonly reason: 'money-in-wallet'; readonly owed: Cents }
  | { readonly reason: 'unknown-call'; readonly call: string }
  | { readonly reason: 'wallet-behind'; readonly maximum: number }
  | { readonly reason: 'unknown-bet'; readonly bet: BetId }
  | {
      readonly reason: 'not-cancellable';
      readonly bet: BetId;
      readonly channel: string;
      readonly status: string;
    }
  | { readonly reason: 'nothing-to-claim'; readonly bet: BetId; readonly status: string }
  | { readonly reason: 'claim-expired'; readonly bet: BetId }
  | { readonly reason: 'unknown-award'; readonly award: AwardId }
  | { readonly reason: 'award-expired'; readonly award: AwardId }
  | { readonly reason: 'award-withdrawn'; readonly award: AwardId; readonly why: string };

export type PlayerQuery =
  | { readonly kind: 'account' }
  | { readonly kind: 'bet'; readonly bet: BetId }
  /** As `bet`, but not answered while the race has not decided. */
  | { readonly kind: 'decided-bet'; readonly bet: BetId }
  /** As `bet`, but not answered while a cancellation is asked for and not decided. */
  | { readonly kind: 'decided-cancel'; readonly bet: BetId }
  /** The account, and how many claims have outlived their days. */
  | { readonly kind: 'claims'; readonly atMs: number }
  /** Newest first, from the `skip`-th. */
  | { readonly kind: 'bets'; readonly skip: number; readonly limit: number }
  | { readonly kind: 'award'; readonly award: AwardId }
  /** Newest first, from the `skip`-th. */
  | { readonly kind: 'awards'; readonly skip: number; readonly limit: number };

export type PlayerAnswer =
  | { readonly kind: 'account'; readonly account: AccountSummary }
  | { readonly kind: 'bet'; readonly bet: BetRecord }
  | { readonly kind: 'claims'; readonly account: AccountSummary; readonly due: number }
  | { readonly kind: 'bets'; readonly bets: readonly BetRecord[]; readonly more: boolean }
  | { readonly kind: 'award'; readonly award: AwardRecord }
  | { readonly kind: 'awards'; readonly awards: readonly AwardRecord[]; readonly more: boolean }
  | { readonly kind: 'nothing' };

export interface AccountSummary {
  readonly player: PlayerId;
  readonly alias: string;
  /** Below 0 where a correction took back more than was there: then the player owes. */
  readonly free: Cents;
  readonly held: Cents;
  /** Waits for whoever holds the tickets. */
  readonly unclaimed: Cents;
  /** What waits to be claimed of tournaments: the house's until then. */
  readonly awards: Cents;
  readonly openBets: number;
  readonly tournaments: readonly TournamentId[];
  /** For the books: everything ever put in and taken out. */
  readonly deposits: Cents;
  readonly withdrawals: Cents;
  /** Of an account whose money is kept outside. */
  readonly wallet?: {
    /** On its way there. */
    readonly crediting: Cents;
    /** Questions that it has not answered. */
    readonly calls: number;
  };
}

export interface AwardRecord extends AwardTerms {
  /** When it was granted. */
  readonly atMs: number;
  readonly untilMs: number;
  readonly status: AwardStatus;
}

type AwardStatus =
  | { readonly kind: 'granted' }
  | { readonly kind: 'claimed'; readonly by: string; readonly atMs: number }
  | { readonly kind: 'expired'; readonly atMs: number }
  | { readonly kind: 'withdrawn'; readonly why: string; readonly atMs: number };

export interface BetRecord {
  readonly ticket: Ticket;
  readonly atMs: number;
  readonly tournaments: readonly TournamentId[];
  readonly status: BetStatus;
  /** Of a bet that somebody wanted back. */
  readonly cancel?: CancelState;
}

type CancelState =
  | ({ readonly kind: 'asked' } & CancelAsked)
  | { readonly kind: 'refused'; readonly refusal: CancelRefusal };

type BetStatus =
  /** The outside wallet is asked for the money. */
  | { readonly kind: 'authorising' }
  | { readonly kind: 'reserved' }
  | { readonly kind: 'registered' }
  | { readonly kind: 'refused'; readonly refusal: Refusal | WalletRefusal }
  | {
      readonly kind: 'settled';
      readonly payout: Cents;
      readonly refund: Cents;
      readonly settlement: number;
      readonly claim: ClaimState;
    }
  | { readonly kind: 'cancelled' };

/** Where the money of a settled bet is. `untilMs`: 0 where nobody knows since when it waits. */
export type ClaimState =
  | { readonly kind: 'paid' }
  | { readonly kind: 'unclaimed'; readonly untilMs: number }
  | { readonly kind: 'claimed' }
  | { readonly kind: 'expired' };
