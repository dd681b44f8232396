import { EventEmitter } from 'node:events';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BETS_PER_MESSAGE_MAX, IN_FLIGHT_MAX, serveBets } from '../../src/gateway/bet-stream.ts';
import type { PlaceBet } from '../../src/gateway/betting-service.ts';
import type { Dispatch } from '../../src/gateway/dispatch.ts';
import { failure } from '../../src/gateway/failure.ts';
import { createGate } from '../../src/gateway/gate.ts';
import { createWarmValidator } from '../../src/gateway/validate.ts';
import {
  type BetOutcome,
  BettingService,
  PlaceBetRequestSchema,
  type PlaceBetsResponse,
} from '../../src/gen/furlong/betting/v1/betting_pb.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { bet, openWorld, refusalOf, toldBy, type World } from './support/gateway.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.router.bend('player/alice', undefined);
  world.logged.length = 0;
});

/** Every outcome until the stream ends. */
async function outcomesOf(answers: AsyncIterable<PlaceBetsResponse>): Promise<BetOutcome[]> {
  const all: BetOutcome[] = [];
  for await (const { outcomes } of answers) all.push(...outcomes);
  return all;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function idsOf(outcomes: readonly BetOutcome[]): string[] {
  return outcomes.map(({ betId }) => betId);
}

function errorOf({ outcome }: BetOutcome) {
  if (outcome.case !== 'error') throw new Error(`not refused: ${outcome.case}`);
  return toldBy(outcome.value);
}

/** A duplex call whose socket is as full as the test says. */
function fakeCall() {
  return Object.assign(new EventEmitter(), {
    full: false,
    written: [] as BetOutcome[][],
    getDeadline: () => Number.POSITIVE_INFINITY,
    pause() {},
    resume() {},
    end() {},
    write({ outcomes }: PlaceBetsResponse) {
      this.written.push(outcomes);
      return !this.full;
    },
  });
}

function dispatch(): Dispatch {
  const validator = createWarmValidator([], [PlaceBetRequestSchema]);
  return { gate: createGate(), clock: systemClock, validator, log: { error() {} } };
}

describe('PlaceBets', () => {
  test('gives one outcome for each bet and ends after them when the client has no more', async () => {
    const stream = world.client.betting.placeBets();
    stream.send({ bets: [bet('s1'), bet('s2'), bet('s3')] });
    stream.send({ bets: [bet('s4')] });
    stream.end();
    const outcomes = await outcomesOf(stream.answers);
    expect(idsOf(outcomes)).toEqual(['s1', 's2', 's3', 's4']);
    expect(outcomes.map(({ outcome }) => outcome.case)).toEqual(['bet', 'bet', 'bet', 'bet']);
  });

  test('answers in the order of decision, not of arrival', async () => {
    const stream = world.client.betting.placeBets();
    const answers = stream.answers[Symbol.asyncIterator]();
    await world.client.betting.placeBet(bet('warm-o'));
    world.router.hold('race/r1');
    stream.send({ bets: [bet('waits'), bet('refused', { raceId: 'nowhere' })] });
    const first = await answers.next();
    expect(idsOf(first.value?.outcomes ?? [])).toEqual(['refused']);
    stream.end();
    world.router.release('race/r1');
    const second = await answers.next();
    expect(idsOf(second.value?.outcomes ?? [])).toEqual(['waits']);
    expect((await answers.next()).done).toBe(true);
  });

  test('puts what was decided meanwhile into one message', async () => {
    const stream = world.client.betting.placeBets();
    stream.send({ bets: range(100).map((it) => bet(`n${it}`)) });
    stream.end();
    const sizes: number[] = [];
    for await (const { outcomes } of stream.answers) sizes.push(outcomes.length);
    expect(sizes.reduce((sum, it) => sum + it, 0)).toBe(100);
    expect(sizes.length).toBeLessThan(5);
  });

  test('refuses a malformed bet alone, as the unary call would', async () => {
    const stream = world.client.betting.placeBets();
    const wrong = [bet('zero', { stakeCents: 0n }), bet('none', { raceId: 'nowhere' })];
    stream.send({ bets: [bet('g1'), ...wrong, bet('g2')] });
    stream.end();
    const outcomes = await outcomesOf(stream.answers);
    const byId = new Map(outcomes.map((it) => [it.betId, it]));
    expect(byId.get('g1')?.outcome.case).toBe('bet');
    expect(byId.get('g2')?.outcome.case).toBe('bet');
    for (const one of wrong) {
      const outcome = byId.get(one.betId ?? '');
      if (outcome === undefined) throw new Error(`no outcome for ${one.betId}`);
      expect(errorOf(outcome)).toEqual(await refusalOf(world.client.betting.placeBet(one)));
    }
  });

  test('takes the largest message of the contract whole', async () => {
    const long = (index: number) => `${'x'.repeat(60)}${String(index).padStart(4, '0')}`;
    const runners = Array.from({ length: 40 }, (_, index) => index + 1);
    const legs = Array.from({ length: 10 }, () => ({ runners }));
    const bets = Array.from({ length: BETS_PER_MESSAGE_MAX }, (_, index) =>
      bet(long(index), { raceId: long(0), poolId: long(0), playerId: long(0), legs }),
    );
    const stream = world.client.betting.placeBets();
    stream.send({ bets });
    stream.end();
    expect(await outcomesOf(stream.answers)).toHaveLength(BETS_PER_MESSAGE_MAX);
  });

  test.each([0, BETS_PER_MESSAGE_MAX + 1])('ends at a message of %i bets', async (count) => {
    const stream = world.client.betting.placeBets();
    stream.send({ bets: [bet(`before-${count}`)] });
    stream.send({ bets: range(count).map((it) => bet(`e${count}-${it}`)) });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { outcomes } of stream.answers) seen.push(...idsOf(outcomes));
    })();
    expect(await refusalOf(reading)).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'MALFORMED',
      fields: ['bets'],
    });
    expect(seen).toEqual([`before-${count}`]);
  });

  test('reads no more while too many bets are in flight, and goes on when they are decided', async () => {
    const { client, router } = world;
    await client.accounts.deposit({
      requestId: 'q5',
      playerId: 'alice',
      amountCents: 1_000_000_00n,
    });
    await client.betting.placeBet(bet('warm-r'));
    const messages = IN_FLIGHT_MAX / BETS_PER_MESSAGE_MAX + 30;
    const placed = () => router.asked.filter((it) => it.includes('place-bet f')).length;
    router.hold('race/r1');
    const stream = client.betting.placeBets();
    for (let message = 0; message < messages; message++) {
      stream.send({ bets: range(BETS_PER_MESSAGE_MAX).map((it) => bet(`f${message}-${it}`)) });
    }
    stream.end();
    while (placed() < IN_FLIGHT_MAX) await router.nextAsk();
    for (const _ of range(20)) await client.accounts.getAccount({ playerId: 'alice' });
    expect(placed()).toBe(IN_FLIGHT_MAX);
    router.release('race/r1');
    expect(await outcomesOf(stream.answers)).toHaveLength(messages * BETS_PER_MESSAGE_MAX);
  });

  test('writes nothing while the socket is full', async () => {
    const call = fakeCall();
    const decide: (() => void)[] = [];
    const placeBet: PlaceBet = () =>
      new Promise((resolve) => decide.push(() => resolve(failure('draining'))));
    serveBets(
      { dispatch: dispatch(), method: BettingService.method.placeBets, placeBet },
      call,
      () => expect.unreachable(),
    );
    const ids = ['w1', 'w2', 'w3'];
    call.emit('data', { bets: ids.map((it) => create(PlaceBetRequestSchema, bet(it))) });
    const decideNext = async () => {
      decide.shift()?.();
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    };
    call.full = true;
    await decideNext();
    expect(call.written.map(idsOf)).toEqual([['w1']]);
    await decideNext();
    await decideNext();
    expect(call.written.map(idsOf)).toEqual([['w1']]);
    call.full = false;
    call.emit('drain');
    expect(call.written.map(idsOf)).toEqual([['w1'], ['w2', 'w3']]);
  });

  test('leaves bets that are under way alone when the client cancels', async () => {
    await world.client.betting.placeBet(bet('warm-l'));
    const stream = world.client.betting.placeBets();
    world.router.hold('race/r1');
    const arrived = world.router.nextAsk();
    stream.send({ bets: [bet('late')] });
    await arrived;
    stream.cancel();
    await expect(outcomesOf(stream.answers)).rejects.toThrow('CANCELLED');
    world.router.release('race/r1');
    const { bet: placed } = await world.client.betting.getBet({ playerId: 'alice', betId: 'late' });
    expect(placed?.betId).toBe('late');
    expect(world.logged).toEqual([]);
  });

  test('hides a defect from the client and logs it under the reference it gives', async () => {
    const stream = world.client.betting.placeBets();
    await world.client.betting.placeBet(bet('warm-h'));
    world.router.bend('player/alice', 'throw');
    stream.send({ bets: [bet('boom')] });
    stream.end();
    const [outcome] = await outcomesOf(stream.answers);
    if (outcome === undefined) throw new Error('no outcome');
    const told = errorOf(outcome);
    expect(told).toMatchObject({ code: 'INTERNAL', reason: 'DEFECT' });
    expect(JSON.stringify(told)).not.toContain('secret');
    expect(world.logged[0]?.fields).toMatchObject({ reference: told.facts.reference });
  });
});
