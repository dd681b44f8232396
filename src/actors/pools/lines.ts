/**
 * What wins: a stage of a rule set meets a result, and becomes lines. A *line* is one set of
 * runners in one tier, such as 4-11-8 in `désordre`; it has one price. A *slot* is what a line
 * fills (a paid place, a pair of places): slots share alike, and a dead heat puts several lines
 * into one.
 */
import type { RunnerNumber } from '../units.ts';
import { arrivals, interestsOf, orderOfInterests, placesOf, withoutRepeats } from './arrival.ts';
import type { Order, RaceResult } from './price.ts';
import type { Match, Stage, Tier } from './rule-set.ts';

export interface Line {
  readonly tier: string;
  /** `4-11-8`; `3-*` where only the winner is right; `4-NP` with a non-runner. */
  readonly label: string;
  /** The runners that are right. */
  readonly runners: readonly RunnerNumber[];
}

/** How often each of several claimants fills one slot, by index of line or number of runner. */
export type Slot = ReadonlyMap<number, number>;

export interface WinningLines {
  readonly lines: readonly Line[];
  /** By tier: what its lines fill. */
  readonly lineSlots: ReadonlyMap<string, readonly Slot[]>;
  /** By tier: the places that its runners fill. */
  readonly runnerSlots: ReadonlyMap<string, readonly Slot[]>;
  /** The line of one combination: LOST, REFUNDED, or an index. */
  classify(combination: readonly RunnerNumber[]): number;
}

export const LOST = -1;
export const REFUNDED = -2;

/** Runners up to 99 in a base-128 number: seven of them are a safe integer. */
const RUNNER_BASE = 128;

interface TierLines {
  readonly tier: Tier;
  readonly nonRunners: number;
  find(combination: readonly RunnerNumber[], mask: number): number;
}

/**
 * @param outcome Without entries where every runner counts for itself.
 * @param picks How many runners an ordered combination has; a label is as long.
 */
export function winningLines(stage: Stage, outcome: RaceResult, picks = 1): WinningLines {
  const book = createLineBook();
  const ran = ranIn(outcome);
  const bits = new Map<RunnerNumber, number>();
  const tiers = stage.tiers.flatMap((tier) => {
    const found = tierLines(tier, { ran, starters: outcome.starters, book, bits, picks });
    return found === undefined ? [] : [found];
  });
  // By number: this is asked once for every combination that was ever sold.
  const bitOf = new Int32Array(RUNNER_BASE);
  for (const [runner, bit] of bits) bitOf[runner] = bit;
  const scratched = new Uint8Array(RUNNER_BASE);
  for (const runner of outcome.nonRunners) scratched[runner] = 1;
  const interest = interestsOf(outcome.entries);

  return {
    lines: book.lines,
    lineSlots: book.lineSlots,
    runnerSlots: book.runnerSlots,
    classify(named) {
      const combination = outcome.entries.length === 0 ? named : named.map(interest);
      let mask = 0;
      let missing = 0;
      for (const runner of combination) {
        if (scratched[runner] === 1) missing++;
        else mask |= bitOf[runner] ?? 0;
      }
      let known = missing === 0;
      for (const { nonRunners, find } of tiers) {
        if (nonRunners !== missing) continue;
        known = true;
        const line = find(combination, mask);
        if (line >= 0) return line;
      }
      return known ? LOST : REFUNDED;
    },
  };
}

/** Those that ran, in order, by interest; a scratched runner in it is passed over. */
function ranIn({ order, nonRunners, entries }: RaceResult): Order {
  const running = order
    .map((together) => together.filter((runner) => !nonRunners.includes(runner)))
    .filter((together) => together.length > 0);
  return orderOfInterests(running, entries);
}

interface Setting {
  readonly ran: Order;
  readonly starters: number;
  readonly book: LineBook;
  /** A bit for every runner that a line may name. */
  readonly bits: Map<RunnerNumber, number>;
  readonly picks: number;
}

function tierLines(tier: Tier, setting: Setting): TierLines | undefined {
  const { match } = tier;
  switch (match.kind) {
    case 'among':
      return amongLines(tier, match, setting);
    case 'at':
      return atLines(tier, match, setting);
    default:
      throw new RangeError(`tier ${tier.id}: legs have no place in a bet on one race`);
  }
}

