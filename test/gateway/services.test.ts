import { create } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { playerRef } from '../../src/actors/player.ts';
import { raceRef } from '../../src/actors/race.ts';
import { createScoringBook } from '../../src/actors/scoring/book.ts';
import { betId, playerId, raceId } from '../../src/actors/units.ts';
import { pageToken as pageTokenOf } from '../../src/gateway/page.ts';
import { createTournaments } from '../../src/gateway/tournaments-service.ts';
import { BetStatus } from '../../src/gen/furlong/betting/v1/betting_pb.ts';
import { InquiryKind, RacePhase } from '../../src/gen/furlong/racing/v1/racing_pb.ts';
import {
  GetStandingsRequestSchema,
  JoinTournamentRequestSchema,
} from '../../src/gen/furlong/tournaments/v1/tournaments_pb.ts';
import { Code } from '../../src/gen/google/rpc/code_pb.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Router } from '../../src/runtime/router.ts';
import { bet, declaration, openWorld, refusalOf, type World } from './support/gateway.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe('accounts', () => {
  test('move money once for a request id and refuse it with another amount', async () => {
    const { accounts } = world.client;
    await accounts.openAccount({ requestId: 'a1', playerId: 'dora', alias: 'Dora' });
    const deposit = { requestId: 'a2', playerId: 'dora', amountCents: 50_00n };
    await accounts.deposit(deposit);
    expect((await accounts.deposit(deposit)).account).toMatchObject({ freeCents: 50_00n });
    expect(await refusalOf(accounts.deposit({ ...deposit, amountCents: 1n }))).toMatchObject({
      code: 'ALREADY_EXISTS',
      reason: 'REQUEST_ID_REUSED',
      facts: { request: 'a2' },
    });
    await accounts.withdraw({ requestId: 'a3', playerId: 'dora', amountCents: 20_00n });
    const { account } = await accounts.getAccount({ playerId: 'dora' });
    expect(account).toMatchObject({ alias: 'Dora', freeCents: 30_00n, heldCents: 0n });
  });

  test('are opened once', async () => {
    const again = { requestId: 'other', playerId: 'alice', alias: 'Alice II' };
    expect(await refusalOf(world.client.accounts.openAccount(again))).toMatchObject({
      code: 'ALREADY_EXISTS',
      reason: 'ACCOUNT_EXISTS',
    });
  });

  test('give out no more than is free', async () => {
    const all = { requestId: 'w1', playerId: 'alice', amountCents: 9_999_999n };
    expect(await refusalOf(world.client.accounts.withdraw(all))).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'INSUFFICIENT_FUNDS',
      facts: { needed: '9999999' },
    });
  });

  test('list awards, and refuse to pay one that was never granted or has no name', async () => {
    const { accounts } = world.client;
    expect(await accounts.listAwards({ playerId: 'alice' })).toMatchObject({
      awards: [],
      nextPageToken: '',
    });
    const whose = { playerId: 'alice', requestedBy: 'clerk' };
    expect(await refusalOf(accounts.claimAward({ ...whose, awardId: 'sunday.1.7' }))).toMatchObject(
      { code: 'NOT_FOUND', reason: 'UNKNOWN_AWARD' },
    );
    for (const awardId of ['', 'sun day', '.1', 'a'.repeat(101)]) {
      expect(await refusalOf(accounts.claimAward({ ...whose, awardId }))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        reason: 'MALFORMED',
      });
    }
  });

  test('are opened with their money outside only where there is a wallet', async () => {
    const { accounts } = world.client;
    const outside = { requestId: 'q', playerId: 'walter', alias: 'W', inWallet: true };
    expect(await refusalOf(accounts.openAccount(outside))).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'NO_WALLET',
    });
    const own = await openWorld({ hasWallet: true });
    const { account } = await own.client.accounts.openAccount(outside);
    expect(account).toMatchObject({ inWallet: true, walletCalls: 0, creditingCents: 0n });
    const deposit = { requestId: 'd', playerId: 'walter', amountCents: 1n };
    expect(await refusalOf(own.client.accounts.deposit(deposit))).toMatchObject({
      reason: 'MONEY_IN_WALLET',
      facts: { owed: '0' },
    });
    // What the wallet is asked for is neither reserved nor refused yet.
    const placing = own.client.betting.placeBet(
      { ...bet('b1'), playerId: 'walter' },
      { timeoutMs: 2_000 },
    );
    await expect(placing).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    const found = await own.client.betting.getBet({ playerId: 'walter', betId: 'b1' });
    expect(found.bet?.status).toBe(BetStatus.AUTHORISING);
    await own.close();
  });

  test('are NOT_FOUND where nobody opened one', async () => {
    const { accounts } = world.client;
    const told = { code: 'NOT_FOUND', reason: 'UNKNOWN_PLAYER', facts: { player: 'nobody' } };
    const deposit = { requestId: 'n1', playerId: 'nobody', amountCents: 1n };
    expect(await refusalOf(accounts.getAccount({ playerId: 'nobody' }))).toMatchObject(told);
    expect(await refusalOf(accounts.deposit(deposit))).toMatchObject(told);
  });
});

