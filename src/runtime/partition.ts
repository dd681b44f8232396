/**
 * One partition: its actors, and its end of the log.
 *
 * Invariant: between turns, the actors are exactly what the log says, in memory or as rows of the
 * snapshot store. Within a turn they are ahead of it by the staged records; if those cannot be
 * committed, the partition's memory is worthless.
 */
import {
  type Address,
  type AnyActorKind,
  idIn,
  kindIn,
  type Outgoing,
  type Publication,
} from './actor.ts';
import type { Span } from './announcer.ts';
import type { Clock } from './clock.ts';
import {
  CorruptLogError,
  type Cursors,
  type EventLog,
  type LogRecord,
  type NewRecord,
} from './log/log.ts';
import { OWN_KINDS } from './own-kinds.ts';
import { type QuarantinedActor, quarantinedActor } from './quarantine.ts';
import type { ReadAhead } from './read-ahead.ts';
import {
  AWAKE_MAX_DEFAULT,
  type Cell,
  createResidency,
  RESIDENT_MAX_DEFAULT,
  type ResidentCell,
} from './residency.ts';
import { createSaver } from './snapshots/saver.ts';
import {
  CorruptSnapshotError,
  digestOf,
  type Mark,
  type SnapshotStore,
} from './snapshots/store.ts';
import { silent, type Telemetry } from './telemetry.ts';
import { stackOf } from './thrown.ts';

export type { Cell } from './residency.ts';

/** What an event of the partition makes due: its position, and who else must hear of it. */
export interface Consequence {
  readonly position: number;
  readonly outgoing: readonly Outgoing[];
  readonly fact: Publication | undefined;
}

/** What a record of the log makes due; undefined where it cannot be read, and nobody can tell. */
interface Pending {
  readonly position: number;
  readonly outgoing: readonly Outgoing[] | undefined;
}

export interface Partition {
  readonly number: number;
  readonly log: EventLog;
  /** Those awake: all that have something to do by themselves, or something to show. */
  readonly cells: ReadonlyMap<Address, Cell>;
  /** To which something ever happened, in memory or not. */
  readonly actors: number;
  /** Actors that this program cannot replay: not among the cells, and not to be made anew. */
  readonly quarantined: ReadonlyMap<Address, QuarantinedActor>;
  /**
   * The actor at an address, fresh if nothing ever happened to it; undefined for no known kind, and
   * for an actor in quarantine.
   */
  cellOf(address: Address): Cell | undefined;
  /** All of a kind to which something ever happened; a pull at a time, and over turns if need be. */
  ofKind(kind: string): Iterable<Cell>;
  /**
   * Folds events into an actor and stages their records; `commit` makes them true.
   * @throws UnstagedError where the actor throws at its events, or at what they make due: nothing has
   * changed.
   */
  stage(
    cell: Cell,
    events: readonly unknown[],
    cause: string,
    atMs: number,
  ): readonly Consequence[];
  readonly hasStaged: boolean;
  /** What these positions, both included, tell the world, as the log has them. */
  factsOf(span: Span): Iterable<Publication>;
  /** Says in the log whose it is from here on: an owner's first word after a hand-off. */
  recordOwner(shard: string, atMs: number): void;
  /** On disk when it returns. A throw is an unknown outcome: stop and replay. */
  commit(cursors: Cursors): void;
  /** Commands that the log holds beyond the cursor: to be sent again. */
  readonly pending: readonly Pending[];
  /**
   * A slice of what can wait, between turns: saves actors, and lets idle ones leave memory.
   * @param isAwaited Whether somebody waits for an actor's answer.
   * @returns Whether there is more to do now.
   */
  tend(nowMs: number, isAwaited: (address: Address) => boolean): boolean;
  /**
   * Saves all that is not saved, so that the next owner has nothing to replay; gives up in time, and
   * the next call goes on.
   * @returns Whether there is nothing left of what there was to save.
   */
  saveAll(clock: Clock, withinMs: number): boolean;
  /** Closes the log and the store. */
  close(): void;
}

/** An actor cannot take its own event, or say what it makes due: nothing of it was begun. */
export class UnstagedError extends Error {
  override readonly name = 'UnstagedError';
}

