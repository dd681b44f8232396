/**
 * Races, as stewards run them and viewers read them.
 *
 * Invariants: the race in an answer is as the order left it, not as it was read before or after; a
 * declaration that no race would take puts no rule set on record.
 */
import { create } from '@bufbuild/protobuf';
import { raceRef } from '../actors/race.ts';
import { declareRace } from '../actors/race-declaration.ts';
import type { RaceAnswer, RaceCommand, RaceQuery, RaceSummary } from '../actors/race-events.ts';
import { initialRace } from '../actors/race-state.ts';
import type { BookedRuleSet, RuleBook } from '../actors/rule-book.ts';
import { poolId, type RaceId, raceId, runnerNumber } from '../actors/units.ts';
import {
  AuthorisePoolResponseSchema,
  ChangeSurfaceResponseSchema,
  CloseInquiryResponseSchema,
  CloseRaceResponseSchema,
  CorrectResultResponseSchema,
  DeclareRaceResponseSchema,
  EnterResultResponseSchema,
  GetRaceResponseSchema,
  GetRuleSetResponseSchema,
  ListRacesResponseSchema,
  ListRuleSetsResponseSchema,
  MakeOfficialResponseSchema,
  OpenInquiryResponseSchema,
  OpenRaceResponseSchema,
  type Place,
  type Race,
  type RacingService,
  RecordRunResponseSchema,
  RemoveSourceResponseSchema,
  type RuleSet,
  RuleSetSchema,
  ScratchRunnerResponseSchema,
  SuspendRaceResponseSchema,
  VoidRaceResponseSchema,
} from '../gen/furlong/racing/v1/racing_pb.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Router } from '../runtime/router.ts';
import { ask } from './ask.ts';
import { declarationOf, useRuleSets } from './declaration.ts';
import { type Failure, failure, failureOfRejection, isFailure } from './failure.ts';
import { gatherAll } from './gather.ts';
import { pageSize, pageToken, positionIn } from './page.ts';
import { inquirySortOf, raceOf } from './race-messages.ts';
import { leftMs, type UnaryHandlers } from './rpc.ts';

