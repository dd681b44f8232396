/**
 * A player's score by a rule set, from all that he did: never from what it was before, so that a
 * correction leaves no trace of what it replaced.
 *
 * Invariant: it depends on the set of contributions alone, not on the order in which they came.
 */
import { unreachable } from '../../runtime/actor.ts';
import { byTime, type Contribution } from './contribution.ts';
import { logPoints } from './log-points.ts';
import { withoutRepeats } from './repeats.ts';
import { DAY_MS, PERMILLE, POINTS_MAX, type ScoringRuleSet } from './rule-set.ts';

export interface PlayerScore {
  readonly score: number;
  /** In units of the rule: of all that counts. */
  readonly penalty: number;
  /**
   * When the last that gave points happened, cut to the rule's quantum, or the last place in the
   * programme of a game that gave some; 0 for none.
   */
  readonly reached: number;
  /** Different games among those that gave points. */
  readonly diversity: number;
  /** Contributions that count, with or without points. */
  readonly counted: number;
}

/** What a score depends on besides the player's own contributions. */
export interface ScoringContext {
  /** Penalties are counted from here. */
  readonly opensMs: number;
  readonly entrants: number;
  /** How many others succeeded in a game before the player did. */
  readonly before: (game: string) => number;
  /** The place of a game in the programme, from 1; 0 for one that is not in it. */
  readonly placeOf: (game: string) => number;
  /** Of two alike within it the later does not count; absent, each does. */
  readonly duplicateWindowMs?: number | undefined;
}

interface Worth {
  readonly it: Contribution;
  /** Without success, before it, in the same game. */
  readonly misses: number;
  readonly points: number;
}

/** Of nothing done. */
const NOTHING: PlayerScore = { score: 0, penalty: 0, reached: 0, diversity: 0, counted: 0 };

export function scoreOf(
  rules: ScoringRuleSet,
  contributions: readonly Contribution[],
  context: ScoringContext,
): PlayerScore {
  // Most of a tournament's players, until its first race is settled.
  if (contributions.length === 0) return NOTHING;
  const tried = triedOf(rules, contributions, context.duplicateWindowMs);
  const worths =
    rules.counts === 'first-success'
      ? firstsOf(rules, tried, context)
      : tried.map((it) => worthOf(rules, it, 0, context));
  const best = bestOf(rules, withinCaps(rules, worths), context);
  let [points, penalty, reached] = [0, 0, 0];
  const games = new Set<string>();
  for (const worth of best) {
    points += worth.points;
    penalty += penaltyOf(rules, worth, context);
    if (worth.points === 0) continue;
    reached = Math.max(reached, reachedBy(rules, worth.it, context));
    games.add(worth.it.game);
  }
  const score = rules.best?.by === 'median' ? medianOf(best, rules.best.of) : points;
  return { score, penalty, reached, diversity: games.size, counted: best.length };
}

/**
 * What is an attempt, by time, as far as there are some: neither repeats are, nor what the rules ignore,
 * nor bets whose stake was given back.
 */
export function triedOf(
  rules: ScoringRuleSet,
  contributions: readonly Contribution[],
  duplicateWindowMs: number | undefined,
): readonly Contribution[] {
  const known = withoutRepeats(contributions.toSorted(byTime), duplicateWindowMs);
  const tried = known.filter((it) => !isGivenBack(it) && !isIgnored(rules, it.outcome));
  return rules.attempts === undefined ? tried : tried.slice(0, rules.attempts);
}

/** Those that count, best first; all of them, in no order, where all do. */
function bestOf(
  rules: ScoringRuleSet,
  worths: readonly Worth[],
  context: ScoringContext,
): readonly Worth[] {
  if (rules.best === undefined) return worths;
  const reachedWith = ({ it }: Worth) => reachedBy(rules, it, context);
  return worths
    .toSorted(
      (a, b) => b.points - a.points || reachedWith(a) - reachedWith(b) || byTime(a.it, b.it),
    )
    .slice(0, rules.best.of);
}

function reachedBy(rules: ScoringRuleSet, it: Contribution, { placeOf }: ScoringContext): number {
  if (rules.reachedBy === 'game') return placeOf(it.game);
  return it.timeMs - (it.timeMs % (rules.reachedQuantumMs ?? 1));
}

/** Of each game the first success, with how often it was tried before; none of a game without. */
function firstsOf(
  rules: ScoringRuleSet,
  sorted: readonly Contribution[],
  context: ScoringContext,
): Worth[] {
  const misses = new Map<string, number>();
  const firsts = new Map<string, Worth>();
  for (const it of sorted) {
    if (firsts.has(it.game)) continue;
    const before = misses.get(it.game) ?? 0;
    if (succeeds(rules, it)) firsts.set(it.game, worthOf(rules, it, before, context));
    else misses.set(it.game, before + 1);
  }
  return [...firsts.values()];
}

