/**
 * A tournament of bettors: who entered, which settled bets count, and the ranking that follows.
 *
 * Invariants: a bet counts once per settlement, and a later settlement replaces the earlier; the
 * ranking depends on the set of counted bets alone, never on their order of arrival within a race.
 * Scoring rule `return-percent@1`: a bet is worth floor(100 × payout / stake) points, capped; a
 * player's score is the sum of the best so many.
 */
import {
  type ActorKind,
  accept,
  type Decision,
  type Ref,
  reject,
  unreachable,
} from '../runtime/actor.ts';
import { tournamentCodec } from './codec.ts';
import { BOARD_ROWS, boardView } from './feed.ts';
import { createRanking, type RankedEntry, type Ranking } from './ranking/ranking.ts';
import type {
  Standing,
  TournamentAnswer,
  TournamentCommand,
  TournamentEvent,
  TournamentQuery,
  TournamentRejection,
  TournamentSummary,
} from './tournament-events.ts';
import { type BetId, cents, type PlayerId, type RaceId, type TournamentId } from './units.ts';

const SCORING_RULE = 'return-percent@1';

/** One lucky outsider must not decide a tournament: what a bet can be worth at most. */
export const BET_POINTS_MAX = 10_000;

/** Bounds the memory of one tournament. */
export const ENTRIES_MAX = 1_000_000;

interface Entry {
  readonly player: PlayerId;
  readonly alias: string;
  readonly entry: number;
  readonly draw: number;
  /** By bet: its points now, and the settlement that gave them. */
  readonly counted: Map<BetId, CountedBet>;
  score: number;
}

interface CountedBet {
  readonly points: number;
  readonly settlement: number;
  readonly raceOrder: number;
}

export interface Tournament {
  readonly id: TournamentId;
  /** Empty until the tournament is created. */
  title: string;
  races: readonly RaceId[];
  bestOf: number;
  /** Races in the order in which they first counted. */
  readonly raceOrder: Map<RaceId, number>;
  readonly entries: Map<PlayerId, Entry>;
  readonly byNumber: Entry[];
  readonly ranking: Ranking;
}

type TournamentDecision = Decision<TournamentEvent, TournamentRejection>;

export const tournament: ActorKind<
  TournamentCommand,
  TournamentEvent,
  Tournament,
  TournamentRejection,
  TournamentQuery,
  TournamentAnswer
> = {
  kind: 'tournament',
  decider: {
    initial: (id) => ({
      // The runtime made the address from a TournamentId.
      id: id as TournamentId,
      title: '',
      races: [],
      bestOf: 0,
      raceOrder: new Map(),
      entries: new Map(),
      byNumber: [],
      ranking: createRanking(),
    }),
    decide,
    evolve,
    answer,
  },
  ...tournamentCodec,
  snapshot: { version: 1, freeze, thaw },
  follow: (id, event) =>
    event.kind === 'player-joined'
      ? [{ to: `player/${event.player}`, command: { kind: 'enter-tournament', tournament: id } }]
      : [],
  views: (_id, state, seen) =>
    state.title === ''
      ? []
      : [boardView(tournamentSummary(state), topOf(state, 1, BOARD_ROWS), seen)],
};

export function tournamentRef(
  id: TournamentId,
): Ref<TournamentCommand, TournamentRejection, TournamentQuery, TournamentAnswer> {
  return { address: `tournament/${id}` };
}

function decide(state: Tournament, command: TournamentCommand): TournamentDecision {
  if (command.kind === 'create-tournament') {
    const { title, races, bestOf, by, atMs } = command;
    if (state.title === '') {
      const scoringRule = SCORING_RULE;
      return accept({ kind: 'tournament-created', title, races, bestOf, scoringRule, by, atMs });
    }
    return state.title === title && state.bestOf === bestOf && state.races.join() === races.join()
      ? accept()
      : reject({ reason: 'tournament-exists', tournament: state.id });
  }
  if (state.title === '') return reject({ reason: 'unknown-tournament', tournament: state.id });

  switch (command.kind) {
    case 'join-tournament': {
      const { player, alias } = command;
      if (state.entries.has(player)) return accept();
      if (state.entries.size >= ENTRIES_MAX) {
        return reject({ reason: 'tournament-full', maximum: ENTRIES_MAX });
      }
      return accept({ kind: 'player-joined', player, alias, entry: state.entries.size + 1 });
    }
    case 'count-bet':
      return countBet(state, command);
    default:
      return unreachable(command);
  }
}

function countBet(
  state: Tournament,
  command: TournamentCommand & { kind: 'count-bet' },
): TournamentDecision {
  const { bet, player, race, cost, payout, refund, settlement } = command;
  const entry = state.entries.get(player);
  if (entry === undefined) return reject({ reason: 'player-not-entered', player });
  if (!state.races.includes(race)) return accept();
  const before = entry.counted.get(bet);
  if (before !== undefined && before.settlement >= settlement) return accept();
  const stake = cents(cost - refund);
  // A bet that was given back whole was never run; it counts only to undo what it counted for, or
  // what an earlier settlement that is still on its way would count it for.
  if (stake === 0 && settlement === 1) return accept();
  const raceOrder = state.raceOrder.get(race) ?? state.raceOrder.size + 1;
  const points = pointsOf(stake, payout);
  return accept({
    kind: 'bet-counted',
    bet,
    player,
    race,
    settlement,
    stake,
    payout,
    points,
    raceOrder,
  });
}

