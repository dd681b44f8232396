/** The stream of bets: each as the unary call would place it, many at once (duplex.ts). */
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
import { type Dispatch, defect } from './dispatch.ts';
import { type DuplexCall, serveDuplex } from './duplex.ts';
import { type Failure, isFailure, malformed } from './failure.ts';
import { statusOf } from './rich-error.ts';
import type { CallTime } from './rpc.ts';

/** Bets of one stream that are read and not yet written: fills a commit, and bounds memory. */
export const IN_FLIGHT_MAX = 2_000;

/** As in the contract. */
export const BETS_PER_MESSAGE_MAX = 500;

export type BetCall = DuplexCall<PlaceBetsRequest, PlaceBetsResponse>;

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
  const { validator } = dispatch;

  async function serve(request: PlaceBetRequest, time: CallTime): Promise<BetOutcome> {
    let outcome: Bet | Failure;
    try {
      outcome =
        validator.checkFast(PlaceBetRequestSchema, request) ?? (await placeBet(request, time));
    } catch (error) {
      outcome = defect(dispatch, method, error);
    }
    return outcomeOf(request.betId, outcome);
  }

  const stream = {
    itemsOf: betsOf,
    serve,
    messageOf: (outcomes: readonly BetOutcome[]) =>
      create(PlaceBetsResponseSchema, { outcomes: [...outcomes] }),
    inFlightMax: IN_FLIGHT_MAX,
    perMessageMax: BETS_PER_MESSAGE_MAX,
  };
  serveDuplex(dispatch, stream, call, fail);
}

function betsOf({ bets }: PlaceBetsRequest): readonly PlaceBetRequest[] | Failure {
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
