/**
 * What a NATS server must be, and the address of one. Credentials given in the address are used
 * and never shown.
 */

import { MESSAGE_BYTES_MAX } from './bus.ts';

/** What Debian 12 has, and the oldest the tests were run against. */
const VERSION_MIN = [2, 9, 10] as const;

export interface NatsAddress {
  /** `host:port`, as the client wants it. */
  readonly server: string;
  /** For people: the address without credentials. */
  readonly shown: string;
  readonly credentials: { readonly user?: string; readonly pass?: string; readonly token?: string };
  readonly secure: boolean;
}

/**
 * @param url `nats://host:4222`, `nats://user:password@host`, `nats://token@host` or `tls://host`.
 * @throws RangeError when it is none of these.
 */
export function parseNatsUrl(url: string): NatsAddress {
  const parsed = URL.parse(url);
  if (!parsed?.hostname || !['nats:', 'tls:'].includes(parsed.protocol)) {
    throw new RangeError('not the address of a NATS server, such as nats://127.0.0.1:4222');
  }
  const server = `${parsed.hostname}:${parsed.port || 4222}`;
  return {
    server,
    shown: `${parsed.protocol}//${server}`,
    credentials: credentialsOf(
      decodeURIComponent(parsed.username),
      decodeURIComponent(parsed.password),
    ),
    secure: parsed.protocol === 'tls:',
  };
}

function credentialsOf(user: string, pass: string): NatsAddress['credentials'] {
  if (pass !== '') return { user, pass };
  return user === '' ? {} : { token: user };
}

/** @throws Error that says what about the server will not do. */
export function checkServer(
  shown: string,
  info: { readonly version: string; readonly max_payload: number } | undefined,
): void {
  if (!info) throw new Error(`the NATS server at ${shown} went away at once`);
  if (isBefore(info.version)) {
    const needed = VERSION_MIN.join('.');
    throw new Error(`the NATS server at ${shown} is ${info.version}, older than ${needed}`);
  }
  if (info.max_payload < MESSAGE_BYTES_MAX) {
    const limits = `max_payload ${info.max_payload}, under ${MESSAGE_BYTES_MAX}`;
    throw new Error(`the NATS server at ${shown} takes too small messages: ${limits}`);
  }
}

function isBefore(version: string): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10));
  for (const [index, least] of VERSION_MIN.entries()) {
    const part = parts[index] ?? 0;
    if (part !== least) return !(part > least);
  }
  return false;
}
