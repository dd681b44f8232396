import { expect, test } from 'vitest';
import { createPartOfTime, REST_MAX_MS } from '../../src/runtime/clock.ts';

test('work rests nine times as long as it takes, and ten with itself', () => {
  const part = createPartOfTime();
  expect(part.restMs).toBe(0);
  for (let time = 0; time < 40; time++) part.took(30);
  expect(part.restMs).toBeCloseTo(300, 0);
});

test('a clock that was set while it worked lets it rest neither for hours nor less than nothing', () => {
  const part = createPartOfTime();
  part.took(3_600_000);
  expect(part.restMs).toBe(REST_MAX_MS);
  const other = createPartOfTime();
  other.took(-3_600_000);
  expect(other.restMs).toBe(0);
  other.took(4);
  expect(other.restMs).toBe(10);
});
