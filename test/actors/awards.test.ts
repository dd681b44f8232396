import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXPIRED_AT_ONCE } from '../../src/actors/claims.ts';
import { player } from '../../src/actors/player.ts';
import type { AwardRecord, PlayerCommand, PlayerEvent } from '../../src/actors/player-events.ts';
import { BALANCE_MAX_CENTS, type Player } from '../../src/actors/player-state.ts';
import { type AwardId, awardId, cents } from '../../src/actors/units.ts';
import { createLedger, missingIn } from '../../src/audit/ledger.ts';
import { toldIn } from '../audit/days.ts';
import { createTroupe, given } from '../support/scenario.ts';
import {
  confirm,
  deposit,
  openAccount,
  place,
  settle,
  T1,
  withdraw as takeOut,
  ticket,
} from './given.ts';

const HOUR_MS = 3_600_000;
const CLAIM_MS = 72 * HOUR_MS;
const GRANTED_MS = 1_000;
const UNTIL_MS = GRANTED_MS + CLAIM_MS;

type Grant = PlayerCommand & { readonly kind: 'grant-award' };

const A1 = awardId('t1.1.7');
const A2 = awardId('t1.2.7');
const terms = {
  award: A1,
  tournament: T1,
  version: 1,
  rank: 3,
  amount: cents(500),
  rule: 'sum@3',
  prize: 'third of the day',
};
const grant = (over: Partial<Grant> = {}): Grant => ({
  kind: 'grant-award',
  ...terms,
  claimMs: CLAIM_MS,
  atMs: GRANTED_MS,
  ...over,
});
const claim = (atMs = GRANTED_MS + 1, award: AwardId = A1): PlayerCommand => ({
  kind: 'claim-award',
  award,
  by: 'clerk',
  atMs,
});
const withdraw = (award: AwardId = A1, atMs = GRANTED_MS + 2): PlayerCommand => ({
  kind: 'withdraw-award',
  award,
  why: 'race 4 was corrected',
  atMs,
});
const expire = (atMs = UNTIL_MS): PlayerCommand => ({ kind: 'expire-awards', atMs });

const granted: PlayerEvent = {
  kind: 'award-granted',
  ...terms,
  untilMs: UNTIL_MS,
  atMs: GRANTED_MS,
};
const claimed: PlayerEvent = {
  kind: 'award-claimed',
  award: A1,
  tournament: T1,
  amount: cents(500),
  by: 'clerk',
  atMs: GRANTED_MS + 1,
};
const expired: PlayerEvent = {
  kind: 'award-expired',
  award: A1,
  tournament: T1,
  amount: cents(500),
  atMs: UNTIL_MS,
};
const withdrawn: PlayerEvent & { kind: 'award-withdrawn' } = {
  kind: 'award-withdrawn',
  award: A1,
  tournament: T1,
  why: 'race 4 was corrected',
  atMs: GRANTED_MS + 2,
};

const ann = given(player, 'ann').after(openAccount, deposit(1_000));
const waiting = ann.after(grant());

function moneyOf(of: typeof ann) {
  const answer = of.answer({ kind: 'account' });
  if (answer?.kind !== 'account') throw new Error('no account');
  const { free, held, unclaimed, awards } = answer.account;
  return { free, held, unclaimed, awards };
}

function statusOf(of: typeof ann, award: AwardId = A1): AwardRecord['status'] | undefined {
  const answer = of.answer({ kind: 'award', award });
  return answer?.kind === 'award' ? answer.award.status : undefined;
}

