import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bus, MESSAGE_BYTES_MAX } from '../../src/runtime/bus/bus.ts';
import type { BusStatus } from '../../src/runtime/bus/linked.ts';
import { openNatsBus } from '../../src/runtime/bus/nats.ts';
import { type NatsServer, startNatsServer } from '../support/nats.ts';
import { describeWithTool } from '../support/tools.ts';
import { busContract, bytes, collect, numbered, text } from './bus.contract.ts';

describeWithTool('nats-server', 'the NATS bus', () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await startNatsServer();
  });
  afterAll(() => server.stop());

  const open = (onStatus: (status: BusStatus) => void) =>
    openNatsBus({ url: server.url, name: 'test', onStatus });

  busContract('over NATS', async () => {
    const reported: BusStatus[] = [];
    const a = await open((status) => reported.push(status));
    const b = await open((status) => reported.push(status));
    return {
      a,
      b,
      async close() {
        await a.close();
        await b.close();
        expect(reported).toEqual([]);
      },
    };
  });

  describe('when its server goes and comes back', () => {
    let reported: BusStatus[];

    async function withTwo(play: (a: Bus, b: Bus) => Promise<void>): Promise<void> {
      reported = [];
      const a = await open((status) => reported.push(status));
      const b = await open((status) => reported.push(status));
      try {
        await play(a, b);
      } finally {
        await a.close();
        await b.close();
      }
    }

    it('tells that the link is down, and up, and keeps its subscriptions and responders', () =>
      withTwo(async (a, b) => {
        const links = [watchLink(a), watchLink(b)];
        const received = await collect(b, 'races');
        b.respond('where', () => bytes('here'));
        await server.stop();
        for (const link of links) await link.became('down');
        await server.restart();
        for (const link of links) await link.became('up');
        await b.ready();
        a.publish('races', bytes('off'));
        expect(await received.atLeast(1)).toEqual(['off']);
        expect(text(await a.request('where', bytes('?'), 5_000))).toBe('here');
        expect(links.map(({ seen }) => seen)).toEqual([
          ['down', 'up'],
          ['down', 'up'],
        ]);
        expect(reported).toEqual([]);
      }));

    it('delivers what was published while the link was down, in order, and is ready then', () =>
      withTwo(async (a) => {
        const link = watchLink(a);
        const received = await collect(a, 'races');
        await server.stop();
        await link.became('down');
        const texts = numbered(1_000);
        for (const each of texts) a.publish('races', bytes(each));
        const ready = a.ready();
        await server.restart();
        await ready;
        expect(await received.atLeast(1_000)).toEqual(texts);
      }));

    it('has a subscription in force that was made while the link was down', () =>
      withTwo(async (a, b) => {
        const link = watchLink(b);
        await server.stop();
        await link.became('down');
        const collecting = collect(b, 'races');
        await server.restart();
        const received = await collecting;
        a.publish('races', bytes('off'));
        expect(await received.atLeast(1)).toEqual(['off']);
      }));

    it('loses nothing of what was published while the server was going, though some comes twice', () =>
      withTwo(async (a) => {
        const link = watchLink(a);
        const received = await collect(a, 'races');
        const texts = numbered(20_000);
        const stopped = server.stop();
        let next = 0;
        // From the stop to the end of the link, as fast as the event loop turns.
        while (link.seen.length === 0 && next < texts.length) {
          for (const each of texts.slice(next, next + 10)) a.publish('races', bytes(each));
          next += 10;
          await new Promise(setImmediate);
        }
        await stopped;
        await server.restart();
        await a.ready();
        a.publish('races', bytes('last'));
        await received.until('last');
        const firstTimes = [...new Set(received.texts)];
        expect(firstTimes).toEqual([...texts.slice(0, next), 'last']);
      }));

    it('gives a request undefined while the link is down', () =>
      withTwo(async (a) => {
        const link = watchLink(a);
        await server.stop();
        await link.became('down');
        expect(await a.request('where', bytes('?'), 50)).toBeUndefined();
        await server.restart();
      }));

    it('closes while the link is down, and reports what never left', async () => {
      const statuses: BusStatus[] = [];
      const bus = await open((status) => statuses.push(status));
      const link = watchLink(bus);
      await server.stop();
      await link.became('down');
      bus.publish('races', bytes('off'));
      const ready = bus.ready();
      const refused = expect(ready).rejects.toThrow('the bus is closed');
      await bus.close();
      await refused;
      expect(statuses).toEqual([{ kind: 'lost', messages: 1 }]);
      await server.restart();
    });
  });
});

