/**
 * A race day as data: races, runners, what they were worth and how they arrived.
 *
 * Invariant: what a programme holds is consistent (numbers unique in a race, an order of arrival
 * without gaps, every starter with odds), or reading it failed with file, line and value.
 * What the source does not say is filled in here and nowhere else; the data's README lists it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CsvFile, DataError, parseCsv, type Row } from './csv.ts';

export interface Programme {
  readonly races: readonly ProgrammeRace[];
}

export interface ProgrammeRace {
  /** From 1. */
  readonly number: number;
  readonly id: string;
  readonly title: string;
  /** After the start of the day, in the day's own time. */
  readonly offMs: number;
  /** By number. */
  readonly runners: readonly ProgrammeRunner[];
  /** First place first; the dead-heaters of a place together. */
  readonly order: readonly (readonly number[])[];
  readonly pools: readonly ProgrammePool[];
  /** Paid by the real operator, by pool and in the order published. */
  readonly published: readonly PublishedDividend[];
}

interface ProgrammeRunner {
  readonly number: number;
  readonly horse: string;
  /** As displayed, per 1, in hundredths: 810 is 8.1. Undefined for one withdrawn. */
  readonly oddsHundredths: number | undefined;
}

export interface ProgrammePool {
  readonly id: string;
  readonly ruleSetId: string;
  /** Empty for a pool on its own race. */
  readonly legRaceIds: readonly string[];
  readonly guaranteeCents: number;
  /** Stakes on a combination are multiples of this: what the rule set asks for. */
  readonly stakeUnitCents: number;
}

interface PublishedDividend {
  /** As in the source: `WIN`. */
  readonly pool: string;
  readonly combination: string;
  /** For 1 staked: 1060 is 10.60. */
  readonly hundredths: number;
}

/** Off times are not published; the real ones are about so far apart. */
const RACE_INTERVAL_MS = 30 * 60_000;

const BIG5_FIRST_RACE = 7;
const BIG5_LEGS = 5;
const BIG5_GUARANTEE_CENTS = 2_000_000;

const RUNNER_COLUMNS = ['race', 'distance_m', 'runner', 'horse', 'draw', 'finish', 'win_odds'];
const DIVIDEND_COLUMNS = ['race', 'pool', 'combination', 'dividend_per_10'];

export function readProgramme(dir: string): Programme {
  const file = (name: string): CsvFile => ({ name, text: readFileSync(join(dir, name), 'utf8') });
  return parseProgramme({ runners: file('runners.csv'), dividends: file('dividends.csv') });
}

/** @throws DataError naming file, line and value of the first thing wrong. */
export function parseProgramme(files: {
  readonly runners: CsvFile;
  readonly dividends: CsvFile;
}): Programme {
  const starters = byRace(parseCsv(files.runners, RUNNER_COLUMNS));
  const dividends = byRace(parseCsv(files.dividends, DIVIDEND_COLUMNS));
  for (const [number, [row]] of dividends) {
    if (!starters.has(number)) row?.fail('race', 'has no runners');
  }
  const count = starters.size;
  const races = [...starters].map(([number, rows], index): ProgrammeRace => {
    if (number !== index + 1) rows[0]?.fail('race', `is not race ${index + 1}`);
    const runners = runnersOf(rows);
    return {
      number,
      id: raceIdOf(number),
      title: `Sha Tin 15 March 2026, race ${number} (${rows[0]?.get('distance_m')} m)`,
      offMs: number * RACE_INTERVAL_MS,
      runners: runners.map(({ row: _, ...runner }) => runner).sort((a, b) => a.number - b.number),
      order: orderOf(runners),
      pools: poolsOf(number, count),
      published: (dividends.get(number) ?? []).map(publishedOf),
    };
  });
  if (races.length === 0) throw new DataError(`${files.runners.name}:1: no race follows`);
  return { races };
}

