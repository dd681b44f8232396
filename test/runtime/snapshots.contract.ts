// What every snapshot store promises, told of one place that owners open one after the other.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { genesisHash } from '../../src/runtime/log/chain.ts';
import {
  type Mark,
  type NewRow,
  rowHash,
  type SnapshotReader,
  type SnapshotStore,
  StaleStoreError,
  type StoreOwner,
} from '../../src/runtime/snapshots/store.ts';

/** What survives its owners: a file, or a disk in memory. */
export interface SnapshotPlace {
  open(owner: StoreOwner): SnapshotStore;
  reader(owner: StoreOwner): SnapshotReader | undefined;
  remove(): void;
}

export function snapshotsContract(name: string, openPlace: () => SnapshotPlace): void {
  describe(`the snapshot contract, ${name}`, () => {
    let place: SnapshotPlace;
    let store: SnapshotStore;
    let discarded: string[];

    beforeEach(() => {
      place = openPlace();
      discarded = [];
      store = open();
    });
    afterEach(() => {
      store.close();
      place.remove();
    });

    function open(changes: Partial<StoreOwner> = {}): SnapshotStore {
      return place.open({ ...ownerOf(1), onDiscard: (why) => discarded.push(why), ...changes });
    }

    test('begins empty, at the beginning of the log', () => {
      const fresh = { position: 0, hash: genesisHash(3) };
      expect(store.count).toBe(0);
      expect(store.base).toEqual({ at: fresh, reach: fresh });
      expect(store.read('counter/a')).toBeUndefined();
      expect([...store.busy()]).toEqual([]);
      expect(store.scan('counter/', 'counter/', 10)).toEqual([]);
      expect(discarded).toEqual([]);
    });

    test('gives back what was written, to this owner and the next', () => {
      const rows = [rowOf({}), rowOf({ stream: 'counter/é🐎', busy: true, content: bytesOf('') })];
      const base = { at: markOf(4), reach: markOf(9) };
      store.write(rows, base);
      for (const epoch of [1, 2]) {
        if (epoch === 2) {
          store.close();
          store = open({ epoch });
        }
        expect(store.count).toBe(2);
        expect(plain(store.base)).toEqual(plain(base));
        expect(plain(store.read('counter/a'))).toEqual(plain(readOf(rows[0])));
        expect(plain([...store.busy()])).toEqual(epoch === 1 ? [] : plain([headOf(rows[1])]));
      }
      expect(discarded).toEqual([]);
    });

    test('shows who is busy to somebody else, while its owner writes on', () => {
      expect([...(place.reader(ownerOf(1))?.busy() ?? [])]).toEqual([]);
      const busy = rowOf({ stream: 'counter/b', busy: true });
      const large = rowOf({ stream: 'counter/l', busy: true, content: bytesOf('onetwo') });
      store.put(large, 0, bytesOf('one'));
      store.put(large, 1, bytesOf('two'));
      const rows = [rowOf({}), busy, { ...large, content: { parts: 2 } }];
      store.write(rows, { at: markOf(4), reach: markOf(9) });
      const reader = place.reader(ownerOf(1));
      const idle = rowOf({ stream: 'counter/l', version: 2 });
      store.write([rowOf({ version: 2 }), idle], { at: markOf(5), reach: markOf(9) });
      expect(store.read('counter/a')?.version).toBe(2);
      expect(plain(reader?.base.at)).toEqual(plain(markOf(4)));
      expect(plain([...(reader?.busy() ?? [])])).toEqual(plain([headOf(busy), headOf(large)]));
      expect(plain(reader?.read('counter/l'))).toEqual(plain(readOf(large)));
      expect(reader?.read('counter/a')?.version).toBe(1);
      expect(reader?.read('counter/none')).toBeUndefined();
      reader?.close();
      expect(discarded).toEqual([]);
    });

    test('keeps one row of an actor, the last', () => {
      store.write([rowOf({ version: 1, busy: true })], { at: markOf(1), reach: markOf(1) });
      const last = rowOf({ version: 2, content: bytesOf('other') });
      store.write([last], { at: markOf(1), reach: markOf(2) });
      expect(store.count).toBe(1);
      expect(plain(store.read('counter/a'))).toEqual(plain(readOf(last)));
      store.close();
      store = open({ epoch: 2 });
      expect(store.count).toBe(1);
      expect([...store.busy()]).toEqual([]);
      expect(discarded).toEqual([]);
    });

    test('takes large rows in parts, and small ones of the same actor before and after', () => {
      const base = { at: markOf(1), reach: markOf(1) };
      const parts = [bytesOf('one'), bytesOf('two'), bytesOf('three')];
      for (const version of [1, 2, 3, 4]) {
        const row = rowOf({
          version,
          content: bytesOf(version % 2 === 1 ? 'small' : 'onetwothree'),
        });
        if (version % 2 === 1) store.write([row], base);
        else {
          for (const [part, bytes] of parts.entries()) store.put(row, part, bytes);
          expect(store.read('counter/a')?.version).toBe(version - 1);
          store.write([{ ...row, content: { parts: parts.length } }], base);
        }
        expect(plain(store.read('counter/a'))).toEqual(plain(readOf(row)));
        store.close();
        store = open({ epoch: version + 1 });
        expect(plain(store.read('counter/a'))).toEqual(plain(readOf(row)));
      }
      expect(discarded).toEqual([]);
    });

    test('reads the rows of one kind by stream, a page at a time', () => {
      const ids = ['b', 'a', 'c', 'd'];
      const rows = [...ids.map((id) => `counter/${id}`), 'counters/x', 'count/y', 'counter0'];
      store.write(
        rows.map((stream) => rowOf({ stream })),
        { at: markOf(1), reach: markOf(1) },
      );
      const streams = (after: string) =>
        store.scan('counter/', after, 2).map(({ stream }) => stream);
      expect(streams('counter/')).toEqual(['counter/a', 'counter/b']);
      expect(streams('counter/b')).toEqual(['counter/c', 'counter/d']);
      expect(streams('counter/d')).toEqual([]);
    });

    test.each([
      ['another directory', { dataId: 'other' }],
      ['another partition', { partition: 4 }],
      ['another program', { program: 'test 2' }],
    ])('is empty for %s, and says why', (_, changes) => {
      store.write([rowOf({})], { at: markOf(1), reach: markOf(1) });
      store.close();
      store = open({ epoch: 2, ...changes });
      expect(store.count).toBe(0);
      expect(store.base.at.position).toBe(0);
      expect(store.read('counter/a')).toBeUndefined();
      expect(discarded).toHaveLength(1);
    });

    test('forgets everything when told to, and is of use again', () => {
      store.write([rowOf({})], { at: markOf(1), reach: markOf(1) });
      store.discard('for a reason');
      expect(discarded).toEqual(['for a reason']);
      expect(store.count).toBe(0);
      expect(store.base.reach.position).toBe(0);
      store.write([rowOf({ version: 8 })], { at: markOf(2), reach: markOf(2) });
      expect(store.read('counter/a')?.version).toBe(8);
    });

    test('takes nothing from an owner who is not the last', () => {
      const base = { at: markOf(1), reach: markOf(1) };
      const later = open({ epoch: 2 });
      expect(() => store.write([rowOf({})], base)).toThrow(StaleStoreError);
      expect(() => store.put(rowOf({}), 0, bytesOf('x'))).toThrow(StaleStoreError);
      later.write([rowOf({ version: 5 })], base);
      expect(later.read('counter/a')?.version).toBe(5);
      expect(later.count).toBe(1);
      later.close();
    });

    test('keeps its own copy: what the writer does to its bytes later changes nothing', () => {
      const content = bytesOf('mine');
      store.write([rowOf({ content })], { at: markOf(1), reach: markOf(1) });
      content.fill(0);
      expect(Buffer.from(store.read('counter/a')?.bytes ?? []).toString()).toBe('mine');
    });
  });
}

