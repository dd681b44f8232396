/** Every cent of two races, three pools, two players and the house, however their messages travel. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OperatorBooks } from '../../src/actors/operator.ts';
import type { AccountSummary } from '../../src/actors/player-events.ts';
import type { PoolDeclaration, RaceCommand, RaceSummary } from '../../src/actors/race-events.ts';
import type { Race } from '../../src/actors/race-state.ts';
import { combinationsOf } from '../../src/actors/ticket.ts';
import { betId, cents, playerId, poolId, raceId } from '../../src/actors/units.ts';
import type { Address } from '../../src/runtime/actor.ts';
import { picks, stewardOrders } from '../support/arbitraries.ts';
import { createTroupe, type Troupe } from '../support/scenario.ts';
import {
  cancelOf,
  close,
  declare,
  deposit,
  doublePool,
  official,
  open,
  openAccount,
  place,
  placePool,
  voided,
  winPool,
} from './given.ts';

const DEPOSITED = 100_000;
const PLAYERS = ['ann', 'bob'];
const RACES = ['r1', 'r2'] as const;
/** A bet of this channel may be cancelled for a second. */
const cancellable = (pool: PoolDeclaration): PoolDeclaration => ({
  ...pool,
  ruleSet: { ...pool.ruleSet, channels: [{ channel: 'online', cancelSeconds: 1 }] },
});
const DECLARATIONS = {
  r1: declare([winPool, placePool, doublePool(3_000)].map(cancellable), 3),
  r2: declare([winPool].map(cancellable), 3),
};

type Step =
  | { readonly kind: 'bet'; readonly player: string; readonly command: object }
  | { readonly kind: 'order'; readonly race: string; readonly command: RaceCommand }
  | { readonly kind: 'deliver'; readonly choice: number; readonly keep: boolean };

const bets: fc.Arbitrary<Step> = fc
  .record({
    player: fc.constantFrom(...PLAYERS),
    bet: fc.integer({ min: 1, max: 6 }),
    where: fc.constantFrom(['r1', 'win'], ['r1', 'place'], ['r1', 'double'], ['r2', 'win']),
    first: picks,
    second: picks,
    stake: fc.constantFrom(100, 150, 1_000),
  })
  .map(({ player, bet, where: [race = '', pool = ''], first, second, stake }) => {
    const legs = pool === 'double' ? [first, second] : [first];
    const ticket = {
      bet: betId(`b${bet}`),
      player: playerId(player),
      race: raceId(race),
      pool: poolId(pool),
      formula: pool === 'double' ? ('legs' as const) : ('combined' as const),
      legs,
      picks: 0,
      alternates: [],
      flexi: 100,
      stake: cents(stake),
      combinations: combinationsOf(legs),
      cost: cents(stake * combinationsOf(legs)),
      channel: 'online',
    };
    return { kind: 'bet', player, command: place(ticket) };
  });

const cancels: fc.Arbitrary<Step> = fc
  .record({
    player: fc.constantFrom(...PLAYERS),
    bet: fc.integer({ min: 1, max: 6 }),
    atMs: fc.constantFrom(5, 5_000),
  })
  .map(({ player, bet, atMs }) => ({ kind: 'bet', player, command: cancelOf(`b${bet}`, atMs) }));

const orders: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('order' as const),
  race: fc.constantFrom(...RACES),
  command: stewardOrders,
});

const declarations: fc.Arbitrary<Step> = fc
  .constantFrom(...RACES)
  .map((race) => ({ kind: 'order', race, command: DECLARATIONS[race] }));

const deliveries: fc.Arbitrary<Step> = fc.record({
  kind: fc.constant('deliver' as const),
  choice: fc.nat(20),
  keep: fc.boolean(),
});

/** Most days start with both races open, so that their pools fill; some do not even declare them. */
const morning: readonly Step[] = RACES.flatMap((race) => [
  { kind: 'order', race, command: DECLARATIONS[race] },
  { kind: 'order', race, command: open },
]);

const allDelivered: readonly Step[] = Array.from({ length: 8 }, () => ({
  kind: 'deliver',
  choice: 0,
  keep: false,
}));

const hours = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: bets },
    { weight: 2, arbitrary: cancels },
    { weight: 2, arbitrary: orders },
    { weight: 1, arbitrary: declarations },
    { weight: 8, arbitrary: deliveries },
  ),
  { minLength: 20, maxLength: 80, size: 'max' },
);

const days = fc
  .tuple(fc.integer({ min: 0, max: 3 }), hours)
  .map(([luck, steps]) => (luck === 0 ? steps : [...morning, ...allDelivered, ...steps]));

/** Who arrives, and in which order; the others fall. */
const finishes = fc.shuffledSubarray([1, 2, 3], { minLength: 1 });

const raceAt = (race: string): Address => `race/${race}`;

function raceOf(troupe: Troupe, race: string): RaceSummary | undefined {
  const answer = troupe.answer(raceAt(race), { kind: 'race' }) as { readonly race?: RaceSummary };
  return answer.race;
}

function accountOf(troupe: Troupe, player: string): AccountSummary {
  const { account } = troupe.answer(`player/${player}`, { kind: 'account' }) as {
    readonly account: AccountSummary;
  };
  return account;
}

