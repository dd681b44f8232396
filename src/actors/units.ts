/**
 * Ids and quantities, branded so that none is taken for another. Only this file makes them.
 *
 * Money is a whole number of cents in a safe integer: 90 million million is more than any tote
 * has ever turned over, and integers that stay integers need no rounding rule.
 */

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

export type PlayerId = Branded<string, 'PlayerId'>;
export type BetId = Branded<string, 'BetId'>;
export type RaceId = Branded<string, 'RaceId'>;
export type TournamentId = Branded<string, 'TournamentId'>;
/** A pool among its race's own, such as `win`. */
export type PoolId = Branded<string, 'PoolId'>;
/** A tournament's grant among its player's own, such as `sunday.1.7`; the tournament makes it. */
export type AwardId = Branded<string, 'AwardId'>;
/** The number on the saddlecloth: 1 to 99. */
export type RunnerNumber = Branded<number, 'RunnerNumber'>;
export type Cents = Branded<number, 'Cents'>;

/** Fits a NATS subject token, a file name and a ticket; nothing to quote anywhere. */
const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** Made of other ids, such as `<tournament>.<version>.<entry>`: a tournament's and two numbers fit. */
const AWARD_ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

export const RUNNER_NUMBER_MAX = 99;

export function isId(text: string): boolean {
  return ID_PATTERN.test(text);
}

function id<Id extends string>(text: string): Id {
  if (!isId(text)) throw new RangeError(`not an id: ${JSON.stringify(text)}`);
  // The pattern is all that the brand promises.
  return text as Id;
}

export const playerId = (text: string): PlayerId => id(text);
export const betId = (text: string): BetId => id(text);
export const raceId = (text: string): RaceId => id(text);
export const tournamentId = (text: string): TournamentId => id(text);
export const poolId = (text: string): PoolId => id(text);

export function isAwardId(text: string): boolean {
  return AWARD_ID_PATTERN.test(text);
}

/** @throws RangeError */
export function awardId(text: string): AwardId {
  if (!isAwardId(text)) throw new RangeError(`not an award: ${JSON.stringify(text)}`);
  // The pattern is all that the brand promises.
  return text as AwardId;
}

export function runnerNumber(value: number): RunnerNumber {
  if (!Number.isInteger(value) || value < 1 || value > RUNNER_NUMBER_MAX) {
    throw new RangeError(`not a runner's number: ${value}`);
  }
  return value as RunnerNumber;
}

/** @throws RangeError where `value` is not a safe integer: an amount that would lie. */
export function cents(value: number): Cents {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a whole number of cents: ${value}`);
  return value as Cents;
}

export const ZERO = cents(0);

export function sumOf(amounts: Iterable<number>): Cents {
  let sum = 0;
  for (const amount of amounts) sum += amount;
  return cents(sum);
}
