/**
 * Combinations of a formula, counted and never written out: a ticket of 100,000 costs no more
 * to price than a ticket of one.
 *
 * Invariant: winning + touched by a non-runner + lost = all. A runner is named once in a leg.
 */
import { combinationsOf } from '../ticket.ts';
import type { RunnerNumber } from '../units.ts';
import type { LegOutcome, PricedTicket } from './price.ts';

interface CombinationCounts {
  readonly winning: number;
  /** With at least one non-runner, whatever the other legs did. */
  readonly touched: number;
}

/** Stake × combinations, cents. */
export function costOf(ticket: PricedTicket): number {
  return ticket.stake * combinationsOf(ticket.legs);
}

/** @throws RangeError where the ticket has not one list of runners for each leg. */
export function countCombinations(
  ticketLegs: PricedTicket['legs'],
  outcomes: readonly LegOutcome[],
): CombinationCounts {
  if (ticketLegs.length !== outcomes.length) {
    throw new RangeError(`ticket of ${ticketLegs.length} legs in a pool of ${outcomes.length}`);
  }
  let running = 1;
  let winning = 1;
  for (const [leg, outcome] of outcomes.entries()) {
    let runningHere = 0;
    let winningHere = 0;
    for (const runner of ticketLegs[leg] ?? []) {
      if (outcome.nonRunners.includes(runner)) continue;
      runningHere += 1;
      if (wins(runner, outcome)) winningHere += 1;
    }
    running *= runningHere;
    winning *= winningHere;
  }
  return { winning, touched: combinationsOf(ticketLegs) - running };
}

/** A void leg that did not end the pool is won by every runner of it. */
function wins(runner: RunnerNumber, outcome: LegOutcome): boolean {
  return outcome.voided || outcome.winners.includes(runner);
}
