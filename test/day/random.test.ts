import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRandom, hashText } from '../../src/day/random.ts';

it('hashes as FNV-1a does', () => {
  // Test vectors of the authors: http://www.isthe.com/chongo/src/fnv/test_fnv.c
  expect(hashText('')).toBe(0x811c9dc5);
  expect(hashText('a')).toBe(0xe40c292c);
  expect(hashText('foobar')).toBe(0xbf9cf968);
});

it('gives the same numbers for the same seed and topic, others for others', () => {
  const draw = (seed: number, topic: string) => {
    const { next } = createRandom(seed, topic);
    return [next(), next(), next()];
  };
  expect(draw(7, 'r1/win')).toEqual(draw(7, 'r1/win'));
  expect(draw(7, 'r1/win')).not.toEqual(draw(8, 'r1/win'));
  expect(draw(7, 'r1/win')).not.toEqual(draw(7, 'r1/place'));
});

it('stays in its bounds', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 1_000 }), (seed, below) => {
      const random = createRandom(seed, 'bounds');
      for (let draw = 0; draw < 50; draw++) {
        expect(random.next()).toSatisfy((it: number) => it >= 0 && it < 1);
        expect(random.below(below)).toSatisfy((it: number) => it >= 0 && it < below);
      }
    }),
  );
});

it('draws by weight, and never what weighs nothing', () => {
  const random = createRandom(1, 'weights');
  const drawn = [0, 0, 0, 0];
  for (let draw = 0; draw < 10_000; draw++) {
    const index = random.weighted([0, 1, 3, 0]);
    drawn[index] = (drawn[index] ?? 0) + 1;
  }
  expect(drawn[0]).toBe(0);
  expect(drawn[3]).toBe(0);
  expect((drawn[2] ?? 0) / (drawn[1] ?? 1)).toBeGreaterThan(2.7);
  expect((drawn[2] ?? 0) / (drawn[1] ?? 1)).toBeLessThan(3.3);
});
