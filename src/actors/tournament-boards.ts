/**
 * The boards of a tournament: everybody's, a division's, a day's and the teams', each an exact ranking
 * of what the contributions come to under the rules.
 *
 *   evolve ─ touch ─> touched ─ somebody looks ─> scored again, put where they belong
 *
 * Invariant: what a board shows is a function of rules, entries and contributions alone; in which order
 * they came, and how often somebody looked in between, changes nothing. Many changes between two looks
 * are one burst.
 */
import type { RankKey } from './ranking/rank-keys.ts';
import { createRanking, type RankedEntry, type Ranking, type RankMode } from './ranking/ranking.ts';
import type { Contribution } from './scoring/contribution.ts';
import { drawOf } from './scoring/draw.ts';
import { type ScoringContext, scoreOf } from './scoring/player-score.ts';
import { rankKeyOf } from './scoring/rank-key.ts';
import { DAY_MS, rulesFor } from './scoring/rule-set.ts';
import { contributionsOf, type Entry } from './tournament-entry.ts';
import type { Scored } from './tournament-state.ts';

export interface Board {
  readonly size: number;
  /** `limit` entries from place `from` on. */
  ranks(from: number, limit: number, mode: RankMode): readonly Placed[];
  rankOf(entry: number, mode: RankMode): number | undefined;
  find(entry: number): RankedEntry | undefined;
}

/** Of everybody. */
export interface WholeBoard extends Board {
  /** The ordinal rank of each entry up to `last`, by entry; 0 of one that is not on it. */
  ranksTo(last: number): Uint32Array;
}

export interface Placed extends RankedEntry {
  readonly rank: number;
}

interface Team {
  readonly name: string;
  readonly rank: number;
  readonly score: number;
  readonly players: number;
  /** The members that make the score, best first. */
  readonly best: readonly RankedEntry[];
}

export interface Boards {
  /** An entry is new, or its contributions are others. */
  touch(entry: Entry): void;
  /** The rules are others, or much is. */
  touchAll(): void;
  readonly all: WholeBoard;
  /** Undefined where nobody is in it. */
  division(name: string): Board | undefined;
  /** @param day UTC days since 1970. */
  day(day: number): Board;
  teams(from: number, limit: number): readonly Team[];
  /** Of everybody, for whoever compares states. */
  readonly size: number;
  page(from: number, limit: number): readonly RankedEntry[];
  rankOf(entry: number): number | undefined;
}

/** Boards of a day that are kept: each costs as much as everybody's. */
const DAYS_KEPT = 3;

/** What an entry is ranked by, from these of its contributions. */
type KeyOf = (entry: Entry, contributions: readonly Contribution[]) => RankKey;

function keysUnder({ rules, terms, placeOf: places }: Scored): KeyOf {
  const context: ScoringContext = {
    opensMs: terms.opensAtMs,
    duplicateWindowMs: terms.duplicateWindowMs,
    placeOf: (game) => places.get(game) ?? 0,
    // What is worth something by who came before whom is for `board replay` alone.
    entrants: 0,
    before: () => 0,
  };
  return (entry, contributions) => {
    const own = rulesFor(rules, entry);
    return rankKeyOf(own, scoreOf(own, contributions, context), entry.draw);
  };
}

