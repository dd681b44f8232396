/** A day's balance as lines: pools, channels, rule sets, funds, players' money, checks. */
import type { Check } from '../audit/report-checks.ts';
import type { DayReport, Sales } from '../audit/report-day.ts';
import { type Output, type Style, tableLines } from './output.ts';
import { csvLine } from './report-stamp-lines.ts';
import { formatAmount, formatCount } from './values.ts';

const AMOUNTS = [
  'sold',
  'cancelled',
  'refunds',
  'gross',
  'broughtIn',
  'takeout',
  'breakage',
  'payout',
  'carriedOut',
] as const satisfies readonly (keyof Sales)[];

const right = { align: 'right' } as const;

export function dayLines(report: DayReport, { style }: Output): string[] {
  const { day, races, total, channels, ruleSets, funds, checks, balanced } = report;
  const amounts = AMOUNTS.map((name) => ({ title: wordsOf(name), ...right }));
  const valuesOf = (sales: Sales) => AMOUNTS.map((name) => formatAmount(sales[name]));
  const pools = races.flatMap((it) => it.pools);
  return [
    style('bold', `Day ${day} (UTC): ${races.length} races, ${pools.length} pools`),
    ...tableLines(
      [{ title: 'race' }, { title: 'pool' }, ...amounts, { title: 'state' }],
      [
        ...pools.map((it) => [
          it.race,
          it.pool,
          ...valuesOf(it),
          `${it.state}${it.run > 1 ? `, run ${it.run}` : ''}${it.balanced ? '' : ', NOT balanced'}`,
        ]),
        ['total', '', ...valuesOf(total), ''],
      ],
      style,
    ),
    '',
    ...tableLines(
      [{ title: 'channel' }, ...['tickets', 'sold', 'cancelled', 'refunds', 'paid'].map(titled)],
      channels.map((it) => [
        it.channel,
        formatCount(it.tickets),
        ...[it.sold, it.cancelled, it.refunds, it.paid].map(formatAmount),
      ]),
      style,
    ),
    '',
    ...tableLines(
      [{ title: 'rule set' }, { title: 'pools', ...right }, ...amounts],
      ruleSets.map((it) => [it.ruleSet, formatCount(it.pools), ...valuesOf(it)]),
      style,
    ),
    '',
    ...tableLines(
      [{ title: 'fund' }, ...['opening', 'in', 'out', 'closing'].map(titled)],
      funds.map((it) => [it.fund, ...[it.opening, it.in, it.out, it.closing].map(formatAmount)]),
      style,
    ),
    '',
    ...booksLines(report, style),
    '',
    ...checks.flatMap((it) => checkLines(it, style)),
    balanced ? style('green', `${day} is balanced`) : style('red', `${day} is NOT balanced`),
  ];
}

function booksLines({ opening, closing }: DayReport, style: Output['style']): string[] {
  // Both have the same names.
  const names = Object.keys(closing) as (keyof typeof closing)[];
  return tableLines(
    [{ title: 'books' }, ...['opening', 'change', 'closing'].map(titled)],
    names.map((name) => [
      wordsOf(name),
      ...[opening[name], closing[name] - opening[name], closing[name]].map(formatAmount),
    ]),
    style,
  );
}

const STYLES: Readonly<Record<Check['verdict'], Style>> = {
  right: 'green',
  wrong: 'red',
  open: 'yellow',
  'not made': 'yellow',
};

function checkLines({ number, name, verdict, findings }: Check, style: Output['style']): string[] {
  return [
    `(${number}) ${name}: ${style(STYLES[verdict], verdict)}`,
    ...findings.map((it) => `      ${it}`),
  ];
}

/** One line for each pool. */
export function dayCsv({ day, races }: DayReport): string[] {
  return [
    csvLine([
      'day',
      'race',
      'pool',
      'rule_set',
      'state',
      'run',
      ...AMOUNTS.map((name) => `${wordsOf(name).replaceAll(' ', '_')}_cents`),
      'balanced',
    ]),
    ...races
      .flatMap((it) => it.pools)
      .map((it) =>
        csvLine([
          day,
          it.race,
          it.pool,
          it.ruleSet,
          it.state,
          it.run,
          ...AMOUNTS.map((name) => it[name]),
          String(it.balanced),
        ]),
      ),
  ];
}

function titled(title: string): { readonly title: string; readonly align: 'right' } {
  return { title, ...right };
}

/** `broughtIn` → `brought in` */
function wordsOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
