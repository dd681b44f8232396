/**
 * Room that grows without ever being copied: shared chunks, each at most as long as all before it
 * together, up to a longest. Little for the many small pools, no pause for the few big ones.
 *
 *   chunk     0      1      2         3                …  longest, longest, longest …
 *   index     0 … f  f … 2f 2f … 4f   4f … 8f
 *
 * Invariant: an index has one place for ever, found from its bits alone, and chunks once handed
 * out never move: another thread that holds them reads what this one writes.
 */

export interface Chunking {
  /** The first chunk holds 2^firstBits units. */
  readonly firstBits: number;
  /** No chunk holds more than 2^longestBits. */
  readonly longestBits: number;
}

/** Indices are below 2³². */
export function chunkOf(index: number, { firstBits, longestBits }: Chunking): number {
  const full = index >>> longestBits;
  if (full > 0) return longestBits - firstBits + full;
  return 32 - Math.clz32(index >>> firstBits);
}

/** Where in its chunk an index is. */
export function offsetOf(index: number, { firstBits, longestBits }: Chunking): number {
  if (index >>> longestBits > 0) return index & ((1 << longestBits) - 1);
  return index >>> firstBits === 0 ? index : index ^ (1 << (31 - Math.clz32(index)));
}

/** The first index of a chunk. */
export function startOf(chunk: number, { firstBits, longestBits }: Chunking): number {
  if (chunk === 0) return 0;
  const growing = longestBits - firstBits;
  if (chunk <= growing) return 2 ** (firstBits + chunk - 1);
  return (chunk - growing) * 2 ** longestBits;
}

/** Units in a chunk. */
export function lengthOf(chunk: number, chunking: Chunking): number {
  return startOf(chunk + 1, chunking) - startOf(chunk, chunking);
}

/** What a list holds at `index`; a hole is a broken invariant. */
export function held<Held>(list: readonly Held[], index: number): Held {
  const found = list[index];
  if (found === undefined) throw new RangeError(`nothing at ${index} of ${list.length}`);
  return found;
}
