// The reference wallet over a disk that fails: what is not known to be written is never said to be done.
import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { AuthoriseRequestSchema } from '../../src/gen/furlong/wallet/v1/wallet_pb.ts';
import { createWalletAccounts } from '../../src/wallet/accounts.ts';
import { createWalletHandlers } from '../../src/wallet/service.ts';

test('what could not be written has no answer, however often it is asked', async () => {
  const { authorise } = createWalletHandlers({
    accounts: createWalletAccounts({ openingCents: 1_000, blocked: new Set() }),
    journal: {
      append: async () => {
        throw new Error('EIO');
      },
      close: async () => {},
    },
    now: () => 1,
  });
  const request = create(AuthoriseRequestSchema, {
    operationId: 'o',
    playerId: 'ann',
    amountCents: 100n,
    betId: 'b1',
    expiresAtMs: 9n,
  });
  await expect(authorise(request)).rejects.toThrow('EIO');
  await expect(authorise(request)).rejects.toThrow('EIO');
});
