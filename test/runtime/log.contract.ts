// What every event log promises, told of one place that owners open one after the other.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type EventLog,
  FencedError,
  type LogHead,
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

    test('chains every commit to all before it, as anybody can recompute', () => {
      fc.assert(
        fc.property(
          fc.array(fc.array(anyRecord(), { maxLength: 5 }), { maxLength: 5 }),
          (turns) => {
            for (const batch of turns) {
              const before = log.head();
              log.append(batch, NO_CURSORS);
              expect(hex(log.head().hash)).toBe(hex(chained(before, batch)));
              expect(log.head().position).toBe(before.position + batch.length);
            }
          },
        ),
        { numRuns: 50 },
      );
    });

    test('reads back what was appended, whenever it is opened again, from any position', () => {
      fc.assert(
        fc.property(
          fc.array(fc.oneof(fc.array(anyRecord(), { maxLength: 4 }), fc.constant('reopen')), {
            maxLength: 12,
          }),
          fc.nat(),
          (steps, somewhere) => {
            const start = log.head().position;
            const written: NewRecord[] = [];
            for (const step of steps) {
              if (typeof step === 'string') reopen();
              else {
                log.append(step, NO_CURSORS);
                written.push(...step);
              }
            }
            const from = start + (somewhere % (written.length + 2));
            const read = [...log.read(from)];
            expect(read.map(({ position }) => position)).toEqual(
              Array.from(
                { length: Math.max(0, start + written.length - from) },
                (_, index) => from + index + 1,
              ),
            );
            expect(read.map(contentOf)).toEqual(written.slice(from - start).map(contentOf));
          },
        ),
        { numRuns: 30 },
      );
    });

    test('knows the hash after every commit, and of nothing in between', () => {
      const ends = new Map([[0, hex(genesis(3))]]);
      for (const count of [1, 3, 1, 40]) {
        log.append(
          Array.from({ length: count }, () => recordOf({})),
          NO_CURSORS,
        );
        ends.set(log.head().position, hex(log.head().hash));
      }
      reopen();
      const last = log.head().position;
      for (let position = 0; position <= last + 2; position++) {
        const hash = log.hashAt(position);
        expect(hash && hex(hash)).toBe(ends.get(position));
      }
    });

    test('begins to read in the middle of a commit as well as at its ends', () => {
      log.append([recordOf({}), recordOf({ version: 2 }), recordOf({ version: 3 })], NO_CURSORS);
      log.append([recordOf({ version: 4 }), recordOf({ version: 5 })], NO_CURSORS);
      for (let from = 0; from <= 6; from++) {
        expect(Array.from(log.read(from), ({ version }) => version)).toEqual(
          [1, 2, 3, 4, 5].slice(from),
        );
      }
    });

    test('takes a commit of many megabytes, and records larger than any buffer', () => {
      const large = new Uint8Array(3_000_000).fill(1);
      const batch = [
        ...Array.from({ length: 300 }, () => recordOf({ bytes: new Uint8Array(10_000) })),
        recordOf({ bytes: large }),
        recordOf({ version: 2 }),
      ];
      log.append(batch, NO_CURSORS);
      reopen();
      const read = [...log.read(0)];
      expect(read.map(({ position }) => position)).toEqual(batch.map((_, index) => index + 1));
      expect(read.map(({ bytes }) => bytes.length)).toEqual(batch.map(({ bytes }) => bytes.length));
      expect(Buffer.compare(read[300]?.bytes ?? large.subarray(1), large)).toBe(0);
      expect(Array.from(log.read(301), ({ version }) => version)).toEqual([2]);
    });

    test('keeps records of days that follow, skip or go back, in the order of their positions', () => {
      const day = 86_400_000;
      const days = [20_000, 20_000, 20_001, 20_000, 20_001, 20_003, 19_000, 20_002, 20_004];
      for (const [index, number] of days.entries()) {
        const atMs = number * day + index;
        log.append([recordOf({ version: index + 1, atMs })], { outgoing: index, bus: 0 });
        if (index % 3 === 2) reopen();
      }
      expect(Array.from(log.read(0), ({ version }) => version)).toEqual(
        days.map((_, index) => index + 1),
      );
      expect(Array.from(log.read(5), ({ version }) => version)).toEqual([6, 7, 8, 9]);
      expect(log.cursors()).toEqual({ outgoing: days.length - 1, bus: 0 });
      expect(log.head().position).toBe(days.length);
    });

    test.each([-1, 1.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1])(
      'writes no version or time of %d',
      (number) => {
        for (const change of [{ version: number }, { atMs: number }]) {
          expect(() => log.append([recordOf(change)], NO_CURSORS)).toThrow('not a number from 0');
          reopen();
        }
        expect([...log.read(0)]).toEqual([]);
      },
    );

    test('takes nothing more after an append that threw, whatever it was', () => {
      const broken = recordOf({ bytes: undefined as unknown as Uint8Array });
      const first = thrownBy(() => log.append([broken], NO_CURSORS));
      expect(thrownBy(() => log.append([recordOf({})], NO_CURSORS))).toBe(first);
      expect(thrownBy(() => log.append([], { outgoing: 1, bus: 1 }))).toBe(first);
      expect([...log.read(0)]).toEqual([]);
      reopen();
      log.append([recordOf({})], NO_CURSORS);
      expect(log.head().position).toBe(1);
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

function thrownBy(work: () => void): unknown {
  try {
    work();
  } catch (cause) {
    return cause;
  }
  throw new Error('nothing was thrown');
}

/** The chain once more, from its description alone. */
function chained({ position, hash }: LogHead, batch: readonly NewRecord[]): Uint8Array {
  if (batch.length === 0) return hash;
  const count = Buffer.alloc(4);
  count.writeUInt32BE(batch.length);
  const input = createHash('sha256')
    .update(hash)
    .update(bigEndian(position + 1))
    .update(count);
  for (const { stream, version, cause, atMs, bytes } of batch) {
    input.update(varint(version)).update(varint(atMs));
    for (const part of [Buffer.from(stream, 'utf8'), Buffer.from(cause, 'utf8'), bytes]) {
      input.update(varint(part.length)).update(part);
    }
  }
  return input.digest();
}

function varint(integer: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(integer);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
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
