// A day of players whose money is kept outside, and each of its rules broken once: the fault is named.
import { describe, expect, test } from 'vitest';
import { player } from '../../src/actors/player.ts';
import type { PlayerCommand } from '../../src/actors/player-events.ts';
import { betId, cents } from '../../src/actors/units.ts';
import type { WalletRequest } from '../../src/actors/wallet.ts';
import { createLedger } from '../../src/audit/ledger.ts';
import type { Call } from '../../src/runtime/actor.ts';
import {
  close,
  declare,
  official,
  open,
  openAccount,
  place,
  result,
  ticket,
  winPool,
} from '../actors/given.ts';
import { createOutsideWallet } from '../support/outside-wallet.ts';
import { createTroupe, type LogEntry, type Troupe } from '../support/scenario.ts';

const OPENING = 1_000;

/** b1 wins, b2 loses, b3 comes after the close, b4 is dearer than anybody, b5 is never answered. */
function playDay(until: 'answered' | 'owing' = 'answered'): readonly LogEntry[] {
  const troupe = createTroupe();
  const wallet = createOutsideWallet(OPENING);
  troupe.tell('race/r1', declare([winPool], 3));
  troupe.tell('race/r1', open);
  troupe.tell('player/ann', { ...openAccount, inWallet: true });
  bet(troupe, '1', 'b1');
  bet(troupe, '2', 'b2');
  answer(troupe, wallet);
  troupe.tell('race/r1', close);
  bet(troupe, '1', 'b3');
  bet(troupe, '1', 'b4', 2_000);
  bet(troupe, '1', 'b5');
  tellExpired(troupe, 'b5');
  answer(troupe, wallet);
  troupe.tell('race/r1', result('1 2 3'));
  troupe.tell('race/r1', official);
  troupe.deliverAll();
  if (until === 'answered') answer(troupe, wallet);
  expect(troupe.refused).toEqual([]);
  return troupe.log;
}

function bet(troupe: Troupe, runners: string, id: string, stake = 100): void {
  troupe.tell('player/ann', place(ticket(runners, { bet: id, stake })));
}

function callsOf(troupe: Troupe): readonly Call[] {
  return player.calls?.('ann', troupe.stateOf('player/ann') as never) ?? [];
}

function give(
  troupe: Troupe,
  call: Call,
  outcome: { kind: 'expired' } | { kind: 'answered'; answer: unknown },
) {
  const command: PlayerCommand | undefined = player.callAnswered?.(call, outcome, 9);
  troupe.tell('player/ann', command);
  troupe.deliverAll();
}

function tellExpired(troupe: Troupe, id: string): void {
  const call = callsOf(troupe).find(({ key }) => key === `authorise:${id}`);
  if (call !== undefined) give(troupe, call, { kind: 'expired' });
}

function answer(troupe: Troupe, wallet: ReturnType<typeof createOutsideWallet>): void {
  for (let calls = callsOf(troupe); calls.length > 0; calls = callsOf(troupe)) {
    for (const call of calls) {
      const said = wallet.ask(call.request as WalletRequest, 4);
      give(troupe, call, { kind: 'answered', answer: said });
    }
  }
}

const DAY = playDay();

function reportOf(log: readonly LogEntry[]) {
  const ledger = createLedger();
  for (const { address, event } of log) {
    const [of, id = ''] = address.split('/');
    // The catalogue pairs each address with its own kind of events.
    ledger.add({ of, id, event } as Parameters<typeof ledger.add>[0]);
  }
  return ledger.report();
}

function indexOf(kind: string, id?: string): number {
  const index = DAY.findIndex(
    ({ address, event }) =>
      address === 'player/ann' &&
      event.kind === kind &&
      (id === undefined || ('bet' in event && event.bet === id)),
  );
  if (index < 0) throw new Error(`the day has no ${kind} of ${id}`);
  return index;
}

const without = (kind: string, id?: string) => DAY.toSpliced(indexOf(kind, id), 1);
const twice = (kind: string, id?: string) => {
  const index = indexOf(kind, id);
  return DAY.toSpliced(index, 0, ...DAY.slice(index, index + 1));
};
const put = (kind: string, change: object, id?: string) =>
  DAY.map((entry, index) =>
    // Of the same kind still: the change is a value of one of its fields.
    index === indexOf(kind, id)
      ? ({ ...entry, event: { ...entry.event, ...change } } as LogEntry)
      : entry,
  );

