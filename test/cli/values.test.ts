import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/cli/exit.ts';
import {
  formatAmount,
  formatCount,
  formatEnum,
  formatLegs,
  parseAmount,
  parseId,
  parseLegs,
  parseOrder,
  parseRunners,
  parseWhole,
} from '../../src/cli/values.ts';

describe('an amount', () => {
  it.each([
    ['2', 200n],
    ['2.5', 250n],
    ['2.05', 205n],
    ['0.01', 1n],
    ['1000000.99', 100_000_099n],
    // 1.15 × 100 is 114.99999999999999 in floats.
    ['1.15', 115n],
  ])('%s is exact', (text, cents) => {
    expect(parseAmount(text, '--stake')).toBe(cents);
  });

  it.each([
    '1.005',
    '0',
    '0.00',
    '-1',
    'abc',
    '',
    '1e3',
    '1,5',
    ' 1',
    '.5',
    '1.',
    '0x10',
    'NaN',
    '9'.repeat(13),
  ])('%j is refused in a sentence that names it', (text) => {
    expect(() => parseAmount(text, '--stake')).toThrow(UsageError);
    expect(() => parseAmount(text, '--stake')).toThrow(
      `--stake is ${JSON.stringify(text)}, but must be an amount over 0 with at most two decimals`,
    );
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 14n - 1n }), (cents) => {
        expect(parseAmount(formatAmount(cents).replaceAll(',', ''), 'x')).toBe(cents);
      }),
    );
  });

  it.each([
    [0n, '0.00'],
    [5n, '0.05'],
    [123_456n, '1,234.56'],
    [-100_000_000n, '-1,000,000.00'],
    [1060, '10.60'],
  ])('%s is written %s', (cents, text) => {
    expect(formatAmount(cents)).toBe(text);
  });
});

describe('runners', () => {
  it('are read in legs, and written the same', () => {
    expect(parseLegs('1,2/3/4/5,6/7', '--legs')).toEqual([[1, 2], [3], [4], [5, 6], [7]]);
    const legs = parseLegs('1,2/3/4/5,6/7', '--legs').map((runners) => ({ runners }));
    expect(formatLegs(legs)).toBe('1,2/3/4/5,6/7');
  });

  it('share a place of the order where = joins them', () => {
    expect(parseOrder('3=10/2/7', '<order>')).toEqual([[3, 10], [2], [7]]);
  });

  it.each([
    ['0', '"0"'],
    ['100', '"100"'],
    ['1,,2', '""'],
    ['a', '"a"'],
    ['1,1', 'twice'],
  ])('%s are refused', (text, named) => {
    expect(() => parseRunners(text, '--runners')).toThrow(named);
    expect(() => parseRunners(text, '--runners')).toThrow(UsageError);
  });

  it.each(['1,2/3', '1+2/3'])('%s tells how a dead heat is written', (text) => {
    expect(() => parseOrder(text, '<order>')).toThrow('a dead heat is 3=10');
  });

  it('arrive once', () => {
    expect(() => parseOrder('1/2=1', '<order>')).toThrow('names a runner twice');
  });
});

it('an id is refused where a file or a subject could not bear it', () => {
  expect(parseId('sha-tin_R6', '--race')).toBe('sha-tin_R6');
  for (const text of ['', '-a', 'a b', 'a/b', 'a.b', 'x'.repeat(65)]) {
    expect(() => parseId(text, '--race')).toThrow(`--race is ${JSON.stringify(text)}`);
  }
});

it('a whole number is refused outside its range', () => {
  expect(parseWhole('1', '--rows', [1, 100])).toBe(1);
  expect(parseWhole('100', '--rows', [1, 100])).toBe(100);
  for (const text of ['0', '101', '-1', '1.5', 'x']) {
    expect(() => parseWhole(text, '--rows', [1, 100])).toThrow(UsageError);
  }
});

it('counts and names are written for people', () => {
  expect(formatCount(1_234_567n)).toBe('1,234,567');
  expect(formatCount(999)).toBe('999');
  expect(formatEnum('BET_STATUS_REGISTERED', 'BET_STATUS_')).toBe('registered');
  expect(formatEnum(undefined, 'X')).toBe('unknown');
});
