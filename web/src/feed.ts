/**
 * One channel, followed: its table as it stands, and whether the edge vouches for it.
 *
 * Invariant: a table that a heartbeat shows to differ from the edge's is replaced by a new
 * snapshot; until that comes the old one stays on screen.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Connection } from './connection.ts';
import { digestOf, fold, type Message, type Row, type Table } from './rows.ts';
import type { ServerClock } from './server-clock.ts';

/** A page that cannot agree with its edge must not spend the edge's time on snapshots. */
const RENEWAL_PAUSE_MS = 30_000;

export interface Feed<Head, R extends Row> {
  /** Undefined until the first snapshot. */
  readonly table: ReadonlySignal<Table<Head, R> | undefined>;
  /** Server time since which the edge has been cut off from its source; undefined while it is not. */
  readonly staleSinceMs: ReadonlySignal<number | undefined>;
  readonly refused: ReadonlySignal<boolean>;
  readonly close: () => void;
}

export function openFeed<Head, R extends Row>(
  connection: Connection,
  clock: ServerClock,
  name: string,
): Feed<Head, R> {
  const table = signal<Table<Head, R> | undefined>(undefined);
  const staleSinceMs = signal<number | undefined>(undefined);
  const refused = signal(false);
  let renewedAtMs = Number.NEGATIVE_INFINITY;

  function take(data: unknown): void {
    // The edge that served this page sends nothing else on this channel.
    const message = data as Message<Head, R>;
    table.value = fold(table.value, message);
    if (message.kind === 'heartbeat') {
      clock.hear(message.serverTimeMs);
      compare(message.digest);
    }
    if (message.kind === 'state') {
      staleSinceMs.value = message.stale ? (message.sinceMs ?? clock.now.value ?? 0) : undefined;
    }
  }

  function compare(digest: string): void {
    if (!table.value || digestOf(table.value.rows) === digest) return;
    if (performance.now() - renewedAtMs < RENEWAL_PAUSE_MS) return;
    renewedAtMs = performance.now();
    channel.renew();
  }

  const channel = connection.subscribe(name, {
    subscribed(data) {
      refused.value = false;
      // Whoever is cut off says so again after this.
      staleSinceMs.value = undefined;
      if (data !== undefined) take(data);
    },
    published: take,
    refused() {
      refused.value = true;
    },
  });

  return { table, staleSinceMs, refused, close: channel.close };
}
