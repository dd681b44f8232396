import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BET_POINTS_MAX, ENTRIES_MAX, pointsOf, tournament } from '../../src/actors/tournament.ts';
import type { TournamentAnswer, TournamentCommand } from '../../src/actors/tournament-events.ts';
import { betId, cents, playerId, raceId } from '../../src/actors/units.ts';
import { given } from '../support/scenario.ts';
import { R1, R2, T1 } from './given.ts';

const create: TournamentCommand = {
  kind: 'create-tournament',
  title: 'Sunday',
  races: [R1, R2],
  bestOf: 2,
  by: 'house',
  atMs: 5,
};
const join = (player: string): TournamentCommand => ({
  kind: 'join-tournament',
  player: playerId(player),
  alias: player.toUpperCase(),
});
const count = (
  player: string,
  bet: string,
  { race = 'r1', cost = 100, payout = 0, refund = 0, settlement = 1 } = {},
): TournamentCommand => ({
  kind: 'count-bet',
  bet: betId(bet),
  player: playerId(player),
  race: raceId(race),
  cost: cents(cost),
  payout: cents(payout),
  refund: cents(refund),
  settlement,
});

const created = given(tournament, 't1').after(create);
const joined = created.after(join('ann'), join('bob'));

type Board = ReturnType<typeof joined.after>;
const standings = (board: Board) => rows(board.answer({ kind: 'page', fromRank: 1, limit: 100 }));
const scores = (board: Board) =>
  Object.fromEntries(standings(board).map(({ player, score }) => [player, score]));

function rows(answer: TournamentAnswer | undefined) {
  return answer?.kind === 'standings' ? answer.standings : [];
}

describe('a tournament', () => {
  test('is created once; the same again is a repeat, another is refused', () => {
    given(tournament, 't1')
      .when(create)
      .yields({ ...create, kind: 'tournament-created', scoringRule: 'return-percent@1' });
    created.when({ ...create, by: 'other', atMs: 9 }).yields();
    for (const other of [{ title: 'Monday' }, { races: [R1] }, { bestOf: 3 }]) {
      created
        .when({ ...create, ...other })
        .refuses({ reason: 'tournament-exists', tournament: T1 });
    }
  });

  test.each([join('ann'), count('ann', 'b1')])('takes no $kind before it is created', (command) => {
    given(tournament, 't1').when(command).refuses({ reason: 'unknown-tournament', tournament: T1 });
    expect(given(tournament, 't1').answer({ kind: 'tournament' })).toEqual({ kind: 'nothing' });
  });

  test('numbers its players as they join, each once, and tells them', () => {
    created
      .when(join('ann'))
      .yields({ kind: 'player-joined', player: playerId('ann'), alias: 'ANN', entry: 1 });
    joined.when(join('ann')).yields();
    const [event] = joined.when(join('cid')).events;
    expect(event).toMatchObject({ entry: 3 });
    expect(event && tournament.follow('t1', event)).toEqual([
      { to: 'player/cid', command: { kind: 'enter-tournament', tournament: 't1' } },
    ]);
  });

  test('takes the last player it has room for and refuses the next', () => {
    const { decider } = tournament;
    // Only the number of entries counts here; a ranking of a million would take the test's time.
    const entries = { size: ENTRIES_MAX - 1, has: () => false } as never;
    const state = { ...joined.state, entries };
    expect(decider.decide(state, join('cid'))).toMatchObject({ ok: true });
    const full = { ...state, entries: { size: ENTRIES_MAX, has: () => false } as never };
    expect(decider.decide(full, join('cid'))).toEqual({
      ok: false,
      rejection: { reason: 'tournament-full', maximum: ENTRIES_MAX },
    });
  });
});

