// A real edge over real sockets, with the protocol's official client library in both encodings.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  Centrifuge as JsonCentrifuge,
  type StreamPosition,
  type SubscribedContext,
} from 'centrifuge';
import { Centrifuge as ProtobufCentrifuge } from 'centrifuge/build/protobuf';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HISTORY_DELTAS_MAX } from '../../src/edge/channel.ts';
import {
  PositionReplySchema,
  PositionRequestSchema,
} from '../../src/gen/furlong/feed/v1/feed_pb.ts';
import { plainClient, startEdge, type TestEdge } from './support/edge.ts';
import { board, odds, race } from './support/published.ts';
import { createQueue, type Queue } from './support/queue.ts';
import { createTable, digestOnPage } from './support/table.ts';

interface Told {
  readonly kind: string;
  readonly offset: number | undefined;
  readonly data: unknown;
}

interface Viewer {
  readonly client: JsonCentrifuge;
  /** `subscribed`, `publication` and `subscribing` events of the channel, in order. */
  readonly events: Queue<Told & { readonly context?: SubscribedContext }>;
  again(): void;
}

const libraries = [
  { name: 'JSON', Centrifuge: JsonCentrifuge },
  { name: 'Protobuf', Centrifuge: ProtobufCentrifuge as unknown as typeof JsonCentrifuge },
];

