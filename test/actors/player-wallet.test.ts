/** A player whose money is kept outside: each step, each repeat of it, and what comes too late. */
import { describe, expect, test } from 'vitest';
import { player } from '../../src/actors/player.ts';
import { WALLET_HOLDS_MAX } from '../../src/actors/player-bets.ts';
import type { PlayerCommand, PlayerEvent } from '../../src/actors/player-events.ts';
import { BALANCE_MAX_CENTS, type Player } from '../../src/actors/player-state.ts';
import { awardId, betId, cents, playerId, tournamentId } from '../../src/actors/units.ts';
import { AUTHORISE_WITHIN_MS, type WalletRequest } from '../../src/actors/wallet.ts';
import { decodeState, encodeState } from '../../src/runtime/snapshots/state-bytes.ts';
import { given } from '../support/scenario.ts';
import {
  cancelOf,
  claim,
  confirm,
  deposit,
  openAccount,
  place,
  release,
  settle,
  ticket,
  withdraw,
} from './given.ts';

const ANN = playerId('ann');
const B1 = betId('b1');
const opened = { request: 'o1', alias: 'Ann', atMs: 1 } as const;
const opening: PlayerCommand = { kind: 'open-account', ...opened, inWallet: true };
const bet = place(ticket('1'));
const reservation = { ...ticket('1'), atMs: 4, tournaments: [] } as const;
const authorise: WalletRequest = {
  kind: 'authorise',
  player: ANN,
  bet: B1,
  amount: cents(100),
  expiresAtMs: 4 + AUTHORISE_WITHIN_MS,
};
const capture: WalletRequest = { kind: 'capture', player: ANN, bet: B1 };
const voiding: WalletRequest = { kind: 'void', player: ANN, bet: B1 };
const says = (
  asked: WalletRequest,
  outcome: (PlayerCommand & { kind: 'wallet-answered' })['outcome'] = { kind: 'done' },
): PlayerCommand => ({ kind: 'wallet-answered', asked, outcome, atMs: 20 });
const authorised = says(authorise, { kind: 'authorised' });
const declined = says(authorise, { kind: 'declined', why: 'blocked', says: 'call us' });
const expired = says(authorise, { kind: 'expired' });

const ann = (...commands: readonly PlayerCommand[]) =>
  given(player, 'ann').after(opening, ...commands);
const callsAfter = (...commands: readonly PlayerCommand[]) =>
  player.calls?.('ann', ann(...commands).state) ?? [];
const keysAfter = (...commands: readonly PlayerCommand[]) =>
  callsAfter(...commands).map(({ key }) => key);
const accountAfter = (...commands: readonly PlayerCommand[]) => {
  const answer = ann(...commands).answer({ kind: 'account' });
  return answer?.kind === 'account' ? answer.account : undefined;
};
const statusAfter = (...commands: readonly PlayerCommand[]) =>
  ann(...commands).state.bets.get(B1)?.status;

describe('an account in a wallet', () => {
  test('is opened so, once, and never otherwise', () => {
    const events: PlayerEvent[] = [
      { kind: 'account-opened', ...opened },
      { kind: 'wallet-attached', atMs: 1 },
    ];
    given(player, 'ann')
      .when(opening)
      .yields(...events);
    ann().when(opening).yields();
    ann().when(openAccount).refuses({ reason: 'account-exists', player: ANN });
    const inHouse = given(player, 'ann').after(openAccount);
    inHouse.when(opening).refuses({ reason: 'account-exists', player: ANN });
    inHouse.when({ kind: 'open-account', ...opened, inWallet: false }).yields();
  });

  test('takes no deposit but of what is owed, and gives nothing out', () => {
    ann()
      .when(deposit(1))
      .refuses({ reason: 'money-in-wallet', owed: cents(0) });
    ann()
      .when(withdraw(1))
      .refuses({ reason: 'money-in-wallet', owed: cents(0) });
    const owing = ann(...takenBack(40));
    owing.when(deposit(41)).refuses({ reason: 'money-in-wallet', owed: cents(40) });
    expect(owing.after(deposit(40)).state.free).toBe(0);
  });

  test('of the house asks no wallet anything', () => {
    const inHouse = given(player, 'ann').after(openAccount, deposit(100), bet, confirm());
    expect(player.calls?.('ann', inHouse.state)).toEqual([]);
  });
});

