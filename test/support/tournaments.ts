/** Commands to a tournament, with what most tests do not care for filled in. */
import { canonicalJson } from '../../src/actors/canonical-json.ts';
import type { ScoringRuleSet } from '../../src/actors/scoring/rule-set.ts';
import { returnPercent } from '../../src/actors/scoring/rule-sets.ts';
import type { OutsideEvent, TournamentCommand } from '../../src/actors/tournament-events.ts';
import { type TournamentTerms, USUAL_TERMS } from '../../src/actors/tournament-terms.ts';
import { betId, cents, playerId, poolId, raceId } from '../../src/actors/units.ts';

type Of<Kind extends TournamentCommand['kind']> = Extract<TournamentCommand, { kind: Kind }>;

export function createTournament({
  title = 'Sunday',
  races = ['r1', 'r2'],
  bestOf = 2,
  rules = returnPercent(bestOf),
  terms = {},
  atMs = 5,
}: {
  readonly title?: string;
  readonly races?: readonly string[];
  readonly bestOf?: number;
  readonly rules?: ScoringRuleSet;
  readonly terms?: Partial<TournamentTerms>;
  readonly atMs?: number;
} = {}): Of<'create-tournament'> {
  return {
    kind: 'create-tournament',
    title,
    races: races.map(raceId),
    rules: canonicalJson(rules),
    terms: { ...USUAL_TERMS, ...terms },
    seed: 'seed',
    by: 'house',
    atMs,
  };
}

export function joinTournament(
  player: string,
  { alias = player.toUpperCase(), region = '', division = '', team = '', atMs = 6 } = {},
): Of<'join-tournament'> {
  return {
    kind: 'join-tournament',
    player: playerId(player),
    alias,
    region,
    division,
    team,
    atMs,
  };
}

export function enterBet(
  player: string,
  bet: string,
  { race = 'r1', placedAtMs = 10 } = {},
): Of<'enter-bet'> {
  return {
    kind: 'enter-bet',
    bet: betId(bet),
    player: playerId(player),
    race: raceId(race),
    placedAtMs,
  };
}

export function countBet(
  player: string,
  bet: string,
  {
    race = 'r1',
    pool = 'win',
    cost = 100,
    payout = 0,
    refund = 0,
    settlement = 1,
    placedAtMs = 10,
    atMs = 20,
  } = {},
): Of<'count-bet'> {
  return {
    kind: 'count-bet',
    bet: betId(bet),
    player: playerId(player),
    race: raceId(race),
    pool: poolId(pool),
    cost: cents(cost),
    payout: cents(payout),
    refund: cents(refund),
    settlement,
    placedAtMs,
    atMs,
  };
}

export function outsideEvent(
  player: string,
  id: string,
  rest: Partial<OutsideEvent> = {},
): OutsideEvent {
  return {
    id,
    player,
    game: 'g1',
    stake: 100,
    win: 200,
    timeMs: 10,
    sequence: 0,
    revision: 1,
    ruleSet: '',
    ...rest,
  };
}

export function ingest(
  events: readonly OutsideEvent[],
  { batch = 'batch', atMs = 20, isBacklog = false } = {},
): Of<'ingest-events'> {
  return { kind: 'ingest-events', batch, events, isBacklog, atMs };
}
