/** Notes, checkpoints, proofs and entries are what others read and write, and nothing else is believed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  headText,
  openCheckpoint,
  originOf,
  signHead,
} from '../../../src/runtime/tlog/checkpoint.ts';
import { entryOf, leafOf, recordOf } from '../../../src/runtime/tlog/entry.ts';
import { EMPTY_ROOT, leafHash } from '../../../src/runtime/tlog/merkle.ts';
import { openNote, parseVkey, signNote, vkeyOf } from '../../../src/runtime/tlog/note.ts';
import { openProof, parseProof, proofText } from '../../../src/runtime/tlog/proof.ts';
import { openTree } from '../../../src/runtime/tlog/tree.ts';
import { createFakeLog, ORIGIN, recordAt, signerOf, treeOptions } from './given.ts';
import { createMemoryFiles } from './memory-files.ts';

/** From the documentation of golang.org/x/mod/sumdb/note. */
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const PETERS_TEXT =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n";
const PETERS_NOTE = `${PETERS_TEXT}
— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`;

const signer = signerOf(1);
const stranger = signerOf(2);
const head = { origin: ORIGIN, size: 3, root: leafHash(Buffer.from('x')) };

describe('a note', () => {
  test('that Go signed is opened with the key that Go wrote', () => {
    expect(openNote(PETERS_NOTE, [parseVkey(PETER)])).toBe(PETERS_TEXT);
    expect(vkeyOf(parseVkey(PETER))).toBe(PETER);
  });

  test('is signed over its text, by the key whose name it bears', () => {
    const note = signNote('one\n\ntwo\n', signer);
    expect(openNote(note, [stranger, signer])).toBe('one\n\ntwo\n');
    expect(() => openNote(note, [stranger])).toThrow('none of the keys given');
    expect(() => openNote(note, [{ ...signer, name: 'other' }])).toThrow('none of the keys');
    expect(() => openNote(note.replace('one', 'eno'), [signer])).toThrow('is wrong');
  });

  test('may be signed by others as well, but not wrongly by one who is known', () => {
    const witness = { ...stranger, name: 'witness.example' };
    const theirs = signNote('text\n', witness).split('\n').at(-2);
    const note = `${signNote('text\n', signer)}${theirs}\n`;
    expect(openNote(note, [signer])).toBe('text\n');
    expect(openNote(note, [signer, witness])).toBe('text\n');
    const wrong = signNote('other\n', witness).split('\n').at(-2);
    const bad = `${signNote('text\n', signer)}${wrong}\n`;
    expect(openNote(bad, [signer])).toBe('text\n');
    expect(() => openNote(bad, [signer, witness])).toThrow('witness.example is wrong');
  });

  test.each([
    ['without a signature', 'text\n'],
    ['without its last newline', signNote('text\n', signer).slice(0, -1)],
    ['with a control character', signNote('te\txt\n', signer)],
    ['with a line among its signatures that is none', `${signNote('text\n', signer)}more\n`],
    ['with a hyphen where a dash belongs', signNote('text\n', signer).replace('—', '-')],
    ['with a signature that is not base 64', 'text\n\n— name !!!!\n'],
    ['with base 64 that could be written otherwise', 'text\n\n— name AAAAAAB=\n'],
    ['of a megabyte', `${'x'.repeat(1_000_000)}\n\n— name AAAAAAAA\n`],
  ])('%s is none', (_, note) => {
    expect(() => openNote(note, [signer])).toThrow();
  });

  test.each([
    ['PeterNeumann', 'is no verifier key'],
    [PETER.replace('c74f20a3', 'c74f20a4'), 'copied wrongly'],
    [PETER.replace('Peter', 'Otto'), 'copied wrongly'],
    [PETER.replace('+AR', '+Ag'), 'is no verifier key'],
    [PETER.slice(0, -4), 'is no verifier key'],
    ['', 'is no verifier key'],
  ])('%s is no key', (text, why) => {
    expect(() => parseVkey(text)).toThrow(why);
  });
});

describe('a checkpoint', () => {
  test('is three lines, signed', () => {
    expect(headText(head)).toBe(`${ORIGIN}\n3\n${Buffer.from(head.root).toString('base64')}\n`);
    expect(openCheckpoint(signHead(head, signer), [signer])).toEqual(head);
  });

  test('of one partition is not signed by the name of another', () => {
    const other = signerOf(1, originOf('00000000-0000-4000-8000-000000000000', 1));
    const note = signHead(head, other);
    expect(() => openCheckpoint(note, [signer, other])).toThrow('none of the keys');
  });

  test.each([
    ['no size', `${ORIGIN}\n`],
    [
      'a size with a leading zero',
      `${ORIGIN}\n03\n${Buffer.from(EMPTY_ROOT).toString('base64')}\n`,
    ],
    ['a negative size', `${ORIGIN}\n-3\n${Buffer.from(EMPTY_ROOT).toString('base64')}\n`],
    ['no root', `${ORIGIN}\n3\n`],
    ['a short root', `${ORIGIN}\n3\nAAAA\n`],
  ])('with %s is none, whoever signed it', (_, text) => {
    expect(() => openCheckpoint(signNote(text, signer), [signer])).toThrow(
      expect.objectContaining({ name: 'UnprovenError' }),
    );
  });

  test('may have lines after the third', () => {
    const note = signNote(`${headText(head)}extension\n`, signer);
    expect(openCheckpoint(note, [signer])).toEqual(head);
  });
});

