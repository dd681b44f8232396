/**
 * Up to where, or from where, a log is looked at: positions of its partitions, or a time.
 *
 * By time, a partition is looked at up to the first record that was decided later: what follows it is
 * left out even where a clock that was set back gave it an earlier time, so that what is looked at is
 * always the beginning of each log, and can be replayed.
 */
import type { LogRecord } from '../runtime/log/log.ts';

export type Bound =
  /** Epoch milliseconds, included. */
  | { readonly kind: 'time'; readonly atMs: number }
  /** Of each partition that is named, included; the others whole, or from their first. */
  | { readonly kind: 'positions'; readonly positions: ReadonlyMap<number, number> };

/** A bound that names a partition which the log has not: looked at whole, it would be believed. */
export class UnknownPartitionError extends Error {
  override readonly name = 'UnknownPartitionError';
}

/** @throws UnknownPartitionError */
export function expectPartitions(count: number, bounds: readonly (Bound | undefined)[]): void {
  for (const bound of bounds) {
    if (bound?.kind !== 'positions') continue;
    for (const partition of bound.positions.keys()) {
      if (partition < count) continue;
      throw new UnknownPartitionError(
        `the log has partitions 0 to ${count - 1}, not ${partition}: name one of these`,
      );
    }
  }
}

/** The records of one partition from `from` to `to`, both included; all where they are undefined. */
export function* within(
  partition: number,
  read: (position: number) => Iterable<LogRecord>,
  { from, to }: { readonly from?: Bound | undefined; readonly to?: Bound | undefined },
): Iterable<LogRecord> {
  const first = from?.kind === 'positions' ? (from.positions.get(partition) ?? 1) : 1;
  const last =
    to?.kind === 'positions' ? (to.positions.get(partition) ?? Number.MAX_SAFE_INTEGER) : undefined;
  for (const record of read(first - 1)) {
    if (last !== undefined && record.position > last) return;
    if (to?.kind === 'time' && record.atMs > to.atMs) return;
    if (from?.kind === 'time' && record.atMs < from.atMs) continue;
    yield record;
  }
}