/** The runner that did not start, if one did not. */
export function withdrawnOf(race: ProgrammeRace): number | undefined {
  return race.runners.find(({ oddsHundredths }) => oddsHundredths === undefined)?.number;
}

function raceIdOf(number: number): string {
  return `sha-tin-r${number}`;
}

function byRace(rows: readonly Row[]): Map<number, Row[]> {
  return Map.groupBy(rows, (row) => whole(row, 'race'));
}

function whole(row: Row, column: string): number {
  const text = row.get(column);
  return /^[1-9]\d{0,3}$/.test(text) ? Number(text) : row.fail(column, 'is not a whole number');
}

/** An exact decimal as hundredths; at most two decimals. */
function hundredths(row: Row, column: string): number {
  const [, units, decimals] = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(row.get(column)) ?? [];
  if (units === undefined) return row.fail(column, 'is not a number of at most two decimals');
  return Number(units) * 100 + Number((decimals ?? '').padEnd(2, '0'));
}

function runnersOf(rows: readonly Row[]): (ProgrammeRunner & { readonly row: Row })[] {
  const taken = new Set<number>();
  const runners = rows.map((row) => {
    if (row.get('horse') === '') row.fail('horse', 'is empty');
    const withdrawn = row.get('finish') === 'WV';
    const number = withdrawn && row.get('runner') === '' ? undefined : whole(row, 'runner');
    if (number !== undefined && taken.has(number)) row.fail('runner', 'is there twice');
    if (number !== undefined) taken.add(number);
    if (withdrawn && row.get('win_odds') !== '') row.fail('win_odds', 'is given for one withdrawn');
    const oddsHundredths = withdrawn ? undefined : hundredths(row, 'win_odds');
    if (oddsHundredths !== undefined && oddsHundredths <= 100)
      row.fail('win_odds', 'is not over 1');
    return { number, horse: row.get('horse'), oddsHundredths, row };
  });
  return runners.map((runner) => ({ ...runner, number: runner.number ?? lowestFree(taken) }));
}

function lowestFree(taken: Set<number>): number {
  let number = 1;
  while (taken.has(number)) number++;
  taken.add(number);
  return number;
}

function orderOf(runners: readonly { readonly number: number; readonly row: Row }[]): number[][] {
  const places: number[][] = [];
  const starters = runners.filter(({ row }) => row.get('finish') !== 'WV');
  const byFinish = Map.groupBy(starters, ({ row }) => row.get('finish'));
  let rank = 1;
  for (const [finish, together] of byFinish) {
    const expected = together.length > 1 ? `${rank}=` : String(rank);
    if (finish !== expected) together[0]?.row.fail('finish', `is not ${expected}`);
    places.push(together.map(({ number }) => number).sort((a, b) => a - b));
    rank += together.length;
  }
  return places;
}

function poolsOf(race: number, races: number): ProgrammePool[] {
  const own = { legRaceIds: [], guaranteeCents: 0 };
  const pools: ProgrammePool[] = [
    { ...own, id: 'win', ruleSetId: 'win-hkjc@1', stakeUnitCents: 1_000 },
    { ...own, id: 'place', ruleSetId: 'place-hkjc@1', stakeUnitCents: 1_000 },
  ];
  if (race === BIG5_FIRST_RACE && race + BIG5_LEGS - 1 <= races) {
    pools.push({
      id: 'big5',
      ruleSetId: 'big5-pmu@1',
      legRaceIds: Array.from({ length: BIG5_LEGS }, (_, leg) => raceIdOf(race + leg)),
      guaranteeCents: BIG5_GUARANTEE_CENTS,
      stakeUnitCents: 200,
    });
  }
  return pools;
}

function publishedOf(row: Row): PublishedDividend {
  const per10 = hundredths(row, 'dividend_per_10');
  if (per10 === 0 || per10 % 10 !== 0) row.fail('dividend_per_10', 'is not a multiple of 0.10');
  const { pool, combination } = { pool: row.get('pool'), combination: row.get('combination') };
  return { pool, combination, hundredths: per10 / 10 };
}
