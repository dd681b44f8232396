/**
 * One connection, as a state machine over a `door` that sends. It never throws at what a client
 * says: every command is answered once, or ends the connection with a code that says why.
 *
 *   fresh ──connect──> connected ──> ended
 *     └── anything else, or nothing for two beats ──> ended
 *
 * A subscription of a socket that fell behind is `lagging`: nothing more is sent for it until the
 * socket has drained; then the client is told to subscribe again, and gets a snapshot.
 */
import { createBudget } from './budget.ts';
import type { Opening, Position } from './channel.ts';
import { type JsonText, quote } from './json.ts';
import {
  type Codec,
  type Command,
  type Ending,
  endings,
  errors,
  type Frame,
  MalformedFrame,
  type ProtocolError,
  type Push,
  type Reply,
} from './protocol.ts';

/** A client sends names and positions, no content. */
export const FRAME_BYTES_MAX = 16 * 1024;
/** A page shows one race card, a few races and boards. */
export const SUBSCRIPTIONS_MAX = 64;
/** A reconnecting client sends connect and every subscribe at once, some of them twice. */
export const COMMANDS_BURST_MAX = 256;
export const COMMANDS_PER_SECOND_MAX = 32;
/** A question costs a shard a turn. */
export const RPC_BURST_MAX = 10;
export const RPC_PER_SECOND_MAX = 5;
/** As Centrifuge servers do: below the 30 to 60 s at which proxies drop what is silent. */
export const PING_SECONDS = 25;

/** What a session can do to its socket and its subscriptions. */
export interface Door {
  send(frame: Frame): void;
  /** Closes the socket; nothing is sent after it. */
  end(ending: Ending): void;
  join(channel: string): void;
  leave(channel: string): void;
}

/** What a session asks of the rest of the edge. */
export interface Source {
  readonly epoch: string;
  /** `undefined` for a channel that does not exist. */
  open(channel: string, since: Position | undefined): Opening | undefined;
  /** What subscribers must know besides the data: that it is stale, at present. */
  notice(): JsonText | undefined;
  rpc(method: string, data: unknown): Promise<Answer>;
}

export type Answer =
  | { readonly ok: true; readonly data: JsonText }
  | { readonly ok: false; readonly error: ProtocolError };

export interface Session {
  receive(frame: Uint8Array): void;
  /** To be called every PING_SECONDS. */
  beat(): void;
  /** The socket is too far behind for what `channel` publishes now. */
  lag(channel: string): void;
  /** The socket has drained. */
  caughtUp(): void;
  end(ending: Ending): void;
  /** The socket is gone: nothing may be sent any more. */
  closed(): void;
}

