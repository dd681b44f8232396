import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { player } from '../../src/actors/player.ts';
import { OPEN_BETS_MAX } from '../../src/actors/player-bets.ts';
import type { PlayerCommand, PlayerEvent } from '../../src/actors/player-events.ts';
import { BALANCE_MAX_CENTS } from '../../src/actors/player-state.ts';
import type { Ticket } from '../../src/actors/ticket.ts';
import { betId, cents, playerId, poolId } from '../../src/actors/units.ts';
import { playerCommands } from '../support/arbitraries.ts';
import { given } from '../support/scenario.ts';
import {
  cancelOf,
  confirm,
  deposit,
  openAccount,
  place,
  R1,
  release,
  settle,
  T1,
  ticket,
  WIN,
  withdraw,
} from './given.ts';

const ann = (...commands: readonly PlayerCommand[]) =>
  given(player, 'ann').after(openAccount, ...commands);
const rich = (...commands: readonly PlayerCommand[]) => ann(deposit(1_000), ...commands);
const enter: PlayerCommand = { kind: 'enter-tournament', tournament: T1 };
const refusal = { reason: 'race-not-open', details: { phase: 'closed' } } as const;
const b1 = betId('b1');

function account(of: ReturnType<typeof ann>) {
  const answer = of.answer({ kind: 'account' });
  if (answer?.kind !== 'account') throw new Error('no account');
  return answer.account;
}

describe('an account', () => {
  test('is opened with an alias', () => {
    given(player, 'ann')
      .when(openAccount)
      .yields({ kind: 'account-opened', request: 'o1', alias: 'Ann', atMs: 1 });
  });

  const before: [string, PlayerCommand][] = [
    ['a deposit', deposit(1)],
    ['a withdrawal', withdraw(1)],
    ['a bet', place(ticket('1'))],
    ['a confirmation', confirm()],
    ['a release', release()],
    ['a settlement', settle({})],
    ['a tournament', enter],
  ];
  test.each(before)('refuses %s before it is opened', (_what, command) => {
    given(player, 'ann').when(command).refuses({ reason: 'unknown-player', player: 'ann' });
  });

  test('answers nothing before it is opened', () => {
    expect(given(player, 'ann').answer({ kind: 'account' })).toEqual({ kind: 'nothing' });
  });

  test('takes the same opening again without a trace, whenever it comes', () => {
    ann()
      .when({ ...openAccount, atMs: 99 } as PlayerCommand)
      .yields();
  });

  test.each([
    ['another request', { ...openAccount, request: 'o2' }],
    ['another alias', { ...openAccount, alias: 'Bob' }],
  ] as [string, PlayerCommand][])('is not opened again by %s', (_what, command) => {
    ann().when(command).refuses({ reason: 'account-exists', player: 'ann' });
  });
});

