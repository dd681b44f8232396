import { describe, expect, test } from 'vitest';
import { BACKLOG_BYTES_MAX, createAudience, type Listener } from '../../src/edge/audience.ts';
import { createFeed } from '../../src/edge/feed.ts';
import type { Codec } from '../../src/edge/protocol.ts';
import { jsonCodec } from '../../src/edge/protocol-json.ts';
import { protobufCodec } from '../../src/edge/protocol-protobuf.ts';
import { odds, race } from './support/published.ts';

interface Fake extends Listener {
  backlog: number;
  readonly told: string[];
}

function listenerOf(codec: Codec = jsonCodec): Fake {
  const told: string[] = [];
  return {
    codec,
    backlog: 0,
    told,
    backlogBytes() {
      return this.backlog;
    },
    lag: (channel) => told.push(`lag ${channel}`),
    caughtUp: () => told.push('caught up'),
  };
}

function openAudience() {
  const published: string[] = [];
  const audience = createAudience((topic) => published.push(topic));
  return { audience, published };
}

const push = { kind: 'publication', channel: 'races', data: '{}', offset: 1 } as const;

describe('an audience', () => {
  test('is told once for each encoding in use, however many listen', () => {
    const { audience, published } = openAudience();
    for (const codec of [jsonCodec, jsonCodec, jsonCodec, protobufCodec]) {
      audience.join(listenerOf(codec), 'races');
    }
    audience.tell(push);
    expect(published).toEqual(['json/races', 'protobuf/races']);
  });

  test('is told nothing about a channel that nobody listens to', () => {
    const { audience, published } = openAudience();
    const listener = listenerOf();
    audience.join(listener, 'races');
    audience.tell({ ...push, channel: 'odds:r1' });
    audience.leave(listener, 'races');
    audience.tell(push);
    expect(published).toEqual([]);
    expect([...audience.channels()]).toEqual([]);
  });

  test('leaves out a listener whose backlog is a byte over the limit, until it has drained', () => {
    const { audience, published } = openAudience();
    const slow = listenerOf();
    audience.join(slow, 'races');
    slow.backlog = BACKLOG_BYTES_MAX;
    audience.tell(push);
    expect(published).toHaveLength(1);

    slow.backlog = BACKLOG_BYTES_MAX + 1;
    audience.tell(push);
    audience.tell(push);
    audience.revisit();
    expect(published).toHaveLength(1);
    expect(slow.told).toEqual(['lag races']);

    slow.backlog = 0;
    audience.revisit();
    audience.revisit();
    expect(slow.told).toEqual(['lag races', 'caught up']);
  });

  test('never touches a listener that is gone, lagging or not', () => {
    const { audience } = openAudience();
    const slow = listenerOf();
    audience.join(slow, 'races');
    audience.join(slow, 'odds:r1');
    slow.backlog = BACKLOG_BYTES_MAX + 1;
    audience.tell(push);
    audience.gone(slow);
    slow.backlogBytes = () => {
      throw new Error('touched after its close');
    };
    audience.tell(push);
    audience.tell({ ...push, channel: 'odds:r1' });
    audience.revisit();
  });
});

describe('a feed', () => {
  test('has the card from the start, and odds from their first view on', () => {
    const feed = createFeed({ epoch: 'e1', isRead: () => false, tickMs: () => 100 });
    expect(feed.open('races', undefined)).toMatchObject({ kind: 'snapshot', offset: 0 });
    expect(feed.open('odds:r1', undefined)).toBeUndefined();
    const { subject, bytes } = odds('r1', 1, { 3: 500 });
    feed.absorb(subject, bytes, 0);
    expect(feed.open('odds:r1', undefined)).toMatchObject({ kind: 'snapshot', offset: 1 });
    expect(feed.flush(0)).toEqual([]);
  });

  test('gives one publication for each channel that changed, and none twice', () => {
    const feed = createFeed({ epoch: 'e1', isRead: () => false, tickMs: () => 100 });
    for (const { subject, bytes } of [race('r1', 1), race('r2', 1), race('r1', 2)]) {
      feed.absorb(subject, bytes, 0);
    }
    expect(feed.flush(0)).toMatchObject([['races', { offset: 1 }]]);
    expect(feed.flush(0)).toEqual([]);
  });

  test('says when the news of a channel are due, and flushes what is', () => {
    const feed = createFeed({ epoch: 'e1', isRead: () => false, tickMs: () => 100 });
    const tell = ({ subject, bytes }: ReturnType<typeof odds>, nowMs: number) =>
      feed.absorb(subject, bytes, nowMs);
    const names = (nowMs: number) => feed.flush(nowMs).map(([name]) => name);
    expect(tell(odds('r1', 1, { 3: 500 }), 1_000)).toBeUndefined();
    expect(tell(odds('r2', 1, { 3: 500 }), 1_000)).toBeUndefined();
    expect(tell(odds('r1', 2, { 3: 501 }), 1_000)).toBe(0);
    expect(tell(odds('r1', 2, { 3: 501 }), 1_000)).toBeUndefined();
    expect(names(1_000)).toEqual(['odds:r1']);
    expect(tell(odds('r1', 3, { 3: 502 }), 1_001)).toBe(99);
    expect(tell(odds('r2', 2, { 3: 501 }), 1_001)).toBe(0);
    expect(names(1_001)).toEqual(['odds:r2']);
    expect(names(1_099)).toEqual([]);
    // Whoever flushed the other has to come again for it.
    expect(feed.nextDueMs(1_099)).toBe(1);
    expect(names(1_100)).toEqual(['odds:r1']);
    expect(feed.nextDueMs(1_100)).toBeUndefined();
    // A clock that was set back keeps nobody waiting.
    expect(tell(odds('r2', 3, { 3: 502 }), 10)).toBe(0);
    expect(names(10)).toEqual(['odds:r2']);
  });

  test('lets the channel longest without news go when there are too many, but none that is read', () => {
    const feed = createFeed({
      epoch: 'e1',
      isRead: (channel) => channel === 'odds:r0',
      tickMs: () => 100,
    });
    const tell = (index: number) => {
      const { subject, bytes } = odds(`r${index}`, 1, { 3: 500 });
      feed.absorb(subject, bytes, 0);
    };
    // `races` is one of the 4096.
    for (let index = 0; index < 4095; index += 1) tell(index);
    expect(feed.open('odds:r1', undefined)).toBeDefined();
    tell(4095);
    expect(feed.open('odds:r0', undefined)).toBeDefined();
    expect(feed.open('odds:r1', undefined)).toBeUndefined();
    expect(feed.open('odds:r2', undefined)).toBeDefined();
  });
});
