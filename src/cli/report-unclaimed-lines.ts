/** The outs book as lines: days, then races. */
import type { OutsLine, UnclaimedReport } from '../audit/report-unclaimed.ts';
import { type Output, tableLines } from './output.ts';
import { csvLine } from './report-stamp-lines.ts';
import { formatAmount } from './values.ts';

const NAMES = ['opening', 'added', 'claimed', 'expired', 'remaining'] as const;

export function unclaimedLines(report: UnclaimedReport, { style }: Output): string[] {
  const right = { align: 'right' } as const;
  const table = (title: string, lines: readonly (readonly [string, OutsLine])[]) =>
    tableLines(
      [{ title }, ...NAMES.map((name) => ({ title: name, ...right }))],
      [...lines, ['total', report.total] as const].map(([name, line]) => [
        name,
        ...NAMES.map((it) => formatAmount(line[it])),
      ]),
      style,
    );
  return [
    style('bold', `Unclaimed${report.day === '' ? '' : `, ${report.day}`}`),
    ...table(
      'day',
      report.days.map((it) => [it.day, it]),
    ),
    '',
    ...table(
      'race',
      report.races.map((it) => [it.race, it]),
    ),
    report.balanced
      ? style('green', `${formatAmount(report.ledger)} waits in the ledger: balanced`)
      : style('red', `${formatAmount(report.ledger)} waits in the ledger: NOT balanced`),
  ];
}

export function unclaimedCsv({ days, races }: UnclaimedReport): string[] {
  return [
    csvLine(['of', 'id', ...NAMES.map((name) => `${name}_cents`)]),
    ...days.map((it) => csvLine(['day', it.day, ...NAMES.map((name) => it[name])])),
    ...races.map((it) => csvLine(['race', it.race, ...NAMES.map((name) => it[name])])),
  ];
}