function worthOf(
  rules: ScoringRuleSet,
  it: Contribution,
  misses: number,
  context: ScoringContext,
): Worth {
  const full = Math.min(fullPoints(rules, it, context), POINTS_MAX);
  const ofBonus = it.bonus === true ? (rules.bonusPermille ?? 0) : PERMILLE;
  const points = cut(cut(full, weightOf(rules, it.stake)), ofBonus);
  return { it, misses, points: Math.min(points, rules.caps?.event ?? points) };
}

function penaltyOf(
  { penalty }: ScoringRuleSet,
  { it, misses }: Worth,
  { opensMs }: ScoringContext,
): number {
  if (penalty === undefined) return 0;
  return Math.floor((it.timeMs - opensMs) / penalty.unitMs) + penalty.perMiss * misses;
}

function isGivenBack({ isBet, stake }: Contribution): boolean {
  return isBet === true && stake === 0;
}

export function isIgnored({ outcomes }: ScoringRuleSet, outcome: string | undefined): boolean {
  return outcome !== undefined && (outcomes?.ignored?.includes(outcome) ?? false);
}

export function succeeds({ outcomes }: ScoringRuleSet, { outcome, win }: Contribution): boolean {
  if (outcomes === undefined) return win > 0;
  return outcome !== undefined && outcomes.successes.includes(outcome);
}

/** floor(100 × win / stake), in whole numbers: no float decides a place. */
export function percentOf({ win, stake }: Pick<Contribution, 'win' | 'stake'>): number {
  if (stake === 0) return 0;
  const hundredfold = 100 * win;
  // As whole numbers: a remainder is exact, and so is what divides without one.
  if (Number.isSafeInteger(hundredfold)) return (hundredfold - (hundredfold % stake)) / stake;
  return Number((BigInt(win) * 100n) / BigInt(stake));
}

/** Before weights and caps. */
function fullPoints(rules: ScoringRuleSet, it: Contribution, context: ScoringContext): number {
  const { points } = rules;
  switch (points.kind) {
    case 'multiplier':
      return it.stake === 0 ? 0 : logPoints(it.win, it.stake);
    case 'return-percent':
      return percentOf(it);
    case 'win-curve':
      return logPoints(it.win, points.unit);
    case 'fixed':
      return succeeds(rules, it) ? points.points : 0;
    case 'places':
      return it.place === undefined ? 0 : (points.points[it.place - 1] ?? 0);
    case 'first-come':
      return succeeds(rules, it) ? Math.max(0, context.entrants - context.before(it.game)) : 0;
    default:
      return unreachable(points);
  }
}

/** Of the highest step that the stake reaches; without steps a stake weighs nothing. */
function weightOf({ stakeWeights }: ScoringRuleSet, stake: number): number {
  if (stakeWeights === undefined || stakeWeights.length === 0) return PERMILLE;
  const reached = stakeWeights.filter(({ fromStake }) => fromStake <= stake);
  return reached.reduce((a, b) => (b.fromStake >= a.fromStake ? b : a), {
    fromStake: 0,
    permille: 0,
  }).permille;
}

/** In the order of time: what comes when a day or a provider has given its most gives what is left. */
function withinCaps({ caps }: ScoringRuleSet, worths: readonly Worth[]): readonly Worth[] {
  if (caps?.day === undefined && caps?.provider === undefined) return worths;
  const given = new Map<string, number>();
  const left = (key: string, most: number | undefined) =>
    most === undefined ? POINTS_MAX : most - (given.get(key) ?? 0);
  return worths.map((worth) => {
    const day = `day ${Math.floor(worth.it.timeMs / DAY_MS)}`;
    const provider = `provider ${worth.it.provider ?? ''}`;
    const points = Math.min(worth.points, left(day, caps.day), left(provider, caps.provider));
    for (const key of [day, provider]) given.set(key, (given.get(key) ?? 0) + points);
    return { ...worth, points };
  });
}

function cut(points: number, permille: number): number {
  return permille === PERMILLE ? points : Math.floor((points * permille) / PERMILLE);
}

/** Of `of` numbers, best first, the missing ones 0; of an even number the mean of the middle two, cut. */
function medianOf(best: readonly Worth[], of: number): number {
  if (of === 0) return 0;
  const at = (index: number) => best[index]?.points ?? 0;
  return Math.floor((at(Math.floor((of - 1) / 2)) + at(Math.floor(of / 2))) / 2);
}