describe('a counted bet', () => {
  test.each([
    [100, 0, 0],
    [100, 100, 100],
    [300, 100, 33],
    [300, 200, 66],
    [100, 10_000, BET_POINTS_MAX],
    [100, 10_001, BET_POINTS_MAX],
    [3, 299, 9_966],
    [0, 100, 0],
    [9_007_199_254_740_991, 9_007_199_254_740_990, 99],
  ])('of %i that paid %i is worth %i points', (stake, payout, points) => {
    expect(pointsOf(stake, payout)).toBe(points);
  });

  test('is recorded with its stake, less what was given back', () => {
    joined.when(count('ann', 'b1', { cost: 300, refund: 100, payout: 500 })).yields({
      kind: 'bet-counted',
      bet: betId('b1'),
      player: playerId('ann'),
      race: R1,
      settlement: 1,
      stake: cents(200),
      payout: cents(500),
      points: 250,
      raceOrder: 1,
    });
  });

  test('counts once per settlement', () => {
    const once = joined.after(count('ann', 'b1', { payout: 200 }));
    once.when(count('ann', 'b1', { payout: 200 })).yields();
    expect(standings(once)[0]).toMatchObject({ score: 200, countedBets: 1 });
  });

  test('is replaced by a later settlement, down as well as up, and not by an earlier one', () => {
    const corrected = (payout: number) =>
      joined.after(
        count('ann', 'b1', { payout: 200 }),
        count('ann', 'b1', { payout, settlement: 2 }),
      );
    expect(scores(corrected(50))).toMatchObject({ ann: 50 });
    expect(scores(corrected(500))).toMatchObject({ ann: 500 });
    expect(standings(corrected(500))[0]).toMatchObject({ countedBets: 1 });
    corrected(50)
      .when(count('ann', 'b1', { payout: 200 }))
      .yields();
  });

  test('that was given back whole counts for nothing', () => {
    joined.when(count('ann', 'b1', { refund: 100 })).yields();
  });

  test('that a later settlement gives back whole no longer counts, whichever arrives first', () => {
    const won = count('ann', 'b1', { payout: 300 });
    const back = count('ann', 'b1', { refund: 100, settlement: 2 });
    expect(scores(joined.after(won, back))).toMatchObject({ ann: 0 });
    expect(scores(joined.after(back, won))).toMatchObject({ ann: 0 });
  });

  test('on a race that is not of the tournament changes nothing', () => {
    joined.when(count('ann', 'b1', { race: 'r9', payout: 900 })).yields();
  });

  test('of a player who never joined is refused', () => {
    joined
      .when(count('cid', 'b1'))
      .refuses({ reason: 'player-not-entered', player: playerId('cid') });
  });

  test('is told from another player’s bet with the same id', () => {
    const both = joined.after(
      count('ann', 'b1', { payout: 200 }),
      count('bob', 'b1', { payout: 300 }),
    );
    expect(scores(both)).toEqual({ ann: 200, bob: 300 });
  });
});

describe('a score', () => {
  test('is the sum of the best so many bets', () => {
    const three = joined.after(
      count('ann', 'b1', { payout: 100 }),
      count('ann', 'b2', { payout: 300 }),
      count('ann', 'b3', { payout: 200 }),
    );
    expect(standings(three)[0]).toMatchObject({ player: 'ann', score: 500, countedBets: 3 });
  });

  test('takes in the next best bet when a correction lowers one of the best', () => {
    const corrected = joined.after(
      count('ann', 'b1', { payout: 100 }),
      count('ann', 'b2', { payout: 300 }),
      count('ann', 'b3', { payout: 200 }),
      count('ann', 'b2', { payout: 0, settlement: 2 }),
    );
    expect(scores(corrected)).toMatchObject({ ann: 300 });
  });

  test('reached in an earlier race goes before an equal one reached in a later', () => {
    for (const [first, second] of [
      ['ann', 'bob'],
      ['bob', 'ann'],
    ] as const) {
      const board = joined.after(
        count(first, 'b1', { race: 'r2', payout: 200 }),
        count(second, 'b1', { race: 'r1', payout: 200 }),
      );
      expect(standings(board).map((it) => it.player)).toEqual([first, second]);
    }
  });

  test('is made of the bets of the earlier races where several are worth the same', () => {
    for (const [early, late] of [
      ['ann', 'bob'],
      ['bob', 'ann'],
    ] as const) {
      const board = joined.after(
        count(late, 'b1', { race: 'r1', payout: 100 }),
        count(late, 'b2', { race: 'r2', payout: 100 }),
        count(early, 'b1', { race: 'r2', payout: 100 }),
        count(early, 'b2', { race: 'r1', payout: 100 }),
        count(early, 'b3', { race: 'r1', payout: 100 }),
      );
      expect(standings(board).map((it) => it.player)).toEqual([early, late]);
    }
  });

  test('is reached no later for bets that brought nothing', () => {
    const board = joined.after(
      count('ann', 'b1', { race: 'r1', payout: 200 }),
      count('bob', 'b1', { race: 'r1', payout: 100 }),
      count('bob', 'b2', { race: 'r2', payout: 100 }),
      count('ann', 'b2', { race: 'r2', payout: 0 }),
    );
    expect(standings(board).map((it) => it.player)).toEqual(['ann', 'bob']);
  });
});

