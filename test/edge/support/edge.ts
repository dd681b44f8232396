// A real edge on a free port, with a bus and a time that the test holds in its hands.
import { onTestFinished } from 'vitest';
import { type Edge, type EdgeOptions, openEdge, TICK_MS } from '../../../src/edge/server.ts';
import type { BusMessage } from '../../../src/runtime/bus/bus.ts';
import { createTurnedClock, type TurnedClock } from '../../support/turned-clock.ts';
import { createTestBus, type TestBus } from './bus.ts';
import { createQueue, type Queue } from './queue.ts';

export interface TestEdge extends Edge {
  readonly bus: TestBus;
  readonly clock: TurnedClock;
  readonly warnings: readonly string[];
  readonly http: string;
  readonly endpoint: string;
  /** Publishes, then lets one tick pass. */
  tell(...messages: readonly BusMessage[]): void;
}

export async function startEdge(options: Partial<EdgeOptions> = {}): Promise<TestEdge> {
  const bus = createTestBus();
  const clock = createTurnedClock();
  const warnings: string[] = [];
  const edge = await openEdge({
    bus,
    clock,
    host: '127.0.0.1',
    port: 0,
    pageDir: '/nowhere',
    log: { info: () => {}, warn: (message) => warnings.push(message) },
    ...options,
  });
  onTestFinished(() => edge.close());
  const authority = `127.0.0.1:${edge.port}`;
  return {
    ...edge,
    bus,
    clock,
    warnings,
    http: `http://${authority}`,
    endpoint: `ws://${authority}/connection/websocket`,
    tell(...messages) {
      for (const { subject, bytes } of messages) bus.publish(subject, bytes);
      clock.turn(TICK_MS);
    },
  };
}

export interface PlainClient {
  readonly lines: Queue<string>;
  send(frame: string | Uint8Array): void;
  /** Sends one line and awaits one. */
  ask(line: string): Promise<string>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

/** A WebSocket as any language has one: no library of the protocol. */
export async function plainClient(url: string, protocols: string[] = []): Promise<PlainClient> {
  const socket = new WebSocket(url, protocols);
  const lines = createQueue<string>();
  socket.onmessage = ({ data }) => {
    for (const line of String(data).split('\n')) lines.push(line);
  };
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.onclose = ({ code, reason }) => resolve({ code, reason });
  });
  await new Promise((resolve) => {
    socket.onopen = resolve;
  });
  onTestFinished(() => socket.close());
  return {
    lines,
    closed,
    send: (frame) => socket.send(frame),
    ask(line) {
      socket.send(line);
      return lines.next();
    },
  };
}
