/** The tree is that of RFC 6962: known roots, a real log's proofs, and the definitions themselves. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  consistencyProof,
  createFrontier,
  EMPTY_ROOT,
  inclusionProof,
  isConsistent,
  isIncluded,
  leafHash,
  nodeHash,
  rootOf,
} from '../../../src/runtime/tlog/merkle.ts';
import { naiveConsistency, naiveLeaf, naivePath, naiveRoot } from './naive-merkle.ts';

/** From the test data of certificate-transparency: entries, and the root after each. */
const KNOWN: readonly (readonly [entry: string, root: string])[] = [
  ['', '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'],
  ['00', 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125'],
  ['10', 'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'],
  ['2021', 'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7'],
  ['3031', '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4'],
  ['40414243', '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef'],
  ['5051525354555657', 'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c'],
  [
    '606162636465666768696a6b6c6d6e6f',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ],
];

/**
 * Answers of a certificate log with 961,984,013 entries, Google's Argon 2020, as golang.org/x/mod
 * keeps them for its own tests.
 */
const ARGON = JSON.parse(readFileSync(new URL('ct-argon2020.json', import.meta.url), 'utf8'));

/** Of what is done the slow way, also on a machine that has other things to do. */
vi.setConfig({ testTimeout: 60_000 });

const SIZE_MAX = 300;
const leaves = Array.from({ length: 5_000 }, (_, index) => leafHash(Buffer.from(`entry ${index}`)));

const nodes = new Map<string, Uint8Array>();

/** Full subtrees of the first leaves, each hashed from below when it is first asked for. */
function read(level: number, index: number): Uint8Array {
  const known = level === 0 ? leaves[index] : nodes.get(`${level}/${index}`);
  if (known !== undefined) return known;
  if (level === 0) throw new Error(`leaf ${index} was asked for`);
  const hash = nodeHash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1));
  nodes.set(`${level}/${index}`, hash);
  return hash;
}

describe('golden vectors', () => {
  test('the roots of certificate-transparency, from none to eight entries', () => {
    const frontier = createFrontier();
    expect(hex(frontier.root())).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    for (const [entry, root] of KNOWN) {
      frontier.push(leafHash(Buffer.from(entry, 'hex')));
      expect(hex(frontier.root())).toBe(root);
    }
  });

  test('the proof that a real log gave of one of its entries', () => {
    const { index, size, entry, root, inclusion } = ARGON;
    const claim = {
      index,
      size,
      leaf: leafHash(Buffer.from(entry, 'base64')),
      root: Buffer.from(root, 'base64'),
      proof: inclusion.map((it: string) => Buffer.from(it, 'base64')),
    };
    expect(isIncluded(claim)).toBe(true);
    expect(isIncluded({ ...claim, index: index + 1 })).toBe(false);
  });

  test('the proof that a real log gave of its own past', () => {
    const { oldSize, oldRoot, size, root, consistency } = ARGON;
    const claim = {
      oldSize,
      oldRoot: Buffer.from(oldRoot, 'base64'),
      newSize: size,
      newRoot: Buffer.from(root, 'base64'),
      proof: consistency.map((it: string) => Buffer.from(it, 'base64')),
    };
    expect(isConsistent(claim)).toBe(true);
    expect(isConsistent({ ...claim, oldSize: oldSize + 1 })).toBe(false);
  });
});

