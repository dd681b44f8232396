/** The examples, run as a stranger runs them, against a server of this process. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, connectClient } from '../../src/client/client.ts';
import { type System, startSystem } from '../../src/system.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'furlong-test-'));
let system: System;
let client: Client;

beforeAll(async () => {
  const any = { host: '127.0.0.1', port: 0 };
  system = await startSystem({
    dataDir: join(dataDir, 'data'),
    partitions: 2,
    shards: 2,
    grpc: any,
    http: any,
    nats: undefined,
    pageDir: 'web/dist',
    logLevel: 'warn',
  });
  client = connectClient(system.grpcAddress);
  const { accounts, racing, tournaments } = client;
  const steward = 'test';
  await racing.declareRace({
    raceId: 'r1',
    title: 'Race 1',
    offTime: timestampFromMs(1_773_561_600_000),
    runners: [1, 2, 3].map((number) => ({ number, name: `Horse ${number}` })),
    pools: [{ poolId: 'win', ruleSetId: 'win-hkjc@1' }],
    steward,
  });
  await racing.openRace({ raceId: 'r1', steward });
  await tournaments.createTournament({
    tournamentId: 't1',
    title: 'Day',
    raceIds: ['r1'],
    bestOf: 3,
    operator: steward,
  });
  await accounts.openAccount({ requestId: 'o1', playerId: 'ann', alias: 'Ann' });
  await accounts.deposit({ requestId: 'd1', playerId: 'ann', amountCents: 5_000n });
  await tournaments.joinTournament({ tournamentId: 't1', playerId: 'ann' });
});

afterAll(async () => {
  client?.close();
  await system?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Runs it until it ends, or has printed a line that `until` matches. */
function runExample(name: string, args: readonly string[], until?: RegExp) {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', `examples/${name}.ts`, ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  const listen = (text: Buffer) => {
    said += text.toString();
    if (until?.test(said)) child.kill();
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  return new Promise<{ said: string; code: number | null }>((resolve) => {
    child.on('close', (code) => resolve({ said, code }));
  });
}

it('place-a-bet puts a bet into the pool', async () => {
  const { said, code } = await runExample('place-a-bet', [system.grpcAddress, 'ann', 'r1', '2']);
  expect(said).toMatch(/^bet [0-9a-f-]{36} is in the pool: 1000 cents\n$/);
  expect(code).toBe(0);
  const { account } = await client.accounts.getAccount({ playerId: 'ann' });
  expect(account).toMatchObject({ freeCents: 4_000n, openBets: 1 });
});

it('place-a-bet says why a bet was refused, and ends with 1', async () => {
  const { said, code } = await runExample('place-a-bet', [system.grpcAddress, 'nobody', 'r1', '2']);
  expect(said).toContain('there is no player nobody');
  expect(code).toBe(1);
});

it('watch-the-board shows the ranking when it is there', async () => {
  const { said } = await runExample(
    'watch-the-board',
    [`ws://${system.httpAddress}`, 't1'],
    /Ann 0\n/,
  );
  expect(said).toContain('1 Ann 0\n');
});

it('check-standings makes draw, hash and chain of a closed tournament', async () => {
  const terms = { tournamentId: 't2', title: 'Plain', raceIds: [], operator: 'test' };
  await client.tournaments.createTournament({ ...terms, bestOf: 3 });
  for (const playerId of ['abe', 'ben', 'cid']) {
    await client.accounts.openAccount({ requestId: 'o', playerId, alias: playerId });
    await client.tournaments.joinTournament({ tournamentId: 't2', playerId });
  }
  const stream = client.tournaments.ingestEvents();
  const events = ['abe', 'ben'].map((playerId) => {
    const eventTime = timestampFromMs(Date.now() - 1_000);
    return { eventUuid: playerId, playerId, game: 'g', stake: 100n, win: 330n, eventTime };
  });
  stream.send({ tournamentId: 't2', events });
  stream.end();
  for await (const { outcomes } of stream.answers) expect(outcomes).toHaveLength(2);
  const args = [system.grpcAddress, 't2'];
  const early = await runExample('check-standings', args);
  expect(early).toEqual({ said: 't2 has revealed no seed yet\n', code: 1 });
  await client.tournaments.closeTournament({
    tournamentId: 't2',
    operator: 'test',
    reason: 'over',
  });
  const { said, code } = await runExample('check-standings', args);
  expect(JSON.parse(said)).toEqual({ commitment: true, standings: true, chain: true });
  expect(code).toBe(0);
});
