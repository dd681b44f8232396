/** What a race remembers. Large, so `evolve` changes it in place; nobody else does. */

import type { TicketsByPlayer } from './pool-pricing.ts';
import { entriesAmong } from './pools/arrival.ts';
import { hasProbables } from './pools/backed.ts';
import {
  type LegOutcome,
  type Order,
  type Payment,
  type PoolResult,
  wholeOutcome,
} from './pools/price.ts';
import type { RuleSet, Tier } from './pools/rule-set.ts';
import type {
  Disagreement,
  Inquiry,
  LegOf,
  PoolDeclaration,
  PublishedPool,
  RacePhase,
  RecordedPrice,
  RecordedSurvivors,
  RunnerDeclared,
} from './race-events.ts';
import type { Refusal } from './ticket.ts';
import { createTicketTable, type SharedTickets, type TicketTable } from './ticket-table.ts';
import type { BetId, Cents, PlayerId, PoolId, RaceId, RunnerNumber } from './units.ts';
import { ZERO } from './units.ts';

export interface Race {
  readonly id: RaceId;
  phase: RacePhase;
  title: string;
  offAtMs: number;
  /** As declared, to tell a repeated declaration from another one. */
  declaration: string;
  readonly runners: Map<RunnerNumber, RunnerState>;
  readonly pools: Map<PoolId, PoolState>;
  /** Pools, of any race, that have this race as a leg. */
  readonly legOf: LegOf[];
  /** Of the order of arrival that these pools need to be told. */
  legPlaces: number;
  order: Order;
  didNotFinish: readonly RunnerNumber[];
  surfaceChanged: boolean;
  surfaceAtMs: number;
  /** How often the result was made official. */
  run: number;
  /** Open ones, by id. */
  readonly inquiries: Map<number, Inquiry>;
  /** Opened so far: the last one's id. */
  inquiriesOpened: number;
  /** Bets that were refused, by `betKey`: those that were not are in a pool's tickets. */
  readonly refused: Map<string, Refusal>;
  /** Bets, by `betKey`, of which somebody wanted the stake back and got an answer. */
  readonly cancels: Set<string>;
}

interface RunnerState extends RunnerDeclared {
  scratched: boolean;
}

export interface PoolState {
  readonly id: PoolId;
  readonly ruleSet: RuleSet;
  /** Races of the legs; empty for a pool of this race alone. */
  readonly legs: readonly RaceId[];
  readonly guarantee: Cents;
  /** Carry-overs brought in, and whether all must be paid out. */
  readonly carriedNet: Cents;
  readonly carriedGross: Cents;
  readonly mandatory: boolean;
  /** In order of registration; a ticket's number is its index + 1. */
  readonly tickets: TicketTable;
  /** What each ticket was given until now, by index; of those that were given anything. */
  readonly given: Map<number, Payment>;
  /** Of all tickets ever sold: what it costs to look at each. */
  combinations: number;
  /** Stakes in the pool, refunds taken off. */
  gross: Cents;
  /** Cents by `combinationKey`; undefined for a pool of more combinations than have probables. */
  readonly stakesByCombination: Map<string, number> | undefined;
  published: PublishedPool | undefined;
  /** Never published, or changed since. */
  unpublished: boolean;
  /** Of a multi-leg pool: who runs in each leg, and how it ended. */
  readonly legRunners: (readonly RunnerNumber[] | undefined)[];
  readonly legOutcomes: (LegOutcome | undefined)[];
  /** Of each leg's outcome; 0 where there is none. */
  readonly legRevisions: number[];
  /** When the pool's own race was closed; 0 while it is not. */
  closedAtMs: number;
  /** Legs on which betting has stopped: one is enough to stop it on the pool. */
  readonly closedLegs: Set<number>;
  /** How often a leg's runners or a source's tickets left: survivors are counted anew. */
  withdrawals: number;
  /** Of a large pool, whose survivors a job still has to count: which count it is. */
  counting: number | undefined;
  survivors: RecordedSurvivors | undefined;
  /** Withdrawn runners whose stakes went back at once. */
  readonly givenBack: Set<RunnerNumber>;
  /** Indices of tickets that left the pool and are still to be refunded. */
  refundQueue: number[];
  /** When the last of them left. */
  refundAtMs: number;
  readonly removedSources: Set<string>;
  /** At the close; undefined where both totals were the same. */
  disagreement: Disagreement | undefined;
  /** Of a large pool: what a job prices and settles; until it is settled. */
  pricing: PoolPricing | undefined;
  price: RecordedPrice | undefined;
  /** How often it was priced. */
  run: number;
  /** Tickets before this index have what this run's price gives them, or left the pool. */
  settledBefore: number;
  settled: boolean;
  /** What of the players' and the house's money is in the pool right now. */
  money: Cents;
}