describe('a bet', () => {
  test('asks the wallet first; nothing is reserved, and no race hears of it', () => {
    const outcome = ann().when(bet);
    outcome.yields({
      kind: 'authorisation-requested',
      ...reservation,
      deadlineAtMs: 4 + AUTHORISE_WITHIN_MS,
    });
    expect(outcome.events.flatMap((event) => player.follow('ann', event))).toEqual([]);
    expect(callsAfter(bet)).toEqual([
      {
        key: 'authorise:b1',
        service: 'wallet',
        request: authorise,
        sinceMs: 4,
        deadlineAtMs: 4 + AUTHORISE_WITHIN_MS,
      },
    ]);
    expect(ann(bet).answer({ kind: 'decided-bet', bet: B1 })).toBeUndefined();
    expect(accountAfter(bet)).toMatchObject({ free: 0, held: 0, openBets: 1, deposits: 0 });
  });

  test('goes on as any other when the wallet holds the stake, with what was true when it was placed', () => {
    const outcome = ann(bet, { kind: 'enter-tournament', tournament: tournamentId('t1') }).when(
      authorised,
    );
    outcome.yields(
      { kind: 'stake-authorised', bet: B1, amount: cents(100), atMs: 20 },
      { kind: 'stake-reserved', ...reservation },
    );
    expect(outcome.events.flatMap((event) => player.follow('ann', event))).toEqual([
      { to: 'race/r1', command: { kind: 'register-bet', ticket: ticket('1'), atMs: 4 } },
    ]);
    expect(accountAfter(bet, authorised)).toMatchObject({ free: 0, held: 100, deposits: 100 });
    expect(keysAfter(bet, authorised)).toEqual([]);
  });

  test('that is confirmed is captured, and the answer does not wait for it', () => {
    expect(callsAfter(bet, authorised, confirm())).toEqual([
      { key: 'capture:b1', service: 'wallet', request: capture, sinceMs: 4 },
    ]);
    expect(ann(bet, authorised, confirm()).answer({ kind: 'decided-bet', bet: B1 })).toMatchObject({
      kind: 'bet',
      bet: { status: { kind: 'registered' } },
    });
    ann(bet, authorised, confirm())
      .when(says(capture))
      .yields({ kind: 'stake-captured', bet: B1, atMs: 20 });
    expect(keysAfter(bet, authorised, confirm(), says(capture))).toEqual([]);
  });

  test('that its race refuses leaves the books as it came, and is voided', () => {
    const outcome = ann(bet, authorised).when(release());
    expect(outcome.events).toMatchObject([
      { kind: 'stake-released', bet: B1, refusal: { reason: 'race-not-open' } },
      { kind: 'void-requested', bet: B1, amount: 100 },
    ]);
    const books = { free: 0, held: 0, deposits: 100, withdrawals: 100, openBets: 0 };
    expect(accountAfter(bet, authorised, release())).toMatchObject(books);
    expect(keysAfter(bet, authorised, release())).toEqual(['void:b1']);
    ann(bet, authorised, release())
      .when(says(voiding))
      .yields({ kind: 'authorisation-voided', bet: B1, atMs: 20 });
    expect(keysAfter(bet, authorised, release(), says(voiding))).toEqual([]);
  });

  test('that the wallet declines is refused with its reason, and asks for nothing more', () => {
    const refusal = { reason: 'wallet-declined', details: { why: 'blocked', says: 'call us' } };
    ann(bet)
      .when(declined)
      .yields({ kind: 'authorisation-refused', bet: B1, refusal } as never);
    expect(statusAfter(bet, declined)).toEqual({ kind: 'refused', refusal });
    expect(keysAfter(bet, declined)).toEqual([]);
    expect(accountAfter(bet, declined)).toMatchObject({ openBets: 0, deposits: 0 });
  });

  test('that the wallet does not answer in time is refused, and voided until it says so', () => {
    const refusal = { reason: 'wallet-late', details: { withinMs: `${AUTHORISE_WITHIN_MS}` } };
    ann(bet)
      .when(expired)
      .yields({ kind: 'authorisation-refused', bet: B1, refusal } as never, {
        kind: 'void-requested',
        bet: B1,
        amount: cents(0),
      });
    expect(keysAfter(bet, expired)).toEqual(['void:b1']);
    // The yes that comes after all is void already.
    ann(bet, expired).when(authorised).yields();
  });

  test('that is asked for again has the same answer, in every state', () => {
    const lives: PlayerCommand[][] = [
      [],
      [authorised],
      [declined],
      [expired],
      [expired, says(voiding)],
      [authorised, release()],
      [authorised, confirm()],
      [authorised, confirm(), says(capture), settle({ payout: 500 })],
    ];
    for (const life of lives) {
      ann(bet, ...life)
        .when(bet)
        .yields();
      ann(bet, ...life)
        .when(place(ticket('2')))
        .refuses({ reason: 'bet-id-reused', bet: B1 });
      expect(ann(bet, ...life, bet).state).toEqual(ann(bet, ...life).state);
    }
  });

  test('is not asked for where the account could not hold what the wallet may say yes to', () => {
    const most = place(ticket('1', { stake: BALANCE_MAX_CENTS }));
    ann(most)
      .when(place(ticket('1', { bet: 'b2' })))
      .refuses({ reason: 'balance-too-large', maximum: BALANCE_MAX_CENTS });
    expect(
      ann(place(ticket('1', { stake: BALANCE_MAX_CENTS - 100 })), place(ticket('1', { bet: 'b2' })))
        .state.bets.size,
    ).toBe(2);
  });

  test('wanted back while the wallet is asked waits for the race, and goes there when it is confirmed', () => {
    const outcome = ann(bet).when(cancelOf());
    expect(outcome.events).toMatchObject([{ kind: 'cancel-requested', waiting: true }]);
    expect(ann(bet, cancelOf()).answer({ kind: 'decided-cancel', bet: B1 })).toBeUndefined();
    const confirmed = ann(bet, cancelOf(), authorised).when(confirm());
    expect(confirmed.events).toMatchObject([{ kind: 'bet-confirmed', cancel: { by: 'clerk' } }]);
    const refused = ann(bet, cancelOf(), declined).answer({ kind: 'decided-cancel', bet: B1 });
    expect(refused).toMatchObject({ bet: { status: { kind: 'refused' } } });
  });

  test('is nothing that a race can settle while the wallet is asked', () => {
    ann(bet)
      .when(settle({ payout: 1 }))
      .refuses({ reason: 'unknown-bet', bet: B1 });
  });
});

