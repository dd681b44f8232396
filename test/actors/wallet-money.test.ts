/**
 * Every cent of players whose money is kept outside, whatever becomes of what they ask the wallet:
 * lost on the way there or back, late, doubled, answered after a crash, or never in time.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { player as playerKind } from '../../src/actors/player.ts';
import type { AccountSummary } from '../../src/actors/player-events.ts';
import type { Player } from '../../src/actors/player-state.ts';
import type { PoolDeclaration, RaceCommand } from '../../src/actors/race-events.ts';
import { cents } from '../../src/actors/units.ts';
import { AUTHORISE_WITHIN_MS, type WalletRequest } from '../../src/actors/wallet.ts';
import { createLedger, missingIn } from '../../src/audit/ledger.ts';
import type { Address, Call, CallOutcome } from '../../src/runtime/actor.ts';
import { stewardOrders } from '../support/arbitraries.ts';
import { createOutsideWallet, type OutsideWallet } from '../support/outside-wallet.ts';
import { createTroupe, type LogEntry, type Troupe } from '../support/scenario.ts';
import {
  cancelOf,
  close,
  correct,
  declare,
  deposit,
  official,
  open,
  openAccount,
  place,
  result,
  ticket,
  voided,
  winPool,
} from './given.ts';

const OPENING = 3_000;
/** `cid`'s money is with the house, and must not notice. */
const OUTSIDE = ['ann', 'bob'] as const;
const RACE: Address = 'race/r1';
const cancellable: PoolDeclaration = {
  ...winPool,
  ruleSet: { ...winPool.ruleSet, channels: [{ channel: 'online', cancelSeconds: 1 }] },
};

type Fate =
  | 'answered'
  /** Never gets there. */
  | 'request-lost'
  /** Done, and nobody hears of it. */
  | 'answer-lost'
  /** Done, and the answer comes some other time, perhaps twice. */
  | 'answer-late'
  /** Gets there some other time, perhaps twice; whoever sent it has long given up. */
  | 'request-late'
  /** The deadline passes first, where there is one. */
  | 'expired';

type Step =
  | { readonly kind: 'bet'; readonly player: string; readonly bet: number; readonly stake: number }
  | { readonly kind: 'cancel'; readonly player: string; readonly bet: number }
  | { readonly kind: 'order'; readonly command: RaceCommand }
  | { readonly kind: 'deliver'; readonly choice: number; readonly keep: boolean }
  | { readonly kind: 'call'; readonly choice: number; readonly fate: Fate }
  | { readonly kind: 'late'; readonly choice: number; readonly keep: boolean }
  | { readonly kind: 'crash'; readonly player: string }
  | { readonly kind: 'time' };

const players = fc.constantFrom(...OUTSIDE, 'cid');
const bets = fc.integer({ min: 1, max: 6 });
const fates = fc.constantFrom<Fate[]>(
  'answered',
  'answered',
  'answered',
  'request-lost',
  'answer-lost',
  'answer-late',
  'request-late',
  'expired',
);

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('bet'),
      player: players,
      bet: bets,
      stake: fc.constantFrom(100, 150, 2_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel'), player: players, bet: bets }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('order'), command: stewardOrders }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('deliver'),
      choice: fc.nat(20),
      keep: fc.boolean(),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constant('call'), choice: fc.nat(20), fate: fates }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('late'), choice: fc.nat(20), keep: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('crash'), player: fc.constantFrom(...OUTSIDE) }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'time' }) },
);

const days = fc.array(steps, { minLength: 20, maxLength: 120, size: 'max' });

interface Late {
  readonly owner: string;
  readonly call: Call;
  /** Undefined: the request itself is on its way. */
  readonly outcome: CallOutcome | undefined;
}

