/**
 * Format 2: a row and a hash for each commit, its records packed into one value (packing.ts); the
 * owner's epoch and the cursors in one row, with a hash of their own; and a list of the segments
 * that were closed before, so that none can be missing unnoticed.
 *
 * Invariant: frames follow the last segment of the list, without gaps; before them may be some that it
 * lists and nobody has dropped yet, the last ones of it.
 */
import { stateHash } from './chain.ts';
import type { ChainFile, ChainLink } from './chain-links.ts';
import type { SqliteDatabase } from './database.ts';
import { CorruptLogError, type Cursors, FencedError, type LogHead } from './log.ts';
import { type Frame, follows, unpackFrame } from './packing.ts';

/** Frames of a full page: some thousands of records of ordinary turns, 64 MiB at the very most. */
const PAGE_MAX = 64;

export const FRAMES_SCHEMA = `
  CREATE TABLE frame (
    first INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    bytes BLOB    NOT NULL,
    hash  BLOB    NOT NULL
  ) STRICT;
  CREATE TRIGGER frame_never_updated BEFORE UPDATE ON frame
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
  CREATE TRIGGER frame_never_deleted BEFORE DELETE ON frame
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
`;

/** From the first closing on: what the list says is in the archive may go, and nothing else. */
export const FRAMES_DROPPABLE = `
  DROP TRIGGER IF EXISTS frame_never_deleted;
  CREATE TRIGGER frame_never_deleted BEFORE DELETE ON frame
    WHEN old.first > coalesce((SELECT max(last) FROM segment), 0)
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
`;

export const STATE_SCHEMA = `
  CREATE TABLE state (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    epoch    INTEGER NOT NULL,
    outgoing INTEGER NOT NULL,
    bus      INTEGER NOT NULL,
    hash     BLOB    NOT NULL
  ) STRICT;
  CREATE TABLE segment (
    first INTEGER PRIMARY KEY,
    last  INTEGER NOT NULL,
    day   TEXT    NOT NULL,
    hash  BLOB    NOT NULL
  ) STRICT;
`;

/** Of a file that is made over. */
export const DROP_FRAMES = 'DROP TABLE IF EXISTS frame;';
export const DROP_STATE = 'DROP TABLE IF EXISTS state; DROP TABLE IF EXISTS segment;';

type HeadRow = Pick<Frame, 'first' | 'count' | 'hash'>;

export const format2: ChainFile = {
  head: (db) =>
    headOf(
      db
        .prepare<[], HeadRow>('SELECT first, count, hash FROM frame ORDER BY first DESC LIMIT 1')
        .get(),
    ),
  holding: (db, position) =>
    headOf(
      db
        .prepare<[number], HeadRow>(
          'SELECT first, count, hash FROM frame WHERE first <= ? ORDER BY first DESC LIMIT 1',
        )
        .get(position),
    ),
  before: (db, position) =>
    headOf(
      db
        .prepare<[number], HeadRow>(
          `SELECT first, count, hash FROM frame
           WHERE first < (SELECT first FROM frame WHERE first <= ? ORDER BY first DESC LIMIT 1)
           ORDER BY first DESC LIMIT 1`,
        )
        .get(position),
    ),
  links: (db, position, share) =>
    db
      .prepare<[number, number], Frame>(
        'SELECT * FROM frame WHERE first > ? ORDER BY first LIMIT ?',
      )
      .all(position, Math.ceil(PAGE_MAX * share))
      .map(linkOf),
  begunAtMs(db) {
    const frame = db.prepare<[], Frame>('SELECT * FROM frame ORDER BY first LIMIT 1').get();
    return frame === undefined ? undefined : unpackFrame(frame)[0]?.atMs;
  },
};

function headOf(row: HeadRow | undefined): LogHead | undefined {
  return row && { position: row.first + row.count - 1, hash: row.hash };
}

function linkOf(frame: Frame): ChainLink {
  return {
    last: frame.first + frame.count - 1,
    hash: frame.hash,
    follow: (before) => (follows(before, frame) ? unpackFrame(frame) : undefined),
  };
}

export interface LogState extends Cursors {
  readonly epoch: number;
}

interface StateRow extends LogState {
  readonly hash: Uint8Array;
}

/** @throws CorruptLogError where epoch and cursors are not what was written. */
export function readState(db: SqliteDatabase, partition: number): LogState {
  const row = db.prepare<[], StateRow>('SELECT epoch, outgoing, bus, hash FROM state').get();
  if (row === undefined || !(row.hash instanceof Uint8Array) || !hashedRight(row)) {
    throw new CorruptLogError(
      `partition ${partition}: its epoch and cursors are not what was written`,
    );
  }
  const { epoch, outgoing, bus } = row;
  return { epoch, outgoing, bus };

  function hashedRight({ hash, ...state }: StateRow): boolean {
    return Buffer.compare(stateHash(partition, state), hash) === 0;
  }
}

export function insertState(db: SqliteDatabase, partition: number, state: LogState): void {
  const { epoch, outgoing, bus } = state;
  db.prepare('INSERT INTO state VALUES (1, ?, ?, ?, ?)').run(
    epoch,
    outgoing,
    bus,
    stateHash(partition, state),
  );
}

/** Makes the next owner's epoch, within a transaction. */
export function takeFormat2(db: SqliteDatabase, partition: number): void {
  const { epoch, outgoing, bus } = readState(db, partition);
  const next = { epoch: epoch + 1, outgoing, bus };
  db.prepare('UPDATE state SET epoch = ?, hash = ?').run(next.epoch, stateHash(partition, next));
}

/** The statements of an owner's every commit; all of them are for within a transaction. */
export function prepareWriting(
  db: SqliteDatabase,
  { partition, epoch }: { readonly partition: number; readonly epoch: number },
) {
  const insert = db.prepare('INSERT INTO frame VALUES (?, ?, ?, ?)');
  const look = db
    .prepare(
      `SELECT epoch, coalesce(
         (SELECT first + count - 1 FROM frame ORDER BY first DESC LIMIT 1),
         (SELECT last FROM segment ORDER BY first DESC LIMIT 1), 0)
       FROM state`,
    )
    .raw();
  const save = db.prepare('UPDATE state SET outgoing = ?, bus = ?, hash = ?');
  return {
    /** @throws FencedError where somebody else has opened the log since, or written to it. */
    expectOwned({ position }: LogHead): void {
      const [owner, end] = look.get() as [number, number]; // as selected
      if (owner !== epoch) {
        throw new FencedError(`partition ${partition}: epoch ${owner}, not ${epoch}`);
      }
      if (end !== position) {
        throw new FencedError(`partition ${partition}: position ${end}, not ${position}`);
      }
    },
    insert({ first, count, bytes, hash }: Frame): void {
      insert.run(first, count, bytes, hash);
    },
    save({ outgoing, bus }: Cursors): void {
      save.run(outgoing, bus, stateHash(partition, { epoch, outgoing, bus }));
    },
  };
}
