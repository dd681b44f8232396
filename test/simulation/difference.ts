/**
 * Where two states of an actor differ. The order of a map counts, since it is the order of what
 * happened; what closures hide is looked at through what they say.
 */
import type { TicketReader } from '../../src/actors/ticket-table.ts';

/** The path to the first thing that is not the same; undefined where all is. */
export function differenceOf(a: unknown, b: unknown, path = ''): string | undefined {
  if (Object.is(a, b)) return undefined;
  if (typeof a === 'function' && typeof b === 'function') return undefined;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return `${path}: ${String(a)}, ${String(b)}`;
  }
  if (a instanceof Map && b instanceof Map) return ofLists([...a], [...b], path);
  if (a instanceof Set && b instanceof Set) return ofLists([...a], [...b], path);
  if (isList(a) && isList(b)) return ofLists(a, b, path);
  // Memory that is shared with jobs: what is in it is looked at through the table that it is of.
  if (a instanceof SharedArrayBuffer && b instanceof SharedArrayBuffer) return undefined;
  if (isTickets(a) && isTickets(b)) return ofLists(ticketsOf(a), ticketsOf(b), path);
  if (isRanking(a) && isRanking(b)) return ofLists(a.page(1, a.size), b.page(1, b.size), path);
  return ofFields(a as Fields, b as Fields, path);
}

type Fields = Readonly<Record<string, unknown>>;

function ofFields(a: Fields, b: Fields, path: string): string | undefined {
  for (const name in a) {
    const found = differenceOf(a[name], b[name], `${path}.${name}`);
    if (found !== undefined) return found;
  }
  for (const name in b) {
    if (b[name] !== undefined && a[name] === undefined)
      return `${path}.${name}: only in the second`;
  }
  return undefined;
}

function ofLists(a: ArrayLike<unknown>, b: ArrayLike<unknown>, path: string): string | undefined {
  if (a.length !== b.length) return `${path}: ${a.length} of them, ${b.length} of them`;
  for (let at = 0; at < a.length; at++) {
    const found = differenceOf(a[at], b[at], `${path}[${at}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isList(value: object): value is ArrayLike<unknown> {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}

function ticketsOf(tickets: TicketReader): unknown[] {
  return Array.from({ length: tickets.size }, (_, index) => tickets.at(index));
}

function isTickets(value: object): value is TicketReader {
  return 'selectionAt' in value && 'indexOf' in value;
}

function isRanking(value: object): value is {
  readonly size: number;
  page(fromRank: number, limit: number): readonly unknown[];
} {
  return 'rankOf' in value && 'page' in value;
}
