/** The snapshot store in memory, for tests: what a `SnapshotDisk` keeps survives the owner. */
import { genesisHash } from '../log/chain.ts';
import {
  type Base,
  CorruptSnapshotError,
  type Row,
  type RowHead,
  rowHash,
  type SnapshotReader,
  type SnapshotStore,
  StaleStoreError,
  type StoreOwner,
} from './store.ts';

export interface SnapshotDisk {
  readonly rows: Map<string, Row & { readonly hash: Uint8Array }>;
  readonly parts: Map<string, Uint8Array>;
  base: Base | undefined;
  /** Whose rows they are. */
  owner: string;
  epoch: number;
  /** Called before each write; a throw is a disk that fails. */
  beforeWrite: () => void;
}

export function createSnapshotDisk(): SnapshotDisk {
  return {
    rows: new Map(),
    parts: new Map(),
    base: undefined,
    owner: '',
    epoch: 0,
    beforeWrite: () => {},
  };
}

/** Undefined where nothing was saved yet. */
export function openMemorySnapshotReader({ rows, base }: SnapshotDisk): SnapshotReader | undefined {
  if (base === undefined) return undefined;
  const seen = new Map(rows);
  return {
    base,
    read(stream) {
      const row = seen.get(stream);
      return row && checked(row);
    },
    busy: () => [...seen.values()].filter(({ busy }) => busy).map(headOf),
    close() {},
  };
}

export function openMemorySnapshots(disk: SnapshotDisk, owner: StoreOwner): SnapshotStore {
  const { partition, dataId, program, epoch, onDiscard } = owner;
  const name = [dataId, program, partition].join('\n');
  const fresh = { position: 0, hash: genesisHash(partition) };

  function discard(reason: string): void {
    onDiscard(reason);
    disk.rows.clear();
    disk.parts.clear();
    disk.base = undefined;
  }

  function checkOwner(): void {
    if (disk.epoch !== epoch) {
      throw new StaleStoreError(`partition ${partition}: epoch ${disk.epoch}, not ${epoch}`);
    }
  }

  function take({ stream, version }: Pick<RowHead, 'stream' | 'version'>, count: number) {
    const parts = Array.from({ length: count }, (_, part) => {
      const key = `${stream} ${version} ${part}`;
      const bytes = disk.parts.get(key);
      if (bytes === undefined) throw new RangeError(`part ${part} of ${stream} was never put`);
      disk.parts.delete(key);
      return bytes;
    });
    return Buffer.concat(parts);
  }

  if (disk.owner !== name && disk.base !== undefined) discard('its rows are of another owner');
  disk.owner = name;
  disk.epoch = epoch;

  const busyAtFirst = [...disk.rows.values()].filter(({ busy }) => busy);

  return {
    get count() {
      return disk.rows.size;
    },
    get base() {
      return disk.base ?? { at: fresh, reach: fresh };
    },
    read(stream) {
      const row = disk.rows.get(stream);
      return row === undefined ? undefined : checked(row);
    },
    scan: (prefix, after, limit) =>
      [...disk.rows.values()]
        .filter(({ stream }) => stream.startsWith(prefix) && stream > after)
        .sort((a, b) => (a.stream < b.stream ? -1 : 1))
        .slice(0, limit)
        .map(checked),
    *busy() {
      for (const { stream } of busyAtFirst) {
        const row = disk.rows.get(stream);
        if (row?.busy) yield headOf(row);
      }
    },
    put({ stream, version }, part, bytes) {
      checkOwner();
      disk.beforeWrite();
      disk.parts.set(`${stream} ${version} ${part}`, bytes.slice());
    },
    write(rows, base) {
      checkOwner();
      disk.beforeWrite();
      for (const { content, ...row } of rows) {
        const bytes = 'parts' in content ? take(row, content.parts) : content.slice();
        disk.rows.set(row.stream, { ...row, bytes });
      }
      disk.base = base;
    },
    discard,
    close() {},
  };
}

function headOf({ stream, version, kindVersion, busy }: RowHead): RowHead {
  return { stream, version, kindVersion, busy };
}

/** @throws CorruptSnapshotError where its bytes are not what was written. */
function checked({ hash, ...row }: Row & { readonly hash: Uint8Array }): Row {
  if (!Buffer.from(hash).equals(rowHash(row, row.bytes))) {
    throw new CorruptSnapshotError(`the snapshot of ${row.stream} is not what was written`);
  }
  return row;
}
