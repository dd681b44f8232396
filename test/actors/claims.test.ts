import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXPIRED_AT_ONCE } from '../../src/actors/claims.ts';
import { player } from '../../src/actors/player.ts';
import type { PlayerCommand, PlayerEvent } from '../../src/actors/player-events.ts';
import type { Player } from '../../src/actors/player-state.ts';
import { betId, cents } from '../../src/actors/units.ts';
import { createTroupe, given } from '../support/scenario.ts';
import { claim, confirm, deposit, openAccount, place, settle, ticket } from './given.ts';

const DAY_MS = 86_400_000;
const b1 = betId('b1');
const expire = (atMs: number): PlayerCommand => ({ kind: 'expire-claims', atMs });

/** A bet of 4.00 from a free 10.00, in its pool. */
const registered = given(player, 'ann').after(
  openAccount,
  deposit(1_000),
  place(ticket('1', { stake: 400, channel: 'terminal' })),
  confirm(),
);
/** To be claimed within two days of the first. */
const won = (payout: number, settlement = 1, atMs = DAY_MS) =>
  settle({ payout, settlement, claimDays: 2, atMs });
const waiting = registered.after(won(900));

function account(of: typeof registered) {
  const answer = of.answer({ kind: 'account' });
  if (answer?.kind !== 'account') throw new Error('no account');
  const { free, held, unclaimed } = answer.account;
  return { free, held, unclaimed };
}

describe('a bet of a channel where the ticket is cashed', () => {
  test('waits to be claimed, winnings and stakes given back', () => {
    expect(account(waiting)).toEqual({ free: 600, held: 0, unclaimed: 900 });
    const both = settle({ payout: 900, refund: 100, claimDays: 2, atMs: DAY_MS });
    expect(account(registered.after(both)).unclaimed).toBe(1_000);
  });

  test('is paid at once where nobody says how many days, or none', () => {
    const {
      claimDays: _,
      atMs: __,
      ...bare
    } = settle({ payout: 900 }) as PlayerCommand & {
      kind: 'settle-bet';
    };
    expect(account(registered.after(bare))).toEqual({ free: 1_500, held: 0, unclaimed: 0 });
    expect(registered.after(bare).state).toEqual(registered.after(settle({ payout: 900 })).state);
  });

  test('is claimed once', () => {
    waiting
      .when(claim())
      .yields({ kind: 'bet-claimed', bet: b1, amount: cents(900), by: 'clerk', atMs: 9 });
    const claimed = waiting.after(claim());
    expect(account(claimed)).toEqual({ free: 1_500, held: 0, unclaimed: 0 });
    claimed.when(claim()).yields();
    claimed.when(won(900)).yields();
  });

  test.each([
    ['registered', registered],
    ['settled', registered.after(settle({ payout: 900 }))],
    ['settled', registered.after(won(0))],
    ['settled', waiting.after(won(0, 2))],
  ])('has nothing to claim while it is %s and nothing waits', (status, history) => {
    history.when(claim()).refuses({ reason: 'nothing-to-claim', bet: b1, status });
  });

  test('that was never placed is not claimed', () => {
    waiting.when(claim('b9')).refuses({ reason: 'unknown-bet', bet: betId('b9') });
  });
});