describe('wallets in the second ledger', () => {
  test('a day that went well has no fault, and its wallet owes nothing', () => {
    const { faults, unmatched, wallet, books } = reportOf(DAY);
    expect([faults, unmatched]).toEqual([[], []]);
    expect(wallet).toEqual({
      authorised: 3,
      refused: 2,
      captured: 2,
      voided: 2,
      credits: 1,
      settledByHand: 0,
      open: 0,
      creditingCents: 0,
      waiting: [],
    });
    expect(books).toMatchObject({ deposits: 300, free: 0, held: 0 });
  });

  test('what a wallet still owes is named, and no fault', () => {
    const { faults, unmatched, wallet } = reportOf(playDay('owing'));
    expect([faults, unmatched]).toEqual([[], []]);
    expect(wallet).toMatchObject({ open: 1, creditingCents: 160 });
    expect(wallet.waiting).toEqual(['credit 1 of player ann: the wallet is to take 160 cents']);
    const open = reportOf(without('stake-captured', 'b2')).wallet;
    expect(open.waiting).toEqual(['bet ann/b2: the wallet is to give 100 cents']);
    const late = reportOf(without('authorisation-voided', 'b5')).wallet;
    expect(late.waiting).toEqual(['bet ann/b5: the wallet is to let go of 100 cents']);
  });

  test('what an operator settled by hand is counted, and must have been open', () => {
    const byHand = { kind: 'call-settled', by: 'jo', why: 'slip 88', atMs: 9 } as const;
    const beforeCapture = (call: string, of = DAY) => {
      const index = indexOf('stake-captured', 'b2');
      const entry = { ...DAY[index], event: { ...byHand, call } } as LogEntry;
      return of.toSpliced(index, 0, entry);
    };
    expect(reportOf(beforeCapture('capture:b2'))).toMatchObject({
      faults: [],
      wallet: { captured: 2, settledByHand: 1 },
    });
    for (const call of ['capture:b4', 'void:b2', 'credit:1']) {
      expect(reportOf(beforeCapture(call)).faults).toEqual([
        `call ${call} of player ann is settled by hand, and was not open`,
      ]);
    }
  });

  test.each([
    [
      'a stake that was never authorised',
      without('stake-authorised', 'b1'),
      'bet ann/b1 is reserved, and the wallet holds nothing for it',
    ],
    [
      'a stake authorised twice',
      twice('stake-authorised', 'b1'),
      'bet ann/b1 is authorised to its wallet, then authorised',
    ],
    [
      'an authorisation of another amount',
      put('stake-authorised', { amount: cents(99) }, 'b1'),
      'bet ann/b1 asks for 100 cents and gets 99',
    ],
    [
      'a bet asked for twice',
      twice('authorisation-requested', 'b4'),
      'bet ann/b4 asks the wallet twice',
    ],
    [
      'a question nobody may ask',
      without('wallet-attached'),
      'bet ann/b1 asks a wallet, and its player has none',
    ],
    [
      'a capture without a confirmation',
      without('bet-confirmed', 'b2'),
      'bet ann/b2 is authorised to its wallet, then captured',
    ],
    [
      'a capture of what was refused',
      put('authorisation-voided', { bet: betId('b4') }, 'b5'),
      'bet ann/b4 is refused to its wallet, then voided',
    ],
    [
      'a capture that comes twice',
      twice('stake-captured', 'b1'),
      'bet ann/b1 is captured to its wallet, then captured',
    ],
    [
      'a void of more than entered',
      put('void-requested', { amount: cents(1) }, 'b5'),
      'bet ann/b5 lets the wallet have 1 cents back of 0',
    ],
    [
      'a void of less than entered',
      put('void-requested', { amount: cents(99) }, 'b3'),
      'bet ann/b3 lets the wallet have 99 cents back of 100',
    ],
    [
      'a credit of more than is free',
      put('credit-requested', { amount: cents(161) }),
      'credit 1 of player ann is 1 cents more than is free',
    ],
    [
      'a credit that is numbered wrong',
      put('credit-requested', { credit: 2 }),
      'player ann has credit 2 where 1 is the next',
    ],
    [
      'a credit taken that nobody asked for',
      without('credit-requested'),
      'credit 1 of player ann is taken, and was not asked for',
    ],
    ['a second wallet', twice('wallet-attached'), 'player ann gets a wallet twice'],
  ])('finds %s', (_, log, fault) => {
    expect(reportOf(log).faults).toContain(fault);
  });
});