describe('deposits and withdrawals', () => {
  test('move free money and nothing else', () => {
    expect(account(rich(withdraw(300)))).toEqual({
      player: 'ann',
      alias: 'Ann',
      free: 700,
      held: 0,
      unclaimed: 0,
      awards: 0,
      openBets: 0,
      tournaments: [],
      deposits: 1_000,
      withdrawals: 300,
    });
  });

  test.each([
    ['deposit', deposit(1_000)],
    ['withdrawal', withdraw(300)],
  ] as [string, PlayerCommand & { kind: 'deposit' | 'withdraw' }][])(
    'a %s with the same request id and amount changes nothing, a week later too',
    (_what, command) => {
      const again = rich(withdraw(300)).when({ ...command, atMs: command.atMs + 604_800_000 });
      again.yields();
    },
  );

  const reused: [string, PlayerCommand][] = [
    ['a deposit of one cent more', deposit(1_001)],
    ['a withdrawal of the same amount', withdraw(1_000, 'd1')],
    ['a deposit under the id that opened the account', deposit(1_000, 'o1')],
  ];
  test.each(reused)('refuse a request id that stands for something else: %s', (_what, command) => {
    const request = 'request' in command ? command.request : '';
    rich().when(command).refuses({ reason: 'request-id-reused', request });
  });

  test('a repeated withdrawal is a repeat also when the money is gone', () => {
    rich(withdraw(1_000)).when(withdraw(1_000)).yields();
  });

  test('takes out all that is free', () => {
    rich()
      .when(withdraw(1_000))
      .yields({ kind: 'withdrawn', request: 'w1', amount: cents(1_000), atMs: 3 });
  });

  test('refuses a withdrawal one cent over what is free', () => {
    rich()
      .when(withdraw(1_001))
      .refuses({ reason: 'insufficient-funds', free: cents(1_000), needed: cents(1_001) });
  });

  test('does not pay out what is held', () => {
    rich(place(ticket('1', { stake: 400 })))
      .when(withdraw(601))
      .refuses({ reason: 'insufficient-funds', free: cents(600), needed: cents(601) });
  });

  test.each([0, -1])('crash on an amount of %i: whoever sends it has a defect', (amount) => {
    expect(() => rich().when(deposit(amount, 'new'))).toThrow(`cannot deposit ${amount} cents`);
    expect(() => rich().when(withdraw(amount))).toThrow(`cannot withdraw ${amount} cents`);
  });

  test('move a single cent', () => {
    expect(account(rich(deposit(1, 'new'), withdraw(1))).free).toBe(1_000);
  });

  test('takes a deposit up to the largest balance', () => {
    expect(ann(deposit(BALANCE_MAX_CENTS)).state.free).toBe(BALANCE_MAX_CENTS);
  });

  test('refuses a deposit one cent over the largest balance, counting what is held', () => {
    ann(deposit(BALANCE_MAX_CENTS - 1), place(ticket('1')))
      .when(deposit(2, 'd2'))
      .refuses({ reason: 'balance-too-large', maximum: BALANCE_MAX_CENTS });
  });
});

