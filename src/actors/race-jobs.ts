/** What of a race is computed off the shard: large pools priced and settled, survivors counted. */
import type { Job } from '../runtime/actor.ts';
import type { CountSurvivorsJob, SettlePoolJob } from './jobs.ts';
import { pricingTask } from './race-pricing.ts';
import type { PoolState, Race } from './race-state.ts';
import { legsSoFar } from './race-survivors.ts';

/** Asked after every change of the race, so where nothing is due nothing is made. */
export function raceJobs(state: Race): Job[] {
  const jobs: Job[] = [];
  for (const pool of state.pools.values()) {
    // What left the pool is given back first, so that its money is 0 when the last ticket is paid.
    const ready = pool.refundQueue.length === 0;
    if (pool.pricing !== undefined && ready) jobs.push(settleJob(state, pool, pool.pricing));
    if (pool.counting !== undefined) jobs.push(countJob(state, pool, pool.counting));
  }
  return jobs;
}

/** Named until the pool is settled: begun again, it finds what is done already. */
function settleJob(
  state: Race,
  pool: PoolState,
  { run, result, tickets }: NonNullable<PoolState['pricing']>,
): Job {
  const task = pricingTask(state, pool, result);
  const input: SettlePoolJob = { pool: pool.id, run, task, tickets };
  return { key: `${pool.id}/settle/${run}`, name: 'settle-pool', input };
}

function countJob(state: Race, pool: PoolState, count: number): Job {
  const { ruleSet, money, day } = pricingTask(state, pool, { kind: 'void' });
  const input: CountSurvivorsJob = {
    pool: pool.id,
    count,
    task: { ruleSet, money, day },
    legs: legsSoFar(pool),
    runners: pool.legRunners.map((it) => it ?? []),
    tickets: pool.tickets.share(),
  };
  return { key: `${pool.id}/survivors/${count}`, name: 'count-survivors', input };
}
