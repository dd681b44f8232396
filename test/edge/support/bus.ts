// A bus in memory that delivers at once, and whose link a test can cut.
import type { Bus, BusMessage } from '../../../src/runtime/bus/bus.ts';
import { type Matcher, matcherOf } from '../../../src/runtime/bus/subjects.ts';

export interface TestBus extends Bus {
  readonly published: readonly BusMessage[];
  setLink(link: 'up' | 'down'): void;
}

export function createTestBus(): TestBus {
  const published: BusMessage[] = [];
  const subscriptions = new Set<{ matches: Matcher; listener: (message: BusMessage) => void }>();
  const answerers = new Map<string, (bytes: Uint8Array) => Uint8Array | undefined>();
  const linkListeners: ((link: 'up' | 'down') => void)[] = [];
  return {
    published,
    publish(subject, bytes) {
      published.push({ subject, bytes });
      for (const { matches, listener } of subscriptions) {
        if (matches(subject)) listener({ subject, bytes });
      }
    },
    subscribe(pattern, listener) {
      const subscription = { matches: matcherOf(pattern), listener };
      subscriptions.add(subscription);
      return () => subscriptions.delete(subscription);
    },
    async ready() {},
    request: async (subject, bytes) => answerers.get(subject)?.(bytes),
    respond(subject, listener) {
      answerers.set(subject, listener);
      return () => answerers.delete(subject);
    },
    onLink: (listener) => linkListeners.push(listener),
    async close() {},
    setLink(link) {
      for (const listener of linkListeners) listener(link);
    },
  };
}
