/**
 * A bus over a link that may be lost and come back. Keeps the port's promises where the link alone
 * does not: it sends again what went with a lost link, gives everyone bytes of their own, and
 * delivers nothing once the bus is closed.
 */

import type { Clock } from '../clock.ts';
import type { Bus, BusMessage } from './bus.ts';
import { watchLag } from './lag.ts';
import { createOutgoing } from './outgoing.ts';
import { checkMessage, checkPattern } from './subjects.ts';
import { guarded } from './subscriptions.ts';

/** One connection to a server, which seeks it again by itself and keeps its subscriptions. */
export interface Link {
  /** Owns `bytes` from then on. While there is no connection, they may vanish without a word. */
  send(subject: string, bytes: Uint8Array): void;
  /** What `listener` gets is valid while it runs. What is returned ends it at once. */
  listen(pattern: string, listener: (message: Received) => void): () => void;
  /** Owns `bytes`. As `Bus.request`. */
  request(subject: string, bytes: Uint8Array, timeoutMs: number): Promise<Uint8Array | undefined>;
  /** Resolves when the server has all that was sent; rejects when the connection is lost first. */
  flush(): Promise<void>;
  /** Ends when the link is closed. A new connection is always told, a lost one nearly always. */
  readonly changes: AsyncIterable<'up' | 'down' | Error>;
  /** Sends what is left and stops listening; whether it could, in a time of its own choice. */
  drain(): Promise<boolean>;
  close(): Promise<void>;
}

interface Received {
  readonly subject: string;
  readonly bytes: Uint8Array;
  /** Where an answer is awaited, when this is a request. */
  readonly reply: string | undefined;
}

export type BusStatus =
  /** Messages reach this thread's listeners `lagMs` late. */
  | { readonly kind: 'slow'; readonly lagMs: number }
  /** Published, and no longer held when the link came back or the bus was closed. */
  | { readonly kind: 'lost'; readonly messages: number }
  /** Something the server or the client complained of, such as a subject it does not permit. */
  | { readonly kind: 'error'; readonly error: Error };

export interface LinkedOptions {
  readonly clock: Clock;
  readonly onStatus: (status: BusStatus) => void;
}

export function createLinkedBus(link: Link, { clock, onStatus }: LinkedOptions): Bus {
  const linkListeners: ((state: 'up' | 'down') => void)[] = [];
  let state: 'up' | 'down' = 'up';
  let closing: Promise<void> | undefined;

  const outgoing = createOutgoing({
    send,
    flush: link.flush,
    lost: (messages) => onStatus({ kind: 'lost', messages }),
  });
  const watching = watch();
  const stopLagWatch = watchLag({
    clock,
    flush: link.flush,
    report: (lagMs) => onStatus({ kind: 'slow', lagMs }),
  });

  // Everything the port forbids was refused before. What is left is a server with other limits
  // than the one it replaced: no reason to stop what publishes.
  function send({ subject, bytes }: BusMessage): void {
    try {
      link.send(subject, bytes);
    } catch (cause) {
      const error = new Error(`the bus could not send on ${subject}`, { cause });
      onStatus({ kind: 'error', error });
    }
  }

  async function watch(): Promise<void> {
    for await (const change of link.changes) {
      if (change instanceof Error) onStatus({ kind: 'error', error: change });
      else setState(change);
    }
    if (!closing) setState('down');
  }

  function setState(next: 'up' | 'down'): void {
    // Even when the link was thought to be up: only this sends again what went with the old one.
    if (next === 'up') outgoing.linkBack();
    else outgoing.linkLost();
    if (next === state || closing) return;
    state = next;
    for (const listener of linkListeners) listener(state);
  }

  function listen(pattern: string, listener: (message: Received) => void): () => void {
    checkOpen();
    checkPattern(pattern);
    const heed = guarded(listener);
    return link.listen(pattern, (message) => {
      if (!closing) heed(message);
    });
  }

  function checkOpen(): void {
    if (closing) throw new Error('the bus is closed');
  }

  async function close(): Promise<void> {
    stopLagWatch();
    const drained = state === 'up' && (await link.drain());
    const unconfirmed = outgoing.close();
    if (!drained && unconfirmed > 0) onStatus({ kind: 'lost', messages: unconfirmed });
    await link.close();
    await watching;
  }

  return {
    publish(subject, bytes) {
      checkOpen();
      checkMessage(subject, bytes);
      outgoing.publish({ subject, bytes: new Uint8Array(bytes) });
    },
    subscribe: (pattern, listener) =>
      listen(pattern, ({ subject, bytes }) => listener({ subject, bytes: new Uint8Array(bytes) })),
    async ready() {
      checkOpen();
      await outgoing.ready();
    },
    async request(subject, bytes, timeoutMs) {
      checkOpen();
      checkMessage(subject, bytes);
      try {
        return await link.request(subject, new Uint8Array(bytes), timeoutMs);
      } catch (error) {
        // Closed while asking: nobody answered in time.
        if (closing) return undefined;
        throw error;
      }
    },
    respond: (subject, listener) =>
      listen(subject, ({ bytes, reply }) => {
        if (reply === undefined) return;
        const answer = listener(new Uint8Array(bytes));
        if (answer === undefined) return;
        checkMessage(reply, answer);
        send({ subject: reply, bytes: new Uint8Array(answer) });
      }),
    onLink(listener) {
      linkListeners.push(listener);
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
