/**
 * The log alone, beside raw better-sqlite3: the same records in the same groups, one partition, fsync
 * on. Raw is one row for each record, with the bytes of the whole record, and a commit for each group;
 * the log packs each group into a frame, hashes it, checks that it is still the owner's, and moves the
 * cursors. Rounds go turn about, each on fresh files; figures are medians with their spread.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { playerCodec } from '../src/actors/codec.ts';
import { betId } from '../src/actors/units.ts';
import type { NewRecord } from '../src/runtime/log/log.ts';
import { createSqliteLog, openSqliteLog } from '../src/runtime/log/sqlite.ts';
import { median, spread, timed } from './measure.ts';

export interface LogBenchOptions {
  readonly rounds: number;
  /** Written in each half of a round, in groups of each size. */
  readonly records: number;
  readonly groupSizes: readonly number[];
}

interface Round {
  readonly groupSize: number;
  readonly logRate: number;
  readonly rawRate: number;
  readonly readRate: number;
}

/** Runs it all and returns lines for people: a Markdown table. */
export function benchLog({ rounds, records, groupSizes }: LogBenchOptions): string[] {
  const all: Round[] = [];
  for (const groupSize of groupSizes) {
    // The first is for the compiler's and the disk's warming up, and does not count.
    for (let number = 0; number <= rounds; number++) {
      const round = runRound(recordsOf(Math.min(records, groupSize * 2_000)), groupSize);
      if (number > 0) all.push(round);
    }
    process.stderr.write(`log: groups of ${groupSize} done\n`);
  }
  return table(all, groupSizes, rounds);
}

function runRound(records: readonly NewRecord[], groupSize: number): Round {
  const dir = mkdtempSync(join(tmpdir(), 'furlong-bench-'));
  try {
    const groups = Array.from({ length: Math.ceil(records.length / groupSize) }, (_, index) =>
      records.slice(index * groupSize, (index + 1) * groupSize),
    );
    const path = join(dir, 'log.sqlite');
    createSqliteLog(path, 0, 'bench');
    const log = openSqliteLog(path, 0, 'bench');
    const logMs = timed(() => {
      for (const group of groups) {
        const { position } = log.head();
        log.append(group, { outgoing: position, bus: position });
      }
    });
    const raw = openRaw(join(dir, 'raw.sqlite'));
    const rawMs = timed(() => {
      for (const group of groups) raw.write(group);
    });
    raw.close();
    let read = 0;
    const readMs = timed(() => {
      for (const { bytes } of log.read(0)) if (bytes.length > 0) read++;
    });
    log.close();
    if (read !== records.length) throw new Error(`${read} of ${records.length} were read`);
    const rate = (ms: number) => (records.length / ms) * 1_000;
    return { groupSize, logRate: rate(logMs), rawRate: rate(rawMs), readRate: rate(readMs) };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** Small, as most are: a bet that its race has registered. */
function recordsOf(count: number): NewRecord[] {
  return Array.from({ length: count }, (_, index) => {
    const bet = betId(`0b9d1f3c-5f5e-4f36-9c0e-${String(index).padStart(12, '0')}`);
    return {
      stream: `player/p${index % 500}`,
      version: Math.floor(index / 500) + 1,
      cause: `${bet}-2`,
      atMs: 1_800_000_000_000,
      bytes: playerCodec.encode({ kind: 'bet-confirmed', bet }),
    };
  });
}

/** As plain as it can be made: the same bytes of each record in one column, one commit a group. */
function openRaw(path: string) {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE record (position INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT');
  const insert = db.prepare('INSERT INTO record (bytes) VALUES (?)');
  const write = db.transaction((group: readonly Uint8Array[]) => {
    for (const bytes of group) insert.run(bytes);
  });
  return {
    /** Version and time are 16 bytes more. */
    write: (group: readonly NewRecord[]) =>
      write(
        group.map(({ stream, cause, bytes }) =>
          Buffer.allocUnsafe(stream.length + cause.length + bytes.length + 16),
        ),
      ),
    close: () => db.close(),
  };
}

function table(all: readonly Round[], groupSizes: readonly number[], rounds: number): string[] {
  const seen = (values: readonly number[], digits: number) =>
    `${median(values).toFixed(digits)} (${spread(values, digits)})`;
  return [
    `one partition, one thread, fsync on; median of ${rounds} pairs (range)`,
    '',
    '| Records a commit | log, records/s | raw, records/s | log beside raw | read and verified, records/s |',
    '| --- | --- | --- | --- | --- |',
    ...groupSizes.map((groupSize) => {
      const of = all.filter((it) => it.groupSize === groupSize);
      const cells = [
        String(groupSize),
        seen(
          of.map((it) => it.logRate),
          0,
        ),
        seen(
          of.map((it) => it.rawRate),
          0,
        ),
        `${seen(
          of.map((it) => it.logRate / it.rawRate),
          2,
        )} ×`,
        seen(
          of.map((it) => it.readRate),
          0,
        ),
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  ];
}
