/**
 * A day's list of accepted bets as a file: lines of JSON, compressed, each with a running SHA-256, so
 * that no line can be changed, dropped, added or moved unnoticed.
 *
 *   {"list":"furlong.bets.v1","day":"2026-11-20","data_id":"…"}
 *   {"bet":"b1", … ,"sha256":"…"}                       one for each bet
 *   {"bets":1,"cost_cents":200,"complete":true,"sha256":"…"}
 *
 * The running hash begins as SHA-256 of the first line; that of a later line is SHA-256 of the hash
 * before in hex, a line feed, and the line as it is without its `sha256`. Bets are in the order of
 * partition and position. Nothing in it depends on when, or by which version, it was written: written
 * again from the same log it is the same.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { makeDirDurable, syncPath } from '../runtime/log/files.ts';
import { messageOf } from '../runtime/thrown.ts';
import type { AcceptedBet } from './accepted-bets.ts';

const LIST = 'furlong.bets.v1';

const CHUNK_CHARACTERS = 64 * 1024;

export interface ListHead {
  /** UTC, `YYYY-MM-DD`. */
  readonly day: string;
  readonly dataId: string;
}

export interface ListEnd {
  readonly bets: number;
  readonly costCents: number;
  /** Whether the day was over when it was written, so that no bet of it could come any more. */
  readonly complete: boolean;
  /** The running hash over all lines. */
  readonly sha256: string;
}

export function listPath(archive: string, day: string): string {
  return join(archive, day, 'bets.ndjson.gz');
}

/** Writes a list beside `path`, on disk when it resolves. */
export async function draftList(
  path: string,
  {
    head,
    bets,
    complete,
  }: {
    readonly head: ListHead;
    readonly bets: Iterable<AcceptedBet>;
    readonly complete: boolean;
  },
): Promise<{ readonly end: ListEnd; readonly keep: () => void; readonly discard: () => void }> {
  const draft = `${path}.new`;
  makeDirDurable(dirname(path));
  let end: ListEnd | undefined;
  const lines = function* (): Iterable<string> {
    const first = JSON.stringify({ list: LIST, day: head.day, data_id: head.dataId });
    let sha256 = sha256Of(first);
    let count = 0;
    let costCents = 0;
    yield `${first}\n`;
    for (const bet of bets) {
      count++;
      costCents += bet.cost_cents;
      sha256 = nextHash(sha256, bet);
      yield `${JSON.stringify({ ...bet, sha256 })}\n`;
    }
    const last = { bets: count, cost_cents: costCents, complete };
    sha256 = nextHash(sha256, last);
    end = { bets: count, costCents, complete, sha256 };
    yield `${JSON.stringify({ ...last, sha256 })}\n`;
  };
  await pipeline(Readable.from(chunksOf(lines())), createGzip(), createWriteStream(draft));
  syncPath(draft);
  if (end === undefined) throw new Error(`${draft} has no end`);
  return {
    end,
    keep() {
      renameSync(draft, path);
      syncPath(dirname(path));
    },
    discard: () => rmSync(draft),
  };
}

/** A line by itself would cost more on its way than in its making. */
function* chunksOf(lines: Iterable<string>): Iterable<string> {
  let chunk = '';
  for (const line of lines) {
    chunk += line;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

export interface ReadList {
  readonly head: ListHead | undefined;
  readonly end: ListEnd | undefined;
  /** What is wrong with the file itself, in words; what is behind it cannot be relied on. */
  readonly faults: readonly string[];
}

/** Reads a list, each line checked against the running hash before `onBet` is told of it. */
export async function readList(
  path: string,
  onBet: (bet: AcceptedBet) => void = () => {},
): Promise<ReadList> {
  if (!existsSync(path))
    return { head: undefined, end: undefined, faults: [`${path} is not there`] };
  const lines = createLines(onBet);
  try {
    await pipeline(createReadStream(path), createGunzip(), async (source) => {
      const decoder = new TextDecoder();
      let rest = '';
      for await (const chunk of source) {
        const parts = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
        rest = parts.pop() ?? '';
        for (const line of parts) lines.take(line);
      }
      if (rest !== '') lines.take(rest);
    });
  } catch (cause) {
    // Not compressed as it was, or beyond reading: a finding like any other.
    const problem = messageOf(cause);
    return { head: lines.head(), end: undefined, faults: [`${path}: ${problem}`] };
  }
  const [head, end, fault] = [lines.head(), lines.end(), lines.fault()];
  const problem = fault ?? (end === undefined ? 'its last line is missing' : undefined);
  return problem === undefined
    ? { head, end, faults: [] }
    : { head, end: undefined, faults: [`${path}: ${problem}`] };
}

function createLines(onBet: (bet: AcceptedBet) => void) {
  let head: ListHead | undefined;
  let end: ListEnd | undefined;
  let fault: string | undefined;
  let sha256 = '';
  let number = 0;
  let bets = 0;
  let costCents = 0;

  /** @returns What is wrong with it. */
  function judge(line: string): string | undefined {
    const parsed = parsedObject(line);
    if (parsed === undefined) return 'is no line of a list';
    // A value twice or a space more says the same to some readers, and another thing to others.
    if (JSON.stringify(parsed) !== line) return 'is not what was written';
    const { sha256: told, ...value } = parsed;
    if (end !== undefined) return 'comes after the last one';
    if (head === undefined) {
      if (value.list !== LIST) return `is not the first of a list ${LIST}`;
      head = { day: String(value.day), dataId: String(value.data_id) };
      sha256 = sha256Of(line);
      return undefined;
    }
    sha256 = nextHash(sha256, value);
    if (told !== sha256) return 'is not what was written';
    if ('complete' in value) {
      end = { bets, costCents, complete: value.complete === true, sha256 };
      return value.bets === bets && value.cost_cents === costCents
        ? undefined
        : 'counts other bets';
    }
    // Its hash says that it is a line that `draftList` wrote.
    const bet = value as unknown as AcceptedBet;
    bets++;
    costCents += bet.cost_cents;
    onBet(bet);
    return undefined;
  }

  return {
    take(line: string): void {
      number++;
      if (fault !== undefined) return;
      const problem = judge(line);
      if (problem !== undefined) fault = `line ${number} ${problem}`;
    },
    head: () => head,
    end: () => end,
    fault: () => fault,
  };
}

function parsedObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function nextHash(before: string, line: object): string {
  return sha256Of(`${before}\n${JSON.stringify(line)}`);
}

function sha256Of(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
