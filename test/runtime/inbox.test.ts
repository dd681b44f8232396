import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Address, Lane } from '../../src/runtime/actor.ts';
import {
  BACKGROUND_EVERY,
  createInbox,
  INBOX_MAX,
  MAILBOX_MAX,
  OTHERS_EVERY,
  QUANTUM,
} from '../../src/runtime/inbox.ts';

const HOT: Address = 'counter/hot';
const COLD: Address = 'counter/cold';

describe('an inbox', () => {
  test('gives one actor everything of a lane in order of arrival, and loses nothing', () => {
    const item = fc.record({
      owner: fc.constantFrom<Address | ''>('a/1', 'a/2', 'a/3', ''),
      lane: fc.constantFrom<Lane>('control', 'command', 'background'),
    });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 400 }), fc.nat(300), (items, takenBetween) => {
        const inbox = createInbox<{ owner: string; lane: Lane; index: number }>();
        const out: { owner: string; lane: Lane; index: number }[] = [];
        for (const [index, { owner, lane }] of items.entries()) {
          expect(inbox.offer(owner, lane, { owner, lane, index })).toBe(true);
          if (index === takenBetween) {
            const taken = inbox.take();
            if (taken !== undefined) out.push(taken);
          }
        }
        for (let it = inbox.take(); it !== undefined; it = inbox.take()) out.push(it);
        expect(out).toHaveLength(items.length);
        expect(inbox.length).toBe(0);
        for (const key of new Set(out.map((it) => `${it.owner} ${it.lane}`))) {
          const own = out.filter((it) => `${it.owner} ${it.lane}` === key).map((it) => it.index);
          expect(own).toEqual(own.toSorted((a, b) => a - b));
        }
      }),
    );
  });

  test('lets a quiet actor in after a quantum of a hot one', () => {
    const inbox = createInbox<string>();
    for (let index = 0; index < 10 * QUANTUM; index++) inbox.push(HOT, 'command', 'hot');
    inbox.push(COLD, 'command', 'cold');
    const order = drain(inbox);
    expect(order.indexOf('cold')).toBe(QUANTUM);
    expect(order).toHaveLength(10 * QUANTUM + 1);
  });

  test('puts control before everything that came earlier', () => {
    const inbox = createInbox<string>();
    for (let index = 0; index < 100; index++) inbox.push(HOT, 'command', 'bet');
    inbox.push(HOT, 'background', 'job');
    inbox.push(HOT, 'control', 'close');
    expect(inbox.take()).toBe('close');
  });

  test('lets others go on, whatever comes as control', () => {
    const inbox = createInbox<string>();
    for (let index = 0; index < 10; index++) {
      inbox.push(HOT, 'command', 'bet');
      inbox.push(COLD, 'background', 'job');
    }
    const order = Array.from({ length: 20 * OTHERS_EVERY }, () => {
      inbox.push(HOT, 'control', 'look');
      return inbox.take();
    });
    expect(order.slice(0, OTHERS_EVERY - 1)).not.toContain('bet');
    expect(order.filter((it) => it !== 'look')).toHaveLength(20);
  });

  test('gives background its share and no more while commands wait, and all when none do', () => {
    const inbox = createInbox<string>();
    for (let index = 0; index < 700; index++) inbox.push(HOT, 'command', 'bet');
    for (let index = 0; index < 200; index++) inbox.push(COLD, 'background', 'job');
    const order = drain(inbox);
    const first = order.slice(0, 8 * BACKGROUND_EVERY);
    expect(first.filter((it) => it === 'job')).toHaveLength(8);
    // The 700th command is the last one that shares: after it come the other jobs.
    const jobsBefore = order.slice(0, order.lastIndexOf('bet')).filter((it) => it === 'job');
    expect(jobsBefore).toHaveLength(Math.floor(699 / (BACKGROUND_EVERY - 1)));
    expect(order).toHaveLength(900);
  });

  test('refuses what an actor has no room for, and takes it from others', () => {
    const inbox = createInbox<number>();
    for (let index = 0; index < MAILBOX_MAX; index++) {
      expect(inbox.offer(HOT, 'command', index)).toBe(true);
    }
    expect(inbox.offer(HOT, 'command', 0)).toBe(false);
    // A close must get through.
    expect(inbox.offer(HOT, 'control', 0)).toBe(true);
    expect(inbox.offer(COLD, 'command', 0)).toBe(true);
    expect(inbox.take()).toBe(0);
    inbox.take();
    expect(inbox.offer(HOT, 'command', 0)).toBe(true);
  });

  test('refuses what the shard has no room for, but for those who are owed an answer', () => {
    const inbox = createInbox<number>();
    for (let index = 0; index < INBOX_MAX; index++) {
      expect(inbox.offer(`counter/${index}`, 'command', index)).toBe(true);
    }
    expect(inbox.offer('counter/new', 'control', 0)).toBe(false);
    inbox.push('counter/new', 'background', 0);
    expect(inbox.length).toBe(INBOX_MAX + 1);
  });
});

function drain<Item>(inbox: { take(): Item | undefined }): Item[] {
  const items: Item[] = [];
  for (let it = inbox.take(); it !== undefined; it = inbox.take()) items.push(it);
  return items;
}