describe('opening the NATS bus', () => {
  it('fails with the address when nobody is there', async () => {
    const { port, close } = await fakeServer('2.9.10');
    await close();
    const url = `nats://me:secret@127.0.0.1:${port}`;
    const failure = openNatsBus({ url, name: 'test' });
    await expect(failure).rejects.toThrow(
      `cannot connect to NATS at nats://127.0.0.1:${port}: connection refused`,
    );
  });

  it('waits for a server as long as it is told to, trying every half second', async () => {
    const { port, close } = await fakeServer('2.9.10');
    await close();
    const delaysMs: number[] = [];
    const clock = {
      now: () => 0,
      after(delayMs: number, work: () => void) {
        delaysMs.push(delayMs);
        queueMicrotask(work);
        return () => {};
      },
    };
    const url = `nats://127.0.0.1:${port}`;
    const failure = openNatsBus({ url, name: 'test', clock, waitForServerMs: 2_000 });
    await expect(failure).rejects.toThrow('cannot connect to NATS');
    expect(delaysMs).toEqual([500, 500, 500, 500]);
  });

  it.each(['127.0.0.1:4222', 'http://127.0.0.1', 'nats://', ''])("refuses '%s'", async (url) => {
    const failure = openNatsBus({ url, name: 'test' });
    await expect(failure).rejects.toThrow('not the address of a NATS server');
  });

  // version, max_payload, what is wrong with it
  it.each([
    ['2.9.9', 1_048_576, 'is 2.9.9, older than 2.9.10'],
    ['1.99.99', 1_048_576, 'is 1.99.99, older than 2.9.10'],
    ['2.9.10', 1_048_575, 'takes too small messages: max_payload 1048575, under 1048576'],
    ['2.9.10', 1_048_576, undefined],
    ['2.10.0-beta.1', 1_048_576, undefined],
    ['3.0.0', 8_000_000, undefined],
  ])('of a server %s with max_payload %i: %s', async (version, maxPayload, wrong) => {
    const { port, close } = await fakeServer(version, maxPayload);
    try {
      const opening = openNatsBus({ url: `nats://127.0.0.1:${port}`, name: 'test' });
      if (wrong === undefined) await (await opening).close();
      else await expect(opening).rejects.toThrow(`nats://127.0.0.1:${port} ${wrong}`);
    } finally {
      await close();
    }
  });
});

describe('closing the NATS bus', () => {
  it('awaits that a server slow to read has all that was published', async () => {
    const { port, receivedBytes, close } = await fakeServer('2.9.10');
    const bus = await openNatsBus({ url: `nats://127.0.0.1:${port}`, name: 'test' });
    // More than the kernel takes; and the server, being of this thread, reads none of it yet.
    const messages = Array.from({ length: 48 }, () => new Uint8Array(MESSAGE_BYTES_MAX));
    for (const each of messages) bus.publish('races', each);
    await bus.close();
    await close();
    expect(receivedBytes()).toBeGreaterThan(48 * MESSAGE_BYTES_MAX);
  });
});

interface LinkWatch {
  readonly seen: readonly string[];
  became(link: 'up' | 'down'): Promise<void>;
}

function watchLink(bus: Bus): LinkWatch {
  const seen: string[] = [];
  const awaited = { up: Promise.withResolvers<void>(), down: Promise.withResolvers<void>() };
  bus.onLink((link) => {
    seen.push(link);
    awaited[link].resolve();
  });
  return { seen, became: (link) => awaited[link].promise };
}

interface FakeServer {
  readonly port: number;
  receivedBytes(): number;
  /** Resolves when its clients are gone. */
  close(): Promise<void>;
}

/** Says what a server says first, and answers every ping. */
async function fakeServer(version: string, maxPayload = MESSAGE_BYTES_MAX): Promise<FakeServer> {
  let receivedBytes = 0;
  const server = createServer((socket) => {
    const info = { server_id: 'fake', version, max_payload: maxPayload, proto: 1, headers: true };
    socket.write(`INFO ${JSON.stringify(info)}\r\n`);
    let unread = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      receivedBytes += text.length;
      const pings = `${unread}${text}`.split('PING\r\n');
      unread = (pings.at(-1) ?? '').slice(-5);
      socket.write('PONG\r\n'.repeat(pings.length - 1));
    });
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP server');
  return {
    port: address.port,
    receivedBytes: () => receivedBytes,
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
}
