/** The stamp of a report: under a page for people, above the lines of a table for programs. */
import type { Stamp } from '../audit/report-stamp.ts';
import type { Output } from './output.ts';
import { formatCount } from './values.ts';

export function stampLines(stamp: Stamp, { style }: Output): string[] {
  return [
    ...factsOf(stamp).map((line) => style('dim', line)),
    ...(stamp.faults.length === 0
      ? []
      : [
          style('red', 'the log is not what was written, and the report not to be relied on:'),
          ...stamp.faults.map((fault) => `  ${fault}`),
        ]),
  ];
}

export function stampCsv(stamp: Stamp): string[] {
  return [...factsOf(stamp), ...stamp.faults].map((line) => `# ${line}`);
}

function factsOf({ software, madeAt, dataId, records, rest, partitions }: Stamp): string[] {
  return [
    `made by ${software} at ${madeAt} from data directory ${dataId}`,
    `${formatCount(records)} records, ${restOf(rest)}`,
    ...partitions.map((it) => `partition ${it.partition} to ${it.records}: ${it.headHash}`),
  ];
}

function restOf(rest: Stamp['rest']): string {
  switch (rest) {
    case 'at-rest':
      return 'nothing on its way';
    case 'moving':
      return 'read while the log was in use';
    default:
      return 'not every partition could be read';
  }
}

/** RFC 4180. */
export function csvLine(values: readonly (string | number)[]): string {
  return values
    .map(String)
    .map((it) => (/[",\r\n]/.test(it) ? `"${it.replaceAll('"', '""')}"` : it))
    .join(',');
}
