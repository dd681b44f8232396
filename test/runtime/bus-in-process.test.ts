import { describe, expect, it } from 'vitest';
import { type Broadcast, createInProcessBus } from '../../src/runtime/bus/in-process.ts';
import { busContract, bytes, collect } from './bus.contract.ts';
import { openTestBroadcast } from './bus-broadcast.ts';
import { openRemoteBus } from './bus-worker.ts';

let channels = 0;

busContract('in one thread', async () => {
  const channel = `bus-in-one-thread-${process.pid}-${++channels}`;
  const a = createInProcessBus(openTestBroadcast(channel));
  const b = createInProcessBus(openTestBroadcast(channel));
  return {
    a,
    b,
    async close() {
      await a.close();
      await b.close();
    },
  };
});

busContract('between threads', async () => {
  const channel = `bus-between-threads-${process.pid}-${++channels}`;
  const remote = await openRemoteBus(channel);
  const a = createInProcessBus(openTestBroadcast(channel));
  return {
    a,
    b: remote.bus,
    async close() {
      await a.close();
      await remote.terminate();
    },
  };
});

describe('the in-process bus', () => {
  it('copies nothing when a whole buffer is published and nobody here listens', () => {
    const { broadcast, posted } = recorded();
    const bus = createInProcessBus(broadcast);
    bus.subscribe('races', () => {})();
    const whole = bytes('off');
    bus.publish('races', whole);
    expect(posted.map(({ bytes: sent }) => sent === whole)).toEqual([true]);
  });

  it('cuts a part out of a larger or shared buffer, which cloning would take along', () => {
    const { broadcast, posted } = recorded();
    const bus = createInProcessBus(broadcast);
    bus.publish('races', new Uint8Array(64).subarray(8, 11));
    bus.publish('races', new Uint8Array(new SharedArrayBuffer(3)));
    expect(posted.map(({ bytes: { buffer } }) => buffer)).toEqual([
      new ArrayBuffer(3),
      new ArrayBuffer(3),
    ]);
  });

  it('hears every other thread of many, each in its order', async () => {
    const channel = `bus-of-many-threads-${process.pid}-${++channels}`;
    const remotes = await Promise.all(Array.from({ length: 4 }, () => openRemoteBus(channel)));
    const bus = createInProcessBus(openTestBroadcast(channel));
    const received = await collect(bus, 'from.*');
    for (let turn = 0; turn < 100; turn += 1) {
      for (const [index, remote] of remotes.entries()) {
        remote.bus.publish(`from.${index}`, bytes(`${index}:${turn}`));
      }
    }
    const texts = await received.atLeast(400);
    for (const index of remotes.keys()) {
      const its = texts.filter((each) => each.startsWith(`${index}:`));
      expect(its).toEqual(Array.from({ length: 100 }, (_, turn) => `${index}:${turn}`));
    }
    await bus.close();
    for (const remote of remotes) await remote.terminate();
  });
});

function recorded(): { broadcast: Broadcast; posted: { bytes: Uint8Array }[] } {
  const posted: { bytes: Uint8Array }[] = [];
  const post = (message: unknown) => posted.push(message as { bytes: Uint8Array });
  return { broadcast: { post, onMessage() {}, close() {} }, posted };
}
