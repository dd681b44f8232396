// A channel as a page keeps it: what a snapshot and the deltas after it add up to.
import type { Row } from '../../../src/edge/json.ts';

export interface Table {
  readonly rows: Map<string, Row>;
  apply(text: string): void;
}

interface Told {
  readonly kind: 'snapshot' | 'delta';
  readonly rows?: readonly Row[];
  readonly upserts?: readonly Row[];
  readonly removed?: readonly string[];
}

export function createTable(): Table {
  const rows = new Map<string, Row>();
  return {
    rows,
    apply(text) {
      const told = JSON.parse(text) as Told;
      if (told.kind === 'snapshot') rows.clear();
      for (const key of told.removed ?? []) rows.delete(key);
      for (const row of told.rows ?? told.upserts ?? []) rows.set(row.key, row);
    },
  };
}

/** The digest as docs/EDGE.md tells a page to compute it, written apart from the edge's own. */
export function digestOnPage(rows: Iterable<Row>): string {
  const texts = [...rows]
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map((row) => JSON.stringify(row));
  let hash = 2166136261n;
  for (const byte of new TextEncoder().encode(texts.map((text) => `${text}\n`).join(''))) {
    hash = ((hash ^ BigInt(byte)) * 16777619n) % 2n ** 32n;
  }
  return hash.toString(16).padStart(8, '0');
}
