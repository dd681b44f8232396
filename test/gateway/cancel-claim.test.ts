import { create } from '@bufbuild/protobuf';
import { beforeEach, describe, expect, test } from 'vitest';
import { playerRef } from '../../src/actors/player.ts';
import type { PlayerCommand } from '../../src/actors/player-events.ts';
import { betId, playerId } from '../../src/actors/units.ts';
import { createAccounts } from '../../src/gateway/accounts-service.ts';
import { createBetting } from '../../src/gateway/betting-service.ts';
import { isFailure } from '../../src/gateway/failure.ts';
import { statusOf } from '../../src/gateway/rich-error.ts';
import {
  ExpireClaimsRequestSchema,
  GetAccountRequestSchema,
} from '../../src/gen/furlong/accounts/v1/accounts_pb.ts';
import {
  BetStatus,
  CancelBetRequestSchema,
  ClaimBetRequestSchema,
  ClaimStatus,
} from '../../src/gen/furlong/betting/v1/betting_pb.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { confirm, deposit, openAccount, place, release, settle, ticket } from '../actors/given.ts';
import { createFakeRouter, type FakeRouter } from './support/fake-router.ts';
import { toldBy } from './support/gateway.ts';

const DAY_MS = 86_400_000;
const time = { atMs: 5, timeoutMs: 1_000 };
const whose = { playerId: 'ann', betId: 'b1', requestedBy: 'clerk' };
const tooLate = { reason: 'race-closed', details: { race: 'r1', phase: 'closed' } } as const;

let router: FakeRouter;
const tell = async (...commands: readonly PlayerCommand[]) => {
  for (const command of commands) {
    await router.ask(playerRef(playerId('ann')), { command }, { id: 'x', timeoutMs: 1 });
  }
};
const cancelling = () =>
  createBetting(router, systemClock).handlers.cancelBet(
    create(CancelBetRequestSchema, whose),
    time,
  );
const claiming = (betId = 'b1') =>
  createBetting(router, systemClock).handlers.claimBet(
    create(ClaimBetRequestSchema, { ...whose, betId }),
    time,
  );
const account = () =>
  createAccounts(router).getAccount(create(GetAccountRequestSchema, { playerId: 'ann' }), time);

/** What the caller is told. */
async function refusal(answer: Promise<object>) {
  const it = await answer;
  if (!isFailure(it)) throw new Error('not refused');
  const { reason, code, message, preconditions } = toldBy(statusOf(it));
  return { reason, code, message, preconditions };
}

beforeEach(async () => {
  router = createFakeRouter();
  // The race is silent: each test says for it what it would.
  router.hold('race/r1');
  await tell(openAccount, deposit(1_000), place(ticket('1', { stake: 400 })));
});

describe('CancelBet', () => {
  const confirmCancel = { kind: 'confirm-cancel', bet: betId('b1') } as const;
  const refuseCancel = { kind: 'refuse-cancel', bet: betId('b1'), refusal: tooLate } as const;

  test('answers when the race has given the bet back, and again the same', async () => {
    await tell(confirm());
    const asked = cancelling();
    let answered = false;
    void asked.then(() => {
      answered = true;
    });
    await Promise.resolve();
    expect(answered).toBe(false);
    await tell(confirmCancel);
    expect(await asked).toMatchObject({ bet: { betId: 'b1', status: BetStatus.CANCELLED } });
    expect(await cancelling()).toEqual(await asked);
    expect(await account()).toMatchObject({ account: { freeCents: 1_000n, openBets: 0 } });
  });

  test('answers for a bet that waited for its race too', async () => {
    const asked = cancelling();
    await tell(confirm(), confirmCancel);
    expect(await asked).toMatchObject({ bet: { status: BetStatus.CANCELLED } });
  });

  test('says why the race kept the bet, and again the same', async () => {
    await tell(confirm());
    const asked = cancelling();
    await tell(refuseCancel);
    const told = {
      reason: 'RACE_CLOSED',
      code: 'FAILED_PRECONDITION',
      message: 'race r1 is closed: no bet on it is cancelled any more',
      preconditions: ['race/r1'],
    };
    expect(await refusal(asked)).toEqual(told);
    expect(await refusal(cancelling())).toEqual(told);
  });

  test.each([
    ['settled', [confirm(), settle({ payout: 1 })]],
    ['refused', [release()]],
  ])('says that a %s bet cannot be cancelled', async (status, since) => {
    await tell(...since);
    expect(await refusal(cancelling())).toEqual({
      reason: 'NOT_CANCELLABLE',
      code: 'FAILED_PRECONDITION',
      message: `bet b1 is ${status} and cannot be cancelled in channel online`,
      preconditions: ['player/ann'],
    });
  });

  test('says that a bet was refused or settled while the cancellation waited', async () => {
    const asked = cancelling();
    await tell(release());
    expect(await refusal(asked)).toMatchObject({ reason: 'NOT_CANCELLABLE' });
  });
});

describe('ClaimBet', () => {
  const waits = settle({ payout: 900, claimDays: 2, atMs: DAY_MS });

  test('makes the money free, once', async () => {
    await tell(confirm(), waits);
    expect(await account()).toMatchObject({ account: { freeCents: 600n, unclaimedCents: 900n } });
    const claimed = await claiming();
    expect(claimed).toMatchObject({ bet: { claimStatus: ClaimStatus.CLAIMED, payoutCents: 900n } });
    expect(await claiming()).toEqual(claimed);
    expect(await account()).toMatchObject({ account: { freeCents: 1_500n, unclaimedCents: 0n } });
  });

  test('says that a bet has nothing to claim, or is unknown', async () => {
    expect(await refusal(claiming())).toMatchObject({
      reason: 'NOTHING_TO_CLAIM',
      message: 'bet b1 is reserved and has nothing to claim',
      preconditions: ['player/ann'],
    });
    expect(await refusal(claiming('b9'))).toMatchObject({
      reason: 'UNKNOWN_BET',
      message: 'player ann has no bet b9',
    });
  });

  test('comes too late once ExpireClaims has given the money to the house', async () => {
    await tell(confirm(), waits);
    const expire = () =>
      createAccounts(router).expireClaims(create(ExpireClaimsRequestSchema, { playerId: 'ann' }), {
        ...time,
        atMs: 3 * DAY_MS + 1,
      });
    const expired = await expire();
    expect(expired).toMatchObject({ due: 0, account: { freeCents: 600n, unclaimedCents: 0n } });
    expect(await expire()).toEqual(expired);
    expect(await refusal(claiming())).toMatchObject({ reason: 'CLAIM_EXPIRED' });
  });

  test('of a correction that took more back than was free leaves the account owing', async () => {
    const spent = { kind: 'withdraw', request: 'w', amount: 1_500, atMs: 1 } as PlayerCommand;
    await tell(confirm(), waits);
    await claiming();
    await tell(spent, settle({ payout: 0, settlement: 2 }));
    expect(await account()).toMatchObject({ account: { freeCents: -900n, owedCents: 900n } });
  });
});
