/**
 * What a player asks of the wallet where its money is kept, and what the wallet says: the words of
 * `furlong.wallet.v1` without its wire.
 *
 * Invariant: a request's key is unique in its player's life and stands for one content, so that the
 * wallet can take a repeat for a repeat for ever.
 */
import type { BetId, Cents, PlayerId } from './units.ts';

/** The service that players' calls are for. */
export const WALLET_SERVICE = 'wallet';

/**
 * From the bet to the wallet's answer. Twice and a half what a terminal waits by default, so that a
 * slow wallet still gets its bets in when the terminal asks again; and short beside the last minute
 * before a race, when a stake that hangs is a bet that its player could not place elsewhere.
 */
export const AUTHORISE_WITHIN_MS = 5_000;

export type WalletRequest =
  | {
      readonly kind: 'authorise';
      readonly player: PlayerId;
      readonly bet: BetId;
      readonly amount: Cents;
      /** The wallet must not hold anything that is asked for later. */
      readonly expiresAtMs: number;
    }
  | { readonly kind: 'capture'; readonly player: PlayerId; readonly bet: BetId }
  | { readonly kind: 'void'; readonly player: PlayerId; readonly bet: BetId }
  | {
      readonly kind: 'credit';
      readonly player: PlayerId;
      /** Counts the player's credits, from 1. */
      readonly credit: number;
      readonly amount: Cents;
      readonly race: string;
      readonly pool: string;
      /** Empty where more than one bet is paid. */
      readonly bet: string;
    };

/** `done` is the answer to everything but an authorisation. */
export type WalletAnswer =
  | { readonly kind: 'authorised' }
  | { readonly kind: 'declined'; readonly why: DeclineReason; readonly says: string }
  | { readonly kind: 'done' };

export type DeclineReason =
  | 'insufficient-funds'
  | 'blocked'
  | 'unknown-player'
  | 'expired'
  | 'voided'
  | 'limit'
  | 'unspecified';

export function walletKey(request: WalletRequest): string {
  return `${request.kind}:${request.kind === 'credit' ? request.credit : request.bet}`;
}