describe('an award', () => {
  test('waits for its winner, and is no money of the account until then', () => {
    ann.when(grant()).yields(granted);
    expect(moneyOf(waiting)).toEqual({ free: 1_000, held: 0, unclaimed: 0, awards: 500 });
    expect(waiting.answer({ kind: 'award', award: A1 })).toEqual({
      kind: 'award',
      award: { ...terms, untilMs: UNTIL_MS, atMs: GRANTED_MS, status: { kind: 'granted' } },
    });
    waiting
      .when(takeOut(1_001))
      .refuses({ reason: 'insufficient-funds', free: cents(1_000), needed: cents(1_001) });
  });

  test.each([
    ['while it waits', waiting],
    ['when it is claimed', waiting.after(claim())],
    ['when it is expired', waiting.after(expire())],
    ['when it is withdrawn', waiting.after(withdraw())],
  ])('is granted once, %s too', (_, history) => {
    history.when(grant()).yields();
    history.when(grant({ atMs: GRANTED_MS + 9 })).yields();
  });

  test.each<[string, Partial<Grant>]>([
    ['amount', { amount: cents(501) }],
    ['rank', { rank: 2 }],
    ['version', { version: 2 }],
    ['rule', { rule: 'sum@4' }],
    ['prize', { prize: 'second of the day' }],
  ])('under a name that stands for another %s is a defect', (_, over) => {
    expect(() => waiting.when(grant(over))).toThrow('is another one');
  });

  test.each<[string, Partial<Grant>]>([
    ['amount', { amount: cents(0) }],
    ['amount', { amount: cents(-1) }],
    ['version', { version: 0 }],
    ['rank', { rank: 1.5 }],
    ['claimMs', { claimMs: 0 }],
    ['untilMs', { atMs: Number.MAX_SAFE_INTEGER }],
  ])('that cannot be is a defect: %s', (name, over) => {
    expect(() => ann.when(grant(over))).toThrow(`as its ${name}`);
  });

  test.each(['', 'a b', '.a', 'a/b', 'a'.repeat(101), 'é'])('is not called %j', (name) => {
    expect(() => awardId(name)).toThrow(RangeError);
    // As it comes over the wire: what a compiler would refuse.
    expect(() => ann.when(grant({ award: name as AwardId }))).toThrow(RangeError);
    expect(() => ann.when(withdraw(name as AwardId))).toThrow(RangeError);
  });

  test('has a name of a hundred characters at most, made of other ids', () => {
    const name = awardId(`${'t'.repeat(64)}.${'9'.repeat(16)}.${'8'.repeat(18)}`);
    expect(name).toHaveLength(100);
    expect(statusOf(ann.after(grant({ award: name })), name)).toEqual({ kind: 'granted' });
  });

  test('waits beside others, and together they stay within what an account may hold', () => {
    const most = grant({ amount: cents(BALANCE_MAX_CENTS - 500), award: A2 });
    expect(moneyOf(waiting.after(most)).awards).toBe(BALANCE_MAX_CENTS);
    waiting
      .when({ ...most, amount: cents(BALANCE_MAX_CENTS - 499) })
      .refuses({ reason: 'balance-too-large', maximum: BALANCE_MAX_CENTS });
  });

  test('is none of somebody without an account', () => {
    given(player, 'ann').when(grant()).refuses({ reason: 'unknown-player', player: 'ann' });
  });
});

describe('a claim', () => {
  test('makes it free money, once', () => {
    waiting.when(claim()).yields(claimed);
    const paid = waiting.after(claim());
    expect(moneyOf(paid)).toEqual({ free: 1_500, held: 0, unclaimed: 0, awards: 0 });
    expect(statusOf(paid)).toEqual({ kind: 'claimed', by: 'clerk', atMs: GRANTED_MS + 1 });
    paid.when(claim()).yields();
    paid.when(claim(UNTIL_MS + 9)).yields();
  });

  test('comes in time a millisecond before its end, and no later, with the timer or without', () => {
    expect(waiting.when(claim(UNTIL_MS - 1)).events).toHaveLength(1);
    for (const atMs of [UNTIL_MS, UNTIL_MS + 1]) {
      waiting.when(claim(atMs)).refuses({ reason: 'award-expired', award: A1 });
    }
    waiting
      .after(expire())
      .when(claim(UNTIL_MS - 1))
      .refuses({ reason: 'award-expired', award: A1 });
  });

  test('of what was never granted, or was taken back, is refused', () => {
    waiting.when(claim(2, A2)).refuses({ reason: 'unknown-award', award: A2 });
    waiting
      .after(withdraw())
      .when(claim())
      .refuses({ reason: 'award-withdrawn', award: A1, why: 'race 4 was corrected' });
  });

  test('keeps the account within what it may hold, and the award waits', () => {
    const room = (left: number) =>
      given(player, 'ann').after(openAccount, deposit(BALANCE_MAX_CENTS - left), grant());
    room(499).when(claim()).refuses({ reason: 'balance-too-large', maximum: BALANCE_MAX_CENTS });
    room(499).after(takeOut(1)).when(claim()).yields(claimed);
    room(500).when(claim()).yields(claimed);
  });

  test('is posted to the house, and told to the tournament', () => {
    expect(player.follow('ann', claimed)).toEqual([
      {
        to: 'operator/house',
        command: { kind: 'post-award', player: 'ann', award: A1, amount: 500 },
      },
      {
        to: 'tournament/t1',
        command: {
          kind: 'award-closed',
          player: 'ann',
          award: A1,
          how: 'claimed',
          atMs: GRANTED_MS + 1,
        },
      },
    ]);
  });
});

