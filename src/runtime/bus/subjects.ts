/**
 * Subjects and the patterns that select them, as NATS has them: tokens between dots, `*` for one
 * token, a last `>` for one or more.
 * Source: https://docs.nats.io/nats-concepts/subjects
 */

import { MESSAGE_BYTES_MAX } from './bus.ts';

const SUBJECT = /^[^\s.*>]+(\.[^\s.*>]+)*$/;
const PATTERN = /^(?:(?:[^\s.*>]+|\*)\.)*(?:[^\s.*>]+|\*|>)$/;

export type Matcher = (subject: string) => boolean;

/** @throws RangeError when the pattern is malformed. */
export function matcherOf(pattern: string): Matcher {
  checkPattern(pattern);
  if (!isWild(pattern)) return (subject) => subject === pattern;
  const wanted = pattern.split('.');
  const open = wanted.at(-1) === '>';
  const fixed = open ? wanted.slice(0, -1) : wanted;
  return (subject) => {
    const tokens = subject.split('.');
    if (open ? tokens.length <= fixed.length : tokens.length !== fixed.length) return false;
    return fixed.every((token, index) => token === '*' || token === tokens[index]);
  };
}

/** Whether the pattern may select more than the subject it spells. */
export function isWild(pattern: string): boolean {
  return pattern.includes('*') || pattern.endsWith('>');
}

export function checkPattern(pattern: string): void {
  if (!PATTERN.test(pattern)) throw new RangeError(`not a subject pattern: '${pattern}'`);
}

/** What every implementation refuses to send. */
export function checkMessage(subject: string, bytes: Uint8Array): void {
  if (!SUBJECT.test(subject)) throw new RangeError(`not a subject: '${subject}'`);
  if (bytes.byteLength > MESSAGE_BYTES_MAX) {
    const size = `${bytes.byteLength} bytes, over ${MESSAGE_BYTES_MAX}`;
    throw new RangeError(`message on ${subject} is too large: ${size}`);
  }
}