function amongLines(
  tier: Tier,
  match: Match & { kind: 'among' },
  { ran, starters, book, bits }: Setting,
): TierLines | undefined {
  const { right, nonRunners = 0, picks } = match;
  const first = placesOf(match.first, starters);
  if (first < right) return undefined;
  // One runner may fill two places for its entry; in a set it counts once.
  const orders = arrivals(right === 1 ? ran : withoutRepeats(ran), first);
  const length = orders[0]?.length ?? 0;
  const slots = subsets(length, right);
  const missing = Array.from({ length: nonRunners }, () => 'NP');
  const tops = new Set<number>();
  for (const order of orders) {
    tops.add(maskOf(order, bits));
    for (const [index, runner] of order.entries()) book.fillPlace(tier.id, index, runner);
    for (const [slot, positions] of slots.entries()) {
      // The positions are within the order: subsets() made them from its length.
      const runners = positions.map((position) => order[position] as RunnerNumber);
      book.fill(tier.id, slot, { runners, label: [...runners, ...missing].join('-') });
    }
  }
  const byMask = new Map<number, number>();
  const lineIn = (mask: number): number => {
    for (const top of tops) {
      if (bitsIn(mask & top) === right) return book.lineOf(tier.id, runnersIn(mask & top, bits));
    }
    return LOST;
  };
  return {
    tier,
    nonRunners,
    find(combination, mask) {
      if (picks !== undefined && combination.length !== picks) return LOST;
      let line = byMask.get(mask);
      if (line === undefined) {
        line = lineIn(mask);
        byMask.set(mask, line);
      }
      return line;
    },
  };
}

function atLines(
  tier: Tier,
  { positions }: Match & { kind: 'at' },
  { ran, book, bits, picks }: Setting,
): TierLines {
  const first = Math.max(...positions);
  const indices = positions.map((position) => position - 1);
  const byKey = new Map<number, number>();
  for (const order of arrivals(withoutRepeats(ran), first)) {
    if (order.length < first) break;
    maskOf(order, bits);
    // All within the order, which is as long as the last of them.
    const runners = indices.map((index) => order[index] as RunnerNumber);
    const label = Array.from({ length: Math.max(first, picks) }, (_, index) =>
      indices.includes(index) ? order[index] : '*',
    );
    byKey.set(keyOf(order, indices), book.fill(tier.id, 0, { runners, label: label.join('-') }));
  }
  return {
    tier,
    nonRunners: 0,
    find: (combination) => byKey.get(keyOf(combination, indices)) ?? LOST,
  };
}

interface LineBook {
  readonly lines: Line[];
  readonly lineSlots: Map<string, Map<number, number>[]>;
  readonly runnerSlots: Map<string, Map<number, number>[]>;
  /** The set's line, made on first sight; one more order in which it fills the slot. */
  fill(
    tier: string,
    slot: number,
    line: { runners: readonly RunnerNumber[]; label: string },
  ): number;
  fillPlace(tier: string, place: number, runner: RunnerNumber): void;
  lineOf(tier: string, runners: readonly RunnerNumber[]): number;
}

function createLineBook(): LineBook {
  const lines: Line[] = [];
  const numbers = new Map<string, number>();
  const lineSlots = new Map<string, Map<number, number>[]>();
  const runnerSlots = new Map<string, Map<number, number>[]>();
  const keyOfSet = (tier: string, runners: readonly RunnerNumber[]) =>
    `${tier} ${[...runners].sort((a, b) => a - b).join('-')}`;

  return {
    lines,
    lineSlots,
    runnerSlots,
    fill(tier, slot, { runners, label }) {
      const key = keyOfSet(tier, runners);
      const line = numbers.get(key) ?? lines.push({ tier, label, runners }) - 1;
      numbers.set(key, line);
      countIn(lineSlots, tier, slot, line);
      return line;
    },
    fillPlace: (tier, place, runner) => countIn(runnerSlots, tier, place, runner),
    lineOf: (tier, runners) => numbers.get(keyOfSet(tier, runners)) ?? LOST,
  };
}

function countIn(
  slots: Map<string, Map<number, number>[]>,
  tier: string,
  slot: number,
  claimant: number,
): void {
  const ofTier = slots.get(tier) ?? [];
  slots.set(tier, ofTier);
  while (ofTier.length <= slot) ofTier.push(new Map());
  const counts = ofTier[slot];
  counts?.set(claimant, (counts.get(claimant) ?? 0) + 1);
}

function maskOf(runners: readonly RunnerNumber[], bits: Map<RunnerNumber, number>): number {
  let mask = 0;
  for (const runner of runners) {
    const bit = bits.get(runner) ?? 1 << bits.size;
    bits.set(runner, bit);
    mask |= bit;
  }
  return mask;
}

function runnersIn(mask: number, bits: ReadonlyMap<RunnerNumber, number>): RunnerNumber[] {
  return [...bits].filter(([, bit]) => (mask & bit) !== 0).map(([runner]) => runner);
}

function bitsIn(mask: number): number {
  let left = mask;
  let count = 0;
  for (; left !== 0; left &= left - 1) count++;
  return count;
}

function keyOf(runners: readonly RunnerNumber[], indices: readonly number[]): number {
  let key = 0;
  for (const index of indices) key = key * RUNNER_BASE + (runners[index] ?? 0);
  return key;
}

/** All sets of `size` of the numbers below `of`, in order. */
function subsets(of: number, size: number, from = 0): number[][] {
  if (size === 0) return [[]];
  const found: number[][] = [];
  for (let first = from; first <= of - size; first++) {
    for (const rest of subsets(of, size - 1, first + 1)) found.push([first, ...rest]);
  }
  return found;
}
