/** A tree grows with its log, proves what is in it, and signs nothing else, whatever ended it. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { openCheckpoint } from '../../../src/runtime/tlog/checkpoint.ts';
import { leafOf } from '../../../src/runtime/tlog/entry.ts';
import { allSealed, HISTORY } from '../../../src/runtime/tlog/history.ts';
import { equalHashes } from '../../../src/runtime/tlog/merkle.ts';
import { openProof, proofText } from '../../../src/runtime/tlog/proof.ts';
import type { TreeSource } from '../../../src/runtime/tlog/source.ts';
import { tilePath, tilesOf } from '../../../src/runtime/tlog/tile.ts';
import { growTiles, readTile } from '../../../src/runtime/tlog/tile-files.ts';
import { CHECKPOINT, openTree, type Tree } from '../../../src/runtime/tlog/tree.ts';
import { createFakeLog, type FakeLog, ORIGIN, recordAt, signerOf, treeOptions } from './given.ts';
import { Crash, createMemoryFiles, type MemoryFiles } from './memory-files.ts';
import { naiveRoot } from './naive-merkle.ts';

const MAX = 10_000;

/** Of a property: hundreds of trees, also on a machine that has other things to do. */
vi.setConfig({ testTimeout: 60_000 });

/** Three levels of tiles would take 65,536 records: two are enough for every edge there is. */
const SIZES = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 });

function grow(tree: Tree, log: FakeLog, size: number): void {
  while (log.records.length < size) log.records.push(recordAt(log.records.length + 1));
  tree.grow(log, { max: MAX, nowMs: size });
}

/** What a tree of the first `size` records is, made by slow means, once for each size. */
const roots = new Map<number, Buffer>();
const scratches = new Map<number, MemoryFiles>();

function leavesOf(size: number): Uint8Array[] {
  return Array.from({ length: size }, (_, index) => leafOf(recordAt(index + 1)));
}

function rootAt(size: number): Buffer {
  const root = roots.get(size) ?? naiveRoot(leavesOf(size));
  roots.set(size, root);
  return root;
}

function madeAtOnce(size: number): MemoryFiles {
  const known = scratches.get(size);
  if (known !== undefined) return known;
  const scratch = createMemoryFiles();
  growTiles(scratch, 0, leavesOf(size));
  scratches.set(size, scratch);
  return scratch;
}

/** Everything that a tree of the first `size` records must hold. */
function mustBeWhole(files: MemoryFiles, size: number): void {
  const scratch = madeAtOnce(size);
  for (const tile of tilesOf(size)) {
    const made = readTile(files, tile);
    expect(made && Buffer.from(made).toString('hex'), tilePath(tile)).toBe(
      scratch.contents.get(tilePath(tile))?.toString('hex'),
    );
  }
  let before = 0;
  for (const { head, checkpoint } of allSealed(files, ORIGIN)) {
    expect(head.size).toBeGreaterThan(before);
    before = head.size;
    const opened = openCheckpoint(checkpoint, [signerOf(1)]);
    expect(equalHashes(opened.root, rootAt(head.size))).toBe(true);
  }
  expect(before).toBe(size);
  expect(openCheckpoint(files.contents.get(CHECKPOINT)?.toString() ?? '', [signerOf(1)])).toEqual({
    origin: ORIGIN,
    size,
    root: rootAt(size),
  });
}

function signed(size: number) {
  const files = createMemoryFiles();
  const log = createFakeLog(size);
  openTree(treeOptions(files), log).grow(log, { max: MAX, nowMs: 1 });
  return { files, log };
}

