/** The long computations of betting, by name: pure, and each yields commands for its own actor. */
import type { JobTable } from '../runtime/actor.ts';
import {
  indicesInPool,
  type PricedTickets,
  type PricingTask,
  pricedTickets,
  priceTickets,
  recordedPrice,
  ticketsByPlayer,
} from './pool-pricing.ts';
import type { LegOutcome } from './pools/price.ts';
import { survivorsOf } from './pools/survivors.ts';
import type { RaceCommand } from './race-events.ts';
import { recordedSurvivors } from './race-survivors.ts';
import { readTickets, type SharedTickets } from './ticket-table.ts';
import { type Cents, cents, type PlayerId, type PoolId, type RunnerNumber } from './units.ts';

/**
 * In one command, and so in one turn of the race and of its players: enough that a commit is worth
 * it, few enough that another race's bet waits some milliseconds.
 */
const BATCH_TICKETS = 4_096;
const BATCH_PLAYERS = 128;

export interface SettlePoolJob {
  readonly pool: PoolId;
  readonly run: number;
  readonly task: PricingTask;
  readonly tickets: SharedTickets;
}

export interface CountSurvivorsJob {
  readonly pool: PoolId;
  readonly count: number;
  readonly task: Omit<PricingTask, 'result'>;
  readonly legs: readonly LegOutcome[];
  readonly runners: readonly (readonly RunnerNumber[])[];
  readonly tickets: SharedTickets;
}

/** Inputs are what race-jobs.ts made: nobody else names these jobs. */
export const JOBS: JobTable = {
  'settle-pool': (input) => settlePool(input as SettlePoolJob),
  'count-survivors': (input) => countSurvivors(input as CountSurvivorsJob),
};

/** The price, then the tickets, player by player: each has one message, whatever was bet. */
function* settlePool({ pool, run, task, tickets }: SettlePoolJob): Iterable<RaceCommand> {
  const table = readTickets(tickets);
  const priced = priceTickets(task, table);
  yield { kind: 'record-price', pool, run, price: recordedPrice(priced.price, task) };

  // Where each ticket is among those that were priced, from 1; 0 is out of the pool.
  const places = new Uint32Array(table.size);
  for (const [at, index] of priced.indices.entries()) places[index] = at + 1;
  const byPlayer = ticketsByPlayer(table);
  const { count } = table.players;
  let players: SettledPlayer[] = [];
  let size = 0;
  for (let number = 0; number < count; number++) {
    const own = byPlayer.of(number);
    const player = table.players.nameOf(number) as PlayerId; // pushed as one
    players.push(settledPlayer(player, own, { places, priced }));
    size += own.length;
    const more = number + 1 < count;
    if (more && size < BATCH_TICKETS && players.length < BATCH_PLAYERS) continue;
    yield { kind: 'settle-players', pool, run, players, more };
    players = [];
    size = 0;
  }
}

type SettledPlayer = Extract<RaceCommand, { kind: 'settle-players' }>['players'][number];

function settledPlayer(
  player: PlayerId,
  own: Uint32Array,
  { places, priced }: { readonly places: Uint32Array; readonly priced: PricedTickets },
): SettledPlayer {
  const tickets: { ticket: number; payout: Cents; refund: Cents }[] = [];
  const except: number[] = [];
  for (const index of own) {
    const ticket = index + 1;
    const place = places[index] ?? 0;
    if (place === 0) {
      except.push(ticket);
      continue;
    }
    const { payout, refund } = priced.paymentAt(place - 1);
    if (payout === 0 && refund === 0) continue;
    tickets.push({ ticket, payout: cents(payout), refund: cents(refund) });
  }
  return { player, tickets, except };
}

function* countSurvivors(job: CountSurvivorsJob): Iterable<RaceCommand> {
  const { pool, count, task, legs, runners } = job;
  const tickets = readTickets(job.tickets);
  const indices = indicesInPool(tickets);
  const survivors = survivorsOf(task.ruleSet, {
    ...task,
    tickets: { [Symbol.iterator]: () => pricedTickets(tickets, indices) },
    legs,
    runners,
  });
  const decided = legs.filter(({ open }) => open !== true).length;
  yield { kind: 'record-survivors', pool, count, survivors: recordedSurvivors(survivors, decided) };
}
