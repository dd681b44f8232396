import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFeed } from '../../src/edge/feed.ts';
import { endings } from '../../src/edge/protocol.ts';
import { jsonCodec } from '../../src/edge/protocol-json.ts';
import { protobufCodec } from '../../src/edge/protocol-protobuf.ts';
import {
  type Answer,
  COMMANDS_BURST_MAX,
  createSession,
  FRAME_BYTES_MAX,
  RPC_BURST_MAX,
  SUBSCRIPTIONS_MAX,
} from '../../src/edge/session.ts';
import { createTurnedClock } from '../support/turned-clock.ts';
import { odds } from './support/published.ts';

/** A session over JSON lines; everything it does to its socket is written down in order. */
function openSession(options: { notice?: string; pings?: boolean; codec?: typeof jsonCodec } = {}) {
  const done: string[] = [];
  const clock = createTurnedClock();
  const feed = createFeed({ epoch: 'e1', isRead: () => false, tickMs: () => 0 });
  const tell = (version: number, stakes: Record<number, number>, raceId = 'r1') => {
    const { subject, bytes } = odds(raceId, version, stakes);
    feed.absorb(subject, bytes, 0);
    feed.flush(0);
  };
  tell(1, { 3: 500 });
  const session = createSession({
    client: 'e1-1',
    codec: options.codec ?? jsonCodec,
    pings: options.pings ?? true,
    now: clock.now,
    door: {
      send: (frame) => done.push(String(frame)),
      end: ({ code, reason }) => done.push(`end ${code} ${reason}`),
      join: (channel) => done.push(`join ${channel}`),
      leave: (channel) => done.push(`leave ${channel}`),
    },
    source: {
      epoch: feed.epoch,
      open: feed.open,
      notice: () => options.notice,
      async rpc(method): Promise<Answer> {
        if (method === 'broken') throw new Error('a defect');
        return { ok: true, data: `"${method}"` };
      },
    },
  });
  return {
    session,
    clock,
    tell,
    open: (raceId: string) => tell(1, { 3: 500 }, raceId),
    /** Sends one frame and gives what it led to. */
    say(frame: string | Uint8Array): readonly string[] {
      done.length = 0;
      session.receive(typeof frame === 'string' ? new TextEncoder().encode(frame) : frame);
      return [...done];
    },
    done,
  };
}

const connect = '{"id":1,"connect":{}}';
const subscribe = (id: number, channel = 'odds:r1', more = '') =>
  `{"id":${id},"subscribe":{"channel":"${channel}"${more}}}`;

function connected(options: Parameters<typeof openSession>[0] = {}) {
  const opened = openSession(options);
  opened.say(connect);
  return opened;
}

const snapshotOfR1 =
  '{"kind":"snapshot","head":{"asOfMs":1800000000001,"race":"r1","version":1},"rows":[' +
  '{"grossCents":500,"key":"win","pool":"win","tickets":1,"toShareCents":500},' +
  '{"key":"win/3","pool":"win","probableHundredths":100,"runner":3,"stakesCents":500}]}';

