/**
 * A scoring rule set: what an event is worth, which events of a player count, and what ranks him. It
 * is data, and never changes: another rule is another version, `name@2`.
 *
 *   events of a player ─ count ─> worths ─ weight, bonus, caps ─> points ─ best ─> score ─ order ─> rank
 *
 * All of it is whole numbers; shares are in thousandths, and what they leave is cut off.
 */

import type { RankMode } from '../ranking/ranking.ts';
import {
  described,
  flag,
  list,
  object,
  oneOf,
  optional,
  type Shape,
  setOf,
  text,
  union,
  whole,
} from '../shape.ts';

export interface ScoringRuleSet {
  /** `name@version`. */
  readonly id: string;
  readonly points: PointsRule;
  /** Absent: an event succeeds that won something, and every event is one. */
  readonly outcomes?: OutcomesRule;
  /** Absent: each event. */
  readonly counts?: 'each' | 'first-success';
  /** Times and misses of what counts, to break ties with. */
  readonly penalty?: PenaltyRule;
  /** A stake is a weight, never points: absent, it is none. */
  readonly stakeWeights?: readonly StakeWeight[];
  /** What an event that was staked with a bonus is worth, of 1,000: at most half; absent, nothing. */
  readonly bonusPermille?: number;
  readonly caps?: CapsRule;
  /** So many events of a player count, the earliest. */
  readonly attempts?: number;
  /** Absent: all, summed. */
  readonly best?: BestRule;
  /** After the score; at most two. */
  readonly ties?: readonly Tie[];
  /** What the tie `reached` goes by; absent, the time. */
  readonly reachedBy?: 'time' | 'game';
  /** In milliseconds: what is reached within as many is reached together. */
  readonly reachedQuantumMs?: number;
  /** Whether those that are still level are told apart by the seed; absent, they stay level. */
  readonly draw?: boolean;
  readonly ranks?: RankMode;
  /** Parts of the rules that are off for some. */
  readonly switches?: readonly FeatureSwitch[];
}

type PointsRule =
  /** round(100 × log2(win / stake + 1)) */
  | { readonly kind: 'multiplier' }
  /** floor(100 × win / stake) */
  | { readonly kind: 'return-percent' }
  /** round(100 × log2(win / unit + 1)) */
  | { readonly kind: 'win-curve'; readonly unit: number }
  /** For each success. */
  | { readonly kind: 'fixed'; readonly points: number }
  /** By the event's own place, such as where the runner finished. */
  | { readonly kind: 'places'; readonly points: readonly number[] }
  /** By who succeeded in a game before whom: as many points as there are entrants, one less for each. */
  | { readonly kind: 'first-come' };

interface OutcomesRule {
  readonly successes: readonly string[];
  /** Events of these are as if they had not been. */
  readonly ignored?: readonly string[];
}

interface PenaltyRule {
  /** Since the opening, in units that are full. */
  readonly unitMs: number;
  /** In units: for each event without success before the one that counts, in the same game. */
  readonly perMiss: number;
}

interface StakeWeight {
  readonly fromStake: number;
  readonly permille: number;
}

interface CapsRule {
  readonly event?: number;
  /** UTC. */
  readonly day?: number;
  readonly provider?: number;
}

interface BestRule {
  readonly of: number;
  /** The median of the best so many, those that are missing being 0. */
  readonly by: 'sum' | 'median';
}

/** Parts of a rule set that can be off by region and division; a weight that is off weighs nothing. */
const FEATURES = ['stakeWeights', 'bonusPermille', 'caps', 'attempts'] as const;
type Feature = (typeof FEATURES)[number];

interface FeatureSwitch {
  readonly off: readonly Feature[];
  /** Absent: everywhere. */
  readonly regions?: readonly string[];
  /** Absent: in all. */
  readonly divisions?: readonly string[];
}

export type Tie = 'penalty' | 'reached' | 'diversity';

