/**
 * Money shared out among winning lines: first what every winning stake has reserved, then each
 * pot's part of the rest.
 *
 * Invariant: before rounding, Σ price × stakes + carried + kept = the money to share, exactly.
 */

import { unreachable } from '../../runtime/actor.ts';
import {
  add,
  compare,
  divide,
  type Fraction,
  fraction,
  multiply,
  nearestMultiple,
  subtract,
  ZERO_FRACTION,
} from '../fraction.ts';
import { sumOf } from '../units.ts';
import type { Judgement } from './judgement.ts';
import type { Slot } from './lines.ts';
import type { Pot, Stage } from './rule-set.ts';

export interface ToShare {
  readonly judgement: Judgement;
  /** By line: all winning stakes, net of the takeout where prices are. */
  readonly stakes: readonly Fraction[];
  /** By line: the same in cents, as they were bet. */
  readonly sold: readonly number[];
  /** What 1 of a winning stake has reserved. */
  readonly reserve: Fraction;
  /** For the first pot, and for the others: they differ where only the first is guaranteed. */
  readonly money: Fraction;
  readonly minorMoney: Fraction;
  /** Brought in for the pots that take it. */
  readonly carry: Fraction;
  /** Whether the stage is the rule set's first: only then a pot takes carry-overs unasked. */
  readonly first: boolean;
  readonly mandatory: boolean;
}

export interface Shares {
  /** By line, for 1 staked; undefined where nobody has staked on it or it is not paid. */
  readonly prices: readonly (Fraction | undefined)[];
  readonly carried: Fraction;
  readonly kept: Fraction;
  /** What the pots had together, reserves included. */
  readonly shared: Fraction;
}

export function shareOut(stage: Stage, toShare: ToShare): Shares {
  const { judgement, stakes, carry, mandatory } = toShare;
  const winning = totalOf(stakes);
  // Not even the reserves are there: all winners have one price, and the minimum takes over.
  const isShort = compare(toShare.money, multiply(toShare.reserve, winning)) < 0;
  const reserve = isShort ? divide(toShare.money, winning) : toShare.reserve;
  const reserved = multiply(reserve, winning);
  const won = stage.pots.filter((pot) => isWon(pot, toShare));

  const dropped = (unwon: Pot['unwon'] | 'carry') =>
    unwon === 'share' || (mandatory && unwon !== 'reserve');
  const counted = stage.pots.filter((pot) => won.includes(pot) || !dropped(pot.unwon));
  const remainder =
    stage.remainder !== undefined && !(mandatory && stage.remainder.to === 'carry-net')
      ? stage.remainder
      : undefined;
  let whole = remainder?.parts ?? 0;
  for (const pot of counted) whole += pot.parts;

  // What the actual money lacks of the reserves is the guarantee's to pay, not the minor pots'.
  const partOf = (money: Fraction, parts: number): Fraction =>
    compare(money, reserved) <= 0 || parts === 0
      ? ZERO_FRACTION
      : multiply(subtract(money, reserved), fraction(parts, whole));
  const partOfPot = (pot: Pot): Fraction =>
    partOf(pot === stage.pots[0] ? toShare.money : toShare.minorMoney, pot.parts);
  const rounded = (part: Fraction): Fraction => {
    const unit = stage.potsRoundedToCents;
    return unit === undefined ? part : fraction(nearestMultiple(part, unit));
  };
  const takers = won.filter((pot) => mandatory || takesCarry(stage, pot, toShare.first));
  const prices: (Fraction | undefined)[] = stakes.map((it) => (isZero(it) ? undefined : reserve));
  const paid = new Set<number>();
  let carried = takers.length === 0 ? carry : ZERO_FRACTION;
  let kept = ZERO_FRACTION;
  let shared = add(reserved, carried);
  const put = (to: 'carry-net' | 'reserve', amount: Fraction) => {
    if (to === 'reserve') kept = add(kept, amount);
    else carried = add(carried, amount);
  };
  for (const pot of counted) {
    const own = takers[0] === pot ? carry : ZERO_FRACTION;
    const part = partOfPot(pot);
    const amount = add(rounded(part), own);
    shared = add(shared, add(part, own));
    if (!won.includes(pot)) {
      put(pot.unwon === 'reserve' ? 'reserve' : 'carry-net', amount);
      continue;
    }
    const left = payPot(pot, amount, { judgement, stakes, prices, paid, reserve, mandatory });
    carried = add(carried, left);
  }
  if (remainder !== undefined) {
    const amount = partOf(toShare.minorMoney, remainder.parts);
    shared = add(shared, amount);
    put(remainder.to, amount);
  }
  const hasPrice = (line: number) => paid.has(line) || !isZero(reserve);
  return {
    prices: prices.map((it, line) => (hasPrice(line) ? it : undefined)),
    carried,
    kept,
    shared,
  };
}

