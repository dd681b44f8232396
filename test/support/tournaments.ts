/** Commands to a tournament, with what most tests do not care for filled in. */
import { canonicalJson } from '../../src/actors/canonical-json.ts';
import type { ScoringRuleSet } from '../../src/actors/scoring/rule-set.ts';
import { returnPercent } from '../../src/actors/scoring/rule-sets.ts';
import { tournament } from '../../src/actors/tournament.ts';
import type {
  OutsideEvent,
  Standing,
  TournamentAnswer,
  TournamentCommand,
  TournamentEvent,
  TournamentQuery,
  TournamentRejection,
} from '../../src/actors/tournament-events.ts';
import type { Tournament } from '../../src/actors/tournament-state.ts';
import { type TournamentTerms, USUAL_TERMS } from '../../src/actors/tournament-terms.ts';
import { betId, cents, playerId, poolId, raceId } from '../../src/actors/units.ts';
import type { Timer } from '../../src/runtime/actor.ts';

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

export function closeTournament(atMs = 100): Of<'close-tournament'> {
  return { kind: 'close-tournament', by: 'steward', why: 'last race', atMs };
}

/** A tournament by its decider alone: quick enough for thousands of histories. */
export interface Stage {
  readonly state: Tournament;
  readonly events: readonly TournamentEvent[];
  /** @throws where it is refused. */
  tell(...commands: readonly TournamentCommand[]): readonly TournamentEvent[];
  refusal(command: TournamentCommand): TournamentRejection | undefined;
  /** Fires the timers that are due, as the runtime does, until none is. @returns What each did, in order. */
  fire(nowMs: number): readonly string[];
  readonly timers: readonly Timer[];
  answer(query: TournamentQuery): TournamentAnswer | undefined;
  standings(query?: Partial<Extract<TournamentQuery, { kind: 'page' }>>): readonly Standing[];
}

/** No machine of these tests has as many steps. */
const STEPS_MAX = 1_000;

export function openStage(...commands: readonly TournamentCommand[]): Stage {
  const { decider, timers } = tournament;
  let state = decider.initial('t1');
  const events: TournamentEvent[] = [];

  function tellOne(command: TournamentCommand): readonly TournamentEvent[] {
    const decision = decider.decide(state, command);
    if (!decision.ok) {
      throw new Error(`refused ${command.kind}: ${JSON.stringify(decision.rejection)}`);
    }
    for (const event of decision.events) {
      state = decider.evolve(state, event);
      events.push(event);
    }
    return decision.events;
  }

  const stage: Stage = {
    get state() {
      return state;
    },
    events,
    tell: (...them) => them.flatMap(tellOne),
    refusal(command) {
      const decision = decider.decide(state, command);
      return decision.ok ? undefined : decision.rejection;
    },
    get timers() {
      return timers?.('t1', state) ?? [];
    },
    fire(nowMs) {
      const done: string[] = [];
      for (let step = 0; step < STEPS_MAX; step++) {
        const [due] = stage.timers
          .filter(({ atMs }) => atMs <= nowMs)
          .toSorted((a, b) => a.atMs - b.atMs);
        if (due === undefined) return done;
        // Its actor named it, and the runtime stamps it.
        const told = tellOne({ ...(due.command as object), atMs: nowMs } as TournamentCommand);
        if (told.length === 0) throw new Error(`${due.key} is named and does nothing`);
        done.push(...told.map(stepOf));
      }
      throw new Error(`still due: ${stage.timers[0]?.key}`);
    },
    answer: (query) => decider.answer(state, query),
    standings(query = {}) {
      const board = { kind: 'all' } as const;
      const page = { kind: 'page', board, fromRank: 1, limit: 1_000, ...query } as const;
      const answer = decider.answer(state, page);
      return answer?.kind === 'standings' ? answer.standings : [];
    },
  };
  stage.tell(...commands);
  return stage;
}

function stepOf(event: TournamentEvent): string {
  if (event.kind === 'phase-entered') return event.phase;
  return event.kind === 'board-snapshot-taken' ? `photo:${event.why}` : event.kind;
}
