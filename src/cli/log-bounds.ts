/** Where in a log, as people type it: a time, a day, or positions of partitions. */
import type { Bound } from '../audit/bounds.ts';
import { UsageError } from './exit.ts';
import { dayMs, isDay, timeMs } from './times.ts';

const POSITIONS = /^\d{1,4}:\d{1,15}(,\d{1,4}:\d{1,15})*$/;
const DAY_MS = 86_400_000;

export const BOUND_HELP =
  'a time (2026-11-21T17:45:00Z), a day (2026-11-21, UTC), or positions (0:1200,1:985)';

/**
 * @param side Of a day, its first or its last millisecond.
 * @throws UsageError
 */
export function parseBound(text: string, name: string, side: 'from' | 'to'): Bound {
  if (POSITIONS.test(text)) {
    const pairs = text.split(',').map((one) => one.split(':').map(Number));
    const positions = new Map(pairs.map(([partition = 0, position = 0]) => [partition, position]));
    if (positions.size === pairs.length) return { kind: 'positions', positions };
    throw new UsageError(`${name} is ${JSON.stringify(text)}, but names a partition twice`);
  }
  const atMs = isDay(text) ? dayMs(text) : timeMs(text);
  if (Number.isNaN(atMs)) {
    throw new UsageError(`${name} is ${JSON.stringify(text)}, but must be ${BOUND_HELP}`);
  }
  return { kind: 'time', atMs: isDay(text) && side === 'to' ? atMs + DAY_MS - 1 : atMs };
}
