/** Logs that somebody changed: one record edited, gone, more, in another order, or the end cut off. */
import fc from 'fast-check';
import type { EntryRecord } from '../../src/runtime/tlog/entry.ts';
import { recordAt } from '../runtime/tlog/given.ts';

/** Every way changes the first `signed` records: what comes after them nobody has signed yet. */
export function tamperedLogs(length: number, signed: number): fc.Arbitrary<EntryRecord[]> {
  const whole = () => Array.from({ length }, (_, index) => recordAt(index + 1));
  const index = fc.nat(signed - 1);
  /** Positions as they would stand in a log that was written so. */
  const renumbered = (records: readonly EntryRecord[]) =>
    records.map((it, at) => ({ ...it, position: at + 1 }));
  return fc.oneof(
    fc.tuple(index, fc.constantFrom(...EDITS)).map(([at, edit]) => {
      const records = whole();
      const [was] = records.splice(at, 1);
      if (was !== undefined) records.splice(at, 0, edit(was));
      return records;
    }),
    index.map((at) => renumbered(whole().toSpliced(at, 1))),
    index.map((at) => whole().toSpliced(at, 1)),
    fc
      .tuple(index, index)
      .filter(([a, b]) => a !== b)
      .map(([a, b]) => {
        const records = whole();
        const [one, other] = [recordAt(a + 1), recordAt(b + 1)];
        records[a] = other;
        records[b] = one;
        return renumbered(records);
      }),
    index.map((at) => renumbered(whole().toSpliced(at, 0, { ...recordAt(1), cause: 'more' }))),
    index.map((at) => whole().slice(0, at)),
  );
}

const EDITS: readonly ((record: EntryRecord) => EntryRecord)[] = [
  (it) => ({ ...it, version: it.version + 1 }),
  (it) => ({ ...it, atMs: it.atMs - 1 }),
  (it) => ({ ...it, stream: `${it.stream}0` }),
  (it) => ({ ...it, cause: '' }),
  (it) => ({ ...it, bytes: Buffer.concat([it.bytes, Buffer.of(0)]) }),
  (it) => ({ ...it, bytes: it.bytes.subarray(1) }),
  // The same bytes in a row, parted elsewhere.
  (it) => ({ ...it, stream: it.stream.slice(0, -1), cause: it.stream.slice(-1) + it.cause }),
];
