/**
 * Reads a whole log again: the hash chain record by record, every event, every cent. Runs beside
 * the owner, on what is on disk; it changes nothing.
 *
 * Whether a bet known to one side only is lost or on its way depends on whether the log is at rest.
 * It is, where before the reading each partition's `outgoing` cursor had reached its head, and after
 * it each head is where it was. In that order: a command that was taken before the first look has
 * had its effect, on disk, before any partition was looked at again.
 */
import { operatorCodec, playerCodec, raceCodec, tournamentCodec } from '../actors/codec.ts';
import { readDataDir } from '../runtime/data-dir.ts';
import { genesisHash, nextHash } from '../runtime/log/chain.ts';
import { CorruptLogError, type Cursors, type LogRecord } from '../runtime/log/log.ts';
import { type LogReader, openSqliteReader } from '../runtime/log/sqlite.ts';
import { createLedger, FAULTS_MAX, type Ledger, type LedgerReport } from './ledger.ts';

export interface Verification extends Omit<LedgerReport, 'unmatched'> {
  readonly records: number;
  readonly partitions: readonly VerifiedPartition[];
  /** `unknown` where not every partition could be read to its end. */
  readonly rest: 'at-rest' | 'moving' | 'unknown';
  /** Known to one side only, in words, and not judged; in a log at rest it is in `faults`. */
  readonly moving: readonly string[];
}

interface VerifiedPartition {
  readonly partition: number;
  /** That are as they were written, from the first. */
  readonly records: number;
  /** Hex; of the last of these. */
  readonly headHash: string;
}

interface Findings {
  readonly ledger: Ledger;
  fault(what: string): void;
  recordRead(): void;
}

/** How many records go by between two words of progress. */
const PROGRESS_EVERY = 100_000;

/** @throws Error where there is no log at `dataDir`. What is wrong with one is in `faults`. */
export function verifyLog(
  dataDir: string,
  { onProgress = () => {} }: { readonly onProgress?: (records: number) => void } = {},
): Verification {
  const { id, logs } = readDataDir(dataDir);
  const ledger = createLedger();
  const faults: string[] = [];
  let records = 0;
  const findings: Findings = {
    ledger,
    fault(what) {
      if (faults.length < FAULTS_MAX) faults.push(what);
    },
    recordRead() {
      if (++records % PROGRESS_EVERY === 0) onProgress(records);
    },
  };
  const readers = logs.map((path, partition) => () => openSqliteReader(path, partition, id));

  const before = readers.map(lookAt);
  const readings = readers.map((open, partition) => readPartition(partition, open, findings));
  const after = readers.map(lookAt);

  const rest = readings.every((it) => it.whole) ? restOf(before, after) : 'unknown';
  const { unmatched, ...report } = ledger.report();
  const lost = rest === 'at-rest' ? unmatched : [];
  return {
    ...report,
    faults: [...faults, ...report.faults, ...lost],
    moving: rest === 'at-rest' ? [] : unmatched,
    rest,
    records,
    partitions: readings.map(({ whole: _, ...it }) => it),
  };
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
  { ledger, fault, recordRead }: Findings,
): VerifiedPartition & { readonly whole: boolean } {
  const versions = new Map<string, number>();
  let hash = genesisHash(partition);
  let position = 0;

  const whole = unlessCorrupt(
    () => reading(open, readAll),
    (problem) => {
      fault(`partition ${partition}: ${problem}`);
      return false;
    },
  );
  return { partition, records: position, headHash: Buffer.from(hash).toString('hex'), whole };

  function readAll(reader: LogReader): boolean {
    // Before the records: they are written together, and a cursor never speaks of later ones.
    const { outgoing, bus } = reader.cursors();
    for (const record of reader.read(0)) {
      const where = `partition ${partition}, record ${position + 1}`;
      const next = nextHash(hash, position + 1, record);
      if (record.position !== position + 1 || !Buffer.from(next).equals(record.hash)) {
        fault(`${where}: not what was written (the hash chain breaks)`);
        return false;
      }
      hash = next;
      position++;
      const version = (versions.get(record.stream) ?? 0) + 1;
      if (record.version !== version) {
        fault(`${where}: ${record.stream} goes on with ${record.version}, not ${version}`);
      }
      versions.set(record.stream, version);
      const problem = enter(ledger, record);
      if (problem !== undefined) fault(`${where}: ${problem}`);
      recordRead();
    }
    if (outgoing <= position && bus <= position) return true;
    fault(
      `partition ${partition} ends with record ${position}, and its cursors are at ${outgoing} and ${bus}: records are gone from its end`,
    );
    return false;
  }
}

/** @returns What is wrong with the record. */
function enter(ledger: Ledger, { stream, bytes }: LogRecord): string | undefined {
  const slash = stream.indexOf('/');
  const id = stream.slice(slash + 1);
  switch (stream.slice(0, slash)) {
    case 'player':
      return decoded(stream, playerCodec, bytes, (event) => ledger.addPlayerEvent(id, event));
    case 'race':
      return decoded(stream, raceCodec, bytes, (event) => ledger.addRaceEvent(id, event));
    case 'operator':
      return decoded(stream, operatorCodec, bytes, (event) => ledger.addOperatorEvent(event));
    case 'tournament':
      // Tournaments hold points, not money; decoding proves that they can be read.
      return decoded(stream, tournamentCodec, bytes, () => {});
    default:
      return `${JSON.stringify(stream)} is no stream of a known kind`;
  }
}

function decoded<Event>(
  stream: string,
  { decode }: { readonly decode: (bytes: Uint8Array) => Event },
  bytes: Uint8Array,
  add: (event: Event) => void,
): string | undefined {
  let event: Event;
  try {
    event = decode(bytes);
  } catch (cause) {
    // Bytes from a disk: what cannot be read is a finding.
    const problem = cause instanceof Error ? cause.message : String(cause);
    return `the event of ${stream} cannot be decoded: ${problem}`;
  }
  add(event);
  return undefined;
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
    if (!(cause instanceof CorruptLogError)) throw cause;
    return instead(cause.message);
  }
}
