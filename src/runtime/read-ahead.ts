/**
 * What the next owner of a partition reads of it while the last one still serves it: the actors that
 * must be in memory from the start, of which one may be large, so that nobody waits for it later.
 *
 * Invariant: it counts for an actor whose row is of the same version when the partition is opened, and
 * for no other. A row of one version is the same actor, whenever it was read.
 */
import { type AnyActorKind, idIn, kindIn } from './actor.ts';
import { decodeState } from './snapshots/state-bytes.ts';
import { CorruptSnapshotError, type Row, type RowHead } from './snapshots/store.ts';

export interface ReadAhead {
  /** Its state, once: who takes it goes on to change it. */
  take(row: RowHead): { readonly state: unknown } | undefined;
}

/** @param rows As the store has them; one that makes no sense is left to who opens it in earnest. */
export function readAhead(rows: Iterable<Row>, kinds: readonly AnyActorKind[]): ReadAhead {
  const kindOf = new Map(kinds.map((it) => [it.kind, it]));
  const read = new Map<string, { readonly version: number; readonly state: unknown }>();
  for (const row of rows) {
    const { stream, version } = row;
    try {
      read.set(stream, { version, state: thaw(kindOf.get(kindIn(stream)), row) });
    } catch (cause) {
      if (!(cause instanceof CorruptSnapshotError)) throw cause;
    }
  }
  return {
    take({ stream, version }) {
      const found = read.get(stream);
      read.delete(stream);
      return found?.version === version ? found : undefined;
    },
  };
}

/** What a row's bytes are. @throws CorruptSnapshotError where they make no state of that kind. */
export function thaw(
  kind: AnyActorKind | undefined,
  { stream, kindVersion, bytes }: Pick<Row, 'stream' | 'kindVersion' | 'bytes'>,
): unknown {
  const snapshot = kind?.snapshot;
  if (snapshot?.version !== kindVersion) {
    throw new CorruptSnapshotError(`the snapshot of ${stream} is of version ${kindVersion}`);
  }
  try {
    return snapshot.thaw(idIn(stream), decodeState(bytes, snapshot.words));
  } catch (cause) {
    throw new CorruptSnapshotError(`the snapshot of ${stream} makes no sense`, { cause });
  }
}