describe('a correction', () => {
  test.each([
    ['more', 950],
    ['less', 100],
    ['nothing', 0],
  ])('to %s changes what waits, and nothing that is free', (_what, payout) => {
    const corrected = waiting.after(won(payout, 2));
    expect(account(corrected)).toEqual({ free: 600, held: 0, unclaimed: payout });
  });

  test('gives the money that came late its own days', () => {
    const corrected = waiting.after(won(950, 2, 3 * DAY_MS));
    corrected.when(expire(4 * DAY_MS)).yields();
    expect(corrected.when(expire(5 * DAY_MS + 1)).events).toMatchObject([{ amount: 950 }]);
  });

  test('that knows neither days nor time leaves the days as they were', () => {
    const corrected = waiting.after(settle({ payout: 950, settlement: 2 }));
    expect(account(corrected)).toEqual({ free: 600, held: 0, unclaimed: 950 });
    expect(corrected.when(expire(3 * DAY_MS + 1)).events).toMatchObject([{ amount: 950 }]);
  });

  test('of a loser to a winner makes it wait', () => {
    const corrected = registered.after(won(0), won(700, 2));
    expect(account(corrected)).toEqual({ free: 600, held: 0, unclaimed: 700 });
    expect(account(corrected.after(claim())).free).toBe(1_300);
  });

  test.each([
    ['more', 950, 1_550],
    ['less, which the player then owes', 0, 600],
  ])('of a bet that was claimed changes free money: %s', (_what, payout, free) => {
    const corrected = waiting.after(claim(), won(payout, 2));
    expect(account(corrected)).toEqual({ free, held: 0, unclaimed: 0 });
  });

  test('of a bet that was paid at once stays with the account, whatever its channel says now', () => {
    const corrected = registered.after(settle({ payout: 900 }), won(950, 2));
    expect(account(corrected)).toEqual({ free: 1_550, held: 0, unclaimed: 0 });
  });

  test('can leave the player owing, who then neither withdraws nor bets', () => {
    const spent: PlayerCommand = { kind: 'withdraw', request: 'w', amount: cents(1_500), atMs: 9 };
    const owing = waiting.after(claim(), spent, won(0, 2));
    expect(account(owing).free).toBe(-900);
    owing
      .when({ ...spent, request: 'w2', amount: cents(1) } as PlayerCommand)
      .refuses({ reason: 'insufficient-funds', free: cents(-900), needed: cents(1) });
    owing
      .when(place(ticket('1', { bet: 'b2', stake: 1 })))
      .refuses({ reason: 'insufficient-funds', free: cents(-900), needed: cents(1) });
  });
});

describe('what nobody claims', () => {
  const late = 3 * DAY_MS + 1;
  const expired: PlayerEvent = {
    kind: 'claim-expired',
    bet: b1,
    amount: cents(900),
    settlement: 1,
    player: ticket('1').player,
    atMs: late,
  };

  test('is the house’s a millisecond after its days, not before, and once', () => {
    waiting.when(expire(late - 1)).yields();
    waiting.when(expire(late)).yields(expired);
    const gone = waiting.after(expire(late));
    expect(account(gone)).toEqual({ free: 600, held: 0, unclaimed: 0 });
    gone.when(expire(late)).yields();
    gone.when(claim()).refuses({ reason: 'claim-expired', bet: b1 });
  });

  test('is posted to the house', () => {
    expect(player.follow('ann', expired)).toEqual([
      {
        to: 'operator/house',
        command: { kind: 'post-unclaimed', player: 'ann', bet: 'b1', amount: 900, settlement: 1 },
      },
    ]);
  });

  test('can still be claimed while nobody has given it to the house', () => {
    expect(account(waiting.after({ ...claim(), atMs: late } as PlayerCommand)).free).toBe(1_500);
  });

  test('waits for ever where nobody knows since when', () => {
    const timeless = registered.after(won(900, 1, 0));
    timeless.when(expire(Number.MAX_SAFE_INTEGER)).yields();
    expect(account(timeless.after(claim())).free).toBe(1_500);
  });

  test.each([
    ['more', 950, 50],
    ['less', 100, -800],
  ])('is corrected to %s at the house’s cost', (_what, payout, amount) => {
    const gone = waiting.after(expire(late));
    const { events } = gone.when(won(payout, 2, 9 * DAY_MS));
    expect(events).toMatchObject([
      { kind: 'bet-settled', settlement: 2 },
      { kind: 'claim-expired', amount, settlement: 2 },
    ]);
    expect(account(gone.after(won(payout, 2)))).toEqual({ free: 600, held: 0, unclaimed: 0 });
  });

  test('goes a part at a time, and the account says how many are left', () => {
    const count = EXPIRED_AT_ONCE + 2;
    const bets = Array.from({ length: count }, (_, index) => `t${index}`);
    const many = given(player, 'ann').after(
      openAccount,
      deposit(100_000),
      ...bets.map((bet) => place(ticket('1', { bet }))),
      ...bets.map((bet) => settle({ payout: 1, claimDays: 2, atMs: DAY_MS }, bet)),
    );
    const due = (of: typeof many) => of.answer({ kind: 'claims', atMs: late });
    expect(due(many)).toMatchObject({ due: count, account: { unclaimed: count } });
    const rest = many.after(expire(late));
    expect(due(rest)).toMatchObject({ due: 2, account: { unclaimed: 2 } });
    expect(due(rest.after(expire(late)))).toMatchObject({ due: 0, account: { unclaimed: 0 } });
  });
});

