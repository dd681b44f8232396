/** Bets into pools and out of them, and what other races tell a pool about its legs. */
import { accept, type Decision, reject } from '../runtime/actor.ts';
import { judgeFormulation } from './formulation.ts';
import { isInPool } from './pool-pricing.ts';
import type { RaceCommand, RaceEvent, RacePhase, RaceRejection } from './race-events.ts';
import { betKey, isMultiLeg, type PoolState, type Race } from './race-state.ts';
import { type CancelRefusal, type Refusal, refusal, type Ticket } from './ticket.ts';
import { type StoredTicket, TICKETS_MAX } from './ticket-table.ts';

type RaceDecision = Decision<RaceEvent, RaceRejection>;
type Of<Kind extends RaceCommand['kind']> = Extract<RaceCommand, { readonly kind: Kind }>;

/**
 * A refusal is recorded like a registration: a message that comes late or twice must find the
 * answer that the player already acted on.
 */
export function registerBet(state: Race, { ticket, atMs }: Of<'register-bet'>): RaceDecision {
  const { race: _, ...taken } = ticket;
  const { bet, player, pool } = ticket;
  // A player's bet id stands for one ticket, so it can be in no other pool.
  const tickets = state.pools.get(pool)?.tickets;
  if (tickets?.indexOf(player, bet) !== undefined) return accept();
  if (state.refused.has(betKey(player, bet))) return accept();
  const refused = judge(state, ticket);
  if (refused !== undefined) return accept({ kind: 'bet-refused', bet, player, refusal: refused });
  const number = (tickets?.size ?? 0) + 1;
  return accept({ kind: 'bet-registered', ...taken, ticket: number, atMs });
}

/** Decided once for each bet, and a refusal recorded: whoever asks again finds the first answer. */
export function cancelBet(state: Race, command: Of<'cancel-bet'>): RaceDecision {
  const { bet, player, pool: id, by, atMs } = command;
  if (state.cancels.has(betKey(player, bet))) return accept();
  const pool = state.pools.get(id);
  if (pool === undefined) return reject({ reason: 'unknown-pool', pool: id });
  const index = pool.tickets.indexOf(player, bet);
  if (index === undefined) return reject({ reason: 'unknown-bet', bet });
  const ticket = pool.tickets.at(index);
  const refused = judgeCancel(state, pool, { ticket, atMs });
  if (refused !== undefined) {
    return accept({ kind: 'cancel-refused', bet, player, refusal: refused });
  }
  const { cost } = ticket;
  const number = index + 1;
  return accept({ kind: 'bet-cancelled', bet, player, pool: id, ticket: number, cost, by, atMs });
}

function judgeCancel(
  state: Race,
  pool: PoolState,
  { ticket, atMs }: { readonly ticket: StoredTicket; readonly atMs: number },
): CancelRefusal | undefined {
  const { channel } = ticket;
  if (!isInPool(ticket.state)) return refusal('not-cancellable', { channel, status: 'refunded' });
  const seconds = pool.ruleSet.channels?.find((it) => it.channel === channel)?.cancelSeconds;
  if (seconds === undefined) return refusal('not-cancellable', { channel, status: 'registered' });
  if (state.phase !== 'open' && state.phase !== 'suspended') {
    return refusal('race-closed', { race: state.id, phase: state.phase });
  }
  const closed = closedLegOf(pool);
  if (closed !== undefined) return refusal('race-closed', closed);
  // Of a bet without a time nobody can say that its window is open.
  return atMs > ticket.atMs + seconds * 1000
    ? refusal('cancel-window-over', { seconds })
    : undefined;
}

/** A later leg may be run or closed while the first one takes bets; then the pool is closed. */
function closedLegOf(
  pool: PoolState,
): { readonly race: string; readonly phase: RacePhase; readonly leg: number } | undefined {
  // Nobody bets on a winner that is known.
  const over = pool.legOutcomes.findIndex((it) => it !== undefined && !it.voided);
  if (over >= 0) return { race: pool.legs[over] ?? '', phase: 'official', leg: over };
  // A leg that was called off tells nothing, whether or not it was closed before.
  const closed = [...pool.closedLegs].find((leg) => pool.legOutcomes[leg] === undefined);
  if (closed === undefined) return undefined;
  return { race: pool.legs[closed] ?? '', phase: 'closed', leg: closed };
}

function judge(state: Race, ticket: Ticket): Refusal | undefined {
  if (state.phase === 'undeclared') return refusal('unknown-race', { race: state.id });
  const pool = state.pools.get(ticket.pool);
  if (pool === undefined) return refusal('unknown-pool', { pool: ticket.pool });
  const closed = closedLegOf(pool);
  // The race's own phase explains more than that of a leg which is closed as well.
  if (closed !== undefined && (state.phase === 'open' || closed.phase === 'official')) {
    return refusal('race-not-open', closed);
  }
  const { channel } = ticket;
  if (pool.removedSources.has(channel)) {
    return refusal('source-removed', { pool: pool.id, source: channel });
  }
  const maximum = TICKETS_MAX;
  if (pool.tickets.size >= maximum) return refusal('pool-full', { pool: pool.id, maximum });
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
