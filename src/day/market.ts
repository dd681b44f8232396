/**
 * How the simulated public bets on one race: when, how much, on what. Pure and seeded.
 *
 * Invariants: every stake is a multiple of the pool's unit; every bet comes before the off; no
 * bet names a runner after its withdrawal; money in the end stands in the shares of odds.ts.
 */
import { medianOddsHundredths, NET, placeShares, type Share, winShares } from './odds.ts';
import { type ProgrammePool, type ProgrammeRace, withdrawnOf } from './programme.ts';
import { createRandom, type Random } from './random.ts';

/** A bet without who places it. */
export interface MarketBet {
  /** Before the off. */
  readonly leadMs: number;
  readonly poolId: string;
  readonly legs: readonly (readonly number[])[];
  readonly stakeCents: number;
}

/** Nobody bets on a race earlier than this before its off, though it is open. */
const BETTING_MS = 60 * 60_000;
/** Nobody bets later than this. */
const LAST_BET_MS = 1_000;
/** The flow of money grows e-fold in so long: seven tenths of it come in the last five minutes. */
const RAMP_MS = 4 * 60_000;
/** A runner is withdrawn this long before the off. */
export const WITHDRAWAL_MS = 12 * 60_000;

/** Units of a stake and how often: most bets are small. */
const STAKE_UNITS = [1, 2, 5, 10, 20];
const STAKE_WEIGHTS = [40, 25, 20, 12, 3];
/**
 * A pool corrects itself: a runner that pays too much draws the next money. Each bet goes where
 * the money of the next so many units is missing. 200 keeps a pool within a few percent.
 */
const PULL_UNITS = 200;

/** How many runners a Big 5 player takes in a leg, and how often: mostly several in some legs. */
const LEG_SIZES = [1, 2, 3, 4];
const LEG_SIZE_WEIGHTS = [30, 30, 25, 15];
const BIG5_STAKE_WEIGHTS = [90, 8, 2];
/** 200.00 at the unit: what a careful player spends on one ticket. */
const TICKET_COMBINATIONS_MAX = 100;

/** Bets of one race's win and place pools, in the order of time. */
export function singleRaceBets(
  race: ProgrammeRace,
  pool: ProgrammePool,
  options: { readonly seed: number; readonly bets: number },
): MarketBet[] {
  const random = createRandom(options.seed, `${race.id}/${pool.id}`);
  const shares = pool.id === 'place' ? placeShares(race) : winShares(race);
  const flow = createFlow(shares, PULL_UNITS * pool.stakeUnitCents, random);
  const withdrawn = withdrawnOf(race);
  // As likely as the odds of the field's median make it; its money goes back with it.
  const fancied = withdrawn === undefined ? 0 : (NET * 100) / medianOddsHundredths(race);

  return leadTimes(race, options.bets, random).map((leadMs) => {
    const stakeCents = stakeOf(pool, STAKE_WEIGHTS, random);
    const offered = withdrawn !== undefined && leadMs > WITHDRAWAL_MS;
    const runner = offered && random.next() < fancied ? withdrawn : flow(stakeCents);
    return { leadMs, poolId: pool.id, legs: [[runner]], stakeCents };
  });
}

/** Tickets over several races, in the order of time. `legs` are the races of the pool's legs. */
export function multiLegBets(
  legs: readonly ProgrammeRace[],
  pool: ProgrammePool,
  options: { readonly seed: number; readonly bets: number },
): MarketBet[] {
  const [race] = legs;
  if (race === undefined) return [];
  const random = createRandom(options.seed, `${race.id}/${pool.id}`);
  const shares = legs.map(winShares);
  return leadTimes(race, options.bets, random).map((leadMs) => {
    let combinations = 1;
    const picked = shares.map((runners) => {
      const wanted = LEG_SIZES[random.weighted(LEG_SIZE_WEIGHTS)] ?? 1;
      const affordable = Math.floor(TICKET_COMBINATIONS_MAX / combinations);
      const size = Math.min(wanted, affordable, runners.length);
      combinations *= size;
      return pick(runners, size, random);
    });
    const stakeCents = stakeOf(pool, BIG5_STAKE_WEIGHTS, random);
    return { leadMs, poolId: pool.id, legs: picked, stakeCents };
  });
}

/** How long before the off each of `bets` comes, the earliest first. Truncated exponential. */
function leadTimes(race: ProgrammeRace, bets: number, random: Random): number[] {
  const window = Math.min(BETTING_MS, race.offMs) - LAST_BET_MS;
  const mass = 1 - Math.exp(-window / RAMP_MS);
  return Array.from(
    { length: bets },
    () => LAST_BET_MS + Math.floor(-RAMP_MS * Math.log(1 - random.next() * mass)),
  ).sort((a, b) => b - a);
}

function stakeOf(pool: ProgrammePool, weights: readonly number[], random: Random): number {
  return (STAKE_UNITS[random.weighted(weights)] ?? 1) * pool.stakeUnitCents;
}

/** Picks the runner of the next bet and remembers its money. */
function createFlow(
  shares: readonly Share[],
  pullCents: number,
  random: Random,
): (stakeCents: number) => number {
  const moneyCents = shares.map(() => 0);
  let totalCents = 0;
  return (stakeCents) => {
    const missing = shares.map(({ share }, index) =>
      Math.max(0, share * (totalCents + pullCents) - (moneyCents[index] ?? 0)),
    );
    const index = random.weighted(missing);
    moneyCents[index] = (moneyCents[index] ?? 0) + stakeCents;
    totalCents += stakeCents;
    return shares[index]?.runner ?? 0;
  };
}

/** `size` different runners, by number. */
function pick(shares: readonly Share[], size: number, random: Random): number[] {
  const left = [...shares];
  const picked = Array.from({ length: size }, () => {
    const [taken] = left.splice(random.weighted(left.map(({ share }) => share)), 1);
    return taken?.runner ?? 0;
  });
  return picked.sort((a, b) => a - b);
}