describe('placing a bet', () => {
  test('reserves its cost', () => {
    const bet = ticket('1', { stake: 1_000 });
    rich()
      .when(place(bet))
      .yields({ kind: 'stake-reserved', ...bet, atMs: 4, tournaments: [] });
    expect(account(rich(place(bet)))).toMatchObject({ free: 0, held: 1_000, openBets: 1 });
  });

  test('refuses a bet one cent over what is free', () => {
    rich()
      .when(place(ticket('1', { stake: 1_001 })))
      .refuses({ reason: 'insufficient-funds', free: cents(1_000), needed: cents(1_001) });
  });

  const bet = ticket('1,2', { stake: 100 });
  const stages: [string, PlayerCommand[]][] = [
    ['is reserved', []],
    ['is registered', [confirm()]],
    ['was refused', [release()]],
    ['is settled', [confirm(), settle({ payout: 500 })]],
  ];
  test.each(stages)('changes nothing when the same bet comes again that %s', (_stage, since) => {
    rich(place(bet), ...since)
      .when(place(bet, 999))
      .yields();
  });
  test.each(stages)('refuses another bet under the id of one that %s', (_stage, since) => {
    rich(place(bet), ...since)
      .when(place(ticket('1', { stake: 100 })))
      .refuses({ reason: 'bet-id-reused', bet: b1 });
  });

  test.each([
    ['race', ticket('1,2', { race: 'r2' })],
    ['pool', ticket('1,2', { pool: 'place' })],
    ['runners', ticket('1,3')],
    ['legs', ticket('1,2/1')],
    ['stake', ticket('1,2', { stake: 50 })],
    ['channel', ticket('1,2', { channel: 'terminal' })],
    ['formula', { ...bet, formula: 'unit' }],
    ['picks', { ...bet, picks: 2 }],
    ['flexi', { ...bet, flexi: 50 }],
    ['alternates', { ...bet, alternates: [4] }],
  ] as [string, Ticket][])('tells a bet under a used id by its %s', (_what, other) => {
    rich(place(bet)).when(place(other)).refuses({ reason: 'bet-id-reused', bet: b1 });
  });

  test('a repeat is a repeat also when the money is gone', () => {
    rich(place(bet), withdraw(800)).when(place(bet)).yields();
  });

  test('takes the last open bet that an account may have and refuses the next', () => {
    const history = [...rich().history];
    for (let count = 1; count < OPEN_BETS_MAX; count++) {
      const free = ticket('1', { bet: `f${count}`, cost: 0 });
      history.push({ kind: 'stake-reserved', ...free, atMs: 4, tournaments: [] });
    }
    const last = ticket('1', { bet: 'last' });
    const { decider } = player;
    const state = history.reduce(decider.evolve, decider.initial('ann'));
    expect(decider.decide(state, place(last))).toMatchObject({ ok: true });
    decider.evolve(state, { kind: 'stake-reserved', ...last, atMs: 4, tournaments: [] });
    expect(decider.decide(state, place(ticket('1', { bet: 'over' })))).toEqual({
      ok: false,
      rejection: { reason: 'too-many-open-bets', maximum: OPEN_BETS_MAX },
    });
    decider.evolve(state, { kind: 'stake-released', bet: last.bet, refusal });
    expect(decider.decide(state, place(ticket('1', { bet: 'over' })))).toMatchObject({ ok: true });
  });

  const lies: [string, Ticket, string][] = [
    ['of another player', ticket('1', { player: 'bob' }), 'not a bet of ann'],
    ['of nothing', ticket('1', { stake: 0 }), 'not a bet of ann'],
    ['of a stake below nothing', ticket('1', { stake: -100 }), 'not a bet of ann'],
    ['a cent too cheap', ticket('1,2', { cost: 199 }), 'bet b1 costs 199'],
    ['a cent too dear', ticket('1,2', { cost: 201 }), 'bet b1 costs 201'],
    ['for nothing', ticket('1,2', { cost: 0 }), 'bet b1 costs 0'],
    ['of no combination', { ...ticket('1,2', { cost: 0 }), combinations: 0 }, 'bet b1 costs 0'],
  ];
  test.each(lies)('crashes on a ticket %s: whoever sends it has a defect', (_what, lie, says) => {
    expect(() => rich().when(place(lie))).toThrow(says);
    expect(() => rich(place(bet)).when(place(lie))).toThrow(says);
  });

  test('takes a stake of one cent', () => {
    expect(rich().when(place(ticket('1,2', { stake: 1 }))).events).toMatchObject([{ cost: 2 }]);
  });

  test('asks the race to register it', () => {
    const [event] = rich().when(place(bet)).events;
    if (event === undefined) throw new Error('no event');
    expect(player.follow('ann', event)).toEqual([
      { to: 'race/r1', command: { kind: 'register-bet', ticket: bet, atMs: 4 } },
    ]);
  });
});

