/**
 * The disks of the partitions: the real log in memory, on a disk that fails.
 *
 * What a log file promises, it promises here: a batch is there whole or not at all, and what was
 * there stays. What it does not promise is what the owner hears of it: a write may fail before it
 * did anything, after it did all, or take its time.
 */
import { type EventLog, LogIoError, type NewRecord } from '../../src/runtime/log/log.ts';
import { createMemoryDisk, type MemoryDisk, openMemoryLog } from '../../src/runtime/log/memory.ts';
import { type Kernel, MS } from './kernel.ts';

export interface Disk {
  readonly partition: number;
  /** Opens the log as its next owner. */
  open(owner: string): EventLog;
  /** A log to look at, of what is there now, that takes nothing from its owner. */
  copy(): EventLog;
  /** Full: every write fails and changes nothing. */
  full: boolean;
  /** What the next write does, once. */
  next: 'succeeds' | 'fails' | 'fails-after-writing' | 'is-slow';
}

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

export function createDisk(options: {
  readonly partition: number;
  readonly kernel: Kernel;
  /** Told of all that is on disk, once. */
  readonly onWritten: (written: Written) => void;
  readonly onOpened: (partition: number, epoch: number) => void;
}): Disk {
  const { partition, kernel, onWritten, onOpened } = options;
  const chance = kernel.chanceFor(`disk ${partition}`);
  const memory: MemoryDisk = createMemoryDisk();

  const disk: Disk = {
    partition,
    full: false,
    next: 'succeeds',
    open(owner) {
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
        const { position } = log.head();
        log.append(batch, cursors);
        onWritten({
          partition,
          epoch: log.epoch,
          owner,
          position: position + 1,
          batch: [...batch],
          ...cursors,
        });
        if (fate === 'fails-after-writing') throw failure('SQLITE_IOERR_FSYNC');
      }
    },
    copy: () => openMemoryLog({ ...memory }, partition),
  };
  return disk;
}

function failure(code: string): LogIoError {
  return new LogIoError(`the simulated disk says ${code}`, { code, cause: undefined });
}
