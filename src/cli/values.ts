/**
 * Values as people type and read them. Money is parsed digit by digit: never through a float.
 */
import { isAwardId } from '../actors/units.ts';
import { UsageError } from './exit.ts';

const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const RUNNER_MAX = 99;

/** @throws UsageError for anything but units with at most two decimals, over 0. */
export function parseAmount(text: string, name: string): bigint {
  const [, units, decimals = ''] = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(text) ?? [];
  const cents = units === undefined ? 0n : BigInt(units) * 100n + BigInt(decimals.padEnd(2, '0'));
  if (cents > 0n) return cents;
  throw new UsageError(
    `${name} is ${JSON.stringify(text)}, but must be an amount over 0 with at most two decimals, such as 2.00`,
  );
}

/** @throws UsageError */
export function parseId(text: string, name: string): string {
  if (ID_PATTERN.test(text)) return text;
  throw new UsageError(
    `${name} is ${JSON.stringify(text)}, but must be 1 to 64 letters, digits, _ or -, a letter or digit first`,
  );
}

/** @throws UsageError */
export function parseAwardId(text: string, name: string): string {
  if (isAwardId(text)) return text;
  throw new UsageError(
    `${name} is ${JSON.stringify(text)}, but must be 1 to 100 letters, digits, ., _ or -, a letter or digit first`,
  );
}

/** @throws UsageError */
export function parseRunner(text: string, name: string): number {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= RUNNER_MAX) return number;
  throw new UsageError(
    `${name} has ${JSON.stringify(text)}, but a runner is a number from 1 to ${RUNNER_MAX}`,
  );
}

/** `3,5`: runners, each once. @throws UsageError */
export function parseRunners(text: string, name: string): number[] {
  const runners = text.split(',').map((one) => parseRunner(one.trim(), name));
  if (new Set(runners).size === runners.length) return runners;
  throw new UsageError(`${name} is ${JSON.stringify(text)}, but names a runner twice`);
}

/** `1,2/3/4/5,6/7`: one list of runners for each leg. @throws UsageError */
export function parseLegs(text: string, name: string): number[][] {
  return text.split('/').map((leg) => parseRunners(leg, name));
}

/** `3=10/2/7`: places from the first, dead-heaters joined by `=`. @throws UsageError */
export function parseOrder(text: string, name: string): number[][] {
  if (/[,+]/.test(text)) {
    throw new UsageError(
      `${name} is ${JSON.stringify(text)}, but places are parted by / and a dead heat is 3=10`,
    );
  }
  const order = text
    .split('/')
    .map((place) => place.split('=').map((one) => parseRunner(one.trim(), name)));
  const runners = order.flat();
  if (new Set(runners).size === runners.length) return order;
  throw new UsageError(`${name} is ${JSON.stringify(text)}, but names a runner twice`);
}

/** @throws UsageError */
export function parseWhole(
  text: string,
  name: string,
  [min, max]: readonly [number, number],
): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (value >= min && value <= max) return value;
  throw new UsageError(
    `${name} is ${JSON.stringify(text)}, but must be a whole number from ${min} to ${max}`,
  );
}

/** One of some words. @throws UsageError */
export function parseOneOf<Value>(
  text: string,
  name: string,
  values: Readonly<Record<string, Value>>,
): Value {
  const value = Object.hasOwn(values, text) ? values[text] : undefined;
  if (value !== undefined) return value;
  const known = Object.keys(values).join(', ');
  throw new UsageError(`${name} is ${JSON.stringify(text)}, but must be one of ${known}`);
}

/** `a,b`: each once. @throws UsageError */
export function parseIds(text: string, name: string): string[] {
  const ids = text.split(',').map((one) => parseId(one.trim(), name));
  if (new Set(ids).size === ids.length) return ids;
  throw new UsageError(`${name} is ${JSON.stringify(text)}, but names one twice`);
}

/** 123456 → `1,234.56` */
export function formatAmount(cents: bigint | number): string {
  const value = BigInt(cents);
  const digits = String(value < 0n ? -value : value).padStart(3, '0');
  const units = digits.slice(0, -2).replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return `${value < 0n ? '-' : ''}${units}.${digits.slice(-2)}`;
}

export function formatCount(count: bigint | number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** Thousandths, 25 → `2.5%` */
export function formatPermille(permille: number): string {
  return `${permille / 10}%`;
}

/** `1,0.5`: percents with at most one decimal, to thousandths. @throws UsageError */
export function parsePercents(text: string, name: string): number[] {
  return text.split(',').map((one) => {
    const [, whole, tenth = '0'] = /^(\d{1,3})(?:\.(\d))?%?$/.exec(one.trim()) ?? [];
    const permille = whole === undefined ? 0 : Number(whole) * 10 + Number(tenth);
    if (permille >= 1 && permille <= 1_000) return permille;
    throw new UsageError(
      `${name} has ${JSON.stringify(one)}, but must be percents from 0.1 to 100, such as 1,10,50`,
    );
  });
}

/** Legs as they are typed. */
export function formatLegs(legs: readonly { readonly runners: readonly number[] }[]): string {
  return legs.map(({ runners }) => runners.join(',')).join('/');
}

/** `RACE_PHASE_OPEN` → `open` */
export function formatEnum(name: string | undefined, prefix: string): string {
  return (name ?? 'unknown').replace(prefix, '').toLowerCase().replaceAll('_', ' ');
}
