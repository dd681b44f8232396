/**
 * Tournaments: created, joined, read. What an operator orders is in tournament-orders.ts, events from
 * outside in event-stream.ts.
 *
 * Invariants: only a player with an account is entered, under the alias of that account; whoever
 * was told so bets in the tournament from then on; a rule set that a tournament is scored by is on
 * record before, and stands for one content.
 */
import { randomBytes } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { canonicalJson } from '../actors/canonical-json.ts';
import { playerRef } from '../actors/player.ts';
import type { PlayerAnswer } from '../actors/player-events.ts';
import type { ScoringBook } from '../actors/scoring/book.ts';
import type { ScoringRuleSet } from '../actors/scoring/rule-set.ts';
import { returnPercent } from '../actors/scoring/rule-sets.ts';
import { tournamentRef } from '../actors/tournament.ts';
import type {
  TournamentAnswer,
  TournamentCommand,
  TournamentQuery,
} from '../actors/tournament-events.ts';
import { placesWithin } from '../actors/tournament-prizes.ts';
import {
  type PlayerId,
  playerId,
  raceId,
  type TournamentId,
  tournamentId,
} from '../actors/units.ts';
import {
  CreateTournamentResponseSchema,
  GetCutOffsResponseSchema,
  GetReportResponseSchema,
  GetScoringRuleSetResponseSchema,
  type GetStandingsRequest,
  GetStandingsResponseSchema,
  GetTournamentResponseSchema,
  JoinTournamentResponseSchema,
  ListChangesResponseSchema,
  ListLateEventsResponseSchema,
  ListScoringRuleSetsResponseSchema,
  ListSnapshotsResponseSchema,
  ListTeamsResponseSchema,
  ListTournamentAwardsResponseSchema,
  type ScoringRuleSet as ScoringRuleSetMessage,
  ScoringRuleSetSchema,
  type TournamentsService,
} from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Router } from '../runtime/router.ts';
import { accountSummary } from './accounts-service.ts';
import { ask } from './ask.ts';
import { type Failure, failure, isFailure, malformed } from './failure.ts';
import { pageSize, pageToken, positionIn, tokenAfter, type Window, windowOf } from './page.ts';
import { positionTokenOf } from './position-token.ts';
import { type CallTime, leftMs, type UnaryHandlers } from './rpc.ts';
import {
  awardOf,
  boardOf,
  changeOf,
  lateEventOf,
  positionOf,
  rankModeOf,
  snapshotOf,
  standingOf,
  termsOf,
  tournamentOf,
} from './tournament-messages.ts';
import {
  type ChangeTournament,
  createTournamentOrders,
  putOnRecord,
  type ReadTournament,
} from './tournament-orders.ts';

/** Standings of one answer; a page on a screen shows 20. */
const PAGE = { usual: 20, max: 100 };

/** A position waits so long for what its token stands for, and then says that it is stale. */
const FRESH_WITHIN_MS = 250;

const RULE_SETS = 'scoring-rule-sets';

/** What a tournament keeps lists of, by the kind of query and answer. */
type TournamentList = 'late-ledger' | 'snapshots' | 'changes' | 'awards';

interface ListRequest {
  readonly tournamentId: string;
  readonly pageSize: number;
  readonly pageToken: string;
}

