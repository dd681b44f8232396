import { connect } from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { connectClient } from '../../src/client/client.ts';
import { MESSAGE_MAX } from '../../src/gateway/server.ts';
import { PlaceBetRequestSchema } from '../../src/gen/furlong/betting/v1/betting_pb.ts';
import { bet, codeName, openWorld, refusalOf, type World } from './support/gateway.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

interface RawAnswer {
  readonly code: string;
  readonly message: string;
}

/** One unary call as bytes, for what no client of ours would send. */
function rawCall(bytes: Uint8Array, headers: Record<string, string> = {}): Promise<RawAnswer> {
  const session = connect(`http://127.0.0.1:${world.gateway.port}`);
  const stream = session.request({
    ':method': 'POST',
    ':path': '/furlong.betting.v1.BettingService/PlaceBet',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(bytes.length, 1);
  stream.end(Buffer.concat([prefix, bytes]));
  return new Promise((resolve, reject) => {
    const answer = (it: Record<string, unknown>) => {
      if (it['grpc-status'] === undefined) return;
      const message = decodeURIComponent(String(it['grpc-message'] ?? ''));
      resolve({ code: codeName(Number(it['grpc-status'])), message });
      session.close();
    };
    stream.on('response', answer);
    stream.on('trailers', answer);
    stream.on('error', reject);
    stream.resume();
  });
}

describe('limits', () => {
  test('a message above the limit is RESOURCE_EXHAUSTED, and the server goes on', async () => {
    expect(await rawCall(new Uint8Array(MESSAGE_MAX + 1))).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
    });
    expect((await world.client.betting.placeBet(bet('b1'))).bet?.betId).toBe('b1');
  });

  test('a unary request has a smaller limit, and is told its size', async () => {
    const large = bet('b1', { playerId: 'x'.repeat(70_000) });
    expect(await refusalOf(world.client.betting.placeBet(large))).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'REQUEST_TOO_LARGE',
      facts: { maximum: '65536' },
    });
  });

  test('bytes that are no message are INVALID_ARGUMENT', async () => {
    expect(await rawCall(Uint8Array.of(0xff, 0xff, 0xff))).toEqual({
      code: 'INVALID_ARGUMENT',
      message: 'request: 3 bytes that are not a furlong.betting.v1.PlaceBetRequest',
    });
  });

  test('a method that does not exist is UNIMPLEMENTED', async () => {
    const path = { ':path': '/furlong.betting.v1.BettingService/Cheat' };
    expect((await rawCall(new Uint8Array(), path)).code).toBe('UNIMPLEMENTED');
  });
});

describe('deadlines', () => {
  test('a call whose deadline has passed is refused before any work', async () => {
    world.clock.aheadMs = 60_000;
    world.router.asked.length = 0;
    const call = world.client.betting.placeBet(bet('b1'), { timeoutMs: 5_000 });
    expect(await refusalOf(call)).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      reason: 'DEADLINE_EXPIRED',
    });
    expect(world.router.asked).toEqual([]);
  });

  test('a deadline that passes on the way ends the call, not the server', async () => {
    const request = toBinary(PlaceBetRequestSchema, create(PlaceBetRequestSchema, bet('b1')));
    world.router.hold('race/r1');
    expect(await rawCall(request, { 'grpc-timeout': '1m' })).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    world.router.release('race/r1');
    expect((await world.client.betting.placeBet(bet('b1'))).bet?.betId).toBe('b1');
  });

  test('an actor that does not answer in time leaves the outcome unknown', async () => {
    await world.client.betting.placeBet(bet('b1'));
    world.router.bend('player/alice', 'deadline');
    const told = await refusalOf(world.client.betting.placeBet(bet('b2')));
    expect(told).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      reason: 'DEADLINE',
      facts: {
        address: 'player/alice',
        bet: 'b2',
        timeoutMs: expect.stringMatching(/^(1\d{3}|2000)$/),
      },
    });
    expect(told.message).toContain('ask again with the same id');
  });
});

describe('what the machine cannot do now', () => {
  test.each([
    ['overload', 'RESOURCE_EXHAUSTED', 'nothing was begun'],
    ['stopping', 'UNAVAILABLE', 'ask again with the same id'],
    ['crashed', 'UNAVAILABLE', 'ask again with the same id'],
  ] as const)('%s is %s and says when to ask again', async (why, code, says) => {
    world.router.bend('player/alice', why);
    const told = await refusalOf(world.client.betting.placeBet(bet('b1')));
    expect(told).toMatchObject({ code, reason: why.toUpperCase() });
    expect(told.message).toContain(says);
    expect(told.retryMs).toBeGreaterThan(0);
  });

  test('a race that does not answer is as unknown as a player that does not', async () => {
    world.router.bend('race/r1', 'overload');
    expect(await refusalOf(world.client.betting.placeBet(bet('b1')))).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      facts: { address: 'race/r1' },
    });
  });

  test('a defect is INTERNAL under a reference, and its cause stays inside', async () => {
    world.router.bend('player/alice', 'throw');
    const told = await refusalOf(world.client.accounts.getAccount({ playerId: 'alice' }));
    expect(told).toMatchObject({ code: 'INTERNAL', reason: 'DEFECT' });
    expect(JSON.stringify(told)).not.toContain('secret');
    expect(world.logged).toHaveLength(1);
    expect(world.logged[0]?.fields).toMatchObject({
      reference: told.facts.reference,
      rpc: 'furlong.accounts.v1.AccountsService/GetAccount',
      err: { message: 'a secret of the house' },
    });
  });
});

describe('draining', () => {
  test('refuses what is new, on old connections and new ones, and finishes what is old', async () => {
    await world.client.betting.placeBet(bet('warm'));
    world.router.hold('race/r1');
    const arrived = world.router.nextAsk();
    const inside = world.client.betting.placeBet(bet('inside'));
    await arrived;
    const drained = world.gateway.drain(20_000);
    const stranger = connectClient(`127.0.0.1:${world.gateway.port}`);
    for (const client of [world.client, stranger]) {
      const told = await refusalOf(client.betting.placeBet(bet('outside')));
      expect(told).toMatchObject({ code: 'UNAVAILABLE', reason: 'DRAINING' });
      expect(told.retryMs).toBeGreaterThan(0);
    }
    stranger.close();
    world.router.release('race/r1');
    expect((await inside).bet?.betId).toBe('inside');
    await drained;
    await expect(world.client.betting.placeBet(bet('after'))).rejects.toMatchObject({
      details: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('answers what a stream has under way, then tells it', async () => {
    await world.client.betting.placeBet(bet('warm'));
    const stream = world.client.betting.placeBets();
    world.router.hold('race/r1');
    const arrived = world.router.nextAsk();
    stream.send({ bets: [bet('inside')] });
    await arrived;
    const drained = world.gateway.drain(20_000);
    stream.send({ bets: [bet('outside')] });
    world.router.release('race/r1');
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { outcomes } of stream.answers) seen.push(...outcomes.map((it) => it.betId));
    })();
    expect(await refusalOf(reading)).toMatchObject({ code: 'UNAVAILABLE', reason: 'DRAINING' });
    expect(seen).toEqual(['inside']);
    await drained;
  });

  test('cuts what is still inside when the grace is over', async () => {
    await world.client.betting.placeBet(bet('warm'));
    world.router.hold('race/r1');
    const arrived = world.router.nextAsk();
    const inside = world.client.betting.placeBet(bet('inside'));
    const cut = expect(inside).rejects.toThrow();
    await arrived;
    await world.gateway.drain(1);
    await cut;
  });
});
