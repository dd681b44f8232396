import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createScoringBook } from '../../src/actors/scoring/book.ts';
import { allScoringRuleSets } from '../../src/actors/scoring/rule-sets.ts';
import { tournamentRef } from '../../src/actors/tournament.ts';
import type { TournamentCommand } from '../../src/actors/tournament-events.ts';
import { TOURNAMENT_PHASES } from '../../src/actors/tournament-phases.ts';
import { tournamentId as idOf } from '../../src/actors/units.ts';
import { createTournaments } from '../../src/gateway/tournaments-service.ts';
import {
  ChangeRulesRequestSchema,
  type CreateTournamentRequestSchema,
  EventStatus,
  HoldReason,
  RankMode,
  TiedPrizes,
} from '../../src/gen/furlong/tournaments/v1/tournaments_pb.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { countBet } from '../support/tournaments.ts';
import { openWorld, refusalOf, type World } from './support/gateway.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  for (const playerId of ['bob', 'cid']) {
    await world.client.accounts.openAccount({ requestId: playerId, playerId, alias: playerId });
  }
});
afterAll(() => world.close());

type Init = Exclude<
  MessageInitShape<typeof CreateTournamentRequestSchema>,
  { readonly $typeName: string }
>;
const deed = { operator: 'olga', reason: 'as seen' };
const authorised = { ...deed, authorisedBy: 'jo' };

const createOf = (tournamentId: string, otherwise: Init = {}) =>
  world.client.tournaments.createTournament({
    tournamentId,
    title: 'Cup',
    raceIds: ['r1', 'r2'],
    bestOf: 3,
    operator: 'olga',
    ...otherwise,
  });

/** What no client sends: what time and settlements bring. */
async function tell(tournamentId: string, ...commands: readonly TournamentCommand[]) {
  for (const command of commands) {
    const options = { id: 'x', timeoutMs: 1_000 };
    await world.router.ask(tournamentRef(idOf(tournamentId)), { command }, options);
  }
}

/** Lets the machine go as far as it goes by itself. */
async function goOn(tournamentId: string) {
  const atMs = Date.now() + 1e9;
  for (const _ of TOURNAMENT_PHASES) {
    await tell(
      tournamentId,
      ...TOURNAMENT_PHASES.map((from) => ({ kind: 'advance', from, atMs }) as const),
    );
  }
  await tell(tournamentId, { kind: 'pay-awards', atMs });
}

const pays = (player: string, payout: number, settlement = 1) =>
  countBet(player, 'b1', { payout, settlement, placedAtMs: 1_000 });

/** With alice at 300 points, bob at 200 and cid at 100. */
async function played(tournamentId: string, otherwise: Init = {}, division = '') {
  const { client } = world;
  await createOf(tournamentId, otherwise);
  for (const playerId of ['alice', 'bob', 'cid']) {
    await client.tournaments.joinTournament({ tournamentId, playerId, division });
  }
  await tell(tournamentId, pays('alice', 300), pays('bob', 200), pays('cid', 100));
}

