import {
  createSnapshotDisk,
  openMemorySnapshotReader,
  openMemorySnapshots,
} from '../../src/runtime/snapshots/memory.ts';
import { snapshotsContract } from './snapshots.contract.ts';

snapshotsContract('in memory', () => {
  const disk = createSnapshotDisk();
  return {
    open: (owner) => openMemorySnapshots(disk, owner),
    reader: () => openMemorySnapshotReader(disk),
    remove() {},
  };
});
