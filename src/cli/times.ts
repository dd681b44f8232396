/** Days and times as people type and read them. Written in UTC; typed with any offset. */
import { type Timestamp, timestampDate } from '@bufbuild/protobuf/wkt';
import { UsageError } from './exit.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;
const DAY_LENGTH = 'YYYY-MM-DD'.length;

export function isDay(text: string): boolean {
  return DAY.test(text);
}

/** @throws UsageError */
export function parseDay(text: string, name: string): string {
  if (isDay(text) && !Number.isNaN(dayMs(text))) return text;
  throw new UsageError(`${name} is ${JSON.stringify(text)}, but must be a day, such as 2026-08-02`);
}

/** @returns Epoch milliseconds. @throws UsageError */
export function parseTime(text: string, name: string): number {
  const atMs = timeMs(text);
  if (!Number.isNaN(atMs)) return atMs;
  throw new UsageError(
    `${name} is ${JSON.stringify(text)}, but must be a time, such as 2026-11-22T18:00:00Z`,
  );
}

/** NaN for no time. */
export function timeMs(text: string): number {
  const isTime = TIME.test(text) && !Number.isNaN(dayMs(text.slice(0, DAY_LENGTH)));
  return isTime ? Date.parse(text) : Number.NaN;
}

/** NaN for no day: 31 June is read as 1 July. */
export function dayMs(text: string): number {
  const atMs = Date.parse(`${text}T00:00:00Z`);
  const isOne = !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(text);
  return isOne ? atMs : Number.NaN;
}

/** Empty for none. */
export function formatTime(time: Timestamp | undefined): string {
  return time === undefined ? '' : timestampDate(time).toISOString();
}
