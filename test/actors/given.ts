/** Races, bets and accounts in the fewest words. Amounts are cents. */
import type { PlayerCommand } from '../../src/actors/player-events.ts';
import type { RuleSet } from '../../src/actors/pools/rule-set.ts';
import { race } from '../../src/actors/race.ts';
import type { InquirySort, PoolDeclaration, RaceCommand } from '../../src/actors/race-events.ts';
import { combinationsOf, type Ticket } from '../../src/actors/ticket.ts';
import {
  betId,
  cents,
  playerId,
  poolId,
  raceId,
  runnerNumber,
  tournamentId,
} from '../../src/actors/units.ts';
import { given } from '../support/scenario.ts';
import { multiLegRules, placeRules, ruleSet } from './pools/given.ts';

export const ordered = { by: 'steward', atMs: 7 };
export const R1 = raceId('r1');
export const R2 = raceId('r2');
export const WIN = poolId('win');
export const PLACE = poolId('place');
export const DOUBLE = poolId('double');
export const T1 = tournamentId('t1');

/** Takes 20 %, pays dimes; stakes from 1.00 to 100.00 in steps of 0.50. */
const winRules: RuleSet = ruleSet({
  stake: { minimumCents: 100, unitCents: 50, maximumCents: 10_000 },
  combinationsMax: 6,
});
/** Two places from two starters on; with fewer the bet does not stand. */
const twoPlaces: RuleSet = placeRules([{ startersMin: 2, places: 2 }]);
const doubleRules: RuleSet = multiLegRules({ combinationsMax: 6 }, { legs: 2 });

export const winPool: PoolDeclaration = {
  id: WIN,
  ruleSet: winRules,
  legs: [],
  guarantee: cents(0),
};
export const placePool: PoolDeclaration = {
  id: PLACE,
  ruleSet: twoPlaces,
  legs: [],
  guarantee: cents(0),
};
export const doublePool = (guarantee = 0): PoolDeclaration => ({
  id: DOUBLE,
  ruleSet: doubleRules,
  legs: [R1, R2],
  guarantee: cents(guarantee),
});

export const numbers = (...them: number[]) => them.map(runnerNumber);

export function declare(
  pools: readonly PoolDeclaration[] = [winPool],
  runners = 4,
): RaceCommand & { kind: 'declare-race' } {
  return {
    kind: 'declare-race',
    title: 'first',
    offAtMs: 100,
    runners: Array.from({ length: runners }, (_, index) => ({
      number: runnerNumber(index + 1),
      name: `horse ${index + 1}`,
    })),
    pools,
    ...ordered,
  };
}

export const open: RaceCommand = { kind: 'open-race', ...ordered };
export const suspend: RaceCommand = { kind: 'suspend-race', why: 'wind', ...ordered };
export const close: RaceCommand = { kind: 'close-race', why: 'off', ...ordered };
export const run: RaceCommand = { kind: 'record-run', ...ordered };
export const official: RaceCommand = { kind: 'make-official', ...ordered };
export const voided: RaceCommand = { kind: 'void-race', why: 'fog', ...ordered };
export const scratch = (runner: number): RaceCommand => ({
  kind: 'scratch-runner',
  runner: runnerNumber(runner),
  why: 'lame',
  ...ordered,
});
/** `'2 3+4 1'`: places by a space, dead-heaters by `+`. */
export const result = (order: string, ...didNotFinish: number[]): RaceCommand => ({
  kind: 'enter-result',
  order: order.split(' ').map((place) => numbers(...place.split('+').map(Number))),
  didNotFinish: numbers(...didNotFinish),
  ...ordered,
});
export const inquire = (sort: InquirySort = 'inquiry', ...runners: number[]): RaceCommand => ({
  kind: 'open-inquiry',
  sort,
  why: 'crossing',
  runners: numbers(...runners),
  ...ordered,
});
export const rule = (id: number, ruling = 'no action'): RaceCommand => ({
  kind: 'close-inquiry',
  id,
  ruling,
  ...ordered,
});
const authorised = { authorisedBy: 'second steward', why: 'photo misread', ...ordered };
/** As `result`, after the race was official. */
export const correct = (order: string, ...didNotFinish: number[]): RaceCommand => ({
  kind: 'correct-result',
  order: order.split(' ').map((place) => numbers(...place.split('+').map(Number))),
  didNotFinish: numbers(...didNotFinish),
  ...authorised,
});
export const removeSource = (source = 'kiosk', pool = WIN): RaceCommand => ({
  kind: 'remove-source',
  pool,
  source,
  evidence: 'incident 12',
  ...authorised,
});
export const authorise = (pool = WIN): RaceCommand => ({
  kind: 'authorise-pool',
  pool,
  why: 'counted by hand',
  ...ordered,
});
export const settleNext = (pool = WIN): RaceCommand => ({ kind: 'settle-next', pool });