describe('a session', () => {
  test('answers connect with its name and how often it pings', () => {
    expect(openSession().say(connect)).toEqual([
      '{"id":1,"connect":{"client":"e1-1","version":"furlong","data":{"serverTimeMs":1800000000000},"ping":25,"pong":true}}',
    ]);
  });

  test('promises no pings to a client that asked for those of the WebSocket protocol', () => {
    const { say, session, done } = openSession({ pings: false });
    expect(say(connect)).toEqual([
      '{"id":1,"connect":{"client":"e1-1","version":"furlong","data":{"serverTimeMs":1800000000000}}}',
    ]);
    for (let beat = 0; beat < 5; beat += 1) session.beat();
    expect(done).toHaveLength(1);
  });

  test('answers subscribe with a snapshot, having joined first so that nothing falls between', () => {
    expect(connected().say(subscribe(2))).toEqual([
      'join odds:r1',
      `{"id":2,"subscribe":{"recoverable":true,"positioned":true,"epoch":"e1","offset":1,"data":${snapshotOfR1}}}`,
    ]);
  });

  test('answers a subscribe from a position with what was missed since, and no snapshot', () => {
    const { say, tell } = connected();
    tell(2, { 3: 600 });
    const [, reply = ''] = say(subscribe(2, 'odds:r1', ',"recover":true,"epoch":"e1","offset":1'));
    expect(JSON.parse(reply).subscribe).toEqual({
      recoverable: true,
      positioned: true,
      epoch: 'e1',
      offset: 1,
      was_recovering: true,
      recovered: true,
      publications: [expect.objectContaining({ offset: 2 })],
    });
  });

  test('says so when a position cannot be recovered, with a snapshot', () => {
    const since = ',"recover":true,"epoch":"before","offset":1';
    const [, reply = ''] = connected().say(subscribe(2, 'odds:r1', since));
    expect(JSON.parse(reply).subscribe).toMatchObject({
      was_recovering: true,
      recovered: false,
      offset: 1,
      data: { kind: 'snapshot' },
    });
  });

  test('answers the commands of one frame in one frame, in their order', () => {
    expect(
      openSession().say(`${connect}\n{"id":2,"ping":{}}\n{"id":3,"unsubscribe":{"channel":"x"}}`),
    ).toEqual([
      '{"id":1,"connect":{"client":"e1-1","version":"furlong","data":{"serverTimeMs":1800000000000},"ping":25,"pong":true}}\n{"id":2,"ping":{}}\n{"id":3,"unsubscribe":{}}',
    ]);
  });

  test('leaves a channel once it is unsubscribed from, and may join again', () => {
    const { say } = connected();
    say(subscribe(2));
    expect(say('{"id":3,"unsubscribe":{"channel":"odds:r1"}}')).toEqual([
      'leave odds:r1',
      '{"id":3,"unsubscribe":{}}',
    ]);
    expect(say(subscribe(4))[0]).toBe('join odds:r1');
  });

  test('tells a new subscriber that the data is stale, in a frame of its own', () => {
    const { say } = connected({ notice: '{"kind":"state","stale":true,"sinceMs":1}' });
    expect(say(subscribe(2)).at(-1)).toBe(
      '{"push":{"channel":"odds:r1","pub":{"data":{"kind":"state","stale":true,"sinceMs":1}}}}',
    );
  });

  test('answers a call when its answer is there', async () => {
    const { say, done } = connected();
    expect(say('{"id":2,"rpc":{"method":"position","data":{}}}')).toEqual([]);
    await Promise.resolve();
    expect(done).toEqual(['{"id":2,"rpc":{"data":"position"}}']);
  });

  test('sends nothing to a socket that closed while its call was being answered', async () => {
    const { say, session, done } = connected();
    say('{"id":2,"rpc":{"method":"position"}}');
    session.closed();
    await Promise.resolve();
    expect(done).toEqual([]);
  });

  test('ends with a code that reconnects when a call breaks', async () => {
    const { say, done } = connected();
    say('{"id":2,"rpc":{"method":"broken"}}');
    await new Promise(setImmediate);
    expect(done).toEqual(['end 3004 internal server error']);
  });
});

describe('a session refuses', () => {
  test.each([
    ['a race never seen', subscribe(9, 'odds:r2'), 102, 'unknown channel: "odds:r2"'],
    ['a channel of no kind', subscribe(9, 'chat'), 102, 'unknown channel: "chat"'],
    ['no channel', '{"id":9,"subscribe":{}}', 102, 'unknown channel: ""'],
    ['a second subscribe', subscribe(9), 105, 'already subscribed to "odds:r1"'],
    ['presence', '{"id":9,"presence":{"channel":"odds:r1"}}', 108, '"presence" is not available'],
    ['history', '{"id":9,"history":{"channel":"odds:r1"}}', 108, '"history" is not available'],
    ['publish', '{"id":9,"publish":{"channel":"odds:r1"}}', 108, '"publish" is not available'],
    ['an unknown method', '{"id":9,"dance":{}}', 104, 'method not found: "dance"'],
  ])('%s with an error that names it, and stays', (_, line, code, message) => {
    const { say } = connected();
    say(subscribe(2));
    expect(say(line)).toEqual([
      `{"id":9,"error":${JSON.stringify({ code, message, temporary: false })}}`,
    ]);
    expect(say('{"id":10,"ping":{}}')).toEqual(['{"id":10,"ping":{}}']);
  });

  test('one subscription more than it allows', () => {
    const { say, open } = connected();
    for (let index = 1; index <= SUBSCRIPTIONS_MAX; index += 1) {
      open(`x${index}`);
      expect(say(subscribe(2, `odds:x${index}`))[0]).toBe(`join odds:x${index}`);
    }
    expect(say(subscribe(3))).toEqual([
      '{"id":3,"error":{"code":106,"message":"more than 64 subscriptions","temporary":false}}',
    ]);
  });

  test('a call more than it allows at once, with an error that says to try again', () => {
    const { say, clock } = connected();
    const call = (id: number) => say(`{"id":${id},"rpc":{"method":"position"}}`);
    for (let id = 2; id < 2 + RPC_BURST_MAX; id += 1) expect(call(id)).toEqual([]);
    expect(JSON.parse(call(99)[0] ?? '').error).toMatchObject({ code: 111, temporary: true });
    clock.turn(1000);
    expect(call(100)).toEqual([]);
  });
});

