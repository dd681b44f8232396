// The reference wallet over a disk that hangs or fails: what is not known to be written is never said.
import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import {
  AuthoriseRequestSchema,
  CaptureRequestSchema,
  CreditRequestSchema,
  GetOperationRequestSchema,
  OperationState,
  VoidRequestSchema,
} from '../../src/gen/furlong/wallet/v1/wallet_pb.ts';
import { Code } from '../../src/gen/google/rpc/code_pb.ts';
import { createWalletAccounts } from '../../src/wallet/accounts.ts';
import { createWalletHandlers, type WalletHandlers } from '../../src/wallet/service.ts';

function walletOver(append: () => Promise<void>): WalletHandlers {
  return createWalletHandlers({
    accounts: createWalletAccounts({ openingCents: 1_000, blocked: new Set() }),
    journal: { append, close: async () => {} },
    now: () => 1,
  });
}

const hold = create(AuthoriseRequestSchema, {
  operationId: 'a',
  playerId: 'ann',
  amountCents: 100n,
  betId: 'b1',
  expiresAtMs: 9n,
});
const letGo = create(VoidRequestSchema, { operationId: 'v', authorisationId: 'a' });
const capture = create(CaptureRequestSchema, { operationId: 'c', authorisationId: 'a' });
const asLetGo = create(CreditRequestSchema, {
  operationId: 'v',
  playerId: 'ann',
  amountCents: 1n,
});
const lookUp = (operationId: string) => create(GetOperationRequestSchema, { operationId });

test('what could not be written has no answer, however often it is asked', async () => {
  const { authorise } = walletOver(() => Promise.reject(new Error('EIO')));
  await expect(authorise(hold)).rejects.toThrow('EIO');
  await expect(authorise(hold)).rejects.toThrow('EIO');
});

describe('a void whose sync hangs', () => {
  /** The authorisation is on disk, its void is not yet. */
  async function voiding() {
    const sync = Promise.withResolvers<void>();
    const syncs = [Promise.resolve(), sync.promise];
    const handlers = walletOver(() => syncs.shift() ?? Promise.reject(new Error('asked too much')));
    await handlers.authorise(hold);
    return { handlers, voided: handlers.void(letGo), sync };
  }

  test.each<[string, (handlers: WalletHandlers) => Promise<unknown>]>([
    ['the void again', (it) => it.void(letGo)],
    ['a look at the void', (it) => it.getOperation(lookUp('v'))],
    ['a look at what it lets go of', (it) => it.getOperation(lookUp('a'))],
    ['the authorisation again', (it) => it.authorise(hold)],
    ['a capture of what it lets go of', (it) => it.capture(capture)],
    ['another content under its id', (it) => it.credit(asLetGo)],
    ['a look at what never came', (it) => it.getOperation(lookUp('c'))],
  ])('is told to nobody: %s', async (_, ask) => {
    const { handlers, voided, sync } = await voiding();
    const asked = ask(handlers);
    sync.reject(new Error('EIO'));
    await Promise.all([voided, asked].map((it) => expect(it).rejects.toThrow('EIO')));
  });

  test('is told to all who asked, when it is on disk', async () => {
    const { handlers, voided, sync } = await voiding();
    const [looked, again] = [handlers.getOperation(lookUp('a')), handlers.authorise(hold)];
    const captured = handlers.capture(capture);
    sync.resolve();
    await expect(captured).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });
    await voided;
    expect((await looked).operation?.state).toBe(OperationState.VOIDED);
    expect((await again).outcome.case).toBe('declined');
  });
});
