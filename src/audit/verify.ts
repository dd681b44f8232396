/**
 * Reads a whole log again: the hash chain record by record, every event, every cent. Runs beside
 * the owner, on what is on disk; it changes nothing.
 */
import { operatorCodec, playerCodec, raceCodec, tournamentCodec } from '../actors/codec.ts';
import { readDataDir } from '../runtime/data-dir.ts';
import { genesisHash, nextHash } from '../runtime/log/chain.ts';
import type { LogRecord } from '../runtime/log/log.ts';
import { openSqliteReader } from '../runtime/log/sqlite.ts';
import { createLedger, type Ledger, type LedgerReport } from './ledger.ts';

export interface Verification extends LedgerReport {
  readonly records: number;
  readonly partitions: readonly VerifiedPartition[];
}

interface VerifiedPartition {
  readonly partition: number;
  readonly records: number;
  /** Hex; of the last record. */
  readonly headHash: string;
}

/** How many records go by between two words of progress. */
const PROGRESS_EVERY = 100_000;

/** @throws Error where there is no log at `dataDir`. What is wrong with one is in `faults`. */
export function verifyLog(
  dataDir: string,
  { onProgress = () => {} }: { readonly onProgress?: (records: number) => void } = {},
): Verification {
  const ledger = createLedger();
  const partitions: VerifiedPartition[] = [];
  const faults: string[] = [];
  let records = 0;

  for (const [partition, path] of readDataDir(dataDir).logs.entries()) {
    const reader = openSqliteReader(path, partition);
    const versions = new Map<string, number>();
    let hash = genesisHash(partition);
    let position = 0;
    try {
      for (const record of reader.read(0)) {
        const where = `partition ${partition}, record ${position + 1}`;
        hash = nextHash(hash, position + 1, record);
        const intact = record.position === position + 1 && Buffer.from(hash).equals(record.hash);
        if (!intact) {
          faults.push(`${where}: not what was written (the hash chain breaks)`);
          break;
        }
        position++;
        const version = (versions.get(record.stream) ?? 0) + 1;
        if (record.version !== version) {
          faults.push(`${where}: ${record.stream} goes on with ${record.version}, not ${version}`);
        }
        versions.set(record.stream, version);
        enter(ledger, record);
        if (++records % PROGRESS_EVERY === 0) onProgress(records);
      }
    } finally {
      reader.close();
    }
    partitions.push({ partition, records: position, headHash: Buffer.from(hash).toString('hex') });
  }
  const report = ledger.report();
  return { ...report, faults: [...faults, ...report.faults], records, partitions };
}

function enter(ledger: Ledger, { stream, bytes }: LogRecord): void {
  const slash = stream.indexOf('/');
  const id = stream.slice(slash + 1);
  switch (stream.slice(0, slash)) {
    case 'player':
      ledger.addPlayerEvent(id, playerCodec.decode(bytes));
      return;
    case 'race':
      ledger.addRaceEvent(id, raceCodec.decode(bytes));
      return;
    case 'operator':
      ledger.addOperatorEvent(operatorCodec.decode(bytes));
      return;
    default:
      // Tournaments hold points, not money; decoding proves that they can be read.
      tournamentCodec.decode(bytes);
  }
}
