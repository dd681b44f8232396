/**
 * The bus of one process: every thread has one, and all of the same broadcast hear each other.
 *
 *   publish ──► broadcast ──► the other threads' subscriptions
 *          └──► own queue ──► own subscriptions, in a later turn of the event loop
 *
 * A publisher's messages stay in order on either way, since each way is one queue. Nothing has to
 * be awaited for `ready`: a broadcast listens from the moment it is opened, and `post` puts the
 * message into every other end's queue before it returns.
 */

import { type Clock, systemClock } from '../clock.ts';
import { systemRandom } from '../random.ts';
import type { Bus, BusMessage } from './bus.ts';
import { checkMessage } from './subjects.ts';
import { createSubscriptions } from './subscriptions.ts';

/** One thread's end of a channel between threads: what BroadcastChannel does. */
export interface Broadcast {
  /**
   * Copies `message`, as structured cloning does, to every other end open by now, this one
   * excepted, before it returns.
   */
  post(message: unknown): void;
  /** Called once, before anything else. What came since the channel was opened is kept for it. */
  onMessage(listener: (message: unknown) => void): void;
  /** What was posted still arrives elsewhere. */
  close(): void;
}

export interface InProcessOptions {
  /** Unlike any other bus of the process: what answers to requests are told apart by. */
  readonly id?: string;
  readonly clock?: Clock;
  /** Runs `work` after the current turn of the event loop, in the order asked. */
  readonly later?: (work: () => void) => void;
}

interface Envelope extends BusMessage {
  /** Where an answer is awaited, when this is a request. */
  readonly reply?: string;
}

export function createInProcessBus(broadcast: Broadcast, options: InProcessOptions = {}): Bus {
  const { id = systemRandom.id(), clock = systemClock, later = setImmediate } = options;
  const subscriptions = createSubscriptions<Envelope>();
  const stopWaiting = new Set<() => void>();
  let own: Envelope[] = [];
  let requests = 0;
  let closed = false;

  // Only buses post to the channel, and all of them post envelopes.
  broadcast.onMessage((message) => deliver(message as Envelope));

  function deliver(envelope: Envelope): void {
    if (!closed) subscriptions.deliver(envelope);
  }

  function send({ subject, bytes, reply }: Envelope): void {
    checkOpen();
    checkMessage(subject, bytes);
    const wanted = subscriptions.wants(subject);
    const copied = wanted || !isCloned(bytes);
    const envelope: Envelope = {
      subject,
      bytes: copied ? new Uint8Array(bytes) : bytes,
      ...(reply !== undefined && { reply }),
    };
    broadcast.post(envelope);
    if (!wanted) return;
    if (own.push(envelope) === 1) later(deliverOwn);
  }

  function deliverOwn(): void {
    const due = own;
    own = [];
    for (const envelope of due) deliver(envelope);
  }

  function checkOpen(): void {
    if (closed) throw new Error('the bus is closed');
  }

  return {
    publish: (subject, bytes) => send({ subject, bytes }),
    subscribe(pattern, listener) {
      checkOpen();
      return subscriptions.add(pattern, ({ subject, bytes }) => listener({ subject, bytes }));
    },
    async ready() {
      checkOpen();
    },
    async request(subject, bytes, timeoutMs) {
      const reply = `_INBOX.${id}.${++requests}`;
      const { promise, resolve } = Promise.withResolvers<Uint8Array | undefined>();
      const unsubscribe = subscriptions.add(reply, (answer) => resolve(answer.bytes));
      const cancel = clock.after(timeoutMs, () => resolve(undefined));
      const stop = () => resolve(undefined);
      stopWaiting.add(stop);
      try {
        send({ subject, bytes, reply });
        return await promise;
      } finally {
        stopWaiting.delete(stop);
        cancel();
        unsubscribe();
      }
    },
    respond(subject, listener) {
      checkOpen();
      return subscriptions.add(subject, ({ bytes, reply }) => {
        const answer = reply === undefined ? undefined : listener(bytes);
        if (reply !== undefined && answer !== undefined) send({ subject: reply, bytes: answer });
      });
    },
    // There is no link to lose.
    onLink() {},
    async close() {
      if (closed) return;
      closed = true;
      for (const stop of stopWaiting) stop();
      broadcast.close();
    },
  };
}

/**
 * Whether structured cloning copies these bytes and no others: a view takes the whole buffer
 * behind it along, and shared memory stays shared.
 */
function isCloned(bytes: Uint8Array): boolean {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
}
