/**
 * The tree of one partition: grown from its log, sealed with signed checkpoints, asked for proofs.
 *
 *   grow:  records → tiles ─> root ─> goes on from the last signed tree? ─> index ─> history ─> checkpoint
 *
 * Invariants: nothing is signed that does not go on from everything signed before; a log that is
 * not what was signed is refused, never signed again. A checkpoint is on disk in the history before
 * anybody sees it. Where a crash or the loss of power ended it, the next `openTree` mends the rest
 * from history and log.
 */
import { openCheckpoint, signHead, type TreeHead } from './checkpoint.ts';
import { leafOf } from './entry.ts';
import type { TreeFiles } from './files.ts';
import { appendKeys, countRight, expectIndex, type KeyOf, mendIndex } from './finder.ts';
import { appendSealed, HISTORY, mendHistory, type Sealed } from './history.ts';
import { consistencyProof, createFrontier, equalHashes, isConsistent, rootOf } from './merkle.ts';
import type { Signer, VerifierKey } from './note.ts';
import type { Proof } from './proof.ts';
import { proofAt, proofOf, recordOfKey, type SealedTree } from './prove.ts';
import { RewrittenLogError, type TreeSource } from './source.ts';
import { growTiles, leavesIn, mendTiles, nodesOf } from './tile-files.ts';

export interface Tree {
  readonly sealed: Sealed;
  /**
   * Takes up to `max` new records and seals the tree with them.
   * @returns How many it took.
   * @throws Error where index or history are not as this tree left them; opened again, it mends them.
   * @throws RewrittenLogError where the log is not what was signed.
   */
  grow(source: TreeSource, options: { readonly max: number; readonly nowMs: number }): number;
  /**
   * Compares `count` records of the log, from `index` on, with their leaves, and with the index, which
   * is made again where it is wrong.
   * @throws RewrittenLogError
   */
  recheck(source: TreeSource, options: { readonly index: number; readonly count: number }): void;
  /**
   * Undefined where the record is not in a signed tree yet.
   * @throws RewrittenLogError
   */
  prove(source: TreeSource, position: number): Proof | undefined;
  /**
   * Of the newest signed record with the key; undefined where there is none.
   * @throws RewrittenLogError
   */
  proveKey(source: TreeSource, key: string): Proof | undefined;
}

export interface TreeOptions {
  readonly files: TreeFiles;
  /** Under the tree's origin. */
  readonly signer: Signer;
  /** Of keys that are retired, under the same name. */
  readonly retired: readonly VerifierKey[];
  readonly keyOf: KeyOf;
}

export const CHECKPOINT = 'checkpoint';

/** Where the log is not what was signed. */
const TO_DO =
  'put back the log that was signed; where that is lost for good, stop the server, move tlog away, start, publish the new keys (furlong log key), and say what was lost';

/** Records that are compared with their leaves before the first tree is signed: the newest ones. */
const CHECKED_AT_OPEN = 65_536;

