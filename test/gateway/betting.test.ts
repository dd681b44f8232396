import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createBetting } from '../../src/gateway/betting-service.ts';
import { BetStatus, PlaceBetRequestSchema } from '../../src/gen/furlong/betting/v1/betting_pb.ts';
import type { Router } from '../../src/runtime/router.ts';
import {
  bet,
  declaration,
  openWorld,
  refusalOf,
  type Told,
  type World,
} from './support/gateway.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const place = (...it: Parameters<typeof bet>) => world.client.betting.placeBet(bet(...it));

describe('PlaceBet', () => {
  test('answers with the bet when it is in the pool', async () => {
    const { bet: placed } = await place('b1', { legs: [{ runners: [1, 2] }], stakeCents: 250n });
    expect(placed).toMatchObject({
      betId: 'b1',
      playerId: 'alice',
      raceId: 'r1',
      poolId: 'win',
      legs: [{ runners: [1, 2] }],
      stakeCents: 250n,
      combinations: 2n,
      costCents: 500n,
      status: BetStatus.REGISTERED,
    });
    expect(placed?.placeTime?.seconds).toBeGreaterThan(1_700_000_000n);
  });

  test('gives the same answer to the same bet again and moves no money', async () => {
    const first = await place('b2');
    const { account: before } = await world.client.accounts.getAccount({ playerId: 'alice' });
    expect(await place('b2')).toEqual(first);
    const { account: after } = await world.client.accounts.getAccount({ playerId: 'alice' });
    expect(after).toEqual(before);
  });

  test('refuses a bet id with another content', async () => {
    await place('b3');
    expect(await refusalOf(place('b3', { stakeCents: 400n }))).toMatchObject({
      code: 'ALREADY_EXISTS',
      reason: 'BET_ID_REUSED',
      facts: { bet: 'b3' },
      message: 'bet b3 was placed with another content',
    });
  });

  test('keeps the first refusal of a bet id', async () => {
    await world.client.racing.declareRace(declaration('late', 2_000));
    await world.client.racing.openRace({ raceId: 'late', steward: 'sam' });
    await place('l1', { raceId: 'late' });
    // The card here still says open; the race knows better and its refusal is on record.
    world.router.hold('race/late');
    const refused = refusalOf(place('l2', { raceId: 'late' }));
    await world.router.nextAsk();
    await world.client.racing.closeRace({ raceId: 'late', steward: 'sam' });
    world.router.release('race/late');
    const first = await refused;
    expect(first).toMatchObject({ code: 'FAILED_PRECONDITION', facts: { phase: 'closed' } });
    expect(await refusalOf(place('l2', { raceId: 'late' }))).toEqual(first);
    const { bet: kept } = await world.client.betting.getBet({ playerId: 'alice', betId: 'l2' });
    expect(kept).toMatchObject({ status: BetStatus.REFUSED, refusalReason: 'race-not-open' });
  });

  test('answers a bet from before the close with its first answer after it', async () => {
    await world.client.racing.declareRace(declaration('over', 3_000));
    await world.client.racing.openRace({ raceId: 'over', steward: 'sam' });
    const first = await place('o1', { raceId: 'over' });
    await world.client.racing.closeRace({ raceId: 'over', steward: 'sam' });
    world.clock.aheadMs += 2_000;
    expect(await place('o1', { raceId: 'over' })).toEqual(first);
    expect(await refusalOf(place('o2', { raceId: 'over' }))).toMatchObject({
      reason: 'RACE_NOT_OPEN',
    });
    expect(await refusalOf(place('o1', { raceId: 'over', stakeCents: 400n }))).toMatchObject({
      reason: 'BET_ID_REUSED',
    });
  });

  test('takes a bet on a race as soon as it is open', async () => {
    await world.client.racing.declareRace(declaration('soon', 4_000));
    expect(await refusalOf(place('s1', { raceId: 'soon' }))).toMatchObject({
      code: 'FAILED_PRECONDITION',
      facts: { race: 'soon', phase: 'declared' },
    });
    await world.client.racing.openRace({ raceId: 'soon', steward: 'sam' });
    expect((await place('s1', { raceId: 'soon' })).bet?.status).toBe(BetStatus.REGISTERED);
  });

  test('asks an open race for its card once a second, not once a bet', async () => {
    await place('c1');
    const cards = () => world.router.asked.filter((it) => it === 'race/r1 race').length;
    const before = cards();
    await Promise.all([place('c2'), place('c3'), place('c4')]);
    expect(cards()).toBe(before);
    world.clock.aheadMs += 1_000;
    await Promise.all([place('c5'), place('c6'), place('c7')]);
    expect(cards()).toBe(before + 1);
  });
});

