/** What the edge publishes, as docs/EDGE.md has it: the rows and heads of each channel. */
import type { Row } from './rows.ts';

export type Phase =
  | 'declared'
  | 'open'
  | 'suspended'
  | 'closed'
  | 'run'
  | 'provisional'
  | 'under-inquiry'
  | 'official'
  | 'paid'
  | 'void'
  | 'refunded';

export interface Runner {
  readonly number: number;
  readonly name: string;
  readonly scratched: boolean;
}

interface Dividend {
  /** A runner's number, or the legs' winners: dead-heaters joined by `+`, legs by `/`. */
  readonly outcome: string;
  /** For 1 staked. */
  readonly hundredths: number;
}

export interface Pool {
  readonly id: string;
  readonly ruleSet: string;
  /** Of a pool over several races: their ids. */
  readonly legs: readonly string[];
  readonly guaranteeCents: number;
  readonly dividends: readonly Dividend[];
}

/** Channel `races`. */
export interface RaceRow extends Row {
  readonly id: string;
  readonly title: string;
  readonly offTimeMs: number;
  readonly phase: Phase;
  readonly runners: readonly Runner[];
  /** First place first; more than one runner in a place is a dead heat. */
  readonly order: readonly (readonly number[])[];
  readonly pools: readonly Pool[];
  readonly version: number;
  readonly asOfMs: number;
}

export interface OddsHead {
  readonly race: string;
  readonly version: number;
  readonly asOfMs: number;
}

/** Channel `odds:<race>`: key `win`. */
export interface PoolMoney extends Row {
  readonly pool: string;
  readonly grossCents: number;
  readonly tickets: number;
  readonly toShareCents: number;
  /** When it was last published; absent before that. */
  readonly asOfMs?: number;
  /** Of a pool on several runners: what 1 on each combination would pay, in hundredths. */
  readonly probables?: Readonly<Record<string, number>>;
}

/** Channel `odds:<race>`: key `win/3`. */
export interface RunnerMoney extends Row {
  readonly pool: string;
  readonly runner: number;
  readonly stakesCents: number;
  readonly probableHundredths: number | null;
}

export type OddsRow = PoolMoney | RunnerMoney;

export type BoardPhase =
  | 'open'
  | 'closed'
  | 'awaiting-outcomes'
  | 'soft-window'
  | 'provisional'
  | 'review'
  | 'official'
  | 'paying'
  | 'archived'
  | 'corrected';

export interface BoardHead {
  readonly tournament: string;
  readonly title: string;
  readonly phase: BoardPhase;
  /** When it ends by itself; absent where it does not. */
  readonly phaseUntilMs?: number;
  /** `name@version`. */
  readonly ruleSet: string;
  /** Of the official result; 0 before there is one. */
  readonly resultVersion: number;
  readonly players: number;
  readonly version: number;
  readonly asOfMs: number;
}

/** Channel `board:<tournament>`. */
export interface BoardRow extends Row {
  readonly rank: number;
  readonly entry: number;
  readonly alias: string;
  readonly score: number;
  readonly countedBets: number;
}

/** What the edge answers to `position`. */
export interface Position {
  readonly found: boolean;
  readonly rank: number;
  readonly entry: number;
  readonly alias: string;
  readonly score: number;
  readonly countedBets: number;
  readonly players: number;
  /** Points to the next better rank; 0 for the first. */
  readonly toNext: number;
  readonly version: number;
}
