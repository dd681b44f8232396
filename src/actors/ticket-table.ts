/**
 * The tickets of one pool, packed: a few dozen bytes each instead of a few hundred as objects, in
 * memory that another thread may read while this one goes on writing.
 *
 *   columns    stake, combinations, time, player, channel, …   fixed size, by index
 *   heap       bet id, selection, alternates; names            by address
 *   index      (player, bet) → ticket
 *
 * Invariant: one ticket for each (player, bet), in order of registration; a ticket's number is its
 * index + 1. It is whole before `size` counts it and never changes afterwards but for its state.
 *
 * A reader sees the tickets that there were when it was shared with it, and their states as of now.
 * Writing and reading are ordered by the message that carries what is shared.
 */
import { FORMULAS, type Formula } from './formula.ts';
import type { Ticket } from './ticket.ts';
import {
  PACKED_BYTES_MAX,
  readAlternates,
  readLists,
  readText,
  skipText,
  startsAt,
  TEXT_BYTES_MAX,
  writeAlternates,
  writeLists,
  writeText,
} from './ticket-bytes.ts';
import { chunkOf, held, lengthOf, offsetOf, startOf } from './ticket-chunks.ts';
import {
  type Columns,
  columnsOf,
  createColumns,
  type FrozenColumns,
  freezeColumns,
  ROWS,
  thawColumns,
} from './ticket-columns.ts';
import { createHeap, type FrozenHeap, type HeapReader, readHeap } from './ticket-heap.ts';
import {
  createIndex,
  hashOf,
  type IndexReader,
  readIndex,
  type SharedIndex,
} from './ticket-index.ts';
import {
  createNames,
  type FrozenNames,
  type NamesReader,
  readNames,
  type SharedNames,
} from './ticket-names.ts';
import {
  type BetId,
  betId,
  type Cents,
  cents,
  type PlayerId,
  playerId,
  type RunnerNumber,
} from './units.ts';

/** Some 16 million, in about 1.5 GB: more than any one pool has ever sold in a day. */
export const TICKETS_MAX = 2 ** 24;

/** What their columns hold: rules that say less have been asked before. */
const FLEXI_MAX = 2 ** 16 - 1;
const PICKS_MAX = 2 ** 8 - 1;

/** What became of a ticket, as one byte. */
export const TICKET_STATE = { live: 0, cancelled: 1, refunded: 2, settled: 3, removed: 4 } as const;
export type TicketStateCode = (typeof TICKET_STATE)[keyof typeof TICKET_STATE];

/** A ticket of the table's own pool. */
export interface NewTicket extends Omit<Ticket, 'race' | 'pool' | 'cost'> {
  readonly atMs: number;
}

export interface StoredTicket extends NewTicket {
  /** stake × combinations. */
  readonly cost: Cents;
  readonly state: TicketStateCode;
}

/** A `Selection` that one reads into, again and again. */
export interface StoredSelection {
  formula: Formula;
  picks: number;
  legs: RunnerNumber[][];
  alternates: readonly number[];
}

/** Indices from 0. Every read of one that is not below `size` throws a RangeError. */
export interface TicketReader {
  readonly size: number;
  at(index: number): StoredTicket;
  betAt(index: number): BetId;
  stakeAt(index: number): Cents;
  combinationsAt(index: number): number;
  costAt(index: number): Cents;
  /** Names of players and channels are looked up in `players` and `channels`. */
  playerAt(index: number): number;
  channelAt(index: number): number;
  stateAt(index: number): TicketStateCode;
  /** Fills `into` and its lists where there is one: nothing is made for a ticket of the same shape. */
  selectionAt(index: number, into?: StoredSelection): StoredSelection;
  indexOf(player: PlayerId, bet: BetId): number | undefined;
  readonly players: TicketNames;
  readonly channels: TicketNames;
}

type TicketNames = Pick<NamesReader, 'count' | 'nameOf' | 'numberOf'>;

export interface TicketTable extends TicketReader {
  /**
   * Its number, from 1.
   * @throws RangeError beyond `TICKETS_MAX`, or where a part of it does not fit; nothing is added.
   */
  push(ticket: NewTicket): number;
  setState(index: number, state: TicketStateCode): void;
  /** All of it as of now, for a message to another thread. Copies no ticket. */
  share(): SharedTickets;
  /** Views on all of it as of now: a later push or state changes nothing of them. */
  freeze(): FrozenTickets;
}

