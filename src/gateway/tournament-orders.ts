/** What an operator orders of a tournament: each a record with who, why and, where money hangs on it, who authorised it. */
import { create } from '@bufbuild/protobuf';
import { canonicalJson } from '../actors/canonical-json.ts';
import { type RuleSetAnswer, ruleSetRef } from '../actors/rule-book.ts';
import type { ScoringBook } from '../actors/scoring/book.ts';
import type { ScoringRuleSet } from '../actors/scoring/rule-set.ts';
import type {
  HoldReason as ActorHoldReason,
  PublicChange,
  TournamentAnswer,
  TournamentCommand,
  TournamentQuery,
} from '../actors/tournament-events.ts';
import { playerId, type TournamentId, tournamentId } from '../actors/units.ts';
import {
  ChangeRulesResponseSchema,
  CloseTournamentResponseSchema,
  CorrectResultResponseSchema,
  DenyAwardResponseSchema,
  HoldAwardResponseSchema,
  HoldReason,
  MakeResultOfficialResponseSchema,
  ReleaseAwardResponseSchema,
  ReplayTournamentResponseSchema,
  RollBackTournamentResponseSchema,
  type Tournament,
  type TournamentsService,
} from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Router } from '../runtime/router.ts';
import { ask } from './ask.ts';
import { type Failure, failure, isFailure } from './failure.ts';
import { type CallTime, leftMs, type UnaryHandlers } from './rpc.ts';
import { diffOf } from './tournament-messages.ts';

type Orders = Pick<
  UnaryHandlers<typeof TournamentsService>,
  | 'changeRules'
  | 'closeTournament'
  | 'makeResultOfficial'
  | 'correctResult'
  | 'rollBackTournament'
  | 'replayTournament'
  | 'holdAward'
  | 'releaseAward'
  | 'denyAward'
>;

const HOLDS: Readonly<Record<HoldReason, ActorHoldReason>> = {
  // The contract refuses it.
  [HoldReason.UNSPECIFIED]: 'fraud-review',
  [HoldReason.KYC]: 'kyc',
  [HoldReason.AML]: 'aml',
  [HoldReason.FRAUD_REVIEW]: 'fraud-review',
};

/** Decides a command, and gives back the tournament as it is then. */
export type ChangeTournament = (
  tournament: TournamentId,
  command: TournamentCommand,
  timeoutMs: number,
) => Promise<Tournament | Failure>;

/** An answer of that kind, or that there is no such tournament. */
export type ReadTournament = <Kind extends TournamentAnswer['kind']>(
  id: string,
  kind: Kind,
  query: TournamentQuery,
  timeoutMs: number,
) => Promise<Extract<TournamentAnswer, { kind: Kind }> | Failure>;

/** The change that was just made is among the newest, whatever came in between. */
const CHANGES_READ = 10;

/** A rule set is on record before anything is scored by it: its id stands for one content. */
export function putOnRecord(
  router: Router,
  use: {
    readonly ruleSet: ScoringRuleSet;
    /** The same as canonical JSON. */
    readonly content: string;
    readonly tournament: TournamentId;
    readonly by: string;
    readonly atMs: number;
  },
  timeoutMs: number,
): Promise<RuleSetAnswer | Failure> {
  const { ruleSet, content, tournament, by, atMs } = use;
  const command = { kind: 'use-rule-set', content, race: '', tournament, by, atMs } as const;
  const what = { command, query: { kind: 'rule-set' } } as const;
  return ask(router, ruleSetRef(ruleSet), what, { timeoutMs, context: { tournament } });
}