/** Without a pot that says so, the first one of the first stage takes carry-overs. */
function takesCarry(stage: Stage, pot: Pot, first: boolean): boolean {
  return stage.pots.some((it) => it.takesCarry === true)
    ? pot.takesCarry === true
    : first && pot === stage.pots[0];
}

/** Whether anybody shares the pot: for the jackpot of a unique ticket, exactly one unit. */
export function isWon(
  pot: Pot,
  { judgement, sold, mandatory }: Pick<ToShare, 'judgement' | 'sold' | 'mandatory'>,
): boolean {
  const winning = sumOf(linesOf(pot, judgement).map((line) => sold[line] ?? 0));
  if (pot.uniqueUnitCents === undefined || mandatory) return winning > 0;
  return winning === pot.uniqueUnitCents;
}

interface Paying {
  readonly judgement: Judgement;
  readonly stakes: readonly Fraction[];
  readonly prices: (Fraction | undefined)[];
  /** Lines that a pot has paid. */
  readonly paid: Set<number>;
  readonly reserve: Fraction;
  readonly mandatory: boolean;
}

/** Adds what the pot pays to the prices of its lines. @returns What it does not pay. */
function payPot(pot: Pot, amount: Fraction, paying: Paying): Fraction {
  const { stakes, prices, reserve } = paying;
  let left = amount;
  for (const [line, contribution] of contributions(pot, amount, paying)) {
    const before = prices[line];
    if (before === undefined) continue;
    const price = multiply(add(reserve, contribution), fraction(100));
    const { payFromHundredths: from = 0, capHundredths: cap } = pot;
    if (!paying.mandatory && compare(price, fraction(from)) < 0) continue;
    const isCapped = cap !== undefined && compare(price, fraction(cap)) > 0;
    const own = isCapped ? orZero(subtract(fraction(cap, 100), reserve)) : contribution;
    prices[line] = add(before, own);
    paying.paid.add(line);
    left = subtract(left, multiply(own, stakes[line] ?? ZERO_FRACTION));
  }
  return left;
}

/** For 1 staked on each backed line of the pot. */
function contributions(
  pot: Pot,
  amount: Fraction,
  { judgement, stakes }: Paying,
): Map<number, Fraction> {
  const backed = linesOf(pot, judgement).filter((line) => !isZero(stakes[line] ?? ZERO_FRACTION));
  const stakesOf = (line: number) => stakes[line] ?? ZERO_FRACTION;
  switch (pot.per) {
    case 'stake': {
      const weights = new Map(Object.entries(pot.weights ?? {}));
      const weight = (line: number) =>
        fraction(weights.get(judgement.lines[line]?.tier ?? '') ?? 1);
      const all = totalOf(backed.map((line) => multiply(stakesOf(line), weight(line))));
      return new Map(backed.map((line) => [line, divide(multiply(amount, weight(line)), all)]));
    }
    case 'line': {
      const stakesOn = new Map<string, Fraction>();
      const nameOf = (line: number) => nameOfSet(pot, judgement, line);
      for (const line of backed) {
        const name = nameOf(line);
        stakesOn.set(name, add(stakesOn.get(name) ?? ZERO_FRACTION, stakesOf(line)));
      }
      // The places of the pot's first tier: the same runners in its other tiers fill them too.
      const slots = judgement.lineSlots.get(pot.tiers[0] ?? '') ?? [];
      const parts = new Map<string, Fraction>();
      for (const [line, part] of partsOf(slots, (it) => stakesOn.has(nameOf(it)))) {
        parts.set(nameOf(line), part);
      }
      const found = new Map<number, Fraction>();
      for (const line of backed) {
        const part = parts.get(nameOf(line));
        const sharing = stakesOn.get(nameOf(line));
        if (part === undefined || sharing === undefined) continue;
        found.set(line, divide(multiply(amount, part), sharing));
      }
      return found;
    }
    default: {
      const stakesOn = new Map<number, Fraction>();
      for (const line of backed) {
        for (const runner of judgement.lines[line]?.runners ?? []) {
          stakesOn.set(runner, add(stakesOn.get(runner) ?? ZERO_FRACTION, stakesOf(line)));
        }
      }
      // The places of the pot's first tier: what its runners arrived in.
      const slots = judgement.runnerSlots.get(pot.tiers[0] ?? '') ?? [];
      const parts = partsOf(slots, (runner) => stakesOn.has(runner));
      return new Map(
        backed.map((line) => {
          let sum = ZERO_FRACTION;
          for (const runner of judgement.lines[line]?.runners ?? []) {
            const part = multiply(amount, parts.get(runner) ?? ZERO_FRACTION);
            sum = add(sum, divide(part, stakesOn.get(runner) ?? fraction(1)));
          }
          return [line, sum];
        }),
      );
    }
  }
}