describe('a session ends', () => {
  test.each([
    ['garbage', 'hello', '3501 bad request: "hello" is not JSON'],
    ['JSON that is no object', '[1]', '3501 bad request: a command must be an object, not [1]'],
    ['an empty frame', '', '3501 bad request: an empty frame'],
    ['a command without an id', '{"ping":{}}', '3501 bad request: "ping" without an id'],
    [
      'an id that is no number',
      '{"id":"a","ping":{}}',
      '3501 bad request: id must be a whole number, not "a"',
    ],
    [
      'two methods at once',
      '{"id":1,"ping":{},"rpc":{}}',
      '3501 bad request: a command names one method, not ["ping","rpc"]',
    ],
    [
      'a channel that is no text',
      '{"id":1,"subscribe":{"channel":5}}',
      '3501 bad request: channel must be text, not 5',
    ],
    [
      'a nest of arrays',
      '['.repeat(8000) + ']'.repeat(8000),
      '3501 bad request: a command must be an object, not a value nested too deeply',
    ],
    [
      'an offset below nothing',
      subscribe(1, 'races', ',"recover":true,"offset":-1'),
      '3501 bad request: offset must be a whole number, not -1',
    ],
    ['a second connect', connect, '3501 bad request: already connected'],
    ['a message for the server', '{"send":{}}', '3501 bad request: "send" is not available'],
  ])('at %s, saying which', (_, frame, ending) => {
    expect(connected().say(frame)).toEqual([`end ${ending}`]);
  });

  test.each([
    '{"id":1,"subscribe":{"channel":"races"}}',
    '{"id":1,"ping":{}}',
    '{"id":1,"rpc":{"method":"position"}}',
  ])('at %s before connect', (line) => {
    expect(openSession().say(line)[0]).toMatch(/^end 3501 bad request: "\w+" before connect$/);
  });

  test('at bytes that are not UTF-8', () => {
    expect(connected().say(new Uint8Array([255, 254]))).toEqual([
      'end 3501 bad request: 2 bytes that are not UTF-8',
    ]);
  });

  test('at a frame one byte longer than it takes', () => {
    const padded = (length: number) => '{"id":2,"ping":{}}'.padEnd(length);
    expect(connected().say(padded(FRAME_BYTES_MAX))).toEqual(['{"id":2,"ping":{}}']);
    expect(connected().say(padded(FRAME_BYTES_MAX + 1))).toEqual([
      'end 1009 frame of 16385 bytes, at most 16384',
    ]);
  });

  test('at more commands than it allows at once, with a code that reconnects', () => {
    const lines = (count: number) => Array.from({ length: count }, () => '{}').join('\n');
    expect(openSession().say(lines(COMMANDS_BURST_MAX))).toEqual([]);
    expect(openSession().say(lines(COMMANDS_BURST_MAX + 1))).toEqual([
      'end 3013 too many requests',
    ]);
  });

  test('when nothing connects it for two beats', () => {
    const { session, done } = openSession();
    session.beat();
    expect(done).toEqual([]);
    session.beat();
    expect(done).toEqual(['end 3502 stale']);
  });

  test('when a ping was answered with nothing, and not when it was', () => {
    const { session, say, done } = connected();
    done.length = 0;
    session.beat();
    expect(done).toEqual(['{}']);
    expect(say('{}')).toEqual([]);
    session.beat();
    session.beat();
    expect(done).toEqual(['{}', 'end 3012 no pong']);
  });

  test('once, and hears nothing after', () => {
    const { session, say } = connected();
    expect(say('garbage')).toHaveLength(1);
    expect(say(connect)).toEqual([]);
    session.end(endings.shutdown);
    session.beat();
    expect(say('garbage')).toEqual([]);
  });

  test.each([
    ['text', jsonCodec],
    ['Protobuf', protobufCodec],
  ])('or answers, and never throws, whatever %s it is sent', (_, codec) => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), frames)), (sent) => {
        const { say } = openSession({ codec });
        for (const frame of sent) say(frame);
      }),
      { numRuns: 500 },
    );
  });
});

/** Frames that are nearly right. */
const frames = fc
  .record({
    id: fc.oneof(fc.nat(3), fc.string(), fc.constant(undefined)),
    method: fc.constantFrom('connect', 'subscribe', 'unsubscribe', 'rpc', 'ping', 'send', 'x'),
    parameters: fc.oneof(
      fc.jsonValue(),
      fc.record({ channel: fc.constantFrom('races', 'odds:r1') }),
    ),
  })
  .map(({ id, method, parameters }) =>
    new TextEncoder().encode(JSON.stringify({ id, [method]: parameters })),
  );

describe('a lagging subscription', () => {
  test('is silent until the socket drains, then tells the client to come back, for a snapshot', () => {
    const { session, say, done, tell } = connected();
    say(subscribe(2));
    done.length = 0;
    session.lag('odds:r1');
    expect(done).toEqual([]);
    session.caughtUp();
    expect(done).toEqual([
      '{"push":{"channel":"odds:r1","unsubscribe":{"code":2500,"reason":"insufficient state"}}}',
    ]);
    tell(2, { 3: 700 });
    const since = ',"recover":true,"epoch":"e1","offset":1';
    const [, reply = ''] = say(subscribe(3, 'odds:r1', since));
    expect(JSON.parse(reply).subscribe).toMatchObject({ recovered: false, offset: 2 });
    expect(say('{"id":4,"unsubscribe":{"channel":"odds:r1"}}')[0]).toBe('leave odds:r1');
    const [, again = ''] = say(subscribe(5, 'odds:r1', since));
    expect(JSON.parse(again).subscribe).toMatchObject({ recovered: true });
  });
});
