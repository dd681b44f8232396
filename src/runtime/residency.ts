/**
 * Which of a partition's actors are in memory: woken by the first touch, gone again when nobody
 * has touched them for long, or when there are too many.
 *
 *   cellOf ─ in memory? ─ in the store? ─ nobody yet
 *   hand   goes round; whom it finds untouched since its last round, and idle, may leave
 *
 * Invariant: an actor is in memory, or its row in the store is what it is; never neither. The hand
 * is CLOCK (Corbató 1968): as good as least recently used here, without a list to keep on each touch.
 */
import type { Address, AnyActorKind } from './actor.ts';
import { decodeState } from './snapshots/state-bytes.ts';
import { CorruptSnapshotError, type Row, type SnapshotStore } from './snapshots/store.ts';

/** A hundred megabytes, at a kilobyte for a player without bets. */
export const RESIDENT_MAX_DEFAULT = 100_000;

/** An actor that nobody has touched for so long leaves at the hand's next round. */
export const IDLE_MS = 10 * 60_000;

/** Actors that the hand passes at one time. */
const EXAMINED_MAX = 256;

/** Rows read at one time where all actors of a kind are asked. */
const SCAN_MAX = 256;

/** One live actor. Whoever keeps one of a kind that may leave keeps it for a turn at most. */
export interface Cell {
  readonly address: Address;
  readonly id: string;
  readonly kind: AnyActorKind;
  state: unknown;
  /** Events folded into the state. */
  version: number;
}

export interface ResidentCell extends Cell {
  /** Since the hand's last round. */
  touched: boolean;
}

export interface Residency {
  readonly cells: ReadonlyMap<Address, ResidentCell>;
  /**
   * The actor at an address, fresh if nothing ever happened to it; undefined for no known kind.
   * @throws CorruptSnapshotError where the store does not have what it once took.
   */
  cellOf(address: Address): ResidentCell | undefined;
  /** An actor to which something has happened now. */
  add(cell: ResidentCell): void;
  /** All of a kind to which something ever happened, a pull at a time; none is made resident. */
  ofKind(kind: string): Iterable<Cell>;
  /** Whom the hand finds, at most a few hundred. @param isAwaited Somebody waits for its answer. */
  pass(nowMs: number, isAwaited: (address: Address) => boolean): readonly ResidentCell[];
  remove(cell: ResidentCell): void;
  /** Whether there are more in memory than there should be. */
  readonly crowded: boolean;
}

export function createResidency(options: {
  readonly kindOf: ReadonlyMap<string, AnyActorKind>;
  readonly store: SnapshotStore | undefined;
  /** In memory at most, but for those that may not leave. */
  readonly residentMax: number;
}): Residency {
  const { kindOf, store, residentMax } = options;
  const cells = new Map<Address, ResidentCell>();
  let hand = cells.values();
  /** When the hand begins its next round; undefined while it is on one. */
  let nextRoundMs: number | undefined = Number.NEGATIVE_INFINITY;
  /** Of a row that was not what was written: nothing of the store is believed after it. */
  let broken: CorruptSnapshotError | undefined;

  function cellOf(address: Address): ResidentCell | undefined {
    const known = cells.get(address);
    if (known !== undefined) {
      known.touched = true;
      return known;
    }
    const slash = address.indexOf('/');
    const kind = kindOf.get(address.slice(0, slash));
    if (kind === undefined) return undefined;
    const row = read((it) => it.read(address));
    if (row !== undefined) {
      const cell = wake(row);
      cells.set(cell.address, cell);
      return cell;
    }
    const id = address.slice(slash + 1);
    return { address, id, kind, state: kind.decider.initial(id), version: 0, touched: true };
  }

  /**
   * What is wrong with the store is wrong for good: an actor that was looked up in vain would be
   * taken for one that never was.
   */
  function read<Read>(from: (store: SnapshotStore) => Read): Read | undefined {
    if (broken !== undefined) throw broken;
    if (store === undefined) return undefined;
    try {
      return from(store);
    } catch (cause) {
      if (!(cause instanceof CorruptSnapshotError)) throw cause;
      broken = cause;
      store.discard(cause.message);
      throw cause;
    }
  }

  function wake({ stream, version, kindVersion, bytes }: Row): ResidentCell {
    const address = stream as Address; // every row was written of an actor
    const slash = address.indexOf('/');
    const kind = kindOf.get(address.slice(0, slash));
    const id = address.slice(slash + 1);
    return read(() => {
      const snapshot = kind?.snapshot;
      if (kind === undefined || snapshot?.version !== kindVersion) {
        throw new CorruptSnapshotError(`the snapshot of ${stream} is of version ${kindVersion}`);
      }
      try {
        const state: unknown = snapshot.thaw(id, decodeState(bytes));
        return { address, id, kind, state, version, touched: true };
      } catch (cause) {
        throw new CorruptSnapshotError(`the snapshot of ${stream} makes no sense`, { cause });
      }
    }) as ResidentCell; // there is a store, since it had the row
  }

  for (const row of read((it) => it.busy()) ?? []) {
    const cell = wake(row);
    cells.set(cell.address, cell);
  }

  return {
    cells,
    cellOf,
    add: (cell) => void cells.set(cell.address, cell),
    *ofKind(kind) {
      const resident = [...cells.values()].filter((it) => it.kind.kind === kind);
      for (const cell of resident) yield cells.get(cell.address) ?? cell;
      // Whoever has left since has been asked, and who came back is in memory.
      const asked = new Set<string>(resident.map(({ address }) => address));
      const prefix = `${kind}/`;
      let after = prefix;
      for (;;) {
        const rows = read((it) => it.scan(prefix, after, SCAN_MAX)) ?? [];
        for (const row of rows) {
          if (asked.has(row.stream)) continue;
          yield cells.get(row.stream as Address) ?? wake(row);
        }
        const last = rows.at(-1);
        if (last === undefined) return;
        after = last.stream;
      }
    },
    pass(nowMs, isAwaited) {
      if (nextRoundMs === Number.NEGATIVE_INFINITY) nextRoundMs = nowMs + IDLE_MS;
      if (nextRoundMs !== undefined) {
        if (nowMs < nextRoundMs && cells.size <= residentMax) return [];
        nextRoundMs = undefined;
        hand = cells.values();
      }
      const found: ResidentCell[] = [];
      for (let examined = 0; examined < EXAMINED_MAX; examined++) {
        const next = hand.next();
        if (next.done) {
          nextRoundMs = nowMs + IDLE_MS;
          break;
        }
        const cell = next.value;
        if (cell.touched) cell.touched = false;
        else if (mayLeave(cell) && !isAwaited(cell.address)) found.push(cell);
      }
      return found;
    },
    remove: ({ address }) => void cells.delete(address),
    get crowded() {
      return cells.size > residentMax;
    },
  };
}

/**
 * Nothing of it is to be done or shown by itself, so that nobody misses it. What names work of an
 * actor besides `jobs` is to be asked here too.
 */
export function mayLeave({ id, kind, state }: Cell): boolean {
  if (kind.views !== undefined || kind.pulse !== undefined || kind.snapshot === undefined) {
    return false;
  }
  return (kind.idle?.(state) ?? false) && (kind.jobs?.(id, state).length ?? 0) === 0;
}