/** Without the index, which follows from the rest. */
export interface FrozenTickets {
  readonly size: number;
  readonly columns: readonly FrozenColumns[];
  readonly heap: FrozenHeap;
  readonly players: FrozenNames;
  readonly channels: FrozenNames;
}

export interface SharedTickets {
  readonly size: number;
  readonly columns: readonly SharedArrayBuffer[];
  readonly heap: readonly SharedArrayBuffer[];
  readonly players: SharedNames;
  readonly channels: SharedNames;
  readonly index: SharedIndex;
}

/** @param frozen What it holds to begin with; copied. */
export function createTicketTable(frozen?: FrozenTickets): TicketTable {
  const chunks: Columns[] = (frozen?.columns ?? []).map((it, chunk) =>
    thawColumns(it, lengthOf(chunk, ROWS)),
  );
  const heap = createHeap(frozen?.heap);
  const players = createNames(heap, frozen?.players);
  const channels = createNames(heap, frozen?.channels);
  const entry = new Uint8Array(PACKED_BYTES_MAX);
  let size = frozen?.size ?? 0;
  const hashOfTicket = (at: number) =>
    held(chunks, chunkOf(at, ROWS)).hashes[offsetOf(at, ROWS)] ?? 0;
  const index = createIndex(hashOfTicket, size);
  for (let at = 0; at < size; at++) index.add(hashOfTicket(at), at);
  const reader = readerOf({ chunks, heap, players, channels, index, sizeNow: () => size });

  return {
    ...reader,
    // A spread would copy the size of an empty table.
    get size() {
      return size;
    },
    push(ticket) {
      if (size >= TICKETS_MAX) throw new RangeError(`more than ${TICKETS_MAX} tickets in a pool`);
      const { stake, combinations, atMs } = ticket;
      cents(stake * whole(combinations, 'combinations', Number.MAX_SAFE_INTEGER));
      whole(atMs, 'ms', Number.MAX_SAFE_INTEGER);
      const flexi = whole(ticket.flexi, 'percent', FLEXI_MAX);
      const picks = whole(ticket.picks, 'picks', PICKS_MAX);
      const idBytes = writeText(entry, 0, ticket.bet);
      const entryBytes = writeAlternates(
        entry,
        writeLists(entry, idBytes, ticket.legs),
        ticket.alternates,
      );
      if (reader.indexOf(ticket.player, ticket.bet) !== undefined) {
        throw new RangeError(`a bet of ${ticket.player} twice in a pool: ${ticket.bet}`);
      }
      const player = players.intern(ticket.player);
      const channel = channels.intern(ticket.channel);

      const chunk = chunkOf(size, ROWS);
      if (chunk === chunks.length) chunks.push(createColumns(lengthOf(chunk, ROWS)));
      const columns = held(chunks, chunk);
      const row = offsetOf(size, ROWS);
      columns.stakes[row] = stake;
      columns.combinations[row] = combinations;
      columns.timesMs[row] = atMs;
      columns.players[row] = player;
      columns.channels[row] = channel;
      columns.entries[row] = heap.put(entry, entryBytes);
      const hash = hashOf(player, entry, 0, idBytes);
      columns.hashes[row] = hash;
      columns.flexis[row] = flexi;
      columns.picks[row] = picks;
      columns.formulas[row] = FORMULAS.indexOf(ticket.formula);
      columns.states[row] = TICKET_STATE.live;
      index.add(hash, size);
      size += 1;
      return size;
    },
    setState(at, state) {
      if (!(at >= 0 && at < size)) throw new RangeError(`no ticket at ${at} of ${size}`);
      held(chunks, chunkOf(at, ROWS)).states[offsetOf(at, ROWS)] = state;
    },
    freeze: () => ({
      size,
      columns: chunks.map((it, chunk) =>
        freezeColumns(it, Math.min(lengthOf(chunk, ROWS), size - startOf(chunk, ROWS))),
      ),
      heap: heap.freeze(),
      players: players.freeze(),
      channels: channels.freeze(),
    }),
    share: () => ({
      size,
      columns: chunks.map((it) => it.buffer),
      heap: heap.share(),
      players: players.share(),
      channels: channels.share(),
      index: index.share(),
    }),
  };
}

/** The table that was shared, for another thread; a message may have carried it. */
export function readTickets(shared: SharedTickets): TicketReader {
  const heap = readHeap(shared.heap);
  return readerOf({
    chunks: shared.columns.map(columnsOf),
    heap,
    players: readNames(shared.players, heap),
    channels: readNames(shared.channels, heap),
    index: readIndex(shared.index),
    sizeNow: () => shared.size,
  });
}