test('takes as many stakes as a silent wallet may owe answers about, and not one more', () => {
  const { decide, evolve } = player.decider;
  const apply = (state: Player, command: PlayerCommand): Player => {
    const decision = decide(state, command);
    if (!decision.ok) throw new Error(decision.rejection.reason);
    return decision.events.reduce(evolve, state);
  };
  // Filled by hand: a scenario replays its history at each step.
  let state: Player = ann().state;
  const hold = { phase: 'voiding', amount: cents(0), atMs: 4 } as const;
  for (let index = 1; index < WALLET_HOLDS_MAX; index++) {
    state.wallet?.holds.set(betId(`l${index}`), hold);
  }
  state = apply(state, bet);
  const next = place(ticket('1', { bet: 'b2' }));
  expect(decide(state, next)).toMatchObject({
    rejection: { reason: 'wallet-behind', maximum: WALLET_HOLDS_MAX },
  });
  expect(decide(state, bet)).toMatchObject({ ok: true, events: [] });
  state = apply(state, says({ ...voiding, bet: betId('l7') }));
  expect(decide(state, next)).toMatchObject({ ok: true });
});

describe('a call that an operator settles by hand', () => {
  const byHand = (call: string): PlayerCommand => ({
    kind: 'settle-call',
    call,
    by: 'jo',
    why: 'slip 88',
    atMs: 30,
  });
  const settled = (call: string): PlayerEvent => ({
    kind: 'call-settled',
    call,
    by: 'jo',
    why: 'slip 88',
    atMs: 30,
  });

  test.each<[string, readonly PlayerCommand[], PlayerEvent]>([
    ['capture:b1', [bet, authorised, confirm()], { kind: 'stake-captured', bet: B1, atMs: 30 }],
    ['void:b1', [bet, expired], { kind: 'authorisation-voided', bet: B1, atMs: 30 }],
    [
      'credit:1',
      [bet, authorised, confirm(), says(capture), settle({ payout: 450 })],
      { kind: 'credit-taken', credit: 1, atMs: 30 },
    ],
  ])('%s ends as if the wallet had answered, once, with who and why', (call, commands, ends) => {
    const after = ann(...commands);
    after.when(byHand(call)).yields(settled(call), ends);
    expect(keysAfter(...commands, byHand(call))).toEqual([]);
    after.after(byHand(call)).when(byHand(call)).refuses({ reason: 'unknown-call', call });
  });

  test.each<[string, string, readonly PlayerCommand[]]>([
    ['an authorisation, which ends by itself', 'authorise:b1', [bet]],
    ['the void of a stake that the race has', 'void:b1', [bet, authorised, confirm()]],
    ['the capture of a stake that was refused', 'capture:b1', [bet, expired]],
    ['a credit that was never made', 'credit:1', [bet, authorised, confirm()]],
  ])('is never %s', (_, call, commands) => {
    ann(...commands)
      .when(byHand(call))
      .refuses({ reason: 'unknown-call', call });
  });

  test('is none of a player whose money the house keeps', () => {
    given(player, 'ann')
      .after(openAccount)
      .when(byHand('capture:b1'))
      .refuses({ reason: 'unknown-call', call: 'capture:b1' });
  });
});

