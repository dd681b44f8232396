/**
 * The WebSocket endpoint: admits connections, gives each a session, and keeps every C++ socket
 * from being touched once it is closed.
 *
 * Work in `upgrade` is synchronous, and a message's bytes are read before its handler returns:
 * both are rules of uWebSockets.js that end the process when broken.
 */
import { type Audience, createAudience, type Listener, topicOf } from './audience.ts';
import { sendText } from './http.ts';
import { quote } from './json.ts';
import { isOriginAllowed } from './origin.ts';
import { type Codec, type Ending, endings } from './protocol.ts';
import { jsonCodec } from './protocol-json.ts';
import { protobufCodec } from './protocol-protobuf.ts';
import {
  createSession,
  FRAME_BYTES_MAX,
  PING_SECONDS,
  type Session,
  type Source,
} from './session.ts';
import type { App, Socket } from './uws.ts';

/** Memory: some kilobytes each. */
export const CONNECTIONS_MAX = 10_000;
/** Many viewers share an address behind a carrier's or a company's gateway. */
export const CONNECTIONS_PER_ADDRESS_MAX = 2000;
/** A socket with this much waiting gets no more answers: it is closed. */
export const BACKLOG_BYTES_HARD_MAX = 8 * 1024 * 1024;
/** Without a sign of life, a ping of the WebSocket protocol included. */
export const IDLE_SECONDS_MAX = 60;

export interface Admission {
  /** Origins whose pages may connect; absent, loopback alone. */
  readonly origins?: readonly string[] | undefined;
  readonly connectionsMax?: number | undefined;
  readonly connectionsPerAddressMax?: number | undefined;
}

export interface Sockets {
  readonly audience: Audience;
  /** To be called every second: each connection's turn comes once in PING_SECONDS. */
  beat(): void;
  count(): number;
  end(ending: Ending): void;
}

interface Connection {
  readonly address: string;
  readonly codec: Codec;
  readonly pings: boolean;
  session: Session | undefined;
  listener: Listener | undefined;
  slot: Set<Session>;
}

export function serveSockets(
  app: App,
  options: { source: Source; admission: Admission; now: () => number },
): Sockets {
  const { source, now } = options;
  const { origins, connectionsMax = CONNECTIONS_MAX } = options.admission;
  const { connectionsPerAddressMax = CONNECTIONS_PER_ADDRESS_MAX } = options.admission;
  const audience = createAudience((topic, frame) => {
    app.publish(topic, frame, typeof frame !== 'string');
  });
  const sessions = new Set<Session>();
  const perAddress = new Map<string, number>();
  const slots = Array.from({ length: PING_SECONDS }, () => new Set<Session>());
  let opened = 0;
  let second = 0;

  function open(socket: Socket<Connection>): void {
    const connection = socket.getUserData();
    const { address, codec, pings } = connection;
    opened += 1;
    const door = {
      send: (frame: string | Uint8Array) => {
        socket.send(frame, typeof frame !== 'string');
      },
      end: ({ code, reason }: Ending) => {
        socket.end(code, closeReason(reason));
      },
      join: (channel: string) => {
        socket.subscribe(topicOf(codec, channel));
        audience.join(listener, channel);
      },
      leave: (channel: string) => {
        socket.unsubscribe(topicOf(codec, channel));
        audience.leave(listener, channel);
      },
    };
    const client = `${source.epoch}-${opened}`;
    const session = createSession({ client, codec, door, source, now, pings });
    const listener: Listener = {
      codec,
      backlogBytes: () => socket.getBufferedAmount(),
      lag: (channel) => {
        socket.unsubscribe(topicOf(codec, channel));
        session.lag(channel);
      },
      caughtUp: () => session.caughtUp(),
    };
    connection.session = session;
    connection.listener = listener;
    // The slot that was just visited: a full round until its first turn.
    connection.slot = slots[second % slots.length] ?? connection.slot;
    connection.slot.add(session);
    sessions.add(session);
    perAddress.set(address, (perAddress.get(address) ?? 0) + 1);
  }

  function close(connection: Connection): void {
    const { address, listener, session } = connection;
    if (!session || !listener) return;
    session.closed();
    audience.gone(listener);
    connection.slot.delete(session);
    sessions.delete(session);
    const others = (perAddress.get(address) ?? 1) - 1;
    if (others > 0) perAddress.set(address, others);
    else perAddress.delete(address);
  }

  app.ws<Connection>('/connection/websocket', {
    // Ours is checked first and says why; this one only bounds what is buffered for it.
    maxPayloadLength: 4 * FRAME_BYTES_MAX,
    maxBackpressure: 2 * BACKLOG_BYTES_HARD_MAX,
    closeOnBackpressureLimit: true,
    idleTimeout: IDLE_SECONDS_MAX,
    sendPingsAutomatically: true,

    upgrade(response, request, context) {
      const origin = request.getHeader('origin');
      if (!isOriginAllowed(origin, origins)) {
        return sendText(response, '403 Forbidden', `origin ${quote(origin)} is not allowed\n`);
      }
      const address = Buffer.from(response.getRemoteAddressAsText()).toString();
      if ((perAddress.get(address) ?? 0) >= connectionsPerAddressMax) {
        const text = `more than ${connectionsPerAddressMax} connections from ${address}\n`;
        return sendText(response, '429 Too Many Requests', text);
      }
      if (sessions.size >= connectionsMax) {
        const text = `more than ${connectionsMax} connections\n`;
        return sendText(response, '503 Service Unavailable', text);
      }
      const offered = request.getHeader('sec-websocket-protocol').split(/\s*,\s*/);
      const protocol = offered.find((name) => /^centrifuge-(json|protobuf)$/.test(name)) ?? '';
      const connection: Connection = {
        address,
        codec: protocol === 'centrifuge-protobuf' ? protobufCodec : jsonCodec,
        pings: request.getQuery('cf_ws_frame_ping_pong') !== 'true',
        session: undefined,
        listener: undefined,
        slot: new Set(),
      };
      const key = request.getHeader('sec-websocket-key');
      const extensions = request.getHeader('sec-websocket-extensions');
      response.upgrade(connection, key, protocol, extensions, context);
    },
    open,
    message(socket, message) {
      const { session } = socket.getUserData();
      if (socket.getBufferedAmount() > BACKLOG_BYTES_HARD_MAX) session?.end(endings.slow);
      else session?.receive(new Uint8Array(message));
    },
    close: (socket) => close(socket.getUserData()),
  });

  return {
    audience,
    beat() {
      second += 1;
      for (const session of [...(slots[second % slots.length] ?? [])]) session.beat();
    },
    count: () => sessions.size,
    end(ending) {
      for (const session of [...sessions]) session.end(ending);
    },
  };
}

/** At most the 123 bytes a close frame holds, and never half a character. */
function closeReason(reason: string): string {
  let kept = reason.slice(0, 123);
  while (Buffer.byteLength(kept) > 123) kept = kept.slice(0, -1);
  return kept.toWellFormed();
}
