// A partition that opens from snapshots, or lets its actors leave, is what its log says: always.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { player } from '../../src/actors/player.ts';
import type { Address } from '../../src/runtime/actor.ts';
import { createMemoryDisk, type MemoryDisk, openMemoryLog } from '../../src/runtime/log/memory.ts';
import { openPartition, type Partition, UnstagedError } from '../../src/runtime/partition.ts';
import { type ReadAhead, readAhead } from '../../src/runtime/read-ahead.ts';
import { IDLE_MS, ROUND_MS } from '../../src/runtime/residency.ts';
import {
  createSnapshotDisk,
  openMemorySnapshotReader,
  openMemorySnapshots,
  type SnapshotDisk,
} from '../../src/runtime/snapshots/memory.ts';
import {
  openSqliteSnapshotReader,
  openSqliteSnapshots,
} from '../../src/runtime/snapshots/sqlite.ts';
import { encodeState } from '../../src/runtime/snapshots/state-bytes.ts';
import type {
  SnapshotReader,
  SnapshotStore,
  StoreOwner,
} from '../../src/runtime/snapshots/store.ts';
import { type CounterAdded, counter, leavingCounter } from '../support/counter-actor.ts';
import { readToEnd } from '../support/read-to-end.ts';
import { createTurnedClock } from '../support/turned-clock.ts';

const NO_CURSORS = { outgoing: 0, bus: 0 };
const RESIDENT_MAX = 5;
const AWAKE_MAX = 2;
const TAIL_MAX = 10;
const COUNTERS = Array.from({ length: 8 }, (_, index): Address => `counter/${index}`);

const step = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constant('add' as const), fc.nat(COUNTERS.length - 1)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('look' as const), fc.nat(COUNTERS.length - 1)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('throw at' as const), fc.nat(COUNTERS.length - 1)) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('tend' as const), fc.nat(3)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('wait' as const), fc.constant(0)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('save all' as const), fc.constant(0)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('restart' as const), fc.constant(0)) },
  // Whoever opens the partition next has it; what comes meanwhile makes it old.
  { weight: 2, arbitrary: fc.tuple(fc.constant('read ahead' as const), fc.constant(0)) },
  // The store's so-manieth write from here on fails, and the process dies with it.
  { weight: 2, arbitrary: fc.tuple(fc.constant('crash' as const), fc.nat(4)) },
);

