import { describe, expect, test } from 'vitest';
import { toldBy } from '../../src/audit/records.ts';
import { createMemoryDisk, openMemoryLog } from '../../src/runtime/log/memory.ts';
import { OWN_KINDS } from '../../src/runtime/own-kinds.ts';
import { openPartition } from '../../src/runtime/partition.ts';

describe("the runtime's own records", () => {
  test('are replayed like those of any actor', () => {
    const disk = createMemoryDisk();
    const before = openPartition(openMemoryLog(disk, 3), []);
    const cell = before.cellOf('fence/3');
    if (cell === undefined) throw new Error('no fence');
    before.stage(cell, [{ kind: 'owner-changed', epoch: 7, shard: 'shard-1' }], 'epoch-7', 1);
    before.commit({ outgoing: 1, bus: 1 });

    const after = openPartition(openMemoryLog(disk, 3), []);
    expect(after.cells.get('fence/3')?.state).toEqual({ epoch: 7, shard: 'shard-1' });
  });

  test('say nothing to an auditor but that they can be read', () => {
    const [fence] = OWN_KINDS;
    const bytes = fence?.encode({ kind: 'owner-changed', epoch: 7, shard: 'shard-1' });
    expect(toldBy('fence/3', bytes ?? new Uint8Array())).toEqual({ of: 'runtime', id: '3' });
    expect(() => toldBy('fence/3', new Uint8Array([1, 2]))).toThrow();
  });
});
