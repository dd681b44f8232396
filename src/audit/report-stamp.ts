/**
 * What every report bears, and how one is made: the log is read once, whole and checked, and a
 * report stands on nothing else. Which program made it, from which records, and when to the second
 * (N. Dakota 69.5-01-11-15).
 *
 * Times are UTC; `YYYY-MM-DDTHH:MM:SS.mmmZ` for what happened, to the second for the report itself.
 */
import { SOFTWARE } from '../actors/software.ts';
import { type ReadPartition, readLog, type Visit } from './read-log.ts';

export interface Stamp {
  /** Name and version of the program that made the report. */
  readonly software: string;
  /** The data directory's id. */
  readonly dataId: string;
  readonly madeAt: string;
  readonly records: number;
  /** Each log's last record that the report was made from, and the hash of its chain. */
  readonly partitions: readonly ReadPartition[];
  /** Whether anything was on its way while the log was read. */
  readonly rest: 'at-rest' | 'moving' | 'unknown';
  /** What is wrong with the records themselves: then the report is not to be relied on. */
  readonly faults: readonly string[];
}

export interface ReportOptions {
  /** Now. */
  readonly nowMs: number;
  readonly onProgress?: (records: number) => void;
}

/** @throws Error where there is no log at `dataDir`. */
export function readForReport(
  dataDir: string,
  { nowMs, ...options }: ReportOptions,
  visit: Visit,
): Stamp {
  const reading = readLog(dataDir, { ...options, visit });
  return { software: SOFTWARE, ...reading, madeAt: `${timeOf(nowMs).slice(0, 19)}Z` };
}

/** @param ms Epoch milliseconds. @returns '' for 0, which is unknown. */
export function timeOf(ms: number): string {
  return ms === 0 ? '' : new Date(ms).toISOString();
}
