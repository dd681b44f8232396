import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { DayEvent } from '../../src/day/conduct.ts';
import { planDay } from '../../src/day/plan.ts';
import { type Pace, playDay } from '../../src/day/play.ts';
import { RacePhase } from '../../src/gen/furlong/racing/v1/racing_pb.ts';
import { createFakeHouse, type FakeHouse } from './support/fake-house.ts';
import { createQuickClock } from './support/quick-clock.ts';
import { programme } from './support/sha-tin.ts';

const plan = planDay(programme, { seed: 1, players: 12, terminals: 3, betsPerRace: 40 });
let house: FakeHouse;
let events: DayEvent[];

beforeEach(() => {
  house = createFakeHouse();
  events = [];
});

function play(
  options: { pace?: Pace; signal?: AbortSignal; onEvent?: (event: DayEvent) => void } = {},
) {
  const { pace = 'as fast as possible', signal = new AbortController().signal } = options;
  const clock = createQuickClock();
  return playDay({
    programme,
    plan,
    client: house.client,
    clock,
    pace,
    signal,
    onEvent: (event) => {
      events.push(event);
      options.onEvent?.(event);
    },
  });
}

const kinds = (journal: readonly string[], raceId: string) =>
  journal.filter((it) => it.endsWith(` ${raceId}`)).map((it) => it.split(' ')[0]);

describe.each([
  ['as fast as possible', 'as fast as possible'],
  ['at 60 times', { speed: 60 }],
] as const)('a day played %s', (_name, pace) => {
  it('places every bet of the plan once, and pays every race', async () => {
    const summary = await play({ pace });
    expect(summary).toEqual({ placed: plan.bets.length, refused: 0, stopped: false });
    expect([...house.bets.keys()].toSorted()).toEqual(
      plan.bets.map(({ betId }) => betId).toSorted(),
    );
    for (const { phase } of house.races.values()) expect(phase).toBe(RacePhase.PAID);
  });

  it('keeps the order of things: open, bets, close, result, official', async () => {
    await play({ pace });
    for (const { id, number } of programme.races) {
      const order = kinds(house.journal, id).filter((it) => it !== 'scratch');
      const bets = order.filter((it) => it === 'bet');
      expect(order).toEqual(['declare', 'open', ...bets, 'close', 'result', 'official']);
      expect(kinds(house.journal, id).includes('scratch')).toBe(number === 9);
    }
  });
});

it('waits for the clock only where it is paced, and then for the whole day', async () => {
  const fast = createQuickClock();
  const paced = createQuickClock();
  const startedAtMs = paced.now();
  const options = { programme, plan, signal: new AbortController().signal, onEvent: () => {} };
  await playDay({
    ...options,
    client: createFakeHouse().client,
    clock: fast,
    pace: 'as fast as possible',
  });
  await playDay({
    ...options,
    client: createFakeHouse().client,
    clock: paced,
    pace: { speed: 60 },
  });
  expect(fast.waits).toEqual([]);
  const lastOffMs = programme.races.at(-1)?.offMs ?? 0;
  expect(paced.now() - startedAtMs).toBeGreaterThan(lastOffMs / 60);
  expect(paced.now() - startedAtMs).toBeLessThan(lastOffMs / 60 + 10_000);
});

it('declares off times as far apart as the pace makes them', async () => {
  await play({ pace: { speed: 60 } });
  const offs = [...house.races.values()].map(({ offTime }) => Number(offTime?.seconds));
  expect(offs.slice(1).map((off, index) => off - (offs[index] ?? 0))).toEqual(Array(10).fill(30));
});

describe('a day played again', () => {
  it('asks for nothing that is done, and moves no money', async () => {
    await play();
    const before = { journal: [...house.journal], deposits: new Map(house.depositsCents) };
    events = [];
    expect(await play()).toEqual({ placed: 0, refused: 0, stopped: false });
    expect(house.journal).toEqual(before.journal);
    expect(house.depositsCents).toEqual(before.deposits);
    expect(events).toContainEqual({ kind: 'resumed', steps: 0 });
  });

  it('goes on where it was stopped, and ends as if it never was', async () => {
    await play();
    const whole = { bets: new Map(house.bets), deposits: new Map(house.depositsCents) };
    const total = events.length;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: total }), async (stopAt) => {
        house = createFakeHouse();
        const stop = new AbortController();
        let seen = 0;
        const onEvent = () => {
          if (++seen === stopAt) stop.abort();
        };
        const first = await play({ signal: stop.signal, onEvent });
        expect(first.stopped).toBe(true);
        const second = await play();
        expect(second).toMatchObject({ refused: 0, stopped: false });
        expect(house.bets).toEqual(whole.bets);
        expect(house.depositsCents).toEqual(whole.deposits);
        for (const { id } of programme.races) {
          const order = kinds(house.journal, id);
          const steps = order.filter((it) => it !== 'bet' && it !== 'scratch');
          expect(steps).toEqual(['declare', 'open', 'close', 'result', 'official']);
          expect(order.indexOf('bet')).toBeGreaterThan(order.indexOf('open'));
          expect(order.lastIndexOf('bet')).toBeLessThan(order.indexOf('close'));
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('trouble', () => {
  it('is answered by sending the same bet again, under its id', async () => {
    house.trouble = (betId, times) => {
      if (times > 2) return undefined;
      if (betId.includes('7-')) return 'busy';
      return betId.includes('3-') && times === 1 ? 'break' : undefined;
    };
    const summary = await play();
    expect(summary).toEqual({ placed: plan.bets.length, refused: 0, stopped: false });
    expect(Math.max(...house.sent.values())).toBeGreaterThan(1);
    expect(house.bets.size).toBe(plan.bets.length);
  });

  it('that does not end stops the day with the last failure', async () => {
    house.trouble = () => 'break';
    await expect(play()).rejects.toThrow(/gone|the stream broke/);
  });

  it('that a steward makes is told, and the day goes on', async () => {
    const onEvent = (event: DayEvent) => {
      const race = house.races.get('sha-tin-r2');
      if (event.kind === 'official' && event.race.number === 1 && race) race.phase = RacePhase.VOID;
    };
    const summary = await play({ onEvent });
    const refused = events.filter((event) => event.kind === 'step-refused');
    expect(refused.map(({ step }) => [step.race.id, step.kind])).toEqual([
      ['sha-tin-r2', 'close'],
      ['sha-tin-r2', 'result'],
      ['sha-tin-r2', 'official'],
    ]);
    expect(summary.refused).toBeGreaterThan(0);
    expect(summary.placed + summary.refused).toBe(plan.bets.length);
    expect(house.races.get('sha-tin-r11')?.phase).toBe(RacePhase.PAID);
  });
});
