/** What a tournament remembers. Large, so `evolve` changes it in place; nobody else does. */
import type { ScoringRuleSet } from './scoring/rule-set.ts';
import { type Boards, createBoards } from './tournament-boards.ts';
import type { Entry, Kept } from './tournament-entry.ts';
import type {
  AwardState,
  BoardSnapshot,
  DeedRecord,
  EventCounts,
  HoldReason,
  LedgerEntry,
  LeftEvent,
  PhaseRecord,
  ResultRecord,
  RulesRecord,
} from './tournament-events.ts';
import type { TournamentPhase } from './tournament-phases.ts';
import { type TournamentTerms, USUAL_TERMS } from './tournament-terms.ts';
import type { AwardId, PlayerId, RaceId, TournamentId } from './units.ts';

/** Bounds the memory of one tournament. */
export const ENTRIES_MAX = 1_000_000;

export const TEAMS_MAX = 100_000;
/** A team's score is made from all of its players. */
export const TEAM_PLAYERS_MAX = 1_000;

/** Of late events, the newest so many are shown; all are in the log. */
export const LEDGER_MAX = 10_000;

/** What a roll-back took out. */
interface SetAside {
  readonly entry: number;
  readonly key: string;
  readonly kept: Kept;
}

interface Hold {
  readonly player: PlayerId;
  readonly reason: HoldReason;
  readonly by: string;
  readonly why: string;
  readonly atMs: number;
}

/** What the boards are made of. */
export interface Scored {
  readonly id: TournamentId;
  terms: TournamentTerms;
  rules: ScoringRuleSet;
  /** In hex; empty for a tournament of before there were seeds. */
  seed: string;
  /** Places in the programme, from 1. */
  readonly placeOf: Map<string, number>;
  readonly byNumber: Entry[];
}

export interface Tournament extends Scored {
  /** Empty until the tournament is created. */
  title: string;
  races: readonly RaceId[];
  /** Events so far. */
  version: number;
  createdAtMs: number;
  /** Of before there were terms: nothing happens to it by itself. */
  isOld: boolean;
  /** By version, from 1: canonical JSON. */
  readonly ruleTexts: string[];
  /** Which of them is in force. */
  rulesVersion: number;
  readonly rulesChanges: RulesRecord[];
  readonly entries: Map<PlayerId, Entry>;
  /** The entries of events from outside, by their ids. */
  readonly eventIds: Map<string, number>;
  /** Bets whose outcome is waited for, by `player/bet`: when they were placed. */
  readonly openBets: Map<string, number>;
  /** Bets that are out for good, by `player/bet`. */
  readonly leftBets: Set<string>;
  /** Players by team. */
  readonly teams: Map<string, number>;
  counts: EventCounts;
  /** Of what was left out, how often by reason. */
  readonly leftBy: Map<string, number>;
  /** Oldest first. */
  readonly ledger: LedgerEntry[];
  /** What became of the last batch from outside. */
  lastBatch: { readonly batch: string; readonly left: readonly LeftEvent[] };
  phase: TournamentPhase;
  readonly phases: PhaseRecord[];
  closedAtMs: number;
  readonly snapshots: BoardSnapshot[];
  /** The event of the last change to the standings. */
  changedAt: number;
  setAside: SetAside[];
  readonly results: ResultRecord[];
  /** In the order in which they are paid. */
  readonly awards: Map<AwardId, AwardState>;
  /** Of these, those that are due or held. */
  readonly due: Set<AwardId>;
  /** The award that a player has, or is to give back. */
  readonly open: Map<PlayerId, AwardId>;
  /** Cents that an open award was granted with. */
  readonly grantedCents: Map<AwardId, number>;
  /** Cents that a player had of awards that are closed: what was not claimed in time is gone. */
  readonly had: Map<PlayerId, number>;
  /** The last award of each entry that was not withdrawn. */
  readonly lastAward: Map<number, AwardId>;
  readonly deeds: DeedRecord[];
  readonly holds: Map<PlayerId, Hold>;
  readonly denied: Set<PlayerId>;
  boards: Boards;
}

export function initialTournament(id: string): Tournament {
  const nothing: Omit<Tournament, 'boards'> = {
    // The runtime made the address from a TournamentId.
    id: id as TournamentId,
    terms: USUAL_TERMS,
    rules: { id: 'none@1', points: { kind: 'fixed', points: 0 } },
    seed: '',
    placeOf: new Map(),
    byNumber: [],
    title: '',
    races: [],
    version: 0,
    createdAtMs: 0,
    isOld: false,
    ruleTexts: [],
    rulesVersion: 0,
    rulesChanges: [],
    entries: new Map(),
    eventIds: new Map(),
    openBets: new Map(),
    leftBets: new Set(),
    teams: new Map(),
    counts: { accepted: 0, duplicate: 0, late: 0, refused: 0 },
    leftBy: new Map(),
    ledger: [],
    lastBatch: { batch: '', left: [] },
    phase: 'open',
    phases: [],
    closedAtMs: 0,
    snapshots: [],
    changedAt: 0,
    setAside: [],
    results: [],
    awards: new Map(),
    due: new Set(),
    open: new Map(),
    grantedCents: new Map(),
    had: new Map(),
    lastAward: new Map(),
    deeds: [],
    holds: new Map(),
    denied: new Set(),
  };
  return withBoards(nothing);
}

/** The boards read the state that they are part of. */
export function withBoards(state: Omit<Tournament, 'boards'>): Tournament {
  return Object.assign(state, { boards: createBoards(state) });
}

/** Of a text in `ruleTexts`: only rules that are valid are written there. */
export function rulesIn(text: string): ScoringRuleSet {
  return JSON.parse(text) as ScoringRuleSet;
}

export function openBetKey({
  player,
  bet,
}: {
  readonly player: string;
  readonly bet: string;
}): string {
  return `${player}/${bet}`;
}

export function lastSnapshot({ snapshots }: Tournament): BoardSnapshot | undefined {
  return snapshots.at(-1);
}

export function lastResult({ results }: Tournament): ResultRecord | undefined {
  return results.at(-1);
}
