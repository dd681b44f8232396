/**
 * The log against the acknowledgements: every acknowledged bet is in it exactly once with the same
 * content, no bet twice, none after the close, every accepted order once; then the whole of
 * `log verify --reprice`.
 */
import { readLog } from '../../../src/audit/read-log.ts';
import type { Told } from '../../../src/audit/records.ts';
import { verifyLog } from '../../../src/audit/verify.ts';
import type { Acks, SentBet } from './acks.ts';
import { problem, type Tally } from './fault.ts';

interface Found {
  reserved: number;
  registered: number;
  released: number;
  /** `race pool runner stake`, as the race has it. */
  content: string;
}

/** Of a directory that no server has open. */
export function auditLog(dataDir: string, acks: Acks, tally: Tally): void {
  const bets = new Map<string, Found>();
  const orders = new Map<string, number>();
  const closed = new Set<string>();
  readLog(dataDir, { visit });
  compareBets();
  compareOrders();
  verify(dataDir, tally);

  function visit(told: Told): void {
    if (told.of === 'player') visitPlayer(told.id, told.event);
    if (told.of === 'race') visitRace(told.id, told.event);
  }

  function visitPlayer(id: string, event: Extract<Told, { of: 'player' }>['event']): void {
    switch (event.kind) {
      case 'account-opened':
        count(`open-account ${id}`);
        return;
      case 'deposited':
        count(`deposit ${id}`);
        return;
      case 'stake-reserved':
        found(event.bet).reserved++;
        return;
      case 'stake-released':
        found(event.bet).released++;
        return;
      default:
    }
  }

  function visitRace(id: string, event: Extract<Told, { of: 'race' }>['event']): void {
    switch (event.kind) {
      case 'race-declared':
        count(`declare ${id}`);
        return;
      case 'race-opened':
        count(`open ${id}`);
        return;
      case 'race-closed':
        closed.add(id);
        count(`close ${id}`);
        return;
      case 'result-entered':
        count(`result ${id}`);
        return;
      case 'race-made-official':
        count(`official ${id}`);
        return;
      case 'bet-registered': {
        const it = found(event.bet);
        it.registered++;
        it.content = `${event.player} ${id} ${event.legs[0]?.join('+')} ${event.stake}`;
        if (closed.has(id))
          problem(tally, `bet ${event.bet} is in ${id} after its close`, 'afterClose');
        return;
      }
      default:
    }
  }

  function count(order: string): void {
    orders.set(order, (orders.get(order) ?? 0) + 1);
  }

  function found(bet: string): Found {
    const known = bets.get(bet) ?? { reserved: 0, registered: 0, released: 0, content: '' };
    bets.set(bet, known);
    return known;
  }

  function compareBets(): void {
    for (const bet of acks.bets.values()) compareBet(bet);
    for (const betId of bets.keys()) {
      if (!acks.bets.has(betId)) problem(tally, `bet ${betId} was never sent`, 'doubled');
    }
  }

  function compareBet(bet: SentBet): void {
    const { betId, playerId, raceId, runner, stakeCents, answer } = bet;
    const it = bets.get(betId);
    if ((it?.reserved ?? 0) > 1 || (it?.registered ?? 0) > 1)
      problem(tally, `bet ${betId} is ${it?.registered} times in its pool`, 'doubled');
    if (answer === 'registered') {
      if (it === undefined || it.reserved === 0 || it.registered === 0)
        problem(tally, `bet ${betId} was acknowledged, and is not in the log`, 'lost');
      else if (it.content !== `${playerId} ${raceId} ${runner} ${stakeCents}`)
        problem(tally, `bet ${betId} is in the log as ${it.content}`, 'changed');
    }
    if (answer === 'refused' && (it?.registered ?? 0) > 0)
      problem(tally, `bet ${betId} was refused, and is in its pool`, 'doubled');
  }

  function compareOrders(): void {
    for (const order of acks.orders) {
      if (!orders.has(order))
        problem(tally, `${order} was accepted, and is not in the log`, 'lost');
    }
    for (const [order, times] of orders) {
      if (times > 1) problem(tally, `${order} is ${times} times in the log`, 'doubled');
    }
  }
}

/** As `furlong log verify --reprice` on a directory at rest. */
function verify(dataDir: string, tally: Tally): void {
  const { faults, rest, books, bets } = verifyLog(dataDir, { reprice: true });
  for (const fault of faults) problem(tally, `log verify: ${fault}`);
  if (rest !== 'at-rest') problem(tally, `log verify: the log is ${rest}`);
  if (books.inTransit !== 0) problem(tally, `${books.inTransit} cents are in transit`, 'mispriced');
  if (bets.unresolved !== 0) problem(tally, `${bets.unresolved} bets are unresolved`, 'lost');
}
