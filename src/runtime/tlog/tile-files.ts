/**
 * The tiles of one tree in files: read, grown at the right edge, made again from the log.
 *
 * Tiles are a derivation: the log is the source, and a tile that is missing or short, as the loss of
 * power can leave it, is made again from the log's leaves. So none is written durably, and the disk
 * that the bets wait for is left alone. Whether what they hold is what was signed is for their
 * reader to check, against a signed root.
 */
import type { TreeFiles } from './files.ts';
import { HASH_BYTES, type ReadNode } from './merkle.ts';
import { RewrittenLogError } from './source.ts';
import {
  nodesFromTiles,
  partialsPath,
  TILE_WIDTH,
  type Tile,
  tileHash,
  tileIn,
  tilePath,
  tilesOf,
} from './tile.ts';

/** Leaf hashes of the log from an index on, in order. */
export type ReadLeaves = (index: number) => Iterable<Uint8Array>;

const NOT_DURABLE = { durable: false };

/** Subtrees of a tree of `size` leaves. @throws Error where a tile is missing. */
export function nodesOf(files: TreeFiles, size: number): ReadNode {
  return nodesFromTiles(size, (tile) => {
    const bytes = readTile(files, tile);
    if (bytes === undefined) throw new Error(`${tilePath(tile)} is missing or too short`);
    return bytes;
  });
}

/** Exactly the tile, also out of a wider one of its index; undefined where none is whole. */
export function readTile(files: TreeFiles, tile: Tile): Uint8Array | undefined {
  const length = tile.width * HASH_BYTES;
  const found = files.read(tilePath(tile));
  if (found?.length === length) return found;
  // The partial tile goes when the full one comes.
  const full =
    tile.width < TILE_WIDTH ? files.read(tilePath({ ...tile, width: TILE_WIDTH })) : undefined;
  return full?.length === TILE_WIDTH * HASH_BYTES ? full.subarray(0, length) : undefined;
}

/**
 * Appends leaves to a tree of `size`, whose tiles are all there.
 * @returns The new size; every tile of it is there.
 */
export function growTiles(files: TreeFiles, size: number, leaves: Iterable<Uint8Array>): number {
  const edges: Edge[] = [];
  let grown = size;
  for (const leaf of leaves) {
    push(0, leaf);
    grown++;
  }
  for (const [level, { index, width, bytes, changed }] of edges.entries()) {
    if (width > 0 && changed) write({ level, index, width }, bytes);
  }
  return grown;

  function push(level: number, hash: Uint8Array): void {
    edges[level] ??= edgeOf(files, size, level);
    const edge = edges[level];
    edge.bytes.set(hash, edge.width * HASH_BYTES);
    edge.width++;
    edge.changed = true;
    if (edge.width < TILE_WIDTH) return;
    const tile = { level, index: edge.index, width: TILE_WIDTH };
    write(tile, edge.bytes);
    files.remove(partialsPath(tile));
    edge.index++;
    edge.width = 0;
    push(level + 1, tileHash(edge.bytes));
  }

  function write(tile: Tile, bytes: Uint8Array): void {
    files.replace(tilePath(tile), bytes.subarray(0, tile.width * HASH_BYTES), NOT_DURABLE);
  }
}

/** The tile of one level that is not full yet. */
interface Edge {
  index: number;
  width: number;
  changed: boolean;
  readonly bytes: Buffer;
}

function edgeOf(files: TreeFiles, size: number, level: number): Edge {
  const hashes = Math.floor(size / TILE_WIDTH ** level);
  const index = Math.floor(hashes / TILE_WIDTH);
  const width = hashes % TILE_WIDTH;
  const bytes = Buffer.alloc(TILE_WIDTH * HASH_BYTES);
  if (width > 0) {
    const known = readTile(files, { level, index, width });
    if (known === undefined) throw new Error(`${tilePath({ level, index, width })} is missing`);
    bytes.set(known);
  }
  return { index, width, bytes, changed: false };
}

/** Makes every tile that is not whole, or every tile there is. @returns How many it made. */
export function mendTiles(
  files: TreeFiles,
  {
    size,
    leaves,
    all,
  }: { readonly size: number; readonly leaves: ReadLeaves; readonly all: boolean },
): number {
  let made = 0;
  // Level by level: what a tile is made of is whole before it is made.
  for (const tile of tilesOf(size)) {
    if (!all && isWhole(files, tile)) continue;
    files.replace(tilePath(tile), makeTile(files, tile, leaves), NOT_DURABLE);
    made++;
  }
  return made;
}

function isWhole(files: TreeFiles, tile: Tile): boolean {
  if (files.sizeOf(tilePath(tile)) === tile.width * HASH_BYTES) return true;
  const full = tilePath({ ...tile, width: TILE_WIDTH });
  return files.sizeOf(full) === TILE_WIDTH * HASH_BYTES;
}

function makeTile(files: TreeFiles, { level, index, width }: Tile, leaves: ReadLeaves): Uint8Array {
  const first = index * TILE_WIDTH;
  const hashes: Uint8Array[] = [];
  if (level === 0) {
    for (const leaf of leaves(first)) if (hashes.push(leaf) === width) break;
  } else {
    for (let child = first; child < first + width; child++) {
      const tile = { level: level - 1, index: child, width: TILE_WIDTH };
      const bytes = readTile(files, tile);
      if (bytes === undefined) throw new Error(`${tilePath(tile)} was not made`);
      hashes.push(tileHash(bytes));
    }
  }
  if (hashes.length < width) {
    const position = first + hashes.length + 1;
    throw new RewrittenLogError(`record ${position} was signed, and the log lacks it`);
  }
  return Buffer.concat(hashes);
}

/** Leaves of a tree of `size`, `count` of them from `index` on, out of its tiles. */
export function* leavesIn(
  files: TreeFiles,
  { size, index, count }: { readonly size: number; readonly index: number; readonly count: number },
): Iterable<Uint8Array> {
  const end = Math.min(size, index + count);
  for (let at = index; at < end; ) {
    const tile = tileIn(size, 0, Math.floor(at / TILE_WIDTH));
    const bytes = readTile(files, tile);
    if (bytes === undefined) throw new Error(`${tilePath(tile)} is missing or too short`);
    const first = tile.index * TILE_WIDTH;
    for (const stop = Math.min(end, first + tile.width); at < stop; at++) {
      const offset = (at - first) * HASH_BYTES;
      yield bytes.subarray(offset, offset + HASH_BYTES);
    }
  }
}
