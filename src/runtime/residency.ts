/**
 * Which of a partition's actors are in memory, and how: woken by the first touch, packed away when
 * nobody has touched them for a minute, gone after ten more, or sooner where there are too many.
 *
 *   awake ──────────> asleep, packed ──────────> in the store alone
 *     ^                    │                            │
 *     └──────── touched ───┴────────────────────────────┘
 *
 * Invariant: of an actor that is not awake, the row in the store is what it is. The hand that goes
 * round among those awake is CLOCK (Corbató 1968): whom it finds idle, and untouched since its last
 * round, may sleep. That is as good as least recently used here, with nothing to keep on a touch.
 */
import { type Address, type AnyActorKind, idIn, kindIn } from './actor.ts';
import { type ReadAhead, thaw } from './read-ahead.ts';
import { createPackedRows } from './snapshots/packed-rows.ts';
import { encodeState } from './snapshots/state-bytes.ts';
import { CorruptSnapshotError, type Row, type SnapshotStore } from './snapshots/store.ts';
import type { Telemetry } from './telemetry.ts';
import { stackOf } from './thrown.ts';

/** Some 60 MB, at 250 bytes for a player who sleeps. */
export const RESIDENT_MAX_DEFAULT = 250_000;

/** Some 20 MB, at a kilobyte for a player without bets. */
export const AWAKE_MAX_DEFAULT = 20_000;

/** Between two rounds of the hand. */
export const ROUND_MS = 60_000;

/** Whoever has slept for so long leaves memory, with the next who do. */
export const IDLE_MS = 10 * 60_000;

/** Actors that the hand passes at one time. */
const EXAMINED_MAX = 256;

/** Rows read at one time where all actors of a kind are asked. */
const SCAN_MAX = 256;

/** An actor that is awake. Whoever keeps one of a kind that may leave keeps it for a turn at most. */
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
  /** Of an actor whose row in the store is what it is. */
  letSleep(cell: ResidentCell): void;
  /** Forgets an actor that has no state any more: see quarantine.ts. */
  drop(address: Address): void;
  /** Nothing of it is to be done or shown by itself, so that nobody misses it. */
  mayLeave(cell: Cell): boolean;
  /** Whether more are awake than should be. */
  readonly crowded: boolean;
}

export function createResidency(options: {
  readonly kindOf: ReadonlyMap<string, AnyActorKind>;
  readonly store: SnapshotStore | undefined;
  readonly ahead: ReadAhead | undefined;
  /** In memory at most, awake or asleep, but for those that may not leave. */
  readonly residentMax: number;
  /** Awake at most, with the same exception. */
  readonly awakeMax: number;
  readonly telemetry: Telemetry;
}): Residency {
  const { kindOf, store, ahead, residentMax, telemetry } = options;
  const awakeMax = Math.min(options.awakeMax, residentMax);
  const cells = new Map<Address, ResidentCell>();
  const asleep = createPackedRows();
  let hand = cells.values();
  /** When the hand begins its next round; undefined while it is on one. */
  let nextRoundMs: number | undefined = Number.NEGATIVE_INFINITY;
  /** When those who have slept for long leave. */
  let nextAgeMs = Number.NEGATIVE_INFINITY;
  /** Of a row that was not what was written: nothing of the store is believed after it. */
  let broken: CorruptSnapshotError | undefined;

  function cellOf(address: Address): ResidentCell | undefined {
    const known = cells.get(address);
    if (known !== undefined) {
      known.touched = true;
      return known;
    }
    const kind = kindOf.get(kindIn(address));
    if (kind === undefined) return undefined;
    const id = idIn(address);
    const packed = asleep.take(address);
    const row =
      packed === undefined
        ? read((it) => it.read(address))
        : { ...packed, stream: address, kindVersion: kind.snapshot?.version ?? 0 };
    if (row !== undefined) {
      const cell = wake(row);
      cells.set(cell.address, cell);
      return cell;
    }
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

  function wake(row: Omit<Row, 'busy'>): ResidentCell {
    const state = read(() => thaw(kindOf.get(kindIn(row.stream)), row));
    return cellAs(row, state);
  }

  function cellAs(
    { stream, version }: Pick<Row, 'stream' | 'version'>,
    state: unknown,
  ): ResidentCell {
    const address = stream as Address; // every row was written of an actor
    const kind = kindOf.get(kindIn(address));
    if (kind === undefined) throw new CorruptSnapshotError(`${stream} is of no known kind`);
    return { address, id: idIn(address), kind, state, version, touched: true };
  }

  /** Asking changes nothing, so a throw harms nobody: whoever throws stays. */
  function mayLeave({ address, id, kind, state }: Cell): boolean {
    if (kind.views !== undefined || kind.pulse !== undefined || kind.snapshot === undefined) {
      return false;
    }
    try {
      if (!(kind.idle?.(state) ?? false)) return false;
      const named = [kind.jobs, kind.calls, kind.timers];
      return named.every((due) => (due?.(id, state).length ?? 0) === 0);
    } catch (cause) {
      const fields = { address, cause: stackOf(cause) };
      telemetry.error('an actor threw when asked whether it may leave memory', fields);
      return false;
    }
  }

  function isThere(cell: ResidentCell): void {
    cells.set(cell.address, cell);
  }

  for (const [stream, { version, state }] of ahead?.actors ?? []) {
    isThere(cellAs({ stream, version }, state));
  }
  for (const { stream } of read((it) => it.busy()) ?? []) {
    const row = cells.has(stream as Address) ? undefined : read((it) => it.read(stream));
    if (row !== undefined) isThere(wake(row));
  }

  return {
    cells,
    cellOf,
    add: isThere,
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
      if (nextRoundMs === Number.NEGATIVE_INFINITY) {
        nextRoundMs = nowMs + ROUND_MS;
        nextAgeMs = nowMs + IDLE_MS;
      }
      if (nowMs >= nextAgeMs || asleep.size > residentMax - awakeMax) {
        asleep.age();
        nextAgeMs = nowMs + IDLE_MS;
      }
      if (nextRoundMs !== undefined) {
        if (nowMs < nextRoundMs && cells.size <= awakeMax) return [];
        nextRoundMs = undefined;
        hand = cells.values();
      }
      const found: ResidentCell[] = [];
      for (let examined = 0; examined < EXAMINED_MAX; examined++) {
        const next = hand.next();
        if (next.done) {
          nextRoundMs = nowMs + ROUND_MS;
          break;
        }
        const cell = next.value;
        if (cell.touched) cell.touched = false;
        else if (mayLeave(cell) && !isAwaited(cell.address)) found.push(cell);
      }
      return found;
    },
    letSleep({ address, kind, state, version }) {
      cells.delete(address);
      if (residentMax <= awakeMax) return;
      const segments = encodeState(kind.snapshot?.freeze(state), kind.snapshot?.words);
      asleep.put(address, { version, bytes: Buffer.concat(segments) });
    },
    drop: (address) => void cells.delete(address),
    mayLeave,
    get crowded() {
      return cells.size > awakeMax;
    },
  };
}
