/**
 * A bet and a pool as both of their sides tell them, and what is wrong between the sides.
 *
 * Two kinds of findings, never mixed: a *fault* is wrong whenever it is seen; what is *unmatched*
 * is known to one side only, which is wrong in a log at rest and nothing in one that moves.
 */

export interface BetSides {
  reserved: number | undefined;
  outcome: 'confirmed' | 'released' | undefined;
  registered: number | undefined;
  refused: boolean;
  /** payout + refund as the race settled it, and as the player booked it. */
  paid: number | undefined;
  booked: number | undefined;
}

export interface PoolSides {
  money: number;
  /** More was paid than it held. */
  overdrawn: boolean;
  priced: number | undefined;
  payout: number;
  paid: number;
  settled: boolean;
  posted: number | undefined;
}

export function newBet(): BetSides {
  return {
    reserved: undefined,
    outcome: undefined,
    registered: undefined,
    refused: false,
    paid: undefined,
    booked: undefined,
  };
}

export function newPool(): PoolSides {
  return {
    money: 0,
    overdrawn: false,
    priced: undefined,
    payout: 0,
    paid: 0,
    settled: false,
    posted: undefined,
  };
}

/** Amounts that differ where both sides have one. */
export function betFaults(name: string, it: BetSides): string[] {
  const { reserved, outcome, registered, paid, booked } = it;
  const faults: string[] = [];
  if (registered !== undefined && reserved !== undefined && registered !== reserved) {
    faults.push(`bet ${name} cost ${reserved} cents and entered the pool with ${registered}`);
  }
  if (outcome === 'released' && registered !== undefined) {
    faults.push(`bet ${name} is in a pool and was given back`);
  }
  if (paid !== undefined && booked !== undefined && paid !== booked) {
    faults.push(`bet ${name} was paid ${paid} cents and booked with ${booked}`);
  }
  return faults;
}

export function poolFaults(name: string, { priced, posted }: PoolSides): string[] {
  return priced !== undefined && posted !== undefined && priced !== posted
    ? [`pool ${name} owes the house ${priced} cents and ${posted} were posted`]
    : [];
}

export function isUnresolved({ reserved, outcome }: BetSides): boolean {
  return reserved !== undefined && outcome === undefined;
}

/** What one side says of a bet that the other does not. */
export function halvesOf({ outcome, registered, refused, paid, booked }: BetSides): string[] {
  const halves: string[] = [];
  if (registered !== undefined && outcome === undefined) {
    halves.push('is in a pool, and its player did not confirm it');
  }
  if (registered === undefined && outcome === 'confirmed') {
    halves.push('is confirmed, and in no pool');
  }
  if (!refused && outcome === 'released') halves.push('was given back, and no race refused it');
  if (paid !== undefined && booked === undefined) {
    halves.push('was paid, and its player did not book it');
  }
  if (paid === undefined && booked !== undefined) {
    halves.push('is booked as paid, and no pool paid it');
  }
  return halves;
}

export function poolUnmatched({ priced, posted, settled }: PoolSides): string[] {
  const unmatched: string[] = [];
  if (priced !== undefined && posted === undefined) {
    unmatched.push('is priced, and not posted to the house');
  }
  if (priced === undefined && posted !== undefined) {
    unmatched.push('is posted to the house, and was never priced');
  }
  if (priced !== undefined && !settled) unmatched.push('is priced, and not settled');
  return unmatched;
}

/** Left one side and not booked on the other yet, cents. */
export function inTransitOf({ reserved, outcome, registered, paid, booked }: BetSides): number {
  const staked = (outcome === 'confirmed' ? (reserved ?? 0) : 0) - (registered ?? 0);
  return staked + (paid ?? 0) - (booked ?? 0);
}
