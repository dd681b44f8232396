/**
 * The bus of many processes: the only door to NATS. Plain publish and subscribe, no JetStream:
 * what must not be lost is in the log.
 *
 * Once there, the server is sought again for ever. Subscriptions outlive the link; what was
 * published and not confirmed is sent again (outgoing.ts has the bound); what others published
 * meanwhile is not had, and `onLink` is how to know.
 *
 * Listeners run while the client reads its socket, so nothing queues up in this process: a thread
 * that cannot keep up leaves the rest to the server, which cuts it off when 64 MiB wait (its
 * `max_pending`) or a write takes 10 s (`write_deadline`). Before that, `slow` is reported.
 */
import { connect, type NatsConnection, RequestError, TimeoutError } from '@nats-io/transport-node';
import { type Clock, systemClock } from '../clock.ts';
import { messageOf } from '../thrown.ts';
import type { Bus } from './bus.ts';
import { type BusStatus, createLinkedBus, type Link } from './linked.ts';
import { checkServer, type NatsAddress, parseNatsUrl } from './nats-server.ts';

export interface NatsOptions {
  /** `parseNatsUrl` has the forms. */
  readonly url: string;
  /** By which the server's own reports know this connection. */
  readonly name: string;
  readonly clock?: Clock;
  /** How long to keep trying when there is no server at the start; 0, the default, tries once. */
  readonly waitForServerMs?: number;
  /** Without it, a process warning. */
  readonly onStatus?: (status: BusStatus) => void;
}

const CONNECT_MAX_MS = 5_000;
const CLOSE_MAX_MS = 5_000;
const RETRY_MS = 500;

/** @throws Error that names the server when it cannot be reached or will not do. */
export async function openNatsBus(options: NatsOptions): Promise<Bus> {
  const { url, name, clock = systemClock, waitForServerMs = 0, onStatus = warn } = options;
  const address = parseNatsUrl(url);
  const connection = await connectWithin(waitForServerMs, { address, name, clock });
  try {
    checkServer(address.shown, connection.info);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return createLinkedBus(linkOver(connection, clock), { clock, onStatus });
}

interface Attempt {
  readonly address: NatsAddress;
  readonly name: string;
  readonly clock: Clock;
}

async function connectWithin(remainingMs: number, attempt: Attempt): Promise<NatsConnection> {
  const { address, name, clock } = attempt;
  try {
    return await connect({
      name,
      servers: address.server,
      ...address.credentials,
      ...(address.secure && { tls: {} }),
      timeout: CONNECT_MAX_MS,
      // A dead link is noticed within 45 s even when nobody closed it.
      pingInterval: 15_000,
      maxPingOut: 2,
      // The client's own default gives up after 20 s; nor may two refused passwords end it.
      maxReconnectAttempts: -1,
      ignoreAuthErrorAbort: true,
      reconnectTimeWait: RETRY_MS,
      reconnectJitter: RETRY_MS,
      noAsyncTraces: true,
    });
  } catch (cause) {
    if (remainingMs <= 0) {
      const why = messageOf(cause);
      throw new Error(`cannot connect to NATS at ${address.shown}: ${why}`, { cause });
    }
    await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
    return connectWithin(remainingMs - RETRY_MS, attempt);
  }
}

function linkOver(connection: NatsConnection, clock: Clock): Link {
  return {
    send: (subject, bytes) => connection.publish(subject, bytes),
    listen(pattern, listener) {
      const subscription = connection.subscribe(pattern, {
        callback(error, { subject, data, reply }) {
          // An error is told as a status, too, and heard there.
          if (!error) listener({ subject, bytes: data, reply: reply || undefined });
        },
      });
      return () => subscription.unsubscribe();
    },
    async request(subject, bytes, timeoutMs) {
      try {
        // The client takes 0 for its default.
        const timeout = Math.max(1, timeoutMs);
        const answer = await connection.request(subject, bytes, { timeout });
        return new Uint8Array(answer.data);
      } catch (error) {
        if (isNobody(error)) return undefined;
        throw error;
      }
    },
    flush: () => connection.flush(),
    changes: changesOf(connection),
    drain: () => drain(connection, clock),
    close: () => connection.close(),
  };
}

async function* changesOf(connection: NatsConnection): Link['changes'] {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') yield 'down';
    if (status.type === 'reconnect') yield 'up';
    if (status.type === 'error') yield status.error;
  }
  const error = await connection.closed();
  if (error) yield error;
}

function isNobody(error: unknown): boolean {
  return error instanceof TimeoutError || (error instanceof RequestError && error.isNoResponders());
}

/** The server may be as good as gone, so this does not wait for it for ever. */
function drain(connection: NatsConnection, clock: Clock): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const cancel = clock.after(CLOSE_MAX_MS, () => resolve(false));
  connection.drain().then(
    () => resolve(true),
    () => resolve(false),
  );
  return promise.finally(cancel);
}

function warn(status: BusStatus): void {
  if (status.kind === 'slow') process.emitWarning(`the bus is ${status.lagMs} ms behind`);
  else if (status.kind === 'lost') process.emitWarning(`the bus lost ${status.messages} messages`);
  else process.emitWarning(status.error);
}
