/**
 * What was published and not yet confirmed by the other side, oldest first, so that it can be sent
 * again. Bounded in bytes: over the bound the oldest is forgotten, because of what replaces one
 * another the newest counts. What was forgotten before it was confirmed, and not confirmed
 * afterwards, is lost once it would have to be sent again.
 */

import type { BusMessage } from './bus.ts';

export interface Unconfirmed {
  add(message: BusMessage): void;
  /** Number of the newest message, from 1; 0 before the first. */
  last(): number;
  /** The other side has every message up to number `through`. */
  confirm(through: number): void;
  /** Forgotten ones included. */
  count(): number;
  /** What to send again, oldest first. */
  messages(): readonly BusMessage[];
  /** How many were lost since this was last asked. */
  takeLost(): number;
}

/** Of an empty message: so that many small ones are bounded as well. Roughly what V8 takes. */
const MESSAGE_OVERHEAD_BYTES = 128;

export function createUnconfirmed(boundBytes: number): Unconfirmed {
  // Messages before `head` are gone; the array is cut when half of it is.
  let kept: BusMessage[] = [];
  let head = 0;
  let keptBytes = 0;
  let last = 0;
  let confirmed = 0;

  const firstKept = () => last - (kept.length - head) + 1;

  function drop(count: number): void {
    for (const message of kept.slice(head, head + count)) keptBytes -= sizeBytes(message);
    head += count;
    if (head * 2 < kept.length) return;
    kept = kept.slice(head);
    head = 0;
  }

  return {
    add(message) {
      kept.push(message);
      last += 1;
      keptBytes += sizeBytes(message);
      while (keptBytes > boundBytes) drop(1);
    },
    last: () => last,
    confirm(through) {
      confirmed = Math.max(confirmed, through);
      drop(Math.max(0, through - firstKept() + 1));
    },
    count: () => last - confirmed,
    messages: () => kept.slice(head),
    takeLost() {
      const lost = Math.max(0, firstKept() - 1 - confirmed);
      confirmed += lost;
      return lost;
    },
  };
}

function sizeBytes({ subject, bytes }: BusMessage): number {
  return MESSAGE_OVERHEAD_BYTES + subject.length * 2 + bytes.byteLength;
}