export function createBoards(scored: Scored): Boards {
  let everybody = createRanking();
  const divisions = new Map<string, PartBoard>();
  /** The last that somebody looked at, last. */
  const days = new Map<number, PartBoard>();
  const members = new Map<string, Entry[]>();
  let teamNames: string[] = [];
  let teams = createRanking();
  const teamNumbers = new Map<string, number>();
  const touched = new Set<Entry>();
  const touchedTeams = new Set<string>();
  /** Entries that the boards know of. */
  let known = 0;
  let stale = false;

  function bringUpToDate(): void {
    if (!stale && touched.size === 0) return;
    if (stale) forget();
    const changed = stale ? scored.byNumber : [...touched];
    touched.clear();
    // Until all is done: what a throw left half made is made again.
    stale = true;
    const keyOf = keysUnder(scored);
    everybody.putAll(numbersOf(changed), (number) => {
      const entry = scored.byNumber[number - 1] as Entry;
      return keyOf(entry, contributionsOf(entry));
    });
    for (const entry of changed) {
      if (entry.entry > known) enrol(entry);
      if (entry.team !== '') touchedTeams.add(entry.team);
      for (const [day, board] of days) putOnDay(board, day, entry, keyOf);
    }
    const divided = changed.filter(({ division }) => division !== '');
    for (const [division, entries] of Map.groupBy(divided, (it) => it.division)) {
      divisionOf(division).putAll(numbersOf(entries), (entry) => everybody.keyOf(entry));
    }
    known = scored.byNumber.length;
    stale = false;
  }

  function forget(): void {
    everybody = createRanking();
    divisions.clear();
    days.clear();
    members.clear();
    teamNames = [];
    teams = createRanking();
    teamNumbers.clear();
    touchedTeams.clear();
    known = 0;
  }

  function enrol(entry: Entry): void {
    if (entry.team === '') return;
    const own = members.get(entry.team);
    if (own !== undefined) own.push(entry);
    else {
      members.set(entry.team, [entry]);
      teamNames.push(entry.team);
      teamNumbers.set(entry.team, teamNames.length);
    }
  }

  function divisionOf(name: string): PartBoard {
    const board = divisions.get(name) ?? createPartBoard();
    divisions.set(name, board);
    return board;
  }

  function putOnDay(board: PartBoard, day: number, entry: Entry, keyOf: KeyOf): void {
    const contributions = contributionsOf(entry).filter(
      ({ timeMs }) => Math.floor(timeMs / DAY_MS) === day,
    );
    if (contributions.length === 0) board.remove(entry.entry);
    else board.put({ entry: entry.entry, ...keyOf(entry, contributions) });
  }

  function day(wanted: number): Board {
    bringUpToDate();
    let board = days.get(wanted);
    if (board === undefined) {
      board = createPartBoard();
      const keyOf = keysUnder(scored);
      for (const entry of scored.byNumber) putOnDay(board, wanted, entry, keyOf);
    }
    days.delete(wanted);
    days.set(wanted, board);
    const [oldest] = days.keys();
    if (days.size > DAYS_KEPT && oldest !== undefined) days.delete(oldest);
    return board;
  }

  function bestOfTeam(name: string): readonly RankedEntry[] {
    const own = (members.get(name) ?? []).flatMap(({ entry }) => everybody.find(entry) ?? []);
    const place = (it: RankedEntry) => everybody.rankOf(it.entry) ?? 0;
    return own.toSorted((a, b) => place(a) - place(b)).slice(0, scored.terms.teamBest);
  }

  function teamsFrom(from: number, limit: number): readonly Team[] {
    bringUpToDate();
    for (const name of touchedTeams) {
      const entry = teamNumbers.get(name);
      if (entry === undefined) continue;
      const score = bestOfTeam(name).reduce((sum, it) => sum + it.score, 0);
      const draw = drawOf(scored.seed, scored.id, `team/${name}`);
      teams.put({ entry, score, tie1: 0, tie2: 0, draw });
    }
    touchedTeams.clear();
    return teams.ranks(from, limit, 'ordinal').map(({ entry, rank, score }) => {
      const name = teamNames[entry - 1] ?? '';
      return { name, rank, score, players: members.get(name)?.length ?? 0, best: bestOfTeam(name) };
    });
  }

  const all: WholeBoard = {
    get size() {
      bringUpToDate();
      return everybody.size;
    },
    ranks(from, limit, mode) {
      bringUpToDate();
      return everybody.ranks(from, limit, mode);
    },
    rankOf(entry, mode) {
      bringUpToDate();
      return everybody.rankOf(entry, mode);
    },
    find(entry) {
      bringUpToDate();
      return everybody.find(entry);
    },
    ranksTo(last) {
      bringUpToDate();
      return everybody.ranksTo(last);
    },
  };

  return {
    touch: (entry) => touched.add(entry),
    touchAll() {
      stale = true;
    },
    all,
    division(name) {
      bringUpToDate();
      return divisions.get(name);
    },
    day,
    teams: teamsFrom,
    get size() {
      return all.size;
    },
    page: (from, limit) => all.ranks(from, limit, 'ordinal'),
    rankOf: (entry) => all.rankOf(entry, 'ordinal'),
  };
}

const numbersOf = (entries: readonly Entry[]) => Uint32Array.from(entries, ({ entry }) => entry);

interface PartBoard extends Board, Pick<Ranking, 'putAll'> {
  put(entry: RankedEntry): void;
  remove(entry: number): void;
}

/** Of some of the entries: numbered for itself, so that it has room for those alone. */
function createPartBoard(): PartBoard {
  const ranking: Ranking = createRanking();
  const numbers = new Map<number, number>();
  const entries: number[] = [];
  const known = <It extends RankedEntry>(it: It): It => ({
    ...it,
    entry: entries[it.entry - 1] ?? 0,
  });

  /** Its own numbers come as entries are looked at: those without a draw are told apart by entry. */
  const drawn = (entry: number, key: RankKey): RankKey => ({ ...key, draw: key.draw || entry });

  function numberOf(entry: number): number {
    const number = numbers.get(entry);
    if (number !== undefined) return number;
    entries.push(entry);
    numbers.set(entry, entries.length);
    return entries.length;
  }

  return {
    get size() {
      return ranking.size;
    },
    put: (it) => ranking.put({ ...drawn(it.entry, it), entry: numberOf(it.entry) }),
    putAll(all, keyOf) {
      ranking.putAll(all.map(numberOf), (number) => {
        const entry = entries[number - 1] as number;
        return drawn(entry, keyOf(entry));
      });
    },
    remove(entry) {
      const number = numbers.get(entry);
      if (number !== undefined) ranking.remove(number);
    },
    ranks: (from, limit, mode) => ranking.ranks(from, limit, mode).map(known),
    rankOf(entry, mode) {
      const number = numbers.get(entry);
      return number === undefined ? undefined : ranking.rankOf(number, mode);
    },
    find(entry) {
      const number = numbers.get(entry);
      const it = number === undefined ? undefined : ranking.find(number);
      return it && known(it);
    },
  };
}
