/**
 * Reads a whole log again: the hash chain record by record, every event, every cent, and on demand
 * every price. Runs beside the owner, on what is on disk; it changes nothing.
 *
 * Invariant: what one side of the books knows alone is judged in a log at rest, and in no other.
 */
import { createLedger, type LedgerReport, missingIn } from './ledger.ts';
import { FAULTS_MAX, type ReadPartition, readLog } from './read-log.ts';
import { createRepricer } from './reprice.ts';

export interface Verification extends Omit<LedgerReport, 'unmatched'> {
  readonly records: number;
  readonly partitions: readonly ReadPartition[];
  /** `unknown` where not every partition could be read to its end. */
  readonly rest: 'at-rest' | 'moving' | 'unknown';
  /** Known to one side only, in words, and not judged; in a log at rest it is in `faults`. */
  readonly moving: readonly string[];
  /** How many prices were made again; undefined where nobody asked for it. */
  readonly repriced: number | undefined;
}

export interface VerifyOptions {
  readonly onProgress?: (records: number) => void;
  /** Makes every price again from the tickets: some 100 bytes more for each of them. */
  readonly reprice?: boolean;
}

/** @throws Error where there is no log at `dataDir`. What is wrong with one is in `faults`. */
export function verifyLog(
  dataDir: string,
  { onProgress = () => {}, reprice = false }: VerifyOptions = {},
): Verification {
  const ledger = createLedger();
  const repricer = reprice ? createRepricer() : undefined;
  const { dataId: _, ...reading } = readLog(dataDir, {
    visit(told) {
      ledger.add(told);
      if (told.of === 'race') repricer?.add(told.id, told.event);
    },
    onProgress,
  });
  const { unmatched, ...report } = ledger.report();
  const again = repricer?.report();
  const atRest = reading.rest === 'at-rest';
  const missing = missingIn(report.books);
  const faults = [
    ...reading.faults,
    ...report.faults,
    ...(missing === 0 ? [] : [`the books do not add up: ${missing} cents are missing`]),
    ...(again?.faults ?? []),
    ...(atRest ? unmatched : []),
  ];
  return {
    ...report,
    ...reading,
    faults: faults.slice(0, 3 * FAULTS_MAX),
    moving: atRest ? [] : unmatched,
    repriced: again?.prices,
  };
}
