import { expect, test } from 'vitest';
import { BOARD_TICK_MS, createPace } from '../../src/edge/pace.ts';

test('a board is published more often than the rest', () => {
  const pace = createPace(100);
  expect([pace.tickMs('board:cup'), pace.tickMs('odds:r1'), pace.tickMs('races')]).toEqual([
    BOARD_TICK_MS,
    100,
    100,
  ]);
  expect(createPace(5).tickMs('board:cup')).toBe(5);
});

test('telling many takes a tenth of the time at most, and is forgotten when it is quick again', () => {
  const pace = createPace(100);
  pace.took(4);
  expect(pace.tickMs('board:cup')).toBe(40);
  pace.took(30);
  expect([pace.tickMs('board:cup'), pace.tickMs('races')]).toEqual([300, 300]);
  for (let time = 0; time < 10; time++) pace.took(0);
  expect(pace.tickMs('board:cup')).toBe(BOARD_TICK_MS);
});
