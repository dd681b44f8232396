/** All that the page shows and all that a viewer can choose, as signals. */
import { computed, effect, type ReadonlySignal, signal, untracked } from '@preact/signals';
import { type Address, withAddress } from './address.ts';
import { createPositionAsker, type Standing } from './ask-position.ts';
import type { Connection } from './connection.ts';
import { type Feed, openFeed } from './feed.ts';
import type { Row, Table } from './rows.ts';
import type { ServerClock } from './server-clock.ts';
import type { BoardHead, BoardRow, OddsHead, OddsRow, Phase, RaceRow } from './shapes.ts';
import { NO_TRENDS, type Trends, trendsAfter, trendsSince } from './trend.ts';

/** Three heartbeats missed: the connection may look open and be dead. */
const SILENCE_MAX_MS = 15_000;
/** How long a move of a price or in the ranking is news. */
const ODDS_NEWS_MS = 20_000;
const RANK_NEWS_MS = 45_000;
const NEWS_CHECK_MS = 2_000;

/** Which race still takes, or will take, bets. */
const BEFORE_THE_OFF: ReadonlySet<Phase> = new Set(['declared', 'open', 'suspended']);

export type LinkState =
  | { readonly kind: 'connecting' | 'live' | 'closed' }
  | { readonly kind: 'reconnecting'; readonly sinceMs: number | undefined }
  | { readonly kind: 'stale'; readonly sinceMs: number };

export interface Live {
  readonly link: ReadonlySignal<LinkState>;
  readonly connect: () => void;
  readonly paused: ReadonlySignal<boolean>;
  readonly setPaused: (paused: boolean) => void;

  /** By the time of the off. Undefined until the first snapshot. */
  readonly races: ReadonlySignal<readonly RaceRow[] | undefined>;
  readonly race: ReadonlySignal<RaceRow | undefined>;
  /** Undefined while the page follows the next to go. */
  readonly picked: ReadonlySignal<string | undefined>;
  /** A race's id, or undefined to follow the next to go. */
  readonly pick: (race: string | undefined) => void;
  readonly odds: ReadonlySignal<Table<OddsHead, OddsRow> | undefined>;
  readonly oddsTrends: ReadonlySignal<Trends>;

  readonly board: ReadonlySignal<Table<BoardHead, BoardRow> | undefined>;
  readonly boardRefused: ReadonlySignal<boolean>;
  readonly boardTrends: ReadonlySignal<Trends>;
  readonly standing: ReadonlySignal<Standing>;
  readonly choosePlayer: (player: string | undefined) => void;
}

