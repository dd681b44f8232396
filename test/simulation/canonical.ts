/**
 * What an actor's state is, as text: equal for two states exactly if they hold the same. The order
 * of a map counts, since it is the order of what happened; what closures hide is looked at through
 * what they say.
 */
import type { TicketReader } from '../../src/actors/ticket-table.ts';

export function canonical(value: unknown): string {
  switch (typeof value) {
    case 'object':
      return value === null ? 'null' : ofObject(value);
    case 'function':
      return 'function';
    case 'bigint':
      return `${value}n`;
    default:
      return JSON.stringify(value) ?? 'undefined';
  }
}

function ofObject(value: object): string {
  if (value instanceof Map) return `map${list([...value])}`;
  if (value instanceof Set) return `set${list([...value])}`;
  if (Array.isArray(value)) return list(value);
  // Memory that is shared with jobs: what is in it is looked at through the table that it is of.
  if (value instanceof SharedArrayBuffer) return 'shared';
  if (ArrayBuffer.isView(value)) return `bytes${list([...(value as Uint8Array)])}`;
  if (isTickets(value)) return `tickets${list(ticketsOf(value))}`;
  if (isRanking(value)) return `ranking${list(value.page(1, value.size))}`;
  const fields = Object.entries(value)
    .filter(([, it]) => it !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, it]) => `${name}:${canonical(it)}`);
  return `{${fields.join()}}`;
}

function list(items: readonly unknown[]): string {
  return `[${items.map(canonical).join()}]`;
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
