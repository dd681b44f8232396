/** Where in a log, as people type it: a time, a day, or positions of partitions. */
import type { Bound } from '../audit/bounds.ts';
import { UsageError } from './exit.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;
const POSITIONS = /^\d{1,4}:\d{1,15}(,\d{1,4}:\d{1,15})*$/;
const DAY_LENGTH = 'YYYY-MM-DD'.length;
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
  const atMs = DAY.test(text) ? dayMs(text) : timeMs(text);
  if (Number.isNaN(atMs)) {
    throw new UsageError(`${name} is ${JSON.stringify(text)}, but must be ${BOUND_HELP}`);
  }
  return { kind: 'time', atMs: DAY.test(text) && side === 'to' ? atMs + DAY_MS - 1 : atMs };
}

/** @throws UsageError */
export function parseDay(text: string, name: string): string {
  if (DAY.test(text) && !Number.isNaN(dayMs(text))) return text;
  throw new UsageError(`${name} is ${JSON.stringify(text)}, but must be a day, such as 2026-08-02`);
}

function timeMs(text: string): number {
  const isTime = TIME.test(text) && !Number.isNaN(dayMs(text.slice(0, DAY_LENGTH)));
  return isTime ? Date.parse(text) : Number.NaN;
}

/** NaN for no day: 31 June is read as 1 July. */
function dayMs(text: string): number {
  const atMs = Date.parse(`${text}T00:00:00Z`);
  const isDay = !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(text);
  return isDay ? atMs : Number.NaN;
}
