/** `furlong wallet` as people start and read it; what it does is test/wallet's affair. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectService } from '../../src/client/client.ts';
import { WalletService } from '../../src/gen/furlong/wallet/v1/wallet_pb.ts';
import { playVerb } from './support/stage.ts';

let dir: string;
let file: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'furlong-wallet-cli-'));
  file = join(dir, 'wallet.jsonl');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const WALLET = () => ['wallet', '--data', file, '--port', '0'];

/** Plays the verb; `work` gets its address as soon as it is told, and then it is stopped. */
async function playWallet(args: readonly string[], work: (address: string) => Promise<void>) {
  const stop = new AbortController();
  let working: Promise<void> | undefined;
  const played = await playVerb([...WALLET(), ...args], {
    catchSignals: () => stop.signal,
    onSaid(text) {
      const [, address] = /wallet {2}(\S+)/.exec(text) ?? [];
      if (address === undefined) return;
      working = work(address).finally(() => stop.abort());
    },
  });
  await working;
  return played;
}

describe('furlong wallet', () => {
  it('serves what was told to it, until it is stopped, and shows what is in its file', async () => {
    const played = await playWallet(['--opening', '20', '--blocked', 'eve'], async (address) => {
      const { service, close } = connectService(address, WalletService);
      const ask = (playerId: string, amountCents: bigint) =>
        service.authorise({
          operationId: `${playerId}${amountCents}`,
          playerId,
          amountCents,
          betId: 'b1',
          expiresAtMs: 8_000_000_000_000n,
        });
      expect((await ask('ann', 2_000n)).outcome.case).toBe('authorised');
      expect((await ask('eve', 1n)).outcome.case).toBe('declined');
      close();
    });
    expect(played).toMatchObject({ code: 0, stderr: '' });
    const { stdout } = await playVerb(['wallet', 'show', '--data', file]);
    expect(stdout).toMatch(/ann +20\.00 +20\.00/);
    const json = await playVerb(['wallet', 'show', '--data', file, '--json']);
    expect(JSON.parse(json.stdout).accounts[0]).toEqual({
      player: 'ann',
      balance: 2_000,
      held: 2_000,
    });
  });

  it.each([
    [['--opening', '-1'], '--opening is "-1"'],
    [['--blocked', 'a b'], '--blocked is "a b"'],
    [['--drop-every', 'x'], '--drop-every is "x"'],
  ])('refuses %j', async (args, says) => {
    const played = await playVerb([...WALLET(), ...args]);
    expect(played.code).toBe(2);
    expect(played.stderr).toContain(says);
  });

  it('says why it cannot start, and what it cannot read', async () => {
    writeFileSync(file, 'not a journal\n');
    const played = await playVerb(WALLET());
    expect(played).toMatchObject({ code: 65, stdout: '' });
    expect(played.stderr).toContain('the wallet cannot start: ');
    expect(played.stderr).toContain('line 1 is not what was written');
    expect(await playVerb(['wallet', 'show', '--data', file])).toEqual({
      code: 65,
      stdout: '',
      stderr: `furlong: the wallet cannot be shown: ${file}: line 1 is not what was written\n`,
    });
    rmSync(file);
    expect((await playVerb(['wallet', 'show', '--data', file])).stderr).toContain(
      `there is no wallet at ${file}`,
    );
    const squatter = createServer();
    const port = await new Promise<number>((resolve) => {
      squatter.listen(0, '127.0.0.1', () => {
        const address = squatter.address();
        resolve(typeof address === 'object' ? (address?.port ?? 0) : 0);
      });
    });
    const taken = await playVerb(['wallet', '--data', file, '--port', `${port}`]);
    squatter.close();
    expect(taken.stderr).toContain(`cannot listen on 127.0.0.1:${port}`);
  });
});
