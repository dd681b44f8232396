/**
 * A player whose money is kept in an outside wallet: what the wallet is asked, and what its answers
 * mean.
 *
 *   place-bet ─ authorisation-requested ──> wallet ─┬─ stake-authorised, stake-reserved ──> race
 *                                                   ├─ declined ─ authorisation-refused
 *                                                   └─ too late ─ authorisation-refused, void-requested
 *   race: confirm-bet ─ bet-confirmed ──> wallet: capture ─ stake-captured
 *         release-bet ─ stake-released, void-requested ──> wallet: void ─ authorisation-voided
 *         paid, given back or awarded ─ credit-requested ──> wallet: credit ─ credit-taken
 *
 * Invariants: no stake is reserved that the wallet does not hold; what it holds for a bet ends
 * captured or voided, once, and only `bet-confirmed` leads to the one; nothing of the player's is
 * free here between two commands, but what the player owes (below 0) after a correction.
 */
import { accept, type Call, type Decision, reject } from '../runtime/actor.ts';
import type { PlayerCommand, PlayerEvent, PlayerRejection } from './player-events.ts';
import { movedToFree, settledBy, settledNowBy } from './player-settlement.ts';
import type { Hold, Player, PlayerWallet } from './player-state.ts';
import { refusal, type Ticket, type WalletRefusalReason } from './ticket.ts';
import { type BetId, type Cents, cents, sumOf } from './units.ts';
import { AUTHORISE_WITHIN_MS, WALLET_SERVICE, type WalletRequest, walletKey } from './wallet.ts';

type PlayerDecision = Decision<PlayerEvent, PlayerRejection>;
type Of<Kind extends PlayerCommand['kind']> = Extract<PlayerCommand, { readonly kind: Kind }>;

/** In place of the reservation, which follows when the wallet says yes. */
export function requestAuthorisation(state: Player, ticket: Ticket, atMs: number): PlayerEvent {
  const deadlineAtMs = atMs + AUTHORISE_WITHIN_MS;
  const tournaments = [...state.tournaments];
  return { kind: 'authorisation-requested', ...ticket, atMs, tournaments, deadlineAtMs };
}

/** What the wallet will have held once it says yes to all it is asked. */
export function requestedOf({ holds }: PlayerWallet): Cents {
  return sumOf([...holds.values()].map((it) => (it.phase === 'requested' ? it.amount : 0)));
}

/** What a release makes due where the wallet holds the stake. */
export function voidAfter(state: Player, bet: BetId): PlayerEvent[] {
  const hold = state.wallet?.holds.get(bet);
  return hold?.phase === 'held' ? [{ kind: 'void-requested', bet, amount: hold.amount }] : [];
}

/** The answer to something that is not asked any more changes nothing: it was answered before. */
export function walletAnswered(state: Player, command: Of<'wallet-answered'>): PlayerDecision {
  const { asked, atMs } = command;
  const { wallet } = state;
  if (wallet === undefined) throw new Error(`player ${state.id} has no wallet to be answered by`);
  switch (asked.kind) {
    case 'authorise':
      return wallet.holds.get(asked.bet)?.phase === 'requested'
        ? authorisationAnswered(state, asked.bet, command)
        : accept();
    case 'capture':
      return wallet.holds.get(asked.bet)?.phase === 'capturing'
        ? accept({ kind: 'stake-captured', bet: asked.bet, atMs })
        : accept();
    case 'void':
      return wallet.holds.get(asked.bet)?.phase === 'voiding'
        ? accept({ kind: 'authorisation-voided', bet: asked.bet, atMs })
        : accept();
    default:
      return wallet.credits.has(asked.credit)
        ? accept({ kind: 'credit-taken', credit: asked.credit, atMs })
        : accept();
  }
}

/**
 * In the wallet's place, where it refuses for good what it was asked. An authorisation ends by itself.
 */
export function settleCall(
  state: Player,
  { call, by, why, atMs }: Of<'settle-call'>,
): PlayerDecision {
  const found = callsOf(state).find(({ key }) => key === call);
  const asked = found?.request as WalletRequest | undefined; // as `callsOf` made it
  if (asked === undefined || asked.kind === 'authorise') {
    return reject({ reason: 'unknown-call', call });
  }
  const answered = walletAnswered(state, {
    kind: 'wallet-answered',
    asked,
    outcome: { kind: 'done' },
    atMs,
  });
  return answered.ok
    ? accept({ kind: 'call-settled', call, by, why, atMs }, ...answered.events)
    : answered;
}

