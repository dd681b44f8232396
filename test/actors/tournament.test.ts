import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { returnPercent } from '../../src/actors/scoring/rule-sets.ts';
import { tournament } from '../../src/actors/tournament.ts';
import type { TournamentAnswer, TournamentEvent } from '../../src/actors/tournament-events.ts';
import { ENTRIES_MAX, TEAM_PLAYERS_MAX, TEAMS_MAX } from '../../src/actors/tournament-state.ts';
import { betId, cents, playerId } from '../../src/actors/units.ts';
import { given } from '../support/scenario.ts';
import {
  countBet as count,
  createTournament,
  enterBet,
  joinTournament as join,
} from '../support/tournaments.ts';
import { R1, R2, T1 } from './given.ts';

const create = createTournament();
const all = { kind: 'all' } as const;

const created = given(tournament, 't1').after(create);
const joined = created.after(join('ann'), join('bob'));

type Board = ReturnType<typeof joined.after>;
const standings = (board: Board) =>
  rows(board.answer({ kind: 'page', board: all, fromRank: 1, limit: 100 }));
const scores = (board: Board) =>
  Object.fromEntries(standings(board).map(({ player, score }) => [player, score]));

function rows(answer: TournamentAnswer | undefined) {
  return answer?.kind === 'standings' ? answer.standings : [];
}

describe('a tournament', () => {
  test('is created once; the same again is a repeat, another is refused', () => {
    given(tournament, 't1')
      .when(create)
      .yields({
        ...create,
        kind: 'tournament-created',
        bestOf: 2,
        scoringRule: 'return-percent-best-2@1',
      });
    // Chance makes another seed each time.
    created.when({ ...create, by: 'other', atMs: 9, seed: 'another' }).yields();
    for (const other of [
      { title: 'Monday' },
      { races: ['r1'] },
      { races: ['r2', 'r1'] },
      { bestOf: 3 },
      { terms: { lateMs: 1 } },
    ]) {
      created
        .when(createTournament(other))
        .refuses({ reason: 'tournament-exists', tournament: T1 });
    }
  });

  test.each([join('ann'), count('ann', 'b1')])('takes no $kind before it is created', (command) => {
    given(tournament, 't1').when(command).refuses({ reason: 'unknown-tournament', tournament: T1 });
    expect(given(tournament, 't1').answer({ kind: 'tournament' })).toEqual({ kind: 'nothing' });
  });

  test('numbers its players as they join, each once, and tells them', () => {
    created.when(join('ann')).yields({
      kind: 'player-joined',
      player: playerId('ann'),
      alias: 'ANN',
      entry: 1,
      region: '',
      division: '',
      team: '',
      atMs: 6,
    });
    joined.when(join('ann')).yields();
    const [event] = joined.when(join('cid')).events;
    expect(event).toMatchObject({ entry: 3 });
    expect(event && tournament.follow('t1', event)).toEqual([
      { to: 'player/cid', command: { kind: 'enter-tournament', tournament: 't1' } },
    ]);
  });

  test('takes nobody twice with another division, region or team', () => {
    const grouped = given(tournament, 't1').after(
      createTournament({ terms: { divisions: ['gold'], teamBest: 2 } }),
      join('ann', { division: 'gold', team: 'reds', region: 'fr' }),
    );
    grouped.when(join('ann', { division: 'gold', team: 'reds', region: 'fr' })).yields();
    for (const other of [{}, { division: 'gold' }, { division: 'gold', team: 'reds' }]) {
      grouped
        .when(join('ann', other))
        .refuses({ reason: 'entry-differs', player: playerId('ann') });
    }
    grouped
      .when(join('bob', { division: 'lead' }))
      .refuses({ reason: 'unknown-division', division: 'lead' });
    created.when(join('bob', { team: 'reds' })).refuses({ reason: 'no-teams', team: 'reds' });
  });

  test('has a bound for teams and for the players of one', () => {
    const { decider } = tournament;
    const { state } = given(tournament, 't1').after(createTournament({ terms: { teamBest: 2 } }));
    const decided = (teams: Map<string, number>, team: string) =>
      decider.decide({ ...state, teams }, join('bob', { team }));
    expect(decided(new Map([['reds', TEAM_PLAYERS_MAX - 1]]), 'reds')).toMatchObject({ ok: true });
    expect(decided(new Map([['reds', TEAM_PLAYERS_MAX]]), 'reds')).toMatchObject({
      rejection: { reason: 'team-full', team: 'reds', maximum: TEAM_PLAYERS_MAX },
    });
    const many = { size: TEAMS_MAX, get: () => undefined } as never;
    expect(decided(many, 'blues')).toMatchObject({
      rejection: { reason: 'too-many-teams', maximum: TEAMS_MAX },
    });
  });

  test('takes the last player it has room for and refuses the next', () => {
    const { decider } = tournament;
    // Only the number of entries counts here; a ranking of a million would take the test's time.
    const entries = { size: ENTRIES_MAX - 1, get: () => undefined } as never;
    const state = { ...joined.state, entries };
    expect(decider.decide(state, join('cid'))).toMatchObject({ ok: true });
    const full = { ...state, entries: { size: ENTRIES_MAX, get: () => undefined } as never };
    expect(decider.decide(full, join('cid'))).toEqual({
      ok: false,
      rejection: { reason: 'tournament-full', maximum: ENTRIES_MAX },
    });
  });
});

