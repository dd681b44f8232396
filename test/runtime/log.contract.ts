// What every event log promises, told of one place that owners open one after the other.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type EventLog,
  FencedError,
  type LogRecord,
  type NewRecord,
} from '../../src/runtime/log/log.ts';

/** What survives its owners: a file, or a disk in memory. */
export interface LogPlace {
  open(partition: number): EventLog;
  remove(): void;
}

export const NO_CURSORS = { outgoing: 0, bus: 0 };

export function logContract(name: string, openPlace: () => LogPlace): void {
  describe(`the log contract, ${name}`, () => {
    let place: LogPlace;
    let log: EventLog;

    beforeEach(() => {
      place = openPlace();
      log = place.open(3);
    });
    afterEach(() => {
      log.close();
      place.remove();
    });

    test('begins empty, at position 0, with nothing done', () => {
      expect([...log.read(0)]).toEqual([]);
      expect(log.head()).toEqual({ position: 0, hash: genesis(3) });
      expect(log.cursors()).toEqual(NO_CURSORS);
      expect(log.partition).toBe(3);
    });

    test('gives back what was written, byte for byte, at positions from 1 without gaps', () => {
      const written = [
        recordOf({ stream: 'counter/é🐎', cause: '', bytes: new Uint8Array() }),
        recordOf({ version: 2, atMs: 0, bytes: Uint8Array.of(0, 255, 128) }),
        recordOf({ version: Number.MAX_SAFE_INTEGER, cause: 'x'.repeat(5_000) }),
      ];
      log.append(written.slice(0, 2), NO_CURSORS);
      log.append(written.slice(2), NO_CURSORS);
      const read = [...log.read(0)];
      expect(read.map(({ position }) => position)).toEqual([1, 2, 3]);
      expect(read.map(contentOf)).toEqual(written.map(contentOf));
      expect(log.head().position).toBe(3);
    });

    test('reads from any position on, over pages of any size', () => {
      const count = 2_500;
      const all = Array.from({ length: count }, (_, index) => recordOf({ version: index + 1 }));
      log.append(all, NO_CURSORS);
      for (const from of [0, 1, 1_023, 1_024, 1_025, count - 1, count, count + 7]) {
        const positions = Array.from(log.read(from), ({ position }) => position);
        expect(positions).toEqual(
          Array.from({ length: Math.max(0, count - from) }, (_, index) => from + index + 1),
        );
      }
    });

    test('keeps its own copy: what the writer does to its bytes later changes nothing', () => {
      const bytes = Uint8Array.of(1, 2, 3);
      log.append([recordOf({ bytes })], NO_CURSORS);
      bytes.fill(9);
      const [read] = log.read(0);
      expect(Array.from(read?.bytes ?? [])).toEqual([1, 2, 3]);
    });

    test('writes nothing of a batch with a record in the middle that cannot be written', () => {
      log.append([recordOf({})], NO_CURSORS);
      const before = log.head();
      const broken = recordOf({ version: 3, bytes: undefined as unknown as Uint8Array });
      const batch = [recordOf({ version: 2 }), broken, recordOf({ version: 4 })];
      expect(() => log.append(batch, { outgoing: 1, bus: 1 })).toThrow();
      expect(log.head()).toEqual(before);
      expect(log.cursors()).toEqual(NO_CURSORS);
      reopen();
      expect([...log.read(0)]).toHaveLength(1);
      expect(log.head()).toEqual(before);
      expect(log.cursors()).toEqual(NO_CURSORS);
    });

    test('is found whole by its next owner, who continues it', () => {
      log.append([recordOf({}), recordOf({ version: 2 })], { outgoing: 1, bus: 0 });
      const [head, records, epoch] = [log.head(), [...log.read(0)], log.epoch];
      reopen();
      expect(log.head()).toEqual(head);
      expect([...log.read(0)]).toEqual(records);
      expect(log.cursors()).toEqual({ outgoing: 1, bus: 0 });
      expect(log.epoch).toBe(epoch + 1);
      log.append([recordOf({ version: 3 })], { outgoing: 2, bus: 2 });
      expect(log.head().position).toBe(3);
      expectChained([...log.read(0)]);
    });

    test('saves cursors with records, and without any', () => {
      log.append([recordOf({})], { outgoing: 1, bus: 1 });
      expect(log.cursors()).toEqual({ outgoing: 1, bus: 1 });
      const head = log.head();
      log.append([], { outgoing: 1, bus: 0 });
      expect(log.cursors()).toEqual({ outgoing: 1, bus: 0 });
      expect(log.head()).toEqual(head);
      reopen();
      expect(log.cursors()).toEqual({ outgoing: 1, bus: 0 });
    });

    test('refuses an earlier owner, who changes nothing any more', () => {
      log.append([recordOf({})], NO_CURSORS);
      const next = place.open(3);
      expect(() => log.append([recordOf({ version: 2 })], { outgoing: 1, bus: 1 })).toThrow(
        FencedError,
      );
      expect(() => log.append([], { outgoing: 1, bus: 1 })).toThrow(FencedError);
      expect([...next.read(0)]).toHaveLength(1);
      expect(next.cursors()).toEqual(NO_CURSORS);
      next.append([recordOf({ version: 2 })], { outgoing: 1, bus: 1 });
      expect(() => log.append([recordOf({ version: 3 })], NO_CURSORS)).toThrow(FencedError);
      expect(next.head().position).toBe(2);
      next.close();
    });

    test('refuses a first owner with nothing but a look at it taken by the second', () => {
      const next = place.open(3);
      expect(() => log.append([recordOf({})], NO_CURSORS)).toThrow(FencedError);
      expect(next.head().position).toBe(0);
      next.close();
    });

    test('says whether it is owned still, without a write', () => {
      log.append([recordOf({})], NO_CURSORS);
      expect(() => log.ensureOwned()).not.toThrow();
      const next = place.open(3);
      expect(() => log.ensureOwned()).toThrow(FencedError);
      expect(() => next.ensureOwned()).not.toThrow();
      next.close();
    });

    test('can be written to while it is being read', () => {
      log.append([recordOf({}), recordOf({ version: 2 })], NO_CURSORS);
      const seen: number[] = [];
      for (const { position } of log.read(0)) {
        seen.push(position);
        if (position === 1) log.append([recordOf({ version: 3 })], NO_CURSORS);
      }
      // What is added meanwhile may be seen or not; what was there is, in order.
      expect(seen.slice(0, 2)).toEqual([1, 2]);
      expect([...log.read(0)]).toHaveLength(3);
    });

    test('can be written to after a reading that was left in the middle', () => {
      log.append([recordOf({}), recordOf({ version: 2 })], NO_CURSORS);
      const reading = log.read(0)[Symbol.iterator]();
      reading.next();
      log.append([recordOf({ version: 3 })], NO_CURSORS);
      expect(log.head().position).toBe(3);
    });

    test('chains every record to all before it, as anybody can recompute', () => {
      fc.assert(
        fc.property(
          fc.array(fc.array(anyRecord(), { maxLength: 5 }), { maxLength: 5 }),
          (turns) => {
            const start = log.head();
            for (const batch of turns) log.append(batch, NO_CURSORS);
            expectChained([...log.read(start.position)], start.hash, start.position);
            const last = [...log.read(start.position)].at(-1);
            expect(hex(log.head().hash)).toBe(hex(last?.hash ?? start.hash));
          },
        ),
        { numRuns: 50 },
      );
    });

    function reopen(): void {
      log.close();
      log = place.open(3);
    }
  });
}