describe('an entry', () => {
  test('has these bytes for ever', () => {
    const record = {
      position: 4_294_967_297,
      version: 2,
      atMs: 1_763_740_800_000,
      stream: 'race/é',
      cause: '1-3-0',
      bytes: Buffer.from('0a0b', 'hex'),
    };
    expect(Buffer.from(entryOf(record)).toString('hex')).toBe(
      [
        '01',
        '0000000100000001',
        '0000000000000002',
        '0000019aa724d400',
        '00000007',
        '726163652fc3a9',
        '00000005',
        '312d332d30',
        '0a0b',
      ].join(''),
    );
    expect(recordOf(entryOf(record))).toEqual(record);
    expect(leafOf(record)).toEqual(leafHash(entryOf(record)));
  });

  test('is a record again, whatever is in it', () => {
    fc.assert(
      fc.property(
        fc.record({
          position: fc.maxSafeNat(),
          version: fc.maxSafeNat(),
          atMs: fc.maxSafeNat(),
          stream: fc.string({ unit: 'grapheme' }),
          cause: fc.string({ unit: 'grapheme' }),
          bytes: fc.uint8Array().map((it) => Buffer.from(it)),
        }),
        (record) => {
          expect(recordOf(entryOf(record))).toEqual(record);
        },
      ),
    );
  });

  test('that was cut, or whose texts are no text, is none', () => {
    const entry = entryOf(recordAt(1));
    for (let length = 0; length < 33; length++) {
      expect(() => recordOf(entry.subarray(0, length))).toThrow(RangeError);
    }
    const other = Uint8Array.from(entry);
    other[29] = 0xff;
    expect(() => recordOf(other)).toThrow('no record has');
    other[0] = 2;
    expect(() => recordOf(other)).toThrow('form 2');
  });
});

describe('a proof', () => {
  const log = createFakeLog(300);
  const tree = openTree(treeOptions(createMemoryFiles()), log);
  tree.grow(log, { max: 1_000, nowMs: 1 });
  const proof = tree.prove(log, 137);
  if (proof === undefined) throw new Error('no proof');
  const text = proofText(proof);

  test('is the text of c2sp.org/tlog-proof', () => {
    const lines = text.split('\n');
    expect(lines[0]).toBe('c2sp.org/tlog-proof@v1');
    expect(lines[1]).toBe(`extra ${Buffer.from(entryOf(recordAt(137))).toString('base64')}`);
    expect(lines[2]).toBe('index 136');
    expect(text.endsWith(`\n\n${proof.checkpoint}`)).toBe(true);
    expect(proofText(parseProof(text))).toBe(text);
  });

  test('proves its record with the key of its log, and with no other', () => {
    expect(openProof(text, [signer]).record).toEqual(recordAt(137));
    expect(() => openProof(text, [stranger])).toThrow('none of the keys given');
    expect(() => openProof(text, [])).toThrow('none of the keys given');
  });

  test('with any character changed proves nothing', () => {
    const seen = new Set<string>();
    for (const [at, was] of [...text].entries()) {
      for (const put of ['', was === 'A' ? 'B' : 'A', '\n']) {
        if (put === was) continue;
        const changed = text.slice(0, at) + put + text.slice(at + 1);
        expect(() => openProof(changed, [signer]), `${at}: ${JSON.stringify(put)}`).toThrow(
          expect.objectContaining({ name: 'UnprovenError' }),
        );
        seen.add(changed);
      }
    }
    expect(seen.size).toBeGreaterThan(2 * text.length);
  });

  test('of another record of the same log proves nothing of this one', () => {
    const other = tree.prove(log, 138);
    if (other === undefined) throw new Error('no proof');
    const mixed = [
      { ...other, entry: proof.entry },
      { ...proof, index: other.index },
      { ...proof, siblings: other.siblings },
    ];
    for (const it of mixed) {
      expect(() => openProof(proofText(it), [signer])).toThrow('is not entry');
    }
  });

  test('of an entry whose own position is another is refused, though it is signed', () => {
    const leaf = leafHash(entryOf(recordAt(9)));
    const checkpoint = signHead({ origin: ORIGIN, size: 1, root: leaf }, signer);
    const wrong = { entry: entryOf(recordAt(9)), index: 0, siblings: [], checkpoint };
    expect(() => openProof(proofText(wrong), [signer])).toThrow('says that it is record 9');
  });

  test('of bytes that are no entry is refused, though they are signed', () => {
    const entry = Buffer.from('anything');
    const checkpoint = signHead({ origin: ORIGIN, size: 1, root: leafHash(entry) }, signer);
    const text = proofText({ entry, index: 0, siblings: [], checkpoint });
    expect(() => openProof(text, [signer])).toThrow('no record of a furlong log');
  });
});
