import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type OperatorCommand, operator } from '../../src/actors/operator.ts';
import { awardId, betId, cents, playerId, poolId, raceId } from '../../src/actors/units.ts';
import { given } from '../support/scenario.ts';

type PostPool = Extract<OperatorCommand, { readonly kind: 'post-pool' }>;

const post = (race: string, pool: string, amounts: readonly number[]): PostPool => {
  const [takeout, breakage, fromReserve, toReserve] = amounts.map(cents);
  const zero = cents(0);
  return {
    kind: 'post-pool',
    race: raceId(race),
    pool: poolId(pool),
    takeout: takeout ?? zero,
    breakage: breakage ?? zero,
    fromReserve: fromReserve ?? zero,
    toReserve: toReserve ?? zero,
    fund: 'test',
  };
};
const house = (...commands: OperatorCommand[]) => given(operator, 'house').after(...commands);
const books = (...commands: OperatorCommand[]) => house(...commands).answer({ kind: 'books' });

describe('the house', () => {
  test('books the takeout, breakage and reserve of a pool', () => {
    const command = post('r1', 'win', [80, 7, 0, 500]);
    house()
      .when(command)
      .yields({ ...command, kind: 'pool-posted', run: 1 });
    const funds = [{ fund: 'test', amount: 500 }];
    expect(books(command)).toEqual({
      takeout: 80,
      breakage: 7,
      reserve: 500,
      unclaimed: 0,
      awards: 0,
      funds,
    });
  });

  test('books a pool once, however often its race reports it and long after', () => {
    const command = post('r1', 'win', [80, 7, 0, 500]);
    house(command, post('r2', 'win', [1]))
      .when(command)
      .yields();
  });

  test('replaces what a pool brought by what its next run brings', () => {
    const first = post('r1', 'win', [80, 7, 0, 500]);
    const second: OperatorCommand = { ...post('r1', 'win', [60, -3, 200, 0]), run: 2 };
    const third: OperatorCommand = { ...post('r1', 'win', [60, -3, 200, 0]), run: 3 };
    expect(books(first, second)).toMatchObject({ takeout: 60, breakage: -3, reserve: -200 });
    expect(books(first, second, third)).toEqual(books(first, second));
    // An overtaken run, and any run again, says nothing.
    house(first, second).when(first).yields();
    house(first, second).when(second).yields();
    expect(books(second, first)).toEqual(books(first, second));
  });

  test('takes pools of one name in two races, and two pools of one race, for what they are', () => {
    const three = [post('r1', 'win', [1]), post('r2', 'win', [2]), post('r1', 'place', [4])];
    expect(books(...three)).toMatchObject({ takeout: 7 });
  });

  test('bears a minimum dividend as negative breakage', () => {
    expect(books(post('r1', 'win', [80, -100]))).toMatchObject({ breakage: -100 });
  });

  test('advances what a guarantee needs beyond the reserve, and gets it back from unwon pools', () => {
    const won = post('r1', 'big5', [0, 0, 300, 0]);
    expect(books(won)).toMatchObject({ reserve: -300 });
    expect(books(won, post('r2', 'big5', [0, 0, 0, 1_000]))).toMatchObject({ reserve: 700 });
  });

  test('has books that are the sum of the pools reported, in any order with any repetition', () => {
    const amounts = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 4, maxLength: 4 });
    const pools = fc.uniqueArray(
      fc.tuple(fc.constantFrom('r1', 'r2', 'r3'), fc.constantFrom('win', 'place'), amounts),
      { selector: ([race, pool]) => `${race}/${pool}`, maxLength: 6 },
    );
    const reported = pools.chain((them) =>
      fc.tuple(
        fc.constant(them),
        fc.shuffledSubarray([...them, ...them], { minLength: 2 * them.length }),
      ),
    );
    fc.assert(
      fc.property(reported, ([them, reports]) => {
        const sumOf = (at: number) => them.reduce((sum, [, , all]) => sum + (all[at] ?? 0), 0);
        expect(books(...reports.map((it) => post(...it)))).toEqual({
          takeout: sumOf(0),
          breakage: sumOf(1),
          reserve: sumOf(3) - sumOf(2),
          unclaimed: 0,
          awards: 0,
          funds: them.length === 0 ? [] : [{ fund: 'test', amount: sumOf(3) - sumOf(2) }],
        });
      }),
    );
  });

  test('keeps a fund for each family of bets, and moves a pool’s part from one to another', () => {
    const quinte = post('r1', 'quinte', [0, 0, 300, 1_000]);
    const trio: OperatorCommand = { ...post('r1', 'trio', [0, 0, 0, 50]), fund: 'trio' };
    expect(books(quinte, trio)).toMatchObject({
      reserve: 750,
      funds: [
        { fund: 'test', amount: 700 },
        { fund: 'trio', amount: 50 },
      ],
    });
    const again: OperatorCommand = { ...quinte, fund: 'quinte', run: 2 };
    expect(books(quinte, trio, again)).toMatchObject({
      reserve: 750,
      funds: [
        { fund: 'test', amount: 0 },
        { fund: 'trio', amount: 50 },
        { fund: 'quinte', amount: 700 },
      ],
    });
  });

  test('keeps what an older pool brought, which names no fund, in the reserve', () => {
    const older: OperatorCommand = { ...post('r1', 'win', [0, 0, 0, 500]), fund: '' };
    expect(books(older)).toMatchObject({ reserve: 500, funds: [{ fund: 'reserve', amount: 500 }] });
  });
});

describe('what players did not claim', () => {
  const unclaimed = (bet: string, amount: number, settlement = 1): OperatorCommand => ({
    kind: 'post-unclaimed',
    player: playerId('ann'),
    bet: betId(bet),
    amount: cents(amount),
    settlement,
  });

  test('is booked once for each settlement of a bet, in any order with any repetition', () => {
    const posts = [unclaimed('b1', 900), unclaimed('b1', -800, 2), unclaimed('b2', 7)];
    const orders = fc.shuffledSubarray([...posts, ...posts], { minLength: 6 });
    fc.assert(
      fc.property(orders, (them) => {
        expect(books(...them)).toMatchObject({ unclaimed: 107, reserve: 0 });
      }),
    );
  });
});

describe('awards of tournaments', () => {
  const award = (id: string, amount: number, player = 'ann') => ({
    kind: 'post-award' as const,
    player: playerId(player),
    award: awardId(id),
    amount: cents(amount),
  });

  test('are booked once for each player and award, in any order with any repetition', () => {
    const posts = [award('t1.1.1', 900), award('t1.1.1', 50, 'bob'), award('t1.2.1', 7)];
    const orders = fc.shuffledSubarray([...posts, ...posts], { minLength: 6 });
    fc.assert(
      fc.property(orders, (them) => {
        expect(books(...them)).toMatchObject({ awards: 957, unclaimed: 0, reserve: 0 });
      }),
    );
  });

  test('are booked as what was paid, and as nothing else', () => {
    const command = award('t1.1.1', 900);
    house()
      .when(command)
      .yields({ ...command, kind: 'award-posted' });
    const none = { takeout: 0, breakage: 0, reserve: 0, unclaimed: 0, funds: [] };
    expect(books(command)).toEqual({ ...none, awards: 900 });
  });
});
