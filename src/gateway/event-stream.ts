/**
 * The stream of events from outside, for tournaments: one answer for each message, as it was recorded.
 *
 *   message ─┬─ of active rounds ─> command lane ───┐
 *            └─ backlog ──────────> background lane ┴─> tournament: one record ─> outcomes
 *
 * Invariants: each event of a message has one outcome, in the message's order; what was recorded is
 * answered from the record, and sending it again counts nothing twice; of what was not recorded the
 * answer says so, and when to send it again.
 */
import { randomUUID } from 'node:crypto';
import { create, type DescMethod } from '@bufbuild/protobuf';
import { tournamentRef } from '../actors/tournament.ts';
import type { LeftEvent, OutsideEvent } from '../actors/tournament-events.ts';
import { isId, type TournamentId, tournamentId } from '../actors/units.ts';
import {
  type EventOutcome,
  EventOutcomeSchema,
  EventStatus,
  type IngestEventsRequest,
  type IngestEventsResponse,
  IngestEventsResponseSchema,
  type TournamentEvent,
} from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import type { Router } from '../runtime/router.ts';
import { ask } from './ask.ts';
import { type Dispatch, defect } from './dispatch.ts';
import { type DuplexCall, serveDuplex } from './duplex.ts';
import { type Failure, isFailure, malformed } from './failure.ts';
import { versionToken } from './position-token.ts';
import { type CallTime, leftMs } from './rpc.ts';
import { msOf, STATUS_ON_WIRE } from './tournament-messages.ts';

/** As in the contract. */
export const EVENTS_PER_MESSAGE_MAX = 500;

/** Messages of one stream that are read and not yet answered: enough to fill a commit. */
const MESSAGES_IN_FLIGHT_MAX = 8;

/** What happened within it is of a round that somebody plays now; what is older can wait. */
export const ACTIVE_MS = 60_000;

const RETRY_AFTER_MS = 250;
const RETRY_BACKLOG_AFTER_MS = 2_000;

const FIELD_MAX = 64;

export type EventCall = DuplexCall<IngestEventsRequest, IngestEventsResponse>;

/** @param fail Ends the stream with this failure after what is written. */
export function serveEvents(
  {
    dispatch,
    method,
    router,
  }: {
    readonly dispatch: Dispatch;
    readonly method: DescMethod;
    readonly router: Router;
  },
  call: EventCall,
  fail: (failure: Failure) => void,
): void {
  const ingest = createIngest(router, dispatch.clock);

  async function serve(
    message: IngestEventsRequest,
    time: CallTime,
  ): Promise<IngestEventsResponse> {
    try {
      return await ingest(message, time);
    } catch (error) {
      return refused(message, defect(dispatch, method, error).reason);
    }
  }

  const stream = {
    itemsOf: messagesOf,
    serve,
    // One a message: an answer is of what it answers.
    messageOf: ([first]: readonly IngestEventsResponse[]) =>
      first ?? create(IngestEventsResponseSchema),
    inFlightMax: MESSAGES_IN_FLIGHT_MAX,
    perMessageMax: 1,
  };
  serveDuplex(dispatch, stream, call, fail);
}

function messagesOf(message: IngestEventsRequest): readonly IngestEventsRequest[] | Failure {
  const { tournamentId: id, events } = message;
  if (!isId(id)) {
    return malformed([{ field: 'tournament_id', description: `is not an id: ${id}` }]);
  }
  if (events.length > 0 && events.length <= EVENTS_PER_MESSAGE_MAX) return [message];
  const description = `must be 1 to ${EVENTS_PER_MESSAGE_MAX}: ${events.length} given`;
  return malformed([{ field: 'events', description }]);
}

function createIngest(router: Router, clock: Dispatch['clock']) {
  return async (message: IngestEventsRequest, time: CallTime): Promise<IngestEventsResponse> => {
    const tournament = tournamentId(message.tournamentId);
    const outcomes: (EventOutcome | undefined)[] = message.events.map(malformedOutcome);
    const parts = partsOf(message.events, outcomes, time.atMs);
    const answers = await Promise.all(
      parts.map((part) => ingestPart(router, { tournament, ...part }, time, clock.now())),
    );
    let token = '';
    let version = 0;
    let retryAfterMs = 0;
    for (const [at, answer] of answers.entries()) {
      const part = parts[at];
      if (part === undefined) continue;
      for (const [index, outcome] of answer.outcomes.entries()) {
        outcomes[part.indices[index] ?? 0] = outcome;
      }
      retryAfterMs = Math.max(retryAfterMs, answer.retryAfterMs);
      if (answer.version > version) {
        version = answer.version;
        token = versionToken(tournament, version);
      }
    }
    return create(IngestEventsResponseSchema, {
      tournamentId: tournament,
      outcomes: outcomes.flatMap((it) => it ?? []),
      token,
      retryAfterMs: BigInt(retryAfterMs),
    });
  };
}

interface Part {
  readonly isBacklog: boolean;
  readonly events: readonly OutsideEvent[];
  /** Of its events in the message. */
  readonly indices: readonly number[];
}