describe('the deadline of a bet', () => {
  /** Places a bet that has 100 ms, at a gateway where each question takes `eachMs`. */
  async function placeSlowly(eachMs: number, otherwise: Parameters<typeof bet>[1]) {
    let nowMs = 1_000;
    const asked: [string, number][] = [];
    const router: Router = {
      ...world.router,
      ask(to, what, options) {
        // Once for each rule set that a gateway ever meets; here it takes no time.
        if (to.address.startsWith('rule-set/')) return world.router.ask(to, what, options);
        nowMs += eachMs;
        // Every actor's commands and queries are told apart by `kind`.
        const { command, query } = what as { command?: Named; query?: Named };
        asked.push([(command ?? query)?.kind ?? '', options.timeoutMs]);
        return world.router.ask(to, what, options);
      },
    };
    const { placeBet } = createBetting(router, { now: () => nowMs, after: () => () => {} });
    const request = create(PlaceBetRequestSchema, bet('d', otherwise));
    const answer = await placeBet(request, { atMs: 1_000, timeoutMs: 100 });
    return { answer, asked };
  }

  test('is one for all steps: each has what those before left', async () => {
    const { answer, asked } = await placeSlowly(40, { betId: 'd1' });
    expect(asked).toEqual([
      ['race', 2_000],
      ['place-bet', 60],
    ]);
    expect(answer).toMatchObject({ betId: 'd1' });
  });

  test.each([100, 101])('reserves nothing when the card took %i of 100 ms', async (eachMs) => {
    const { answer, asked } = await placeSlowly(eachMs, { betId: 'd2' });
    expect(answer).toMatchObject({
      reason: 'deadline-expired',
      details: { lateMs: String(eachMs - 100) },
    });
    expect(asked).toEqual([['race', 2_000]]);
    const known = world.client.betting.getBet({ playerId: 'alice', betId: 'd2' });
    expect(await refusalOf(known)).toMatchObject({ reason: 'UNKNOWN_BET' });
  });

  test('counts the look whether the bet is known', async () => {
    await world.client.racing.declareRace(declaration('gone', 6_000));
    await world.client.racing.openRace({ raceId: 'gone', steward: 'sam' });
    await place('d3', { raceId: 'gone' });
    await world.client.racing.closeRace({ raceId: 'gone', steward: 'sam' });
    const again = { betId: 'd3', raceId: 'gone' };
    const { answer, asked } = await placeSlowly(40, again);
    expect(asked).toEqual([
      ['race', 2_000],
      ['bet', 60],
      ['place-bet', 20],
    ]);
    expect(answer).toMatchObject({ betId: 'd3' });
    const late = await placeSlowly(50, again);
    expect(late.answer).toMatchObject({ reason: 'deadline-expired' });
    expect(late.asked).toEqual([
      ['race', 2_000],
      ['bet', 50],
    ]);
  });
});

interface Named {
  readonly kind: string;
}

type Case = [string, Parameters<typeof bet>[1], Partial<Told>];

