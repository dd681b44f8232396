/** Receipts over gRPC: what the notary proves, and why not. */
import { create } from '@bufbuild/protobuf';
import { beforeEach, describe, expect, test } from 'vitest';
import { playerRef } from '../../src/actors/player.ts';
import type { PlayerCommand } from '../../src/actors/player-events.ts';
import { playerId } from '../../src/actors/units.ts';
import { isFailure } from '../../src/gateway/failure.ts';
import { createReceipts, createTrees } from '../../src/gateway/receipts.ts';
import { statusOf } from '../../src/gateway/rich-error.ts';
import { GetReceiptRequestSchema } from '../../src/gen/furlong/betting/v1/betting_pb.ts';
import { ListTreesRequestSchema } from '../../src/gen/furlong/ops/v1/ops_pb.ts';
import type { Proving } from '../../src/runtime/tlog/notary.ts';
import type { Away, NotaryPort } from '../../src/runtime/tlog/notary-line.ts';
import { confirm, deposit, openAccount, place, release, ticket } from '../actors/given.ts';
import { createFakeRouter, type FakeRouter } from './support/fake-router.ts';
import { toldBy } from './support/gateway.ts';

const time = { atMs: 5, timeoutMs: 1_000 };

let router: FakeRouter;
const tell = async (...commands: readonly PlayerCommand[]) => {
  for (const command of commands) {
    await router.ask(playerRef(playerId('ann')), { command }, { id: 'x', timeoutMs: 1 });
  }
};

beforeEach(async () => {
  router = createFakeRouter();
  router.hold('race/r1');
  await tell(openAccount, deposit(1_000), place(ticket('1')));
});

function notarySaying(proving: Proving | Away) {
  const asked: object[] = [];
  const notary: NotaryPort = {
    prove: (what, options) => {
      asked.push({ ...what, ...options });
      return Promise.resolve(proving);
    },
    states: () => Promise.resolve({ kind: 'away' }),
  };
  return { asked, notary };
}

function receipt(notary: NotaryPort | undefined, betId = 'b1') {
  const request = create(GetReceiptRequestSchema, { playerId: 'ann', betId });
  return createReceipts(router, notary).getReceipt(request, time);
}

async function refusal(answer: Promise<object>) {
  const it = await answer;
  if (!isFailure(it)) throw new Error('not refused');
  const { reason, code, retryMs } = toldBy(statusOf(it));
  return { reason, code, retryMs };
}

describe('GetReceipt', () => {
  test('hands out what the notary proves of the bet’s race', async () => {
    await tell(confirm());
    const { asked, notary } = notarySaying({ kind: 'proven', text: 'the proof' });
    expect(await receipt(notary)).toMatchObject({ receipt: 'the proof' });
    expect(asked).toEqual([{ stream: 'race/r1', key: 'ann/b1', timeoutMs: 500 }]);
  });

  test('says when to ask again, while the bet is on its way or the log unsigned', async () => {
    const { notary } = notarySaying({ kind: 'unsigned' });
    const told = { reason: 'RECEIPT_UNSIGNED', code: 'UNAVAILABLE', retryMs: 2_000 };
    expect(await refusal(receipt(notary))).toEqual(told);
    await tell(confirm());
    expect(await refusal(receipt(notary))).toEqual(told);
  });

  test('has none for a bet that its race refused, and none for one that is not there', async () => {
    await tell(release());
    const { asked, notary } = notarySaying({ kind: 'proven', text: 'the proof' });
    expect(await refusal(receipt(notary))).toMatchObject({ reason: 'BET_NOT_IN_POOL' });
    expect(await refusal(receipt(notary, 'b2'))).toMatchObject({ reason: 'UNKNOWN_BET' });
    expect(asked).toEqual([]);
  });

  test('keeps to itself what is wrong with the log', async () => {
    const { notary } = notarySaying({ kind: 'trouble', trouble: 'a path of the house' });
    const failed = await receipt(notary);
    if (!isFailure(failed)) throw new Error('not refused');
    expect(statusOf(failed).message).toBe(
      'the log of race r1 is not signed for now, its operator knows why',
    );
  });

  test('says that nobody signs, where nobody does or answers', async () => {
    const told = { reason: 'NOTARY_AWAY', code: 'UNAVAILABLE', retryMs: 5_000 };
    expect(await refusal(receipt(undefined))).toEqual(told);
    expect(await refusal(receipt(notarySaying({ kind: 'away' }).notary))).toEqual(told);
  });
});

describe('ListTrees', () => {
  const request = create(ListTreesRequestSchema, {});

  test('says how far each log is signed', async () => {
    const state = { partition: 1, origin: 'o', size: 7, lag: 2, signedAtMs: 1_500, trouble: '' };
    const never = { ...state, partition: 2, size: 0, signedAtMs: 0, trouble: 'a full disk' };
    const notary: NotaryPort = {
      ...notarySaying({ kind: 'away' }).notary,
      states: () => Promise.resolve([state, never]),
    };
    expect(await createTrees(notary).listTrees(request, time)).toMatchObject({
      trees: [
        { partition: 1, size: 7n, lag: 2n, signTime: { seconds: 1n, nanos: 500_000_000 } },
        { partition: 2, size: 0n, lag: 2n, trouble: 'a full disk' },
      ],
    });
  });

  test('says that nobody signs, where nobody answers', async () => {
    const { notary } = notarySaying({ kind: 'away' });
    for (const it of [notary, undefined]) {
      expect(await refusal(createTrees(it).listTrees(request, time))).toMatchObject({
        reason: 'NOTARY_AWAY',
      });
    }
  });
});
