/**
 * `furlong archive`: the list of a day's accepted bets, as a vault keeps it, and that list held against
 * the log.
 */
import { join } from 'node:path';
import {
  FINDINGS_MAX,
  type PoolTotal,
  type Reconciliation,
  reconcile,
} from '../archive/reconcile.ts';
import { type WrittenList, writeList } from '../archive/write.ts';
import { EXIT, Refused } from './exit.ts';
import { dataOf, isUnreadable } from './log-data.ts';
import { type Output, tableLines } from './output.ts';
import { parseDay } from './times.ts';
import { formatAmount, formatCount } from './values.ts';
import { type Input, optionalText, textOf, type Verb } from './verb.ts';

const OPTIONS = [
  { flags: '--day <day>', about: 'YYYY-MM-DD, UTC', required: true },
  {
    flags: '--data <dir>',
    about: 'the data directory; a server may have it open (FURLONG_DATA)',
  },
  {
    flags: '--archive <dir>',
    about: 'where the lists are, as DAY/bets.ndjson.gz (default: archive in the data directory)',
  },
];

const write: Verb = {
  name: 'archive write',
  about:
    'write the list of all bets that were accepted on a day; a complete one is never written over',
  options: OPTIONS,
  examples: [
    'furlong archive write --day 2026-11-20 --data data',
    'furlong archive write --day 2026-11-20 --data data --archive /mnt/vault',
  ],
  async run(input, { config, output, clock }) {
    const dataDir = dataOf(config);
    const day = parseDay(textOf(input, 'day'), '--day');
    const archive = archiveOf(input, dataDir);
    const written = await judging(
      writeList({
        ...{ dataDir, archive, day },
        nowMs: clock.now(),
        onProgress: (bets) => output.note(`${formatCount(bets)} bets written`),
      }),
    );
    output.show({
      json: () => jsonOfWritten(written, day),
      human: () => writtenLines(written, output),
    });
    return written.outcome === 'differs' ? EXIT.badData : EXIT.ok;
  },
};

const reconcileVerb: Verb = {
  name: 'archive reconcile',
  about:
    'hold the list of a day against the log: missing, extra, differing bets; ends with 65 where there are any',
  options: OPTIONS,
  examples: [
    'furlong archive reconcile --day 2026-11-20 --data data',
    'furlong archive reconcile --day 2026-11-20 --data data --archive /mnt/vault --json',
  ],
  async run(input, { config, output }) {
    const dataDir = dataOf(config);
    const day = parseDay(textOf(input, 'day'), '--day');
    const found = await judging(reconcile({ dataDir, archive: archiveOf(input, dataDir), day }));
    output.show({ json: () => jsonOfFound(found), human: () => foundLines(found, output) });
    return found.reconciled ? EXIT.ok : EXIT.badData;
  },
};

export const archiveVerbs: readonly Verb[] = [write, reconcileVerb];

function archiveOf(input: Input, dataDir: string): string {
  return optionalText(input, 'archive') ?? join(dataDir, 'archive');
}

async function judging<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (cause) {
    if (isUnreadable(cause)) throw new Refused(cause.message, EXIT.badData);
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    throw new Refused(`${cause.message}: make room or access there, or give another --archive`);
  }
}

function jsonOfWritten({ path, end, outcome, faults }: WrittenList, day: string) {
  return { day, path, outcome, ...end, faults: [...faults] };
}

function writtenLines({ path, end, outcome, faults }: WrittenList, { style }: Output): string[] {
  const { bets, costCents, complete, sha256 } = end;
  const what = `${formatCount(bets)} bets, ${formatAmount(costCents)}, hash ${sha256}`;
  switch (outcome) {
    case 'written':
      return [
        style('green', `${path} is written: ${what}`),
        complete
          ? 'complete: the day is over'
          : style('yellow', 'NOT complete: the day is not over; write it again when it is'),
      ];
    case 'kept':
      return [style('green', `${path} is there already, complete and the same: ${what}`)];
    default:
      return [
        style('red', `${path} is there already, and is not what the log says: ${what}`),
        ...faults.map((fault) => `  ${fault}`),
        'it was left as it is: furlong archive reconcile names what differs; move it away to write it anew',
      ];
  }
}

const SORTS = ['missing', 'extra', 'differing', 'faults', 'moving'] as const;

function jsonOfFound(found: Reconciliation) {
  const { day, path, list, accepted, totals, reconciled } = found;
  const counts = Object.fromEntries(SORTS.map((sort) => [sort, found[sort].length]));
  const named = Object.fromEntries(SORTS.map((sort) => [sort, found[sort].slice(0, FINDINGS_MAX)]));
  return {
    ok: reconciled,
    ...{ day, path, accepted },
    list: list === undefined ? null : { ...list },
    counts,
    ...named,
    totals: totals.map(({ race, pool, listed, accepted: all }) => ({
      ...{ race, pool },
      listed: { ...listed },
      accepted: { ...all },
    })),
  };
}

function foundLines(found: Reconciliation, { style }: Output): string[] {
  const { day, list, accepted, totals, reconciled } = found;
  const right = { align: 'right' } as const;
  return [
    ...tableLines(
      [
        { title: 'race' },
        { title: 'pool' },
        { title: 'listed', ...right },
        { title: 'accepted', ...right },
        { title: 'listed', ...right },
        { title: 'accepted', ...right },
        { title: '' },
      ],
      totals.map((it) => [
        it.race,
        it.pool,
        formatCount(it.listed.bets),
        formatCount(it.accepted.bets),
        formatAmount(it.listed.cents),
        formatAmount(it.accepted.cents),
        isEven(it) ? '' : 'differs',
      ]),
      style,
    ),
    '',
    reconciled
      ? style(
          'green',
          `${day}: the list has all ${formatCount(accepted)} bets that were accepted, and no other`,
        )
      : style(
          'red',
          `${day} is NOT reconciled: ${formatCount(accepted)} bets accepted, ${formatCount(list?.bets ?? 0)} listed`,
        ),
    ...SORTS.flatMap((sort) => sortLines(sort, found[sort])),
  ];
}

function sortLines(sort: string, findings: readonly string[]): string[] {
  if (findings.length === 0) return [];
  const left = findings.length - FINDINGS_MAX;
  return [
    `${sort}: ${formatCount(findings.length)}`,
    ...findings.slice(0, FINDINGS_MAX).map((finding) => `  ${finding}`),
    ...(left > 0 ? [`  and ${formatCount(left)} more`] : []),
  ];
}

function isEven({ listed, accepted }: PoolTotal): boolean {
  return listed.bets === accepted.bets && listed.cents === accepted.cents;
}