describe('a correction', () => {
  test('takes back what waits, once, and moves no money', () => {
    waiting.when(withdraw()).yields(withdrawn);
    const back = waiting.after(withdraw());
    expect(moneyOf(back)).toEqual({ free: 1_000, held: 0, unclaimed: 0, awards: 0 });
    back.when(withdraw()).yields();
  });

  test('comes too late for what was claimed or is expired', () => {
    waiting.after(claim()).when(withdraw()).yields();
    waiting.after(expire()).when(withdraw()).yields();
  });

  test('grants another under the next version’s name', () => {
    const again = waiting.after(withdraw(), grant({ award: A2, version: 2, rank: 2 }));
    expect(statusOf(again)).toMatchObject({ kind: 'withdrawn' });
    expect(moneyOf(again.after(claim(GRANTED_MS + 3, A2))).free).toBe(1_500);
  });

  test('that overtakes the grant is remembered, and ends it as it comes', () => {
    const ahead: PlayerEvent = { ...withdrawn, tournament: '' };
    ann.when(withdraw()).yields(ahead);
    const early = ann.after(withdraw());
    expect(early.answer({ kind: 'award', award: A1 })).toEqual({ kind: 'nothing' });
    early.when(withdraw()).yields();
    early.when(claim()).refuses({ reason: 'unknown-award', award: A1 });
    early.when(grant()).yields(granted, withdrawn);
    const ended = early.after(grant());
    expect(moneyOf(ended)).toEqual({ free: 1_000, held: 0, unclaimed: 0, awards: 0 });
    expect(ended.state.awardsWithdrawnAhead.size).toBe(0);
    ended.when(grant()).yields();
    ended.when(withdraw()).yields();
    expect(early.after(grant({ award: A2 })).state.awardsWithdrawnAhead.size).toBe(1);
  });

  test('is told to the tournament, with its grant if it overtook that', () => {
    const command = { kind: 'award-closed', player: 'ann', award: A1, how: 'withdrawn' };
    expect(player.follow('ann', withdrawn)).toEqual([
      { to: 'tournament/t1', command: { ...command, atMs: GRANTED_MS + 2 } },
    ]);
    expect(player.follow('ann', { ...withdrawn, tournament: '' })).toEqual([]);
    expect(player.follow('ann', granted)).toEqual([]);
  });
});

describe('what nobody claims', () => {
  test('expires at its own millisecond, not before, and once', () => {
    waiting.when(expire(UNTIL_MS - 1)).yields();
    waiting.when(expire()).yields(expired);
    const gone = waiting.after(expire());
    expect(moneyOf(gone)).toEqual({ free: 1_000, held: 0, unclaimed: 0, awards: 0 });
    gone.when(expire()).yields();
    waiting.after(claim()).when(expire()).yields();
    waiting.after(withdraw()).when(expire()).yields();
  });

  test('is told to the tournament, and to nobody else: it is the house’s still', () => {
    expect(player.follow('ann', expired)).toEqual([
      {
        to: 'tournament/t1',
        command: {
          kind: 'award-closed',
          player: 'ann',
          award: A1,
          how: 'expired',
          atMs: UNTIL_MS,
        },
      },
    ]);
  });

  test('goes a part at a time, and the timer stays for the rest', () => {
    const grants = Array.from({ length: EXPIRED_AT_ONCE + 2 }, (_, index) =>
      grant({ award: awardId(`t1.1.${index}`) }),
    );
    const many = ann.after(...grants).after(expire());
    expect(many.state.awardsWaiting.size).toBe(2);
    expect(timers(many)).toEqual([dueAt(UNTIL_MS)]);
    expect(many.after(expire()).state.awardsWaiting.size).toBe(0);
  });
});

const timers = (of: typeof ann) => player.timers?.('ann', of.state);
const dueAt = (atMs: number) => ({ key: `expire-awards:${atMs}`, atMs, command: expire(atMs) });

describe('the timer of awards', () => {
  test('is for the first that ends, and goes with a claim or a withdrawal', () => {
    expect(timers(ann)).toEqual([]);
    expect(timers(waiting)).toEqual([dueAt(UNTIL_MS)]);
    const short = grant({ award: A2, claimMs: HOUR_MS });
    expect(timers(ann.after(short, grant()))).toEqual([dueAt(GRANTED_MS + HOUR_MS)]);
    const two = waiting.after(short);
    expect(timers(two)).toEqual([dueAt(GRANTED_MS + HOUR_MS)]);
    expect(timers(two.after(expire(GRANTED_MS + HOUR_MS)))).toEqual([dueAt(UNTIL_MS)]);
    expect(timers(two.after(withdraw(A2)))).toEqual([dueAt(UNTIL_MS)]);
    expect(timers(two.after(withdraw(A2), claim()))).toEqual([]);
  });

  test('stands beside that of unclaimed bets', () => {
    const both = waiting.after(
      place(ticket('1', { channel: 'terminal' })),
      confirm(),
      settle({ payout: 900, claimDays: 2, atMs: 1 }),
    );
    expect(timers(both)?.map(({ key }) => key)).toEqual([
      'expire-claims:2',
      `expire-awards:${UNTIL_MS}`,
    ]);
  });
});

