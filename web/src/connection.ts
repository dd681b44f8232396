/** The door to the Centrifuge SDK: the one WebSocket to the edge, and whether it is there. */
import { type ReadonlySignal, signal } from '@preact/signals';
import { Centrifuge, type Subscription } from 'centrifuge';

/** People watch a countdown: nobody waits longer than this for the next try. */
const RECONNECT_DELAY_MAX_MS = 5_000;
/** An edge that has just started knows no channel until the shards have told it: ask again. */
const REFUSED_RETRY_MS = 3_000;

/** `closed` is final until somebody connects again: the server has said not to come back. */
type Link = 'connecting' | 'connected' | 'lost' | 'closed';

export interface ChannelListener {
  /** What the channel holds; undefined where what was missed follows as publications. */
  readonly subscribed: (data: unknown) => void;
  readonly published: (data: unknown) => void;
  /** The server does not have it now. It is asked again, and `subscribed` tells when it has. */
  readonly refused: () => void;
}

interface Channel {
  /** Takes everything anew instead of what was missed. */
  readonly renew: () => void;
  readonly close: () => void;
}

export interface Connection {
  readonly link: ReadonlySignal<Link>;
  /** The server's time when it took this connection; undefined before. */
  readonly greetedMs: () => number | undefined;
  readonly subscribe: (channel: string, listener: ChannelListener) => Channel;
  /** Rejects where the server refuses or does not answer in time. */
  readonly ask: (method: string, data: object) => Promise<unknown>;
  readonly connect: () => void;
}

export function openConnection(url: string): Connection {
  const link = signal<Link>('connecting');
  const client = new Centrifuge(url, { maxReconnectDelay: RECONNECT_DELAY_MAX_MS, name: 'page' });
  let greetedMs: number | undefined;
  client.on('connected', ({ data }) => {
    // The edge that served this page greets with nothing else.
    greetedMs = (data as { serverTimeMs: number } | undefined)?.serverTimeMs;
    link.value = 'connected';
  });
  client.on('connecting', () => {
    link.value = link.value === 'connected' || link.value === 'lost' ? 'lost' : 'connecting';
  });
  client.on('disconnected', () => {
    link.value = 'closed';
  });
  // Each failure is followed by a state above, which is what the page shows.
  client.on('error', () => {});
  client.connect();

  return {
    link,
    greetedMs: () => greetedMs,
    subscribe(channel, listener) {
      let subscription = subscribe(client, channel, listener);
      return {
        renew() {
          client.removeSubscription(subscription);
          subscription = subscribe(client, channel, listener);
        },
        close: () => client.removeSubscription(subscription),
      };
    },
    async ask(method, data) {
      const reply = await client.rpc(method, data);
      return reply.data;
    },
    connect: () => client.connect(),
  };
}

function subscribe(client: Centrifuge, channel: string, listener: ChannelListener): Subscription {
  const subscription = client.newSubscription(channel);
  subscription.on('subscribed', ({ data }) => listener.subscribed(data));
  subscription.on('publication', ({ data }) => listener.published(data));
  subscription.on('unsubscribed', () => {
    // Removed here by `close` or `renew`, it is no longer the client's; else the server ended it.
    const ended = () => client.getSubscription(channel) !== subscription;
    if (ended()) return;
    listener.refused();
    setTimeout(() => ended() || subscription.subscribe(), REFUSED_RETRY_MS);
  });
  subscription.on('error', () => {});
  subscription.subscribe();
  return subscription;
}