describe('a counted bet', () => {
  test('is recorded with its stake, less what was given back, and when it was placed', () => {
    const entered = joined.after(enterBet('ann', 'b1', { placedAtMs: 12 }));
    entered
      .when(count('ann', 'b1', { cost: 300, refund: 100, payout: 500, placedAtMs: 12 }))
      .yields({
        kind: 'settlement-counted',
        player: playerId('ann'),
        contribution: {
          id: 'b1',
          game: 'r1',
          stake: 200,
          win: 500,
          timeMs: 12,
          sequence: 0,
          outcome: '',
          place: 0,
          provider: 'win',
          bonus: false,
          revision: 1,
          ruleSet: 'return-percent-best-2@1',
          late: false,
        },
        atMs: 20,
      });
  });

  test('is waited for from its entry to its outcome, whichever comes first', () => {
    const openBets = (board: Board) => {
      const answer = board.answer({ kind: 'tournament' });
      return answer?.kind === 'tournament' ? answer.tournament.openBets : undefined;
    };
    const entered = joined.after(enterBet('ann', 'b1'));
    entered.when(enterBet('ann', 'b1')).yields();
    expect(openBets(entered)).toBe(1);
    const settled = entered.after(count('ann', 'b1', { payout: 300 }));
    expect(openBets(settled)).toBe(0);
    settled.when(enterBet('ann', 'b1')).yields();
    const overtaken = joined.after(count('ann', 'b1', { payout: 300 }));
    overtaken.when(enterBet('ann', 'b1')).yields();
    expect(standings(overtaken)).toEqual(standings(settled));
  });

  test('that is taken back is waited for no more, whichever comes first', () => {
    const drop = { ...enterBet('ann', 'b1'), kind: 'drop-bet' } as const;
    const left = {
      kind: 'bet-left',
      bet: betId('b1'),
      player: playerId('ann'),
      race: R1,
      timeMs: 10,
      why: 'cancelled',
    } as const;
    joined.when(drop).yields(left);
    joined.after(enterBet('ann', 'b1')).when(drop).yields(left);
    const gone = joined.after(drop);
    gone.when(drop).yields();
    gone.when(enterBet('ann', 'b1')).yields();
    gone.when(count('ann', 'b1', { payout: 900 })).yields();
  });

  test.each([
    [300, 100, 33],
    [300, 200, 66],
    [100, 10_000, 10_000],
    [100, 10_001, 10_000],
    [3, 299, 9_966],
  ])('of %i that paid %i is worth %i points', (cost, payout, points) => {
    expect(scores(joined.after(count('ann', 'b1', { cost, payout })))).toMatchObject({
      ann: points,
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

  test('that was given back whole counts for nothing, and is waited for no more', () => {
    const back = joined.after(enterBet('ann', 'b1'), count('ann', 'b1', { refund: 100 }));
    expect(scores(back)).toEqual({ ann: 0, bob: 0 });
    expect(back.answer({ kind: 'tournament' })).toMatchObject({ tournament: { openBets: 0 } });
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
        count(second, 'b1', { race: 'r2', payout: 200 }),
        count(first, 'b1', { race: 'r1', payout: 200 }),
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
const five = created.after(...players.map((player) => join(player)));

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
    const answer = board.answer({ kind: 'page', board: all, fromRank, limit });
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
    const answer = board.answer({ kind: 'around', board: all, player: playerId(player), limit });
    expect(rows(answer).map((it) => it.rank)).toEqual(ranks);
  });

  test('tells a position and the points to the next better rank', () => {
    const position = (player: string) =>
      board.answer({ kind: 'position', player: playerId(player) });
    expect(position('p1')).toMatchObject({ standing: { rank: 1 }, players: 5, toNext: 0 });
    expect(position('p2')).toEqual({
      kind: 'position',
      tournament: expect.objectContaining({ players: 5 }) as unknown,
      standing: {
        rank: 2,
        player: 'p2',
        alias: 'P2',
        entry: 2,
        score: 400,
        countedBets: 1,
        division: '',
        team: '',
        tie1: 1,
        tie2: -1,
        draw: 0,
      },
      players: 5,
      toNext: 100,
      toHold: 100,
      percentilePermille: 800,
      divisionRank: 0,
      divisionPlayers: 0,
      attemptsLeft: undefined,
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
    expect(board.answer({ kind, board: all, player: playerId('zoe'), limit: 3 })).toEqual({
      kind: 'nothing',
    });
  });
});

describe('a tournament of before there were rule sets', () => {
  const told = (number: number, event: Partial<TournamentEvent> & { kind: 'bet-counted' }) =>
    ({
      bet: betId(`b${number}`),
      player: playerId('ann'),
      race: R1,
      settlement: 1,
      stake: cents(100),
      payout: cents(0),
      points: 0,
      raceOrder: 1,
      ...event,
    }) as TournamentEvent;
  const nobody = { region: '', division: '', team: '', atMs: 0 };
  const old = given(
    tournament,
    't1',
    {
      kind: 'tournament-created',
      title: 'Sunday',
      races: [R1, R2],
      bestOf: 2,
      scoringRule: 'return-percent@1',
      by: 'house',
      atMs: 1,
      rules: '',
      seed: '',
    },
    { kind: 'player-joined', player: playerId('ann'), alias: 'A', entry: 1, ...nobody },
    { kind: 'player-joined', player: playerId('bob'), alias: 'B', entry: 2, ...nobody },
    told(1, { kind: 'bet-counted', race: R2, payout: cents(300) }),
    told(2, {
      kind: 'bet-counted',
      race: R1,
      payout: cents(300),
      raceOrder: 2,
      player: playerId('bob'),
    }),
  );

  test('is scored as it was, its races in the order in which they first counted', () => {
    expect(standings(old)).toMatchObject([
      { player: 'ann', score: 300, rank: 1 },
      { player: 'bob', score: 300, rank: 2 },
    ]);
    expect(old.answer({ kind: 'tournament' })).toMatchObject({
      tournament: { scoringRule: 'return-percent@1', bestOf: 2, seedCommitment: '', seed: '' },
    });
  });

  test('goes on as it was', () => {
    old.when(count('ann', 'b9', { cost: 300, payout: 500, race: 'r1' })).yields({
      kind: 'bet-counted',
      bet: betId('b9'),
      player: playerId('ann'),
      race: R1,
      settlement: 1,
      stake: cents(300),
      payout: cents(500),
      points: 166,
      raceOrder: 2,
    });
    old.when(enterBet('ann', 'b9')).yields();
    old.when(count('ann', 'b9', { refund: 100 })).yields();
    expect(tournament.timers?.('t1', old.state)).toEqual([]);
  });
});

test('the rules by which bets count are those of its creation', () => {
  const board = given(tournament, 't1').after(
    createTournament({ rules: { ...returnPercent(2), points: { kind: 'multiplier' } } }),
    join('ann'),
    count('ann', 'b1', { payout: 700 }),
  );
  expect(scores(board)).toEqual({ ann: 300 });
});
