/** Folds a player's events into its state. No rules: whatever was decided, happened. */
import { unreachable } from '../runtime/actor.ts';
import { evolveAward } from './awards.ts';
import { amountOf, claimAfter, waitForClaim, waitNoMore } from './claims.ts';
import type { BetRecord, BetSettled, PlayerEvent } from './player-events.ts';
import { movedToFree, settledBy, settledNowBy } from './player-settlement.ts';
import { fingerprint, type Hold, type Player, type PlayerWallet, poolKey } from './player-state.ts';
import { type BetId, cents, ZERO } from './units.ts';
import { ticketFrom } from './upcasting.ts';

type Of<Kind extends PlayerEvent['kind']> = Extract<PlayerEvent, { readonly kind: Kind }>;

export function evolvePlayer(state: Player, event: PlayerEvent): Player {
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

    case 'stake-reserved':
      return reserved(state, event);

    case 'bet-confirmed':
      heldNow(state, event.bet, 'capturing');
      return changed(state, event.bet, (record) => {
        state.held = cents(state.held - record.ticket.cost);
        return { ...record, status: { kind: 'registered' } };
      });

    case 'stake-released':
      return changed(state, event.bet, (record) => {
        state.held = cents(state.held - record.ticket.cost);
        state.free = cents(state.free + record.ticket.cost);
        state.openBets--;
        return { ...record, status: { kind: 'refused', refusal: event.refusal } };
      });

    case 'cancel-requested':
      return changed(state, event.bet, (record) => ({
        ...record,
        cancel: { kind: 'asked', ...event.cancel },
      }));

    case 'bet-cancelled':
      return changed(state, event.bet, (record) => {
        state.free = cents(state.free + record.ticket.cost);
        state.openBets--;
        return { ...record, status: { kind: 'cancelled' } };
      });

    case 'cancel-refused':
      return changed(state, event.bet, (record) => ({
        ...record,
        cancel: { kind: 'refused', refusal: event.refusal },
      }));

    case 'bet-settled':
      return settled(state, event);

    case 'pool-bets-settled':
      return poolSettled(state, event);

    case 'bet-claimed':
      state.unclaimed = cents(state.unclaimed - event.amount);
      state.free = cents(state.free + event.amount);
      return claimed(state, event.bet, 'claimed');

    case 'claim-expired':
      state.unclaimed = cents(state.unclaimed - event.amount);
      return claimed(state, event.bet, 'expired');

    case 'tournament-entered':
      state.tournaments.push(event.tournament);
      return state;

    case 'award-claimed':
      state.free = cents(state.free + event.amount);
      evolveAward(state, event);
      return state;

    case 'award-granted':
    case 'award-expired':
    case 'award-withdrawn':
      evolveAward(state, event);
      return state;

    case 'wallet-attached':
      state.wallet = { holds: new Map(), credits: new Map(), creditsMade: 0 };
      return state;

    case 'authorisation-requested': {
      const { bet, cost: amount, atMs, tournaments, deadlineAtMs } = event;
      walletOf(state).holds.set(bet, { phase: 'requested', amount, atMs, deadlineAtMs });
      state.openBets++;
      const status = { kind: 'authorising' } as const;
      state.bets.set(bet, { ticket: ticketFrom(event), atMs, tournaments, status });
      return state;
    }

    case 'stake-authorised':
      state.free = cents(state.free + event.amount);
      state.deposits = cents(state.deposits + event.amount);
      heldNow(state, event.bet, 'held');
      return state;

    case 'authorisation-refused':
      walletOf(state).holds.delete(event.bet);
      return changed(state, event.bet, (record) => {
        state.openBets--;
        return { ...record, status: { kind: 'refused', refusal: event.refusal } };
      });

    case 'void-requested': {
      const { bet, amount } = event;
      state.free = cents(state.free - amount);
      state.withdrawals = cents(state.withdrawals + amount);
      const atMs = state.bets.get(bet)?.atMs ?? 0;
      walletOf(state).holds.set(bet, { phase: 'voiding', amount, atMs });
      return state;
    }

    case 'authorisation-voided':
    case 'stake-captured':
      walletOf(state).holds.delete(event.bet);
      return state;

    case 'credit-requested': {
      const { kind: _, credit, ...it } = event;
      const wallet = walletOf(state);
      state.free = cents(state.free - it.amount);
      state.withdrawals = cents(state.withdrawals + it.amount);
      wallet.credits.set(credit, it);
      wallet.creditsMade = credit;
      return state;
    }

    case 'credit-taken':
      walletOf(state).credits.delete(event.credit);
      return state;

    case 'call-settled':
      return state;

    default:
      return unreachable(event);
  }
}

