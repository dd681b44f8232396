/** The event log in memory, for tests: what a `MemoryDisk` keeps survives the owner, like a file. */
import { genesisHash, nextHash } from './chain.ts';
import { type Cursors, type EventLog, FencedError, type LogRecord } from './log.ts';

export interface MemoryDisk {
  readonly records: LogRecord[];
  epoch: number;
  cursors: Cursors;
  /** Called before each write; a throw is a disk that fails. */
  beforeWrite: () => void;
}

export function createMemoryDisk(): MemoryDisk {
  return { records: [], epoch: 0, cursors: { outgoing: 0, bus: 0 }, beforeWrite: () => {} };
}

export function openMemoryLog(disk: MemoryDisk, partition: number): EventLog {
  disk.epoch++;
  const { epoch } = disk;
  let length = disk.records.length;

  function ensureOwned(): void {
    if (disk.epoch === epoch) return;
    throw new FencedError(`partition ${partition}: epoch ${disk.epoch}, not ${epoch}`);
  }

  return {
    partition,
    epoch,
    head: () => {
      const { position = 0, hash = genesisHash(partition) } = disk.records[length - 1] ?? {};
      return { position, hash };
    },
    append(batch, cursors) {
      ensureOwned();
      disk.beforeWrite();
      let { position, hash } = this.head();
      const records = batch.map((record) => {
        position++;
        hash = nextHash(hash, position, record);
        // A copy, as a disk makes: what the caller does to its bytes later is its own affair.
        return { ...record, bytes: record.bytes.slice(), position, hash };
      });
      for (const record of records) disk.records.push(record);
      length = disk.records.length;
      disk.cursors = { ...cursors };
    },
    ensureOwned,
    read: (position) => disk.records.slice(position),
    cursors: () => disk.cursors,
    close: () => {},
  };
}
