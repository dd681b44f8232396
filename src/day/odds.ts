/**
 * Displayed odds, and which shares of a pool they stand for. Pure.
 *
 * The operator displays odds per 1 cut off: to 0.1 below 10, to 1 from 10 on. Shares are in
 * proportion to 1/odds, where every runner's odds are its displayed ones plus one and the same
 * part of its display unit, chosen so that the net pool is what the takeout leaves. So each
 * runner's dividend in the long run displays as published.
 */
import type { ProgrammeRace } from './programme.ts';

/** What the winners share of a pool on one race: 1 less the takeout of 17.5 %. */
export const NET = 0.825;

export interface Share {
  readonly runner: number;
  /** Of the pool's money; those of a race add up to 1. */
  readonly share: number;
}

/** What the display cut off is less than this. */
export function displayUnitHundredths(oddsHundredths: number): number {
  return oddsHundredths < 1_000 ? 10 : 100;
}

/** Of the win pool, for every starter. */
export function winShares(race: ProgrammeRace): Share[] {
  const starters = startersOf(race);
  const part = partCutOff(starters.map(({ odds }) => odds));
  return normalised(
    starters.map(({ runner, odds }) => ({ runner, share: 1 / untruncated(odds, part) })),
  );
}

/**
 * Of the place pool, for every starter: how likely it is among the first three (two with fewer
 * than seven starters) when the win shares are the chances to win and, the winner taken out, the
 * others run for second place in the same proportions. D. A. Harville, "Assigning probabilities to
 * the outcomes of multi-entry competitions", JASA 68 (1973).
 */
export function placeShares(race: ProgrammeRace): Share[] {
  const wins = winShares(race);
  const third = wins.length >= 7;
  const placed = new Map(wins.map(({ runner, share }) => [runner, share]));
  const add = (runner: number, chance: number) =>
    placed.set(runner, (placed.get(runner) ?? 0) + chance);
  for (const first of wins) {
    for (const second of wins) {
      if (second === first) continue;
      const both = (first.share * second.share) / (1 - first.share);
      add(second.runner, both);
      if (!third) continue;
      for (const last of wins) {
        if (last === first || last === second) continue;
        add(last.runner, (both * last.share) / (1 - first.share - second.share));
      }
    }
  }
  return normalised([...placed].map(([runner, share]) => ({ runner, share })));
}

/** The middle of the field's odds: what a runner without any is taken to be worth. */
export function medianOddsHundredths(race: ProgrammeRace): number {
  const sorted = startersOf(race)
    .map(({ odds }) => odds)
    .sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 1_000;
}

function startersOf(race: ProgrammeRace): { readonly runner: number; readonly odds: number }[] {
  return race.runners.flatMap(({ number, oddsHundredths }) =>
    oddsHundredths === undefined ? [] : [{ runner: number, odds: oddsHundredths }],
  );
}

function untruncated(oddsHundredths: number, part: number): number {
  return oddsHundredths + part * displayUnitHundredths(oddsHundredths);
}

/** By bisection: the return falls from too much to too little as the part grows from 0 to 1. */
function partCutOff(odds: readonly number[]): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 40; step++) {
    const part = (low + high) / 2;
    const returned = 1 / odds.reduce((sum, it) => sum + 100 / untruncated(it, part), 0);
    if (returned < NET) low = part;
    else high = part;
  }
  return (low + high) / 2;
}

function normalised(shares: readonly Share[]): Share[] {
  const sum = shares.reduce((total, { share }) => total + share, 0);
  return shares.map(({ runner, share }) => ({ runner, share: share / sum }));
}