export interface PartitionOptions {
  /** Undefined: every actor stays in memory, and every start folds the whole log. */
  readonly snapshots?: SnapshotStore | undefined;
  /** Of the same store, from before it was opened. */
  readonly ahead?: ReadAhead | undefined;
  /** Actors in memory at most, awake or asleep, but for those that may not leave. */
  readonly residentMax?: number;
  /** Awake at most, with the same exception. */
  readonly awakeMax?: number;
  /** Records that a start may have to fold. */
  readonly tailMax?: number;
  readonly telemetry?: Telemetry;
}

/** About half a second of replay; each shard has a few partitions. */
const TAIL_MAX_DEFAULT = 50_000;

/**
 * Whose snapshots a program takes for its own: it folds the same events in the same way.
 * @param software Name and version.
 */
export function programOf(software: string, kinds: readonly AnyActorKind[]): string {
  const parts = [...kinds, ...OWN_KINDS].map(({ kind, snapshot }) => [
    kind,
    snapshot?.version,
    snapshot?.words,
  ]);
  return `${software}, ${digestOf(JSON.stringify(parts))}`;
}

/**
 * Opens a partition: from its snapshots and the records after them, or from all of its log. Each
 * record that is read is checked against the hash chain. An actor that throws at one of them is put
 * in quarantine.
 * @throws CorruptLogError where a record is not what was written.
 */
export function openPartition(
  log: EventLog,
  kinds: readonly AnyActorKind[],
  options: PartitionOptions = {},
): Partition {
  const { snapshots: store, telemetry = silent } = options;
  if (store === undefined) return openFrom(log, kinds, options);
  const without = [...kinds, ...OWN_KINDS].find((it) => it.snapshot === undefined);
  if (without !== undefined) {
    throw new Error(`the kind ${without.kind} has no snapshot, so its partition can keep none`);
  }
  const strange = strangeIn(log, store);
  if (strange !== undefined) store.discard(strange);
  try {
    return openFrom(log, kinds, { ...options, ahead: aheadFor(log, store, options.ahead) });
  } catch (cause) {
    // A row was found wrong and the store is empty by now; or a row and the log contradict each
    // other, and the log alone says what is true.
    if (!(cause instanceof CorruptSnapshotError)) throw cause;
    telemetry.warn('a partition is replayed from its first record', {
      partition: log.partition,
      cause: stackOf(cause),
    });
    if (store.base.reach.position > 0) store.discard(cause.message);
    return openFrom(log, kinds, { ...options, ahead: undefined });
  }
}

/** What was read ahead, if it is of this log and there is nothing that it has not heard before the base. */
function aheadFor(
  log: EventLog,
  store: SnapshotStore,
  ahead: ReadAhead | undefined,
): ReadAhead | undefined {
  // An empty store may have been discarded, and then the log alone says what is true.
  if (ahead === undefined || store.count === 0) return undefined;
  if (ahead.at.position < store.base.at.position) return undefined;
  const found = log.hashAt(ahead.at.position);
  return found !== undefined && Buffer.from(found).equals(ahead.at.hash) ? ahead : undefined;
}

function whatIsSaidOf({ address, id, kind }: Cell, events: readonly unknown[]) {
  try {
    return events.map((event) => ({
      event,
      bytes: kind.encode(event),
      outgoing: kind.follow(id, event),
      fact: kind.fact?.(id, event),
    }));
  } catch (cause) {
    throw new UnstagedError(`${address} threw at its own event`, { cause });
  }
}

/** Why the store is not about this log: one that was restored from a copy is shorter, or another. */
function strangeIn(log: EventLog, store: SnapshotStore): string | undefined {
  for (const { position, hash } of [store.base.at, store.base.reach]) {
    const found = log.hashAt(position);
    if (found === undefined || !Buffer.from(found).equals(hash)) {
      return `it reaches to position ${position}, where the log has ${found === undefined ? 'nothing' : 'something else'}`;
    }
  }
  return undefined;
}

