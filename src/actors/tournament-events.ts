/** What can be asked of a tournament, what happens in it, and how it says no. */
import type { RankMode } from './ranking/ranking.ts';
import type { Contribution } from './scoring/contribution.ts';
import type { TournamentPhase } from './tournament-phases.ts';
import type { TournamentTerms } from './tournament-terms.ts';
import type { AwardId, BetId, Cents, PlayerId, PoolId, RaceId, TournamentId } from './units.ts';

/** Who does it and why, for the record. */
interface Deed {
  readonly by: string;
  readonly why: string;
  readonly atMs: number;
}

/** What two people have to answer for. */
interface AuthorisedDeed extends Deed {
  readonly authorisedBy: string;
}

/** `settlement`: from 1; a correction settles again with the next. */
interface BetOutcome {
  readonly bet: BetId;
  readonly player: PlayerId;
  readonly race: RaceId;
  readonly pool: PoolId | '';
  readonly cost: Cents;
  readonly payout: Cents;
  readonly refund: Cents;
  readonly settlement: number;
  readonly placedAtMs: number;
  readonly atMs: number;
}

interface BetTold {
  readonly bet: BetId;
  readonly player: PlayerId;
  readonly race: RaceId;
  readonly placedAtMs: number;
}

export type TournamentCommand =
  | {
      readonly kind: 'create-tournament';
      readonly title: string;
      readonly races: readonly RaceId[];
      /** Canonical JSON of a scoring rule set that is valid. */
      readonly rules: string;
      readonly terms: TournamentTerms;
      /** Nobody's to choose after the first has joined: made by chance, outside. */
      readonly seed: string;
      readonly by: string;
      readonly atMs: number;
    }
  | {
      readonly kind: 'join-tournament';
      readonly player: PlayerId;
      readonly alias: string;
      /** Empty where there is none. */
      readonly region: string;
      readonly division: string;
      readonly team: string;
      readonly atMs: number;
    }
  | ({ readonly kind: 'enter-bet' } & BetTold)
  | ({ readonly kind: 'drop-bet' } & BetTold)
  | ({ readonly kind: 'count-bet' } & BetOutcome)
  | {
      readonly kind: 'ingest-events';
      readonly batch: string;
      readonly events: readonly OutsideEvent[];
      /** Of rounds that nobody plays any more: it can wait. */
      readonly isBacklog: boolean;
      readonly atMs: number;
    }
  | ({ readonly kind: 'change-rules'; readonly rules: string } & Deed)
  | ({ readonly kind: 'close-tournament' } & Deed)
  /** What the machine does by itself when it is time. */
  | { readonly kind: 'advance'; readonly from: TournamentPhase; readonly atMs: number }
  | { readonly kind: 'take-snapshot'; readonly number: number; readonly atMs: number }
  | ({ readonly kind: 'make-result-official' } & AuthorisedDeed)
  | ({ readonly kind: 'correct-result' } & AuthorisedDeed)
  | ({ readonly kind: 'roll-back'; readonly snapshot: number } & AuthorisedDeed)
  /** What is set aside counts again; `drop`: or never. */
  | ({ readonly kind: 'replay'; readonly drop: boolean } & AuthorisedDeed)
  | ({
      readonly kind: 'hold-award';
      readonly player: PlayerId;
      readonly reason: HoldReason;
    } & Deed)
  | ({ readonly kind: 'release-award'; readonly player: PlayerId } & Deed)
  | ({ readonly kind: 'deny-award'; readonly player: PlayerId } & AuthorisedDeed)
  | { readonly kind: 'pay-awards'; readonly atMs: number }
  | ({ readonly kind: 'award-closed' } & AwardEnd);

export const HOLD_REASONS = ['kyc', 'aml', 'fraud-review'] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/** As it comes in; what is wrong with it is said by name. */
export interface OutsideEvent extends Contribution {
  readonly player: string;
  /** Under which the sender counts it; empty: the tournament's. */
  readonly ruleSet: string;
  /** From 1; a later one replaces the earlier. */
  readonly revision: number;
}

interface AwardEnd {
  readonly player: PlayerId;
  readonly award: AwardId;
  readonly how: 'claimed' | 'expired' | 'withdrawn';
  readonly atMs: number;
}

