/**
 * All channels of this edge, fed from the bus. It knows what was published and nobody who reads
 * it. Bytes that are no view change nothing.
 */
import {
  type Channel,
  createChannel,
  type Opening,
  type Position,
  type Publication,
} from './channel.ts';
import type { JsonText } from './json.ts';
import { type View, viewOf } from './views.ts';

/** A month of races and tournaments. Beyond it the one longest without news and readers goes. */
export const CHANNELS_MAX = 4096;

export interface Feed {
  readonly epoch: string;
  /** @throws When `bytes` are no view. */
  absorb(subject: string, bytes: Uint8Array): void;
  /** What changed since the last flush, at most one publication a channel. */
  flush(): readonly (readonly [channel: string, publication: Publication])[];
  open(channel: string, since: Position | undefined): Opening | undefined;
  heartbeat(channel: string, serverTimeMs: number): JsonText | undefined;
}

/** @param isRead Whether a channel has readers and must stay. */
export function createFeed(epoch: string, isRead: (channel: string) => boolean): Feed {
  /** The longest without news first. `races` is always there: a day may have none yet. */
  const channels = new Map<string, Channel>([['races', createChannel(epoch)]]);
  const changed = new Set<string>();

  function make(view: View): void {
    if (channels.size >= CHANNELS_MAX) {
      const idle = [...channels.keys()].find((name) => name !== 'races' && !isRead(name));
      if (idle === undefined) throw new Error(`more than ${CHANNELS_MAX} channels are being read`);
      channels.delete(idle);
      changed.delete(idle);
    }
    const channel = createChannel(epoch);
    channel.absorb(view);
    // Nobody can have subscribed yet: the first view is there at once, for whoever comes.
    channel.flush();
    channels.set(view.channel, channel);
  }

  return {
    epoch,
    absorb(subject, bytes) {
      const view = viewOf(subject, bytes);
      const channel = channels.get(view.channel);
      if (!channel) return make(view);
      if (!channel.absorb(view)) return;
      channels.delete(view.channel);
      channels.set(view.channel, channel);
      changed.add(view.channel);
    },
    flush() {
      const publications = [...changed].flatMap((name) => {
        const publication = channels.get(name)?.flush();
        return publication ? [[name, publication] as const] : [];
      });
      changed.clear();
      return publications;
    },
    open: (name, since) => channels.get(name)?.open(since),
    heartbeat: (name, serverTimeMs) => channels.get(name)?.heartbeat(serverTimeMs),
  };
}
