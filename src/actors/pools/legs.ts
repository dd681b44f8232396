/**
 * What wins in a bet over several races: for each leg, which runners are right for which tier.
 *
 * Invariant: won + lost + given back = all combinations of a ticket, and none is ever written out:
 * runners of a leg that count alike are counted together.
 */
import type { RunnerNumber } from '../units.ts';
import { arrivals, interestsOf, placesOf, withdrawnIn } from './arrival.ts';
import type { Line, Slot } from './lines.ts';
import type { LegOutcome } from './price.ts';
import type { LegRules, Match, RuleSet, Stage } from './rule-set.ts';

export interface WinningLegs {
  readonly lines: readonly Line[];
  readonly lineSlots: ReadonlyMap<string, readonly Slot[]>;
  /** @returns Combinations to be given back. */
  tally(
    ticket: {
      readonly legs: readonly (readonly RunnerNumber[])[];
      readonly alternates: readonly number[];
    },
    add: (line: number, combinations: number) => void,
  ): number;
}

/** Tiers of a stage: their counts of right legs share one number, four bits each. */
export const LEG_TIERS_MAX = 7;
const BITS = 4;
const RUNNERS = 128;
/** The class of a runner that is given back; others count from 0. */
const BACK = -1;
/** In a line, for a leg in which nobody is named: everybody won it, or it was left out. */
const ANY = 0;

/** So many void legs that nothing stands. */
export function isCalledOff(ruleSet: RuleSet, legs: readonly LegOutcome[]): boolean {
  const rules = legRulesOf(ruleSet);
  return legs.filter((leg, index) => isVoid(rules, leg, index)).length > rules.voidedMax;
}

export function winningLegs(
  ruleSet: RuleSet,
  stage: Stage,
  outcomes: readonly LegOutcome[],
): WinningLegs {
  const rules = legRulesOf(ruleSet);
  const dropped = outcomes.map(
    (leg, index) => rules.voided === 'dropped' && isVoid(rules, leg, index),
  );
  const left = dropped.filter((it) => !it).length;
  const tiers = stage.tiers
    .map(({ id, match }) => {
      if (match.kind !== 'legs') throw new RangeError(`tier ${id}: a bet over legs is won by legs`);
      return { id, match, needed: match.right - (outcomes.length - left) };
    })
    // What needs no leg that was run was won by nobody.
    .filter(({ needed }) => needed > 0);
  const byLine = new Set(
    stage.pots.filter(({ per }) => per === 'line').flatMap((pot) => pot.tiers),
  );
  const book = createBook();
  const legs = outcomes.map((outcome, index) =>
    dropped[index] ? LEFT_OUT : judgeLeg({ ruleSet, rules, outcome, index, tiers, byLine }),
  );
  for (const tier of tiers) {
    if (!byLine.has(tier.id)) book.lineOf(tier.id, labelOf(tier, outcomes, rules), []);
  }
  // Every line that could be won, backed or not: they share alike.
  for (const tier of tiers) if (byLine.has(tier.id)) addEveryLine(tier.id, legs, book);

  const stride = Math.max(...legs.map(({ classes }) => classes.length));
  // One for all tickets: how many runners of each leg are in each class.
  const counts = new Int32Array(legs.length * stride);
  const path: (RunnerNumber | typeof ANY)[] = [];

  function tally(
    ticket: {
      readonly legs: readonly (readonly RunnerNumber[])[];
      readonly alternates: readonly number[];
    },
    add: (line: number, combinations: number) => void,
  ): number {
    let all = 1;
    let played = 1;
    counts.fill(0);
    for (let index = 0; index < legs.length; index++) {
      const runners = ticket.legs[index] ?? [];
      const alternate = ticket.alternates[index] ?? 0;
      let playing = 0;
      for (const runner of runners) {
        const found = legs[index]?.classOf(runner, alternate) ?? BACK;
        if (found === BACK) continue;
        playing++;
        const at = index * stride + found;
        counts[at] = (counts[at] ?? 0) + 1;
      }
      all *= runners.length;
      played *= playing;
    }
    if (played > 0) walk(0, 0, 1, add);
    return all - played;
  }

  /** Through one class of runners after the other, as far as anything may still be won. */
  function walk(
    index: number,
    rights: number,
    combinations: number,
    add: (line: number, combinations: number) => void,
  ): void {
    const leg = legs[index];
    if (leg === undefined) {
      settle(rights, combinations, add);
      return;
    }
    if (!canWin(rights, legs.length - index)) return;
    for (let number = 0; number < leg.classes.length; number++) {
      const here = counts[index * stride + number] ?? 0;
      const of = leg.classes[number];
      if (here === 0 || of === undefined) continue;
      path.push(of.runner ?? ANY);
      walk(index + 1, rights + of.adds, combinations * here, add);
      path.pop();
    }
  }

  function settle(
    rights: number,
    combinations: number,
    add: (line: number, combinations: number) => void,
  ): void {
    for (let number = 0; number < tiers.length; number++) {
      const tier = tiers[number];
      if (tier === undefined || rightIn(rights, number) < tier.needed) continue;
      const label = byLine.has(tier.id) ? labelOfPath(path) : undefined;
      add(book.lineOf(tier.id, label, path.filter(isNamed)), combinations);
      return;
    }
  }

  function canWin(rights: number, legsLeft: number): boolean {
    for (let number = 0; number < tiers.length; number++) {
      const needed = tiers[number]?.needed ?? 0;
      if (rightIn(rights, number) + legsLeft >= needed) return true;
    }
    return false;
  }

  return { lines: book.lines, lineSlots: book.lineSlots, tally };
}

