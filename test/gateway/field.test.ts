/** A field of all starters: who these are is the gateway's to say, once for each bet. */
import { create } from '@bufbuild/protobuf';
import { beforeEach, expect, test, vi } from 'vitest';
import { playerRef } from '../../src/actors/player.ts';
import type { PlayerCommand } from '../../src/actors/player-events.ts';
import type { RuleSet } from '../../src/actors/pools/rule-set.ts';
import { betId, playerId } from '../../src/actors/units.ts';
import { createBetting } from '../../src/gateway/betting-service.ts';
import { isFailure } from '../../src/gateway/failure.ts';
import { Formula, PlaceBetRequestSchema } from '../../src/gen/furlong/betting/v1/betting_pb.ts';
import type { Router } from '../../src/runtime/router.ts';
import { deposit, openAccount } from '../actors/given.ts';
import { createTurnedClock } from '../support/turned-clock.ts';
import { createFakeRouter, type FakeRouter } from './support/fake-router.ts';

/** A catalogue of one ordered bet of three, so that no real one has to stay as it is for this. */
vi.mock('../../src/actors/pools/rule-sets.ts', () => ({ ruleSetById: () => TIERCE }));

const TIERCE = {
  bet: { kind: 'runners', picks: [3], ordered: true },
  formulas: ['combined', 'field'],
  stake: { minimumCents: 100, unitCents: 50, maximumCents: 10_000 },
  combinationsMax: 100,
  // Only what a bet is judged by.
} as unknown as RuleSet;

const clock = createTurnedClock();
let players: FakeRouter;
let withdrawn: number[];

/** The race answers with a card of six, and leaves every bet to the test. */
const router = (): Router => ({
  ...players,
  ask(to, what, options) {
    if (to.address !== 'race/r1') return players.ask(to, what, options);
    const runners = [1, 2, 3, 4, 5, 6].map((number) => ({
      number,
      scratched: withdrawn.includes(number),
    }));
    const pools = [{ id: 'tierce', ruleSet: 'tierce@1', legs: [] }];
    const answer = { kind: 'race', race: { race: 'r1', phase: 'open', runners, pools } };
    // What channel control reads of a race.
    return Promise.resolve({ kind: 'accepted', version: 1, answer } as never);
  },
});

async function tell(...commands: readonly PlayerCommand[]): Promise<void> {
  for (const command of commands) {
    await players.ask(playerRef(playerId('ann')), { command }, { id: 'x', timeoutMs: 1 });
  }
}

async function place(id: string, otherwise: object = {}) {
  const { placeBet } = createBetting(router(), clock);
  const request = create(PlaceBetRequestSchema, {
    ...{ betId: id, playerId: 'ann', raceId: 'r1', poolId: 'tierce', stakeCents: 100n },
    ...{ formula: Formula.FIELD, legs: [{ runners: [2, 1] }] },
    ...otherwise,
  });
  const placed = placeBet(request, { atMs: clock.now(), timeoutMs: 1_000 });
  // The card, what is known of the bet, the reservation: then the race would confirm.
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  await tell({ kind: 'confirm-bet', bet: betId(id) });
  return placed;
}

const shown = async (placed: ReturnType<typeof place>) => {
  const bet = await placed;
  if (isFailure(bet)) return bet.reason;
  return [bet.legs.map(({ runners }) => runners.join()).join('/'), Number(bet.combinations)];
};

beforeEach(async () => {
  players = createFakeRouter();
  players.hold('race/r1');
  withdrawn = [4];
  await tell(openAccount, deposit(10_000));
});

test('is all other starters of the card', async () => {
  expect(await shown(place('b1'))).toEqual(['2,1/3,5,6', 3]);
});

test('stays who it was when the same bet comes again after a withdrawal', async () => {
  const first = await place('b1');
  withdrawn = [4, 6];
  expect(await shown(place('b2'))).toEqual(['2,1/3,5', 2]);
  expect(await place('b1')).toEqual(first);
});

test('that is named runner by runner is taken as it is named', async () => {
  const legs = [{ runners: [2, 1] }, { runners: [5, 3] }];
  expect(await shown(place('b1', { legs }))).toEqual(['2,1/5,3', 2]);
});

test('under a used id is another bet where its bases are others', async () => {
  await place('b1');
  expect(await shown(place('b1', { legs: [{ runners: [3, 1] }] }))).toBe('bet-id-reused');
});

test('is refused where the client counts otherwise, before anything is reserved', async () => {
  expect(await shown(place('b1', { combinations: 4n }))).toBe('wrong-combinations');
  expect(players.asked.filter((it) => it.includes('place-bet'))).toEqual([]);
});

test('of more bases than a combination has is refused by the judge of formulations', async () => {
  expect(await shown(place('b1', { legs: [{ runners: [1, 2, 3] }] }))).toBe(
    'wrong-number-of-runners',
  );
});
