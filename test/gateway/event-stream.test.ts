import { randomUUID } from 'node:crypto';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createScoringBook } from '../../src/actors/scoring/book.ts';
import { BATCH_MAX } from '../../src/actors/tournament-contributions.ts';
import { ACTIVE_MS, EVENTS_PER_MESSAGE_MAX } from '../../src/gateway/event-stream.ts';
import { betToken, versionToken } from '../../src/gateway/position-token.ts';
import { createTournaments } from '../../src/gateway/tournaments-service.ts';
import {
  type EventOutcome,
  EventStatus,
  GetPositionRequestSchema,
  type IngestEventsResponse,
  type TournamentEventSchema,
} from '../../src/gen/furlong/tournaments/v1/tournaments_pb.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Router } from '../../src/runtime/router.ts';
import { openWorld, refusalOf, type World } from './support/gateway.ts';

const CUP = 'tournament/cup';
const tournamentId = 'cup';

let world: World;
let token = '';
beforeAll(async () => {
  world = await openWorld();
  const { tournaments } = world.client;
  await tournaments.createTournament({
    tournamentId,
    title: 'Cup',
    bestOf: 1_000,
    operator: 'olga',
    duplicateWindowMs: 3n,
  });
  const joined = await tournaments.joinTournament({ tournamentId, playerId: 'alice' });
  token = joined.tournament?.token ?? '';
});
afterAll(() => world.close());
beforeEach(() => {
  world.router.bend(CUP, undefined);
  world.router.asked.length = 0;
  world.logged.length = 0;
});

type EventInit = Exclude<
  MessageInitShape<typeof TournamentEventSchema>,
  { readonly $typeName: string }
>;

/** Of alice, now: another game each time, so that none repeats another. */
function event(eventUuid: string, otherwise: EventInit = {}): EventInit {
  const eventTime = timestampFromMs(Date.now());
  const game = `g-${eventUuid}`.slice(0, 64);
  return { eventUuid, playerId: 'alice', game, stake: 100n, win: 200n, eventTime, ...otherwise };
}

/** Sends messages, and gives back an answer for each. */
async function sent(
  ...messages: readonly (readonly EventInit[])[]
): Promise<readonly IngestEventsResponse[]> {
  const stream = world.client.tournaments.ingestEvents();
  for (const events of messages) stream.send({ tournamentId, events: [...events] });
  stream.end();
  const answers: IngestEventsResponse[] = [];
  for await (const answer of stream.answers) answers.push(answer);
  return answers;
}

const nameOf = (status: EventStatus) =>
  Object.entries(EventStatus).find(([, value]) => value === status)?.[0] ?? '';
const brief = ({ eventUuid, status, reason, counted }: EventOutcome) =>
  [eventUuid, nameOf(status), reason, counted ? 'counted' : ''].join(' ').trim();
const outcomes = async (...events: readonly EventInit[]) =>
  (await sent(events)).flatMap((answer) => answer.outcomes.map(brief));

async function position(of = token) {
  return world.client.tournaments.getPosition({ tournamentId, playerId: 'alice', token: of });
}

