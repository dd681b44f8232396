import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  openSqliteSnapshotReader,
  openSqliteSnapshots,
} from '../../src/runtime/snapshots/sqlite.ts';
import {
  CorruptSnapshotError,
  type SnapshotReader,
  type SnapshotStore,
} from '../../src/runtime/snapshots/store.ts';
import { markOf, ownerOf, rowOf, snapshotsContract } from './snapshots.contract.ts';

snapshotsContract('SQLite', () => {
  const { path, remove } = place();
  return {
    open: (owner) => openSqliteSnapshots(path, owner),
    reader: (owner) => openSqliteSnapshotReader(path, owner),
    remove,
  };
});

/** Enough rows that the tree has inner pages, some long enough to overflow, one in parts. */
const ROWS = Array.from({ length: 150 }, (_, index) =>
  rowOf({
    stream: `counter/${index}`,
    version: index + 1,
    busy: index % 50 === 0,
    content: new Uint8Array(index % 40 === 0 ? 6_000 : 20 + (index % 90)).fill(index),
  }),
);
const LARGE = rowOf({ stream: 'race/large', content: new Uint8Array(5_000).fill(9) });

test('never gives anything but what was written, whichever bit of its file is another', () => {
  const { path, remove } = place();
  fillFile(path);
  const whole = readFileSync(path);
  let discarded = 0;
  fc.assert(
    fc.property(fc.nat(whole.length * 8 - 1), (bit) => {
      const bytes = Buffer.from(whole);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
      writeFileSync(path, bytes);
      let reasons = 0;
      expectTrue(openSqliteSnapshotReader(path, ownerOf(2)));
      const store = openSqliteSnapshots(path, { ...ownerOf(2), onDiscard: () => reasons++ });
      try {
        if (reasons > 0) {
          discarded++;
          expect(store.count).toBe(0);
          expect(store.base.at.position).toBe(0);
        } else expectWhole(store);
      } finally {
        store.close();
      }
    }),
    // Bits that make a row's hash no bytes, and its name bytes: each found once by chance.
    { numRuns: 1_000, examples: [[439_696], [643_528]] },
  );
  expect(discarded).toBeGreaterThan(0);
  remove();
}, 180_000);

test('is made anew where a name is no text', () => {
  const { path, remove } = place();
  fillFile(path);
  const db = new Database(path);
  db.exec("UPDATE row SET stream = CAST(X'726163ff2f7230' AS TEXT) WHERE stream = 'race/large'");
  db.close();
  let reasons = 0;
  openSqliteSnapshots(path, { ...ownerOf(2), onDiscard: () => reasons++ }).close();
  expect(reasons).toBe(1);
  remove();
});

test('is made anew where a column is called otherwise', () => {
  const { path, remove } = place();
  fillFile(path);
  const bytes = readFileSync(path);
  bytes.write('bites', bytes.indexOf('bytes BLOB'));
  writeFileSync(path, bytes);
  expect(openSqliteSnapshotReader(path, ownerOf(2))).toBeUndefined();
  let reasons = 0;
  openSqliteSnapshots(path, { ...ownerOf(2), onDiscard: () => reasons++ }).close();
  expect(reasons).toBe(1);
  remove();
});

test.each(['hash', 'position_hash', 'reach_hash'])(
  'is made anew where the %s of its base is no bytes',
  (column) => {
    const { path, remove } = place();
    fillFile(path);
    const db = new Database(path);
    // As a flipped bit may do it to a record's header: no constraint looks at what is read.
    db.unsafeMode(true);
    db.pragma('writable_schema = ON');
    db.exec("UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '') WHERE name = 'base'");
    db.close();
    const again = new Database(path);
    again.exec(`UPDATE base SET ${column} = 7`);
    again.close();
    const reasons: string[] = [];
    const store = openSqliteSnapshots(path, { ...ownerOf(2), onDiscard: (it) => reasons.push(it) });
    expect(reasons).toHaveLength(1);
    expect(store.count).toBe(0);
    store.close();
    remove();
  },
);

test('is made anew where the file is none of ours, or cut off', () => {
  const { path, remove } = place();
  fillFile(path);
  const whole = readFileSync(path);
  for (const bytes of [Buffer.from('no database'), whole.subarray(0, 5_000), Buffer.alloc(9_000)]) {
    for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    writeFileSync(path, bytes);
    const reasons: string[] = [];
    const store = openSqliteSnapshots(path, { ...ownerOf(2), onDiscard: (it) => reasons.push(it) });
    expect(reasons).toHaveLength(1);
    store.write([rowOf({})], { at: markOf(1), reach: markOf(1) });
    expect(store.count).toBe(1);
    store.close();
  }
  remove();
});

test('makes its folder and an empty file where there is none', () => {
  const { path, remove } = place();
  const store = openSqliteSnapshots(join(path, 'deeper', 'p-000.sqlite'), ownerOf(1));
  expect(store.count).toBe(0);
  store.close();
  expect(existsSync(join(path, 'deeper', 'p-000.sqlite'))).toBe(true);
  remove();
});

test('drops parts that no row speaks of', () => {
  const { path, remove } = place();
  const store = openSqliteSnapshots(path, ownerOf(1));
  store.put(rowOf({ version: 7 }), 0, new Uint8Array(50_000));
  store.write([rowOf({ version: 6 })], { at: markOf(1), reach: markOf(1) });
  store.close();
  const next = openSqliteSnapshots(path, ownerOf(2));
  next.write([{ ...rowOf({ version: 7 }), content: { parts: 1 } }], next.base);
  expect(() => next.read('counter/a')).toThrow(CorruptSnapshotError);
  next.close();
  remove();
});

/** What is read is what was written, or is said not to be. */
function expectWhole(store: SnapshotStore): void {
  expect(store.base.at.position).toBe(5);
  expect(store.base.reach.position).toBe(9);
  for (const row of [...ROWS, LARGE]) {
    try {
      const read = store.read(row.stream);
      expect(read?.version).toBe(row.version);
      expect(Buffer.from(read?.bytes ?? []).equals(Buffer.from(row.content))).toBe(true);
    } catch (cause) {
      if (!(cause instanceof CorruptSnapshotError)) throw cause;
      return;
    }
  }
  const busy = [...store.busy()].map(({ stream }) => stream);
  expect(new Set(busy)).toEqual(new Set(ROWS.filter((it) => it.busy).map(({ stream }) => stream)));
}

/** Whatever it gives is what was written. */
function expectTrue(reader: SnapshotReader | undefined): void {
  for (const { stream, content } of ROWS) {
    try {
      const row = reader?.read(stream);
      if (row !== undefined) expect(Buffer.from(row.bytes).equals(content)).toBe(true);
    } catch (cause) {
      if (!(cause instanceof CorruptSnapshotError)) throw cause;
    }
  }
  reader?.close();
}

function fillFile(path: string): void {
  const store = openSqliteSnapshots(path, ownerOf(1));
  store.put(LARGE, 0, LARGE.content.subarray(0, 3_000));
  store.put(LARGE, 1, LARGE.content.subarray(3_000));
  const large = { ...LARGE, content: { parts: 2 } };
  store.write([...ROWS, large], { at: markOf(5), reach: markOf(9) });
  store.close();
}

function place() {
  // Opened a thousand times: in memory where the machine has such a place.
  const dir = mkdtempSync(
    join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'furlong-snapshots-'),
  );
  return { path: join(dir, 'p-000.sqlite'), remove: () => rmSync(dir, { recursive: true }) };
}
