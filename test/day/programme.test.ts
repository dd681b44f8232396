import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseProgramme, withdrawnOf } from '../../src/day/programme.ts';
import { DIR, programme, raceOf } from './support/sha-tin.ts';

const runners = readFileSync(join(DIR, 'runners.csv'), 'utf8');
const dividends = readFileSync(join(DIR, 'dividends.csv'), 'utf8');

function parse(changed: { runners?: string; dividends?: string }) {
  return parseProgramme({
    runners: { name: 'runners.csv', text: changed.runners ?? runners },
    dividends: { name: 'dividends.csv', text: changed.dividends ?? dividends },
  });
}

describe('the programme of Sha Tin', () => {
  it('has eleven races of 141 starters, half an hour apart', () => {
    expect(programme.races.map(({ id }) => id)).toEqual(
      Array.from({ length: 11 }, (_, index) => `sha-tin-r${index + 1}`),
    );
    expect(programme.races.flatMap(({ order }) => order.flat())).toHaveLength(141);
    expect(programme.races.map(({ offMs }) => offMs / 60_000)).toEqual([
      30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 330,
    ]);
  });

  it('gives the withdrawn horse of race 9 the lowest free number and no place', () => {
    const race = raceOf(9);
    expect(withdrawnOf(race)).toBe(15);
    expect(race.runners.find(({ number }) => number === 15)?.horse).toBe('騰達勇士 (K376)');
    expect(race.order.flat()).not.toContain(15);
    expect(programme.races.filter((it) => withdrawnOf(it) !== undefined)).toEqual([race]);
  });

  it('puts the dead-heaters of race 6 together in first place', () => {
    expect(raceOf(6).order.slice(0, 2)).toEqual([[3, 10], [2]]);
  });

  it('declares the five-race bet in race 7 over races 7 to 11', () => {
    const multiLeg = programme.races.flatMap(({ number, pools }) =>
      pools.filter(({ legRaceIds }) => legRaceIds.length > 0).map((pool) => ({ number, ...pool })),
    );
    expect(multiLeg).toMatchObject([
      {
        number: 7,
        id: 'big5',
        guaranteeCents: 2_000_000,
        legRaceIds: ['sha-tin-r7', 'sha-tin-r8', 'sha-tin-r9', 'sha-tin-r10', 'sha-tin-r11'],
      },
    ]);
  });

  it('reads dividends for 10 as hundredths for 1', () => {
    expect(raceOf(1).published[0]).toEqual({ pool: 'WIN', combination: '13', hundredths: 1520 });
    expect(raceOf(1).published[2]?.combination).toBe('9,13');
  });
});

describe('a bad row is refused with file, line and value', () => {
  const row = '1,1650,13,上市魅力 (H196),7,1,15';
  it.each([
    ['a stray heading', runners.replace('draw', 'gate'), 'runners.csv:1: the heading is'],
    ['a missing value', runners.replace(row, '1,1650,13,x,7,1'), 'runners.csv:2: not 7 values'],
    ['an open quote', runners.replace(row, '1,1650,13,"x,7,1,15'), 'runners.csv:2: not 7 values'],
    [
      'a runner of zero',
      runners.replace(row, '1,1650,0,x,7,1,15'),
      'runners.csv:2: runner is not a whole number: "0"',
    ],
    [
      'a runner twice',
      runners.replace(row, '1,1650,9,x,7,1,15'),
      'runners.csv:3: runner is there twice: "9"',
    ],
    ['no horse', runners.replace(row, '1,1650,13,,7,1,15'), 'runners.csv:2: horse is empty: ""'],
    [
      'odds in words',
      runners.replace(row, '1,1650,13,x,7,1,evens'),
      'runners.csv:2: win_odds is not a number of at most two decimals: "evens"',
    ],
    [
      'odds of one',
      runners.replace(row, '1,1650,13,x,7,1,1'),
      'runners.csv:2: win_odds is not over 1: "1"',
    ],
    [
      'a gap in the order',
      runners.replace(row, '1,1650,13,x,7,15,15'),
      'runners.csv:2: finish is not 1: "15"',
    ],
    [
      'half a dead heat',
      runners.replace(row, '1,1650,13,x,7,1=,15'),
      'runners.csv:2: finish is not 1: "1="',
    ],
    [
      'races out of order',
      runners.replace(row, `2${row.slice(1)}`),
      'runners.csv:2: race is not race 1: "2"',
    ],
    [
      'odds of one withdrawn',
      runners.replace('騰達勇士 (K376),,WV,', '騰達勇士 (K376),,WV,9'),
      'win_odds is given for one withdrawn: "9"',
    ],
    [
      'a race left out',
      runners.replaceAll(/^2,.*\r?\n/gm, ''),
      'dividends.csv:11: race has no runners: "2"',
    ],
  ])('%s', (_what, text, message) => {
    expect(() => parse({ runners: text })).toThrow(message);
  });

  it.each([
    [
      'a dividend with three decimals',
      '152.001',
      'dividends.csv:2: dividend_per_10 is not a number',
    ],
    [
      'a dividend that no rounding gives',
      '152.05',
      'dividends.csv:2: dividend_per_10 is not a multiple of 0.10: "152.05"',
    ],
  ])('%s', (_what, value, message) => {
    expect(() => parse({ dividends: dividends.replace('152.00', value) })).toThrow(message);
  });

  it('a dividend of a race that nobody ran', () => {
    expect(() => parse({ dividends: `${dividends}12,WIN,1,20.00\n` })).toThrow(
      'dividends.csv:120: race has no runners: "12"',
    );
  });
});