/** A score is a sum of points of as many events as anybody has: far below the safe integers. */
export const POINTS_MAX = 1_000_000_000;
export const BEST_MAX = 1_000;
const ATTEMPTS_MAX = 100_000;
const PLACES_MAX = 100;
const WEIGHTS_MAX = 20;
const OUTCOMES_MAX = 100;
const SWITCHES_MAX = 20;
const GROUPS_MAX = 100;
export const STAKE_MAX = 10_000_000_000_000;
export const DAY_MS = 86_400_000;
export const PERMILLE = 1_000;

const points = whole(0, POINTS_MAX);

export const SCORING_SHAPE: Shape<ScoringRuleSet> = object<ScoringRuleSet>({
  id: text(71, { pattern: '^[a-z0-9][a-z0-9-]{0,63}@[1-9][0-9]{0,5}$', says: 'name@version' }),
  points: union<PointsRule>('kind', {
    multiplier: object({ kind: oneOf(['multiplier']) }),
    'return-percent': object({ kind: oneOf(['return-percent']) }),
    'win-curve': object({ kind: oneOf(['win-curve']), unit: whole(1, STAKE_MAX) }),
    fixed: object({ kind: oneOf(['fixed']), points }),
    places: object({ kind: oneOf(['places']), points: list(points, [1, PLACES_MAX]) }),
    'first-come': object({ kind: oneOf(['first-come']) }),
  }),
  outcomes: optional(
    object<OutcomesRule>({
      successes: setOf(text(64), [1, OUTCOMES_MAX]),
      ignored: optional(setOf(text(64), [0, OUTCOMES_MAX])),
    }),
  ),
  counts: optional(
    described(
      'Of the events of a game: each, or the first that succeeds',
      oneOf(['each', 'first-success']),
    ),
  ),
  penalty: optional(
    object<PenaltyRule>({ unitMs: whole(1, DAY_MS), perMiss: whole(0, POINTS_MAX) }),
  ),
  stakeWeights: optional(
    list(object<StakeWeight>({ fromStake: whole(0, STAKE_MAX), permille: whole(0, PERMILLE) }), [
      1,
      WEIGHTS_MAX,
    ]),
  ),
  bonusPermille: optional(
    described('Of an event that was staked with a bonus; absent: 0', whole(0, PERMILLE / 2)),
  ),
  caps: optional(
    object<CapsRule>({
      event: optional(points),
      day: optional(points),
      provider: optional(points),
    }),
  ),
  attempts: optional(whole(1, ATTEMPTS_MAX)),
  best: optional(object<BestRule>({ of: whole(1, BEST_MAX), by: oneOf(['sum', 'median']) })),
  ties: optional(setOf(oneOf(['penalty', 'reached', 'diversity']), [0, 2])),
  reachedBy: optional(
    described('game: by the place of its game in the programme', oneOf(['time', 'game'])),
  ),
  reachedQuantumMs: optional(whole(1, DAY_MS)),
  draw: optional(flag()),
  ranks: optional(oneOf(['ordinal', 'competition', 'dense'])),
  switches: optional(
    list(
      object<FeatureSwitch>({
        off: setOf(oneOf(FEATURES), [1, FEATURES.length]),
        regions: optional(setOf(text(64), [1, GROUPS_MAX])),
        divisions: optional(setOf(text(64), [1, GROUPS_MAX])),
      }),
      [1, SWITCHES_MAX],
    ),
  ),
});

/** The rules for a player of a region and a division, either of which may be empty. */
export function rulesFor(
  rules: ScoringRuleSet,
  { region, division }: { readonly region: string; readonly division: string },
): ScoringRuleSet {
  if (rules.switches === undefined) return rules;
  const off = rules.switches
    .filter(({ regions = [region], divisions = [division] }) => {
      return regions.includes(region) && divisions.includes(division);
    })
    .flatMap((it) => it.off);
  if (off.length === 0) return rules;
  const kept = Object.entries(rules).filter(([name]) => !off.some((it) => it === name));
  // Features are fields that may be absent, so what is left is a rule set.
  return Object.fromEntries(kept) as unknown as ScoringRuleSet;
}
