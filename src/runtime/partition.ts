/**
 * One partition: its actors in memory, and its end of the log.
 *
 * Invariant: between turns, the actors are exactly what the log says. Within a turn they are ahead
 * of it by the staged records; if those cannot be committed, the partition's memory is worthless.
 */
import type { Address, AnyActorKind, Outgoing, Publication } from './actor.ts';
import type { Span } from './announcer.ts';
import { CorruptLogError, type Cursors, type EventLog, type NewRecord } from './log/log.ts';
import { OWN_KINDS } from './own-kinds.ts';

/** One live actor. */
export interface Cell {
  readonly address: Address;
  readonly id: string;
  readonly kind: AnyActorKind;
  state: unknown;
  /** Events folded into the state. */
  version: number;
}

/** What an event of the partition makes due: its position, and who else must hear of it. */
export interface Consequence {
  readonly position: number;
  readonly outgoing: readonly Outgoing[];
  readonly fact: Publication | undefined;
}

export interface Partition {
  readonly number: number;
  readonly log: EventLog;
  readonly cells: ReadonlyMap<Address, Cell>;
  /** The actor at an address, fresh if nothing ever happened to it; undefined for no known kind. */
  cellOf(address: Address): Cell | undefined;
  /** Folds events into an actor and stages their records; `commit` makes them true. */
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
  readonly pending: readonly Omit<Consequence, 'fact'>[];
}

/**
 * Opens a partition by replaying its log, which checks each record against the hash chain.
 * @throws CorruptLogError where a record is not what was written.
 */
export function openPartition(log: EventLog, kinds: readonly AnyActorKind[]): Partition {
  const kindOf = new Map([...kinds, ...OWN_KINDS].map((it) => [it.kind, it]));
  const cells = new Map<Address, Cell>();
  const staged: NewRecord[] = [];
  const pending: Omit<Consequence, 'fact'>[] = [];
  let position = 0;

  function cellOf(address: Address): Cell | undefined {
    const known = cells.get(address);
    if (known !== undefined) return known;
    const slash = address.indexOf('/');
    const kind = kindOf.get(address.slice(0, slash));
    if (kind === undefined) return undefined;
    const id = address.slice(slash + 1);
    return { address, id, kind, state: kind.decider.initial(id), version: 0 };
  }

  function fold(cell: Cell, event: unknown): void {
    cell.state = cell.kind.decider.evolve(cell.state, event);
    cell.version++;
    position++;
    cells.set(cell.address, cell);
  }

  replay();

  function replay(): void {
    const { outgoing, bus } = log.cursors();
    for (const record of log.read(0)) {
      const cell = cellOf(record.stream as Address); // every record was written with one
      if (cell === undefined || record.version !== cell.version + 1) {
        throw new CorruptLogError(
          `partition ${log.partition}: record ${record.position} does not continue ${record.stream}`,
        );
      }
      const event = cell.kind.decode(record.bytes);
      fold(cell, event);
      if (position <= outgoing) continue;
      const toSend = cell.kind.follow(cell.id, event);
      if (toSend.length > 0) pending.push({ position, outgoing: toSend });
    }
    // Cursors are written with the records they speak of; without those, commands would get lost.
    if (outgoing > position || bus > position) {
      throw new CorruptLogError(
        `partition ${log.partition}: ends at ${position}, its cursors at ${outgoing} and ${bus}`,
      );
    }
  }

  function* factsOf({ from, to }: Span): Iterable<Publication> {
    for (const record of log.read(from - 1)) {
      if (record.position > to) return;
      const cell = cellOf(record.stream as Address); // every record was written with one
      const fact = cell?.kind.fact?.(cell.id, cell.kind.decode(record.bytes));
      if (fact !== undefined) yield fact;
    }
  }

  function stage(
    cell: Cell,
    events: readonly unknown[],
    cause: string,
    atMs: number,
  ): Consequence[] {
    return events.map((event) => {
      const bytes = cell.kind.encode(event);
      fold(cell, event);
      staged.push({ stream: cell.address, version: cell.version, cause, atMs, bytes });
      return {
        position,
        outgoing: cell.kind.follow(cell.id, event),
        fact: cell.kind.fact?.(cell.id, event),
      };
    });
  }

  function commit(cursors: Cursors): void {
    log.append(staged, cursors);
    staged.length = 0;
  }

  return {
    number: log.partition,
    log,
    cells,
    cellOf,
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
  };
}
