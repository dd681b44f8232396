/**
 * Sends events to a tournament, many a message, and waits for every answer.
 *
 *   add ──> pending ──> message ──> stream ──> an outcome for each
 *                          ^           │
 *                          └── busy, or the stream broke: later, the same ids
 *
 * Invariants: an event is sent again until it has an outcome; while `WINDOW` events have none, whoever
 * adds more waits. Sent twice around a broken stream, an event counts once, and its outcome may say
 * that it is known.
 */
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Client } from '../client/client.ts';
import { isUnreachable, mayBeRetried, rpcFailureOf } from '../client/rpc-failure.ts';
import { ATTEMPTS_MAX, backoffMs } from '../day/retry.ts';
import { createRoom } from '../day/room.ts';
import {
  type EventOutcome,
  EventStatus,
  type IngestEventsResponse,
} from '../gen/furlong/tournaments/v1/tournaments_pb.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ContestEvent } from '../standings/document.ts';
import { EXIT, Refused } from './exit.ts';

/** As many as the contract allows in one message. */
const EVENTS_PER_MESSAGE = 500;
/** As many messages as a server reads of one stream before it answers. */
const WINDOW = 8 * EVENTS_PER_MESSAGE;
/** A stream that trickles must not wait for its message to be full. */
const FLUSH_MS = 50;

export interface EventSender {
  /** Resolves when there is room for more; rejects when the server cannot be had any more. */
  add(event: ContestEvent): Promise<void>;
  /** Resolves when every event added has its outcome. */
  settled(): Promise<void>;
  close(): void;
}

interface Message {
  readonly events: readonly ContestEvent[];
  /** How often it was sent in vain. */
  readonly attempts: number;
}

type Exchange = ReturnType<Client['tournaments']['ingestEvents']>;

export function createEventSender({
  tournaments,
  tournamentId,
  clock,
  onOutcomes,
}: {
  readonly tournaments: Client['tournaments'];
  readonly tournamentId: string;
  readonly clock: Clock;
  readonly onOutcomes: (outcomes: readonly EventOutcome[], token: string) => void;
}): EventSender {
  const outstanding = new Set<Message>();
  const room = createRoom(WINDOW);
  let pending: ContestEvent[] = [];
  let cancelFlush = () => {};
  let stream: Exchange | undefined;
  let written = Promise.resolve();
  let failures = 0;
  /** A server that was there comes back; one that never was has another address. */
  let isAnswered = false;
  let closed = false;

  function opened(): Exchange {
    if (stream !== undefined) return stream;
    stream = tournaments.ingestEvents();
    void read(stream);
    return stream;
  }

  async function read(mine: Exchange): Promise<void> {
    try {
      for await (const answer of mine.answers) {
        failures = 0;
        isAnswered = true;
        judge(answer);
      }
      broken(mine, undefined);
    } catch (error) {
      broken(mine, error);
    }
  }

  function judge({ outcomes, retryAfterMs, token }: IngestEventsResponse): void {
    const message = messageOf(outcomes);
    // Answered already: it was sent twice around a broken stream.
    if (message === undefined) return;
    outstanding.delete(message);
    const decided = outcomes.filter(({ status }) => status !== EventStatus.UNSPECIFIED);
    onOutcomes(decided, token);
    for (const _ of decided) room.leave();
    const again = message.events.filter((_, index) => {
      return outcomes[index]?.status === EventStatus.UNSPECIFIED;
    });
    if (again.length === 0) return;
    const attempts = message.attempts + 1;
    const why = outcomes.find(({ status }) => status === EventStatus.UNSPECIFIED)?.reason;
    if (attempts > ATTEMPTS_MAX) {
      room.fail(
        new Refused(
          `the server takes no events now (${why}): send them again later`,
          EXIT.tryAgain,
        ),
      );
    } else sendLater([{ events: again, attempts }], backoffMs(attempts, Number(retryAfterMs)));
  }

  /** The one that it answers: answers come as they are recorded, not as they were sent. */
  function messageOf(outcomes: readonly EventOutcome[]): Message | undefined {
    for (const message of outstanding) {
      const { events } = message;
      const isIt = events.every((it, index) => it.event_uuid === outcomes[index]?.eventUuid);
      if (isIt && events.length === outcomes.length) return message;
    }
    return undefined;
  }

  /** @param error Undefined where the server ended the stream in good order. */
  function broken(which: Exchange, error: unknown): void {
    if (which !== stream || closed) return;
    stream = undefined;
    failures++;
    const failure = rpcFailureOf(error);
    const isNobody = failure !== undefined && isUnreachable(failure) && !isAnswered;
    const isHopeless = failure === undefined ? error !== undefined : !mayBeRetried(failure);
    if (isHopeless || isNobody || failures > ATTEMPTS_MAX) {
      room.fail(error ?? new Refused('the server keeps ending the stream', EXIT.tryAgain));
      return;
    }
    const all = [...outstanding];
    outstanding.clear();
    sendLater(all, backoffMs(failures, failure?.retryAfterMs));
  }

  function sendLater(messages: readonly Message[], delayMs: number): void {
    clock.after(delayMs, () => {
      if (!closed) for (const message of messages) write(message);
    });
  }

  function write(message: Message): void {
    outstanding.add(message);
    const exchange = opened();
    const events = message.events.map(requestOf);
    if (!exchange.send({ tournamentId, events })) written = exchange.drained();
  }

  function flush(): void {
    cancelFlush();
    if (pending.length === 0 || closed) return;
    const events = pending;
    pending = [];
    write({ events, attempts: 0 });
  }

  return {
    async add(event) {
      await room.free();
      await written;
      room.enter();
      pending.push(event);
      if (pending.length === EVENTS_PER_MESSAGE) flush();
      else if (pending.length === 1) cancelFlush = clock.after(FLUSH_MS, flush);
    },
    settled() {
      flush();
      return room.empty();
    },
    close() {
      closed = true;
      cancelFlush();
      stream?.cancel();
    },
  };
}

function requestOf(event: ContestEvent) {
  const { event_uuid: eventUuid, player: playerId, game, time_ms: timeMs } = event;
  const { stake = 0, win = 0, sequence = 0, outcome = '', place = 0 } = event;
  const { provider = '', bonus = false } = event;
  return {
    eventUuid,
    playerId,
    game,
    stake: BigInt(stake),
    win: BigInt(win),
    eventTime: timestampFromMs(timeMs),
    sequence: BigInt(sequence),
    outcome,
    place,
    provider,
    bonus,
  };
}
