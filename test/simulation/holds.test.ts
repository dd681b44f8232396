// What the auditor of wallets says where the two sides differ: each case is a day that went wrong.
import { describe, expect, test } from 'vitest';
import type { PlayerEvent } from '../../src/actors/player-events.ts';
import { betId, playerId } from '../../src/actors/units.ts';
import type { WalletAnswer, WalletRequest } from '../../src/actors/wallet.ts';
import type { Told } from '../../src/audit/records.ts';
import { ticket as ticketOf } from '../actors/given.ts';
import { createHolds } from './holds.ts';

const bet = betId('b1');
const ticket = ticketOf('1', { player: 'ann', bet, stake: 100 });
const of = { player: playerId('ann'), bet };

const attached: PlayerEvent = { kind: 'wallet-attached', atMs: 1 };
const requested: PlayerEvent = {
  kind: 'authorisation-requested',
  ...ticket,
  atMs: 1,
  tournaments: [],
  deadlineAtMs: 2,
};
const authorised: PlayerEvent = { kind: 'stake-authorised', bet, amount: ticket.cost, atMs: 1 };
const confirmed: PlayerEvent = { kind: 'bet-confirmed', bet };
const captured: PlayerEvent = { kind: 'stake-captured', bet, atMs: 1 };
const released: PlayerEvent = { kind: 'void-requested', bet, amount: ticket.cost };

const authorise: WalletRequest = {
  kind: 'authorise',
  ...of,
  amount: ticket.cost,
  expiresAtMs: 2,
};
const capture: WalletRequest = { kind: 'capture', ...of };
const letGo: WalletRequest = { kind: 'void', ...of };

/** @returns What is found, in order; requests are done as the wallet should. */
function found(...day: readonly (PlayerEvent | WalletRequest)[]) {
  const findings: string[] = [];
  const holds = createHolds((invariant) => findings.push(invariant));
  for (const it of day) {
    if ('player' in it && !('tournaments' in it)) {
      const kind = it.kind === 'authorise' ? 'authorised' : 'done';
      holds.asked(it as WalletRequest, { kind } as WalletAnswer);
    } else holds.add({ of: 'player', id: 'ann', event: it } as Told);
  }
  return { findings, holds };
}

const OPENING = 500;
const spent = ticket.cost;
const rest = {
  openingCents: OPENING,
  accounts: () => [{ player: 'ann', balance: OPENING - spent, held: 0 }],
};

describe('both sides of a hold', () => {
  test('agree on a bet that is captured', () => {
    const day = [attached, requested, authorise, authorised, confirmed, capture, captured];
    const { findings, holds } = found(...day);
    expect(findings).toEqual([]);
    expect(holds.unsettled(rest)).toEqual([]);
  });

  test.each<[string, readonly (PlayerEvent | WalletRequest)[], string]>([
    ['a stake is asked for before it is written', [attached, authorise], 'nothing is asked that'],
    ['the log has a yes that nobody gave', [attached, requested, authorised], 'the wallet has the'],
    [
      'a capture is asked for before the race has the bet',
      [attached, requested, authorise, authorised, capture],
      'nothing is asked that is not on disk',
    ],
    [
      'what is captured is voided too',
      [attached, requested, authorise, authorised, confirmed, capture, released, letGo],
      'a hold is resolved once',
    ],
  ])('are told apart where %s', (_, day, says) => {
    expect(found(...day).findings.join()).toContain(says);
  });

  test('are open where a hold was left, and where a wallet has lost a cent', () => {
    const held = found(attached, requested, authorise, authorised);
    const accounts = () => [{ player: 'ann', balance: OPENING - 1, held: spent }];
    expect(held.holds.unsettled({ openingCents: OPENING, accounts })).toEqual([
      'bet ann/b1: authorised in the log, held in the wallet',
      'the wallet of ann has 499, not 500',
      'the wallet of ann holds 100',
    ]);
  });

  test('name a bet that its race took without the wallet', () => {
    const { findings, holds } = found(attached, requested);
    const event = { kind: 'bet-registered', ...of };
    holds.add({ of: 'race', id: 'r1', event } as Told);
    expect(findings).toEqual(['no bet without its authorisation']);
  });
});
