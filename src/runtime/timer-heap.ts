/**
 * What is due when, earliest first: a binary heap whose entries know their place in it, so that one
 * is taken out, wherever it is, without a search and without leaving anything behind.
 *
 * Invariant: no entry is before its parent; of two at the same time, the one put in first is first.
 * `put`, `remove` and `take` are O(log n).
 */

export interface HeapEntry {
  readonly atMs: number;
  /** Its place in the heap; -1 outside. The heap's own. */
  at: number;
  /** Which of two at the same time was put in first. The heap's own. */
  turn: number;
}

export interface TimerHeap<Entry extends HeapEntry> {
  readonly size: number;
  readonly first: Entry | undefined;
  put(entry: Entry): void;
  /** Takes out the first. */
  take(): Entry | undefined;
  /** Nothing, if it is not in. */
  remove(entry: Entry): void;
}

export function createTimerHeap<Entry extends HeapEntry>(): TimerHeap<Entry> {
  const entries: Entry[] = [];
  let turns = 0;

  function isBefore(a: Entry, b: Entry): boolean {
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.turn < b.turn);
  }

  function place(entry: Entry, at: number): void {
    entries[at] = entry;
    entry.at = at;
  }

  /** Moves `entry` from `at` towards the root, as far as it must. */
  function rise(entry: Entry, from: number): void {
    let at = from;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = entries[up];
      if (parent === undefined || !isBefore(entry, parent)) break;
      place(parent, at);
      at = up;
    }
    place(entry, at);
  }

  /** Moves `entry` from `at` away from the root, as far as it must. */
  function sink(entry: Entry, from: number): void {
    let at = from;
    for (;;) {
      const left = entries[2 * at + 1];
      const right = entries[2 * at + 2];
      const least =
        left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (least === undefined || !isBefore(least, entry)) break;
      const down = least.at;
      place(least, at);
      at = down;
    }
    place(entry, at);
  }

  function remove(entry: Entry): void {
    const { at } = entry;
    if (at < 0) return;
    entry.at = -1;
    const last = entries.pop();
    if (last === undefined || last === entry) return;
    const parent = entries[(at - 1) >> 1];
    if (at > 0 && parent !== undefined && isBefore(last, parent)) rise(last, at);
    else sink(last, at);
  }

  return {
    get size() {
      return entries.length;
    },
    get first() {
      return entries[0];
    },
    put(entry) {
      entry.turn = turns++;
      rise(entry, entries.length);
    },
    take() {
      const [first] = entries;
      if (first !== undefined) remove(first);
      return first;
    },
    remove,
  };
}
