import { describe, expect, test } from 'vitest';
import { createMemoryDisk, openMemoryLog } from '../../src/runtime/log/memory.ts';
import { openPartition } from '../../src/runtime/partition.ts';
import { type CounterAdded, counter } from '../support/counter-actor.ts';

const NO_CURSORS = { outgoing: 0, bus: 0 };

describe('a partition', () => {
  test('remembers nobody to whom nothing happened', () => {
    const { partition } = start();
    const [a, again] = [partition.cellOf('counter/a'), partition.cellOf('counter/a')];
    expect(a).toMatchObject({ id: 'a', version: 0, state: { total: 0 } });
    expect(again).not.toBe(a);
    expect(partition.cells.size).toBe(0);
  });

  test.each(['ghost/1', 'counter', '', '/1'] as const)('has no actor at %j', (address) => {
    expect(start().partition.cellOf(address as `${string}/${string}`)).toBeUndefined();
  });

  test('is ahead of its log by what is staged, until that is committed', () => {
    const { partition, disk, stage } = start();
    expect(partition.hasStaged).toBe(false);
    const consequences = stage('1', '2');
    expect(partition.hasStaged).toBe(true);
    expect(disk.records).toHaveLength(0);
    expect(partition.cells.get('counter/a')).toMatchObject({ version: 2, state: { total: 2 } });
    expect(consequences.map(({ position }) => position)).toEqual([1, 2]);
    partition.commit(NO_CURSORS);
    expect(partition.hasStaged).toBe(false);
    expect(disk.records).toMatchObject([
      { stream: 'counter/a', version: 1, cause: 'why', atMs: 5 },
      { stream: 'counter/a', version: 2, cause: 'why', atMs: 5 },
    ]);
  });

  test('tells again the facts at just the positions asked for', () => {
    const { partition, stage } = start();
    stage('1', '2', '3', '4');
    partition.commit(NO_CURSORS);
    const facts = partition.factsOf({ from: 2, to: 3 });
    expect(Array.from(facts, ({ bytes }) => Buffer.from(bytes).toString())).toEqual(['2;', '3;']);
    expect([...partition.factsOf({ from: 5, to: 9 })]).toEqual([]);
  });
});

function start() {
  const disk = createMemoryDisk();
  const partition = openPartition(openMemoryLog(disk, 0), [counter]);
  return {
    disk,
    partition,
    stage(...ids: readonly string[]) {
      const cell = partition.cellOf('counter/a');
      if (cell === undefined) throw new Error('no counter');
      const events = ids.map((id): CounterAdded => ({ id, by: 1, passOn: [] }));
      return partition.stage(cell, events, 'why', 5);
    },
  };
}
