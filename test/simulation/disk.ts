/**
 * The disks of the partitions: the real log and snapshots in memory, on a disk that fails.
 *
 * What a log file promises, it promises here: a batch is there whole or not at all, and what was
 * there stays. What it does not promise is what the owner hears of it: a write may fail before it
 * did anything, after it did all, or take its time. Snapshots are a cache, so anything may happen.
 */
import { KINDS } from '../../src/actors/catalogue.ts';
import { SOFTWARE } from '../../src/actors/software.ts';
import { type EventLog, LogIoError, type NewRecord } from '../../src/runtime/log/log.ts';
import { createMemoryDisk, type MemoryDisk, openMemoryLog } from '../../src/runtime/log/memory.ts';
import { openPartition, type Partition, programOf } from '../../src/runtime/partition.ts';
import { type ReadAhead, readAhead } from '../../src/runtime/read-ahead.ts';
import {
  createSnapshotDisk,
  openMemorySnapshotReader,
  openMemorySnapshots,
  type SnapshotDisk,
} from '../../src/runtime/snapshots/memory.ts';
import type { Telemetry } from '../../src/runtime/telemetry.ts';
import { readToEnd } from '../support/read-to-end.ts';
import { type Chance, type Kernel, MS } from './kernel.ts';

export interface Disk {
  readonly partition: number;
  /** Opens the partition as its next owner, with what snapshots there are. */
  open(owner: string, telemetry: Telemetry, ahead?: ReadAhead): Partition;
  /** What the next owner may read before. */
  readAhead(): ReadAhead | undefined;
  /** A log to look at, of what is there now, that takes nothing from its owner. */
  copy(): EventLog;
  /** Full: every write fails and changes nothing. */
  full: boolean;
  /** What the next write does, once. */
  next: 'succeeds' | 'fails' | 'fails-after-writing' | 'is-slow';
  harmSnapshots(how: SnapshotHarm): void;
}

/** Their next write fails, they are gone, one byte is another. */
type SnapshotHarm = 'fail' | 'lose' | 'damage';

export interface Written {
  readonly partition: number;
  readonly epoch: number;
  readonly owner: string;
  /** Of the first of `batch`. */
  readonly position: number;
  readonly batch: readonly NewRecord[];
  readonly outgoing: number;
  readonly bus: number;
}

/** How a partition keeps snapshots; see PartitionOptions. */
interface Keeping {
  readonly residentMax: number;
  readonly tailMax: number;
}

const PROGRAM = programOf(SOFTWARE, KINDS);

export function createDisk(options: {
  readonly partition: number;
  readonly kernel: Kernel;
  /** Undefined for a partition without snapshots. */
  readonly keeping: Keeping | undefined;
  /** Told of all that is on disk, once. */
  readonly onWritten: (written: Written) => void;
  readonly onOpened: (partition: number, epoch: number) => void;
}): Disk {
  const { partition, kernel, keeping, onWritten, onOpened } = options;
  const chance = kernel.chanceFor(`disk ${partition}`);
  const memory: MemoryDisk = createMemoryDisk();
  const rows = createSnapshotDisk();
  /** The next owner finds none: whoever has the file open now reads on in it. */
  let lost = false;

  function openLog(owner: string): EventLog {
    // An owner's epoch is written.
    if (disk.full) throw failure('SQLITE_FULL');
    const log = openMemoryLog(memory, partition);
    onOpened(partition, log.epoch);
    let failed: LogIoError | undefined;
    return Object.assign(Object.create(log) as EventLog, { append });

    /** As every log: after a failure it takes no more. */
    function append(...write: Parameters<EventLog['append']>): void {
      if (failed !== undefined) throw failed;
      try {
        attempt(...write);
      } catch (cause) {
        if (cause instanceof LogIoError) failed = cause;
        throw cause;
      }
    }

    function attempt(...[batch, cursors]: Parameters<EventLog['append']>): void {
      const fate = disk.next;
      disk.next = 'succeeds';
      if (disk.full) throw failure('SQLITE_FULL');
      if (fate === 'fails') throw failure('SQLITE_IOERR_FSYNC');
      if (fate === 'is-slow') kernel.elapse(chance.between(20, 3_000) * MS);
      const position = log.head().position + 1;
      log.append(batch, cursors);
      onWritten({ partition, epoch: log.epoch, owner, position, batch: [...batch], ...cursors });
      if (fate === 'fails-after-writing') throw failure('SQLITE_IOERR_FSYNC');
    }
  }

  const disk: Disk = {
    partition,
    full: false,
    next: 'succeeds',
    open(owner, telemetry, ahead) {
      const log = openLog(owner);
      if (keeping === undefined) return openPartition(log, KINDS);
      if (lost) lose(rows);
      lost = false;
      const snapshots = openMemorySnapshots(rows, {
        partition,
        dataId: 'simulated',
        program: PROGRAM,
        epoch: log.epoch,
        onDiscard: (reason) => kernel.note(`snapshots of ${partition} are discarded: ${reason}`),
      });
      return openPartition(log, KINDS, { snapshots, ahead, telemetry, ...keeping });
    },
    readAhead() {
      const snapshots = openMemorySnapshotReader(rows);
      return snapshots && readToEnd(readAhead(snapshots, disk.copy(), KINDS));
    },
    copy: () => openMemoryLog({ ...memory }, partition),
    harmSnapshots(how) {
      if (how === 'fail') failOnce(rows);
      else if (how === 'lose') lost = true;
      else damage(rows, chance);
    },
  };
  return disk;
}

function failOnce(rows: SnapshotDisk): void {
  rows.beforeWrite = () => {
    rows.beforeWrite = () => {};
    throw failure('SQLITE_IOERR_WRITE');
  };
}

function lose(rows: SnapshotDisk): void {
  rows.rows.clear();
  rows.parts.clear();
  rows.base = undefined;
}

function damage({ rows }: SnapshotDisk, chance: Chance): void {
  const row = chance.pick([...rows.values(), undefined]);
  if (row === undefined || row.bytes.length === 0) return;
  const bytes = row.bytes.slice();
  bytes[chance.below(bytes.length)] = chance.below(256);
  rows.set(row.stream, { ...row, bytes });
}

function failure(code: string): LogIoError {
  return new LogIoError(`the simulated disk says ${code}`, { code, cause: undefined });
}