describe('PlaceBet refuses', () => {
  beforeEach(() => {
    world.router.asked.length = 0;
  });

  const cases: Case[] = [
    [
      'an unknown race',
      { raceId: 'nowhere' },
      { code: 'NOT_FOUND', reason: 'UNKNOWN_RACE', facts: { race: 'nowhere' } },
    ],
    [
      'an unknown pool',
      { poolId: 'trio' },
      { code: 'NOT_FOUND', reason: 'UNKNOWN_POOL', facts: { race: 'r1', pool: 'trio' } },
    ],
    [
      'an unknown player',
      { playerId: 'nobody' },
      { code: 'NOT_FOUND', reason: 'UNKNOWN_PLAYER', message: 'there is no player nobody' },
    ],
    [
      'a scratched runner',
      { legs: [{ runners: [1, 4] }] },
      {
        code: 'FAILED_PRECONDITION',
        reason: 'SCRATCHED_RUNNER',
        facts: { race: 'r1', leg: '0', runner: '4' },
        preconditions: ['race/r1'],
      },
    ],
    [
      'an unknown runner',
      { legs: [{ runners: [17] }] },
      {
        code: 'INVALID_ARGUMENT',
        reason: 'UNKNOWN_RUNNER',
        facts: { race: 'r1', leg: '0', runner: '17' },
        fields: ['legs[0].runners'],
        message: 'there is no runner 17',
      },
    ],
    [
      'two legs in a pool of one',
      { legs: [{ runners: [1] }, { runners: [2] }] },
      {
        code: 'INVALID_ARGUMENT',
        reason: 'WRONG_NUMBER_OF_LEGS',
        facts: { race: 'r1', pool: 'win', legs: '2', needed: '1' },
        fields: ['legs'],
      },
    ],
    [
      'a stake that is not a multiple',
      { stakeCents: 225n },
      {
        code: 'INVALID_ARGUMENT',
        reason: 'STAKE_NOT_A_MULTIPLE',
        facts: { race: 'r1', stake: '225', unit: '50' },
        fields: ['stake_cents'],
      },
    ],
    [
      'a stake below the minimum',
      { stakeCents: 150n },
      { code: 'INVALID_ARGUMENT', reason: 'STAKE_BELOW_MINIMUM', fields: ['stake_cents'] },
    ],
    [
      'a stake above the maximum',
      { stakeCents: 1_000_050n },
      { code: 'INVALID_ARGUMENT', reason: 'STAKE_ABOVE_MAXIMUM', fields: ['stake_cents'] },
    ],
    [
      'a cost that no account could hold',
      {
        poolId: 'big5',
        legs: [1, 2, 3, 4, 5, 6, 7].map(() => ({ runners: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] })),
        stakeCents: 1_000_000_000n,
      },
      { code: 'INVALID_ARGUMENT', reason: 'COST_TOO_LARGE', fields: ['stake_cents'] },
    ],
    [
      'a zero stake',
      { stakeCents: 0n },
      {
        code: 'INVALID_ARGUMENT',
        reason: 'MALFORMED',
        fields: ['stake_cents'],
        message: 'stake_cents: must be greater than 0 and less than or equal to 1000000000: 0',
      },
    ],
    [
      'everything that is malformed, by field',
      { betId: 'a b', legs: [{ runners: [1, 1] }, { runners: [100] }, {}] },
      {
        code: 'INVALID_ARGUMENT',
        fields: ['bet_id', 'legs[0].runners', 'legs[1].runners[0]', 'legs[2].runners'],
      },
    ],
    [
      'more than is free',
      { stakeCents: 200_000n },
      {
        code: 'FAILED_PRECONDITION',
        reason: 'INSUFFICIENT_FUNDS',
        preconditions: ['player/alice'],
      },
    ],
  ];
  test.each(cases)('%s', async (_what, otherwise, told) => {
    expect(await refusalOf(place('bad', otherwise))).toMatchObject(told);
  });

  test('what channel control sees without reserving money', async () => {
    await refusalOf(place('bad', { raceId: 'nowhere' }));
    await refusalOf(place('bad', { stakeCents: 225n }));
    expect(world.router.asked.filter((it) => it.includes('place-bet'))).toEqual([]);
  });

  test('insufficient funds with both amounts', async () => {
    const { account } = await world.client.accounts.getAccount({ playerId: 'alice' });
    const { facts } = await refusalOf(place('bad', { stakeCents: 200_000n }));
    expect(facts).toMatchObject({ needed: '200000', free: String(account?.freeCents) });
  });

  test('values too long to send back, without sending them back', async () => {
    const { fields, message } = await refusalOf(place('x'.repeat(50_000)));
    expect(fields).toEqual(['bet_id']);
    expect(message.length).toBeLessThan(500);
  });
});