describe('a tree', () => {
  test('grown in any steps has the tiles of one made at once, and signs every step', () => {
    fc.assert(
      fc.property(SIZES, (steps) => {
        const files = createMemoryFiles();
        const log = createFakeLog(0);
        const tree = openTree(treeOptions(files), log);
        let size = 0;
        for (const step of steps) {
          size += step;
          grow(tree, log, size);
          expect(tree.sealed).toMatchObject({ head: { size }, atMs: size });
        }
        mustBeWhole(files, size);
        expect([...allSealed(files, ORIGIN)]).toHaveLength(steps.length);
      }),
      { numRuns: 20 },
    );
  });

  test('signs nothing where nothing is new', () => {
    const files = createMemoryFiles();
    const log = createFakeLog(0);
    const tree = openTree(treeOptions(files), log);
    grow(tree, log, 0);
    expect(files.contents.size).toBe(0);
    grow(tree, log, 3);
    const { writes } = files;
    expect(tree.grow(log, { max: MAX, nowMs: 9 })).toBe(0);
    expect(files.writes).toBe(writes);
  });

  test('takes no more records at once than it is told to', () => {
    const log = createFakeLog(10);
    const tree = openTree(treeOptions(createMemoryFiles()), log);
    const taken = [1, 2, 3].map(() => tree.grow(log, { max: 4, nowMs: 1 }));
    expect(taken).toEqual([4, 4, 2]);
  });

  test('proves every record in it and none after it', () => {
    const log = createFakeLog(520);
    const tree = openTree(treeOptions(createMemoryFiles()), log);
    tree.grow(log, { max: 515, nowMs: 1 });
    for (let position = 1; position <= 515; position++) {
      const proof = tree.prove(log, position);
      if (proof === undefined) throw new Error(`no proof of ${position}`);
      const { record, head } = openProof(proofText(proof), [signerOf(1)]);
      expect(record).toEqual(recordAt(position));
      expect(head.size).toBe(515);
    }
    for (const position of [-1, 0, 516, 521]) expect(tree.prove(log, position)).toBeUndefined();
  });

  test('finds a record by its key, where it is signed', () => {
    const log = createFakeLog(900);
    const tree = openTree(treeOptions(createMemoryFiles()), log);
    tree.grow(log, { max: 600, nowMs: 1 });
    for (const position of [3, 300, 600]) {
      expect(tree.proveKey(log, `bet ${position}`)?.index).toBe(position - 1);
    }
    expect(tree.proveKey(log, 'bet 603')).toBeUndefined();
    expect(tree.proveKey(log, 'bet 1')).toBeUndefined();
  });

  test('is opened again as it was, and goes on', () => {
    fc.assert(
      fc.property(SIZES, (steps) => {
        const files = createMemoryFiles();
        const log = createFakeLog(0);
        let size = 0;
        for (const step of steps) {
          size += step;
          grow(openTree(treeOptions(files), log), log, size);
        }
        mustBeWhole(files, size);
      }),
      { numRuns: 12 },
    );
  });
});

