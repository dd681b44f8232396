/** `furlong board ingest`: every event of a file is answered for, whatever the server says meanwhile. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  EventStatus,
  type IngestEventsRequest,
  type IngestEventsResponse,
  IngestEventsResponseSchema,
} from '../../src/gen/furlong/tournaments/v1/tournaments_pb.ts';
import { Code } from '../../src/gen/google/rpc/code_pb.ts';
import { createQuickClock } from '../day/support/quick-clock.ts';
import { type FakeClient, playVerb } from './support/stage.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'furlong-ingest-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function written(lines: readonly unknown[]): string {
  const file = join(dir, 'events.ndjson');
  writeFileSync(
    file,
    lines.map((it) => `${typeof it === 'string' ? it : JSON.stringify(it)}\n`).join(''),
  );
  return file;
}

const event = (event_uuid: string, rest: object = {}) => ({
  kind: 'event',
  event_uuid,
  player: 'ann',
  game: 'slot',
  time_ms: 5_000,
  ...rest,
});
const events = (count: number) => Array.from({ length: count }, (_, at) => event(`e${at}`));

type Answer = (request: IngestEventsRequest, stream: number) => IngestEventsResponse | Error;

function answered(
  { events: sent }: IngestEventsRequest,
  status: EventStatus = EventStatus.ACCEPTED,
  rest: { reason?: string; retryAfterMs?: bigint; token?: string } = {},
): IngestEventsResponse {
  const { reason = '', retryAfterMs = 0n, token = 'token' } = rest;
  const counted = status === EventStatus.ACCEPTED;
  const outcomes = sent.map(({ eventUuid }) => ({ eventUuid, status, reason, counted }));
  return create(IngestEventsResponseSchema, { outcomes, retryAfterMs, token });
}

/** A stream that answers as it is told, newest first where messages wait together. */
function server(answer: Answer) {
  const requests: IngestEventsRequest[] = [];
  let streams = 0;
  let drains = 0;
  const ingestEvents = () => {
    const stream = ++streams;
    const waiting: IngestEventsRequest[] = [];
    let wake = () => {};
    let over = false;
    async function* answers() {
      while (!over) {
        const request = waiting.pop();
        if (request === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        const said = answer(request, stream);
        if (said instanceof Error) throw said;
        yield said;
      }
    }
    return {
      send: (request: IngestEventsRequest) => {
        requests.push(request);
        waiting.push(request);
        setImmediate(() => wake());
        return requests.length % 2 === 0;
      },
      drained: async () => {
        drains++;
      },
      end: () => {},
      cancel: () => {
        over = true;
        wake();
      },
      answers: answers(),
    };
  };
  // A stream, where the other methods answer by a promise.
  const client = { tournaments: { ingestEvents } } as unknown as FakeClient;
  return { client, requests, streams: () => streams, drains: () => drains };
}

const played = (file: string, { client }: { client: FakeClient }, terminal = true) =>
  playVerb(['board', 'ingest', 'day', file], { client, terminal, clock: createQuickClock() });

const failure = (code: Code) => Object.assign(new Error('gone'), { code, details: 'gone' });

describe('furlong board ingest', () => {
  it('sends each field in the units of the contract', async () => {
    const it = server((request) => answered(request));
    const all = {
      stake: 100,
      win: 300,
      sequence: 2,
      outcome: 'win',
      place: 1,
      provider: 'p',
      bonus: true,
    };
    const { code } = await played(written([event('e1', { ...all, received_ms: 9_000 })]), it);
    expect(code).toBe(0);
    expect(it.requests).toMatchObject([
      {
        tournamentId: 'day',
        events: [
          {
            eventUuid: 'e1',
            playerId: 'ann',
            game: 'slot',
            stake: 100n,
            win: 300n,
            eventTime: timestampFromMs(5_000),
            sequence: 2n,
            outcome: 'win',
            place: 1,
            provider: 'p',
            bonus: true,
          },
        ],
      },
    ]);
  });

  it('sends at most 500 a message, and has an outcome for each, in whatever order messages are answered', async () => {
    const it = server((request) => answered(request));
    const { code, stdout } = await played(written(events(1_201)), it);
    expect(code).toBe(0);
    const sizes = it.requests.map((request) => request.events.length);
    expect(sizes[0]).toBe(500);
    expect(Math.max(...sizes)).toBe(500);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(1_201);
    expect(stdout).toContain('1,201 accepted, 0 duplicate, 0 late, 0 refused');
    expect(stdout).toMatch(/newly counted +1,201\ntoken +token\n/);
    expect(it.drains()).toBeGreaterThan(0);
  });

  it('gives programs every outcome, and the counts in the last line', async () => {
    const it = server((request) => answered(request));
    const { stdout } = await played(written(events(2)), it, false);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      ...['e0', 'e1'].map((eventUuid) => ({
        eventUuid,
        status: 'EVENT_STATUS_ACCEPTED',
        reason: '',
        counted: true,
      })),
      {
        tournamentId: 'day',
        counts: { accepted: 2, duplicate: 0, late: 0, refused: 0 },
        counted: 2,
        token: 'token',
      },
    ]);
  });

  it('ends with 1 where one was refused, and names it with why', async () => {
    const it = server((request) =>
      answered(request, EventStatus.REFUSED, { reason: 'unknown-player' }),
    );
    const { code, stdout } = await played(written([event('e1')]), it);
    expect(code).toBe(1);
    expect(stdout).toContain('refused  why\ne1       unknown-player\n');
  });

  it.each([
    [EventStatus.DUPLICATE, '1 duplicate'],
    [EventStatus.LATE, '1 late'],
  ])('ends with 0 where status %s was all', async (status, says) => {
    const { code, stdout } = await played(
      written([event('e1')]),
      server((request) => answered(request, status)),
    );
    expect(code).toBe(0);
    expect(stdout).toContain(says);
  });

  it('sends again what was not recorded, after as long as it is told', async () => {
    const clock = createQuickClock();
    let busy = 2;
    const it = server((request) =>
      busy-- > 0
        ? answered(request, EventStatus.UNSPECIFIED, { reason: 'overload', retryAfterMs: 2_000n })
        : answered(request),
    );
    const { client } = it;
    const file = written(events(2));
    const { code, stdout } = await playVerb(['board', 'ingest', 'day', file], { client, clock });
    expect(code).toBe(0);
    expect(it.requests).toHaveLength(3);
    expect(clock.waits.filter((ms) => ms === 2_000)).toHaveLength(2);
    expect(stdout).toContain('2 accepted');
  });

  it('sends again only those of a message that have no outcome', async () => {
    let first = true;
    const it = server((request) => {
      const answer = answered(request);
      const [outcome] = answer.outcomes;
      if (first && outcome) outcome.status = EventStatus.UNSPECIFIED;
      first = false;
      return answer;
    });
    const { code } = await played(written(events(3)), it);
    expect(code).toBe(0);
    expect(it.requests.map((request) => request.events.map(({ eventUuid }) => eventUuid))).toEqual([
      ['e0', 'e1', 'e2'],
      ['e0'],
    ]);
  });

  it('opens another stream where one breaks, and sends what had no answer', async () => {
    let first = true;
    const it = server((request, stream) => {
      if (stream === 1 && !first) return failure(Code.UNAVAILABLE);
      first = false;
      return answered(request);
    });
    const { code, stdout } = await played(written(events(1_000)), it);
    expect(code).toBe(0);
    expect(it.streams()).toBe(2);
    expect(stdout).toContain('1,000 accepted');
  });

  it('gives up with 75 where the server takes nothing for long', async () => {
    const it = server((request) =>
      answered(request, EventStatus.UNSPECIFIED, { reason: 'overload', retryAfterMs: 1n }),
    );
    const { code, stderr } = await played(written(events(1)), it);
    expect(code).toBe(75);
    expect(stderr).toContain('the server takes no events now (overload)');
  });

  it('ends with 69 at once where no server answers', async () => {
    const it = server(() => failure(Code.UNAVAILABLE));
    const { code, stdout } = await played(written(events(1)), it);
    expect([code, stdout]).toEqual([69, '']);
    expect(it.requests).toHaveLength(1);
  });

  it.each([
    ['is no JSON', '{', 'line 3: not JSON: '],
    ['is an entry', '{"kind":"entry","player":"ann"}', 'line 3: an entry, not an event'],
    [
      'has no time',
      '{"kind":"event","event_uuid":"x","player":"a","game":"g"}',
      'line 3: time_ms is missing',
    ],
    ['has a negative stake', JSON.stringify(event('x', { stake: -1 })), 'line 3: stake is not'],
  ])(
    'ends with 65 at a line that %s; what was before it is sent and answered',
    async (_what, line, says) => {
      const it = server((request) => answered(request));
      const { code, stdout, stderr } = await played(
        written([...events(2), line, event('late')]),
        it,
      );
      expect(code).toBe(65);
      expect(stderr).toContain(says);
      expect(stdout).toContain('2 accepted');
      expect(it.requests.flatMap((request) => request.events)).toHaveLength(2);
    },
  );

  it('says which file is not there, and sends nothing', async () => {
    const it = server((request) => answered(request));
    const { code, stdout, stderr } = await played(join(dir, 'none.ndjson'), it);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('none.ndjson');
    expect(it.requests).toHaveLength(0);
  });
});
