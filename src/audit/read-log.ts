/**
 * Reads a whole log, record by record, from what is on disk, archived segments first: the hash
 * chain, the versions of each stream, the events. Runs beside the owner and changes nothing; one page of records is in memory
 * at a time, and the last version of every stream.
 *
 * Whether something is lost or on its way depends on whether the log is at rest. It is, where before
 * the reading each partition's `outgoing` cursor had reached its head, and after it each head is
 * where it was. In that order: a command that was taken before the first look has had its effect, on
 * disk, before any partition was looked at again.
 */
import { readDataDir } from '../runtime/data-dir.ts';
import { genesisHash } from '../runtime/log/chain.ts';
import { CorruptLogError, type Cursors, LogIoError, type LogRecord } from '../runtime/log/log.ts';
import { type LogReader, openSqliteReader } from '../runtime/log/sqlite.ts';
import { messageOf } from '../runtime/thrown.ts';
import { type Told, toldBy, UnknownStreamError } from './records.ts';

export interface Reading {
  /** Of the data directory. */
  readonly dataId: string;
  readonly records: number;
  readonly partitions: readonly ReadPartition[];
  /** `unknown` where not every partition could be read to its end. */
  readonly rest: 'at-rest' | 'moving' | 'unknown';
  /** What is wrong with the records themselves, at most FAULTS_MAX of it, in words. */
  readonly faults: readonly string[];
}

export interface ReadPartition {
  readonly partition: number;
  /** That are as they were written, from the first. */
  readonly records: number;
  /** Hex; of the last of these. */
  readonly headHash: string;
}

/** @param atMs When the record was decided. */
export type Visit = (told: Told, atMs: number) => void;

export interface ReadOptions {
  readonly visit: Visit;
  /** Every record as it lies there, once the chain over it holds. */
  readonly onRecord?: (partition: number, record: LogRecord) => void;
  readonly onProgress?: (records: number) => void;
}

/** A broken log breaks a million times; the first hundred say enough. */
export const FAULTS_MAX = 100;

/** How many records go by between two words of progress. */
const PROGRESS_EVERY = 100_000;

/** @throws Error where there is no log at `dataDir`. What is wrong with one is in `faults`. */
export function readLog(
  dataDir: string,
  { visit, onRecord = () => {}, onProgress = () => {} }: ReadOptions,
): Reading {
  const { id, logs } = readDataDir(dataDir);
  const faults: string[] = [];
  let records = 0;
  const findings: Findings = {
    visit,
    fault(what) {
      if (faults.length < FAULTS_MAX) faults.push(what);
    },
    recordRead(partition, record) {
      onRecord(partition, record);
      if (++records % PROGRESS_EVERY === 0) onProgress(records);
    },
  };
  const readers = logs.map((path, partition) => () => openSqliteReader(path, partition, id));

  const before = readers.map(lookAt);
  const readings = readers.map((open, partition) => readPartition(partition, open, findings));
  const after = readers.map(lookAt);

  return {
    dataId: id,
    records,
    partitions: readings.map(({ whole: _, ...it }) => it),
    rest: readings.every((it) => it.whole) ? restOf(before, after) : 'unknown',
    faults,
  };
}

interface Findings {
  readonly visit: Visit;
  fault(what: string): void;
  recordRead(partition: number, record: LogRecord): void;
}

interface Look {
  readonly position: number;
  readonly cursors: Cursors;
}

/** Undefined for a file that cannot be looked at: whoever reads it says why. */
function lookAt(open: () => LogReader): Look | undefined {
  return unlessCorrupt(
    () => reading(open, (it) => ({ position: it.head().position, cursors: it.cursors() })),
    () => undefined,
  );
}

function restOf(
  before: readonly (Look | undefined)[],
  after: readonly (Look | undefined)[],
): 'at-rest' | 'moving' {
  const still = before.every(
    (it, partition) =>
      it !== undefined &&
      it.cursors.outgoing === it.position &&
      it.position === after[partition]?.position,
  );
  return still ? 'at-rest' : 'moving';
}

/** One partition, as far as it is what was written. */
function readPartition(
  partition: number,
  open: () => LogReader,
  { visit, fault, recordRead }: Findings,
): ReadPartition & { readonly whole: boolean } {
  const versions = new Map<string, number>();
  let position = 0;
  let hash = genesisHash(partition);

  const whole = unlessCorrupt(() => reading(open, readAsFarAsItGoes), complain);
  return { partition, records: position, headHash: Buffer.from(hash).toString('hex'), whole };

  function complain(problem: string): false {
    const where = `partition ${partition}: `;
    fault(problem.startsWith(where) ? problem : where + problem);
    return false;
  }

  function readAsFarAsItGoes(reader: LogReader): boolean {
    const read = unlessCorrupt(() => readAll(reader), complain);
    // Where the file is damaged this may be beyond reading too, and the damage is told already.
    hash =
      unlessCorrupt(
        () => reader.hashAt(position),
        () => undefined,
      ) ?? hash;
    return read;
  }

  function readAll(reader: LogReader): boolean {
    // Before the records: they are written together, and a cursor never speaks of later ones.
    const { outgoing, bus } = reader.cursors();
    // What is appended meanwhile is for the next reading: so this one ends with a commit.
    const head = reader.head();
    for (const record of reader.read(0)) {
      if (record.position > head.position) break;
      const where = `partition ${partition}, record ${record.position}`;
      position++;
      const version = (versions.get(record.stream) ?? 0) + 1;
      if (record.version !== version) {
        fault(`${where}: ${record.stream} goes on with ${record.version}, not ${version}`);
      }
      versions.set(record.stream, version);
      const told = decoded(record);
      if (typeof told === 'string') fault(`${where}: ${told}`);
      else visit(told, record.atMs);
      recordRead(partition, record);
    }
    if (outgoing <= position && bus <= position) return true;
    fault(
      `partition ${partition} ends with record ${position}, and its cursors are at ${outgoing} and ${bus}: records are gone from its end`,
    );
    return false;
  }
}

/** @returns Or what is wrong with the record. */
function decoded({ stream, bytes }: LogRecord): Told | string {
  try {
    return toldBy(stream, bytes);
  } catch (cause) {
    // Bytes from a disk: what cannot be read is a finding.
    const problem = messageOf(cause);
    return cause instanceof UnknownStreamError
      ? problem
      : `the event of ${stream} cannot be decoded: ${problem}`;
  }
}

function reading<Result>(open: () => LogReader, work: (reader: LogReader) => Result): Result {
  const reader = open();
  try {
    return work(reader);
  } finally {
    reader.close();
  }
}

function unlessCorrupt<Result>(work: () => Result, instead: (problem: string) => Result): Result {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof CorruptLogError || cause instanceof LogIoError)) throw cause;
    return instead(cause.message);
  }
}
