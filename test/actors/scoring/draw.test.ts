import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { commitmentTo, drawOf } from '../../../src/actors/scoring/draw.ts';

const hexOf = (text: string) => createHash('sha256').update(text).digest('hex');

test('a commitment is the SHA-256 that every other program makes', () => {
  const texts = fc.string({ maxLength: 300, unit: 'binary' }).filter((it) => it.isWellFormed());
  fc.assert(
    fc.property(texts, (seed) => {
      expect(commitmentTo(seed)).toBe(hexOf(seed));
    }),
    { numRuns: 500 },
  );
  for (const length of [0, 55, 56, 63, 64, 119, 120, 170, 171, 512, 600]) {
    for (const letter of ['x', '€'])
      expect(commitmentTo(letter.repeat(length))).toBe(hexOf(letter.repeat(length)));
  }
});

test('a draw is the first 32 bits of the hash of seed, tournament and player', () => {
  const wanted = Number.parseInt(hexOf('s1/sha-tin-day/ann').slice(0, 8), 16);
  expect(drawOf('s1', 'sha-tin-day', 'ann')).toBe(wanted);
});
