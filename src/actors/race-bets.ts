/** Bets into pools, and what other races tell a pool about its legs. */
import { accept, type Decision, reject } from '../runtime/actor.ts';
import { judgeFormulation } from './formulation.ts';
import type { LegOf, RaceCommand, RaceEvent, RaceRejection } from './race-events.ts';
import { priceOfMultiLegPool } from './race-settlement.ts';
import {
  betKey,
  isMultiLeg,
  legOutcomeOf,
  type PoolState,
  type Race,
  startersOf,
} from './race-state.ts';
import { type Refusal, refusal, type Ticket } from './ticket.ts';

type RaceDecision = Decision<RaceEvent, RaceRejection>;
type Of<Kind extends RaceCommand['kind']> = Extract<RaceCommand, { readonly kind: Kind }>;

/**
 * A refusal is recorded like a registration: a message that comes late or twice must find the
 * answer that the player already acted on.
 */
export function registerBet(state: Race, ticket: Ticket): RaceDecision {
  const { bet, player, pool, legs, stake, cost } = ticket;
  if (state.bets.has(betKey(player, bet))) return accept();
  const refused = judge(state, ticket);
  if (refused !== undefined) return accept({ kind: 'bet-refused', bet, player, refusal: refused });
  const number = (state.pools.get(pool)?.tickets.length ?? 0) + 1;
  return accept({ kind: 'bet-registered', bet, player, pool, legs, stake, cost, ticket: number });
}

function judge(state: Race, ticket: Ticket): Refusal | undefined {
  if (state.phase === 'undeclared') return refusal('unknown-race', { race: state.id });
  const pool = state.pools.get(ticket.pool);
  if (pool === undefined) return refusal('unknown-pool', { pool: ticket.pool });
  // A later leg may be run before the first is closed: nobody bets on a winner that is known.
  const over = pool.legOutcomes.findIndex((it) => it !== undefined && !it.voided);
  if (over >= 0) {
    return refusal('race-not-open', { race: pool.legs[over] ?? '', phase: 'official', leg: over });
  }
  // A leg that was called off tells nothing, whether or not it was closed before.
  const closed = [...pool.closedLegs].find((leg) => pool.legOutcomes[leg] === undefined);
  if (closed !== undefined && state.phase === 'open') {
    return refusal('race-not-open', {
      race: pool.legs[closed] ?? '',
      phase: 'closed',
      leg: closed,
    });
  }
  return judgeFormulation(
    { phase: state.phase, ruleSet: pool.ruleSet, legs: cardOf(state, pool) },
    ticket,
  );
}

/** The runners of each leg, as far as they are known here. */
function cardOf(
  state: Race,
  pool: PoolState,
): readonly (readonly { readonly number: number; readonly scratched: boolean }[] | undefined)[] {
  if (!isMultiLeg(pool)) return [[...state.runners.values()]];
  return pool.legRunners.map((runners, leg) =>
    // The own race's card also knows who was withdrawn; of other legs only the starters are known.
    leg === 0
      ? [...state.runners.values()]
      : runners?.map((number) => ({ number, scratched: false })),
  );
}

export function attachLeg(state: Race, legOf: LegOf): RaceDecision {
  if (state.legOf.some((it) => it.race === legOf.race && it.pool === legOf.pool)) return accept();
  const declared = state.phase !== 'undeclared';
  const outcome = legOutcomeOf(state);
  return accept({
    kind: 'leg-attached',
    legOf,
    runners: startersOf(state),
    declared,
    closed: declared && !['declared', 'open', 'suspended'].includes(state.phase),
    ...(outcome === undefined ? {} : { outcome }),
  });
}

export function recordLegRunners(state: Race, command: Of<'record-leg-runners'>): RaceDecision {
  const { pool: id, leg, runners } = command;
  const pool = state.pools.get(id);
  if (pool === undefined) return reject({ reason: 'unknown-pool', pool: id });
  const known = pool.legRunners[leg];
  // Withdrawals only ever shorten the list: an older message, delivered again, is not believed.
  if (known !== undefined && known.length <= runners.length) return accept();
  return accept({ kind: 'leg-runners-recorded', pool: id, leg, runners });
}

export function recordLegClosed(state: Race, command: Of<'record-leg-closed'>): RaceDecision {
  const { pool: id, leg } = command;
  const pool = state.pools.get(id);
  if (pool === undefined) return reject({ reason: 'unknown-pool', pool: id });
  return pool.closedLegs.has(leg) ? accept() : accept({ kind: 'leg-closed', pool: id, leg });
}

/** The last leg to be decided prices the pool. */
export function recordLeg(state: Race, command: Of<'record-leg'>): RaceDecision {
  const { pool: id, leg, outcome } = command;
  const pool = state.pools.get(id);
  if (pool === undefined) return reject({ reason: 'unknown-pool', pool: id });
  if (pool.legOutcomes[leg] !== undefined) return accept();
  const outcomes = pool.legOutcomes.map((known, index) => (index === leg ? outcome : known));
  const decided = outcomes.filter((it) => it !== undefined);
  return accept<RaceEvent>(
    { kind: 'leg-recorded', pool: id, leg, outcome },
    ...(decided.length === pool.legs.length ? [priceOfMultiLegPool(pool, decided)] : []),
  );
}
