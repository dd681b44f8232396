import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createChannel,
  HISTORY_DELTAS_MAX,
  HISTORY_LENGTH_MAX,
  ROWS_MAX,
} from '../../src/edge/channel.ts';
import type { Row } from '../../src/edge/json.ts';
import type { View } from '../../src/edge/views.ts';
import { createTable, digestOnPage } from './support/table.ts';

const epoch = 'e1';

function view(version: number, scores: Record<string, number>, more: Partial<View> = {}): View {
  const rows = Object.entries(scores).map(([key, score]): Row => ({ key, score }));
  return {
    channel: 'board:cup',
    scope: 'cup',
    version: BigInt(version),
    head: { players: 7, version },
    rows,
    whole: true,
    ...more,
  };
}

function snapshotOf(channel: ReturnType<typeof createChannel>): string {
  const opening = channel.open();
  if (opening.kind !== 'snapshot') throw new Error('a first opening is a snapshot');
  return opening.data;
}

describe('a channel', () => {
  test('shows a first subscriber everything, at the offset it stands at', () => {
    const channel = createChannel(epoch);
    channel.absorb(view(1, { a: 5, b: 3 }));
    channel.flush();
    expect(channel.open()).toEqual({
      kind: 'snapshot',
      offset: 1,
      data: '{"kind":"snapshot","head":{"players":7,"version":1},"rows":[{"key":"a","score":5},{"key":"b","score":3}]}',
    });
  });

  test('publishes what changed and what went, and the head only when it changed', () => {
    const channel = createChannel(epoch);
    channel.absorb(view(1, { a: 5, b: 3 }));
    channel.flush();
    channel.absorb(view(2, { a: 6, c: 1 }));
    expect(channel.flush()).toEqual({
      offset: 2,
      data: '{"kind":"delta","head":{"players":7,"version":2},"upserts":[{"key":"a","score":6},{"key":"c","score":1}],"removed":["b"]}',
    });
  });

  test('publishes a head whose players changed, and none of which only the version did', () => {
    const channel = createChannel(epoch);
    channel.absorb(view(1, { a: 5 }));
    channel.flush();
    channel.absorb(view(2, { a: 5 }));
    expect(channel.flush()).toBeUndefined();
    channel.absorb(view(3, { a: 5 }, { head: { players: 8, version: 3 } }));
    expect(channel.flush()?.data).toBe(
      '{"kind":"delta","head":{"players":8,"version":3},"upserts":[],"removed":[]}',
    );
  });

  test('shows a later subscriber the newest head even when it was not worth a delta', () => {
    const channel = createChannel(epoch);
    channel.absorb(view(1, { a: 5 }));
    channel.flush();
    channel.absorb(view(2, { a: 5 }));
    channel.flush();
    expect(snapshotOf(channel)).toContain('"version":2');
  });

  test.each([
    ['an older', 1],
    ['the same', 2],
  ])('ignores %s version than the one it holds', (_, version) => {
    const channel = createChannel(epoch);
    channel.absorb(view(2, { a: 5 }));
    channel.flush();
    expect(channel.absorb(view(version, { a: 99 }))).toBe(false);
    expect(channel.flush()).toBeUndefined();
  });

  test('merges the views between two flushes: the last value of each key counts', () => {
    const channel = createChannel(epoch);
    channel.absorb(view(1, { a: 1 }));
    channel.absorb(view(2, { a: 2, b: 1 }));
    channel.absorb(view(3, { a: 3 }));
    expect(channel.flush()?.data).toContain('"upserts":[{"key":"a","score":3}],"removed":[]');
    expect(channel.flush()).toBeUndefined();
  });

  test('keeps the rows of other scopes when a view is of one of many', () => {
    const channel = createChannel(epoch);
    const shared = { whole: false, head: {} };
    channel.absorb(view(1, { r1: 1 }, { ...shared, scope: 'r1' }));
    channel.absorb(view(1, { r2: 1 }, { ...shared, scope: 'r2' }));
    expect(channel.flush()?.data).toBe(
      '{"kind":"delta","upserts":[{"key":"r1","score":1},{"key":"r2","score":1}],"removed":[]}',
    );
    channel.absorb(view(2, { r1: 2 }, { ...shared, scope: 'r1' }));
    expect(channel.flush()?.data).toBe(
      '{"kind":"delta","upserts":[{"key":"r1","score":2}],"removed":[]}',
    );
  });

  test('lets the longest unchanged row go when scopes are one more than it keeps', () => {
    const channel = createChannel(epoch);
    const add = (scope: string, version = 1) =>
      channel.absorb(view(version, { [scope]: version }, { whole: false, head: {}, scope }));
    for (let index = 0; index < ROWS_MAX; index += 1) add(`r${index}`);
    channel.flush();
    add('r0', 2);
    expect(channel.flush()?.data).toContain('"removed":[]');
    add('one-more');
    expect(channel.flush()?.data).toContain('"removed":["r1"]');
  });
});