describe('money that is won or given back', () => {
  const captured = [bet, authorised, confirm(), says(capture)];
  const credit = (amount: number, number = 1): WalletRequest => ({
    kind: 'credit',
    player: ANN,
    credit: number,
    amount: cents(amount),
    race: 'r1',
    pool: 'win',
    bet: 'b1',
  });

  test.each([
    ['a payment', [settle({ payout: 450, atMs: 9 })], 450, 9],
    ['a refund', [settle({ refund: 100 })], 100, 0],
    ['a cancelled bet', [cancelOf(), { kind: 'confirm-cancel', bet: B1 }], 100, 0],
    ['a claim', [settle({ payout: 450, claimDays: 60, atMs: 5 }), claim()], 450, 9],
  ] as const)('%s is credited, once, until the wallet has it', (_, commands, amount, atMs) => {
    const after = ann(...captured, ...commands);
    expect(after.history.at(-1)).toEqual({
      kind: 'credit-requested',
      credit: 1,
      amount,
      race: 'r1',
      pool: 'win',
      bet: 'b1',
      atMs,
    });
    expect(player.calls?.('ann', after.state)).toMatchObject([
      { key: 'credit:1', request: credit(amount) },
    ]);
    expect(after.state).toMatchObject({ free: 0, withdrawals: amount });
    after.when(says(credit(amount))).yields({ kind: 'credit-taken', credit: 1, atMs: 20 });
    after
      .after(says(credit(amount)))
      .when(says(credit(amount)))
      .yields();
  });

  test('nothing is credited for what lost, nor before it is claimed', () => {
    expect(keysAfter(...captured, settle({}))).toEqual([]);
    expect(keysAfter(...captured, settle({ payout: 450, claimDays: 60, atMs: 5 }))).toEqual([]);
  });

  test('of a whole pool is one credit', () => {
    const second = place(ticket('2', { bet: 'b2' }));
    const both: PlayerCommand[] = ['b1', 'b2'].flatMap((id) => [
      says({ ...authorise, bet: betId(id) } as WalletRequest, { kind: 'authorised' }),
      confirm(id),
    ]);
    const paid = ['b1', 'b2'].map((id) => ({
      bet: betId(id),
      payout: cents(300),
      refund: cents(0),
      claimDays: 0,
    }));
    const after = ann(bet, second, ...both, {
      kind: 'settle-pool',
      race: ticket('1').race,
      pool: ticket('1').pool,
      settlement: 1,
      atMs: 9,
      paid,
      except: [],
    });
    expect(after.history.at(-1)).toMatchObject({ kind: 'credit-requested', amount: 600, bet: '' });
    expect(after.state.free).toBe(0);
  });

  test('of a tournament’s award is one credit, when it is claimed, less what is owed', () => {
    const grant: PlayerCommand = {
      kind: 'grant-award',
      award: awardId('t1.1.7'),
      tournament: tournamentId('t1'),
      version: 1,
      rank: 1,
      amount: cents(500),
      rule: 'sum@1',
      prize: 'first',
      claimMs: 1_000,
      atMs: 9,
    };
    const claiming: PlayerCommand = {
      kind: 'claim-award',
      award: awardId('t1.1.7'),
      by: 'ann',
      atMs: 10,
    };
    expect(keysAfter(grant)).toEqual([]);
    ann(grant)
      .when(claiming)
      .yields(
        {
          kind: 'award-claimed',
          award: awardId('t1.1.7'),
          tournament: tournamentId('t1'),
          amount: cents(500),
          by: 'ann',
          atMs: 10,
        },
        {
          kind: 'credit-requested',
          credit: 1,
          amount: cents(500),
          race: '',
          pool: '',
          bet: '',
          atMs: 10,
        },
      );
    const paid = ann(grant, claiming);
    expect(paid.state).toMatchObject({ free: 0, withdrawals: 500 });
    expect(player.calls?.('ann', paid.state)).toMatchObject([
      { key: 'credit:1', request: { kind: 'credit', amount: 500, race: '', bet: '' } },
    ]);
    paid.when(claiming).yields();
    const owing = ann(...takenBack(40), grant, claiming);
    expect(owing.history.at(-1)).toMatchObject({ kind: 'credit-requested', amount: 460 });
    expect(owing.state.free).toBe(0);
  });

  test('that a correction takes back is owed, stays in sight, and is kept of the next winnings', () => {
    const owing = takenBack(40);
    expect(accountAfter(...owing)).toMatchObject({ free: -40, withdrawals: 100 });
    // A bet goes its whole way while something is owed: its stake is not touched.
    const next: PlayerCommand[] = [
      place(ticket('2', { bet: 'b2' })),
      says({ ...authorise, bet: betId('b2') } as WalletRequest, { kind: 'authorised' }),
    ];
    expect(ann(...owing, ...next, release('b2')).history.at(-1)).toMatchObject({
      kind: 'void-requested',
      amount: 100,
    });
    expect(ann(...owing, ...next, release('b2')).state.free).toBe(-40);
    const won = ann(...owing, ...next, confirm('b2'), settle({ payout: 30 }, 'b2'));
    expect(won.state).toMatchObject({ free: -10, withdrawals: 100 });
    const more = ann(...owing, ...next, confirm('b2'), settle({ payout: 100 }, 'b2'));
    expect(more.history.at(-1)).toMatchObject({ kind: 'credit-requested', credit: 2, amount: 60 });
  });
});