describe('whatever becomes of what a wallet is asked', () => {
  test('no cent is made or lost, each hold ends once, and no bet is in a pool that was not held', () => {
    fc.assert(
      fc.property(days, fc.shuffledSubarray([1, 2, 3], { minLength: 1 }), (day, finish) => {
        const wallet = createOutsideWallet(OPENING);
        const troupe = createTroupe();
        morning(troupe);
        live(troupe, wallet, day);
        evening(troupe, wallet, finish);

        expect(troupe.refused).toEqual([]);
        for (const id of OUTSIDE) expectWhole(troupe, wallet, id);
        expectBooks(troupe.log);
        expectEachHeld(troupe, wallet);
      }),
      { numRuns: 300 },
    );
  });
});

function morning(troupe: Troupe): void {
  for (const id of OUTSIDE) troupe.tell(`player/${id}`, { ...openAccount, inWallet: true });
  troupe.tell('player/cid', openAccount);
  troupe.tell('player/cid', deposit(OPENING));
  troupe.tell(RACE, declare([cancellable], 3));
  troupe.tell(RACE, open);
  troupe.deliverAll();
}

function live(troupe: Troupe, wallet: OutsideWallet, day: readonly Step[]): void {
  const lates: Late[] = [];
  let nowMs = 4;

  function give(owner: string, call: Call, outcome: CallOutcome): void {
    const command = playerKind.callAnswered?.(call, outcome, nowMs);
    troupe.tell(`player/${owner}`, command);
  }

  function make({ owner, call }: { owner: string; call: Call }, fate: Fate): void {
    const asked = call.request as WalletRequest;
    const ask = (): CallOutcome => ({ kind: 'answered', answer: wallet.ask(asked, nowMs) });
    switch (fate) {
      case 'answered':
        give(owner, call, ask());
        return;
      case 'request-lost':
        return;
      case 'answer-lost':
        ask();
        return;
      case 'answer-late':
        lates.push({ owner, call, outcome: ask() });
        return;
      case 'request-late':
        lates.push({ owner, call, outcome: undefined });
        return;
      default:
        if (call.deadlineAtMs !== undefined) give(owner, call, { kind: 'expired' });
    }
  }

  for (const step of day) {
    switch (step.kind) {
      case 'bet': {
        const { player, bet, stake } = step;
        const it = ticket(`${(bet % 3) + 1}`, { bet: `b${bet}`, player, stake });
        troupe.tell(`player/${player}`, place(it, nowMs), 'may-refuse');
        break;
      }
      case 'cancel':
        troupe.tell(`player/${step.player}`, cancelOf(`b${step.bet}`, nowMs), 'may-refuse');
        break;
      case 'order':
        troupe.tell(RACE, step.command, 'may-refuse');
        break;
      case 'deliver':
        if (troupe.underWay > 0) troupe.deliver(step.choice, step.keep ? 'keep' : undefined);
        break;
      case 'call': {
        const due = callsOf(troupe);
        const one = due[step.choice % due.length];
        if (one !== undefined) make(one, step.fate);
        break;
      }
      case 'late': {
        const index = step.choice % lates.length;
        const one = lates[index];
        if (one === undefined) break;
        if (!step.keep) lates.splice(index, 1);
        // A request that comes when nobody wants it any more may be a mistake by now.
        if (one.outcome !== undefined) give(one.owner, one.call, one.outcome);
        else if (mayCome(wallet, one.call)) wallet.ask(one.call.request as WalletRequest, nowMs);
        break;
      }
      case 'crash':
        troupe.crash(`player/${step.player}`);
        break;
      default:
        nowMs += AUTHORISE_WITHIN_MS;
    }
  }
}

/** A capture whose authorisation never came is refused by any wallet; here it cannot be asked. */
function mayCome(wallet: OutsideWallet, { request }: Call): boolean {
  const asked = request as WalletRequest;
  if (asked.kind !== 'capture' && asked.kind !== 'void') return true;
  const of = wallet.find({ ...asked, kind: 'authorise', amount: cents(0), expiresAtMs: 0 });
  return asked.kind === 'void' || of !== undefined;
}