export function createRacing(
  router: Router,
  clock: Clock,
  ruleBook: RuleBook,
): UnaryHandlers<typeof RacingService> {
  /** Gives the order, if any, and reads the race in the same turn. */
  async function tell(
    id: string,
    command: RaceCommand | undefined,
    timeoutMs: number,
  ): Promise<Race | Failure> {
    const race: RaceId = raceId(id);
    const query = { kind: 'race' } as const;
    const what = command === undefined ? { query } : { command, query };
    const answer = await ask(router, raceRef(race), what, { timeoutMs, context: { race } });
    if (isFailure(answer)) return answer;
    return answer.kind === 'race' ? raceOf(answer.race) : failure('unknown-race', { race });
  }

  return {
    async declareRace(request, time) {
      const { atMs, timeoutMs } = time;
      const command = declarationOf(request, { atMs, ruleBook });
      if (isFailure(command)) return command;
      const id = raceId(request.raceId);
      // What is on record is there for ever. A new race never says race-exists: the race itself does.
      const judged = declareRace(initialRace(id), command);
      if (!judged.ok) return failureOfRejection(judged.rejection, { race: id });
      const refused = await useRuleSets(router, id, command, timeoutMs);
      if (refused !== undefined) return refused;
      const race = await tell(request.raceId, command, leftMs(time, clock.now()));
      return isFailure(race) ? race : create(DeclareRaceResponseSchema, { race });
    },

    async openRace({ raceId: id, steward: by, why }, { atMs, timeoutMs }) {
      const race = await tell(id, { kind: 'open-race', by, why, atMs }, timeoutMs);
      return isFailure(race) ? race : create(OpenRaceResponseSchema, { race });
    },

    async suspendRace({ raceId: id, steward: by, why }, { atMs, timeoutMs }) {
      const race = await tell(id, { kind: 'suspend-race', by, why, atMs }, timeoutMs);
      return isFailure(race) ? race : create(SuspendRaceResponseSchema, { race });
    },

    async scratchRunner({ raceId: id, runner: number, steward: by, why }, { atMs, timeoutMs }) {
      const runner = runnerNumber(number);
      const race = await tell(id, { kind: 'scratch-runner', runner, by, why, atMs }, timeoutMs);
      return isFailure(race) ? race : create(ScratchRunnerResponseSchema, { race });
    },

    async changeSurface({ raceId: id, steward: by, why }, { atMs, timeoutMs }) {
      const race = await tell(id, { kind: 'change-surface', by, why, atMs }, timeoutMs);
      return isFailure(race) ? race : create(ChangeSurfaceResponseSchema, { race });
    },

    async closeRace({ raceId: id, steward: by, why, source }, { atMs, timeoutMs }) {
      const race = await tell(id, { kind: 'close-race', by, why, source, atMs }, timeoutMs);
      return isFailure(race) ? race : create(CloseRaceResponseSchema, { race });
    },

    async recordRun({ raceId: id, steward: by, why }, { atMs, timeoutMs }) {
      const race = await tell(id, { kind: 'record-run', by, why, atMs }, timeoutMs);
      return isFailure(race) ? race : create(RecordRunResponseSchema, { race });
    },

    async enterResult(request, { atMs, timeoutMs }) {
      const { raceId: id, steward: by, why } = request;
      const result = { kind: 'enter-result', ...resultOf(request), by, why, atMs } as const;
      const race = await tell(id, result, timeoutMs);
      return isFailure(race) ? race : create(EnterResultResponseSchema, { race });
    },

    async openInquiry(request, { atMs, timeoutMs }) {
      const { raceId: id, steward: by, why } = request;
      const sort = inquirySortOf(request.kind);
      const runners = request.runners.map(runnerNumber);
      const inquiry = { kind: 'open-inquiry', sort, why, runners, by, atMs } as const;
      const race = await tell(id, inquiry, timeoutMs);
      return isFailure(race) ? race : create(OpenInquiryResponseSchema, { race });
    },

    async closeInquiry({ raceId: id, inquiryId, ruling, steward: by }, { atMs, timeoutMs }) {
      const closing = { kind: 'close-inquiry', id: inquiryId, ruling, by, atMs } as const;
      const race = await tell(id, closing, timeoutMs);
      return isFailure(race) ? race : create(CloseInquiryResponseSchema, { race });
    },

    async makeOfficial({ raceId: id, steward: by, why }, { atMs, timeoutMs }) {
      const race = await tell(id, { kind: 'make-official', by, why, atMs }, timeoutMs);
      return isFailure(race) ? race : create(MakeOfficialResponseSchema, { race });
    },

    async correctResult(request, { atMs, timeoutMs }) {
      const { raceId: id, steward: by, authorisedBy, why } = request;
      const result = resultOf(request);
      const correction = {
        kind: 'correct-result',
        ...result,
        by,
        authorisedBy,
        why,
        atMs,
      } as const;
      const race = await tell(id, correction, timeoutMs);
      return isFailure(race) ? race : create(CorrectResultResponseSchema, { race });
    },

    async authorisePool({ raceId: id, poolId: of, steward: by, why }, { atMs, timeoutMs }) {
      const pool = poolId(of);
      const race = await tell(id, { kind: 'authorise-pool', pool, by, why, atMs }, timeoutMs);
      return isFailure(race) ? race : create(AuthorisePoolResponseSchema, { race });
    },

    async removeSource(request, { atMs, timeoutMs }) {
      const { raceId: id, source, steward: by, authorisedBy, why, evidence } = request;
      const who = { by, authorisedBy, why, evidence, atMs };
      const removal = {
        kind: 'remove-source',
        pool: poolId(request.poolId),
        source,
        ...who,
      } as const;
      const race = await tell(id, removal, timeoutMs);
      return isFailure(race) ? race : create(RemoveSourceResponseSchema, { race });
    },

    async voidRace({ raceId: id, steward: by, why }, { atMs, timeoutMs }) {
      const race = await tell(id, { kind: 'void-race', by, why, atMs }, timeoutMs);
      return isFailure(race) ? race : create(VoidRaceResponseSchema, { race });
    },

    async getRace({ raceId: id }, { timeoutMs }) {
      const race = await tell(id, undefined, timeoutMs);
      return isFailure(race) ? race : create(GetRaceResponseSchema, { race });
    },

    async listRaces(request, { timeoutMs }) {
      const size = pageSize(request.pageSize);
      if (typeof size === 'object') return size;
      const after = positionIn(LIST, request.pageToken);
      if (typeof after === 'object') return after;
      const summaries = await summariesOf(router, timeoutMs);
      if (isFailure(summaries)) return summaries;
      const rest = summaries.filter((it) => after === undefined || keyOf(it) > after);
      const page = rest.slice(0, size);
      const last = page.at(-1);
      return create(ListRacesResponseSchema, {
        races: page.map(raceOf),
        nextPageToken: last !== undefined && rest.length > size ? pageToken(LIST, keyOf(last)) : '',
      });
    },

    async getRuleSet({ ruleSetId }) {
      const booked = ruleBook.find(ruleSetId);
      if (booked === undefined) return failure('unknown-rule-set', { ruleSet: ruleSetId });
      const json = JSON.stringify(booked.ruleSet);
      return create(GetRuleSetResponseSchema, { ruleSet: ruleSetOf(booked), json });
    },

    async listRuleSets(request) {
      const size = pageSize(request.pageSize);
      if (typeof size === 'object') return size;
      const after = positionIn(RULE_SETS, request.pageToken);
      if (typeof after === 'object') return after;
      const rest = ruleBook.all.filter((it) => after === undefined || it.ruleSet.id > after);
      const page = rest.slice(0, size);
      const last = page.at(-1)?.ruleSet.id;
      return create(ListRuleSetsResponseSchema, {
        ruleSets: page.map(ruleSetOf),
        nextPageToken: last !== undefined && rest.length > size ? pageToken(RULE_SETS, last) : '',
      });
    },
  };
}

function resultOf({ order, didNotFinish }: { order: Place[]; didNotFinish: number[] }) {
  return {
    order: order.map(({ runners }) => runners.map(runnerNumber)),
    didNotFinish: didNotFinish.map(runnerNumber),
  };
}

function ruleSetOf({ ruleSet, file = '' }: BookedRuleSet): RuleSet {
  const { id: ruleSetId, title, source, from: fromDay = '', until: untilDay = '' } = ruleSet;
  return create(RuleSetSchema, { ruleSetId, title, source, fromDay, untilDay, file });
}

const LIST = 'races';
const RULE_SETS = 'rule-sets';

/** By off time, then id. */
async function summariesOf(router: Router, timeoutMs: number): Promise<RaceSummary[] | Failure> {
  const query = { kind: 'race' } as const;
  const answers = await gatherAll<RaceQuery, RaceAnswer>(router, 'race', query, timeoutMs);
  if (isFailure(answers)) return answers;
  const summaries = answers.flatMap((it) => (it.kind === 'race' ? [it.race] : []));
  return summaries.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Sorts as text the way races are listed: 15 digits hold every time up to the year 9999. */
function keyOf({ offAtMs, race }: RaceSummary): string {
  return `${String(offAtMs).padStart(15, '0')} ${race}`;
}
