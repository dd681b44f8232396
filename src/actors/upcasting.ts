/**
 * Events of earlier versions, told in today's words. The one place that knows what an old event leaves
 * out; everybody behind it sees today's shape only.
 *
 *   bytes ─ codec.ts: what is absent is 0, '' or empty ─> evolve, follow ─ here ─> today's values
 *
 * Rule: a field may come later, and its absence means what was so before there was the field; what an
 * event says never changes. A new meaning is a new kind. Nothing here is ever removed: logs are read
 * for ever, and test/fixtures/logs has a day of every version.
 *
 * Numbers that count from 1 and came later (`run`, `settlement`, `revision`, `places`) are 1 where
 * they are absent: `|| 1` where they are read.
 */
import type { Formula } from './formula.ts';
import type { RuleSet } from './pools/rule-set.ts';
import { upcastRuleSet } from './pools/rule-set-v1.ts';
import { ONLINE, type Ticket } from './ticket.ts';

/**
 * The rule set of a `race-declared`. Sound when it was declared (race-orders.ts); stricter rules of
 * later days do not unmake it.
 */
export function ruleSetIn(json: string): RuleSet {
  return upcastRuleSet(JSON.parse(json));
}

/** What an event or a message tells of a ticket: what came later is empty in what is older. */
interface TicketTold extends Omit<Ticket, 'formula'> {
  readonly formula: Formula | '';
}

/** The ticket alone, with what an older event leaves out. */
export function ticketFrom(told: TicketTold): Ticket {
  const { bet, player, race, pool, stake, cost } = told;
  return { bet, player, race, pool, stake, cost, ...termsFrom(told) };
}

type Terms = Omit<Ticket, 'bet' | 'player' | 'race' | 'pool' | 'stake' | 'cost'>;

/** What was bet on and how; before there were formulas: all runners of a race, or all legs. */
export function termsFrom(told: Omit<TicketTold, 'bet' | 'player' | 'race' | 'pool'>): Terms {
  const { formula, legs, picks, alternates, flexi, stake, combinations, cost, channel } = told;
  return {
    formula: formula || (legs.length > 1 ? 'legs' : 'combined'),
    legs,
    picks,
    alternates,
    flexi: flexi || 100,
    combinations: combinations || cost / stake,
    channel: channel || ONLINE,
  };
}
