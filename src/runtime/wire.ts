/**
 * What threads say to each other: requests to a shard and its responses, packed many to a buffer.
 *
 *   frame = u32 length of the rest · u32 number · u8 type · f64 deadline · 3 × (u32 length · bytes)
 *
 * little-endian; the three parts of an ask are address, command id and JSON of all else,
 * of everything else JSON alone. Commands and answers live as long as a thread's turn and are read
 * by the same release that wrote them, so they need no schema; what must be read for years is in
 * the log, as protobuf.
 */
import type { Address, Failed, Lane, Unanswered } from './actor.ts';
import type { CallOrder } from './calls.ts';
import type { PartitionState, Whereabouts } from './router.ts';
import type { Stuck, StuckQuery } from './stuck.ts';

export type Request =
  | Ask
  | { readonly kind: 'gather'; readonly actorKind: string; readonly query: unknown }
  | { readonly kind: 'where'; readonly to: Address }
  | { readonly kind: 'partitions' }
  | ({ readonly kind: 'stuck' } & StuckQuery)
  /** To a thread that calls services outside, never to a shard. */
  | ({ readonly kind: 'call' } & CallOrder);

export interface Ask {
  readonly kind: 'ask';
  readonly to: Address;
  /** Names the command for all time; its record in the log carries it. */
  readonly id: string;
  /** Epoch milliseconds; after it nobody waits. */
  readonly deadlineMs: number;
  readonly command?: unknown;
  readonly query?: unknown;
  /** Instead of its actor's choice; never leaves the thread. */
  readonly lane?: Lane;
  /**
   * Sent by the runtime for an actor, and sent again until it is taken: the sender counts at what its
   * command threw, and keeps what becomes of it.
   */
  readonly owed?: true;
}

export type Response =
  | { readonly kind: 'accepted'; readonly version: number; readonly answer?: unknown }
  | { readonly kind: 'rejected'; readonly rejection: unknown }
  | { readonly kind: 'unanswered'; readonly why: Unanswered }
  /** Nothing was begun: the actor's partition is another shard's now. */
  | { readonly kind: 'moved' }
  /** @param error What was thrown, for whoever keeps it; it never leaves the house. */
  | { readonly kind: 'failed'; readonly why: Failed; readonly error: string }
  | {
      readonly kind: 'gathered';
      /** Those that were looked at. */
      readonly partitions: readonly number[];
      readonly answers: readonly { readonly id: string; readonly answer: unknown }[];
      /** Actors of the kind that cannot answer, being in quarantine. */
      readonly quarantined: readonly Address[];
    }
  | { readonly kind: 'where'; readonly where: Whereabouts }
  | { readonly kind: 'partitions'; readonly partitions: readonly PartitionState[] }
  | { readonly kind: 'stuck'; readonly stuck: readonly Stuck[] }
  | { readonly kind: 'called'; readonly answer?: unknown }
  | { readonly kind: 'not-called'; readonly why: string };

export type Frame =
  | { readonly type: 'request'; readonly number: number; readonly request: Request }
  | { readonly type: 'response'; readonly number: number; readonly response: Response };

const ASK = 1;
const OTHER_REQUEST = 2;
const RESPONSE = 3;

/** number, type, deadline, three lengths. */
const HEADER_BYTES = 4 + 1 + 8 + 3 * 4;
const FIRST_BUFFER_BYTES = 16_384;
/** A buffer that grew over it, for a rare large answer, is given back. */
const KEPT_BUFFER_BYTES_MAX = 4 * 1024 * 1024;

export interface FrameWriter {
  readonly isEmpty: boolean;
  /** @returns Its size in bytes. */
  write(frame: Frame): number;
  /** Everything written since the last time. The writer never touches it again. */
  take(): Uint8Array;
}

export function createFrameWriter(): FrameWriter {
  let buffer = Buffer.allocUnsafe(FIRST_BUFFER_BYTES);
  let at = 0;

  function write(
    number: number,
    type: number,
    deadlineMs: number,
    parts: readonly [to: string, id: string, body: string],
  ): number {
    // UTF-16 units become at most three bytes each: room for the worst, so that no part is measured
    // before it is written.
    const worst = 4 + HEADER_BYTES + 3 * (parts[0].length + parts[1].length + parts[2].length);
    if (at + worst > buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + worst));
      buffer.copy(larger, 0, 0, at);
      buffer = larger;
    }
    const start = at;
    at = buffer.writeUInt32LE(number, at + 4);
    at = buffer.writeUInt8(type, at);
    at = buffer.writeDoubleLE(deadlineMs, at);
    for (const part of parts) {
      const length = buffer.write(part, at + 4);
      buffer.writeUInt32LE(length, at);
      at += 4 + length;
    }
    buffer.writeUInt32LE(at - start - 4, start);
    return at - start;
  }

  return {
    get isEmpty() {
      return at === 0;
    },
    write(frame) {
      if (frame.type === 'response') {
        return write(frame.number, RESPONSE, 0, ['', '', JSON.stringify(frame.response)]);
      }
      if (frame.request.kind === 'ask') {
        const { to, id, deadlineMs, command, query, owed } = frame.request;
        const body = JSON.stringify({ command, query, owed });
        return write(frame.number, ASK, deadlineMs, [to, id, body]);
      }
      return write(frame.number, OTHER_REQUEST, 0, ['', '', JSON.stringify(frame.request)]);
    },
    take() {
      // A copy of what is used, with a memory of its own that can be handed to the other thread.
      const taken = new Uint8Array(at);
      taken.set(buffer.subarray(0, at));
      at = 0;
      if (buffer.length > KEPT_BUFFER_BYTES_MAX) buffer = Buffer.allocUnsafe(FIRST_BUFFER_BYTES);
      return taken;
    },
  };
}

export function* readFrames(bytes: Uint8Array): Iterable<Frame> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at < buffer.length) {
    const end = at + 4 + buffer.readUInt32LE(at);
    const number = buffer.readUInt32LE(at + 4);
    const type = buffer.readUInt8(at + 8);
    const deadlineMs = buffer.readDoubleLE(at + 9);
    at += 4 + 4 + 1 + 8;
    const [to, id, body] = [readPart(), readPart(), readPart()];
    if (at !== end) throw new Error(`frame ends at ${at}, not ${end}`);
    if (type === RESPONSE) {
      yield { type: 'response', number, response: JSON.parse(body) as Response };
    } else if (type === ASK) {
      // Written by `write` above, from an Ask.
      const request: Ask = { kind: 'ask', to: to as Address, id, deadlineMs, ...JSON.parse(body) };
      yield { type: 'request', number, request };
    } else {
      yield { type: 'request', number, request: JSON.parse(body) as Request };
    }
  }

  function readPart(): string {
    const length = buffer.readUInt32LE(at);
    const text = buffer.toString('utf8', at + 4, at + 4 + length);
    at += 4 + length;
    return text;
  }
}