describe('the race decides', () => {
  const placed = rich(place(ticket('1', { stake: 400 })));

  test('a confirmation moves the held money into the pool', () => {
    placed.when(confirm()).yields({ kind: 'bet-confirmed', bet: b1 });
    expect(account(placed.after(confirm()))).toMatchObject({ free: 600, held: 0, openBets: 1 });
  });

  test('a release gives the held money back', () => {
    placed.when(release()).yields({ kind: 'stake-released', bet: b1, refusal });
    expect(account(placed.after(release()))).toMatchObject({ free: 1_000, held: 0, openBets: 0 });
  });

  const late: [string, PlayerCommand[], PlayerCommand][] = [
    ['a second confirmation', [confirm()], confirm()],
    ['a second release', [release()], release()],
    ['a release after the confirmation', [confirm()], release()],
    ['a confirmation after the release', [release()], confirm()],
    ['a confirmation after the settlement', [confirm(), settle({ payout: 1 })], confirm()],
    ['a release after the settlement', [confirm(), settle({ payout: 1 })], release()],
  ];
  test.each(late)('%s changes nothing', (_what, since, command) => {
    placed
      .after(...since)
      .when(command)
      .yields();
  });

  test.each([
    ['confirmation', confirm('b9')],
    ['release', release('b9')],
    ['settlement', settle({}, 'b9')],
  ] as [string, PlayerCommand][])('refuses the %s of a bet never placed', (_what, command) => {
    placed.when(command).refuses({ reason: 'unknown-bet', bet: betId('b9') });
  });

  test('answers a decided bet only when it is decided', () => {
    const query = { kind: 'decided-bet', bet: b1 } as const;
    expect(placed.answer(query)).toBeUndefined();
    expect(placed.answer({ kind: 'bet', bet: b1 })).toMatchObject({
      bet: { status: { kind: 'reserved' } },
    });
    expect(placed.after(confirm()).answer(query)).toMatchObject({
      bet: { status: { kind: 'registered' } },
    });
    expect(placed.after(release()).answer(query)).toMatchObject({
      bet: { status: { kind: 'refused', refusal } },
    });
    expect(placed.answer({ kind: 'decided-bet', bet: betId('b9') })).toEqual({ kind: 'nothing' });
  });

  test('lists bets, the newest first, and says whether there are more', () => {
    const three = rich(...['b1', 'b2', 'b3'].map((bet) => place(ticket('1', { bet }))));
    const page = (skip: number, limit: number) => {
      const answer = three.answer({ kind: 'bets', skip, limit });
      if (answer?.kind !== 'bets') throw new Error('no bets');
      return [answer.bets.map((it) => it.ticket.bet).join(), answer.more];
    };
    expect(page(0, 2)).toEqual(['b3,b2', true]);
    expect(page(1, 2)).toEqual(['b2,b1', false]);
    expect(page(3, 2)).toEqual(['', false]);
  });
});

describe('settling a bet', () => {
  const registered = rich(place(ticket('1', { stake: 400 })), confirm());
  const settled = (payout: number, refund: number, settlement: number): PlayerEvent => ({
    kind: 'bet-settled',
    bet: b1,
    placedAtMs: 4,
    pool: poolId('win'),
    payout: cents(payout),
    refund: cents(refund),
    player: playerId('ann'),
    race: R1,
    cost: cents(400),
    tournaments: [],
    settlement,
    claimDays: 0,
    atMs: 0,
  });

  test('pays it once', () => {
    registered.when(settle({ payout: 900, refund: 100 })).yields(settled(900, 100, 1));
    const paid = registered.after(settle({ payout: 900, refund: 100 }));
    expect(account(paid)).toMatchObject({ free: 1_600, held: 0, openBets: 0 });
    paid.when(settle({ payout: 900, refund: 100 })).yields();
  });

  test('confirms it first where the settlement overtook the confirmation', () => {
    const reserved = rich(place(ticket('1', { stake: 400 })));
    reserved
      .when(settle({ payout: 900 }))
      .yields({ kind: 'bet-confirmed', bet: b1 }, settled(900, 0, 1));
    const paid = reserved.after(settle({ payout: 900 }), confirm());
    expect(account(paid)).toMatchObject({ free: 1_500, held: 0, openBets: 0 });
  });

  test.each([
    ['more', 950, 1_550],
    ['less', 100, 700],
    ['nothing', 0, 600],
  ])('a later settlement of %s moves only the difference', (_what, payout, free) => {
    const corrected = registered.after(settle({ payout: 900 }), settle({ payout, settlement: 2 }));
    expect(account(corrected)).toMatchObject({ free, openBets: 0 });
  });

  test('an earlier settlement that comes late changes nothing', () => {
    const corrected = registered.after(settle({ payout: 50, settlement: 2 }));
    corrected.when(settle({ payout: 900 })).yields();
  });

  test('refuses to pay a bet that was refused: its stake is back already', () => {
    rich(place(ticket('1', { stake: 400 })), release())
      .when(settle({ refund: 400 }))
      .refuses({ reason: 'unknown-bet', bet: b1 });
  });
});

