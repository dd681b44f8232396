/**
 * Every bet of the day, known before it begins. Pure: the same programme and options give the same
 * plan, ids included, so that a day played again repeats its bets instead of placing new ones.
 */
import { type MarketBet, multiLegBets, singleRaceBets } from './market.ts';
import type { Programme, ProgrammePool, ProgrammeRace } from './programme.ts';
import { createRandom, hashText } from './random.ts';

export interface DayPlan {
  /** Part of every id: another seed or size is another plan, whose ids are its own. */
  readonly tag: string;
  readonly players: readonly PlannedPlayer[];
  /** In the order of time. */
  readonly bets: readonly PlannedBet[];
  readonly terminals: number;
}

export interface PlannedPlayer {
  readonly id: string;
  readonly alias: string;
  /** Enough for all of the player's bets even if none wins. */
  readonly depositCents: number;
}

export interface PlannedBet {
  /** After the start of the day. */
  readonly atMs: number;
  /** From 0. */
  readonly terminal: number;
  /** `r6-000123-` and the plan's tag: numbered in the order of time, from 1 in each race. */
  readonly betId: string;
  readonly playerId: string;
  readonly raceId: string;
  readonly poolId: string;
  readonly legs: readonly (readonly number[])[];
  readonly stakeCents: number;
}

export interface PlanOptions {
  readonly seed: number;
  readonly players: number;
  readonly terminals: number;
  /** On each race; the multi-leg pool's tickets come on top. */
  readonly betsPerRace: number;
}

export const DAY_DEFAULTS = { players: 300, terminals: 8, betsPerRace: 3_000 } as const;

/** Any change of what a seed means changes this, or ids would stand for other bets. */
const PLAN_VERSION = 1;

const WIN_PART = 0.7;
const MULTI_LEG_PART = 0.4;
/** Deposits are round. */
const DEPOSIT_STEP_CENTS = 100_000;

export function planDay(programme: Programme, options: PlanOptions): DayPlan {
  const { seed, players, terminals, betsPerRace } = options;
  const tag = hashText([PLAN_VERSION, seed, players, terminals, betsPerRace].join('/')).toString(
    36,
  );
  const spentCents = new Map<string, number>();

  const bets = programme.races.flatMap((race) => {
    const random = createRandom(seed, `${race.id}/who`);
    const onRace = race.pools.flatMap((pool) => marketBets(programme, race, pool, options));
    return onRace
      .sort((a, b) => b.leadMs - a.leadMs)
      .map(({ leadMs, poolId, legs, stakeCents }, index): PlannedBet => {
        const playerId = playerIdOf(random.below(players));
        const cost = stakeCents * legs.reduce((product, leg) => product * leg.length, 1);
        spentCents.set(playerId, (spentCents.get(playerId) ?? 0) + cost);
        return {
          atMs: race.offMs - leadMs,
          terminal: random.below(terminals),
          betId: `r${race.number}-${String(index + 1).padStart(6, '0')}-${tag}`,
          playerId,
          raceId: race.id,
          poolId,
          legs,
          stakeCents,
        };
      });
  });

  return {
    tag,
    terminals,
    players: Array.from({ length: players }, (_, index) => {
      const id = playerIdOf(index);
      const steps = Math.ceil((spentCents.get(id) ?? 0) / DEPOSIT_STEP_CENTS);
      return { id, alias: aliasOf(index), depositCents: Math.max(1, steps) * DEPOSIT_STEP_CENTS };
    }),
    bets: bets.sort((a, b) => a.atMs - b.atMs),
  };
}

function marketBets(
  programme: Programme,
  race: ProgrammeRace,
  pool: ProgrammePool,
  { seed, betsPerRace }: PlanOptions,
): MarketBet[] {
  const count = (part: number) => Math.round(betsPerRace * part);
  if (pool.legRaceIds.length > 0) {
    const legs = programme.races.filter(({ id }) => pool.legRaceIds.includes(id));
    return multiLegBets(legs, pool, { seed, bets: count(MULTI_LEG_PART) });
  }
  const part = pool.id === 'win' ? WIN_PART : 1 - WIN_PART;
  return singleRaceBets(race, pool, { seed, bets: count(part) });
}

function playerIdOf(index: number): string {
  return `p${String(index + 1).padStart(4, '0')}`;
}

const FIRST_WORDS = [
  ...['Amber', 'Bamboo', 'Copper', 'Distant', 'Early', 'Floating', 'Golden', 'Hidden', 'Ivory'],
  ...['Jade', 'Kind', 'Lucky', 'Misty', 'Northern', 'Old', 'Patient', 'Quiet', 'Rising', 'Silver'],
];
const SECOND_WORDS = [
  ...['Anchor', 'Bridge', 'Cloud', 'Dragon', 'Ferry', 'Garden', 'Harbour', 'Island', 'Junk'],
  ...['Kite', 'Lantern', 'Mountain', 'Orchid', 'Pavilion', 'River', 'Sparrow', 'Tram', 'Typhoon'],
];

/** Different for the first 342 players; a number follows after that. */
function aliasOf(index: number): string {
  const pairs = FIRST_WORDS.length * SECOND_WORDS.length;
  // 18 and 19 have no common factor, so walking both at once meets every pair.
  const first = FIRST_WORDS[index % FIRST_WORDS.length];
  const second = SECOND_WORDS[index % SECOND_WORDS.length];
  const round = Math.floor(index / pairs);
  return `${first} ${second}${round === 0 ? '' : ` ${round + 1}`}`;
}
