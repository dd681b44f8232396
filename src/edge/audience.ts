/**
 * Who listens to what. A publication is encoded once for each encoding in use and handed over
 * once, for however many sockets; a listener with a backlog gets nothing until it has drained.
 */
import type { Codec, Frame, Push } from './protocol.ts';

/** What may wait in a socket before it counts as slow: seconds of deltas, or one large snapshot. */
export const BACKLOG_BYTES_MAX = 256 * 1024;

export interface Listener {
  readonly codec: Codec;
  /** Bytes handed over and not yet taken by the network. */
  backlogBytes(): number;
  /** It missed a publication on `channel` and has left it. */
  lag(channel: string): void;
  /** It missed publications, and its backlog is gone. */
  caughtUp(): void;
}

export interface Audience {
  join(listener: Listener, channel: string): void;
  leave(listener: Listener, channel: string): void;
  /** The listener is closed: it is not touched again. */
  gone(listener: Listener): void;
  tell(push: Push & { readonly kind: 'publication' }): void;
  /** Tells those who have drained since they fell behind. */
  revisit(): void;
  /** Those with a listener. */
  channels(): Iterable<string>;
  has(channel: string): boolean;
}

export function topicOf(codec: Codec, channel: string): string {
  return `${codec.name}/${channel}`;
}

/** @param publish Hands `frame` to every socket that joined `topic`. */
export function createAudience(publish: (topic: string, frame: Frame) => void): Audience {
  const listeners = new Map<string, Set<Listener>>();
  const lagging = new Set<Listener>();

  function leave(listener: Listener, channel: string): void {
    const present = listeners.get(channel);
    present?.delete(listener);
    if (present?.size === 0) listeners.delete(channel);
  }

  return {
    join(listener, channel) {
      const present = listeners.get(channel);
      if (present) present.add(listener);
      else listeners.set(channel, new Set([listener]));
    },
    leave,
    gone(listener) {
      lagging.delete(listener);
      for (const channel of [...listeners.keys()]) leave(listener, channel);
    },
    tell(push) {
      const codecs = new Set<Codec>();
      for (const listener of [...(listeners.get(push.channel) ?? [])]) {
        if (listener.backlogBytes() <= BACKLOG_BYTES_MAX) {
          codecs.add(listener.codec);
          continue;
        }
        leave(listener, push.channel);
        lagging.add(listener);
        listener.lag(push.channel);
      }
      for (const codec of codecs) publish(topicOf(codec, push.channel), codec.push(push));
    },
    revisit() {
      for (const listener of [...lagging]) {
        if (listener.backlogBytes() > 0) continue;
        lagging.delete(listener);
        listener.caughtUp();
      }
    },
    channels: () => listeners.keys(),
    has: (channel) => listeners.has(channel),
  };
}
