/**
 * A player: wallet, portfolio, and the orchestrator of its own bets.
 *
 *   place-bet ─ stake-reserved ──> race ──> confirm-bet ─ bet-confirmed ─> settle-bet ─ bet-settled
 *                                    └────> release-bet ─ stake-released
 *
 * Invariants: free ≥ 0, but for what a later settlement takes back; held = Σ cost of reserved bets;
 * a bet leaves `reserved` exactly once; the same bet id or request id again changes nothing, and
 * with another content is refused.
 */
import {
  type ActorKind,
  accept,
  type Decider,
  type Decision,
  type Ref,
  reject,
  unreachable,
} from '../runtime/actor.ts';
import { playerCodec } from './codec.ts';
import type {
  AccountSummary,
  BetRecord,
  BetStatus,
  PlayerAnswer,
  PlayerCommand,
  PlayerEvent,
  PlayerQuery,
  PlayerRejection,
} from './player-events.ts';
import { combinationsOf, type Ticket } from './ticket.ts';
import { type BetId, type Cents, cents, type PlayerId, type TournamentId, ZERO } from './units.ts';

/** Bets in pools that are not settled; a player with more is asked to wait until races are. */
export const OPEN_BETS_MAX = 100_000;

/** Keeps every balance far from the edge of safe integers. */
export const BALANCE_MAX_CENTS = 1_000_000_000_000_000;

export interface Player {
  readonly id: PlayerId;
  /** Undefined until the account is opened. */
  alias: string | undefined;
  free: Cents;
  held: Cents;
  deposits: Cents;
  withdrawals: Cents;
  openBets: number;
  readonly bets: Map<BetId, BetRecord>;
  readonly tournaments: TournamentId[];
  /** What each request id asked for, so that a repeat is told from a reuse. */
  readonly requests: Map<string, string>;
}

type PlayerDecision = Decision<PlayerEvent, PlayerRejection>;

const decider: Decider<
  PlayerCommand,
  PlayerEvent,
  Player,
  PlayerRejection,
  PlayerQuery,
  PlayerAnswer
> = {
  // The runtime made the address from a PlayerId.
  initial: (id) => ({
    id: id as PlayerId,
    alias: undefined,
    free: ZERO,
    held: ZERO,
    deposits: ZERO,
    withdrawals: ZERO,
    openBets: 0,
    bets: new Map(),
    tournaments: [],
    requests: new Map(),
  }),
  decide,
  evolve,
  answer,
};

export const player: ActorKind<
  PlayerCommand,
  PlayerEvent,
  Player,
  PlayerRejection,
  PlayerQuery,
  PlayerAnswer
> = {
  kind: 'player',
  decider,
  ...playerCodec,
  follow(_id, event) {
    switch (event.kind) {
      case 'stake-reserved': {
        const { bet, player: owner, race, pool, legs, stake, cost } = event;
        const ticket: Ticket = { bet, player: owner, race, pool, legs, stake, cost };
        return [{ to: `race/${race}`, command: { kind: 'register-bet', ticket } }];
      }
      case 'bet-settled': {
        const { kind: _, tournaments, ...settled } = event;
        return tournaments.map((tournament) => ({
          to: `tournament/${tournament}`,
          command: { kind: 'count-bet', ...settled },
        }));
      }
      default:
        return [];
    }
  },
};

export function playerRef(
  id: PlayerId,
): Ref<PlayerCommand, PlayerRejection, PlayerQuery, PlayerAnswer> {
  return { address: `player/${id}` };
}

