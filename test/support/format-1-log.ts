/** A partition's log as Furlong 0.1 and 0.2 wrote it: a row and a hash for each record. */
import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';
import type { Cursors, NewRecord } from '../../src/runtime/log/log.ts';

const SCHEMA = `
  CREATE TABLE meta (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    data_id   TEXT    NOT NULL,
    partition INTEGER NOT NULL,
    format    INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE event (
    position INTEGER PRIMARY KEY,
    stream   TEXT    NOT NULL,
    version  INTEGER NOT NULL,
    cause    TEXT    NOT NULL,
    at_ms    INTEGER NOT NULL,
    bytes    BLOB    NOT NULL,
    hash     BLOB    NOT NULL
  ) STRICT;
  CREATE TRIGGER event_never_updated BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
  CREATE TRIGGER event_never_deleted BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
  CREATE TABLE owner (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL) STRICT;
  CREATE TABLE cursor (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT;
`;

/** @returns The hash after the last record. */
export function writeFormat1(
  path: string,
  of: { readonly partition: number; readonly dataId: string; readonly epoch: number },
  { records, cursors }: { readonly records: readonly NewRecord[]; readonly cursors: Cursors },
): Uint8Array {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.exec(SCHEMA);
  db.prepare('INSERT INTO meta VALUES (1, ?, ?, 1)').run(of.dataId, of.partition);
  db.prepare('INSERT INTO owner VALUES (1, ?)').run(of.epoch);
  const insertCursor = db.prepare('INSERT INTO cursor VALUES (?, ?)');
  insertCursor.run('outgoing', cursors.outgoing);
  insertCursor.run('bus', cursors.bus);
  const insert = db.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)');
  let hash: Uint8Array = createHash('sha256').update(`furlong.log.v1/${of.partition}`).digest();
  for (const [index, { stream, version, cause, atMs, bytes }] of records.entries()) {
    const position = index + 1;
    const next = createHash('sha256').update(hash);
    for (const integer of [position, version, atMs]) {
      const eight = Buffer.alloc(8);
      eight.writeBigInt64BE(BigInt(integer));
      next.update(eight);
    }
    for (const text of [stream, cause]) {
      const utf8 = Buffer.from(text, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(utf8.length);
      next.update(length).update(utf8);
    }
    hash = next.update(bytes).digest();
    insert.run(position, stream, version, cause, atMs, bytes, hash);
  }
  db.close();
  return hash;
}
