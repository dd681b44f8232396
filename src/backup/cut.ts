/**
 * Up to where each partition's log is copied, while all of them are written to.
 *
 * A log only grows, so a copy of its records up to a position is the same whenever it is made: the
 * positions are chosen first, in some milliseconds, and copied at leisure. They are chosen so that
 *
 *   what was on disk before the choosing began is in it, and
 *   with every record, the record that it is due to: no pool has a bet whose stake is not reserved.
 *
 * How: look at every log three times, each time all of them before the next time begins.
 *
 *   1  cursors and heads     whatever a cursor says was taken had its effect on disk by then, so the
 *                            effect is in the cut; and what a record of these is due to is below 2
 *   2  heads                 the cut begins here
 *   3  heads                 what anything up to 2 is due to is below these
 *
 * Then the records between 1 and the cut are read for their causes; where one lies beyond the cut of
 * its partition, that cut moves up to it, until none does. It ends, since nothing moves beyond 3, and
 * no cause that is true lies there. One that is false (see delivery-id.ts) can take in some records
 * more, which harms nobody: with a cut that moved down it could have left others without their cause.
 *
 * After Chandy and Lamport, "Distributed Snapshots" (1985); here the channels are the logs themselves.
 */
import { deliveryOf } from '../runtime/delivery-id.ts';
import type { Cursors, LogRecord } from '../runtime/log/log.ts';

/** A log in use, as a cut needs to see it. */
export interface CutReader {
  head(): { readonly position: number };
  cursors(): Cursors;
  read(position: number): Iterable<Pick<LogRecord, 'position' | 'cause'>>;
  /** The last record of the commit that wrote this one: a copy has whole commits. */
  endOfCommit(position: number): number;
}

export interface PartitionCut {
  /** Of the last record that belongs to it; 0 for none. */
  readonly position: number;
  /** Safe for it: what lies beyond is delivered and told again, and taken for a repeat. */
  readonly cursors: Cursors;
}

/** @param readers By partition. @returns By partition. */
export function consistentCut(readers: readonly CutReader[]): PartitionCut[] {
  // Of one log, the cursors before the head: a cursor never speaks of later records.
  const first = readers.map((it) => ({ cursors: it.cursors(), position: it.head().position }));
  const cut = readers.map((it) => it.head().position);
  const ceiling = readers.map((it) => it.head().position);
  const scanned = first.map((it) => it.position);

  let moved = true;
  while (moved) {
    moved = false;
    for (const [partition, reader] of readers.entries()) {
      for (const { position, cause } of reader.read(scanned[partition] ?? 0)) {
        if (position > (cut[partition] ?? 0)) break;
        scanned[partition] = position;
        moved = takeIn(cause) || moved;
      }
    }
  }
  return first.map(({ cursors }, partition) => ({ position: cut[partition] ?? 0, cursors }));

  /** @returns Whether a cut has moved. */
  function takeIn(cause: string): boolean {
    const due = deliveryOf(cause);
    const sender = due && readers[due.partition];
    if (due === undefined || sender === undefined) return false;
    const { partition, position } = due;
    if (position <= (cut[partition] ?? 0) || position > (ceiling[partition] ?? 0)) return false;
    cut[partition] = sender.endOfCommit(position);
    return true;
  }
}
