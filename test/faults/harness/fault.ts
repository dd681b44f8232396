/**
 * What a fault script is to the entry that runs it, and what it finds.
 *
 * Invariant: a count in a Tally that must be 0 is never without a sentence in `problems`.
 */
import type { Random } from './random.ts';

/** What stands in the row of a run; what must be 0 is `MUST_BE_0`. */
export interface Tally {
  rounds: number;
  /** Bets and orders that the server said yes to. */
  acknowledged: number;
  /** Acknowledged, and not in the log. */
  lost: number;
  /** In the log more than once. */
  doubled: number;
  /** In the log with another content than was acknowledged. */
  changed: number;
  /** Bets in a pool after its recorded close. */
  afterClose: number;
  /** Dividends that an independent computation does not get, and accounts that are off. */
  mispriced: number;
  /** Acknowledgements after the fault, and servers that went on, where they had to be silent. */
  tooLate: number;
  /** Damaged, and served as if it were not. */
  silent: number;
  /** What is wrong, in words, at most PROBLEMS_MAX of it. */
  readonly problems: string[];
  /** What else was seen, counted by name. */
  readonly seen: Record<string, number>;
}

export const MUST_BE_0 = [
  'lost',
  'doubled',
  'changed',
  'afterClose',
  'mispriced',
  'tooLate',
  'silent',
] as const;

type Count = (typeof MUST_BE_0)[number];

const PROBLEMS_MAX = 50;

export function newTally(): Tally {
  return {
    rounds: 0,
    acknowledged: 0,
    lost: 0,
    doubled: 0,
    changed: 0,
    afterClose: 0,
    mispriced: 0,
    tooLate: 0,
    silent: 0,
    problems: [],
    seen: {},
  };
}

export function problem(tally: Tally, what: string, count?: Count): void {
  if (count !== undefined) tally[count]++;
  if (tally.problems.length < PROBLEMS_MAX) tally.problems.push(what);
}

export function see(tally: Tally, what: string, times = 1): void {
  tally.seen[what] = (tally.seen[what] ?? 0) + times;
}

/** The most that was seen of something measured. */
export function seeMost(tally: Tally, what: string, value: number): void {
  tally.seen[what] = Math.max(tally.seen[what] ?? 0, Math.round(value));
}

export function isClean(tally: Tally): boolean {
  return tally.problems.length === 0;
}

/** Where a run happens. */
export interface Stage {
  readonly rounds: number;
  readonly random: Random;
  /** Of this run alone; gone after it. */
  readonly dir: string;
  /** The tree whose server runs: this one, or a copy with a control's patch. */
  readonly tree: string;
  readonly tally: Tally;
  /** A line on stderr. */
  readonly say: (line: string) => void;
}

export interface Fault {
  readonly name: string;
  readonly about: string;
  /** Of `npm run faults -- NAME` without `--rounds`. */
  readonly rounds: number;
  /** @throws NotRun where something it needs is missing. */
  run(stage: Stage): Promise<void>;
  readonly controls: readonly Control[];
}

/** A run that must fail: with what protects against the fault taken away, the script must see it. */
export interface Control {
  readonly name: string;
  /** A file in controls/, applied to a copy of the tree; absent where the tree stays as it is. */
  readonly patch?: string;
  readonly rounds: number;
  /** What must not be 0 afterwards; any of them. */
  readonly mustFind: readonly Count[];
  run(stage: Stage): Promise<void>;
}

/** Something is missing on this machine: neither passed nor failed. */
export class NotRun extends Error {
  override readonly name = 'NotRun';
}