describe('a partition with snapshots', () => {
  test('replayed from zero, opened from snapshots and as it lives is the same, byte for byte', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => play(steps, memoryPlace())),
      { numRuns: 1_000 },
    );
  });

  test('is the same over a file', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
        const place = filePlace();
        try {
          play(steps, place);
        } finally {
          place.remove();
        }
      }),
      { numRuns: 20 },
    );
  }, 60_000);

  test('reads nothing of what it need not, and no record before its base', () => {
    const world = worldOf(memoryPlace());
    for (let round = 0; round < 30; round++) {
      world.add(COUNTERS[round % 8] ?? 'counter/0', 2, [], { outgoing: round, bus: round });
    }
    world.saveAll();
    world.restart();
    // All totals are even: nobody has to be in memory.
    expect(world.partition.cells.size).toBe(0);
    expect(world.partition.actors).toBe(8);
    // The last, whose commands nobody is known to have taken.
    expect(world.recordsRead()).toBe(1);
    expect(world.partition.cellOf('counter/3')?.version).toBe(4);
    expect(world.partition.cells.size).toBe(1);
  });

  test('takes from what was read ahead whoever must be in memory, and looks at no row of theirs', () => {
    const world = worldOf(memoryPlace());
    world.add('counter/1', 1);
    world.add('counter/2', 1);
    world.saveAll();
    world.add('counter/2', 2);
    world.readAhead();
    world.add('counter/2', 2);
    // Only who looks at the bytes finds this, so nobody does.
    const row = world.snapshots.rows.get('counter/1');
    if (row === undefined) throw new Error('no row');
    world.snapshots.rows.set('counter/1', { ...row, bytes: row.bytes.map((it) => it ^ 1) });
    world.restart();
    expect(world.discarded).toEqual([]);
    world.expectTrue();
    // It was of one opening.
    world.restart();
    expect(world.discarded).toHaveLength(1);
    world.expectTrue();
  });

  test('replays all of it where the store is gone that it was read ahead from', () => {
    const world = worldOf(memoryPlace());
    world.add('counter/1', 1);
    world.saveAll();
    world.readAhead();
    world.snapshots.rows.clear();
    world.snapshots.base = undefined;
    world.restart();
    world.expectTrue();
  });

  test('makes a new base before the tail is longer than it may be, a slice at a time', () => {
    const world = worldOf(memoryPlace());
    for (let round = 0; round < TAIL_MAX - 1; round++) world.add('counter/1', 2);
    world.tend();
    expect(world.snapshots.base?.at.position).toBeUndefined();
    world.add('counter/1', 2);
    world.tend();
    expect(world.snapshots.base?.at.position).toBe(TAIL_MAX);
  });

  test('lets idle actors sleep after a minute, but none that is awaited or not idle', () => {
    const world = worldOf(memoryPlace());
    for (const [address, by] of [
      ['a', 2],
      ['b', 2],
      ['odd', 1],
    ] as const)
      world.add(`counter/${address}`, by);
    world.tend('counter/b');
    world.wait(ROUND_MS);
    world.tend('counter/b');
    world.wait(ROUND_MS);
    world.tend('counter/b');
    expect([...world.partition.cells.keys()]).toEqual(['counter/b', 'counter/odd']);
    expect(world.partition.actors).toBe(3);
    world.expectTrue();
  });

  test.each(['idle', 'timers', 'jobs'])('keeps an actor in memory that throws at %s', (what) => {
    const throwing = () => {
      throw new Error('a defect');
    };
    const log = openMemoryLog(createMemoryDisk(), 0);
    const store = openMemorySnapshots(createSnapshotDisk(), {
      partition: 0,
      dataId: 'd',
      program: 'p',
      epoch: log.epoch,
      onDiscard: () => {},
    });
    const kinds = [{ ...leavingCounter, [what]: throwing }];
    const partition = openPartition(log, kinds, { snapshots: store });
    addTo(partition, 'counter/1', 2);
    for (let round = 0; round < 3; round++) partition.tend(round * ROUND_MS, () => false);
    expect([...partition.cells.keys()]).toEqual(['counter/1']);
  });

  test('asks all of a kind, in memory or not, once, over turns in which they come and go', () => {
    const world = worldOf(memoryPlace());
    for (const address of COUNTERS) world.add(address, 2);
    world.saveAll();
    world.restart();
    world.partition.cellOf('counter/4');
    const seen: string[] = [];
    for (const cell of world.partition.ofKind('counter')) {
      seen.push(`${cell.id}@${cell.version}`);
      // The one that was in memory leaves, and others come, while the question is on its way.
      world.partition.cellOf('counter/6');
      for (let round = 0; round < 4; round++) world.tend();
    }
    expect(seen.sort()).toEqual(COUNTERS.map((it) => `${it.slice('counter/'.length)}@1`).sort());
  });

  test.each([
    ['is shorter than the snapshots', (disk: MemoryDisk) => disk.frames.splice(4)],
    [
      'took another way',
      (disk: MemoryDisk) => {
        disk.frames.splice(4);
        const other = openPartition(openMemoryLog(disk, 0), [counter]);
        for (let more = 0; more < 9; more++) addTo(other, 'counter/1', 40);
      },
    ],
  ])('believes a log that was restored from a copy and %s', (_, restore) => {
    const world = worldOf(memoryPlace());
    for (let round = 0; round < 4; round++) world.add('counter/1', 2);
    world.saveAll();
    // Rows beyond the base: what leaves is saved at once.
    for (let round = 0; round < 3; round++) world.add('counter/1', 2);
    for (const address of COUNTERS) world.add(address, 2);
    for (let round = 0; round < 6; round++) world.tend();
    restore(world.disk);
    world.restart();
    expect(world.discarded).toHaveLength(1);
    world.expectTrue();
  });

  test.each([
    ['is gone', (disk: SnapshotDisk, row: string) => disk.rows.delete(row)],
    [
      'is another',
      (disk: SnapshotDisk, row: string) => {
        const found = disk.rows.get(row);
        if (found !== undefined) disk.rows.set(row, { ...found, version: found.version - 1 });
      },
    ],
  ])('is not served where the row of an actor that must be in memory %s', (how, damage) => {
    const world = worldOf(memoryPlace());
    world.add('counter/1', 1);
    world.add('counter/1', 2);
    world.saveAll();
    damage(world.snapshots, 'counter/1');
    // A store in memory has no sum; the tail then does not continue what is there.
    world.disk.frames.push(...(how === 'is gone' ? tailOf(world) : []));
    world.restart();
    expect(world.discarded).toHaveLength(1);
    world.expectTrue();
  });

  test('stops for good at a row that is not what was written, and replays at the next start', () => {
    const world = worldOf(memoryPlace());
    for (const address of COUNTERS) world.add(address, 2);
    world.saveAll();
    world.restart();
    const row = world.snapshots.rows.get('counter/5');
    if (row === undefined) throw new Error('no row');
    world.snapshots.rows.set('counter/5', { ...row, bytes: row.bytes.map((it) => it ^ 1) });
    expect(() => world.partition.cellOf('counter/5')).toThrow('is not what was written');
    // Nor does it look up others in a store that is empty by now.
    expect(() => world.partition.cellOf('counter/6')).toThrow('is not what was written');
    expect(() => world.partition.cellOf('counter/new')).toThrow('is not what was written');
    world.restart();
    world.expectTrue();
  });

  test('serves on where the store cannot be written, and lets nobody leave then', () => {
    const world = worldOf(memoryPlace());
    for (const address of COUNTERS) world.add(address, 2);
    world.snapshots.beforeWrite = () => {
      throw new Error('disk full');
    };
    for (let round = 0; round < 9; round++) world.tend();
    expect(world.partition.cells.size).toBe(COUNTERS.length);
    world.add('counter/1', 2);
    world.expectTrue();
  });

  test('answers for any of 100,000 players who have left memory', () => {
    const disk = createMemoryDisk();
    const log = openMemoryLog(disk, 0);
    const store = openMemorySnapshots(createSnapshotDisk(), ownerOf(log.epoch, []));
    const partition = openPartition(log, [player], { snapshots: store, residentMax: 1_000 });
    const count = 100_000;
    for (let index = 0; index < count; index++) {
      const cell = partition.cellOf(`player/p${index}`);
      if (cell === undefined) throw new Error('no player');
      const event = { kind: 'account-opened', request: 'o', alias: `alias ${index}`, atMs: 1 };
      partition.stage(cell, [event], 'why', 1);
      if (index % 100 < 99) continue;
      partition.commit(NO_CURSORS);
      while (partition.tend(1, () => false));
    }
    expect(partition.cells.size).toBeLessThanOrEqual(1_100);
    expect(partition.actors).toBe(count);
    for (let index = 0; index < count; index += 997) {
      const cell = partition.cellOf(`player/p${index}`);
      expect(cell?.kind.decider.answer(cell.state, { kind: 'account' })).toMatchObject({
        account: { player: `p${index}`, alias: `alias ${index}`, free: 0 },
      });
    }
  }, 120_000);

  test('keeps no snapshots with a kind that has none', () => {
    const disk = createMemoryDisk();
    const log = openMemoryLog(disk, 0);
    const snapshots = openMemorySnapshots(createSnapshotDisk(), ownerOf(log.epoch, []));
    expect(() => openPartition(log, [counter], { snapshots })).toThrow(
      'the kind counter has no snapshot',
    );
  });

  test('owes to others what lies before its base too', () => {
    const world = worldOf(memoryPlace());
    world.add('counter/1', 2, ['counter/2']);
    world.add('counter/3', 2, ['counter/4']);
    world.saveAll();
    world.restart();
    expect(world.partition.pending.map(({ position }) => position)).toEqual([1, 2]);
  });
});

