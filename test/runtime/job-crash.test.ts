// The whole machine dies in the middle of jobs, and starts again from what its disks hold.
import { afterEach, expect, test } from 'vitest';
import type { Address } from '../../src/runtime/actor.ts';
import {
  COUNTER_JOBS,
  type CounterCommand,
  type CounterQuery,
  workingCounter,
} from '../support/counter-actor.ts';
import { startWorld, type World } from '../support/world.ts';

const COUNTERS: readonly Address[] = ['counter/a', 'counter/b', 'counter/c', 'counter/d'];
const TIMES = 30;

const worlds: World[] = [];

afterEach(async () => {
  for (const it of worlds.splice(0)) await it.stop();
});

test('a new world over the same disks does the jobs that the old one left', async () => {
  const old = start();
  for (const address of COUNTERS) {
    const id = `begin:count:k:${TIMES}`;
    await tell(old, address, id);
  }
  while (written(old) < COUNTERS.length * 5) await new Promise((resolve) => setImmediate(resolve));
  const left = written(old);
  expect(left).toBeLessThan(COUNTERS.length * TIMES);

  // The old one is not stopped; its disks are taken from under it.
  const fresh = start(old);
  await fresh.settled();
  expect(old.fatal).not.toEqual([]);
  expect(fresh.fatal).toEqual([]);
  for (const to of COUNTERS) expect(await totalOf(fresh, to)).toBe(TIMES);
  // Begun, counted and ended, once each.
  expect(written(fresh)).toBe(COUNTERS.length * (TIMES + 2));
});

function start(before?: World): World {
  const disks = before === undefined ? {} : { disks: before.disks };
  const it = startWorld({ kinds: [workingCounter], jobs: COUNTER_JOBS, ...disks });
  worlds.push(it);
  return it;
}

function written({ disks }: World): number {
  return disks.reduce((sum, { records }) => sum + records.length, 0);
}

async function tell(world: World, address: Address, id: string): Promise<void> {
  const command: CounterCommand = { kind: 'add', id, by: 0 };
  const reply = await world.router.ask({ address }, { command }, { id, timeoutMs: 5_000 });
  expect(reply.kind).toBe('accepted');
}

async function totalOf(world: World, address: Address): Promise<unknown> {
  const query: CounterQuery = { kind: 'total' };
  const reply = await world.router.ask({ address }, { query }, { id: 'look', timeoutMs: 5_000 });
  return reply.kind === 'accepted' ? reply.answer : reply;
}