/** All there is, wherever it is. Only when no message is under way is it in one place each. */
function moneyOf(troupe: Troupe) {
  const accounts = PLAYERS.map((player) => accountOf(troupe, player));
  const books = RACES.map((race) => troupe.answer(raceAt(race), { kind: 'books' }));
  const house = troupe.answer('operator/house', { kind: 'books' }) as OperatorBooks;
  return {
    free: accounts.reduce((sum, it) => sum + it.free, 0),
    held: accounts.reduce((sum, it) => sum + it.held, 0),
    openBets: accounts.reduce((sum, it) => sum + it.openBets, 0),
    inPools: books.reduce(
      (sum: number, it) => sum + ((it as { inPools?: number }).inPools ?? 0),
      0,
    ),
    house: house.takeout + house.breakage + house.reserve,
  };
}

function live(troupe: Troupe, steps: readonly Step[]): void {
  for (const player of PLAYERS) {
    troupe.tell(`player/${player}`, openAccount);
    troupe.tell(`player/${player}`, deposit(DEPOSITED));
  }
  for (const step of steps) {
    if (step.kind === 'bet') troupe.tell(`player/${step.player}`, step.command, 'may-refuse');
    else if (step.kind === 'order') troupe.tell(raceAt(step.race), step.command, 'may-refuse');
    else if (troupe.underWay > 0) {
      troupe.deliver(step.choice, step.keep ? 'keep' : undefined);
    }
  }
  troupe.deliverAll();
}

/** Brings each race to its end, whatever phase it is in: run if it can be, else called off. */
function bringToAnEnd(troupe: Troupe, finish: readonly number[]): void {
  for (const id of RACES) {
    const to = raceAt(id);
    troupe.tell(to, DECLARATIONS[id]);
    troupe.tell(to, open, 'may-refuse');
    troupe.tell(to, close, 'may-refuse');
    const starters = (raceOf(troupe, id)?.runners ?? [])
      .filter((it) => !it.scratched)
      .map((it) => it.number);
    const order = finish.filter((it) => starters.some((runs) => runs === it)).map((it) => [it]);
    const didNotFinish = starters.filter((it) => !finish.includes(it));
    const entered = troupe.tell(
      to,
      { kind: 'enter-result', order, didNotFinish, by: 'steward', atMs: 1 },
      'may-refuse',
    );
    if (!(entered && troupe.tell(to, official, 'may-refuse'))) {
      troupe.tell(to, voided, 'may-refuse');
    }
  }
  troupe.deliverAll();
}

describe('whatever happens on a day of two races', () => {
  test('at rest every cent is free, held, in a pool or the house’s', () => {
    fc.assert(
      fc.property(days, (steps) => {
        const troupe = createTroupe();
        live(troupe, steps);
        const { free, held, inPools, house } = moneyOf(troupe);
        expect(free + held + inPools + house).toBe(DEPOSITED * PLAYERS.length);
        // At rest the races have decided on every bet.
        expect(held).toBe(0);
        expect(troupe.refused).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('driven to the end no pool keeps a cent, no bet is open, and payments and postings are the stakes', () => {
    fc.assert(
      fc.property(days, finishes, (steps, finish) => {
        const troupe = createTroupe();
        live(troupe, steps);
        bringToAnEnd(troupe, finish);

        const { free, held, openBets, inPools, house } = moneyOf(troupe);
        expect({ held, openBets, inPools }).toEqual({ held: 0, openBets: 0, inPools: 0 });
        expect(free + house).toBe(DEPOSITED * PLAYERS.length);
        for (const id of RACES) {
          const race = raceOf(troupe, id);
          expect(['paid', 'refunded']).toContain(race?.phase);
          for (const pool of race?.pools ?? []) expect(pool.settled).toBe(true);
        }
        const { stakes, payments, postings, settlements } = tallyOf(troupe);
        expect(payments + postings).toBe(stakes);
        // Each registered bet was settled by its race once, and booked by its player once.
        for (const times of settlements.values()) expect(times).toEqual({ race: 1, player: 1 });
        expect(troupe.refused).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('each pool by itself is empty when it is settled', () => {
    fc.assert(
      fc.property(days, finishes, (steps, finish) => {
        const troupe = createTroupe();
        live(troupe, steps);
        bringToAnEnd(troupe, finish);
        for (const id of RACES) {
          const pools = (troupe.stateOf(raceAt(id)) as Race).pools.values();
          for (const pool of pools) expect([pool.id, pool.money]).toEqual([pool.id, 0]);
        }
      }),
      { numRuns: 100 },
    );
  });
});

/** What the log says, by itself: stakes in, payments and postings out, and how often each bet. */
function tallyOf(troupe: Troupe) {
  let stakes = 0;
  let payments = 0;
  let postings = 0;
  const settlements = new Map<string, { race: number; player: number }>();
  for (const { event, address } of troupe.log) {
    switch (event.kind) {
      case 'bet-registered':
        stakes += event.cost;
        settlements.set(`${event.player}/${event.bet}`, { race: 0, player: 0 });
        break;
      case 'bet-cancelled':
        // The race's word; the player's has the same name and no money in it.
        if (!('cost' in event)) break;
        stakes -= event.cost;
        settlements.delete(`${event.player}/${event.bet}`);
        break;
      case 'tickets-settled':
        for (const { player, bet } of event.tickets) count(`${player}/${bet}`, 'race');
        break;
      case 'bet-settled':
        payments += event.payout + event.refund;
        count(`${address.slice('player/'.length)}/${event.bet}`, 'player');
        break;
      case 'pool-posted':
        postings += event.takeout + event.breakage + event.toReserve - event.fromReserve;
        break;
      default:
    }
  }
  return { stakes, payments, postings, settlements };

  function count(bet: string, by: 'race' | 'player'): void {
    const times = settlements.get(bet);
    if (times === undefined) throw new Error(`${bet} is settled but was never registered`);
    times[by]++;
  }
}