describe('tournaments', () => {
  test('are entered once', () => {
    rich().when(enter).yields({ kind: 'tournament-entered', tournament: T1 });
    rich(enter).when(enter).yields();
  });

  test('hear of a bet when it is in its pool, and when it is taken back', () => {
    const placed = rich(enter, place(ticket('1')));
    const told = (history: typeof placed, command: PlayerCommand) =>
      history.when(command).events.flatMap((event) => player.follow('ann', event));
    const bet = { bet: 'b1', player: 'ann', race: 'r1', placedAtMs: 4 };
    expect(told(placed, confirm())).toEqual([
      { to: 'tournament/t1', command: { kind: 'enter-bet', ...bet } },
    ]);
    const cancelling = placed.after(confirm(), { kind: 'cancel-bet', bet: b1, by: 'x', atMs: 5 });
    expect(told(cancelling, { kind: 'confirm-cancel', bet: b1 })).toEqual([
      { to: 'tournament/t1', command: { kind: 'drop-bet', ...bet } },
    ]);
    expect(told(rich(place(ticket('1'))), confirm())).toEqual([]);
  });

  test('count the bets placed after they were entered and no others', () => {
    const late = ticket('1', { bet: 'b2' });
    const both = rich(place(ticket('1')), enter, place(late), confirm(), confirm('b2'));
    const tellsTo = (bet: string) =>
      both
        .when(settle({ payout: 250, refund: 10 }, bet))
        .events.flatMap((event) => player.follow('ann', event));
    expect(tellsTo('b1')).toEqual([]);
    expect(tellsTo('b2')).toEqual([
      {
        to: 'tournament/t1',
        command: {
          kind: 'count-bet',
          bet: 'b2',
          player: 'ann',
          race: 'r1',
          pool: 'win',
          cost: 100,
          payout: 250,
          refund: 10,
          settlement: 1,
          placedAtMs: 4,
          atMs: 0,
        },
      },
    ]);
  });

  test('an answer that was given is not changed by what happens next', () => {
    const before = rich();
    const summary = account(before);
    player.decider.evolve(before.state, { kind: 'tournament-entered', tournament: T1 });
    expect(summary.tournaments).toEqual([]);
  });
});