interface Place {
  open(owner: StoreOwner): SnapshotStore;
  reader(owner: StoreOwner): SnapshotReader | undefined;
  readonly disk: SnapshotDisk;
  remove(): void;
}

function memoryPlace(): Place {
  const disk = createSnapshotDisk();
  return {
    disk,
    open: (owner) => openMemorySnapshots(disk, owner),
    reader: () => openMemorySnapshotReader(disk),
    remove() {},
  };
}

/** Its disk only says when a write fails. */
function filePlace(): Place {
  const disk = createSnapshotDisk();
  const dir = mkdtempSync(join(tmpdir(), 'furlong-partition-'));
  const path = join(dir, 'p-000.sqlite');
  return {
    disk,
    open(owner) {
      const store = openSqliteSnapshots(path, owner);
      return {
        ...store,
        get count() {
          return store.count;
        },
        get base() {
          return store.base;
        },
        write(rows, base) {
          disk.beforeWrite();
          store.write(rows, base);
        },
      };
    },
    reader: (owner) => openSqliteSnapshotReader(path, owner),
    remove: () => rmSync(dir, { recursive: true }),
  };
}

function ownerOf(epoch: number, discarded: string[]): StoreOwner {
  const onDiscard = (why: string) => discarded.push(why);
  return { partition: 0, dataId: 'data', program: 'test', epoch, onDiscard };
}

/** Takes what is no number for the defect that it is. */
const brittle: typeof leavingCounter = {
  ...leavingCounter,
  decider: {
    ...leavingCounter.decider,
    evolve(state, event) {
      // JSON has none.
      if (Number.isNaN(event.by)) throw new Error('a defect in evolve');
      return leavingCounter.decider.evolve(state, event);
    },
  },
};

type World = ReturnType<typeof worldOf>;

