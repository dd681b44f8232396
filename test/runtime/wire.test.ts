import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Address, Failed } from '../../src/runtime/actor.ts';
import { createFrameWriter, type Frame, readFrames } from '../../src/runtime/wire.ts';

/** Well-formed: what is not, has no bytes in UTF-8. */
const text = fc.string({ unit: 'grapheme', maxLength: 300 });
const json = fc.jsonValue({ stringUnit: 'grapheme' }).map(plain);
const address = fc.tuple(text, text).map(([kind, id]): Address => `${kind}/${id}`);

const frame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({
    type: fc.constant('request' as const),
    number: fc.nat(0xffff_ffff),
    request: fc.oneof(
      fc.record(
        {
          kind: fc.constant('ask' as const),
          to: address,
          id: text,
          deadlineMs: fc.oneof(fc.double({ noNaN: true }), fc.constant(Number.POSITIVE_INFINITY)),
          command: json,
          query: json,
          owed: fc.constant(true as const),
        },
        { requiredKeys: ['kind', 'to', 'id', 'deadlineMs'] },
      ),
      fc.record({ kind: fc.constant('gather' as const), actorKind: text, query: json }),
      fc.record({ kind: fc.constant('where' as const), to: address }),
      fc.constant({ kind: 'partitions' as const }),
    ),
  }),
  fc.record({
    type: fc.constant('response' as const),
    number: fc.nat(0xffff_ffff),
    response: fc.oneof(
      fc.record({ kind: fc.constant('accepted' as const), version: fc.maxSafeNat(), answer: json }),
      fc.record({ kind: fc.constant('rejected' as const), rejection: json }),
      fc.constant({ kind: 'unanswered' as const, why: 'overload' as const }),
      fc.constant({ kind: 'moved' as const }),
      fc.record({
        kind: fc.constant('failed' as const),
        why: fc.constantFrom<Failed>('command-threw', 'quarantined', 'actor-quarantined'),
        error: text,
      }),
      fc.record({
        kind: fc.constant('gathered' as const),
        partitions: fc.array(fc.nat()),
        answers: fc.array(fc.record({ id: text, answer: json })),
        quarantined: fc.array(address),
      }),
    ),
  }),
);

describe('frames', () => {
  test('arrive as they were sent, in order, however many leave at once', () => {
    fc.assert(
      fc.property(fc.array(fc.array(frame, { maxLength: 20 }), { maxLength: 4 }), (turns) => {
        const writer = createFrameWriter();
        for (const frames of turns) {
          expect(writer.isEmpty).toBe(true);
          for (const it of frames) writer.write(it);
          expect(writer.isEmpty).toBe(frames.length === 0);
          expect([...readFrames(writer.take())]).toEqual(frames);
        }
      }),
    );
  });

  test.each([0, 1, 16_384, 65_535, 65_536, 1_000_000])('may be of %i characters', (length) => {
    for (const character of ['a', 'é', '馬', '🐎']) {
      const frames = [ask('/', ''), ask(`${character.repeat(length)}/x`, character.repeat(length))];
      expect(sent(frames)).toEqual(frames);
    }
  });

  test('come after a large one as they do before it', () => {
    const writer = createFrameWriter();
    writer.write(ask('a/1', 'x'.repeat(8_000_000)));
    expect([...readFrames(writer.take())]).toHaveLength(1);
    writer.write(ask('a/2', 'y'));
    expect([...readFrames(writer.take())]).toEqual([ask('a/2', 'y')]);
  });

  test('tell a command that was left out from one that is null', () => {
    const bare = ask('a/1', 'i');
    const withNull = { ...bare, request: { ...bare.request, command: null } };
    expect(sent([bare, withNull])).toEqual([bare, withNull]);
  });

  test('leave in memory of their own, that the writer never touches again', () => {
    const writer = createFrameWriter();
    writer.write(ask('a/1', 'first'));
    const first = writer.take();
    const copy = first.slice();
    expect(first.byteLength).toBe(first.buffer.byteLength);
    writer.write(ask('b/2', 'other'));
    const second = writer.take();
    expect(second.buffer).not.toBe(first.buffer);
    expect(first).toEqual(copy);
    const moved = structuredClone(first, { transfer: [first.buffer as ArrayBuffer] });
    expect(moved).toEqual(copy);
    expect([...readFrames(second)]).toEqual([ask('b/2', 'other')]);
  });

  test('are read from the middle of a larger buffer', () => {
    const bytes = write([ask('a/1', 'i')]);
    const larger = new Uint8Array(bytes.length + 20).fill(255);
    larger.set(bytes, 7);
    expect([...readFrames(larger.subarray(7, 7 + bytes.length))]).toEqual([ask('a/1', 'i')]);
  });

  test('that do not end where they say are refused', () => {
    const bytes = write([ask('a/1', 'i')]);
    bytes[0] = (bytes[0] ?? 0) - 1;
    expect(() => [...readFrames(bytes)]).toThrow('frame ends at');
    expect(() => [...readFrames(bytes.subarray(0, 10))]).toThrow();
  });
});

function ask(to: Address, id: string) {
  return { type: 'request', number: 7, request: { kind: 'ask', to, id, deadlineMs: 0.5 } } as const;
}

function write(frames: readonly Frame[]): Uint8Array {
  const writer = createFrameWriter();
  for (const it of frames) writer.write(it);
  return writer.take();
}

function sent(frames: readonly Frame[]): Frame[] {
  return [...readFrames(write(frames))];
}

/** As JSON has it: −0 is 0 there, and no key is special. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
