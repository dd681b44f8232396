/**
 * `furlong backup` and `furlong restore`: a copy of the data directory that can be started, made while
 * the server runs; and the directory made again from one, verified before it is called done.
 */
import { type BackupResult, backUp } from '../backup/backup.ts';
import { CorruptBackupError } from '../backup/manifest.ts';
import { type Restored, restore as restoreTo } from '../backup/restore.ts';
import { CorruptLogError } from '../runtime/log/log.ts';
import { EXIT, Refused, UsageError } from './exit.ts';
import { dataOf } from './log-data.ts';
import { fieldLines, type Output, tableLines } from './output.ts';
import { formatAmount, formatCount } from './values.ts';
import { optionalText, textOf, type Verb } from './verb.ts';

export const backup: Verb = {
  name: 'backup',
  about:
    'copy the data directory, also while the server runs; what is there already is not copied again',
  options: [
    {
      flags: '--data <dir>',
      about: 'the data directory; a server may have it open (FURLONG_DATA)',
    },
    {
      flags: '--to <dir>',
      about: 'where backups are kept; made where it is not there',
      required: true,
    },
  ],
  examples: [
    'furlong backup --data data --to /mnt/backups/furlong',
    'furlong backup --data data --to backups --json | jq -r .id',
  ],
  async run(input, { config, output, clock }) {
    const dir = dataOf(config);
    const to = textOf(input, 'to');
    const made = refusing(() =>
      backUp(dir, { to, now: () => clock.now(), onProgress: output.note }),
    );
    output.show({ json: () => jsonOfBackup(made), human: () => backupLines(made, to, output) });
    return EXIT.ok;
  },
};

export const restore: Verb = {
  name: 'restore',
  about: 'make a data directory again from a backup: every hash, the chain and the ledger checked',
  options: [
    {
      flags: '--from <dir>',
      about: 'where furlong backup wrote to',
      required: true,
    },
    { flags: '--id <backup>', about: 'which one; the last where it is left out' },
    { flags: '--data <dir>', about: 'the directory to make; must not be there (FURLONG_DATA)' },
    {
      flags: '--despite-faults',
      about:
        'restore a log whose books had faults when it was backed up; ends with 65 all the same',
    },
  ],
  examples: [
    'furlong restore --from /mnt/backups/furlong --data data',
    'furlong restore --from backups --id 20261121T174530123Z --data yesterday',
  ],
  async run(input, { config, output }) {
    const dir = config.data;
    if (dir === undefined) throw new UsageError('say which directory to make: --data DIR');
    const restored = refusing(() =>
      restoreTo(dir, {
        from: textOf(input, 'from'),
        id: optionalText(input, 'id'),
        despiteFaults: input.flags.despiteFaults === true,
        onProgress: output.note,
      }),
    );
    output.show({
      json: () => jsonOfRestored(restored),
      human: () => restoredLines(restored, dir, output),
    });
    return restored.verification.faults.length === 0 ? EXIT.ok : EXIT.badData;
  },
};

/** What is wrong with the data is bad data; everything else that is said is a refusal. */
function refusing<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    const isBad = cause instanceof CorruptLogError || cause instanceof CorruptBackupError;
    throw new Refused(cause.message, isBad ? EXIT.badData : EXIT.failed);
  }
}

function jsonOfBackup({ manifest, records, sizeBytes, addedBytes }: BackupResult) {
  const { id, dataId, takenAtMs, partitions, files } = manifest;
  return {
    id,
    dataId,
    takenAt: new Date(takenAtMs).toISOString(),
    records,
    sizeBytes,
    addedBytes,
    partitions: partitions.map((it, partition) => ({ partition, ...it })),
    files: files.map((it) => ({ ...it })),
  };
}

function backupLines(
  { manifest, records, sizeBytes, addedBytes }: BackupResult,
  to: string,
  { style }: Output,
): string[] {
  const { id, takenAtMs, files } = manifest;
  return [
    ...partitionLines(manifest, style),
    '',
    style('green', `backup ${id}: ${formatCount(records)} records, ${files.length} files`),
    `${formatCount(sizeBytes)} bytes, of which ${formatCount(addedBytes)} were not in ${to} before`,
    `everything on disk at ${new Date(takenAtMs).toISOString()} is in it`,
  ];
}

function jsonOfRestored({ manifest, verification }: Restored) {
  const { id, dataId, takenAtMs, partitions } = manifest;
  const { records, books, faults, moving } = verification;
  return {
    ok: faults.length === 0,
    id,
    dataId,
    takenAt: new Date(takenAtMs).toISOString(),
    records,
    partitions: partitions.map((it, partition) => ({ partition, ...it })),
    books: { ...books },
    faults: [...faults],
    moving: [...moving],
  };
}

function restoredLines(
  { manifest, verification }: Restored,
  dir: string,
  { style }: Output,
): string[] {
  const { records, books, faults, moving } = verification;
  const takenAt = new Date(manifest.takenAtMs).toISOString();
  return [
    ...partitionLines(manifest, style),
    '',
    ...fieldLines(
      [
        ['deposits', formatAmount(books.deposits)],
        ['withdrawals', formatAmount(books.withdrawals)],
        ['in transit', formatAmount(books.inTransit)],
      ],
      style,
    ),
    faults.length === 0
      ? style(
          'green',
          `${dir} is restored from ${manifest.id}: ${formatCount(records)} records verified`,
        )
      : style('red', `${dir} is restored from ${manifest.id}, and its books have faults:`),
    ...faults.map((fault) => `  ${fault}`),
    ...(moving.length === 0
      ? []
      : [
          `${formatCount(moving.length)} things were on their way; the server finishes them when it starts`,
        ]),
    `it is what was on disk at ${takenAt}: bets acknowledged since are not in it`,
    'never start it beside a server that writes the original',
  ];
}

function partitionLines(
  { partitions }: BackupResult['manifest'],
  style: Output['style'],
): string[] {
  const right = { align: 'right' } as const;
  return tableLines(
    [
      { title: 'partition', ...right },
      { title: 'records', ...right },
      { title: 'delivered', ...right },
      { title: 'head of the chain' },
    ],
    partitions.map((it, partition) => [
      String(partition),
      formatCount(it.position),
      formatCount(it.outgoing),
      it.headHash,
    ]),
    style,
  );
}
