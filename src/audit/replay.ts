/**
 * A log played again up to a position or a time, by the actors themselves: what each of them was then,
 * and the books twice, as the actors have them and as the ledger has them from the records alone.
 *
 * Invariant: nothing but the records up to the bound has any part in it, so it comes out the same
 * whenever and wherever it is done, and at the head it is what the server holds.
 *
 * Needs what the actors need in memory, and what the ledger needs (ledger.ts).
 */
import { KINDS } from '../actors/catalogue.ts';
import type { OperatorBooks } from '../actors/operator.ts';
import type { PlayerAnswer } from '../actors/player-events.ts';
import type { RaceAnswer } from '../actors/race-events.ts';
import { type AnyActorKind, idIn, kindIn } from '../runtime/actor.ts';
import { readDataDir } from '../runtime/data-dir.ts';
import { CorruptLogError, type LogRecord } from '../runtime/log/log.ts';
import { openSqliteReader } from '../runtime/log/sqlite.ts';
import { OWN_KINDS } from '../runtime/own-kinds.ts';
import { createStateHash } from '../runtime/state-hash.ts';
import { messageOf } from '../runtime/thrown.ts';
import { type Bound, expectPartitions, within } from './bounds.ts';
import { type Books, createLedger, type LedgerReport, missingIn } from './ledger.ts';
import { pictureOf } from './picture.ts';
import { toldBy } from './records.ts';

export interface ReplayOptions {
  /** The head of each partition if not said. */
  readonly to?: Bound | undefined;
  /** An actor to look at, such as `race/r1`. */
  readonly actor?: string | undefined;
  readonly onProgress?: (records: number) => void;
}

export interface Replay {
  readonly dataId: string;
  readonly records: number;
  /** Of the last record that was played, 0 for none, and when it was decided. By partition. */
  readonly partitions: readonly { readonly position: number; readonly atMs: number }[];
  /** How many of each kind, by its name. */
  readonly actors: Readonly<Record<string, number>>;
  readonly bets: LedgerReport['bets'];
  readonly books: Books;
  readonly funds: LedgerReport['funds'];
  /** Hex, over the state of every actor: see state-hash.ts. */
  readonly stateHash: string;
  /** Undefined where nobody asked, or nothing had happened to it. */
  readonly actor: ReplayedActor | undefined;
  /** What must not be, in words: the books do not add up, or actors and ledger differ. */
  readonly faults: readonly string[];
}

interface ReplayedActor {
  readonly address: string;
  /** Events so far. */
  readonly version: number;
  /** All that it answers. */
  readonly picture: unknown;
  readonly hash: string;
}

interface Cell {
  readonly kind: AnyActorKind;
  state: unknown;
  version: number;
}

/** How many records go by between two words of progress. */
const PROGRESS_EVERY = 100_000;

/** @throws CorruptLogError at what is not as it was written, or cannot be played. */
export function replayLog(
  dataDir: string,
  { to, actor, onProgress = () => {} }: ReplayOptions = {},
): Replay {
  const { id, logs } = readDataDir(dataDir);
  expectPartitions(logs.length, [to]);
  const cells = new Map<string, Cell>();
  const ledger = createLedger();
  let records = 0;
  const partitions = logs.map((path, partition) => {
    const reader = openSqliteReader(path, partition, id);
    try {
      let last = { position: 0, atMs: 0 };
      for (const record of within(partition, reader.read, { to })) {
        play(cells, record, `partition ${partition}, record ${record.position}`);
        ledger.add(toldBy(record.stream, record.bytes));
        last = { position: record.position, atMs: record.atMs };
        if (++records % PROGRESS_EVERY === 0) onProgress(records);
      }
      return last;
    } finally {
      reader.close();
    }
  });

  const { books, bets, funds, faults } = ledger.report();
  const missing = missingIn(books);
  return {
    dataId: id,
    records,
    partitions,
    actors: countsOf(cells),
    bets,
    books,
    funds,
    stateHash: stateHashOf(cells),
    actor: actorOf(cells, actor),
    faults: [
      ...faults,
      ...(missing === 0 ? [] : [`the books do not add up: ${missing} cents are missing`]),
      ...differencesOf(books, booksOf(cells)),
    ],
  };
}