function partsOf(
  events: readonly TournamentEvent[],
  outcomes: readonly (EventOutcome | undefined)[],
  nowMs: number,
): readonly Part[] {
  const parts = [false, true].map((isBacklog) => {
    const indices: number[] = [];
    const own: OutsideEvent[] = [];
    for (const [index, message] of events.entries()) {
      if (outcomes[index] !== undefined) continue;
      const event = eventOf(message);
      if (nowMs - event.timeMs > ACTIVE_MS !== isBacklog) continue;
      indices.push(index);
      own.push(event);
    }
    return { isBacklog, events: own, indices };
  });
  return parts.filter((part) => part.events.length > 0);
}

interface PartAnswer {
  readonly outcomes: readonly EventOutcome[];
  readonly version: number;
  readonly retryAfterMs: number;
}

async function ingestPart(
  router: Router,
  { tournament, events, isBacklog }: Part & { readonly tournament: TournamentId },
  time: CallTime,
  nowMs: number,
): Promise<PartAnswer> {
  const batch = randomUUID();
  const command = { kind: 'ingest-events', batch, events, isBacklog, atMs: time.atMs } as const;
  const query = { kind: 'ingested', batch } as const;
  const options = { id: batch, timeoutMs: leftMs(time, nowMs), context: { tournament } };
  const answer = await ask(router, tournamentRef(tournament), { command, query }, options);
  if (isFailure(answer)) {
    const isUnknown = answer.reason === 'unknown-tournament';
    const status = isUnknown ? EventStatus.REFUSED : EventStatus.UNSPECIFIED;
    const outcomes = events.map(({ id }) => outcomeOf(id, status, answer.reason, false));
    const againMs = isBacklog ? RETRY_BACKLOG_AFTER_MS : RETRY_AFTER_MS;
    return { outcomes, version: 0, retryAfterMs: isUnknown ? 0 : againMs };
  }
  if (answer.kind !== 'ingested') throw new Error(`${tournament} answers ${answer.kind}`);
  return {
    outcomes: recordedOutcomes(events, answer.left),
    version: answer.version,
    retryAfterMs: 0,
  };
}

/** By place in the batch: of an id that is in it twice each has its own outcome. */
function recordedOutcomes(
  events: readonly OutsideEvent[],
  left: readonly LeftEvent[],
): EventOutcome[] {
  const byIndex = new Map(left.map((it) => [it.index, it]));
  return events.map(({ id }, index) => {
    const it = byIndex.get(index);
    if (it === undefined) return outcomeOf(id, EventStatus.ACCEPTED, '', true);
    return outcomeOf(id, STATUS_ON_WIRE[it.status], it.why, it.why === 'in-window');
  });
}

function outcomeOf(
  eventUuid: string,
  status: EventStatus,
  reason: string,
  counted: boolean,
): EventOutcome {
  return create(EventOutcomeSchema, { eventUuid, status, reason, counted });
}

/** What no tournament could judge, because it is no event. */
function malformedOutcome(event: TournamentEvent): EventOutcome | undefined {
  const why = problemOf(event);
  const id = event.eventUuid.slice(0, FIELD_MAX);
  return why === undefined ? undefined : outcomeOf(id, EventStatus.REFUSED, why, false);
}

function problemOf(event: TournamentEvent): string | undefined {
  const { eventUuid, playerId, game, outcome, provider, eventTime, stake, win, sequence } = event;
  if (!isText(eventUuid)) return 'bad-event-uuid';
  if (!isText(playerId)) return 'bad-player-id';
  if (!isText(game)) return 'bad-game';
  if (outcome.length > FIELD_MAX) return 'bad-outcome';
  if (provider.length > FIELD_MAX) return 'bad-provider';
  if (eventTime === undefined) return 'no-event-time';
  const ms = eventTime.seconds * 1_000n;
  if (ms > SAFE || ms < -SAFE) return 'bad-event-time';
  if (sequence < 0n || sequence > SAFE) return 'bad-sequence';
  if (stake < -SAFE) return 'negative-stake';
  if (win < -SAFE) return 'negative-win';
  return stake > SAFE || win > SAFE ? 'amount-too-large' : undefined;
}

const isText = (text: string) => text !== '' && text.length <= FIELD_MAX;

/** A second less than what a number holds, for the rest of a time. */
const SAFE = BigInt(Number.MAX_SAFE_INTEGER) - 1_000n;

/** Of one that is not malformed. */
function eventOf(event: TournamentEvent): OutsideEvent {
  const { eventUuid: id, playerId: player, game, outcome, place, provider, bonus } = event;
  return {
    id,
    player,
    game,
    stake: Number(event.stake),
    win: Number(event.win),
    timeMs: msOf(event.eventTime),
    sequence: Number(event.sequence),
    revision: event.revision || 1,
    ruleSet: event.ruleSetId,
    outcome,
    place,
    provider,
    bonus,
  };
}

function refused({ tournamentId: id, events }: IngestEventsRequest, reason: string) {
  return create(IngestEventsResponseSchema, {
    tournamentId: id,
    outcomes: events.map(({ eventUuid }) =>
      outcomeOf(eventUuid, EventStatus.UNSPECIFIED, reason, false),
    ),
    retryAfterMs: BigInt(RETRY_AFTER_MS),
  });
}