function decide(state: Player, command: PlayerCommand): PlayerDecision {
  if (command.kind === 'open-account') return openAccount(state, command);
  if (state.alias === undefined) return reject({ reason: 'unknown-player', player: state.id });

  switch (command.kind) {
    case 'deposit':
      return move(state, command, (amount) =>
        state.free + state.held + amount > BALANCE_MAX_CENTS
          ? reject({ reason: 'balance-too-large', maximum: BALANCE_MAX_CENTS })
          : accept({ ...command, kind: 'deposited' }),
      );
    case 'withdraw':
      return move(state, command, (amount) =>
        amount > state.free
          ? reject({ reason: 'insufficient-funds', free: state.free, needed: amount })
          : accept({ ...command, kind: 'withdrawn' }),
      );
    case 'place-bet':
      return placeBet(state, command.ticket, command.atMs);
    case 'confirm-bet': {
      const found = state.bets.get(command.bet);
      if (found === undefined) return reject({ reason: 'unknown-bet', bet: command.bet });
      return found.status.kind === 'reserved'
        ? accept({ kind: 'bet-confirmed', bet: command.bet })
        : accept();
    }
    case 'release-bet': {
      const found = state.bets.get(command.bet);
      if (found === undefined) return reject({ reason: 'unknown-bet', bet: command.bet });
      return found.status.kind === 'reserved'
        ? accept({ kind: 'stake-released', bet: command.bet, refusal: command.refusal })
        : accept();
    }
    case 'settle-bet':
      return settleBet(state, command);
    case 'enter-tournament':
      return state.tournaments.includes(command.tournament)
        ? accept()
        : accept({ kind: 'tournament-entered', tournament: command.tournament });
    default:
      return unreachable(command);
  }
}

function openAccount(
  state: Player,
  command: PlayerCommand & { kind: 'open-account' },
): PlayerDecision {
  if (state.alias === undefined) return accept({ ...command, kind: 'account-opened' });
  return state.requests.get(command.request) === fingerprint('open-account', command.alias)
    ? accept()
    : reject({ reason: 'account-exists', player: state.id });
}

/** A deposit or withdrawal: once per request id. */
function move(
  state: Player,
  command: PlayerCommand & { kind: 'deposit' | 'withdraw' },
  decideNew: (amount: Cents) => PlayerDecision,
): PlayerDecision {
  if (command.amount <= 0) throw new Error(`cannot ${command.kind} ${command.amount} cents`);
  const seen = state.requests.get(command.request);
  if (seen === undefined) return decideNew(command.amount);
  return seen === fingerprint(command.kind, command.amount)
    ? accept()
    : reject({ reason: 'request-id-reused', request: command.request });
}

function placeBet(state: Player, ticket: Ticket, atMs: number): PlayerDecision {
  // Whoever sends a ticket has parsed it; one that lies about its money is a defect, not a bet.
  if (ticket.player !== state.id || ticket.stake <= 0) throw new Error(`not a bet of ${state.id}`);
  if (ticket.cost !== ticket.stake * combinationsOf(ticket.legs)) {
    throw new Error(`bet ${ticket.bet} costs ${ticket.cost}, which is not stake × combinations`);
  }
  const seen = state.bets.get(ticket.bet);
  if (seen !== undefined) {
    return sameTicket(seen.ticket, ticket)
      ? accept()
      : reject({ reason: 'bet-id-reused', bet: ticket.bet });
  }
  if (ticket.cost > state.free) {
    return reject({ reason: 'insufficient-funds', free: state.free, needed: ticket.cost });
  }
  if (state.openBets >= OPEN_BETS_MAX) {
    return reject({ reason: 'too-many-open-bets', maximum: OPEN_BETS_MAX });
  }
  return accept({ kind: 'stake-reserved', ...ticket, atMs, tournaments: [...state.tournaments] });
}

function settleBet(state: Player, command: PlayerCommand & { kind: 'settle-bet' }): PlayerDecision {
  const { bet, payout, refund, settlement } = command;
  const found = state.bets.get(bet);
  if (found === undefined) return reject({ reason: 'unknown-bet', bet });
  const { ticket, tournaments, status } = found;
  // Its stake went back when it was refused; no pool has anything to pay on it.
  if (status.kind === 'refused') return reject({ reason: 'unknown-bet', bet });
  if (status.kind === 'settled' && status.settlement >= settlement) return accept();
  const settled: PlayerEvent = {
    kind: 'bet-settled',
    bet,
    payout,
    refund,
    player: state.id,
    race: ticket.race,
    cost: ticket.cost,
    tournaments,
    settlement,
  };
  // A race confirms before it pays, but its messages may be repeated: never settle what is held.
  return status.kind === 'reserved'
    ? accept<PlayerEvent>({ kind: 'bet-confirmed', bet }, settled)
    : accept(settled);
}

