/**
 * Bets over several races between their legs: after each leg that is decided, what is still alive
 * and what it would be paid. A large pool is counted in a job.
 */
import { accept, type Decision, reject } from '../runtime/actor.ts';
import { indicesInPool, pricedTickets } from './pool-pricing.ts';
import type { LegOutcome } from './pools/price.ts';
import type { RuleSet } from './pools/rule-set.ts';
import { type Survivors, survivorsOf } from './pools/survivors.ts';
import type { RaceCommand, RaceEvent, RaceRejection, RecordedSurvivors } from './race-events.ts';
import { isLarge, pricingTask } from './race-pricing.ts';
import { isMultiLeg, type PoolState, type Race } from './race-state.ts';
import { cents, RUNNER_NUMBER_MAX, type RunnerNumber, runnerNumber } from './units.ts';

/** Some legs are decided and some are not. */
function isBetweenLegs(pool: PoolState): boolean {
  const decided = pool.legOutcomes.filter((it) => it !== undefined).length;
  return isMultiLeg(pool) && decided > 0 && decided < pool.legs.length;
}

/** Whether a job has to count the pool's survivors. */
export function isCountedOff(pool: PoolState): boolean {
  return isBetweenLegs(pool) && isLarge(pool);
}

/** Grows with every leg that is decided, every correction of one, and every withdrawal. */
export function countOf({ legRevisions, withdrawals }: PoolState): number {
  return legRevisions.reduce((sum, revision) => sum + revision, withdrawals);
}

/** Undecided legs may still be won by whoever runs in them. */
export function legsSoFar(
  { ruleSet, legOutcomes, legRunners }: PoolState,
  { outcomes = legOutcomes, runners = legRunners }: Change = {},
): LegOutcome[] {
  return outcomes.map((it, leg) => {
    if (it !== undefined) return it;
    const nonRunners = absentFrom(runners[leg], ruleSet);
    return { winners: [], nonRunners, voided: false, open: true };
  });
}

/** What a decision changes in the pool, which the state does not know yet. */
interface Change {
  readonly outcomes?: readonly (LegOutcome | undefined)[];
  readonly runners?: PoolState['legRunners'];
  /** A source whose tickets leave. */
  readonly without?: string;
}

/** Every number that is not a starter's. Who will be the favourite nobody knows yet. */
function absentFrom(
  starters: readonly RunnerNumber[] | undefined,
  { nonRunner }: RuleSet,
): RunnerNumber[] {
  if (starters === undefined || nonRunner === 'favourite') return [];
  if (nonRunner === 'alternate-then-favourite') return [];
  const all = Array.from({ length: RUNNER_NUMBER_MAX }, (_, index) => runnerNumber(index + 1));
  return all.filter((it) => !starters.includes(it));
}

export function recordedSurvivors(
  { tickets, stakes, value, willPays }: Survivors,
  decided: number,
): RecordedSurvivors {
  return {
    decided,
    tickets,
    stakes: cents(stakes),
    valueHundredths: value?.hundredths ?? 0,
    willPays: willPays.map((it) => ({ ...it, stakes: cents(it.stakes) })),
  };
}

/** Of a small pool, in the decision that changes it; `count` is that of after the change. */
export function survivorsEvents(
  state: Race,
  pool: PoolState,
  { count, ...change }: Change & { readonly count: number },
): RaceEvent[] {
  const { outcomes = pool.legOutcomes, runners = pool.legRunners, without } = change;
  const decided = outcomes.filter((it) => it !== undefined).length;
  if (decided === 0 || decided === pool.legs.length || isLarge(pool)) {
    return [];
  }
  const { ruleSet, money, day } = pricingTask(state, pool, { kind: 'void' });
  const indices = indicesInPool(pool.tickets, without);
  const survivors = survivorsOf(ruleSet, {
    tickets: { [Symbol.iterator]: () => pricedTickets(pool.tickets, indices) },
    money,
    day,
    legs: legsSoFar(pool, change),
    runners: runners.map((it) => it ?? []),
  });
  return [
    {
      kind: 'survivors-counted',
      pool: pool.id,
      count,
      ...recordedSurvivors(survivors, decided),
    },
  ];
}

/** From the pool's own job. */
export function recordSurvivors(
  state: Race,
  command: Extract<RaceCommand, { readonly kind: 'record-survivors' }>,
): Decision<RaceEvent, RaceRejection> {
  const { pool: id, count, survivors } = command;
  const pool = state.pools.get(id);
  if (pool === undefined) return reject({ reason: 'unknown-pool', pool: id });
  if (pool.counting !== count) return accept();
  return accept({ kind: 'survivors-counted', pool: id, count, ...survivors });
}
