/**
 * One channel: keyed rows, and the numbered deltas that lead to them.
 *
 * Applying a snapshot and every delta after it, in order, gives the same rows as any later
 * snapshot. Offsets run from 1 without a gap. A recovery is all that was missed or nothing.
 * Between two flushes views are merged: only the last of each scope counts.
 *
 *   view ──absorb──> waiting ──flush──> rows, history ──open──> snapshot | missed deltas
 */
import { digestOf } from './digest.ts';
import type { JsonObject, JsonText } from './json.ts';
import type { View } from './views.ts';

/** 25 seconds at ten ticks a second: longer than a phone takes to change networks. */
export const HISTORY_DELTAS_MAX = 256;
/** Beyond this a snapshot is cheaper than what was missed. */
export const HISTORY_LENGTH_MAX = 1_000_000;
/** Rows of a channel that many scopes share: some days of races. The longest unchanged goes. */
export const ROWS_MAX = 512;

export interface Position {
  readonly epoch: string;
  readonly offset: number;
}

export interface Publication {
  readonly offset: number;
  readonly data: JsonText;
}

/** What a new subscriber gets: the deltas since its position, or everything. */
export type Opening =
  | { readonly kind: 'recovered'; readonly missed: readonly Publication[] }
  | { readonly kind: 'snapshot'; readonly offset: number; readonly data: JsonText };

export interface Channel {
  /** Takes a view in until the next flush; `false` for one not newer than what is held. */
  absorb(view: View): boolean;
  /** What the views since the last flush changed; `undefined` when nothing a client would see. */
  flush(): Publication | undefined;
  open(since?: Position): Opening;
  heartbeat(serverTimeMs: number): JsonText;
}

export function createChannel(epoch: string): Channel {
  const waiting = new Map<string, View>();
  const versions = new Map<string, bigint>();
  /** Canonical text by key, the longest unchanged first. */
  const rows = new Map<string, JsonText>();
  let head: JsonText = '{}';
  let visibleHead: JsonText = '{}';
  let history: Publication[] = [];
  let historyLength = 0;
  let offset = 0;
  let snapshot: JsonText | undefined;

  function put(view: View, changed: Map<string, JsonText | undefined>): void {
    for (const row of view.rows) {
      const text = JSON.stringify(row);
      if (rows.get(row.key) === text) continue;
      rows.delete(row.key);
      rows.set(row.key, text);
      changed.set(row.key, text);
    }
    if (view.whole) {
      const kept = new Set(view.rows.map((row) => row.key));
      for (const key of [...rows.keys()].filter((held) => !kept.has(held))) drop(key, changed);
      return;
    }
    for (const key of [...rows.keys()].slice(0, Math.max(0, rows.size - ROWS_MAX))) {
      drop(key, changed);
      versions.delete(key);
    }
  }

  function drop(key: string, changed: Map<string, JsonText | undefined>): void {
    rows.delete(key);
    changed.set(key, undefined);
  }

  function remember(publication: Publication): void {
    history.push(publication);
    historyLength += publication.data.length;
    let forgotten = 0;
    for (const oldest of history) {
      const kept = history.length - forgotten;
      if (kept <= HISTORY_DELTAS_MAX && historyLength <= HISTORY_LENGTH_MAX) break;
      historyLength -= oldest.data.length;
      forgotten += 1;
    }
    if (forgotten > 0) history = history.slice(forgotten);
  }

  return {
    absorb(view) {
      const held = versions.get(view.scope);
      if (held !== undefined && view.version <= held) return false;
      versions.set(view.scope, view.version);
      waiting.set(view.scope, view);
      return true;
    },

    flush() {
      if (waiting.size === 0) return undefined;
      const changed = new Map<string, JsonText | undefined>();
      for (const view of waiting.values()) {
        put(view, changed);
        head = JSON.stringify(view.head);
      }
      const seen = visible([...waiting.values()].at(-1)?.head ?? {});
      waiting.clear();
      snapshot = undefined;

      const headChanged = seen !== visibleHead;
      visibleHead = seen;
      if (changed.size === 0 && !headChanged) return undefined;
      offset += 1;
      const publication = { offset, data: delta(seen === '{}' ? undefined : head, changed) };
      remember(publication);
      return publication;
    },

    open(since) {
      if (since?.epoch === epoch && since.offset <= offset) {
        const missing = offset - since.offset;
        if (missing <= history.length) {
          return { kind: 'recovered', missed: history.slice(history.length - missing) };
        }
      }
      snapshot ??= `{"kind":"snapshot","head":${head},"rows":[${[...rows.values()].join(',')}]}`;
      return { kind: 'snapshot', offset, data: snapshot };
    },

    heartbeat(serverTimeMs) {
      return JSON.stringify({
        kind: 'heartbeat',
        serverTimeMs,
        digest: digestOf(rows),
        rows: rows.size,
      });
    },
  };
}

/** Of a head, what is worth a delta of its own: not the time and the version, which always move. */
function visible({ asOfMs: _, version: __, ...head }: JsonObject): JsonText {
  return JSON.stringify(head);
}

function delta(
  head: JsonText | undefined,
  changed: ReadonlyMap<string, JsonText | undefined>,
): JsonText {
  const upserts: JsonText[] = [];
  const removed: string[] = [];
  for (const [key, text] of changed) {
    if (text === undefined) removed.push(key);
    else upserts.push(text);
  }
  const start = head === undefined ? '{"kind":"delta"' : `{"kind":"delta","head":${head}`;
  return `${start},"upserts":[${upserts.join(',')}],"removed":${JSON.stringify(removed)}}`;
}