/** @throws RewrittenLogError where the log is not what was signed. */
export function openTree(options: TreeOptions, source: TreeSource): Tree {
  const { files, signer, retired, keyOf } = options;
  const origin = signer.name;
  let { sealed, sizeBytes: historyBytes } = mendHistory(files, origin);
  if (sealed.head.size > 0) mend();
  makeIndexWhole(source);

  function mend(): void {
    const { head, checkpoint } = sealed;
    // Also finds a key that is not the one that signed so far.
    openCheckpoint(checkpoint, [signer, ...retired]);
    if (files.read(CHECKPOINT)?.toString() !== checkpoint) publish(checkpoint);
    const end = source.end();
    if (end < head.size) {
      throw new RewrittenLogError(
        `the log ends with record ${end}, and ${head.size} records were signed: this is an older copy of it; ${TO_DO}`,
      );
    }
    mendTiles(files, { size: head.size, leaves: leavesFrom(source), all: false });
    if (!isSealedRoot()) makeTilesAgain(source);
    const index = Math.max(0, head.size - CHECKED_AT_OPEN);
    recheck(source, { index, count: head.size - index });
  }

  /**
   * Where tiles are wrong the log may still be right. It is asked first: where it is wrong, the tiles
   * are all that is left of what was signed, and stay as they are.
   */
  function makeTilesAgain(log: TreeSource): void {
    const { head, atMs } = sealed;
    const frontier = createFrontier();
    for (const record of log.read(0)) {
      frontier.push(leafOf(record));
      if (frontier.size === head.size) break;
    }
    if (frontier.size < head.size || !equalHashes(frontier.root(), head.root)) {
      throw new RewrittenLogError(
        `the first ${head.size} records are not those that were signed at ${new Date(atMs).toISOString()}: ${TO_DO}`,
      );
    }
    mendTiles(files, { size: head.size, leaves: leavesFrom(log), all: true });
  }

  function isSealedRoot(): boolean {
    const { size, root } = sealed.head;
    return equalHashes(rootOf(size, nodesOf(files, size)), root);
  }

  function publish(checkpoint: string): void {
    files.replace(CHECKPOINT, Buffer.from(checkpoint), { durable: true });
  }

  function recheck(
    log: TreeSource,
    span: { readonly index: number; readonly count: number },
  ): void {
    const keys: (string | undefined)[] = [];
    if (!isAsSigned(log, span, keys)) makeTilesAgain(log);
    const right = countRight(files, span.index, keys);
    if (right < keys.length) makeIndexWhole(log, span.index + right);
  }

  function makeIndexWhole(log: TreeSource, right = sealed.head.size): void {
    mendIndex(files, {
      size: sealed.head.size,
      records: (index) => log.read(index),
      keyOf,
      right,
    });
  }

  /** @param keys Those of the records are put there. */
  function isAsSigned(
    log: TreeSource,
    span: { readonly index: number; readonly count: number },
    keys: (string | undefined)[],
  ): boolean {
    const { size } = sealed.head;
    const records = log.read(span.index)[Symbol.iterator]();
    let position = span.index;
    try {
      for (const leaf of leavesIn(files, { size, ...span })) {
        const next = records.next();
        position++;
        if (next.done || next.value.position !== position) return false;
        if (!equalHashes(leafOf(next.value), leaf)) return false;
        keys.push(keyOf(next.value));
      }
      return true;
    } finally {
      // Read in part, it has a segment open until it is told.
      records.return?.();
    }
  }

  /** Two that write here have each their own tree in mind: what is on disk is then neither's. */
  function expectAsLeft(): void {
    expectIndex(files, sealed.head.size);
    if ((files.sizeOf(HISTORY) ?? 0) === historyBytes) return;
    throw new Error(`${HISTORY} is not as this tree left it: somebody else signs here`);
  }

  function seal(size: number, nowMs: number): Sealed {
    const { head } = sealed;
    const read = nodesOf(files, size);
    const next: TreeHead = { origin, size, root: rootOf(size, read) };
    const proof = consistencyProof(head.size, size, read);
    const claim = { oldSize: head.size, oldRoot: head.root, newSize: size, newRoot: next.root };
    if (!isConsistent({ ...claim, proof })) {
      throw new RewrittenLogError(
        `a tree of ${size} records would not go on from the ${head.size} that were signed`,
      );
    }
    return { head: next, atMs: nowMs, checkpoint: signHead(next, signer) };
  }

  /** The log may be right and the tiles damaged: then they are made again, else this throws. */
  function proving<Result>(log: TreeSource, work: (tree: SealedTree) => Result): Result {
    try {
      return work({ files, ...sealed });
    } catch (cause) {
      if (!(cause instanceof RewrittenLogError)) throw cause;
      makeTilesAgain(log);
      return work({ files, ...sealed });
    }
  }

  return {
    get sealed() {
      return sealed;
    },
    grow(log, { max, nowMs }) {
      expectAsLeft();
      const { size } = sealed.head;
      const keys: (string | undefined)[] = [];
      const grown = growTiles(files, size, newLeaves());
      if (grown === size) return 0;
      const next = seal(grown, nowMs);
      appendKeys(files, keys);
      historyBytes += appendSealed(files, next);
      publish(next.checkpoint);
      sealed = next;
      return grown - size;

      function* newLeaves(): Iterable<Uint8Array> {
        for (const record of log.read(size)) {
          if (record.position !== size + keys.length + 1) {
            throw new RewrittenLogError(
              `after record ${size + keys.length} comes record ${record.position}`,
            );
          }
          keys.push(keyOf(record));
          yield leafOf(record);
          if (keys.length === max) return;
        }
      }
    },
    recheck,
    prove: (log, position) => proving(log, (tree) => proofAt(tree, log, position)),
    proveKey: (log, key) =>
      proving(log, (tree) => {
        const record = recordOfKey(tree, log, { key, keyOf });
        return record && proofOf(tree, record);
      }),
  };
}

function leavesFrom(source: TreeSource) {
  return function* (index: number): Iterable<Uint8Array> {
    for (const record of source.read(index)) yield leafOf(record);
  };
}
