/**
 * Events ↔ bytes: plain unions on `kind` here, protobuf `furlong.log.v1` on disk.
 *
 * The generated descriptors are compiled once into a writer and a reader per message, so that the
 * schema stays the only description of the bytes and no message object is made in between.
 * `bet-registered` is the oneof's field `bet_registered`; int64 is a safe integer; a message of
 * one repeated field is a plain array (`Leg`, `Place`); a message that is absent is undefined.
 */
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  OperatorEventSchema,
  PlayerEventSchema,
  RaceEventSchema,
  RuleSetEventSchema,
  TournamentEventSchema,
} from '../gen/furlong/log/v1/events_pb.ts';
import type { OperatorEvent } from './operator.ts';
import type { PlayerEvent } from './player-events.ts';
import type { RaceEvent } from './race-events.ts';
import type { RuleSetEvent } from './rule-book.ts';
import type { TournamentEvent } from './tournament-events.ts';

export interface EventCodec<Event> {
  readonly encode: (event: Event) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => Event;
}

export const playerCodec: EventCodec<PlayerEvent> = createEventCodec(PlayerEventSchema);
export const raceCodec: EventCodec<RaceEvent> = createEventCodec(RaceEventSchema);
export const tournamentCodec: EventCodec<TournamentEvent> = createEventCodec(TournamentEventSchema);
export const operatorCodec: EventCodec<OperatorEvent> = createEventCodec(OperatorEventSchema);
export const ruleSetCodec: EventCodec<RuleSetEvent> = createEventCodec(RuleSetEventSchema);

type Plain = Record<string, unknown>;
type Write = (writer: BinaryWriter, value: unknown) => void;
type Read = (reader: BinaryReader) => unknown;

/** @param wrapper A message whose one oneof holds every event of an actor kind. */
function createEventCodec<Event extends { readonly kind: string }>(
  wrapper: DescMessage,
): EventCodec<Event> {
  // One for all events: `finish` hands out what was written and starts over.
  const writer = new BinaryWriter();
  const writers = new Map<string, { tag: number; write: Write }>();
  const readers = new Map<number, { kind: string; read: Read }>();
  for (const field of wrapper.fields) {
    if (field.fieldKind !== 'message') throw new Error(`${wrapper.typeName}: events are messages`);
    const kind = field.name.replaceAll('_', '-');
    writers.set(kind, { tag: field.number, write: messageWriter(field.message) });
    readers.set(field.number, { kind, read: messageReader(field.message) });
  }

  return {
    encode(event) {
      const found = writers.get(event.kind);
      if (found === undefined) throw new Error(`${wrapper.typeName} has no ${event.kind}`);
      try {
        writer.tag(found.tag, WireType.LengthDelimited).fork();
        found.write(writer, event);
        return writer.join().finish();
      } catch (cause) {
        // Half an event must not lead the next one.
        writer.finish();
        throw cause;
      }
    },
    decode(bytes) {
      const reader = new BinaryReader(bytes);
      const [number] = reader.tag();
      const found = readers.get(number);
      if (found === undefined) throw new Error(`${wrapper.typeName} has no event ${number}`);
      const inner = new BinaryReader(reader.bytes());
      // The schema and the union say the same; test/actors/codec.test.ts holds them together.
      return { kind: found.kind, ...(found.read(inner) as Plain) } as unknown as Event;
    },
  };
}

function messageWriter(message: DescMessage): Write {
  const parts = message.fields.map((field) => ({
    name: field.localName,
    write: fieldWriter(field),
  }));
  const only = flattened(message);
  if (only !== undefined) return fieldWriter(only);
  return (writer, value) => {
    // Callers hand over what the schema describes: plain objects.
    const plain = value as Plain;
    for (const { name, write } of parts) {
      const it = plain[name];
      if (it !== undefined) write(writer, it);
    }
  };
}

function fieldWriter(field: DescField): Write {
  const { number } = field;
  switch (field.fieldKind) {
    case 'scalar': {
      const { scalar } = field;
      const write = scalarWriter(scalar);
      const wireType = scalar === ScalarType.STRING ? WireType.LengthDelimited : WireType.Varint;
      return (writer, value) => {
        if (value === 0 || value === '' || value === false) return;
        writer.tag(number, wireType);
        write(writer, value);
      };
    }
    case 'message': {
      const write = messageWriter(field.message);
      return (writer, value) => {
        writer.tag(number, WireType.LengthDelimited).fork();
        write(writer, value);
        writer.join();
      };
    }
    case 'map':
      return (writer, value) => {
        for (const [key, text] of Object.entries(value as Record<string, string>)) {
          writer.tag(number, WireType.LengthDelimited).fork();
          writer.tag(1, WireType.LengthDelimited).string(key);
          writer.tag(2, WireType.LengthDelimited).string(text);
          writer.join();
        }
      };
    case 'list':
      return listWriter(field);
    default:
      throw new Error(`${field.parent.typeName}.${field.name}: no ${field.fieldKind} in the log`);
  }
}

