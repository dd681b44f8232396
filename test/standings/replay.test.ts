import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ScoringRuleSet } from '../../src/actors/scoring/rule-set.ts';
import { shaped } from '../../src/actors/shape.ts';
import {
  CONTEST_SHAPE,
  type ContestDocument,
  type ContestEvent,
  type EventLine,
  LINE_SHAPE,
} from '../../src/standings/document.ts';
import { replay, type Standings } from '../../src/standings/replay.ts';

function contestOf(name: string): ContestDocument {
  return shaped(CONTEST_SHAPE, JSON.parse(readFileSync(`examples/boards/${name}.json`, 'utf8')));
}

function linesOf(name: string): EventLine[] {
  const lines = readFileSync(`examples/boards/${name}.ndjson`, 'utf8').trimEnd().split('\n');
  return lines.map((line) => shaped(LINE_SHAPE, JSON.parse(line)));
}

/** Cells of a table without quotes. */
function tableOf(name: string): Record<string, string>[] {
  const [head = [], ...rows] = readFileSync(`test/data/${name}.csv`, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (line.match(/("[^"]*"|[^,]*)(,|$)/g) ?? []).map((it) => it.replace(/,$/, '')));
  return rows.map((row) => Object.fromEntries(head.map((name, at) => [name, row[at] ?? ''])));
}

function inAnyOrder(name: string, expected: (standings: Standings) => void): void {
  const [contest, lines] = [contestOf(name), linesOf(name)];
  const whole = replay(contest, lines);
  expected(whole);
  fc.assert(
    fc.property(
      fc.shuffledSubarray(lines, { minLength: lines.length, maxLength: lines.length }),
      (shuffled) => {
        expect(replay(contest, shuffled)).toEqual(whole);
      },
    ),
    { numRuns: 10 },
  );
}

const byPlayer = <Row extends { readonly player: string | undefined }>(rows: readonly Row[]) =>
  new Map(rows.map((row) => [row.player, row]));

describe('a contest of which another program made the standings', () => {
  test('with penalties, the ICPC World Finals: rank by rank, in any order of arrival', () => {
    const table = tableOf('icpc-world-finals-49');
    inAnyOrder('icpc-world-finals-49', ({ standings, events, entrants }) => {
      expect([entrants, events]).toEqual([
        139,
        { accepted: 1_895, duplicate: 0, late: 0, refused: 0 },
      ]);
      const wanted = table.map((row) => ({
        player: row.team,
        rank: Number(row.rank),
        score: Number(row.solved),
        penalty: Number(row.penalty_minutes),
        reached: Number(row.last_accepted_minute || 0) * 60_000,
      }));
      const found = standings.map(({ player, rank, score, penalty, reached }) => {
        return { player, rank, score, penalty, reached };
      });
      expect(byPlayer(found)).toEqual(byPlayer(wanted));
    });
  });

  test('where points depend on everybody else: all published scores, in any order of arrival', () => {
    const table = tableOf('aoc-leaderboard-2022');
    inAnyOrder('first-come', ({ standings, entrants }) => {
      expect(entrants).toBe(27);
      const found = standings.map(({ player, score, counted, reached }) => {
        return { player, score, counted, reached };
      });
      const wanted = table.map((row) => ({
        player: row.member,
        score: Number(row.local_score),
        counted: Number(row.stars),
        reached: Number(row.last_star_ts) * 1_000,
      }));
      expect(byPlayer(found)).toEqual(byPlayer(wanted));
    });
  });
});

const BETS: ContestDocument = {
  tournament: 't',
  rules: { id: 'r@1', points: { kind: 'multiplier' }, ties: ['reached', 'diversity'], draw: true },
  opensMs: 1_000,
  closesMs: 9_000,
  lateMs: 500,
  duplicateWindowMs: 100,
  entries: 'listed',
  seed: 'seed',
};

function bet(event_uuid: string, rest: Partial<ContestEvent> = {}): ContestEvent {
  const of = { player: 'ann', game: 'g1', stake: 100, win: 100, time_ms: 2_000 };
  return { kind: 'event', event_uuid, ...of, ...rest };
}

const ENTRIES: readonly EventLine[] = ['ann', 'ben'].map((player) => ({ kind: 'entry', player }));

const accountOf = (lines: readonly EventLine[], contest: Partial<ContestDocument> = {}) => {
  const { left, events, standings } = replay({ ...BETS, ...contest }, [...ENTRIES, ...lines]);
  return { left: left.map((it) => [it.event_uuid, it.why]), events, standings };
};

describe('every event is accounted for', () => {
  test.each<[string, ContestEvent]>([
    ['unknown-player', bet('e1', { player: 'zoe' })],
    ['before-opening', bet('e1', { time_ms: 999 })],
    ['after-close', bet('e1', { time_ms: 9_000 })],
    ['late', bet('e1', { time_ms: 8_999, received_ms: 9_500 })],
  ])('%s', (why, event) => {
    const { left, events, standings } = accountOf([event]);
    expect(left).toEqual([['e1', why]]);
    const kind = why === 'late' ? 'late' : 'refused';
    expect(events).toEqual({ accepted: 0, duplicate: 0, late: 0, refused: 0, [kind]: 1 });
    expect(standings.map(({ score }) => score)).toEqual([0, 0]);
  });

  test.each([
    ['at the opening', bet('e1', { time_ms: 1_000 })],
    ['just before the close', bet('e1', { time_ms: 8_999 })],
    ['just in time after it', bet('e1', { time_ms: 8_999, received_ms: 9_499 })],
  ])('accepted %s', (_when, event) => {
    expect(accountOf([event])).toMatchObject({ left: [], events: { accepted: 1 } });
  });

  test('an id that comes again counts once, whenever it was heard', () => {
    const again = bet('e1', { received_ms: 99_000 });
    expect(accountOf([again, bet('e1'), again])).toMatchObject({
      left: [
        ['e1', 'duplicate'],
        ['e1', 'duplicate'],
      ],
      events: { accepted: 1, duplicate: 2 },
    });
  });

  test('an id that says two things counts for neither', () => {
    const { left, events, standings } = accountOf([bet('e1'), bet('e1', { win: 900 })]);
    expect(left).toEqual([
      ['e1', 'conflict'],
      ['e1', 'conflict'],
    ]);
    expect(events).toMatchObject({ accepted: 0, refused: 2 });
    expect(standings[0]?.score).toBe(0);
  });

  test('the same bet within the window is a duplicate, whatever its id', () => {
    const times = [2_000, 2_100, 2_101, 2_202].map((time_ms, index) =>
      bet(`e${index}`, { time_ms }),
    );
    // The third is 101 ms after the first, which was kept; the fourth as long after the third.
    expect(accountOf(times).left).toEqual([['e1', 'duplicate']]);
    const others = [{ player: 'ben' }, { game: 'g2' }, { stake: 101 }, { win: 101 }];
    const unlike = others.map((rest, index) => bet(`f${index}`, rest));
    expect(accountOf([bet('e0'), ...unlike])).toMatchObject({ left: [], events: { accepted: 5 } });
  });

  test('whoever has an event is in where entries are open', () => {
    const open = { ...BETS, entries: 'open' } as const;
    expect(replay(open, [bet('e1', { player: 'zoe' })])).toMatchObject({
      entrants: 1,
      events: { accepted: 1 },
    });
  });
});

describe('any set of lines', () => {
  const few = fc.constantFrom('a', 'b', 'c', 'd');
  const anyEvent = fc.record({
    kind: fc.constant('event' as const),
    event_uuid: fc.constantFrom(...Array.from({ length: 30 }, (_, index) => `e${index}`)),
    player: few,
    game: few,
    stake: fc.constantFrom(100, 200),
    win: fc.constantFrom(0, 100, 5_000),
    time_ms: fc.integer({ min: 900, max: 9_100 }),
    received_ms: fc.constantFrom(2_000, 9_400, 9_600),
  });
  const contests = fc.record({
    counts: fc.constantFrom('each' as const, 'first-success' as const),
    kind: fc.constantFrom('multiplier' as const, 'first-come' as const),
    attempts: fc.constantFrom(2, 100),
    best: fc.record({ of: fc.constantFrom(1, 3), by: fc.constantFrom('sum', 'median') }),
    caps: fc.record({ event: fc.constantFrom(50, 400), day: fc.constantFrom(300, 2_000) }),
    ranks: fc.constantFrom('ordinal', 'competition', 'dense'),
  });

  test('gives the same standings in any order, and accounts for each line once', () => {
    fc.assert(
      fc.property(
        fc.array(anyEvent, { maxLength: 60 }),
        contests,
        fc.infiniteStream(fc.nat()),
        (events, drawn, chances) => {
          const { kind, ...rest } = drawn;
          const contest = {
            ...BETS,
            rules: { ...BETS.rules, ...rest, points: { kind } },
          } as ContestDocument;
          const lines: EventLine[] = [...ENTRIES, ...events];
          const whole = replay(contest, lines);
          const shuffled = lines
            .map((line) => ({ line, at: chances.next().value }))
            .toSorted((a, b) => a.at - b.at)
            .map(({ line }) => line);
          expect(replay(contest, shuffled)).toEqual(whole);
          const { accepted, duplicate, late, refused } = whole.events;
          expect(accepted + duplicate + late + refused).toBe(events.length);
          expect(whole.left).toHaveLength(events.length - accepted);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a switch of the rules', () => {
  const rules: ScoringRuleSet = {
    id: 'r@1',
    points: { kind: 'return-percent' },
    caps: { event: 150 },
    switches: [{ off: ['caps'], regions: ['fr'], divisions: ['gold'] }],
  };
  const entry = (player: string, rest: object = {}) =>
    ({ kind: 'entry', player, ...rest }) as const;
  const told = (...entries: readonly EventLine[]) => {
    const lines = ['ann', 'ben', 'cid'].map((player) => bet(`e-${player}`, { player, win: 300 }));
    const found = replay({ tournament: 't', rules }, [...lines, ...entries]);
    return Object.fromEntries(found.standings.map(({ player, score }) => [player, score]));
  };

  test('goes by the region and the division of the entry', () => {
    const gold = { region: 'fr', division: 'gold' };
    expect(told(entry('ann', gold), entry('ben', { ...gold, region: 'de' }))).toEqual({
      ann: 300,
      ben: 150,
      cid: 150,
    });
    expect(told(entry('ann', gold), entry('ann', gold))).toMatchObject({ ann: 300 });
  });

  test('knows no player with two regions', () => {
    expect(() => told(entry('ann', { region: 'fr' }), entry('ann'))).toThrow(
      'player ann has two entries that are not the same',
    );
  });
});