describe('a recovery', () => {
  function withDeltas(count: number) {
    const channel = createChannel(epoch);
    for (let version = 1; version <= count; version += 1) {
      channel.absorb(view(version, { a: version }));
      channel.flush();
    }
    return channel;
  }

  test('is every delta that was missed, in order', () => {
    const opening = withDeltas(5).open({ epoch, offset: 3 });
    expect(opening.kind === 'recovered' && opening.missed.map((one) => one.offset)).toEqual([4, 5]);
  });

  test('is empty for a client that missed nothing', () => {
    expect(withDeltas(5).open({ epoch, offset: 5 })).toEqual({ kind: 'recovered', missed: [] });
  });

  test.each([
    ['another epoch', { epoch: 'e0', offset: 4 }],
    ['an offset of the future', { epoch, offset: 6 }],
    ['an empty epoch', { epoch: '', offset: 5 }],
  ])('is refused for %s: a snapshot instead', (_, since) => {
    expect(withDeltas(5).open(since)).toMatchObject({ kind: 'snapshot', offset: 5 });
  });

  test('reaches exactly as far back as the history does', () => {
    const channel = withDeltas(HISTORY_DELTAS_MAX + 3);
    expect(channel.open({ epoch, offset: 3 })).toMatchObject({ kind: 'recovered' });
    expect(channel.open({ epoch, offset: 2 })).toMatchObject({ kind: 'snapshot' });
  });

  test('forgets sooner when deltas are long', () => {
    const channel = createChannel(epoch);
    const alias = 'x'.repeat(HISTORY_LENGTH_MAX / 2 - 200);
    for (let version = 1; version <= 3; version += 1) {
      channel.absorb(view(version, {}, { rows: [{ alias, key: 'a', version }] }));
      channel.flush();
    }
    expect(channel.open({ epoch, offset: 1 })).toMatchObject({ kind: 'recovered' });
    expect(channel.open({ epoch, offset: 0 })).toMatchObject({ kind: 'snapshot' });
  });
});

describe('the law of snapshot and deltas', () => {
  const scores = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'é'), fc.nat(3));
  /** Views as the bus delivers them, repeats and late ones among them; `true` is a flush. */
  const story = fc.array(
    fc.oneof(
      fc.record({ version: fc.integer({ min: 1, max: 20 }), scores }),
      fc.constant(true as const),
    ),
    { maxLength: 60 },
  );

  test('a client that came at any time, and one that missed any part, end with the same rows', () => {
    fc.assert(
      fc.property(story, fc.nat(60), fc.nat(60), (steps, arrival, departure) => {
        const channel = createChannel(epoch);
        const early = createTable();
        const returning = createTable();
        const versions = new Map<number, Record<string, number>>();
        const offsets: number[] = [];
        let position = 0;
        let newest: Record<string, number> = {};
        let held = 0;
        steps.forEach((step, index) => {
          if (index === arrival) early.apply(snapshotOf(channel));
          if (step === true) {
            const publication = channel.flush();
            if (!publication) return;
            offsets.push(publication.offset);
            if (index >= arrival) early.apply(publication.data);
            if (index >= departure) return;
            returning.apply(publication.data);
            position = publication.offset;
            return;
          }
          const told = versions.get(step.version) ?? step.scores;
          versions.set(step.version, told);
          if (step.version > held) {
            held = step.version;
            newest = told;
          }
          channel.absorb(view(step.version, told));
        });
        const last = channel.flush();
        if (last) offsets.push(last.offset);
        if (steps.length <= arrival) early.apply(snapshotOf(channel));
        else if (last) early.apply(last.data);
        const opening = channel.open({ epoch, offset: position });
        if (opening.kind === 'snapshot') throw new Error('everything missed is in the history');
        for (const missed of opening.missed) returning.apply(missed.data);

        const final = createTable();
        final.apply(snapshotOf(channel));
        const sorted = (table: typeof final) =>
          [...table.rows].sort(([a], [b]) => (a < b ? -1 : 1));
        expect(Object.fromEntries([...final.rows].map(([key, row]) => [key, row.score]))).toEqual({
          ...newest,
        });
        expect(sorted(early)).toEqual(sorted(final));
        expect(sorted(returning)).toEqual(sorted(final));
        expect(offsets).toEqual(offsets.map((_, index) => index + 1));
        expect(JSON.parse(channel.heartbeat(1))).toEqual({
          kind: 'heartbeat',
          serverTimeMs: 1,
          digest: digestOnPage(early.rows.values()),
          rows: final.rows.size,
        });
      }),
    );
  });
});
