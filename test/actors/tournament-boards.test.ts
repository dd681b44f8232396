import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RankedEntry, RankMode } from '../../src/actors/ranking/ranking.ts';
import { scoreOf } from '../../src/actors/scoring/player-score.ts';
import { rankKeyOf } from '../../src/actors/scoring/rank-key.ts';
import { DAY_MS, rulesFor, type ScoringRuleSet } from '../../src/actors/scoring/rule-set.ts';
import { returnPercent } from '../../src/actors/scoring/rule-sets.ts';
import { tournament } from '../../src/actors/tournament.ts';
import type {
  BoardName,
  TournamentAnswer,
  TournamentCommand,
} from '../../src/actors/tournament-events.ts';
import { standingsHash } from '../../src/actors/tournament-hash.ts';
import { betId, playerId } from '../../src/actors/units.ts';
import { given } from '../support/scenario.ts';
import {
  countBet,
  createTournament,
  ingest,
  joinTournament,
  openStage,
  outsideEvent,
  type Stage,
} from '../support/tournaments.ts';

const names = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'];
const DIVISIONS = ['gold', 'lead', ''];
const TEAMS = ['reds', 'blues', ''];
const MODES: readonly RankMode[] = ['ordinal', 'competition', 'dense'];
const TEAM_BEST = 2;
/** More than are kept, so that one that was looked at is made again. */
const DAYS = [0, 1, 2, 3, 4];

/** With ties of every kind: few scores, and no draw. */
const level: ScoringRuleSet = {
  id: 'level@1',
  points: { kind: 'places', points: [3, 2, 1] },
  best: { of: 2, by: 'sum' },
  attempts: 3,
  caps: { day: 4 },
  ranks: 'competition',
  switches: [{ off: ['attempts', 'caps'], divisions: ['lead'] }],
};
const drawn: ScoringRuleSet = { ...level, id: 'drawn@1', ties: ['diversity'], draw: true };

const opened = (rules: ScoringRuleSet) =>
  openStage(
    createTournament({
      rules,
      terms: { divisions: ['gold', 'lead'], teamBest: TEAM_BEST, duplicateWindowMs: 2 },
    }),
    ...names.slice(0, -1).map((name, index) => join(name, index)),
  );

function join(name: string, index: number) {
  const division = DIVISIONS[index % 3] ?? '';
  return joinTournament(name, { division, team: TEAMS[(index + 1) % 3] ?? '' });
}

const BY_RANK: (keyof RankedEntry)[] = ['tie1', 'tie2', 'draw', 'entry'];

/** Everybody's entry, of what happened on a day or ever, sorted as the rules say: the plain way. */
function naive({ state }: Stage, board: BoardName): readonly RankedEntry[] {
  const placeOf = (game: string) => state.races.indexOf(game as never) + 1;
  const { opensAtMs: opensMs, duplicateWindowMs } = state.terms;
  const context = { opensMs, entrants: 0, before: () => 0, placeOf, duplicateWindowMs };
  return state.byNumber
    .filter(({ division }) => board.kind !== 'division' || division === board.division)
    .flatMap((entry) => {
      const all = [...entry.counted.values()].map(({ it }) => it);
      const own = board.kind === 'day' ? all.filter((it) => dayOf(it.timeMs) === board.day) : all;
      if (board.kind === 'day' && own.length === 0) return [];
      const rules = rulesFor(state.rules, entry);
      const key = rankKeyOf(rules, scoreOf(rules, own, context), entry.draw);
      return [{ entry: entry.entry, ...key }];
    })
    .sort((a, b) => {
      if (a.score !== b.score) return b.score - a.score;
      return BY_RANK.map((name) => a[name] - b[name]).find((it) => it !== 0) ?? 0;
    });
}

const dayOf = (ms: number) => Math.floor(ms / DAY_MS);

function ranksOf(rows: readonly RankedEntry[], mode: RankMode): readonly number[] {
  const text = ({ score, tie1, tie2 }: RankedEntry) => [score, tie1, tie2].join();
  return rows.map((it, index) => {
    if (mode === 'ordinal') return index + 1;
    const first = rows.findIndex((other) => text(other) === text(it));
    return mode === 'competition' ? first + 1 : new Set(rows.slice(0, first + 1).map(text)).size;
  });
}

function rowsOf(answer: TournamentAnswer | undefined) {
  return answer?.kind === 'standings'
    ? answer.standings.map(({ entry, rank, score }) => [rank, entry, score])
    : answer?.kind;
}

const boards: readonly BoardName[] = [
  { kind: 'all' },
  { kind: 'division', division: 'gold' },
  { kind: 'division', division: 'lead' },
  ...DAYS.map((day) => ({ kind: 'day', day }) as const),
];

