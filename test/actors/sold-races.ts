/** Races with their bets sold once, that many tests then run in their own way. */
import type { OperatorBooks } from '../../src/actors/operator.ts';
import type { AccountSummary, BetRecord } from '../../src/actors/player-events.ts';
import { priceTickets } from '../../src/actors/pool-pricing.ts';
import type { PoolResult } from '../../src/actors/pools/price.ts';
import type { RaceCommand, RaceEvent } from '../../src/actors/race-events.ts';
import { pricingTask } from '../../src/actors/race-pricing.ts';
import type { PoolState, Race } from '../../src/actors/race-state.ts';
import type { Ticket } from '../../src/actors/ticket.ts';
import { type BetId, type PlayerId, type PoolId, playerId } from '../../src/actors/units.ts';
import type { Address } from '../../src/runtime/actor.ts';
import { createJobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { createTroupe, type LogEntry, type Troupe } from '../support/scenario.ts';
import { deposit, openAccount, place, WIN } from './given.ts';

const R: Address = 'race/r1';
const DEPOSITED = 100_000;

export interface SoldRace {
  readonly troupe: Troupe;
  readonly jobs: JobsByHand;
  tell(...commands: readonly RaceCommand[]): void;
  /** Everything there is to do for jobs, messages and both. */
  finish(): void;
  state(): Race;
  pool(id?: PoolId): PoolState;
}

/** What was sold, as a log from which any number of races go on. */
export function sold(
  declarations: Readonly<Record<string, RaceCommand>>,
  { open, tickets }: { open: readonly RaceCommand[]; tickets: readonly Ticket[] },
): readonly LogEntry[] {
  const troupe = createTroupe();
  for (const [race, declaration] of Object.entries(declarations)) {
    troupe.tell(`race/${race}`, declaration);
    for (const command of open) troupe.tell(`race/${race}`, command);
  }
  for (const player of new Set(tickets.map((it) => it.player))) {
    troupe.tell(`player/${player}`, openAccount);
    troupe.tell(`player/${player}`, deposit(DEPOSITED));
  }
  troupe.deliverAll();
  for (const ticket of tickets) {
    troupe.tell(`player/${ticket.player}`, place(ticket));
    troupe.deliverAll();
  }
  if (troupe.refused.length > 0) throw new Error(JSON.stringify(troupe.refused[0]));
  return [...troupe.log];
}

export function goOn(past: readonly LogEntry[]): SoldRace {
  const troupe = createTroupe(past);
  const jobs = createJobsByHand(troupe, R);
  const state = () => troupe.stateOf(R) as Race;
  return {
    troupe,
    jobs,
    tell(...commands) {
      for (const command of commands) troupe.tell(R, command);
    },
    finish: () => jobs.finish(),
    state,
    pool(id = WIN) {
      const found = state().pools.get(id);
      if (found === undefined) throw new Error(`no pool ${id}`);
      return found;
    },
  };
}

export function raceEvents({ troupe }: SoldRace): RaceEvent[] {
  return troupe.log.flatMap((it) => (it.address === R ? [it.event as RaceEvent] : []));
}

export interface Paid {
  readonly payout: number;
  readonly refund: number;
}
export type PaidBets = ReadonlyMap<string, Paid>;

/** What each player's book says of each bet that is settled, by `player/bet`. */
export function booked({ troupe }: SoldRace, tickets: readonly Ticket[]): PaidBets {
  return new Map(
    tickets.map(({ player, bet }) => {
      const answer = troupe.answer(`player/${player}`, { kind: 'bet', bet }) as {
        readonly bet: BetRecord;
      };
      const { status } = answer.bet;
      if (status.kind !== 'settled') throw new Error(`${player}/${bet} is ${status.kind}`);
      const { payout, refund } = status;
      return [`${player}/${bet}`, { payout, refund }];
    }),
  );
}

/** What pricing says of each ticket in the pool; what left it had its stake back. */
export function priced({ state }: SoldRace, pool: PoolState, result: PoolResult): PaidBets {
  const { indices, paymentAt } = priceTickets(pricingTask(state(), pool, result), pool.tickets);
  const at = new Map([...indices].map((index, place) => [index, place]));
  return new Map(
    Array.from({ length: pool.tickets.size }, (_, index) => {
      const { player, bet, cost } = pool.tickets.at(index);
      const place = at.get(index);
      const paid = place === undefined ? { payout: 0, refund: cost } : paymentAt(place);
      return [`${player}/${bet}`, paid];
    }),
  );
}

/** Everything that anybody has; the whole is what was deposited. */
export function moneyOf({ troupe, state }: SoldRace, tickets: readonly Ticket[]) {
  const players = [...new Set(tickets.map((it) => it.player))];
  const accounts = players.map((player) => {
    const answer = troupe.answer(`player/${player}`, { kind: 'account' });
    return (answer as { readonly account: AccountSummary }).account;
  });
  const sum = (of: (it: AccountSummary) => number) => accounts.reduce((to, it) => to + of(it), 0);
  const house = troupe.answer('operator/house', { kind: 'books' }) as OperatorBooks;
  const inPools = [...state().pools.values()].reduce((to, it) => to + it.money, 0);
  return {
    deposited: DEPOSITED * players.length,
    free: sum((it) => it.free),
    held: sum((it) => it.held),
    unclaimed: sum((it) => it.unclaimed),
    openBets: sum((it) => it.openBets),
    inPools,
    house: house.takeout + house.breakage + house.reserve + house.unclaimed,
  };
}

/** How often the race told a player of a bet, by `player/bet`, and with what, in order. */
export function told(race: SoldRace): Map<string, Paid[]> {
  const all = new Map<string, Paid[]>();
  const add = (player: PlayerId, bet: BetId, { payout, refund }: Paid) => {
    const key = `${player}/${bet}`;
    const times = all.get(key) ?? [];
    times.push({ payout, refund });
    all.set(key, times);
  };
  for (const event of raceEvents(race)) {
    if (event.kind === 'tickets-settled') {
      for (const it of event.tickets) add(it.player, it.bet, it);
    }
    if (event.kind !== 'players-settled') continue;
    for (const { player, tickets, except } of event.players) {
      const named = new Map(tickets.map((it) => [it.bet, it]));
      for (const bet of betsOf(race.pool(event.pool), player)) {
        if (!except.includes(bet)) add(player, bet, named.get(bet) ?? { payout: 0, refund: 0 });
      }
    }
  }
  return all;
}

function betsOf({ tickets }: PoolState, player: PlayerId): BetId[] {
  const number = tickets.players.numberOf(player);
  return Array.from({ length: tickets.size }, (_, index) => index)
    .filter((index) => tickets.playerAt(index) === number)
    .map((index) => tickets.betAt(index));
}

/** `count` bets dealt out to `players`, ticket after ticket. */
export function dealt(
  count: number,
  { players, ticketOf }: { players: number; ticketOf: (index: number) => Ticket },
): Ticket[] {
  return Array.from({ length: count }, (_, index) => ({
    ...ticketOf(index),
    player: playerId(`p${index % players}`),
    bet: `b${index}` as BetId,
  }));
}
