/**
 * What a bus with a link sends: each message at once when the link is up, and again, in order,
 * when the link comes back before the other side confirmed it.
 *
 *   publish ──► unconfirmed ──► send ──► flush: the other side has it ──► forgotten, ready
 *                    ▲                     │
 *                    └──── link back ◄─────┘ link lost
 *
 * The client has a buffer of its own for a lost link, but empties it at every attempt to connect
 * again (`resetOutbound` in nats-core 3.4.0), without a word. Hence this.
 */

import type { BusMessage } from './bus.ts';
import { createUnconfirmed } from './unconfirmed.ts';

/**
 * Unconfirmed bytes kept to be sent again: some minutes of a busy day's publications, and little
 * beside what a thread takes anyway. Over it the oldest are lost with the link.
 */
const UNCONFIRMED_BYTES_MAX = 32 * 1024 * 1024;

export interface Wire {
  send(message: BusMessage): void;
  /** Resolves when the other side has all that was sent; rejects when the link is lost first. */
  flush(): Promise<void>;
  /** Messages were forgotten before they could be sent again. */
  lost(messages: number): void;
}

export interface Outgoing {
  publish(message: BusMessage): void;
  /** As `Bus.ready`. */
  ready(): Promise<void>;
  linkLost(): void;
  linkBack(): void;
  /** Rejects who waits; nothing is sent any more. Gives how many messages were not confirmed. */
  close(): number;
}

type Waiter = PromiseWithResolvers<void>;

export function createOutgoing(wire: Wire, boundBytes = UNCONFIRMED_BYTES_MAX): Outgoing {
  const unconfirmed = createUnconfirmed(boundBytes);
  let link: 'up' | 'down' | 'closed' = 'up';
  /** How often the link came back: whether a flush that failed was of this link. */
  let links = 0;
  let waiting: Waiter[] = [];
  /** Those whom the flush under way will satisfy; `undefined` when none is. */
  let flushing: Waiter[] | undefined;
  /** A loss that nobody was waiting to hear of; the next to ask does. */
  let unheard: Error | undefined;

  // One flush confirms all that was published while the one before it was under way.
  function confirm(): void {
    if (flushing || link !== 'up' || (unconfirmed.count() === 0 && waiting.length === 0)) return;
    flushing = [];
    // Later in this turn, so that a burst has one flush and not two.
    queueMicrotask(flush);
  }

  function flush(): void {
    if (link === 'closed') return;
    const through = unconfirmed.last();
    const ofLink = links;
    flushing = takeWaiting();
    wire.flush().then(
      () => {
        unconfirmed.confirm(through);
        for (const waiter of flushing ?? []) waiter.resolve();
        flushing = undefined;
        confirm();
      },
      // The link was lost: they wait for `linkBack`, if it has not come already.
      () => {
        waiting.unshift(...(flushing ?? []));
        flushing = undefined;
        if (links !== ofLink) confirm();
      },
    );
  }

  function takeWaiting(): Waiter[] {
    const taken = waiting;
    waiting = [];
    return taken;
  }

  function failAll(error: Error): void {
    for (const waiter of [...(flushing?.splice(0) ?? []), ...takeWaiting()]) waiter.reject(error);
  }

  function reportLost(): void {
    const messages = unconfirmed.takeLost();
    if (messages === 0) return;
    wire.lost(messages);
    const error = new Error(`the bus lost ${messages} messages with its link`);
    if (waiting.length === 0 && !flushing?.length) unheard = error;
    failAll(error);
  }

  return {
    publish(message) {
      unconfirmed.add(message);
      if (link !== 'up') return;
      wire.send(message);
      confirm();
    },
    ready() {
      if (link === 'closed') return Promise.reject(new Error('the bus is closed'));
      const error = unheard;
      unheard = undefined;
      if (error) return Promise.reject(error);
      const waiter = Promise.withResolvers<void>();
      waiting.push(waiter);
      confirm();
      return waiter.promise;
    },
    linkLost() {
      if (link === 'up') link = 'down';
    },
    linkBack() {
      if (link === 'closed') return;
      link = 'up';
      links += 1;
      reportLost();
      for (const message of unconfirmed.messages()) wire.send(message);
      confirm();
    },
    close() {
      link = 'closed';
      failAll(new Error('the bus is closed'));
      return unconfirmed.count();
    },
  };
}