describe('IngestEvents', () => {
  test('answers each message with one outcome for each event, in their order', async () => {
    const [first, second] = await sent(
      [event('a1'), event('a2', { playerId: 'zoe' }), event('a1', { win: 300n })],
      [event('a3'), event('a4', { stake: -1n })],
    );
    expect(first?.outcomes.map(brief)).toEqual([
      'a1 ACCEPTED  counted',
      'a2 REFUSED unknown-player',
      'a1 REFUSED event-id-reused',
    ]);
    expect(second?.outcomes.map(brief)).toEqual([
      'a3 ACCEPTED  counted',
      'a4 REFUSED negative-stake',
    ]);
    expect(first).toMatchObject({ tournamentId, retryAfterMs: 0n });
  });

  test('keeps the order of a message whose rounds are partly over', async () => {
    const old = { eventTime: timestampFromMs(Date.now() - 2 * ACTIVE_MS) };
    const [answer] = await sent([
      event('o1', old),
      event('o2'),
      event('o3', { game: '' }),
      event('o4', { ...old, win: -1n }),
      event('o5'),
    ]);
    expect(answer?.outcomes.map(brief)).toEqual([
      'o1 ACCEPTED  counted',
      'o2 ACCEPTED  counted',
      'o3 REFUSED bad-game',
      'o4 REFUSED negative-win',
      'o5 ACCEPTED  counted',
    ]);
    expect(world.router.asked.filter((it) => it.includes('ingest-events'))).toHaveLength(2);
    expect(await position(answer?.token)).toMatchObject({ stale: false });
  });

  test('asks in one lane where all of a message is of now, or nothing is', async () => {
    for (const agoMs of [0, 2 * ACTIVE_MS]) {
      world.router.asked.length = 0;
      const eventTime = timestampFromMs(Date.now() - agoMs);
      await sent([event(`n${agoMs}`, { eventTime }), event(`m${agoMs}`, { eventTime })]);
      expect(world.router.asked).toHaveLength(1);
    }
  });

  test('tells duplicates and repeats from what counts', async () => {
    const eventTime = timestampFromMs(Date.now());
    const same = { eventTime, game: 'twice' };
    const first = event('d1', same);
    expect(await outcomes(first, event('d2', same), first)).toEqual([
      'd1 ACCEPTED  counted',
      'd2 DUPLICATE repeat',
      'd1 DUPLICATE known-id',
    ]);
    expect(await outcomes(first)).toEqual(['d1 DUPLICATE known-id']);
    expect(await outcomes(event('d1', { ...same, win: 300n, revision: 2 }))).toEqual([
      'd1 ACCEPTED  counted',
    ]);
  });

  test('counts nothing twice that is sent again after the stream was cut in the middle', async () => {
    const { score: before = 0n } = (await position()).standing ?? {};
    const messages = ['c1', 'c2', 'c3'].map((it) => [event(`${it}a`), event(`${it}b`)]);
    const stream = world.client.tournaments.ingestEvents();
    const arrived = world.router.nextAsk();
    for (const events of messages) stream.send({ tournamentId, events });
    await arrived;
    stream.cancel();
    await expect(
      (async () => {
        for await (const _ of stream.answers);
      })(),
    ).rejects.toThrow('CANCELLED');
    for (const again of [messages, messages]) {
      const answers = await sent(...again);
      expect(answers.flatMap((it) => it.outcomes)).toHaveLength(6);
    }
    const { score: after = 0n } = (await position()).standing ?? {};
    expect(after - before).toBe(6n * 200n);
  });

  test.each<[string, EventInit, string]>([
    ['no id', { eventUuid: '' }, 'REFUSED bad-event-uuid'],
    ['an id too long', { eventUuid: 'x'.repeat(65) }, `${'x'.repeat(64)} REFUSED bad-event-uuid`],
    ['no player', { playerId: '' }, 'w REFUSED bad-player-id'],
    ['a player too long', { playerId: 'x'.repeat(65) }, 'w REFUSED bad-player-id'],
    ['no game', { game: '' }, 'w REFUSED bad-game'],
    ['a game too long', { game: 'x'.repeat(65) }, 'w REFUSED bad-game'],
    ['an outcome too long', { outcome: 'x'.repeat(65) }, 'w REFUSED bad-outcome'],
    ['a provider too long', { provider: 'x'.repeat(65) }, 'w REFUSED bad-provider'],
    ['no time', { eventTime: undefined }, 'w REFUSED no-event-time'],
    ['a time of nobody', { eventTime: { seconds: 1n << 60n } }, 'w REFUSED bad-event-time'],
    ['a time before all', { eventTime: { seconds: -(1n << 60n) } }, 'w REFUSED bad-event-time'],
    ['a sequence below nothing', { sequence: -1n }, 'w REFUSED bad-sequence'],
    ['a sequence too large', { sequence: 1n << 60n }, 'w REFUSED bad-sequence'],
    ['a stake too large', { stake: 1n << 60n }, 'w REFUSED amount-too-large'],
    ['a win too large', { win: 1n << 60n }, 'w REFUSED amount-too-large'],
    ['a stake far below nothing', { stake: -(1n << 60n) }, 'w REFUSED negative-stake'],
    ['a win far below nothing', { win: -(1n << 60n) }, 'w REFUSED negative-win'],
    ['a time ahead', { eventTime: { seconds: 9_000_000_000n } }, 'w REFUSED in-the-future'],
    ['other rules', { ruleSetId: 'places-best-5@1' }, 'w REFUSED unknown-rule-set'],
  ])('refuses an event with %s by name, and no other', async (_, wrong, told) => {
    const good = `good-${randomUUID()}`;
    expect(await outcomes(event('w', wrong), event(good))).toEqual([
      told,
      `${good} ACCEPTED  counted`,
    ]);
  });

  test('refuses each event of a tournament that there is not', async () => {
    const stream = world.client.tournaments.ingestEvents();
    stream.send({ tournamentId: 'none', events: [event('u1'), event('u2')] });
    stream.end();
    for await (const answer of stream.answers) {
      expect(answer).toMatchObject({ tournamentId: 'none', token: '', retryAfterMs: 0n });
      expect(answer.outcomes.map(brief)).toEqual([
        'u1 REFUSED unknown-tournament',
        'u2 REFUSED unknown-tournament',
      ]);
    }
  });

  test.each(['overload', 'stopping', 'crashed'] as const)(
    'says that nothing was recorded, and when to send it again, at %s',
    async (why) => {
      world.router.bend(CUP, why);
      const old = { eventTime: timestampFromMs(Date.now() - 2 * ACTIVE_MS) };
      const [now, later] = await sent([event('v1')], [event('v2', old)]);
      expect(now?.outcomes.map(brief)).toEqual([`v1 UNSPECIFIED ${why}`]);
      expect(now).toMatchObject({ retryAfterMs: 250n, token: '' });
      // What nobody plays any more waits longer.
      expect(later).toMatchObject({ retryAfterMs: 2_000n, token: '' });
      world.router.bend(CUP, undefined);
      const id = `again-${why}`;
      expect(await outcomes(event(id))).toEqual([`${id} ACCEPTED  counted`]);
    },
  );

  test('hides a defect from the client and logs it', async () => {
    world.router.bend(CUP, 'throw');
    const [answer] = await sent([event('x1')]);
    expect(answer?.outcomes.map(brief)).toEqual(['x1 UNSPECIFIED defect']);
    expect(answer?.retryAfterMs).toBe(250n);
    expect(world.logged).toHaveLength(1);
  });

  test('takes the largest message of the contract whole', async () => {
    expect(EVENTS_PER_MESSAGE_MAX).toBe(BATCH_MAX);
    const long = (at: number) => `${'x'.repeat(60)}${String(at).padStart(4, '0')}`;
    const them = Array.from({ length: EVENTS_PER_MESSAGE_MAX }, (_, at) =>
      event(long(at), { game: long(at), outcome: long(0), provider: long(0) }),
    );
    const [answer] = await sent(them);
    expect(answer?.outcomes.map(({ status }) => status)).toEqual(
      them.map(() => EventStatus.ACCEPTED),
    );
  });

  test.each([0, EVENTS_PER_MESSAGE_MAX + 1])('ends at a message of %i events', async (count) => {
    const them = Array.from({ length: count }, (_, at) => event(`e${at}`));
    const seen: string[] = [];
    const stream = world.client.tournaments.ingestEvents();
    stream.send({ tournamentId, events: [event(`before-${count}`)] });
    stream.send({ tournamentId, events: them });
    const reading = (async () => {
      for await (const answer of stream.answers) seen.push(...answer.outcomes.map(brief));
    })();
    expect(await refusalOf(reading)).toMatchObject({ reason: 'MALFORMED', fields: ['events'] });
    expect(seen).toEqual([`before-${count} ACCEPTED  counted`]);
  });

  test('ends at a message for a tournament whose id is none', async () => {
    const stream = world.client.tournaments.ingestEvents();
    stream.send({ tournamentId: '../etc', events: [event('y1')] });
    const reading = (async () => {
      for await (const _ of stream.answers);
    })();
    expect(await refusalOf(reading)).toMatchObject({
      reason: 'MALFORMED',
      fields: ['tournament_id'],
    });
  });
});

