// An actor that cannot be replayed, in a partition that keeps snapshots: no base may leave its records behind.
import { describe, expect, test } from 'vitest';
import { createMemoryDisk, openMemoryLog } from '../../src/runtime/log/memory.ts';
import { openPartition } from '../../src/runtime/partition.ts';
import { createSnapshotDisk, openMemorySnapshots } from '../../src/runtime/snapshots/memory.ts';
import {
  type CounterAdded,
  type counter,
  leavingCounter,
  timedCounter,
} from '../support/counter-actor.ts';
import { createTurnedClock } from '../support/turned-clock.ts';

const NO_CURSORS = { outgoing: 0, bus: 0 };
const OWNER = { dataId: 'd', program: 'p', onDiscard: () => {} };

describe('a partition with snapshots and an actor in quarantine', () => {
  test('makes no base over its records, and has it again with a program that can read them', () => {
    const world = start();
    const healthy = world.open();
    add(healthy, 'counter/a', '1', '2');
    add(healthy, 'counter/b', '1', '2');
    healthy.saveAll(createTurnedClock(), 1_000);
    expect(world.snapshots.base?.at.position).toBe(4);
    add(healthy, 'counter/a', '3', '4');

    const broken = world.open('3');
    expect([...broken.quarantined.values()]).toMatchObject([
      { address: 'counter/a', position: 5, version: 4 },
    ]);
    expect(broken.cellOf('counter/a')).toBeUndefined();
    expect([...broken.ofKind('counter')].map(({ address }) => address)).toEqual(['counter/b']);
    add(broken, 'counter/b', '3', '4');
    broken.saveAll(createTurnedClock(), 1_000);
    for (let slice = 0; slice < 100; slice++) broken.tend(slice, () => false);
    expect(world.snapshots.base?.at.position).toBe(4);

    const mended = world.open();
    expect(mended.quarantined.size).toBe(0);
    expect(mended.cellOf('counter/a')?.state).toMatchObject({ ids: ['1', '2', '3', '4'] });
    expect(mended.cellOf('counter/b')?.version).toBe(4);
    mended.saveAll(createTurnedClock(), 1_000);
    expect(world.snapshots.base?.at.position).toBe(8);
  });

  test('counts records that it need not fold, where only their deliveries cannot be read', () => {
    const world = start();
    const healthy = world.open();
    add(healthy, 'counter/a', '1', '2', '3');
    healthy.saveAll(createTurnedClock(), 1_000);
    add(healthy, 'counter/a', '4');
    // The cursor is before the base: what follows from the records is read, their actor is a row.
    const broken = world.open('2');
    expect([...broken.quarantined.values()]).toMatchObject([{ position: 2, version: 4 }]);
    expect(broken.pending).toEqual([{ position: 2, outgoing: undefined }]);
  });
});

test('an actor with a timer stays in memory, so that a start finds it', () => {
  const { timers = () => [] } = timedCounter;
  const world = start({ ...leavingCounter, timers });
  const before = world.open();
  add(before, 'counter/a', 'set:x:5', '1');
  add(before, 'counter/b', '1', '2');
  before.saveAll(createTurnedClock(), 1_000);
  const after = world.open();
  expect([...after.cells.keys()]).toEqual(['counter/a']);
});

/** @param kind Without a defect. */
function start(kind: typeof counter = leavingCounter) {
  const disk = createMemoryDisk();
  const snapshots = createSnapshotDisk();
  return {
    snapshots,
    /** @param unreadable The id of the event that the program cannot read. */
    open(unreadable?: string) {
      const log = openMemoryLog(disk, 0);
      const { epoch } = log;
      const program: typeof counter = {
        ...kind,
        decode(bytes) {
          const event = kind.decode(bytes);
          if (event.id === unreadable) throw new Error(`cannot read ${event.id}`);
          return event;
        },
      };
      const owner = { ...OWNER, partition: 0, epoch };
      const store = openMemorySnapshots(snapshots, owner);
      return openPartition(log, [program], { snapshots: store, tailMax: 1 });
    },
  };
}

function add(
  partition: ReturnType<typeof openPartition>,
  to: `counter/${string}`,
  ...ids: readonly string[]
): void {
  const cell = partition.cellOf(to);
  if (cell === undefined) throw new Error(`no ${to}`);
  const events = ids.map((id): CounterAdded => ({ id, by: 2, passOn: [] }));
  partition.stage(cell, events, 'why', 5);
  partition.commit(NO_CURSORS);
}
