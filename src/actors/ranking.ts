/**
 * A ranking: entries in a total order, each with an exact rank.
 *
 * One sorted array, an entry found by binary search. A change costs a move of half the array on
 * average, which for the tens of thousands of players that one tournament has is far below a
 * millisecond; `createRanking` is the only name that a larger structure would have to keep.
 *
 * Order: score (higher first) → reached (earlier first) → draw (lower first) → entry. `draw` is a
 * number that has nothing to do with who came first, so that network speed decides no prize.
 */

export interface RankedEntry {
  /** From 1, unique: the player's number in the tournament. */
  readonly entry: number;
  readonly score: number;
  /** When the score was reached, quantised by the rules; smaller is earlier. */
  readonly reached: number;
  readonly draw: number;
}

export interface Ranking {
  readonly size: number;
  /** Puts an entry where its score belongs, from wherever it was. */
  put(entry: RankedEntry): void;
  /** From 1; undefined for an entry that was never put. */
  rankOf(entry: number): number | undefined;
  /** From 1. */
  at(rank: number): RankedEntry | undefined;
  /** `limit` entries from rank `fromRank` on. */
  page(fromRank: number, limit: number): readonly RankedEntry[];
}

export function createRanking(): Ranking {
  const sorted: RankedEntry[] = [];
  const byEntry = new Map<number, RankedEntry>();

  /** The index at which `it` is, or would go. */
  function indexOf(it: RankedEntry): number {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = sorted[middle];
      if (found !== undefined && compareRanked(found, it) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    get size() {
      return sorted.length;
    },
    put(it) {
      const before = byEntry.get(it.entry);
      if (before !== undefined) sorted.splice(indexOf(before), 1);
      sorted.splice(indexOf(it), 0, it);
      byEntry.set(it.entry, it);
    },
    rankOf(entry) {
      const found = byEntry.get(entry);
      return found === undefined ? undefined : indexOf(found) + 1;
    },
    at: (rank) => sorted[rank - 1],
    page: (fromRank, limit) => sorted.slice(fromRank - 1, fromRank - 1 + limit),
  };
}

/** The total order. */
export function compareRanked(a: RankedEntry, b: RankedEntry): number {
  return b.score - a.score || a.reached - b.reached || a.draw - b.draw || a.entry - b.entry;
}