/** The race ends, its result is corrected where it has one, and the wallet answers everything. */
function evening(troupe: Troupe, wallet: OutsideWallet, finish: readonly number[]): void {
  answerAll(troupe, wallet);
  troupe.tell(RACE, open, 'may-refuse');
  troupe.tell(RACE, close, 'may-refuse');
  const order = finish.join(' ');
  const fell = [1, 2, 3].filter((it) => !finish.includes(it));
  const entered = troupe.tell(RACE, result(order, ...fell), 'may-refuse');
  if (entered && troupe.tell(RACE, official, 'may-refuse')) {
    troupe.deliverAll();
    const other = [...finish].reverse().join(' ');
    troupe.tell(RACE, correct(other, ...fell), 'may-refuse');
  } else troupe.tell(RACE, voided, 'may-refuse');
  answerAll(troupe, wallet);
}

function answerAll(troupe: Troupe, wallet: OutsideWallet): void {
  troupe.deliverAll();
  for (let due = callsOf(troupe); due.length > 0; due = callsOf(troupe)) {
    for (const { owner, call } of due) {
      const answer = wallet.ask(call.request as WalletRequest, 4);
      const command = playerKind.callAnswered?.(call, { kind: 'answered', answer }, 9);
      // As after a crash before anybody knew that it was taken.
      for (let twice = 0; twice < 2; twice++) troupe.tell(`player/${owner}`, command);
    }
    troupe.deliverAll();
  }
}

function callsOf(troupe: Troupe): { readonly owner: string; readonly call: Call }[] {
  return OUTSIDE.flatMap((owner) => {
    const state = troupe.stateOf(`player/${owner}`) as Player;
    return (playerKind.calls?.(owner, state) ?? []).map((call) => ({ owner, call }));
  });
}

/** What the wallet has, and what the house has of it, is what there was. */
function expectWhole(troupe: Troupe, wallet: OutsideWallet, id: string): void {
  const { account } = troupe.answer(`player/${id}`, { kind: 'account' }) as {
    readonly account: AccountSummary;
  };
  const kept = wallet.accounts().find(({ player }) => player === id);
  expect(kept?.held ?? 0, 'held at rest').toBe(0);
  const { deposits, withdrawals } = account;
  expect((kept?.balance ?? OPENING) + deposits - withdrawals, `all of ${id}`).toBe(OPENING);
  expect(account.wallet).toEqual({ crediting: 0, calls: 0 });
  // Nothing of theirs stays here but a debt.
  expect(account.free).toBeLessThanOrEqual(0);
  expect(account.held).toBe(0);
}

/** At every record the books add up; at the end nothing is wrong, and no wallet owes an answer. */
function expectBooks(log: readonly LogEntry[]): void {
  const ledger = createLedger();
  for (const { address, event } of log) {
    const [of, id = ''] = address.split('/');
    // The catalogue pairs each address with its own kind of events.
    ledger.add({ of, id, event } as Parameters<typeof ledger.add>[0]);
    expect(missingIn(ledger.report().books)).toBe(0);
  }
  const { faults, unmatched, wallet, bets: counts } = ledger.report();
  expect([faults, unmatched]).toEqual([[], []]);
  expect(wallet).toMatchObject({ open: 0, waiting: [], creditingCents: 0 });
  expect(counts.unresolved).toBe(0);
}

/** Of a bet in a pool the wallet gave the stake; of every other one it holds nothing. */
function expectEachHeld(troupe: Troupe, wallet: OutsideWallet): void {
  const registered = new Set(
    troupe.log.flatMap(({ event }) =>
      event.kind === 'bet-registered' ? [`${event.player}/${event.bet}`] : [],
    ),
  );
  for (const id of OUTSIDE) {
    for (const [bet, { ticket: it }] of (troupe.stateOf(`player/${id}`) as Player).bets) {
      const asked = { kind: 'authorise', player: it.player, bet, amount: it.cost } as const;
      const state = wallet.find({ ...asked, expiresAtMs: 0 })?.state;
      if (registered.has(`${id}/${bet}`)) expect(state, `${id}/${bet}`).toBe('captured');
      else expect([undefined, 'voided', 'declined'], `${id}/${bet}`).toContain(state);
    }
  }
}
