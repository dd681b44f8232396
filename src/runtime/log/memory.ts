/** The event log in memory, for tests: what a `MemoryDisk` keeps survives the owner, like a file. */
import { genesisHash } from './chain.ts';
import {
  type Cursors,
  type EventLog,
  FencedError,
  type LogHead,
  type LogRecord,
  notWhatWasWritten,
} from './log.ts';
import { type Frame, follows, packFrame, unpackFrame } from './packing.ts';

export interface MemoryDisk {
  /** One for each commit, oldest first. */
  readonly frames: Frame[];
  /** What is in the frames: for looking at only. */
  readonly records: readonly LogRecord[];
  epoch: number;
  cursors: Cursors;
  /** Called before each write; a throw is a disk that fails. */
  beforeWrite: () => void;
}

export function createMemoryDisk(): MemoryDisk {
  const frames: Frame[] = [];
  let seen:
    | { readonly last: Frame | undefined; readonly records: readonly LogRecord[] }
    | undefined;
  return {
    frames,
    get records() {
      const last = frames.at(-1);
      if (seen?.last !== last) seen = undefined;
      seen ??= { last, records: Object.freeze(frames.flatMap(unpackFrame)) };
      return seen.records;
    },
    epoch: 0,
    cursors: { outgoing: 0, bus: 0 },
    beforeWrite: () => {},
  };
}

export function openMemoryLog(disk: MemoryDisk, partition: number): EventLog {
  disk.epoch++;
  const { epoch } = disk;
  let head = headOf(disk.frames.at(-1));
  let failure: { readonly cause: unknown } | undefined;

  function headOf(frame: Frame | undefined): LogHead {
    if (frame === undefined) return { position: 0, hash: genesisHash(partition) };
    return { position: frame.first + frame.count - 1, hash: frame.hash };
  }

  function write(batch: Parameters<EventLog['append']>[0], cursors: Cursors): void {
    ensureOwned();
    const { position } = headOf(disk.frames.at(-1));
    if (position !== head.position) {
      throw new FencedError(`partition ${partition}: position ${position}, not ${head.position}`);
    }
    disk.beforeWrite();
    const frames: Frame[] = [];
    let end = head;
    for (let from = 0; from < batch.length; ) {
      const frame = packFrame(end, batch, from);
      frames.push({ ...frame, bytes: Uint8Array.from(frame.bytes) });
      end = headOf(frame);
      from += frame.count;
    }
    disk.frames.push(...frames);
    disk.cursors = { ...cursors };
    head = end;
  }

  function ensureOwned(): void {
    if (disk.epoch === epoch) return;
    throw new FencedError(`partition ${partition}: epoch ${disk.epoch}, not ${epoch}`);
  }

  return {
    partition,
    epoch,
    head: () => head,
    append(batch, cursors) {
      if (failure !== undefined) throw failure.cause;
      try {
        write(batch, cursors);
      } catch (cause) {
        failure = { cause };
        throw cause;
      }
    },
    ensureOwned,
    *read(position) {
      const { frames } = disk;
      let index = frames.findLastIndex(({ first }) => first <= position + 1);
      if (index < 0) index = 0;
      let before = headOf(frames[index - 1]);
      for (; index < frames.length; index++) {
        const frame = frames[index];
        if (frame === undefined || !follows(before, frame)) {
          throw notWhatWasWritten(partition, before.position + 1);
        }
        for (const record of unpackFrame(frame)) if (record.position > position) yield record;
        before = headOf(frame);
      }
    },
    hashAt(position) {
      const ends = [headOf(undefined), ...disk.frames.map(headOf)];
      return ends.find((it) => it.position === position)?.hash;
    },
    cursors: () => disk.cursors,
    close: () => {},
  };
}