/** On disk: what is absent is empty or 0. */
export interface RecordedContribution {
  readonly id: string;
  readonly game: string;
  readonly stake: number;
  readonly win: number;
  readonly timeMs: number;
  readonly sequence: number;
  readonly outcome: string;
  readonly place: number;
  readonly provider: string;
  readonly bonus: boolean;
  readonly revision: number;
  readonly ruleSet: string;
  readonly late: boolean;
}

export interface LeftEvent {
  /** Its place in its batch, from 0. */
  readonly index: number;
  readonly id: string;
  readonly player: string;
  readonly game: string;
  readonly timeMs: number;
  /** `late` of one that counts as well: it is in the ledger. */
  readonly status: 'duplicate' | 'late' | 'refused';
  readonly why: LeftReason;
}

export type LeftReason =
  | 'in-window'
  | 'known-id'
  | 'repeat'
  | 'window-over'
  | 'unknown-player'
  | 'unknown-rule-set'
  | 'negative-stake'
  | 'negative-win'
  | 'amount-too-large'
  | 'before-opening'
  | 'after-close'
  | 'in-the-future'
  | 'event-id-reused'
  | 'too-many-events';

/** The best of those whose rank or score is another, by the better of both ranks. */
export interface BoardDiff {
  readonly players: number;
  readonly changed: number;
  readonly moves: readonly BoardMove[];
}

/** Ranks are ordinal; 0 is none. */
export interface BoardMove {
  readonly entry: number;
  readonly rankBefore: number;
  readonly rankAfter: number;
  readonly scoreBefore: number;
  readonly scoreAfter: number;
}

export interface Award {
  readonly entry: number;
  readonly rank: number;
  readonly amount: Cents;
  /** Which prizes it is of. */
  readonly prize: string;
  /** The player's award of an earlier version is of the same amount: nothing new is granted. */
  readonly stands: boolean;
  /** It is so much that somebody has to release it. */
  readonly held: boolean;
}

export interface GrantedAward {
  readonly award: AwardId;
  readonly player: PlayerId;
  readonly version: number;
  readonly rank: number;
  /** What he is awarded, less what he had of earlier versions. */
  readonly amount: Cents;
  readonly prize: string;
}

export type TournamentEvent =
  | {
      readonly kind: 'tournament-created';
      readonly title: string;
      readonly races: readonly RaceId[];
      readonly bestOf: number;
      readonly scoringRule: string;
      readonly by: string;
      readonly atMs: number;
      /** Empty in what is older, and then there are no terms. */
      readonly rules: string;
      readonly terms?: TournamentTerms;
      readonly seed: string;
    }
  | {
      readonly kind: 'player-joined';
      readonly player: PlayerId;
      readonly alias: string;
      readonly entry: number;
      readonly region: string;
      readonly division: string;
      readonly team: string;
      readonly atMs: number;
    }
  /** Of before there were terms. */
  | {
      readonly kind: 'bet-counted';
      readonly bet: BetId;
      readonly player: PlayerId;
      readonly race: RaceId;
      readonly settlement: number;
      readonly stake: Cents;
      readonly payout: Cents;
      readonly points: number;
      /** The race's place in the order in which races first counted here, from 1. */
      readonly raceOrder: number;
    }
  | {
      readonly kind: 'bet-entered';
      readonly bet: BetId;
      readonly player: PlayerId;
      readonly race: RaceId;
      readonly timeMs: number;
      readonly late: boolean;
    }
  | {
      readonly kind: 'bet-left';
      readonly bet: BetId;
      readonly player: PlayerId;
      readonly race: RaceId;
      readonly timeMs: number;
      readonly why: 'cancelled' | 'before-opening' | 'after-close';
    }
  | {
      readonly kind: 'settlement-counted';
      readonly player: PlayerId;
      readonly contribution: RecordedContribution;
      readonly atMs: number;
    }
  | {
      readonly kind: 'events-ingested';
      readonly batch: string;
      readonly atMs: number;
      readonly taken: readonly {
        readonly player: PlayerId;
        readonly contribution: RecordedContribution;
      }[];
      readonly left: readonly LeftEvent[];
    }
  | {
      readonly kind: 'rules-changed';
      readonly version: number;
      readonly rules: string;
      readonly by: string;
      readonly why: string;
      readonly atMs: number;
      readonly diff: BoardDiff;
    }
  | {
      readonly kind: 'phase-entered';
      readonly phase: TournamentPhase;
      readonly by: string;
      readonly why: string;
      readonly atMs: number;
    }
  | {
      readonly kind: 'board-snapshot-taken';
      readonly number: number;
      readonly why: string;
      readonly rulesVersion: number;
      readonly players: number;
      readonly hash: string;
      readonly chain: string;
      readonly atMs: number;
    }
  | ({ readonly kind: 'rolled-back'; readonly snapshot: number } & AuthorisedDeed)
  | ({ readonly kind: 'replayed'; readonly dropped: boolean } & AuthorisedDeed)
  | ({
      readonly kind: 'result-made';
      readonly version: number;
      readonly snapshot: number;
      readonly awards: readonly Award[];
      readonly diff: BoardDiff;
      /** Awards of the version before that the player has, and is to give back. */
      readonly takenBack: readonly { readonly award: AwardId; readonly player: PlayerId }[];
    } & AuthorisedDeed)
  | {
      readonly kind: 'awards-granted';
      readonly awards: readonly GrantedAward[];
      readonly atMs: number;
      readonly rule: string;
      readonly claimMs: number;
    }
  | ({
      readonly kind: 'award-held';
      readonly player: PlayerId;
      readonly reason: HoldReason;
    } & Deed)
  | ({ readonly kind: 'award-released'; readonly player: PlayerId } & Deed)
  | ({ readonly kind: 'award-denied'; readonly player: PlayerId } & AuthorisedDeed)
  | ({ readonly kind: 'award-closed' } & AwardEnd);

