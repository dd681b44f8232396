import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shaped } from '../../src/actors/pools/shape.ts';
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
        reachedMs: Number(row.last_accepted_minute || 0) * 60_000,
      }));
      const byRank = (a: { rank: number; player?: string }, b: { rank: number; player?: string }) =>
        a.rank - b.rank || ((a.player ?? '') < (b.player ?? '') ? -1 : 1);
      const found = standings.map(({ player, rank, score, penalty, reachedMs }) => ({
        player,
        rank,
        score,
        penalty,
        reachedMs,
      }));
      expect(found.toSorted(byRank)).toEqual(wanted.toSorted(byRank));
    });
  });

  test('where points depend on everybody else: all published scores, in any order of arrival', () => {
    const table = tableOf('aoc-leaderboard-2022');
    inAnyOrder('first-come', ({ standings, entrants }) => {
      expect(entrants).toBe(27);
      const found = standings.map(({ player, score, counted, reachedMs }) => [
        player,
        score,
        counted,
        reachedMs / 1_000,
      ]);
      const wanted = table.map((row) => [
        row.member,
        Number(row.local_score),
        Number(row.stars),
        Number(row.last_star_ts),
      ]);
      expect(new Map(found.map((row) => [row[0], row]))).toEqual(
        new Map(wanted.map((row) => [row[0], row])),
      );
    });
  });
});