/** All that can be asked of the standings. */
function everything(stage: Stage): readonly unknown[] {
  const pages = boards.flatMap((board) =>
    MODES.map((ranks) => stage.answer({ kind: 'page', board, fromRank: 1, limit: 100, ranks })).map(
      rowsOf,
    ),
  );
  const positions = names.map((name) => {
    const answer = stage.answer({ kind: 'position', player: playerId(name) });
    return answer?.kind === 'position' ? { ...answer, tournament: undefined } : answer;
  });
  const teams = stage.answer({ kind: 'teams', fromRank: 1, limit: 10 });
  return [pages, positions, teams?.kind === 'teams' ? teams.teams : teams];
}

type Step = { readonly look: number } | { readonly command: TournamentCommand };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ look: fc.nat(47) }) },
    {
      weight: 8,
      arbitrary: fc
        .record({
          player: fc.constantFrom(...names),
          id: fc.nat(5),
          place: fc.constantFrom(1, 2, 3, 4),
          day: fc.constantFrom(...DAYS),
          ms: fc.constantFrom(0, 1, DAY_MS - 1),
          game: fc.constantFrom('g1', 'g2'),
          revision: fc.constantFrom(1, 2),
        })
        .map(({ player, id, day, ms, ...rest }) => {
          const event = outsideEvent(player, `${player}-${id}`, {
            ...rest,
            timeMs: day * DAY_MS + ms,
          });
          return { command: ingest([event], { atMs: 10 * DAY_MS }) };
        }),
    },
    { weight: 1, arbitrary: fc.constant({ command: join('p7', 6) }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(level, drawn).map((rules) => ({
        command: {
          kind: 'change-rules' as const,
          rules: JSON.stringify(rules),
          by: 'steward',
          why: 'fairer',
          atMs: 9,
        },
      })),
    },
  ),
  { maxLength: 25 },
);

function play(stage: Stage, them: readonly Step[], looks: boolean): void {
  for (const it of them) {
    if ('command' in it) {
      if (stage.refusal(it.command) === undefined) stage.tell(it.command);
    } else if (looks) lookAt(stage, it.look);
  }
}

function lookAt(stage: Stage, choice: number): void {
  const board = boards[choice % boards.length] ?? { kind: 'all' };
  const player = playerId(names[choice % names.length] ?? '');
  if (choice % 6 === 0) stage.answer({ kind: 'teams', fromRank: 1, limit: 3 });
  else if (choice % 6 === 1) stage.answer({ kind: 'position', player });
  else stage.answer({ kind: 'page', board, fromRank: 1, limit: 2 });
}