const players = ['p1', 'p2', 'p3', 'p4', 'p5'];
const five = created.after(...players.map(join));

describe('a board', () => {
  const counts = fc.array(
    fc
      .record({
        player: fc.constantFrom(...players),
        bet: fc.constantFrom('b1', 'b2', 'b3'),
        payout: fc.constantFrom(0, 100, 200),
        refund: fc.constantFrom(0, 0, 100),
        settlement: fc.constantFrom(1, 2),
      })
      .map(({ player, bet, ...rest }) => ({ player, bet, ...rest })),
    { maxLength: 15 },
  );
  // What one race can tell: each bet and settlement with one content.
  const told = counts.map((them) => [
    ...new Map(them.map((it) => [`${it.player}/${it.bet}/${it.settlement}`, it])).values(),
  ]);

  test('depends on the set of a race’s bets alone, whatever the order and repetition they come in', () => {
    const shuffled = told.chain((them) =>
      fc.tuple(
        fc.constant(them),
        fc.shuffledSubarray([...them, ...them], { minLength: 2 * them.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([them, otherwise]) => {
        const boardOf = (all: typeof them) =>
          standings(
            five.after(
              count('p1', 'first', { race: 'r1', payout: 1 }),
              ...all.map(({ player, bet, ...rest }) => count(player, bet, { race: 'r2', ...rest })),
            ),
          );
        expect(boardOf(otherwise)).toEqual(boardOf(them));
      }),
      { numRuns: 300 },
    );
  });

  test('gives every player a rank from 1 to n, no two the same, best score first', () => {
    fc.assert(
      fc.property(told, (them) => {
        const all = standings(
          five.after(...them.map(({ player, bet, ...rest }) => count(player, bet, rest))),
        );
        expect(all.map((it) => it.rank)).toEqual([1, 2, 3, 4, 5]);
        expect(new Set(all.map((it) => it.player))).toEqual(new Set(players));
        expect(all.map((it) => it.score)).toEqual(
          all.map((it) => it.score).toSorted((a, b) => b - a),
        );
      }),
    );
  });

  const board = five.after(
    ...players.map((player, index) => count(player, 'b1', { payout: 500 - index * 100 })),
  );

  test.each([
    [1, 2, [1, 2]],
    [4, 2, [4, 5]],
    [5, 2, [5]],
    [6, 2, []],
    [1, 9, [1, 2, 3, 4, 5]],
  ])('has a page from rank %i of %i', (fromRank, limit, ranks) => {
    const answer = board.answer({ kind: 'page', fromRank, limit });
    expect(rows(answer).map((it) => it.rank)).toEqual(ranks);
  });

  test.each([
    ['p1', 3, [1, 2, 3]],
    ['p2', 3, [1, 2, 3]],
    ['p3', 3, [2, 3, 4]],
    ['p4', 3, [3, 4, 5]],
    ['p5', 3, [3, 4, 5]],
    ['p3', 2, [2, 3]],
    ['p3', 1, [3]],
    ['p1', 9, [1, 2, 3, 4, 5]],
  ])('around %s shows a full window of %i, clamped at both ends', (player, limit, ranks) => {
    const answer = board.answer({ kind: 'around', player: playerId(player), limit });
    expect(rows(answer).map((it) => it.rank)).toEqual(ranks);
  });

  test('tells a position and the points to the next better rank', () => {
    const position = (player: string) =>
      board.answer({ kind: 'position', player: playerId(player) });
    expect(position('p1')).toMatchObject({ standing: { rank: 1 }, players: 5, toNext: 0 });
    expect(position('p2')).toEqual({
      kind: 'position',
      standing: { rank: 2, player: 'p2', alias: 'P2', entry: 2, score: 400, countedBets: 1 },
      players: 5,
      toNext: 100,
    });
  });

  test('has 0 points to the next where the scores are equal', () => {
    const tied = board.after(count('p2', 'b2', { payout: 100 }));
    const ranks = ['p1', 'p2'].map((player) =>
      tied.answer({ kind: 'position', player: playerId(player) }),
    );
    expect(ranks).toMatchObject([{ toNext: 0 }, { toNext: 0 }]);
  });

  test.each(['position', 'around'] as const)('answers nothing of the %s of a stranger', (kind) => {
    expect(board.answer({ kind, player: playerId('zoe'), limit: 3 })).toEqual({ kind: 'nothing' });
  });
});
