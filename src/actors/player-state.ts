/** What a player remembers. Large, so `evolve` changes it in place; nobody else does. */
import type { AwardRecord, BetRecord } from './player-events.ts';
import {
  type AwardId,
  type BetId,
  type Cents,
  type PlayerId,
  type PoolId,
  type RaceId,
  type TournamentId,
  ZERO,
} from './units.ts';

export interface Player {
  readonly id: PlayerId;
  /** Undefined until the account is opened. */
  alias: string | undefined;
  free: Cents;
  held: Cents;
  /** Paid by races, and waiting for whoever holds the tickets. */
  unclaimed: Cents;
  deposits: Cents;
  withdrawals: Cents;
  openBets: number;
  readonly bets: Map<BetId, BetRecord>;
  /** The bets placed in each pool, by `poolKey`, in order. */
  readonly betsByPool: Map<string, BetId[]>;
  /** The last settlement of each pool that was settled as a whole, by `poolKey`. */
  readonly poolsSettled: Map<string, PoolSettlement>;
  /** Bets that `unclaimed` is of. */
  readonly claims: Set<BetId>;
  /** How many of them are the house's after each day: UTC days since 1970, none with 0. */
  readonly expiries: Map<number, number>;
  readonly tournaments: TournamentId[];
  /** In the order of their grants: one for each result that had a prize for the player. */
  readonly awards: Map<AwardId, AwardRecord>;
  /** Those that wait to be claimed. */
  readonly awardsWaiting: Set<AwardId>;
  /** Withdrawals that came before their grants; gone when those have come. */
  readonly awardsWithdrawnAhead: Map<AwardId, { readonly why: string; readonly atMs: number }>;
  /** What each request id asked for, so that a repeat is told from a reuse. */
  readonly requests: Map<string, string>;
  /** Undefined where the house keeps the money. */
  wallet: PlayerWallet | undefined;
}

/** What an outside wallet has, or is asked to do. What it has done is forgotten. */
export interface PlayerWallet {
  readonly holds: Map<BetId, Hold>;
  /** Not acknowledged yet, by number. */
  readonly credits: Map<number, Credit>;
  creditsMade: number;
}

/** Of one bet. `atMs`: when it was placed. */
export type Hold =
  | {
      readonly phase: 'requested';
      readonly amount: Cents;
      readonly atMs: number;
      readonly deadlineAtMs: number;
    }
  | {
      /** `held`: while the race decides. */
      readonly phase: 'held' | 'capturing' | 'voiding';
      readonly amount: Cents;
      readonly atMs: number;
    };

interface Credit {
  readonly amount: Cents;
  readonly race: string;
  readonly pool: string;
  readonly bet: string;
  readonly atMs: number;
}

/** Keeps every balance far from the edge of safe integers. */
export const BALANCE_MAX_CENTS = 1_000_000_000_000_000;

interface PoolSettlement {
  readonly settlement: number;
  readonly atMs: number;
  /** Bets that it is not about. */
  readonly except: readonly BetId[];
}

export function poolKey({ race, pool }: { readonly race: RaceId; readonly pool: PoolId }): string {
  return `${race}/${pool}`;
}

export function initialPlayer(id: string): Player {
  return {
    // The runtime made the address from a PlayerId.
    id: id as PlayerId,
    alias: undefined,
    free: ZERO,
    held: ZERO,
    unclaimed: ZERO,
    deposits: ZERO,
    withdrawals: ZERO,
    openBets: 0,
    bets: new Map(),
    betsByPool: new Map(),
    poolsSettled: new Map(),
    claims: new Set(),
    expiries: new Map(),
    tournaments: [],
    awards: new Map(),
    awardsWaiting: new Set(),
    awardsWithdrawnAhead: new Map(),
    requests: new Map(),
    wallet: undefined,
  };
}

/** What a request id stands for. */
export function fingerprint(kind: string, content: string | number): string {
  return `${kind} ${content}`;
}

/** What most players' snapshots are full of. One that is not here costs bytes, nothing else. */
export const PLAYER_WORDS: readonly string[] = [
  ...['alias', 'bets', 'betsByPool', 'claims', 'deposits', 'free', 'held', 'id', 'openBets'],
  ...['expiries', 'poolsSettled', 'requests', 'tournaments', 'unclaimed', 'withdrawals'],
  ...['atMs', 'cancel', 'status', 'ticket', 'kind', 'claim', 'payout', 'refund', 'settlement'],
  ...['alternates', 'bet', 'channel', 'combinations', 'cost', 'flexi', 'formula', 'legs', 'picks'],
  ...['player', 'pool', 'race', 'stake', 'except', 'by', 'untilMs', 'refusal'],
  ...['reserved', 'registered', 'settled', 'paid', 'unit', 'combined', 'online'],
  ...['awards', 'awardsWaiting', 'awardsWithdrawnAhead', 'award', 'tournament', 'version', 'rank'],
  ...['amount', 'rule', 'prize', 'granted', 'claimed', 'expired', 'withdrawn', 'why'],
];