describe('a player’s awards', () => {
  test('are listed newest first, a page at a time', () => {
    const names = ['t1.1.1', 't2.1.1', 't3.1.1'].map(awardId);
    const three = ann.after(...names.map((award) => grant({ award })), claim(2_000, names[1]));
    const page = (skip: number, limit: number) => {
      const answer = three.answer({ kind: 'awards', skip, limit });
      if (answer?.kind !== 'awards') throw new Error('no list');
      return { ids: answer.awards.map(({ award }) => award), more: answer.more };
    };
    expect(page(0, 2)).toEqual({ ids: [names[2], names[1]], more: true });
    expect(page(2, 2)).toEqual({ ids: [names[0]], more: false });
    expect(page(3, 2)).toEqual({ ids: [], more: false });
  });

  test('of nobody are nothing', () => {
    const nobody = given(player, 'ann');
    expect(nobody.answer({ kind: 'awards', skip: 0, limit: 9 })).toEqual({ kind: 'nothing' });
  });
});

describe('whatever is granted, claimed, expired and withdrawn', () => {
  const NAMES = [A1, A2, awardId('t2.1.7')];
  const TIMES = [GRANTED_MS, GRANTED_MS + 9, UNTIL_MS - 1, UNTIL_MS, UNTIL_MS + 9];
  const grantOf = (award: AwardId, index: number) =>
    grant({
      award,
      amount: cents(10 ** (index + 1)),
      claimMs: index === 0 ? CLAIM_MS : CLAIM_MS + index * 5,
    });
  const steps = fc.array(
    fc.oneof(
      fc.nat(2).map((index) => grantOf(NAMES[index] ?? A1, index)),
      fc.nat(2).map((index) => withdraw(NAMES[index])),
      fc
        .tuple(fc.nat(2), fc.constantFrom(...TIMES))
        .map(([index, atMs]) => claim(atMs, NAMES[index])),
      fc.constantFrom(...TIMES).map(expire),
      fc.constant(takeOut(1, 'w1')),
    ),
    { maxLength: 25 },
  );

  test('each is closed once, and every cent is in one place, in any order with any repetition', () => {
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.nat(9)), (commands, choices) => {
        const troupe = createTroupe();
        const to = 'player/ann';
        for (const command of [openAccount, deposit(1_000)]) troupe.tell(to, command);
        for (const command of commands) {
          troupe.tell(to, command, 'may-refuse');
          const choice = choices.next().value ?? 0;
          if (choice > 4) troupe.deliver(choice, choice > 7 ? 'keep' : undefined);
        }
        while (troupe.underWay > 0) troupe.deliver(choices.next().value ?? 0);
        troupe.crash(to);

        const ledger = createLedger();
        for (const entry of troupe.log) {
          ledger.add(toldIn(entry));
          const { books, faults } = ledger.report();
          expect(faults).toEqual([]);
          expect(missingIn(books)).toBe(0);
        }
        expect(ledger.report().unmatched).toEqual([]);

        const state = troupe.stateOf(to) as Player;
        const paid = [...state.awards.values()]
          .filter(({ status }) => status.kind === 'claimed')
          .reduce((sum, { amount }) => sum + amount, 0);
        expect(state.free).toBe(1_000 - state.withdrawals + paid);
        expect(troupe.answer('operator/house', { kind: 'books' })).toMatchObject({ awards: paid });
        for (const award of NAMES) {
          const told = troupe.log.flatMap(({ event }) =>
            'award' in event && event.award === award ? [event] : [],
          );
          const of = (kind: string) => told.filter((it) => it.kind === kind);
          const ends = told.filter(
            (it) =>
              it.kind === 'award-claimed' ||
              it.kind === 'award-expired' ||
              (it.kind === 'award-withdrawn' && it.tournament !== ''),
          );
          const status = state.awards.get(award)?.status.kind;
          expect(of('award-granted')).toHaveLength(status === undefined ? 0 : 1);
          expect(ends).toHaveLength(status === undefined || status === 'granted' ? 0 : 1);
          expect(of('award-posted')).toHaveLength(status === 'claimed' ? 1 : 0);
          expect(state.awardsWaiting.has(award)).toBe(status === 'granted');
        }
      }),
      { numRuns: 500 },
    );
  });
});
