/**
 * What a tournament is held under, besides its scoring rules: times, divisions, teams and prizes. Told
 * at its creation, and never changed.
 */

export interface TournamentTerms {
  /** Epoch milliseconds, UTC. What happened before does not count. */
  readonly opensAtMs: number;
  /** 0: closed by hand. What happened then or later does not count. */
  readonly closesAtMs: number;
  /** After the last outcome is known, so long what happened in time and comes late still counts. */
  readonly lateMs: number;
  /** From the provisional result to the official; 0: by hand. */
  readonly reviewMs: number;
  /** Of two events alike within it the later does not count; 0: each does. */
  readonly duplicateWindowMs: number;
  /** So long a prize waits to be claimed. */
  readonly claimMs: number;
  /** What players can join in; empty: none. */
  readonly divisions: readonly string[];
  /** So many of its best players make a team's score; 0: there are no teams. */
  readonly teamBest: number;
  readonly prizes: readonly Prize[];
  /** What those get who are level but for the draw: the mean of their prizes, or each his own. */
  readonly tiedPrizes: 'share' | 'order';
  /** Awards of so much and more wait until somebody releases them; 0: none does. */
  readonly holdFrom: number;
}

/**
 * `places`: to each from `from` to `to`, both included. `percentile`: to each of the best `topPermille`
 * thousandths, at least to one. `pool`: shared in thousandths, by place from the first. What a kind
 * does not have is 0 or empty.
 */
export interface Prize {
  readonly kind: 'places' | 'percentile' | 'pool';
  /** Cents. */
  readonly amount: number;
  readonly from: number;
  readonly to: number;
  readonly topPermille: number;
  readonly shares: readonly number[];
  /** A place is one of this division; empty: of all. */
  readonly division: string;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What a tournament has that says nothing of it, and one of before there were terms. */
export const USUAL_TERMS: TournamentTerms = {
  opensAtMs: 0,
  closesAtMs: 0,
  lateMs: 90_000,
  reviewMs: 0,
  duplicateWindowMs: 0,
  claimMs: 72 * HOUR_MS,
  divisions: [],
  teamBest: 0,
  prizes: [],
  tiedPrizes: 'share',
  holdFrom: 0,
};

/** So often the standings are photographed. */
export const SNAPSHOT_EVERY_MS = HOUR_MS;
