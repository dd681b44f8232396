/** A log as lines: every record, in its place, in a form that is documented. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { type ExportedRecord, exportLog } from '../../src/audit/export.ts';
import { replayLog } from '../../src/audit/replay.ts';
import { readDataDir } from '../../src/runtime/data-dir.ts';
import { CorruptLogError } from '../../src/runtime/log/log.ts';
import { openSqliteLog } from '../../src/runtime/log/sqlite.ts';
import { FIRST_DAY_MS, FULL_DAY, played } from './days.ts';
import { DAY, logOf, PLAYERS, RACES, toldOf } from './story.ts';

const MINUTE_MS = 60_000;
const full = played(FULL_DAY);
const written = () =>
  logOf(full.map((entry, index) => toldOf(entry, FIRST_DAY_MS + index * MINUTE_MS)));

describe('an exported log', () => {
  test('has every record in its place, and the head of each chain', () => {
    const dir = written();
    const records = [...exportLog(dir, {})];
    expect(records).toHaveLength(full.length);
    const { id, logs } = readDataDir(dir);
    for (const [partition, path] of logs.entries()) {
      const own = records.filter((it) => it.partition === partition);
      expect(own.map((it) => it.position)).toEqual(own.map((_, index) => index + 1));
      const log = openSqliteLog(path, partition, id);
      const { hash } = log.head();
      log.close();
      expect(own.at(-1)?.hash).toBe(Buffer.from(hash).toString('hex'));
      expect(own.slice(0, -1).every((it) => it.hash === null)).toBe(true);
    }
  });

  test('is what its schema says, in the order in which the schema says it', () => {
    const schema = JSON.parse(readFileSync('docs/log-export.schema.json', 'utf8'));
    const isRecord = new Ajv2020({ allErrors: true, strictTypes: false }).compile(schema);
    for (const record of exportLog(written(), {})) {
      expect(isRecord(record), JSON.stringify(isRecord.errors)).toBe(true);
      expect(Object.keys(record)).toEqual(Object.keys(schema.properties));
    }
    expect(isRecord({ partition: 0 })).toBe(false);
  });

  test('tells an event by the names of the log’s messages, with zeros', () => {
    const [first] = exportLog(logOf(DAY), {});
    expect(first).toEqual({
      partition: PLAYERS,
      position: 1,
      stream: 'player/ann',
      version: 1,
      cause: 'c0',
      time: '1970-01-01T00:00:00.001Z',
      event: { deposited: { request: 'd', amount: '1000', at_ms: '1' } },
      hash: null,
    });
    const registered = recordsOf(logOf(DAY), {}).find(
      ({ event }) => 'bet_registered' in Object(event),
    );
    expect(registered?.event).toMatchObject({
      bet_registered: { bet: 'b1', player: 'ann', ticket: 1 },
    });
  });

  test('tells the runtime’s own records too', () => {
    const dir = logOf([]);
    const { id, logs } = readDataDir(dir);
    const log = openSqliteLog(logs[0] ?? '', 0, id);
    const bytes = Buffer.from('{"v":1,"kind":"owner-changed","epoch":2,"shard":"shard-0"}');
    const record = { stream: 'fence/0', version: 1, cause: 'x', atMs: 1, bytes };
    log.append([record], { outgoing: 1, bus: 1 });
    log.close();
    expect(recordsOf(dir, {})).toMatchObject([
      { stream: 'fence/0', event: { kind: 'owner-changed', epoch: 2, shard: 'shard-0' } },
    ]);
  });
});

describe('a part of a log is exported', () => {
  test('between positions, both included', () => {
    const positions = (...all: (readonly [number, number])[]) =>
      ({ kind: 'positions', positions: new Map(all) }) as const;
    const records = recordsOf(logOf(DAY), {
      from: positions([PLAYERS, 3], [RACES, 8]),
      to: positions([PLAYERS, 4], [2, 0]),
    });
    expect(records.map((it) => [it.partition, it.position])).toEqual([
      [PLAYERS, 3],
      [PLAYERS, 4],
      [RACES, 8],
    ]);
  });

  test('between times, both included', () => {
    const at = (minute: number) =>
      ({ kind: 'time', atMs: FIRST_DAY_MS + minute * MINUTE_MS }) as const;
    const records = recordsOf(written(), { from: at(10), to: at(12) });
    expect(records.map((it) => it.time).sort()).toEqual(
      [10, 11, 12].map((it) => new Date(FIRST_DAY_MS + it * MINUTE_MS).toISOString()),
    );
  });

  test('up to the first later record, where a clock was set back', () => {
    const [first, second, third] = DAY.filter((it) => it.partition === PLAYERS);
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('no day');
    const dir = logOf([
      { ...first, atMs: 10 },
      { ...second, atMs: 30 },
      { ...third, atMs: 20 },
    ]);
    const until = (atMs: number) => recordsOf(dir, { to: { kind: 'time', atMs } }).length;
    expect([9, 10, 25, 29, 30].map(until)).toEqual([0, 1, 1, 1, 3]);
  });

  test('not at all where a partition is named that the log has not', () => {
    const dir = written();
    for (const partition of [3, 9]) {
      const bound = { kind: 'positions', positions: new Map([[partition, 1]]) } as const;
      const words = `the log has partitions 0 to 2, not ${partition}: name one of these`;
      expect(() => [...exportLog(dir, { to: bound })]).toThrow(words);
      expect(() => [...exportLog(dir, { from: bound })]).toThrow(words);
      expect(() => replayLog(dir, { to: bound })).toThrow(words);
    }
  });

  test('of one stream alone', () => {
    const records = recordsOf(written(), { stream: 'race/r2' });
    expect(new Set(records.map((it) => it.stream))).toEqual(new Set(['race/r2']));
    expect(records.map((it) => it.version)).toEqual(records.map((_, index) => index + 1));
    expect(records.length).toBe(full.filter(({ address }) => address === 'race/r2').length);
  });
});

describe('what is not as it was written ends an export:', () => {
  test('an event that cannot be decoded', () => {
    const wrong = {
      partition: RACES,
      stream: 'race/r1',
      bytes: Uint8Array.of(0xff),
      name: 'wrong',
    };
    expect(() => recordsOf(logOf([...DAY, wrong]), {})).toThrow(
      new CorruptLogError('partition 1, record 9: the event of race/r1 cannot be decoded'),
    );
  });

  test('a stream of no known kind', () => {
    const wrong = { partition: RACES, stream: 'horse/1', bytes: Uint8Array.of(), name: 'wrong' };
    expect(() => recordsOf(logOf([...DAY, wrong]), {})).toThrow(
      'partition 1, record 9: "horse/1" is no stream of a known kind',
    );
  });
});

function recordsOf(...it: Parameters<typeof exportLog>): ExportedRecord[] {
  return [...exportLog(...it)];
}