interface LegTier {
  readonly id: string;
  readonly match: Match & { kind: 'legs' };
  readonly needed: number;
}

/** Runners of a leg that count alike. */
interface RunnerClass {
  /** One in the four bits of every tier that they are right for. */
  readonly adds: number;
  /** Where lines are told apart. */
  readonly runner?: RunnerNumber;
}

interface Leg {
  readonly classes: readonly RunnerClass[];
  classOf(runner: RunnerNumber, alternate: number): number;
}

/** A void leg that one less is needed for: whatever was picked here, the rest decides. */
const LEFT_OUT: Leg = { classes: [{ adds: 0 }], classOf: () => 0 };

/** Right legs of one tier in the number that all tiers share. */
function rightIn(rights: number, tier: number): number {
  return (rights >>> (tier * BITS)) & 15;
}

function judgeLeg({
  ruleSet: { nonRunner, coupled },
  rules,
  outcome,
  index,
  tiers,
  byLine,
}: {
  readonly ruleSet: RuleSet;
  readonly rules: LegRules;
  readonly outcome: LegOutcome;
  readonly index: number;
  readonly tiers: readonly LegTier[];
  readonly byLine: ReadonlySet<string>;
}): Leg {
  const givenAway = isVoid(rules, outcome, index) || isWonByAll(rules, outcome, index);
  const everybody = givenAway || outcome.open === true;
  const entries = coupled === 'one-interest' ? (outcome.entries ?? []) : [];
  const interest = interestsOf(entries);
  const rightFor = tiers.map(
    ({ match }) => new Set([...rightRunners(match, outcome, index)].map(interest)),
  );
  const classes: RunnerClass[] = [];
  const numbers = new Map<string, number>();
  const known = new Int16Array(RUNNERS).fill(-2);

  function classify(runner: RunnerNumber): number {
    let adds = 0;
    let named = false;
    for (const [number, right] of rightFor.entries()) {
      if (!everybody && !right.has(runner)) continue;
      adds += 1 << (number * BITS);
      named ||= byLine.has(tiers[number]?.id ?? '');
    }
    const key = `${adds} ${named && !everybody ? runner : ''}`;
    let found = numbers.get(key);
    if (found === undefined) {
      found = classes.push(named && !everybody ? { adds, runner } : { adds }) - 1;
      numbers.set(key, found);
    }
    return found;
  }

  /** A leg that everybody wins has no non-runners: nobody was asked to run. */
  const missing = new Set(givenAway ? [] : withdrawnIn(outcome.nonRunners, entries));
  const favourite = outcome.substitutes?.find((it) => !missing.has(it));
  function standIn(runner: RunnerNumber, alternate: number): RunnerNumber | undefined {
    if (!missing.has(runner)) return runner;
    // A substitute is one of the race's runners, or 0.
    const own = alternate as RunnerNumber;
    const mayChoose = nonRunner === 'alternate' || nonRunner === 'alternate-then-favourite';
    if (mayChoose && alternate !== 0 && !missing.has(own)) return own;
    return nonRunner === 'favourite' || nonRunner === 'alternate-then-favourite'
      ? favourite
      : undefined;
  }

  // All classes are known before a ticket is looked at: those of the winners, and the one of all
  // others, whose number on the saddlecloth nobody has.
  for (const right of rightFor) for (const runner of right) classify(runner);
  classify(0 as RunnerNumber);
  return {
    classes,
    classOf(runner, alternate) {
      const cached = known[runner] ?? -2;
      if (cached !== -2) return cached;
      const running = standIn(runner, alternate);
      const found = running === undefined ? BACK : classify(interest(running));
      // What a non-runner counts for may be the ticket's own choice.
      if (!missing.has(runner)) known[runner] = found;
      return found;
    },
  };
}

