import { expect, test } from 'vitest';
import { createBudget } from '../../src/edge/budget.ts';

function budgetOf(burst: number, perSecond: number) {
  let nowMs = 1_000_000;
  const budget = createBudget({ burst, perSecond, now: () => nowMs });
  return {
    take: budget.take,
    pass(ms: number) {
      nowMs += ms;
    },
  };
}

test('gives what was saved up and no more, and all or nothing', () => {
  const { take } = budgetOf(10, 5);
  expect(take(7)).toBe(true);
  expect(take(4)).toBe(false);
  expect(take(3)).toBe(true);
  expect(take(1)).toBe(false);
});

test('earns with time, up to what it holds', () => {
  const { take, pass } = budgetOf(10, 5);
  take(10);
  pass(199);
  expect(take(1)).toBe(false);
  pass(1);
  expect(take(1)).toBe(true);
  pass(60_000);
  expect(take(11)).toBe(false);
  expect(take(10)).toBe(true);
});

test('loses nothing when the clock steps back', () => {
  const { take, pass } = budgetOf(10, 5);
  pass(-60_000);
  expect(take(10)).toBe(true);
  pass(200);
  expect(take(1)).toBe(true);
});