describe('the timer of what nobody claims', () => {
  const timers = (of: typeof registered) => player.timers?.('ann', of.state);
  const dueAfter = (day: number) => {
    const atMs = (day + 1) * DAY_MS;
    return { key: `expire-claims:${day}`, atMs, command: expire(atMs) };
  };

  test('is at the end of the day on which its days are over, and takes it', () => {
    expect(timers(registered)).toEqual([]);
    // Settled with the first millisecond of day 1, over with that of day 3.
    expect(timers(waiting)).toEqual([dueAfter(3)]);
    expect(waiting.when(dueAfter(3).command).events).toMatchObject([{ amount: 900 }]);
    expect(timers(waiting.after(dueAfter(3).command))).toEqual([]);
  });

  test.each([
    ['the last millisecond of a day', 3 * DAY_MS - 1, 4],
    ['the first of the next', 3 * DAY_MS, 5],
  ])('belongs to the day of %s', (_, atMs, day) => {
    const settled = registered.after(won(900, 1, atMs));
    expect(timers(settled)).toEqual([dueAfter(day)]);
    expect(settled.when(dueAfter(day).command).events).toHaveLength(1);
  });

  test('is one for all, the earliest day first', () => {
    const bets = ['b2', 'b3', 'b4'];
    const many = registered.after(
      ...bets.map((bet) => place(ticket('1', { bet, stake: 100 }))),
      won(900, 1, 6 * DAY_MS),
      ...bets.map((bet, index) =>
        settle({ payout: 9, claimDays: 2, atMs: (3 - (index % 2)) * DAY_MS }, bet),
      ),
    );
    expect(timers(many)).toEqual([dueAfter(4)]);
    const next = many.after(dueAfter(4).command);
    expect(timers(next)).toEqual([dueAfter(5)]);
    expect(timers(next.after(claim('b2'), claim('b4')))).toEqual([dueAfter(8)]);
  });

  test('moves with a correction, and goes with a claim', () => {
    expect(timers(waiting.after(won(950, 2, 9 * DAY_MS)))).toEqual([dueAfter(11)]);
    expect(timers(waiting.after(won(0, 2)))).toEqual([]);
    expect(timers(waiting.after(claim()))).toEqual([]);
  });

  test('is none where nobody knows since when the money waits', () => {
    expect(timers(registered.after(won(900, 1, 0)))).toEqual([]);
  });
});

describe('whatever is settled, claimed, expired and corrected', () => {
  const steps = fc.array(
    fc.oneof(
      fc
        .record({
          payout: fc.constantFrom(0, 50, 700),
          settlement: fc.integer({ min: 1, max: 4 }),
          claimDays: fc.constantFrom(0, 1, 3),
          atMs: fc.constantFrom(0, 1, 2 * DAY_MS),
        })
        .map((it) => settle(it)),
      fc.constant(claim()),
      fc.constantFrom(0, 2, 9).map((days) => expire(days * DAY_MS)),
    ),
    { maxLength: 20 },
  );

  test('what the bet pays is in the account or the house’s books, to the cent, in any order', () => {
    fc.assert(
      fc.property(steps, fc.infiniteStream(fc.nat(5)), (commands, choices) => {
        const troupe = createTroupe();
        const to = 'player/ann';
        for (const command of [openAccount, deposit(1_000)]) troupe.tell(to, command);
        troupe.tell(to, place(ticket('1', { stake: 400 })));
        troupe.tell(to, confirm());
        for (const command of commands) troupe.tell(to, command, 'may-refuse');
        // The bet's own message is for a race that is not in the play.
        while (troupe.underWay > 0) troupe.deliver(choices.next().value ?? 0);
        const { account: now } = troupe.answer(to, { kind: 'account' }) as {
          account: { free: number; unclaimed: number };
        };
        const house = troupe.answer('operator/house', { kind: 'books' }) as { unclaimed: number };
        const { bet } = troupe.answer(to, { kind: 'bet', bet: 'b1' }) as {
          bet: { status: { payout?: number } };
        };
        expect(now.free + now.unclaimed + house.unclaimed).toBe(600 + (bet.status.payout ?? 0));
        // It is in the timer's books exactly as long as it waits, and somebody knows for how long.
        const state = troupe.stateOf(to) as Player;
        const days = [...state.claims].flatMap((id) => {
          const found = state.bets.get(id)?.status;
          const claimed = found?.kind === 'settled' ? found.claim : undefined;
          const known = claimed?.kind === 'unclaimed' && claimed.untilMs > 0;
          return known ? [Math.floor(claimed.untilMs / DAY_MS)] : [];
        });
        expect([...state.expiries]).toEqual(days.map((day) => [day, 1]));
        expect(now.unclaimed).toBeGreaterThanOrEqual(0);
        expect(house.unclaimed).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 500 },
    );
  });
});
