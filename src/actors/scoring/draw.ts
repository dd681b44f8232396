/**
 * The last tie-break: a number that a seed and a player give, that has nothing to do with who came
 * first. The seed's hash is published at the opening, the seed itself at the closing.
 *
 *   draw        first 32 bits of SHA-256 of SEED/TOURNAMENT/PLAYER
 *   commitment  SHA-256 of SEED, in hex
 */
import { sha256, sha256Hex } from './sha-256.ts';

export function drawOf(seed: string, tournament: string, player: string): number {
  const [first = 0] = sha256(`${seed}/${tournament}/${player}`);
  return first;
}

export function commitmentTo(seed: string): string {
  return sha256Hex(seed);
}