/** Those in the places that count; both of a dead heat where one place of it does. */
function rightRunners(
  match: Match & { kind: 'legs' },
  outcome: LegOutcome,
  index: number,
): Set<RunnerNumber> {
  // In a log of earlier days only the winners are told.
  const order = outcome.order?.length ? outcome.order : [outcome.winners];
  const exact = match.exactly?.[index];
  const starters = outcome.starters || order.flat().length;
  const first = exact ?? placesOf(match.finish ?? 1, starters);
  if (first === 1) return new Set(order[0] ?? []);
  const right = new Set<RunnerNumber>();
  for (const arrival of arrivals(order, first)) {
    for (const [place, runner] of arrival.entries()) {
      if (exact === undefined || place === exact - 1) right.add(runner);
    }
  }
  return right;
}

function isVoid(rules: LegRules, leg: LegOutcome, index: number): boolean {
  return leg.voided || (leg.surfaceChanged === true && surfaceOf(rules, index) === 'void');
}

function isWonByAll(rules: LegRules, leg: LegOutcome, index: number): boolean {
  return leg.surfaceChanged === true && surfaceOf(rules, index) === 'all-win';
}

function surfaceOf({ surfaceChange }: LegRules, index: number): 'stands' | 'all-win' | 'void' {
  if (surfaceChange !== 'all-win-after-first') return surfaceChange;
  return index === 0 ? 'stands' : 'all-win';
}

function labelOf(
  { id, match, needed }: LegTier,
  outcomes: readonly LegOutcome[],
  rules: LegRules,
): string {
  const plain = match.finish === undefined && match.exactly === undefined;
  if (!plain || needed < outcomes.length - droppedIn(rules, outcomes)) return id;
  return outcomes
    .map((leg, index) =>
      isVoid(rules, leg, index) || isWonByAll(rules, leg, index)
        ? '*'
        : leg.open === true
          ? '?'
          : leg.winners.join('+'),
    )
    .join('/');
}

function droppedIn(rules: LegRules, outcomes: readonly LegOutcome[]): number {
  if (rules.voided !== 'dropped') return 0;
  return outcomes.filter((leg, index) => isVoid(rules, leg, index)).length;
}

function addEveryLine(
  tier: string,
  legs: readonly Leg[],
  book: ReturnType<typeof createBook>,
): void {
  let paths: (RunnerNumber | typeof ANY)[][] = [[]];
  for (const leg of legs) {
    const winners = leg.classes.flatMap(({ runner }) => (runner === undefined ? [] : [runner]));
    const named: readonly (RunnerNumber | typeof ANY)[] = winners.length === 0 ? [ANY] : winners;
    paths = paths.flatMap((path) => named.map((it) => [...path, it]));
  }
  for (const path of paths) {
    book.fill(tier, book.lineOf(tier, labelOfPath(path), path.filter(isNamed)));
  }
}

function isNamed(it: RunnerNumber | typeof ANY): it is RunnerNumber {
  return it !== ANY;
}

function labelOfPath(path: readonly (RunnerNumber | typeof ANY)[]): string {
  return path.map((it) => (isNamed(it) ? it : '*')).join('/');
}

function createBook() {
  const lines: Line[] = [];
  const numbers = new Map<string, number>();
  const lineSlots = new Map<string, Map<number, number>[]>();
  const only = new Map<string, number>();
  return {
    lines,
    lineSlots,
    /** @param label Undefined for the tier's only line. */
    lineOf(tier: string, label: string | undefined, runners: readonly RunnerNumber[]): number {
      if (label === undefined) return only.get(tier) ?? -1;
      const key = `${tier} ${label}`;
      let line = numbers.get(key);
      if (line === undefined) {
        line = lines.push({ tier, label, runners: [...runners] }) - 1;
        numbers.set(key, line);
        if (!only.has(tier)) only.set(tier, line);
      }
      return line;
    },
    fill(tier: string, line: number): void {
      const [slot] = lineSlots.get(tier) ?? [new Map<number, number>()];
      slot?.set(line, 1);
      if (slot !== undefined) lineSlots.set(tier, [slot]);
    },
  };
}

function legRulesOf(ruleSet: RuleSet): LegRules {
  if (ruleSet.legs === undefined)
    throw new RangeError(`rule set ${ruleSet.id} has no rules for legs`);
  return ruleSet.legs;
}
