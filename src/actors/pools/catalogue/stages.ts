/**
 * Stages of rule sets that several families of bets share: how a tier is won, and how one pot, or
 * a pot for each tier, is shared out.
 */
import type { Match, Places, Pot, Stage } from '../rule-set.ts';

export function among(
  first: Places,
  right: number,
  more: { readonly nonRunners?: number; readonly picks?: number } = {},
): Match {
  return { kind: 'among', first, right, ...more };
}

export function at(...positions: readonly number[]): Match {
  return { kind: 'at', positions };
}

export function legs(
  right: number,
  more: { readonly finish?: Places; readonly exactly?: readonly number[] } = {},
): Match {
  return { kind: 'legs', right, ...more };
}

/** One tier, and one pot that holds everything. */
export function onePot(
  id: string,
  match: Match,
  { reserve, per, unwon = 'share', ...more }: OnePot,
): Stage {
  const pot: Pot = { id, parts: 1, tiers: [id], per, unwon, ...more };
  return { tiers: [{ id, match }], reserve, pots: [pot] };
}

interface OnePot {
  readonly reserve: Stage['reserve'];
  readonly per: Pot['per'];
  readonly unwon?: Pot['unwon'];
  readonly capHundredths?: number;
}

/** A tier with a share of its own: `parts` of those of all tiers. */
export interface SharedTier {
  readonly id: string;
  readonly match: Match;
  readonly parts: number;
  /** Absent is `stake`: one dividend for the tier. */
  readonly per?: Pot['per'];
  readonly unwon?: Pot['unwon'];
}

/** Each tier has its own part of the money, and nothing of a better or worse one's. */
export function separateTiers(tiers: readonly SharedTier[]): Stage {
  return {
    tiers: tiers.map(({ id, match }) => ({ id, match })),
    reserve: 'none',
    pots: tiers.map(({ id, parts, per = 'stake', unwon = 'share' }) => ({
      id,
      parts,
      tiers: [id],
      per,
      unwon,
    })),
  };
}

/**
 * Incremental tiers, best first: every winning stake is given back, and a tier's part of the rest
 * goes to its own stakes and to those of all better tiers. So a better result never pays less.
 */
export function incrementalTiers(tiers: readonly SharedTier[]): Stage {
  return {
    tiers: tiers.map(({ id, match }) => ({ id, match })),
    reserve: 'stake',
    pots: tiers.map(({ id, parts, per = 'stake', unwon = 'share' }, index) => ({
      id,
      parts,
      // Its own first: a pot by line has the places of its first tier.
      tiers: [id, ...tiers.slice(0, index).map((better) => better.id)],
      per,
      unwon,
    })),
  };
}
