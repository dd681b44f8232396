/** What a race remembers. Large, so `evolve` changes it in place; nobody else does. */
import type { LegOutcome, Order } from './pools/price.ts';
import type { RuleSet } from './pools/rule-set.ts';
import type { LegOf, RacePhase, RecordedPrice, RunnerDeclared } from './race-events.ts';
import type { Refusal } from './ticket.ts';
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
  order: Order;
  /** What became of each bet, by `betKey`: its refusal, or undefined for one in a pool. */
  readonly bets: Map<string, Refusal | undefined>;
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
  /** In order of registration; a ticket's number is its index + 1. */
  readonly tickets: TicketState[];
  /** Stakes in the pool, refunds taken off. */
  gross: Cents;
  /** Of a pool of this race alone. */
  readonly stakesByRunner: Map<RunnerNumber, number>;
  /** Of a multi-leg pool: who runs in each leg, and how it ended. */
  readonly legRunners: (readonly RunnerNumber[] | undefined)[];
  readonly legOutcomes: (LegOutcome | undefined)[];
  /** Legs on which betting has stopped: one is enough to stop it on the pool. */
  readonly closedLegs: Set<number>;
  /** Indices of tickets on scratched runners that are still to be refunded. */
  refundQueue: number[];
  price: RecordedPrice | undefined;
  /** Tickets before this index are settled or refunded. */
  settledBefore: number;
  settled: boolean;
  /** What of the players' and the house's money is in the pool right now. */
  money: Cents;
}

export interface TicketState {
  readonly bet: BetId;
  readonly player: PlayerId;
  readonly legs: readonly (readonly RunnerNumber[])[];
  readonly stake: Cents;
  readonly cost: Cents;
  /** Settled, or refunded for a scratched runner. */
  done: boolean;
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
    order: [],
    bets: new Map(),
  };
}

export function initialPool(
  id: PoolId,
  ruleSet: RuleSet,
  legs: readonly RaceId[],
  guarantee: Cents,
): PoolState {
  return {
    id,
    ruleSet,
    legs,
    guarantee,
    tickets: [],
    gross: ZERO,
    stakesByRunner: new Map(),
    legRunners: legs.map(() => undefined),
    legOutcomes: legs.map(() => undefined),
    closedLegs: new Set(),
    refundQueue: [],
    price: undefined,
    settledBefore: 0,
    settled: false,
    money: ZERO,
  };
}

/** Bet ids are unique among one player's bets only. */
export function betKey(player: PlayerId, bet: BetId): string {
  return `${player}/${bet}`;
}

export function isMultiLeg(pool: PoolState): boolean {
  return pool.legs.length > 0;
}

export function startersOf(race: Race): RunnerNumber[] {
  return [...race.runners.values()].filter((it) => !it.scratched).map((it) => it.number);
}

export function nonRunnersOf(race: Race): RunnerNumber[] {
  return [...race.runners.values()].filter((it) => it.scratched).map((it) => it.number);
}

/** How a race that is over counts as a leg; undefined while it is not. */
export function legOutcomeOf(race: Race): LegOutcome | undefined {
  switch (race.phase) {
    case 'official':
    case 'paid':
      return { winners: race.order[0] ?? [], nonRunners: nonRunnersOf(race), voided: false };
    case 'void':
    case 'refunded':
      // As `race-voided` tells the pools that had this leg attached before: who was withdrawn from a
      // race that was never run takes nothing from anybody.
      return { winners: [], nonRunners: [], voided: true };
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
  }[];
}): string {
  const pools = it.pools.map(({ id, ruleSet, legs, guarantee }) => [
    id,
    typeof ruleSet === 'string' ? ruleSet : JSON.stringify(ruleSet),
    legs,
    guarantee,
  ]);
  const runners = it.runners.map(({ number, name }) => [number, name]);
  return JSON.stringify([it.title, it.offAtMs, runners, pools]);
}