interface PoolPricing {
  readonly run: number;
  readonly result: PoolResult;
  readonly atMs: number;
  readonly tickets: SharedTickets;
  readonly byPlayer: TicketsByPlayer;
}

export function initialRace(id: string): Race {
  return {
    // The runtime made the address from a RaceId.
    id: id as RaceId,
    phase: 'undeclared',
    title: '',
    offAtMs: 0,
    declaration: '',
    runners: new Map(),
    pools: new Map(),
    legOf: [],
    legPlaces: 1,
    order: [],
    didNotFinish: [],
    surfaceChanged: false,
    surfaceAtMs: 0,
    run: 0,
    inquiries: new Map(),
    inquiriesOpened: 0,
    refused: new Map(),
    cancels: new Set(),
  };
}

/** @param runners How many of them were declared with it. */
export function initialPool(declared: PoolDeclaration, runners: number): PoolState {
  const { id, ruleSet, legs, guarantee } = declared;
  return {
    id,
    ruleSet,
    legs,
    guarantee,
    carriedNet: declared.carriedNet ?? ZERO,
    carriedGross: declared.carriedGross ?? ZERO,
    mandatory: declared.mandatory ?? false,
    tickets: createTicketTable(),
    given: new Map(),
    combinations: 0,
    gross: ZERO,
    stakesByCombination: hasProbables(ruleSet.bet, runners) ? new Map() : undefined,
    published: undefined,
    unpublished: true,
    legRunners: legs.map(() => undefined),
    legOutcomes: legs.map(() => undefined),
    legRevisions: legs.map(() => 0),
    closedAtMs: 0,
    closedLegs: new Set(),
    withdrawals: 0,
    counting: undefined,
    survivors: undefined,
    givenBack: new Set(),
    refundQueue: [],
    refundAtMs: 0,
    removedSources: new Set(),
    disagreement: undefined,
    pricing: undefined,
    price: undefined,
    run: 0,
    settledBefore: 0,
    settled: false,
    money: ZERO,
  };
}

/** Of a large pool that is being priced or settled: the indices of a player's tickets. */
export function ticketsOf({ id, pricing, tickets }: PoolState, player: PlayerId): Uint32Array {
  const number = tickets.players.numberOf(player);
  if (pricing === undefined || number === undefined) {
    throw new Error(`pool ${id} settles no tickets of ${player}`);
  }
  return pricing.byPlayer.of(number);
}

/** Bet ids are unique among one player's bets only. */
export function betKey(player: PlayerId, bet: BetId): string {
  return `${player}/${bet}`;
}

export function isMultiLeg(pool: PoolState): boolean {
  return pool.legs.length > 0;
}

/**
 * Whether stakes on a runner go back as soon as it is withdrawn: of bets on one runner whose rule
 * set knows nothing better. Other pools wait for the result, which may give them a substitute or a
 * dividend of their own.
 */
export function refundsAtOnce({ ruleSet: { bet, nonRunner } }: PoolState): boolean {
  return bet.kind === 'runners' && bet.picks.join() === '1' && nonRunner === 'refund';
}

/** What of a ticket's cost is in the pool's gross: nothing on a runner that was given back. */
export function stakesIn({ tickets, givenBack }: PoolState, index: number): number {
  const cost = tickets.costAt(index);
  if (givenBack.size === 0) return cost;
  const [picked = []] = tickets.selectionAt(index).legs;
  return cost - tickets.stakeAt(index) * picked.filter((it) => givenBack.has(it)).length;
}

