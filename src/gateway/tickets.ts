/**
 * Bets between the contract and the actors: a request becomes a ticket, a record becomes a Bet.
 *
 * Invariant: a ticket's combinations are those that its race will count, as far as the gateway
 * knows the pool; where it does not, only what needs no counting passes.
 */
import { create } from '@bufbuild/protobuf';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { combinationsIn, type Formula, type Selection } from '../actors/formula.ts';
import type { Formulation } from '../actors/formulation.ts';
import type { BetRecord } from '../actors/player-events.ts';
import { BALANCE_MAX_CENTS } from '../actors/player-state.ts';
import { unitOf } from '../actors/pools/rule-set.ts';
import { combinationsOf, ONLINE, type Ticket } from '../actors/ticket.ts';
import {
  betId,
  cents,
  playerId,
  poolId,
  type RunnerNumber,
  raceId,
  runnerNumber,
} from '../actors/units.ts';
import {
  type Bet,
  BetSchema,
  BetStatus,
  ClaimStatus,
  type PlaceBetRequest,
  Formula as WireFormula,
} from '../gen/furlong/betting/v1/betting_pb.ts';
import { unreachable } from '../runtime/actor.ts';
import { type Failure, failure } from './failure.ts';
import { betToken } from './position-token.ts';

const FORMULA_ON_WIRE: Readonly<Record<Formula, WireFormula>> = {
  unit: WireFormula.UNIT,
  combined: WireFormula.COMBINED,
  'all-orders': WireFormula.ALL_ORDERS,
  field: WireFormula.FIELD,
  'field-all-orders': WireFormula.FIELD_ALL_ORDERS,
  positions: WireFormula.POSITIONS,
  legs: WireFormula.LEGS,
};

const FORMULA_OF: ReadonlyMap<WireFormula, Formula> = new Map(
  // The record's keys are the formulas.
  Object.entries(FORMULA_ON_WIRE).map(([formula, wire]) => [wire, formula as Formula]),
);

export interface Counting {
  /** Undefined where the gateway does not know the pool. */
  readonly pool: Formulation | undefined;
  /** Who ran beside the bases when the bet was placed first; absent: all other starters. */
  readonly others?: readonly RunnerNumber[];
}

/** @param request Valid by the contract: the constructors of units do not throw on it. */
export function ticketOf(request: PlaceBetRequest, counting: Counting): Ticket | Failure {
  const selection = selectionOf(request, counting);
  const combinations = countOf(request, selection, counting.pool);
  if (typeof combinations !== 'number') return combinations;
  const stake = cents(Number(request.stakeCents));
  const cost = stake * combinations;
  // No account can hold more, and below it every sum is exact.
  if (cost > BALANCE_MAX_CENTS) {
    return failure('cost-too-large', { combinations, stake, maximum: BALANCE_MAX_CENTS });
  }
  const given = Number(request.combinations);
  if (given !== 0 && given !== combinations) {
    return failure('wrong-combinations', { given, counted: combinations });
  }
  return {
    bet: betId(request.betId),
    player: playerId(request.playerId),
    race: raceId(request.raceId),
    pool: poolId(request.poolId),
    ...selection,
    picks: request.picks,
    alternates: request.alternates,
    flexi: request.flexiPercent || 100,
    stake,
    combinations,
    cost: cents(cost),
    channel: request.channel || ONLINE,
  };
}

/** Bases with all other starters: who these are depends on when it is asked. */
export function isFieldOfAll({ formula, legs }: PlaceBetRequest): boolean {
  const field = formula === WireFormula.FIELD || formula === WireFormula.FIELD_ALL_ORDERS;
  return field && legs.length === 1;
}

function selectionOf(request: PlaceBetRequest, { pool, others }: Counting): Selection {
  const legs = request.legs.map(({ runners }) => runners.map(runnerNumber));
  const overRaces = pool === undefined ? legs.length > 1 : pool.ruleSet.bet.kind === 'legs';
  const formula = FORMULA_OF.get(request.formula) ?? (overRaces ? 'legs' : 'combined');
  if (!isFieldOfAll(request)) return { formula, legs };
  const [bases = []] = legs;
  return { formula, legs: [bases, others ?? startersBeside(bases, pool)] };
}

function startersBeside(bases: readonly number[], pool: Formulation | undefined): RunnerNumber[] {
  const [card] = pool?.legs ?? [];
  if (card === undefined || card === 'unseen') return [];
  return card
    .filter(({ number, scratched }) => !scratched && !bases.includes(number))
    .map(({ number }) => runnerNumber(number));
}

/**
 * What the race will count. Of a selection that its rules do not take there is no right number: the
 * product of the lists stands for it until the judge of formulations says what is wrong.
 */
function countOf(
  { formula: told, raceId: race, poolId: id, picks }: PlaceBetRequest,
  selection: Selection,
  pool: Formulation | undefined,
): number | Failure {
  const product = Math.max(1, combinationsOf(selection.legs));
  const { formula } = selection;
  if (pool === undefined) {
    const plain = told === WireFormula.UNSPECIFIED && picks === 0;
    return plain ? product : failure('formula-not-counted', { formula, race, pool: id });
  }
  return combinationsIn(selection, unitOf(pool.ruleSet.bet, picks)) || product;
}

export function betOf({ ticket, atMs, status, cancel, tournaments }: BetRecord): Bet {
  const bet = create(BetSchema);
  bet.betId = ticket.bet;
  bet.playerId = ticket.player;
  bet.raceId = ticket.race;
  bet.poolId = ticket.pool;
  for (const runners of ticket.legs) {
    bet.legs.push({ $typeName: 'furlong.betting.v1.Leg', runners: [...runners] });
  }
  bet.formula = FORMULA_ON_WIRE[ticket.formula];
  bet.picks = ticket.picks;
  bet.alternates = [...ticket.alternates];
  bet.flexiPercent = ticket.flexi;
  bet.channel = ticket.channel;
  bet.stakeCents = BigInt(ticket.stake);
  bet.combinations = BigInt(ticket.combinations);
  bet.costCents = BigInt(ticket.cost);
  bet.placeTime = timestampFromMs(atMs);
  if (cancel?.kind === 'refused') bet.cancelRefusalReason = cancel.refusal.reason;
  switch (status.kind) {
    case 'authorising':
      bet.status = BetStatus.AUTHORISING;
      return bet;
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
    case 'cancelled':
      bet.status = BetStatus.CANCELLED;
      return bet;
    case 'settled':
      bet.status = BetStatus.SETTLED;
      bet.payoutCents = BigInt(status.payout);
      bet.refundCents = BigInt(status.refund);
      bet.claimStatus = claimStatusOf(status);
      if (tournaments.length > 0) bet.standingsToken = betToken(ticket.bet, status.settlement);
      return bet;
    default:
      return unreachable(status);
  }
}

function claimStatusOf({
  payout,
  refund,
  claim,
}: BetRecord['status'] & { kind: 'settled' }): ClaimStatus {
  switch (claim.kind) {
    case 'paid':
      return ClaimStatus.UNSPECIFIED;
    case 'unclaimed':
      return payout + refund > 0 ? ClaimStatus.UNCLAIMED : ClaimStatus.UNSPECIFIED;
    case 'claimed':
      return ClaimStatus.CLAIMED;
    case 'expired':
      return ClaimStatus.EXPIRED;
    default:
      return unreachable(claim);
  }
}
