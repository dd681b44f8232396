/** A process of Furlong starts whole or not at all, and never twice on the same data. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { verifyLog } from '../../src/audit/verify.ts';
import { connectClient } from '../../src/client/client.ts';
import { type System, type SystemOptions, startSystem } from '../../src/system.ts';

let dataDir: string;
const started: System[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'furlong-system-'));
});

afterEach(async () => {
  for (const system of started.splice(0)) await system.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(options: Partial<SystemOptions> = {}): Promise<System> {
  const system = await startSystem({
    dataDir,
    partitions: 4,
    shards: 2,
    grpc: { host: '127.0.0.1', port: 0 },
    http: undefined,
    nats: undefined,
    pageDir: '',
    logLevel: 'silent',
    ...options,
  });
  started.push(system);
  return system;
}

describe('a system', () => {
  test('is refused a data directory that another one has, which goes on', async () => {
    const first = await start();
    await expect(start()).rejects.toThrow('is in use by another furlong');
    const client = connectClient(first.grpcAddress);
    expect((await client.ops.listPartitions({})).partitions).toHaveLength(4);
    client.close();
  });

  test('that cannot open one of its logs says which, and lets go of the directory', async () => {
    await (await start()).stop();
    writeFileSync(join(dataDir, 'log', 'p-001.sqlite'), 'not a database');
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(start()).rejects.toThrow(/shard-\d: .*(not a database|p-001)/);
    }
  });

  test('that finds its port taken says so, and lets go of the directory', async () => {
    const first = await start();
    const port = Number(first.grpcAddress.split(':')[1]);
    const other = mkdtempSync(join(tmpdir(), 'furlong-system-'));
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(start({ dataDir: other, grpc: { host: '127.0.0.1', port } })).rejects.toThrow(
        `${port}`,
      );
    }
    rmSync(other, { recursive: true, force: true });
  });

  test('goes on with the same partitions, whatever number is asked for later', async () => {
    await (await start()).stop();
    const again = await start({ partitions: 7 });
    const client = connectClient(again.grpcAddress);
    expect((await client.ops.listPartitions({})).partitions).toHaveLength(4);
    client.close();
  });

  test('that was passed ends, though nobody asks it anything, and signs nothing more', async () => {
    const one = { partitions: 2, shards: 1, signEveryMs: 50 };
    const first = await start(one);
    await openAccount(first, 'ann');
    const second = await start({ ...one, takeOver: true });
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

  test('stops once, however often it is told to', async () => {
    const system = await start();
    await Promise.all([system.stop(), system.stop()]);
    await system.stop();
  });
});

async function openAccount({ grpcAddress }: System, playerId: string): Promise<void> {
  const client = connectClient(grpcAddress);
  await client.accounts.openAccount({ requestId: 'open', playerId, alias: playerId });
  client.close();
}