/** floor(100 × payout / stake), in whole numbers: no float decides a place. */
export function pointsOf(stake: number, payout: number): number {
  if (stake === 0) return 0;
  const points = Number((BigInt(payout) * 100n) / BigInt(stake));
  return Math.min(points, BET_POINTS_MAX);
}

function evolve(state: Tournament, event: TournamentEvent): Tournament {
  switch (event.kind) {
    case 'tournament-created':
      state.title = event.title;
      state.races = event.races;
      state.bestOf = event.bestOf;
      return state;

    case 'player-joined': {
      const { player, alias, entry } = event;
      const draw = drawOf(`${state.id}/${player}`);
      const joined = { player, alias, entry, draw, counted: new Map(), score: 0 };
      state.entries.set(player, joined);
      state.byNumber.push(joined);
      state.ranking.put({ entry, score: 0, tie1: 0, tie2: 0, draw });
      return state;
    }

    case 'bet-counted': {
      const entry = state.entries.get(event.player);
      if (entry === undefined) throw new Error(`${event.player} never joined ${state.id}`);
      const { points, settlement, raceOrder } = event;
      state.raceOrder.set(event.race, raceOrder);
      entry.counted.set(event.bet, { points, settlement, raceOrder });
      rank(state, entry);
      return state;
    }

    default:
      return unreachable(event);
  }
}

/** From the whole list each time: a correction must not leave a trace of what it replaced. */
function rank(state: Tournament, entry: Entry): void {
  const { score, ...rest } = placeOf(state, entry);
  entry.score = score;
  state.ranking.put({ score, ...rest });
}

function placeOf(state: Pick<Tournament, 'bestOf'>, { counted, entry, draw }: Entry): RankedEntry {
  const best = [...counted.values()]
    .sort((a, b) => b.points - a.points || a.raceOrder - b.raceOrder)
    .slice(0, state.bestOf);
  const score = best.reduce((sum, it) => sum + it.points, 0);
  const reached = best.reduce(
    (last, it) => (it.points > 0 ? Math.max(last, it.raceOrder) : last),
    0,
  );
  return { entry, score, tie1: reached, tie2: 0, draw };
}

type FrozenTournament = Pick<Tournament, 'title' | 'races' | 'bestOf' | 'raceOrder'> & {
  /** By number. */
  readonly entries: readonly Entry[];
};

/** Without what the entries say: who is found where, and who ranks before whom. */
function freeze({ title, races, bestOf, raceOrder, byNumber }: Tournament): FrozenTournament {
  return { title, races, bestOf, raceOrder, entries: byNumber };
}

function thaw(id: string, plain: unknown): Tournament {
  const { entries, ...rest } = plain as FrozenTournament; // as `freeze` made it
  const ranking = createRanking();
  ranking.putAll(entries.map((entry) => placeOf(rest, entry)));
  return {
    ...rest,
    id: id as TournamentId,
    entries: new Map(entries.map((it) => [it.player, it])),
    byNumber: [...entries],
    ranking,
  };
}

function answer(state: Tournament, query: TournamentQuery): TournamentAnswer {
  if (state.title === '') return { kind: 'nothing' };
  switch (query.kind) {
    case 'tournament':
      return { kind: 'tournament', tournament: tournamentSummary(state) };
    case 'page':
      return standings(state, query.fromRank, query.limit);
    case 'around': {
      const entry = state.entries.get(query.player);
      const rank = entry === undefined ? undefined : state.ranking.rankOf(entry.entry);
      if (rank === undefined) return { kind: 'nothing' };
      // The window slides up at the end, so that it is as long as it can be.
      const last = Math.max(1, state.ranking.size - query.limit + 1);
      const from = Math.min(Math.max(1, rank - Math.floor(query.limit / 2)), last);
      return standings(state, from, query.limit);
    }
    case 'position': {
      const entry = state.entries.get(query.player);
      const rank = entry === undefined ? undefined : state.ranking.rankOf(entry.entry);
      if (entry === undefined || rank === undefined) return { kind: 'nothing' };
      const above = state.ranking.at(rank - 1);
      const toNext = above === undefined ? 0 : above.score - entry.score;
      const standing = standingOf(entry, rank);
      return { kind: 'position', standing, players: state.ranking.size, toNext };
    }
    default:
      return unreachable(query);
  }
}

function standings(state: Tournament, fromRank: number, limit: number): TournamentAnswer {
  return {
    kind: 'standings',
    tournament: tournamentSummary(state),
    standings: topOf(state, fromRank, limit),
  };
}

/** `limit` standings from rank `fromRank` on. */
function topOf(state: Tournament, fromRank: number, limit: number): Standing[] {
  return state.ranking.page(fromRank, limit).flatMap(({ entry: number }, index) => {
    const entry = state.byNumber[number - 1];
    return entry === undefined ? [] : [standingOf(entry, fromRank + index)];
  });
}

function standingOf({ player, alias, entry, score, counted }: Entry, rank: number): Standing {
  return { rank, player, alias, entry, score, countedBets: counted.size };
}

function tournamentSummary(state: Tournament): TournamentSummary {
  const { id, title, races, bestOf, ranking } = state;
  return { tournament: id, title, races, bestOf, scoringRule: SCORING_RULE, players: ranking.size };
}

/** FNV-1a, 32 bits: the last tie-break but one, the same on every machine and in every replay. */
function drawOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
