/**
 * A channel as a table: what a snapshot begins and deltas carry on.
 *
 * Invariant: after any run of messages the table is what a fresh snapshot would hold at that
 * moment; a delta that arrives before any snapshot changes nothing. Tables are never changed in
 * place, and a row that no message touched stays the same object.
 */

export interface Row {
  readonly key: string;
}

export interface Table<Head, R extends Row> {
  readonly head: Head;
  readonly rows: ReadonlyMap<string, R>;
}

export type Message<Head, R extends Row> =
  | { readonly kind: 'snapshot'; readonly head: Head; readonly rows: readonly R[] }
  | {
      readonly kind: 'delta';
      readonly head?: Head;
      readonly upserts?: readonly R[];
      readonly removed?: readonly string[];
    }
  | {
      readonly kind: 'heartbeat';
      readonly serverTimeMs: number;
      readonly digest: string;
      readonly rows: number;
    }
  | { readonly kind: 'state'; readonly stale: boolean; readonly sinceMs?: number };

export function fold<Head, R extends Row>(
  table: Table<Head, R> | undefined,
  message: Message<Head, R>,
): Table<Head, R> | undefined {
  switch (message.kind) {
    case 'snapshot':
      return { head: message.head, rows: new Map(message.rows.map((row) => [row.key, row])) };
    case 'delta': {
      if (!table) return undefined;
      const rows = new Map(table.rows);
      for (const key of message.removed ?? []) rows.delete(key);
      for (const row of message.upserts ?? []) rows.set(row.key, row);
      return { head: message.head ?? table.head, rows };
    }
    default:
      // Heartbeats, states, and whatever a later edge may add, say nothing about rows.
      return table;
  }
}

const offsetBasis = 0x811c9dc5;
const prime = 0x01000193;
const utf8 = new TextEncoder();

/**
 * The fingerprint that a heartbeat carries, over what is held here: FNV-1a, 32 bits, over each row
 * as JSON with a line feed, in the order of the keys. Rows come with their members in the order of
 * their names, and parsing keeps it.
 */
export function digestOf(rows: ReadonlyMap<string, Row>): string {
  let hash = offsetBasis;
  for (const key of [...rows.keys()].sort()) {
    const line = utf8.encode(`${JSON.stringify(rows.get(key))}\n`);
    for (const byte of line) hash = Math.imul(hash ^ byte, prime);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}
