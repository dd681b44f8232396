/**
 * What our dividends must be, from the published figures alone. Pure.
 *
 *   displayed odds d ──> untruncated odds in [d, d + display unit)      ÷ dead-heaters
 *                   ──> our dividend, widened by four standard errors, rounded down to 0.05
 */
import { displayUnitHundredths, NET } from './odds.ts';
import type { ProgrammeRace } from './programme.ts';

/** For 1 staked, in hundredths: at least `low`, less than `high`. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface ExpectedDividend {
  readonly runner: number;
  /** Undefined where the source does not list it. */
  readonly publishedHundredths: number | undefined;
  /** Where the published dividend is. */
  readonly truncation: Interval;
}

/** Dividends for 1 are rounded down to a multiple of this. */
const BREAK_HUNDREDTHS = 5;

/** Beyond four standard errors lies one draw in 16,000. */
const SIGMAS = 4;

/** Of each winner of a race. Winners of a dead heat share the net pool in equal parts. */
export function expectedWins(race: ProgrammeRace): ExpectedDividend[] {
  const winners = race.order[0] ?? [];
  return winners.flatMap((runner) => {
    const odds = race.runners.find(({ number }) => number === runner)?.oddsHundredths;
    if (odds === undefined) return [];
    const published = race.published.find(
      ({ pool, combination }) => pool === 'WIN' && combination === String(runner),
    );
    return [
      {
        runner,
        publishedHundredths: published?.hundredths,
        truncation: {
          low: roundedDown(odds / winners.length),
          high: (odds + displayUnitHundredths(odds)) / winners.length,
        },
      },
    ];
  });
}

/**
 * Where our win dividend is, after so many bets. A runner whose untruncated odds are o has the
 * share p = 0.825/o of the money; with n independent bets the share found has the standard error
 * sqrt(p(1 − p)/n). Bets that correct the pool, as in market.ts, err less.
 * @param deadHeaters How many share first place.
 * @param stakesCents Of all bets in the pool: a big one counts for less than many small ones.
 */
export function sampledInterval(
  truncation: Interval,
  { deadHeaters, stakesCents }: { deadHeaters: number; stakesCents: readonly number[] },
): Interval {
  const bets = effectiveBets(stakesCents);
  const relativeError = (dividendHundredths: number) => {
    const share = (NET * 100) / (dividendHundredths * deadHeaters);
    return SIGMAS * Math.sqrt((1 - share) / (share * bets));
  };
  const { low, high } = truncation;
  const most = 1 - relativeError(high);
  return {
    low: roundedDown(low / (1 + relativeError(low))),
    high: most <= 0 ? Number.POSITIVE_INFINITY : high / most,
  };
}

/** Kish's effective sample size: how many equal bets tell as much. */
export function effectiveBets(stakesCents: readonly number[]): number {
  let [sum, squares] = [0, 0];
  for (const stake of stakesCents) {
    sum += stake;
    squares += stake * stake;
  }
  return squares === 0 ? 0 : (sum * sum) / squares;
}

export function isWithin(hundredths: number, { low, high }: Interval): boolean {
  return hundredths >= low && hundredths < high;
}

function roundedDown(hundredths: number): number {
  return Math.floor(hundredths / BREAK_HUNDREDTHS) * BREAK_HUNDREDTHS;
}