describe('CreateTournament', () => {
  test('takes a rule set by its id, and puts it on record', async () => {
    const scoringRuleSetId = 'places-best-5@1';
    const { tournament } = await createOf('by-id', { bestOf: 0, scoringRuleSetId });
    expect(tournament).toMatchObject({
      scoringRuleId: scoringRuleSetId,
      bestOf: 5,
      phase: 'open',
      rulesVersion: 1,
      seed: '',
    });
    expect(tournament?.seedCommitment).toMatch(/^[0-9a-f]{64}$/);
    expect(world.router.asked).toContainEqual(
      expect.stringMatching(/rule-set\/\S*places-best-5@1 use-rule-set/),
    );
  });

  test.each<[string, Init]>([
    ['neither', { bestOf: 0 }],
    ['both', { bestOf: 3, scoringRuleSetId: 'places-best-5@1' }],
  ])('refuses %s of best_of and a rule set', async (_, init) => {
    expect(await refusalOf(createOf('neither', init))).toMatchObject({
      reason: 'MALFORMED',
      fields: ['scoring_rule_set_id'],
    });
  });

  test('refuses a rule set that there is not', async () => {
    const init = { bestOf: 0, scoringRuleSetId: 'nobody@1' };
    expect(await refusalOf(createOf('unknown', init))).toMatchObject({
      reason: 'UNKNOWN_RULE_SET',
    });
  });

  test('shows what it was created with, and takes the same again', async () => {
    const init: Init = {
      openTime: timestampFromMs(1_000),
      closeTime: timestampFromMs(9e12),
      lateWindowMs: 5_000n,
      reviewMs: 6_000n,
      divisions: ['gold', 'lead'],
      teamBest: 4,
      prizes: [
        { prize: { case: 'places', value: { fromPlace: 1, toPlace: 2, amountCents: 500n } } },
        {
          division: 'gold',
          prize: { case: 'percentile', value: { topPermille: 100, amountCents: 7n } },
        },
        { prize: { case: 'pool', value: { sharesPermille: [600, 400], amountCents: 999n } } },
      ],
      tiedPrizes: TiedPrizes.ORDER,
    };
    const { tournament } = await createOf('whole', init);
    expect(tournament?.prizes).toMatchObject(init.prizes ?? []);
    expect(tournament).toMatchObject({
      divisions: ['gold', 'lead'],
      teamBest: 4,
      phaseUntilTime: timestampFromMs(9e12),
    });
    expect((await createOf('whole', init)).tournament).toEqual(tournament);
    expect(await refusalOf(createOf('whole', { ...init, teamBest: 5 }))).toMatchObject({
      reason: 'TOURNAMENT_EXISTS',
    });
  });

  const pool = (...sharesPermille: number[]) => ({
    prize: { case: 'pool' as const, value: { sharesPermille, amountCents: 100n } },
  });
  test.each<[string, Init, string]>([
    [
      'a close at the opening',
      { openTime: timestampFromMs(9), closeTime: timestampFromMs(9) },
      'close_time',
    ],
    ['an opening of nobody', { openTime: { seconds: 1n << 60n } }, 'open_time'],
    ['a close before 1970', { closeTime: { seconds: -5n } }, 'close_time'],
    ['shares of more than all', { prizes: [pool(600, 401)] }, 'prizes'],
    ['a prize of no division of it', { prizes: [{ ...pool(1), division: 'gold' }] }, 'prizes'],
    [
      'places the wrong way round',
      {
        prizes: [
          { prize: { case: 'places', value: { fromPlace: 3, toPlace: 2, amountCents: 1n } } },
        ],
      },
      'prizes',
    ],
    ['a window below nothing', { lateWindowMs: -1n }, 'late_window_ms'],
    ['a division twice', { divisions: ['a', 'a'] }, 'divisions'],
    ['a prize of no kind', { prizes: [{}] }, 'prizes[0].prize'],
  ])('refuses %s', async (_, init, field) => {
    expect(await refusalOf(createOf('wrong', init))).toMatchObject({
      reason: 'MALFORMED',
      fields: [field],
    });
  });

  test('takes shares of exactly all', async () => {
    const { tournament } = await createOf('shared', { prizes: [pool(600, 400)] });
    expect(tournament?.prizes).toHaveLength(1);
  });
});