/** `'1,2/3'`: legs by `/`. */
export function ticket(
  legs: string,
  {
    stake = 100,
    cost,
    ...rest
  }: Partial<{
    stake: number;
    cost: number;
    bet: string;
    player: string;
    race: string;
    pool: string;
    channel: string;
  }> = {},
): Ticket {
  const picked = legs.split('/').map((leg) => numbers(...leg.split(',').map(Number)));
  const combinations = combinationsOf(picked);
  return {
    bet: betId(rest.bet ?? 'b1'),
    player: playerId(rest.player ?? 'ann'),
    race: raceId(rest.race ?? 'r1'),
    pool: poolId(rest.pool ?? 'win'),
    formula: picked.length > 1 ? 'legs' : 'combined',
    legs: picked,
    picks: 0,
    alternates: [],
    flexi: 100,
    stake: cents(stake),
    combinations,
    cost: cents(cost ?? stake * combinations),
    channel: rest.channel ?? 'online',
  };
}

export const register = (...its: Parameters<typeof ticket>): RaceCommand => ({
  kind: 'register-bet',
  ticket: ticket(...its),
  atMs: 4,
});
export const cancelOf = (bet = 'b1', atMs = 5): PlayerCommand => ({
  kind: 'cancel-bet',
  bet: betId(bet),
  by: 'clerk',
  atMs,
});
export const claim = (bet = 'b1'): PlayerCommand => ({
  kind: 'claim-bet',
  bet: betId(bet),
  by: 'clerk',
  atMs: 9,
});

/** The race `r1` after commands that it took. */
export const raceAfter = (...commands: readonly RaceCommand[]) =>
  given(race, 'r1').after(...commands);

export const openAccount: PlayerCommand = {
  kind: 'open-account',
  request: 'o1',
  alias: 'Ann',
  atMs: 1,
};
export const deposit = (amount: number, request = 'd1', atMs = 2): PlayerCommand => ({
  kind: 'deposit',
  request,
  amount: cents(amount),
  atMs,
});
export const withdraw = (amount: number, request = 'w1', atMs = 3): PlayerCommand => ({
  kind: 'withdraw',
  request,
  amount: cents(amount),
  atMs,
});
export const place = (it: Ticket, atMs = 4): PlayerCommand => ({
  kind: 'place-bet',
  ticket: it,
  atMs,
});
export const confirm = (bet = 'b1'): PlayerCommand => ({ kind: 'confirm-bet', bet: betId(bet) });
export const release = (bet = 'b1'): PlayerCommand => ({
  kind: 'release-bet',
  bet: betId(bet),
  refusal: { reason: 'race-not-open', details: { phase: 'closed' } },
});
export const settle = (
  { payout = 0, refund = 0, settlement = 1, claimDays = 0, atMs = 0 },
  bet = 'b1',
): PlayerCommand => ({
  kind: 'settle-bet',
  bet: betId(bet),
  payout: cents(payout),
  refund: cents(refund),
  settlement,
  claimDays,
  atMs,
});
