/**
 * The bus of a simulated machine: one hub, an end for each thread, and a link that may be lost.
 * While it is, what is published is gone and `ready` waits; afterwards it says that something is.
 */
import type { Bus } from '../../src/runtime/bus/bus.ts';
import { type Kernel, MS, type Thread } from './kernel.ts';

export interface Hub {
  end(thread: Thread): Bus;
  /** Nothing that is published arrives anywhere. */
  down: boolean;
  /** Asks every shard for its views again. */
  refresh(subject: string): void;
}

export function createHub(options: {
  readonly kernel: Kernel;
  readonly onPublished: (subject: string, bytes: Uint8Array) => void;
}): Hub {
  const { kernel, onPublished } = options;
  const chance = kernel.chanceFor('bus');
  const listeners = new Set<{
    readonly subject: string;
    readonly thread: Thread;
    readonly hear: (bytes: Uint8Array) => void;
  }>();

  const hub: Hub = {
    down: false,
    refresh(subject) {
      for (const it of listeners) {
        if (it.subject !== subject) continue;
        kernel.after(chance.below(5 * MS), { thread: it.thread, label: subject }, () =>
          it.hear(new Uint8Array()),
        );
      }
    },
    end(thread) {
      let published = 0;
      /** Numbers of what was. */
      let lost: number[] = [];

      /** Of everything published until it was asked, and of nothing later. */
      function ready(upTo: number, resolve: () => void, reject: (cause: Error) => void): void {
        const at = { thread, label: 'the bus is asked what it has' };
        const inUs = hub.down ? 100 * MS : chance.between(50, 2 * MS);
        kernel.after(inUs, at, () => {
          const later = lost.filter((it) => it > upTo);
          if (hub.down) ready(upTo, resolve, reject);
          else if (later.length === lost.length) resolve();
          else {
            lost = later;
            reject(new Error('something that was published is lost'));
          }
        });
      }

      return {
        publish(subject, bytes) {
          published++;
          if (hub.down) lost.push(published);
          else onPublished(subject, bytes);
        },
        subscribe(subject, listener) {
          const it = { subject, thread, hear: (bytes: Uint8Array) => listener({ subject, bytes }) };
          listeners.add(it);
          return () => listeners.delete(it);
        },
        ready: () => new Promise((resolve, reject) => ready(published, resolve, reject)),
        request: async () => undefined,
        respond: () => () => {},
        onLink() {},
        async close() {},
      };
    },
  };
  return hub;
}
