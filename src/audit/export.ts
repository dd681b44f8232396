/**
 * A log as values that any program reads: each record with its place, its cause, its time and its event
 * by the names of `furlong.log.v1` (docs/log-export.schema.json). Runs beside the owner, and holds one
 * page of records at a time.
 *
 * Invariant: nothing is given out before the chain over it was found right.
 */
import { type DescMessage, fromBinary, type JsonValue, toJson } from '@bufbuild/protobuf';
import {
  OperatorEventSchema,
  PlayerEventSchema,
  RaceEventSchema,
  RuleSetEventSchema,
  TournamentEventSchema,
} from '../gen/furlong/log/v1/events_pb.ts';
import { kindIn } from '../runtime/actor.ts';
import { readDataDir } from '../runtime/data-dir.ts';
import { CorruptLogError, type LogRecord } from '../runtime/log/log.ts';
import { openSqliteReader } from '../runtime/log/sqlite.ts';
import { OWN_KINDS } from '../runtime/own-kinds.ts';
import { type Bound, expectPartitions, within } from './bounds.ts';

/** Its names, in this order, are the format: docs/log-export.schema.json. */
export interface ExportedRecord {
  readonly partition: number;
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly cause: string;
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly event: JsonValue;
  /**
   * Hex, of the chain up to it: with the last record that is exported of its partition, where a commit
   * ended there; null with all others.
   */
  readonly hash: string | null;
}

export interface ExportOptions {
  readonly from?: Bound | undefined;
  readonly to?: Bound | undefined;
  /** All of them if not said. */
  readonly stream?: string | undefined;
}

const SCHEMAS: Readonly<Record<string, DescMessage>> = {
  player: PlayerEventSchema,
  race: RaceEventSchema,
  tournament: TournamentEventSchema,
  operator: OperatorEventSchema,
  'rule-set': RuleSetEventSchema,
};

/**
 * Partition by partition, each from its first record to its last.
 * @throws CorruptLogError at what is not as it was written.
 * @throws UnknownPartitionError where a bound names one that is not there, before the first record.
 */
export function* exportLog(
  dataDir: string,
  { from, to, stream }: ExportOptions,
): Iterable<ExportedRecord> {
  const { id, logs } = readDataDir(dataDir);
  expectPartitions(logs.length, [from, to]);
  for (const [partition, path] of logs.entries()) {
    const reader = openSqliteReader(path, partition, id);
    try {
      let held: ExportedRecord | undefined;
      try {
        for (const record of within(partition, reader.read, { from, to })) {
          if (stream !== undefined && record.stream !== stream) continue;
          if (held !== undefined) yield held;
          held = exported(partition, record);
        }
      } catch (cause) {
        if (held !== undefined) yield held;
        throw cause;
      }
      if (held === undefined) continue;
      const hash = reader.hashAt(held.position);
      yield { ...held, hash: hash === undefined ? null : Buffer.from(hash).toString('hex') };
    } finally {
      reader.close();
    }
  }
}

function exported(partition: number, record: LogRecord): ExportedRecord {
  const { position, stream, version, cause, atMs, bytes } = record;
  const where = `partition ${partition}, record ${position}`;
  const event = eventJson(stream, bytes, where);
  const time = new Date(atMs).toISOString();
  return { partition, position, stream, version, cause, time, event, hash: null };
}

function eventJson(stream: string, bytes: Uint8Array, where: string): JsonValue {
  const kind = kindIn(stream);
  const schema = SCHEMAS[kind];
  const own = OWN_KINDS.find((it) => it.kind === kind);
  try {
    if (schema !== undefined) {
      const options = { useProtoFieldName: true, alwaysEmitImplicit: true };
      return toJson(schema, fromBinary(schema, bytes), options);
    }
    // The runtime's own records are JSON.
    if (own !== undefined) return JSON.parse(JSON.stringify(own.decode(bytes)));
  } catch (cause) {
    throw new CorruptLogError(`${where}: the event of ${stream} cannot be decoded`, { cause });
  }
  throw new CorruptLogError(`${where}: ${JSON.stringify(stream)} is no stream of a known kind`);
}
