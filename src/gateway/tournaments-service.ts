/**
 * Tournaments: created, joined, read.
 *
 * Invariants: only a player with an account is entered, under the alias of that account; whoever
 * was told so bets in the tournament from then on.
 */
import { create } from '@bufbuild/protobuf';
import { playerRef } from '../actors/player.ts';
import type { PlayerAnswer } from '../actors/player-events.ts';
import { tournamentRef } from '../actors/tournament.ts';
import type {
  Standing as ActorStanding,
  TournamentAnswer,
  TournamentCommand,
  TournamentQuery,
  TournamentSummary,
} from '../actors/tournament-events.ts';
import {
  type PlayerId,
  playerId,
  raceId,
  type TournamentId,
  tournamentId,
} from '../actors/units.ts';
import {
  CreateTournamentResponseSchema,
  type GetStandingsRequest,
  GetStandingsResponseSchema,
  JoinTournamentResponseSchema,
  type Standing,
  StandingSchema,
  type Tournament,
  TournamentSchema,
  type TournamentsService,
} from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Router } from '../runtime/router.ts';
import { accountSummary } from './accounts-service.ts';
import { ask } from './ask.ts';
import { type Failure, failure, isFailure } from './failure.ts';
import { pageSize } from './page.ts';
import { type CallTime, leftMs, type UnaryHandlers } from './rpc.ts';

/** Standings of one answer; a page on a screen shows 20. */
const PAGE = { usual: 20, max: 100 };

export function createTournaments(
  router: Router,
  clock: Clock,
): UnaryHandlers<typeof TournamentsService> {
  function askTournament(
    tournament: TournamentId,
    what: { readonly command?: TournamentCommand; readonly query: TournamentQuery },
    timeoutMs: number,
  ): Promise<TournamentAnswer | Failure> {
    return ask(router, tournamentRef(tournament), what, { timeoutMs, context: { tournament } });
  }

  async function change(
    tournament: TournamentId,
    command: TournamentCommand,
    timeoutMs: number,
  ): Promise<Tournament | Failure> {
    const what = { command, query: { kind: 'tournament' } } as const;
    const answer = await askTournament(tournament, what, timeoutMs);
    if (isFailure(answer)) return answer;
    if (answer.kind !== 'tournament') throw new Error(`no tournament ${tournament} after all`);
    return tournamentOf(answer.tournament);
  }

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

  return {
    async createTournament(request, { atMs, timeoutMs }) {
      const { title, bestOf, operator: by } = request;
      const races = request.raceIds.map(raceId);
      const command = { kind: 'create-tournament', title, races, bestOf, by, atMs } as const;
      const tournament = await change(tournamentId(request.tournamentId), command, timeoutMs);
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
      const command = { kind: 'join-tournament', player, alias } as const;
      const tournament = await change(id, command, leftMs(time, clock.now()));
      if (isFailure(tournament)) return tournament;
      const entered = await enter(player, id, time);
      return isFailure(entered) ? entered : create(JoinTournamentResponseSchema, { tournament });
    },

    async getStandings(request, time) {
      const limit = pageSize(request.pageSize, PAGE);
      if (typeof limit === 'object') return limit;
      const tournament = tournamentId(request.tournamentId);
      const query = standingsQuery(request, limit);
      const answer = await askTournament(tournament, { query }, time.timeoutMs);
      if (isFailure(answer)) return answer;
      if (answer.kind === 'standings') {
        return create(GetStandingsResponseSchema, {
          tournament: tournamentOf(answer.tournament),
          standings: answer.standings.map(standingOf),
        });
      }
      // A tournament has nothing around a player who is not in it; tell that from no tournament.
      const left = leftMs(time, clock.now());
      const there = await askTournament(tournament, { query: { kind: 'tournament' } }, left);
      if (isFailure(there)) return there;
      return there.kind === 'tournament'
        ? failure('player-not-entered', { tournament, player: request.aroundPlayerId })
        : failure('unknown-tournament', { tournament });
    },
  };
}

function standingsQuery(request: GetStandingsRequest, limit: number): TournamentQuery {
  const { aroundPlayerId, fromRank } = request;
  return aroundPlayerId === ''
    ? { kind: 'page', fromRank: Math.max(1, fromRank), limit }
    : { kind: 'around', player: playerId(aroundPlayerId), limit };
}

function tournamentOf(summary: TournamentSummary): Tournament {
  return create(TournamentSchema, {
    tournamentId: summary.tournament,
    title: summary.title,
    raceIds: [...summary.races],
    bestOf: summary.bestOf,
    scoringRuleId: summary.scoringRule,
    players: BigInt(summary.players),
  });
}

function standingOf(standing: ActorStanding): Standing {
  return create(StandingSchema, {
    rank: BigInt(standing.rank),
    playerId: standing.player,
    alias: standing.alias,
    score: BigInt(standing.score),
    countedBets: BigInt(standing.countedBets),
  });
}
