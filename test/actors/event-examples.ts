/** One of every event there is, with a value in every field; a kind or field without one fails. */
import type { OperatorEvent } from '../../src/actors/operator.ts';
import type { PlayerEvent } from '../../src/actors/player-events.ts';
import type { RaceEvent } from '../../src/actors/race-events.ts';
import type { TournamentEvent } from '../../src/actors/tournament-events.ts';
import {
  betId,
  cents,
  playerId,
  poolId,
  raceId,
  runnerNumber,
  tournamentId,
} from '../../src/actors/units.ts';

type OneOfEach<Event extends { readonly kind: string }> = {
  readonly [Kind in Event['kind']]: Extract<Event, { readonly kind: Kind }>;
};

const bet = betId('b-1');
const player = playerId('ann');
const race = raceId('r1');
const pool = poolId('double');
const tournament = tournamentId('sunday');
const runners = (...numbers: number[]) => numbers.map(runnerNumber);
const legs = [runners(1, 2, 99), runners(3)];
const refusal = { reason: 'race-not-open', details: { race: 'r1', phase: 'closed' } } as const;
const ordered = { by: 'steward Zoë', atMs: 1_773_532_800_123 };
const legOf = { race: raceId('r0'), pool, leg: 4 };
const outcome = { winners: runners(1, 2), nonRunners: runners(7), voided: true };

export const PLAYER_EVENTS: OneOfEach<PlayerEvent> = {
  'account-opened': { kind: 'account-opened', request: 'o1', alias: 'Zoë 🐎', atMs: 1 },
  deposited: { kind: 'deposited', request: 'd1', amount: cents(9_007_199_254_740_991), atMs: 2 },
  withdrawn: { kind: 'withdrawn', request: 'w1', amount: cents(1), atMs: 3 },
  'stake-reserved': {
    kind: 'stake-reserved',
    bet,
    player,
    race,
    pool,
    legs,
    stake: cents(200),
    cost: cents(600),
    atMs: 4,
    tournaments: [tournament, tournamentId('monday')],
  },
  'bet-confirmed': { kind: 'bet-confirmed', bet },
  'stake-released': { kind: 'stake-released', bet, refusal },
  'bet-settled': {
    kind: 'bet-settled',
    bet,
    payout: cents(1_000),
    refund: cents(200),
    player,
    race,
    cost: cents(600),
    tournaments: [tournament],
    settlement: 2,
  },
  'tournament-entered': { kind: 'tournament-entered', tournament },
};

export const RACE_EVENTS: OneOfEach<RaceEvent> = {
  'race-declared': {
    kind: 'race-declared',
    title: 'Sha Tin, race 6',
    offAtMs: 1_773_536_400_000,
    runners: [
      { number: runnerNumber(1), name: 'one' },
      { number: runnerNumber(99), name: 'Éclair' },
    ],
    pools: [{ id: pool, ruleSet: '{"id":"x@1"}', legs: [race, raceId('r2')], guarantee: cents(9) }],
    legOf: [legOf],
    ...ordered,
  },
  'race-opened': { kind: 'race-opened', ...ordered },
  'race-suspended': { kind: 'race-suspended', why: 'wind', ...ordered },
  'runner-scratched': {
    kind: 'runner-scratched',
    runner: runnerNumber(2),
    why: 'lame',
    legOf: [legOf],
    runners: runners(1, 3),
    refunding: [poolId('win'), poolId('place')],
    ...ordered,
  },
  'race-closed': { kind: 'race-closed', why: 'off', legOf: [legOf], ...ordered },
  'bet-registered': {
    kind: 'bet-registered',
    bet,
    player,
    pool,
    legs,
    stake: cents(200),
    cost: cents(600),
    ticket: 4_000_000_000,
  },
  'bet-refused': { kind: 'bet-refused', bet, player, refusal },
  'result-entered': {
    kind: 'result-entered',
    order: [runners(2, 3), runners(1)],
    didNotFinish: runners(5, 6),
    ...ordered,
  },
  'race-made-official': {
    kind: 'race-made-official',
    order: [runners(2, 3), runners(1)],
    nonRunners: runners(4),
    legOf: [legOf],
    ...ordered,
  },
  'race-voided': {
    kind: 'race-voided',
    why: 'fog',
    legOf: [legOf],
    refunding: [poolId('win')],
    ...ordered,
  },
  'leg-attached': {
    kind: 'leg-attached',
    legOf,
    runners: runners(1, 3),
    declared: true,
    closed: true,
    outcome,
  },
  'leg-runners-recorded': { kind: 'leg-runners-recorded', pool, leg: 1, runners: runners(1, 3) },
  'leg-closed': { kind: 'leg-closed', pool, leg: 1 },
  'leg-recorded': { kind: 'leg-recorded', pool, leg: 1, outcome },
  'pool-priced': {
    kind: 'pool-priced',
    pool,
    gross: cents(1_000),
    broughtIn: cents(500),
    takeout: cents(200),
    payout: cents(1_320),
    breakage: cents(-20),
    carriedOut: cents(1),
    refunds: cents(300),
    dividends: [
      {
        outcome: '2+3/1',
        hundredths: 330,
        numerator: '123456789012345678901',
        denominator: '37',
        winningStakes: cents(400),
      },
    ],
    verdict: 'won',
    legs: [outcome, { winners: runners(1), nonRunners: [], voided: false }],
    order: [runners(2, 3), runners(1)],
  },
  'tickets-settled': {
    kind: 'tickets-settled',
    pool,
    tickets: [
      { ticket: 1, bet, player, payout: cents(320), refund: cents(100) },
      { ticket: 2, bet, player: playerId('bob'), payout: cents(0), refund: cents(0) },
    ],
    more: true,
    sort: 'refund-of-scratched',
  },
  'pool-settled': { kind: 'pool-settled', pool },
  'race-paid': { kind: 'race-paid', refunded: true },
};

export const TOURNAMENT_EVENTS: OneOfEach<TournamentEvent> = {
  'tournament-created': {
    kind: 'tournament-created',
    title: 'Sunday',
    races: [race, raceId('r2')],
    bestOf: 5,
    scoringRule: 'return-percent@1',
    ...ordered,
  },
  'player-joined': { kind: 'player-joined', player, alias: 'Ann', entry: 1 },
  'bet-counted': {
    kind: 'bet-counted',
    bet,
    player,
    race,
    settlement: 1,
    stake: cents(600),
    payout: cents(1_000),
    points: 166,
    raceOrder: 2,
  },
};

export const OPERATOR_EVENTS: OneOfEach<OperatorEvent> = {
  'pool-posted': {
    kind: 'pool-posted',
    race,
    pool,
    takeout: cents(200),
    breakage: cents(-7),
    fromReserve: cents(500),
    toReserve: cents(1),
  },
};
