import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeState, encodeState } from '../../src/runtime/snapshots/state-bytes.ts';

const leaf = fc.oneof(
  fc.constantFrom(undefined, null, true, false, 0, -0, 1, 223, 224, 255, 2 ** 31, -(2 ** 31)),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, Number.NaN, Infinity, 2 ** 53),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.bigInt(),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ maxLength: 300 }),
  fc.uint8Array({ maxLength: 40 }),
  fc.nat(20).map((it) => new Uint8Array(4_086 + it).fill(it)),
  fc.uint32Array({ maxLength: 9 }),
  fc.float64Array({ maxLength: 9 }),
  fc.int16Array({ maxLength: 9 }),
  fc.bigUint64Array({ maxLength: 3 }),
);
const name = fc.string({ maxLength: 4 }).filter((it) => it !== '__proto__');
const { plain } = fc.letrec<{ plain: unknown }>((tie) => ({
  plain: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc.array(tie('plain'), { maxLength: 5 }),
    fc.dictionary(name, tie('plain'), { maxKeys: 5 }).map((it) => ({ ...it })),
    fc.array(fc.tuple(tie('plain'), tie('plain')), { maxLength: 4 }).map((it) => new Map(it)),
    fc.array(tie('plain'), { maxLength: 4 }).map((it) => new Set(it)),
  ),
}));

describe('state as bytes', () => {
  test('comes back as it was, and as the same bytes', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const bytes = bytesOf(value);
        const back = decodeState(bytes);
        expect(back).toEqual(value);
        expect(bytesOf(back).equals(bytes)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('is the same in whatever order an object got its fields', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, plain), { selector: ([it]) => it }), (fields) => {
        const [one, other] = [Object.fromEntries(fields), Object.fromEntries(fields.toReversed())];
        const both = [one, other];
        expect(bytesOf(both).equals(bytesOf([other, one]))).toBe(true);
        expect(bytesOf(one).equals(bytesOf(other))).toBe(true);
      }),
    );
  });

  test('tells apart what is not the same', () => {
    const all = [
      undefined,
      null,
      false,
      0,
      -0,
      0n,
      '',
      '0',
      [],
      {},
      new Map(),
      new Set(),
      new Uint8Array(),
      new Uint32Array(),
      [undefined],
      { a: undefined },
      new Map([[1, 2]]),
      new Map([[2, 1]]),
      new Set([1, 2]),
      new Set([2, 1]),
      [1, 2],
      new Uint8Array([1, 2]),
    ];
    expect(new Set(all.map((it) => bytesOf(it).toString('hex'))).size).toBe(all.length);
  });

  test('shares a column of tickets rather than copying it, also of shared memory', () => {
    const column = new Uint8Array(new SharedArrayBuffer(1_000_000)).fill(7);
    const segments = encodeState({ before: 1, column: column.subarray(5), z: 'after' });
    expect(segments.some((it) => it.buffer === column.buffer)).toBe(true);
    const back = decodeState(Buffer.concat(segments)) as { readonly column: Uint8Array };
    expect(back.column.length).toBe(999_995);
    expect(Buffer.from(back.column).equals(Buffer.from(column.subarray(5)))).toBe(true);
  });

  test('leaves earlier segments alone when it is used again', () => {
    const [first] = encodeState({ a: 'first' });
    encodeState({ b: 'second' });
    expect(decodeState(first ?? new Uint8Array())).toEqual({ a: 'first' });
  });

  test.each([
    ['a function', () => {}],
    ['a symbol', Symbol('it')],
    ['a date', new Date(0)],
    ['a view', new DataView(new ArrayBuffer(1))],
    ['a field of that name', JSON.parse('{"__proto__":1}')],
  ])('refuses %s', (_, value) => {
    expect(() => encodeState({ value })).toThrow('not plain data');
  });

  test('never throws but a RangeError or a SyntaxError at bytes that it did not write', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeState(bytes);
        } catch (cause) {
          expect(cause instanceof RangeError || cause instanceof SyntaxError).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

function bytesOf(value: unknown): Buffer {
  return Buffer.concat(encodeState(value));
}