describe.each(libraries)('the official client over $name', ({ Centrifuge }) => {
  /** Over Protobuf the library gives data as bytes. */
  function plain(data: unknown): unknown {
    if (!(data instanceof Uint8Array)) return data;
    return data.length === 0 ? undefined : JSON.parse(new TextDecoder().decode(data));
  }

  function openClient(edge: TestEdge): JsonCentrifuge {
    const client = new Centrifuge(edge.endpoint, { minReconnectDelay: 1, maxReconnectDelay: 5 });
    onTestFinished(() => client.disconnect());
    return client;
  }

  function watch(edge: TestEdge, channel: string, since?: StreamPosition): Viewer {
    const client = openClient(edge);
    const events: Viewer['events'] = createQueue();
    const subscription = client.newSubscription(channel, {
      minResubscribeDelay: 1,
      maxResubscribeDelay: 5,
      ...(since === undefined ? {} : { since }),
    });
    subscription.on('subscribed', (context) => {
      const { data, streamPosition } = context;
      const offset = streamPosition?.offset;
      events.push({ kind: 'subscribed', offset, data: plain(data), context });
    });
    subscription.on('publication', ({ data, offset }) =>
      events.push({ kind: 'publication', offset, data: plain(data) }),
    );
    subscription.on('unsubscribed', ({ code }) =>
      events.push({ kind: 'unsubscribed', offset: undefined, data: code }),
    );
    subscription.subscribe();
    client.connect();
    return { client, events, again: () => client.connect() };
  }

  test('gets a snapshot, then each delta with the next offset', async () => {
    const edge = await startEdge();
    edge.tell(odds('r1', 1, { 3: 500 }));
    const { events } = watch(edge, 'odds:r1');
    expect(await events.next()).toMatchObject({
      kind: 'subscribed',
      offset: 1,
      data: { kind: 'snapshot', head: { race: 'r1', version: 1 }, rows: [{}, { key: 'win/3' }] },
      context: { wasRecovering: false, recoverable: true, positioned: true },
    });
    edge.tell(odds('r1', 2, { 3: 500, 10: 500 }));
    expect(await events.next()).toMatchObject({
      kind: 'publication',
      offset: 2,
      data: {
        kind: 'delta',
        head: { version: 2 },
        upserts: [{ key: 'win' }, { key: 'win/3', probableHundredths: 200 }, { key: 'win/10' }],
        removed: [],
      },
    });
    edge.tell(odds('r1', 3, { 10: 500 }));
    expect(await events.next()).toMatchObject({ offset: 3, data: { removed: ['win/3'] } });
  });

  test('gets, when it comes back, exactly the two deltas it missed, and goes on from there', async () => {
    const edge = await startEdge();
    edge.tell(board('cup', 1, { Ada: 10 }));
    const { client, events, again } = watch(edge, 'board:cup');
    await events.next();
    edge.tell(board('cup', 2, { Ada: 20 }));
    expect(await events.next()).toMatchObject({ kind: 'publication', offset: 2 });

    client.disconnect();
    edge.tell(board('cup', 3, { Ada: 30 }));
    edge.tell(board('cup', 4, { Grace: 40, Ada: 30 }));
    again();
    expect(await events.next()).toMatchObject({
      kind: 'subscribed',
      data: undefined,
      context: { wasRecovering: true, recovered: true, hasRecoveredPublications: true },
    });
    expect(await events.next()).toMatchObject({ offset: 3, data: { upserts: [{ score: 30 }] } });
    expect(await events.next()).toMatchObject({
      offset: 4,
      data: { upserts: [{ alias: 'Grace' }, { alias: 'Ada', rank: 2 }] },
    });
    edge.tell(board('cup', 5, { Grace: 50, Ada: 30 }));
    expect(await events.next()).toMatchObject({ offset: 5 });
    expect(events.waiting()).toEqual([]);
  });

  test('gets a fresh snapshot when it missed more than the edge remembers', async () => {
    const edge = await startEdge();
    edge.tell(board('cup', 1, { Ada: 1 }));
    const { client, events, again } = watch(edge, 'board:cup');
    await events.next();
    client.disconnect();
    const last = HISTORY_DELTAS_MAX + 2;
    for (let version = 2; version <= last; version += 1) {
      edge.tell(board('cup', version, { Ada: version }));
    }
    again();
    expect(await events.next()).toMatchObject({
      kind: 'subscribed',
      offset: last,
      data: { kind: 'snapshot', rows: [{ score: last }] },
      context: { wasRecovering: true, recovered: false, hasRecoveredPublications: false },
    });
    edge.tell(board('cup', last + 1, { Ada: last + 1 }));
    expect(await events.next()).toMatchObject({ kind: 'publication', offset: last + 1 });
  });

  test('gets a fresh snapshot when its position is of another life of the edge', async () => {
    const edge = await startEdge();
    edge.tell(race('r1', 1));
    const { events } = watch(edge, 'races', { epoch: 'before', offset: 1 });
    expect(await events.next()).toMatchObject({
      offset: 1,
      data: { kind: 'snapshot', rows: [{ key: 'r1' }] },
      context: { wasRecovering: true, recovered: false },
    });
  });

  test('keeps its position through heartbeats, whose digest is that of what it shows', async () => {
    const edge = await startEdge();
    edge.tell(race('r1', 1));
    const { client, events, again } = watch(edge, 'races');
    const table = createTable();
    table.apply(JSON.stringify((await events.next()).data));
    edge.tell(race('r2', 1), race('r1', 2, 'closed'));
    table.apply(JSON.stringify((await events.next()).data));
    edge.clock.turn(5000);
    expect(await events.next()).toEqual({
      kind: 'publication',
      offset: undefined,
      data: {
        kind: 'heartbeat',
        serverTimeMs: edge.clock.now() - (edge.clock.now() % 5000),
        digest: digestOnPage(table.rows.values()),
        rows: 2,
      },
    });
    client.disconnect();
    edge.tell(race('r1', 3, 'run'));
    again();
    expect(await events.next()).toMatchObject({ context: { recovered: true } });
    expect(await events.next()).toMatchObject({ offset: 3 });
  });

  test('is told that the data is stale, comer and stayer alike, and when it no longer is', async () => {
    const edge = await startEdge();
    edge.tell(race('r1', 1));
    const stayer = watch(edge, 'races');
    await stayer.events.next();
    edge.bus.setLink('down');
    const sinceMs = edge.clock.now();
    expect(await stayer.events.next()).toEqual({
      kind: 'publication',
      offset: undefined,
      data: { kind: 'state', stale: true, sinceMs },
    });
    const comer = watch(edge, 'races');
    expect(await comer.events.next()).toMatchObject({ data: { kind: 'snapshot' } });
    expect(await comer.events.next()).toMatchObject({ data: { stale: true, sinceMs } });
    edge.bus.setLink('up');
    for (const { events } of [stayer, comer]) {
      expect(await events.next()).toMatchObject({ data: { kind: 'state', stale: false } });
    }
  });

  test('is refused a race never seen', async () => {
    const edge = await startEdge();
    const { events } = watch(edge, 'odds:nowhere');
    expect(await events.next()).toMatchObject({ kind: 'unsubscribed', data: 102 });
  });

  test('learns its position from who owns the tournament', async () => {
    const edge = await startEdge();
    edge.bus.respond('furlong.ask.position', (bytes) => {
      const { tournamentId, playerId } = fromBinary(PositionRequestSchema, bytes);
      if (tournamentId !== 'cup') return undefined;
      const row = { rank: 2n, entry: 7n, alias: 'Ada', score: 30n, countedBets: 3n };
      const found = { found: true, row, players: 9n, toNext: 5n, version: 4n };
      const reply = playerId === 'p1' ? found : { found: false, players: 9n, version: 4n };
      return toBinary(PositionReplySchema, create(PositionReplySchema, reply));
    });
    const client = openClient(edge);
    client.connect();
    const encode = (data: object) =>
      Centrifuge === JsonCentrifuge ? data : new TextEncoder().encode(JSON.stringify(data));
    const ask = async (data: object) => plain((await client.rpc('position', encode(data))).data);

    expect(await ask({ tournament: 'cup', player: 'p1' })).toEqual({
      found: true,
      rank: 2,
      entry: 7,
      alias: 'Ada',
      score: 30,
      countedBets: 3,
      players: 9,
      toNext: 5,
      version: 4,
    });
    expect(await ask({ tournament: 'cup', player: 'p2' })).toEqual({
      found: false,
      players: 9,
      version: 4,
    });
    await expect(ask({ tournament: 'other', player: 'p1' })).rejects.toMatchObject({
      code: 100,
      message: 'nobody answered for tournament "other"',
      temporary: true,
    });
    await expect(ask({ tournament: 'cup', player: 5 })).rejects.toMatchObject({
      code: 107,
      message: 'player must be an id of text, not 5',
    });
    await expect(client.rpc('dance', encode({}))).rejects.toMatchObject({ code: 104 });
  });

  test('is told to come back when the edge stops, and does', async () => {
    const edge = await startEdge();
    const client = openClient(edge);
    client.connect();
    await client.ready();
    const connecting = new Promise((resolve) => client.once('connecting', resolve));
    await edge.close();
    expect(await connecting).toEqual({ code: 3001, reason: 'shutdown' });
  });

  test('answers pings, so that it stays', async () => {
    const edge = await startEdge();
    const client = openClient(edge);
    client.connect();
    await client.ready();
    for (let round = 0; round < 4; round += 1) {
      edge.clock.turn(25_000);
      // The answer to the ping has arrived when a later command has been answered.
      await expect(client.rpc('x', undefined)).rejects.toMatchObject({ code: 104 });
    }
    expect(client.state).toBe('connected');
  });
});

