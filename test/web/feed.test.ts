// One channel followed, over a connection that the test plays.
import { signal } from '@preact/signals';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { ChannelListener, Connection } from '../../web/src/connection.ts';
import { openFeed } from '../../web/src/feed.ts';
import { digestOf, type Row } from '../../web/src/rows.ts';
import { createServerClock } from '../../web/src/server-clock.ts';

const ROWS: readonly Row[] = [{ key: 'a' }, { key: 'b' }];
const SNAPSHOT = { kind: 'snapshot', head: {}, rows: ROWS };
const DIGEST = digestOf(new Map(ROWS.map((row) => [row.key, row])));

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function follow() {
  const renew = vi.fn();
  const listeners: ChannelListener[] = [];
  const connection: Connection = {
    link: signal('connected'),
    greetedMs: () => undefined,
    subscribe(_, listener) {
      listeners.push(listener);
      return { renew, close() {} };
    },
    ask: () => Promise.reject(new Error('not asked here')),
    connect() {},
  };
  const feed = openFeed<object, Row>(connection, createServerClock(), 'board:b');
  const [channel] = listeners;
  if (!channel) throw new Error('the feed did not subscribe');
  return { feed, channel, renew };
}

function heartbeat(digest: string) {
  return { kind: 'heartbeat', serverTimeMs: 1_000, digest, rows: 2 };
}

it('takes everything anew when a heartbeat shows that it holds something else', () => {
  const { feed, channel, renew } = follow();
  channel.subscribed(SNAPSHOT);
  channel.published(heartbeat(DIGEST));
  expect(renew).not.toHaveBeenCalled();
  channel.published(heartbeat('00000000'));
  expect(renew).toHaveBeenCalledTimes(1);
  expect(feed.table.value?.rows.size).toBe(2);
});

it('does not ask for snapshot after snapshot where it never agrees', () => {
  const { channel, renew } = follow();
  channel.subscribed(SNAPSHOT);
  for (const waitMs of [0, 5_000, 24_999]) {
    vi.advanceTimersByTime(waitMs);
    channel.published(heartbeat('00000000'));
  }
  expect(renew).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  channel.published(heartbeat('00000000'));
  expect(renew).toHaveBeenCalledTimes(2);
});

it('keeps its rows when what was missed follows, and replaces them all by a snapshot', () => {
  const { feed, channel } = follow();
  channel.subscribed(SNAPSHOT);
  channel.subscribed(undefined);
  channel.published({ kind: 'delta', upserts: [{ key: 'c' }], removed: [] });
  expect(feed.table.value?.rows.size).toBe(3);
  channel.subscribed({ kind: 'snapshot', head: {}, rows: [{ key: 'd' }] });
  expect([...(feed.table.value?.rows.keys() ?? [])]).toEqual(['d']);
});

it('is stale from when the edge says until it says otherwise', () => {
  const { feed, channel } = follow();
  channel.subscribed(SNAPSHOT);
  channel.published({ kind: 'state', stale: true, sinceMs: 77 });
  expect(feed.staleSinceMs.value).toBe(77);
  channel.published({ kind: 'state', stale: false });
  expect(feed.staleSinceMs.value).toBeUndefined();
});