describe('races', () => {
  test('run from declaration to payment', async () => {
    const { racing, betting, accounts } = world.client;
    const by = { raceId: 'day', steward: 'sam' };
    const { race: declared } = await racing.declareRace({
      ...declaration('day', 7_000_123),
      pools: [{ poolId: 'win', ruleSetId: 'simple-gagnant-pmu@1' }],
    });
    expect(declared).toMatchObject({ phase: RacePhase.DECLARED, title: 'Race day' });
    expect(declared?.offTime).toMatchObject({ seconds: 7_000n, nanos: 123_000_000 });
    await racing.openRace(by);
    expect((await racing.suspendRace({ ...by, why: 'rain' })).race?.phase).toBe(
      RacePhase.SUSPENDED,
    );
    await racing.openRace(by);
    await betting.placeBet(bet('day1', { raceId: 'day', stakeCents: 1_000n }));
    await betting.placeBet(
      bet('day2', { raceId: 'day', stakeCents: 1_000n, legs: [{ runners: [2] }] }),
    );
    const { race: silent } = await racing.getRace({ raceId: 'day' });
    expect(silent?.pools[0]?.runners[0]?.probableHundredths).toBeUndefined();
    expect(silent?.pools[0]?.probablesAsOf).toBeUndefined();
    // The race's own pulse, which no runtime gives it here.
    const pulse = { command: { kind: 'publish-probables', atMs: 8_000_000 } } as const;
    await world.router.ask(raceRef(raceId('day')), pulse, { id: 'pulse', timeoutMs: 1_000 });
    const { race: open } = await racing.getRace({ raceId: 'day' });
    expect(open?.pools[0]?.probablesAsOf).toMatchObject({ seconds: 8_000n });
    expect(open?.pools[0]?.toShareCents).toBeGreaterThan(1_000n);
    expect(open?.pools[0]).toMatchObject({ grossCents: 2_000n, tickets: 2n, settled: false });
    expect(open?.pools[0]?.runners[0]).toMatchObject({ runner: 1, stakesCents: 1_000n });
    expect(open?.pools[0]?.runners[0]?.probableHundredths).toBeGreaterThan(100n);
    expect(open?.pools[0]?.runners[2]?.probableHundredths).toBeUndefined();
    await racing.closeRace(by);
    const order = [{ runners: [1] }, { runners: [3] }, { runners: [2] }];
    expect((await racing.enterResult({ ...by, order })).race?.phase).toBe(RacePhase.PROVISIONAL);
    const before = (await accounts.getAccount({ playerId: 'alice' })).account?.freeCents ?? 0n;
    await racing.makeOfficial(by);
    const { race: paid } = await racing.getRace({ raceId: 'day' });
    expect(paid).toMatchObject({ phase: RacePhase.PAID, order });
    const price = paid?.pools[0]?.price;
    expect(price).toMatchObject({ grossCents: 2_000n, dividends: [{ outcome: '1' }] });
    const after = (await accounts.getAccount({ playerId: 'alice' })).account?.freeCents ?? 0n;
    expect(after - before).toBe(price?.payoutCents);
  });

  test.each([
    [
      'no such rule set',
      { pools: [{ poolId: 'win', ruleSetId: 'free-money@1' }] },
      'UNKNOWN_RULE_SET',
      'pools[0].rule_set_id',
      'free-money@1',
    ],
    [
      'a runner twice',
      {
        runners: [
          { number: 3, name: 'A' },
          { number: 3, name: 'B' },
        ],
      },
      'MALFORMED',
      'runners[1].number',
      '3',
    ],
    [
      'an off time in the year 12000',
      { offTime: { seconds: 316_516_032_000n } },
      'MALFORMED',
      'off_time',
      '316516032000000',
    ],
    ['no off time', { offTime: undefined }, 'MALFORMED', 'off_time', 'absent'],
  ] as const)('are refused with %s', async (_what, otherwise, reason, field, value) => {
    const request = { ...declaration('bad', 1_000), ...otherwise } as ReturnType<
      typeof declaration
    >;
    const told = await refusalOf(world.client.racing.declareRace(request));
    expect(told).toMatchObject({ code: 'INVALID_ARGUMENT', reason });
    expect(told.fields).toEqual([field]);
    expect(told.message).toContain(value);
  });

  test('refuse an order out of phase, a runner twice and too few places', async () => {
    const { racing } = world.client;
    const by = { raceId: 'odd', steward: 'sam' };
    expect(await refusalOf(racing.openRace(by))).toMatchObject({
      code: 'NOT_FOUND',
      reason: 'UNKNOWN_RACE',
    });
    await racing.declareRace(declaration('odd', 1_000));
    expect(await refusalOf(racing.makeOfficial(by))).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'WRONG_PHASE',
      facts: { race: 'odd', phase: 'declared' },
      preconditions: ['race/odd'],
    });
    expect(await refusalOf(racing.declareRace(declaration('odd', 2_000)))).toMatchObject({
      code: 'ALREADY_EXISTS',
      reason: 'RACE_EXISTS',
    });
    await racing.openRace(by);
    await racing.closeRace(by);
    const twice = [{ runners: [1] }, { runners: [1] }];
    expect(await refusalOf(racing.enterResult({ ...by, order: twice }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'RUNNER_TWICE',
      facts: { runner: '1', path: 'order[1].runners[0]' },
      fields: ['order[1].runners[0]'],
    });
    const both = { order: [{ runners: [1] }], didNotFinish: [1] };
    expect(await refusalOf(racing.enterResult({ ...by, ...both }))).toMatchObject({
      reason: 'RUNNER_TWICE',
    });
  });

  test('take a result with fewer arrivals than places pay when the others did not finish', async () => {
    const { racing } = world.client;
    const by = { raceId: 'fallen', steward: 'sam' };
    await racing.declareRace({
      ...declaration('fallen', 1_000),
      pools: [{ poolId: 'place', ruleSetId: 'simple-place-pmu@1' }],
    });
    await racing.openRace(by);
    await racing.closeRace(by);
    const order = [{ runners: [2] }];
    const short = { code: 'INVALID_ARGUMENT', reason: 'INCOMPLETE_RESULT', fields: ['order'] };
    for (const didNotFinish of [[], [1, 3]]) {
      const told = await refusalOf(racing.enterResult({ ...by, order, didNotFinish }));
      expect(told).toMatchObject({ ...short, facts: { places: '1', needed: '2' } });
    }
    const { race } = await racing.enterResult({ ...by, order, didNotFinish: [1, 3, 4] });
    expect(race).toMatchObject({ phase: RacePhase.PROVISIONAL, order });
    expect((await racing.closeRace(by)).race?.phase).toBe(RacePhase.PROVISIONAL);
  });

  test.each([
    ['runner 0 in the order', { order: [{ runners: [0] }] }, 'order[0].runners[0]'],
    ['runner 100 in the order', { order: [{ runners: [100] }] }, 'order[0].runners[0]'],
    ['nobody in the order', { order: [] }, 'order'],
    ['runner 0 fallen', { didNotFinish: [0] }, 'did_not_finish[0]'],
    ['runner 100 fallen', { didNotFinish: [100] }, 'did_not_finish[0]'],
    ['a runner fallen twice', { didNotFinish: [4, 4] }, 'did_not_finish'],
  ])('refuse a result with %s', async (_what, otherwise, field) => {
    const result = { raceId: 'r1', steward: 'sam', order: [{ runners: [1] }], ...otherwise };
    expect(await refusalOf(world.client.racing.enterResult(result))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'MALFORMED',
      fields: [field],
    });
  });

  test('go from the close over an inquiry to official, and over a correction to other winners', async () => {
    const { racing, betting, accounts } = world.client;
    const by = { raceId: 'long', steward: 'sam' };
    const orderOf = (...runners: number[]) => runners.map((runner) => ({ runners: [runner] }));
    await racing.declareRace({
      ...declaration('long', 7_000_124),
      pools: [{ poolId: 'win', ruleSetId: 'simple-gagnant-pmu@1' }],
    });
    await racing.openRace({ ...by, why: 'weather is fine' });
    await betting.placeBet(bet('long1', { raceId: 'long', stakeCents: 1_000n }));
    await betting.placeBet(
      bet('long2', { raceId: 'long', stakeCents: 3_000n, legs: [{ runners: [2] }] }),
    );
    await racing.closeRace({ ...by, source: 'stewards-stand' });
    expect((await racing.recordRun(by)).race?.phase).toBe(RacePhase.RUN);
    await racing.enterResult({ ...by, order: orderOf(1, 3, 2) });
    const inquiry = { ...by, kind: InquiryKind.OBJECTION, why: 'crossing', runners: [1, 3] };
    expect((await racing.openInquiry(inquiry)).race).toMatchObject({
      phase: RacePhase.UNDER_INQUIRY,
      inquiries: [{ inquiryId: 1, kind: InquiryKind.OBJECTION, why: 'crossing', runners: [1, 3] }],
    });
    expect(await refusalOf(racing.makeOfficial(by))).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'WRONG_PHASE',
      facts: { phase: 'under-inquiry', needed: 'provisional' },
    });
    const unknown = racing.closeInquiry({ ...by, inquiryId: 2, ruling: 'none' });
    expect(await refusalOf(unknown)).toMatchObject({
      code: 'NOT_FOUND',
      reason: 'UNKNOWN_INQUIRY',
      facts: { race: 'long', inquiry: '2' },
    });
    const ruled = await racing.closeInquiry({ ...by, inquiryId: 1, ruling: 'no action' });
    expect(ruled.race).toMatchObject({ phase: RacePhase.PROVISIONAL, inquiries: [] });
    await racing.makeOfficial(by);

    const freeOf = async () =>
      (await accounts.getAccount({ playerId: 'alice' })).account?.freeCents ?? 0n;
    const before = await freeOf();
    const { race: first } = await racing.getRace({ raceId: 'long' });
    expect(first).toMatchObject({ phase: RacePhase.PAID, run: 1, pools: [{ run: 1 }] });
    expect(await refusalOf(racing.voidRace({ ...by, why: 'too late' }))).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'ALREADY_OFFICIAL',
    });
    const correction = { ...by, order: orderOf(2, 1, 3), why: 'photo misread' };
    const alone = racing.correctResult({ ...correction, authorisedBy: 'Sam' });
    expect(await refusalOf(alone)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'NEEDS_ANOTHER_STEWARD',
      fields: ['authorised_by'],
    });
    await racing.correctResult({ ...correction, authorisedBy: 'kim' });
    const { race: second } = await racing.getRace({ raceId: 'long' });
    expect(second).toMatchObject({
      phase: RacePhase.PAID,
      run: 2,
      pools: [{ run: 2, price: { dividends: [{ outcome: '2' }] } }],
    });
    const moved =
      (second?.pools[0]?.price?.payoutCents ?? 0n) - (first?.pools[0]?.price?.payoutCents ?? 0n);
    expect((await freeOf()) - before).toBe(moved);
  });

  test('go on without a source, whose bets go back', async () => {
    const { racing } = world.client;
    const by = { raceId: 'sourced', steward: 'sam' };
    await racing.declareRace(declaration('sourced', 1_000));
    await racing.openRace(by);
    const proof = { why: 'totals lost', evidence: 'incident 12', authorisedBy: 'kim' };
    const removal = { ...by, ...proof, poolId: 'win', source: 'kiosk' };
    const { race } = await racing.removeSource(removal);
    expect(race?.pools[0]).toMatchObject({ removedSources: ['kiosk'] });
    for (const [otherwise, field] of [
      [{ evidence: '' }, 'evidence'],
      [{ why: '' }, 'why'],
      [{ authorisedBy: '' }, 'authorised_by'],
      [{ source: 'Kiosk' }, 'source'],
    ] as const) {
      const told = await refusalOf(racing.removeSource({ ...removal, ...otherwise }));
      expect(told).toMatchObject({ reason: 'MALFORMED', fields: [field] });
    }
    const needless = await racing.authorisePool({ ...by, poolId: 'win', why: 'to be sure' });
    expect(needless.race?.pools[0]?.disagreement).toBeUndefined();
    const nowhere = racing.authorisePool({ ...by, poolId: 'trio', why: 'to be sure' });
    expect(await refusalOf(nowhere)).toMatchObject({
      reason: 'UNKNOWN_POOL',
      facts: { race: 'sourced', pool: 'trio' },
    });
  });

  test('are listed by off time, then id, page after page', async () => {
    const { racing } = world.client;
    for (const [id, offAtMs] of [
      ['z', 100],
      ['y', 300],
      ['x', 200],
      ['w', 200],
    ] as const) {
      await racing.declareRace(declaration(`list-${id}`, offAtMs));
    }
    const listed: string[] = [];
    let pageToken = '';
    do {
      const page = await racing.listRaces({ pageSize: 2, pageToken });
      listed.push(...page.races.map(({ raceId }) => raceId));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(listed.slice(0, 4)).toEqual(['list-z', 'list-w', 'list-x', 'list-y']);
    expect(new Set(listed).size).toBe(listed.length);
  });

  test('are not listed in part', async () => {
    world.router.missing = [2];
    const told = await refusalOf(world.client.racing.listRaces({}));
    world.router.missing = [];
    expect(told).toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'PARTS_MISSING',
      facts: { missing: 'partition 2' },
    });
  });
});

