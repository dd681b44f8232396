/** Tournaments and what is in them, as the contract shows them, and a creation as the actor takes it. */
import { create } from '@bufbuild/protobuf';
import { type Timestamp, timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { RankMode as ActorRankMode } from '../actors/ranking/ranking.ts';
import { DAY_MS } from '../actors/scoring/rule-set.ts';
import type {
  BoardSnapshot as ActorSnapshot,
  Standing as ActorStanding,
  AwardState,
  BoardName,
  LedgerEntry,
  LeftEvent,
  PublicChange,
  PublicDiff,
  TournamentAnswer,
  TournamentSummary,
} from '../actors/tournament-events.ts';
import {
  type Prize as ActorPrize,
  type TournamentTerms,
  USUAL_TERMS,
} from '../actors/tournament-terms.ts';
import {
  type BoardDiff,
  BoardDiffSchema,
  type BoardSnapshot,
  BoardSnapshotSchema,
  type CreateTournamentRequest,
  EventStatus,
  type GetPositionResponse,
  GetPositionResponseSchema,
  type LateEvent,
  LateEventSchema,
  type Prize,
  PrizeSchema,
  RankMode,
  type Standing,
  StandingSchema,
  TiedPrizes,
  type Tournament,
  type TournamentAward,
  TournamentAwardSchema,
  type TournamentChange,
  TournamentChangeSchema,
  TournamentSchema,
} from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import { type Failure, malformed } from './failure.ts';
import { versionToken } from './position-token.ts';

const MODES: Readonly<Record<RankMode, ActorRankMode | undefined>> = {
  [RankMode.UNSPECIFIED]: undefined,
  [RankMode.ORDINAL]: 'ordinal',
  [RankMode.COMPETITION]: 'competition',
  [RankMode.DENSE]: 'dense',
};

export function rankModeOf(mode: RankMode): ActorRankMode | undefined {
  return MODES[mode];
}

export function boardOf({ division, day }: { division: string; day: string }): BoardName | Failure {
  if (day === '') return division === '' ? { kind: 'all' } : { kind: 'division', division };
  if (division !== '') {
    return malformed([
      { field: 'day', description: 'a board is of a division or of a day, not both' },
    ]);
  }
  const ms = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(ms)
    ? malformed([{ field: 'day', description: `is no day: ${day}` }])
    : { kind: 'day', day: Math.floor(ms / DAY_MS) };
}

function timeOf(ms: number): Timestamp | undefined {
  return ms === 0 ? undefined : timestampFromMs(ms);
}

/** 0 for none; what is less than a millisecond is cut off. */
export function msOf(time: Timestamp | undefined): number {
  return time === undefined ? 0 : Number(time.seconds) * 1_000 + Math.floor(time.nanos / 1_000_000);
}

/** As far as a time of the contract goes: the end of the year 9999. */
const TIME_MAX_MS = Date.parse('9999-12-31T23:59:59.999Z');

export function termsOf(request: CreateTournamentRequest): TournamentTerms | Failure {
  const opensAtMs = msOf(request.openTime);
  const closesAtMs = msOf(request.closeTime);
  for (const [field, ms] of Object.entries({ open_time: opensAtMs, close_time: closesAtMs })) {
    if (ms >= 0 && ms <= TIME_MAX_MS) continue;
    return malformed([{ field, description: 'must be from 1970 to 9999' }]);
  }
  if (closesAtMs !== 0 && closesAtMs <= opensAtMs) {
    return malformed([{ field: 'close_time', description: 'must be after open_time' }]);
  }
  const unknown = request.prizes.find(
    ({ division }) => division !== '' && !request.divisions.includes(division),
  );
  if (unknown !== undefined) {
    const description = `${unknown.division} is no division of the tournament`;
    return malformed([{ field: 'prizes', description }]);
  }
  const wrong = request.prizes.map(prizeProblem).find((it) => it !== undefined);
  if (wrong !== undefined) return malformed([{ field: 'prizes', description: wrong }]);
  const { lateWindowMs, claimMs, reviewMs, duplicateWindowMs, divisions, teamBest } = request;
  return {
    opensAtMs,
    closesAtMs,
    lateMs: lateWindowMs === undefined ? USUAL_TERMS.lateMs : Number(lateWindowMs),
    reviewMs: Number(reviewMs),
    duplicateWindowMs: Number(duplicateWindowMs),
    claimMs: claimMs === undefined ? USUAL_TERMS.claimMs : Number(claimMs),
    divisions,
    teamBest,
    prizes: request.prizes.map(prizeFrom),
    tiedPrizes: request.tiedPrizes === TiedPrizes.ORDER ? 'order' : 'share',
    holdFrom: Number(request.holdFromCents),
  };
}

function prizeProblem({ prize }: Prize): string | undefined {
  if (prize.case === 'places' && prize.value.toPlace < prize.value.fromPlace) {
    return `to_place ${prize.value.toPlace} is before from_place ${prize.value.fromPlace}`;
  }
  if (prize.case !== 'pool') return undefined;
  const shared = prize.value.sharesPermille.reduce((sum, it) => sum + it, 0);
  return shared > 1_000 ? `shares_permille add up to ${shared}, more than 1,000` : undefined;
}

function prizeFrom({ division, prize }: Prize): ActorPrize {
  const none = { amount: 0, from: 0, to: 0, topPermille: 0, shares: [], division };
  switch (prize.case) {
    case 'places': {
      const { fromPlace: from, toPlace: to, amountCents } = prize.value;
      return { ...none, kind: 'places', from, to, amount: Number(amountCents) };
    }
    case 'percentile': {
      const { topPermille, amountCents } = prize.value;
      return { ...none, kind: 'percentile', topPermille, amount: Number(amountCents) };
    }
    case 'pool': {
      const { sharesPermille: shares, amountCents } = prize.value;
      return { ...none, kind: 'pool', shares, amount: Number(amountCents) };
    }
    default:
      throw new Error('a prize of no kind passed the contract');
  }
}

function prizeOf({ kind, division, from, to, topPermille, shares, amount }: ActorPrize): Prize {
  const amountCents = BigInt(amount);
  if (kind === 'places') {
    const value = { fromPlace: from, toPlace: to, amountCents };
    return create(PrizeSchema, { division, prize: { case: 'places', value } });
  }
  if (kind === 'percentile') {
    return create(PrizeSchema, {
      division,
      prize: { case: 'percentile', value: { topPermille, amountCents } },
    });
  }
  const value = { sharesPermille: [...shares], amountCents };
  return create(PrizeSchema, { division, prize: { case: 'pool', value } });
}

export function tournamentOf(summary: TournamentSummary): Tournament {
  const { terms, counts } = summary;
  return create(TournamentSchema, {
    tournamentId: summary.tournament,
    title: summary.title,
    raceIds: [...summary.races],
    bestOf: summary.bestOf,
    scoringRuleId: summary.scoringRule,
    players: BigInt(summary.players),
    phase: summary.phase,
    phaseSinceTime: timeOf(summary.phaseSinceMs),
    phaseUntilTime: timeOf(summary.phaseUntilMs),
    rulesVersion: summary.rulesVersion,
    openBets: BigInt(summary.openBets),
    counts: {
      accepted: BigInt(counts.accepted),
      duplicate: BigInt(counts.duplicate),
      late: BigInt(counts.late),
      refused: BigInt(counts.refused),
    },
    seedCommitment: summary.seedCommitment,
    seed: summary.seed,
    resultVersion: BigInt(summary.resultVersion),
    snapshotHash: summary.hash,
    differs: summary.differs,
    openTime: timeOf(terms.opensAtMs),
    closeTime: timeOf(terms.closesAtMs),
    divisions: [...terms.divisions],
    teamBest: terms.teamBest,
    prizes: terms.prizes.map(prizeOf),
    lateWindowMs: BigInt(terms.lateMs),
    reviewMs: BigInt(terms.reviewMs),
    duplicateWindowMs: BigInt(terms.duplicateWindowMs),
    claimMs: BigInt(terms.claimMs),
    tiedPrizes: terms.tiedPrizes === 'order' ? TiedPrizes.ORDER : TiedPrizes.UNSPECIFIED,
    holdFromCents: BigInt(terms.holdFrom),
    token: versionToken(summary.tournament, summary.version),
  });
}

export function standingOf(standing: ActorStanding): Standing {
  return create(StandingSchema, {
    rank: BigInt(standing.rank),
    playerId: standing.player,
    alias: standing.alias,
    score: BigInt(standing.score),
    countedBets: BigInt(standing.countedBets),
    division: standing.division,
    team: standing.team,
    tie1: BigInt(standing.tie1),
    tie2: BigInt(standing.tie2),
    draw: standing.draw,
  });
}

export function positionOf(
  answer: Extract<TournamentAnswer, { kind: 'position' }>,
  { asOfMs, stale }: { readonly asOfMs: number; readonly stale: boolean },
): GetPositionResponse {
  return create(GetPositionResponseSchema, {
    tournament: tournamentOf(answer.tournament),
    standing: standingOf(answer.standing),
    players: BigInt(answer.players),
    toNext: BigInt(answer.toNext),
    toHold: BigInt(answer.toHold),
    percentilePermille: answer.percentilePermille,
    divisionRank: BigInt(answer.divisionRank),
    divisionPlayers: BigInt(answer.divisionPlayers),
    ...(answer.attemptsLeft === undefined ? {} : { attemptsLeft: BigInt(answer.attemptsLeft) }),
    asOfTime: timestampFromMs(asOfMs),
    stale,
  });
}

/** Of what was not plainly taken. */
export const STATUS_ON_WIRE: Readonly<Record<LeftEvent['status'], EventStatus>> = {
  duplicate: EventStatus.DUPLICATE,
  late: EventStatus.LATE,
  refused: EventStatus.REFUSED,
};

export function lateEventOf({ id, game, timeMs, atMs, status, why }: LedgerEntry): LateEvent {
  return create(LateEventSchema, {
    eventUuid: id,
    game,
    eventTime: timestampFromMs(timeMs),
    receiveTime: timeOf(atMs),
    status: STATUS_ON_WIRE[status],
    reason: why,
  });
}

export function snapshotOf(snapshot: ActorSnapshot): BoardSnapshot {
  const { number, why, rulesVersion, players, hash, chain, atMs, version, undone } = snapshot;
  return create(BoardSnapshotSchema, {
    number: BigInt(number),
    reason: why,
    rulesVersion,
    players: BigInt(players),
    hash,
    chain,
    time: timestampFromMs(atMs),
    version: BigInt(version),
    undone,
  });
}

export function awardOf(award: AwardState): TournamentAward {
  return create(TournamentAwardSchema, {
    awardId: award.award,
    resultVersion: BigInt(award.version),
    playerId: award.player,
    alias: award.alias,
    rank: BigInt(award.rank),
    amountCents: BigInt(award.amount),
    prize: award.prize,
    status: award.status,
    holdReason: award.hold,
    statusTime: timestampFromMs(award.atMs),
  });
}

export function changeOf({ diff, ...change }: PublicChange): TournamentChange {
  return create(TournamentChangeSchema, {
    kind: change.kind,
    version: BigInt(change.version),
    scoringRuleSetId: change.ruleSet,
    reason: change.why,
    time: timestampFromMs(change.atMs),
    ...(diff === undefined ? {} : { diff: diffOf(diff) }),
    snapshotHash: change.hash,
  });
}

export function diffOf({ players, changed, moves }: PublicDiff): BoardDiff {
  return create(BoardDiffSchema, {
    players: BigInt(players),
    changed: BigInt(changed),
    moves: moves.map(({ entry, alias, rankBefore, rankAfter, scoreBefore, scoreAfter }) => ({
      entry: BigInt(entry),
      rankBefore: BigInt(rankBefore),
      rankAfter: BigInt(rankAfter),
      scoreBefore: BigInt(scoreBefore),
      scoreAfter: BigInt(scoreAfter),
      alias,
    })),
  });
}
