/** A meeting as the page meets it: one race paid with a dead heat, one about to go, more to come. */
import type { BoardInit, OddsInit, RaceDay, RaceInit } from './race-day.ts';

const BOARD = 'sha-tin-day';

const TITLES = [
  'Pearl River Handicap',
  'Lion Rock Sprint',
  'Kowloon Mile',
  'Tai Mo Shan Cup',
  'Silvermine Stakes',
  'Sai Kung Handicap',
];

const NAMES = [
  'Amber Lantern',
  'Brisk Harbour',
  'Copper Kite',
  'Distant Thunder',
  'Evening Standard',
  'Fortune Cookie',
  'Golden Ratio',
  'Half Past Never',
  'Iron Butterfly',
  'Jade Comet',
  'Kindly Light',
  'Last Post',
];

type Changes = Pick<RaceInit, 'phase' | 'order'>;

export const NEXT_RACE = 'sha-tin-2';
export const DEAD_HEAT_RACE = 'sha-tin-1';

const RUNNERS = NAMES.map((name, index) => ({
  number: index + 1,
  name,
  scratched: index === 4,
}));
const raceIds = TITLES.map((_, index) => `sha-tin-${index + 1}`);

/** Off in four and a half minutes; or later in its life, where `changes` say so. */
export function nextRace(nowMs: number, changes: Changes = {}): RaceInit {
  return {
    raceId: NEXT_RACE,
    title: TITLES[1] ?? '',
    offTimeMs: BigInt(nowMs + 4 * 60_000 + 30_500),
    phase: 'open',
    runners: RUNNERS,
    pools: [
      { poolId: 'win', ruleSetId: 'win@1' },
      { poolId: 'place', ruleSetId: 'place@1' },
      { poolId: 'quinella', ruleSetId: 'quinella@1' },
      {
        poolId: 'big5',
        ruleSetId: 'big5@1',
        legRaceIds: raceIds.slice(1, 6),
        guaranteeCents: 1_000_000n,
      },
    ],
    ...changes,
  };
}

const ODDS_AT_MS = 1_773_532_799_000;

/** Win stakes in cents by runner; the dividend is what an eighth of takeout leaves of the pool. */
export function nextOdds(stakes: Readonly<Record<number, number>> = {}): OddsInit {
  const money = RUNNERS.map(({ number, scratched }) => {
    if (scratched) return { number, cents: 0 };
    return { number, cents: stakes[number] ?? 40_000 + ((number * 7919) % 13) * 21_300 };
  });
  const gross = money.reduce((sum, { cents }) => sum + cents, 0);
  const probable = (cents: number, part: number) =>
    cents === 0 ? {} : { probableHundredths: BigInt(Math.floor((gross * part) / cents)) };
  const pool = (poolId: string, part: number) => ({
    poolId,
    grossCents: BigInt(gross),
    tickets: 412n,
    runners: money.map(({ number, cents }) => ({
      runner: number,
      stakesCents: BigInt(cents),
      ...probable(cents, part),
    })),
  });
  return {
    raceId: NEXT_RACE,
    pools: [
      pool('win', 87.5),
      pool('place', 32),
      {
        poolId: 'quinella',
        grossCents: 800_000n,
        tickets: 64n,
        toShareCents: 700_000n,
        asOfMs: BigInt(ODDS_AT_MS),
        combinations: RUNNERS.slice(5)
          .map(({ number }) => ({
            combination: `1-${number}`,
            stakesCents: 1_000n,
            probableHundredths: BigInt(number * 310),
          }))
          .concat([{ combination: '2-3', stakesCents: 90_000n, probableHundredths: 770n }]),
      },
      { poolId: 'big5', grossCents: 1_234_550n, tickets: 96n, toShareCents: 1_080_231n },
    ],
  };
}

const ALIASES = [
  'Quick Otter',
  'Blue Lantern',
  'Señor Tote',
  'Paddock Poet',
  'Étoile du Soir',
  'Rail Bird',
  'Late Mail',
  'Mudlark',
];

/** @param scores By entry, from 1; equal scores share a rank. */
export function board(scores: readonly number[]): BoardInit {
  const entries = scores.map((score, index) => ({ entry: index + 1, score }));
  return {
    tournamentId: BOARD,
    title: 'Sha Tin Day',
    players: 1_284n,
    phase: 'open',
    scoringRuleId: 'return-percent-best-10@1',
    rows: entries
      .toSorted((one, other) => other.score - one.score || one.entry - other.entry)
      .map(({ entry, score }) => ({
        rank: BigInt(1 + scores.filter((other) => other > score).length),
        entry: BigInt(entry),
        alias: ALIASES[entry - 1] ?? `Player ${entry}`,
        score: BigInt(score),
        countedBets: BigInt(3 + (entry % 5)),
      })),
  };
}

export const SCORES = [1_840, 1_655, 1_610, 1_610, 1_420, 1_275, 990, 940];

/** Says all of it once. */
export function playMeeting(day: RaceDay, nowMs: number): void {
  day.race({
    raceId: DEAD_HEAT_RACE,
    title: TITLES[0] ?? '',
    offTimeMs: BigInt(nowMs - 25 * 60_000),
    phase: 'paid',
    runners: RUNNERS,
    order: [{ runners: [3, 10] }, { runners: [2] }],
    pools: [
      {
        poolId: 'win',
        ruleSetId: 'win@1',
        dividends: [
          { outcome: '3', dividendHundredths: 235n },
          { outcome: '10', dividendHundredths: 1_180n },
        ],
      },
      {
        poolId: 'place',
        ruleSetId: 'place@1',
        dividends: [
          { outcome: '3', dividendHundredths: 125n },
          { outcome: '10', dividendHundredths: 310n },
          { outcome: '2', dividendHundredths: 190n },
        ],
      },
      {
        poolId: 'big5',
        ruleSetId: 'big5@1',
        legRaceIds: raceIds.slice(0, 5),
        guaranteeCents: 1_000_000n,
        dividends: [{ outcome: '3+10/4/7/1/9', dividendHundredths: 1_234_560n }],
      },
    ],
  });
  day.race(nextRace(nowMs));
  for (const [index, raceId] of raceIds.entries()) {
    if (index < 2) continue;
    day.race({
      raceId,
      title: TITLES[index] ?? '',
      offTimeMs: BigInt(nowMs + (index * 28 - 24) * 60_000),
      phase: index === 2 ? 'open' : 'declared',
      runners: RUNNERS,
      pools: [{ poolId: 'win', ruleSetId: 'win@1' }],
    });
  }
  day.odds(nextOdds());
  day.board(board(SCORES));
}