describe('tournaments', () => {
  const joinOf = (playerId: string) => ({ tournamentId: 'cup', playerId });
  const cup = { tournamentId: 'cup', title: 'Cup', raceIds: ['r1'], bestOf: 3, operator: 'olga' };

  test('enter players with an account, under its alias', async () => {
    const { tournaments } = world.client;
    const { tournament } = await tournaments.createTournament(cup);
    expect(tournament).toMatchObject({ title: 'Cup', raceIds: ['r1'], bestOf: 3, players: 0n });
    const join = (playerId: string) => tournaments.joinTournament(joinOf(playerId));
    expect((await join('alice')).tournament?.players).toBe(1n);
    expect((await join('alice')).tournament?.players).toBe(1n);
    expect(await refusalOf(join('nobody'))).toMatchObject({ reason: 'UNKNOWN_PLAYER' });
    const { standings } = await tournaments.getStandings({ tournamentId: 'cup' });
    expect(standings).toMatchObject([{ rank: 1n, playerId: 'alice', alias: 'Alice', score: 0n }]);
    const around = { tournamentId: 'cup', aroundPlayerId: 'alice' };
    expect((await tournaments.getStandings(around)).standings).toEqual(standings);
    expect(
      await refusalOf(tournaments.getStandings({ ...around, aroundPlayerId: 'bob' })),
    ).toMatchObject({ code: 'NOT_FOUND', reason: 'PLAYER_NOT_ENTERED', facts: { player: 'bob' } });
    expect(
      await refusalOf(tournaments.createTournament({ ...cup, title: 'Another' })),
    ).toMatchObject({ code: 'ALREADY_EXISTS', reason: 'TOURNAMENT_EXISTS' });
  });

  test('count a bet placed right after the join, before its own message is there', async () => {
    const own = await openWorld();
    const { tournaments, betting } = own.client;
    await tournaments.createTournament(cup);
    await betting.placeBet(bet('before'));
    own.router.hold('player/alice');
    await tournaments.joinTournament(joinOf('alice'));
    const arrived = own.router.nextAsk();
    const placed = betting.placeBet(bet('after'));
    await arrived;
    own.router.release('player/alice');
    await placed;
    const recordOf = async (id: string) => {
      const query = { kind: 'bet', bet: betId(id) } as const;
      const options = { id: 'look', timeoutMs: 1_000 };
      const reply = await own.router.ask(playerRef(playerId('alice')), { query }, options);
      return reply.kind === 'accepted' && reply.answer?.kind === 'bet' ? reply.answer.bet : reply;
    };
    expect(await recordOf('before')).toMatchObject({ tournaments: [] });
    expect(await recordOf('after')).toMatchObject({ tournaments: ['cup'] });
    const { account } = await own.client.accounts.getAccount({ playerId: 'alice' });
    expect(account?.tournamentIds).toEqual(['cup']);
    await own.close();
  });

  test('leave a join unknown that the player does not answer, until it is asked again', async () => {
    const own = await openWorld();
    let lost = true;
    const router: Router = {
      ...own.router,
      ask(to, what, options) {
        const { command } = what as { command?: { readonly kind: string } };
        return command?.kind === 'enter-tournament' && lost
          ? Promise.resolve({ kind: 'unanswered', why: 'stopping' })
          : own.router.ask(to, what, options);
      },
    };
    const served = createTournaments(router, systemClock, createScoringBook());
    await own.client.tournaments.createTournament(cup);
    const joining = create(JoinTournamentRequestSchema, joinOf('alice'));
    const join = () => served.joinTournament(joining, { atMs: Date.now(), timeoutMs: 1_000 });
    expect(await join()).toMatchObject({
      reason: 'stopping',
      details: { tournament: 'cup', address: 'player/alice' },
    });
    lost = false;
    expect(await join()).toMatchObject({ tournament: { players: 1n } });
    await own.close();
  });

  test('share one deadline among the steps of a call', async () => {
    const own = await openWorld();
    let nowMs = 1_000;
    const timeouts: number[] = [];
    const router: Router = {
      ...own.router,
      ask(to, what, options) {
        nowMs += 40;
        timeouts.push(options.timeoutMs);
        return own.router.ask(to, what, options);
      },
    };
    const served = createTournaments(
      router,
      { now: () => nowMs, after: () => () => {} },
      createScoringBook(),
    );
    await own.client.tournaments.createTournament(cup);
    const time = () => ({ atMs: nowMs, timeoutMs: 100 });
    const joining = create(JoinTournamentRequestSchema, joinOf('alice'));
    expect(await served.joinTournament(joining, time())).not.toHaveProperty('reason');
    expect(timeouts.splice(0)).toEqual([100, 60, 20]);
    const around = { tournamentId: 'cup', aroundPlayerId: 'bob' };
    const asking = create(GetStandingsRequestSchema, around);
    const told = await served.getStandings(asking, time());
    expect(told).toMatchObject({ reason: 'player-not-entered' });
    expect(timeouts).toEqual([100, 60]);
    await own.close();
  });

  test('are NOT_FOUND where nobody created one', async () => {
    const { tournaments } = world.client;
    const told = {
      code: 'NOT_FOUND',
      reason: 'UNKNOWN_TOURNAMENT',
      facts: { tournament: 'none' },
    };
    const join = tournaments.joinTournament({ tournamentId: 'none', playerId: 'alice' });
    expect(await refusalOf(join)).toMatchObject(told);
    expect(await refusalOf(tournaments.getStandings({ tournamentId: 'none' }))).toMatchObject(told);
  });
});