describe('a plain WebSocket', () => {
  test('needs three lines of JSON: connect, subscribe, and one for each ping', async () => {
    const edge = await startEdge({ epoch: 'e1' });
    edge.tell(odds('r1', 1, { 3: 500 }));
    const { ask, lines, send } = await plainClient(edge.endpoint);
    expect(JSON.parse(await ask('{"id":1,"connect":{}}'))).toEqual({
      id: 1,
      connect: {
        client: 'e1-1',
        version: 'furlong',
        data: { serverTimeMs: expect.any(Number) },
        ping: 25,
        pong: true,
      },
    });
    const reply = JSON.parse(await ask('{"id":2,"subscribe":{"channel":"odds:r1"}}'));
    expect(reply.subscribe).toMatchObject({ epoch: 'e1', offset: 1, data: { kind: 'snapshot' } });
    edge.tell(odds('r1', 2, { 3: 600 }));
    expect(JSON.parse(await lines.next()).push).toMatchObject({
      channel: 'odds:r1',
      pub: { offset: 2, data: { kind: 'delta' } },
    });
    edge.clock.turn(25_000);
    while ((await lines.next()) !== '{}');
    expect(JSON.parse(await lines.next()).push.pub.data.kind).toBe('heartbeat');
    send('{}');
    expect(await ask('{"id":3,"ping":{}}')).toBe('{"id":3,"ping":{}}');
  });

  test('gets one delta for all that came between two ticks', async () => {
    const edge = await startEdge();
    const { ask, lines } = await plainClient(edge.endpoint);
    await ask('{"id":1,"connect":{}}');
    await ask('{"id":2,"subscribe":{"channel":"races"}}');
    edge.tell(race('r1', 1), race('r1', 2, 'closed'), race('r2', 1), race('r1', 1));
    const { pub } = JSON.parse(await lines.next()).push;
    expect(pub.offset).toBe(1);
    expect(pub.data.upserts).toMatchObject([{ key: 'r1', phase: 'closed' }, { key: 'r2' }]);
    edge.clock.turn(1000);
    expect(await ask('{"id":3,"ping":{}}')).toBe('{"id":3,"ping":{}}');
  });

  test('is closed with a code and a reason for garbage, and the edge serves on', async () => {
    const edge = await startEdge();
    const endingOf = async (frame: string | Uint8Array, protocols?: string[]) => {
      const client = await plainClient(edge.endpoint, protocols);
      client.send(frame);
      return client.closed;
    };
    expect(await endingOf('ünsinn '.repeat(30))).toEqual({
      code: 3501,
      reason: expect.stringMatching(/^bad request: "ünsinn .*…/),
    });
    expect(await endingOf(new Uint8Array([255, 255, 255]))).toMatchObject({ code: 3501 });
    expect(await endingOf(new Uint8Array([9, 8, 1]), ['centrifuge-protobuf'])).toEqual({
      code: 3501,
      reason: 'bad request: 3 bytes that are not whole Protobuf commands',
    });
    expect(await endingOf('x'.repeat(20_000))).toEqual({
      code: 1009,
      reason: 'frame of 20000 bytes, at most 16384',
    });
    expect((await endingOf('x'.repeat(200_000))).code).toBe(1006);
    expect(await endingOf('{"id":1,"subscribe":{"channel":"races"}}')).toEqual({
      code: 3501,
      reason: 'bad request: "subscribe" before connect',
    });
    const { ask } = await plainClient(edge.endpoint);
    expect(await ask('{"id":1,"connect":{}}')).toContain('"connect"');
  });

  test('that never connects is closed, and one that connects is counted until it goes', async () => {
    const edge = await startEdge();
    const idle = await plainClient(edge.endpoint);
    const busy = await plainClient(edge.endpoint);
    await busy.ask('{"id":1,"connect":{}}');
    expect(edge.connections()).toBe(2);
    edge.clock.turn(49_000);
    busy.send('{}');
    expect(edge.connections()).toBe(2);
    expect(await busy.lines.next()).toBe('{}');
    edge.clock.turn(1000);
    expect(await idle.closed).toEqual({ code: 3502, reason: 'stale' });
  });
});

describe('the bus', () => {
  test('is asked for every view when an edge starts, and when the link is back', async () => {
    const { bus } = await startEdge();
    const refreshes = () => bus.published.map(({ subject }) => subject);
    expect(refreshes()).toEqual(['furlong.refresh']);
    bus.setLink('down');
    expect(refreshes()).toHaveLength(1);
    bus.setLink('up');
    expect(refreshes()).toEqual(['furlong.refresh', 'furlong.refresh']);
  });

  test('may carry what is no view: it is said once and changes nothing', async () => {
    const { bus, tell, warnings, http } = await startEdge();
    bus.publish('furlong.races', new Uint8Array([255]));
    tell(race('r1', 1));
    expect(warnings).toEqual([expect.stringMatching(/^ignored 1 bytes on furlong.races: /)]);
    expect((await fetch(`${http}/healthz`)).status).toBe(200);
  });
});