export function createTournaments(
  router: Router,
  clock: Clock,
  scoringBook: ScoringBook,
): UnaryHandlers<typeof TournamentsService> {
  function askTournament(
    tournament: TournamentId,
    what: { readonly command?: TournamentCommand; readonly query: TournamentQuery },
    timeoutMs: number,
  ): Promise<TournamentAnswer | Failure> {
    return ask(router, tournamentRef(tournament), what, { timeoutMs, context: { tournament } });
  }

  /** A read: an answer of that kind, or that there is no such tournament. */
  const read: ReadTournament = async <Kind extends TournamentAnswer['kind']>(
    id: string,
    kind: Kind,
    query: TournamentQuery,
    timeoutMs: number,
  ) => {
    const answer = await askTournament(tournamentId(id), { query }, timeoutMs);
    if (isFailure(answer)) return answer;
    if (answer.kind === 'nothing') return failure('unknown-tournament', { tournament: id });
    if (answer.kind !== kind) throw new Error(`tournament ${id} answers ${answer.kind}`);
    return answer as Extract<TournamentAnswer, { kind: Kind }>; // its kind says so
  };

  /** A page of one of the tournament's lists, and the token of the next. */
  async function pageOf<Kind extends TournamentList>(
    kind: Kind,
    request: ListRequest,
    timeoutMs: number,
  ): Promise<
    (Extract<TournamentAnswer, { kind: Kind }> & { readonly nextPageToken: string }) | Failure
  > {
    const { tournamentId: id } = request;
    const list = `${kind}/${id}`;
    const window = windowOf(list, request);
    if (isFailure(window)) return window;
    const query: { readonly kind: TournamentList } & Window = { kind, ...window };
    const page = await read(id, kind, query, timeoutMs);
    return isFailure(page) ? page : { ...page, nextPageToken: tokenAfter(list, window, page.more) };
  }

  const change: ChangeTournament = async (tournament, command, timeoutMs) => {
    const what = { command, query: { kind: 'tournament' } } as const;
    const answer = await askTournament(tournament, what, timeoutMs);
    if (isFailure(answer)) return answer;
    if (answer.kind !== 'tournament') throw new Error(`no tournament ${tournament} after all`);
    return tournamentOf(answer.tournament);
  };

  /** The tournament's own message to the player is on its way; a bet may be there before it. */
  function enter(
    player: PlayerId,
    tournament: TournamentId,
    time: CallTime,
  ): Promise<PlayerAnswer | Failure> {
    const command = { kind: 'enter-tournament', tournament } as const;
    const query = { kind: 'account' } as const;
    // The join is recorded: never too late to begin, but perhaps to hear of it.
    const timeoutMs = Math.max(1, leftMs(time, clock.now()));
    const options = { timeoutMs, context: { tournament, player } };
    return ask(router, playerRef(player), { command, query }, options);
  }

  function rulesFor(bestOf: number, id: string): ScoringRuleSet | Failure {
    if ((bestOf === 0) === (id === '')) {
      const description = 'say either best_of or scoring_rule_set_id';
      return malformed([{ field: 'scoring_rule_set_id', description }]);
    }
    if (id === '') return returnPercent(bestOf);
    return scoringBook.find(id)?.ruleSet ?? failure('unknown-rule-set', { ruleSet: id });
  }

  /** Neither there nor in it: a tournament has nothing of a player who is not in it. */
  async function whyNothing(id: string, player: string, time: CallTime): Promise<Failure> {
    const left = leftMs(time, clock.now());
    const there = await read(id, 'tournament', { kind: 'tournament' }, left);
    return isFailure(there) ? there : failure('player-not-entered', { tournament: id, player });
  }

  return {
    ...createTournamentOrders({ router, clock, scoringBook, read, change }),

    async createTournament(request, time) {
      const { title, bestOf, operator: by, scoringRuleSetId } = request;
      const id = tournamentId(request.tournamentId);
      const rules = rulesFor(bestOf, scoringRuleSetId);
      if (isFailure(rules)) return rules;
      const terms = termsOf(request);
      if (isFailure(terms)) return terms;
      const { atMs } = time;
      const content = canonicalJson(rules);
      const use = { ruleSet: rules, content, tournament: id, by, atMs };
      const used = await putOnRecord(router, use, time.timeoutMs);
      if (isFailure(used)) return used;
      const races = request.raceIds.map(raceId);
      const seed = randomBytes(32).toString('hex');
      const told = { title, races, rules: content, terms, seed, by, atMs };
      const command = { kind: 'create-tournament', ...told } as const;
      const tournament = await change(id, command, leftMs(time, clock.now()));
      return isFailure(tournament)
        ? tournament
        : create(CreateTournamentResponseSchema, { tournament });
    },

    async joinTournament(request, time) {
      const player = playerId(request.playerId);
      const id = tournamentId(request.tournamentId);
      const account = await accountSummary(router, player, time.timeoutMs);
      if (isFailure(account)) return account;
      const { alias } = account;
      const { region, division, team } = request;
      const told = { player, alias, region, division, team, atMs: time.atMs };
      const command = { kind: 'join-tournament', ...told } as const;
      const tournament = await change(id, command, leftMs(time, clock.now()));
      if (isFailure(tournament)) return tournament;
      const entered = await enter(player, id, time);
      return isFailure(entered) ? entered : create(JoinTournamentResponseSchema, { tournament });
    },

    async getTournament({ tournamentId: id }, { timeoutMs }) {
      const answer = await read(id, 'tournament', { kind: 'tournament' }, timeoutMs);
      if (isFailure(answer)) return answer;
      return create(GetTournamentResponseSchema, { tournament: tournamentOf(answer.tournament) });
    },

    async getStandings(request, time) {
      const limit = pageSize(request.pageSize, PAGE);
      if (typeof limit === 'object') return limit;
      const query = standingsQuery(request, limit);
      if (isFailure(query)) return query;
      const id = tournamentId(request.tournamentId);
      const answer = await askTournament(id, { query }, time.timeoutMs);
      if (isFailure(answer)) return answer;
      if (answer.kind !== 'standings') return whyNothing(id, request.aroundPlayerId, time);
      return create(GetStandingsResponseSchema, {
        tournament: tournamentOf(answer.tournament),
        standings: answer.standings.map(standingOf),
        players: BigInt(answer.players),
        asOfTime: timestampFromMs(clock.now()),
      });
    },

    async getPosition({ tournamentId: id, playerId: of, token }, time) {
      const player = playerId(of);
      const since = positionTokenOf(token, id);
      if (since !== undefined && isFailure(since)) return since;
      const tournament = tournamentId(id);
      const fresh = { kind: 'position', player, since } as const;
      const freshMs = Math.min(time.timeoutMs, FRESH_WITHIN_MS);
      const waited = since === undefined ? time.timeoutMs : freshMs;
      let answer = await askTournament(tournament, { query: fresh }, waited);
      let stale = false;
      if (since !== undefined && isFailure(answer) && answer.reason === 'deadline') {
        stale = true;
        const query = { kind: 'position', player } as const;
        answer = await askTournament(tournament, { query }, leftMs(time, clock.now()));
      }
      if (isFailure(answer)) return answer;
      if (answer.kind !== 'position') return whyNothing(id, of, time);
      return positionOf(answer, { asOfMs: clock.now(), stale });
    },

    async getCutOffs(request, time) {
      const board = boardOf(request);
      if (isFailure(board)) return board;
      const { tournamentId: id, places, topPermilles } = request;
      const first = { kind: 'cut-offs', board, places } as const;
      const asked = await read(id, 'cut-offs', first, time.timeoutMs);
      if (isFailure(asked)) return asked;
      const percentiles = topPermilles.map((it) => placesWithin(it, asked.players));
      const second = { kind: 'cut-offs', board, places: percentiles } as const;
      const more = await read(id, 'cut-offs', second, leftMs(time, clock.now()));
      if (isFailure(more)) return more;
      const scores = new Map(more.cutOffs.map((it) => [it.place, it.score]));
      return create(GetCutOffsResponseSchema, {
        cutOffs: [
          ...asked.cutOffs.map(({ place, score }) => cutOff(place, 0, score)),
          ...topPermilles.flatMap((topPermille, index) => {
            const place = percentiles[index] ?? 0;
            const score = scores.get(place);
            return score === undefined ? [] : [cutOff(place, topPermille, score)];
          }),
        ],
        players: BigInt(asked.players),
        asOfTime: timestampFromMs(clock.now()),
      });
    },

    async listTeams({ tournamentId: id, fromRank, pageSize: asked }, { timeoutMs }) {
      const limit = pageSize(asked, PAGE);
      if (typeof limit === 'object') return limit;
      const query = { kind: 'teams', fromRank: Math.max(1, fromRank), limit } as const;
      const answer = await read(id, 'teams', query, timeoutMs);
      if (isFailure(answer)) return answer;
      return create(ListTeamsResponseSchema, {
        teams: answer.teams.map(({ rank, team, score, players, best }) => ({
          rank: BigInt(rank),
          team,
          score: BigInt(score),
          players: BigInt(players),
          best: best.map((it) => ({ alias: it.alias, score: BigInt(it.score) })),
        })),
        asOfTime: timestampFromMs(clock.now()),
      });
    },

    async listLateEvents(request, { timeoutMs }) {
      const page = await pageOf('late-ledger', request, timeoutMs);
      if (isFailure(page)) return page;
      const events = page.events.map(lateEventOf);
      return create(ListLateEventsResponseSchema, { events, nextPageToken: page.nextPageToken });
    },

    async listSnapshots(request, { timeoutMs }) {
      const page = await pageOf('snapshots', request, timeoutMs);
      if (isFailure(page)) return page;
      const snapshots = page.snapshots.map(snapshotOf);
      return create(ListSnapshotsResponseSchema, { snapshots, nextPageToken: page.nextPageToken });
    },

    async listChanges(request, { timeoutMs }) {
      const page = await pageOf('changes', request, timeoutMs);
      if (isFailure(page)) return page;
      const changes = page.changes.map(changeOf);
      return create(ListChangesResponseSchema, { changes, nextPageToken: page.nextPageToken });
    },

    async listTournamentAwards(request, { timeoutMs }) {
      const page = await pageOf('awards', request, timeoutMs);
      if (isFailure(page)) return page;
      const awards = page.awards.map(awardOf);
      return create(ListTournamentAwardsResponseSchema, {
        awards,
        nextPageToken: page.nextPageToken,
      });
    },

    async getReport({ tournamentId: id }, { timeoutMs }) {
      const answer = await read(id, 'report', { kind: 'report' }, timeoutMs);
      if (isFailure(answer)) return answer;
      const rules = answer.report.rules.map(({ version, content }) => {
        return { version, content: JSON.parse(content) as unknown };
      });
      const json = JSON.stringify({ ...answer.report, rules });
      return create(GetReportResponseSchema, { json });
    },

    async getScoringRuleSet({ scoringRuleSetId: id }) {
      const booked = scoringBook.find(id);
      if (booked === undefined) return failure('unknown-rule-set', { ruleSet: id });
      return create(GetScoringRuleSetResponseSchema, { scoringRuleSet: ruleSetOf(booked) });
    },

    async listScoringRuleSets(request) {
      const size = pageSize(request.pageSize);
      if (typeof size === 'object') return size;
      const after = positionIn(RULE_SETS, request.pageToken);
      if (typeof after === 'object') return after;
      const rest = scoringBook.all.filter((it) => after === undefined || it.ruleSet.id > after);
      const page = rest.slice(0, size);
      const last = page.at(-1)?.ruleSet.id;
      return create(ListScoringRuleSetsResponseSchema, {
        scoringRuleSets: page.map(ruleSetOf),
        nextPageToken: last !== undefined && rest.length > size ? pageToken(RULE_SETS, last) : '',
      });
    },
  };
}

function standingsQuery(request: GetStandingsRequest, limit: number): TournamentQuery | Failure {
  const { aroundPlayerId, fromRank } = request;
  const board = boardOf(request);
  if (isFailure(board)) return board;
  const ranks = rankModeOf(request.rankMode);
  return aroundPlayerId === ''
    ? { kind: 'page', board, fromRank: Math.max(1, fromRank), limit, ranks }
    : { kind: 'around', board, player: playerId(aroundPlayerId), limit, ranks };
}

function cutOff(place: number, topPermille: number, score: number) {
  return { place: BigInt(place), topPermille, score: BigInt(score) };
}

function ruleSetOf({ ruleSet, file }: ScoringBook['all'][number]): ScoringRuleSetMessage {
  return create(ScoringRuleSetSchema, {
    scoringRuleSetId: ruleSet.id,
    json: JSON.stringify(ruleSet),
    file: file ?? '',
  });
}