function play(cells: Map<string, Cell>, record: LogRecord, where: string): void {
  const { stream, version, bytes } = record;
  const cell = cells.get(stream) ?? newCell(stream, where);
  if (version !== cell.version + 1) {
    throw new CorruptLogError(
      `${where}: ${stream} goes on with ${version}, not ${cell.version + 1}`,
    );
  }
  try {
    cell.state = cell.kind.decider.evolve(cell.state, cell.kind.decode(bytes));
  } catch (cause) {
    const problem = messageOf(cause);
    throw new CorruptLogError(`${where}: ${stream} cannot be played: ${problem}`, { cause });
  }
  cell.version = version;
  cells.set(stream, cell);
}

function newCell(stream: string, where: string): Cell {
  const name = kindIn(stream);
  const kind = [...KINDS, ...OWN_KINDS].find((it) => it.kind === name);
  if (kind === undefined) {
    throw new CorruptLogError(`${where}: ${JSON.stringify(stream)} is no stream of a known kind`);
  }
  return { kind, state: kind.decider.initial(idIn(stream)), version: 0 };
}

function countsOf(cells: ReadonlyMap<string, Cell>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of KINDS) counts[kind] = 0;
  for (const { kind } of cells.values()) counts[kind.kind] = (counts[kind.kind] ?? 0) + 1;
  return counts;
}

function stateHashOf(cells: ReadonlyMap<string, Cell>): string {
  const hash = createStateHash();
  for (const [address, cell] of cells) hash.add(address, cell);
  return hash.value();
}

function actorOf(
  cells: ReadonlyMap<string, Cell>,
  address: string | undefined,
): ReplayedActor | undefined {
  const cell = address === undefined ? undefined : cells.get(address);
  if (address === undefined || cell === undefined) return undefined;
  const picture = pictureOf(cell.kind, cell.state);
  const hash = createStateHash();
  hash.add(address, cell);
  return { address, version: cell.version, picture, hash: hash.value() };
}

type ActorBooks = Omit<Books, 'inTransit'>;

/** As the actors say, each of his own. */
function booksOf(cells: ReadonlyMap<string, Cell>): ActorBooks {
  const books = {
    deposits: 0,
    withdrawals: 0,
    free: 0,
    held: 0,
    unclaimed: 0,
    inPools: 0,
    takeout: 0,
    breakage: 0,
    reserve: 0,
    houseUnclaimed: 0,
    houseAwards: 0,
  };
  for (const { kind, state } of cells.values()) {
    if (kind.kind === 'player') {
      // Each kind gives its own kind of answer.
      const answer = kind.decider.answer(state, { kind: 'account' }) as PlayerAnswer;
      if (answer.kind !== 'account') continue;
      for (const name of ['deposits', 'withdrawals', 'free', 'held', 'unclaimed'] as const) {
        books[name] += answer.account[name];
      }
    } else if (kind.kind === 'race') {
      const answer = kind.decider.answer(state, { kind: 'books' }) as RaceAnswer;
      if (answer.kind === 'books') books.inPools += answer.inPools;
    } else if (kind.kind === 'operator') {
      const house = kind.decider.answer(state, { kind: 'books' }) as OperatorBooks;
      for (const name of ['takeout', 'breakage', 'reserve'] as const) books[name] += house[name];
      books.houseUnclaimed += house.unclaimed;
      books.houseAwards += house.awards;
    }
  }
  return books;
}

function differencesOf(ledger: Books, actors: ActorBooks): string[] {
  return Object.entries(actors).flatMap(([name, cents]) => {
    const booked = ledger[name as keyof ActorBooks]; // of the same names
    return booked === cents ? [] : [`the actors have ${cents} cents ${name}, the ledger ${booked}`];
  });
}
