/** Whoever has a published checkpoint and its key finds every log that was changed since. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openCheckpoint } from '../../src/runtime/tlog/checkpoint.ts';
import { type EntryRecord, leafOf } from '../../src/runtime/tlog/entry.ts';
import { createFrontier, equalHashes } from '../../src/runtime/tlog/merkle.ts';
import { openTree } from '../../src/runtime/tlog/tree.ts';
import { createFakeLog, signerOf, treeOptions } from '../runtime/tlog/given.ts';
import { createMemoryFiles } from '../runtime/tlog/memory-files.ts';
import { tamperedLogs } from './tampered.ts';

const LENGTH = 120;
const SIGNED = 100;

const log = createFakeLog(LENGTH);
const tree = openTree(treeOptions(createMemoryFiles()), log);
tree.grow(log, { max: SIGNED, nowMs: 1 });
const published = tree.sealed.checkpoint;

/** As somebody does who has the records, the checkpoint, the key, and nothing else. */
function isSigned(records: readonly EntryRecord[]): boolean {
  const { size, root } = openCheckpoint(published, [signerOf(1)]);
  const frontier = createFrontier();
  for (const record of records.slice(0, size)) frontier.push(leafOf(record));
  return frontier.size === size && equalHashes(frontier.root(), root);
}

test('the log that was signed is recognised, as it was and grown', () => {
  for (const length of [SIGNED, SIGNED + 1, LENGTH, LENGTH + 50]) {
    expect(isSigned(createFakeLog(length).records)).toBe(true);
  }
});

test('1,000 logs of which a record was edited, removed, added, moved or cut off are not', () => {
  fc.assert(
    fc.property(tamperedLogs(LENGTH, SIGNED), (records) => {
      expect(isSigned(records)).toBe(false);
    }),
    { numRuns: 1_000 },
  );
});
