/**
 * The subscriptions of one thread: who gets which message. A subscription without wildcards costs
 * a message nothing unless it is the one meant. Once ended, a subscription gets nothing more, not
 * even of the message being delivered.
 */

import type { BusMessage } from './bus.ts';
import { isWild, type Matcher, matcherOf } from './subjects.ts';

export interface Subscriptions<Message extends BusMessage> {
  add(pattern: string, listener: (message: Message) => void): () => void;
  wants(subject: string): boolean;
  deliver(message: Message): void;
}

interface Subscription<Message> {
  readonly matches: Matcher;
  readonly listener: (message: Message) => void;
}

export function createSubscriptions<Message extends BusMessage>(): Subscriptions<Message> {
  const exact = new Map<string, Set<Subscription<Message>>>();
  const wild = new Set<Subscription<Message>>();

  function add(pattern: string, listener: (message: Message) => void): () => void {
    const subscription = { matches: matcherOf(pattern), listener: guarded(listener) };
    if (isWild(pattern)) {
      wild.add(subscription);
      return () => wild.delete(subscription);
    }
    const peers = exact.get(pattern) ?? new Set();
    exact.set(pattern, peers.add(subscription));
    return () => {
      peers.delete(subscription);
      if (peers.size === 0 && exact.get(pattern) === peers) exact.delete(pattern);
    };
  }

  function wants(subject: string): boolean {
    return exact.has(subject) || wild.values().some(({ matches }) => matches(subject));
  }

  // Deleting from a set while iterating it is defined: what was deleted is not visited.
  function deliver(message: Message): void {
    for (const { listener } of exact.get(message.subject) ?? []) listener(message);
    for (const { matches, listener } of wild) if (matches(message.subject)) listener(message);
  }

  return { add, wants, deliver };
}

/**
 * The listener, with what it throws thrown on its own stack instead: as uncaught as before, but
 * neither the other listeners nor the loop that reads the messages are broken by it.
 */
export function guarded<Message>(listener: (message: Message) => void): (message: Message) => void {
  return (message) => {
    try {
      listener(message);
    } catch (defect) {
      queueMicrotask(() => {
        throw defect;
      });
    }
  };
}
