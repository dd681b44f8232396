/**
 * A fingerprint of a channel's rows, sent with every heartbeat: a page that computes another one
 * has diverged and subscribes again. It finds mistakes, not attackers.
 *
 * FNV-1a, 32 bits (Fowler, Noll, Vo; draft-eastlake-fnv), over UTF-8.
 */
import type { JsonText } from './json.ts';

const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;
const utf8 = new TextEncoder();

/**
 * @param rows Canonical text by key.
 * @returns Eight hex digits over the rows in the order of their keys (as UTF-16 code units, the
 *   default of `sort`), each followed by a line feed.
 */
export function digestOf(rows: ReadonlyMap<string, JsonText>): string {
  let hash = offsetBasis;
  for (const key of [...rows.keys()].sort()) {
    for (const byte of utf8.encode(`${rows.get(key)}\n`)) hash = Math.imul(hash ^ byte, prime);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
