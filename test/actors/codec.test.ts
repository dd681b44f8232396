import { readFileSync } from 'node:fs';
import { type DescField, type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { describe, expect, test } from 'vitest';
import {
  type EventCodec,
  operatorCodec,
  playerCodec,
  raceCodec,
  tournamentCodec,
} from '../../src/actors/codec.ts';
import { cents } from '../../src/actors/units.ts';
import {
  OperatorEventSchema,
  PlayerEventSchema,
  RaceEventSchema,
  TournamentEventSchema,
} from '../../src/gen/furlong/log/v1/events_pb.ts';
import {
  OPERATOR_EVENTS,
  PLAYER_EVENTS,
  RACE_EVENTS,
  TOURNAMENT_EVENTS,
} from './event-examples.ts';

type Event = { readonly kind: string };
interface Codec {
  readonly name: string;
  readonly schema: DescMessage;
  readonly codec: EventCodec<Event>;
  readonly examples: Readonly<Record<string, Event>>;
}

/** Each codec with its own events only: the table below pairs them. */
function codecOf<Own extends Event>(
  schema: DescMessage,
  codec: EventCodec<Own>,
  examples: Readonly<Record<string, Own>>,
): Codec {
  const encode = (event: Event) => codec.encode(event as Own);
  return { name: schema.name, schema, codec: { encode, decode: codec.decode }, examples };
}

const CODECS = [
  codecOf(PlayerEventSchema, playerCodec, PLAYER_EVENTS),
  codecOf(RaceEventSchema, raceCodec, RACE_EVENTS),
  codecOf(TournamentEventSchema, tournamentCodec, TOURNAMENT_EVENTS),
  codecOf(OperatorEventSchema, operatorCodec, OPERATOR_EVENTS),
];
const kindOf = (field: DescField) => field.name.replaceAll('_', '-');

/**
 * What was once written is read for ever: lines are added here, never changed. A line is the event
 * as it was, so that a field which came later may be more than the line says.
 */
const GOLDEN: Readonly<
  Record<string, readonly { readonly bytes: string; readonly event: Event }[]>
> = JSON.parse(readFileSync(new URL('events-v1.golden.json', import.meta.url), 'utf8'));

for (const { name, schema, codec, examples } of CODECS) {
  const rows = schema.fields.map((field) => [kindOf(field), field] as const);

  describe(name, () => {
    test.each(rows)('%s is written and read back the same', (kind) => {
      const event = examples[kind];
      if (event === undefined) throw new Error(`no example of ${kind}`);
      expect(codec.decode(codec.encode(event))).toEqual(event);
    });

    test.each(rows)('%s has an example with a value in every field of the log', (kind, field) => {
      if (field.message === undefined) throw new Error(`${kind} is no message`);
      expect(missingFields(field.message, examples[kind], kind)).toEqual([]);
    });

    test.each(rows)('%s is what any reader of the schema would write', (kind) => {
      const bytes = codec.encode(examples[kind] ?? { kind });
      const again = toBinary(schema, fromBinary(schema, bytes));
      expect(codec.decode(again)).toEqual(examples[kind]);
      expect(Buffer.from(again).equals(bytes)).toBe(true);
    });

    test.each(rows)('%s is read past fields that this version does not know', (kind) => {
      const bytes = codec.encode(examples[kind] ?? { kind });
      expect(codec.decode(withUnknownFields(bytes))).toEqual(examples[kind]);
    });

    test.each(rows)('%s is read with nothing in it: absent is empty', (kind, field) => {
      const bytes = new BinaryWriter().tag(field.number, WireType.LengthDelimited).fork().join();
      const read = codec.decode(bytes.finish());
      expect(read.kind).toBe(kind);
      for (const value of Object.values({ ...read, kind: '' })) {
        expect(['', 0, false, '[]', '{}']).toContain(
          typeof value === 'object' ? JSON.stringify(value) : value,
        );
      }
    });

    test.each(rows)('%s is read as it was written in v1', (kind) => {
      const lines = (GOLDEN[name] ?? []).filter((line) => line.event.kind === kind);
      const event = examples[kind] ?? { kind };
      const missing = JSON.stringify({ bytes: base64(codec.encode(event)), event });
      const today = base64(codec.encode(event));
      expect(
        lines.map((line) => line.bytes),
        `add to ${name}: ${missing}`,
      ).toContain(today);
      for (const line of lines) {
        expect(codec.decode(Buffer.from(line.bytes, 'base64'))).toMatchObject(line.event);
      }
    });

    test('refuses an event of a kind that it does not know, to write and to read', () => {
      expect(() => codec.encode({ kind: 'race-abandoned' })).toThrow('has no race-abandoned');
      const bytes = new BinaryWriter().tag(999, WireType.LengthDelimited).fork().join().finish();
      expect(() => codec.decode(bytes)).toThrow('has no event 999');
    });
  });
}

describe('a field that came after v1', () => {
  const noMoreOfALeg = {
    order: [],
    starters: 0,
    substitutes: [],
    surfaceChanged: false,
    surfaceAtMs: 0,
    entries: [],
    open: false,
  };
  const noMoreOfAPool = { carriedNet: 0, carriedGross: 0, mandatory: false };
  const noMoreOfAPrice = {
    legs: noMoreOfALeg,
    dividends: { tier: '', source: '' },
    nonRunners: [],
    starters: 0,
    stage: 0,
    sources: [],
    carryOver: 0,
    topUp: 0,
    carriedNet: 0,
    carriedGross: 0,
    carriedReserve: 0,
    shortRoundings: 0,
    shortDeduction: 0,
    shortOperator: 0,
    ruleSet: '',
    day: '',
    software: '',
    fund: '',
    guarantee: 0,
    voided: false,
    atMs: 0,
  };
  test.each([
    ['race-closed', 'legOf', { legOf: [], source: '', totals: [] }],
    ['result-entered', 'didNotFinish', { didNotFinish: [], why: '' }],
    ['leg-attached', 'closed', { places: 0, closed: false, revision: 0, outcome: noMoreOfALeg }],
    ['race-opened', 'why', { why: '' }],
    [
      'race-made-official',
      'run',
      {
        run: 0,
        why: '',
        starters: 0,
        substitutes: [],
        surfaceChanged: false,
        surfaceAtMs: 0,
        entries: [],
      },
    ],
    [
      'tickets-settled',
      'through',
      { settlement: 0, through: 0, atMs: 0, tickets: { claimDays: 0 } },
    ],
    ['pool-priced', 'run', { run: 0, ...noMoreOfAPrice }],
    ['race-declared', 'why', { why: '', runners: { coupledWith: 0 }, pools: noMoreOfAPool }],
  ])('%s: %s is absent from what was written before', (kind, field, absent) => {
    const older = (GOLDEN.RaceEvent ?? []).filter(
      ({ event }) => event.kind === kind && !Object.hasOwn(event, field),
    );
    expect(older).toHaveLength(1);
    for (const { bytes, event } of older) {
      const read = raceCodec.decode(Buffer.from(bytes, 'base64'));
      expect(read).toEqual(withAbsent(event, absent));
    }
  });
});

describe('amounts', () => {
  const posted = (breakage: number) => ({
    ...OPERATOR_EVENTS['pool-posted'],
    breakage: breakage as ReturnType<typeof cents>,
  });

  test.each([Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, -1, 0])(
    'are whole from end to end: %i',
    (amount) => {
      const event = posted(cents(amount));
      expect(operatorCodec.decode(operatorCodec.encode(event))).toEqual(event);
    },
  );

  test.each([Number.MAX_SAFE_INTEGER + 1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'that would lie are not written: %d',
    (amount) => {
      expect(() => operatorCodec.encode(posted(amount))).toThrow(RangeError);
    },
  );

  test('that would lie are not read', () => {
    const bytes = new BinaryWriter()
      .tag(1, WireType.LengthDelimited)
      .fork()
      .tag(4, WireType.Varint)
      .int64(2n ** 60n)
      .join()
      .finish();
    expect(() => operatorCodec.decode(bytes)).toThrow(RangeError);
  });
});

/** What was told, and what of `absent` was not; in a list for each item. */
function withAbsent(told: object, absent: object): object {
  if (Array.isArray(told)) return told.map((it) => withAbsent(it, absent));
  const known = new Map(Object.entries(told));
  return {
    ...told,
    ...Object.fromEntries(
      Object.entries(absent).map(([name, it]) => [
        name,
        known.has(name) ? withAbsent(known.get(name), it) : it,
      ]),
    ),
  };
}

/** Paths of fields that have no value, or an empty one, in an example and in all items of a list. */
function missingFields(message: DescMessage, value: unknown, path: string): string[] {
  const [only, ...others] = message.fields;
  // A message of one repeated field is a plain list.
  const plain =
    only?.fieldKind === 'list' && others.length === 0
      ? { [only.localName]: value }
      : (value as Record<string, unknown> | undefined);
  return message.fields.flatMap((field) => {
    const at = `${path}.${field.localName}`;
    const it = plain?.[field.localName];
    if (it === undefined || it === '' || it === 0 || it === false) return [at];
    if (field.fieldKind === 'message') return missingFields(field.message, it, at);
    if (field.fieldKind !== 'list') return [];
    const [first] = it as readonly unknown[];
    if (first === undefined) return [at];
    return field.listKind === 'message' ? missingFields(field.message, first, at) : [];
  });
}

/** The same event, with a field of each wire type that nobody has declared, before and behind. */
function withUnknownFields(bytes: Uint8Array): Uint8Array {
  const reader = new BinaryReader(bytes);
  const [number] = reader.tag();
  const inner = reader.bytes();
  const unknown = new BinaryWriter()
    .tag(900, WireType.Varint)
    .uint32(7)
    .tag(901, WireType.LengthDelimited)
    .string('later')
    .tag(902, WireType.Bit32)
    .fixed32(7)
    .tag(903, WireType.Bit64)
    .fixed64(7)
    .finish();
  return new BinaryWriter()
    .tag(number, WireType.LengthDelimited)
    .bytes(Buffer.concat([unknown, inner, unknown]))
    .finish();
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
