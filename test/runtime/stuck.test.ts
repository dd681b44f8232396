// What waits, oldest first, page by page, and out of everything that can wait.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Address } from '../../src/runtime/actor.ts';
import { fixedOwners } from '../../src/runtime/owners.ts';
import { createRouter } from '../../src/runtime/router.ts';
import { oldestOf, STUCK_MAX, type Stuck } from '../../src/runtime/stuck.ts';
import type { Request, Response } from '../../src/runtime/wire.ts';
import { counter, workingCounter } from '../support/counter-actor.ts';
import { counterIn, startLoneShard } from '../support/lone-shard.ts';
import { createTurnedClock } from '../support/turned-clock.ts';

const one = (sinceMs: number, name: string, address: Address = 'counter/a'): Stuck => ({
  kind: 'call',
  address,
  name,
  sinceMs,
  attempts: 1,
  why: '',
});

describe('what waits', () => {
  test('is told page by page without a gap or a repeat, however many are as old', () => {
    const all = fc.uniqueArray(
      fc.record({ sinceMs: fc.nat(3), name: fc.string({ maxLength: 2 }) }),
      { selector: ({ sinceMs, name }) => `${sinceMs} ${name}`, maxLength: 40 },
    );
    fc.assert(
      fc.property(all, fc.integer({ min: 1, max: 7 }), (them, limit) => {
        const given = them.map(({ sinceMs, name }) => one(sinceMs, name));
        const told: Stuck[] = [];
        for (;;) {
          const last = told.at(-1);
          const after = last === undefined ? {} : { after: last };
          const page = oldestOf(given, { untilMs: 3, limit, ...after });
          told.push(...page);
          if (page.length < limit) break;
        }
        expect(told).toHaveLength(given.length);
        expect(new Set(told)).toEqual(new Set(given));
        const ages = told.map(({ sinceMs }) => sinceMs);
        expect(ages).toEqual([...ages].sort());
      }),
    );
  });

  test('is told from the age that was asked for on, and never more than fits', () => {
    const many = Array.from({ length: 3 * STUCK_MAX }, (_, index) => one(index, `${index}`));
    expect(oldestOf(many.toReversed(), { untilMs: 1, limit: 10 }).map((it) => it.sinceMs)).toEqual([
      0, 1,
    ]);
    const most = oldestOf(many.toReversed(), { untilMs: 10_000, limit: 10_000 });
    expect(most).toEqual(many.slice(0, STUCK_MAX));
  });

  test('is a delivery that was not taken at once, until it is', () => {
    const clock = createTurnedClock();
    let peer: 'down' | 'up' = 'down';
    const target = counterIn(1, 2);
    const it = startLoneShard({
      partitions: 2,
      own: [0],
      clock,
      peers: () => ({
        shard: 'peer',
        send: (_, onResponse) =>
          onResponse(
            peer === 'up'
              ? { kind: 'accepted', version: 1 }
              : { kind: 'unanswered', why: 'overload' },
          ),
      }),
    });
    it.ask(counterIn(0, 2), { command: { kind: 'add', id: 'x', by: 1, passOn: [target] } });
    it.runTurns();
    clock.turn(20);
    expect(stuckIn(it)).toMatchObject([
      { kind: 'delivery', address: target, name: '0-1-0', attempts: 2, why: 'overload' },
    ]);
    expect(stuckIn(it)[0]?.sinceMs).toBe(clock.now() - 20);
    peer = 'up';
    clock.turn(40);
    expect(stuckIn(it)).toEqual([]);
  });

  test('is a job that failed, until it is done', async () => {
    const it = startLoneShard({
      kinds: [workingCounter],
      jobs: { run: () => Promise.reject(new Error('out of memory')), close: async () => {} },
    });
    it.ask('counter/a', { command: { kind: 'add', id: 'begin:count:k:1', by: 1 } });
    await it.runJobs();
    expect(stuckIn(it)).toMatchObject([
      { kind: 'job', address: 'counter/a', name: 'k', attempts: 1 },
    ]);
    expect(stuckIn(it)[0]?.why).toContain('out of memory');
    it.ask('counter/a', { command: { kind: 'add', id: 'end:k', by: 1 } });
    it.runTurns();
    expect(stuckIn(it)).toEqual([]);
  });

  test('is what an actor says that it waits for', () => {
    const waiting: typeof counter = {
      ...counter,
      waits: (id, { total }) => [{ kind: 'sum', name: id, sinceMs: total, why: 'of the others' }],
    };
    const it = startLoneShard({ kinds: [waiting] });
    it.ask('counter/a', { command: { kind: 'add', id: 'x', by: 7 } });
    it.runTurns();
    expect(stuckIn(it)).toEqual([
      {
        kind: 'sum',
        address: 'counter/a',
        name: 'a',
        sinceMs: 7,
        attempts: 1,
        why: 'of the others',
      },
    ]);
  });
});

test('the router puts the shards’ answers together, and names who gave none', async () => {
  const clock = createTurnedClock();
  const port = (shard: string, stuck: readonly Stuck[] | undefined) => ({
    shard,
    send: (request: Request, respond: (response: Response) => void) => {
      if (request.kind === 'stuck' && stuck !== undefined) respond({ kind: 'stuck', stuck });
    },
  });
  const ports = [port('s0', [one(3, 'c')]), port('s1', [one(1, 'a'), one(5, 'd')])];
  const query = { untilMs: 9, limit: 2 };
  expect(await createRouter(fixedOwners(ports), clock).stuck(query, { timeoutMs: 10 })).toEqual({
    stuck: [one(1, 'a'), one(3, 'c')],
    missing: [],
  });
  const silent = createRouter(fixedOwners([...ports, port('s2', undefined)]), clock).stuck(query, {
    timeoutMs: 10,
  });
  clock.turn(100);
  expect((await silent).missing).toEqual(['s2']);
});

test('a shard calls no service for another thread', () => {
  const it = startLoneShard();
  const order = { id: 'x', service: 'oracle', request: {}, timeoutMs: 1 };
  const responses = it.serve({ kind: 'call', ...order });
  it.runTurns();
  expect(responses).toEqual([{ kind: 'unanswered', why: 'crashed' }]);
});

function stuckIn(it: ReturnType<typeof startLoneShard>): readonly Stuck[] {
  const responses = it.serve({ kind: 'stuck', untilMs: Number.MAX_SAFE_INTEGER, limit: 10 });
  it.runTurns();
  const [response] = responses;
  return response?.kind === 'stuck' ? response.stuck : [];
}
