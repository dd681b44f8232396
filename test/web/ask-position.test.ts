// Asking where a player stands, with the time and the edge in the test's hands.
import { signal } from '@preact/signals';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createPositionAsker } from '../../web/src/ask-position.ts';
import type { Connection } from '../../web/src/connection.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function play() {
  const asked = vi.fn<Connection['ask']>();
  const connection: Connection = {
    link: signal('connected'),
    greetedMs: () => undefined,
    subscribe: () => ({ renew() {}, close() {} }),
    ask: asked,
    connect() {},
  };
  return { asked, asker: createPositionAsker(connection, 'day') };
}

const position = (rank: number, version: number) => ({ found: true, rank, version });

it('asks nothing for nobody', async () => {
  const { asked, asker } = play();
  asker.refresh();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(asked).not.toHaveBeenCalled();
  expect(asker.standing.value).toEqual({ kind: 'nobody' });
});

it('asks at once, then at most once a second however often the ranking moves', async () => {
  const { asked, asker } = play();
  asked.mockResolvedValue(position(5, 1));
  asker.choose('p');
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toHaveBeenCalledExactlyOnceWith('position', { tournament: 'day', player: 'p' });
  for (let moves = 0; moves < 20; moves += 1) {
    asker.refresh();
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(asked).toHaveBeenCalledTimes(3);
});

it('does not go back to an older position, nor from a known one to none', async () => {
  const { asked, asker } = play();
  const replies = [position(2, 9), position(5, 8)];
  asked.mockImplementation(() => {
    const reply = replies.shift();
    return reply ? Promise.resolve(reply) : Promise.reject(new Error('nobody answered'));
  });
  asker.choose('p');
  for (let asks = 0; asks < 3; asks += 1) {
    asker.refresh();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asker.standing.value).toMatchObject({ kind: 'known', position: { rank: 2 } });
  }
  expect(asked).toHaveBeenCalledTimes(3);
});

it('forgets the answer for a player who is no longer chosen', async () => {
  const { asked, asker } = play();
  const first = Promise.withResolvers<unknown>();
  asked.mockReturnValueOnce(first.promise).mockResolvedValue(position(7, 1));
  asker.choose('p');
  await vi.advanceTimersByTimeAsync(0);
  asker.choose('q');
  first.resolve(position(1, 5));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asker.standing.value).toMatchObject({ kind: 'known', player: 'q', position: { rank: 7 } });
});

it('asks again by itself when nobody answered', async () => {
  const { asked, asker } = play();
  asked.mockRejectedValueOnce(new Error('nobody answered')).mockResolvedValue(position(3, 1));
  asker.choose('p');
  await vi.advanceTimersByTimeAsync(0);
  expect(asker.standing.value).toEqual({ kind: 'unanswered', player: 'p' });
  await vi.advanceTimersByTimeAsync(5_001);
  expect(asker.standing.value).toMatchObject({ kind: 'known', position: { rank: 3 } });
});
