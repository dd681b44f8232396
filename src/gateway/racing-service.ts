/**
 * Races, as stewards run them and viewers read them.
 *
 * Invariant: the race in an answer is as the order left it, not as it was read before or after.
 */
import { create } from '@bufbuild/protobuf';
import { raceRef } from '../actors/race.ts';
import type { RaceAnswer, RaceCommand, RaceQuery, RaceSummary } from '../actors/race-events.ts';
import { type RaceId, raceId, runnerNumber } from '../actors/units.ts';
import {
  CloseRaceResponseSchema,
  DeclareRaceResponseSchema,
  EnterResultResponseSchema,
  GetRaceResponseSchema,
  ListRacesResponseSchema,
  MakeOfficialResponseSchema,
  OpenRaceResponseSchema,
  type Race,
  type RacingService,
  ScratchRunnerResponseSchema,
  SuspendRaceResponseSchema,
  VoidRaceResponseSchema,
} from '../gen/furlong/racing/v1/racing_pb.ts';
import type { Router } from '../runtime/router.ts';
import { ask } from './ask.ts';
import { declarationOf } from './declaration.ts';
import { type Failure, failure, isFailure } from './failure.ts';
import { gatherAll } from './gather.ts';
import { pageSize, pageToken, positionIn } from './page.ts';
import { raceOf } from './race-messages.ts';
import type { UnaryHandlers } from './rpc.ts';

export function createRacing(router: Router): UnaryHandlers<typeof RacingService> {
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
    async declareRace(request, { atMs, timeoutMs }) {
      const command = declarationOf(request, atMs);
      if (isFailure(command)) return command;
      const race = await tell(request.raceId, command, timeoutMs);
      return isFailure(race) ? race : create(DeclareRaceResponseSchema, { race });
    },

    async openRace({ raceId: id, steward: by }, { atMs, timeoutMs }) {
      const race = await tell(id, { kind: 'open-race', by, atMs }, timeoutMs);
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

    async closeRace({ raceId: id, steward: by, why }, { atMs, timeoutMs }) {
      const race = await tell(id, { kind: 'close-race', by, why, atMs }, timeoutMs);
      return isFailure(race) ? race : create(CloseRaceResponseSchema, { race });
    },

    async enterResult(request, { atMs, timeoutMs }) {
      const { raceId: id, steward: by } = request;
      const order = request.order.map(({ runners }) => runners.map(runnerNumber));
      const didNotFinish = request.didNotFinish.map(runnerNumber);
      const result = { kind: 'enter-result', order, didNotFinish, by, atMs } as const;
      const race = await tell(id, result, timeoutMs);
      return isFailure(race) ? race : create(EnterResultResponseSchema, { race });
    },

    async makeOfficial({ raceId: id, steward: by }, { atMs, timeoutMs }) {
      const race = await tell(id, { kind: 'make-official', by, atMs }, timeoutMs);
      return isFailure(race) ? race : create(MakeOfficialResponseSchema, { race });
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
  };
}

const LIST = 'races';

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