export function recordOf(changes: Partial<NewRecord>): NewRecord {
  return {
    stream: 'counter/1',
    version: 1,
    cause: 'a cause',
    atMs: 1_800_000_000_000,
    bytes: Uint8Array.of(7),
    ...changes,
  };
}

function anyRecord(): fc.Arbitrary<NewRecord> {
  return fc.record({
    stream: fc.string({ unit: 'grapheme' }),
    version: fc.maxSafeNat(),
    cause: fc.string({ unit: 'grapheme' }),
    atMs: fc.maxSafeNat(),
    bytes: fc.uint8Array(),
  });
}

function contentOf({ stream, version, cause, atMs, bytes }: NewRecord) {
  return { stream, version, cause, atMs, bytes: Array.from(bytes) };
}

/** The chain once more, from its description alone. */
function expectChained(
  records: readonly LogRecord[],
  first: Uint8Array = genesis(3),
  position = 0,
): void {
  let before = first;
  for (const [index, it] of records.entries()) {
    expect(it.position).toBe(position + index + 1);
    const hash = createHash('sha256').update(before);
    for (const integer of [it.position, it.version, it.atMs]) hash.update(bigEndian(integer));
    for (const text of [it.stream, it.cause]) {
      const utf8 = Buffer.from(text, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(utf8.length);
      hash.update(length).update(utf8);
    }
    before = hash.update(it.bytes).digest();
    expect(hex(it.hash)).toBe(hex(before));
  }
}

function bigEndian(integer: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(integer));
  return bytes;
}

function genesis(partition: number): Buffer {
  return createHash('sha256').update(`furlong.log.v1/${partition}`).digest();
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
