import { expect, test } from 'vitest';
import { BOARD_TICK_MS, createPace } from '../../src/edge/pace.ts';

test('a board is published more often than the rest', () => {
  const pace = createPace(100);
  expect([pace.tickMs('board:cup'), pace.tickMs('odds:r1'), pace.tickMs('races')]).toEqual([
    BOARD_TICK_MS,
    100,
    100,
  ]);
  expect(createPace(3).tickMs('board:cup')).toBe(3);
});

test('telling many takes a tenth of the time at most, and is forgotten when it is quick again', () => {
  const pace = createPace(100);
  for (let time = 0; time < 30; time++) pace.took(30);
  for (const channel of ['board:cup', 'races']) expect(pace.tickMs(channel)).toBeCloseTo(300, 0);
  for (let time = 0; time < 30; time++) pace.took(0);
  expect(pace.tickMs('board:cup')).toBe(BOARD_TICK_MS);
});

test('what takes half a millisecond, which the clock sees as none or one, slows a board by no more', () => {
  const pace = createPace(100);
  const ticks = Array.from({ length: 40 }, (_, time) => {
    pace.took(time % 2);
    return pace.tickMs('board:cup');
  });
  expect(Math.max(...ticks)).toBeLessThan(7);
});
