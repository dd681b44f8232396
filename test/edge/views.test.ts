import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/edge/digest.ts';
import { type Json, quote, toNumber } from '../../src/edge/json.ts';
import { viewOf } from '../../src/edge/views.ts';
import { OddsViewSchema } from '../../src/gen/furlong/feed/v1/feed_pb.ts';
import { board, odds, race } from './support/published.ts';

function shown({ subject, bytes }: ReturnType<typeof race>) {
  return viewOf(subject, bytes);
}

describe('a view', () => {
  test('of a race is one row of the card', () => {
    expect(shown(race('r1', 4, 'official'))).toEqual({
      channel: 'races',
      scope: 'r1',
      version: 4n,
      head: {},
      whole: false,
      rows: [
        {
          key: 'r1',
          id: 'r1',
          title: 'The r1 Stakes',
          offTimeMs: 1_800_000_600_000,
          phase: 'official',
          runners: [
            { number: 3, name: 'Épée', scratched: false },
            { number: 10, name: 'Furlong Past', scratched: true },
          ],
          order: [[3, 10], [2]],
          pools: [
            {
              id: 'win',
              ruleSet: 'win-1',
              legs: ['r1'],
              guaranteeCents: 100_000,
              dividends: [{ outcome: '3', hundredths: 420 }],
            },
          ],
          version: 4,
          asOfMs: 1_800_000_000_000,
        },
      ],
    });
  });

  test('of odds is a row for each pool and each runner, null where nothing is probable yet', () => {
    expect(shown(odds('r1', 2, { 3: 500, 10: 0 }))).toEqual({
      channel: 'odds:r1',
      scope: 'r1',
      version: 2n,
      head: { race: 'r1', version: 2, asOfMs: 1_800_000_000_002 },
      whole: true,
      rows: [
        { key: 'win', pool: 'win', grossCents: 500, tickets: 2, toShareCents: 500 },
        { key: 'win/3', pool: 'win', runner: 3, stakesCents: 500, probableHundredths: 100 },
        { key: 'win/10', pool: 'win', runner: 10, stakesCents: 0, probableHundredths: null },
      ],
    });
  });

  test('of a pool on several runners has what each combination would pay, in the pool’s row', () => {
    const view = create(OddsViewSchema, {
      raceId: 'r1',
      pools: [
        {
          poolId: 'pair',
          grossCents: 900n,
          tickets: 9n,
          toShareCents: 675n,
          asOfMs: 1_800_000_000_001n,
          combinations: [
            { combination: '3-7', stakesCents: 100n, probableHundredths: 670n },
            { combination: '3-12', stakesCents: 500n, probableHundredths: 130n },
            // With a withdrawn runner: it is paid by no arrival.
            { combination: '10-3', stakesCents: 300n },
          ],
        },
      ],
    });
    const bytes = toBinary(OddsViewSchema, view);
    const { rows } = viewOf('furlong.odds.r1', bytes);
    expect(rows).toEqual([
      {
        asOfMs: 1_800_000_000_001,
        key: 'pair',
        pool: 'pair',
        grossCents: 900,
        tickets: 9,
        toShareCents: 675,
        probables: { '3-12': 130, '3-7': 670 },
      },
    ]);
    for (const row of rows) expect(JSON.stringify(row)).toBe(canonical(row));
  });

  test('of a board is a row for each entry, and no more of a player than the alias', () => {
    expect(shown(board('cup', 9, { Ada: 70, Grace: 40 }))).toEqual({
      channel: 'board:cup',
      scope: 'cup',
      version: 9n,
      head: {
        tournament: 'cup',
        title: 'Spring Cup',
        players: 2,
        version: 9,
        asOfMs: 1_800_000_000_000,
        phase: 'review',
        phaseUntilMs: 1_800_000_060_000,
        resultVersion: 2,
        ruleSet: 'multiplier-best-5@1',
      },
      whole: true,
      rows: [
        { key: '3', rank: 1, entry: 3, alias: 'Ada', score: 70, countedBets: 2 },
        { key: '5', rank: 2, entry: 5, alias: 'Grace', score: 40, countedBets: 2 },
      ],
    });
  });

  test.each([
    ['a race', race('r1', 1)],
    ['odds', odds('r1', 1, { 3: 500 })],
    ['a board', board('cup', 1, { Ada: 70 })],
  ])('of %s has rows that are canonical as they stand', (_, message) => {
    for (const row of shown(message).rows) expect(JSON.stringify(row)).toBe(canonical(row));
  });

  test('is refused when the bytes are no message, or name nothing', () => {
    expect(() => viewOf('furlong.races', new Uint8Array([255]))).toThrow();
    expect(() => viewOf('furlong.races', new Uint8Array())).toThrow('without the id');
    expect(() => viewOf('furlong.bets.r1', new Uint8Array())).toThrow('furlong.bets.r1');
  });
});

test('an int64 becomes a number up to the last one that is exact, and is refused from there on', () => {
  expect(toNumber(2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => toNumber(2n ** 53n)).toThrow('9007199254740992');
});

test('a value quoted in an error is never long', () => {
  expect(quote('r1')).toBe('"r1"');
  expect(quote('x'.repeat(1000)).length).toBeLessThanOrEqual(64);
});

describe('a digest', () => {
  test.each([
    // FNV-1a of nothing, and of "a" and a line feed, computed by hand from the two constants.
    ['no rows', new Map(), '811c9dc5'],
    ['one row', new Map([['a', 'a']]), digestByHand('a\n')],
    ['a row beyond ASCII', new Map([['a', '"É"']]), digestByHand('"É"\n')],
  ])('of %s is FNV-1a over UTF-8', (_, rows: Map<string, string>, expected) => {
    expect(digestOf(rows)).toBe(expected);
  });

  test('does not depend on the order in which rows came, and does on what they hold', () => {
    const one = new Map([
      ['a', '1'],
      ['b', '2'],
    ]);
    const other = new Map([
      ['b', '2'],
      ['a', '1'],
    ]);
    expect(digestOf(one)).toBe(digestOf(other));
    expect(digestOf(one)).not.toBe(
      digestOf(
        new Map([
          ['a', '1'],
          ['b', '3'],
        ]),
      ),
    );
  });
});

function digestByHand(text: string): string {
  let hash = 2166136261n;
  for (const byte of Buffer.from(text)) hash = ((hash ^ BigInt(byte)) * 16777619n) % 2n ** 32n;
  return hash.toString(16).padStart(8, '0');
}

function canonical(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, held]) => `${JSON.stringify(name)}:${canonical(held)}`).join(',')}}`;
}
