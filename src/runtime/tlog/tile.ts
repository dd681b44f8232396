/**
 * Tiles: how the hashes of a tree are cut into files, by c2sp.org/tlog-tiles, height 8.
 *
 * Tile n of level l holds up to 256 hashes, each of a full subtree of `256^l` leaves, from the
 * `256 × n`th on. What lies between two levels is hashed again when it is needed. A tile at the
 * right edge is partial: its name says its width, and a wider one never changes what it began with.
 */
import { HASH_BYTES, nodeHash, type ReadNode } from './merkle.ts';

/** Hashes of a full tile. */
export const TILE_WIDTH = 256;

/** Levels of the tree in one tile: 2^8 = 256. */
const HEIGHT = 8;

export interface Tile {
  readonly level: number;
  /** From 0, within its level. */
  readonly index: number;
  /** Hashes in it, 1 to 256. */
  readonly width: number;
}

/** `tile/0/x001/067`, and `.p/17` where it is partial. */
export function tilePath({ level, index, width }: Tile): string {
  const full = `tile/${level}/${indexPath(index)}`;
  return width === TILE_WIDTH ? full : `${full}.p/${width}`;
}

/** Where all partial tiles of one index are. */
export function partialsPath({ level, index }: Tile): string {
  return `tile/${level}/${indexPath(index)}.p`;
}

/** Every tile of a tree, level by level. */
export function* tilesOf(size: number): Iterable<Tile> {
  for (
    let level = 0, hashes = size;
    hashes > 0;
    level++, hashes = Math.floor(hashes / TILE_WIDTH)
  ) {
    for (let index = 0; index * TILE_WIDTH < hashes; index++) {
      yield { level, index, width: Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH) };
    }
  }
}

/** The tile as it is in a tree of `size` leaves. */
export function tileIn(size: number, level: number, index: number): Tile {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  return { level, index, width: Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH) };
}

/** @param readTile The tile's bytes, of its width at least. */
export function nodesFromTiles(size: number, readTile: (tile: Tile) => Uint8Array): ReadNode {
  return (level, index) => {
    const tileLevel = Math.floor(level / HEIGHT);
    const count = 2 ** (level % HEIGHT);
    const first = index * count;
    const tileIndex = Math.floor(first / TILE_WIDTH);
    const bytes = readTile(tileIn(size, tileLevel, tileIndex));
    return subtreeHash(bytes, first - tileIndex * TILE_WIDTH, count);
  };
}

/** Of a full tile: what stands for it one level up. */
export function tileHash(bytes: Uint8Array): Uint8Array {
  return subtreeHash(bytes, 0, TILE_WIDTH);
}

/** @param count A power of two. */
function subtreeHash(bytes: Uint8Array, first: number, count: number): Uint8Array {
  if (count === 1) return bytes.subarray(first * HASH_BYTES, (first + 1) * HASH_BYTES);
  const half = count / 2;
  return nodeHash(subtreeHash(bytes, first, half), subtreeHash(bytes, first + half, half));
}

function indexPath(index: number): string {
  const parts = [String(index % 1_000).padStart(3, '0')];
  for (let rest = Math.floor(index / 1_000); rest > 0; rest = Math.floor(rest / 1_000)) {
    parts.unshift(`x${String(rest % 1_000).padStart(3, '0')}`);
  }
  return parts.join('/');
}