describe('whatever ended it', () => {
  const steps = [200, 300, 517, 520];

  /** Grows in steps until it is done or the process ends. */
  function run(files: MemoryFiles, log = createFakeLog(0)): void {
    try {
      const tree = openTree(treeOptions(files), log);
      for (const size of steps) grow(tree, log, size);
    } catch (cause) {
      if (!(cause instanceof Crash)) throw cause;
    }
  }

  /** The next start: all records are in the log, however far the tree got. */
  function startAgain(files: MemoryFiles): void {
    const log = createFakeLog(700);
    const tree = openTree(treeOptions(files), log);
    tree.grow(log, { max: MAX, nowMs: 700 });
    mustBeWhole(files, 700);
    for (const position of [3, 201, 300, 516, 699]) {
      expect(tree.proveKey(log, `bet ${position}`)?.index).toBe(position - 1);
      expect(tree.prove(log, position)).toBeDefined();
    }
  }

  const whole = createMemoryFiles();
  run(whole);

  test(`is mended after a crash before any of its ${whole.writes} writes`, () => {
    expect(whole.writes).toBeGreaterThan(20);
    for (let writes = 0; writes <= whole.writes; writes++) {
      const files = createMemoryFiles();
      files.crashAfter(writes);
      run(files);
      files.crashAfter(Number.POSITIVE_INFINITY);
      const told = files.contents.get(CHECKPOINT)?.toString();
      const signed = [...allSealed(files, ORIGIN)].map(({ checkpoint }) => checkpoint);
      if (told !== undefined) expect(signed, `told after ${writes} writes`).toContain(told);
      startAgain(files);
    }
  });

  test('is mended after a crash while it is mended', () => {
    for (let writes = 0; writes <= whole.writes; writes += 3) {
      const files = createMemoryFiles();
      files.crashAfter(writes);
      run(files);
      files.losePower(() => 0);
      files.crashAfter(writes % 4);
      run(files, createFakeLog(700));
      files.crashAfter(Number.POSITIVE_INFINITY);
      startAgain(files);
    }
  });

  test('is mended after the power went at any write, whatever that left of the tiles', () => {
    fc.assert(
      fc.property(
        fc.nat(whole.writes),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (writes, stream) => {
          const files = createMemoryFiles();
          files.crashAfter(writes);
          run(files);
          files.losePower(() => Number(stream.next().value));
          startAgain(files);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a line of the history that was never finished is cut off', () => {
    const files = createMemoryFiles();
    run(files);
    files.append(HISTORY, Buffer.from('{"size":521,"ro'));
    startAgain(files);
    expect(files.contents.get(HISTORY)?.toString()).not.toContain('521,"ro');
  });
});

describe('two that sign the same log', () => {
  test('do not: where another one wrote, a tree writes no more, and one opened again goes on', () => {
    const files = createMemoryFiles();
    const log = createFakeLog(0);
    const first = openTree(treeOptions(files), log);
    const second = openTree(treeOptions(files), log);
    grow(first, log, 2);
    const left = new Map(files.contents);
    expect(() => grow(second, log, 2)).toThrow('index is not as this tree left it');
    expect(files.contents).toEqual(left);
    const line = files.read(HISTORY) ?? Buffer.alloc(0);
    files.append(HISTORY, line);
    expect(() => grow(first, log, 3)).toThrow(`${HISTORY} is not as this tree left it`);
    expect(files.contents.get('index')).toEqual(left.get('index'));
    const last = openTree(treeOptions(files), log);
    grow(last, log, 4);
    expect([...allSealed(files, ORIGIN)].map(({ head }) => head.size)).toEqual([2, 2, 4]);
    expect(last.proveKey(log, 'bet 3')?.index).toBe(2);
  });

  test('left an index that is no longer the log’s: it is made again, from where it is wrong', () => {
    const { files, log } = signed(600);
    const index = Buffer.from(files.contents.get('index') ?? []);
    // Two wrote record 300: what follows is a place too far, and the end was cut off since.
    const shifted = Buffer.concat([index.subarray(0, 1_200), index.subarray(1_196, 2_396)]);
    files.replace('index', shifted, { durable: true });
    const tree = openTree(treeOptions(files), log);
    expect(files.contents.get('index')).toEqual(index);
    for (const position of [3, 300, 303, 600]) {
      expect(tree.proveKey(log, `bet ${position}`)?.index).toBe(position - 1);
    }
    // While it runs: older entries have their turn.
    files.replace('index', shifted, { durable: true });
    tree.recheck(log, { index: 0, count: 256 });
    expect(files.contents.get('index')).toEqual(shifted);
    tree.recheck(log, { index: 256, count: 256 });
    expect(files.contents.get('index')).toEqual(index);
  });
});

describe('a log that is not what was signed', () => {
  const changes: Record<string, (records: FakeLog['records']) => void> = {
    'an edited record': (records) => records.splice(99, 1, { ...recordAt(100), cause: 'other' }),
    'a record that is gone': (records) => records.splice(99, 1),
    'two records in another order': (records) => {
      const [a, b] = [recordAt(100), recordAt(101)];
      records.splice(99, 2, { ...b, position: 100 }, { ...a, position: 101 });
    },
    'a record more in the middle': (records) => {
      const later = records.splice(99).map((it) => ({ ...it, position: it.position + 1 }));
      records.push({ ...recordAt(100), cause: 'more' }, ...later);
    },
    'an end that is gone': (records) => records.splice(599),
  };

  for (const [name, change] of Object.entries(changes)) {
    test(`is refused at the next start: ${name}`, () => {
      const { files, log } = signed(600);
      change(log.records);
      const checkpoint = files.contents.get(CHECKPOINT)?.toString();
      expect(() => openTree(treeOptions(files), log)).toThrow(
        expect.objectContaining({ name: 'RewrittenLogError' }),
      );
      expect(files.contents.get(CHECKPOINT)?.toString()).toBe(checkpoint);
      expect([...allSealed(files, ORIGIN)]).toHaveLength(1);
    });
  }

  test('is refused by a second look while it runs, and no proof is made of it', () => {
    const { files, log } = signed(600);
    const tree = openTree(treeOptions(files), log);
    const tiles = new Map(files.contents);
    log.records.splice(99, 1, { ...recordAt(100), cause: 'other' });
    tree.recheck(log, { index: 256, count: 256 });
    expect(() => tree.recheck(log, { index: 0, count: 256 })).toThrow('not those that were signed');
    expect(() => tree.prove(log, 100)).toThrow('not those that were signed');
    expect(tree.prove(log, 99)).toBeDefined();
    // The tiles are the evidence.
    expect(files.contents).toEqual(tiles);
  });

  test('is let go of after a second look, whatever was found', () => {
    const { files, log } = signed(600);
    const tree = openTree(treeOptions(files), log);
    let open = 0;
    const counted: TreeSource = {
      end: () => log.end(),
      *read(position) {
        open++;
        try {
          yield* log.read(position);
        } finally {
          open--;
        }
      },
    };
    tree.recheck(counted, { index: 0, count: 256 });
    expect(open).toBe(0);
    log.records.splice(99, 1, { ...recordAt(100), cause: 'other' });
    expect(() => tree.recheck(counted, { index: 0, count: 256 })).toThrow('not those');
    expect(open).toBe(0);
  });

  test('is refused where a record is left out of what is new', () => {
    const { files, log } = signed(600);
    const tree = openTree(treeOptions(files), log);
    log.records.push(recordAt(602));
    expect(() => tree.grow(log, { max: MAX, nowMs: 2 })).toThrow(
      'after record 600 comes record 602',
    );
    expect([...allSealed(files, ORIGIN)]).toHaveLength(1);
  });

  test('is not what a damaged tile is taken for: the tile is made again', () => {
    const { files, log } = signed(600);
    const tile = files.contents.get('tile/0/000');
    tile?.fill(7, 320, 352);
    const tree = openTree(treeOptions(files), log);
    tree.grow(log, { max: MAX, nowMs: 2 });
    mustBeWhole(files, 600);
    tile?.fill(7, 320, 352);
    files.replace('tile/0/000', tile ?? Buffer.alloc(0), { durable: false });
    expect(tree.prove(log, 9)).toBeDefined();
    mustBeWhole(files, 600);
  });

  test('nor tiles that somebody made for another log: no tree is signed that does not go on', () => {
    const { files, log } = signed(600);
    const tree = openTree(treeOptions(files), log);
    const other = createMemoryFiles();
    growTiles(
      other,
      0,
      log.records.map((it) => leafOf({ ...it, cause: 'other' })),
    );
    for (const [path, bytes] of other.contents) files.replace(path, bytes, { durable: true });
    log.records.push(recordAt(601));
    expect(() => tree.grow(log, { max: MAX, nowMs: 2 })).toThrow('would not go on from the 600');
  });
});

describe('the key', () => {
  test('that signed so far must be the one that signs on, unless it was retired', () => {
    const files = createMemoryFiles();
    const log = createFakeLog(5);
    openTree(treeOptions(files), log).grow(log, { max: MAX, nowMs: 1 });
    const other = treeOptions(files, signerOf(2));
    expect(() => openTree(other, log)).toThrow('signed by');
    const tree = openTree({ ...other, retired: [signerOf(1)] }, log);
    grow(tree, log, 6);
    expect(openCheckpoint(tree.sealed.checkpoint, [signerOf(2)]).size).toBe(6);
  });
});

test('a history of any length is read a piece at a time', () => {
  const files = createMemoryFiles();
  const log = createFakeLog(0);
  grow(openTree(treeOptions(files), log), log, 3);
  const line = files.read(HISTORY) ?? Buffer.alloc(0);
  const times = Math.ceil((3 * 1024 * 1024) / line.length);
  for (let more = 1; more < times; more++) files.append(HISTORY, line);
  const read = vi.spyOn(files, 'read');
  const readAt = vi.spyOn(files, 'readAt');
  expect([...allSealed(files, ORIGIN)]).toHaveLength(times);
  expect(read).not.toHaveBeenCalled();
  expect(Math.max(...readAt.mock.calls.map(([, , length]) => length))).toBeLessThanOrEqual(2 ** 20);
});