function evolve(state: Player, event: PlayerEvent): Player {
  switch (event.kind) {
    case 'account-opened':
      state.alias = event.alias;
      state.requests.set(event.request, fingerprint('open-account', event.alias));
      return state;

    case 'deposited':
      state.free = cents(state.free + event.amount);
      state.deposits = cents(state.deposits + event.amount);
      state.requests.set(event.request, fingerprint('deposit', event.amount));
      return state;

    case 'withdrawn':
      state.free = cents(state.free - event.amount);
      state.withdrawals = cents(state.withdrawals + event.amount);
      state.requests.set(event.request, fingerprint('withdraw', event.amount));
      return state;

    case 'stake-reserved': {
      const { kind: _, atMs, tournaments, ...ticket } = event;
      state.free = cents(state.free - ticket.cost);
      state.held = cents(state.held + ticket.cost);
      state.openBets++;
      state.bets.set(ticket.bet, { ticket, atMs, tournaments, status: { kind: 'reserved' } });
      return state;
    }

    case 'bet-confirmed':
      return withStatus(state, event.bet, ({ ticket }) => {
        state.held = cents(state.held - ticket.cost);
        return { kind: 'registered' };
      });

    case 'stake-released':
      return withStatus(state, event.bet, ({ ticket }) => {
        state.held = cents(state.held - ticket.cost);
        state.free = cents(state.free + ticket.cost);
        state.openBets--;
        return { kind: 'refused', refusal: event.refusal };
      });

    case 'bet-settled':
      return withStatus(state, event.bet, ({ status }) => {
        // A later settlement replaces the earlier one: only the difference moves.
        const before = status.kind === 'settled' ? status.payout + status.refund : 0;
        state.free = cents(state.free + event.payout + event.refund - before);
        if (status.kind !== 'settled') state.openBets--;
        const { payout, refund, settlement } = event;
        return { kind: 'settled', payout, refund, settlement };
      });

    case 'tournament-entered':
      state.tournaments.push(event.tournament);
      return state;

    default:
      return unreachable(event);
  }
}

function withStatus(state: Player, bet: BetId, next: (record: BetRecord) => BetStatus): Player {
  const record = state.bets.get(bet);
  if (record === undefined) throw new Error(`player ${state.id} never reserved bet ${bet}`);
  state.bets.set(bet, { ...record, status: next(record) });
  return state;
}

function answer(state: Player, query: PlayerQuery): PlayerAnswer | undefined {
  if (state.alias === undefined) return { kind: 'nothing' };
  switch (query.kind) {
    case 'account':
      return { kind: 'account', account: summary(state, state.alias) };
    case 'bet':
    case 'decided-bet': {
      const bet = state.bets.get(query.bet);
      if (bet === undefined) return { kind: 'nothing' };
      if (query.kind === 'decided-bet' && bet.status.kind === 'reserved') return undefined;
      return { kind: 'bet', bet };
    }
    case 'bets': {
      const newestFirst = [...state.bets.values()].reverse();
      const bets = newestFirst.slice(query.skip, query.skip + query.limit);
      return { kind: 'bets', bets, more: query.skip + bets.length < newestFirst.length };
    }
    default:
      return unreachable(query);
  }
}

function summary(state: Player, alias: string): AccountSummary {
  const { id, free, held, openBets, deposits, withdrawals } = state;
  // A copy: an answer leaves at the end of the turn, and must not change until then.
  const tournaments = [...state.tournaments];
  return { player: id, alias, free, held, openBets, tournaments, deposits, withdrawals };
}

function fingerprint(kind: string, content: string | number): string {
  return `${kind} ${content}`;
}

function sameTicket(a: Ticket, b: Ticket): boolean {
  return (
    a.race === b.race &&
    a.pool === b.pool &&
    a.stake === b.stake &&
    a.legs.length === b.legs.length &&
    a.legs.every((leg, index) => leg.join() === b.legs[index]?.join())
  );
}