export function createSession(options: {
  /** Names the connection, to the client and in logs. */
  readonly client: string;
  readonly codec: Codec;
  readonly door: Door;
  readonly source: Source;
  readonly now: () => number;
  /** `false` for a client that asked for pings of the WebSocket protocol instead. */
  readonly pings: boolean;
}): Session {
  const { client, codec, door, source, now, pings } = options;
  const commandBudget = createBudget({
    burst: COMMANDS_BURST_MAX,
    perSecond: COMMANDS_PER_SECOND_MAX,
    now,
  });
  const rpcBudget = createBudget({ burst: RPC_BURST_MAX, perSecond: RPC_PER_SECOND_MAX, now });
  const subscriptions = new Map<string, 'live' | 'lagging'>();
  /** Channels whose client was told to come back for a snapshot. */
  const owed = new Set<string>();
  let state: 'fresh' | 'connected' | 'ended' = 'fresh';
  let beats = 0;
  let heard = true;

  function end(ending: Ending): void {
    if (state === 'ended') return;
    state = 'ended';
    door.end(ending);
  }

  function push(message: Push): void {
    door.send(codec.push(message));
  }

  function decode(frame: Uint8Array): readonly Command[] | Ending {
    if (frame.length > FRAME_BYTES_MAX) {
      return endings.tooBig(`frame of ${frame.length} bytes, at most ${FRAME_BYTES_MAX}`);
    }
    try {
      const commands = codec.decode(frame);
      if (commands.length === 0) return endings.badRequest('an empty frame');
      return commandBudget.take(commands.length) ? commands : endings.tooManyRequests;
    } catch (refusal) {
      if (refusal instanceof MalformedFrame) return endings.badRequest(refusal.message);
      throw refusal;
    }
  }

  /** @returns The reply, what ends the connection, or nothing (for now). */
  function handle(command: Command): Reply | Ending | undefined {
    if (command.kind === 'pong') return undefined;
    const { id } = command;
    if (command.kind === 'unavailable' && command.method === 'send') {
      return endings.badRequest('"send" is not available');
    }
    if (id === 0) return endings.badRequest(`${quote(command.kind)} without an id`);
    if (command.kind === 'connect') {
      if (state !== 'fresh') return endings.badRequest('already connected');
      state = 'connected';
      const pingSeconds = pings ? PING_SECONDS : 0;
      return { kind: 'connect', id, client, pingSeconds, serverTimeMs: now() };
    }
    if (state !== 'connected') return endings.badRequest(`${quote(command.kind)} before connect`);
    switch (command.kind) {
      case 'subscribe':
        return subscribe(id, command.channel, command.since);
      case 'unsubscribe':
        if (subscriptions.delete(command.channel)) door.leave(command.channel);
        return { kind: 'unsubscribe', id };
      case 'rpc':
        return ask(id, command.method, command.data);
      case 'ping':
        return { kind: 'ping', id };
      case 'unavailable':
        return refuse(id, errors.notAvailable(`${quote(command.method)} is not available`));
      case 'unknown':
        return refuse(id, errors.methodNotFound(`method not found: ${quote(command.method)}`));
      default:
        throw unreachable(command);
    }
  }

  function subscribe(id: number, channel: string, since: Position | undefined): Reply {
    if (subscriptions.has(channel)) {
      return refuse(id, errors.alreadySubscribed(`already subscribed to ${quote(channel)}`));
    }
    if (subscriptions.size >= SUBSCRIPTIONS_MAX) {
      return refuse(id, errors.limitExceeded(`more than ${SUBSCRIPTIONS_MAX} subscriptions`));
    }
    const opening = source.open(channel, owed.has(channel) ? undefined : since);
    if (!opening) return refuse(id, errors.unknownChannel(`unknown channel: ${quote(channel)}`));
    owed.delete(channel);
    subscriptions.set(channel, 'live');
    door.join(channel);
    const known = { epoch: source.epoch, wasRecovering: since !== undefined };
    const result =
      opening.kind === 'recovered'
        ? { ...known, recovered: true, offset: since?.offset ?? 0, missed: opening.missed }
        : { ...known, recovered: false, offset: opening.offset, missed: [] };
    const data = opening.kind === 'snapshot' ? opening.data : undefined;
    return { kind: 'subscribe', id, result: { ...result, data } };
  }

  function ask(id: number, method: string, data: unknown): Reply | undefined {
    if (!rpcBudget.take(1)) {
      return refuse(id, errors.tooManyRequests(`more than ${RPC_PER_SECOND_MAX} calls a second`));
    }
    source.rpc(method, data).then(
      (answer) => {
        if (state === 'ended') return;
        const reply: Reply = answer.ok
          ? { kind: 'rpc', id, data: answer.data }
          : refuse(id, answer.error);
        door.send(codec.replies([reply]));
      },
      () => end({ code: 3004, reason: 'internal server error' }),
    );
    return undefined;
  }

  return {
    receive(frame) {
      if (state === 'ended') return;
      heard = true;
      const commands = decode(frame);
      if ('code' in commands) return end(commands);
      const replies: Reply[] = [];
      for (const command of commands) {
        const outcome = handle(command);
        if (outcome && 'code' in outcome) return end(outcome);
        if (outcome) replies.push(outcome);
      }
      if (replies.length > 0) door.send(codec.replies(replies));
      const notice = source.notice();
      if (notice === undefined) return;
      for (const reply of commands) {
        if (reply.kind !== 'subscribe' || !subscriptions.has(reply.channel)) continue;
        push({ kind: 'publication', channel: reply.channel, data: notice, offset: undefined });
      }
    },

    beat() {
      beats += 1;
      if (state === 'fresh' && beats > 1) end(endings.stale);
      if (state !== 'connected' || !pings) return;
      if (!heard) return end(endings.noPong);
      heard = false;
      door.send(codec.ping);
    },

    lag(channel) {
      if (subscriptions.has(channel)) subscriptions.set(channel, 'lagging');
    },

    caughtUp() {
      for (const [channel, pace] of subscriptions) {
        if (pace === 'live') continue;
        subscriptions.delete(channel);
        owed.add(channel);
        push({ kind: 'unsubscribe', channel, end: endings.insufficientState });
      }
    },

    end,

    closed() {
      state = 'ended';
    },
  };
}

function refuse(id: number, error: ProtocolError): Reply {
  return { kind: 'error', id, error };
}

function unreachable(value: never): Error {
  return new Error(`a command of no known kind: ${quote(value)}`);
}
