/**
 * A player: account, portfolio, and the orchestrator of its own bets. Of one whose money is kept in
 * a wallet outside, player-wallet.ts has what comes before, after and beside. What tournaments give is
 * in awards.ts.
 *
 *   place-bet ─ stake-reserved ──> race ──> confirm-bet ─ bet-confirmed ─> settle-bet ─ bet-settled
 *                                    └────> release-bet ─ stake-released
 *
 * Invariants: free ≥ 0, but for what a later settlement takes back; held = Σ cost of reserved bets;
 * unclaimed = Σ what settled bets pay that nobody has claimed; a bet leaves `reserved` exactly once;
 * the same bet id or request id again changes nothing, and with another content is refused.
 */
import {
  type ActorKind,
  accept,
  type Call,
  type CallOutcome,
  type Decision,
  type Outgoing,
  plainSnapshot,
  type Ref,
  reject,
  type Timer,
  unreachable,
  type Wait,
} from '../runtime/actor.ts';
import {
  awardsWaitingCents,
  awardTimers,
  claimAward,
  expireAwards,
  followAward,
  grantAward,
  withdrawAward,
} from './awards.ts';
import { claimBet, claimsDue, claimTimers, expireClaims } from './claims.ts';
import { playerCodec } from './codec.ts';
import {
  cancelBet,
  confirmBet,
  confirmCancel,
  placeBet,
  refuseCancel,
  releaseBet,
} from './player-bets.ts';
import type {
  AccountSummary,
  CancelAsked,
  PlayerAnswer,
  PlayerCommand,
  PlayerEvent,
  PlayerQuery,
  PlayerRejection,
} from './player-events.ts';
import { evolvePlayer } from './player-evolve.ts';
import { settleBet, settlePool } from './player-settlement.ts';
import {
  BALANCE_MAX_CENTS,
  fingerprint,
  initialPlayer,
  PLAYER_WORDS,
  type Player,
} from './player-state.ts';
import { countBet, tellTournaments } from './player-tournaments.ts';
import { callsOf, settleCall, walletAnswered, withCredit } from './player-wallet.ts';
import { type BetId, type Cents, cents, type PlayerId, sumOf } from './units.ts';
import { ticketFrom } from './upcasting.ts';
import type { WalletAnswer, WalletRequest } from './wallet.ts';

type PlayerDecision = Decision<PlayerEvent, PlayerRejection>;

export const player: ActorKind<
  PlayerCommand,
  PlayerEvent,
  Player,
  PlayerRejection,
  PlayerQuery,
  PlayerAnswer
> = {
  kind: 'player',
  decider: { initial: initialPlayer, decide, evolve: evolvePlayer, answer },
  // A payment is owed either way; a bet is waited for.
  lane: ({ kind }) => (OWED.has(kind) ? 'background' : 'command'),
  ...playerCodec,
  follow,
  snapshot: plainSnapshot(3, PLAYER_WORDS),
  // Whoever has stakes held hears from races any moment.
  idle: ({ held }) => held === 0,
  calls: (_, state) => callsOf(state),
  callAnswered,
  waits,
  timers: (_, state) => timersOf(state),
};

/** What races and tournaments send when many are paid at once. */
const OWED: ReadonlySet<PlayerCommand['kind']> = new Set([
  'settle-bet',
  'settle-pool',
  'grant-award',
  'withdraw-award',
]);

export function playerRef(
  id: PlayerId,
): Ref<PlayerCommand, PlayerRejection, PlayerQuery, PlayerAnswer> {
  return { address: `player/${id}` };
}

function decide(state: Player, command: PlayerCommand): PlayerDecision {
  if (command.kind === 'open-account') return openAccount(state, command);
  if (state.alias === undefined) return reject({ reason: 'unknown-player', player: state.id });
  return withCredit(state, command, decideOpened(state, command));
}