describe('ops', () => {
  test('say where an actor is, and whether it is known', async () => {
    const { ops } = world.client;
    expect(await ops.whereIs({ address: 'player/alice' })).toMatchObject({
      partition: 3,
      shard: 'shard-1',
      known: true,
    });
    expect(await ops.whereIs({ address: 'player/never' })).toMatchObject({
      known: false,
      version: 0n,
    });
    expect(await refusalOf(ops.whereIs({ address: 'horse/never' }))).toMatchObject({
      fields: ['address'],
    });
    world.router.bend('player/lost', 'crashed');
    expect(await refusalOf(ops.whereIs({ address: 'player/lost' }))).toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'NOT_LOCATED',
    });
  });

  test('list what waits, page by page, from the age that is asked for', async () => {
    const own = await openWorld();
    const { ops } = own.client;
    const nowMs = Date.now();
    own.router.waiting = Array.from({ length: 5 }, (_, index) => ({
      kind: 'call',
      address: 'player/alice',
      name: `wallet capture:b${index}`,
      sinceMs: nowMs - 60_000 * (index + 1),
      attempts: index,
      why: 'down',
    }));
    const told: string[] = [];
    let pageToken = '';
    do {
      const page = await ops.listStuck({ olderThanSeconds: 90, pageSize: 3, pageToken });
      told.push(...page.stuck.map(({ name }) => name));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(told).toEqual([4, 3, 2, 1].map((index) => `wallet capture:b${index}`));
    const [oldest] = (await ops.listStuck({ pageSize: 1 })).stuck;
    expect(oldest).toMatchObject({
      kind: 'call',
      address: 'player/alice',
      attempts: 4,
      why: 'down',
    });
    expect(timestampMs(oldest?.sinceTime ?? timestampFromMs(0))).toBe(nowMs - 300_000);
    for (const token of ['nonsense', pageTokenOf('stuck', '[1,"a"]'), pageTokenOf('bets', 'x')]) {
      expect(await refusalOf(ops.listStuck({ pageToken: token }))).toMatchObject({
        reason: 'BAD_PAGE_TOKEN',
      });
    }
    own.router.missing = [3];
    expect(await refusalOf(ops.listStuck({}))).toMatchObject({ reason: 'PARTS_MISSING' });
    await own.close();
  });

  test('settle by hand only what a player waits for, under a name and with a reason', async () => {
    const { ops } = world.client;
    const settle = { call: 'capture:b9', operator: 'jo', reason: 'slip 88' };
    expect(await refusalOf(ops.settleCall({ ...settle, playerId: 'nobody' }))).toMatchObject({
      code: 'NOT_FOUND',
      reason: 'UNKNOWN_PLAYER',
    });
    const playerId = 'settler';
    await world.client.accounts.openAccount({ playerId, requestId: 'o', alias: 'S' });
    expect(await refusalOf(ops.settleCall({ ...settle, playerId }))).toMatchObject({
      code: 'NOT_FOUND',
      reason: 'UNKNOWN_CALL',
    });
    for (const [field, wrong] of [
      ['call', { call: 'authorise:b9' }],
      ['operator', { operator: '' }],
      ['reason', { reason: '' }],
    ] as const) {
      expect(await refusalOf(ops.settleCall({ ...settle, playerId, ...wrong }))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        fields: [field],
      });
    }
  });

  test('list the partitions', async () => {
    expect((await world.client.ops.listPartitions({})).partitions).toMatchObject([
      {
        partition: 3,
        shard: 'shard-1',
        epoch: 2n,
        position: 10n,
        headHash: 'ab12',
        timers: 5n,
        failingTimers: 1n,
        quarantined: 0n,
        quarantinedActors: [],
      },
    ]);
  });

  test('show actors that cannot be replayed, and balance no books without them', async () => {
    const own = await openWorld();
    own.router.quarantined = ['player/bob'];
    expect((await own.client.ops.listPartitions({})).partitions).toMatchObject([
      {
        quarantined: 1n,
        quarantinedActors: [
          { address: 'player/bob', position: 7n, error: 'Error: what it threw', version: 2n },
        ],
      },
    ]);
    expect(await refusalOf(own.client.ops.getBalance({}))).toMatchObject({
      code: 'INTERNAL',
      reason: 'ACTOR_QUARANTINED',
      facts: { address: 'player/bob' },
    });
    // Whoever looks for a race finds all others.
    expect((await own.client.racing.listRaces({})).races).toHaveLength(1);
    await own.close();
  });

  test.each(['command-threw', 'quarantined', 'actor-quarantined'] as const)(
    'is told nothing of the inside of what is %s',
    async (why) => {
      world.router.bend('player/odd', why);
      const refusal = await refusalOf(world.client.accounts.getAccount({ playerId: 'odd' }));
      expect(refusal).toMatchObject({
        code: 'INTERNAL',
        reason: why.toUpperCase().replaceAll('-', '_'),
        facts: { address: 'player/odd' },
      });
      expect(Object.keys(refusal.facts ?? {})).toEqual(['address']);
    },
  );

  test('balance the books, or name what is missing', async () => {
    const own = await openWorld();
    await own.client.betting.placeBet(bet('b1'));
    const books = await own.client.ops.getBalance({});
    expect(books).toMatchObject({
      depositsCents: 1_000_00n,
      freeCents: 998_00n,
      inPoolsCents: 2_00n,
      inTransitCents: 0n,
    });
    own.router.missing = [3];
    expect(await refusalOf(own.client.ops.getBalance({}))).toMatchObject({
      reason: 'PARTS_MISSING',
      facts: { missing: 'partition 3' },
    });
    await own.close();
  });
});
