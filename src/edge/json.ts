/**
 * JSON as the edge writes it. Rows keep their members in the order of their names and carry no
 * spaces, so that the text on the wire is already canonical (RFC 8785) and a page gets it back
 * with `JSON.stringify(row)`.
 */

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json };

export type JsonObject = { readonly [name: string]: Json };

/** One keyed line of a channel. */
export type Row = JsonObject & { readonly key: string };

/** JSON already written. Spliced into frames as it is, never parsed again. */
export type JsonText = string;

/** @throws RangeError for what a JSON number cannot carry exactly. */
export function toNumber(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new RangeError(`${value} is more than a JSON number carries exactly`);
  }
  return number;
}

/** Of a value the sender chose: short enough for an error message, quotes included. */
export function quote(value: unknown): string {
  const text = written(value);
  return text.length > 64 ? `${text.slice(0, 60)}…` : text;
}

function written(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'nothing';
  } catch {
    // What `JSON.parse` still reads can be nested deeper than `JSON.stringify` can follow.
    return 'a value nested too deeply';
  }
}
