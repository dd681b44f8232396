// A real channel between threads, as the in-process bus wants it.
import type { Broadcast } from '../../src/runtime/bus/in-process.ts';

export function openTestBroadcast(name: string): Broadcast {
  const channel = new BroadcastChannel(name);
  return {
    post: (message) => channel.postMessage(message),
    onMessage(listener) {
      channel.onmessage = (event) => listener((event as { readonly data: unknown }).data);
    },
    close: () => channel.close(),
  };
}