describe('wanting a bet back', () => {
  const reserved = rich(place(ticket('1', { stake: 400 })));
  const registered = reserved.after(confirm());
  const asked = { race: R1, pool: WIN, by: 'clerk', atMs: 5 };
  const toRace = {
    to: 'race/r1',
    command: { kind: 'cancel-bet', bet: 'b1', player: 'ann', pool: 'win', by: 'clerk', atMs: 5 },
  };
  const confirmCancel = { kind: 'confirm-cancel', bet: b1 } as const;
  const tooLate = { reason: 'race-closed', details: { race: 'r1', phase: 'closed' } } as const;
  const refuseCancel = { kind: 'refuse-cancel', bet: b1, refusal: tooLate } as const;
  const follows = (events: readonly PlayerEvent[]) =>
    events.flatMap((event) => player.follow('ann', event));

  test('asks the race for a bet that is in its pool', () => {
    const { events } = registered.when(cancelOf());
    expect(events).toEqual([{ kind: 'cancel-requested', bet: b1, cancel: asked, waiting: false }]);
    expect(follows(events)).toEqual([toRace]);
  });

  test('waits until the race has answered the bet, and asks then', () => {
    const { events } = reserved.when(cancelOf());
    expect(events).toEqual([{ kind: 'cancel-requested', bet: b1, cancel: asked, waiting: true }]);
    expect(follows(events)).toEqual([]);
    const confirmed = reserved.after(cancelOf()).when(confirm()).events;
    expect(confirmed).toEqual([{ kind: 'bet-confirmed', bet: b1, cancel: asked }]);
    expect(follows(confirmed)).toEqual([toRace]);
  });

  test('asks for nothing where the race refused the bet meanwhile', () => {
    const { events } = reserved.after(cancelOf()).when(release());
    expect(follows(events)).toEqual([]);
  });

  test('moves nothing until the race has decided, and then the stake', () => {
    const waiting = registered.after(cancelOf());
    expect(account(waiting)).toMatchObject({ free: 600, held: 0, openBets: 1 });
    expect(account(waiting.after(confirmCancel))).toMatchObject({ free: 1_000, openBets: 0 });
    expect(account(waiting.after(refuseCancel))).toMatchObject({ free: 600, openBets: 1 });
  });

  test('is answered when it is decided', () => {
    const query = { kind: 'decided-cancel', bet: b1 } as const;
    const waiting = registered.after(cancelOf());
    expect(reserved.after(cancelOf()).answer(query)).toBeUndefined();
    expect(waiting.answer(query)).toBeUndefined();
    expect(waiting.after(confirmCancel).answer(query)).toMatchObject({
      bet: { status: { kind: 'cancelled' } },
    });
    expect(waiting.after(refuseCancel).answer(query)).toMatchObject({
      bet: { status: { kind: 'registered' }, cancel: { kind: 'refused', refusal: tooLate } },
    });
    expect(reserved.after(cancelOf(), release()).answer(query)).toMatchObject({
      bet: { status: { kind: 'refused' } },
    });
  });

  const repeats: [string, PlayerCommand[], PlayerCommand][] = [
    ['asked for again', [cancelOf()], cancelOf('b1', 99)],
    ['asked for again after the refusal', [cancelOf(), refuseCancel], cancelOf('b1', 99)],
    ['asked for again after it was cancelled', [cancelOf(), confirmCancel], cancelOf('b1', 99)],
    ['cancelled twice', [cancelOf(), confirmCancel], confirmCancel],
    ['refused twice', [cancelOf(), refuseCancel], refuseCancel],
    ['confirmed after it was cancelled', [cancelOf(), confirmCancel], confirm()],
    [
      'placed again after it was cancelled',
      [cancelOf(), confirmCancel],
      place(ticket('1', { stake: 400 })),
    ],
    [
      'settled, and only then refused',
      [cancelOf(), settle({ payout: 1 }), refuseCancel],
      refuseCancel,
    ],
  ];
  test.each(repeats)('a bet %s changes nothing', (_what, since, command) => {
    registered
      .after(...since)
      .when(command)
      .yields();
  });

  test.each([
    ['refused', reserved.after(release())],
    ['settled', registered.after(settle({ payout: 500 }))],
  ])('refuses to ask for a bet that is %s', (status, history) => {
    history
      .when(cancelOf())
      .refuses({ reason: 'not-cancellable', bet: b1, channel: 'online', status });
  });

  test.each([
    ['reserved', reserved],
    ['settled', registered.after(settle({}))],
  ])('believes no race that gives back a %s bet', (status, history) => {
    history
      .when(confirmCancel)
      .refuses({ reason: 'not-cancellable', bet: b1, channel: 'online', status });
  });

  test('refuses to pay a bet that was cancelled: its stake is back already', () => {
    registered
      .after(cancelOf(), confirmCancel)
      .when(settle({ payout: 900 }))
      .refuses({ reason: 'unknown-bet', bet: b1 });
  });

  test.each([
    cancelOf('b9'),
    { ...confirmCancel, bet: betId('b9') },
    { ...refuseCancel, bet: betId('b9') },
  ])('knows no bet that was never placed: %j', (command) => {
    registered.when(command).refuses({ reason: 'unknown-bet', bet: betId('b9') });
  });
});