/** What a line is called among those of a pot: alike for the same runners in another tier. */
function nameOfSet({ tiers }: Pot, { lines }: Judgement, line: number): string {
  if (tiers.length === 1) return String(line);
  return [...(lines[line]?.runners ?? [])].sort((a, b) => a - b).join('-');
}

/**
 * Slots share alike; within one, each claimant by how often it fills it. An unbacked claimant has
 * no claim: its part goes to those it shares the slot with, else over the other slots (Oklahoma
 * 325:65-9-4, "among the covered ones").
 */
function partsOf(
  slots: readonly Slot[],
  isBacked: (claimant: number) => boolean,
): Map<number, Fraction> {
  const covered = slots
    .map((slot) => [...slot].filter(([claimant]) => isBacked(claimant)))
    .filter((claimants) => claimants.length > 0);
  const parts = new Map<number, Fraction>();
  for (const claimants of covered) {
    let times = 0;
    for (const [, count] of claimants) times += count;
    for (const [claimant, count] of claimants) {
      const part = fraction(count, times * covered.length);
      parts.set(claimant, add(parts.get(claimant) ?? ZERO_FRACTION, part));
    }
  }
  return parts;
}

/** What of the places each line fills, in the first tier of the stage's first pot by line. */
export function lineParts(
  stage: Stage,
  { lineSlots }: Judgement,
  isBacked: (line: number) => boolean,
): Map<number, Fraction> {
  const pot = stage.pots.find(({ per }) => per === 'line');
  return partsOf(lineSlots.get(pot?.tiers[0] ?? '') ?? [], isBacked);
}

/** Those that share the pot: of several tiers only lines that fill a place of its first one. */
function linesOf(pot: Pot, judgement: Judgement): number[] {
  const { lines, lineSlots, runnerSlots } = judgement;
  const found = lines.flatMap(({ tier }, index) => (pot.tiers.includes(tier) ? [index] : []));
  const [first = ''] = pot.tiers;
  switch (pot.per) {
    case 'stake':
      return found;
    case 'line': {
      const slots = lineSlots.get(first) ?? [];
      const names = new Set(
        slots.flatMap((slot) => [...slot.keys()].map((line) => nameOfSet(pot, judgement, line))),
      );
      return found.filter((line) => names.has(nameOfSet(pot, judgement, line)));
    }
    case 'runner': {
      const placed = new Set((runnerSlots.get(first) ?? []).flatMap((slot) => [...slot.keys()]));
      return found.filter((line) => lines[line]?.runners.some((runner) => placed.has(runner)));
    }
    default:
      return unreachable(pot.per);
  }
}

function totalOf(amounts: readonly Fraction[]): Fraction {
  return amounts.reduce(add, ZERO_FRACTION);
}

function orZero(amount: Fraction): Fraction {
  return amount.numerator < 0n ? ZERO_FRACTION : amount;
}

function isZero({ numerator }: Fraction): boolean {
  return numerator === 0n;
}
