/**
 * Whether a log is what was signed: its records are hashed into a tree of their own, beside the one on
 * disk, and compared with every tile, every checkpoint in the history, and checkpoints that somebody
 * kept elsewhere. Nothing of the tree on disk is believed, and nothing is changed.
 */
import { readDataDir } from '../runtime/data-dir.ts';
import { openCheckpoint, originOf, type TreeHead } from '../runtime/tlog/checkpoint.ts';
import { type EntryRecord, leafOf } from '../runtime/tlog/entry.ts';
import type { TreeFiles } from '../runtime/tlog/files.ts';
import { allSealed } from '../runtime/tlog/history.ts';
import { createFrontier, equalHashes, HASH_BYTES } from '../runtime/tlog/merkle.ts';
import type { VerifierKey } from '../runtime/tlog/note.ts';
import { TILE_WIDTH, tileHash, tilePath } from '../runtime/tlog/tile.ts';
import { readTile } from '../runtime/tlog/tile-files.ts';
import { hasTlog, readKeys, treeFilesOf, verifierKeysOf } from '../runtime/tlog/tlog-dir.ts';
import { CHECKPOINT } from '../runtime/tlog/tree.ts';

export type { TreeHead };

export interface TreeCheck {
  /** Every record of the partition, in order. */
  add(record: EntryRecord): void;
  /** After the last. */
  finish(): CheckedTree;
}

export interface CheckedTree {
  readonly partition: number;
  /** Name of the log. */
  readonly origin: string;
  /** Records in the last signed tree; 0 where nothing was signed. */
  readonly size: number;
  /** That were compared. */
  readonly checkpoints: number;
  readonly faults: readonly string[];
}

export interface TreeCheckOptions {
  readonly dataDir: string;
  readonly dataId: string;
  readonly partition: number;
  /** Checkpoints from elsewhere, opened already; those of other partitions are left out. */
  readonly published: readonly TreeHead[];
}

/** Reads what was signed, before the log is read: whatever was signed by now must be in it. */
export function createTreeCheck(options: TreeCheckOptions): TreeCheck {
  const { dataDir, dataId, partition, published } = options;
  const origin = originOf(dataId, partition);
  const faults: string[] = [];
  const fault = (what: string) => faults.push(`partition ${partition}: ${what}`);
  const files = treeFilesOf(dataDir, partition);
  const sealed = hasTlog(dataDir, readDataDir(dataDir).logs.length)
    ? sealedIn(files, { origin, keys: () => keysOf(dataDir, dataId, partition), fault })
    : [];
  const size = sealed.at(-1)?.size ?? 0;
  const heads = [...sealed, ...published.filter((it) => it.origin === origin)].sort(
    (a, b) => a.size - b.size,
  );
  const tiles = createTileCheck(files, { size, fault });
  const frontier = createFrontier();
  let next = 0;

  function compareHeads(): void {
    for (let head = heads[next]; head?.size === frontier.size; head = heads[++next]) {
      if (equalHashes(frontier.root(), head.root)) continue;
      fault(`the first ${head.size} records are not those that were signed`);
    }
  }
  compareHeads();

  return {
    add(record) {
      const leaf = leafOf(record);
      frontier.push(leaf);
      tiles.add(leaf);
      compareHeads();
    },
    finish() {
      const last = heads.at(-1);
      if (last !== undefined && last.size > frontier.size) {
        fault(`${last.size} records were signed, and ${frontier.size} can be read`);
      }
      return { partition, origin, size, checkpoints: heads.length, faults };
    },
  };
}

function keysOf(dataDir: string, dataId: string, partition: number): readonly VerifierKey[] {
  return verifierKeysOf(readKeys(dataDir), dataId, partition);
}

/** The history, as far as it is one: in order, each signed, the checkpoint that is published in it. */
function sealedIn(
  files: TreeFiles,
  options: {
    readonly origin: string;
    readonly keys: () => readonly VerifierKey[];
    readonly fault: (what: string) => void;
  },
): readonly TreeHead[] {
  const { origin, keys, fault } = options;
  const sealed: TreeHead[] = [];
  try {
    // Before the history, which has it first.
    const published = files.read(CHECKPOINT)?.toString();
    const signers = keys();
    let isInHistory = published === undefined;
    for (const it of allSealed(files, origin)) {
      const before = sealed.at(-1)?.size ?? 0;
      if (it.head.size <= before)
        fault(`after a tree of ${before} a tree of ${it.head.size} was signed`);
      openCheckpoint(it.checkpoint, signers);
      sealed.push(it.head);
      isInHistory ||= it.checkpoint === published;
    }
    if (!isInHistory) {
      fault('its checkpoint is not in its history');
    }
  } catch (cause) {
    fault(`its signed trees: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  return sealed;
}

/** Compares every tile of a tree of `size` with the leaves that are added. */
function createTileCheck(
  files: TreeFiles,
  { size, fault }: { readonly size: number; readonly fault: (what: string) => void },
): { add(leaf: Uint8Array): void } {
  const edges: { index: number; width: number; readonly bytes: Buffer }[] = [];
  let added = 0;

  function push(level: number, hash: Uint8Array): void {
    edges[level] ??= { index: 0, width: 0, bytes: Buffer.alloc(TILE_WIDTH * HASH_BYTES) };
    const edge = edges[level];
    edge.bytes.set(hash, edge.width * HASH_BYTES);
    edge.width++;
    if (edge.width < TILE_WIDTH) return;
    compare(level);
    push(level + 1, tileHash(edge.bytes));
    edge.index++;
    edge.width = 0;
  }

  function compare(level: number): void {
    const edge = edges[level];
    if (edge === undefined || edge.width === 0) return;
    const tile = { level, index: edge.index, width: edge.width };
    const found = readTile(files, tile);
    if (found === undefined) fault(`${tilePath(tile)} is missing or too short`);
    else if (!equalHashes(found, edge.bytes.subarray(0, edge.width * HASH_BYTES))) {
      fault(`${tilePath(tile)} is not of this log`);
    }
  }

  return {
    add(leaf) {
      if (added === size) return;
      added++;
      push(0, leaf);
      if (added === size) for (const level of edges.keys()) compare(level);
    },
  };
}
