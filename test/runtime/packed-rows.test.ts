import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPackedRows } from '../../src/runtime/snapshots/packed-rows.ts';

const step = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    stream: fc.nat(9).map(String),
    version: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    bytes: fc.uint8Array({ maxLength: 40 }),
  }),
  fc.record({ kind: fc.constant('take' as const), stream: fc.nat(9).map(String) }),
  fc.record({ kind: fc.constant('age' as const) }),
);

describe('packed rows', () => {
  test('give back what was put, once, until two ages have passed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const rows = createPackedRows();
        let [young, old] = [new Map<string, object>(), new Map<string, object>()];
        for (const it of steps) {
          if (it.kind === 'age') {
            rows.age();
            [old, young] = [young, new Map()];
          } else if (it.kind === 'take') {
            expect(rows.take(it.stream)).toEqual(young.get(it.stream) ?? old.get(it.stream));
            young.delete(it.stream);
            old.delete(it.stream);
          } else if (!young.has(it.stream) && !old.has(it.stream)) {
            const { stream, version, bytes } = it;
            rows.put(stream, { version, bytes });
            young.set(stream, { version, bytes });
          }
          expect(rows.size).toBe(young.size + old.size);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('leave a row that is too long to whoever has it', () => {
    const rows = createPackedRows();
    rows.put('long', { version: 1, bytes: new Uint8Array(2_049) });
    rows.put('short', { version: 1, bytes: new Uint8Array(2_048) });
    expect(rows.take('long')).toBeUndefined();
    expect(rows.take('short')?.bytes.length).toBe(2_048);
  });

  test('fill more than one slab', () => {
    const rows = createPackedRows();
    const bytes = (index: number) => new Uint8Array(1_500).fill(index);
    for (let index = 0; index < 2_000; index++)
      rows.put(`${index}`, { version: 1, bytes: bytes(index) });
    for (const index of [0, 698, 699, 700, 1_999]) {
      expect(rows.take(`${index}`)?.bytes).toEqual(bytes(index));
    }
  });
});
