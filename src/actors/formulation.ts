/**
 * Whether a bet is well formed for its pool: the rules that the gateway asks early and that the
 * race has the last word on.
 *
 * Invariant: what passes has open betting, a channel that sells the bet, a formula that the rule
 * set takes, every runner declared and running, a stake that the rule set takes, as many
 * combinations as it says, and a cost of exactly stake × combinations.
 */
import { combinationsIn, selectionProblem } from './formula.ts';
import { type Bet, type RuleSet, unitOf } from './pools/rule-set.ts';
import type { RacePhase } from './race-events.ts';
import { type Refusal, refusal, type Ticket } from './ticket.ts';

export interface Formulation {
  readonly phase: RacePhase;
  readonly ruleSet: RuleSet;
  /** The pool's legs in order; a pool on one race has one. */
  readonly legs: readonly LegCard[];
}

/**
 * The runners of a leg. `undefined`: nobody declared them yet. `unseen`: the asker cannot tell and
 * leaves the leg to the race, which always can.
 */
export type LegCard = readonly RunnerOnCard[] | undefined | 'unseen';

interface RunnerOnCard {
  readonly number: number;
  readonly scratched: boolean;
}

/** The first rule that `ticket` breaks; legs in the details count from 0. */
export function judgeFormulation(card: Formulation, ticket: Ticket): Refusal | undefined {
  if (card.phase !== 'open') {
    return refusal('race-not-open', { race: ticket.race, phase: card.phase });
  }
  return (
    judgeSale(card.ruleSet, ticket) ??
    judgeSelection(card.ruleSet, ticket) ??
    judgeRunners(card, ticket) ??
    judgeStake(card.ruleSet, ticket) ??
    judgeCost(card.ruleSet, ticket)
  );
}

/** Where it is sold, and as what. */
function judgeSale(ruleSet: RuleSet, ticket: Ticket): Refusal | undefined {
  const { channel, formula, pool, flexi } = ticket;
  const { channels, formulas, stake } = ruleSet;
  if (channels !== undefined && !channels.some((it) => it.channel === channel)) {
    return refusal('channel-not-sold', { pool, channel });
  }
  if (!formulas.includes(formula)) {
    return refusal('formula-not-sold', { pool, formula, formulas: formulas.join(', ') });
  }
  if (flexi !== 100 && stake.flexi?.includes(flexi) !== true) {
    const sold = [...(stake.flexi ?? []), 100].join(', ');
    return refusal('flexi-not-sold', { pool, flexi, sold });
  }
  return undefined;
}

function judgeSelection({ bet }: RuleSet, ticket: Ticket): Refusal | undefined {
  const { pool, legs, picks } = ticket;
  if (!picksFit(bet, picks)) {
    const needed = bet.kind === 'legs' ? 0 : bet.picks.join(' or ');
    return refusal('wrong-picks', { pool, picks, needed });
  }
  const problem = selectionProblem(ticket, unitOf(bet, picks));
  if (problem === undefined) return undefined;
  switch (problem.reason) {
    case 'wrong-number-of-lists':
      return refusal('wrong-number-of-legs', { pool, legs: legs.length, needed: problem.needed });
    case 'wrong-number-of-runners': {
      const { list: leg, runners } = problem;
      return refusal('wrong-number-of-runners', { leg, runners: runners || 'none' });
    }
    case 'runner-twice': {
      const { list: leg } = problem;
      return refusal('wrong-number-of-runners', { leg, runners: legs[leg]?.join() ?? '' });
    }
    case 'base-among-others':
      return refusal('wrong-number-of-runners', { leg: 1, runners: legs[1]?.join() ?? '' });
    default:
      // No runner may stand twice in a combination, and none is left without.
      return refusal('wrong-selection', { formula: ticket.formula, problem: problem.reason });
  }
}

function picksFit(bet: Bet, picks: number): boolean {
  if (bet.kind === 'legs') return picks === 0;
  return bet.picks.includes(picks) || (picks === 0 && bet.picks.length === 1);
}

function judgeRunners(card: Formulation, ticket: Ticket): Refusal | undefined {
  const ofLegs = card.ruleSet.bet.kind === 'legs';
  const { legs, alternates } = ticket;
  for (const [leg, runners] of legs.entries()) {
    // Lists of one race are all judged by its one card.
    const refused = judgeRun(card.legs[ofLegs ? leg : 0], { pool: ticket.pool, leg, runners });
    if (refused !== undefined) return refused;
  }
  if (alternates.length > (ofLegs ? legs.length : 1)) {
    return refusal('wrong-number-of-runners', {
      leg: alternates.length - 1,
      runners: alternates.join(),
    });
  }
  for (const [leg, alternate] of alternates.entries()) {
    if (alternate === 0) continue;
    const runners = [alternate];
    const refused = judgeRun(card.legs[ofLegs ? leg : 0], { pool: ticket.pool, leg, runners });
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function judgeRun(
  card: LegCard,
  { pool, leg, runners }: { pool: string; leg: number; runners: readonly number[] },
): Refusal | undefined {
  if (card === undefined) return refusal('leg-not-declared', { pool, leg });
  if (card === 'unseen') return undefined;
  for (const runner of runners) {
    const declared = card.find(({ number }) => number === runner);
    if (declared === undefined) return refusal('unknown-runner', { leg, runner });
    if (declared.scratched) return refusal('scratched-runner', { leg, runner });
  }
  return undefined;
}

/** With a flexi a ticket is sold at that part of the stake: every bound is that part too. */
function judgeStake({ stake: rules }: RuleSet, ticket: Ticket): Refusal | undefined {
  const { stake, flexi } = ticket;
  // Hundredths of a cent, so that a part of a bound stays whole.
  const whole = stake * 100;
  const minimum = rules.minimumCents * flexi;
  if (whole < minimum) {
    return refusal('stake-below-minimum', { stake, minimum: Math.ceil(minimum / 100) });
  }
  if (stake > rules.maximumCents) {
    return refusal('stake-above-maximum', { stake, maximum: rules.maximumCents });
  }
  if (whole % (rules.unitCents * flexi) !== 0) {
    const unit = (rules.unitCents * flexi) / 100;
    return refusal('stake-not-a-multiple', { stake, unit });
  }
  return undefined;
}

function judgeCost(
  { bet, stake: rules, combinationsMax }: RuleSet,
  ticket: Ticket,
): Refusal | undefined {
  const { pool, stake, cost, picks, combinations } = ticket;
  const counted = combinationsIn(ticket, unitOf(bet, picks));
  if (counted > combinationsMax) {
    return refusal('too-many-combinations', {
      pool,
      combinations: counted,
      maximum: combinationsMax,
    });
  }
  if (combinations !== counted || cost !== stake * counted) {
    return refusal('wrong-cost', { cost, stake, combinations: counted });
  }
  const { ticketMinimumCents: minimum = 0 } = rules;
  return cost < minimum ? refusal('ticket-below-minimum', { cost, minimum }) : undefined;
}