function worldOf(place: Place) {
  const disk = createMemoryDisk();
  const clock = createTurnedClock();
  const discarded: string[] = [];
  let partition: Partition;
  let store: SnapshotStore;
  let read = 0;
  let ahead: ReadAhead | undefined;
  open();

  function open(): void {
    const log = openMemoryLog(disk, 0);
    store = place.open(ownerOf(log.epoch, discarded));
    read = 0;
    const counting = {
      ...log,
      *read(position: number) {
        for (const record of log.read(position)) {
          read++;
          yield record;
        }
      },
    };
    partition = openPartition(counting, [brittle], {
      snapshots: store,
      ahead,
      residentMax: RESIDENT_MAX,
      awakeMax: AWAKE_MAX,
      tailMax: TAIL_MAX,
    });
    ahead = undefined;
  }

  return {
    disk,
    snapshots: place.disk,
    discarded,
    get partition() {
      return partition;
    },
    recordsRead: () => read,
    add: (to: Address, by: number, passOn: readonly Address[] = [], cursors = NO_CURSORS) =>
      addTo(partition, to, by, passOn, cursors),
    /** An event after one that is taken: neither happened. */
    throwAt(to: Address) {
      const cell = partition.cellOf(to);
      if (cell === undefined) throw new Error(`no ${to}`);
      const events = [1, Number.NaN].map((by) => ({ id: 'e', by, passOn: [] }));
      expect(() => partition.stage(cell, events, 'why', 5)).toThrow(UnstagedError);
    },
    tend: (awaited?: Address) => partition.tend(clock.now(), (it) => it === awaited),
    wait: (ms: number) => clock.turn(ms),
    saveAll: () => partition.saveAll(clock, 1_000),
    readAhead() {
      const snapshots = place.reader(ownerOf(0, []));
      const log = openMemoryLog(copyOf(disk), 0);
      ahead = snapshots && readToEnd(readAhead(snapshots, log, [leavingCounter]));
      snapshots?.close();
    },
    restart() {
      store.close();
      open();
    },
    /** Live, replayed from zero, and opened from what the store has now. */
    expectTrue() {
      const zero = openPartition(openMemoryLog(copyOf(disk), 0), [leavingCounter]);
      expect(partition.actors).toBe(zero.actors);
      for (const { address } of zero.cells.values()) {
        expect(bytesOf(partition, address), address).toBe(bytesOf(zero, address));
      }
    },
  };
}

function play(steps: readonly (readonly [string, number])[], place: Place): void {
  const world = worldOf(place);
  for (const [kind, number] of steps) {
    switch (kind) {
      case 'add':
        world.add(COUNTERS[number] ?? 'counter/0', 1 + (number % 3));
        break;
      case 'throw at':
        world.throwAt(COUNTERS[number] ?? 'counter/0');
        break;
      case 'look':
        world.partition.cellOf(COUNTERS[number] ?? 'counter/0');
        break;
      case 'tend':
        for (let slice = 0; slice <= number; slice++) world.tend();
        break;
      case 'wait':
        world.wait(IDLE_MS);
        break;
      case 'save all':
        world.saveAll();
        break;
      case 'read ahead':
        world.readAhead();
        break;
      case 'restart':
        world.restart();
        break;
      default: {
        let left = number;
        place.disk.beforeWrite = () => {
          if (left-- === 0) throw new Error('power cut');
        };
        for (let slice = 0; slice < 4; slice++) world.tend();
        world.saveAll();
        place.disk.beforeWrite = () => {};
        world.restart();
      }
    }
    world.expectTrue();
  }
  world.restart();
  world.expectTrue();
  expect(world.discarded).toEqual([]);
}

function addTo(
  partition: Partition,
  to: Address,
  by: number,
  passOn: readonly Address[] = [],
  cursors = NO_CURSORS,
): void {
  const cell = partition.cellOf(to);
  if (cell === undefined) throw new Error(`no ${to}`);
  const event: CounterAdded = { id: `e${cell.version}`, by, passOn };
  partition.stage(cell, [event], 'why', 5);
  partition.commit(cursors);
}

/** A record that continues an actor's life. */
function tailOf({ disk }: World) {
  const cut = copyOf(disk);
  addTo(openPartition(openMemoryLog(cut, 0), [counter]), 'counter/1', 3);
  return cut.frames.slice(-1);
}

function copyOf(disk: MemoryDisk): MemoryDisk {
  const copy = createMemoryDisk();
  copy.frames.push(...disk.frames);
  return copy;
}

function bytesOf(partition: Partition, address: Address): string {
  const cell = partition.cellOf(address);
  const bytes = Buffer.concat(encodeState(cell?.kind.snapshot?.freeze(cell.state)));
  return `${cell?.version} ${bytes.toString('hex')}`;
}
