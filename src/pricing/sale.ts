/** A price document as pricing wants it: tickets, a result and money. Nothing is judged here. */
import type { Selection } from '../actors/formula.ts';
import type { LegOutcome, PoolResult, PricedTicket } from '../actors/pools/price.ts';
import type { PoolSale } from '../actors/pools/price-pool.ts';
import type { Bet, RuleSet } from '../actors/pools/rule-set.ts';
import { type RunnerNumber, runnerNumber } from '../actors/units.ts';
import {
  type LegData,
  type PriceDocument,
  RUNNERS_MAX,
  type StakeData,
  type TicketData,
} from './document.ts';

/** Who sold what names no source. */
const SOURCE = 'pool';
/** Of a rule set that is the same on every day. */
const ANY_DAY = '2000-01-01';

export interface DocumentSale extends PoolSale {
  readonly tickets: readonly PricedTicket[];
  /** Index of the first ticket that the document has as a ticket: stakes come before. */
  readonly firstTicket: number;
}

/** @param document Judged. */
export function saleOf(document: PriceDocument, { bet }: RuleSet): DocumentSale {
  const { stakes = [], tickets = [], otherStakes = [], broughtIn = {} } = document;
  return {
    tickets: [
      ...stakes.map((it) => stakeTicket(it, bet)),
      ...tickets.map((it) => pricedTicket(it, bet)),
    ],
    firstTicket: stakes.length,
    lump: otherStakes.map(({ source = SOURCE, cents, refundedCents = 0 }) => ({
      source,
      gross: cents,
      refunds: refundedCents,
    })),
    result: resultOf(document, bet),
    money: {
      guarantee: broughtIn.guaranteeCents ?? 0,
      carriedNet: broughtIn.carriedNetCents ?? 0,
      carriedGross: broughtIn.carriedGrossCents ?? 0,
      mandatory: broughtIn.mandatory ?? false,
      roundings: broughtIn.roundingsCents ?? 0,
    },
    day: document.day ?? ANY_DAY,
  };
}

/** `4-11-8` or `4/4/1/2/1` */
export function runnersOf(combination: string): readonly RunnerNumber[] {
  return numbers(combination.split(/[/-]/).map(Number));
}

export function selectionOf({ formula, legs }: TicketData): Selection {
  return { formula, legs: legs.map(numbers) };
}

/** As engines say it: 0 for the bet's only number of picks. */
export function picksOf({ picks, formula, legs }: TicketData, bet: Bet): number {
  if (bet.kind === 'legs' || bet.picks.length === 1) return 0;
  return picks ?? (formula === 'unit' ? (legs[0]?.length ?? 0) : 0);
}

/** Without a number as many as there can be: then only who arrived decides. */
export function startersOf({ runners = RUNNERS_MAX, nonRunners = [] }: PriceDocument): number {
  if (typeof runners === 'number') return runners;
  return runners.filter((it) => !nonRunners.includes(it)).length;
}

function stakeTicket({ combination, cents, source = SOURCE }: StakeData, bet: Bet): PricedTicket {
  const runners = runnersOf(combination);
  const plain = { alternates: [], stake: cents, source };
  if (bet.kind === 'legs') {
    return { ...plain, formula: 'legs', picks: 0, legs: runners.map((runner) => [runner]) };
  }
  const picks = bet.picks.length === 1 ? 0 : runners.length;
  return { ...plain, formula: 'unit', picks, legs: [runners] };
}

function pricedTicket(ticket: TicketData, bet: Bet): PricedTicket {
  const { stakeCents, alternates = [], source = SOURCE } = ticket;
  const { formula, legs } = selectionOf(ticket);
  return { formula, legs, picks: picksOf(ticket, bet), alternates, stake: stakeCents, source };
}

function resultOf(document: PriceDocument, bet: Bet): PoolResult {
  const { result, nonRunners = [], entries = [] } = document;
  if (bet.kind === 'legs') return { kind: 'legs', legs: (result.legs ?? []).map(legOutcome) };
  return {
    kind: 'race',
    result: {
      order: (result.order ?? []).map(numbers),
      nonRunners: numbers(nonRunners),
      starters: startersOf(document),
      entries: entries.map(numbers),
    },
  };
}

function legOutcome(leg: LegData): LegOutcome {
  const { order, winners = order?.[0] ?? [], nonRunners = [], substitutes = [] } = leg;
  const starters = leg.starters ?? (leg.runners && leg.runners.length - nonRunners.length);
  return {
    winners: numbers(winners),
    nonRunners: numbers(nonRunners),
    voided: leg.void ?? false,
    substitutes: numbers(substitutes),
    surfaceChanged: leg.surfaceChanged ?? false,
    ...(order && { order: order.map(numbers) }),
    ...(starters !== undefined && { starters }),
  };
}

function numbers(runners: readonly number[]): RunnerNumber[] {
  return runners.map(runnerNumber);
}
