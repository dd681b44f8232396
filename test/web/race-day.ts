/**
 * A race day for the page: the real edge, on a bus where this file speaks as the shards would, and
 * behind a balancer, so that an edge may be stopped and another started under the page's eyes.
 * What was said last of each thing is said again whenever an edge asks.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { type Edge, openEdge } from '../../src/edge/server.ts';
import {
  BoardViewSchema,
  OddsViewSchema,
  PositionReplySchema,
  PositionRequestSchema,
  RaceViewSchema,
} from '../../src/gen/furlong/feed/v1/feed_pb.ts';
import type { Bus, BusMessage } from '../../src/runtime/bus/bus.ts';
import { createInProcessBus } from '../../src/runtime/bus/in-process.ts';
import { systemClock } from '../../src/runtime/clock.ts';

export type RaceInit = MessageInitShape<typeof RaceViewSchema> & { readonly raceId: string };
export type OddsInit = MessageInitShape<typeof OddsViewSchema> & { readonly raceId: string };
export type BoardInit = MessageInitShape<typeof BoardViewSchema> & {
  readonly tournamentId: string;
};
type PositionInit = MessageInitShape<typeof PositionReplySchema>;

export interface RaceDay {
  readonly url: string;
  /** Each gives its view the next version and the present time. */
  readonly race: (view: RaceInit) => void;
  readonly odds: (view: OddsInit) => void;
  readonly board: (view: BoardInit) => void;
  /** What the tournament's owner answers for a player; `undefined` when it has not entered. */
  readonly positions: (answer: (player: string) => PositionInit | undefined) => void;
  /** The edge loses or regains its bus. */
  readonly link: (state: 'up' | 'down') => void;
  readonly stopEdge: () => Promise<void>;
  /** Another edge: it knows nothing of positions that the last one gave. */
  readonly startEdge: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface RaceDayOptions {
  readonly pageDir: string;
  /** 0 for any that is free. */
  readonly port?: number;
  /** How far the server's clock is ahead of this machine's. */
  readonly aheadMs?: number;
}

export async function openRaceDay(options: RaceDayOptions): Promise<RaceDay> {
  const { pageDir, port = 0, aheadMs = 0 } = options;
  const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const said = new Map<string, BusMessage>();
  const linkListeners: ((link: 'up' | 'down') => void)[] = [];
  const inProcess = createInProcessBus({ post() {}, onMessage() {}, close() {} });
  const bus: Bus = { ...inProcess, onLink: (listener) => void linkListeners.push(listener) };
  let answer: (player: string) => PositionInit | undefined = () => undefined;
  let version = 0n;

  bus.subscribe('furlong.refresh', () => {
    for (const { subject, bytes } of said.values()) bus.publish(subject, bytes);
  });
  bus.respond('furlong.ask.position', (bytes) => {
    const { playerId } = fromBinary(PositionRequestSchema, bytes);
    const reply = { found: false, version, ...answer(playerId) };
    return toBinary(PositionReplySchema, create(PositionReplySchema, reply));
  });

  function say(about: string, message: BusMessage): void {
    said.set(about, message);
    bus.publish(message.subject, message.bytes);
  }

  function stamp(): { version: bigint; asOfMs: bigint } {
    version += 1n;
    return { version, asOfMs: BigInt(clock.now()) };
  }

  const log = { info() {}, warn: (message: string) => console.warn(message) };
  const open = () => openEdge({ bus, clock, host: '127.0.0.1', port: 0, pageDir, log });
  let edge: Edge | undefined = await open();
  const balancer = await openBalancer(port, () => edge?.port);

  async function stopEdge(): Promise<void> {
    await edge?.close();
    edge = undefined;
    linkListeners.length = 0;
  }

  return {
    url: `http://127.0.0.1:${balancer.port}/`,
    race(view) {
      const message = create(RaceViewSchema, { ...view, ...stamp() });
      const bytes = toBinary(RaceViewSchema, message);
      say(`race ${view.raceId}`, { subject: 'furlong.races', bytes });
    },
    odds(view) {
      const message = create(OddsViewSchema, { ...view, ...stamp() });
      const bytes = toBinary(OddsViewSchema, message);
      say(`odds ${view.raceId}`, { subject: `furlong.odds.${view.raceId}`, bytes });
    },
    board(view) {
      const message = create(BoardViewSchema, { ...view, ...stamp() });
      const bytes = toBinary(BoardViewSchema, message);
      say(`board ${view.tournamentId}`, { subject: `furlong.board.${view.tournamentId}`, bytes });
    },
    positions(next) {
      answer = next;
    },
    link(state) {
      for (const listener of linkListeners) listener(state);
    },
    stopEdge,
    async startEdge() {
      edge ??= await open();
    },
    async close() {
      balancer.close();
      await stopEdge();
      await bus.close();
    },
  };
}

interface Balancer {
  readonly port: number;
  readonly close: () => void;
}

/** Passes connections on to whichever edge there is, and refuses them while there is none. */
async function openBalancer(port: number, edgePort: () => number | undefined): Promise<Balancer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    const target = edgePort();
    if (target === undefined) {
      client.destroy();
      return;
    }
    const upstream = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    // A server that listens on a host and a port has such an address.
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
