import { expect, test } from 'vitest';
import { createMemoryDisk, openMemoryLog } from '../../src/runtime/log/memory.ts';
import { logContract, NO_CURSORS, recordOf } from './log.contract.ts';

logContract('in memory', () => {
  const disk = createMemoryDisk();
  return { open: (partition) => openMemoryLog(disk, partition), remove() {} };
});

test('a disk in memory that fails has written nothing', () => {
  const disk = createMemoryDisk();
  const log = openMemoryLog(disk, 0);
  disk.beforeWrite = () => {
    throw new Error('disk full');
  };
  expect(() => log.append([recordOf({})], { outgoing: 1, bus: 1 })).toThrow('disk full');
  expect(disk.records).toEqual([]);
  expect(disk.cursors).toEqual(NO_CURSORS);
});
