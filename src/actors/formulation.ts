/**
 * Whether a bet is well formed for its pool: the rules that the gateway asks early and that the
 * race has the last word on.
 *
 * Invariant: what passes has open betting, one list of runners for each leg, every runner declared
 * and running and named once in its leg, a stake that the rule set takes, and a cost of exactly
 * stake × combinations.
 */
import type { RuleSet } from './pools/rule-set.ts';
import type { RacePhase } from './race-events.ts';
import { combinationsOf, type Refusal, refusal, type Ticket } from './ticket.ts';

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
  return judgeLegs(card, ticket) ?? judgeMoney(card.ruleSet, ticket);
}

function judgeLegs(card: Formulation, ticket: Ticket): Refusal | undefined {
  const { pool, legs } = ticket;
  if (legs.length !== card.legs.length) {
    return refusal('wrong-number-of-legs', { pool, legs: legs.length, needed: card.legs.length });
  }
  for (const [leg, runners] of legs.entries()) {
    const refused = judgeLeg(card.legs[leg], { pool, leg, runners });
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function judgeLeg(
  card: LegCard,
  { pool, leg, runners }: { pool: string; leg: number; runners: readonly number[] },
): Refusal | undefined {
  if (card === undefined) return refusal('leg-not-declared', { pool, leg });
  if (runners.length === 0) return refusal('wrong-number-of-runners', { leg, runners: 'none' });
  for (const [index, runner] of runners.entries()) {
    if (runners.indexOf(runner) !== index) {
      return refusal('wrong-number-of-runners', { leg, runners: runners.join() });
    }
    if (card === 'unseen') continue;
    const declared = card.find(({ number }) => number === runner);
    if (declared === undefined) return refusal('unknown-runner', { leg, runner });
    if (declared.scratched) return refusal('scratched-runner', { leg, runner });
  }
  return undefined;
}

function judgeMoney(
  { stake: rules, combinationsMax }: RuleSet,
  ticket: Ticket,
): Refusal | undefined {
  const { pool, stake, cost } = ticket;
  if (stake < rules.minimumCents) {
    return refusal('stake-below-minimum', { stake, minimum: rules.minimumCents });
  }
  if (stake > rules.maximumCents) {
    return refusal('stake-above-maximum', { stake, maximum: rules.maximumCents });
  }
  if (stake % rules.unitCents !== 0) {
    return refusal('stake-not-a-multiple', { stake, unit: rules.unitCents });
  }
  const combinations = combinationsOf(ticket.legs);
  if (combinations > combinationsMax) {
    return refusal('too-many-combinations', { pool, combinations, maximum: combinationsMax });
  }
  if (cost !== stake * combinations) {
    return refusal('wrong-cost', { cost, stake, combinations });
  }
  return undefined;
}