describe('a multi-leg bet', () => {
  const five = (runners: number[]) => [[1], [1], [1], [1], runners].map((it) => ({ runners: it }));

  test('is refused by the race where a leg is not declared', async () => {
    const refused = place('m1', { poolId: 'big5', legs: five([1]) });
    expect(await refusalOf(refused)).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'LEG_NOT_DECLARED',
      facts: { race: 'r1', pool: 'big5', leg: '1' },
    });
  });

  test('is taken when all are, and only the race knows the runners of the others', async () => {
    const { racing } = world.client;
    await racing.declareRace(declaration('five', 5_000));
    await racing.openRace({ raceId: 'five', steward: 'sam' });
    for (const leg of ['fivea', 'fiveb', 'fivec', 'fived']) {
      await racing.declareRace(declaration(leg, 5_000));
    }
    const inFive = { raceId: 'five', poolId: 'big5' };
    const { bet: placed } = await place('m2', { ...inFive, legs: five([1, 2]) });
    expect(placed).toMatchObject({ combinations: 2n, costCents: 400n });
    expect(await refusalOf(place('m3', { ...inFive, legs: five([9]) }))).toMatchObject({
      reason: 'UNKNOWN_RUNNER',
      facts: { leg: '4', runner: '9' },
    });
  });
});

describe('GetBet and ListBets', () => {
  test('GetBet names an unknown bet and its player', async () => {
    const call = world.client.betting.getBet({ playerId: 'alice', betId: 'never' });
    expect(await refusalOf(call)).toMatchObject({
      code: 'NOT_FOUND',
      reason: 'UNKNOWN_BET',
      facts: { player: 'alice', bet: 'never' },
    });
  });

  test('ListBets gives every bet once, newest first, page after page', async () => {
    const { accounts, betting } = world.client;
    await accounts.openAccount({ requestId: 'q3', playerId: 'carol', alias: 'Carol' });
    await accounts.deposit({ requestId: 'q4', playerId: 'carol', amountCents: 100_00n });
    const placed = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
    for (const betId of placed) await place(betId, { playerId: 'carol' });
    const paged: string[][] = [];
    let pageToken = '';
    do {
      const page = await betting.listBets({ playerId: 'carol', pageSize: 3, pageToken });
      paged.push(page.bets.map(({ betId }) => betId));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(paged).toEqual([['p7', 'p6', 'p5'], ['p4', 'p3', 'p2'], ['p1']]);
  });

  test("ListBets refuses another player's token, a made-up one and a negative size", async () => {
    const { listBets } = world.client.betting;
    await world.client.accounts.openAccount({ requestId: 'q9', playerId: 'bob', alias: 'Bob' });
    await place('t1');
    await place('t2');
    const { nextPageToken } = await listBets({ playerId: 'alice', pageSize: 1 });
    expect(nextPageToken).not.toBe('');
    for (const pageToken of [nextPageToken, 'made up', 'x'.repeat(2_000)]) {
      expect(await refusalOf(listBets({ playerId: 'bob', pageToken }))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        reason: 'BAD_PAGE_TOKEN',
        fields: ['page_token'],
      });
    }
    expect(await refusalOf(listBets({ playerId: 'bob', pageSize: -1 }))).toMatchObject({
      fields: ['page_size'],
    });
    expect(await refusalOf(listBets({ playerId: 'nobody' }))).toMatchObject({
      reason: 'UNKNOWN_PLAYER',
    });
  });
});