describe('beside the definitions of RFC 6962', () => {
  test('an entry is hashed behind a zero byte', () => {
    expect(hex(leafHash(Buffer.from('x')))).toBe(hex(naiveLeaf(Buffer.from('x'))));
  });

  test(`every root up to ${SIZE_MAX} leaves, read from subtrees and grown leaf by leaf`, () => {
    const frontier = createFrontier();
    for (let size = 0; size <= SIZE_MAX; size++) {
      const naive = hex(naiveRoot(leaves.slice(0, size)));
      expect(hex(rootOf(size, read)), `root of ${size}`).toBe(naive);
      expect(hex(frontier.root()), `frontier of ${size}`).toBe(naive);
      frontier.push(leaves[size] ?? EMPTY_ROOT);
    }
  });

  test('every inclusion proof up to 70 leaves, and all of two larger trees', () => {
    const sizes = [...Array.from({ length: 70 }, (_, index) => index + 1), 257, SIZE_MAX];
    for (const size of sizes) {
      const own = leaves.slice(0, size);
      const root = naiveRoot(own);
      for (const [index, leaf] of own.entries()) {
        const proof = inclusionProof(index, size, read);
        expect(proof.map(hex), `${index} in ${size}`).toEqual(naivePath(index, own).map(hex));
        expect(isIncluded({ index, size, leaf, root, proof })).toBe(true);
      }
    }
  });

  test('every consistency proof up to 70 leaves, and all of two larger trees', () => {
    const sizes = [...Array.from({ length: 70 }, (_, index) => index + 1), 257, SIZE_MAX];
    for (const newSize of sizes) {
      const own = leaves.slice(0, newSize);
      const newRoot = naiveRoot(own);
      for (let oldSize = 0; oldSize <= newSize; oldSize++) {
        const oldRoot = naiveRoot(own.slice(0, oldSize));
        const proof = consistencyProof(oldSize, newSize, read);
        const naive = naiveConsistency(oldSize, own);
        expect(proof.map(hex), `${oldSize} in ${newSize}`).toEqual(naive.map(hex));
        expect(isConsistent({ oldSize, oldRoot, newSize, newRoot, proof })).toBe(true);
      }
    }
  });

  test('trees of any size up to five thousand', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: leaves.length }),
        fc.nat(),
        fc.nat(),
        (size, one, two) => {
          const [index, oldSize] = [one % size, two % (size + 1)];
          const own = leaves.slice(0, size);
          const root = naiveRoot(own);
          expect(hex(rootOf(size, read))).toBe(hex(root));
          const path = inclusionProof(index, size, read);
          expect(path.map(hex)).toEqual(naivePath(index, own).map(hex));
          const leaf = leaves[index] ?? EMPTY_ROOT;
          expect(isIncluded({ index, size, leaf, root, proof: path })).toBe(true);
          const proof = consistencyProof(oldSize, size, read);
          expect(proof.map(hex)).toEqual(naiveConsistency(oldSize, own).map(hex));
          const oldRoot = naiveRoot(own.slice(0, oldSize));
          expect(isConsistent({ oldSize, oldRoot, newSize: size, newRoot: root, proof })).toBe(
            true,
          );
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('what proves nothing', () => {
  const sizes = fc.integer({ min: 2, max: 400 });

  test('an inclusion proof with any byte, place, size or length changed', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), fc.nat(7), (size, one, at, bit) => {
        const index = one % size;
        const leaf = leaves[index] ?? EMPTY_ROOT;
        const proof = inclusionProof(index, size, read);
        const claim = { index, size, leaf, root: rootOf(size, read), proof };
        expect(isIncluded(claim)).toBe(true);
        const other = flipped(proof, at, bit);
        expect(isIncluded({ ...claim, proof: other })).toBe(false);
        expect(isIncluded({ ...claim, proof: proof.slice(1) })).toBe(false);
        expect(isIncluded({ ...claim, proof: [...proof, leaf] })).toBe(false);
        expect(isIncluded({ ...claim, leaf: leafHash(leaf) })).toBe(false);
        expect(isIncluded({ ...claim, index: (index + 1) % size })).toBe(false);
        expect(isIncluded({ ...claim, index: size })).toBe(false);
        expect(isIncluded({ ...claim, index: -1 })).toBe(false);
      }),
    );
  });

  test('a consistency proof with any byte or length changed, or of another past', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat(), fc.nat(7), (newSize, one, at, bit) => {
        const oldSize = 1 + (one % (newSize - 1));
        const proof = consistencyProof(oldSize, newSize, read);
        const oldRoot = rootOf(oldSize, read);
        const claim = { oldSize, oldRoot, newSize, newRoot: rootOf(newSize, read), proof };
        expect(isConsistent(claim)).toBe(true);
        expect(isConsistent({ ...claim, proof: flipped(proof, at, bit) })).toBe(false);
        expect(isConsistent({ ...claim, proof: proof.slice(1) })).toBe(false);
        expect(isConsistent({ ...claim, proof: [...proof, oldRoot] })).toBe(false);
        expect(isConsistent({ ...claim, oldRoot: leafHash(oldRoot) })).toBe(false);
        expect(isConsistent({ ...claim, newRoot: leafHash(oldRoot) })).toBe(false);
        expect(isConsistent({ ...claim, oldSize: newSize + 1 })).toBe(false);
      }),
    );
  });

  test('a tree that shrank, or another root of the same size', () => {
    const [oldRoot, newRoot] = [rootOf(5, read), rootOf(4, read)];
    expect(isConsistent({ oldSize: 5, oldRoot, newSize: 4, newRoot, proof: [] })).toBe(false);
    expect(isConsistent({ oldSize: 5, oldRoot, newSize: 5, newRoot, proof: [] })).toBe(false);
    expect(() => consistencyProof(5, 4, read)).toThrow('does not go on');
    expect(() => inclusionProof(4, 4, read)).toThrow('leaf 4 is not in a tree of 4');
  });
});

function flipped(proof: readonly Uint8Array[], at: number, bit: number): Uint8Array[] {
  const bytes = Buffer.concat(proof);
  const index = at % bytes.length;
  bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
  return proof.map((_, place) => bytes.subarray(place * 32, (place + 1) * 32));
}

function hex(hash: Uint8Array): string {
  return Buffer.from(hash).toString('hex');
}