describe('the token of an answer', () => {
  test('gives a position that holds what was sent', async () => {
    const before = (await position()).standing?.score ?? 0n;
    const [answer] = await sent([event('t1', { win: 700n })]);
    const after = await position(answer?.token);
    expect(after).toMatchObject({ stale: false, players: 1n });
    expect((after.standing?.score ?? 0n) - before).toBe(700n);
    expect(after.asOfTime).toBeDefined();
  });

  test('is waited for while it is under way', async () => {
    const { version } = await versionNow();
    const asked = world.router.nextAsk();
    const waiting = position(versionToken('cup', version + 1));
    await asked;
    await sent([event('t2')]);
    expect(await waiting).toMatchObject({ stale: false });
  });

  test('that stands for what is not there yet gives what there is after 250 ms, and says so', async () => {
    const { version } = await versionNow();
    const waits: number[] = [];
    const router: Router = {
      ...world.router,
      ask(to, what, options) {
        const { query } = what as { query?: { readonly since?: object } };
        if (query?.since === undefined) return world.router.ask(to, what, options);
        waits.push(options.timeoutMs);
        return Promise.resolve({ kind: 'unanswered', why: 'deadline' });
      },
    };
    const served = createTournaments(router, systemClock, createScoringBook());
    const ask = (timeoutMs: number, of: string) => {
      const told = { tournamentId, playerId: 'alice', token: of };
      const request = create(GetPositionRequestSchema, told);
      return served.getPosition(request, { atMs: Date.now(), timeoutMs });
    };
    const future = versionToken('cup', version + 1);
    expect(await ask(5_000, future)).toMatchObject({ stale: true, players: 1n });
    expect(await ask(5_000, betToken('b9', 1))).toMatchObject({ stale: true });
    expect(waits).toEqual([250, 250]);
  });

  test.each([
    ['of another tournament', versionToken('other', 1)],
    ['of nothing', Buffer.from('nothing').toString('base64url')],
    ['of version 0', versionToken('cup', 0)],
    ['of half a version', Buffer.from('version cup 1.5').toString('base64url')],
    ['with more behind it', Buffer.from('version cup 1 2').toString('base64url')],
    ['of a bet whose id is none', betToken('../etc', 1)],
  ])('%s is refused', async (_, foreign) => {
    expect(await refusalOf(position(foreign))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'BAD_POSITION_TOKEN',
    });
  });

  async function versionNow() {
    const { tournament } = await world.client.tournaments.getTournament({ tournamentId });
    const [, , version] = Buffer.from(tournament?.token ?? '', 'base64url')
      .toString()
      .split(' ');
    return { version: Number(version) };
  }
});