function authorisationAnswered(
  state: Player,
  bet: BetId,
  { outcome, atMs }: Of<'wallet-answered'>,
): PlayerDecision {
  const found = state.bets.get(bet);
  if (found === undefined) throw new Error(`player ${state.id} never placed bet ${bet}`);
  const { ticket, tournaments } = found;
  switch (outcome.kind) {
    case 'authorised':
      return accept<PlayerEvent>(
        { kind: 'stake-authorised', bet, amount: ticket.cost, atMs },
        { kind: 'stake-reserved', ...ticket, atMs: found.atMs, tournaments },
      );
    case 'declined': {
      const { why, says } = outcome;
      const refused = refusal<WalletRefusalReason>('wallet-declined', { why, says });
      return accept({ kind: 'authorisation-refused', bet, refusal: refused });
    }
    case 'expired':
      return accept<PlayerEvent>(
        {
          kind: 'authorisation-refused',
          bet,
          refusal: refusal<WalletRefusalReason>('wallet-late', { withinMs: AUTHORISE_WITHIN_MS }),
        },
        // It may hold the money all the same, or come to it late.
        { kind: 'void-requested', bet, amount: cents(0) },
      );
    default:
      throw new Error(`the wallet answers ${outcome.kind} to an authorisation`);
  }
}

/**
 * What a decision leaves free goes to the wallet at once, less what the player owes. One credit
 * for all that one command pays.
 */
export function withCredit(
  state: Player,
  command: PlayerCommand,
  decision: PlayerDecision,
): PlayerDecision {
  const { wallet } = state;
  if (wallet === undefined || !decision.ok) return decision;
  const moves = decision.events.flatMap((event) => movesInto(state, event));
  const amount = cents(state.free + sumOf(moves.map((it) => it.amount)));
  const paid = moves.filter((it) => it.amount > 0);
  const [first] = paid;
  if (amount <= 0 || first === undefined) return decision;
  const { race, pool } = first;
  const bet = paid.length === 1 ? first.bet : '';
  const atMs = ('atMs' in command ? command.atMs : undefined) ?? 0;
  const credit = wallet.creditsMade + 1;
  return accept(...decision.events, {
    kind: 'credit-requested',
    credit,
    amount,
    race,
    pool,
    bet,
    atMs,
  });
}

interface Move {
  readonly amount: number;
  readonly race: string;
  readonly pool: string;
  readonly bet: string;
}

/** What the event does to `free`; what enters and leaves with one decision is in balance. */
function movesInto(state: Player, event: PlayerEvent): readonly Move[] {
  switch (event.kind) {
    case 'deposited':
    case 'award-claimed':
      return [{ amount: event.amount, race: '', pool: '', bet: '' }];
    case 'bet-cancelled':
    case 'bet-claimed': {
      const record = state.bets.get(event.bet);
      if (record === undefined) return [];
      const { race, pool, bet, cost } = record.ticket;
      return [{ amount: event.kind === 'bet-claimed' ? event.amount : cost, race, pool, bet }];
    }
    case 'bet-settled': {
      const record = state.bets.get(event.bet);
      if (record === undefined) return [];
      const { race, pool, bet } = record.ticket;
      return [{ amount: movedToFree(record, event), race, pool, bet }];
    }
    case 'pool-bets-settled': {
      const { race, pool } = event;
      const paid = new Map(event.paid.map((it) => [it.bet, it]));
      return [...settledBy(state, event)].map((record) => ({
        amount: movedToFree(record, settledNowBy(record, paid, event)),
        race,
        pool,
        bet: record.ticket.bet,
      }));
    }
    default:
      return [];
  }
}

const NO_CALLS: readonly Call[] = [];

/** All that the wallet has not answered yet. */
export function callsOf({ id, wallet }: Player): readonly Call[] {
  if (wallet === undefined || (wallet.holds.size === 0 && wallet.credits.size === 0)) {
    return NO_CALLS;
  }
  const calls: Call[] = [];
  for (const [bet, hold] of wallet.holds) {
    const call = callFor({ player: id, bet }, hold);
    if (call !== undefined) calls.push(call);
  }
  for (const [credit, { atMs, ...it }] of wallet.credits) {
    const request: WalletRequest = { kind: 'credit', player: id, credit, ...it };
    calls.push(callOf(request, atMs === 0 ? {} : { sinceMs: atMs }));
  }
  return calls;
}

function callFor(of: Pick<WalletRequest & { bet: BetId }, 'player' | 'bet'>, hold: Hold) {
  const { atMs: sinceMs } = hold;
  switch (hold.phase) {
    case 'requested': {
      const { amount, deadlineAtMs } = hold;
      const request = { kind: 'authorise', ...of, amount, expiresAtMs: deadlineAtMs } as const;
      return callOf(request, { sinceMs, deadlineAtMs });
    }
    case 'held':
      return undefined;
    case 'capturing':
      return callOf({ kind: 'capture', ...of }, { sinceMs });
    default:
      return callOf({ kind: 'void', ...of }, { sinceMs });
  }
}

function callOf(request: WalletRequest, times: Pick<Call, 'sinceMs' | 'deadlineAtMs'>): Call {
  return { key: walletKey(request), service: WALLET_SERVICE, request, ...times };
}