describe.each([
  ['level', level],
  ['drawn', drawn],
] as const)('boards of players who are %s', (_, rules) => {
  test('are the same however often somebody looks meanwhile', () => {
    fc.assert(
      fc.property(steps, (them) => {
        const [watched, alone] = [opened(rules), opened(rules)];
        play(watched, them, true);
        play(alone, them, false);
        expect(everything(watched)).toEqual(everything(alone));
        expect(standingsHash(watched.state)).toBe(standingsHash(alone.state));
        const before = JSON.stringify(everything(alone));
        expect(JSON.stringify(everything(alone))).toBe(before);
      }),
      { numRuns: 30 },
    );
  });

  test('of all, of a division and of a day are what sorting gives, in every rank mode', () => {
    fc.assert(
      fc.property(steps, (them) => {
        const stage = opened(rules);
        play(stage, them, true);
        for (const board of boards) {
          const rows = naive(stage, board);
          for (const ranks of MODES) {
            const expected = ranksOf(rows, ranks).map((rank, index) => {
              return [rank, rows[index]?.entry, rows[index]?.score];
            });
            const query = { kind: 'page', board, limit: 100, ranks } as const;
            expect(rowsOf(stage.answer({ ...query, fromRank: 1 }))).toEqual(expected);
            expect(rowsOf(stage.answer({ ...query, fromRank: 3, limit: 2 }))).toEqual(
              expected.slice(2, 4),
            );
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test('of teams add up the best members, and rank the teams', () => {
    fc.assert(
      fc.property(steps, (them) => {
        const stage = opened(rules);
        play(stage, them, true);
        const rows = naive(stage, { kind: 'all' });
        const member = (entry: number) => stage.state.byNumber[entry - 1];
        const drawOf = (team: string) =>
          createHash('sha256').update(`seed/t1/team/${team}`).digest().readUInt32BE(0);
        const expected = ['reds', 'blues']
          .map((team) => {
            const own = rows.filter(({ entry }) => member(entry)?.team === team);
            const best = own.slice(0, TEAM_BEST).map(({ entry, score }) => {
              return { alias: member(entry)?.alias, score };
            });
            const score = best.reduce((sum, it) => sum + it.score, 0);
            return { team, score, players: own.length, best };
          })
          .sort((a, b) => b.score - a.score || drawOf(a.team) - drawOf(b.team))
          .map((it, index) => ({ ...it, rank: index + 1 }));
        const answer = stage.answer({ kind: 'teams', fromRank: 1, limit: 10 });
        expect(answer).toMatchObject({ teams: expected });
        expect(stage.answer({ kind: 'teams', fromRank: 2, limit: 1 })).toMatchObject({
          teams: expected.slice(1),
        });
      }),
      { numRuns: 30 },
    );
  });

  test('tell a position, the window around it and cut-offs as counting by hand does', () => {
    const mode = rules.ranks ?? 'ordinal';
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 9 }), (them, limit) => {
        const stage = opened(rules);
        play(stage, them, true);
        const rows = naive(stage, { kind: 'all' });
        const ranks = ranksOf(rows, mode);
        for (const [index, { entry, score }] of rows.entries()) {
          const own = stage.state.byNumber[entry - 1];
          if (own === undefined) throw new Error('nobody');
          const group = naive(stage, { kind: 'division', division: own.division });
          const inGroup = own.division === '' ? 0 : 1 + group.findIndex((it) => it.entry === entry);
          const groupRank = ranksOf(group, mode)[inGroup - 1] ?? 0;
          const notBetter = rows.length - index;
          expect(stage.answer({ kind: 'position', player: own.player })).toMatchObject({
            standing: { entry, rank: ranks[index], score },
            players: rows.length,
            toNext: (rows[index - 1]?.score ?? score) - score,
            toHold: score - (rows[index + 1]?.score ?? score),
            percentilePermille: Math.floor((1_000 * notBetter) / rows.length),
            divisionRank: groupRank,
            divisionPlayers: own.division === '' ? 0 : group.length,
          });
          const board = { kind: 'all' } as const;
          const around = rowsOf(stage.answer({ kind: 'around', board, player: own.player, limit }));
          if (!Array.isArray(around)) throw new Error('no window');
          const shown = around.map(([, it]) => rows.findIndex((row) => row.entry === it));
          expect(shown).toHaveLength(Math.min(limit, rows.length));
          expect(shown).toContain(index);
          expect(shown).toEqual(shown.map((_, at) => (shown[0] ?? 0) + at));
          // As far from both ends of the window as the ends of the board let it.
          const above = index - (shown[0] ?? 0);
          if (shown[0] !== 0 && shown.at(-1) !== rows.length - 1) {
            expect(above).toBe(Math.floor(limit / 2));
          }
        }
        const places = [1, 3, rows.length, rows.length + 1];
        expect(stage.answer({ kind: 'cut-offs', board: { kind: 'all' }, places })).toMatchObject({
          players: rows.length,
          cutOffs: places.flatMap((place) => {
            const it = rows[place - 1];
            return it === undefined ? [] : [{ place, score: it.score }];
          }),
        });
      }),
      { numRuns: 30 },
    );
  });
});

describe('the board of a day', () => {
  const day = (stage: Stage, of: number) =>
    rowsOf(stage.answer({ kind: 'page', board: { kind: 'day', day: of }, fromRank: 1, limit: 9 }));
  const tell = (stage: Stage, player: string, of: number, revision = 1) =>
    stage.tell(
      ingest([outsideEvent(player, player, { place: 1, timeMs: of * DAY_MS, revision })], {
        atMs: 10 * DAY_MS,
      }),
    );

  test('has those that are level in the order of their entry, whoever was on it first', () => {
    const stage = opened(level);
    tell(stage, 'p5', 1);
    expect(day(stage, 1)).toEqual([[1, 5, 3]]);
    tell(stage, 'p2', 1);
    expect(day(stage, 1)).toEqual([
      [1, 2, 3],
      [1, 5, 3],
    ]);
  });

  test('loses who turns out to have played on another', () => {
    const stage = opened(level);
    tell(stage, 'p5', 1);
    expect([day(stage, 1), day(stage, 2)]).toEqual([[[1, 5, 3]], []]);
    tell(stage, 'p5', 2, 2);
    expect([day(stage, 1), day(stage, 2)]).toEqual([[], [[1, 5, 3]]]);
  });
});

describe('a board that nobody is on', () => {
  const stage = opened(level);

  test.each<[string, BoardName]>([
    ['an unknown division', { kind: 'division', division: 'iron' }],
    ['a day on which nothing happened', { kind: 'day', day: 9 }],
  ])('of %s is empty', (_, board) => {
    expect(stage.answer({ kind: 'page', board, fromRank: 1, limit: 5 })).toMatchObject({
      standings: [],
      players: 0,
    });
    expect(stage.answer({ kind: 'cut-offs', board, places: [1] })).toMatchObject({
      players: 0,
      cutOffs: [],
    });
    const player = playerId('p1');
    expect(stage.answer({ kind: 'around', board, player, limit: 5 })).toEqual({ kind: 'nothing' });
  });
});

test('boards that a throw left half made are made again', () => {
  const byGame: ScoringRuleSet = { ...returnPercent(2), ties: ['reached'], reachedBy: 'game' };
  const stage = opened(byGame);
  const places = stage.state.placeOf;
  stage.standings();
  stage.tell(
    countBet('p1', 'b1', { race: 'r1', payout: 100 }),
    countBet('p2', 'b2', { race: 'r2', payout: 100 }),
  );
  const placeOf = places.get;
  let asked = 0;
  places.get = (game) => {
    if (++asked === 2) throw new Error('a defect');
    return placeOf.call(places, game);
  };
  expect(() => stage.standings()).toThrow('a defect');
  places.get = placeOf;
  const fresh = openStage();
  for (const event of stage.events) tournament.decider.evolve(fresh.state, event);
  expect(stage.standings()).toEqual(fresh.standings());
});

describe('attempts that are left', () => {
  const left = (stage: Stage, player: string) => {
    const answer = stage.answer({ kind: 'position', player: playerId(player) });
    return answer?.kind === 'position' ? answer.attemptsLeft : answer;
  };
  const quota: ScoringRuleSet = {
    ...level,
    outcomes: { successes: ['won'], ignored: ['void'] },
  };

  test('are of the player’s own rules: where quotas are off there is none', () => {
    const stage = opened(quota);
    expect(['p1', 'p2', 'p3'].map((player) => left(stage, player))).toEqual([3, undefined, 3]);
    expect(left(openStage(createTournament(), joinTournament('ann')), 'ann')).toBeUndefined();
  });

  test('are used up by what counts, not by repeats and not by what the rules ignore', () => {
    const stage = opened(quota);
    const tell = (id: string, rest = {}) => stage.tell(ingest([outsideEvent('p1', id, rest)]));
    tell('e1');
    tell('e2', { timeMs: 11 });
    tell('e3', { outcome: 'void', timeMs: 15 });
    expect(left(stage, 'p1')).toBe(2);
    for (const id of ['e4', 'e5', 'e6', 'e7']) tell(id, { game: id });
    expect(left(stage, 'p1')).toBe(0);
  });

  test('are not used up by a bet whose stake was given back, until a correction says otherwise', () => {
    const stage = opened(level);
    stage.tell(countBet('p1', 'b1', { refund: 100 }), countBet('p1', 'b2', { refund: 40 }));
    expect(left(stage, 'p1')).toBe(2);
    stage.tell(countBet('p1', 'b1', { settlement: 2 }));
    expect(left(stage, 'p1')).toBe(1);
  });
});

describe('a token', () => {
  const position = (stage: Stage, since: object) =>
    stage.answer({ kind: 'position', player: playerId('p1'), since: since as never })?.kind;

  test('of a version is answered from that version on', () => {
    const stage = opened(level);
    const { version } = stage.state;
    expect(position(stage, { kind: 'version', version })).toBe('position');
    expect(position(stage, { kind: 'version', version: version + 1 })).toBeUndefined();
    stage.tell(ingest([outsideEvent('p1', 'e1')]));
    expect(position(stage, { kind: 'version', version: version + 1 })).toBe('position');
  });

  test('of a bet is answered from that settlement on', () => {
    const stage = opened(level);
    const token = (settlement: number) => ({ kind: 'bet', bet: betId('b1'), settlement });
    expect(position(stage, token(1))).toBeUndefined();
    stage.tell(countBet('p1', 'b1'));
    expect([1, 2].map((it) => position(stage, token(it)))).toEqual(['position', undefined]);
    stage.tell(countBet('p1', 'b1', { settlement: 2 }));
    expect(position(stage, token(2))).toBe('position');
  });
});

test('boards are the same from a snapshot of the state, divisions, days and teams too', () => {
  const history = [
    createTournament({
      rules: returnPercent(2),
      terms: { divisions: ['gold', 'lead'], teamBest: 1 },
    }),
    ...names.map(join),
    ...names.map((name, index) => countBet(name, 'b1', { payout: 100 * index })),
  ];
  const live = openStage(...history);
  const thawed = given(tournament, 't1').after(...history);
  for (const board of boards) {
    const query = { kind: 'page', board, fromRank: 1, limit: 10 } as const;
    expect(rowsOf(thawed.answer(query))).toEqual(rowsOf(live.answer(query)));
  }
  const teams = { kind: 'teams', fromRank: 1, limit: 10 } as const;
  expect(thawed.answer(teams)).toEqual(live.answer(teams));
  expect(standingsHash(thawed.state)).toBe(standingsHash(live.state));
});