export type TournamentRejection =
  | { readonly reason: 'unknown-tournament'; readonly tournament: TournamentId }
  | { readonly reason: 'tournament-exists'; readonly tournament: TournamentId }
  | { readonly reason: 'tournament-full'; readonly maximum: number }
  | { readonly reason: 'player-not-entered'; readonly player: PlayerId }
  | { readonly reason: 'entry-differs'; readonly player: PlayerId }
  | { readonly reason: 'unknown-division'; readonly division: string }
  | { readonly reason: 'no-teams'; readonly team: string }
  | { readonly reason: 'too-many-teams'; readonly maximum: number }
  | { readonly reason: 'team-full'; readonly team: string; readonly maximum: number }
  | { readonly reason: 'entries-closed'; readonly phase: TournamentPhase }
  | {
      readonly reason: 'wrong-tournament-phase';
      readonly phase: TournamentPhase;
      readonly wanted: string;
    }
  | { readonly reason: 'needs-another-steward'; readonly steward: string }
  | { readonly reason: 'rules-unchanged'; readonly ruleSet: string }
  | { readonly reason: 'too-many-rule-changes'; readonly maximum: number }
  | { readonly reason: 'unknown-snapshot'; readonly snapshot: number }
  | { readonly reason: 'snapshot-differs'; readonly snapshot: number }
  | { readonly reason: 'nothing-set-aside' }
  | { readonly reason: 'nothing-to-correct'; readonly version: number }
  | { readonly reason: 'award-not-held'; readonly player: PlayerId }
  | { readonly reason: 'award-granted'; readonly player: PlayerId };

/** A board among the tournament's: everybody's, a division's, or that of a UTC day. */
export type BoardName =
  | { readonly kind: 'all' }
  | { readonly kind: 'division'; readonly division: string }
  | { readonly kind: 'day'; readonly day: number };

export type TournamentQuery =
  | { readonly kind: 'tournament' }
  | {
      readonly kind: 'page';
      readonly board: BoardName;
      readonly fromRank: number;
      readonly limit: number;
      /** Undefined: as the rules say. */
      readonly ranks?: RankMode | undefined;
    }
  | {
      readonly kind: 'around';
      readonly board: BoardName;
      readonly player: PlayerId;
      readonly limit: number;
      readonly ranks?: RankMode | undefined;
    }
  /** Not answered before the tournament has what the token stands for. */
  | {
      readonly kind: 'position';
      readonly player: PlayerId;
      readonly since?: PositionToken | undefined;
    }
  | { readonly kind: 'cut-offs'; readonly board: BoardName; readonly places: readonly number[] }
  | { readonly kind: 'teams'; readonly fromRank: number; readonly limit: number }
  | { readonly kind: 'ingested'; readonly batch: string }
  /** Newest first, from the `skip`-th. */
  | { readonly kind: 'late-ledger'; readonly skip: number; readonly limit: number }
  | { readonly kind: 'snapshots'; readonly skip: number; readonly limit: number }
  | { readonly kind: 'changes'; readonly skip: number; readonly limit: number }
  | { readonly kind: 'awards'; readonly skip: number; readonly limit: number }
  | { readonly kind: 'report' };

