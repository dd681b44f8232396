/**
 * Proofs out of a tree's files and its log, read only: also beside the notary that goes on with them.
 * A proof that is handed out has been checked; what could not be proven is an error, not a proof.
 */
import { type EntryRecord, entryOf, leafOf } from './entry.ts';
import type { TreeFiles } from './files.ts';
import { findKey, type KeyOf } from './finder.ts';
import { inclusionProof, isIncluded } from './merkle.ts';
import type { Proof } from './proof.ts';
import { RewrittenLogError, type TreeSource } from './source.ts';
import { nodesOf } from './tile-files.ts';

export interface SealedTree {
  readonly files: TreeFiles;
  readonly head: { readonly size: number; readonly root: Uint8Array };
  /** The signed note that says so. */
  readonly checkpoint: string;
}

/**
 * Undefined where the record is not in the tree yet.
 * @throws RewrittenLogError where the log has another record there, or the tiles are damaged.
 */
export function proofAt(tree: SealedTree, source: TreeSource, position: number): Proof | undefined {
  const index = position - 1;
  if (index < 0 || index >= tree.head.size) return undefined;
  const [record] = source.read(index);
  if (record?.position !== position) {
    throw new RewrittenLogError(`record ${position} was signed, and the log lacks it`);
  }
  return proofOf(tree, record);
}

/**
 * @param record Of a place in the tree, as the log has it.
 * @throws RewrittenLogError where the tree has another one there, or the tiles are damaged.
 */
export function proofOf({ files, head, checkpoint }: SealedTree, record: EntryRecord): Proof {
  const { size, root } = head;
  const { position } = record;
  const index = position - 1;
  const siblings = inclusionProof(index, size, nodesOf(files, size));
  if (!isIncluded({ index, size, leaf: leafOf(record), root, proof: siblings })) {
    throw new RewrittenLogError(
      `record ${position} is not what was signed, or its tiles are damaged`,
    );
  }
  return { entry: entryOf(record), index, siblings, checkpoint };
}

/** The newest record in the tree that has the key. */
export function recordOfKey(
  { files, head }: Pick<SealedTree, 'files' | 'head'>,
  source: TreeSource,
  { key, keyOf }: { readonly key: string; readonly keyOf: KeyOf },
): EntryRecord | undefined {
  for (const index of findKey(files, head.size, key)) {
    const [record] = source.read(index);
    // Another key may have the same fingerprint.
    if (record !== undefined && keyOf(record) === key) return record;
  }
  return undefined;
}