export function ownerOf(epoch: number): StoreOwner {
  return { partition: 3, dataId: 'data', program: 'test 1', epoch, onDiscard: () => {} };
}

type AtHand = NewRow & { readonly content: Uint8Array };

export function rowOf(changes: Partial<AtHand>): AtHand {
  const row = {
    stream: 'counter/a',
    version: 1,
    kindVersion: 1,
    busy: false,
    content: bytesOf('state'),
    ...changes,
  };
  return { ...row, hash: rowHash(row, row.content) };
}

export function markOf(position: number): Mark {
  return { position, hash: new Uint8Array(32).fill(position) };
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

function readOf(row: AtHand | undefined): unknown {
  if (row === undefined) throw new Error('no row');
  const { stream, version, kindVersion, busy, content: bytes } = row;
  return { stream, version, kindVersion, busy, bytes };
}

function headOf(row: AtHand | undefined): unknown {
  if (row === undefined) throw new Error('no row');
  const { stream, version, kindVersion, busy } = row;
  return { stream, version, kindVersion, busy };
}

/** Bytes as text, whatever holds them. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, it) =>
      it?.type === 'Buffer'
        ? Buffer.from(it.data).toString('hex')
        : it instanceof Uint8Array
          ? Buffer.from(it).toString('hex')
          : it,
    ) ?? 'null',
  );
}
