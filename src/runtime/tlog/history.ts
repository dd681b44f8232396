/**
 * Every checkpoint that was ever signed, oldest first, a line of JSON each: what nobody may sign
 * against, and what the checkpoint file is made from.
 *
 *   {"size":1284,"root":"…","time":"2026-11-21T18:00:00.000Z","signature":"…"}
 *
 * A line is on disk before its checkpoint is told to anybody; so one that a crash left torn was
 * never told, and is cut off.
 */
import { base64, bytesFromBase64 } from './base64.ts';
import { hashFrom, headText, type TreeHead } from './checkpoint.ts';
import type { TreeFiles } from './files.ts';
import { EMPTY_ROOT } from './merkle.ts';
import { noteOf, signatureOf } from './note.ts';

export interface Sealed {
  readonly head: TreeHead;
  /** When it was signed, epoch milliseconds; 0 for the tree of none, which nobody signs. */
  readonly atMs: number;
  /** The signed note; empty for the tree of none. */
  readonly checkpoint: string;
}

export const HISTORY = 'checkpoints.ndjson';

/** Bytes of the longest line, with room: sizes, hashes and signatures have a fixed length. */
const LINE_MAX = 1_024;

/** Read at a time: signed every 10 s, a year's history is longer than any string may be. */
const PIECE_BYTES = 1024 * 1024;

function unsealed(origin: string): Sealed {
  return { head: { origin, size: 0, root: EMPTY_ROOT }, atMs: 0, checkpoint: '' };
}

/** @returns Bytes that it took. */
export function appendSealed(files: TreeFiles, { head, atMs, checkpoint }: Sealed): number {
  const line = {
    size: head.size,
    root: base64(head.root),
    time: new Date(atMs).toISOString(),
    signature: base64(signatureOf(checkpoint)),
  };
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  files.append(HISTORY, bytes);
  return bytes.length;
}

/** The last one, and the size of the history up to it: what follows was never finished. */
export interface HistoryEnd {
  readonly sealed: Sealed;
  readonly sizeBytes: number;
}

/** @throws Error where the last line is damaged. */
export function endOfHistory(files: TreeFiles, origin: string): HistoryEnd {
  const size = files.sizeOf(HISTORY) ?? 0;
  const from = Math.max(0, size - 2 * LINE_MAX);
  const tail = size === 0 ? Buffer.alloc(0) : files.readAt(HISTORY, from, size - from);
  const end = tail.lastIndexOf(0x0a) + 1;
  if (tail.length - end > LINE_MAX) throw damaged('its end');
  const begin = end === 0 ? 0 : tail.lastIndexOf(0x0a, end - 2) + 1;
  const sealed =
    end === 0 ? unsealed(origin) : sealedFrom(tail.toString('utf8', begin, end - 1), origin);
  return { sealed, sizeBytes: from + end };
}

/** Cuts off what was never finished. @throws Error where the last line is damaged. */
export function mendHistory(files: TreeFiles, origin: string): HistoryEnd {
  const end = endOfHistory(files, origin);
  if ((files.sizeOf(HISTORY) ?? 0) > end.sizeBytes) files.truncate(HISTORY, end.sizeBytes);
  return end;
}

/**
 * All of them, as far as they are whole lines, or those of the first `size` bytes.
 * @throws Error where one is damaged.
 */
export function* allSealed(
  files: TreeFiles,
  origin: string,
  size = files.sizeOf(HISTORY) ?? 0,
): Iterable<Sealed> {
  let rest = Buffer.alloc(0);
  for (let at = 0; at < size; ) {
    const piece = files.readAt(HISTORY, at, Math.min(PIECE_BYTES, size - at));
    if (piece.length === 0) return;
    at += piece.length;
    const lines = Buffer.concat([rest, piece]);
    let begin = 0;
    for (let end = lines.indexOf(0x0a); end >= 0; end = lines.indexOf(0x0a, begin)) {
      yield sealedFrom(lines.toString('utf8', begin, end), origin);
      begin = end + 1;
    }
    rest = lines.subarray(begin);
  }
}

function sealedFrom(line: string, origin: string): Sealed {
  try {
    const { size, root, time, signature } = JSON.parse(line) as Record<string, unknown>;
    const atMs = Date.parse(String(time));
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || !(atMs >= 0)) {
      throw damaged(line);
    }
    const head = { origin, size, root: hashFrom(String(root)) };
    const checkpoint = noteOf(headText(head), origin, bytesFromBase64(String(signature)));
    return { head, atMs, checkpoint };
  } catch (cause) {
    throw damaged(line, cause);
  }
}

function damaged(what: string, cause?: unknown): Error {
  const message = `${HISTORY} is damaged at ${JSON.stringify(what.slice(0, 80))}: restore it from a copy`;
  return new Error(message, { cause });
}
