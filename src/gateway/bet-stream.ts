/**
 * The stream of bets: many a message in, one outcome for each out, as they are decided.
 *
 *   read ─> check and place, all at once ─> decided ─> one message for all decided meanwhile
 *    ^                                         │
 *    └──────── paused while too much ──────────┘
 *
 * Invariants: every bet read gets one outcome, unless the client went away; what is held for one
 * stream is bounded by `IN_FLIGHT_MAX` and one message; nothing is written while the socket is full.
 */
import { create, type DescMethod } from '@bufbuild/protobuf';
import {
  type Bet,
  type BetOutcome,
  BetOutcomeSchema,
  type PlaceBetRequest,
  PlaceBetRequestSchema,
  type PlaceBetsRequest,
  type PlaceBetsResponse,
  PlaceBetsResponseSchema,
} from '../gen/furlong/betting/v1/betting_pb.ts';
import type { PlaceBet } from './betting-service.ts';
import { type Dispatch, defect, timeoutOf } from './dispatch.ts';
import { type Failure, failure, isFailure, malformed } from './failure.ts';
import { statusOf } from './rich-error.ts';

/** Bets of one stream that are read and not yet written: fills a commit, and bounds memory. */
export const IN_FLIGHT_MAX = 2_000;

/** As in the contract. */
export const BETS_PER_MESSAGE_MAX = 500;

/** The part of grpc-js's duplex call that is used here. */
export interface BetCall {
  getDeadline(): Date | number;
  on(event: 'data', listener: (message: PlaceBetsRequest | Failure) => void): unknown;
  on(event: 'end' | 'cancelled' | 'drain', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
  /** False: the socket is full, wait for `drain`. */
  write(message: PlaceBetsResponse): boolean;
  end(): unknown;
}

export interface BetStream {
  readonly dispatch: Dispatch;
  readonly method: DescMethod;
  readonly placeBet: PlaceBet;
}

/** @param fail Ends the stream with this failure after what is written. */
export function serveBets(
  { dispatch, method, placeBet }: BetStream,
  call: BetCall,
  fail: (failure: Failure) => void,
): void {
  const { gate, clock, validator } = dispatch;
  if (!gate.enter()) {
    fail(failure('draining'));
    return;
  }

  let decided: BetOutcome[] = [];
  let inFlight = 0;
  let full = false;
  let flushing = false;
  let life: 'reading' | 'finishing' | 'over' = 'reading';
  /** Undefined for a good end. */
  let end: Failure | undefined;

  const forgetDrain = gate.onDrain(() => finish(failure('draining')));
  call.on('data', read);
  call.on('end', () => finish(undefined));
  call.on('cancelled', leave);
  call.on('drain', () => {
    full = false;
    flush();
  });

  function read(message: PlaceBetsRequest | Failure): void {
    if (life !== 'reading') return;
    const bets = betsOf(message);
    if (isFailure(bets)) {
      finish(bets);
      return;
    }
    const atMs = clock.now();
    const timeoutMs = timeoutOf(call.getDeadline(), atMs);
    inFlight += bets.length;
    if (held() >= IN_FLIGHT_MAX) call.pause();
    for (const bet of bets) void place(bet, { atMs, timeoutMs });
  }

  async function place(request: PlaceBetRequest, time: { atMs: number; timeoutMs: number }) {
    let outcome: Bet | Failure;
    try {
      outcome =
        validator.checkFast(PlaceBetRequestSchema, request) ?? (await placeBet(request, time));
    } catch (error) {
      outcome = defect(dispatch, method, error);
    }
    inFlight--;
    if (life === 'over') return;
    decided.push(outcomeOf(request.betId, outcome));
    if (flushing) return;
    flushing = true;
    setImmediate(flush);
  }

  function flush(): void {
    flushing = false;
    if (full || life === 'over') return;
    while (decided.length > 0 && !full) {
      const outcomes = decided.slice(0, BETS_PER_MESSAGE_MAX);
      decided = decided.slice(BETS_PER_MESSAGE_MAX);
      full = !call.write(create(PlaceBetsResponseSchema, { outcomes }));
    }
    if (life === 'finishing') endWhenDone();
    else if (held() < IN_FLIGHT_MAX) call.resume();
  }

  /** Reads no more; what is under way still gets its outcome. */
  function finish(why: Failure | undefined): void {
    if (life !== 'reading') return;
    life = 'finishing';
    end = why;
    call.pause();
    endWhenDone();
  }

  function endWhenDone(): void {
    if (held() > 0) return;
    leave();
    if (end === undefined) call.end();
    else fail(end);
  }

  function leave(): void {
    if (life === 'over') return;
    life = 'over';
    decided = [];
    forgetDrain();
    gate.leave();
  }

  function held(): number {
    return inFlight + decided.length;
  }
}

function betsOf(message: PlaceBetsRequest | Failure): readonly PlaceBetRequest[] | Failure {
  if (isFailure(message)) return message;
  const { bets } = message;
  if (bets.length > 0 && bets.length <= BETS_PER_MESSAGE_MAX) return bets;
  const description = `must be 1 to ${BETS_PER_MESSAGE_MAX}: ${bets.length} given`;
  return malformed([{ field: 'bets', description }]);
}

function outcomeOf(betId: string, outcome: Bet | Failure): BetOutcome {
  return create(BetOutcomeSchema, {
    betId,
    outcome: isFailure(outcome)
      ? { case: 'error', value: statusOf(outcome) }
      : { case: 'bet', value: outcome },
  });
}
