/**
 * A player's money in an account system outside, through the front door, with the reference wallet
 * as a process of its own: near, slow, dropping answers, killed, and down for a while.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { verifyLog } from '../../src/audit/verify.ts';
import { type Client, connectClient } from '../../src/client/client.ts';
import { rpcFailureOf } from '../../src/client/rpc-failure.ts';
import { BetStatus } from '../../src/gen/furlong/betting/v1/betting_pb.ts';
import { readWallet } from '../../src/wallet/server.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';
import { startWalletProcess, type WalletProcess } from '../support/wallet-process.ts';

/** What everybody has in the wallet to begin with. */
const OPENING_CENTS = 10_000;
const PLAYERS = ['ann', 'bob', 'cid', 'dan'];
/** Back-off and slow answers take their time; a machine that does much else takes more. */
const PATIENCE = { timeout: 200_000, interval: 100 };
const TEST_TIMEOUT_MS = 300_000;

let dir: string;
let file: string;
let wallet: WalletProcess;
let server: ServerProcess;
let client: Client;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'furlong-wallet-'));
  file = join(dir, 'wallet.jsonl');
});

afterEach(async () => {
  client.close();
  await server.stop();
  await wallet.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function startAll(...faults: readonly string[]): Promise<void> {
  wallet = await startWalletProcess(file, 0, faults);
  await startServer();
}

async function startServer(): Promise<void> {
  const { address } = wallet;
  const args = ['--partitions', '4', '--shards', '2', '--log-level', 'silent'];
  server = await startServerProcess(join(dir, 'data'), 0, [...args, '--wallet', address]);
  client = connectClient(server.grpcAddress);
}

describe('a wallet outside', () => {
  test(
    'has every cent: winnings and what was not bet are there, what was lost is not',
    async () => {
      await startAll();
      await prepare();
      // ann wins, bob loses, cid is refused by the race, dan has not enough.
      await place('ann', 'a1', 1, 1_000n);
      await place('bob', 'b1', 2, 3_000n);
      expect(await reasonOf(place('dan', 'd1', 1, 20_000n))).toBe('wallet-declined');
      await client.racing.closeRace({ raceId: 'r1', steward: 'test', why: 'off' });
      expect(await reasonOf(place('cid', 'c1', 1, 1_000n))).toBe('race-not-open');
      const account = await accountOf('ann');
      expect(account).toMatchObject({ freeCents: 0n, heldCents: 0n, inWallet: true });
      await payRace();
      await allAnswered();

      const { books, wallet: told } = await verified();
      const { deposits, withdrawals, free, held } = books;
      expect({ free, held, captured: told.captured }).toEqual({ free: 0, held: 0, captured: 2 });
      // Whether cid's bet got as far as the wallet, and came back, is a matter of milliseconds.
      const { ann, ...others } = balances();
      const was = Object.keys(others).length * OPENING_CENTS;
      expect(others).toMatchObject({ bob: OPENING_CENTS - 3_000, dan: OPENING_CENTS });
      expect(sumOf(others)).toBe(was - 3_000);
      expect(ann).toBe(OPENING_CENTS + 3_000 - (deposits - withdrawals));
      expect(ann).toBeGreaterThan(OPENING_CENTS);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'is asked again with the same id while it drops and fails, and nothing is taken twice',
    async () => {
      await startAll('--drop-every', '3', '--fail-every', '4', '--delay-ms', '20');
      await prepare();
      const bets = PLAYERS.flatMap((player) =>
        Array.from({ length: 10 }, (_, index) => ({ player, bet: `${player}-${index}` })),
      );
      const reasons = await Promise.all(
        bets.map(({ player, bet }) => reasonOf(place(player, bet, 1, 200n))),
      );
      // Where chance drops every attempt of five seconds, the bet is late; most are not.
      const placed = reasons.filter((it) => it === undefined).length;
      expect(reasons.filter((it) => it !== undefined && it !== 'wallet-late')).toEqual([]);
      expect(placed).toBeGreaterThan(bets.length / 2);
      await allAnswered();
      const { wallet: told, books } = await verified();
      expect(told).toMatchObject({ captured: placed, open: 0 });
      expect(books.inPools).toBe(placed * 200);
      expect(sumOf(balances())).toBe(PLAYERS.length * OPENING_CENTS - placed * 200);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'that is too slow makes a bet refused, and lets go of what it held for it',
    async () => {
      await startAll('--delay-ms', '7000');
      await prepare();
      expect(await reasonOf(place('ann', 'a1', 1, 200n))).toBe('wallet-late');
      // The same bet again has the same answer, and moves nothing.
      expect(await reasonOf(place('ann', 'a1', 1, 200n))).toBe('wallet-late');
      await allAnswered();
      await verified();
      expect(readWallet(file)).toEqual([{ player: 'ann', balance: OPENING_CENTS, held: 0 }]);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'that is down loses no bet and no cent: what it owes waits, is shown, and is settled when it is back, whoever was killed',
    async () => {
      await startAll();
      await prepare();
      await place('ann', 'a1', 1, 1_000n);
      await allAnswered();
      await wallet.kill();
      expect(await reasonOf(place('bob', 'b1', 1, 1_000n))).toBe('wallet-late');
      await client.racing.closeRace({ raceId: 'r1', steward: 'test', why: 'off' });
      await payRace();

      const { stuck } = await client.ops.listStuck({});
      expect(stuck.map(({ address, name }) => `${address} ${name}`).sort()).toEqual([
        'player/ann wallet credit:1',
        'player/bob wallet void:b1',
      ]);
      expect(stuck.every(({ attempts, why }) => attempts > 0 && why !== '')).toBe(true);

      await server.kill();
      client.close();
      // Without a wallet nothing is lost, and nobody can overlook it.
      server = await startServerProcess(join(dir, 'data'), 0, ['--log-level', 'error']);
      client = connectClient(server.grpcAddress);
      expect(server.logged()).toContain('start again with --wallet HOST:PORT');
      const outside = { requestId: 'o', playerId: 'eve', alias: 'eve', inWallet: true };
      expect(await reasonOf(client.accounts.openAccount(outside))).toBe('no-wallet');
      expect((await client.ops.listStuck({})).stuck).toHaveLength(2);
      expect(await server.stop()).toBe(0);
      client.close();

      wallet = await startWalletProcess(file, wallet.port);
      await startServer();
      await allAnswered();
      const { books } = await verified();
      expect(balances()).toEqual({ ann: OPENING_CENTS - 1_000 + books.withdrawals });
    },
    TEST_TIMEOUT_MS,
  );
});

async function prepare(): Promise<void> {
  await client.racing.declareRace({
    raceId: 'r1',
    title: 'first',
    offTime: { seconds: 4_000_000_000n },
    runners: [1, 2, 3].map((number) => ({ number, name: `horse ${number}` })),
    pools: [{ poolId: 'win', ruleSetId: 'simple-gagnant-pmu@1' }],
    steward: 'test',
  });
  await client.racing.openRace({ raceId: 'r1', steward: 'test' });
  for (const playerId of PLAYERS) {
    const opening = { requestId: 'open', playerId, alias: playerId, inWallet: true };
    await client.accounts.openAccount(opening);
  }
}

async function place(playerId: string, betId: string, runner: number, stakeCents: bigint) {
  const legs = [{ runners: [runner] }];
  const bet = { betId, playerId, raceId: 'r1', poolId: 'win', legs, stakeCents };
  const placed = await client.betting.placeBet(bet, { timeoutMs: 30_000 });
  expect(placed.bet?.status).toBe(BetStatus.REGISTERED);
}

async function reasonOf(call: Promise<unknown>): Promise<string | undefined> {
  const failed = await call.then(
    () => undefined,
    (error: unknown) => rpcFailureOf(error),
  );
  return failed?.reason;
}

async function payRace(): Promise<void> {
  const steward = 'test';
  await client.racing.enterResult({
    raceId: 'r1',
    order: [1, 2, 3].map((runner) => ({ runners: [runner] })),
    steward,
  });
  await client.racing.makeOfficial({ raceId: 'r1', steward });
  await vi.waitFor(async () => {
    const books = await client.ops.getBalance({});
    expect(books).toMatchObject({ inPoolsCents: 0n, inTransitCents: 0n });
  }, PATIENCE);
}

async function accountOf(playerId: string) {
  return (await client.accounts.getAccount({ playerId })).account;
}

/** Until the wallet owes no answer any more. */
async function allAnswered(): Promise<void> {
  await vi.waitFor(async () => {
    expect((await client.ops.listStuck({})).stuck).toEqual([]);
  }, PATIENCE);
}

/** Stops the server; the log at rest has no fault, and waits for nothing. */
async function verified() {
  expect(await server.stop()).toBe(0);
  const found = verifyLog(join(dir, 'data'));
  expect(found.faults).toEqual([]);
  return found;
}

function sumOf(amounts: Record<string, number | undefined>): number {
  return Object.values(amounts).reduce<number>((sum, it) => sum + (it ?? 0), 0);
}

/** What is in the wallet, of those it was ever asked about; nothing is held. */
function balances(): Record<string, number> {
  const accounts = readWallet(file);
  expect(accounts.map(({ held }) => held)).toEqual(accounts.map(() => 0));
  return Object.fromEntries(accounts.map(({ player, balance }) => [player, balance]));
}