/** What somebody wrote, who wants to read it: so many events of the tournament, or a settled bet. */
export type PositionToken =
  | { readonly kind: 'version'; readonly version: number }
  | { readonly kind: 'bet'; readonly bet: BetId; readonly settlement: number };

export type TournamentAnswer =
  | { readonly kind: 'tournament'; readonly tournament: TournamentSummary }
  | {
      readonly kind: 'standings';
      readonly tournament: TournamentSummary;
      readonly standings: readonly Standing[];
      /** On the board that was asked for. */
      readonly players: number;
    }
  | ({ readonly kind: 'position'; readonly tournament: TournamentSummary } & Position)
  | {
      readonly kind: 'cut-offs';
      readonly tournament: TournamentSummary;
      readonly players: number;
      readonly cutOffs: readonly CutOff[];
    }
  | {
      readonly kind: 'teams';
      readonly tournament: TournamentSummary;
      readonly teams: readonly TeamStanding[];
    }
  | {
      readonly kind: 'ingested';
      readonly version: number;
      /** Of what was not plainly taken. */
      readonly left: readonly LeftEvent[];
    }
  | {
      readonly kind: 'late-ledger';
      readonly events: readonly LedgerEntry[];
      readonly more: boolean;
    }
  | {
      readonly kind: 'snapshots';
      readonly snapshots: readonly BoardSnapshot[];
      readonly more: boolean;
    }
  | { readonly kind: 'changes'; readonly changes: readonly PublicChange[]; readonly more: boolean }
  | { readonly kind: 'awards'; readonly awards: readonly AwardState[]; readonly more: boolean }
  | { readonly kind: 'report'; readonly report: TournamentReport }
  | { readonly kind: 'nothing' };

interface Position {
  readonly standing: Standing;
  readonly players: number;
  /** Points to the next better rank: 0 for the first, and where the scores are equal. */
  readonly toNext: number;
  /** Points that the next worse rank lacks: 0 for the last, and where the scores are equal. */
  readonly toHold: number;
  /** Of a thousand, how many are not better, cut: 1,000 for the first. */
  readonly percentilePermille: number;
  readonly divisionRank: number;
  readonly divisionPlayers: number;
  /** Events that may still count; undefined where any number may. */
  readonly attemptsLeft: number | undefined;
}

export interface TournamentSummary {
  readonly tournament: TournamentId;
  readonly title: string;
  readonly races: readonly RaceId[];
  readonly terms: TournamentTerms;
  readonly bestOf: number;
  readonly scoringRule: string;
  readonly rulesVersion: number;
  readonly players: number;
  readonly phase: TournamentPhase;
  readonly phaseSinceMs: number;
  /** When the current phase ends by itself; 0 where it does not, or nobody knows. */
  readonly phaseUntilMs: number;
  readonly openBets: number;
  readonly counts: EventCounts;
  /** SHA-256 of the seed; empty without one. */
  readonly seedCommitment: string;
  /** Empty until the tournament is closed. */
  readonly seed: string;
  /** Of the official result; 0 before there is one. */
  readonly resultVersion: number;
  /** Of the last snapshot. */
  readonly hash: string;
  /** The board is another than the official result: a correction is due. */
  readonly differs: boolean;
  /** Events so far. */
  readonly version: number;
}

export interface EventCounts {
  readonly accepted: number;
  readonly duplicate: number;
  readonly late: number;
  readonly refused: number;
}