function decideOpened(
  state: Player,
  command: Exclude<PlayerCommand, { readonly kind: 'open-account' }>,
): PlayerDecision {
  switch (command.kind) {
    case 'deposit':
      return move(state, command, (amount) =>
        state.wallet !== undefined && amount > owedBy(state)
          ? reject({ reason: 'money-in-wallet', owed: owedBy(state) })
          : state.free + state.held + state.unclaimed + amount > BALANCE_MAX_CENTS
            ? reject({ reason: 'balance-too-large', maximum: BALANCE_MAX_CENTS })
            : accept({ ...command, kind: 'deposited' }),
      );
    case 'withdraw':
      return move(state, command, (amount) =>
        state.wallet !== undefined
          ? reject({ reason: 'money-in-wallet', owed: owedBy(state) })
          : amount > state.free
            ? reject({ reason: 'insufficient-funds', free: state.free, needed: amount })
            : accept({ ...command, kind: 'withdrawn' }),
      );
    case 'place-bet':
      return placeBet(state, command.ticket, command.atMs);
    case 'confirm-bet':
      return confirmBet(state, command);
    case 'release-bet':
      return releaseBet(state, command);
    case 'cancel-bet':
      return cancelBet(state, command);
    case 'confirm-cancel':
      return confirmCancel(state, command);
    case 'refuse-cancel':
      return refuseCancel(state, command);
    case 'settle-bet':
      return settleBet(state, command);
    case 'settle-pool':
      return settlePool(state, command);
    case 'claim-bet':
      return claimBet(state, command);
    case 'expire-claims':
      return expireClaims(state, command);
    case 'enter-tournament':
      return state.tournaments.includes(command.tournament)
        ? accept()
        : accept({ kind: 'tournament-entered', tournament: command.tournament });
    case 'grant-award':
      return grantAward(state, command);
    case 'withdraw-award':
      return withdrawAward(state, command);
    case 'claim-award':
      return claimAward(state, command);
    case 'expire-awards':
      return expireAwards(state, command);
    case 'wallet-answered':
      return walletAnswered(state, command);
    case 'settle-call':
      return settleCall(state, command);
    default:
      return unreachable(command);
  }
}

