/**
 * The Protobuf encoding: commands, replies and pushes as messages with their length before them.
 * Field numbers are those of Centrifuge's client.proto; only the fields of our subset are written,
 * and fields read past that subset are skipped. `data` holds JSON text as UTF-8.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Publication } from './channel.ts';
import { quote } from './json.ts';
import {
  type Codec,
  type Command,
  MalformedFrame,
  type Push,
  type Reply,
  type Subscribed,
  unavailableMethods,
} from './protocol.ts';

const utf8 = new TextEncoder();

/** The method that each field of a Command stands for. */
const methods: Readonly<Record<number, string>> = {
  4: 'connect',
  5: 'subscribe',
  6: 'unsubscribe',
  7: 'publish',
  8: 'presence',
  9: 'presence_stats',
  10: 'history',
  11: 'ping',
  12: 'send',
  13: 'rpc',
  14: 'refresh',
  15: 'sub_refresh',
};

export const protobufCodec: Codec = {
  name: 'protobuf',
  ping: new Uint8Array([0]),
  decode(frame) {
    const reader = new BinaryReader(frame);
    const commands: Command[] = [];
    try {
      while (reader.pos < reader.len) commands.push(commandOf(fieldsOf(reader.bytes())));
    } catch (cause) {
      if (cause instanceof MalformedFrame) throw cause;
      throw new MalformedFrame(`${frame.length} bytes that are not whole Protobuf commands`, {
        cause,
      });
    }
    return commands;
  },
  replies(replies) {
    const writer = new BinaryWriter();
    for (const reply of replies) writer.bytes(replyBytes(reply));
    return writer.finish();
  },
  push: (push) => new BinaryWriter().bytes(nested(4, pushBytes(push))).finish(),
};

/** The last value of every field: a number for varints, bytes for what has a length. */
type Fields = ReadonlyMap<number, bigint | Uint8Array>;

function fieldsOf(bytes: Uint8Array): Fields {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, bigint | Uint8Array>();
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (wireType === WireType.Varint) fields.set(field, BigInt(reader.uint64()));
    else if (wireType === WireType.LengthDelimited) fields.set(field, reader.bytes());
    else reader.skip(wireType, field);
  }
  return fields;
}

function commandOf(fields: Fields): Command {
  const id = whole(fields, 1);
  const named = [...fields.keys()].filter((field) => field !== 1);
  const [field] = named;
  if (field === undefined && id === 0) return { kind: 'pong' };
  if (field === undefined || named.length > 1) {
    throw new MalformedFrame(`a command names one method, not fields ${quote(named)}`);
  }
  const method = methods[field] ?? `field ${field}`;
  const parameters = fieldsOf(block(fields, field));
  switch (method) {
    case 'connect':
    case 'ping':
      return { kind: method, id };
    case 'subscribe': {
      const since = { epoch: text(parameters, 6), offset: whole(parameters, 7) };
      const recover = whole(parameters, 3) !== 0;
      return { kind: method, id, channel: text(parameters, 1), since: recover ? since : undefined };
    }
    case 'unsubscribe':
      return { kind: method, id, channel: text(parameters, 1) };
    case 'rpc':
      return { kind: method, id, method: text(parameters, 2), data: json(text(parameters, 1)) };
    default: {
      const known = unavailableMethods.some((name) => name === method);
      return { kind: known ? 'unavailable' : 'unknown', id, method };
    }
  }
}

function whole(fields: Fields, field: number): number {
  const value = Number(fields.get(field) ?? 0);
  if (Number.isSafeInteger(value)) return value;
  throw new MalformedFrame(`field ${field} must be a whole number, not ${value}`);
}

function block(fields: Fields, field: number): Uint8Array {
  const value = fields.get(field) ?? new Uint8Array();
  if (value instanceof Uint8Array) return value;
  throw new MalformedFrame(`field ${field} must have a length, not be the number ${value}`);
}

function text(fields: Fields, field: number): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(block(fields, field));
}

function json(value: string): unknown {
  if (value === '') return undefined;
  try {
    return JSON.parse(value);
  } catch {
    throw new MalformedFrame(`data must be JSON, not ${quote(value)}`);
  }
}

function replyBytes(reply: Reply): Uint8Array {
  const writer = new BinaryWriter().tag(1, WireType.Varint).uint32(reply.id);
  switch (reply.kind) {
    case 'error': {
      const { code, message, temporary } = reply.error;
      const error = new BinaryWriter().tag(1, WireType.Varint).uint32(code);
      error.tag(2, WireType.LengthDelimited).string(message);
      if (temporary) error.tag(3, WireType.Varint).bool(true);
      return writer.raw(nested(2, error.finish())).finish();
    }
    case 'connect': {
      const result = new BinaryWriter().tag(1, WireType.LengthDelimited).string(reply.client);
      result.tag(2, WireType.LengthDelimited).string('furlong');
      const data = JSON.stringify({ serverTimeMs: reply.serverTimeMs });
      result.tag(5, WireType.LengthDelimited).bytes(utf8.encode(data));
      if (reply.pingSeconds > 0) {
        result.tag(7, WireType.Varint).uint32(reply.pingSeconds).tag(8, WireType.Varint).bool(true);
      }
      return writer.raw(nested(5, result.finish())).finish();
    }
    case 'subscribe':
      return writer.raw(nested(6, subscribedBytes(reply.result))).finish();
    case 'unsubscribe':
      return writer.raw(nested(7, new Uint8Array())).finish();
    case 'ping':
      return writer.raw(nested(12, new Uint8Array())).finish();
    case 'rpc':
      return writer.raw(nested(13, nested(1, utf8.encode(reply.data)))).finish();
    default:
      throw unreachable(reply);
  }
}

function subscribedBytes(result: Subscribed): Uint8Array {
  const writer = new BinaryWriter().tag(3, WireType.Varint).bool(true);
  writer.tag(6, WireType.LengthDelimited).string(result.epoch);
  for (const missed of result.missed) writer.raw(nested(7, publicationBytes(missed)));
  if (result.recovered) writer.tag(8, WireType.Varint).bool(true);
  writer.tag(9, WireType.Varint).uint64(result.offset).tag(10, WireType.Varint).bool(true);
  if (result.data !== undefined) writer.raw(nested(11, utf8.encode(result.data)));
  if (result.wasRecovering) writer.tag(12, WireType.Varint).bool(true);
  return writer.finish();
}

function publicationBytes({
  data,
  offset,
}: Pick<Publication, 'data'> & { offset: number | undefined }): Uint8Array {
  const writer = new BinaryWriter().raw(nested(4, utf8.encode(data)));
  if (offset !== undefined) writer.tag(6, WireType.Varint).uint64(offset);
  return writer.finish();
}

function pushBytes(push: Push): Uint8Array {
  const writer = new BinaryWriter().tag(2, WireType.LengthDelimited).string(push.channel);
  if (push.kind === 'publication') return writer.raw(nested(4, publicationBytes(push))).finish();
  const { code, reason } = push.end;
  const unsubscribe = new BinaryWriter().tag(2, WireType.Varint).uint32(code);
  unsubscribe.tag(3, WireType.LengthDelimited).string(reason);
  return writer.raw(nested(7, unsubscribe.finish())).finish();
}

function nested(field: number, bytes: Uint8Array): Uint8Array {
  return new BinaryWriter().tag(field, WireType.LengthDelimited).bytes(bytes).finish();
}

function unreachable(value: never): Error {
  return new Error(`a reply of no known kind: ${quote(value)}`);
}