describe('an answer of the wallet', () => {
  test('that comes again changes nothing', () => {
    const lives: PlayerCommand[][] = [
      [bet, authorised],
      [bet, declined],
      [bet, expired],
      [bet, authorised, confirm(), says(capture)],
      [bet, authorised, release(), says(voiding)],
    ];
    for (const life of lives) {
      const last = life.at(-1);
      if (last !== undefined)
        ann(...life)
          .when(last)
          .yields();
    }
  });

  test('that does not fit the question is no answer', () => {
    const [call] = callsAfter(bet);
    const answered = (answer: unknown) => () =>
      call && player.callAnswered?.(call, { kind: 'answered', answer }, 20);
    expect(answered({ kind: 'authorised' })()).toEqual(authorised);
    expect(answered({ kind: 'done' })).toThrow('the wallet answers "done" to authorise:b1');
    const [captureCall] = callsAfter(bet, authorised, confirm());
    expect(
      () =>
        captureCall &&
        player.callAnswered?.(
          captureCall,
          { kind: 'answered', answer: { kind: 'authorised' } },
          20,
        ),
    ).toThrow('the wallet answers "authorised" to capture:b1');
  });
});

test('an account comes back from its snapshot as it was, whatever the wallet owes it', () => {
  const lives: PlayerCommand[][] = [
    [],
    [bet],
    [bet, authorised],
    [bet, expired],
    [bet, authorised, confirm(), settle({ payout: 100 })],
  ];
  for (const life of lives) {
    const { state } = ann(...life);
    const bytes = Buffer.concat(encodeState(player.snapshot?.freeze(state)));
    const again = player.snapshot?.thaw('ann', decodeState(bytes));
    expect(again).toEqual(state);
    expect(player.calls?.('ann', again ?? state)).toEqual(player.calls?.('ann', state));
  }
});

test('what waits for its race is told, and nothing else', () => {
  const waits = (...commands: PlayerCommand[]) => [
    ...(player.waits?.('ann', ann(...commands).state) ?? []),
  ];
  expect(waits(bet)).toEqual([]);
  expect(waits(bet, authorised)).toEqual([
    { kind: 'bet', name: 'b1', sinceMs: 4, why: 'reserved, and race r1 has not answered' },
  ]);
  expect(waits(bet, authorised, confirm())).toEqual([]);
});

/** A bet of 100 that was paid 100, and then corrected to so much less. */
function takenBack(less: number): PlayerCommand[] {
  return [
    bet,
    authorised,
    confirm(),
    settle({ payout: 100 }),
    settle({ payout: 100 - less, settlement: 2 }),
  ];
}