function openFrom(
  log: EventLog,
  kinds: readonly AnyActorKind[],
  options: PartitionOptions,
): Partition {
  const { snapshots: store, telemetry = silent, tailMax = TAIL_MAX_DEFAULT } = options;
  const kindOf = new Map([...kinds, ...OWN_KINDS].map((it) => [it.kind, it]));
  const residency = createResidency({
    kindOf,
    store,
    ahead: options.ahead,
    residentMax: options.residentMax ?? RESIDENT_MAX_DEFAULT,
    awakeMax: options.awakeMax ?? AWAKE_MAX_DEFAULT,
    telemetry,
  });
  const { cells } = residency;
  const saver =
    store &&
    createSaver<ResidentCell>({
      store,
      telemetry,
      freeze(cell) {
        const { snapshot } = cell.kind;
        if (snapshot === undefined) throw new Error(`${cell.kind.kind} has no snapshot`);
        const plain: unknown = snapshot.freeze(cell.state);
        const { version: kindVersion, words } = snapshot;
        return { plain, words, kindVersion, busy: !residency.mayLeave(cell) };
      },
    });
  const staged: NewRecord[] = [];
  const pending: Pending[] = [];
  const quarantined = new Map<Address, QuarantinedActor>();
  /** Whether the store says anything that the log does not say again. */
  const believed = store !== undefined && (store.count > 0 || store.base.at.position > 0);
  let actors = store?.count ?? 0;
  let position = 0;

  function fold(cell: ResidentCell, event: unknown): void {
    cell.state = cell.kind.decider.evolve(cell.state, event);
    cell.version++;
    if (cell.version === 1) {
      actors++;
      residency.add(cell);
    }
    saver?.changed(cell);
  }

  for (const [address, { changed }] of options.ahead?.actors ?? []) {
    const cell = cells.get(address as Address); // every record was written with one
    if (changed && cell !== undefined) saver?.changed(cell);
  }
  replay();

  function replay(): void {
    const { outgoing, bus } = log.cursors();
    const base = store?.base.at.position ?? 0;
    position = Math.min(base, outgoing);
    for (const record of log.read(position)) {
      position++;
      const address = record.stream as Address; // every record was written with one
      const kind = kindOf.get(kindIn(address));
      if (kind === undefined) throw discontinued(record);
      const broken = quarantined.get(address);
      if (broken !== undefined) {
        if (record.version !== broken.version + 1) throw discontinued(record);
        broken.version++;
      } else if (position > base) foldAgain(address, record);
      if (position > outgoing) owe(kind, address, record);
      if (position % 1_024 === 0 && residency.crowded) letSomeLeave(0, () => false);
    }
    // Cursors are written with the records they speak of; without those, commands would get lost.
    if (outgoing > position || bus > position) {
      throw new CorruptLogError(
        `partition ${log.partition}: ends at ${position}, its cursors at ${outgoing} and ${bus}`,
      );
    }
  }

  /** Unless the actor's row, which may be newer than the base, has it already. */
  function foldAgain(address: Address, record: LogRecord): void {
    const cell = residency.cellOf(address);
    if (cell === undefined) throw discontinued(record);
    if (record.version > cell.version + 1) throw discontinued(record);
    if (record.version <= cell.version) {
      if (!believed) throw discontinued(record);
      return;
    }
    try {
      fold(cell, cell.kind.decode(record.bytes));
    } catch (cause) {
      putInQuarantine(address, record, cause);
    }
  }

  function owe(kind: AnyActorKind, address: Address, record: LogRecord): void {
    try {
      const event: unknown = kind.decode(record.bytes);
      const outgoing = kind.follow(idIn(address), event);
      if (outgoing.length > 0) pending.push({ position, outgoing });
    } catch (cause) {
      pending.push({ position, outgoing: undefined });
      if (!quarantined.has(address)) putInQuarantine(address, record, cause);
    }
  }

  /** What was thrown is a defect of the actor: that its bytes are as written, is known. */
  function putInQuarantine(address: Address, { version }: LogRecord, cause: unknown): void {
    residency.drop(address);
    quarantined.set(address, quarantinedActor({ address, position, version }, cause));
  }

  function discontinued(record: NewRecord & { readonly position: number }): Error {
    const why = `partition ${log.partition}: record ${record.position} does not continue ${record.stream}`;
    return believed ? new CorruptSnapshotError(why) : new CorruptLogError(why);
  }

  function* factsOf({ from, to }: Span): Iterable<Publication> {
    for (const record of log.read(from - 1)) {
      if (record.position > to) return;
      const address = record.stream as Address; // every record was written with one
      const fact = factOf(address, record);
      if (fact !== undefined) yield fact;
    }
  }

  function factOf(address: Address, { bytes }: LogRecord): Publication | undefined {
    try {
      const kind = kindOf.get(kindIn(address));
      return kind?.fact?.(idIn(address), kind.decode(bytes));
    } catch (cause) {
      // The bus is not the book: what of such an actor cannot be read is not told.
      if (quarantined.has(address)) return undefined;
      throw cause;
    }
  }

  function cellOf(address: Address): Cell | undefined {
    return quarantined.has(address) ? undefined : residency.cellOf(address);
  }

  /** Of an actor in quarantine there may be a row, from before. */
  function* ofKind(kind: string): Iterable<Cell> {
    for (const cell of residency.ofKind(kind)) if (!quarantined.has(cell.address)) yield cell;
  }

  function stage(
    cell: Cell,
    events: readonly unknown[],
    cause: string,
    atMs: number,
  ): Consequence[] {
    // All that an actor says of its events, before the first of them changes it.
    const said = whatIsSaidOf(cell, events);
    const resident = cell as ResidentCell; // `cellOf` made it
    const { length } = staged;
    const { version } = cell;
    try {
      return said.map(({ event, bytes, outgoing, fact }) => {
        fold(resident, event);
        position++;
        staged.push({ stream: cell.address, version: cell.version, cause, atMs, bytes });
        return { position, outgoing, fact };
      });
    } catch (cause) {
      position -= staged.length - length;
      staged.length = length;
      makeAgain(resident, version);
      throw new UnstagedError(`${cell.address} threw at its new event`, { cause });
    }
  }

  /**
   * To what it was at a version: whatever an event that it threw at has left of it is forgotten. From
   * its row, the log after the base, and what this turn has staged.
   * @throws Error where they do not make it: then memory is in doubt.
   */
  function makeAgain(cell: ResidentCell, version: number): void {
    const { address, kind } = cell;
    if (version === 0 && cell.version > 0) actors--;
    saver?.forget(cell);
    residency.drop(address);
    const again = residency.cellOf(address);
    cell.state = again?.state;
    cell.version = again?.version ?? 0;
    for (const record of recordsOf(address)) {
      if (record.version !== cell.version + 1) continue;
      cell.state = kind.decider.evolve(cell.state, kind.decode(record.bytes));
      cell.version = record.version;
    }
    if (cell.version !== version) throw new Error(`${address} cannot be made again`);
    if (version === 0) return;
    residency.add(cell);
    saver?.changed(cell);
  }

  function* recordsOf(address: Address): Iterable<NewRecord> {
    for (const record of log.read(store?.base.at.position ?? 0)) {
      if (record.stream === address) yield record;
    }
    for (const record of staged) if (record.stream === address) yield record;
  }

  function commit(cursors: Cursors): void {
    log.append(staged, cursors);
    staged.length = 0;
  }

  /** @returns Whether some left. */
  function letSomeLeave(nowMs: number, isAwaited: (address: Address) => boolean): boolean {
    if (saver === undefined || saver.stopped) return false;
    const leaving = residency.pass(nowMs, isAwaited);
    saver.slice(log.head(), leaving);
    let left = 0;
    for (const cell of leaving) {
      if (saver.isBehind(cell)) continue;
      residency.letSleep(cell);
      left++;
    }
    return left > 0;
  }

  /** Not past the records of an actor that has no state: no row would stand for them. */
  function beginBase(head: Mark): void {
    if (quarantined.size === 0) saver?.begin(head);
  }

  const tail = (head: Mark) => head.position - (saver?.position ?? 0);

  return {
    number: log.partition,
    log,
    cells,
    get actors() {
      return actors;
    },
    quarantined,
    cellOf,
    ofKind,
    stage,
    get hasStaged() {
      return staged.length > 0;
    },
    recordOwner(shard, atMs) {
      const { epoch } = log;
      const fence = cellOf(`fence/${log.partition}`);
      if (fence === undefined) throw new Error('the runtime lacks its own kinds');
      stage(fence, [{ kind: 'owner-changed', epoch, shard }], `epoch-${epoch}`, atMs);
      commit(log.cursors());
    },
    commit,
    factsOf,
    pending,
    tend(nowMs, isAwaited) {
      if (saver === undefined || saver.stopped || staged.length > 0) return false;
      const head = log.head();
      if (tail(head) >= tailMax) beginBase(head);
      return letSomeLeave(nowMs, isAwaited) || saver.sweeping;
    },
    saveAll(clock, withinMs) {
      if (saver === undefined || staged.length > 0) return true;
      const head = log.head();
      if (tail(head) > 0) beginBase(head);
      const untilMs = clock.now() + withinMs;
      while (saver.sweeping && !saver.stopped && clock.now() < untilMs) saver.slice(head, []);
      return saver.stopped || !saver.sweeping;
    },
    close() {
      store?.close();
      log.close();
    },
  };
}
