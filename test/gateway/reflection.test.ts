import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeWithTool } from '../support/tools.ts';
import { bet, openWorld, type World } from './support/gateway.ts';

const run = promisify(execFile);
const BUF = realpathSync(new URL('../../node_modules/.bin/buf', import.meta.url));

const SERVICES = [
  'furlong.accounts.v1.AccountsService',
  'furlong.betting.v1.BettingService',
  'furlong.ops.v1.OpsService',
  'furlong.racing.v1.RacingService',
  'furlong.tournaments.v1.TournamentsService',
  'grpc.health.v1.Health',
];

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe('by buf curl, which knows only the address', () => {
  async function curl(path: string, ...more: string[]) {
    const url = `http://127.0.0.1:${world.gateway.port}${path}`;
    const args = ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', ...more, url];
    const { stdout } = await run(process.execPath, [BUF, ...args]);
    return stdout;
  }

  test.each(['grpc-v1', 'grpc-v1alpha'])(
    'reflection %s lists every service, health included',
    async (protocol) => {
      const listed = await curl('', '--list-services', '--reflect-protocol', protocol);
      expect(listed.trim().split('\n').sort()).toEqual(SERVICES);
    },
  );

  test('a bet is placed', async () => {
    const data = JSON.stringify({ ...bet('curl'), stakeCents: '200' });
    const placed = await curl('/furlong.betting.v1.BettingService/PlaceBet', '--data', data);
    expect(JSON.parse(placed)).toMatchObject({
      bet: { betId: 'curl', costCents: '200', status: 'BET_STATUS_REGISTERED' },
    });
  });

  test('a stream of bets is placed', async () => {
    const data = JSON.stringify({ bets: [{ ...bet('curls'), stakeCents: '200' }] });
    const placed = await curl('/furlong.betting.v1.BettingService/PlaceBets', '--data', data);
    expect(JSON.parse(placed)).toMatchObject({ outcomes: [{ betId: 'curls' }] });
  });

  test('a refusal shows its details', async () => {
    const data = JSON.stringify({ ...bet('curl2'), raceId: 'nowhere', stakeCents: '200' });
    const call = curl('/furlong.betting.v1.BettingService/PlaceBet', '--data', data);
    await expect(call).rejects.toMatchObject({
      stderr: expect.stringMatching(/there is no race nowhere[\s\S]*google.rpc.ErrorInfo/),
    });
  });

  test.each(['', 'furlong.betting.v1.BettingService'])(
    'health of "%s" is SERVING',
    async (service) => {
      const data = JSON.stringify({ service });
      expect(JSON.parse(await curl('/grpc.health.v1.Health/Check', '--data', data))).toEqual({
        status: 'SERVING',
      });
    },
  );

  test('health is NOT_SERVING while draining, and can still be asked', async () => {
    const own = await openWorld();
    await own.client.betting.placeBet(bet('warm'));
    own.router.hold('race/r1');
    const arrived = own.router.nextAsk();
    const inside = own.client.betting.placeBet(bet('inside'));
    await arrived;
    const drained = own.gateway.drain(20_000);
    const url = `http://127.0.0.1:${own.gateway.port}/grpc.health.v1.Health/Check`;
    const args = ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', url];
    const { stdout } = await run(process.execPath, [BUF, ...args]);
    expect(JSON.parse(stdout)).toEqual({ status: 'NOT_SERVING' });
    own.router.release('race/r1');
    await inside;
    own.client.close();
    await drained;
  });
});

describeWithTool('grpcurl', 'by grpcurl, which knows only the address', (grpcurl) => {
  async function call(...args: string[]) {
    const { stdout } = await run(grpcurl, ['-plaintext', ...args]);
    return stdout;
  }
  const address = () => `127.0.0.1:${world.gateway.port}`;

  test('reflection lists every service, health included', async () => {
    expect((await call(address(), 'list')).trim().split('\n').sort()).toEqual(SERVICES);
  });

  test('describe keeps the comments of the contract', async () => {
    const described = await call(address(), 'describe', 'furlong.betting.v1.BettingService');
    expect(described).toContain('moves no');
  });

  test('health is SERVING', async () => {
    const answer = JSON.parse(await call(address(), 'grpc.health.v1.Health/Check'));
    expect(answer).toEqual({ status: 'SERVING' });
  });
});