export function createTournamentOrders({
  router,
  clock,
  scoringBook,
  read,
  change,
}: {
  readonly router: Router;
  readonly clock: Clock;
  readonly scoringBook: ScoringBook;
  readonly read: ReadTournament;
  readonly change: ChangeTournament;
}): Orders {
  /** Of the change that just was. */
  async function lastDiff(tournament: TournamentId, version: number, time: CallTime) {
    const query = { kind: 'changes', skip: 0, limit: CHANGES_READ } as const;
    const answer = await read(tournament, 'changes', query, leftMs(time, clock.now()));
    if (isFailure(answer)) return answer;
    const isIt = (it: PublicChange) => it.kind === 'rules' && it.version === version;
    return answer.changes.find(isIt)?.diff;
  }

  return {
    async changeRules({ tournamentId: id, scoringRuleSetId, operator: by, reason: why }, time) {
      const { atMs } = time;
      const ruleSet = scoringBook.find(scoringRuleSetId)?.ruleSet;
      if (ruleSet === undefined) return failure('unknown-rule-set', { ruleSet: scoringRuleSetId });
      const tournament = tournamentId(id);
      const rules = canonicalJson(ruleSet);
      const use = { ruleSet, content: rules, tournament, by, atMs };
      const used = await putOnRecord(router, use, time.timeoutMs);
      if (isFailure(used)) return used;
      const command = { kind: 'change-rules', rules, by, why, atMs } as const;
      const changed = await change(tournament, command, leftMs(time, clock.now()));
      if (isFailure(changed)) return changed;
      const diff = await lastDiff(tournament, changed.rulesVersion, time);
      if (diff !== undefined && isFailure(diff)) return diff;
      return create(ChangeRulesResponseSchema, {
        tournament: changed,
        ...(diff === undefined ? {} : { diff: diffOf(diff) }),
      });
    },

    async closeTournament({ tournamentId: id, operator: by, reason: why }, { atMs, timeoutMs }) {
      const tournament = await change(
        tournamentId(id),
        { kind: 'close-tournament', by, why, atMs },
        timeoutMs,
      );
      return isFailure(tournament)
        ? tournament
        : create(CloseTournamentResponseSchema, { tournament });
    },

    async makeResultOfficial(
      { tournamentId: id, operator: by, reason: why, authorisedBy },
      { atMs, timeoutMs },
    ) {
      const command = { kind: 'make-result-official', by, authorisedBy, why, atMs } as const;
      const tournament = await change(tournamentId(id), command, timeoutMs);
      return isFailure(tournament)
        ? tournament
        : create(MakeResultOfficialResponseSchema, { tournament });
    },

    async correctResult(
      { tournamentId: id, operator: by, reason: why, authorisedBy },
      { atMs, timeoutMs },
    ) {
      const command = { kind: 'correct-result', by, authorisedBy, why, atMs } as const;
      const tournament = await change(tournamentId(id), command, timeoutMs);
      return isFailure(tournament)
        ? tournament
        : create(CorrectResultResponseSchema, { tournament });
    },

    async rollBackTournament(
      { tournamentId: id, number, operator: by, reason: why, authorisedBy },
      { atMs, timeoutMs },
    ) {
      const deed = { by, authorisedBy, why, atMs };
      const command = { kind: 'roll-back', snapshot: Number(number), ...deed } as const;
      const tournament = await change(tournamentId(id), command, timeoutMs);
      return isFailure(tournament)
        ? tournament
        : create(RollBackTournamentResponseSchema, { tournament });
    },

    async replayTournament(
      { tournamentId: id, drop, operator: by, reason: why, authorisedBy },
      { atMs, timeoutMs },
    ) {
      const command = { kind: 'replay', drop, by, authorisedBy, why, atMs } as const;
      const tournament = await change(tournamentId(id), command, timeoutMs);
      return isFailure(tournament)
        ? tournament
        : create(ReplayTournamentResponseSchema, { tournament });
    },

    async holdAward(
      { tournamentId: id, playerId: of, hold, operator: by, reason: why },
      { atMs, timeoutMs },
    ) {
      const told = { player: playerId(of), reason: HOLDS[hold] ?? 'fraud-review', by, why, atMs };
      const tournament = await change(tournamentId(id), { kind: 'hold-award', ...told }, timeoutMs);
      return isFailure(tournament) ? tournament : create(HoldAwardResponseSchema, { tournament });
    },

    async releaseAward(
      { tournamentId: id, playerId: of, operator: by, reason: why },
      { atMs, timeoutMs },
    ) {
      const player = playerId(of);
      const tournament = await change(
        tournamentId(id),
        { kind: 'release-award', player, by, why, atMs },
        timeoutMs,
      );
      return isFailure(tournament)
        ? tournament
        : create(ReleaseAwardResponseSchema, { tournament });
    },

    async denyAward(
      { tournamentId: id, playerId: of, operator: by, reason: why, authorisedBy },
      { atMs, timeoutMs },
    ) {
      const player = playerId(of);
      const command = { kind: 'deny-award', player, by, authorisedBy, why, atMs } as const;
      const tournament = await change(tournamentId(id), command, timeoutMs);
      return isFailure(tournament) ? tournament : create(DenyAwardResponseSchema, { tournament });
    },
  };
}
