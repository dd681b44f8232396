/** What a player did that may count in a tournament: a settled bet, or an event from outside. */

export interface Contribution {
  /** Unique in its tournament. */
  readonly id: string;
  readonly game: string;
  readonly stake: number;
  readonly win: number;
  /** When it happened, not when it was heard of: epoch milliseconds, or since the opening. */
  readonly timeMs: number;
  /** Among those of the same millisecond; 0 where it has none. */
  readonly sequence: number;
  readonly outcome?: string;
  /** From 1. */
  readonly place?: number;
  readonly provider?: string;
  readonly bonus?: boolean;
  /** A bet of this house, which was paid for: never a repeat of another. */
  readonly isBet?: boolean;
}

/** In the order in which they happened, which is nobody's order of arrival. */
export function byTime(a: Contribution, b: Contribution): number {
  return a.timeMs - b.timeMs || a.sequence - b.sequence || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
