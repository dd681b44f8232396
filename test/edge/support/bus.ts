// A bus in memory that delivers at once, and whose link a test can cut.
import type { Bus, BusMessage } from '../../../src/runtime/bus/bus.ts';

export interface TestBus extends Bus {
  readonly published: readonly BusMessage[];
  setLink(link: 'up' | 'down'): void;
}

export function createTestBus(): TestBus {
  const published: BusMessage[] = [];
  const subscriptions = new Set<{ pattern: RegExp; listener: (message: BusMessage) => void }>();
  const answerers = new Map<string, (bytes: Uint8Array) => Uint8Array | undefined>();
  const linkListeners: ((link: 'up' | 'down') => void)[] = [];
  return {
    published,
    publish(subject, bytes) {
      published.push({ subject, bytes });
      for (const { pattern, listener } of subscriptions) {
        if (pattern.test(subject)) listener({ subject, bytes });
      }
    },
    subscribe(pattern, listener) {
      const expression = pattern.replaceAll('.', '\\.').replaceAll('*', '[^.]+').replace('>', '.+');
      const subscription = { pattern: new RegExp(`^${expression}$`), listener };
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
