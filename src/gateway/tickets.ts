/** Bets between the contract and the actors: a request becomes a ticket, a record becomes a Bet. */
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { BALANCE_MAX_CENTS } from '../actors/player.ts';
import type { BetRecord } from '../actors/player-events.ts';
import { combinationsOf, type Ticket } from '../actors/ticket.ts';
import { betId, cents, playerId, poolId, raceId, runnerNumber } from '../actors/units.ts';
import {
  type Bet,
  BetSchema,
  BetStatus,
  type PlaceBetRequest,
} from '../gen/furlong/betting/v1/betting_pb.ts';
import { unreachable } from '../runtime/actor.ts';
import { type Failure, failure } from './failure.ts';

/** @param request Valid by the contract: the constructors of units do not throw on it. */
export function ticketOf(request: PlaceBetRequest): Ticket | Failure {
  const legs = request.legs.map(({ runners }) => runners.map(runnerNumber));
  const stake = cents(Number(request.stakeCents));
  const combinations = combinationsOf(legs);
  const cost = stake * combinations;
  // No account can hold more, and below it every sum is exact.
  if (cost > BALANCE_MAX_CENTS) {
    return failure('cost-too-large', { combinations, stake, maximum: BALANCE_MAX_CENTS });
  }
  return {
    bet: betId(request.betId),
    player: playerId(request.playerId),
    race: raceId(request.raceId),
    pool: poolId(request.poolId),
    legs,
    stake,
    cost: cents(cost),
  };
}

export function betOf({ ticket, atMs, status }: BetRecord): Bet {
  const bet = create(BetSchema);
  bet.betId = ticket.bet;
  bet.playerId = ticket.player;
  bet.raceId = ticket.race;
  bet.poolId = ticket.pool;
  for (const runners of ticket.legs) {
    bet.legs.push({ $typeName: 'furlong.betting.v1.Leg', runners: [...runners] });
  }
  bet.stakeCents = BigInt(ticket.stake);
  bet.combinations = BigInt(combinationsOf(ticket.legs));
  bet.costCents = BigInt(ticket.cost);
  bet.placeTime = timestampFromMs(atMs);
  switch (status.kind) {
    case 'reserved':
      bet.status = BetStatus.RESERVED;
      return bet;
    case 'registered':
      bet.status = BetStatus.REGISTERED;
      return bet;
    case 'refused':
      bet.status = BetStatus.REFUSED;
      bet.refusalReason = status.refusal.reason;
      return bet;
    case 'settled':
      bet.status = BetStatus.SETTLED;
      bet.payoutCents = BigInt(status.payout);
      bet.refundCents = BigInt(status.refund);
      return bet;
    default:
      return unreachable(status);
  }
}
