/**
 * What the next owner of a partition reads of it while the last one still serves it, so that little is
 * left to read when everybody waits: the actors that must be in memory from the start, of which one may
 * be large, and those of which the log tells after the base.
 *
 * Invariant: an actor that is ahead has heard all that the log tells of it up to `at`. So whoever opens
 * the partition from a base that is no later may take it for its own, whatever has become of its row
 * since. Who has no row yet is not ahead.
 */
import { type AnyActorKind, idIn, kindIn } from './actor.ts';
import type { EventLog } from './log/log.ts';
import { OWN_KINDS } from './own-kinds.ts';
import { decodeState } from './snapshots/state-bytes.ts';
import {
  CorruptSnapshotError,
  type Mark,
  type Row,
  type SnapshotReader,
} from './snapshots/store.ts';

export interface ReadAhead {
  readonly at: Mark;
  readonly actors: ReadonlyMap<string, ActorAhead>;
}

interface ActorAhead {
  state: unknown;
  version: number;
  /** Whether it is more than its row was. */
  changed: boolean;
}

/** More records than a partition that has just saved its actors has after its base: not worth it. */
const TAIL_MAX = 20_000;

/**
 * An actor or a record at each step, so that a thread that serves others may stop in between. What
 * makes no sense is left to who opens the partition in earnest.
 */
export function* readAhead(
  store: SnapshotReader,
  log: Pick<EventLog, 'head' | 'read'>,
  kinds: readonly AnyActorKind[],
): Generator<undefined, ReadAhead> {
  const kindOf = new Map([...kinds, ...OWN_KINDS].map((it) => [it.kind, it]));
  const actors = new Map<string, ActorAhead>();
  const strange = new Set<string>();

  function wake(row: Row | undefined): ActorAhead | undefined {
    if (row === undefined) return undefined;
    const { stream, version } = row;
    const actor = { state: thaw(kindOf.get(kindIn(stream)), row), version, changed: false };
    actors.set(stream, actor);
    return actor;
  }

  for (const { stream } of store.busy()) {
    sensibly(stream, () => void wake(store.read(stream)));
    yield;
  }
  const base = store.base.at;
  const head = log.head();
  if (head.position <= base.position || head.position - base.position > TAIL_MAX) {
    return { at: base, actors };
  }
  for (const { stream, version, bytes, position } of log.read(base.position)) {
    if (position > head.position) break;
    yield;
    if (strange.has(stream)) continue;
    sensibly(stream, () => {
      const actor = actors.get(stream) ?? wake(store.read(stream));
      const kind = kindOf.get(kindIn(stream));
      if (actor === undefined || kind === undefined || version <= actor.version) return;
      if (version > actor.version + 1) throw new RangeError(`a record of ${stream} is missing`);
      actor.state = kind.decider.evolve(actor.state, kind.decode(bytes));
      actor.version = version;
      actor.changed = true;
    });
  }
  return { at: head, actors };

  function sensibly(stream: string, work: () => void): void {
    try {
      work();
    } catch {
      strange.add(stream);
      actors.delete(stream);
    }
  }
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