describe('settling all bets in a pool at once', () => {
  const three = rich(
    ...['b1', 'b2', 'b3'].map((bet) => place(ticket('1', { bet }))),
    confirm('b1'),
    confirm('b2'),
  );
  const payment = (bet: string, payout: number, refund = 0) => ({
    bet: betId(bet),
    payout: cents(payout),
    refund: cents(refund),
    claimDays: 0,
  });
  const together = (
    settlement: number,
    paid: readonly ReturnType<typeof payment>[],
    ...except: string[]
  ): PlayerCommand => ({
    kind: 'settle-pool',
    race: R1,
    pool: WIN,
    settlement,
    atMs: 6,
    paid,
    except: except.map(betId),
  });
  const statusOf = (it: typeof three, bet: string) => it.state.bets.get(betId(bet))?.status;

  test('is one record, and pays what each alone would', () => {
    const command = together(1, [payment('b1', 500), payment('b3', 70)]);
    const { events } = three.when(command);
    // The third one’s race had not confirmed it yet.
    expect(events.map((it) => it.kind)).toEqual(['bet-confirmed', 'pool-bets-settled']);
    const alone = ['b1', 'b2', 'b3'].map((bet, index) =>
      settle({ payout: [500, 0, 70][index] ?? 0, atMs: 6 }, bet),
    );
    const { poolsSettled: _, ...once } = three.after(command).state;
    const { poolsSettled: __, ...oneByOne } = three.after(...alone).state;
    expect(once).toEqual(oneByOne);
    three.after(command).when(command).yields();
  });

  test('is over for those that it does not name: they have lost', () => {
    const settled = three.after(together(1, [payment('b1', 500)]));
    expect(statusOf(settled, 'b2')).toMatchObject({ kind: 'settled', payout: 0, refund: 0 });
    expect(account(settled).free).toBe(700 + 500);
  });

  test('leaves a bet that waits for its race’s word, which has lost when it is confirmed', () => {
    const settled = three.after(together(1, [payment('b1', 500)]));
    expect(statusOf(settled, 'b3')).toEqual({ kind: 'reserved' });
    const late = settled.after(confirm('b3'));
    expect(statusOf(late, 'b3')).toMatchObject({ kind: 'settled', payout: 0, settlement: 1 });
    expect(account(late)).toMatchObject({ free: 700 + 500, held: 0, openBets: 0 });
    late.when(confirm('b3')).yields();
  });

  test('gives the stake back of a bet that its race refuses in the end', () => {
    const refused = three.after(together(1, [payment('b1', 500)]), release('b3'));
    expect(account(refused)).toMatchObject({ free: 700 + 500 + 100, held: 0, openBets: 0 });
  });

  test('says nothing of bets that had left the pool, settled before or still to be', () => {
    const before = three.after(settle({ refund: 100 }, 'b2'), together(1, [], 'b2', 'b3'));
    expect(statusOf(before, 'b2')).toMatchObject({ refund: 100 });
    const after = before.after(confirm('b3'));
    expect(statusOf(after, 'b3')).toMatchObject({ kind: 'registered' });
    const given = after.after(settle({ refund: 100 }, 'b3'));
    expect(account(given)).toMatchObject({ free: 700 + 200, openBets: 0 });
  });

  test('says nothing of the same player’s bets in another pool or race', () => {
    const others = rich(
      place(ticket('1')),
      place(ticket('1', { bet: 'b2', pool: 'place' })),
      place(ticket('1', { bet: 'b3', race: 'r2' })),
      ...['b1', 'b2', 'b3'].map((bet) => confirm(bet)),
      together(1, [payment('b1', 500)]),
    );
    expect(statusOf(others, 'b2')).toMatchObject({ kind: 'registered' });
    expect(statusOf(others, 'b3')).toMatchObject({ kind: 'registered' });
  });

  test('pays those alone that were not paid for that settlement before', () => {
    const paid = three.after(settle({ payout: 500 }));
    const settled = paid.after(together(1, [payment('b1', 900), payment('b2', 10)]));
    expect(account(settled).free).toBe(700 + 500 + 10);
  });

  test('moves the difference to a later settlement, of whoever it names and does not', () => {
    const settled = three.after(together(1, [payment('b1', 500)]));
    const again = settled.after(together(2, [payment('b2', 300)]));
    expect(account(again).free).toBe(700 + 300);
    again.when(together(1, [payment('b1', 500)])).yields();
    expect(account(three.after(together(2, [payment('b2', 300)]))).free).toBe(700 + 300);
  });

  test('pays none where one is unknown', () => {
    three
      .when(together(1, [payment('b1', 500), payment('b9', 10)]))
      .refuses({ reason: 'unknown-bet', bet: betId('b9') });
  });

  test('takes a bet that is named twice once', () => {
    const twice = three.after(together(1, [payment('b1', 500), payment('b1', 500)]));
    expect(account(twice).free).toBe(700 + 500);
  });

  test('tells the tournaments of each bet, won or lost', () => {
    const entered = rich(
      enter,
      ...['b1', 'b2'].flatMap((bet) => [place(ticket('1', { bet })), confirm(bet)]),
    );
    const told = entered
      .when(together(1, [payment('b1', 500)]))
      .events.flatMap((event) => player.follow('ann', event));
    expect(told).toMatchObject([
      { to: 'tournament/t1', command: { kind: 'count-bet', bet: 'b1', payout: 500 } },
      { to: 'tournament/t1', command: { kind: 'count-bet', bet: 'b2', payout: 0 } },
    ]);
  });

  test('keeps what each channel’s winnings wait for', () => {
    const waits = { ...payment('b1', 500), claimDays: 3 };
    const settled = three.after(together(1, [waits, payment('b2', 70)]));
    expect(account(settled)).toMatchObject({ free: 700 + 70, unclaimed: 500 });
  });
});

