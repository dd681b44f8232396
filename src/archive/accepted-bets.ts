/**
 * The accepted bets of a day, as the log has them: registered in a pool, at a time of that UTC day.
 *
 * Only the segments that can hold the day are read: from the one before it on, since the commit that
 * passes midnight lies in the older one, and to the end, since a clock may have been set back.
 */
import type { Ticket } from '../actors/ticket.ts';
import { raceId } from '../actors/units.ts';
import { ticketFrom } from '../actors/upcasting.ts';
import { type Told, toldBy } from '../audit/records.ts';
import { readDataDir } from '../runtime/data-dir.ts';
import type { LogRecord } from '../runtime/log/log.ts';
import { type LogReader, openSqliteReader } from '../runtime/log/sqlite.ts';

const DAY_MS = 86_400_000;

/** Its names and their order are the archive's: docs/OPERATING.md. Amounts are cents. */
export interface AcceptedBet {
  readonly bet: string;
  readonly player: string;
  readonly race: string;
  readonly pool: string;
  readonly formula: string;
  /** Runners of each list of the formula. */
  readonly legs: readonly (readonly number[])[];
  /** 0 is the bet type's only number. */
  readonly picks: number;
  readonly alternates: readonly number[];
  readonly flexi: number;
  readonly stake_cents: number;
  readonly combinations: number;
  readonly cost_cents: number;
  readonly channel: string;
  /** Its place in the pool, from 1. */
  readonly ticket: number;
  /** When it was accepted: RFC 3339, UTC. */
  readonly time: string;
  readonly partition: number;
  readonly position: number;
}

/** A bet's own terms: what player and race must agree on. */
export type Terms = Omit<AcceptedBet, 'ticket' | 'time' | 'partition' | 'position'>;

export interface DayLog {
  readonly dataId: string;
  /** Records that may be of the day, partition by partition. */
  read(): Iterable<Entry>;
  /** Whether nothing was on its way, now and since it was opened. */
  isAtRest(): boolean;
  close(): void;
}

export interface Entry {
  readonly partition: number;
  readonly record: LogRecord;
  readonly told: Told;
  /** Of the UTC day. */
  readonly isOfDay: boolean;
}

/** @param options.whole Reads from the first record, whatever the day. */
export function openDayLog(
  dataDir: string,
  day: string,
  options: { readonly whole?: boolean } = {},
): DayLog {
  const { id, logs } = readDataDir(dataDir);
  const readers: LogReader[] = [];
  try {
    for (const [partition, path] of logs.entries()) {
      readers.push(openSqliteReader(path, partition, id));
    }
  } catch (cause) {
    for (const reader of readers) reader.close();
    throw cause;
  }
  const before = readers.map(lookAt);
  return {
    dataId: id,
    *read() {
      for (const reader of readers) {
        const first = options.whole === true ? 1 : firstOf(reader, day);
        for (const record of reader.read(first - 1)) {
          const told = toldBy(record.stream, record.bytes);
          yield { partition: reader.partition, record, told, isOfDay: dayOf(record.atMs) === day };
        }
      }
    },
    isAtRest: () =>
      readers.map(lookAt).every((now, partition) => {
        const then = before[partition];
        return then?.outgoing === then?.position && now.position === then?.position;
      }),
    close() {
      for (const reader of readers) reader.close();
    },
  };
}

/** Cursors before the head: see read-log.ts. */
function lookAt(reader: LogReader) {
  const { outgoing } = reader.cursors();
  return { outgoing, position: reader.head().position };
}

/** The position from which on the day may be. */
function firstOf(reader: LogReader, day: string): number {
  const segments = reader.segments();
  const dayBefore = dayOf(Date.parse(`${day}T00:00:00Z`) - DAY_MS);
  // Named by their first records; the last one before the day reaches up to the next.
  const from = segments.findLastIndex((it) => it.day <= dayBefore);
  return segments[from]?.first ?? 1;
}

export function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** Undefined for a record that is no acceptance. */
export function acceptedBy({ partition, record, told }: Entry): AcceptedBet | undefined {
  if (told.of !== 'race' || told.event.kind !== 'bet-registered') return undefined;
  const { event } = told;
  const { position, atMs } = record;
  return {
    ...termsOf(ticketFrom({ ...event, race: raceId(told.id) })),
    ticket: event.ticket,
    time: new Date(atMs).toISOString(),
    partition,
    position,
  };
}

export function termsOf(it: Ticket): Terms {
  return {
    bet: it.bet,
    player: it.player,
    race: it.race,
    pool: it.pool,
    formula: it.formula,
    legs: it.legs,
    picks: it.picks,
    alternates: it.alternates,
    flexi: it.flexi,
    stake_cents: it.stake,
    combinations: it.combinations,
    cost_cents: it.cost,
    channel: it.channel,
  };
}
