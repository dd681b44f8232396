/**
 * The JSON encoding: one command, reply or push a line. Replies to one frame come in one frame,
 * in the order of the commands; a push is a frame of its own.
 */
import type { Position } from './channel.ts';
import { type JsonText, quote } from './json.ts';
import {
  type Codec,
  type Command,
  MalformedFrame,
  type Push,
  type Reply,
  type Subscribed,
  unavailableMethods,
} from './protocol.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

export const jsonCodec: Codec = {
  name: 'json',
  ping: '{}',
  decode: (frame) =>
    textOf(frame)
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => commandOf(parse(line))),
  replies: (replies) => replies.map(replyText).join('\n'),
  push: (push) => `{"push":{"channel":${JSON.stringify(push.channel)},${pushText(push)}}}`,
};

type Fields = Readonly<Record<string, unknown>>;

function textOf(frame: Uint8Array): string {
  try {
    return utf8.decode(frame);
  } catch {
    throw new MalformedFrame(`${frame.length} bytes that are not UTF-8`);
  }
}

function parse(line: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new MalformedFrame(`${quote(line)} is not JSON`);
  }
  return fieldsOf(value, 'a command');
}

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MalformedFrame(`${what} must be an object, not ${quote(value)}`);
  }
  return value as Fields;
}

function commandOf(fields: Fields): Command {
  const { id = 0, ...rest } = fields;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0 || id > 0xffff_ffff) {
    throw new MalformedFrame(`id must be a whole number, not ${quote(id)}`);
  }
  const methods = Object.keys(rest);
  const [method] = methods;
  if (method === undefined && id === 0) return { kind: 'pong' };
  if (method === undefined || methods.length > 1) {
    throw new MalformedFrame(`a command names one method, not ${quote(methods)}`);
  }
  const parameters = fieldsOf(rest[method], method);
  switch (method) {
    case 'connect':
    case 'ping':
      return { kind: method, id };
    case 'subscribe':
      return { kind: method, id, channel: text(parameters, 'channel'), since: since(parameters) };
    case 'unsubscribe':
      return { kind: method, id, channel: text(parameters, 'channel') };
    case 'rpc':
      return { kind: method, id, method: text(parameters, 'method'), data: parameters.data };
    default: {
      const known = unavailableMethods.some((name) => name === method);
      return { kind: known ? 'unavailable' : 'unknown', id, method };
    }
  }
}

function text(parameters: Fields, name: string): string {
  const value = parameters[name] ?? '';
  if (typeof value === 'string') return value;
  throw new MalformedFrame(`${name} must be text, not ${quote(value)}`);
}

function since(parameters: Fields): Position | undefined {
  if (parameters.recover !== true) return undefined;
  const offset = parameters.offset ?? 0;
  if (typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0) {
    throw new MalformedFrame(`offset must be a whole number, not ${quote(offset)}`);
  }
  return { epoch: text(parameters, 'epoch'), offset };
}

function replyText(reply: Reply): JsonText {
  return `{"id":${reply.id},${resultText(reply)}}`;
}

function resultText(reply: Reply): JsonText {
  switch (reply.kind) {
    case 'error':
      return `"error":${JSON.stringify(reply.error)}`;
    case 'connect': {
      const { client, pingSeconds, serverTimeMs } = reply;
      const data = { serverTimeMs };
      const keepalive = pingSeconds > 0 ? { ping: pingSeconds, pong: true } : {};
      return `"connect":${JSON.stringify({ client, version: 'furlong', data, ...keepalive })}`;
    }
    case 'subscribe':
      return `"subscribe":${subscribedText(reply.result)}`;
    case 'rpc':
      return `"rpc":{"data":${reply.data}}`;
    case 'unsubscribe':
    case 'ping':
      return `"${reply.kind}":{}`;
    default:
      throw unreachable(reply);
  }
}

function subscribedText(result: Subscribed): JsonText {
  const { epoch, offset, wasRecovering, recovered, missed, data } = result;
  const parts = [
    `"recoverable":true,"positioned":true,"epoch":${JSON.stringify(epoch)},"offset":${offset}`,
  ];
  if (wasRecovering) parts.push('"was_recovering":true', `"recovered":${recovered}`);
  if (missed.length > 0) {
    const publications = missed.map((one) => publicationText(one.data, one.offset));
    parts.push(`"publications":[${publications.join(',')}]`);
  }
  if (data !== undefined) parts.push(`"data":${data}`);
  return `{${parts.join(',')}}`;
}

function publicationText(data: JsonText, offset: number | undefined): JsonText {
  return offset === undefined ? `{"data":${data}}` : `{"data":${data},"offset":${offset}}`;
}

function pushText(push: Push): JsonText {
  if (push.kind === 'publication') return `"pub":${publicationText(push.data, push.offset)}`;
  return `"unsubscribe":${JSON.stringify(push.end)}`;
}

function unreachable(value: never): Error {
  return new Error(`a reply of no known kind: ${quote(value)}`);
}