interface Parts {
  readonly chunks: readonly Columns[];
  readonly heap: HeapReader;
  readonly players: NamesReader;
  readonly channels: NamesReader;
  readonly index: IndexReader;
  /** The parts may hold later tickets, of a thread that goes on pushing. */
  readonly sizeNow: () => number;
}

/** Casts to brands hold because `push` wrote each value from that brand. */
function readerOf({ chunks, heap, players, channels, index, sizeNow }: Parts): TicketReader {
  const id = new Uint8Array(TEXT_BYTES_MAX);

  function columnsAt(at: number): Columns {
    if (!(at >= 0 && at < sizeNow())) throw new RangeError(`no ticket at ${at} of ${sizeNow()}`);
    return held(chunks, chunkOf(at, ROWS));
  }

  function selectionAt(at: number, into = emptySelection()): StoredSelection {
    const columns = columnsAt(at);
    const row = offsetOf(at, ROWS);
    into.formula = formulaOf(columns.formulas[row] ?? 0);
    into.picks = columns.picks[row] ?? 0;
    const address = columns.entries[row] ?? 0;
    const segment = heap.segmentAt(address);
    const alternatesAt = readLists(segment, skipText(segment, heap.offsetAt(address)), into.legs);
    into.alternates = readAlternates(segment, alternatesAt);
    return into;
  }

  return {
    get size() {
      return sizeNow();
    },
    players,
    channels,
    betAt(at) {
      const address = columnsAt(at).entries[offsetOf(at, ROWS)] ?? 0;
      return betId(readText(heap.segmentAt(address), heap.offsetAt(address)));
    },
    stakeAt: (at) => (columnsAt(at).stakes[offsetOf(at, ROWS)] ?? 0) as Cents,
    combinationsAt: (at) => columnsAt(at).combinations[offsetOf(at, ROWS)] ?? 0,
    costAt: (at) => costIn(columnsAt(at), offsetOf(at, ROWS)),
    playerAt: (at) => columnsAt(at).players[offsetOf(at, ROWS)] ?? 0,
    channelAt: (at) => columnsAt(at).channels[offsetOf(at, ROWS)] ?? 0,
    stateAt: (at) => (columnsAt(at).states[offsetOf(at, ROWS)] ?? 0) as TicketStateCode,
    selectionAt,
    at(at) {
      const columns = columnsAt(at);
      const row = offsetOf(at, ROWS);
      const address = columns.entries[row] ?? 0;
      const segment = heap.segmentAt(address);
      const idAt = heap.offsetAt(address);
      const legs: RunnerNumber[][] = [];
      const alternatesAt = readLists(segment, skipText(segment, idAt), legs);
      return {
        bet: betId(readText(segment, idAt)),
        player: playerId(players.nameOf(columns.players[row] ?? 0)),
        formula: formulaOf(columns.formulas[row] ?? 0),
        legs,
        picks: columns.picks[row] ?? 0,
        alternates: readAlternates(segment, alternatesAt),
        flexi: columns.flexis[row] ?? 0,
        stake: (columns.stakes[row] ?? 0) as Cents,
        combinations: columns.combinations[row] ?? 0,
        channel: channels.nameOf(columns.channels[row] ?? 0),
        atMs: columns.timesMs[row] ?? 0,
        cost: costIn(columns, row),
        state: (columns.states[row] ?? 0) as TicketStateCode,
      };
    },
    indexOf(player, bet) {
      const number = players.numberOf(player);
      if (number === undefined) return undefined;
      const idBytes = writeText(id, 0, bet);
      return index.find(hashOf(number, id, 0, idBytes), (at) => {
        // Of a ticket that came after the sharing, this thread may not even hold the chunk.
        if (at >= sizeNow()) return false;
        const columns = columnsAt(at);
        const row = offsetOf(at, ROWS);
        if (columns.players[row] !== number) return false;
        const address = columns.entries[row] ?? 0;
        return startsAt(heap.segmentAt(address), heap.offsetAt(address), id, idBytes);
      });
    },
  };
}

function costIn(columns: Columns, row: number): Cents {
  return ((columns.stakes[row] ?? 0) * (columns.combinations[row] ?? 0)) as Cents;
}

function formulaOf(code: number): Formula {
  return held(FORMULAS, code);
}

/** To read into. */
export function emptySelection(): StoredSelection {
  return { formula: 'unit', picks: 0, legs: [], alternates: [] };
}

function whole(value: number, what: string, most: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new RangeError(`not a whole number of ${what} up to ${most}: ${value}`);
}
