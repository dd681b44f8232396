import { create } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { beforeEach, describe, expect, test } from 'vitest';
import { playerRef } from '../../src/actors/player.ts';
import type { PlayerCommand } from '../../src/actors/player-events.ts';
import { awardId, cents, playerId, tournamentId } from '../../src/actors/units.ts';
import { createAccounts } from '../../src/gateway/accounts-service.ts';
import { isFailure } from '../../src/gateway/failure.ts';
import { createOps } from '../../src/gateway/ops-service.ts';
import { statusOf } from '../../src/gateway/rich-error.ts';
import {
  AwardStatus,
  ClaimAwardRequestSchema,
  GetAccountRequestSchema,
  ListAwardsRequestSchema,
} from '../../src/gen/furlong/accounts/v1/accounts_pb.ts';
import { GetBalanceRequestSchema } from '../../src/gen/furlong/ops/v1/ops_pb.ts';
import { deposit, openAccount } from '../actors/given.ts';
import { createFakeRouter, type FakeRouter } from './support/fake-router.ts';
import { toldBy } from './support/gateway.ts';

interface Said {
  readonly playerId?: string;
  readonly awardId?: string;
  readonly requestedBy?: string;
  readonly pageSize?: number;
  readonly pageToken?: string;
}

const time = { atMs: 50, timeoutMs: 1_000 };
const grant = (award = 't1.1.7', claimMs = 90): PlayerCommand => ({
  kind: 'grant-award',
  award: awardId(award),
  tournament: tournamentId('t1'),
  version: 2,
  rank: 3,
  amount: cents(500),
  rule: 'sum@3',
  prize: 'third of the day',
  claimMs,
  atMs: 10,
});

let router: FakeRouter;
const tell = async (...commands: readonly PlayerCommand[]) => {
  for (const command of commands) {
    await router.ask(playerRef(playerId('ann')), { command }, { id: 'x', timeoutMs: 1 });
  }
};
const claim = (over: Said = {}, at = time) => {
  const request = { playerId: 'ann', awardId: 't1.1.7', requestedBy: 'counter 4', ...over };
  return createAccounts(router).claimAward(create(ClaimAwardRequestSchema, request), at);
};
const list = (over: Said = {}) => {
  const request = create(ListAwardsRequestSchema, { playerId: 'ann', ...over });
  return createAccounts(router).listAwards(request, time);
};
const account = () =>
  createAccounts(router).getAccount(create(GetAccountRequestSchema, { playerId: 'ann' }), time);

async function listed(over: Said = {}) {
  const page = await list(over);
  if (isFailure(page)) throw new Error(page.reason);
  return page;
}

async function refusal(answer: Promise<object>) {
  const it = await answer;
  if (!isFailure(it)) throw new Error('not refused');
  const { reason, code, message, preconditions } = toldBy(statusOf(it));
  return { reason, code, message, preconditions };
}

beforeEach(async () => {
  router = createFakeRouter();
  // The tournament is silent: what it hears is its own business.
  router.hold('tournament/t1');
  await tell(openAccount, deposit(1_000));
});

describe('ClaimAward', () => {
  test('answers with what it was for, and again the same; the house has paid', async () => {
    await tell(grant());
    expect(await account()).toMatchObject({ account: { freeCents: 1_000n, awardCents: 500n } });
    const paid = await claim();
    if (isFailure(paid)) throw new Error(paid.reason);
    expect(paid.award).toMatchObject({
      awardId: 't1.1.7',
      tournamentId: 't1',
      resultVersion: 2,
      rank: 3,
      amountCents: 500n,
      ruleSetId: 'sum@3',
      prize: 'third of the day',
      status: AwardStatus.CLAIMED,
      claimedBy: 'counter 4',
      withdrawReason: '',
    });
    const { grantTime, claimUntilTime, settleTime } = paid.award ?? {};
    const times = [grantTime, claimUntilTime, settleTime].map((it) => it && timestampMs(it));
    expect(times).toEqual([10, 100, 50]);
    expect(await claim({ requestedBy: 'another' }, { ...time, atMs: 500 })).toEqual(paid);
    expect(await account()).toMatchObject({ account: { freeCents: 1_500n, awardCents: 0n } });
    const books = await createOps(router).getBalance(create(GetBalanceRequestSchema), time);
    expect(books).toMatchObject({
      depositsCents: 1_000n,
      freeCents: 1_500n,
      houseAwardsCents: 500n,
      inTransitCents: 0n,
    });
  });

  test('is refused with the reason: unknown, too late, taken back, no such player', async () => {
    await tell(grant('t1.1.7'), grant('t1.1.8', 30), {
      kind: 'withdraw-award',
      award: awardId('t1.1.7'),
      why: 'race 4 was corrected',
      atMs: 20,
    });
    expect(await refusal(claim({ awardId: 't1.1.9' }))).toMatchObject({
      reason: 'UNKNOWN_AWARD',
      code: 'NOT_FOUND',
      message: 'player ann has no award t1.1.9',
    });
    const expired = await refusal(claim({ awardId: 't1.1.8' }));
    expect(expired).toMatchObject({
      reason: 'AWARD_EXPIRED',
      code: 'FAILED_PRECONDITION',
      message: 'nobody claimed award t1.1.8 in time',
    });
    expect(expired.preconditions).toEqual(['player/ann']);
    expect(await refusal(claim())).toMatchObject({
      reason: 'AWARD_WITHDRAWN',
      code: 'FAILED_PRECONDITION',
      message: 'award t1.1.7 was taken back: race 4 was corrected',
    });
    expect(await refusal(claim({ playerId: 'nobody' }))).toMatchObject({
      reason: 'UNKNOWN_PLAYER',
    });
  });
});

describe('ListAwards', () => {
  test('gives them newest first, page by page, with what became of each', async () => {
    await tell(grant('a'), grant('b'), grant('c', 20), {
      kind: 'withdraw-award',
      award: awardId('b'),
      why: 'a correction',
      atMs: 20,
    });
    await tell({ kind: 'expire-awards', atMs: 30 });
    const first = await listed({ pageSize: 2 });
    expect(first.awards).toMatchObject([
      { awardId: 'c', status: AwardStatus.EXPIRED, claimedBy: '' },
      { awardId: 'b', status: AwardStatus.WITHDRAWN, withdrawReason: 'a correction' },
    ]);
    const rest = await listed({ pageSize: 2, pageToken: first.nextPageToken });
    expect(rest).toMatchObject({
      awards: [{ awardId: 'a', status: AwardStatus.GRANTED }],
      nextPageToken: '',
    });
    expect(rest.awards[0]?.settleTime).toBeUndefined();
  });

  test('is empty where there was none, and refuses what is not its own', async () => {
    expect(await listed()).toMatchObject({ awards: [], nextPageToken: '' });
    expect(await refusal(list({ playerId: 'nobody' }))).toMatchObject({
      reason: 'UNKNOWN_PLAYER',
    });
    expect(await refusal(list({ pageSize: -1 }))).toMatchObject({ reason: 'MALFORMED' });
    await tell(grant('a'), grant('b'));
    const { nextPageToken } = await listed({ pageSize: 1 });
    expect(await refusal(list({ playerId: 'bob', pageToken: nextPageToken }))).toMatchObject({
      reason: 'BAD_PAGE_TOKEN',
    });
  });
});
