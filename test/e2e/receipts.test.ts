/** A receipt through the front door of a real server, after a kill as well, checked without it. */
import { expect, test } from 'vitest';
import { checkReceipt, publicKeys } from '../../src/audit/receipt.ts';
import { mayBeRetried, rpcFailureOf } from '../../src/client/rpc-failure.ts';
import { useOwnServer } from '../support/own-server.ts';

const OPTIONS = ['--partitions', '4', '--shards', '2', '--sign-every', '1'];

const own = useOwnServer('receipts', OPTIONS);

/** Asks as a terminal does: again, for as long as it is told to. */
async function receiptOf(betId: string): Promise<string> {
  for (;;) {
    try {
      return (await own.client.betting.getReceipt({ playerId: 'ann', betId })).receipt;
    } catch (error) {
      const failure = rpcFailureOf(error);
      if (failure === undefined || !mayBeRetried(failure)) throw error;
      await new Promise((resolve) => setTimeout(resolve, failure.retryAfterMs ?? 0));
    }
  }
}

test('a bet’s receipt is proven with the public key alone, and is had again after a kill', async () => {
  await own.client.accounts.openAccount({ requestId: 'o', playerId: 'ann', alias: 'Ann' });
  await own.client.accounts.deposit({ requestId: 'd', playerId: 'ann', amountCents: 1_000n });
  await own.client.racing.declareRace({
    raceId: 'r1',
    title: 'r1',
    offTime: { seconds: 4_000_000_000n },
    runners: [1, 2].map((number) => ({ number, name: `horse ${number}` })),
    pools: [{ poolId: 'win', ruleSetId: 'simple-gagnant-pmu@1' }],
    steward: 'test',
  });
  await own.client.racing.openRace({ raceId: 'r1', steward: 'test' });
  const legs = [{ runners: [2] }];
  const bet = { betId: 'b1', playerId: 'ann', raceId: 'r1', poolId: 'win', legs, stakeCents: 200n };
  await own.client.betting.placeBet(bet);

  const before = await receiptOf('b1');
  const keys = (publicKeys(own.dataDir) ?? []).flatMap(({ vkeys }) => vkeys);
  expect(keys).toHaveLength(4);
  await own.killed();
  for (const text of [before, await receiptOf('b1')]) {
    expect(checkReceipt(text, keys)).toMatchObject({
      ok: true,
      receipt: { bet: { bet: 'b1', player: 'ann', race: 'r1', legs: [[2]] } },
    });
  }
  await expect
    .poll(async () => (await own.client.ops.listTrees({})).trees.map(({ trouble }) => trouble), {
      timeout: 30_000,
    })
    .toEqual(['', '', '', '']);
}, 180_000);
