/**
 * Chance as an argument: the same seed gives the same numbers on every machine, for ever.
 * Generator: mulberry32 (Tommy Ettinger, 2017, public domain): 32 bits of state, ample for a show.
 */

export interface Random {
  /** In [0, 1). */
  readonly next: () => number;
  /** A whole number in [0, below). */
  readonly below: (below: number) => number;
  /** An index of `weights`, as often as its weight says. At least one weight is over 0. */
  readonly weighted: (weights: readonly number[]) => number;
}

/** @param topic Keeps what is drawn for one thing independent of all others: `sha-tin-r6/win`. */
export function createRandom(seed: number, topic: string): Random {
  let state = hashText(`${seed}/${topic}`);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    below: (below) => Math.floor(next() * below),
    weighted(weights) {
      let left = next() * weights.reduce((sum, weight) => sum + weight, 0);
      for (const [index, weight] of weights.entries()) {
        left -= weight;
        if (left < 0) return index;
      }
      // Rounding left a crumb: the last that can be drawn at all.
      return weights.findLastIndex((weight) => weight > 0);
    },
  };
}

/** FNV-1a, 32 bits, of the text's UTF-16 units. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}
