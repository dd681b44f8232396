/**
 * Players' records in the second ledger: free money, and where each bet's money went.
 *
 *   reserved ─ confirmed ─┬─ cancelled ──────────────> free
 *        │                └─ settled ─┬──────────────> free
 *        └─ released ─> free          └─ unclaimed ─┬─ claimed ─> free
 *                                                   └─ expired ─> the house
 *
 * What outside wallets have of it is in ledger-wallet.ts, tournaments' awards in ledger-awards.ts.
 *
 * Invariant: free is below 0 only by what later settlements took back.
 */
import type { PlayerEvent } from '../actors/player-events.ts';
import { type ClaimMove, type Entries, foundOrMade } from './entries.ts';
import { enterAwardRecord } from './ledger-awards.ts';
import { createWallets, type Wallets } from './ledger-wallet.ts';
import type { PlayerRecord } from './records.ts';
import { type BetSides, bookedOf } from './sides.ts';

export interface Players {
  deposits: number;
  withdrawals: number;
  readonly accounts: Map<string, Account>;
  readonly byRace: Map<string, RaceBookings>;
  readonly wallets: Wallets;
}

/** What players say of one race. Cents. */
export interface RaceBookings {
  /** Bets confirmed. */
  accepted: number;
  /** payout + refund of all settlements, wherever it went. */
  booked: number;
  /** Of these, what waits, what was claimed and what was left to the house. */
  waiting: number;
  claimed: number;
  expired: number;
}

interface Account {
  free: number;
  /** What later settlements took back: as much as may be missing. */
  takenBack: number;
  overdrawn: boolean;
}

interface Booking {
  readonly bet: string;
  readonly payout: number;
  readonly refund: number;
  readonly settlement: number;
  readonly claimDays: number;
}

interface PlayerEntry {
  readonly player: string;
  readonly event: PlayerEvent;
}

export function newPlayers(fault: Entries['fault']): Players {
  const players: Players = {
    deposits: 0,
    withdrawals: 0,
    accounts: new Map(),
    byRace: new Map(),
    wallets: createWallets({
      fault,
      moved(player, cents) {
        if (cents > 0) players.deposits += cents;
        else players.withdrawals -= cents;
        const account = accountOf(players, player);
        account.free += cents;
        return account;
      },
    }),
  };
  return players;
}