describe('JoinTournament', () => {
  test('takes a division and a team of the tournament, and refuses others', async () => {
    await createOf('teams', { divisions: ['gold'], teamBest: 2 });
    await createOf('loners');
    const join = (tournamentId: string, otherwise: object) =>
      world.client.tournaments.joinTournament({ tournamentId, playerId: 'alice', ...otherwise });
    expect(await refusalOf(join('teams', { division: 'lead' }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'UNKNOWN_DIVISION',
    });
    expect(await refusalOf(join('loners', { team: 'reds' }))).toMatchObject({ reason: 'NO_TEAMS' });
    await join('teams', { division: 'gold', team: 'reds' });
    expect(await refusalOf(join('teams', { division: 'gold' }))).toMatchObject({
      reason: 'ENTRY_DIFFERS',
    });
    const { teams } = await world.client.tournaments.listTeams({ tournamentId: 'teams' });
    expect(teams).toMatchObject([{ rank: 1n, team: 'reds', players: 1n }]);
  });
});

describe('reads', () => {
  const tournamentId = 'read';
  beforeAll(() => played(tournamentId, { divisions: ['gold'], teamBest: 2 }, 'gold'));

  test('GetStandings has the board of a division, of a day, and the ranks that are asked for', async () => {
    const { tournaments } = world.client;
    const gold = { tournamentId, division: 'gold', rankMode: RankMode.DENSE };
    const page = await tournaments.getStandings(gold);
    expect(page.standings.map(({ playerId: it, rank }) => [it, rank])).toEqual([
      ['alice', 1n],
      ['bob', 2n],
      ['cid', 3n],
    ]);
    expect(page.players).toBe(3n);
    const day = await tournaments.getStandings({ tournamentId, day: '1970-01-01', pageSize: 1 });
    expect(day).toMatchObject({ standings: [{ playerId: 'alice', score: 300n }], players: 3n });
    const other = await tournaments.getStandings({ tournamentId, day: '1970-01-02' });
    expect(other).toMatchObject({ standings: [], players: 0n });
  });

  test.each([
    ['no day', { day: '2026-13-41' }],
    ['a day and a division', { day: '2026-11-22', division: 'gold' }],
  ])('GetStandings refuses %s', async (_, board) => {
    const { tournaments } = world.client;
    for (const call of [
      tournaments.getStandings({ tournamentId, ...board }),
      tournaments.getCutOffs({ tournamentId, ...board }),
    ]) {
      expect(await refusalOf(call)).toMatchObject({ reason: 'MALFORMED', fields: ['day'] });
    }
  });

  test('GetCutOffs has places and percentiles, and leaves out what nobody has', async () => {
    const { cutOffs, players } = await world.client.tournaments.getCutOffs({
      tournamentId,
      places: [1, 3, 4],
      topPermilles: [1, 500, 1_000],
    });
    expect(players).toBe(3n);
    const told = cutOffs.map((it) => [Number(it.place), it.topPermille, Number(it.score)]);
    expect(told).toEqual([
      [1, 0, 300],
      [3, 0, 100],
      [1, 1, 300],
      [1, 500, 300],
      [3, 1_000, 100],
    ]);
    const place0 = world.client.tournaments.getCutOffs({ tournamentId, places: [0] });
    expect(await refusalOf(place0)).toMatchObject({ reason: 'MALFORMED', fields: ['places[0]'] });
  });

  test('GetPosition tells of a stranger that he has not joined', async () => {
    const { tournaments } = world.client;
    expect(
      await refusalOf(tournaments.getPosition({ tournamentId, playerId: 'zoe' })),
    ).toMatchObject({ reason: 'PLAYER_NOT_ENTERED' });
    expect(
      await refusalOf(tournaments.getPosition({ tournamentId: 'none', playerId: 'alice' })),
    ).toMatchObject({ reason: 'UNKNOWN_TOURNAMENT' });
    expect(await tournaments.getPosition({ tournamentId, playerId: 'bob' })).toMatchObject({
      standing: { rank: 2n, score: 200n, division: 'gold' },
      players: 3n,
      toNext: 100n,
      toHold: 100n,
      percentilePermille: 666,
      divisionRank: 2n,
      divisionPlayers: 3n,
      stale: false,
    });
  });

  test('each of an unknown tournament is refused as that', async () => {
    const { tournaments } = world.client;
    const none = { tournamentId: 'none' };
    for (const call of [
      tournaments.getTournament(none),
      tournaments.getCutOffs(none),
      tournaments.listTeams(none),
      tournaments.listLateEvents(none),
      tournaments.listSnapshots(none),
      tournaments.listTournamentAwards(none),
      tournaments.getReport(none),
      tournaments.closeTournament({ ...none, ...deed }),
      tournaments.makeResultOfficial({ ...none, ...authorised }),
    ]) {
      expect(await refusalOf(call)).toMatchObject({
        code: 'NOT_FOUND',
        reason: 'UNKNOWN_TOURNAMENT',
      });
    }
  });
});

describe('a tournament', () => {
  const tournamentId = 'life';
  const places = (place: number, cents: bigint) => ({
    prize: {
      case: 'places' as const,
      value: { fromPlace: place, toPlace: place, amountCents: cents },
    },
  });

  test('is played, closed, made official, paid, corrected and reported', async () => {
    const { tournaments, accounts } = world.client;
    const awards = async () => {
      const { awards: them } = await tournaments.listTournamentAwards({ tournamentId });
      return them.map((it) =>
        `${it.awardId} ${it.amountCents} ${it.status} ${it.holdReason}`.trim(),
      );
    };
    await played(tournamentId, {
      prizes: [places(1, 1_000n), places(2, 500n)],
      holdFromCents: 1_000n,
      lateWindowMs: 0n,
    });
    const early = tournaments.makeResultOfficial({ tournamentId, ...authorised });
    expect(await refusalOf(early)).toMatchObject({
      code: 'FAILED_PRECONDITION',
      reason: 'WRONG_TOURNAMENT_PHASE',
    });
    const closed = await tournaments.closeTournament({ tournamentId, ...deed });
    expect(closed.tournament).toMatchObject({ phase: 'closed' });
    expect(closed.tournament?.seed).toMatch(/^[0-9a-f]{64}$/);
    await goOn(tournamentId);

    const result = await tournaments.makeResultOfficial({ tournamentId, ...authorised });
    expect(result.tournament).toMatchObject({ phase: 'official', resultVersion: 1n });
    await goOn(tournamentId);
    expect(await awards()).toEqual(['life.1.1 1000 held amount', 'life.1.2 500 granted']);
    const { awards: own } = await accounts.listAwards({ playerId: 'bob' });
    expect(own).toMatchObject([{ awardId: 'life.1.2', amountCents: 500n, rank: 2 }]);

    await accounts.claimAward({ playerId: 'bob', awardId: 'life.1.2', requestedBy: 'counter' });
    await tell(tournamentId, pays('bob', 900, 2));
    const before = await tournaments.getTournament({ tournamentId });
    expect(before.tournament).toMatchObject({ differs: true, resultVersion: 1n });
    const corrected = await tournaments.correctResult({ tournamentId, ...authorised });
    expect(corrected.tournament).toMatchObject({ differs: false, resultVersion: 2n });
    await tournaments.releaseAward({ tournamentId, playerId: 'bob', ...deed });
    await goOn(tournamentId);
    expect(await awards()).toEqual([
      'life.1.1 1000 withdrawn',
      'life.1.2 500 claimed',
      'life.2.2 1000 granted',
      'life.2.1 500 granted',
    ]);
    const { awards: after } = await accounts.listAwards({ playerId: 'bob' });
    // He had half of it.
    expect(after.map(({ amountCents }) => amountCents)).toContain(500n);
    expect(after).toHaveLength(2);
    expect(
      await refusalOf(tournaments.correctResult({ tournamentId, ...authorised })),
    ).toMatchObject({ reason: 'NOTHING_TO_CORRECT' });

    const { json } = await tournaments.getReport({ tournamentId });
    expect(JSON.parse(json)).toMatchObject({
      tournament: { tournament: tournamentId, resultVersion: 2 },
      rules: [{ version: 1, content: { id: 'return-percent-best-3@1' } }],
      results: [
        { version: 1, authorisedBy: 'jo' },
        { version: 2, by: 'olga', why: 'as seen', diff: { changed: 2 } },
      ],
    });
  });

  test('has its photographs listed, newest first', async () => {
    const { tournaments } = world.client;
    const first = await tournaments.listSnapshots({ tournamentId, pageSize: 2 });
    expect(first.snapshots).toHaveLength(2);
    const rest = await tournaments.listSnapshots({ tournamentId, pageToken: first.nextPageToken });
    expect(rest.nextPageToken).toBe('');
    const numbers = [...first.snapshots, ...rest.snapshots].map((it) => Number(it.number));
    expect(numbers).toEqual(numbers.map((_, at) => numbers.length - at));
    expect(rest.snapshots.at(-1)).toMatchObject({ reason: 'closed', rulesVersion: 1, players: 3n });
    const foreign = tournaments.listSnapshots({
      tournamentId: 'read',
      pageToken: first.nextPageToken,
    });
    expect(await refusalOf(foreign)).toMatchObject({ reason: 'BAD_PAGE_TOKEN' });
  });
});

describe('orders about awards', () => {
  const tournamentId = 'holds';
  const order = { tournamentId, playerId: 'alice' };

  test('hold, deny and refuse as they say', async () => {
    const { tournaments } = world.client;
    await played(tournamentId);
    const hold = (reason: HoldReason) => tournaments.holdAward({ ...order, hold: reason, ...deed });
    expect(await refusalOf(hold(HoldReason.UNSPECIFIED))).toMatchObject({ fields: ['hold'] });
    const release = tournaments.releaseAward({ ...order, ...deed });
    expect(await refusalOf(release)).toMatchObject({ reason: 'AWARD_NOT_HELD' });
    const reasons = [
      [HoldReason.KYC, 'kyc'],
      [HoldReason.AML, 'aml'],
      [HoldReason.FRAUD_REVIEW, 'fraud-review'],
    ] as const;
    for (const [reason, name] of reasons) {
      await hold(reason);
      const { json } = await tournaments.getReport({ tournamentId });
      expect(JSON.parse(json)).toMatchObject({ holds: [{ player: 'alice', reason: name }] });
    }
    await tournaments.denyAward({ ...order, ...authorised });
    const again = tournaments.denyAward({ ...order, ...authorised });
    expect(await refusalOf(again)).toMatchObject({ reason: 'AWARD_NOT_HELD' });
    const stranger = tournaments.denyAward({ ...order, playerId: 'zoe', ...authorised });
    expect(await refusalOf(stranger)).toMatchObject({ reason: 'AWARD_NOT_HELD' });
  });
});

describe('ChangeRules', () => {
  const tournamentId = 'rules';
  const change = (scoringRuleSetId: string) =>
    world.client.tournaments.changeRules({ tournamentId, scoringRuleSetId, ...deed });

  test('counts again by other rules, and says what that changed', async () => {
    await played(tournamentId);
    const { tournament, diff } = await change('multiplier-best-1@1');
    expect(tournament).toMatchObject({ rulesVersion: 2, scoringRuleId: 'multiplier-best-1@1' });
    expect(diff).toMatchObject({
      players: 3n,
      changed: 2n,
      moves: [
        { entry: 1n, rankBefore: 1n, rankAfter: 1n, scoreBefore: 300n, scoreAfter: 200n },
        { entry: 2n, scoreBefore: 200n, scoreAfter: 158n },
      ],
    });
  });

  test('refuses those in force and those that there are not', async () => {
    expect(await refusalOf(change('multiplier-best-1@1'))).toMatchObject({
      reason: 'RULES_UNCHANGED',
    });
    expect(await refusalOf(change('nobody@1'))).toMatchObject({ reason: 'UNKNOWN_RULE_SET' });
  });

  test('refuses a rule set that had another content when it was first used', async () => {
    const bookOf = (points: number) =>
      createScoringBook([
        {
          name: 'own.json',
          text: JSON.stringify({ id: 'own@1', points: { kind: 'fixed', points } }),
        },
      ]);
    const asked = (points: number) => {
      const served = createTournaments(world.router, systemClock, bookOf(points));
      const told = { tournamentId, scoringRuleSetId: 'own@1', ...deed };
      const request = create(ChangeRulesRequestSchema, told);
      return served.changeRules(request, { atMs: Date.now(), timeoutMs: 1_000 });
    };
    expect(await asked(7)).toMatchObject({ tournament: { scoringRuleId: 'own@1' } });
    await change('places-best-1@1');
    expect(await asked(8)).toMatchObject({ reason: 'rule-set-changed' });
  });
});

test('RollBackTournament gives the standings of a snapshot, ReplayTournament what was set aside', async () => {
  const tournamentId = 'back';
  const { tournaments } = world.client;
  await played(tournamentId);
  const score = async () =>
    Number((await tournaments.getPosition({ tournamentId, playerId: 'cid' })).standing?.score);
  await tell(tournamentId, { kind: 'take-snapshot', number: 1, atMs: 1 }, pays('cid', 900, 2));
  expect(await score()).toBe(900);
  await tournaments.rollBackTournament({ tournamentId, number: 1n, ...authorised });
  expect(await score()).toBe(100);
  await tournaments.replayTournament({ tournamentId, ...authorised });
  expect(await score()).toBe(900);
  const again = tournaments.replayTournament({ tournamentId, ...authorised });
  expect(await refusalOf(again)).toMatchObject({ reason: 'NOTHING_SET_ASIDE' });
  const unknown = tournaments.rollBackTournament({ tournamentId, number: 9n, ...authorised });
  expect(await refusalOf(unknown)).toMatchObject({ code: 'NOT_FOUND', reason: 'UNKNOWN_SNAPSHOT' });
});

test('ListLateEvents has each late event once over its pages, newest first', async () => {
  const tournamentId = 'late';
  const { tournaments } = world.client;
  await played(tournamentId);
  const eventTime = timestampFromMs(Date.now() - 1_000);
  await tournaments.closeTournament({ tournamentId, ...deed });
  const stream = tournaments.ingestEvents();
  const ids = ['l1', 'l2', 'l3', 'l4', 'l5'];
  stream.send({
    tournamentId,
    events: ids.map((it) => ({ eventUuid: it, playerId: 'bob', game: it, win: 1n, eventTime })),
  });
  stream.end();
  for await (const { outcomes } of stream.answers) {
    expect(outcomes.map(({ status, counted }) => [status, counted])).toEqual(
      ids.map(() => [EventStatus.LATE, true]),
    );
  }
  const seen: string[] = [];
  for (let pageToken = '', pages = 0; pages < 3; pages++) {
    const page = await tournaments.listLateEvents({ tournamentId, pageSize: 2, pageToken });
    for (const it of page.events) {
      seen.push(it.eventUuid);
      expect(it).toMatchObject({ reason: 'in-window', game: it.eventUuid, eventTime });
      expect(it.receiveTime && timestampMs(it.receiveTime)).toBeGreaterThan(timestampMs(eventTime));
    }
    pageToken = page.nextPageToken;
    expect(pageToken === '').toBe(pages === 2);
  }
  expect(seen).toEqual(ids.toReversed());
  const { tournament } = await tournaments.getTournament({ tournamentId });
  expect(tournament?.counts).toMatchObject({ late: 5n, accepted: 3n });
});

describe('scoring rule sets', () => {
  test('are listed by id, each once over the pages, and shown whole', async () => {
    const { tournaments } = world.client;
    const seen: string[] = [];
    for (let pageToken = '', more = true; more; ) {
      const page = await tournaments.listScoringRuleSets({ pageSize: 7, pageToken });
      seen.push(...page.scoringRuleSets.map((it) => it.scoringRuleSetId));
      pageToken = page.nextPageToken;
      more = pageToken !== '';
    }
    expect(seen).toEqual(allScoringRuleSets().map(({ id }) => id));
    const [first] = allScoringRuleSets();
    const { scoringRuleSet } = await tournaments.getScoringRuleSet({
      scoringRuleSetId: first?.id ?? '',
    });
    expect(JSON.parse(scoringRuleSet?.json ?? '')).toEqual(first);
    expect(scoringRuleSet?.file).toBe('');
  });

  test('that there are not are refused', async () => {
    const none = world.client.tournaments.getScoringRuleSet({ scoringRuleSetId: 'nobody@1' });
    expect(await refusalOf(none)).toMatchObject({ reason: 'UNKNOWN_RULE_SET' });
  });
});