function openAccount(
  state: Player,
  command: PlayerCommand & { kind: 'open-account' },
): PlayerDecision {
  const { request, alias, atMs } = command;
  const wanted = command.inWallet === true;
  if (state.alias === undefined) {
    return accept<PlayerEvent>(
      { kind: 'account-opened', request, alias, atMs },
      ...(wanted ? [{ kind: 'wallet-attached' as const, atMs }] : []),
    );
  }
  const same = state.requests.get(request) === fingerprint('open-account', alias);
  return same && wanted === (state.wallet !== undefined)
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

/** What an event of player `id` makes due elsewhere: see each line for who hears of it. */
function follow(id: string, event: PlayerEvent): readonly Outgoing[] {
  switch (event.kind) {
    case 'stake-reserved': {
      const { race, atMs } = event;
      const command = { kind: 'register-bet', ticket: ticketFrom(event), atMs };
      return [{ to: `race/${race}`, command }];
    }
    case 'bet-confirmed':
      return [
        ...(event.cancel === undefined ? [] : [askRace(id, event.bet, event.cancel)]),
        ...tellTournaments('enter-bet', event),
      ];
    case 'bet-cancelled':
      return tellTournaments('drop-bet', event);
    case 'cancel-requested':
      return event.waiting ? [] : [askRace(id, event.bet, event.cancel)];
    case 'bet-settled':
      return countBet(event);
    case 'pool-bets-settled':
      return event.counted.flatMap(countBet);
    case 'claim-expired': {
      const { player: owner, bet, amount, settlement } = event;
      const command = { kind: 'post-unclaimed', player: owner, bet, amount, settlement };
      return [{ to: 'operator/house', command }];
    }
    case 'award-claimed':
    case 'award-expired':
    case 'award-withdrawn':
      return followAward(id, event);
    default:
      return [];
  }
}

/** What was asked is in the call itself, as `callsOf` made it; so is what the wallet may say. */
function callAnswered({ request, key }: Call, outcome: CallOutcome, atMs: number): PlayerCommand {
  const asked = request as WalletRequest;
  if (outcome.kind === 'expired') return { kind: 'wallet-answered', asked, outcome, atMs };
  const answer = outcome.answer as WalletAnswer; // whoever makes calls to a wallet reads its words
  if ((asked.kind === 'authorise') === (answer.kind === 'done')) {
    throw new Error(`the wallet answers ${JSON.stringify(answer.kind)} to ${key}`);
  }
  return { kind: 'wallet-answered', asked, outcome: answer, atMs };
}

function timersOf(state: Player): readonly Timer[] {
  const claims = claimTimers(state);
  const awards = awardTimers(state);
  return awards.length === 0 ? claims : [...claims, ...awards];
}

/** Bets that their race has not answered. */
function* waits(_: string, { held, bets }: Player): Iterable<Wait> {
  if (held === 0) return;
  for (const { ticket, status, atMs } of bets.values()) {
    if (status.kind !== 'reserved') continue;
    const why = `reserved, and race ${ticket.race} has not answered`;
    yield { kind: 'bet', name: ticket.bet, sinceMs: atMs, why };
  }
}

function askRace(owner: string, bet: BetId, { race, pool, by, atMs }: CancelAsked): Outgoing {
  const command = { kind: 'cancel-bet', bet, player: owner, pool, by, atMs };
  return { to: `race/${race}`, command };
}

function answer(state: Player, query: PlayerQuery): PlayerAnswer | undefined {
  if (state.alias === undefined) return { kind: 'nothing' };
  switch (query.kind) {
    case 'account':
      return { kind: 'account', account: summary(state, state.alias) };
    case 'claims': {
      const due = [...claimsDue(state, query.atMs)].length;
      return { kind: 'claims', account: summary(state, state.alias), due };
    }
    case 'bet':
    case 'decided-bet':
    case 'decided-cancel': {
      const bet = state.bets.get(query.bet);
      if (bet === undefined) return { kind: 'nothing' };
      const { status, cancel } = bet;
      const undecided = status.kind === 'authorising' || status.kind === 'reserved';
      if (query.kind === 'decided-bet' && undecided) return undefined;
      const asked = cancel?.kind === 'asked' && (undecided || status.kind === 'registered');
      if (query.kind === 'decided-cancel' && asked) return undefined;
      return { kind: 'bet', bet };
    }
    case 'bets': {
      const newestFirst = [...state.bets.values()].reverse();
      const bets = newestFirst.slice(query.skip, query.skip + query.limit);
      return { kind: 'bets', bets, more: query.skip + bets.length < newestFirst.length };
    }
    case 'award': {
      const award = state.awards.get(query.award);
      return award === undefined ? { kind: 'nothing' } : { kind: 'award', award };
    }
    case 'awards': {
      const newestFirst = [...state.awards.values()].reverse();
      const awards = newestFirst.slice(query.skip, query.skip + query.limit);
      return { kind: 'awards', awards, more: query.skip + awards.length < newestFirst.length };
    }
    default:
      return unreachable(query);
  }
}

function summary(state: Player, alias: string): AccountSummary {
  const { id, free, held, unclaimed, openBets, deposits, withdrawals } = state;
  // A copy: an answer leaves at the end of the turn, and must not change until then.
  const tournaments = [...state.tournaments];
  const { wallet: kept } = state;
  const wallet = kept && {
    crediting: sumOf([...kept.credits.values()].map((it) => it.amount)),
    calls: callsOf(state).length,
  };
  return {
    player: id,
    alias,
    free,
    held,
    unclaimed,
    awards: awardsWaitingCents(state),
    openBets,
    tournaments,
    deposits,
    withdrawals,
    ...(wallet === undefined ? {} : { wallet }),
  };
}

function owedBy({ free }: Player): Cents {
  return cents(Math.max(0, -free));
}