export function enterPlayerRecord(
  players: Players,
  entries: Entries,
  { player, event }: PlayerEntry,
): void {
  const { betOf, shareOf, fault, claimMoved } = entries;
  switch (event.kind) {
    case 'deposited':
      players.deposits += event.amount;
      credit(event.amount);
      return;
    case 'withdrawn':
      players.withdrawals += event.amount;
      credit(-event.amount);
      return;
    case 'stake-reserved': {
      const sides = betOf(player, event.bet);
      players.wallets.reserved(player, event.bet);
      if (sides.reserved !== undefined) fault(`bet ${player}/${event.bet} is reserved twice`);
      sides.reserved = event.cost;
      sides.share = shareOf(player, event);
      credit(-event.cost);
      return;
    }
    case 'bet-confirmed':
      players.wallets.confirmed(player, event.bet);
      resolve(event.bet, 'confirmed');
      return;
    case 'stake-released':
      credit(betOf(player, event.bet).reserved ?? 0);
      resolve(event.bet, 'released');
      return;
    case 'bet-cancelled':
      returned(event.bet);
      return;
    case 'bet-settled':
      settled(event);
      return;
    case 'pool-bets-settled':
      poolSettled(event);
      return;
    case 'bet-claimed':
      claimed(event.bet, event.amount);
      return;
    case 'claim-expired':
      expired(event);
      return;
    case 'award-granted':
    case 'award-claimed':
    case 'award-expired':
    case 'award-withdrawn':
      enterAwardRecord(entries, { player, event });
      if (event.kind === 'award-claimed') credit(event.amount);
      return;
    case 'account-opened':
    case 'tournament-entered':
    case 'cancel-requested':
    case 'cancel-refused':
      return;
    default:
      players.wallets.enter(player, event);
  }

  function credit(amount: number): void {
    const account = accountOf(players, player);
    account.free += amount;
    if (account.overdrawn || account.free + account.takenBack >= 0) return;
    account.overdrawn = true;
    fault(`player ${player} has ${account.free} cents free`);
  }

  function resolve(bet: string, outcome: 'confirmed' | 'released'): void {
    const sides = betOf(player, bet);
    if (sides.reserved === undefined) {
      fault(`bet ${player}/${bet} is ${outcome} and never reserved`);
    }
    if (sides.outcome !== undefined) {
      fault(`bet ${player}/${bet} is ${sides.outcome}, then ${outcome}`);
    }
    sides.outcome = outcome;
    if (outcome === 'confirmed') bookingsOf(sides).accepted++;
  }

  function bookingsOf({ share }: BetSides): RaceBookings {
    return foundOrMade(players.byRace, share?.race ?? '', noBookings);
  }

  function returned(bet: string): void {
    const sides = betOf(player, bet);
    const name = `bet ${player}/${bet}`;
    if (sides.returned) fault(`${name} is given back as cancelled twice`);
    if (sides.outcome !== 'confirmed') fault(`${name} is given back as cancelled, not confirmed`);
    if (sides.booked !== undefined)
      fault(`${name} is booked as paid, then given back as cancelled`);
    // Counted once on both sides of the identity, however often it was told.
    if (!sides.returned) credit(sides.reserved ?? 0);
    sides.returned = true;
  }

  /** Bets that are in neither list have lost. */
  function poolSettled(event: PlayerRecord<'pool-bets-settled'>): void {
    const { settlement, paid, except } = event;
    const share = shareOf(player, event);
    if (settlement <= share.bookedBy) {
      fault(`player ${player} books ${event.race}/${event.pool} twice by settlement ${settlement}`);
    }
    for (const bet of except) betOf(player, bet).leftPlayer = true;
    const named = new Set<string>([...except, ...paid.map((it) => it.bet)]);
    for (const bet of [...share.booked].filter((it) => !named.has(it))) {
      settled({ bet, payout: 0, refund: 0, settlement, claimDays: 0 });
    }
    for (const it of paid) {
      // As it was settled by itself.
      if (betOf(player, it.bet).bookedBy < settlement) settled({ ...it, settlement });
    }
    share.bookedBy = settlement;
  }

  /** A later settlement replaces the earlier one: only the difference moves. */
  function settled({ bet, payout, refund, settlement, claimDays }: Booking): void {
    const sides = betOf(player, bet);
    const name = `bet ${player}/${bet}`;
    const by = settlement || 1;
    const before = bookedOf(sides);
    if (by <= before.by) fault(`${name} is booked twice`);
    if (sides.returned) fault(`${name} is given back as cancelled, then booked as paid`);
    const more = payout + refund - (before.cents ?? 0);
    // What lost was paid nothing, wherever its money would have gone: this decides it anew.
    if (sides.claim === 'paid' && (before.cents ?? 0) === 0) sides.claim = undefined;
    sides.claim ??= claimDays > 0 ? 'unclaimed' : 'paid';
    sides.booked = payout + refund;
    sides.bookedBy = by;
    if (sides.booked === 0) sides.share?.booked.delete(bet);
    else sides.share?.booked.add(bet);
    bookingsOf(sides).booked += more;
    if (sides.claim === 'unclaimed' || sides.claim === 'expired') {
      wait(sides, 'added', more);
      return;
    }
    if (more < 0 && by > 1) accountOf(players, player).takenBack -= more;
    credit(more);
  }

  function wait(sides: BetSides, kind: ClaimMove['kind'], amount: number): void {
    const bookings = bookingsOf(sides);
    const sign = kind === 'added' ? 1 : -1;
    sides.waiting += sign * amount;
    bookings.waiting += sign * amount;
    if (kind !== 'added') bookings[kind] += amount;
    if (amount !== 0) claimMoved({ kind, race: sides.share?.race ?? '', cents: amount });
  }

  function claimed(bet: string, amount: number): void {
    const sides = betOf(player, bet);
    const name = `bet ${player}/${bet}`;
    if (sides.claim !== 'unclaimed')
      fault(`${name} is claimed, and was ${sides.claim ?? 'never paid'}`);
    else if (amount !== sides.waiting) {
      fault(`${name} is claimed with ${amount} cents of ${sides.waiting}`);
    }
    sides.claim = 'claimed';
    wait(sides, 'claimed', amount);
    credit(amount);
  }

  function expired(event: PlayerRecord<'claim-expired'>): void {
    const { bet, amount, settlement } = event;
    const sides = betOf(player, bet);
    const name = `bet ${player}/${bet}`;
    if (sides.claim !== 'unclaimed' && sides.claim !== 'expired') {
      fault(`${name} is not claimed in time, and was ${sides.claim ?? 'never paid'}`);
    } else if (amount !== sides.waiting) {
      fault(`${name} leaves the house ${amount} cents of ${sides.waiting}`);
    }
    sides.claim = 'expired';
    wait(sides, 'expired', amount);
    sides.expired ??= new Map();
    const told = sides.expired.get(settlement) ?? { said: undefined, posted: undefined };
    if (told.said !== undefined) {
      fault(`${name} leaves its settlement ${settlement} to the house twice`);
    }
    told.said = (told.said ?? 0) + amount;
    sides.expired.set(settlement, told);
  }
}

function accountOf({ accounts }: Players, player: string): Account {
  return foundOrMade(accounts, player, () => ({ free: 0, takenBack: 0, overdrawn: false }));
}

function noBookings(): RaceBookings {
  return { accepted: 0, booked: 0, waiting: 0, claimed: 0, expired: 0 };
}
