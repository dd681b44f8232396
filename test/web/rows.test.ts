// A channel folded on the page against the channel at the edge that it came from.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createChannel } from '../../src/edge/channel.ts';
import type { View } from '../../src/edge/views.ts';
import { digestOf, fold, type Message, type Row, type Table } from '../../web/src/rows.ts';

interface Head {
  readonly title: string;
}

const snapshot: Message<Head, Row> = {
  kind: 'snapshot',
  head: { title: 'first' },
  rows: [{ key: 'a' }, { key: 'b' }],
};

describe('folding a channel', () => {
  it('does nothing with a delta before any snapshot', () => {
    expect(fold(undefined, { kind: 'delta', upserts: [{ key: 'a' }] })).toBeUndefined();
  });

  it('keeps the head where a delta has none, and rows that it does not touch', () => {
    const before = fold(undefined, snapshot);
    const after = fold(before, { kind: 'delta', upserts: [{ key: 'c' }], removed: ['a'] });
    expect(after?.head).toEqual({ title: 'first' });
    expect([...(after?.rows.keys() ?? [])]).toEqual(['b', 'c']);
    expect(after?.rows.get('b')).toBe(before?.rows.get('b'));
    expect(before?.rows.size).toBe(2);
  });

  it('leaves the table alone at a heartbeat, a state and a kind that it does not know', () => {
    const table = fold(undefined, snapshot);
    const unknown = { kind: 'later' } as unknown as Message<Head, Row>;
    expect(fold(table, { kind: 'heartbeat', serverTimeMs: 1, digest: '', rows: 2 })).toBe(table);
    expect(fold(table, { kind: 'state', stale: true, sinceMs: 1 })).toBe(table);
    expect(fold(table, unknown)).toBe(table);
  });

  it('holds what the edge holds, whatever was published, and agrees on its digest', () => {
    const row = fc.record({
      key: fc.constantFrom('1', '10', '2', 'win', 'win/3', 'é'),
      name: fc.string({ unit: 'binary', maxLength: 8 }),
      score: fc.maxSafeInteger(),
    });
    const rows = fc.uniqueArray(row, { maxLength: 6, selector: ({ key }) => key });
    fc.assert(
      fc.property(fc.array(rows, { minLength: 1 }), (published) => {
        const channel = createChannel('e');
        const text = (opening: ReturnType<typeof channel.open>) =>
          opening.kind === 'snapshot' ? opening.data : '';
        let table: Table<object, Row> | undefined = fold(undefined, parse(text(channel.open())));
        for (const [index, rows] of published.entries()) {
          channel.absorb(view(BigInt(index + 1), rows));
          const delta = channel.flush();
          if (delta) table = fold(table, parse(delta.data));
          const heartbeat = parse(channel.heartbeat(0));
          const digest = heartbeat.kind === 'heartbeat' && heartbeat.digest;
          expect(digestOf(table?.rows ?? new Map())).toBe(digest);
        }
        const fresh = fold(undefined, parse(text(channel.open())));
        expect(new Map(table?.rows)).toEqual(new Map(fresh?.rows));
      }),
    );
  });
});

function parse(text: string): Message<object, Row> {
  return JSON.parse(text) as Message<object, Row>;
}

function view(version: bigint, rows: View['rows']): View {
  return { channel: 'board:b', scope: 'b', version, head: {}, rows, whole: true };
}
