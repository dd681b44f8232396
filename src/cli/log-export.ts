/** `furlong log export`: every record as a line of JSON, at the pace of whoever reads them. */
import { UnknownPartitionError } from '../audit/bounds.ts';
import { type ExportedRecord, exportLog } from '../audit/export.ts';
import { EXIT, Refused, UsageError } from './exit.ts';
import { BOUND_HELP, parseBound } from './log-bounds.ts';
import { dataOf, isUnreadable } from './log-data.ts';
import { formatCount, parseId } from './values.ts';
import { type Input, optionalText, type Verb } from './verb.ts';

/** Lines between two words of progress. */
const PROGRESS_EVERY = 100_000;

export const logExport: Verb = {
  name: 'log export',
  about: 'every record as a line of JSON (docs/log-export.schema.json), also while the server runs',
  options: [
    {
      flags: '--data <dir>',
      about: 'the data directory; a server may have it open (FURLONG_DATA)',
    },
    { flags: '--from <where>', about: `from there on: ${BOUND_HELP}` },
    { flags: '--to <where>', about: 'up to there, included: as --from' },
    { flags: '--race <race>', about: 'this race’s own records alone' },
    { flags: '--player <player>', about: 'this player’s own records alone' },
    { flags: '--format <format>', about: 'ndjson, the only one' },
  ],
  examples: [
    'furlong log export --data data --race sha-tin-r6',
    'furlong log export --data data --from 2026-11-20 --to 2026-11-20 | gzip > day.ndjson.gz',
    'furlong log export --data data --to 0:1200,1:985 | jq .event',
  ],
  async run(input, { config, output }) {
    const dir = dataOf(config);
    const format = optionalText(input, 'format') ?? 'ndjson';
    if (format !== 'ndjson') {
      throw new UsageError(`--format is ${JSON.stringify(format)}, but must be ndjson`);
    }
    const [from, to] = [optionalText(input, 'from'), optionalText(input, 'to')];
    const records = exportLog(dir, {
      from: from === undefined ? undefined : parseBound(from, '--from', 'from'),
      to: to === undefined ? undefined : parseBound(to, '--to', 'to'),
      stream: streamOf(input),
    });
    let count = 0;
    const lines = function* (): Iterable<string> {
      for (const record of records) {
        yield JSON.stringify(record satisfies ExportedRecord);
        if (++count % PROGRESS_EVERY === 0) output.note(`${formatCount(count)} records exported`);
      }
    };
    try {
      await output.flow(lines());
    } catch (cause) {
      if (cause instanceof UnknownPartitionError) throw new UsageError(cause.message);
      if (!isUnreadable(cause)) throw cause;
      throw new Refused(
        `${cause.message}; the ${formatCount(count)} records before it are exported`,
        EXIT.badData,
      );
    }
    output.note(`${formatCount(count)} records exported`);
    return EXIT.ok;
  },
};

/** @throws UsageError */
function streamOf(input: Input): string | undefined {
  const [race, player] = [optionalText(input, 'race'), optionalText(input, 'player')];
  if (race !== undefined && player !== undefined) {
    throw new UsageError('--race and --player exclude each other: a record is of one actor');
  }
  if (race !== undefined) return `race/${parseId(race, '--race')}`;
  return player === undefined ? undefined : `player/${parseId(player, '--player')}`;
}
