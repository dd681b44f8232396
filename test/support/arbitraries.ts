/** What tests draw from: alphabets so small that ids, runners and amounts collide all the time. */
import fc from 'fast-check';
import type { PlayerCommand } from '../../src/actors/player-events.ts';
import type { RaceCommand } from '../../src/actors/race-events.ts';
import {
  betId,
  cents,
  playerId,
  poolId,
  raceId,
  runnerNumber,
  tournamentId,
} from '../../src/actors/units.ts';

const requests = fc.constantFrom('q1', 'q2', 'q3', 'q4');
const bets = fc.constantFrom('b1', 'b2', 'b3').map(betId);
const amounts = fc.constantFrom(1, 100, 300, 1_000).map(cents);
const payments = fc.constantFrom(0, 50, 300, 700).map(cents);

const DAY_MS = 86_400_000;
/** Some of them past the days of a claim. */
const times = fc.constantFrom(1, 2 * DAY_MS, 5 * DAY_MS);
const payment = fc.record({ bet: bets, payout: payments, refund: payments });
const claims = fc.constantFrom(0, 1, 3);
const terms = fc.record({
  settlement: fc.constantFrom(1, 2, 3),
  claimDays: claims,
  atMs: fc.constantFrom(0, 1, 2 * DAY_MS),
});

const tickets = fc
  .record({ bet: bets, stake: fc.constantFrom(100, 250).map(cents), runner: fc.constantFrom(1, 2) })
  .map(({ bet, stake, runner }) => ({
    bet,
    player: playerId('ann'),
    race: raceId('r1'),
    pool: poolId('win'),
    formula: 'combined' as const,
    legs: [[runnerNumber(runner)]],
    picks: 0,
    alternates: [],
    flexi: 100,
    stake,
    combinations: 1,
    cost: stake,
    channel: 'terminal',
  }));

/** To `ann`, most of them after her account was opened. */
export const playerCommands: fc.Arbitrary<PlayerCommand> = fc.oneof(
  fc.constant<PlayerCommand>({ kind: 'open-account', request: 'q0', alias: 'Ann', atMs: 1 }),
  fc.record({
    kind: fc.constantFrom('deposit', 'withdraw'),
    request: requests,
    amount: amounts,
    atMs: fc.constant(1),
  }),
  fc.record({ kind: fc.constant('place-bet'), ticket: tickets, atMs: fc.constant(1) }),
  fc.record({ kind: fc.constant('confirm-bet'), bet: bets }),
  fc.record({
    kind: fc.constant('release-bet'),
    bet: bets,
    refusal: fc.constant({ reason: 'race-not-open' as const, details: {} }),
  }),
  fc.record({ kind: fc.constant('cancel-bet'), bet: bets, by: fc.constant('x'), atMs: times }),
  fc.record({ kind: fc.constant('confirm-cancel'), bet: bets }),
  fc.record({
    kind: fc.constant('refuse-cancel'),
    bet: bets,
    refusal: fc.constant({ reason: 'race-closed' as const, details: {} }),
  }),
  fc
    .record({ payment, terms })
    .map((it) => ({ kind: 'settle-bet' as const, ...it.payment, ...it.terms })),
  fc.record({
    kind: fc.constant('settle-pool'),
    race: fc.constant(raceId('r1')),
    pool: fc.constant(poolId('win')),
    settlement: fc.constantFrom(1, 2, 3),
    atMs: fc.constantFrom(0, 1, 2 * DAY_MS),
    paid: fc.uniqueArray(
      fc.record({ bet: bets, payout: payments, refund: payments, claimDays: claims }),
      { selector: ({ bet }) => bet, maxLength: 3 },
    ),
    except: fc.shuffledSubarray(['b1', 'b2'].map(betId)),
  }),
  fc.record({ kind: fc.constant('claim-bet'), bet: bets, by: fc.constant('x'), atMs: times }),
  fc.record({ kind: fc.constant('expire-claims'), atMs: times }),
  fc.constant<PlayerCommand>({ kind: 'enter-tournament', tournament: tournamentId('t1') }),
);

const ordered = { by: 'steward', atMs: 1 };
const runners = fc.constantFrom(1, 2, 3);

/** Any order with any dead heats of some of three runners; often not the whole truth, or refused. */
const orders = fc
  .tuple(
    fc.shuffledSubarray([1, 2, 3], { minLength: 1 }),
    fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  )
  .map(([arrived, joins]) => {
    const order: number[][] = [];
    for (const [index, runner] of arrived.entries()) {
      const last = joins[index] ? order.pop() : undefined;
      order.push([...(last ?? []), runner]);
    }
    return order.map((place) => place.map(runnerNumber));
  });

/** A steward's orders to a race of three runners, whether or not they make sense when they come. */
export const stewardOrders: fc.Arbitrary<RaceCommand> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<RaceCommand>({ kind: 'open-race', ...ordered }) },
  { weight: 1, arbitrary: fc.constant<RaceCommand>({ kind: 'suspend-race', why: '', ...ordered }) },
  fc.constant<RaceCommand>({ kind: 'close-race', why: '', ...ordered }),
  {
    weight: 3,
    arbitrary: runners.map(
      (runner): RaceCommand => ({
        kind: 'scratch-runner',
        runner: runnerNumber(runner),
        why: '',
        ...ordered,
      }),
    ),
  },
  fc.tuple(orders, fc.boolean()).map(([order, restFell]): RaceCommand => {
    const fell = [1, 2, 3].map(runnerNumber).filter((it) => !order.flat().includes(it));
    return { kind: 'enter-result', order, didNotFinish: restFell ? fell : [], ...ordered };
  }),
  fc.constant<RaceCommand>({ kind: 'make-official', ...ordered }),
  fc.constant<RaceCommand>({ kind: 'void-race', why: '', ...ordered }),
);

/** Picks of one leg. */
export const picks = fc
  .shuffledSubarray([1, 2, 3], { minLength: 1, maxLength: 2 })
  .map((them) => them.map(runnerNumber));
