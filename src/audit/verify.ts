/**
 * Reads a whole log again: the hash chain record by record, the trees that were signed over it, every
 * event, every cent, and on demand every price. Runs beside the owner, on what is on disk; it changes nothing.
 *
 * Invariant: what one side of the books knows alone is judged in a log at rest, and in no other.
 */
import { readDataDir } from '../runtime/data-dir.ts';
import { createLedger, type LedgerReport, missingIn } from './ledger.ts';
import { FAULTS_MAX, type ReadPartition, readLog } from './read-log.ts';
import { createRepricer } from './reprice.ts';
import { type CheckedTree, createTreeCheck, type TreeHead } from './tree-check.ts';

export interface Verification extends Omit<LedgerReport, 'unmatched'> {
  readonly records: number;
  readonly partitions: readonly ReadPartition[];
  /** By partition: how far it was signed, and how many signed trees were compared. */
  readonly trees: readonly Omit<CheckedTree, 'faults'>[];
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
  /** Checkpoints that somebody kept elsewhere, opened: the log must be what they say. */
  readonly published?: readonly TreeHead[];
}

/** @throws Error where there is no log at `dataDir`. What is wrong with one is in `faults`. */
export function verifyLog(
  dataDir: string,
  { onProgress = () => {}, reprice = false, published = [] }: VerifyOptions = {},
): Verification {
  const { id: dataId, logs } = readDataDir(dataDir);
  const checks = logs.map((_, partition) =>
    createTreeCheck({ dataDir, dataId, partition, published }),
  );
  const ledger = createLedger();
  const repricer = reprice ? createRepricer() : undefined;
  const { dataId: _, ...reading } = readLog(dataDir, {
    visit(told) {
      ledger.add(told);
      if (told.of === 'race') repricer?.add(told.id, told.event);
    },
    onRecord: (partition, record) => checks[partition]?.add(record),
    onProgress,
  });
  const checked = checks.map((it) => it.finish());
  const { unmatched, ...report } = ledger.report();
  const again = repricer?.report();
  const atRest = reading.rest === 'at-rest';
  const missing = missingIn(report.books);
  const faults = [
    ...reading.faults,
    ...checked.flatMap((it) => it.faults),
    ...strangersAmong(published, checked),
    ...report.faults,
    ...(missing === 0 ? [] : [`the books do not add up: ${missing} cents are missing`]),
    ...(again?.faults ?? []),
    ...(atRest ? unmatched : []),
  ];
  return {
    ...report,
    ...reading,
    faults: faults.slice(0, 3 * FAULTS_MAX),
    trees: checked.map(({ faults: _faults, ...it }) => it),
    moving: atRest ? [] : unmatched,
    repriced: again?.prices,
  };
}

function strangersAmong(published: readonly TreeHead[], trees: readonly CheckedTree[]): string[] {
  const origins = new Set(trees.map(({ origin }) => origin));
  return published
    .filter(({ origin }) => !origins.has(origin))
    .map(({ origin }) => `the checkpoint of ${origin} is of another log`);
}
