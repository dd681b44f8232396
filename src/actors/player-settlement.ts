/**
 * What races pay on a player's bets.
 *
 * Invariant: a bet is settled once for each settlement number and never again for a lower one; a
 * later settlement replaces the earlier, so that only the difference moves.
 */
import { accept, type Decision, reject } from '../runtime/actor.ts';
import { amountOf, claimAfter } from './claims.ts';
import type {
  BetRecord,
  BetSettled,
  PaidBet,
  Payment,
  PlayerCommand,
  PlayerEvent,
  PlayerRejection,
  SettlementTerms,
} from './player-events.ts';
import { type Player, poolKey } from './player-state.ts';
import { confirmed } from './player-tournaments.ts';
import { cents, ZERO } from './units.ts';

type PlayerDecision = Decision<PlayerEvent, PlayerRejection>;
type Of<Kind extends PlayerCommand['kind']> = Extract<PlayerCommand, { readonly kind: Kind }>;

export function settleBet(state: Player, command: Of<'settle-bet'>): PlayerDecision {
  const { bet, settlement } = command;
  const found = state.bets.get(bet);
  if (found === undefined || isOut(found)) return reject({ reason: 'unknown-bet', bet });
  const { status } = found;
  if (status.kind === 'settled' && status.settlement >= settlement) return accept();
  const now = settledNow(found, command);
  return accept<PlayerEvent>(
    // A race confirms before it pays, but its messages may be repeated: never settle what is held.
    ...(status.kind === 'reserved' ? [confirmed(found)] : []),
    { kind: 'bet-settled', ...now },
    ...expiredAgain(found, now),
  );
}

/**
 * All of a pool at once. A race that pays a bet nobody placed is looked at before it pays more. A
 * bet that waits for its race's word is left: it has lost if it turns out to be in the pool.
 */
export function settlePool(state: Player, command: Of<'settle-pool'>): PlayerDecision {
  const { race, pool, settlement, atMs, paid, except } = command;
  const before = state.poolsSettled.get(poolKey(command));
  if (before !== undefined && before.settlement >= settlement) return accept();
  const first: PlayerEvent[] = [];
  for (const { bet } of paid) {
    const found = state.bets.get(bet);
    if (found === undefined || isOut(found)) return reject({ reason: 'unknown-bet', bet });
    if (found.status.kind === 'reserved') first.push(confirmed(found));
  }
  const counted: BetSettled[] = [];
  const expired: PlayerEvent[] = [];
  const paying = new Map(paid.map((it) => [it.bet, it]));
  for (const found of settledBy(state, command)) {
    // Nobody else hears of a bet that counts nowhere and is settled for the first time.
    if (found.tournaments.length === 0 && found.status.kind !== 'settled') continue;
    const now = settledNowBy(found, paying, command);
    if (now.tournaments.length > 0) counted.push(now);
    expired.push(...expiredAgain(found, now));
  }
  return accept<PlayerEvent>(
    ...first,
    { kind: 'pool-bets-settled', race, pool, settlement, atMs, paid, except, counted },
    ...expired,
  );
}

type PoolSettled = Omit<Of<'settle-pool'>, 'kind'>;

/** The bets of the player that the settlement of a pool is about. */
export function* settledBy(state: Player, settled: PoolSettled): Iterable<BetRecord> {
  const { settlement } = settled;
  const paid = new Set(settled.paid.map((it) => it.bet));
  const except = new Set(settled.except);
  for (const bet of state.betsByPool.get(poolKey(settled)) ?? []) {
    const found = state.bets.get(bet);
    if (found === undefined || isOut(found) || except.has(bet)) continue;
    const { status } = found;
    if (status.kind === 'settled' && status.settlement >= settlement) continue;
    if (status.kind === 'reserved' && !paid.has(bet)) continue;
    yield found;
  }
}

/** What a pool's settlement gives a bet that is paid, or was before. */
export function settledNowBy(
  found: BetRecord,
  paid: ReadonlyMap<string, PaidBet>,
  settled: PoolSettled,
): BetSettled {
  return settledNow(found, paymentOf(found, paid, settled));
}

function paymentOf(
  { ticket: { bet } }: BetRecord,
  paid: ReadonlyMap<string, PaidBet>,
  { settlement, atMs }: PoolSettled,
): PaidBet & SettlementTerms {
  return { ...(paid.get(bet) ?? { ...LOST, bet }), settlement, atMs };
}

/** A bet that its race confirms after the pool was settled; undefined where that is to come. */
export function settledLate(state: Player, record: BetRecord): BetSettled | undefined {
  const { ticket } = record;
  const settled = state.poolsSettled.get(poolKey(ticket));
  if (settled === undefined || settled.except.includes(ticket.bet)) return undefined;
  const { settlement, atMs } = settled;
  return settledNow(record, { ...LOST, bet: ticket.bet, settlement, atMs });
}

const LOST = { payout: ZERO, refund: ZERO, claimDays: 0 } as const;

/** What was refused or cancelled is back already; no pool has anything to pay on it. */
function isOut({ status }: BetRecord): boolean {
  const { kind } = status;
  return kind === 'refused' || kind === 'cancelled' || kind === 'authorising';
}

/** What a settlement adds to free money; the rest waits to be claimed, or is the house's. */
export function movedToFree(record: BetRecord, settled: BetSettled): number {
  const { kind } = claimAfter(record, settled);
  const more = settled.payout + settled.refund - amountOf(record);
  return kind === 'paid' || kind === 'claimed' ? more : 0;
}

function settledNow(
  { ticket, tournaments, atMs: placedAtMs }: BetRecord,
  { bet, payout, refund, settlement, claimDays = 0, atMs = 0 }: Payment & SettlementTerms,
): BetSettled {
  const { player, race, cost, pool } = ticket;
  const paid = { bet, payout, refund, settlement, claimDays, atMs };
  return { ...paid, player, race, cost, tournaments, placedAtMs, pool };
}

/** What the house took for want of a claim, it has no more and no less of than the bet now pays. */
function expiredAgain(found: BetRecord, now: BetSettled): PlayerEvent[] {
  const { bet, player, settlement, atMs } = now;
  const amount = cents(now.payout + now.refund - amountOf(found));
  return claimAfter(found, now).kind === 'expired' && amount !== 0
    ? [{ kind: 'claim-expired', bet, amount, settlement, player, atMs }]
    : [];
}