export function openLive(connection: Connection, clock: ServerClock, address: Address): Live {
  const paused = signal(false);
  const picked = signal(address.race);
  const racesFeed = openFeed<object, RaceRow>(connection, clock, 'races');
  const boardFeed = openFeed<BoardHead, BoardRow>(connection, clock, `board:${address.board}`);

  const liveRaces = computed(() => {
    const rows = racesFeed.table.value?.rows;
    return rows && [...rows.values()].sort(byOff);
  });
  const races = heldWhile(paused, liveRaces);
  const race = computed(() => {
    const all = races.value ?? [];
    return all.find(({ id }) => id === picked.value) ?? nextToGo(all);
  });

  const oddsFeed = signal<Feed<OddsHead, OddsRow> | undefined>(undefined);
  const raceId = computed(() => race.value?.id);
  effect(() => {
    const id = raceId.value;
    if (id === undefined) return;
    const feed = openFeed<OddsHead, OddsRow>(connection, clock, `odds:${id}`);
    oddsFeed.value = feed;
    return feed.close;
  });
  const odds = heldWhile(
    paused,
    computed(() => oddsFeed.value?.table.value),
  );
  const board = heldWhile(paused, boardFeed.table);

  const asker = createPositionAsker(connection, address.board);
  asker.choose(address.player);
  effect(() => {
    if (boardFeed.table.value) asker.refresh();
  });

  const link = computed((): LinkState => {
    switch (connection.link.value) {
      case 'connecting':
      case 'closed':
        return { kind: connection.link.value };
      case 'lost':
        return { kind: 'reconnecting', sinceMs: clock.heardMs.value };
      default: {
        const feeds = [racesFeed, boardFeed, oddsFeed.value];
        if (feeds.some((feed) => feed?.refused.value && feed.table.value)) {
          return { kind: 'reconnecting', sinceMs: clock.heardMs.value };
        }
        const since = feeds
          .map((feed) => feed?.staleSinceMs.value)
          .filter((ms) => ms !== undefined);
        if (since.length > 0) return { kind: 'stale', sinceMs: Math.min(...since) };
        const heardMs = clock.heardMs.value;
        const silent = heardMs !== undefined && (clock.now.value ?? 0) - heardMs > SILENCE_MAX_MS;
        return silent ? { kind: 'stale', sinceMs: heardMs } : { kind: 'live' };
      }
    }
  });
  effect(() => {
    if (connection.link.value !== 'connected') return;
    clock.forget();
    const greetedMs = connection.greetedMs();
    if (greetedMs !== undefined) clock.hear(greetedMs);
  });

  function pick(id: string | undefined): void {
    paused.value = false;
    picked.value = id;
    remember({ race: id });
  }

  return {
    link,
    connect: connection.connect,
    paused,
    setPaused(next) {
      paused.value = next;
    },
    races,
    race,
    picked,
    pick,
    odds,
    oddsTrends: trendsOf(odds, (head) => head.race, probableOf, ODDS_NEWS_MS),
    board,
    boardRefused: boardFeed.refused,
    boardTrends: trendsOf(
      board,
      (head) => head.tournament,
      ({ rank }) => rank,
      RANK_NEWS_MS,
    ),
    standing: asker.standing,
    choosePlayer(player) {
      asker.choose(player);
      remember({ player });
    },
  };
}

function remember(changes: Partial<Address>): void {
  history.replaceState(
    history.state,
    '',
    withAddress(location.search, changes) || location.pathname,
  );
}

function byOff(one: RaceRow, other: RaceRow): number {
  return one.offTimeMs - other.offTimeMs || (one.id < other.id ? -1 : 1);
}

/** The first that still takes bets, else the last of the day. Races are in the order of their offs. */
function nextToGo(races: readonly RaceRow[]): RaceRow | undefined {
  return races.find(({ phase }) => BEFORE_THE_OFF.has(phase)) ?? races.at(-1);
}

function probableOf(row: OddsRow): number | undefined {
  return 'runner' in row ? (row.probableHundredths ?? undefined) : undefined;
}

/** The source, standing still for as long as the viewer wants it to. */
function heldWhile<Value>(
  paused: ReadonlySignal<boolean>,
  source: ReadonlySignal<Value>,
): ReadonlySignal<Value> {
  let held = source.peek();
  return computed(() => {
    if (!paused.value) held = source.value;
    return held;
  });
}

/** Follows one value of each row; a table of something else (`scope`) starts anew. */
function trendsOf<Head, R extends Row>(
  table: ReadonlySignal<Table<Head, R> | undefined>,
  scope: (head: Head) => string,
  value: (row: R) => number | undefined,
  newsMs: number,
): ReadonlySignal<Trends> {
  const trends = signal(NO_TRENDS);
  let before: ReadonlyMap<string, number> = new Map();
  let beforeScope: string | undefined;
  effect(() => {
    const after = new Map<string, number>();
    for (const row of table.value?.rows.values() ?? []) {
      const it = value(row);
      if (it !== undefined) after.set(row.key, it);
    }
    const same = table.value !== undefined && scope(table.value.head) === beforeScope;
    const held = untracked(() => trends.value);
    const nowMs = performance.now();
    trends.value = same ? trendsAfter(held, before, after, { nowMs, newsMs }) : NO_TRENDS;
    before = after;
    beforeScope = table.value && scope(table.value.head);
  });
  setInterval(() => {
    trends.value = trendsSince(trends.value, performance.now() - newsMs);
  }, NEWS_CHECK_MS);
  return trends;
}
