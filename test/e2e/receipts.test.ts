/** A receipt through the front door of a real server, after a kill as well, checked without it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Client, connectClient } from '../../src/client/client.ts';
import { type ServerProcess, startServerProcess } from '../support/server-process.ts';

const OPTIONS = ['--partitions', '4', '--shards', '2', '--sign-every', '1'];

let dataDir: string;
let server: ServerProcess;
let client: Client;

async function start(): Promise<void> {
  server = await startServerProcess(dataDir, 0, OPTIONS);
  client = connectClient(server.grpcAddress);
}

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'furlong-receipts-'));
  await start();
});

afterEach(async () => {
  client.close();
  await server.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function furlong(...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['src/main.ts', ...args]);
  return stdout;
}

test('a bet’s receipt is proven with the public key alone, and is had again after a kill', async () => {
  await client.accounts.openAccount({ requestId: 'o', playerId: 'ann', alias: 'Ann' });
  await client.accounts.deposit({ requestId: 'd', playerId: 'ann', amountCents: 1_000n });
  await client.racing.declareRace({
    raceId: 'r1',
    title: 'r1',
    offTime: { seconds: 4_000_000_000n },
    runners: [1, 2].map((number) => ({ number, name: `horse ${number}` })),
    pools: [{ poolId: 'win', ruleSetId: 'simple-gagnant-pmu@1' }],
    steward: 'test',
  });
  await client.racing.openRace({ raceId: 'r1', steward: 'test' });
  const legs = [{ runners: [2] }];
  const bet = { betId: 'b1', playerId: 'ann', raceId: 'r1', poolId: 'win', legs, stakeCents: 200n };
  await client.betting.placeBet(bet);

  const proven = { proven: true, bet: { bet: 'b1', player: 'ann', race: 'r1', legs: [[2]] } };
  for (let kills = 0; kills < 2; kills++) {
    const asking = ['bet', 'receipt', 'b1', '--player', 'ann', '--wait', '60'];
    const file = join(dataDir, `b1-${kills}.tlog-proof`);
    await furlong(...asking, '--address', server.grpcAddress, '--out', file);
    const keys = (await furlong('log', 'key', '--data', dataDir)).trim().split('\n');
    const verdicts = await Promise.allSettled(
      keys.map((key) => furlong('receipt', 'verify', file, '--key', key)),
    );
    const said = verdicts.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
    // The race is in one partition, whose key is one of four.
    expect(said).toHaveLength(1);
    expect(JSON.parse(said[0] ?? '')).toMatchObject(proven);

    await server.kill();
    client.close();
    await start();
  }
  await expect
    .poll(async () => (await client.ops.listTrees({})).trees.map(({ trouble }) => trouble), {
      timeout: 30_000,
    })
    .toEqual(['', '', '', '']);
}, 180_000);
