/**
 * `furlong report`: a race made again, a day balanced, the outs book; from the log files alone, at
 * rest or in use. Every page bears which program made it, from which records, and when.
 */
import type { JsonValue } from '@bufbuild/protobuf';
import { reportDay } from '../audit/report-day.ts';
import { reportRace } from '../audit/report-race.ts';
import type { ReportOptions, Stamp } from '../audit/report-stamp.ts';
import { reportUnclaimed } from '../audit/report-unclaimed.ts';
import { EXIT, type ExitCode, Refused, reading } from './exit.ts';
import { dataOf } from './log-data.ts';
import { dayCsv, dayLines } from './report-day-lines.ts';
import { raceLines } from './report-race-lines.ts';
import { stampCsv, stampLines } from './report-stamp-lines.ts';
import { unclaimedCsv, unclaimedLines } from './report-unclaimed-lines.ts';
import { parseDay } from './times.ts';
import { formatCount, parseId } from './values.ts';
import { type Input, optionalText, type Scene, takenAt, type Verb } from './verb.ts';

const DATA = {
  flags: '--data <dir>',
  about: 'the data directory; a server may have it open (FURLONG_DATA)',
};
const CSV = { flags: '--csv', about: 'lines of values, parted by commas' };

const race: Verb = {
  name: 'report race',
  about: 'a race made again from the log: orders, bets, prices, payments',
  takes: [{ name: '<race>', about: 'the race’s id' }],
  options: [DATA],
  examples: ['furlong report race sha-tin-r6 --data data', 'furlong report race r1 --json'],
  async run(input, scene) {
    const id = parseId(takenAt(input, 0), 'race');
    const { output } = scene;
    const made = read(scene, (dir, options) => reportRace(dir, id, options));
    if (made.card === undefined && made.stamp.faults.length === 0) {
      throw new Refused(`the log has no race ${id}`);
    }
    output.show({
      json: () => jsonOf(made),
      human: () => [...raceLines(made, output), '', ...stampLines(made.stamp, output)],
    });
    const balanced = made.prices.every((it) => it.balanced);
    return verdictOf(made.stamp, balanced);
  },
};

const day: Verb = {
  name: 'report day',
  about: 'the balance of a day; ends with 65 where it does not balance',
  takes: [{ name: '[day]', about: 'YYYY-MM-DD, UTC; today where it is left out' }],
  options: [
    DATA,
    {
      flags: '--no-reprice',
      about: 'do not make the prices again: quicker, and check 7 is left out',
    },
    CSV,
  ],
  examples: ['furlong report day 2026-08-02 --data data', 'furlong report day --csv > day.csv'],
  async run(input, scene) {
    const { output, clock } = scene;
    const on = parseDay(input.taken[0] ?? new Date(clock.now()).toISOString().slice(0, 10), 'day');
    const reprice = input.flags.reprice !== false;
    const made = read(scene, (dir, options) => reportDay(dir, { ...options, day: on, reprice }));
    if (isCsv(input)) output.lines([...stampCsv(made.stamp), ...dayCsv(made)]);
    else {
      output.show({
        json: () => jsonOf(made),
        human: () => [...dayLines(made, output), '', ...stampLines(made.stamp, output)],
      });
    }
    return verdictOf(made.stamp, made.balanced);
  },
};

const unclaimed: Verb = {
  name: 'report unclaimed',
  about: 'the outs book: what waits to be claimed, what came, was claimed, went to the house',
  options: [
    DATA,
    { flags: '--day <day>', about: 'YYYY-MM-DD, UTC; all days where it is left out' },
    CSV,
  ],
  examples: ['furlong report unclaimed --data data --day 2026-08-02'],
  async run(input, scene) {
    const { output } = scene;
    const text = optionalText(input, 'day');
    const only = text === undefined ? '' : parseDay(text, '--day');
    const made = read(scene, (dir, options) => reportUnclaimed(dir, { ...options, day: only }));
    if (isCsv(input)) output.lines([...stampCsv(made.stamp), ...unclaimedCsv(made)]);
    else {
      output.show({
        json: () => jsonOf(made),
        human: () => [...unclaimedLines(made, output), '', ...stampLines(made.stamp, output)],
      });
    }
    return verdictOf(made.stamp, made.balanced);
  },
};

export const reportVerbs: readonly Verb[] = [race, day, unclaimed];

function read<Report>(
  { config, output, clock }: Scene,
  make: (dir: string, options: ReportOptions) => Report,
): Report {
  const dir = dataOf(config);
  return reading(`no report can be made of ${dir}`, () =>
    make(dir, {
      nowMs: clock.now(),
      onProgress: (records) => output.note(`${formatCount(records)} records read`),
    }),
  );
}

/** A log that is not what was written balances with nothing. */
function verdictOf({ faults }: Stamp, balanced: boolean): ExitCode {
  return balanced && faults.length === 0 ? EXIT.ok : EXIT.badData;
}

function isCsv({ flags }: Input): boolean {
  return flags.csv === true;
}

/** A report is plain values all through. */
function jsonOf(report: object): JsonValue {
  return JSON.parse(JSON.stringify(report));
}
