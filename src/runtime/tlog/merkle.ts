/**
 * The Merkle tree of RFC 6962 section 2.1 over SHA-256: roots, and proofs that an entry is in a tree
 * and that one tree goes on from another. Pure; the one door of the tree to the hash function.
 *
 *   leaf = H(0x00 ‖ entry)     node = H(0x01 ‖ left ‖ right)     tree of none = H()
 *
 * Proofs are made by the recursive definitions of RFC 6962 and checked by the iterative ones of
 * RFC 9162 (2.1.3.2, 2.1.4.2), so that a mistake in the one is not repeated in the other.
 */
import { hash as digest } from 'node:crypto';

export const HASH_BYTES = 32;

const LEAF = 0x00;
const NODE = 0x01;

/** Of the tree without leaves. */
export const EMPTY_ROOT: Uint8Array = digest('sha256', '', 'buffer');

/**
 * The hash of the full subtree over the leaves from `index × 2^level` on, `2^level` of them. Asked
 * for subtrees that are wholly in the tree, and for no other.
 */
export type ReadNode = (level: number, index: number) => Uint8Array;

const nodeInput = Buffer.alloc(1 + 2 * HASH_BYTES, NODE);

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  return digest('sha256', nodeInput, 'buffer');
}

export function leafHash(entry: Uint8Array): Uint8Array {
  return prefixedLeafHash(Buffer.concat([Uint8Array.of(LEAF), entry]));
}

/** @param prefixed An entry behind one byte, which is overwritten: the entry need not be copied. */
export function prefixedLeafHash(prefixed: Buffer): Uint8Array {
  prefixed[0] = LEAF;
  return digest('sha256', prefixed, 'buffer');
}

/** Of the first `size` leaves. */
export function rootOf(size: number, read: ReadNode): Uint8Array {
  return size === 0 ? EMPTY_ROOT : rangeHash({ from: 0, to: size }, read);
}

/** The siblings of the leaf, from its own up to the child of the root. */
export function inclusionProof(index: number, size: number, read: ReadNode): Uint8Array[] {
  mustBeIn(index, size);
  const proof: Uint8Array[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    if (index < middle) {
      proof.push(rangeHash({ from: middle, to }, read));
      to = middle;
    } else {
      proof.push(rangeHash({ from, to: middle }, read));
      from = middle;
    }
  }
  return proof.reverse();
}

/** That the tree of `newSize` begins with the tree of `oldSize`. Empty where there is nothing to prove. */
export function consistencyProof(oldSize: number, newSize: number, read: ReadNode): Uint8Array[] {
  if (oldSize > newSize) {
    throw new RangeError(`a tree of ${newSize} leaves does not go on from one of ${oldSize}`);
  }
  if (oldSize === 0 || oldSize === newSize) return [];
  const proof: Uint8Array[] = [];
  let [from, to] = [0, newSize];
  while (oldSize !== to) {
    const middle = from + splitOf(to - from);
    if (oldSize <= middle) {
      proof.push(rangeHash({ from: middle, to }, read));
      to = middle;
    } else {
      proof.push(rangeHash({ from, to: middle }, read));
      from = middle;
    }
  }
  // Whoever checks the proof knows the old root, so it is left out where the old tree is one subtree.
  if (from > 0) proof.push(rangeHash({ from, to }, read));
  return proof.reverse();
}

export interface InclusionClaim {
  /** From 0. */
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

export function isIncluded({ index, size, leaf, root, proof }: InclusionClaim): boolean {
  if (!(index >= 0 && index < size)) return false;
  let [place, last] = [index, size - 1];
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (isOdd(place) || place === last) {
      hash = nodeHash(sibling, hash);
      while (!isOdd(place) && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && equalHashes(hash, root);
}

export interface ConsistencyClaim {
  readonly oldSize: number;
  readonly oldRoot: Uint8Array;
  readonly newSize: number;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

export function isConsistent(claim: ConsistencyClaim): boolean {
  const { oldSize, oldRoot, newSize, newRoot, proof } = claim;
  if (oldSize > newSize) return false;
  if (oldSize === newSize) return proof.length === 0 && equalHashes(oldRoot, newRoot);
  if (oldSize === 0) return proof.length === 0 && equalHashes(oldRoot, EMPTY_ROOT);
  const path = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof;
  const [first, ...rest] = path;
  if (first === undefined) return false;
  let [place, last] = [oldSize - 1, newSize - 1];
  while (isOdd(place)) [place, last] = [half(place), half(last)];
  let [before, after] = [first, first];
  for (const sibling of rest) {
    if (last === 0) return false;
    if (isOdd(place) || place === last) {
      before = nodeHash(sibling, before);
      after = nodeHash(sibling, after);
      while (!isOdd(place) && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      after = nodeHash(after, sibling);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && equalHashes(before, oldRoot) && equalHashes(after, newRoot);
}

/** Grows a tree leaf by leaf and keeps of it what its root needs: one hash for each bit of its size. */
export interface Frontier {
  readonly size: number;
  push(leaf: Uint8Array): void;
  root(): Uint8Array;
}

export function createFrontier(): Frontier {
  /** By level: the full subtree of `2^level` leaves that has no right neighbour yet. */
  const open: (Uint8Array | undefined)[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    push(leaf) {
      let hash = leaf;
      let level = 0;
      for (let left = open[level]; left !== undefined; left = open[level]) {
        hash = nodeHash(left, hash);
        open[level] = undefined;
        level++;
      }
      open[level] = hash;
      size++;
    },
    root() {
      let root: Uint8Array | undefined;
      for (const left of open) {
        if (left !== undefined) root = root === undefined ? left : nodeHash(left, root);
      }
      return root ?? EMPTY_ROOT;
    },
  };
}

export function equalHashes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Every range asked for begins where a subtree of its size may begin. */
function rangeHash(
  { from, to }: { readonly from: number; readonly to: number },
  read: ReadNode,
): Uint8Array {
  const length = to - from;
  if (isPowerOfTwo(length)) return read(Math.log2(length), from / length);
  const middle = from + splitOf(length);
  return nodeHash(rangeHash({ from, to: middle }, read), rangeHash({ from: middle, to }, read));
}

/** The largest power of two below `length`. Sizes go beyond 32 bits, so no bit operators. */
function splitOf(length: number): number {
  let split = 1;
  while (split * 2 < length) split *= 2;
  return split;
}

function isPowerOfTwo(value: number): boolean {
  return value === 1 || splitOf(value) * 2 === value;
}

function isOdd(value: number): boolean {
  return value % 2 === 1;
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function mustBeIn(index: number, size: number): void {
  if (index >= 0 && index < size) return;
  throw new RangeError(`leaf ${index} is not in a tree of ${size}`);
}