describe('whatever is asked of an account', () => {
  test('money is conserved, free money is never spent twice, held and unclaimed money is that of bets', () => {
    fc.assert(
      fc.property(fc.array(playerCommands, { maxLength: 60 }), (commands) => {
        let it = rich().state;
        let takenBack = 0;
        let toHouse = 0;
        for (const command of commands) {
          const decision = player.decider.decide(it, command);
          if (!decision.ok) continue;
          for (const event of decision.events) {
            const freeBefore = it.free;
            it = player.decider.evolve(it, event);
            if (event.kind === 'bet-settled' || event.kind === 'pool-bets-settled') {
              takenBack += Math.max(0, freeBefore - it.free);
            }
            if (event.kind === 'claim-expired') toHouse += event.amount;
          }

          let inPools = 0;
          let reserved = 0;
          let paid = 0;
          let unclaimed = 0;
          let expired = 0;
          let openBets = 0;
          for (const { ticket: bet, status } of it.bets.values()) {
            if (status.kind === 'reserved') reserved += bet.cost;
            if (status.kind === 'registered' || status.kind === 'settled') inPools += bet.cost;
            if (status.kind === 'reserved' || status.kind === 'registered') openBets++;
            if (status.kind !== 'settled') continue;
            paid += status.payout + status.refund;
            if (status.claim.kind === 'unclaimed') unclaimed += status.payout + status.refund;
            if (status.claim.kind === 'expired') expired += status.payout + status.refund;
          }
          expect(it.free + it.held + it.unclaimed).toBe(
            it.deposits - it.withdrawals - inPools + paid - toHouse,
          );
          expect(it.held).toBe(reserved);
          expect(it.unclaimed).toBe(unclaimed);
          expect(toHouse).toBe(expired);
          expect(it.openBets).toBe(openBets);
          expect(it.free + takenBack).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('every command that was taken is a repeat when it comes again at once', () => {
    fc.assert(
      fc.property(fc.array(playerCommands, { maxLength: 20 }), (commands) => {
        let it = rich().state;
        for (const command of commands) {
          const decision = player.decider.decide(it, command);
          if (!decision.ok) continue;
          for (const event of decision.events) it = player.decider.evolve(it, event);
          expect(player.decider.decide(it, command)).toEqual({ ok: true, events: [] });
        }
      }),
    );
  });
});
