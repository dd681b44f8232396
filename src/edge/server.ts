/**
 * An edge: everything from the bus, to any number of viewers. It holds nothing that it could not
 * get again: when it starts, and when the bus comes back, it asks every shard to publish anew.
 *
 *   bus ──> feed ──tick──> audience ──> sockets        http: page, health
 *             └────────── snapshot ──────> sessions ──> position ──> bus
 */
import { randomUUID } from 'node:crypto';
import type { Bus } from '../runtime/bus/bus.ts';
import type { Clock } from '../runtime/clock.ts';
import { createFeed } from './feed.ts';
import { serveHttp } from './http.ts';
import { type JsonText, quote } from './json.ts';
import { createPace } from './pace.ts';
import { askPosition } from './position.ts';
import { endings, errors } from './protocol.ts';
import { type Admission, serveSockets } from './sockets.ts';
import { listen, loadUws } from './uws.ts';

/** Faster than the eye follows a number, slow enough to merge a burst of bets. */
export const TICK_MS = 100;
export const HEARTBEAT_SECONDS = 5;

interface EdgeLog {
  info(message: string): void;
  warn(message: string): void;
}

export interface EdgeOptions extends Admission {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Where the built page is. Without it everything but the page works. */
  readonly pageDir: string;
  readonly tickMs?: number;
  readonly log: EdgeLog;
  /** Names this life of the edge; positions of another are not recovered. */
  readonly epoch?: string;
}

export interface Edge {
  readonly port: number;
  connections(): number;
  /** Tells clients to connect again, elsewhere, and stops listening. The bus stays open. */
  close(): Promise<void>;
}

/** @throws Error when the port is taken, or uWebSockets.js has no binary for this machine. */
export async function openEdge(options: EdgeOptions): Promise<Edge> {
  const { bus, clock, host, pageDir, tickMs = TICK_MS, log } = options;
  const uws = loadUws();
  const app = uws.App();
  const pace = createPace(tickMs);
  let staleSinceMs: number | undefined;

  const feed = createFeed({
    epoch: options.epoch ?? randomUUID().slice(0, 8),
    isRead: (channel) => sockets.audience.has(channel),
    tickMs: (channel) => pace.tickMs(channel),
  });
  const sockets = serveSockets(app, {
    admission: options,
    now: clock.now,
    source: {
      epoch: feed.epoch,
      open: feed.open,
      notice: () => (staleSinceMs === undefined ? undefined : stateText(staleSinceMs)),
      async rpc(method, data) {
        if (method === 'position') return askPosition(bus, data);
        return { ok: false, error: errors.methodNotFound(`method not found: ${quote(method)}`) };
      },
    },
  });
  serveHttp(app, {
    pageDir,
    health: () =>
      staleSinceMs === undefined ? { status: 'up' } : { status: 'stale', staleSince: staleSinceMs },
  });

  function tellAll(dataOf: (channel: string) => JsonText | undefined): void {
    for (const channel of [...sockets.audience.channels()]) {
      const data = dataOf(channel);
      if (data === undefined) continue;
      sockets.audience.tell({ kind: 'publication', channel, data, offset: undefined });
    }
  }

  function publish(): void {
    const beganMs = clock.now();
    const publications = feed.flush(beganMs);
    for (const [channel, { data, offset }] of publications) {
      sockets.audience.tell({ kind: 'publication', channel, data, offset });
    }
    if (publications.length > 0) pace.took(clock.now() - beganMs);
  }

  /** For the first that is due; what else is due by then goes out with it. */
  let wake: { readonly atMs: number; readonly cancel: () => void } | undefined;
  function wakeIn(dueMs: number | undefined): void {
    if (dueMs === undefined) return;
    const atMs = clock.now() + dueMs;
    if (wake !== undefined && wake.atMs <= atMs) return;
    wake?.cancel();
    const cancel = clock.after(dueMs, () => {
      wake = undefined;
      publish();
      wakeIn(feed.nextDueMs(clock.now()));
    });
    wake = { atMs, cancel };
  }

  const unsubscribe = ['furlong.races', 'furlong.odds.>', 'furlong.board.>'].map((pattern) =>
    bus.subscribe(pattern, ({ subject, bytes }) => {
      try {
        wakeIn(feed.absorb(subject, bytes, clock.now()));
      } catch (cause) {
        log.warn(`ignored ${bytes.length} bytes on ${subject}: ${String(cause)}`);
      }
    }),
  );
  bus.onLink((link) => {
    staleSinceMs = link === 'down' ? (staleSinceMs ?? clock.now()) : undefined;
    log[link === 'down' ? 'warn' : 'info'](`the bus is ${link}`);
    tellAll(() => stateText(staleSinceMs));
    if (link === 'up') bus.publish('furlong.refresh', new Uint8Array());
  });

  const stopTicks = every(clock, tickMs, sockets.audience.revisit);
  let seconds = 0;
  const stopSeconds = every(clock, 1000, () => {
    seconds += 1;
    sockets.beat();
    if (seconds % HEARTBEAT_SECONDS !== 0) return;
    const nowMs = clock.now();
    tellAll((channel) => feed.heartbeat(channel, nowMs));
  });

  async function close(): Promise<void> {
    for (const stop of [...unsubscribe, stopTicks, stopSeconds]) stop();
    wake?.cancel();
    sockets.end(endings.shutdown);
    app.close();
  }

  try {
    const port = await listen(uws, app, host, options.port);
    await bus.ready();
    bus.publish('furlong.refresh', new Uint8Array());
    log.info(`the edge listens on ${host}:${port}`);
    return { port, connections: sockets.count, close };
  } catch (failure) {
    await close();
    throw failure;
  }
}

function stateText(staleSinceMs: number | undefined): JsonText {
  return JSON.stringify(
    staleSinceMs === undefined
      ? { kind: 'state', stale: false }
      : { kind: 'state', stale: true, sinceMs: staleSinceMs },
  );
}

function every(clock: Clock, periodMs: number, work: () => void): () => void {
  let cancel = clock.after(periodMs, turn);
  function turn(): void {
    cancel = clock.after(periodMs, turn);
    work();
  }
  return () => cancel();
}