export interface Standing {
  /** From 1; whether two players can share one is a matter of the rules. */
  readonly rank: number;
  readonly player: PlayerId;
  readonly alias: string;
  readonly entry: number;
  readonly score: number;
  /** Bets and events that are kept, whether or not they make the score. */
  readonly countedBets: number;
  readonly division: string;
  readonly team: string;
  /** What the rules break ties by, the lower first. */
  readonly tie1: number;
  readonly tie2: number;
  /** 0 until the tournament is closed, as its seed is hidden. */
  readonly draw: number;
}

interface CutOff {
  readonly place: number;
  /** Of who is there. */
  readonly score: number;
}

interface TeamStanding {
  readonly rank: number;
  readonly team: string;
  readonly score: number;
  readonly players: number;
  /** Of the members that make the score, best first. */
  readonly best: readonly { readonly alias: string; readonly score: number }[];
}

export interface LedgerEntry extends LeftEvent {
  readonly atMs: number;
}

export interface BoardSnapshot {
  readonly number: number;
  readonly why: string;
  readonly rulesVersion: number;
  readonly players: number;
  readonly hash: string;
  readonly chain: string;
  readonly atMs: number;
  /** Events of the tournament that it is of. */
  readonly version: number;
  /** The tournament was rolled back to one before it. */
  readonly undone: boolean;
}

export interface AwardState {
  readonly award: AwardId;
  readonly version: number;
  readonly player: PlayerId;
  readonly alias: string;
  readonly rank: number;
  readonly amount: Cents;
  readonly prize: string;
  readonly status: AwardStatus;
  /** Of one that is held. */
  readonly hold: HoldReason | 'amount' | '';
  readonly atMs: number;
}

/**
 * due ─> granted ─> claimed | expired; of an earlier version ─> withdrawing ─> withdrawn. `settled`:
 * the player had as much before.
 */
export type AwardStatus =
  | 'due'
  | 'held'
  | 'granted'
  | 'withdrawing'
  | 'claimed'
  | 'expired'
  | 'withdrawn'
  | 'denied'
  | 'settled';

export interface PhaseRecord {
  readonly phase: TournamentPhase;
  readonly by: string;
  readonly why: string;
  readonly atMs: number;
}

export interface RulesRecord {
  readonly version: number;
  readonly ruleSet: string;
  readonly by: string;
  readonly why: string;
  readonly atMs: number;
  readonly diff: BoardDiff | undefined;
}

export interface ResultRecord {
  readonly version: number;
  readonly snapshot: number;
  readonly hash: string;
  readonly by: string;
  readonly authorisedBy: string;
  readonly why: string;
  readonly atMs: number;
  readonly awards: number;
  readonly awardedCents: number;
  readonly diff: BoardDiff;
}

/** What everybody may know of a change: not who ordered it. */
export interface PublicChange {
  readonly kind: 'rules' | 'result';
  readonly version: number;
  /** Empty for a result. */
  readonly ruleSet: string;
  readonly why: string;
  readonly atMs: number;
  readonly diff: PublicDiff | undefined;
  /** Of a result's standings; empty for rules. */
  readonly hash: string;
}

export interface PublicDiff extends BoardDiff {
  readonly moves: readonly (BoardMove & { readonly alias: string })[];
}

/** What an operator did by hand, besides what phases, rules and results tell. */
export interface DeedRecord {
  readonly kind: 'roll-back' | 'replay' | 'drop-aside' | 'hold' | 'release' | 'deny';
  /** Empty where it is of the whole tournament. */
  readonly player: PlayerId | '';
  /** Of a roll-back; else 0. */
  readonly snapshot: number;
  readonly by: string;
  /** Empty where one person may do it. */
  readonly authorisedBy: string;
  readonly why: string;
  readonly atMs: number;
}

export interface TournamentReport {
  readonly tournament: TournamentSummary;
  /** Canonical JSON, by version. */
  readonly rules: readonly { readonly version: number; readonly content: string }[];
  readonly phases: readonly PhaseRecord[];
  readonly rulesChanges: readonly RulesRecord[];
  readonly results: readonly ResultRecord[];
  /** By reason. */
  readonly left: Readonly<Record<string, number>>;
  readonly setAside: number;
  /** Oldest first. */
  readonly deeds: readonly DeedRecord[];
  readonly holds: readonly {
    readonly player: PlayerId;
    readonly reason: HoldReason;
    readonly by: string;
    readonly why: string;
    readonly atMs: number;
  }[];
}
