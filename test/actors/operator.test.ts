import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type OperatorCommand, operator } from '../../src/actors/operator.ts';
import { cents, poolId, raceId } from '../../src/actors/units.ts';
import { given } from '../support/scenario.ts';

const post = (race: string, pool: string, amounts: readonly number[]): OperatorCommand => {
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
  };
};
const house = (...commands: OperatorCommand[]) => given(operator, 'house').after(...commands);
const books = (...commands: OperatorCommand[]) => house(...commands).answer({ kind: 'books' });

describe('the house', () => {
  test('books the takeout, breakage and reserve of a pool', () => {
    const command = post('r1', 'win', [80, 7, 0, 500]);
    house()
      .when(command)
      .yields({ ...command, kind: 'pool-posted' });
    expect(books(command)).toEqual({ takeout: 80, breakage: 7, reserve: 500 });
  });

  test('books a pool once, however often its race reports it and long after', () => {
    const command = post('r1', 'win', [80, 7, 0, 500]);
    house(command, post('r2', 'win', [1]))
      .when(command)
      .yields();
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
        });
      }),
    );
  });
});
