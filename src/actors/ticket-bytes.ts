/**
 * Ids and selections as bytes. Only memory is laid out so; nothing of this is ever on disk.
 *
 *   text        255, 16 bytes                 a lower-case UUID
 *               length, that many bytes       any other ASCII text
 *   lists       count, then runners           the last of each list has 128 added; 128 alone is
 *                                             a list of none
 *   alternates  count, one byte each
 *
 * Invariant: what is read is what was written, and equal texts have equal bytes.
 */
import type { RunnerNumber } from './units.ts';

/** An id is at most as long. */
const TEXT_CHARS_MAX = 64;
/** Half as many again as the ten legs that any pool has. */
const LISTS_MAX = 16;
/** As many as there are saddlecloths. */
const RUNNERS_MAX = 99;
/** A substitute for each leg. */
const ALTERNATES_MAX = LISTS_MAX;

/** A text and what says how long it is. */
export const TEXT_BYTES_MAX = 1 + TEXT_CHARS_MAX;
/** Text, lists and alternates, each as long as it may be. */
export const PACKED_BYTES_MAX = TEXT_BYTES_MAX + 1 + LISTS_MAX * RUNNERS_MAX + 1 + ALTERNATES_MAX;

const UUID = 255;
const UUID_BYTES = 16;
const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const LAST = 128;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Each write says where the next one begins. */
export function writeText(bytes: Uint8Array, at: number, text: string): number {
  if (text.length === 36 && UUID_PATTERN.test(text)) return writeUuid(bytes, at, text);
  if (text.length > TEXT_CHARS_MAX) {
    throw new RangeError(`more than ${TEXT_CHARS_MAX} characters: ${JSON.stringify(text)}`);
  }
  bytes[at] = text.length;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 127) throw new RangeError(`not ASCII: ${JSON.stringify(text)}`);
    bytes[at + 1 + index] = code;
  }
  return at + 1 + text.length;
}

function writeUuid(bytes: Uint8Array, at: number, text: string): number {
  bytes[at] = UUID;
  let to = at + 1;
  for (let index = 0; index < text.length; index += 2) {
    if (text.charCodeAt(index) === 45) index += 1;
    bytes[to++] = (digitOf(text, index) << 4) | digitOf(text, index + 1);
  }
  return to;
}

function digitOf(text: string, index: number): number {
  const code = text.charCodeAt(index);
  // '0' is 48, 'a' is 97.
  return code < 97 ? code - 48 : code - 87;
}

export function readText(bytes: Uint8Array, at: number): string {
  const length = bytes[at] ?? 0;
  if (length !== UUID) return String.fromCharCode(...bytes.subarray(at + 1, at + 1 + length));
  let text = '';
  for (let index = 0; index < UUID_BYTES; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-';
    text += HEX[bytes[at + 1 + index] ?? 0] ?? '';
  }
  return text;
}

/** Where what follows a text begins. */
export function skipText(bytes: Uint8Array, at: number): number {
  const length = bytes[at] ?? 0;
  return at + 1 + (length === UUID ? UUID_BYTES : length);
}

export function writeLists(
  bytes: Uint8Array,
  at: number,
  lists: readonly (readonly RunnerNumber[])[],
): number {
  bytes[at] = atMost(LISTS_MAX, lists.length, 'lists');
  let to = at + 1;
  for (const runners of lists) {
    atMost(RUNNERS_MAX, runners.length, 'runners in a list');
    if (runners.length === 0) bytes[to++] = LAST;
    for (const runner of runners) bytes[to++] = runner;
    if (runners.length > 0) bytes[to - 1] = (bytes[to - 1] ?? 0) + LAST;
  }
  return to;
}

/** Fills `into`, whose lists it uses again. */
export function readLists(bytes: Uint8Array, at: number, into: RunnerNumber[][]): number {
  const count = bytes[at] ?? 0;
  while (into.length < count) into.push([]);
  into.length = count;
  let from = at + 1;
  for (const runners of into) {
    let length = 0;
    for (let last = false; !last; from++) {
      const byte = bytes[from] ?? LAST;
      last = byte >= LAST;
      // Only runners' numbers were written, and none is 0.
      if (byte !== LAST) runners[length++] = (byte & (LAST - 1)) as RunnerNumber;
    }
    runners.length = length;
  }
  return from;
}

export function writeAlternates(bytes: Uint8Array, at: number, alternates: readonly number[]) {
  bytes[at] = atMost(ALTERNATES_MAX, alternates.length, 'alternates');
  let to = at + 1;
  for (const it of alternates) bytes[to++] = atMost(RUNNERS_MAX, it, 'as an alternate');
  return to;
}

export function readAlternates(bytes: Uint8Array, at: number): readonly number[] {
  const count = bytes[at] ?? 0;
  // Hardly any ticket has one, and millions are read.
  return count === 0 ? NO_ALTERNATES : [...bytes.subarray(at + 1, at + 1 + count)];
}

const NO_ALTERNATES: readonly number[] = [];

function atMost(most: number, value: number, what: string): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new RangeError(`${value} ${what}, not a whole number up to ${most}`);
}

/** Whether the first `sizeBytes` of `key` are what `bytes` has from `at` on. */
export function startsAt(bytes: Uint8Array, at: number, key: Uint8Array, sizeBytes: number) {
  for (let index = 0; index < sizeBytes; index++) {
    if (bytes[at + index] !== key[index]) return false;
  }
  return true;
}
