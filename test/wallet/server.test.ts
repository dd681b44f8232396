/** The reference wallet over its wire, asked as a shard's calls are: the client and the server together. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { betId, cents, playerId } from '../../src/actors/units.ts';
import type { WalletRequest } from '../../src/actors/wallet.ts';
import { connectService } from '../../src/client/client.ts';
import {
  DeclineReason,
  OperationState,
  WalletService,
} from '../../src/gen/furlong/wallet/v1/wallet_pb.ts';
import { Code } from '../../src/gen/google/rpc/code_pb.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { connectWallet } from '../../src/wallet/client.ts';
import { openWalletServer, readWallet, type WalletFaults } from '../../src/wallet/server.ts';

const NO_FAULTS: WalletFaults = { delayMs: 0, failEvery: 0, dropEvery: 0 };
const FOREVER = 8_000_000_000_000;
const ANN = playerId('ann');
const B1 = betId('b1');

let dir: string;
let file: string;
const closing: (() => unknown)[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'furlong-wallet-server-'));
  file = join(dir, 'wallet.jsonl');
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(dir, { recursive: true, force: true });
});

async function start(faults: Partial<WalletFaults> = {}, house = 'h1') {
  const server = await openWalletServer({
    file,
    host: '127.0.0.1',
    port: 0,
    openingCents: 5_000,
    blocked: ['bad'],
    faults: { ...NO_FAULTS, ...faults },
    clock: systemClock,
  });
  const address = `127.0.0.1:${server.port}`;
  const client = connectWallet({ address, house });
  const raw = connectService(address, WalletService);
  closing.push(server.close, client.close, raw.close);
  const ask = (request: WalletRequest, timeoutMs = 20_000) =>
    client.call({ id: 'x', service: 'wallet', request, timeoutMs });
  return { address, server, client, ask, raw: raw.service };
}

const authorise = (amount = 1_000, bet = B1, player = ANN): WalletRequest => ({
  kind: 'authorise',
  player,
  bet,
  amount: cents(amount),
  expiresAtMs: FOREVER,
});
const capture: WalletRequest = { kind: 'capture', player: ANN, bet: B1 };
const voiding: WalletRequest = { kind: 'void', player: ANN, bet: B1 };
const credit: WalletRequest = {
  kind: 'credit',
  player: ANN,
  credit: 1,
  amount: cents(700),
  race: 'r1',
  pool: 'win',
  bet: '',
};

describe('the wallet', () => {
  test('holds, takes, and pays, once each, and is as it was after a restart', async () => {
    const { ask, server } = await start();
    for (let twice = 0; twice < 2; twice++) {
      expect(await ask(authorise())).toEqual({ kind: 'authorised' });
      expect(await ask(capture)).toEqual({ kind: 'done' });
      expect(await ask(credit)).toEqual({ kind: 'done' });
    }
    expect(readWallet(file)).toEqual([{ player: 'ann', balance: 4_700, held: 0 }]);
    await server.close();
    closing.splice(0, 1);
    const again = await start();
    expect(await again.ask(capture)).toEqual({ kind: 'done' });
    expect(readWallet(file)).toEqual([{ player: 'ann', balance: 4_700, held: 0 }]);
  });

  test('declines as an answer, with its reason', async () => {
    const { ask } = await start();
    expect(await ask(authorise(5_001))).toMatchObject({
      kind: 'declined',
      why: 'insufficient-funds',
    });
    expect(await ask(authorise(1, B1, playerId('bad')))).toMatchObject({ why: 'blocked' });
    await ask({ kind: 'void', player: ANN, bet: betId('b2') });
    expect(await ask(authorise(1, betId('b2')))).toMatchObject({ why: 'voided' });
    expect(
      await ask({ ...authorise(1, betId('b3')), expiresAtMs: 1 } as WalletRequest),
    ).toMatchObject({ why: 'expired' });
  });

  test('keeps two houses apart that use the same ids', async () => {
    const { ask, address } = await start();
    const other = connectWallet({ address, house: 'h2' });
    closing.push(other.close);
    await ask(authorise());
    await other.call({ id: 'x', service: 'wallet', request: authorise(), timeoutMs: 20_000 });
    expect(readWallet(file)).toEqual([{ player: 'ann', balance: 5_000, held: 2_000 }]);
  });

  test.each([
    [
      'another content under its id',
      Code.ALREADY_EXISTS,
      async (raw: Raw) => {
        await raw.credit({ operationId: 'x', playerId: 'ann', amountCents: 1n });
        return raw.credit({ operationId: 'x', playerId: 'ann', amountCents: 2n });
      },
    ],
    [
      'a capture of nothing',
      Code.NOT_FOUND,
      (raw: Raw) => raw.capture({ operationId: 'x', authorisationId: 'none' }),
    ],
    [
      'an operation that never came',
      Code.NOT_FOUND,
      (raw: Raw) => raw.getOperation({ operationId: 'none' }),
    ],
    [
      'an amount below a cent',
      Code.INVALID_ARGUMENT,
      (raw: Raw) => raw.credit({ operationId: 'x', playerId: 'ann', amountCents: 0n }),
    ],
    [
      'an id with a space',
      Code.INVALID_ARGUMENT,
      (raw: Raw) => raw.void({ operationId: 'x y', authorisationId: 'none' }),
    ],
  ] as const)('says so of %s', async (_, code, ask) => {
    const { raw } = await start();
    await expect(ask(raw)).rejects.toMatchObject({ code });
  });

  test('refuses to capture what it let go of, and to let go of what it gave', async () => {
    const { ask, raw } = await start();
    await ask(authorise());
    await ask(voiding);
    await expect(ask(capture)).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });
    await raw.authorise({
      operationId: 'a',
      playerId: 'ann',
      amountCents: 1n,
      betId: 'b9',
      expiresAtMs: BigInt(FOREVER),
    });
    await raw.capture({ operationId: 'c', authorisationId: 'a' });
    await expect(raw.void({ operationId: 'v', authorisationId: 'a' })).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
    });
    const { operation } = await raw.getOperation({ operationId: 'a' });
    expect(operation).toMatchObject({
      state: OperationState.CAPTURED,
      playerId: 'ann',
      amountCents: 1n,
      declineReason: DeclineReason.UNSPECIFIED,
    });
  });
});

type Raw = Awaited<ReturnType<typeof start>>['raw'];

describe('on purpose', () => {
  test('every second call fails and does nothing', async () => {
    const { ask } = await start({ failEvery: 2 });
    await ask(authorise());
    await expect(ask(capture)).rejects.toMatchObject({ code: Code.UNAVAILABLE });
    expect(readWallet(file)).toMatchObject([{ balance: 5_000, held: 1_000 }]);
    await ask(capture);
    expect(readWallet(file)).toMatchObject([{ balance: 4_000, held: 0 }]);
  });

  test('every second call is done, and nobody hears of it', async () => {
    const { ask } = await start({ dropEvery: 2 });
    await ask(authorise());
    await expect(ask(capture, 500)).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    expect(readWallet(file)).toMatchObject([{ balance: 4_000, held: 0 }]);
    expect(await ask(capture)).toEqual({ kind: 'done' });
  });
});

test('a wallet that is not there is no answer, soon', async () => {
  const client = connectWallet({ address: '127.0.0.1:9', house: 'h1' });
  closing.push(client.close);
  const order = { id: 'x', service: 'wallet', request: capture, timeoutMs: 20_000 };
  await expect(client.call(order)).rejects.toMatchObject({ code: Code.UNAVAILABLE });
  await expect(client.call({ ...order, service: 'oracle' })).rejects.toThrow(
    'no service is called',
  );
});