function reserved(state: Player, event: Of<'stake-reserved'>): Player {
  const { atMs, tournaments } = event;
  const ticket = ticketFrom(event);
  state.free = cents(state.free - ticket.cost);
  state.held = cents(state.held + ticket.cost);
  // One that a wallet was asked for is known already, and may be wanted back by now.
  const asked = state.bets.get(ticket.bet);
  if (asked === undefined) state.openBets++;
  const status = { kind: 'reserved' } as const;
  state.bets.set(ticket.bet, { ...asked, ticket, atMs, tournaments, status });
  const key = poolKey(ticket);
  const inPool = state.betsByPool.get(key);
  if (inPool === undefined) state.betsByPool.set(key, [ticket.bet]);
  else inPool.push(ticket.bet);
  return state;
}

function poolSettled(state: Player, event: Of<'pool-bets-settled'>): Player {
  const { settlement, atMs, except } = event;
  const paid = new Map(event.paid.map((it) => [it.bet, it]));
  // One for all that lost: a player may have thousands, and most bets do.
  const lost = {
    kind: 'settled',
    payout: ZERO,
    refund: ZERO,
    settlement,
    claim: { kind: 'paid' },
  } as const;
  const all = [...settledBy(state, event)];
  state.poolsSettled.set(poolKey(event), { settlement, atMs, except });
  for (const found of all) {
    const { bet } = found.ticket;
    if (found.status.kind === 'registered' && !paid.has(bet)) {
      state.openBets--;
      state.bets.set(bet, { ...found, status: lost });
    } else settled(state, settledNowBy(found, paid, event));
  }
  return state;
}

/** A later settlement replaces the earlier one: only the difference moves. */
function settled(state: Player, event: BetSettled): Player {
  return changed(state, event.bet, (record) => {
    const { bet, payout, refund, settlement } = event;
    const more = payout + refund - amountOf(record);
    const claim = claimAfter(record, event);
    const toFree = movedToFree(record, event);
    state.free = cents(state.free + toFree);
    state.unclaimed = cents(state.unclaimed + more - toFree);
    waitNoMore(state, record);
    if (claim.kind === 'unclaimed' && payout + refund > 0) waitForClaim(state, bet, claim.untilMs);
    if (record.status.kind !== 'settled') state.openBets--;
    return { ...record, status: { kind: 'settled', payout, refund, settlement, claim } };
  });
}

function claimed(state: Player, bet: BetId, kind: 'claimed' | 'expired'): Player {
  return changed(state, bet, (record) => {
    waitNoMore(state, record);
    const { status } = record;
    if (status.kind !== 'settled') throw new Error(`bet ${bet} of ${state.id} is not settled`);
    return { ...record, status: { ...status, claim: { kind } } };
  });
}

function walletOf({ id, wallet }: Player): PlayerWallet {
  if (wallet === undefined) throw new Error(`player ${id} has no wallet`);
  return wallet;
}

/** Nothing, where the house keeps the money. */
function heldNow(state: Player, bet: BetId, phase: 'held' | 'capturing'): void {
  const hold: Hold | undefined = state.wallet?.holds.get(bet);
  if (hold === undefined) return;
  const { amount, atMs } = hold;
  state.wallet?.holds.set(bet, { phase, amount, atMs });
}

function changed(state: Player, bet: BetId, next: (record: BetRecord) => BetRecord): Player {
  const record = state.bets.get(bet);
  if (record === undefined) throw new Error(`player ${state.id} never reserved bet ${bet}`);
  state.bets.set(bet, next(record));
  return state;
}
