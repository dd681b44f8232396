/**
 * Format 1, of Furlong 0.1 and 0.2: a row and a hash for each record. Nobody writes it any more; a
 * log that has it is archived when it is next opened, and read for ever.
 */
import { recordHash } from './chain.ts';
import type { ChainFile, ChainLink } from './chain-links.ts';
import type { SqliteDatabase } from './database.ts';
import { CorruptLogError, type LogHead } from './log.ts';

/** Records of a full page. */
const PAGE_MAX = 1_024;

interface EventRow {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly cause: string;
  readonly at_ms: number;
  readonly bytes: Buffer;
  readonly hash: Buffer;
}

type HeadRow = Pick<EventRow, 'position' | 'hash'>;

export const format1: ChainFile = {
  head: (db) =>
    db
      .prepare<[], HeadRow>('SELECT position, hash FROM event ORDER BY position DESC LIMIT 1')
      .get(),
  holding: (db, position) =>
    db
      .prepare<[number], HeadRow>(
        'SELECT position, hash FROM event WHERE position <= ? ORDER BY position DESC LIMIT 1',
      )
      .get(position),
  before: (db, position) =>
    db
      .prepare<[number], HeadRow>(
        'SELECT position, hash FROM event WHERE position < ? ORDER BY position DESC LIMIT 1',
      )
      .get(position),
  links: (db, position, share) =>
    db
      .prepare<[number, number], EventRow>(
        'SELECT * FROM event WHERE position > ? ORDER BY position LIMIT ?',
      )
      .all(position, Math.ceil(PAGE_MAX * share))
      .map(linkOf),
  begunAtMs: (db) =>
    db.prepare<[], number>('SELECT at_ms FROM event ORDER BY position LIMIT 1').pluck().get(),
};

function linkOf({ at_ms: atMs, hash, ...row }: EventRow): ChainLink {
  const record = { ...row, atMs };
  return {
    last: row.position,
    hash,
    follow: (before) => (continues(before) ? [record] : undefined),
  };

  /** Total: a damaged file may hold anything, in any column. */
  function continues(before: LogHead): boolean {
    const { position, stream, version, cause, bytes } = record;
    if (position !== before.position + 1) return false;
    if (typeof stream !== 'string' || typeof cause !== 'string') return false;
    if (typeof version !== 'number' || typeof atMs !== 'number') return false;
    if (!(bytes instanceof Uint8Array) || !(hash instanceof Uint8Array)) return false;
    return Buffer.compare(recordHash(before.hash, position, record), hash) === 0;
  }
}

/** Who owned a log of format 1, and how far its readers had got. */
export function stateOfFormat1(db: SqliteDatabase): {
  readonly epoch: number;
  readonly outgoing: number;
  readonly bus: number;
} {
  const cursor = db.prepare<[string], number>('SELECT position FROM cursor WHERE name = ?').pluck();
  const epoch = db.prepare<[], number>('SELECT epoch FROM owner').pluck().get();
  const [outgoing, bus] = [cursor.get('outgoing'), cursor.get('bus')];
  if (epoch === undefined || outgoing === undefined || bus === undefined) {
    throw new CorruptLogError(
      `${db.name} lacks its owner's epoch or a cursor: restore it from a copy`,
    );
  }
  return { epoch, outgoing, bus };
}

/** The same where there is a next owner. */
export function takeFormat1(db: SqliteDatabase): void {
  db.prepare('UPDATE owner SET epoch = epoch + 1').run();
}

/** What makes room for the next format; its records are in the archive by then. */
export const DROP_FORMAT_1 = `
  DROP TABLE IF EXISTS event;
  DROP TABLE IF EXISTS owner;
  DROP TABLE IF EXISTS cursor;
`;
