/**
 * A ranking: entries in a total order (rank-keys.ts), each with an exact rank (rank-list.ts).
 *
 * Few changes are made one by one, a burst in one walk; both give the same ranking.
 */
import { createRankKeys, type RankKey } from './rank-keys.ts';
import { createRankList } from './rank-list.ts';

export interface RankedEntry extends RankKey {
  /** From 1, unique: the player's number in the tournament. */
  readonly entry: number;
}

/**
 * What entries that only the draw tells apart are ranked as: one after the other, 1 2 2 4, or 1 2 2 3.
 */
export type RankMode = 'ordinal' | 'competition' | 'dense';

export interface Ranking {
  readonly size: number;
  /** Puts an entry where its score belongs, from wherever it was. @returns Its rank among all. */
  put(entry: RankedEntry): number;
  /**
   * As `put` for each, with the key that `keyOf` gives, asked once of each. What it throws leaves a
   * ranking that is of no more use.
   */
  putAll(entries: Uint32Array, keyOf: (entry: number) => RankKey): void;
  /** Takes an entry out, if it is in. */
  remove(entry: number): void;
  /** From 1; undefined for an entry that is not in it. */
  rankOf(entry: number, mode?: RankMode): number | undefined;
  /** Of an entry that was put. */
  keyOf(entry: number): RankKey;
  /** Undefined for an entry that is not in it. */
  find(entry: number): RankedEntry | undefined;
  /** The ordinal rank of each entry up to `last`, by entry; 0 of one that is not in it. */
  ranksTo(last: number): Uint32Array;
  /** By place from 1, whatever the mode. */
  at(place: number): RankedEntry | undefined;
  /** `limit` entries from place `from` on. */
  page(from: number, limit: number): readonly RankedEntry[];
  /** As `page`, with their ranks. */
  ranks(from: number, limit: number, mode: RankMode): readonly Ranked[];
  /** What all of it has in memory, room to grow included. */
  readonly sizeBytes: number;
}

interface Ranked extends RankedEntry {
  readonly rank: number;
}

/** As a slot, for a moment: among those that are put at once. */
const COMING = 0xffff_ffff;

/** Of a million, fewer are put sooner one by one (`npm run bench -- ranking`). */
const BURST_SHARE = 1 / 16;

export function createRanking(): Ranking {
  const keys = createRankKeys();
  const list = createRankList(keys);
  const { add, remove } = list; // as in rank-list.ts
  const setKey = keys.set;

  function put(it: RankedEntry): number {
    remove(it.entry);
    setKey(it.entry, it);
    return add(it.entry);
  }

  function putBurst(entries: Uint32Array, keyOf: (entry: number) => RankKey): void {
    list.removeAll(entries);
    keys.reserve(entries.reduce((most, entry) => Math.max(most, entry), 0));
    const ids = new Uint32Array(entries.length);
    let count = 0;
    for (const entry of entries) {
      // Named twice.
      if (keys.slotOf(entry) === COMING) continue;
      setKey(entry, keyOf(entry));
      keys.setSlot(entry, COMING);
      ids[count++] = entry;
    }
    list.addAll(ids.subarray(0, count));
  }

  const entryOf = (entry: number): RankedEntry => ({ entry, ...keys.of(entry) });
  const page = (from: number, limit: number) => list.page(from, limit).map(entryOf);

  function rankOf(entry: number, mode: RankMode = 'ordinal'): number | undefined {
    if (mode === 'ordinal' || !list.has(entry)) return list.rankOf(entry);
    return 1 + (mode === 'competition' ? list.betterThan(entry) : list.levelsBefore(entry));
  }

  return {
    get size() {
      return list.size;
    },
    put,
    putAll(entries, keyOf) {
      if (entries.length >= list.size * BURST_SHARE) putBurst(entries, keyOf);
      else for (const entry of entries) put({ entry, ...keyOf(entry) });
    },
    remove,
    rankOf,
    keyOf: keys.of,
    find: (entry) => (list.has(entry) ? entryOf(entry) : undefined),
    ranksTo(last) {
      const ranks = new Uint32Array(last + 1);
      for (const [index, entry] of list.page(1, list.size).entries()) {
        if (entry <= last) ranks[entry] = index + 1;
      }
      return ranks;
    },
    at(place) {
      const entry = list.at(place);
      return entry === undefined ? undefined : entryOf(entry);
    },
    page,
    ranks(from, limit, mode) {
      const entries = page(from, limit);
      let rank = from;
      return entries.map((it, index) => {
        const above = entries[index - 1];
        if (above === undefined) rank = rankOf(it.entry, mode) ?? from;
        else if (mode === 'ordinal') rank = from + index;
        else if (!keys.isLevel(above.entry, it.entry))
          rank = mode === 'dense' ? rank + 1 : from + index;
        return { ...it, rank };
      });
    },
    get sizeBytes() {
      return keys.sizeBytes + list.sizeBytes;
    },
  };
}