/** Cents on a runner, in a pool on one runner. */
export function stakesOn({ stakesByCombination }: PoolState, runner: RunnerNumber): number {
  return stakesByCombination?.get(String(runner)) ?? 0;
}

export function startersOf(race: Race): RunnerNumber[] {
  return [...race.runners.values()].filter((it) => !it.scratched).map((it) => it.number);
}

export function nonRunnersOf(race: Race): RunnerNumber[] {
  return [...race.runners.values()].filter((it) => it.scratched).map((it) => it.number);
}

/**
 * Whose stakes a runner takes with it out of a pool where they go back at once: its own and, where
 * an entry is one interest, those on all of it with the last that ran. Until then a bet on the
 * entry stands.
 */
export function leavingWith(race: Race, pool: PoolState, runner: RunnerNumber): RunnerNumber[] {
  if (pool.ruleSet.coupled === 'separate') return [runner];
  const entry = entriesOf(race).find((it) => it.includes(runner)) ?? [runner];
  const stands = entry.some((it) => it !== runner && race.runners.get(it)?.scratched === false);
  return stands ? [] : entry;
}

export function entriesOf(race: Race): RunnerNumber[][] {
  return entriesAmong([...race.runners.values()]);
}

/**
 * Who stands in for non-runners where a bet over several races says the favourite does: by the
 * money in the race's own win pool, of equals the lower number (Oklahoma 325:65-9-7).
 */
export function favouritesOf(race: Race): RunnerNumber[] {
  const win = [...race.pools.values()].find(
    (pool) => refundsAtOnce(pool) && pool.ruleSet.stages[0]?.tiers.every(isWin),
  );
  const entries = win?.ruleSet.coupled === 'one-interest' ? entriesOf(race) : [];
  // An entry's money is all of it, whichever number it was bet on.
  const moneyOn = (runner: RunnerNumber) => {
    const entry = entries.find((it) => it.includes(runner)) ?? [runner];
    return entry.reduce((sum, it) => sum + (win === undefined ? 0 : stakesOn(win, it)), 0);
  };
  return startersOf(race).sort((a, b) => moneyOn(b) - moneyOn(a) || a - b);
}

function isWin({ match }: Tier): boolean {
  return match.kind === 'among' && match.first === 1;
}

/** How a race that is over counts as a leg; undefined while it is not. */
export function legOutcomeOf(race: Race): LegOutcome | undefined {
  switch (race.phase) {
    case 'official':
    case 'paid':
      return wholeOutcome({
        winners: race.order[0] ?? [],
        nonRunners: nonRunnersOf(race),
        voided: false,
        order: race.order,
        starters: startersOf(race).length,
        substitutes: favouritesOf(race),
        surfaceChanged: race.surfaceChanged,
        surfaceAtMs: race.surfaceAtMs,
        entries: entriesOf(race),
      });
    case 'void':
    case 'refunded':
      // As `race-voided` tells the pools that had this leg attached before: who was withdrawn from a
      // race that was never run takes nothing from anybody.
      return wholeOutcome({ winners: [], nonRunners: [], voided: true });
    default:
      return undefined;
  }
}

/** The same declaration again, whoever sends it and whenever, is a repeat. */
export function declarationKey(it: {
  readonly title: string;
  readonly offAtMs: number;
  readonly runners: readonly RunnerDeclared[];
  readonly pools: readonly {
    readonly id: string;
    /** In a command as it is, in the log as JSON. */
    readonly ruleSet: RuleSet | string;
    readonly legs: readonly string[];
    readonly guarantee: number;
    readonly carriedNet?: number;
    readonly carriedGross?: number;
    readonly mandatory?: boolean;
  }[];
}): string {
  const pools = it.pools.map(({ id, ruleSet, legs, guarantee, ...more }) => [
    id,
    typeof ruleSet === 'string' ? ruleSet : JSON.stringify(ruleSet),
    legs,
    guarantee,
    more.carriedNet ?? 0,
    more.carriedGross ?? 0,
    more.mandatory ?? false,
  ]);
  const runners = it.runners.map(({ number, name, coupledWith = 0 }) => [
    number,
    name,
    coupledWith,
  ]);
  return JSON.stringify([it.title, it.offAtMs, runners, pools]);
}
