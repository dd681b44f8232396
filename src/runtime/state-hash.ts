/**
 * One hash over what many actors look like, the same whatever the order they are told in, and whatever
 * the order in which their fields were made.
 */
import { hash as digest } from 'node:crypto';

export interface StateHash {
  /** What `JSON.stringify` would write of `picture` is hashed, with the fields of objects sorted. */
  add(address: string, version: number, picture: unknown): void;
  /** Hex SHA-256 of all that was added. */
  value(): string;
}

export function createStateHash(): StateHash {
  const lines: string[] = [];
  return {
    add(address, version, picture) {
      lines.push(`${address} ${version} ${digest('sha256', canonicalJson(picture), 'hex')}`);
    },
    value: () => digest('sha256', lines.sort().join('\n'), 'hex'),
  };
}

export function canonicalJson(value: unknown): string {
  // Through JSON first: fields that are undefined are no fields.
  return JSON.stringify(sorted(JSON.parse(JSON.stringify(value ?? null))));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, it]) => [name, sorted(it)]),
  );
}
