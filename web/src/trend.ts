/**
 * What moved lately: for each key the value it came from, for as long as that is news.
 *
 * Moves close to each other add up (from 5 by way of 4 to 3 is two places), and one that comes back
 * to where it started is no news at all. A price that never rests is compared with what it was one
 * news time ago at most.
 */

interface Trend {
  readonly from: number;
  readonly to: number;
  /** Of the first move that is counted, and of the last. */
  readonly sinceMs: number;
  readonly atMs: number;
}

export type Trends = ReadonlyMap<string, Trend>;

export const NO_TRENDS: Trends = new Map();

/** @param newsMs For how long a move is news. */
export function trendsAfter(
  trends: Trends,
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  { nowMs, newsMs }: { readonly nowMs: number; readonly newsMs: number },
): Trends {
  const next = new Map(trends);
  for (const key of next.keys()) if (!after.has(key)) next.delete(key);
  for (const [key, to] of after) {
    const was = before.get(key);
    if (was === undefined || was === to) continue;
    const held = next.get(key);
    const { from, sinceMs } =
      held && nowMs - held.sinceMs < newsMs ? held : { from: was, sinceMs: nowMs };
    if (from === to) next.delete(key);
    else next.set(key, { from, to, sinceMs, atMs: nowMs });
  }
  return next;
}

/** The same object when nothing is too old, so that nobody redraws for nothing. */
export function trendsSince(trends: Trends, sinceMs: number): Trends {
  const fresh = new Map([...trends].filter(([, { atMs }]) => atMs >= sinceMs));
  return fresh.size === trends.size ? trends : fresh;
}
