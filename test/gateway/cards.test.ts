import { describe, expect, test } from 'vitest';
import type { RacePhase } from '../../src/actors/race-events.ts';
import { type RaceId, raceId } from '../../src/actors/units.ts';
import { createCards } from '../../src/gateway/cards.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import type { Router } from '../../src/runtime/router.ts';

/** Stands until it is moved. */
function handClock() {
  let nowMs = 1_000;
  const timers = new Map<() => void, number>();
  const clock: Clock = {
    now: () => nowMs,
    after(delayMs, work) {
      timers.set(work, nowMs + delayMs);
      return () => timers.delete(work);
    },
  };
  function advance(ms: number): void {
    nowMs += ms;
    for (const [work, dueMs] of timers) {
      if (dueMs > nowMs) continue;
      timers.delete(work);
      work();
    }
  }
  return { clock, advance, timers };
}

/** A router whose races answer when, and with the phase, that the test says. */
function slowRouter() {
  const questions: ((phase: RacePhase) => void)[] = [];
  const timeouts: number[] = [];
  const router: Router = {
    ask: ({ address }, _what, { timeoutMs }) =>
      new Promise((resolve) => {
        timeouts.push(timeoutMs);
        questions.push((phase) => {
          const race = { race: address.slice(5), phase, runners: [], pools: [] };
          // The race's own answer, as far as a card reads it.
          const answer = { kind: 'race', race } as never;
          resolve({ kind: 'accepted', version: 1, answer });
        });
      }),
    gather: () => Promise.reject(new Error('not asked')),
    whereIs: () => Promise.reject(new Error('not asked')),
    stuck: () => Promise.reject(new Error('not asked')),
    partitions: () => Promise.reject(new Error('not asked')),
  };
  return { router, questions, timeouts };
}

const race = raceId('r1');
const time = { atMs: 1_000, timeoutMs: 100 };

describe('cards', () => {
  test('put one question for all who wait for an open race', async () => {
    const { router, questions } = slowRouter();
    const cards = createCards(router, handClock().clock);
    const waiting = [cards.fetch(race, time), cards.fetch(race, time), cards.fetch(race, time)];
    expect(questions).toHaveLength(1);
    questions[0]?.('open');
    expect((await Promise.all(waiting)).map((it) => 'phase' in it && it.phase)).toEqual([
      'open',
      'open',
      'open',
    ]);
    expect(questions).toHaveLength(1);
  });

  test.each(['declared', 'suspended'] as const)(
    'ask again for who came after the question, where the race was %s',
    async (phase) => {
      const { router, questions } = slowRouter();
      const cards = createCards(router, handClock().clock);
      const first = cards.fetch(race, time);
      const later = [cards.fetch(race, time), cards.fetch(race, time)];
      questions[0]?.(phase);
      expect(await first).toMatchObject({ phase });
      await new Promise(setImmediate);
      expect(questions).toHaveLength(2);
      questions[1]?.('open');
      expect(await Promise.all(later)).toMatchObject([{ phase: 'open' }, { phase: 'open' }]);
    },
  );

  test('keep what never gets better for a second, and nothing else', async () => {
    const { router, questions } = slowRouter();
    const cards = createCards(router, handClock().clock);
    const phases: readonly [RacePhase, boolean][] = [
      ['declared', false],
      ['suspended', false],
      ['open', true],
      ['closed', true],
      ['paid', true],
      ['void', true],
    ];
    for (const [phase, kept] of phases) {
      const id = raceId(phase);
      const asked = cards.fetch(id, time);
      questions.shift()?.(phase);
      await asked;
      expect([phase, cards.peek(id, time.atMs + 999) !== undefined]).toEqual([phase, kept]);
      expect(cards.peek(id, time.atMs + 1_000)).toBeUndefined();
    }
  });

  test('hold no more than a thousand, the newest', async () => {
    const { router, questions } = slowRouter();
    const cards = createCards(router, handClock().clock);
    const ids: RaceId[] = Array.from({ length: 1_001 }, (_, index) => raceId(`r${index}`));
    for (const id of ids) {
      const asked = cards.fetch(id, time);
      questions.shift()?.('open');
      await asked;
    }
    const kept = ids.filter((id) => cards.peek(id, time.atMs) !== undefined);
    expect(kept).toEqual(ids.slice(1));
  });

  test('are asked for again after an answer that never came', async () => {
    const answers = [Promise.reject(new Error('lost')), Promise.resolve(unanswered)];
    const { router } = slowRouter();
    const cards = createCards(
      { ...router, ask: () => answers.shift() ?? answers[0] } as Router,
      handClock().clock,
    );
    await expect(cards.fetch(race, time)).rejects.toThrow('lost');
    expect(await cards.fetch(race, time)).toMatchObject({ kind: 'failure', reason: 'overload' });
  });

  test('let each caller wait for its own time, on a question with its own', async () => {
    const { router, questions, timeouts } = slowRouter();
    const { clock, advance, timers } = handClock();
    const cards = createCards(router, clock);
    const hasty = cards.fetch(race, { atMs: 1_000, timeoutMs: 100 });
    const patient = cards.fetch(race, { atMs: 1_000, timeoutMs: 900 });
    advance(99);
    const late = cards.fetch(race, { atMs: 1_000, timeoutMs: 100 });
    advance(1);
    const deadline = { reason: 'deadline', details: { address: 'race/r1', timeoutMs: '100' } };
    expect(await hasty).toMatchObject(deadline);
    expect(await late).toMatchObject({ ...deadline, details: { timeoutMs: '1' } });
    questions[0]?.('open');
    expect(await patient).toMatchObject({ phase: 'open' });
    expect(timeouts).toEqual([2_000]);
    expect(timers.size).toBe(0);
  });

  test('ask nothing for who waits no more', async () => {
    const { router, questions } = slowRouter();
    const { clock, advance } = handClock();
    const cards = createCards(router, clock);
    advance(100);
    expect(await cards.fetch(race, time)).toMatchObject({ reason: 'deadline-expired' });
    expect(questions).toEqual([]);
  });

  test('ask again only for who still waits', async () => {
    const { router, questions } = slowRouter();
    const { clock, advance } = handClock();
    const cards = createCards(router, clock);
    const first = cards.fetch(race, { atMs: 1_000, timeoutMs: 900 });
    const joined = cards.fetch(race, time);
    advance(100);
    expect(await joined).toMatchObject({ reason: 'deadline' });
    questions[0]?.('declared');
    expect(await first).toMatchObject({ phase: 'declared' });
    expect(questions).toHaveLength(1);
  });
});

const unanswered = { kind: 'unanswered', why: 'overload' } as const;
