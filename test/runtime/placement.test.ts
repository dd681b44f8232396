import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hash64, partitionOf, shardOf } from '../../src/runtime/placement.ts';

describe('an address', () => {
  // Written down once: another value here would look for every old actor in the wrong file.
  test.each<[string, number, number, of8: number, of32: number, of1000: number, of1024: number]>([
    ['', 0xab3e7c0b, 0x981a078c, 4, 12, 908, 908],
    ['player/1', 0x0413a094, 0x161bb301, 1, 1, 225, 769],
    ['player/2', 0xd806ef02, 0x2de55558, 0, 24, 480, 344],
    ['race/r1', 0x2e3b0c7e, 0xb0588faf, 7, 15, 335, 943],
    ['tournament/été', 0x2f3a22f2, 0x380d71f7, 7, 23, 295, 503],
    ['player/🐎', 0xa3b3d214, 0x643e3592, 2, 18, 418, 402],
    ['operator/house', 0x6eb8d403, 0x06adad39, 1, 25, 433, 313],
    ['a'.repeat(300), 0x8defbf97, 0xa7d5d78c, 4, 12, 92, 908],
  ])('has the same place for ever: %s', (address, high, low, of8, of32, of1000, of1024) => {
    expect(hash64(address)).toEqual([high, low]);
    expect([8, 32, 1_000, 1_024].map((count) => partitionOf(address, count))).toEqual([
      of8,
      of32,
      of1000,
      of1024,
    ]);
  });

  test("of a partition's own stream is in that partition", () => {
    for (const partition of [0, 7, 31]) {
      expect(partitionOf(`fence/${partition}`, 32)).toBe(partition);
      expect(partitionOf(`dead-letters/${partition}`, 32)).toBe(partition);
    }
    // Of none that there is: somewhere, where nobody knows of it.
    expect(partitionOf('dead-letters/33', 32)).toBe(1);
    expect(partitionOf('dead-letters/x', 32)).toBe(Number(hash64('dead-letters/x')[1]) % 32);
  });

  test('lies in a partition that there is, whatever it is and however many there are', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 1, max: 1_024 }),
        (address, partitions) => {
          const partition = partitionOf(address, partitions);
          expect(Number.isInteger(partition)).toBe(true);
          expect(partition).toBeGreaterThanOrEqual(0);
          expect(partition).toBeLessThan(partitions);
        },
      ),
    );
  });

  test('is placed by all 64 bits of its hash', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 1_024 }), (address, partitions) => {
        const [high, low] = hash64(address);
        const exact = ((BigInt(high) << 32n) | BigInt(low)) % BigInt(partitions);
        expect(partitionOf(address, partitions)).toBe(Number(exact));
      }),
    );
  });

  // A share of N/partitions differs by chance, too: four deviations are what chance allows.
  test.each([2, 7, 8, 32, 100, 1_024])(
    'spreads its likes evenly over %i partitions',
    (partitions) => {
      const likes = 200_000;
      const mean = likes / partitions;
      for (const nameOf of [
        (index: number) => `player/${index}`,
        (index: number) => `race/2026-10-01-R${index % 50}-C${Math.floor(index / 50)}`,
      ]) {
        const counts = new Array<number>(partitions).fill(0);
        for (let index = 0; index < likes; index++) {
          const partition = partitionOf(nameOf(index), partitions);
          counts[partition] = (counts[partition] ?? 0) + 1;
        }
        const slack = Math.max(0.01 * mean, 5 * Math.sqrt(mean));
        expect(Math.min(...counts)).toBeGreaterThan(mean - slack);
        expect(Math.max(...counts)).toBeLessThan(mean + slack);
      }
    },
  );
});

describe('a partition', () => {
  test.each([
    [2, 2, 1],
    [4, 2, 2],
    [4, 3, 2],
    [4, 4, 1],
    [8, 2, 4],
    [8, 3, 3],
    [8, 4, 2],
    [16, 2, 8],
    [16, 3, 6],
    [16, 4, 5],
  ])(
    'of %i has its fair share of %i shards: none holds more than %i',
    (partitions, count, most) => {
      const shards = Array.from({ length: count }, (_, index) => `shard-${index}`);
      const held = new Map<string, number>();
      for (let partition = 0; partition < partitions; partition++) {
        const owner = shardOf(partition, shards);
        held.set(owner, (held.get(owner) ?? 0) + 1);
      }
      expect(Math.max(...held.values())).toBeLessThanOrEqual(most);
    },
  );

  const shards = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 8 });

  test('has the same shard for ever', () => {
    const three = ['shard-0', 'shard-1', 'shard-2'];
    const owners = Array.from({ length: 16 }, (_, partition) => shardOf(partition, three));
    expect(owners.map((it) => it.slice(-1)).join('')).toBe('0102102112100120');
  });

  test('has a shard that there is, in whatever order they are named', () => {
    fc.assert(
      fc.property(shards, fc.nat(1_023), (names, partition) => {
        const owner = shardOf(partition, names);
        expect(names).toContain(owner);
        expect(shardOf(partition, names.toReversed())).toBe(owner);
      }),
    );
  });

  test('moves only when its own shard goes', () => {
    fc.assert(
      fc.property(shards, fc.nat(7), (names, gone) => {
        const left = names.filter((_, index) => index !== gone % names.length);
        if (left.length === 0) return;
        for (let partition = 0; partition < 64; partition++) {
          const before = shardOf(partition, names);
          if (left.includes(before)) expect(shardOf(partition, left)).toBe(before);
        }
      }),
    );
  });

  test.each([2, 3, 8])('is one of about as many as any other of %i shards has', (count) => {
    const names = Array.from({ length: count }, (_, index) => `shard-${index}`);
    const counts = new Map<string, number>();
    for (let partition = 0; partition < 1_024; partition++) {
      const owner = shardOf(partition, names);
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    for (const name of names) {
      expect(Math.abs((counts.get(name) ?? 0) * count - 1_024)).toBeLessThan(0.25 * 1_024);
    }
  });

  test('has no place without shards', () => {
    expect(() => shardOf(0, [])).toThrow('no shard to place a partition on');
  });
});
