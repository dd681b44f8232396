/**
 * What is said on a connection, whichever way it is encoded: a subset of the Centrifuge client
 * protocol, version 2 (centrifugal.dev/docs/transports/client_protocol). The numbers are that
 * protocol's own, since its client libraries act on them.
 */
import type { Position, Publication } from './channel.ts';
import type { JsonText } from './json.ts';

export type Command =
  | { readonly kind: 'connect'; readonly id: number }
  | {
      readonly kind: 'subscribe';
      readonly id: number;
      readonly channel: string;
      readonly since: Position | undefined;
    }
  | { readonly kind: 'unsubscribe'; readonly id: number; readonly channel: string }
  | { readonly kind: 'rpc'; readonly id: number; readonly method: string; readonly data: unknown }
  | { readonly kind: 'ping'; readonly id: number }
  /** The answer to the server's ping: an empty command. */
  | { readonly kind: 'pong' }
  /** A method of the protocol that this server does not offer, such as `presence`. */
  | { readonly kind: 'unavailable'; readonly id: number; readonly method: string }
  | { readonly kind: 'unknown'; readonly id: number; readonly method: string };

export type Reply =
  | { readonly kind: 'error'; readonly id: number; readonly error: ProtocolError }
  | {
      readonly kind: 'connect';
      readonly id: number;
      readonly client: string;
      readonly pingSeconds: number;
      /** Tells the client how far its clock is off. */
      readonly serverTimeMs: number;
    }
  | { readonly kind: 'subscribe'; readonly id: number; readonly result: Subscribed }
  | { readonly kind: 'unsubscribe'; readonly id: number }
  | { readonly kind: 'rpc'; readonly id: number; readonly data: JsonText }
  | { readonly kind: 'ping'; readonly id: number };

export interface Subscribed {
  readonly epoch: string;
  /** Where the client stands before `missed`, or after `data`. */
  readonly offset: number;
  readonly wasRecovering: boolean;
  readonly recovered: boolean;
  readonly missed: readonly Publication[];
  readonly data: JsonText | undefined;
}

export type Push =
  /** Without an offset the client's position stays where it is. */
  | {
      readonly kind: 'publication';
      readonly channel: string;
      readonly data: JsonText;
      readonly offset: number | undefined;
    }
  | { readonly kind: 'unsubscribe'; readonly channel: string; readonly end: Ending };

export interface ProtocolError {
  readonly code: number;
  readonly message: string;
  /** Whether the client should ask again after a while. */
  readonly temporary: boolean;
}

/** The code and reason of a closed connection, or of a subscription that the server ends. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
}

export const errors = {
  internal: (message: string) => ({ code: 100, message, temporary: true }),
  unknownChannel: (message: string) => ({ code: 102, message, temporary: false }),
  methodNotFound: (message: string) => ({ code: 104, message, temporary: false }),
  alreadySubscribed: (message: string) => ({ code: 105, message, temporary: false }),
  limitExceeded: (message: string) => ({ code: 106, message, temporary: false }),
  badRequest: (message: string) => ({ code: 107, message, temporary: false }),
  notAvailable: (message: string) => ({ code: 108, message, temporary: false }),
  tooManyRequests: (message: string) => ({ code: 111, message, temporary: true }),
} satisfies Record<string, (message: string) => ProtocolError>;

/** Below 3500 a client library connects again by itself; from 3500 on it does not. */
export const endings = {
  tooBig: (reason: string) => ({ code: 1009, reason }),
  shutdown: { code: 3001, reason: 'shutdown' },
  slow: { code: 3008, reason: 'slow' },
  noPong: { code: 3012, reason: 'no pong' },
  tooManyRequests: { code: 3013, reason: 'too many requests' },
  badRequest: (reason: string) => ({ code: 3501, reason: `bad request: ${reason}` }),
  stale: { code: 3502, reason: 'stale' },
  /** Of a subscription. From 2500 on a client library subscribes again by itself. */
  insufficientState: { code: 2500, reason: 'insufficient state' },
} satisfies Record<string, Ending | ((reason: string) => Ending)>;

/** What a socket carries in one message: text for JSON, bytes for Protobuf. */
export type Frame = string | Uint8Array;

export interface Codec {
  readonly name: 'json' | 'protobuf';
  readonly ping: Frame;
  /** @throws MalformedFrame for anything but whole commands. */
  decode(frame: Uint8Array): readonly Command[];
  replies(replies: readonly Reply[]): Frame;
  push(push: Push): Frame;
}

export class MalformedFrame extends Error {
  override readonly name = 'MalformedFrame';
}

/** Known to the protocol and to its client libraries, not offered here. */
export const unavailableMethods = [
  'publish',
  'presence',
  'presence_stats',
  'history',
  'send',
  'refresh',
  'sub_refresh',
] as const;
