import {
  busyMemoryRows,
  createSnapshotDisk,
  openMemorySnapshots,
} from '../../src/runtime/snapshots/memory.ts';
import { snapshotsContract } from './snapshots.contract.ts';

snapshotsContract('in memory', () => {
  const disk = createSnapshotDisk();
  return {
    open: (owner) => openMemorySnapshots(disk, owner),
    busyRows: () => busyMemoryRows(disk),
    remove() {},
  };
});