function listWriter(field: DescField & { fieldKind: 'list' }): Write {
  const { number } = field;
  if (field.listKind === 'message') {
    const write = messageWriter(field.message);
    return (writer, value) => {
      for (const item of value as readonly unknown[]) {
        writer.tag(number, WireType.LengthDelimited).fork();
        write(writer, item);
        writer.join();
      }
    };
  }
  if (field.listKind !== 'scalar') throw new Error(`${field.name}: no lists of enums in the log`);
  const write = scalarWriter(field.scalar);
  if (field.scalar === ScalarType.STRING) {
    return (writer, value) => {
      for (const item of value as readonly unknown[]) {
        writer.tag(number, WireType.LengthDelimited);
        write(writer, item);
      }
    };
  }
  return (writer, value) => {
    const items = value as readonly unknown[];
    if (items.length === 0) return;
    writer.tag(number, WireType.LengthDelimited).fork();
    for (const item of items) write(writer, item);
    writer.join();
  };
}

function scalarWriter(scalar: ScalarType): Write {
  switch (scalar) {
    case ScalarType.STRING:
      return (writer, value) => writer.string(value as string);
    case ScalarType.BOOL:
      return (writer, value) => writer.bool(value as boolean);
    case ScalarType.UINT32:
      return (writer, value) => writer.uint32(value as number);
    case ScalarType.INT64:
      return (writer, value) => writer.int64(safeInteger(value as number));
    default:
      throw new Error(`no scalar ${ScalarType[scalar]} in the log`);
  }
}

function messageReader(message: DescMessage): Read {
  const only = flattened(message);
  const parts = new Map(message.fields.map((field) => [field.number, fieldReader(field)]));
  return (reader) => {
    const plain: Plain = {};
    for (const part of parts.values()) part.begin(plain);
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      const part = parts.get(number);
      if (part === undefined) reader.skip(wireType, number);
      else part.read(reader, plain, wireType);
    }
    return only === undefined ? plain : plain[only.localName];
  };
}

interface FieldReader {
  /** Sets what the field is when absent. */
  readonly begin: (plain: Plain) => void;
  readonly read: (reader: BinaryReader, plain: Plain, wireType: WireType) => void;
}

function fieldReader(field: DescField): FieldReader {
  const { localName: name } = field;
  switch (field.fieldKind) {
    case 'scalar': {
      const { scalar } = field;
      const read = scalarReader(scalar);
      const absent = scalar === ScalarType.STRING ? '' : scalar === ScalarType.BOOL ? false : 0;
      return {
        begin: (plain) => {
          plain[name] = absent;
        },
        read: (reader, plain) => {
          plain[name] = read(reader);
        },
      };
    }
    case 'message': {
      const read = messageReader(field.message);
      return {
        begin: () => {},
        read: (reader, plain) => {
          plain[name] = read(new BinaryReader(reader.bytes()));
        },
      };
    }
    case 'map':
      return {
        begin: (plain) => {
          plain[name] = {};
        },
        read: (reader, plain) => {
          const [key, text] = mapEntry(new BinaryReader(reader.bytes()));
          (plain[name] as Record<string, string>)[key] = text;
        },
      };
    case 'list':
      return listReader(field);
    default:
      throw new Error(`${field.parent.typeName}.${field.name}: no ${field.fieldKind} in the log`);
  }
}

function listReader(field: DescField & { fieldKind: 'list' }): FieldReader {
  const { localName: name } = field;
  const begin = (plain: Plain) => {
    plain[name] = [];
  };
  if (field.listKind === 'message') {
    const read = messageReader(field.message);
    return {
      begin,
      read: (reader, plain) => {
        (plain[name] as unknown[]).push(read(new BinaryReader(reader.bytes())));
      },
    };
  }
  if (field.listKind !== 'scalar') throw new Error(`${field.name}: no lists of enums in the log`);
  const read = scalarReader(field.scalar);
  const packable = field.scalar !== ScalarType.STRING;
  return {
    begin,
    read: (reader, plain, wireType) => {
      const items = plain[name] as unknown[];
      if (!packable || wireType !== WireType.LengthDelimited) {
        items.push(read(reader));
        return;
      }
      const end = reader.uint32() + reader.pos;
      while (reader.pos < end) items.push(read(reader));
    },
  };
}

function scalarReader(scalar: ScalarType): Read {
  switch (scalar) {
    case ScalarType.STRING:
      return (reader) => reader.string();
    case ScalarType.BOOL:
      return (reader) => reader.bool();
    case ScalarType.UINT32:
      return (reader) => reader.uint32();
    case ScalarType.INT64:
      return (reader) => safeInteger(Number(reader.int64()));
    default:
      throw new Error(`no scalar ${ScalarType[scalar]} in the log`);
  }
}

function mapEntry(reader: BinaryReader): [string, string] {
  let key = '';
  let text = '';
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    if (number === 1) key = reader.string();
    else if (number === 2) text = reader.string();
    else reader.skip(wireType, number);
  }
  return [key, text];
}

function flattened(message: DescMessage): DescField | undefined {
  const [first, second] = message.fields;
  return second === undefined && first?.fieldKind === 'list' ? first : undefined;
}

function safeInteger(value: number): number {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${value}`);
  return value;
}
