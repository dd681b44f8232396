/**
 * Where an actor lives: address → partition → shard.
 *
 * The number of partitions is fixed when the log is created, since another number would look for
 * old actors in the wrong file. Which shard serves a partition is free, and follows by rendezvous
 * hashing: a shard that comes or goes moves only its own share.
 */
import type { Address } from './actor.ts';

/** What a partition records of itself is in itself: its number is the address's id. */
const OWN_STREAM = /^(?:fence|dead-letters)\/(\d+)$/;

export function partitionOf(address: Address | string, partitions: number): number {
  if (address.startsWith('fence/') || address.startsWith('dead-letters/')) {
    const [, own] = OWN_STREAM.exec(address) ?? [];
    // Of a partition that there is not: somewhere, where nobody knows of it.
    if (own !== undefined) return Number(own) % partitions;
  }
  const [high, low] = hash64(address);
  // (high·2³² + low) mod partitions, without leaving safe integers: partitions are few.
  return (
    ((((high % partitions) * (0x1_0000_0000 % partitions)) % partitions) + (low % partitions)) %
    partitions
  );
}

/**
 * Few partitions over few shards are a small sample, and most salts deal it out unevenly. With this
 * one, 2 to 16 partitions over 2 to 4 shards of `system.ts` come out even, or one apart.
 */
const SALT = 56_920;

/** The shard with the highest weight for the partition: Thaler and Ravishankar, 1996. */
export function shardOf(partition: number, shards: readonly string[]): string {
  let best: string | undefined;
  let bestHigh = -1;
  let bestLow = -1;
  for (const shard of shards) {
    const [high, low] = hash64(`${SALT}/${partition}@${shard}`);
    if (high > bestHigh || (high === bestHigh && low > bestLow)) {
      best = shard;
      bestHigh = high;
      bestLow = low;
    }
  }
  if (best === undefined) throw new Error('no shard to place a partition on');
  return best;
}

/**
 * 64 bits in two halves, stable for ever: two FNV-1a runs from different bases, each finished with
 * MurmurHash3's avalanche, since FNV's high bits hardly depend on the last letters.
 */
export function hash64(text: string): readonly [high: number, low: number] {
  let high = 0x811c9dc5;
  let low = 0x9747b28c;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 0x01000193);
    low = Math.imul(low ^ unit, 0x5bd1e995);
  }
  return [avalanche(high ^ text.length), avalanche(low ^ high)];
}

function avalanche(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
