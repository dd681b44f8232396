/** A server that was passed and has nothing to do finds out all the same, by what it would sign. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { verifyLog } from '../../src/audit/verify.ts';
import { connectClient } from '../../src/client/client.ts';
import { type System, startSystem } from '../../src/system.ts';

let dataDir: string;
const started: System[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'furlong-take-over-'));
});
afterEach(async () => {
  for (const system of started.splice(0)) await system.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function start({ takeOver }: { readonly takeOver: boolean }): Promise<System> {
  const system = await startSystem({
    dataDir,
    partitions: 2,
    shards: 1,
    grpc: { host: '127.0.0.1', port: 0 },
    http: undefined,
    nats: undefined,
    pageDir: '',
    logLevel: 'silent',
    signEveryMs: 50,
    takeOver,
  });
  started.push(system);
  return system;
}

async function openAccount({ grpcAddress }: System, playerId: string): Promise<void> {
  const client = connectClient(grpcAddress);
  await client.accounts.openAccount({ requestId: 'open', playerId, alias: playerId });
  client.close();
}

test('a server that was passed ends, though nobody asks it anything, and signs nothing more', async () => {
  const first = await start({ takeOver: false });
  await openAccount(first, 'ann');
  const second = await start({ takeOver: true });
  await openAccount(second, 'ben');
  expect(await first.failed).toMatchObject({
    kind: 'fenced',
    message: `notary: ${dataDir}/tlog was taken by another process since: this one signs no more`,
  });
  await second.stop();
  const { trees, faults, records } = verifyLog(dataDir);
  expect(faults).toEqual([]);
  expect(trees.reduce((sum, { size }) => sum + size, 0)).toBe(records);
});
