/**
 * Whether a log is what was signed: its records are hashed into a tree of their own, beside the one on
 * disk, and compared with every tile, every checkpoint in the history, and checkpoints that somebody
 * kept elsewhere. Nothing of the tree on disk is believed, and nothing is changed.
 *
 * Records and history are walked side by side, both in order, and a piece of each is in memory: signed
 * every 10 s, a year's history is three million checkpoints.
 */
import { readDataDir } from '../runtime/data-dir.ts';
import { messageOf } from '../runtime/thrown.ts';
import { openCheckpoint, originOf, type TreeHead } from '../runtime/tlog/checkpoint.ts';
import { type EntryRecord, leafOf } from '../runtime/tlog/entry.ts';
import type { TreeFiles } from '../runtime/tlog/files.ts';
import { allSealed, endOfHistory, HISTORY } from '../runtime/tlog/history.ts';
import { createFrontier, equalHashes, HASH_BYTES } from '../runtime/tlog/merkle.ts';
import type { VerifierKey } from '../runtime/tlog/note.ts';
import { TILE_WIDTH, tileHash, tilePath } from '../runtime/tlog/tile.ts';
import { readTile } from '../runtime/tlog/tile-files.ts';
import { hasTlog, readKeys, treeFilesOf, verifierKeysOf } from '../runtime/tlog/tlog-dir.ts';
import { CHECKPOINT } from '../runtime/tlog/tree.ts';
import { FAULTS_MAX } from './read-log.ts';

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
  /** Records in the last signed tree; 0 where nothing was signed, or where its line is damaged. */
  readonly size: number;
  /** That were compared. */
  readonly checkpoints: number;
  /** At most FAULTS_MAX, the gravest first. */
  readonly faults: readonly string[];
}

export interface TreeCheckOptions {
  readonly dataDir: string;
  readonly dataId: string;
  readonly partition: number;
  /** Checkpoints from elsewhere, opened already; those of other partitions are left out. */
  readonly published: readonly TreeHead[];
}

/** Looks how far it was signed, before the log is read: whatever was signed by now must be in it. */
export function createTreeCheck(options: TreeCheckOptions): TreeCheck {
  const { dataDir, dataId, partition, published } = options;
  const origin = originOf(dataId, partition);
  const compared = createFaults(partition);
  const signed = createFaults(partition);
  const tiled = createFaults(partition);
  const files = treeFilesOf(dataDir, partition);
  const history = hasTlog(dataDir, readDataDir(dataDir).logs.length)
    ? openHistory(files, {
        origin,
        keys: () => keysOf(dataDir, dataId, partition),
        fault: signed.add,
      })
    : NEVER_SIGNED;
  const heads = merged(
    history.heads,
    published.filter((it) => it.origin === origin).sort((a, b) => a.size - b.size),
  );
  const tiles = createTileCheck(files, { size: history.size, fault: tiled.add });
  const frontier = createFrontier();
  let checkpoints = 0;
  let next: TreeHead | undefined;

  function goOn(): void {
    const { done, value } = heads.next();
    next = done ? undefined : value;
    if (!done) checkpoints++;
  }

  function compareHeads(): void {
    for (; next !== undefined && next.size <= frontier.size; goOn()) {
      // What is out of order was said, and is beyond comparing.
      if (next.size < frontier.size || equalHashes(frontier.root(), next.root)) continue;
      compared.add(`the first ${next.size} records are not those that were signed`);
    }
  }

  /** Not before the first record: until then there is no need to have a piece of history in memory. */
  function begin(): void {
    goOn();
    compareHeads();
  }

  return {
    add(record) {
      if (frontier.size === 0) begin();
      const leaf = leafOf(record);
      frontier.push(leaf);
      tiles.add(leaf);
      compareHeads();
    },
    finish() {
      if (frontier.size === 0) begin();
      let { size } = history;
      for (; next !== undefined; goOn()) size = Math.max(size, next.size);
      if (size > frontier.size) {
        compared.add(`${size} records were signed, and ${frontier.size} can be read`);
      }
      const faults = [...compared.all, ...signed.all, ...tiled.all].slice(0, FAULTS_MAX);
      return { partition, origin, size: history.size, checkpoints, faults };
    },
  };
}

/** As many of one sort as anybody reads. */
function createFaults(partition: number) {
  const all: string[] = [];
  return {
    all,
    add(what: string): void {
      if (all.length < FAULTS_MAX) all.push(`partition ${partition}: ${what}`);
    },
  };
}

function keysOf(dataDir: string, dataId: string, partition: number): readonly VerifierKey[] {
  return verifierKeysOf(readKeys(dataDir), dataId, partition);
}

interface History {
  /** Of the last tree; 0 for none, or where what it says of itself is wrong. */
  readonly size: number;
  /** As they were signed, each read when it is asked for. */
  readonly heads: Iterable<TreeHead>;
}

const NEVER_SIGNED: History = { size: 0, heads: [] };

interface HistoryOptions {
  readonly origin: string;
  readonly keys: () => readonly VerifierKey[];
  readonly fault: (what: string) => void;
}

/** The history, as far as it goes now. */
function openHistory(files: TreeFiles, { origin, keys, fault }: HistoryOptions): History {
  try {
    // Before the history, which has it first.
    const published = files.read(CHECKPOINT)?.toString();
    const sizeBytes = files.sizeOf(HISTORY) ?? 0;
    const signers = keys();
    return {
      size: lastSize(files, origin, signers),
      heads: headsIn(files, { origin, sizeBytes, published, signers, fault }),
    };
  } catch (cause) {
    fault(unreadable(cause));
    return NEVER_SIGNED;
  }
}

function lastSize(files: TreeFiles, origin: string, signers: readonly VerifierKey[]): number {
  try {
    const { head, checkpoint } = endOfHistory(files, origin).sealed;
    return head.size === 0 ? 0 : openCheckpoint(checkpoint, signers).size;
  } catch {
    // Whoever walks the history comes to it, and says what is wrong.
    return 0;
  }
}

/** As far as it is one: in order, each signed, the checkpoint that is published in it. */
function* headsIn(
  files: TreeFiles,
  {
    origin,
    sizeBytes,
    published,
    signers,
    fault,
  }: Pick<HistoryOptions, 'origin' | 'fault'> & {
    readonly sizeBytes: number;
    readonly published: string | undefined;
    readonly signers: readonly VerifierKey[];
  },
): Iterable<TreeHead> {
  let before = 0;
  let isInHistory = published === undefined;
  try {
    for (const { head, checkpoint } of allSealed(files, origin, sizeBytes)) {
      if (head.size <= before) fault(`after a tree of ${before} a tree of ${head.size} was signed`);
      openCheckpoint(checkpoint, signers);
      before = head.size;
      isInHistory ||= checkpoint === published;
      yield head;
    }
    if (!isInHistory) fault('its checkpoint is not in its history');
  } catch (cause) {
    fault(unreadable(cause));
  }
}

function unreadable(cause: unknown): string {
  return `its signed trees: ${messageOf(cause)}`;
}

/** Both in order of size. */
function* merged(
  sealed: Iterable<TreeHead>,
  published: readonly TreeHead[],
): Generator<TreeHead, void> {
  let at = 0;
  for (const head of sealed) {
    for (let kept = published[at]; kept && kept.size < head.size; kept = published[++at])
      yield kept;
    yield head;
  }
  yield* published.slice(at);
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
