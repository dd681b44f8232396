/** What can be asked of a tournament, what happens in it, and how it says no. */
import type { BetId, Cents, PlayerId, RaceId, TournamentId } from './units.ts';

export type TournamentCommand =
  | {
      readonly kind: 'create-tournament';
      readonly title: string;
      readonly races: readonly RaceId[];
      readonly bestOf: number;
      readonly by: string;
      readonly atMs: number;
    }
  | { readonly kind: 'join-tournament'; readonly player: PlayerId; readonly alias: string }
  | {
      readonly kind: 'count-bet';
      readonly bet: BetId;
      readonly player: PlayerId;
      readonly race: RaceId;
      readonly cost: Cents;
      readonly payout: Cents;
      readonly refund: Cents;
      readonly settlement: number;
    };

export type TournamentEvent =
  | {
      readonly kind: 'tournament-created';
      readonly title: string;
      readonly races: readonly RaceId[];
      readonly bestOf: number;
      readonly scoringRule: string;
      readonly by: string;
      readonly atMs: number;
    }
  | {
      readonly kind: 'player-joined';
      readonly player: PlayerId;
      readonly alias: string;
      readonly entry: number;
    }
  | {
      readonly kind: 'bet-counted';
      readonly bet: BetId;
      readonly player: PlayerId;
      readonly race: RaceId;
      readonly settlement: number;
      readonly stake: Cents;
      readonly payout: Cents;
      readonly points: number;
      /** The race's place in the order in which races first counted here, from 1. */
      readonly raceOrder: number;
    };

export type TournamentRejection =
  | { readonly reason: 'unknown-tournament'; readonly tournament: TournamentId }
  | { readonly reason: 'tournament-exists'; readonly tournament: TournamentId }
  | { readonly reason: 'tournament-full'; readonly maximum: number }
  | { readonly reason: 'player-not-entered'; readonly player: PlayerId };

export type TournamentQuery =
  | { readonly kind: 'tournament' }
  | { readonly kind: 'page'; readonly fromRank: number; readonly limit: number }
  | { readonly kind: 'around'; readonly player: PlayerId; readonly limit: number }
  | { readonly kind: 'position'; readonly player: PlayerId };

export type TournamentAnswer =
  | { readonly kind: 'tournament'; readonly tournament: TournamentSummary }
  | {
      readonly kind: 'standings';
      readonly tournament: TournamentSummary;
      readonly standings: readonly Standing[];
    }
  | {
      readonly kind: 'position';
      readonly standing: Standing;
      readonly players: number;
      /** Points to the next better rank: 0 for the first, and where the scores are equal. */
      readonly toNext: number;
    }
  | { readonly kind: 'nothing' };

export interface TournamentSummary {
  readonly tournament: TournamentId;
  readonly title: string;
  readonly races: readonly RaceId[];
  readonly bestOf: number;
  readonly scoringRule: string;
  readonly players: number;
}

export interface Standing {
  /** From 1; no two players share one. */
  readonly rank: number;
  readonly player: PlayerId;
  readonly alias: string;
  readonly entry: number;
  readonly score: number;
  readonly countedBets: number;
}
